"""How cells add up: over places, time, sex and age, and figures counted within another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import pandas as pd

from data.disclosure.cells import CELL_KEY, parent_period
from data.model import AgeBand, Aggregation, Audience, Indicator, PeriodKind, Relation, Sex
from data.reference import calendar

Key = tuple[str, str, str, str, str]


def additive_rows(
    cells: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    audiences: Iterable[Audience],
    relations: Sequence[Relation],
) -> Iterator[tuple[int, list[int]]]:
    """List the rows that follow from the keys of cells, whether their figures add up or not.

    Parameters
    ----------
    cells
        `CELL_KEY` and ``parent_code``, each key once.
    audiences
        Whose lengths of period make the rows over time.

    Yields
    ------
    The label of a whole and those of its parts. A stock's whole over time has its last part alone.
    """
    keys: list[Key] = list(zip(*(cells[name].tolist() for name in CELL_KEY), strict=True))
    at = dict(zip(keys, cells.index.tolist(), strict=True))
    lengths = {
        code: {each.designs[a].period_kinds for a in audiences if a in each.designs}
        for code, each in indicators.items()
    }
    parts: dict[tuple[str, int], list[int]] = defaultdict(list)
    for key, parent in zip(keys, cells["parent_code"].tolist(), strict=True):
        stock = indicators[key[0]].aggregation is Aggregation.STOCK
        for axis, whole in _wholes(key, parent, lengths[key[0]], stock=stock):
            if whole in at:
                parts[axis, at[whole]].append(at[key])
    for (_axis, position), members in parts.items():
        yield position, members
    for relation in relations:
        for key, position in at.items():
            if key[0] != relation.whole:
                continue
            within = [at.get((part, *key[1:])) for part in relation.parts]
            if known := [member for member in within if member is not None]:
                yield position, known


def _wholes(
    key: Key, parent: str | None, lengths: Iterable[frozenset[PeriodKind]], *, stock: bool
) -> Iterator[tuple[str, Key]]:
    """Name the wholes that a cell is a part of, each with the direction it adds up in."""
    indicator, unit, period, sex, age = key
    if parent:
        yield "place", (indicator, parent, period, sex, age)
    if sex != Sex.ALL.value:
        yield "sex", (indicator, unit, period, Sex.ALL.value, age)
    if age != AgeBand.ALL.value:
        yield "age", (indicator, unit, period, sex, AgeBand.ALL.value)
    for kinds in lengths:
        longer = _longer(period, kinds)
        if longer is not None and (not stock or _end(longer) == _end(period)):
            yield f"time {sorted(kinds)}", (indicator, unit, longer, sex, age)


@cache
def _longer(period: str, kinds: frozenset[PeriodKind]) -> str | None:
    return parent_period(period, kinds)


@cache
def _end(period: str) -> object:
    return calendar.parse_period(period).end
