"""The ASGI app of a service: Streamlit's pages, and beside them plain routes.

Each plain route says which services have it: assets, data of maps, sign-in, health.
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
_KEPT_BYTES = 16 * 2**20  # Streamlit's whole bundle takes 6 MB compressed
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
    """Compress in the background what every first visit loads."""
    del app
    for ending in (".js", ".mjs"):  # Streamlit sets the older type when it starts
        mimetypes.add_type("text/javascript", ending)
    page = (STREAMLIT / "index.html").read_text("utf-8")
    named = [STREAMLIT / name for name in re.findall(r'(?:src|href)="\./(static/[^"]+)"', page)]
    ours = [Path(_leaflet()) / "leaflet.js", *sorted(ASSETS.rglob("*")), _font_path()]
    KEPT.warm(path for path in (*named, *ours) if path.suffix in _WARMED)
    yield


def _open(*routes: Route | Mount) -> list[Exit]:
    """Open routes to everybody; their answers hold no figure."""
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
    """Return the middleware that every request passes, from the outside in.

    Compression stands outside caching, because it recognises what may be kept by its caching
    header, which depends on the address.
    """
    prepares = service is Service.STEWARD  # the preview of a release has its own scripts
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
    """Return the app of a service.

    Raises
    ------
    SimaError
        If a page or a route does not say whom it is for, or no service is set.
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
