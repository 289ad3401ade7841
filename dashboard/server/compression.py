"""Compressed answers: brotli or gzip, whichever the browser accepts.

A thread compresses each file that may be cached by anyone (scripts, styles, fonts) once as well as
possible, and keeps it in memory. Until then, and for all other answers, a quick level is used.
"""

import asyncio
import contextlib
import os
import queue
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Send

from dashboard import http_coding

SMALLEST = 500  # bytes; below this the headers cost more than is saved
LARGEST = 16 * 2**20  # bytes; above this an answer is not held in memory
_COMPRESSIBLE = re.compile(
    r"text/(?!event-stream).+|image/svg\+xml|font/(ttf|otf|sfnt)|application/(.+\+)?(json|xml)"
    r"|application/((x-)?javascript|(x-)?font-ttf|wasm)"
)
_TAG = re.compile(r'(W/)?"([^"]*)"')

_Key = tuple[str, bytes]


class Kept:
    """Answers compressed as well as possible, keyed by their content."""

    def __init__(self, *, largest: int) -> None:
        """Keep at most ``largest`` bytes, the most recently used."""
        self._largest = largest
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._asked: set[_Key] = set()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    @property
    def size(self) -> int:
        """The number of bytes that are kept."""
        with self._lock:
            return sum(len(made) for made in self._kept.values())

    def find(self, body: bytes, coding: str) -> bytes | None:
        """Return a compressed body; else None, and compress it in the background."""
        key = (coding, blake2b(body, digest_size=16).digest())
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            if key not in self._asked:
                self._asked.add(key)
                self._later(partial(self._make, key, body))
        return None

    def warm(self, paths: Iterable[Path]) -> None:
        """Compress files in the background before anyone asks for them."""
        with self._lock:
            for path in paths:
                self._later(partial(self._warm, path))

    def settle(self) -> None:
        """Wait until everything requested so far is compressed."""
        for _ in range(2):  # warming a file queues its compression for a second round
            done = threading.Event()
            with self._lock:
                self._later(done.set)
            done.wait()

    def _later(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        if self._worker is None:  # a daemon, so that a server can stop at once
            self._worker = threading.Thread(target=self._run, name="compression", daemon=True)
            self._worker.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # requests for pages go first
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        while True:
            self._work.get()()

    def _warm(self, path: Path) -> None:
        self.find(path.read_bytes(), "br")

    def _make(self, key: _Key, body: bytes) -> None:
        made = http_coding.compress(body, key[0], best=True)
        with self._lock:
            self._asked.discard(key)
            self._kept[key] = made
            size = sum(len(each) for each in self._kept.values())
            while size > self._largest:
                size -= len(self._kept.popitem(last=False)[1])


class Compressed:
    """Middleware: compress answers to GET requests, and answer 304 where the browser has them.

    Not compressed: answers that have a Content-Encoding, answers of unknown length (streams,
    events), and answers to a request for a part of a file.
    """

    def __init__(self, app: ASGIApp, *, kept: Kept, encoded_below: Collection[str] = ()) -> None:
        """Wrap an app.

        Parameters
        ----------
        app
            The inner app.
        kept
            The store of compressed files.
        encoded_below
            Beginnings of the paths whose routes compress their answers themselves. Only these
            routes see the browser's Accept-Encoding and If-None-Match.
        """
        self._app = app
        self._kept = kept
        self._encoded_below = tuple(encoded_below)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding, known = http_coding.pick_coding(", ".join(headers.getlist("accept-encoding"))), ""
        hidden: tuple[bytes, ...] = (b"accept-encoding",)
        if "range" in headers:
            coding = None
        else:
            known = ", ".join(headers.getlist("if-none-match"))
            if scope["path"].startswith(self._encoded_below):
                hidden = ()
            elif known:  # it names compressed forms, which the inner app does not know
                hidden += (b"if-none-match", b"if-modified-since")
        inner = {**scope, "headers": [h for h in scope["headers"] if h[0].lower() not in hidden]}
        await self._app(inner, receive, _Answer(send, self._kept, coding, known).send)


class _Answer:
    """One answer on its way to the browser."""

    def __init__(self, send: Send, kept: Kept, coding: str | None, known: str) -> None:
        self._send = send
        self._kept = kept
        self._coding = coding
        self._known = known  # the browser's If-None-Match
        self._start: Message = {}
        self._body: list[bytes] | None = None  # None: nothing is held back
        self._over = False

    async def send(self, message: Message) -> None:
        """Take one message from the app, and send it on or hold it back."""
        if message["type"] == "http.response.start":
            await self._begin({**message, "headers": list(message["headers"])})
        elif self._over:
            return
        elif self._body is None:
            await self._send(message)
        else:
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._finish(b"".join(self._body))

    async def _begin(self, start: Message) -> None:
        headers = MutableHeaders(raw=start["headers"])
        whole = start["status"] == HTTPStatus.OK
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        compressible = whole and _COMPRESSIBLE.fullmatch(kind) is not None
        varies = compressible or start["status"] == HTTPStatus.NOT_MODIFIED
        if varies and "accept-encoding" not in headers.get("vary", "").lower():
            headers.add_vary_header("Accept-Encoding")
        tag = _known_tag(headers.get("etag", ""), self._known) if whole else None
        if tag is not None:
            self._over = True
            await self._not_modified(headers, tag)
        elif (
            compressible
            and self._coding is not None
            and "content-encoding" not in headers
            and "no-transform" not in headers.get("cache-control", "")
            and SMALLEST <= int(headers.get("content-length", 0)) <= LARGEST
        ):
            self._start, self._body = start, []
        else:
            await self._send(start)

    async def _finish(self, body: bytes) -> None:
        headers = MutableHeaders(raw=self._start["headers"])
        coding = str(self._coding)
        lasts = "public" in headers.get("cache-control", "")
        made = self._kept.find(body, coding) if lasts else None
        if made is None:
            made = await asyncio.to_thread(http_coding.compress, body, coding, best=False)
        if len(made) < len(body):
            headers["content-encoding"] = coding
            headers["content-length"] = str(len(made))
            if "etag" in headers:
                headers["etag"] = _tag_of_form(headers["etag"], coding)
            body = made
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})

    async def _not_modified(self, headers: Headers, tag: str) -> None:
        keep = {"cache-control", "content-location", "date", "expires", "set-cookie", "vary"}
        told = [(n, v) for n, v in headers.raw if n.decode("latin-1").lower() in keep]
        told.append((b"etag", tag.encode("latin-1")))
        status = HTTPStatus.NOT_MODIFIED.value
        await self._send({"type": "http.response.start", "status": status, "headers": told})
        await self._send({"type": "http.response.body", "body": b""})


def _tag_of_form(tag: str, coding: str) -> str:
    """Return the entity tag of a compressed form, which must differ from that of the plain file."""
    return _TAG.sub(rf'\1"\2-{coding}"', tag)


def _known_tag(tag: str, known: str) -> str | None:
    """Return the tag of the form that the browser already has; None if it has none."""
    if not tag or not known:
        return None
    if known.strip() == "*":
        return tag
    have = {match[2] for match in _TAG.finditer(known)}  # W/ does not matter for a whole file
    forms = [tag, *(_tag_of_form(tag, coding) for coding in http_coding.CODINGS)]
    return next((form for form in forms if set(_TAG.sub(r"\2", form).split()) & have), None)
