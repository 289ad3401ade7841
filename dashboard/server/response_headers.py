"""Headers of every answer: security headers, and how long it may be cached."""

import base64
import hashlib
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Send

from dashboard.static_assets import ICON, assets_base

_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S
_FOUND = {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED}
_HASHED = re.compile(r"(/assets/[0-9a-f]{12})(/.+)")
STREAMLIT = Path(st.__file__).parent / "static"


def _inline_scripts(page: str) -> str:
    """Return the hashes of a page's inline scripts, as a content security policy lists them."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()) for each in scripts]
    return " ".join(f"'sha256-{each.decode()}'" for each in hashes)


def policy(*, documents: bool) -> str:
    """Return the content security policy: nothing from another origin, ever.

    Each exception is needed; without it a page failed in a browser:

    - script ``blob:``: Streamlit starts the script of a component (v2), such as the map, from one;
    - script by hash: the one inline script of Streamlit's page;
    - ``unsafe-inline`` instead, with ``documents``: the preview of a release is a folium document
      in a frame, which has its own scripts and obeys the policy of the page around it;
    - style ``unsafe-inline``: Streamlit writes its styles at run time, and our app.css is inline;
    - font ``data:``: a font for formulas in Streamlit's style sheet;
    - img ``data:``: our page icon and logo as Streamlit sends them, and signs of its widgets.
    """
    page = (STREAMLIT / "index.html").read_text("utf-8")
    scripts = "'unsafe-inline'" if documents else _inline_scripts(page)
    return (
        f"default-src 'none'; script-src 'self' blob: {scripts}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; frame-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )


HEADERS = {
    "content-security-policy": policy(documents=False),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "geolocation=(), camera=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}


# For files: if one is opened as a page, nothing in it may run or load.
FILE_HEADERS = {
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
}


def _adding(send: Send, headers: Callable[[int, str], dict[str, str]]) -> Send:
    """Return a send that adds headers by status and content type, unless the answer has them."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower(): value for name, value in message["headers"]}
            kind = known.get(b"content-type", b"").decode("latin-1")
            asked = headers(message["status"], kind).items()
            more = [(n.encode(), v.encode()) for n, v in asked if n.encode() not in known]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_with_headers


def _with_secure_cookies(send: Send) -> Send:
    """Return a send that marks every cookie as Secure, which Streamlit's own are not."""

    async def send_secure(message: Message) -> None:
        if message["type"] == "http.response.start":
            named = [
                (name, value + b"; Secure")
                if name.lower() == b"set-cookie" and b"; secure" not in value.lower()
                else (name, value)
                for name, value in message["headers"]
            ]
            message = {**message, "headers": named}
        await send(message)

    return send_secure


def _of_type(status: int, kind: str, headers: dict[str, str]) -> dict[str, str]:
    """Return all headers for a page or an answer without a type, else those for a file.

    "Not modified" gets none: the browser's copy has them already.
    """
    if status == HTTPStatus.NOT_MODIFIED:
        return {}
    return headers if not kind or kind.startswith("text/html") else FILE_HEADERS


class SafeHeaders:
    """Middleware: the security headers on every answer."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        documents: Callable[[], bool] = lambda: False,
        secure: bool = False,
    ) -> None:
        """Wrap an app.

        ``documents`` returns whether this service prepares releases, see `policy`; ``secure`` is
        whether readers use https, which is then required of them and of every cookie.
        """
        self._app = app
        self._documents = documents
        self._secure = secure
        more = {"strict-transport-security": f"max-age={_YEAR_S}"} if secure else {}
        self._usual = HEADERS | more
        self._open = self._usual | {"content-security-policy": policy(documents=True)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            headers = self._open if self._documents() else self._usual
            send = _adding(send, lambda status, kind: _of_type(status, kind, headers))
            if self._secure:
                send = _with_secure_cookies(send)
        await self._app(scope, receive, send)


class LongCaching:
    """Middleware: our own files are cached for a year at an address with their hash, else a day.

    A page that was open during an update asks at an older address. It gets today's file, which it
    must not cache under that address.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app that has the files below ``/assets``."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            caching = f"public, max-age={_DAY_S}"
            path = scope["path"]
            if path == "/favicon.png":  # Streamlit's page asks for it before it knows ours
                path = f"/assets/{ICON}"
            elif hashed := _HASHED.fullmatch(path):
                current = hashed[1] == assets_base()
                caching = f"public, max-age={_YEAR_S}, immutable" if current else "no-cache"
                path = f"/assets{hashed[2]}"
            if path.startswith("/assets/"):
                scope = {**scope, "path": path, "raw_path": path.encode()}
                send = _adding(
                    send,
                    lambda status, _kind: {
                        "cache-control": caching if status in _FOUND else "no-cache"
                    },
                )
        await self._app(scope, receive, send)
