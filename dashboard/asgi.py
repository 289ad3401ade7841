"""Everything that is served: the app, the maps' assets, and whether it is healthy.

One ASGI app. Plain routes stand beside Streamlit; a later pocket edition has its place among them.
"""

import mimetypes
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dashboard import geometry, scene_route, scenes
from dashboard.assets_address import ASSETS
from dashboard.compression import Compressed, Kept
from dashboard.headers import STREAMLIT, LongCaching, SafeHeaders
from dashboard.lighter import Lighter
from data.model import Audience, SimaError
from data.releases import ReleaseReader
from data.settings import Settings

ENTRY = Path(__file__).parent / "streamlit_app.py"
_FONT = "NotoSansDevanagari[wdth,wght].ttf"
_KEPT_BYTES = 16 * 2**20  # Streamlit's whole bundle is 6 MB so
_WARMED = {".css", ".js", ".ttf"}
KEPT = Kept(largest=_KEPT_BYTES)


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


def _font_path() -> Path:
    return Path(str(files("fontpkg_noto_sans_devanagari") / "files" / _FONT))


def _font(request: Request) -> Response:
    del request
    return FileResponse(_font_path(), media_type="font/ttf")


def _leaflet() -> str:
    from xstatic.pkg import leaflet  # noqa: PLC0415  # a namespace package, found at run time

    return str(leaflet.BASE_DIR)


def _prepares_releases() -> bool:
    return bool(Settings.from_environment(os.environ).dev_viewer)


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


ROUTES = [
    Route("/healthz", healthz),
    Route("/assets/fonts/NotoSansDevanagari.ttf", _font),
    Mount("/assets/leaflet", StaticFiles(directory=_leaflet())),
    Mount("/assets", StaticFiles(directory=ASSETS)),
    *geometry.ROUTES,
    *scene_route.ROUTES,
]
# From the outside in: what is compressed is told apart by its caching, which is by its address.
MIDDLEWARE = [
    Middleware(SafeHeaders, documents=_prepares_releases),
    Middleware(Compressed, kept=KEPT, encoded_below=[geometry.GEOMETRY, scenes.SCENE]),
    Middleware(LongCaching),
    Middleware(Lighter),
]
app = st.App(ENTRY.absolute(), routes=ROUTES, middleware=MIDDLEWARE, lifespan=_warm)
