"""Who gets what: every role at every page and route, tried, and the table of it in the manual.

``python -m tests.project.test_roles`` prints the table; `docs/access.md` has it, and this file keeps it so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlencode

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_static_routes import (
    create_streamlit_static_assets_routes,
)

from dashboard.auth import access_log, page_access
from dashboard.auth import viewer as access
from dashboard.maps import registry
from dashboard.released import cache
from dashboard.server import app
from data.database import engines
from data.model import Audience, Service
from data.reference.scope import covers
from tests.support.asgi_client import Answer, ask
from tests.support.paths import ROOT
from tests.support.viewers import looking, viewer

WHO = {
    "public": "", "deputy": "deputy:51106", "planner": "planner:511", "planner of Nepal": "planner",
    "auditor": "auditor", "steward": "steward", "approver": "approver", "administrator": "administrator",
}  # fmt: skip
NEIGHBOUR, ELSEWHERE = "51105", "312"
MAPS = {f"map: {plan}": f"{registry.SCENE}{plan}" for plan in registry.MAPS}
# Streamlit's own ways in and out; what it answers them is not at issue, whether they are there is.
STREAMLIT = {"a file of a page": "/media/x.csv", "giving a file": "/_stcore/upload_file/x/y"}


@pytest.fixture(scope="module", autouse=True)
def _afresh() -> Iterator[None]:
    """One service's memory for all who come here: what it keeps for one no other may be given."""
    st.cache_data.clear()
    st.cache_resource.clear()
    yield
    engines.close_all()


