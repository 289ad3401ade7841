"""From records to the cells that the publication design lets exist.

A cell is a unit, an indicator, a period, a sex and an age band. Only units where a report was due
get cells: those that reported the indicator before or in the period, and the wards of a palika
whose wards report. So a place that never took part has no cell, and a place that fell silent has
one that says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from data.model import (
    AdminLevel,
    AgeBand,
    Aggregation,
    Calendar,
    Design,
    Indicator,
    Period,
    PeriodKind,
    Sex,
    Status,
)
from data.reference import calendar
from data.reference.templates import categories

KEY = ["unit_code", "period", "sex", "age_band"]
CELL_KEY = ["indicator", *KEY]
CELL_COLUMNS = [*KEY, "admin_level", "parent_code", "status", "value"]


@dataclass(frozen=True, slots=True)
class Places:
    """Where figures stand: ``units`` as `Gazetteer.units`, ``sites`` as `Gazetteer.sites`.

    ``changes`` are merges and splits (``predecessor``, ``successor``, ``on_day``). Where units
    have ``valid_from`` and ``valid_to``, former ones are among them.
    """

    units: pd.DataFrame
    sites: pd.DataFrame
    changes: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=["predecessor", "successor", "on_day"])
    )


def is_due(period: Period, *, delay_quarters: int, today: date) -> bool:
    """Say whether a period is over and its delay, in whole Gregorian quarters, has passed."""
    last = period.end
    if delay_quarters:
        quarter = calendar.containing(last, Calendar.AD, PeriodKind.QUARTER)
        for _ in range(delay_quarters):
            quarter = _next_quarter(quarter)
        last = quarter.end
    return last < today


def _next_quarter(quarter: Period) -> Period:
    return calendar.containing(quarter.end + timedelta(days=1), Calendar.AD, PeriodKind.QUARTER)


def parent_period(code: str, kinds: frozenset[PeriodKind]) -> str | None:
    """Give the shortest longer period of the design that contains a period."""
    return next(
        (p.code for p in calendar.parents(calendar.parse_period(code)) if p.kind in kinds), None
    )


def build_cells(
    records: pd.DataFrame,
    indicator: Indicator,
    *,
    design: Design,
    places: Places,
    today: date,
) -> pd.DataFrame:
    """Make every cell of one indicator that the design lets exist.

    Parameters
    ----------
    records
        Current records of the indicator: ``place_code``, ``period``, ``sex``, ``age_band``,
        ``period_start``, ``period_end``, ``state``, ``value``.
    today
        Periods that are not over and delayed enough on this day get no cell.

    Returns
    -------
    Frame with `CELL_COLUMNS`: status ``published`` where the value is known, else
    ``not_reported`` or ``not_applicable``; nothing is hidden yet. Ordered by its key.
    """
    mine = records[records["indicator"] == indicator.code]
    targets = _targets(mine, design, today)
    if mine.empty or targets.empty:
        return pd.DataFrame(columns=CELL_COLUMNS).astype({"value": "Int64"})
    in_time = _over_time(mine, targets, indicator, places.sites)
    split = _over_categories(in_time, indicator.code, design)
    placed = _at_units(split, places)
    every = _without_mixed(_over_places(placed, places.units), places)
    allowed = every[every["admin_level"].isin([int(level) for level in design.levels])]
    allowed = allowed[_crossings(allowed, design)]
    return allowed[CELL_COLUMNS].sort_values(KEY).reset_index(drop=True)


def _targets(records: pd.DataFrame, design: Design, today: date) -> pd.DataFrame:
    """Give the periods to make: ``period``, ``start``, ``end``, and the native ones inside."""
    rows: list[tuple[str, str, date, date]] = []
    for code in records["period"].unique():
        native = calendar.parse_period(code)
        around = (native, *calendar.parents(native))
        rows.extend(
            (code, target.code, target.start, target.end)
            for target in around
            if target.kind in design.period_kinds
            and is_due(target, delay_quarters=design.delay_quarters, today=today)
        )
    return pd.DataFrame(rows, columns=["native", "period", "start", "end"])


def _days(start: pd.Series, end: pd.Series) -> pd.Series:
    return (pd.to_datetime(end) - pd.to_datetime(start)).dt.days + 1


def _over_time(
    records: pd.DataFrame,
    targets: pd.DataFrame,
    indicator: Indicator,
    sites: pd.DataFrame,
) -> pd.DataFrame:
    """Figure of every place, period and category: columns `place_code`, `period`, …, `status`.

    A flow is known when its native periods cover every day of the target; a stock when a native
    period ends with it, whose figure it takes.
    """
    names = ["place_code", "period", "sex", "age_band"]
    native = records.rename(columns={"period": "native"}).assign(
        days=_days(records["period_start"], records["period_end"]),
        given=records["value"].fillna(0).astype("int64"),
        applies=records["state"].eq("reported"),
    )
    joined = native.merge(targets, on="native")
    if indicator.aggregation is Aggregation.STOCK:
        last = joined[pd.to_datetime(joined["period_end"]) == pd.to_datetime(joined["end"])]
        last = last.sort_values("days").drop_duplicates(names, keep="first")
        known = last[[*names, "given", "applies"]].assign(covered=1)
    else:
        grouped = joined.groupby(names, as_index=False)
        known = grouped.agg(
            given=("given", "sum"), applies=("applies", "max"), covered=("days", "sum")
        )
    spans = targets.drop_duplicates("period").set_index("period")
    due = _due(native, spans, indicator.code).merge(known, on=names, how="left")
    if indicator.aggregation is Aggregation.STOCK:
        complete = due["covered"].notna()
    else:
        complete = due["covered"].eq(_expected_days(due, spans, sites))
    status = pd.Series(Status.NOT_REPORTED.value, index=due.index)
    status = status.mask(
        complete & ~due["applies"].fillna(value=False).astype(bool), Status.NOT_APPLICABLE.value
    )
    status = status.mask(
        complete & due["applies"].fillna(value=False).astype(bool), Status.PUBLISHED.value
    )
    value = due["given"].astype("Int64").where(status.eq(Status.PUBLISHED.value))
    return due[names].assign(status=status, value=value)


def _due(native: pd.DataFrame, spans: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Every place in every period since its first report, in every category of the indicator."""
    first = native.groupby("place_code")["period_start"].min().rename("since")
    grid = first.reset_index().merge(spans.reset_index()[["period", "start", "end"]], how="cross")
    # A place reports in a calendar: its periods of the other calendar are not due.
    used = native["native"].str[:2].groupby(native["place_code"]).unique()
    pairs = zip(grid["place_code"], grid["period"], strict=True)
    same = pd.Series([period[:2] in used[place] for place, period in pairs], index=grid.index)
    grid = grid[same & (pd.to_datetime(grid["since"]) <= pd.to_datetime(grid["end"]))]
    split = pd.DataFrame(
        sorted((s.value, a.value) for s, a in categories(indicator)),
        columns=["sex", "age_band"],
    )
    return grid[["place_code", "period"]].merge(split, how="cross")


