"""The profile of one place: what a release has of it, who sees it, and where its maps are."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.released import cache, selection, ward_groups
from dashboard.released.selection import Selection
from dashboard.released.ward_groups import PARENTS_GROUPS
from data.model import AdminLevel, AgeBand, Audience, ReleaseInfo, Role, Sex, Status
from data.reference import unit_codes
from data.reference.indicators import load_indicators


@dataclass(frozen=True, slots=True)
class Known:
    """The newest figure of one indicator of a place.

    Attributes
    ----------
    period
        Code of the period of the newest published figure, else of the newest period.
    row
        Row of that period; see `selection.layer`.
    newer
        Later periods, none with a published figure, each with its status.
    """

    indicator: str
    period: str
    row: pd.Series
    newer: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> bool:
        """Whether there is a number or a class."""
        return bool(self.row["status"] == Status.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a release has of one place.

    Attributes
    ----------
    unit
        Code of the palika or ward.
    known
        Newest figures, in the order of the reference list.
    absent
        Indicators that other places of its level have and this one does not.
    coarser
        Indicators that are shown only for larger areas.
    """

    release: ReleaseInfo
    unit: str
    known: tuple[Known, ...]
    absent: tuple[str, ...]
    coarser: tuple[str, ...]

    @property
    def palika(self) -> str:
        """Code of the palika that the place is, or lies in."""
        return unit_codes.palika_of(self.unit)

    @property
    def is_ward(self) -> bool:
        """Whether the place is a ward."""
        return unit_codes.level_of(self.unit) is AdminLevel.WARD

    def of(self, indicator: str) -> Known | None:
        """Return the newest figure of an indicator, or None where there is no cell of it."""
        return next((each for each in self.known if each.indicator == indicator), None)


# ---- who sees what


def audience(viewer: Viewer, unit: str) -> Audience:
    """Return whose release of a place a viewer sees.

    A deputy mayor sees the partner release of her own palika and its wards, a planner that of the
    districts in her scope. Of every other place, everybody sees the public release.
    """
    return viewer.audience_of(unit)


def is_place(release: ReleaseInfo, unit: str) -> bool:
    """Return whether a unit has a page: a palika has, and in a partner release a ward."""
    units = cache.units(release)
    if unit not in units.index:
        return False
    level = units.at[unit, "admin_level"]
    return bool(
        level == AdminLevel.PALIKA
        or (level == AdminLevel.WARD and release.audience is Audience.PARTNER)
    )


# ---- from a release


def profile_place(release: ReleaseInfo, unit: str) -> Profile:
    """Return what a release has of a place, in the order of the reference list."""
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


def ward_group_gaps(found: Profile) -> tuple[str, pd.Index, pd.Index]:
    """Return the newest period of groups by ward, the wards without one, and those not known.

    The wards are codes in order. Period and wards are empty where the release publishes no number
    of groups for any ward of the palika.
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
    """Return the words of the address of a figure's map, or None where no map has it."""
    whose = map_audience(viewer, found.unit)
    mapped = cache.current_release(whose, viewer.scope)
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
        area=found.palika if found.is_ward else unit_codes.district_of(found.unit),
        indicator=known.indicator,
        period=period,
        level="ward" if found.is_ward else "palika",
    )
    return chosen.as_query() | {"release": str(mapped.number)}


def map_audience(viewer: Viewer, unit: str) -> Audience:
    """Return whose release is on the map that a viewer is sent to: partners' for a planner."""
    return viewer.audience_of(unit) if viewer.role is Role.PLANNER else Audience.PUBLIC


# ---- to choose a place


def districts_by_name(units: pd.DataFrame) -> list[str]:
    """Return the codes of the districts in the order of their names."""
    return _by_name(units, units["admin_level"].eq(AdminLevel.DISTRICT))


def palikas_by_name(units: pd.DataFrame, district: str) -> list[str]:
    """Return the codes of the palikas of a district in the order of their names."""
    inside = units["admin_level"].eq(AdminLevel.PALIKA) & units["parent_code"].eq(district)
    return _by_name(units, inside)


def _by_name(units: pd.DataFrame, wanted: pd.Series) -> list[str]:
    names = units.loc[wanted, f"name_{wording.language()}"].sort_values()
    return [str(code) for code in names.index]
