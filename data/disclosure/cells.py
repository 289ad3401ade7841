"""Build the cells of a release from records, as far as the publication design allows them.

A cell is a unit, an indicator, a period, a sex and an age band. Only units where a report was due
get cells: those that reported the indicator before or in the period, and all wards of a palika
whose wards report. So a unit that never took part has no cell, and a unit that stopped reporting
has a cell with the status ``not_reported``.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from data.disclosure.cell_totals import (
    KEY,
    Places,
    add_category_totals,
    add_units_above,
    as_objects,
    assign_units,
    without_changed_units,
)
from data.model import (
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
from data.reference import booths, calendar
from data.reference.templates import categories

CELL_KEY = ["indicator", *KEY]
CELL_COLUMNS = [*KEY, "admin_level", "parent_code", "status", "value"]


def is_due(period: Period, *, delay_quarters: int, today: date) -> bool:
    """Return whether a period is over and its delay has passed.

    Parameters
    ----------
    period
        The period.
    delay_quarters
        Whole Gregorian quarters to wait after the one in which the period ends.
    today
        The day that counts as today.

    Examples
    --------
    >>> period = calendar.parse_period("ad-2023-q2")
    >>> is_due(period, delay_quarters=0, today=date(2023, 7, 1))
    True
    >>> is_due(period, delay_quarters=1, today=date(2023, 9, 30))
    False
    """
    last = period.end
    if delay_quarters:
        quarter = calendar.containing(last, Calendar.AD, PeriodKind.QUARTER)
        for _ in range(delay_quarters):
            quarter = _next_quarter(quarter)
        last = quarter.end
    return last < today


def _next_quarter(quarter: Period) -> Period:
    return calendar.containing(quarter.end + timedelta(days=1), Calendar.AD, PeriodKind.QUARTER)


def build_cells(
    records: pd.DataFrame,
    indicator: Indicator,
    *,
    design: Design,
    places: Places,
    today: date,
    closed_counts_nobody: bool = False,
) -> pd.DataFrame:
    """Build every cell of one indicator that the design allows.

    Parameters
    ----------
    records
        Current records: ``indicator``, ``place_code``, ``period``, ``sex``, ``age_band``,
        ``period_start``, ``period_end``, ``state``, ``value``. Other indicators are ignored.
    indicator
        The indicator.
    design
        Levels, lengths of period, splits and delay of the audience.
    places
        Units and sites.
    today
        Periods that are not due on this day get no cell; see `is_due`.
    closed_counts_nobody
        Whether a booth counts nobody after it closed, instead of not being applicable. A reader who
        is not to know that a booth closed needs this: its zero is protected like any small count.

    Returns
    -------
    Frame with `CELL_COLUMNS` on a range index, ordered by `KEY`. The status is ``published`` if the
    value is known, else ``not_reported`` or ``not_applicable``. No cell is suppressed yet.
    """
    mine = as_objects(records[records["indicator"] == indicator.code])
    targets = as_objects(_due_periods(mine, design, today))
    if mine.empty or targets.empty:
        return pd.DataFrame(columns=CELL_COLUMNS).astype({"value": "Int64"})
    in_time = _over_time(
        mine, targets, indicator, places.sites, closed_counts_nobody=closed_counts_nobody
    )
    split = add_category_totals(in_time, indicator.code, design)
    placed = assign_units(split, places)
    every = without_changed_units(add_units_above(placed, places.units), places)
    allowed = every[every["admin_level"].isin([int(level) for level in design.levels])]
    allowed = allowed[_crossings(allowed, design)]
    ordered = allowed[CELL_COLUMNS].sort_values(KEY).reset_index(drop=True)
    return ordered.astype(dict.fromkeys([*KEY, "parent_code", "status"], "str"))


def _due_periods(records: pd.DataFrame, design: Design, today: date) -> pd.DataFrame:
    """Return the periods to build: ``period``, ``start``, ``end``, each native period within."""
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
    *,
    closed_counts_nobody: bool,
) -> pd.DataFrame:
    """Return the figure of every place, period and category, with its status.

    A flow is known if its native periods cover every day of the period on which a report was due,
    see `_due_span`. A stock is known if a native period ends on its last day, and takes its figure.
    """
    names = ["place_code", "period", "sex", "age_band"]
    native = records.rename(columns={"period": "native"}).assign(
        days=_days(records["period_start"], records["period_end"]),
        given=records["value"].fillna(0).astype("int64"),
        applies=records["state"].eq("reported"),
    )
    native["days"] = native["days"].where(_is_due_report(native, sites), 0)
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
    due = _expected_reports(native, spans, indicator.code).merge(known, on=names, how="left")
    expected = _expected_days(due, spans, sites)
    # Nothing is due from a booth for the time after it closed, and none of it is missing.
    closed = expected.eq(0) & due["covered"].isna()
    due["covered"] = due["covered"].mask(closed, 0)
    due["given"] = due["given"].mask(closed, 0)
    due["applies"] = due["applies"].astype("boolean").mask(closed, closed_counts_nobody)
    if indicator.aggregation is Aggregation.STOCK:
        complete = due["covered"].notna()
    else:
        complete = due["covered"].eq(expected)
    status = pd.Series(Status.NOT_REPORTED.value, index=due.index, dtype=object)
    status = status.mask(
        complete & ~due["applies"].fillna(value=False).astype(bool), Status.NOT_APPLICABLE.value
    )
    status = status.mask(
        complete & due["applies"].fillna(value=False).astype(bool), Status.PUBLISHED.value
    )
    value = due["given"].astype("Int64").where(status.eq(Status.PUBLISHED.value))
    return due[names].assign(status=status, value=value)


def _expected_reports(native: pd.DataFrame, spans: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Return every place in every period since its first report, in every category."""
    first = native.groupby("place_code")["period_start"].min().rename("since")
    grid = first.reset_index().merge(spans.reset_index()[["period", "start", "end"]], how="cross")
    # A place reports in one calendar: periods of the other calendar are not due.
    used = native["native"].str[:2].groupby(native["place_code"]).unique().to_dict()
    pairs = zip(grid["place_code"], grid["period"], strict=True)
    same = pd.Series([period[:2] in used[place] for place, period in pairs], index=grid.index)
    grid = grid[same & (pd.to_datetime(grid["since"]) <= pd.to_datetime(grid["end"]))]
    split = pd.DataFrame(
        sorted((s.value, a.value) for s, a in categories(indicator)),
        columns=["sex", "age_band"],
    )
    return grid[["place_code", "period"]].merge(as_objects(split), how="cross")


