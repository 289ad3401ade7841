"""The viewer of a page: the account behind a visit, its role, and the places it may see."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dashboard.auth import page_access
from data.accounts.visits import Visit, Visits
from data.model import Audience, Role, Service, SimaError
from data.reference.scope import EVERYTHING, NOTHING, Scope, covers
from data.settings import Settings

_COOKIE = "sima_session"
_STEWARDS = {Role.STEWARD, Role.APPROVER}
_PARTNERS = {Role.DEPUTY, Role.PLANNER}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A viewer: role, places, account and purpose of the visit.

    ``scope`` holds codes of palikas for a deputy mayor and of districts for a planner, see
    `data.reference.scope`; ``home`` is the one of their own page.
    """

    role: Role
    scope: Scope = NOTHING
    account: str = ""
    purpose: str = ""
    home: str = ""

    @property
    def audience(self) -> Audience:
        """The audience whose releases the viewer sees within the scope."""
        return Audience.PARTNER if self.role in _STEWARDS | _PARTNERS else Audience.PUBLIC

    def audience_of(self, unit: str) -> Audience:
        """Return whose release of a place the viewer sees; outside the scope, the public's."""
        return self.audience if covers(self.scope, unit) else Audience.PUBLIC

    def at(self, code: str) -> "Viewer":
        """Return the viewer with ``home`` set to a place of the scope; else unchanged."""
        return replace(self, home=code) if code in self.scope else self


PUBLIC = Viewer(Role.PUBLIC)


def viewer_for(session: Visit) -> Viewer:
    """Return the viewer of a visit, with the present rights of the account."""
    account = session.account
    scope = EVERYTHING if account.role in _STEWARDS else account.scope
    home = scope[0] if account.role in _PARTNERS and scope else ""
    return Viewer(account.role, scope, account.name, session.purpose or "", home)


def cookie(settings: Settings) -> str:
    """Return the name of a visit's cookie; over https it is one that other hosts cannot set."""
    return f"__Host-{_COOKIE}" if settings.origin.startswith("https://") else _COOKIE


def sessions(settings: Settings) -> Visits:
    """Return the visits of the access store of this process."""
    if settings.access is None:
        raise SimaError("Nobody signs in to this service.")
    return _sessions(settings.access, settings.idle_minutes, settings.session_hours)


@lru_cache(maxsize=8)
def _sessions(address: str, idle_minutes: int, session_hours: int) -> Visits:
    return Visits.open(
        address, idle=timedelta(minutes=idle_minutes), absolute=timedelta(hours=session_hours)
    )


def settings() -> Settings:
    """Read the settings from the environment."""
    return Settings.from_environment(os.environ)


def session_of(cookies: Mapping[str, str]) -> Visit | None:
    """Return the visit that cookies belong to, None if there is none or it has ended."""
    known = settings()
    token = cookies.get(cookie(known), "")
    return sessions(known).find(token, datetime.now(UTC)) if token else None


def viewer_of(cookies: Mapping[str, str]) -> Viewer | None:
    """Return the viewer who sent these cookies, with the account's present rights; else None.

    None stands for a visitor who may see nothing: not signed in, disabled, or with a role that does
    not use this service.
    """
    known = settings()
    if known.service in (None, Service.PUBLIC):
        return PUBLIC
    found = session_of(cookies)
    if found is None or found.account.role not in page_access.ROLES[known.service]:
        return None
    return viewer_for(found)


def touch_visit(cookies: Mapping[str, str]) -> None:
    """Reset the idle timer of a visit."""
    known = settings()
    if token := cookies.get(cookie(known), ""):
        sessions(known).touch(token, datetime.now(UTC))
