"""Read by a server under test when it starts: no connection leaves this machine, and who tries is named."""

import sys
from typing import Any

HERE = ("127.", "::1", "localhost")


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif event == "socket.getaddrinfo":
        host = arguments[0] or ""
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name and not name.startswith(HERE):
        sys.stderr.write(f"OUTWARD {event} {name}\n")
        raise OSError(f"no connection to {name} from a test")


sys.addaudithook(_refuse)
