"""Everything that a service answers: the app, the maps' assets, signing in, and its health.

One ASGI app. Plain routes stand beside Streamlit, each with the services that have it; a later
pocket edition has its place among them.
"""

import mimetypes
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard.auth import page_access, viewer
from dashboard.auth.page_access import Exit
from dashboard.maps import registry, words
from dashboard.server.compression import Compressed, Kept
from dashboard.server.request_guard import RequestGuard
from dashboard.server.response_headers import STREAMLIT, LongCaching, SafeHeaders
from dashboard.server.routes import health, map_data, map_files, sign_in
from dashboard.server.streamlit_fonts import LighterFonts
from dashboard.static_assets import ASSETS
from data.model import Service, SimaError
from data.settings import Settings

ENTRY = Path(__file__).parents[1] / "streamlit_app.py"
_FONT = "NotoSansDevanagari[wdth,wght].ttf"
_KEPT_BYTES = 16 * 2**20  # Streamlit's whole bundle is 6 MB so
_WARMED = {".css", ".js", ".ttf"}
KEPT = Kept(largest=_KEPT_BYTES)


def _font_path() -> Path:
    return Path(str(files("fontpkg_noto_sans_devanagari") / "files" / _FONT))


def _font(request: Request) -> Response:
    del request
    return FileResponse(_font_path(), media_type="font/ttf")


def _leaflet() -> str:
    from xstatic.pkg import leaflet  # noqa: PLC0415  # a namespace package, found at run time

    return str(leaflet.BASE_DIR)


@asynccontextmanager
async def _warm(app: st.App) -> AsyncIterator[None]:
    """Have what every first visit loads compressed before it comes; nothing waits for it."""
    del app
    for ending in (".js", ".mjs"):  # Streamlit names the older type when it starts
        mimetypes.add_type("text/javascript", ending)
    page = (STREAMLIT / "index.html").read_text("utf-8")
    named = [STREAMLIT / name for name in re.findall(r'(?:src|href)="\./(static/[^"]+)"', page)]
    ours = [Path(_leaflet()) / "leaflet.js", *sorted(ASSETS.rglob("*")), _font_path()]
    KEPT.warm(path for path in (*named, *ours) if path.suffix in _WARMED)
    yield


def _open(*routes: Route | Mount) -> list[Exit]:
    """Make routes everybody's: there is no figure in what they answer."""
    return [Exit(route, page_access.EVERYWHERE) for route in routes]


EXITS = [
    *_open(
        Route("/healthz", health.healthz),
        Route("/assets/fonts/NotoSansDevanagari.ttf", _font),
        Mount("/assets/leaflet", StaticFiles(directory=_leaflet())),
        Mount("/assets", StaticFiles(directory=ASSETS)),
        *map_files.ROUTES,
    ),
    *(Exit(route, page_access.EVERYWHERE, signed_in=True) for route in map_data.ROUTES),
    *(Exit(route, page_access.SIGNED_IN) for route in sign_in.ROUTES),
]


def middleware(service: Service, exits: Sequence[Exit], origin: str) -> list[Middleware]:
    """Give what every request passes, from the outside in.

    What is compressed is told apart by its caching, which is by its address.
    """
    prepares = service is Service.STEWARD  # the preview of a release has scripts of its own
    around = [
        Middleware(SafeHeaders, documents=lambda: prepares, secure=origin.startswith("https://")),
        Middleware(
            RequestGuard, service=service, exits=exits, origin=origin, viewer=viewer.viewer_of
        ),
        Middleware(Compressed, kept=KEPT, encoded_below=[words.GEOMETRY, registry.SCENE]),
        Middleware(LongCaching),
        Middleware(LighterFonts),
    ]
    if service in page_access.SIGNED_IN:
        around.append(Middleware(sign_in.Adopting))
    return around


def application(settings: Settings) -> st.App:
    """Make the app of a service.

    Raises
    ------
    SimaError
        Where a page or a route says not for whom it is, or the process was not told its service.
    """
    if settings.service is None:
        raise SimaError("Serve with: sima serve --audience public, partner or steward")
    page_access.require_declared()
    mine = page_access.routes(EXITS, settings.service)
    return st.App(
        ENTRY.absolute(),
        routes=[each.route for each in mine],
        middleware=middleware(settings.service, mine, settings.origin),
        lifespan=_warm,
    )
