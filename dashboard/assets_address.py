"""Addresses of our own files that change with their content, so that they can be kept for good."""

from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

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
