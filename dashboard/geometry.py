"""Plain answers beside the pages: shapes of units and words of the map, each named by its content.

What is named by content never changes: a browser keeps it for good. Both are the same for every
reader; no figure passes here.
"""

import gzip
import hashlib
import json
import re
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import access, questions, wording
from dashboard.compression import pick_coding
from dashboard.wording import _
from data.model import Audience, SimaError
from data.releases import ReleaseReader

GEOMETRY = "/geometry/"
FOREVER = "public, max-age=31536000, immutable"
_NAME = re.compile(r"[0-9a-f]{16}")
_NOT_FOUND = Response("There is no such file.", status_code=404, media_type="text/plain")


def map_words() -> dict[str, Any]:
    """Give the words that the map itself writes, in the language in use."""
    return questions.words() | {
        "more": _("More choices"),
        "hidden": _("hidden to keep people safe"),
        "silent": _("not reported"),
        "apart": _("does not apply"),
        "no_cell": _("not part of this figure"),
        "see": _("see {place}: {figure}"),
        "no_coarser": _("no coarser figure for this period"),
        "none": _("none"),
        "lower": _("lower"),
        "middle": _("middle"),
        "higher": _("higher"),
        "booth": _("information booth"),
        "circles": _("largest circle:"),
        "diagram": _("Diagram, not boundaries"),
        "disclaimer": _("Boundaries shown do not imply any opinion on their legal status."),
        "north": _("North is up"),
        "small": _("Small map:"),
        "keep": _("Keep this map as a picture"),
        "keep_png": _("Save as PNG"),
        "keep_svg": _("Save as SVG"),
        "home": _("Show the whole area"),
        "others": _("Other places, not part of this figure: {count}"),
        "show_all": _("Show all {count} places"),
        "summary": _("Places with a figure: {shown}. Hidden: {hidden}. Not reported: {silent}."),
    }


@cache
def _words(language: str) -> tuple[str, bytes]:
    before = wording.language()
    wording.speak(language)
    try:
        content = json.dumps(map_words(), ensure_ascii=False).encode()
    finally:
        wording.speak(before)
    return hashlib.sha256(content).hexdigest()[:16], content


def words_address() -> str:
    """Give the address of the map's words in the language in use."""
    language = wording.language()
    return f"/words/{language}/{_words(language)[0]}.json"


def _words_file(request: Request) -> Response:
    language, name = request.path_params["language"], request.path_params["name"]
    if language not in wording.LANGUAGES:
        return _NOT_FOUND
    known, content = _words(language)
    # An open page may ask by the name of an older programme; it gets today's words, not for good.
    caching = FOREVER if name == known else "no-cache"
    return Response(content, media_type="application/json", headers={"cache-control": caching})


def _geometry_file(request: Request) -> Response:
    boundaries_id, name = request.path_params["boundaries_id"], request.path_params["name"]
    if not (_NAME.fullmatch(boundaries_id) and _NAME.fullmatch(name)):
        return _NOT_FOUND
    coding = pick_coding(request.headers.get("accept-encoding", ""))
    content = _stored(boundaries_id, name, "brotli" if coding == "br" else "gzip")
    if content is None:
        return _NOT_FOUND
    headers = {"cache-control": FOREVER, "etag": f'"{name}"', "vary": "Accept-Encoding"}
    if coding is None:
        content = gzip.decompress(content)
    else:
        headers["content-encoding"] = coding
    return Response(content, media_type="application/json", headers=headers)


def _stored(boundaries_id: str, name: str, coding: str) -> bytes | None:
    """Look in the stores that this process was given; boundaries are no secret in any of them."""
    settings = access.settings()
    for audience in Audience:
        try:
            reader = ReleaseReader.open(settings.releases(audience), audience)
        except SimaError:
            continue
        if (content := reader.geometry_content(boundaries_id, name, coding)) is not None:
            return content
    return None


ROUTES = [
    Route(GEOMETRY + "{boundaries_id}/{name}.json", _geometry_file),
    Route("/words/{language}/{name}.json", _words_file),
]
