"""The route of the maps' figures, with the same checks and choices as on the map's page."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.auth import access_log
from dashboard.auth import viewer as access
from dashboard.http_coding import pick_coding
from dashboard.i18n import wording
from dashboard.maps import registry
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from data.model import Audience, SimaError
from data.reference.gazetteer import COUNTRY

_KEPT_S = 900  # long enough for Back and a second visit; the page itself checks for withdrawals
_NOT_FOUND = Response("There is no such map.", status_code=404, media_type="text/plain")
_GONE = Response(
    "This release is no longer published.",
    status_code=410,
    media_type="text/plain",
    headers={"cache-control": "no-store"},
)


_NOT_SAID = Response(
    "State your purpose on the page first.", status_code=403, media_type="text/plain"
)


def place_of(chosen: Selection) -> str:
    """Return the code of a view's place; for a group of districts, the country."""
    return COUNTRY if chosen.area in selection.AREA_GROUPS else chosen.area


def answer(request: Request) -> Response:
    """Answer with the scene of the view in the address, for a browser to draw."""
    query = dict(request.query_params)
    wording.speak(query.get("lang", ""))
    try:
        found = _found(request.path_params["plan"], query, request.cookies)
    except SimaError:
        return _NOT_FOUND
    if isinstance(found, Response):
        return found
    audience, content = found
    # No browser caches what partners see. Public figures do not change within a release.
    kept = f"private, max-age={_KEPT_S}" if audience is Audience.PUBLIC else "no-store"
    headers = {"cache-control": kept, "vary": "Accept-Encoding"}
    coding = pick_coding(request.headers.get("accept-encoding", ""))
    if coding == "br":
        headers["content-encoding"] = coding
    body = content["br" if coding == "br" else "identity"]
    return Response(body, media_type="application/json", headers=headers)


def _found(
    plan: str, query: Mapping[str, str], cookies: Mapping[str, str]
) -> Response | tuple[Audience, dict[str, bytes]]:
    """Return the audience and the content of a view, or the answer that refuses it."""
    who = access.viewer_of(cookies)
    viewer = who.at(query.get("palika", "")) if who else access.PUBLIC
    audience = registry.audience(plan, viewer) if who else None
    if audience is None:
        return _NOT_FOUND
    release = cache.requested_release(audience, query.get("release"), viewer.scope)
    if release is None or str(release.number) != query.get("release"):
        return _GONE
    chosen = registry.choose_view(plan, release, viewer, query)
    if chosen is None:
        return _NOT_FOUND
    if audience is Audience.PARTNER and registry.MAPS[plan].restricted:
        if not viewer.purpose:
            return _NOT_SAID
        access_log.log_access_once(
            viewer, f"{plan}/{chosen.indicator or chosen.level}", release, place=place_of(chosen)
        )
    return audience, registry.map_message(plan, release, viewer, chosen)


ROUTES = [Route(registry.SCENE + "{plan}", answer)]
