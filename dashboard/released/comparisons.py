"""Comparisons of released figures: by place, in time, by sex and age; frames in, frames out.

Everything here is computed from cells of a release, so nothing here can tell more than the release
does. A place without a figure is never given one: not by a zero, not by a rank, not by a change.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from dashboard.i18n import wording
from dashboard.released import selection
from dashboard.released.selection import NO_CELL
from data.model import AgeBand, Indicator, IndicatorClass, Sex, Status
from data.reference import calendar

AS_CLASS = "class"  # why two published figures have no difference
TOO_FEW = "too_few"  # why there is no median
CLASS_ORDER = {"higher": 0, "middle": 1, "lower": 2, "none": 3}
MEDIAN_FROM = 5  # docs/disclosure.md, rule 10
_PERCENT_FROM = 10  # of a smaller base one person more is already a tenth
_NUMBER, _CLASS, _NO_FIGURE = range(3)
_CELL_COLUMNS = ["status", "value", "value_class"]


def may_rank(indicator: Indicator) -> bool:
    """Say whether places may stand in the order of this indicator.

    Not where people at risk are counted: more people helped at a place is no merit and no shame of
    the place, and a list of places by them reads as one of either.
    """
    return indicator.indicator_class is not IndicatorClass.AT_RISK


def has_number(layer: pd.DataFrame) -> pd.Series:
    """Say which rows show a number; boolean, on the index of ``layer``."""
    return (layer["status"] == Status.PUBLISHED) & layer["value"].notna()


def has_class(layer: pd.DataFrame) -> pd.Series:
    """Say which rows show a class instead of a number; boolean, on the index of ``layer``."""
    return (layer["status"] == Status.PUBLISHED) & layer["value_class"].notna()


def ranked(layer: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Put the units of a layer in order, highest first.

    Numbers come first, then classes from ``higher`` to ``none``, then the units without a figure,
    all of them together by name: their order says nothing about them. Of an indicator that may not
    be ranked (`may_rank`) all units are in the order of their names and none has a rank.

    Parameters
    ----------
    layer
        As `selection.layer` gives it, indexed by ``unit_code``.

    Returns
    -------
    The same rows and columns, with ``rank`` (Int64; equal numbers share the best rank, 1 2 2 4;
    <NA> for a unit without a number) and ``tied`` (bool; shares its rank).
    """
    numbers = layer["value"].where(has_number(layer) & may_rank(indicator))
    classes = layer["value_class"].where(has_class(layer) & may_rank(indicator))
    rank = numbers.rank(method="min", ascending=False)
    group = pd.Series(_NO_FIGURE, index=layer.index).mask(classes.notna(), _CLASS)
    keys = pd.DataFrame(
        {
            "group": group.mask(numbers.notna(), _NUMBER),
            "place": rank.fillna(classes.map(CLASS_ORDER.get).astype("Float64")).fillna(0),
            "name": layer[f"name_{wording.language()}"].map(_in_name_order),
            "code": layer.index,
        },
    )
    tied = numbers.notna() & numbers.duplicated(keep=False)
    made = layer.assign(rank=rank.astype("Int64"), tied=tied.astype(bool))
    return made.loc[keys.sort_values(keys.columns.to_list()).index]


def _in_name_order(name: str) -> str:
    """Write a name so that ward 2 comes before ward 10."""
    return re.sub(r"\d+", lambda found: found[0].zfill(4), name)


