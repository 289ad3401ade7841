"""Who looks at a page in a test: the viewer that a visit would have given, or a visit itself."""

import itertools
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from dashboard.auth import page_access
from dashboard.auth.viewer import PUBLIC, Viewer
from data.accounts.accounts import Accounts
from data.accounts.visits import LOCAL, Visits
from data.model import Role, Service
from data.reference.scope import EVERYTHING

# Cookies are a host's, whatever its port: each server that people sign in to is a host of its own.
# They stand here because a conftest is loaded twice where a test imports from it.
HOSTS = itertools.count(2)
TOKENS: dict[str, str] = {}  # of the visits that were begun, by address
ACCESS: dict[str, str] = {}  # where a server's accounts are
_STEWARDS = {Role.STEWARD, Role.APPROVER}


def viewer(text: str) -> Viewer:
    """Give a viewer by a short name: a role, and after a colon the codes of its places.

    Nothing is the public, a planner without a place one of the whole country; of everybody it is
    known what for.
    """
    if not text:
        return PUBLIC
    name, _, codes = text.partition(":")
    role = Role(name)
    scope = tuple(codes.split(",")) if codes else EVERYTHING
    home = scope[0] if role in (Role.DEPUTY, Role.PLANNER) else ""
    return Viewer(role, scope, f"demo-{name}", "planning", home)


def service_of(text: str) -> Service:
    """Give the service at which somebody looks."""
    role = viewer(text).role
    return next(service for service, roles in page_access.ROLES.items() if role in roles)


def begun(access: str, text: str, *, purpose: str = "planning") -> str:
    """Begin a visit in an access store, as if somebody had signed in; give its token."""
    who, store = viewer(text), Accounts.create(access)
    places = who.scope if who.role in (Role.DEPUTY, Role.PLANNER) else ()
    store.add(who.account, who.role, places)
    store.set_role(who.account, who.role, places)
    sessions = Visits(store.engine, idle=timedelta(hours=1), absolute=timedelta(hours=1))
    token = sessions.begin(who.account, LOCAL, datetime.now(UTC))
    if purpose:
        sessions.set_purpose(token, purpose)
    return token


def looking(text: str) -> Callable[[Mapping[str, str]], Viewer]:
    """Give what `access.viewer_of` would answer whatever the cookies."""
    who = viewer(text)
    return lambda _cookies: who
