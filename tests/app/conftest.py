"""Pages by themselves, through Streamlit's own test runner."""

import contextvars
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from dashboard import access, asgi, scene_route, wording
from dashboard import scenes as scenes_module
from data import database, setup
from data.model import Audience
from data.pipeline import Sima
from data.settings import Settings
from tests.viewers import looking

Open = Callable[..., AppTest]
NEPALI = re.compile("[\u0900-\u097f]")


def quiet(_message: str) -> None:
    return


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    wording.speak("en")
    database.close_all()


def opener(var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    def open_(page: str = "", viewer: str = "", **query: str) -> AppTest:
        monkeypatch.setenv("SIMA_VAR", str(var))
        monkeypatch.setattr(access, "viewer_of", looking(viewer))
        monkeypatch.setattr(access, "note", lambda *_noted, **_more: None)
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=60)
        first = {name: value for name, value in query.items() if name == "lang" or not page}
        app.query_params.update(first)
        app.run()
        if page:
            # The page that a visitor is led to wrote its own view into the address.
            app.query_params.clear()
            app.query_params.update(query)
            app.switch_page(str(asgi.ENTRY.parents[1] / "pages" / page)).run()
        return app

    return open_


@pytest.fixture
def shown(demo_var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the demonstration, to be read only."""
    return opener(demo_var, monkeypatch)


@pytest.fixture
def own(demo_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of a copy of the demonstration."""
    shutil.copytree(demo_var, tmp_path / "var")
    return opener(tmp_path / "var", monkeypatch)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of stores in which nothing has been stored yet."""
    settings = Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})
    setup.make_stores(settings, synthetic=True, progress=quiet)
    for audience in Audience:
        Sima(settings).writer(audience)
    return opener(tmp_path / "var", monkeypatch)


def scenes(app: AppTest) -> list[dict[str, Any]]:
    """What the maps of the page are drawn from: in the page, or fetched by its address."""
    return [fetched(data["scene"]) if "scene" in data else data for data in told(app)]


def told(app: AppTest) -> list[dict[str, Any]]:
    """What the page tells its maps."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def fetched(address: str) -> dict[str, Any]:
    """What a browser gets at an address of a scene, by whoever looks at the page."""
    answer = contextvars.copy_context().run(asked_for, address)
    assert answer.status_code == HTTPStatus.OK, address
    return dict(json.loads(bytes(answer.body)))


def asked_for(address: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """Ask the route of the scenes."""
    parts = urlsplit(address)
    plan = parts.path.removeprefix(scenes_module.SCENE)
    scope = {"type": "http", "method": "GET", "path": parts.path,
             "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
             "query_string": parts.query.encode(), "path_params": {"plan": plan}}  # fmt: skip
    return scene_route.answer(Request(scope))


def chose(app: AppTest, **words: str) -> AppTest:
    """Choose on the map of a page: the browser tells the page words of the address."""
    app.session_state["asked"] = words
    return app.run()


def questions(scene: dict[str, Any]) -> dict[str, str]:
    """What is asked on a map, and what is chosen."""
    return {name: value for name, value, *_options in scene["questions"]}


def text(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = (
        "title",
        "header",
        "subheader",
        "markdown",
        "info",
        "error",
        "warning",
        "success",
        "caption",
    )
    said = [element.value for kind in kinds for element in app.get(kind)]
    bodies = [element.proto.body for element in app.get("html")]
    said += [body for body in bodies if not body.startswith("<style>")]
    return "\n".join(str(part) for part in said)


def clean(app: AppTest) -> str:
    assert not app.exception, app.exception
    return text(app)
