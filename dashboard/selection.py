"""What the reader is looking at, as codes: widgets and the address say the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from data.gazetteer import COUNTRY
from data.indicators import load_indicators
from data.model import AdminLevel, AgeBand, Sex, Status

PROGRAMME, BORDER = "programme", "border"
DEFAULT_INDICATORS = ("children_trained", "parents_groups", "booth_contacts")
_LONGEST_FIRST = ("year", "half", "trimester", "quarter", "month")


@dataclass(frozen=True, slots=True)
class Selection:
    """One view: ``area`` is ``programme``, ``border`` or a district's code."""

    area: str
    indicator: str
    period: str
    by_ward: bool = False

    def as_query(self) -> dict[str, str]:
        """Write it for the address."""
        query = {"area": self.area, "indicator": self.indicator, "period": self.period}
        return query | ({"detail": "ward"} if self.by_ward else {})


def indicators_of(catalogue: pd.DataFrame) -> list[str]:
    """Give the indicators a release has cells for, in the order of the reference list."""
    there = set(catalogue["indicator"])
    return [code for code in load_indicators() if code in there]


def periods_of(catalogue: pd.DataFrame, indicator: str) -> list[str]:
    """Give an indicator's periods: longer ones first, newest first within a length."""
    mine = catalogue[catalogue["indicator"] == indicator].drop_duplicates("period")
    rank = mine["kind"].map({kind: n for n, kind in enumerate(_LONGEST_FIRST)})
    ordered = mine.assign(rank=rank).sort_values(["rank", "period_start"], ascending=[True, False])
    return [str(code) for code in ordered["period"]]


def pick(
    query: Mapping[str, str],
    catalogue: pd.DataFrame,
    units: pd.DataFrame,
    *,
    default_area: str,
) -> Selection:
    """Read a view from the address; what it does not say, or says wrongly, is chosen.

    The first indicator that a reader understands without a word of explanation, and its newest
    long period, are the defaults.
    """
    known = indicators_of(catalogue)
    asked = query.get("indicator", "")
    preferred = [code for code in DEFAULT_INDICATORS if code in known]
    indicator = asked if asked in known else (preferred or known)[0]
    periods = periods_of(catalogue, indicator)
    period = query.get("period", "")
    area = query.get("area", "")
    districts = units.index[units["admin_level"] == AdminLevel.DISTRICT]
    if area not in (PROGRAMME, BORDER) and area not in districts:
        area = default_area
    by_ward = query.get("detail") == "ward" and area in districts
    return Selection(area, indicator, period if period in periods else periods[0], by_ward)


def in_area(units: pd.DataFrame, area: str) -> pd.Series:
    """Say which units lie in the area; boolean, on the index of ``units``."""
    if area == PROGRAMME:
        return units["programme_district"]
    if area == BORDER:
        return units["border_district"]
    return pd.Series(units.index.str[:3] == area, index=units.index)


def ward_shapes_wanted(catalogue: pd.DataFrame, indicator: str, area: str) -> bool:
    """Say whether wards could be shown: one district, and an indicator that has cells of wards."""
    mine = catalogue[catalogue["indicator"] == indicator]
    return area not in (PROGRAMME, BORDER) and bool(mine["admin_level"].eq(AdminLevel.WARD).any())


def map_level(catalogue: pd.DataFrame, indicator: str, *, finest: AdminLevel) -> AdminLevel:
    """Give the finest level, not below ``finest``, at which the indicator has cells."""
    levels = catalogue.loc[catalogue["indicator"] == indicator, "admin_level"].unique()
    return AdminLevel(max(level for level in levels if level <= finest))


def layer(cells: pd.DataFrame, units: pd.DataFrame, shown: pd.Index) -> pd.DataFrame:
    """Make the table behind a map: one row for each unit shown, with or without a cell.

    Parameters
    ----------
    cells
        Cells of one indicator and period.
    shown
        Codes of the units on the map.

    Returns
    -------
    Frame on ``shown``: ``name_en``, ``name_ne``, ``parent_code``, ``status`` (``no_cell`` where the
    release has nothing to say about the unit), ``value``, ``value_class``; and of a hidden unit
    ``coarser``, the code of the nearest unit around it whose figure is shown, with that unit's
    ``coarser_name_en``, ``coarser_name_ne``, ``coarser_value`` and ``coarser_class``.
    """
    totals = cells[(cells["sex"] == Sex.ALL) & (cells["age_band"] == AgeBand.ALL)]
    totals = totals.set_index("unit_code")[["status", "value", "value_class"]]
    mine = totals.reindex(shown)
    names = units.loc[shown, ["name_en", "name_ne", "parent_code"]]
    made = names.join(mine.assign(status=mine["status"].fillna("no_cell")))
    return made.join(_coarser(made, totals, units))


def _coarser(layer: pd.DataFrame, totals: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Find the nearest shown figure around each hidden unit; from released cells alone."""
    shown = totals[totals["status"] == Status.PUBLISHED].join(units[["name_en", "name_ne"]])
    above = layer["parent_code"].where(layer["status"] == Status.SUPPRESSED)
    found = above.where(above.isin(shown.index))
    for _level in AdminLevel:
        above = above.map(units["parent_code"])
        found = found.where(found.notna(), above.where(above.isin(shown.index)))
    found = found.astype(object).where(found.notna(), None)
    around = shown.reindex(found)
    return pd.DataFrame(
        {
            "coarser": found,
            "coarser_name_en": around["name_en"].to_numpy(),
            "coarser_name_ne": around["name_ne"].to_numpy(),
            "coarser_value": around["value"].array,
            "coarser_class": around["value_class"].to_numpy(),
        },
        index=layer.index,
    )


def total_of(cells: pd.DataFrame) -> pd.Series | None:
    """Give the country's own cell, None where there is none."""
    totals = cells[(cells["unit_code"] == COUNTRY) & (cells["sex"] == Sex.ALL)]
    totals = totals[totals["age_band"] == AgeBand.ALL]
    return totals.iloc[0] if len(totals) else None
