"""What an account may be: how its name is written, and which places a role can have."""

import re
from collections.abc import Iterable

from data import scope
from data.gazetteer import COUNTRY, Gazetteer
from data.model import AdminLevel, Role, SimaError
from data.scope import Scope

# Roles that show a second proof when they sign in with a password.
SECOND_PROOF = frozenset({Role.STEWARD, Role.APPROVER, Role.ADMINISTRATOR})
_LEVEL = {Role.DEPUTY: AdminLevel.PALIKA, Role.PLANNER: AdminLevel.DISTRICT}
_PLACES = {
    Role.DEPUTY: "A deputy has palikas: codes of five digits, as in palikas.csv",
    Role.PLANNER: "A planner has districts: codes of three digits, as in districts.csv; NP for all",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def require_name(name: str) -> None:
    """Refuse a name that is not an office's: SimaError, saying how one is written."""
    if not _NAME.fullmatch(name):
        raise SimaError(
            "The name of an account is an office: 2 to 40 of a-z, 0-9, '.', '_' and '-', as in"
            " deputy-koshi."
        )


def require_places(role: Role, places: Iterable[str]) -> Scope:
    """Give a role's scope of codes; SimaError naming the one that the role cannot have."""
    held = scope.read(places)
    if role not in _LEVEL:
        if held:
            raise SimaError(f"A {role} has no places: only deputies and planners do.")
        return held
    level, units = _LEVEL[role], Gazetteer.load().units
    if role is Role.PLANNER and held == (COUNTRY,):
        return held
    for code in held:
        if code not in units.index or units.at[code, "admin_level"] != level:
            raise SimaError(f"{code}: {_PLACES[role]} (data/reference/gazetteer).")
    return held
