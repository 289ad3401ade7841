"""The routes of the map's shapes and words, each file named by the hash of its content.

Such a file never changes, so browsers cache it for good. The files are the same for every reader
and hold no figures.
"""

import gzip
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.auth import viewer
from dashboard.http_coding import pick_coding
from dashboard.i18n import wording
from dashboard.maps import words
from data.model import Audience, SimaError
from data.releases.reader import ReleaseReader

_NAME = re.compile(r"[0-9a-f]{16}")
_NOT_FOUND = Response("There is no such file.", status_code=404, media_type="text/plain")


def _words_file(request: Request) -> Response:
    language, name = request.path_params["language"], request.path_params["name"]
    if language not in wording.LANGUAGES:
        return _NOT_FOUND
    known, content = words.words_file(language)
    # A page opened before an update asks by an old name; it gets today's words, without caching.
    caching = words.FOREVER if name == known else "no-cache"
    return Response(content, media_type="application/json", headers={"cache-control": caching})


def _geometry_file(request: Request) -> Response:
    boundaries_id, name = request.path_params["boundaries_id"], request.path_params["name"]
    if not (_NAME.fullmatch(boundaries_id) and _NAME.fullmatch(name)):
        return _NOT_FOUND
    coding = pick_coding(request.headers.get("accept-encoding", ""))
    content = _stored(boundaries_id, name, "brotli" if coding == "br" else "gzip")
    if content is None:
        return _NOT_FOUND
    headers = {"cache-control": words.FOREVER, "etag": f'"{name}"', "vary": "Accept-Encoding"}
    if coding is None:
        content = gzip.decompress(content)
    else:
        headers["content-encoding"] = coding
    return Response(content, media_type="application/json", headers=headers)


def _stored(boundaries_id: str, name: str, coding: str) -> bytes | None:
    """Return a geometry file from any store of this process; boundaries are not confidential."""
    settings = viewer.settings()
    for audience in Audience:
        try:
            reader = ReleaseReader.open(settings.releases(audience), audience)
        except SimaError:
            continue
        if (content := reader.geometry_content(boundaries_id, name, coding)) is not None:
            return content
    return None


ROUTES = [
    Route(words.GEOMETRY + "{boundaries_id}/{name}.json", _geometry_file),
    Route("/words/{language}/{name}.json", _words_file),
]
