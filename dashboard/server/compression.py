"""Compressed answers: brotli, or gzip, whichever the browser takes.

What anyone may keep (scripts, styles, fonts) is compressed as well as it can be by a thread of
its own, once, and kept in memory; until then, and for any other answer, it is done quickly.
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
    """What was compressed as well as it can be, by its content: no file is taken for another."""

    def __init__(self, *, largest: int) -> None:
        """Keep at most ``largest`` bytes, those used last."""
        self._largest = largest
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._asked: set[_Key] = set()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._worker: threading.Thread | None = None

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        with self._lock:
            return sum(len(made) for made in self._kept.values())

    def find(self, body: bytes, coding: str) -> bytes | None:
        """Give a body compressed, or None and have it compressed for the next who asks."""
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
        """Have files compressed before anyone asks for them."""
        with self._lock:
            for path in paths:
                self._later(partial(self._warm, path))

    def settle(self) -> None:
        """Wait until all is compressed that was asked for."""
        for _ in range(2):  # what is warmed is asked for in the first round
            done = threading.Event()
            with self._lock:
                self._later(done.set)
            done.wait()

    def _later(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        if self._worker is None:  # a daemon: a server that is stopped does not wait for it
            self._worker = threading.Thread(target=self._run, name="compression", daemon=True)
            self._worker.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # behind those who wait for a page
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
    """Middleware: compress what a GET request is answered with, and answer 304 where it can be.

    Left as they are: answers with a Content-Encoding of their own, answers of unknown length
    (streams, events), and answers to a request for a part of a file.
    """

    def __init__(self, app: ASGIApp, *, kept: Kept, encoded_below: Collection[str] = ()) -> None:
        """Wrap an app.

        Parameters
        ----------
        app
            What answers.
        kept
            Where the compressed files are kept.
        encoded_below
            Beginnings of the paths whose routes have compressed answers of their own. Only they
            learn what the browser takes and has; all else within would compress each time anew.
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
            elif known:  # it names compressed forms, of which nothing within knows
                hidden += (b"if-none-match", b"if-modified-since")
        inner = {**scope, "headers": [h for h in scope["headers"] if h[0].lower() not in hidden]}
        await self._app(inner, receive, _Answer(send, self._kept, coding, known).send)


class _Answer:
    """One answer on its way out."""

    def __init__(self, send: Send, kept: Kept, coding: str | None, known: str) -> None:
        self._send = send
        self._kept = kept
        self._coding = coding
        self._known = known  # what the browser has, by its If-None-Match
        self._start: Message = {}
        self._body: list[bytes] | None = None  # None: nothing is held back
        self._over = False

    async def send(self, message: Message) -> None:
        """Take one message from the app; send what becomes of it."""
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
    """Name the compressed form of what a tag names: a part of one is no part of the other."""
    return _TAG.sub(rf'\1"\2-{coding}"', tag)


def _known_tag(tag: str, known: str) -> str | None:
    """Find which form of what a tag names the browser has; None where it has none."""
    if not tag or not known:
        return None
    if known.strip() == "*":
        return tag
    have = {match[2] for match in _TAG.finditer(known)}  # W/ does not matter for a whole file
    forms = [tag, *(_tag_of_form(tag, coding) for coding in http_coding.CODINGS)]
    return next((form for form in forms if set(_TAG.sub(r"\2", form).split()) & have), None)
