"""What a release has of one place and what it lacks; who sees it, and where its maps are."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.released import cache, selection, ward_groups
from dashboard.released.selection import Selection
from dashboard.released.ward_groups import PARENTS_GROUPS
from data.model import AdminLevel, AgeBand, Audience, ReleaseInfo, Role, Sex, Status
from data.reference.indicators import load_indicators

PALIKA_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Known:
    """What a release says of one indicator of a place.

    ``period`` and ``row`` (see `selection.layer`) are of the newest figure that is shown, else of
    the newest period; ``newer`` are later periods without a figure, with their status.
    """

    indicator: str
    period: str
    row: pd.Series
    newer: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> bool:
        """Say whether there is a number or a class."""
        return bool(self.row["status"] == Status.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a release says of one place, or does not.

    ``absent`` are indicators that others of its level have and this place does not; ``coarser``
    those that are released for larger places only.
    """

    release: ReleaseInfo
    unit: str
    known: tuple[Known, ...]
    absent: tuple[str, ...]
    coarser: tuple[str, ...]

    @property
    def palika(self) -> str:
        """Give the palika that the place is, or lies in."""
        return self.unit[:PALIKA_DIGITS]

    @property
    def is_ward(self) -> bool:
        """Say whether the place is a ward."""
        return len(self.unit) > PALIKA_DIGITS

    def of(self, indicator: str) -> Known | None:
        """Give what is known of an indicator, None where nothing is."""
        return next((each for each in self.known if each.indicator == indicator), None)


# ---- who sees what


def audience(viewer: Viewer, unit: str) -> Audience:
    """Say whose release of a place a viewer sees.

    A deputy mayor sees the partners' of her own palika and its wards, a planner of the districts
    that are hers; of every other place what everybody sees.
    """
    return viewer.audience_of(unit)


def is_place(release: ReleaseInfo, unit: str) -> bool:
    """Say whether a release's readers have a page of a unit: a palika, and of partners a ward."""
    units = cache.units(release)
    if unit not in units.index:
        return False
    level = units.at[unit, "admin_level"]
    return bool(
        level == AdminLevel.PALIKA
        or (level == AdminLevel.WARD and release.audience is Audience.PARTNER)
    )


# ---- from a release


def profile(release: ReleaseInfo, unit: str) -> Profile:
    """Gather what a release says of a place, in the order of the reference list."""
    units, catalogue = cache.units(release), cache.catalogue(release)
    cells = cache.cells_around(release, unit)
    mine = cells[
        (cells["unit_code"] == unit)
        & (cells["sex"] == Sex.ALL)
        & (cells["age_band"] == AgeBand.ALL)
    ].sort_values(["period_end", "period_start"])
    of_indicator = {str(code): rows for code, rows in mine.groupby("indicator")}
    at_level = set(
        catalogue.loc[catalogue["admin_level"] == units.at[unit, "admin_level"], "indicator"]
    )
    released = set(catalogue["indicator"])
    order = list(load_indicators())
    known = tuple(
        _known(code, of_indicator[code], cells, units, unit)
        for code in order
        if code in of_indicator
    )
    absent = tuple(code for code in order if code in at_level - set(of_indicator))
    coarser = tuple(code for code in order if code in released - at_level)
    return Profile(release, unit, known, absent, coarser)


def _known(
    indicator: str, rows: pd.DataFrame, cells: pd.DataFrame, units: pd.DataFrame, unit: str
) -> Known:
    shown = rows[rows["status"] == Status.PUBLISHED]
    newest = (shown if len(shown) else rows).iloc[-1]
    later = rows[rows["period_start"] > newest["period_end"]] if len(shown) else rows.iloc[:0]
    same = cells[cells["indicator"].eq(indicator) & cells["period"].eq(newest["period"])]
    row = selection.layer(same, units, pd.Index([unit])).iloc[0]
    newer = tuple((str(each["period"]), str(each["status"])) for _n, each in later.iterrows())
    return Known(indicator, str(newest["period"]), row, newer)


def wards_without_group(found: Profile) -> tuple[str, pd.Index, pd.Index]:
    """Give the newest period of groups by ward, the wards without one, and those that are silent.

    In ward order; empty where the release has no wards of the palika.
    """
    release = found.release
    units = cache.units(release)
    wards = selection.wards_of(units, found.palika)
    cells = cache.cells_within(release, found.palika)
    mine = cells[cells["indicator"].eq(PARENTS_GROUPS) & cells["unit_code"].isin(wards)]
    shown = mine[mine["status"] == Status.PUBLISHED].sort_values(["period_end", "period_start"])
    if shown.empty:
        return "", wards[:0], wards[:0]
    period = str(shown["period"].iloc[-1])
    layer = selection.layer(mine[mine["period"] == period], units, wards)
    silent = layer.index[layer["status"] != Status.PUBLISHED]
    return period, ward_groups.wards_without_group(layer), silent


# ---- to the maps


def map_query(found: Profile, known: Known, viewer: Viewer) -> Mapping[str, str] | None:
    """Give the view of a figure on the map of this viewer; None where that map does not have it."""
    whose = map_audience(viewer, found.unit)
    mapped = cache.current(whose, viewer.scope)
    if found.release.audience is whose:
        mapped = found.release
    if mapped is None:
        return None
    catalogue = cache.catalogue(mapped)
    level = AdminLevel.WARD if found.is_ward else AdminLevel.PALIKA
    there = catalogue["indicator"].eq(known.indicator) & catalogue["admin_level"].eq(level)
    if not there.any():
        return None
    period = known.period if catalogue.loc[there, "period"].eq(known.period).any() else ""
    chosen = Selection(
        area=found.palika if found.is_ward else found.unit[:3],
        indicator=known.indicator,
        period=period,
        level="ward" if found.is_ward else "palika",
    )
    return chosen.as_query() | {"release": str(mapped.number)}


def map_audience(viewer: Viewer, unit: str) -> Audience:
    """Say whose release the map draws to which a viewer is led: a planner's own, or everybody's."""
    return viewer.audience_of(unit) if viewer.role is Role.PLANNER else Audience.PUBLIC


# ---- to choose a place


def districts(units: pd.DataFrame) -> list[str]:
    """Give the districts in the order of their names."""
    return _named(units, units["admin_level"].eq(AdminLevel.DISTRICT))


def palikas(units: pd.DataFrame, district: str) -> list[str]:
    """Give the palikas of a district in the order of their names."""
    inside = units["admin_level"].eq(AdminLevel.PALIKA) & units["parent_code"].eq(district)
    return _named(units, inside)


def _named(units: pd.DataFrame, those: pd.Series) -> list[str]:
    names = units.loc[those, f"name_{wording.language()}"].sort_values()
    return [str(code) for code in names.index]