@pytest.fixture(autouse=True)
def _demo(demo_var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMA_VAR", str(demo_var))
    monkeypatch.setattr(access_log, "log_access", lambda *_noted, **_more: None)


def service_of(text: str) -> Service | None:
    """Where somebody signs in; None for an account that does nowhere."""
    role = viewer(text).role
    return next((each for each, roles in page_access.ROLES.items() if role in roles), None)


def app_of(service: Service, text: str, patch: pytest.MonkeyPatch) -> Starlette:
    """A service as somebody sees it who is signed in there, without Streamlit's runtime."""
    mine = viewer(text).role in page_access.ROLES[service]
    patch.setattr(access, "viewer_of", looking(text) if mine else lambda _cookies: None)
    exits = page_access.routes(app.EXITS, service)
    there = [Route(path, lambda _request: Response("there")) for path in STREAMLIT.values()]
    routes = [*(each.route for each in exits), *there, *create_streamlit_static_assets_routes("")]
    return Starlette(routes=routes, middleware=app.middleware(service, exits, ""))


def get(app: Starlette, path: str, query: Mapping[str, str] = {}) -> Answer:  # read only
    return ask(app, path, query=urlencode(query), headers={})


def scene_query(plan: str, text: str, **more: str) -> dict[str, str] | None:
    """The words of the address of a map as it opens for somebody; None where there is none."""
    who = viewer(text)
    audience = registry.audience(plan, who)
    if audience is None:
        return None
    release = cache.current_release(audience, who.scope)
    assert release is not None
    chosen = registry.choose_view(plan, release, who, more)
    if chosen is None:
        return None
    return {"release": str(release.number), "lang": "en", **chosen.as_query(), **more}


def seen(text: str, kind: str, name: str, patch: pytest.MonkeyPatch) -> str:
    """Say what somebody gets of an exit: nothing, the public's, or the partners' of which places."""
    service = service_of(text)
    if service is None:
        return "–"
    app = app_of(service, text, patch)
    if kind == "map":
        plan = name.removeprefix("map: ")
        asked = {"area": "51106"} if plan == "ward-committees" else {}  # it is of one palika
        query = scene_query(plan, text, **asked) or {"release": "1"}
        status = get(app, MAPS[name], query).status
    else:
        status = get(app, STREAMLIT[name] if kind == "streamlit" else f"/{name}").status
    if status in (404, 410):
        return "–"
    assert status in (200, 307), (text, name, status)
    return "yes" if kind == "streamlit" else whose(text, name.removeprefix("map: "))


def whose(text: str, name: str) -> str:
    """Say whose figures somebody sees on a page or map that is there for them."""
    who = viewer(text)
    door = next((each for each in page_access.DOORS if each.address == name), None)
    if name in ("committees", "ward-committees"):
        return "public bodies"
    if name == "log":
        return "codes"
    if door is not None and door.file.startswith("steward/"):
        return "yes"
    if name in registry.MAPS:
        return told(registry.audience(name, who) or Audience.PUBLIC, text)
    restricted = door is not None and door.restricted
    return told(who.audience if restricted else Audience.PUBLIC, text)


def told(audience: Audience, text: str) -> str:
    if audience is Audience.PUBLIC:
        return "public"
    places = viewer(text).scope
    return "all places" if places == ("NP",) else "own places"


def matrix(patch: pytest.MonkeyPatch) -> str:
    """Write the table of roles and exits as Markdown."""
    exits = [("page", door.address) for door in page_access.DOORS]
    exits += [("map", name) for name in MAPS]
    exits += [("streamlit", name) for name in STREAMLIT]
    lines = [f"| exit | {' | '.join(WHO)} |", "|---" * (1 + len(WHO)) + "|"]
    for kind, name in exits:
        cells = [seen(text, kind, name, patch) for text in WHO.values()]
        label = f"page {name}" if kind == "page" else name
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def test_the_table_of_roles_and_exits_is_what_the_manual_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = matrix(monkeypatch)
    print(made)
    manual = (ROOT / "docs" / "access.md").read_text("utf-8")
    found = re.search(r"<!-- roles -->\n(.*?)\n<!-- /roles -->", manual, re.DOTALL)
    assert found is not None
    assert found[1] == made


# ---- a neighbour's code, everywhere


@pytest.mark.parametrize("text", ["deputy:51106", "planner:511", "planner:511,312"])
@pytest.mark.parametrize("plan", list(registry.MAPS))
@pytest.mark.parametrize(
    "code", [NEIGHBOUR, "5110501", ELSEWHERE, "31206", "5", "NP", "nepal", "border"]
)
def test_no_word_of_an_address_leads_to_another_place(
    text: str, plan: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = viewer(text)
    if registry.audience(plan, who) is not Audience.PARTNER or not registry.MAPS[plan].restricted:
        return  # the public's, or of public bodies, as in the public's releases
    app = app_of(Service.PARTNER, text, monkeypatch)
    query = scene_query(plan, text)
    assert query is not None
    for words in (
        {"area": code},
        {"palika": code},
        {"area": code, "level": "ward"},
        {"unit": code},
    ):
        answer = get(app, MAPS[f"map: {plan}"], query | words)
        assert answer.status == 200
        scene = json.loads(answer.body)
        address = scene["address"]
        drawn = re.search(r"area=([^&]+)", address)
        area = drawn[1] if drawn else who.home
        assert covers(who.scope, area), (words, address)
        assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("text", ["deputy:51106", "planner:511"])
def test_what_a_page_reads_is_of_its_places(text: str) -> None:
    who = viewer(text)
    release = cache.current_release(Audience.PARTNER, who.scope)
    assert release is not None
    cells = cache.cells(release)
    assert len(cells) > 100
    coarser = {"NP", "5", "511"}
    assert all(covers(who.scope, code) or code in coarser for code in cells["unit_code"].unique())
    for foreign in (NEIGHBOUR, ELSEWHERE):
        if not covers(who.scope, foreign):
            around = cache.cells_around(release, foreign)
            assert set(around["unit_code"]) <= coarser
            assert cache.cells_within(release, foreign)["unit_code"].isin([foreign]).sum() == 0
    assert all(covers(who.scope, code) for code in cache.sites(release)["palika_code"])
    found = cache.reader(release).presence(release.number)
    assert all(covers(who.scope, code) for code in found["palika_code"])


def test_what_is_kept_for_one_is_not_given_to_another() -> None:
    """The same questions, in turn: what is cached is keyed by the scope."""
    frames = {}
    for text in ("planner", "planner:511", "deputy:51106", "planner:312", "planner"):
        release = cache.current_release(Audience.PARTNER, viewer(text).scope)
        assert release is not None
        frames[text] = set(cache.cells(release)["unit_code"])
    assert frames["planner"] > frames["planner:511"] > frames["deputy:51106"]
    assert not frames["planner:312"] & frames["planner:511"] - {"NP"}


def test_nobody_who_is_not_signed_in_gets_anything_of_a_service(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for service in page_access.SIGNED_IN:
        app = app_of(service, "", monkeypatch)
        for door in page_access.DOORS:
            answer = get(app, f"/{door.address}")
            mounted = bool(door.roles & page_access.ROLES[service])
            assert answer.status == (303 if mounted else 404), door
            if mounted:
                assert answer.headers["location"] == f"/sign-in?next=%2F{door.address}"
        for path in (*MAPS.values(), *STREAMLIT.values()):
            assert get(app, path).status == 404, path


if __name__ == "__main__":
    import os
    import sys

    os.environ["SIMA_VAR"] = sys.argv[1]
    with pytest.MonkeyPatch.context() as patch:
        print(matrix(patch))
