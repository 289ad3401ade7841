"""An attacker who runs the gate: he keeps every table for which some key gives what he sees.

He knows the program, the policy and everything released, and not the key. A cell is protected from
him if two of the tables that he keeps differ in it by the width. The search finds such tables; what
it does not find may still be there, so it never says that a cell is safer than it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.engine.insider_protection import protect_from_insiders
from data.disclosure.engine.protection import Task, draw_by_key
from data.disclosure.engine.solver import AlternativeTables, Floats

PARTS = 3
_REACH = (0.5, 1, 1.5, 2, 4, 40)  # changes that are tried, as multiples of the width
_DRAWS = 4  # favourable keys that are tried for a table


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A small table with what the gate asks of it; ``places`` are the cells of each insider."""

    table: Table
    weight: Floats
    coarseness: Floats
    places: tuple[Ints, ...]
    width: int

    def small(self, value: Ints) -> Bools:
        return value < self.width

    def gate(self, value: Ints, draw: Floats) -> tuple[Bools, bool]:
        """Run the gate on other counts; return the pattern, and whether it protects everything."""
        made = Table.of(
            self.table.names, value, suppressed=self.small(value), rows=self.table.rows()
        )
        need = np.full(len(value), self.width)
        task = Task(
            need=need,
            weight=self.weight,
            coarseness=self.coarseness,
            fixed=np.zeros(len(value), dtype=bool),
            draw=draw,
        )
        pattern, left = protect_from_insiders(
            made, task, self.places, min_parts=PARTS, insider_need=need
        )
        return pattern.suppressed, not left and not len(pattern.unprotectable)

    def release(self, key: bytes) -> tuple[Bools, bool]:
        return self.gate(self.table.value, draw_by_key(self.table.names, key))


def line(values: Sequence[int], *, width: int = 10) -> Setting:
    """A whole and its places."""
    names = [f"p{n}" for n in range(len(values))]
    return _setting(
        [*names, "whole"], [*values, sum(values)], [("whole", names)],
        weight={"p": 30.0, "w": 1_000.0}, places=[[name] for name in names], width=width,
    )  # fmt: skip


def grid(values: Sequence[Sequence[int]], *, width: int = 10) -> Setting:
    """Places by two sexes, with all totals: ``values`` are one row a sex."""
    cells = {f"c{s}{p}": count for s, row in enumerate(values) for p, count in enumerate(row)}
    sexes, places = range(len(values)), range(len(values[0]))
    of_sex = {f"s{s}": [f"c{s}{p}" for p in places] for s in sexes}
    of_place = {f"p{p}": [f"c{s}{p}" for s in sexes] for p in places}
    sums = {name: sum(cells[part] for part in parts) for name, parts in (of_sex | of_place).items()}
    rows = [*of_sex.items(), *of_place.items(), ("whole", list(of_sex)), ("whole", list(of_place))]
    return _setting(
        [*cells, *sums, "whole"], [*cells.values(), *sums.values(), sum(cells.values())], rows,
        weight={"c": 30.0, "p": 90.0, "s": 3_000.0, "w": 9_000.0},
        places=[[name, *parts] for name, parts in of_place.items()], width=width,
    )  # fmt: skip


def _setting(
    names: Sequence[str],
    values: Sequence[int],
    rows: Sequence[tuple[str, Sequence[str]]],
    *,
    weight: dict[str, float],
    places: Sequence[Sequence[str]],
    width: int,
) -> Setting:
    at = {name: n for n, name in enumerate(names)}
    table = Table.of(
        names, values, suppressed=[value < width for value in values],
        rows=[(at[whole], [at[part] for part in parts]) for whole, parts in rows],
    )  # fmt: skip
    return Setting(
        table=table,
        weight=np.array([weight[name[0]] for name in table.names]),
        coarseness=np.array([float(name[0] in "sw") for name in table.names]),
        places=tuple(np.array(sorted(table.names.index(name) for name in each)) for each in places),
        width=width,
    )


def narrow_cells(
    setting: Setting, pattern: Bools, *, own: Ints | None = None, seed: int = 0
) -> dict[str, tuple[int, int]]:
    """Return the hidden cells for which no two kept tables differ enough, with what was found.

    ``own``: cells that the attacker knows beside what is published.
    """
    value = setting.table.value
    hidden = np.flatnonzero(pattern)
    asked = np.setdiff1d(hidden, own) if own is not None else hidden
    low, high = value.copy(), value.copy()
    rng = np.random.default_rng(seed)
    for cell in asked.tolist():
        for other in _tables(setting, pattern, own, cell, rng):
            if high[cell] - low[cell] >= setting.width:
                break
            if low[cell] <= other[cell] <= high[cell] or not _gives(setting, other, pattern, rng):
                continue
            low[asked] = np.minimum(low, other)[asked]
            high[asked] = np.maximum(high, other)[asked]
    return {
        setting.table.names[cell]: (int(low[cell]), int(high[cell]))
        for cell in asked.tolist()
        if high[cell] - low[cell] < setting.width
    }


def _tables(
    setting: Setting, pattern: Bools, own: Ints | None, cell: int, rng: np.random.Generator
) -> Iterator[Ints]:
    """Yield tables that agree with what the attacker knows, far up or down in one cell."""
    table = setting.table
    free = pattern.copy()
    if own is not None:
        free[own] = False
    cells = np.flatnonzero(free)
    for other in cells.tolist():  # two cells of one row change places
        swapped = table.value.copy()
        swapped[[cell, other]] = swapped[[other, cell]]
        if _adds_up(table, swapped):
            yield swapped
    (whole, parts), *more_rows = table.rows()
    for _ in range(0 if more_rows or not free[whole] else 400):  # a line without its whole
        other, leaves = table.value.copy(), parts[free[parts]]
        some = rng.integers(0, 2, len(leaves))
        other[leaves] = some * rng.integers(0, int(1.5 * setting.width), len(leaves))
        other[whole] = other[parts].sum()
        yield other
    alternatives = AlternativeTables(table, cells)
    at = int(np.searchsorted(cells, cell))
    for times in range(30):
        for reach in (*_REACH, rng.uniform(0.3, 3)):
            for direction in (1, -1):
                gain = rng.integers(-2, 3, len(cells)) if times else np.zeros(len(cells), dtype=int)
                gain[at] = 9 * direction
                far = np.full(len(cells), int(reach * setting.width))
                least = np.maximum(-table.value[cells], -far)
                change = alternatives.maximise(gain, least, np.minimum(far, UNBOUNDED))[1]
                if change is not None:
                    other = table.value.copy()
                    other[cells] += change
                    yield other


def _adds_up(table: Table, value: Ints) -> bool:
    return all(value[whole] == value[parts].sum() for whole, parts in table.rows())


def _gives(setting: Setting, value: Ints, pattern: Bools, rng: np.random.Generator) -> bool:
    """Return whether some key is found with which the gate suppresses just these cells."""
    if setting.small(value)[~pattern].any():
        return False
    for _ in range(_DRAWS):
        # The keys that favour this pattern: its further cells come first, and wholes that are
        # shown ask for as many parts as they have.
        first = pattern & ~setting.small(value)
        draw = np.where(first, 0.2, 0.8) + 0.2 * rng.random(len(value))
        for whole, parts in setting.table.rows():
            least = int(setting.small(value)[parts].sum()) if pattern[whole] else PARTS
            more = max(int(pattern[parts].sum()) - least, 0)
            draw[whole] = 8.0 ** -(more + rng.choice([0.5, 0.9]))
        if (setting.gate(value, draw)[0] == pattern).all():
            return True
    return False