def _is_due_report(native: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Return which reports were due: of a booth, those of the months in which it was to report."""
    first, last = _due_span(native["place_code"], native["native"], sites)
    return ~(
        (pd.to_datetime(native["period_start"]) < first)
        | (pd.to_datetime(native["period_end"]) > last)
    )


def _expected_days(due: pd.DataFrame, spans: pd.DataFrame, sites: pd.DataFrame) -> pd.Series:
    """Return the number of days of each period on which a report was due; at least 0."""
    start = pd.to_datetime(due["period"].map(spans["start"]))
    end = pd.to_datetime(due["period"].map(spans["end"]))
    first, last = _due_span(due["place_code"], due["period"], sites)
    start = start.where(first.isna() | (first <= start), first)
    end = end.where(last.isna() | (last >= end), last)
    return ((end - start).dt.days + 1).clip(lower=0)


def _due_span(
    codes: pd.Series, periods: pd.Series, sites: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day for which a booth owes reports; missing for other places.

    A booth reports by whole months: from the month in which it opened to the last month that ended
    on or before the day on which it closed. Months are those of the calendar of each period.
    """
    known = pd.DataFrame({"code": codes, "calendar": periods.str[:2]})
    pairs = known[known["code"].isin(sites.index)].drop_duplicates()
    spans = {
        (code, kind): booths.due_span(
            str(sites.at[code, "opened"]), str(sites.at[code, "closed"]), Calendar(kind)
        )
        for code, kind in pairs.itertuples(index=False)
    }
    keys = list(known.itertuples(index=False, name=None))
    ends = [spans.get(key, (None, None)) for key in keys]
    first, last = (
        pd.to_datetime(pd.Series([e[n] for e in ends], index=codes.index)) for n in (0, 1)
    )
    return first, last


def _crossings(cells: pd.DataFrame, design: Design) -> pd.Series:
    """Return which cells are split no finer than the design allows at their level."""
    level = cells["admin_level"]
    by_sex = cells["sex"].ne(Sex.ALL.value)
    by_age = cells["age_band"].ne(AgeBand.ALL.value)
    sex_ok = ~by_sex | level.isin([int(each) for each in design.sex_levels])
    age_ok = ~by_age | level.isin([int(each) for each in design.age_levels])
    return sex_ok & age_ok


def design_periods(codes: pd.Series, kinds: Mapping[str, frozenset[PeriodKind]]) -> pd.DataFrame:
    """Describe the periods of a release.

    Parameters
    ----------
    codes
        Codes of periods; each may occur often.
    kinds
        For each code, the lengths of period in which its indicators are published.

    Returns
    -------
    Frame with ``period``, ``period_start``, ``period_end``, ``calendar``, ``kind`` and
    ``parent_period``, ordered by code.
    """
    rows = [
        {
            "period": code,
            "period_start": period.start,
            "period_end": period.end,
            "calendar": period.calendar.value,
            "kind": period.kind.value,
            "parent_period": calendar.parent_period(code, kinds[code]),
        }
        for code in sorted(codes.unique())
        for period in (calendar.parse_period(code),)
    ]
    columns = ["period", "period_start", "period_end", "calendar", "kind", "parent_period"]
    return pd.DataFrame(rows, columns=columns)
