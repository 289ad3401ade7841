"""Comparisons of released figures: by place, in time, by sex and age; frames in, frames out.

Everything here is computed from cells of a release, so it discloses no more than the release does.
A place without a figure gets none here: no zero, no rank and no change.
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

AS_CLASS = "class"  # no difference or median: the figure is published as a class
TOO_FEW = "too_few"  # no median: too few places with a published number
CLASS_ORDER = {"higher": 0, "middle": 1, "lower": 2, "none": 3}
MEDIAN_FROM = 5  # docs/disclosure.md, rule 10
_PERCENT_FROM = 10  # of a smaller base, one person more is already over a tenth
_NUMBER, _CLASS, _NO_FIGURE = range(3)
_CELL_COLUMNS = ["status", "value", "value_class"]


def may_rank(indicator: Indicator) -> bool:
    """Return whether places may be ranked by this indicator.

    Counts of people at risk are never ranked: a high number is neither good nor bad for a place,
    but a ranking would look like a judgement.
    """
    return indicator.indicator_class is not IndicatorClass.AT_RISK


def has_number(layer: pd.DataFrame) -> pd.Series:
    """Return which rows have a published number: boolean, on the index of ``layer``."""
    return (layer["status"] == Status.PUBLISHED) & layer["value"].notna()


def has_class(layer: pd.DataFrame) -> pd.Series:
    """Return which rows have a published class: boolean, on the index of ``layer``."""
    return (layer["status"] == Status.PUBLISHED) & layer["value_class"].notna()


def rank_units(layer: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Return the units of a layer in order, highest first.

    Numbers come first, then classes from ``higher`` to ``none``, then the units without a figure in
    the order of their names. Units of an indicator that may not be ranked (`may_rank`) are all in
    the order of their names and have no rank.

    Parameters
    ----------
    layer
        As `selection.layer` returns it, indexed by ``unit_code``.

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
    with_rank = layer.assign(rank=rank.astype("Int64"), tied=tied.astype(bool))
    return with_rank.loc[keys.sort_values(keys.columns.to_list()).index]


def _in_name_order(name: str) -> str:
    """Return a sort key by which ward 2 comes before ward 10."""
    return re.sub(r"\d+", lambda found: found[0].zfill(4), name)


def compare_layers(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Return two layers side by side, by unit code: two periods, or two indicators.

    Parameters
    ----------
    a, b
        As `selection.layer` returns them; ``b`` is compared with ``a``.

    Returns
    -------
    Frame on the codes of ``a``, then those only in ``b``: ``name_en``, ``name_ne``,
    ``parent_code``; ``status_a``, ``value_a``, ``value_class_a`` and the same of ``b``;
    ``change`` (Int64, b - a) and ``change_percent`` (Float64, <NA> also where a is below ten),
    only where both sides are published numbers; ``why_not``, the reason for no change: the status
    of the first side without a figure, or ``class``; None where there is a change.
    """
    codes = a.index.append(b.index.difference(a.index, sort=False))
    names = ["name_en", "name_ne", "parent_code"]
    sides = pd.concat([a[names], b.loc[b.index.difference(a.index, sort=False), names]])
    both = pd.Series(data=True, index=codes)
    for side, layer in (("a", a), ("b", b)):
        cells = _with_silence(layer[_CELL_COLUMNS], codes)
        sides = sides.join(cells.add_suffix(f"_{side}"))
        both &= has_number(cells)
    value_a, value_b = sides["value_a"].where(both), sides["value_b"].where(both)
    change = value_b - value_a
    percent = (100 * change / value_a.where(value_a >= _PERCENT_FROM)).astype("Float64")
    first = sides["status_a"].where(sides["status_a"] != Status.PUBLISHED, sides["status_b"])
    why_not = first.where(first != Status.PUBLISHED, AS_CLASS).astype(object)
    why_not = why_not.where(~both, None)
    return sides.assign(change=change, change_percent=percent, why_not=why_not)


def _with_silence(cells: pd.DataFrame, wanted: pd.Index) -> pd.DataFrame:
    """Return a row for every label wanted; where there is no cell, its status is `NO_CELL`.

    Parameters
    ----------
    cells
        ``status``, ``value``, ``value_class``.

    Raises
    ------
    ValueError
        A label has several rows.
    """
    rows = cells.reindex(wanted)
    status = rows["status"].astype(object)
    return rows.assign(
        status=status.where(status.notna(), NO_CELL), value=rows["value"].astype("Int64")
    )


