"""Choose a content coding and compress a body."""

import gzip
import re

import brotli

CODINGS = ("br", "gzip")  # as they are preferred where the browser has no preference

# Measured with Streamlit's bundle: 5 takes 10 ms for 860 kB; 11 takes 90 times as long and saves
# another tenth to a sixth of the bytes.
_QUICK = {"br": 5, "gzip": 5}
_BEST = {"br": 11, "gzip": 9}
_QUALITY = re.compile(r"q=([01](?:\.\d{0,3})?)")


def pick_coding(accepted: str) -> str | None:
    """Pick from an Accept-Encoding header; None where the answer must stay as it is."""
    qualities: dict[str, float] = {}
    for entry in accepted.lower().replace(" ", "").split(","):
        name, _, parameter = entry.partition(";")
        said = _QUALITY.fullmatch(parameter or "q=1")
        qualities[name] = float(said[1]) if said else 0.0
    asked = [qualities.get(coding, qualities.get("*", 0.0)) for coding in CODINGS]
    best = max(asked)
    if best == 0 or best < qualities.get("identity", 0.0):
        return None
    return CODINGS[asked.index(best)]


def compress(body: bytes, coding: str, *, best: bool) -> bytes:
    """Compress a body in one of ``CODINGS``: as well as it can be, or quickly."""
    quality = (_BEST if best else _QUICK)[coding]
    if coding == "br":
        return bytes(brotli.compress(body, quality=quality))
    return gzip.compress(body, quality, mtime=0)
