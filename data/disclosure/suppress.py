"""Safe and wasteful: hide what is small, zeros with it, and every total that has a hidden part.

The rule that makes it safe: every additive row (a whole and its parts, over place, time, sex or
age) either has no hidden cell, or its whole is hidden and at least one part is. Then a hidden
figure can always be raised together with hidden figures above and below it, and nothing published
bounds it from above. The full gate, with complementary suppression and an audit by a solver, takes
the place of this module.
"""

from collections.abc import Callable
from datetime import date

import pandas as pd

from data import calendar
from data.disclosure.table import KEY, parent_period
from data.model import AgeBand, Aggregation, Design, Display, Indicator, IndicatorClass, Sex, Status

_HIDDEN = Status.SUPPRESSED.value
_SHOWN = Status.PUBLISHED.value


def mark_primary(cells: pd.DataFrame, *, min_count: int) -> pd.Series:
    """Mark the cells too small to publish, zeros too: shown zeros tell that the hidden are not.

    Parameters
    ----------
    cells
        ``status`` and ``value``, people behind each cell. A cell without a figure is not small.
    min_count
        Smallest publishable count, in people (``policy.toml``).

    Returns
    -------
    Boolean Series on the index of ``cells``.
    """
    return cells["status"].eq(_SHOWN) & cells["value"].fillna(0).lt(min_count)


def rows_of(cells: pd.DataFrame, *, design: Design, stock: bool) -> pd.DataFrame:
    """List the additive rows as pairs: ``row``, ``dimension``, ``parent`` and ``child`` positions.

    A stock's whole over time equals its last part alone. Cells without a figure take no part, and a
    whole without a figure makes no row.
    """
    at = {key: n for n, key in enumerate(cells[KEY].itertuples(index=False, name=None))}
    above = {code: parent_period(code, design.period_kinds) for code in cells["period"].unique()}
    ends = {code: _end(code) for code in (*above, *filter(None, above.values()))}
    figured = cells["status"].isin([_SHOWN, _HIDDEN]).to_numpy()
    pairs = []
    for n, cell in enumerate(cells.itertuples(index=False)):
        if not figured[n]:
            continue
        unit, period, sex, age = cell.unit_code, cell.period, cell.sex, cell.age_band
        whole = above[period]
        last = whole is not None and (not stock or ends[whole] == ends[period])
        wholes = (
            ("place", (cell.parent_code, period, sex, age)),
            ("time", (unit, whole, sex, age) if last else None),
            ("sex", (unit, period, Sex.ALL.value, age) if sex != Sex.ALL.value else None),
            ("age", (unit, period, sex, AgeBand.ALL.value) if age != AgeBand.ALL.value else None),
        )
        for dimension, key in wholes:
            parent = at.get(key) if key is not None else None
            if parent is not None and figured[parent]:
                pairs.append((dimension, parent, n))
    table = pd.DataFrame(pairs, columns=["dimension", "parent", "child"])
    table = table.astype({"parent": int, "child": int})
    return table.assign(row=table.groupby(["dimension", "parent"]).ngroup())


def _end(code: str) -> date:
    return calendar.parse(code).end