def series(
    cells: pd.DataFrame,
    unit_code: str,
    periods: Iterable[str],
    *,
    sex: Sex = Sex.ALL,
    age_band: AgeBand = AgeBand.ALL,
) -> pd.DataFrame:
    """Return the figures of one unit in time.

    Parameters
    ----------
    cells
        Cells of one indicator, as `ReleaseReader.cells` returns them.
    periods
        Codes of the periods wanted.

    Returns
    -------
    Frame with a row for each of ``periods``, in time order, indexed by ``period``:
    ``period_start``, ``period_end`` (dates), ``status`` (`NO_CELL` where the release has no cell),
    ``value`` (Int64), ``value_class``.
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
    """Return one unit's figure by sex or by age band, as far as the release has it.

    A suppressed part is not worked out from the others; complementary suppression prevents that.

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
    rows = _with_silence(mine.set_index(by)[_CELL_COLUMNS], order)
    return rows[(rows["status"] != NO_CELL) | (rows.index == "all")]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One palika beside the median of the others in its district; the others are not named.

    Attributes
    ----------
    status, value, value_class
        The palika's own figure.
    median
        Median of the other palikas, or None.
    places
        Number of other palikas with a published number.
    why_not
        Why there is no median: ``too_few``, or ``class`` for an indicator published in classes.
    """

    status: str
    value: int | None
    value_class: str | None
    median: float | None
    places: int
    why_not: str | None


def district_median(palikas: pd.DataFrame, own: str) -> Comparison:
    """Return a palika's figure beside the median of the other palikas of its district.

    The palika's own figure is left out. In a district of six to ten palikas it would pull the
    median towards itself, and the reader knows it: of five figures, only four would be unknown to
    her. Without it, the median is the same whether her figure is published or suppressed.

    At least five other palikas must have a published number. A reader may see only her own palika,
    and the median of an odd number of figures is the figure of one of them: with one other palika
    it is that palika's, with three an insider can guess whose. Only released numbers are used, so
    every reader of the release could compute the median. Suppressed figures are left out, not
    estimated, because a median that contained one would narrow its range.

    Parameters
    ----------
    palikas
        Layer of all palikas of the district, as `selection.layer` returns it.
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


def unreported(
    cells: pd.DataFrame, units: pd.DataFrame, *, since_periods: Iterable[str]
) -> pd.DataFrame:
    """Return what was not reported, newest first.

    Where "not reported" would disclose something (docs/disclosure.md, rule 2), the release says
    "suppressed" instead, so the list does not have it.

    Parameters
    ----------
    cells
        Cells of any indicators.
    units
        The units wanted, indexed by ``unit_code``.
    since_periods
        Codes of periods of one length.

    Returns
    -------
    Frame with one row for each unit and indicator that was not reported in any of the periods:
    ``unit_code``, ``name_en``, ``name_ne``, ``parent_code``, ``indicator``; ``period``, the newest
    one not reported, with ``period_start`` and ``period_end``; ``in_a_row``, how many periods up to
    the newest were not reported without a gap, 0 where the newest was reported.

    Raises
    ------
    ValueError
        A unit has two cells of an indicator in a period.
    """
    totals = cells[(cells["sex"] == Sex.ALL) & (cells["age_band"] == AgeBand.ALL)]
    wanted = sorted({calendar.parse_period(code) for code in since_periods}, reverse=True)
    codes = [period.code for period in wanted]
    mine = totals[totals["period"].isin(codes) & totals["unit_code"].isin(units.index)]
    silences = []
    for indicator, rows in mine.groupby("indicator", sort=True):
        # A period in which nobody has a cell is not in its calendar, or not released yet.
        table = rows.pivot(index="unit_code", columns="period", values="status")  # noqa: PD010  # raises where a place has two cells
        quiet = table[[code for code in codes if code in table]] == Status.NOT_REPORTED
        quiet = quiet[quiet.any(axis="columns")]
        newest = quiet.idxmax(axis="columns") if len(quiet) else pd.Series(dtype=object)
        in_a_row = quiet.astype(int).cummin(axis="columns").sum(axis="columns")
        silences += [
            (code, indicator, newest[code], int(in_a_row[code])) for code in sorted(quiet.index)
        ]
    rows = pd.DataFrame(silences, columns=["unit_code", "indicator", "period", "in_a_row"])
    spans = {period.code: period for period in wanted}
    rows = rows.assign(
        period_start=[spans[code].start for code in rows["period"]],
        period_end=[spans[code].end for code in rows["period"]],
    ).join(units[["name_en", "name_ne", "parent_code"]], on="unit_code")
    rows = rows.sort_values(
        ["period_end", "in_a_row", "unit_code", "indicator"], ascending=[False, False, True, True]
    )
    columns = ["unit_code", "name_en", "name_ne", "parent_code", "indicator", "period"]
    return rows[[*columns, "period_start", "period_end", "in_a_row"]].reset_index(drop=True)


def per_thousand(layer: pd.DataFrame, population: pd.Series) -> pd.Series:
    """Return published numbers per 1,000 residents, in tenths: 34 is 3.4 per 1,000.

    Parameters
    ----------
    population
        Residents by ``unit_code``, in any order; other units are ignored.

    Returns
    -------
    Int64 Series on ``layer.index``, halves rounded up; <NA> where there is no published number or
    no known population.
    """
    residents = population.reindex(layer.index).astype("Int64")
    residents = residents.where(residents > 0)
    numbers = layer["value"].where(has_number(layer)).astype("Int64")
    return ((20_000 * numbers + residents) // (2 * residents)).rename("per_1000_tenths")


def rate_layer(layer: pd.DataFrame, population: pd.Series) -> pd.DataFrame:
    """Return a layer with published numbers per 1,000 residents, in tenths.

    A unit without a known population (every ward) has no rate: its status becomes not applicable.
    ``population`` as in `per_thousand`.
    """
    rates = per_thousand(layer, population)
    unknown = has_number(layer) & rates.isna()
    status = layer["status"].mask(unknown, Status.NOT_APPLICABLE.value)
    return layer.assign(value=rates, status=status)


def small_multiples(
    cells: pd.DataFrame, units: pd.DataFrame, codes: Sequence[str], periods: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Return one layer for each period by its code, all with the same rows, in time order.

    Parameters
    ----------
    cells
        Cells of one indicator.
    codes
        Units of the rows.
    """
    shown = pd.Index(codes, name=units.index.name)
    known = sorted({calendar.parse_period(code) for code in periods})
    return {
        period.code: selection.layer(cells[cells["period"] == period.code], units, shown)
        for period in known
    }
