"""The route of the maps' figures: checked, chosen and drawn as for the page that has the map."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard import access, scenes, session, wording
from dashboard.compression import pick_coding
from data.model import Audience, SimaError

_KEPT_S = (
    900  # long enough for Back and for somebody who comes again; the page looks for withdrawals
)
_NOT_FOUND = Response("There is no such map.", status_code=404, media_type="text/plain")
_GONE = Response(
    "This release is not served any more.",
    status_code=410,
    media_type="text/plain",
    headers={"cache-control": "no-store"},
)


def answer(request: Request) -> Response:
    """Answer with what a browser draws of the view that an address asks for."""
    query = dict(request.query_params)
    plan = request.path_params["plan"]
    wording.speak(query.get("lang", "en"))
    try:
        viewer = access.viewer_of(request.cookies)
        if viewer is None:
            return _NOT_FOUND
        viewer = viewer.at(query.get("palika", ""))
        audience = scenes.audience(plan, viewer)
        scope = viewer.scope
        release = session.asked(audience, query.get("release"), scope) if audience else None
        if audience is None:
            return _NOT_FOUND
        if release is None or str(release.number) != query.get("release"):
            return _GONE
        chosen = scenes.pick(plan, release, viewer, query)
        if chosen is None:
            return _NOT_FOUND
        content = scenes.message(plan, release, viewer, chosen)
    except SimaError:
        return _NOT_FOUND
    # What partners see is kept by no browser. The public's is frozen with its release.
    kept = f"private, max-age={_KEPT_S}" if audience is Audience.PUBLIC else "no-store"
    headers = {"cache-control": kept, "vary": "Accept-Encoding"}
    coding = pick_coding(request.headers.get("accept-encoding", ""))
    if coding == "br":
        headers["content-encoding"] = coding
    body = content["br" if coding == "br" else "identity"]
    return Response(body, media_type="application/json", headers=headers)


ROUTES = [Route(scenes.SCENE + "{plan}", answer)]
