"""A wire between a browser and a server on this machine: it counts bytes and can be slow."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

HOST = "127.0.0.1"
BYTES_PER_S = 400_000 / 8  # 400 kbit/s, each way
DELAY_S = 0.150  # one way; a round trip takes twice as long
SEGMENT, BLOCK = 1_460, 65_536


@dataclass(slots=True)
class _Lane:
    """One direction, shared by all connections."""

    passed: int = 0
    free_at: float = 0.0


class Wire:
    """Count what passes on the way to a server, by `down` (to the browser) and `up`.

    While ``slow`` is true everything passes at `BYTES_PER_S` and arrives `DELAY_S` later, and a
    connection takes one round trip to open. The bytes are those of the connection: with WebSocket
    frames, HTTP headers and compression as they are sent, without what TCP/IP adds.
    """

    def __init__(self, server_port: int) -> None:
        self.slow = False
        self.port = 0
        self._server_port = server_port
        self._down, self._up = _Lane(), _Lane()

    @property
    def down(self) -> int:
        """Bytes from the server so far."""
        return self._down.passed

    @property
    def up(self) -> int:
        """Bytes to the server so far."""
        return self._up.passed

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connect, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.slow:
            await asyncio.sleep(2 * DELAY_S)
        back, forth = await asyncio.open_connection(HOST, self._server_port)
        # cancelled only when the wire is taken away: nobody waits for this task to say so
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, forth, self._up))
                both.create_task(self._carry(back, writer, self._down))
        for end in (forth, writer):
            end.close()

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, lane: _Lane
    ) -> None:
        due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as both:
            both.create_task(_deliver(due, target))
            content = b"-"
            while content:
                try:
                    content = await source.read(SEGMENT if self.slow else BLOCK)
                except ConnectionError:
                    content = b""
                lane.passed += len(content)
                await due.put((await self._arrival(lane, len(content)), content))

    async def _arrival(self, lane: _Lane, length: int) -> float:
        """Wait for the lane's turn and say when it will have arrived at the other end."""
        if not self.slow:
            return 0.0
        now = asyncio.get_running_loop().time()
        lane.free_at = until = max(now, lane.free_at) + length / BYTES_PER_S
        await asyncio.sleep(until - now)
        return until + DELAY_S


async def _deliver(due: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    open_ = True
    while True:
        at, content = await due.get()
        if at > loop.time():
            await asyncio.sleep(at - loop.time())
        if not content:
            break
        if open_:
            try:
                target.write(content)
                await target.drain()
            except ConnectionError:  # the other end went away; what is left is nobody's
                open_ = False
    with contextlib.suppress(OSError, RuntimeError):
        target.write_eof()


@contextlib.contextmanager
def wire(server_port: int) -> Iterator[Wire]:
    """Lay a wire to a port of this machine, in a thread of its own."""
    made = Wire(server_port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(made.serve(), loop).result(timeout=10)
    try:
        yield made
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    mine = asyncio.current_task()
    rest = [task for task in asyncio.all_tasks() if task is not mine]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
