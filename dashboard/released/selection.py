"""The view that a reader chose, as codes, and the rows and units that it shows.

Widgets and addresses use the same codes.
"""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from data.model import AdminLevel, AgeBand, PeriodKind, Sex, Status
from data.reference import unit_codes
from data.reference.indicators import load_indicators
from data.reference.unit_codes import COUNTRY
from geo import classify

NO_CELL = "no_cell"
_CLASSES = 5  # colours of a map

PROGRAMME, BORDER, NEPAL = "programme", "border", "nepal"
AREA_GROUPS = (PROGRAMME, BORDER, NEPAL)
DISPLAYS = ("circles", "rate")
DEFAULT_INDICATORS = ("children_trained", "parents_groups", "booth_contacts")
# Lengths of period, longest first.
LONGEST_FIRST = (
    PeriodKind.YEAR,
    PeriodKind.HALF,
    PeriodKind.TRIMESTER,
    PeriodKind.QUARTER,
    PeriodKind.MONTH,
)
LEVELS = {
    "province": AdminLevel.PROVINCE,
    "district": AdminLevel.DISTRICT,
    "palika": AdminLevel.PALIKA,
    "ward": AdminLevel.WARD,
}
# Whom a figure counts: code in the address to sex and age band.
WHOM = {
    "": (Sex.ALL, AgeBand.ALL),
    "f": (Sex.FEMALE, AgeBand.ALL),
    "m": (Sex.MALE, AgeBand.ALL),
    "u18": (Sex.ALL, AgeBand.UNDER_18),
    "18plus": (Sex.ALL, AgeBand.ADULT),
    "girls": (Sex.FEMALE, AgeBand.UNDER_18),
    "boys": (Sex.MALE, AgeBand.UNDER_18),
    "women": (Sex.FEMALE, AgeBand.ADULT),
    "men": (Sex.MALE, AgeBand.ADULT),
}
# Which palikas are drawn: code in the address to ``palika_type`` in the list of units.
KINDS = {
    "metropolitan": "Metropolitan City",
    "submetropolitan": "Sub-Metropolitan City",
    "municipality": "Municipality",
    "rural": "Rural Municipality",
}
AT_BORDER = "at_border"  # palikas that touch the border


@dataclass(frozen=True, slots=True)
class Selection:
    """One view, as codes.

    Attributes
    ----------
    area
        One of `AREA_GROUPS`, or the code of a province, a district or a palika.
    indicator, period
        Codes; both empty for the map of committees, the indicator for the map of hotspots.
    level
        Level of the units that are drawn: a key of `LEVELS`, or ``country``.
    whom
        Sex and age of the people counted, a key of `WHOM`.
    form
        ``tiles`` for wards as a diagram, else empty.
    display
        ``circles`` or ``rate`` (per 1,000 residents) instead of colours by amount, else empty.
    kind
        Which palikas are drawn: a key of `KINDS`, `AT_BORDER`, or empty for all.
    """

    area: str
    indicator: str
    period: str
    level: str = "palika"
    whom: str = ""
    form: str = ""
    display: str = ""
    kind: str = ""

    def as_query(self) -> dict[str, str]:
        """Return the words of the address; those that are empty are left out."""
        query = dataclasses.asdict(self)
        return {name: value for name, value in query.items() if value}


def indicators_of(catalogue: pd.DataFrame) -> list[str]:
    """Return the codes of the indicators in a catalogue, in the order of the reference list."""
    there = set(catalogue["indicator"])
    return [code for code in load_indicators() if code in there]


def periods_of(catalogue: pd.DataFrame, indicator: str) -> list[str]:
    """Return the codes of an indicator's periods, longest first, newest first within a length."""
    mine = catalogue[catalogue["indicator"] == indicator].drop_duplicates("period")
    rank = mine["kind"].map({kind: n for n, kind in enumerate(LONGEST_FIRST)})
    ordered = mine.assign(rank=rank).sort_values(["rank", "period_start"], ascending=[True, False])
    return [str(code) for code in ordered["period"]]


