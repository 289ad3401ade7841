"""The connection of a page, compressed so that a second run of it is told by what has changed."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# A run repeats most of the run before. uvicorn looks back 4 kB, this 32: measured on the map page,
# another run takes 3.2 kB and not 12 (28 uncompressed), for 144 kB of memory each open page.
_LOOK_BACK_BITS = 15
_MEMORY_LEVEL = 5


class WideSocket(WebSocketsSansIOProtocol):
    """uvicorn's own connection, with the widest window that deflate has towards the browser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # uvicorn's business
        """Take what uvicorn gives its protocol."""
        super().__init__(*args, **kwargs)
        if self.config.ws_per_message_deflate:
            self.conn.available_extensions = [
                ServerPerMessageDeflateFactory(
                    server_max_window_bits=_LOOK_BACK_BITS,
                    client_max_window_bits=12,  # it sends little
                    compress_settings={"memLevel": _MEMORY_LEVEL},
                )
            ]