def _expected_days(due: pd.DataFrame, spans: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Days of the period; for a booth those on which it was open at all."""
    start = pd.to_datetime(due["period"].map(spans["start"]))
    end = pd.to_datetime(due["period"].map(spans["end"]))
    opened = pd.to_datetime(due["place_code"].map(sites["opened"]))
    closed = pd.to_datetime(due["place_code"].map(sites["closed"].replace("", None)))
    start = start.where(opened.isna() | (opened <= start), opened)
    end = end.where(closed.isna() | (closed >= end), closed)
    return (end - start).dt.days + 1


def _add_up(parts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Add parts to a whole: known when all are, not applicable when none applies."""
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
    status = pd.Series(Status.PUBLISHED.value, index=whole.index)
    status = status.mask(whole["absent"], Status.NOT_APPLICABLE.value)
    status = status.mask(whole["missing"], Status.NOT_REPORTED.value)
    value = whole["amount"].astype("Int64").where(status.eq(Status.PUBLISHED.value))
    return whole[by].assign(status=status, value=value)


def _over_categories(figures: pd.DataFrame, indicator: str, design: Design) -> pd.DataFrame:
    """Add the totals over sex, over age, and over both."""
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
    return pd.concat(tables, ignore_index=True)[[*names, "sex", "age_band", "status", "value"]]


def _at_units(figures: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Put booths at their palika, and give every ward of a palika whose wards report a cell."""
    palika = figures["place_code"].map(places.sites["palika_code"])
    placed = figures.assign(unit_code=palika.where(palika.notna(), figures["place_code"]))
    cells = _add_up(placed, KEY)
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
    """Say which units were there at the end of their cell's period."""
    if "valid_from" not in units:
        return pd.Series(data=True, index=cells.index)
    ends = {code: calendar.parse_period(code).end for code in cells["period"].unique()}
    end = pd.to_datetime(cells["period"].map(ends))
    since = pd.to_datetime(cells["unit_code"].map(units["valid_from"]))
    until = pd.to_datetime(cells["unit_code"].map(units["valid_to"]))
    return (since <= end) & (until.isna() | (until >= end))


def _without_mixed(cells: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Give no figure of a time in which the unit itself changed: it would be of two places.

    Old parts subtracted from such a total give the figure of what was moved, exactly.
    """
    changes = places.changes
    if changes.empty:
        return cells
    above = places.units["parent_code"].to_dict()

    def line(code: str) -> set[str]:
        found = {code}
        while (code := above.get(code) or "") and code not in found:
            found.add(code)
        return found

    moved: list[tuple[date, set[str]]] = [
        (pd.Timestamp(day).date(), line(old) ^ line(new))
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


def _over_places(cells: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Add the units above, up to the country, from those that were due."""
    parent, level = units["parent_code"], units["admin_level"]
    every = [cells]
    current = cells
    for above in (AdminLevel.PALIKA, AdminLevel.DISTRICT, AdminLevel.PROVINCE, AdminLevel.COUNTRY):
        lower = current[current["unit_code"].map(level).eq(int(above) + 1)]
        if lower.empty:
            continue
        summed = _add_up(lower.assign(unit_code=lower["unit_code"].map(parent)), KEY)
        there = pd.concat(every)["unit_code"]
        summed = summed[~summed["unit_code"].isin(there)]
        every.append(summed)
        current = pd.concat(every, ignore_index=True)
    table = pd.concat(every, ignore_index=True)
    return table.assign(
        admin_level=table["unit_code"].map(level).astype(int),
        parent_code=table["unit_code"].map(parent),
    )


def _crossings(cells: pd.DataFrame, design: Design) -> pd.Series:
    """Say which cells are split no finer than the design allows at their level."""
    level = cells["admin_level"]
    by_sex = cells["sex"].ne(Sex.ALL.value)
    by_age = cells["age_band"].ne(AgeBand.ALL.value)
    sex_ok = ~by_sex | level.isin([int(each) for each in design.sex_levels])
    age_ok = ~by_age | level.isin([int(each) for each in design.age_levels])
    return sex_ok & age_ok


def design_periods(codes: pd.Series, kinds: Mapping[str, frozenset[PeriodKind]]) -> pd.DataFrame:
    """Describe periods for a release: `period`, `period_start`, …, `parent_period`.

    ``kinds`` gives for each period code the lengths that its indicators are published in.
    """
    rows = [
        {
            "period": code,
            "period_start": period.start,
            "period_end": period.end,
            "calendar": period.calendar.value,
            "kind": period.kind.value,
            "parent_period": parent_period(code, kinds[code]),
        }
        for code in sorted(codes.unique())
        for period in (calendar.parse_period(code),)
    ]
    columns = ["period", "period_start", "period_end", "calendar", "kind", "parent_period"]
    return pd.DataFrame(rows, columns=columns)
