"""Who is looking.

Until sign-in is built everybody is the public. For a developer's eyes the other pages can be asked
for with ``SIMA_DEV_VIEWER=steward`` or ``=deputy:CODE``, and only on the loopback address.
"""

import ipaddress
import os
from dataclasses import dataclass

from starlette.requests import Request

from data.gazetteer import Gazetteer
from data.model import AdminLevel, Role, SimaError
from data.settings import Settings

ENVIRONMENT = "SIMA_DEV_VIEWER"
_BOUND_TO: list[str] = []  # the address that `serving.serve` listens on


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person before the screen: a role, and the palika it is about."""

    role: Role
    scope: str = ""


PUBLIC = Viewer(Role.PUBLIC)


def is_loopback(host: str) -> bool:
    """Say whether an address can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_viewer(text: str, *, host: str | None) -> Viewer:
    """Read what ``SIMA_DEV_VIEWER`` asks for.

    Parameters
    ----------
    text
        Empty for the public, ``steward``, ``planner``, or ``deputy:`` and a palika's code.
    host
        Address that the server listens on; None where that is not known.

    Raises
    ------
    SimaError
        For anything else, and for any viewer but the public off the loopback address.
    """
    if not text:
        return PUBLIC
    if host is None or not is_loopback(host):
        raise SimaError(
            f"{ENVIRONMENT} shows pages without sign-in and works on the loopback address only."
            " Serve with: sima serve --host 127.0.0.1",
        )
    if text in (Role.STEWARD, Role.PLANNER):
        return Viewer(Role(text))
    role, _, code = text.partition(":")
    units = Gazetteer.load().units
    if (
        role == "deputy"
        and code in units.index
        and units.at[code, "admin_level"] == AdminLevel.PALIKA
    ):
        return Viewer(Role.DEPUTY, code)
    raise SimaError(
        f"{ENVIRONMENT}: write steward, planner or deputy:CODE with the code of a palika."
    )


def viewer_of(request: Request) -> Viewer:
    """Say who asks for a plain route; the same viewer as on the pages.

    Raises
    ------
    SimaError
        As `read_viewer`.
    """
    del request
    return read_viewer(Settings.from_environment(os.environ).dev_viewer, host=bound_to())


def bind(host: str) -> None:
    """Note the address that this process listens on; called once, before it serves."""
    _BOUND_TO[:] = [host]


def bound_to() -> str | None:
    """Address that this process listens on, None where nobody said."""
    return _BOUND_TO[0] if _BOUND_TO else None
