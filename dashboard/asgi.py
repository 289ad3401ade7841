"""Everything that is served: the app, the maps' assets, and whether it is healthy.

One ASGI app. Plain routes stand beside Streamlit; a later pocket edition has its place among them.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from data.model import Audience, SimaError
from data.releases import ReleaseReader
from data.settings import Settings

ENTRY = Path(__file__).parent / "streamlit_app.py"
ASSETS = Path(__file__).parent / "assets"
_FONT = "NotoSansDevanagari[wdth,wght].ttf"
_DAY = 86_400

# No other origin, ever. Streamlit needs inline styles and evaluated scripts of its own.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src 'self' blob: data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}

_Message = MutableMapping[str, Any]
_Send = Callable[[_Message], Awaitable[None]]
_Receive = Callable[[], Awaitable[_Message]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]


class SafeHeaders:
    """Middleware: the security headers on every answer, a day's caching on our own assets."""

    def __init__(self, app: _App) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        extra = dict(HEADERS)
        if scope["path"].startswith("/assets/"):
            extra["cache-control"] = f"public, max-age={_DAY}"

        async def send_with_headers(message: _Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                more = [
                    (n.encode(), v.encode()) for n, v in extra.items() if n.encode() not in known
                ]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def healthz(request: Request) -> Response:
    """Say which releases are being served; 503 where the public store cannot be read."""
    del request
    settings = Settings.from_environment(os.environ)
    served: dict[str, int | None] = {}
    for audience in Audience:
        try:
            info = ReleaseReader.open(settings.releases(audience), audience).current()
        except SimaError:
            if audience is Audience.PUBLIC:
                return JSONResponse({"status": "no public store", "releases": {}}, status_code=503)
            continue
        served[audience.value] = info.number if info else None
    return JSONResponse({"status": "ok", "releases": served}, headers={"cache-control": "no-store"})


def _font(request: Request) -> Response:
    del request
    return FileResponse(
        str(files("fontpkg_noto_sans_devanagari") / "files" / _FONT), media_type="font/ttf"
    )


def _leaflet() -> str:
    from xstatic.pkg import leaflet  # noqa: PLC0415  # a namespace package, found at run time

    return str(leaflet.BASE_DIR)


ROUTES = [
    Route("/healthz", healthz),
    Route("/assets/fonts/NotoSansDevanagari.ttf", _font),
    Mount("/assets/leaflet", StaticFiles(directory=_leaflet())),
    Mount("/assets", StaticFiles(directory=ASSETS)),
]
app = st.App(ENTRY.absolute(), routes=ROUTES, middleware=[Middleware(SafeHeaders)])
