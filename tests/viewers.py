"""Who looks at a page in a test: the viewer that a visit would have given."""

from collections.abc import Callable, Mapping

from dashboard.access import PUBLIC, Viewer
from data.model import Role
from data.scope import EVERYTHING

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


def looking(text: str) -> Callable[[Mapping[str, str]], Viewer]:
    """Give what `access.viewer_of` would answer whatever the cookies."""
    who = viewer(text)
    return lambda _cookies: who
