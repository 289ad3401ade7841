"""Who is looking: the account behind a visit, its role, and the places it may see."""

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
    """Who is before the screen: a role, the places it may see, the account and what it came for.

    ``scope`` are codes of palikas for a deputy mayor and of districts for a planner, see
    `data.reference.scope`; ``home`` is the one that her own page is about.
    """

    role: Role
    scope: Scope = NOTHING
    account: str = ""
    purpose: str = ""
    home: str = ""

    @property
    def audience(self) -> Audience:
        """Whose releases the viewer sees; of places outside the scope, the public's."""
        return Audience.PARTNER if self.role in _STEWARDS | _PARTNERS else Audience.PUBLIC

    def audience_of(self, unit: str) -> Audience:
        """Say whose release of a place the viewer sees: the partners' of its own."""
        return self.audience if covers(self.scope, unit) else Audience.PUBLIC

    def at(self, code: str) -> "Viewer":
        """Give the viewer before another of its places; of a foreign one, as it was."""
        return replace(self, home=code) if code in self.scope else self


PUBLIC = Viewer(Role.PUBLIC)


def viewer_for(session: Visit) -> Viewer:
    """Make the viewer of a visit, as its account stands now."""
    account = session.account
    scope = EVERYTHING if account.role in _STEWARDS else account.scope
    home = scope[0] if account.role in _PARTNERS and scope else ""
    return Viewer(account.role, scope, account.name, session.purpose or "", home)


def cookie(settings: Settings) -> str:
    """Name the cookie of a visit; over https its name keeps other hosts from setting it."""
    return f"__Host-{_COOKIE}" if settings.origin.startswith("https://") else _COOKIE


def sessions(settings: Settings) -> Visits:
    """Give the visits of the access store that this process was given."""
    if settings.access is None:
        raise SimaError("Nobody signs in to this service.")
    return _sessions(settings.access, settings.idle_minutes, settings.session_hours)


@lru_cache(maxsize=8)
def _sessions(address: str, idle_minutes: int, session_hours: int) -> Visits:
    return Visits.open(
        address, idle=timedelta(minutes=idle_minutes), absolute=timedelta(hours=session_hours)
    )


def settings() -> Settings:
    """Read the environment."""
    return Settings.from_environment(os.environ)


def session_of(cookies: Mapping[str, str]) -> Visit | None:
    """Give the visit that cookies tell of, None where there is none, or none any more."""
    known = settings()
    token = cookies.get(cookie(known), "")
    return sessions(known).find(token, datetime.now(UTC)) if token else None


def viewer_of(cookies: Mapping[str, str]) -> Viewer | None:
    """Say who asks, as the account stands at this moment; None for nobody who may.

    An account that was disabled, or has another role by now, is not who it was at sign-in.
    """
    known = settings()
    if known.service in (None, Service.PUBLIC):
        return PUBLIC
    found = session_of(cookies)
    if found is None or found.account.role not in page_access.ROLES[known.service]:
        return None
    return viewer_for(found)


def touch_visit(cookies: Mapping[str, str]) -> None:
    """Note that somebody is still at it: the time until an idle visit ends begins anew."""
    known = settings()
    if token := cookies.get(cookie(known), ""):
        sessions(known).touch(token, datetime.now(UTC))
