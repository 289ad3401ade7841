"""Which addresses are let through, asked by whom; everything else ends before anything runs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from dashboard.auth import page_access
from dashboard.auth.viewer import Viewer
from dashboard.server import app
from dashboard.server.request_guard import RequestGuard
from data.model import Service, SimaError
from tests.support.asgi_client import Answer, ask
from tests.support.viewers import viewer

OWN = {"origin": "http://127.0.0.1"}  # `ask` comes by this host
REACHED = b"reached"
STREAMLIT = [
    "/static/js/index.js",
    "/favicon.png",
    "/manifest.json",
    "/_stcore/health",
    "/_stcore/host-config",
]
NEVER = ["/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/interact", "/_stcore/agent/mcp",
         "/_stcore/agent/openapi.json", "/component/x/index.html", "/app/static/x", "/pages/steward/upload.py", "/.streamlit/secrets.toml",
         "/assets", "/static", "/static/", "/media/", "/planner/_stcore/health", "//", "/map/", "/Map", "/map%00", "/..",
         "/../holdings.sqlite", "/static", "/docs", "/openapi.json", "/upload_file", "/var/holdings/holdings.sqlite"]  # fmt: skip


def gate(service: Service, who: Viewer | None = None, origin: str = "") -> Any:
    async def inner(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await PlainTextResponse("reached")(scope, receive, send)
        else:
            await send({"type": "websocket.accept"})

    exits = page_access.routes(app.EXITS, service)
    return RequestGuard(
        inner, service=service, exits=exits, origin=origin, viewer=lambda _cookies: who
    )


def reached(answer: Answer) -> bool:
    return answer.status == 200 and answer.body == REACHED


def get(app: Any, path: str) -> Answer:
    return ask(app, path, headers={})


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("path", STREAMLIT)
def test_what_a_page_is_made_of_is_everybodys(service: Service, path: str) -> None:
    assert reached(get(gate(service), path))


@pytest.mark.parametrize("service", list(Service))
@pytest.mark.parametrize("path", NEVER)
def test_everything_else_is_not_found(service: Service, path: str) -> None:
    for who in (None, viewer("planner"), viewer("steward")):
        assert get(gate(service, who), path).status == 404


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_invented_path_is_let_through(text: str) -> None:
    path = f"/{text}"
    answer = get(gate(Service.PUBLIC), path)
    known = path == "/" or any(
        path == f"/{d.address}" for d in page_access.of_service(Service.PUBLIC)
    )
    pattern = r"/(static|media|assets|geometry|words|scene)/.+|/_stcore/(bidi-components/.+|health|host-config|stream)"
    if not known and not re.fullmatch(pattern, path, re.DOTALL):
        assert answer.status == 404


def test_an_address_of_a_script_cannot_be_longer_than_any_of_ours() -> None:
    assert ask(gate(Service.PUBLIC), "/map", query="x" * 5000, headers={}).status == 414
    assert get(gate(Service.PUBLIC), "/" + "x" * 5000).status == 414


@pytest.mark.parametrize(
    ("service", "who"), [(Service.PARTNER, "planner"), (Service.STEWARD, "steward")]
)
def test_a_visitor_is_led_to_sign_in_and_back(service: Service, who: str) -> None:
    address = "planner" if service is Service.PARTNER else "upload"
    answer = ask(gate(service), f"/{address}", query="area=511&lang=ne", headers={})
    assert answer.status == 303
    assert answer.headers["location"] == f"/sign-in?next=%2F{address}%3Farea%3D511%26lang%3Dne"
    home = ask(gate(service, viewer(who)), f"/{address}", query="area=511", headers={})
    assert (home.status, home.headers["location"]) == (307, "/?area=511"), "one begins at the root"
    assert reached(get(gate(service, viewer(who)), "/"))


def test_files_of_pages_are_given_to_who_signed_in() -> None:
    for service in page_access.SIGNED_IN:
        assert get(gate(service), "/media/x.csv").status == 404
        assert reached(get(gate(service, viewer("planner")), "/media/x.csv"))
    assert reached(get(gate(Service.PUBLIC), "/media/x.csv"))


def put(app: Any, path: str, **headers: str) -> Answer:
    return ask(app, path, method="PUT", headers=headers)


def test_a_file_is_taken_at_the_stewards_service_alone() -> None:
    path = "/_stcore/upload_file/session/file"
    steward = viewer("steward")
    assert reached(put(gate(Service.STEWARD, steward), path, **OWN))
    assert put(gate(Service.STEWARD), path, **OWN).status == 404
    for service in (Service.PUBLIC, Service.PARTNER):
        assert put(gate(service, steward), path, **OWN).status == 404


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example.org", "http://127.0.0.1:9", "http://127.0.0.1.evil.org",
               "https://127.0.0.1@evil.org", "http://localhost", "file://"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_done_for_a_page_of_another_address(origin: str, method: str) -> None:
    headers = {"origin": origin} if origin else {}
    app = gate(Service.STEWARD, viewer("steward"))
    for path in ("/sign-out", "/sign-in", "/_stcore/upload_file/a/b", "/upload"):
        assert ask(app, path, method=method, headers=headers).status == 403


def test_behind_a_proxy_the_origin_is_the_one_that_was_set() -> None:
    app = gate(Service.PARTNER, viewer("planner"), "https://sima.example.org")
    right = {"origin": "https://sima.example.org"}
    assert reached(ask(app, "/sign-out", method="POST", headers=right))
    for wrong in ({"origin": "http://sima.example.org"}, {"origin": "http://127.0.0.1"}):
        assert ask(app, "/sign-out", method="POST", headers=wrong).status == 403


@pytest.mark.parametrize("service", list(Service))
def test_a_socket_is_opened_by_our_own_page_alone(service: Service) -> None:
    app = gate(service, viewer("planner"))

    def opens(headers: dict[str, str]) -> bool:
        return ask(app, "/_stcore/stream", headers=headers, kind="websocket").status == 101

    assert opens(OWN)
    for wrong in ({}, {"origin": "http://evil.example.org"}, {"origin": "null"}):
        assert not opens(wrong)
    other = ask(app, "/_stcore/other", headers=OWN, kind="websocket")
    assert other.status == 403


# ---- what is declared


def test_a_route_that_says_not_for_whom_it_is_keeps_the_server_from_starting() -> None:
    bare: Callable[..., Any] = Route("/more", lambda _request: PlainTextResponse(""))
    with pytest.raises(SimaError, match="does not say whom it is for"):
        page_access.routes([*app.EXITS, bare], Service.PUBLIC)
    with pytest.raises(SimaError, match="does not say whom it is for"):
        page_access.routes([page_access.Exit(bare, frozenset())], Service.PUBLIC)


def test_every_page_is_declared_and_begins_somewhere() -> None:
    page_access.require_declared()
    for roles in page_access.ROLES.values():
        for role in roles:
            assert role in page_access.of_role(role)[0].home
    assert not {d.file for d in page_access.of_service(Service.PUBLIC)} & {
        d.file for d in page_access.DOORS if d.file.startswith(("partner/", "steward/"))
    }
