"""All pages and plain routes, and who may open each; whatever is not listed cannot be reached.

`dashboard.server.request_guard` answers "not found" for it, and the navigation leaves it out. The
server does not start while a page or a route is missing here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.routing import BaseRoute, Mount, Route

from dashboard.i18n.wording import _
from data.model import Role, Service, SimaError

PAGES = Path(__file__).parents[2] / "pages"

# Which roles sign in at which service; the public signs in nowhere.
ROLES = {
    Service.PUBLIC: frozenset({Role.PUBLIC}),
    Service.PARTNER: frozenset({Role.DEPUTY, Role.PLANNER, Role.AUDITOR}),
    Service.STEWARD: frozenset({Role.STEWARD, Role.APPROVER}),
}
EVERYBODY = frozenset().union(*ROLES.values())
EVERYWHERE = frozenset(Service)
SIGNED_IN = frozenset({Service.PARTNER, Service.STEWARD})


@dataclass(frozen=True, slots=True)
class Door:
    """A page: its file below ``pages/``, its address, its title in the language in use, its roles.

    Roles of ``home`` start there. A ``restricted`` page shows partners what only they may see: it
    asks for a purpose, and the audit log records that it was opened.
    """

    file: str
    address: str
    title: Callable[[], str]
    roles: frozenset[Role]
    home: frozenset[Role] = frozenset()
    restricted: bool = False

    @property
    def path(self) -> Path:
        """The page's script."""
        return PAGES / self.file


_WORKERS = frozenset({Role.DEPUTY, Role.PLANNER})
_DECIDERS = frozenset({Role.STEWARD, Role.APPROVER})
DOORS = (
    Door("steward/upload.py", "upload", lambda: _("Upload"), frozenset({Role.STEWARD}),
         home=frozenset({Role.STEWARD})),
    Door("steward/release.py", "release", lambda: _("Release"), _DECIDERS,
         home=frozenset({Role.APPROVER})),
    Door("steward/project.py", "project", lambda: _("Project"), _DECIDERS),
    Door("partner/palika.py", "palika", lambda: _("My palika"), frozenset({Role.DEPUTY}),
         home=frozenset({Role.DEPUTY}), restricted=True),
    Door("partner/planner.py", "planner", lambda: _("Explore"), frozenset({Role.PLANNER}),
         home=frozenset({Role.PLANNER}), restricted=True),
    Door("partner/booths.py", "booths", lambda: _("Booths"), _WORKERS, restricted=True),
    Door("partner/log.py", "log", lambda: _("Audit log"), frozenset({Role.AUDITOR}),
         home=frozenset({Role.AUDITOR})),
    Door("public/overview.py", "overview", lambda: _("Overview"), EVERYBODY,
         home=frozenset({Role.PUBLIC})),
    Door("public/map.py", "map", lambda: _("Map"), EVERYBODY),
    Door("public/place.py", "place", lambda: _("Place"), EVERYBODY, restricted=True),
    Door("public/committees.py", "committees", lambda: _("Committees"), EVERYBODY),
    Door("public/hotspots.py", "hotspots", lambda: _("Interception hotspots"), EVERYBODY,
         restricted=True),
    Door("public/logframe.py", "logframe", lambda: _("Targets"), EVERYBODY),
    Door("public/about.py", "about", lambda: _("About"), EVERYBODY),
    Door("public/safety.py", "safety", lambda: _("Data safety"), EVERYBODY),
    Door("public/claims.py", "claims", lambda: _("Published figures"), EVERYBODY),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exit:
    """A plain route, the services that have it, and whether it needs a sign-in there."""

    route: Route | Mount
    services: frozenset[Service]
    signed_in: bool = False


def of_role(role: Role) -> list[Door]:
    """Return the pages of a role, its start page first."""
    mine = [door for door in DOORS if role in door.roles]
    return sorted(mine, key=lambda door: role not in door.home)


def of_service(service: Service) -> list[Door]:
    """Return the pages that a service has for any of its roles."""
    return [door for door in DOORS if door.roles & ROLES[service]]


def require_declared() -> None:
    """Check that every page is listed with its roles.

    Raises
    ------
    SimaError
        If a page is not listed, has no roles, or does not exist.
    """
    there = {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.py")}
    declared = {door.file: door for door in DOORS}
    for file in sorted(there - declared.keys()):
        raise SimaError(
            f"pages/{file} does not say whom it is for: add it to dashboard/auth/page_access.py."
        )
    for file, door in declared.items():
        if file not in there:
            raise SimaError(
                f"dashboard/auth/page_access.py names pages/{file}, and there is no such page."
            )
        if not door.roles or not door.roles <= EVERYBODY:
            raise SimaError(
                f"pages/{file} is for nobody: name its roles in dashboard/auth/page_access.py."
            )


def routes(exits: Iterable[Exit | BaseRoute], service: Service) -> list[Exit]:
    """Return the plain routes of a service.

    Raises
    ------
    SimaError
        If a route does not say which services have it.
    """
    mine = []
    for each in exits:
        if not isinstance(each, Exit) or not each.services:
            raise SimaError(
                f"A route does not say whom it is for: {each}. Make it a page_access.Exit."
            )
        if service in each.services:
            mine.append(each)
    return mine
