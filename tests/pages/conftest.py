"""Pages by themselves, through Streamlit's own test runner."""

import contextvars
import functools
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from dashboard.auth import access_log
from dashboard.auth import viewer as access
from dashboard.i18n import wording
from dashboard.maps import registry
from dashboard.server import app as asgi
from dashboard.server.routes import map_data
from data.database import engines
from data.model import Audience
from data.pipeline import Sima
from data.reference import policy as reference_policy
from data.release_making.build import Preview
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.conftest import once
from tests.support import prepared_stores, previews
from tests.support.runner import find_components_once
from tests.support.viewers import looking
from tests.support.workbooks import changed, workbook

find_components_once()
Open = Callable[..., AppTest]
PREVIEWS: dict[object, Preview] = {}
NEPALI = re.compile("[\u0900-\u097f]")


# These patch who looks, or what no cache holds; what others patch may be remembered.
_HARMLESS = {"_no_settings_from_outside", "shown", "own", "empty", "asked", "small", "there", "on"}


def _patches(item: pytest.Item) -> bool:
    """Say whether a test replaces parts of the code, so that nothing may be remembered."""
    info = item._fixtureinfo  # type: ignore[attr-defined]  # noqa: SLF001  # no other way to know
    patching = {
        name
        for name, made in info.name2fixturedefs.items()
        if any("monkeypatch" in each.argnames for each in made)
    }
    return "monkeypatch" in info.argnames or bool(patching - _HARMLESS)


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture(autouse=True)
def _alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep what was read of a release for the next test, as a service does for the next reader.

    What is remembered is named by its store and release. A test that patches begins with nothing
    and leaves nothing.
    """
    alone = _patches(request.node)
    if alone:
        _forget()
    yield
    if alone:
        _forget()
    wording.speak("en")
    engines.close_all()


@pytest.fixture(autouse=True)
def _previews_made_here() -> Iterator[None]:
    """Make previews in this process, so that tests can look at how they are made."""
    with previews.made_here():
        yield


def opener(var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    def open_(page: str = "", viewer: str = "", **query: str) -> AppTest:
        monkeypatch.setenv("SIMA_VAR", str(var))
        monkeypatch.setattr(access, "viewer_of", looking(viewer))
        monkeypatch.setattr(access_log, "log_access", lambda *_noted, **_more: None)
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=300)
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
def small(small_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of a copy of the small programme; for what releases it anew."""
    shutil.copytree(small_var, tmp_path / "var")
    return opener(tmp_path / "var", monkeypatch)


@pytest.fixture
def small_asked(small: Open, tmp_path: Path) -> Open:
    """Open a page of it when a release of the partners was asked for: request 3."""
    _ask(tmp_path / "var")
    return small


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of stores in which nothing has been stored yet."""
    shutil.copytree(prepared_stores.files(synthetic=True), tmp_path / "var")
    settings = Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})
    for audience in Audience:
        Sima(settings).writer(audience)
    return opener(tmp_path / "var", monkeypatch)


@pytest.fixture
def all_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every figure of every release hidden."""
    really = ReleaseReader.cells

    def hide(self: ReleaseReader, number: int, **asked: object) -> pd.DataFrame:
        cells = really(self, number, **asked)  # type: ignore[arg-type]
        none = pd.array([pd.NA] * len(cells), dtype="Int64")
        return cells.assign(status="suppressed", value=none, value_class=None)

    monkeypatch.setattr(ReleaseReader, "cells", hide)


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
    plan = parts.path.removeprefix(registry.SCENE)
    scope = {"type": "http", "method": "GET", "path": parts.path,
             "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
             "query_string": parts.query.encode(), "path_params": {"plan": plan}}  # fmt: skip
    return map_data.answer(Request(scope))


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


ROWS = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]


def stores_of(var: Path) -> Sima:
    return Sima(Settings.from_environment({"SIMA_VAR": str(var)}))


def _make_asked(demo: Path, var: Path) -> None:
    shutil.copytree(demo, var)
    _ask(var)


def _ask(var: Path) -> None:
    sima = stores_of(var)
    sima.confirm(sima.stage(workbook("groups", ROWS)), by="demo-steward")
    assert sima.request(Audience.PARTNER, by="demo-steward") == 3


@pytest.fixture(scope="session")
def asked_var(demo_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration with a release of the partners that was asked for; read only."""
    return once("asked", tmp_path_factory, functools.partial(_make_asked, demo_var))


@pytest.fixture
def asked(asked_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of a copy of it; what request 3 would change is worked out once for all."""
    shutil.copytree(asked_var, tmp_path / "var")
    really = Sima.preview

    def preview(self: Sima, number: int) -> Preview:
        served = [self.writer(each).reader.current() for each in Audience]
        policy = reference_policy.load_policy().text
        rests_on = (number, self.holdings.last_batch(), repr(served), policy)
        if rests_on not in PREVIEWS:
            PREVIEWS[rests_on] = really(self, number)
        return PREVIEWS[rests_on]

    monkeypatch.setattr(Sima, "preview", preview)
    return opener(tmp_path / "var", monkeypatch)


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def plain(app: AppTest) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", clean(app))))
