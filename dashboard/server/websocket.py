"""The socket of a page, compressed so that a second run sends little more than its changes."""

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory

# A run repeats most of the run before. uvicorn's window is 4 kB, ours 32 kB: on the map page
# another run takes 3.2 kB instead of 12 (28 uncompressed), and each open page 144 kB of memory.
_LOOK_BACK_BITS = 15
_MEMORY_LEVEL = 5


class WideSocket(WebSocketsSansIOProtocol):
    """uvicorn's socket with the widest window of deflate towards the browser."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as uvicorn's
        """Set the window; the arguments are those of uvicorn's protocol."""
        super().__init__(*args, **kwargs)
        if self.config.ws_per_message_deflate:
            self.conn.available_extensions = [
                ServerPerMessageDeflateFactory(
                    server_max_window_bits=_LOOK_BACK_BITS,
                    client_max_window_bits=12,  # it sends little
                    compress_settings={"memLevel": _MEMORY_LEVEL},
                )
            ]
