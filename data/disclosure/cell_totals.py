"""Totals of cells over sex and age, and over the units above."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from data.model import (
    AdminLevel,
    AgeBand,
    Design,
    Sex,
    Status,
)
from data.reference import calendar
from data.reference.templates import categories

KEY = ["unit_code", "period", "sex", "age_band"]


@dataclass(frozen=True, slots=True)
class Places:
    """Units and sites that records refer to.

    Attributes
    ----------
    units
        As `data.reference.gazetteer.Gazetteer.units`. If it has the columns ``valid_from`` and
        ``valid_to``, former units are among them.
    sites
        As `data.reference.gazetteer.Gazetteer.sites`.
    changes
        Merges and splits of units: ``predecessor``, ``successor``, ``on_day``.
    """

    units: pd.DataFrame
    sites: pd.DataFrame
    changes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["predecessor", "successor", "on_day"])
    )


def as_objects(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its texts as Python objects.

    pandas works three times as fast with them as with its own strings in frames of this size.
    """
    texts = [n for n, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object))


def _add_up(parts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add parts up: known if all parts are known, not applicable if none of them applies."""
    flags = parts.assign(
        missing=parts["status"].eq(Status.NOT_REPORTED.value),
        absent=parts["status"].eq(Status.NOT_APPLICABLE.value),
        amount=parts["value"].fillna(0).astype("int64"),
    )
    whole = flags.groupby(by, as_index=False).agg(
        missing=("missing", "any"),
        absent=("absent", "all"),
        amount=("amount", "sum"),
    )
    status = pd.Series(Status.PUBLISHED.value, index=whole.index, dtype=object)
    status = status.mask(whole["absent"], Status.NOT_APPLICABLE.value)
    status = status.mask(whole["missing"], Status.NOT_REPORTED.value)
    value = whole["amount"].astype("Int64").where(status.eq(Status.PUBLISHED.value))
    return whole[by].assign(status=status, value=value)


def add_category_totals(figures: pd.DataFrame, indicator: str, design: Design) -> pd.DataFrame:
    """Add the totals over sex, over age, and over both.

    Parameters
    ----------
    figures
        ``place_code``, ``period``, ``sex``, ``age_band``, ``status`` and ``value``.
    indicator
        Code of the indicator, which says by what its reports are split.
    design
        Which splits the audience may see at all.

    Returns
    -------
    The figures and their totals, with the same columns on a range index.
    """
    expected = categories(indicator)
    names = ["place_code", "period"]
    tables = [figures]
    sexes, ages = {s for s, _ in expected} - {Sex.ALL}, {a for _, a in expected} - {AgeBand.ALL}
    if ages and sexes:
        if design.sex_levels:
            tables.append(_add_up(figures, [*names, "sex"]).assign(age_band=AgeBand.ALL.value))
        if design.age_levels:
            tables.append(_add_up(figures, [*names, "age_band"]).assign(sex=Sex.ALL.value))
    if ages or sexes:
        whole = _add_up(figures, names).assign(sex=Sex.ALL.value, age_band=AgeBand.ALL.value)
        tables.append(whole)
    every = pd.concat([as_objects(table) for table in tables], ignore_index=True)
    return every[[*names, "sex", "age_band", "status", "value"]]


def assign_units(figures: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Assign booths to their palika, and add all wards of each palika whose wards report.

    Parameters
    ----------
    figures
        As `add_category_totals` returns them.
    places
        Units and sites.

    Returns
    -------
    Cells with `KEY`, ``status`` and ``value`` on a range index. A ward that did not report has the
    status ``not_reported``.
    """
    palika = figures["place_code"].map(places.sites["palika_code"])
    placed = figures.assign(unit_code=palika.where(palika.notna(), figures["place_code"]))
    cells = _add_up(as_objects(placed), KEY)
    level = places.units["admin_level"]
    wards = cells[cells["unit_code"].map(level).eq(int(AdminLevel.WARD))]
    if wards.empty:
        return cells
    parent = places.units["parent_code"]
    grids = wards.assign(palika=wards["unit_code"].map(parent))
    grids = grids[["palika", "period", "sex", "age_band"]].drop_duplicates()
    all_wards = places.units[level.eq(int(AdminLevel.WARD))]["parent_code"].rename("palika")
    grid = grids.merge(all_wards.reset_index(), on="palika")
    full = grid[_existed(grid, places.units)][KEY].merge(cells, on=KEY, how="left")
    full["status"] = full["status"].fillna(Status.NOT_REPORTED.value)
    others = cells[~cells["unit_code"].isin(full["unit_code"])]
    return pd.concat([full, others], ignore_index=True)


def _existed(cells: pd.DataFrame, units: pd.DataFrame) -> pd.Series:
    """Return which units existed at the end of their cell's period."""
    if "valid_from" not in units:
        return pd.Series(data=True, index=cells.index)
    ends = {code: calendar.parse_period(code).end for code in cells["period"].unique()}
    end = pd.to_datetime(cells["period"].map(ends))
    since = pd.to_datetime(cells["unit_code"].map(units["valid_from"]))
    until = pd.to_datetime(cells["unit_code"].map(units["valid_to"]))
    return (since <= end) & (until.isna() | (until >= end))


def without_changed_units(cells: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Set cells to ``not_applicable`` if their unit changed within their period.

    The old parts, subtracted from such a total, would give exactly what was moved.

    Parameters
    ----------
    cells
        With ``unit_code``, ``period``, ``status`` and ``value``.
    places
        Units, and their merges and splits.

    Returns
    -------
    The cells on the same index.
    """
    changes = places.changes
    if changes.empty:
        return cells
    above = places.units["parent_code"].to_dict()

    def with_ancestors(code: str) -> set[str]:
        found = {code}
        while (code := above.get(code) or "") and code not in found:
            found.add(code)
        return found

    moved: list[tuple[date, set[str]]] = [
        (pd.Timestamp(day).date(), with_ancestors(old) ^ with_ancestors(new))
        for old, new, day in changes[["predecessor", "successor", "on_day"]].itertuples(index=False)
    ]
    spans = {code: calendar.parse_period(code) for code in cells["period"].unique()}
    mixed = [
        any(
            spans[period].start < day <= spans[period].end and unit in units for day, units in moved
        )
        for unit, period in zip(cells["unit_code"], cells["period"], strict=True)
    ]
    mask = pd.Series(mixed, index=cells.index)
    return cells.assign(
        status=cells["status"].mask(mask, Status.NOT_APPLICABLE.value),
        value=cells["value"].mask(mask),
    )


def add_units_above(cells: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the units above, up to the country, as the sum of the units below that have cells.

    Parameters
    ----------
    cells
        As `assign_units` returns them.
    units
        Frame indexed by unit code, with ``parent_code`` and ``admin_level``.

    Returns
    -------
    All cells on a range index, with ``admin_level`` and ``parent_code``.
    """
    parent, level = units["parent_code"], units["admin_level"]
    every = [cells]
    current = cells
    for above in (AdminLevel.PALIKA, AdminLevel.DISTRICT, AdminLevel.PROVINCE, AdminLevel.COUNTRY):
        lower = current[current["unit_code"].map(level).eq(int(above) + 1)]
        if lower.empty:
            continue
        summed = _add_up(as_objects(lower.assign(unit_code=lower["unit_code"].map(parent))), KEY)
        summed = summed[~summed["unit_code"].isin(current["unit_code"].unique())]
        every.append(summed)
        current = pd.concat(every, ignore_index=True)
    table = pd.concat(every, ignore_index=True)
    return table.assign(
        admin_level=table["unit_code"].map(level).astype(int),
        parent_code=table["unit_code"].map(parent),
    )
