"""The serving process: `dashboard.cli.launch` starts it with only what its service needs."""

import os
import sys

from dashboard.auth import oidc
from data.model import SimaError
from data.settings import Settings


def main(host: str, port: int) -> None:
    """Serve until stopped, with the settings of the environment."""
    settings = Settings.from_environment(os.environ)
    if settings.service is None:
        raise SimaError("Serve with: sima serve --audience public, partner or steward")
    os.environ["STREAMLIT_SERVER_ADDRESS"] = host
    oidc.configure(settings, f"http://{host}:{port}")
    import uvicorn  # noqa: PLC0415  # slow to load, needed only here

    from dashboard.server.app import application  # noqa: PLC0415  # as above
    from dashboard.server.websocket import WideSocket  # noqa: PLC0415  # as above

    print(f"Sima for {settings.service} on http://{host}:{port}  (Ctrl+C stops it)", flush=True)  # noqa: T201
    uvicorn.run(
        application(settings),
        host=host,
        port=port,
        log_level="warning",
        ws=WideSocket,
        ws_per_message_deflate=True,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
