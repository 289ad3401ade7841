"""The health check."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.auth import viewer
from data.model import Audience, SimaError
from data.releases.reader import ReleaseReader


def healthz(request: Request) -> Response:
    """Answer with the number of the current public release; 503 if the store cannot be read.

    Anybody may ask, so the answer says nothing about the partners' releases.
    """
    del request
    try:
        address = viewer.settings().releases(Audience.PUBLIC)
        info = ReleaseReader.open(address, Audience.PUBLIC).current()
    except SimaError:
        return JSONResponse({"status": "no public store", "releases": {}}, status_code=503)
    served = {Audience.PUBLIC.value: info.number if info else None}
    return JSONResponse({"status": "ok", "releases": served}, headers={"cache-control": "no-store"})
