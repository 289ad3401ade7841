"""Creates a programme's stores, and fills the demonstration."""

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyotp

from data import demo
from data.accounts.accounts import Accounts
from data.boundaries import national
from data.holdings import BoundarySet, Holdings
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import Sima
from data.projects import folder
from data.projects.check import require_sound
from data.reference import booths, project_files
from data.reference.gazetteer import COUNTRY, Gazetteer
from data.release_making.inputs import read_boundaries
from data.release_making.progress import Report
from data.settings import Settings

Progress = Callable[[str], None]
UNITS_FROM = date(2017, 3, 10)  # the federal units came into force
DEMO_ACCOUNTS: dict[str, tuple[Role, tuple[str, ...]]] = {
    "demo-deputy": (Role.DEPUTY, ("51106",)),
    "demo-planner": (Role.PLANNER, ("511",)),
    "demo-national": (Role.PLANNER, (COUNTRY,)),
    "demo-auditor": (Role.AUDITOR, ()),
    "demo-steward": (Role.STEWARD, ()),
    "demo-approver": (Role.APPROVER, ()),
    "demo-administrator": (Role.ADMINISTRATOR, ()),
}


def make_stores(settings: Settings, *, synthetic: bool, progress: Progress) -> Holdings:
    """Create what is missing: the project's folder, the stores, units and national boundaries.

    It can be run again at any time.

    Raises
    ------
    SimaError
        If an address is missing, the project has a fault, the holdings were created for the other
        kind of data, or a listed booth does not lie at the border.
    """
    if settings.holdings is None or settings.access is None:
        raise SimaError("Setting up needs the addresses of all four stores.")
    if settings.project and folder.make_folder(Path(settings.project)):
        progress(f"Making the project folder {settings.project}")
    require_sound(project_files.project_files())
    holdings = Holdings.create(settings.holdings, synthetic=synthetic)
    Accounts.create(settings.access)
    gazetteer = Gazetteer.load()
    new = gazetteer.sites.index.difference(holdings.sites().index)
    booths.require_at_border(gazetteer.sites.loc[new], gazetteer.border_points)
    if holdings.boundary_sets().empty:
        progress("Reading Nepal's units and boundaries")
        units = gazetteer.units.assign(
            valid_from=UNITS_FROM,
            valid_to=None,
            source="National Statistics Office",
        )
        holdings.add_units(units, gazetteer.crosswalk)
        boundaries = national.read_national().boundaries
        for level in (
            AdminLevel.COUNTRY,
            AdminLevel.PROVINCE,
            AdminLevel.DISTRICT,
            AdminLevel.PALIKA,
        ):
            info = BoundarySet(
                level,
                national.SOURCE,
                national.LICENCE,
                national.ATTRIBUTION,
                national.VINTAGE,
            )
            mine = boundaries[boundaries["admin_level"] == int(level)]
            holdings.add_boundary_set(info, mine)
    if len(new):
        progress(f"Adding booths: {', '.join(map(str, new))}")
        holdings.add_sites(gazetteer.sites.loc[new])
    return holdings


def fill_demo(settings: Settings, *, progress: Progress, report: Report | None = None) -> None:
    """Upload the synthetic demonstration like any file, and make the first releases.

    ``report`` is told how far the making of each release is.
    """
    sima = Sima(settings)
    _add_demo_accounts(sima.accounts)
    steward, approver = "demo-steward", "demo-approver"
    missing = [a for a in Audience if not sima.writer(a).reader.releases()]
    if missing:
        for file in demo.files(Gazetteer.load()):
            progress(f"Uploading the synthetic {file.name}")
            sima.confirm(sima.stage(file.content), by=steward)
    for audience in missing:
        progress(f"Making the first {audience} release: aggregating, hiding, proving")
        request = sima.request(audience, by=steward)
        sima.approve(request, by=approver, why="planned", report=report)


def _add_demo_accounts(accounts: Accounts) -> None:
    """Add the accounts that are missing; roles and places that were changed stay as they are."""
    there = set(accounts.list_accounts()["account"])
    for name, (role, places) in DEMO_ACCOUNTS.items():
        if name not in there:
            accounts.add(name, role, places)


def demo_credentials(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Give the demonstration's accounts random passwords, and return them to be shown once.

    Returns
    -------
    For each account its name, role, password, and the key of its two-step sign-in (empty if it
    needs none). Earlier passwords and keys no longer work.

    Raises
    ------
    SimaError
        If the stores hold real data.
    """
    sima = Sima(settings)
    if not sima.holdings.synthetic:
        raise SimaError("These stores hold real data, so there are no demonstration accounts.")
    accounts, found = sima.accounts, []
    _add_demo_accounts(accounts)
    for name in DEMO_ACCOUNTS:
        now = datetime.now(UTC)
        accounts.enable(name)
        password = "-".join(secrets.token_hex(4) for _ in range(3))
        code = accounts.invite(name, now)
        enrolment = accounts.accept(name, code, password, now)
        secret = enrolment.secret if enrolment else ""
        if enrolment is not None:
            # The code of the half minute before, so that the present one can still be used.
            before = now - timedelta(seconds=30)
            accounts.finish(name, code, pyotp.TOTP(secret).at(before), now)
        found.append((name, accounts.get(name).role.value, password, secret))
    return found


def make_geometry(settings: Settings, *, progress: Progress) -> None:
    """Make the boundary files that browsers load, so that no release has to wait for them.

    Also for boundaries of older releases that have no such files; idempotent.
    """
    sima = Sima(settings)
    boundaries = read_boundaries(sima.holdings, today=sima.today)
    for audience in Audience:
        writer = sima.writer(audience)
        progress(f"Preparing the maps of the {audience} releases")
        writer.put_boundaries(boundaries)
        for boundaries_id in sorted({info.boundaries_id for info in writer.reader.releases()}):
            writer.put_geometry(boundaries_id)
