"""A simulated country of counts: no figure in it is anybody's.

Units in equal-sized families, by sex and age. The mean of a ward is drawn from a gamma of shape
0.5, so that many wards are almost empty and a few are full, as monthly reports are; its counts are
Poisson around fixed shares of that mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table

LEVELS = ("country", "district", "palika", "ward")
SHAPE = 0.5
SHARES = np.array([[0.22, 0.38], [0.14, 0.26]])  # female and male by under 18 and from 18
CROSSED = 3  # all and two kinds, of sex as of age


@dataclass(frozen=True, slots=True, eq=False)
class Country:
    """Counts by cell: unit (0 is the top) × sex (all, f, m) × age (all, under 18, from 18).

    ``unit`` is the unit of each cell, ``level`` its place in ``levels`` (0 is the top). ``parent``
    is the unit above each unit, -1 for the top. A row is the position of a whole and those of its
    parts.
    """

    levels: tuple[str, ...]
    value: Ints
    unit: Ints
    parent: Ints
    level: Ints
    rows: tuple[tuple[int, tuple[int, ...]], ...]

    def table(self, hidden: Bools) -> Table:
        """Give the table in which these cells are hidden; it keeps the order of the cells."""
        names = [f"{n:06d}" for n in range(len(self.value))]
        return Table.of(names, self.value, suppressed=hidden, rows=self.rows)

    def known_to_units(self) -> list[Ints]:
        """Give for each unit below the top the cells of it and of all units in it."""
        units = [[unit] for unit in range(len(self.parent))]
        for unit in range(len(units) - 1, 0, -1):  # children come after their parents
            units[self.parent[unit]] += units[unit]
        cells = np.arange(len(self.value)).reshape(len(units), -1)
        return [np.sort(cells[inside].ravel()) for inside in units[1:]]


def country(below: Sequence[int], *, mean: float, seed: int) -> Country:
    """Simulate a country, or a part of it.

    Parameters
    ----------
    below
        How many units each level below the top has; the last are the wards.
    mean
        Expected count of a ward, both sexes and all ages.
    """
    parent, level = _families(below)
    units = len(parent)
    wards = np.flatnonzero(level == len(below))
    draw = np.random.default_rng(seed)
    means = draw.gamma(SHAPE, mean / SHAPE, len(wards))
    value = np.zeros((units, CROSSED, CROSSED), dtype=np.int64)
    value[wards, 1:, 1:] = draw.poisson(means[:, None, None] * SHARES)
    for unit in range(units - 1, 0, -1):  # children come after their parents
        value[parent[unit]] += value[unit]
    value[:, 0, 1:] = value[:, 1:, 1:].sum(axis=1)
    value[:, :, 0] = value[:, :, 1:].sum(axis=2)

    cell = np.arange(value.size).reshape(value.shape)
    rows: list[tuple[int, tuple[int, ...]]] = []
    for unit in range(units):
        children = np.flatnonzero(parent == unit)
        if len(children):
            for sex, age in np.ndindex(CROSSED, CROSSED):
                rows.append(_row(cell[unit, sex, age], cell[children, sex, age]))
        for kind in range(CROSSED):
            rows.append(_row(cell[unit, 0, kind], cell[unit, 1:, kind]))
            rows.append(_row(cell[unit, kind, 0], cell[unit, kind, 1:]))
    each = CROSSED**2
    return Country(
        levels=LEVELS[-1 - len(below) :],
        value=value.ravel(),
        unit=np.repeat(np.arange(units), each),
        parent=parent,
        level=np.repeat(level, each),
        rows=tuple(rows),
    )


def _families(below: Sequence[int]) -> tuple[Ints, Ints]:
    """Give the parent (-1 for the top) and the level of each unit, levels one after the other.

    A level is dealt out in families of equal size; what is left over goes to the first ones.
    """
    parent, level, above = [-1], [0], [0]
    for depth, count in enumerate(below, 1):
        size, more = divmod(count, len(above))
        first = len(parent)
        for n, unit in enumerate(above):
            parent += [unit] * (size + (n < more))
        level += [depth] * count
        above = list(range(first, len(parent)))
    return np.array(parent), np.array(level)


def _row(whole: int, parts: Ints) -> tuple[int, tuple[int, ...]]:
    return int(whole), tuple(int(part) for part in parts)