def choose_selection(
    query: Mapping[str, str],
    catalogue: pd.DataFrame,
    units: pd.DataFrame,
    *,
    default_area: str,
) -> Selection:
    """Return the view that an address asks for; what is missing or wrong there gets a default.

    Parameters
    ----------
    query
        Words of the address, named as the fields of `Selection`.
    catalogue
        What can be chosen, at least one row; see `ReleaseReader.catalogue`.
    units
        Units by ``unit_code``.
    default_area
        Area where the address names none.

    Returns
    -------
    By default the first of `DEFAULT_INDICATORS`, the newest of its longest periods, and palikas, or
    the finest level above them.
    """
    known = indicators_of(catalogue)
    indicator = query.get("indicator", "")
    if indicator not in known:
        indicator = next((code for code in DEFAULT_INDICATORS if code in known), known[0])
    periods = periods_of(catalogue, indicator)
    period = query.get("period", "")
    period = period if period in periods else periods[0]
    area = query.get("area", "")
    if area not in AREA_GROUPS and not is_area(units, area):
        area = default_area
    now = catalogue[(catalogue["indicator"] == indicator) & (catalogue["period"] == period)]
    levels = levels_of(now, area)
    level = query.get("level", "")
    if level not in levels:
        level = "palika" if "palika" in levels else levels[-1]
    at_level = now[now["admin_level"] == LEVELS.get(level, AdminLevel.COUNTRY)]
    whom = query.get("whom", "")
    display, kind = query.get("display", ""), query.get("kind", "")
    return Selection(
        area,
        indicator,
        period,
        level,
        whom if whom and whom in whom_of(at_level) else "",
        "tiles" if query.get("form") == "tiles" and level == "ward" else "",
        display if display in DISPLAYS else "",
        kind if kind in (*KINDS, AT_BORDER) and level == "palika" else "",
    )


def is_area(units: pd.DataFrame, area: str) -> bool:
    """Return whether a code is that of a province, a district or a palika."""
    return area in units.index and units.at[area, "admin_level"] in (
        AdminLevel.PROVINCE,
        AdminLevel.DISTRICT,
        AdminLevel.PALIKA,
    )


def levels_of(catalogue: pd.DataFrame, area: str) -> list[str]:
    """Return the levels that can be drawn in an area, coarsest first.

    Parameters
    ----------
    catalogue
        Rows of one indicator and period; see `ReleaseReader.catalogue`.
    area
        As in `Selection`.

    Returns
    -------
    Keys of `LEVELS` finer than the area, or ``["province"]``, or ``["country"]``, where the release
    has none of them.
    """
    there = set(catalogue["admin_level"])
    above = AdminLevel.COUNTRY if area in AREA_GROUPS else unit_codes.level_of(area)
    levels = [name for name, level in LEVELS.items() if level in there and level > above]
    if area in (PROGRAMME, BORDER) and "province" in levels and len(levels) > 1:
        levels.remove("province")  # a province is more than its districts of the programme
    return levels or (["province"] if AdminLevel.PROVINCE in there else ["country"])


def whom_of(catalogue: pd.DataFrame) -> list[str]:
    """Return the keys of `WHOM` that a catalogue has rows for, everybody first."""
    there = set(zip(catalogue["sex"], catalogue["age_band"], strict=True))
    return [code for code, parts in WHOM.items() if parts in there or not code]


def wards_of(units: pd.DataFrame, palika: str) -> pd.Index:
    """Return the codes of the wards of a palika, in order."""
    mine = units["parent_code"].eq(palika) & units["admin_level"].eq(AdminLevel.WARD)
    return units.index[mine].sort_values()


def in_area(units: pd.DataFrame, area: str) -> pd.Series:
    """Return which units an area contains, itself too: boolean, on the index of ``units``."""
    if area == PROGRAMME:
        return units["programme_district"]
    if area == BORDER:
        return units["border_district"]
    if area == NEPAL:
        return pd.Series(data=True, index=units.index)
    return pd.Series(units.index.str.startswith(area), index=units.index)