def compared(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Set two layers side by side, by unit code: two periods, or two indicators.

    Parameters
    ----------
    a, b
        As `selection.layer` gives them. ``a`` is what ``b`` is compared with.

    Returns
    -------
    Frame on the codes of ``a``, then those only in ``b``: ``name_en``, ``name_ne``,
    ``parent_code``; ``status_a``, ``value_a``, ``value_class_a`` and the same of ``b``;
    ``change`` (Int64, b - a) and ``change_percent`` (Float64, <NA> also where a is below ten),
    only where both sides are published numbers; ``why_not`` says why there is no change: the
    status of the first side without a figure, or ``class``; None where there is one.
    """
    codes = a.index.append(b.index.difference(a.index, sort=False))
    names = ["name_en", "name_ne", "parent_code"]
    made = pd.concat([a[names], b.loc[b.index.difference(a.index, sort=False), names]])
    both = pd.Series(data=True, index=codes)
    for side, layer in (("a", a), ("b", b)):
        cells = _with_silence(layer[_CELL_COLUMNS], codes)
        made = made.join(cells.add_suffix(f"_{side}"))
        both &= has_number(cells)
    value_a, value_b = made["value_a"].where(both), made["value_b"].where(both)
    change = value_b - value_a
    percent = (100 * change / value_a.where(value_a >= _PERCENT_FROM)).astype("Float64")
    first = made["status_a"].where(made["status_a"] != Status.PUBLISHED, made["status_b"])
    why_not = first.where(first != Status.PUBLISHED, AS_CLASS).astype(object)
    why_not = why_not.where(~both, None)
    return made.assign(change=change, change_percent=percent, why_not=why_not)


def _with_silence(cells: pd.DataFrame, wanted: pd.Index) -> pd.DataFrame:
    """Give a row for every label wanted, where there is no cell one that says so.

    ``cells`` has ``status``, ``value``, ``value_class``; one row a label, or ValueError.
    """
    there = cells.reindex(wanted)
    status = there["status"].astype(object)
    return there.assign(
        status=status.where(status.notna(), NO_CELL), value=there["value"].astype("Int64")
    )


def series(
    cells: pd.DataFrame,
    unit_code: str,
    periods: Iterable[str],
    *,
    sex: Sex = Sex.ALL,
    age_band: AgeBand = AgeBand.ALL,
) -> pd.DataFrame:
    """Follow one unit through time.

    Parameters
    ----------
    cells
        Cells of one indicator, as `ReleaseReader.cells` gives them.
    periods
        Codes of the periods asked for.

    Returns
    -------
    Frame with a row for each of ``periods``, in time order, indexed by ``period``:
    ``period_start``, ``period_end`` (dates), ``status`` (``no_cell`` where the release has
    nothing), ``value`` (Int64), ``value_class``.
    """
    known = sorted({calendar.parse_period(code) for code in periods})
    wanted = pd.Index([period.code for period in known], name="period")
    mine = cells[
        (cells["unit_code"] == unit_code)
        & (cells["sex"] == sex)
        & (cells["age_band"] == age_band)
        & cells["period"].isin(wanted)
    ]
    dates = pd.DataFrame(
        {
            "period_start": [period.start for period in known],
            "period_end": [period.end for period in known],
        },
        index=wanted,
    )
    return dates.join(_with_silence(mine.set_index("period")[_CELL_COLUMNS], wanted))


def split(
    cells: pd.DataFrame, unit_code: str, period: str, *, by: Literal["sex", "age_band"]
) -> pd.DataFrame:
    """Divide one unit's figure by sex or by age band, as far as the release does.

    A hidden part is not worked out from the others; the release hid enough of them.

    Parameters
    ----------
    cells
        Cells of one indicator.

    Returns
    -------
    Frame indexed by ``by``: ``status``, ``value`` (Int64), ``value_class``; the parts for which
    the release has a cell, then the total, ``all``.
    """
    other = "age_band" if by == "sex" else "sex"
    mine = cells[
        (cells["unit_code"] == unit_code) & (cells["period"] == period) & (cells[other] == "all")
    ]
    parts = [part.value for part in (Sex if by == "sex" else AgeBand)]
    order = pd.Index([*(part for part in parts if part != "all"), "all"], name=by)
    made = _with_silence(mine.set_index(by)[_CELL_COLUMNS], order)
    return made[(made["status"] != NO_CELL) | (made.index == "all")]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One palika beside the middle of the others in its district; no other one is named.

    ``places`` is the count of other palikas with a published number. Where there is no ``median``,
    ``why_not`` is ``too_few``, or ``class`` for an indicator that is shown in classes.
    """

    status: str
    value: int | None
    value_class: str | None
    median: float | None
    places: int
    why_not: str | None


def district_median(palikas: pd.DataFrame, own: str) -> Comparison:
    """Compare a palika with the median of the other palikas of its district.

    Her own figure takes no part. In a district of six to ten palikas it would pull the median
    towards itself, and the reader knows it: of five figures with her own only four would stand
    behind what she is shown. Left out, the median is the same whether hers is shown or hidden.

    At least five others must be published as numbers. The reader may be one who sees only her own
    palika, and the median of an odd number of figures is the figure of one of them: of one it is
    that palika's, of three an insider of the district guesses whose. Only released numbers are
    used, so whoever may read the release could compute it and it tells them nothing more; hidden
    ones are left out rather than guessed, because a median with a hidden figure in it narrows that
    figure.

    Parameters
    ----------
    palikas
        Layer of all palikas of the district, as `selection.layer` gives it.
    own
        Code of the reader's palika, one of them.
    """
    value: Any = palikas.at[own, "value"]
    value_class: Any = palikas.at[own, "value_class"]
    others = palikas.drop(index=own)
    numbers = others.loc[has_number(others), "value"]
    classes = bool(has_class(others).any())
    enough = len(numbers) >= MEDIAN_FROM
    return Comparison(
        status=str(palikas.at[own, "status"]),
        value=int(value) if has_number(palikas)[own] else None,
        value_class=value_class if has_class(palikas)[own] else None,
        median=float(numbers.median()) if enough else None,
        places=len(numbers),
        why_not=None if enough else AS_CLASS if classes else TOO_FEW,
    )


def silent(
    cells: pd.DataFrame, units: pd.DataFrame, *, since_periods: Iterable[str]
) -> pd.DataFrame:
    """List who has not reported what, newest first.

    What the public may not tell from a small count (docs/disclosure.md, rule 2) is hidden in the
    release and not in this list.

    Parameters
    ----------
    cells
        Cells of any indicators, each of them once for a unit and period.
    units
        The units to look at, indexed by ``unit_code``.
    since_periods
        Codes of periods of one length.

    Returns
    -------
    Frame with one row for each unit and indicator that was silent in any of the periods:
    ``unit_code``, ``name_en``, ``name_ne``, ``parent_code``, ``indicator``; ``period``, the newest
    one not reported, with ``period_start`` and ``period_end``; ``in_a_row``, how many of the
    indicator's periods up to the newest of them were not reported, 0 where a report came since.
    """
    totals = cells[(cells["sex"] == Sex.ALL) & (cells["age_band"] == AgeBand.ALL)]
    asked = sorted({calendar.parse_period(code) for code in since_periods}, reverse=True)
    codes = [period.code for period in asked]
    mine = totals[totals["period"].isin(codes) & totals["unit_code"].isin(units.index)]
    found = []
    for indicator, rows in mine.groupby("indicator", sort=True):
        # Periods in which nobody has a cell of it are not in its calendar, or not released yet.
        table = rows.pivot(index="unit_code", columns="period", values="status")  # noqa: PD010  # two cells for one place must not pass
        quiet = table[[code for code in codes if code in table]] == Status.NOT_REPORTED
        quiet = quiet[quiet.any(axis="columns")]
        newest = quiet.idxmax(axis="columns") if len(quiet) else pd.Series(dtype=object)
        in_a_row = quiet.astype(int).cummin(axis="columns").sum(axis="columns")
        found += [
            (code, indicator, newest[code], int(in_a_row[code])) for code in sorted(quiet.index)
        ]
    made = pd.DataFrame(found, columns=["unit_code", "indicator", "period", "in_a_row"])
    spans = {period.code: period for period in asked}
    made = made.assign(
        period_start=[spans[code].start for code in made["period"]],
        period_end=[spans[code].end for code in made["period"]],
    ).join(units[["name_en", "name_ne", "parent_code"]], on="unit_code")
    order = made.sort_values(
        ["period_end", "in_a_row", "unit_code", "indicator"], ascending=[False, False, True, True]
    )
    columns = ["unit_code", "name_en", "name_ne", "parent_code", "indicator", "period"]
    return order[[*columns, "period_start", "period_end", "in_a_row"]].reset_index(drop=True)


def per_thousand(layer: pd.DataFrame, population: pd.Series) -> pd.Series:
    """Give published numbers for each thousand residents, in tenths: 34 is 3.4 in a thousand.

    Parameters
    ----------
    population
        Residents by ``unit_code``; in any order, and of any units.

    Returns
    -------
    Int64 Series on ``layer.index``, halves rounded up; <NA> where there is no published number or
    nobody is known to live.
    """
    residents = population.reindex(layer.index).astype("Int64")
    residents = residents.where(residents > 0)
    numbers = layer["value"].where(has_number(layer)).astype("Int64")
    return ((20_000 * numbers + residents) // (2 * residents)).rename("per_1000_tenths")


def small_multiples(
    cells: pd.DataFrame, units: pd.DataFrame, codes: Sequence[str], periods: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Make one layer for each period, all with the same rows, in time order.

    Parameters
    ----------
    cells
        Cells of one indicator.
    codes
        Units to show in each.
    """
    shown = pd.Index(codes, name=units.index.name)
    known = sorted({calendar.parse_period(code) for code in periods})
    return {
        period.code: selection.layer(cells[cells["period"] == period.code], units, shown)
        for period in known
    }
