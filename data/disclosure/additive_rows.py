"""Additive rows: how cells add up over places, time, sex and age, and within other indicators."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.model import AgeBand, Aggregation, Audience, Indicator, PeriodKind, Sex
from data.reference import calendar
from data.reference.relations import PartOf

Key = tuple[str, str, str, str, str]


def additive_rows(
    cells: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    audiences: Iterable[Audience],
    relations: Sequence[PartOf],
) -> Iterator[tuple[int, list[int]]]:
    """Yield the rows that follow from the keys of cells, whether their counts add up or not.

    Parameters
    ----------
    cells
        `CELL_KEY` and ``parent_code``, each key once, on any unique index.
    indicators
        The indicators of the cells, by code.
    audiences
        Their designs say which lengths of period add up to which.
    relations
        Indicators that are counted within another.

    Yields
    ------
    The index label of a whole, and those of its parts. Over time, the only part of a stock is its
    last period.
    """
    keys: list[Key] = list(zip(*(cells[name].tolist() for name in CELL_KEY), strict=True))
    label = dict(zip(keys, cells.index.tolist(), strict=True))
    period_kinds = {
        code: {each.designs[a].period_kinds for a in audiences if a in each.designs}
        for code, each in indicators.items()
    }
    parts: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key, parent in zip(keys, cells["parent_code"].tolist(), strict=True):
        stock = indicators[key[0]].aggregation is Aggregation.STOCK
        for axis, whole in _wholes(key, parent, period_kinds[key[0]], stock=stock):
            if whole in label:
                parts[axis, label[whole]].append(label[key])
    for (_axis, whole_label), members in parts.items():
        yield whole_label, members
    for relation in relations:
        for key, whole_label in label.items():
            if key[0] != relation.whole:
                continue
            within = [label.get((part, *key[1:])) for part in relation.parts]
            if known := [member for member in within if member is not None]:
                yield whole_label, known


def _wholes(
    key: Key, parent: str | None, period_kinds: Iterable[frozenset[PeriodKind]], *, stock: bool
) -> Iterator[tuple[str, Key]]:
    """Yield the keys of the wholes that a cell is a part of, each with its axis."""
    indicator, unit, period, sex, age = key
    if parent:
        yield "place", (indicator, parent, period, sex, age)
    if sex != Sex.ALL.value:
        yield "sex", (indicator, unit, period, Sex.ALL.value, age)
    if age != AgeBand.ALL.value:
        yield "age", (indicator, unit, period, sex, AgeBand.ALL.value)
    for kinds in period_kinds:
        longer = _parent_period(period, kinds)
        if longer is not None and (not stock or _end(longer) == _end(period)):
            yield f"time {sorted(kinds)}", (indicator, unit, longer, sex, age)


@cache
def _parent_period(period: str, kinds: frozenset[PeriodKind]) -> str | None:
    return calendar.parent_period(period, kinds)


@cache
def _end(period: str) -> object:
    return calendar.parse_period(period).end
