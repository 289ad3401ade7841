"""Addresses of our own files that change with their content, so that they can be kept for good."""

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
ICON = "icon.svg"
PACKAGES = ("xstatic-leaflet", "fontpkg-noto-sans-devanagari")  # served below /assets as well


@cache
def assets_base() -> str:
    """Give what the addresses of this process's files begin with: ``/assets/<hash>``."""
    content = blake2b(digest_size=6)
    for name in PACKAGES:
        content.update(f"{name} {version(name)}\0".encode())
    for path in sorted(path for path in ASSETS.rglob("*") if path.is_file()):
        body = path.read_bytes()
        content.update(f"{path.relative_to(ASSETS).as_posix()} {len(body)}\0".encode() + body)
    return f"/assets/{content.hexdigest()}"


def asset_url(name: str) -> str:
    """Give the address of a file below ``dashboard/assets``, ``leaflet`` or ``fonts``."""
    return f"{assets_base()}/{name}"


# Sent again at every run: no more than where the programme is. (In one line it would be a path.)
_JS = (
    "export default function(c) {{\nimport(new URL({address!r}, location.href).href)"
    ".then((m) => m.{entry}(c)); }}"
)


def component(name: str, html: str, module: str, entry: str) -> Any:  # noqa: ANN401  # Streamlit has no public name for it
    """Give a component that calls ``entry`` of a module below ``assets/engine`` at each run."""
    return st.components.v2.component(
        name,
        html=html,
        js=_JS.format(address=asset_url(f"engine/{module}"), entry=entry),
        isolate_styles=False,
    )
