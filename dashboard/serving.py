"""Start the server: check first what would go wrong later, then serve."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from dashboard import access
from data.model import Audience, SimaError
from data.releases import ReleaseReader
from data.settings import Settings

_LARGEST_PORT = 65_535
_ROOT = Path(__file__).parents[1]


def serve(*, host: str, port: int, settings: Settings, environment: Mapping[str, str]) -> None:
    """Serve the pages until stopped.

    Raises
    ------
    SimaError
        Where the port is taken, a store is missing, or pages without sign-in were asked for off
        the loopback address.
    """
    del environment
    viewer = access.read_viewer(settings.dev_viewer, host=host)
    if not 0 < port <= _LARGEST_PORT:
        raise SimaError(f"{port} is not a port; choose one from 1 to {_LARGEST_PORT}.")
    ReleaseReader.open(settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as wrong:
            raise SimaError(
                f"Cannot listen on {host}:{port}; another program may use it. Choose another with"
                " --port (make run PORT=…).",
            ) from wrong
    access.bind(host)
    os.environ.setdefault("STREAMLIT_SERVER_ADDRESS", host)
    os.chdir(_ROOT)  # Streamlit reads .streamlit/config.toml from here
    import uvicorn  # noqa: PLC0415  # slow to load, needed only here

    from dashboard.asgi import app  # noqa: PLC0415  # as above
    from dashboard.wide_socket import WideSocket  # noqa: PLC0415  # as above

    print(f"Sima as {viewer.role} on http://{host}:{port}  (Ctrl+C stops it)", flush=True)  # noqa: T201
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        ws=WideSocket,
        ws_per_message_deflate=True,
        access_log=False,
        server_header=False,
    )
