"""Streamlit's page without two fonts that it loads on every first visit and our pages do not use.

Together they take 545 kB, as much as all scripts. If a later Streamlit refers to them differently,
they are loaded again and nothing else happens.
"""

import re
from hashlib import blake2b
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Send

# The theme has its own font (.streamlit/config.toml); this one is loaded before the theme is known,
# by the page and by a line that nobody sees.
_PRELOADED_FONT = re.compile(rb'<link\s+rel="preload"\s+href="[^"]*SourceSans[^"]*"[^>]*>\s*')
_FONT = re.compile(rb"@font-face\{font-family:Source Sans;[^}]*\}")
# Streamlit's script loads the icon font with a space as a sample. Without the space in its range
# the font is loaded only where an icon is drawn, as an icon is a word of printing characters.
_ICONS = re.compile(rb"(@font-face\{font-family:Material Symbols Rounded;)(?!unicode-range)")
_STYLES = re.compile(r"/static/css/index\.[^/]+\.css")


def lighter_page(page: bytes) -> bytes:
    """Return Streamlit's page without the font that it preloads."""
    return _PRELOADED_FONT.sub(b"", page)


def lighter_styles(styles: bytes) -> bytes:
    """Return Streamlit's styles without its text font, and with icons loaded only where one is."""
    return _FONT.sub(b"", _ICONS.sub(rb"\1unicode-range:U+21-7E;", styles))


class LighterFonts:
    """Middleware: send Streamlit's page and style sheet without the unused fonts."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        styles = _STYLES.fullmatch(scope["path"]) is not None
        start: Message = {}
        body: list[bytes] = []

        async def send_lighter(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                page = headers.get("content-type", "").startswith("text/html")
                whole = message["status"] == HTTPStatus.OK and "content-encoding" not in headers
                if whole and (page or styles):
                    start.update({**message, "headers": headers.raw})
                    return
            elif start:
                body.append(message.get("body", b""))
                if message.get("more_body", False):
                    return
                made = b"".join(body)
                made = lighter_styles(made) if styles else lighter_page(made)
                headers = MutableHeaders(raw=start["headers"])
                headers["content-length"] = str(len(made))
                headers["etag"] = f'"{blake2b(made, digest_size=16).hexdigest()}"'
                await send(start)
                message = {"type": "http.response.body", "body": made}
            await send(message)

        await self._app(scope, receive, send_lighter)
