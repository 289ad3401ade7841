"""Check of each request: its address, viewer and origin; all else is answered "not found"."""

import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Send

from dashboard.auth import page_access
from dashboard.auth.viewer import Viewer
from dashboard.static_assets import asset_url
from data.model import Service

SIGN_IN = "/sign-in"
# Addresses of Streamlit itself, and whether they need a sign-in at services with sign-in. The
# socket is open to all: a page's script decides what it shows, and says when a visit has ended.
_STREAMLIT: Mapping[str, bool] = {
    r"/static/.+": False,
    r"/(favicon\.png|manifest\.json)": False,
    r"/_stcore/(health|host-config|stream)": False,
    r"/_stcore/bidi-components/.+": False,
    r"/media/.+": True,
}
_UPLOAD = r"/_stcore/upload_file/.+"
_SIGN_IN = r"/(auth/login|auth/logout|oauth2callback)"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_NOT_FOUND = HTMLResponse(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sima सीमा</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    f'<link rel="stylesheet" href="{asset_url("sign_in.css")}"></head><body><main>'
    '<h1>There is no such page.</h1><h2 lang="ne">यस्तो पृष्ठ छैन।</h2>'
    '<p><a class="button" href="/">Sima सीमा</a></p></main></body></html>',
    status_code=HTTPStatus.NOT_FOUND,
)
_FOREIGN = PlainTextResponse(
    "This request came from a page of another address.", status_code=HTTPStatus.FORBIDDEN
)
_TOO_LONG = PlainTextResponse(
    "The address is too long.", status_code=HTTPStatus.REQUEST_URI_TOO_LONG
)
_LONGEST = 4_000  # characters of an address with its query; ours have at most a tenth


class RequestGuard:
    """Middleware: let requests through that the service, the viewer and the origin allow."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: Service,
        exits: Iterable[page_access.Exit],
        origin: str,
        viewer: Callable[[Mapping[str, str]], Viewer | None],
    ) -> None:
        """Wrap an app; ``viewer`` returns the viewer by the cookies, None for nobody known."""
        self._app, self._origin, self._viewer = app, origin, viewer
        self._signs_in = service in page_access.SIGNED_IN
        self._pages = {f"/{door.address}" for door in page_access.of_service(service)}
        known = dict(_STREAMLIT)
        if service is Service.STEWARD:
            known[_UPLOAD] = True
        if self._signs_in:
            known[_SIGN_IN] = False
        for each in exits:
            known[_pattern(each.route)] = each.signed_in
        self._known = [(re.compile(pattern), held) for pattern, held in known.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        if self._signs_in:  # who asks is looked up in a store
            answer = await run_in_threadpool(self._refusal, asked)
        else:
            answer = self._refusal(asked)
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, asked: HTTPConnection) -> Response | None:
        """Return the answer that refuses a request; None if it is let through."""
        path = asked.scope["path"]
        if len(path) + len(asked.scope.get("query_string", b"")) > _LONGEST:
            return _TOO_LONG
        if not self._asked_here(asked):
            return _FOREIGN
        if path == "/" or path in self._pages:
            return self._page(asked, path)
        held = next((held for pattern, held in self._known if pattern.fullmatch(path)), None)
        if held is None:
            return _NOT_FOUND
        if held and self._signs_in and self._viewer(asked.cookies) is None:
            return _NOT_FOUND
        return None

    def _page(self, asked: HTTPConnection, path: str) -> Response | None:
        query = f"?{asked.url.query}" if asked.url.query else ""
        viewer = self._viewer(asked.cookies)
        if viewer is None:
            return RedirectResponse(f"{SIGN_IN}?next={quote(path + query, safe='')}", 303)
        mine = page_access.of_role(viewer.role)
        if path == f"/{mine[0].address}":  # the start page stands at the root
            return RedirectResponse(f"/{query}", 307)
        if path != "/" and path not in {f"/{door.address}" for door in mine}:
            return _NOT_FOUND
        return None

    def _asked_here(self, asked: HTTPConnection) -> bool:
        """Check that a request that changes something or opens a socket comes from our own page."""
        acts = asked.scope["type"] == "websocket" or asked.scope["method"] not in _SAFE
        if not acts:
            return True
        origin = asked.headers.get("origin")
        if origin is None:
            return False
        if self._origin:
            return origin == self._origin
        return urlsplit(origin).netloc == asked.headers.get("host")


def _pattern(route: object) -> str:
    """Return the addresses of a route as a regular expression."""
    path = str(route.path)  # type: ignore[attr-defined]  # Route and Mount have it
    if isinstance(route, Mount):
        return re.escape(path) + "/.+"
    return "".join(
        part if part == "[^/]+" else re.escape(part)
        for part in re.split(r"(\[\^/\]\+)", re.sub(r"{\w+}", "[^/]+", path))
    )