def shown_units(units: pd.DataFrame, chosen: Selection) -> pd.Index:
    """Return the codes of the units that a view draws, in the order of ``units``."""
    at_level = units["admin_level"] == LEVELS.get(chosen.level, AdminLevel.COUNTRY)
    if chosen.level in ("country", "province"):
        return units.index[at_level]
    shown = at_level & in_area(units, chosen.area)
    if chosen.kind == AT_BORDER:
        shown &= units["touches_border"]
    elif chosen.kind:
        shown &= units["palika_type"] == KINDS[chosen.kind]
    return units.index[shown]


def is_shown(units: pd.DataFrame, chosen: Selection, code: str) -> bool:
    """Return whether a view draws a unit."""
    return code in shown_units(units, chosen)


def districts_of(units: pd.DataFrame, area: str) -> list[str]:
    """Return the codes of the districts of an area; for a palika, of the district around it."""
    if area not in AREA_GROUPS and unit_codes.level_of(area) > AdminLevel.DISTRICT:
        return [unit_codes.district_of(area)]
    there = in_area(units, area) & units["admin_level"].eq(AdminLevel.DISTRICT)
    return [str(code) for code in units.index[there]]


def sites_in(sites: pd.DataFrame, districts: Collection[str]) -> pd.DataFrame:
    """Return the booths that stand in some districts; ``sites`` as `ReleaseReader.sites`."""
    return sites[unit_codes.district_of(sites["palika_code"]).isin(districts)]


def figures(cells: pd.DataFrame, whom: str = "") -> pd.DataFrame:
    """Return ``status``, ``value``, ``value_class`` by ``unit_code`` for one key of `WHOM`."""
    sex, age_band = WHOM[whom]
    mine = cells[(cells["sex"] == sex) & (cells["age_band"] == age_band)]
    return mine.set_index("unit_code")[["status", "value", "value_class"]]


def layer(
    cells: pd.DataFrame, units: pd.DataFrame, shown: pd.Index, whom: str = ""
) -> pd.DataFrame:
    """Return the table behind a map: one row for each unit shown, with or without a cell.

    Parameters
    ----------
    cells
        Cells of one indicator and period.
    shown
        Codes of the units on the map.
    whom
        A key of `WHOM`.

    Returns
    -------
    Frame on ``shown``: ``name_en``, ``name_ne``, ``parent_code``, ``status`` (`NO_CELL` where the
    release has no cell of the unit), ``value``, ``value_class``; and for a suppressed unit
    ``coarser``, the code of the nearest unit around it whose figure is published, with that unit's
    ``coarser_name_en``, ``coarser_name_ne``, ``coarser_value`` and ``coarser_class``.
    """
    plain = plain_layer(cells, units, shown, whom)
    return plain.join(_coarser(plain, figures(cells, whom), units))


def plain_layer(
    cells: pd.DataFrame, units: pd.DataFrame, shown: pd.Index, whom: str = ""
) -> pd.DataFrame:
    """Return the same table without the columns of coarser units; see `layer`."""
    mine = figures(cells, whom).reindex(shown)
    names = units.loc[shown, ["name_en", "name_ne", "parent_code"]]
    return names.join(mine.assign(status=mine["status"].fillna(NO_CELL)))


def class_edges(layer: pd.DataFrame) -> tuple[int, ...]:
    """Return the class breaks of the published values of a layer; see `geo.classify.breaks`."""
    shown = layer.loc[layer["status"] == Status.PUBLISHED, "value"]
    return classify.breaks(shown.astype("Float64"), classes=_CLASSES)


def _coarser(layer: pd.DataFrame, totals: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest published figure around each suppressed unit, from released cells only."""
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
    """Return the country's own cell for everybody, or None where there is none."""
    totals = cells[(cells["unit_code"] == COUNTRY) & (cells["sex"] == Sex.ALL)]
    totals = totals[totals["age_band"] == AgeBand.ALL]
    return totals.iloc[0] if len(totals) else None
