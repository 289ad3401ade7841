"""Ask an ASGI app without a server, with each path exactly as written and each piece of the answer.

HTTP clients tidy paths up (`..`, `%2e`) and join streamed pieces; these tests look at both.
"""

import asyncio
import json
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    pieces: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    query: str = "",
    headers: Mapping[str, str],
    kind: str = "http",
) -> Answer:
    sent: list[MutableMapping[str, Any]] = []
    scope = {
        "type": kind, "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), *((n.encode(), v.encode()) for n, v in headers.items())],
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def run() -> None:
        asked = asyncio.Event()

        async def receive() -> MutableMapping[str, Any]:
            if asked.is_set():
                await asyncio.Event().wait()  # a browser that waits
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await app(scope, receive, send)

    # In a thread of its own: where a browser was driven before, this one has a running loop.
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(lambda: asyncio.run(run())).result()
    if kind == "websocket":  # as a server would answer the request that asks for a socket
        return Answer(101 if sent[0]["type"] == "websocket.accept" else 403, {}, [])
    start, *bodies = sent
    told: dict[str, str] = {}
    for name, value in start["headers"]:
        key = name.decode().lower()
        told[key] = f"{told[key]}, {value.decode()}" if key in told else value.decode()
    return Answer(start["status"], told, [message.get("body", b"") for message in bodies])