def close(cells: pd.DataFrame, hidden: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Hide more until every row has no hidden cell, or a hidden whole and a hidden part.

    Where a hidden whole has only published parts, all of them are hidden over sex and age, and the
    smallest one (by value, then by code) over place and time. The order of ``cells`` does not
    matter; the result is on its index.
    """
    state = hidden.to_numpy(copy=True)
    value = cells["value"].fillna(0).to_numpy()
    code = cells["unit_code"].to_numpy() + "|" + cells["period"].to_numpy()
    parent, child = rows["parent"].to_numpy(), rows["child"].to_numpy()
    groups = [
        (str(group["dimension"].iloc[0]), int(group["parent"].iloc[0]), group["child"].to_numpy())
        for _, group in rows.groupby("row")
    ]
    while True:
        before = state.sum()
        while True:
            marked = parent[state[child] & ~state[parent]]
            if not len(marked):
                break
            state[marked] = True
        for dimension, whole, parts in groups:
            if state[whole] and not state[parts].any():
                if dimension in ("sex", "age"):
                    state[parts] = True
                else:
                    state[min(parts, key=lambda n: (value[n], code[n]))] = True
        if state.sum() == before:
            return pd.Series(state, index=hidden.index)


def protect(
    cells: pd.DataFrame,
    indicator: Indicator,
    *,
    design: Design,
    min_count: int | None,
    hide_silence: bool,
    frozen: pd.DataFrame,
) -> pd.DataFrame:
    """Decide for one indicator and audience what may be seen.

    Parameters
    ----------
    cells
        As `table.build` gives them.
    min_count
        Threshold in people; None for organisational figures, which are not hidden.
    hide_silence
        Whether ``not_reported`` is folded into ``suppressed`` (people at risk, public side).
    frozen
        Cells of this indicator in the audience's last release. Their periods are carried over as
        they are: what was published stays, what was hidden stays hidden. A whole over time with
        frozen parts is made of what those parts said.

    Returns
    -------
    ``cells`` with the final ``status``, and with the value still on hidden cells of the new
    periods: `as_released` takes it away.
    """
    released = set(frozen["period"])
    new = cells[~cells["period"].isin(released)]
    table = pd.concat([new.assign(fixed=False), frozen.assign(fixed=True)], ignore_index=True)
    table = table.sort_values(KEY).reset_index(drop=True)
    if hide_silence:
        silent = table["status"].eq(Status.NOT_REPORTED.value)
        table["status"] = table["status"].mask(silent, _HIDDEN)
    rows = rows_of(table, design=design, stock=indicator.aggregation is Aggregation.STOCK)
    table["value"] = _inherit(table, rows)
    if min_count is None:
        return table.drop(columns="fixed")
    hidden = table["status"].eq(_HIDDEN)
    hidden |= mark_primary(table, min_count=min_count) & ~table["fixed"]
    closed = close(table, hidden, rows)
    # A frozen cell was closed in its own release; a new total never reaches down into it.
    closed = closed.where(~table["fixed"], table["status"].eq(_HIDDEN))
    table["status"] = table["status"].mask(closed, _HIDDEN)
    return table.drop(columns="fixed")


def _inherit(table: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Make wholes over time from their frozen parts, where those show numbers."""
    value = table["value"].copy()
    fixed = table["fixed"].to_numpy(dtype=bool)
    over_time = rows[rows["dimension"] == "time"]
    over_time = over_time[~fixed[over_time["parent"]]]
    if not fixed.any() or over_time.empty:
        return value
    for _ in range(3):  # quarter to half to year
        parts = over_time[["parent"]].assign(
            amount=value.to_numpy(dtype=float, na_value=float("nan"))[over_time["child"]],
            fixed=fixed[over_time["child"]],
        )
        sums = parts.groupby("parent").agg(
            amount=("amount", "sum"),
            known=("amount", "count"),
            n=("amount", "size"),
            fixed=("fixed", "any"),
        )
        usable = sums[sums["fixed"] & (sums["known"] == sums["n"])]
        value.iloc[usable.index.to_numpy(dtype=int)] = usable["amount"].astype("Int64").to_numpy()
    return value


def as_released(
    cells: pd.DataFrame,
    indicator: Indicator,
    *,
    design: Design,
    class_of: Callable[[int], str],
    frozen: pd.DataFrame,
) -> pd.DataFrame:
    """Strip what a release must not carry: values of hidden cells, numbers where classes are shown.

    Adds ``value_class``; a frozen cell keeps its class.
    """
    shown = cells["status"].eq(_SHOWN)
    if design.display is Display.NUMBER:
        return cells.assign(value=cells["value"].where(shown), value_class=None)
    kept = frozen.set_index(KEY)["value_class"]
    keys = pd.MultiIndex.from_frame(cells[KEY])
    old = pd.Series(kept.reindex(keys).to_numpy(), index=cells.index)
    organisational = indicator.indicator_class is IndicatorClass.ORGANISATIONAL
    classes = [
        ("none" if organisational and value == 0 else class_of(int(value)))
        if not pd.isna(value)
        else None
        for value in cells["value"]
    ]
    fresh = pd.Series(classes, index=cells.index, dtype=object)
    value_class = old.where(old.notna(), fresh).where(shown, None)
    return cells.assign(
        value=pd.array([pd.NA] * len(cells), dtype="Int64"), value_class=value_class
    )
