"""Making a programme's stores from nothing, and filling the demonstration."""

import secrets
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pyotp

from data import demo
from data.accounts.accounts import Accounts
from data.boundaries import national
from data.holdings import BoundarySet, Holdings
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import Sima
from data.reference import booths
from data.reference.gazetteer import COUNTRY, Gazetteer
from data.release_making.inputs import read_boundaries
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
    """Create the stores that are missing, with units and national boundaries; idempotent.

    Raises
    ------
    SimaError
        Where an address is missing, the holdings were created for the other kind of data, or a
        booth of the list does not lie at the border.
    """
    if settings.holdings is None or settings.access is None:
        raise SimaError("Setting up needs the addresses of all four stores.")
    holdings = Holdings.create(settings.holdings, synthetic=synthetic)
    Accounts.create(settings.access)
    if holdings.boundary_sets().empty:
        progress("Reading Nepal's units and boundaries")
        gazetteer = Gazetteer.load()
        booths.require_at_border(gazetteer.sites, gazetteer.border_points)
        units = gazetteer.units.assign(
            valid_from=UNITS_FROM,
            valid_to=None,
            source="National Statistics Office",
        )
        holdings.add_units(units, gazetteer.crosswalk)
        holdings.add_sites(gazetteer.sites)
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
    return holdings


def fill_demo(settings: Settings, *, progress: Progress) -> None:
    """Put the synthetic demonstration in through the upload path and make the first releases."""
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
        sima.approve(sima.request(audience, by=steward), by=approver, why="planned")


def _add_demo_accounts(accounts: Accounts) -> None:
    """Add what is missing; a role or place that somebody changed for a look stays changed."""
    there = set(accounts.list_accounts()["account"])
    for name, (role, places) in DEMO_ACCOUNTS.items():
        if name not in there:
            accounts.add(name, role, places)


def demo_credentials(settings: Settings) -> list[tuple[str, str, str, str]]:
    """Give the demonstration's accounts passwords made by chance, to be said once.

    Each is a name, its role, the password and the key of its second proof, empty where it needs
    none. What the accounts had before opens nothing any more.

    Raises
    ------
    SimaError
        Where the stores are not the demonstration's.
    """
    sima = Sima(settings)
    if not sima.holdings.synthetic:
        raise SimaError("These stores hold real data: there are no accounts of a demonstration.")
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
            # The code of the half minute before: the one that is shown now can still be used.
            before = now - timedelta(seconds=30)
            accounts.finish(name, code, pyotp.TOTP(secret).at(before), now)
        found.append((name, accounts.get(name).role.value, password, secret))
    return found


def make_geometry(settings: Settings, *, progress: Progress) -> None:
    """Make what browsers are sent of the boundaries, so that no release has to wait for it.

    Also for boundaries of older releases, stored before there was such a thing; idempotent.
    """
    sima = Sima(settings)
    boundaries = read_boundaries(sima.holdings, today=sima.today)
    for audience in Audience:
        writer = sima.writer(audience)
        progress(f"Preparing the maps of the {audience} releases")
        writer.put_boundaries(boundaries)
        for boundaries_id in sorted({info.boundaries_id for info in writer.reader.releases()}):
            writer.put_geometry(boundaries_id)
