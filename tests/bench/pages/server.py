"""Serves what we are compared with: the stock page, the bare page, and an echo.

``python -m tests.bench.pages.server PORT WARDS SCRIPT``, from a folder without settings of ours:
Streamlit runs with its defaults here, as in a tutorial, so messages are not compressed.
"""

import json
import os
import sys
from functools import cache
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect
from xstatic.pkg import leaflet

from tests.bench import wards

PAGES = Path(__file__).parent
WARDS = "BENCH_WARDS"  # how many; the stock page asks for it, too
CLASSES = 5
KEEP = {"cache-control": "max-age=86400"}


def bare(request: Request) -> Response:
    del request
    return FileResponse(PAGES / "bare.html")


def healthz(request: Request) -> Response:
    del request
    return PlainTextResponse("ok")


@cache
def _polygons() -> str:
    return str(wards.wards(int(os.environ[WARDS])).to_json())


@cache
def _classes() -> str:
    """Give by indicator a digit for each ward, in the order of the polygons; 0 has no figure."""
    table = wards.table(wards.wards(int(os.environ[WARDS])).index)
    rank = table.rank(pct=True).astype(float)
    digits = (rank * CLASSES).clip(upper=CLASSES - 1e-9).floordiv(1).add(1).fillna(0).astype(int)
    return json.dumps({name: "".join(map(str, digits[name])) for name in digits})


def polygons(request: Request) -> Response:
    del request
    return Response(_polygons(), media_type="application/json", headers=KEEP)


def classes(request: Request) -> Response:
    del request
    return Response(_classes(), media_type="application/json", headers=KEEP)


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return


ROUTES = [
    Route("/healthz", healthz),
    Route("/bare", bare),
    Route("/polygons", polygons),
    Route("/classes", classes),
    WebSocketRoute("/echo", echo),
    Mount("/leaflet", StaticFiles(directory=leaflet.BASE_DIR)),
]

if __name__ == "__main__":
    os.environ[WARDS] = sys.argv[2]
    app = st.App(PAGES / sys.argv[3], routes=ROUTES)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_level="warning",
        access_log=False,
        ws_per_message_deflate=False,
        ws_ping_interval=None,  # else a message of more than 20 s on the slow line ends the visit
    )
