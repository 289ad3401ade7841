"""Search for alternative tables that widen the attacker's intervals of suppressed cells."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.engine.solver import AlternativeTables, Floats

_LARGE_COMPONENT = 60  # cells; a larger component is first searched block by block
_HUGE_COMPONENT = 800  # cells; in a larger one, cells around each cell are searched first
_LARGEST_SEARCHED = 5_000  # cells of a component that is searched whole if it need not be
_NEAR = (40, 160)  # cells around one cell
_MAX_ROUNDS = 200  # of widening many cells at once
_MAX_IDLE_ROUNDS = 2  # rounds with little progress, after which each cell is widened alone
_PROGRESS = 3  # cells that a round must widen to be worth its time
_FEW = 200  # cells to widen, so few that each is searched by itself first
_ROUNDING = 1e-6
_SEED = 2064


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """An alternative table, written as its difference from the true table.

    Attributes
    ----------
    cells
        Positions of the cells that differ, increasing.
    change
        Alternative count minus true count of each of these cells, in people.
    """

    cells: Ints
    change: Ints


class WitnessList:
    """Alternative tables of one component, each with only the cells that it changes.

    Cells are positions in the component. All entries stand one after the other in three arrays.
    """

    def __init__(self) -> None:
        self.count = 0
        self._size = 0
        self._cell, self._by, self._number = (np.zeros(64, dtype=np.int64) for _ in range(3))

    @property
    def cell(self) -> Ints:
        """The cell that each entry changes."""
        return self._cell[: self._size]

    @property
    def by(self) -> Ints:
        """By how many people each entry changes its cell."""
        return self._by[: self._size]

    @property
    def number(self) -> Ints:
        """The alternative table of each entry."""
        return self._number[: self._size]

    def add(self, cells: Ints, change: Ints) -> None:
        """Append an alternative table."""
        end = self._size + len(cells)
        while end > len(self._cell):
            self._cell, self._by, self._number = (
                np.concatenate([each, np.zeros_like(each)])
                for each in (self._cell, self._by, self._number)
            )
        self._cell[self._size : end] = cells
        self._by[self._size : end] = change
        self._number[self._size : end] = self.count
        self._size, self.count = end, self.count + 1

    def leaving(self, unchanged: Bools) -> Bools:
        """Return which alternative tables change none of these cells."""
        usable = np.ones(self.count, dtype=bool)
        usable[self.number[unchanged[self.cell]]] = False
        return usable

    def first_at(self, end: Ints, usable: Bools) -> Ints:
        """Return the first usable alternative table that changes each cell by ``end``, or -1."""
        found = np.full(len(end), self.count, dtype=np.int64)
        chosen = (self.by == end[self.cell]) & usable[self.number]
        np.minimum.at(found, self.cell[chosen], self.number[chosen])
        return np.where(found < self.count, found, -1)

    def since(self, first: int) -> list[tuple[Ints, Ints]]:
        """Return cells and changes of each alternative table from a number on."""
        starts = np.searchsorted(self.number, np.arange(first, self.count + 1))
        return [
            (self.cell[start:end].copy(), self.by[start:end].copy())
            for start, end in itertools.pairwise(starts.tolist())
        ]


class Block:
    """Some cells of a component; its alternative tables leave all other cells unchanged.

    ``positions`` are those of the cells within the component. The programme is built when it is
    first used, because most blocks of a large table never are.
    """

    def __init__(self, table: Table, cells: Ints, positions: Ints) -> None:
        self.positions = positions
        self._table, self._cells = table, cells
        self._alternatives: AlternativeTables | None = None

    @property
    def alternatives(self) -> AlternativeTables:
        """The programme over these cells."""
        if self._alternatives is None:
            self._alternatives = AlternativeTables(self._table, self._cells[self.positions])
        return self._alternatives


class Prover:
    """Collect alternative tables of one component until every cell has the width it needs.

    The finer cells are searched first, with the coarser ones unchanged, because such programmes
    are small.

    Parameters
    ----------
    table
        The table.
    cells
        Positions of the cells of one component: no row links them to another suppressed cell.
    need
        Width that each of these cells needs, in people; 0 for none.
    coarseness
        How coarse each of these cells is, on any increasing scale.

    Attributes
    ----------
    low, high
        Ends of each cell's proved interval, as differences from its true count.
    unchanged
        Cells that an insider knows; see `keep_unchanged`.
    """

    def __init__(self, table: Table, cells: Ints, need: Ints, coarseness: Floats) -> None:
        self.cells, self.need = cells, need
        self._table = table
        self._least = table.least[cells] - table.value[cells]
        self._most = table.most[cells] - table.value[cells]
        self.unchanged = np.zeros(len(cells), dtype=bool)
        self.low = np.zeros(len(cells), dtype=np.int64)
        self.high = np.zeros(len(cells), dtype=np.int64)
        self.witnesses = WitnessList()
        self._random = np.random.default_rng(_SEED)
        self._whole = Block(table, cells, np.arange(len(cells)))
        self._blocks = []
        if len(cells) > _LARGE_COMPONENT:
            for coarsest in np.unique(coarseness)[:-1]:
                chosen = np.zeros(len(table), dtype=bool)
                chosen[cells[coarseness <= coarsest]] = True
                self._blocks += [
                    Block(table, cells, np.searchsorted(cells, block))
                    for block in table.components(chosen)
                    if len(block) > 1
                ]

    def lacking(self) -> Bools:
        """Return which cells have a narrower proved interval than they need."""
        return (self.high - self.low < self.need) & ~self.unchanged

    def add(self, cells: Ints, change: Ints) -> bool:
        """Keep an alternative table if it widens an interval; return whether it does.

        ``cells`` are positions within the component, increasing; ``change`` is not 0.
        """
        if not ((change < self.low[cells]) | (change > self.high[cells])).any():
            return False
        self.witnesses.add(cells, change)
        self.low[cells] = np.minimum(self.low[cells], change)
        self.high[cells] = np.maximum(self.high[cells], change)
        return True

    def add_witnesses(self, witnesses: Iterable[Witness], *, every: bool = False) -> None:
        """Add alternative tables of these cells that were found before.

        ``every``: also those that widen no interval now. They can do so for an insider.
        """
        for witness in witnesses:
            cells = np.searchsorted(self.cells, witness.cells)
            if not self.add(cells, witness.change) and every:
                self.witnesses.add(cells, witness.change)

    def keep_unchanged(self, unchanged: Bools) -> None:
        """Count only alternative tables that leave these cells unchanged, from now on."""
        self.unchanged = unchanged
        known = self.witnesses
        kept = known.leaving(unchanged)[known.number]
        cell, by = known.cell[kept], known.by[kept]
        self.low, self.high = np.zeros_like(self.low), np.zeros_like(self.high)
        np.minimum.at(self.low, cell, by)
        np.maximum.at(self.high, cell, by)

    def _bounds(self, reach: int) -> tuple[Ints, Ints]:
        """Return the bounds of each cell's change, at most ``reach`` people up or down."""
        least, most = np.maximum(self._least, -reach), np.minimum(self._most, reach)
        return np.where(self.unchanged, 0, least), np.where(self.unchanged, 0, most)

    def _maximise(self, block: Block, gain: Ints, reach: int) -> float:
        """Add the alternative table of a block with the largest gain; return the gain's bound."""
        least, most = self._bounds(reach)
        at = block.positions
        bound, found = block.alternatives.maximise(gain[at], least[at], most[at])
        if found is not None:
            self._add_found(at, found)
        return bound

    def _add_found(self, positions: Ints, change: Ints) -> bool:
        changed = np.flatnonzero(change)
        return self.add(positions[changed], change[changed])

    def widen_many(self, block: Block) -> None:
        """Widen many cells of a block at once, first upwards, then downwards.

        The gains are random, so that each round favours other cells.
        """
        reach = max(int(self.need.max()), 1)
        for direction in (1, -1):
            idle = 0
            for _ in range(_MAX_ROUNDS):
                lacking = np.zeros(len(self.cells), dtype=bool)
                lacking[block.positions] = self.lacking()[block.positions]
                before = int(lacking.sum())
                if not before or idle == _MAX_IDLE_ROUNDS:
                    break
                gain = direction * self._random.integers(1, 4, len(self.cells))
                self._maximise(block, np.where(lacking, gain, 0), reach)
                widened = before - int(self.lacking()[block.positions].sum())
                idle = idle + 1 if widened < min(_PROGRESS, before) else 0

    def widen_within(self, at: int, block: Block, reach: int) -> tuple[bool, float]:
        """Widen one cell; return whether it has its width now, and a bound of any width."""
        gain = np.zeros(len(self.cells), dtype=np.int64)
        bound = 0.0
        for direction in (1, -1):
            gain[at] = direction
            bound += self._maximise(block, gain, reach)
            if self.high[at] - self.low[at] >= self.need[at]:
                return True, bound
        return False, bound

    def _widen_near(self, at: int, reach: int) -> bool:
        """Widen one cell by changes of few cells around it; return whether it has its width."""
        before = 0
        allowed = np.zeros(len(self._table), dtype=bool)
        allowed[self.cells[~self.unchanged]] = True
        for size in _NEAR:
            near = self._table.around(int(self.cells[at]), allowed, size)
            positions = np.searchsorted(self.cells, near)
            if len(positions) == before or len(positions) == len(self.cells):
                return False
            before = len(positions)
            if self.widen_within(at, Block(self._table, self.cells, positions), reach)[0]:
                return True
        return False

    def _widen(self, at: int) -> bool:
        """Widen one cell; return whether it has its width now.

        Small changes are tried first: they are found sooner, and are in whole numbers more often.
        """
        near = 2 * max(int(self.need.max()), 1)
        if self.widen_within(at, self._whole, near)[0]:
            return True
        far = max(int(self.need.max()), 1) * (len(self.cells) + 1)
        done, bound = self.widen_within(at, self._whole, far)
        if done:
            return True
        if bound + _ROUNDING < self.need[at]:
            return False  # even fractions of people would not be enough
        for direction in (1, -1):
            least, most = self._bounds(far)
            if direction > 0:
                least[at] = max(least[at], self.low[at] + self.need[at])
            else:
                most[at] = min(most[at], self.high[at] - self.need[at])
            if least[at] <= most[at]:
                no_gain = np.zeros(len(self.cells), dtype=np.int64)
                change = self._whole.alternatives.maximise_integer(no_gain, least, most)
                if change is not None and self._add_found(self._whole.positions, change):
                    return True
        self.find_extremes(at)
        return bool(self.high[at] - self.low[at] >= self.need[at])

    def find_extremes(self, at: int) -> None:
        """Find the least and the greatest count that one cell can have; ``at``: its position."""
        gain = np.zeros(len(self.cells), dtype=np.int64)
        for direction in (1, -1):
            gain[at] = direction
            bound = self._maximise(self._whole, gain, UNBOUNDED)
            if (self.high[at] if direction > 0 else -self.low[at]) + 1 <= bound + _ROUNDING:
                change = self._whole.alternatives.maximise_integer(gain, *self._bounds(UNBOUNDED))
                if change is not None:
                    self._add_found(self._whole.positions, change)

    def widen_most(self, *, each: bool = False) -> None:
        """Widen many cells at once only; this is fast, and most cells get their width.

        ``each``: widen every cell that is left too, one by one.
        """
        for block in (*self._blocks, self._whole):
            self.widen_many(block)
        near = 2 * max(int(self.need.max()), 1)
        for at in np.flatnonzero(self.lacking()).tolist() if each else ():
            if self.lacking()[at] and not self._widen_near(at, near):
                self.widen_within(at, self._whole, near)

    def widen_all(self, *, thorough: bool = True) -> Ints:
        """Search until every cell has its width or is shown to lack it.

        Parameters
        ----------
        thorough
            Whether to search in the whole of a component, however large. Without it, some of the
            returned cells may have their width.

        Returns
        -------
        Positions, within the component, of the cells that lack width.
        """
        near = 2 * max(int(self.need.max()), 1)
        lacking = np.flatnonzero(self.lacking())
        if len(self.cells) > _HUGE_COMPONENT and len(lacking) <= _FEW:
            for at in lacking.tolist():
                if self.lacking()[at]:
                    self._widen_near(at, near)
        for block in self._blocks if self.lacking().any() else ():
            if not self.lacking()[block.positions].any():
                continue
            self.widen_many(block)
            for at in block.positions[self.lacking()[block.positions]]:
                if self.lacking()[at]:
                    self.widen_within(int(at), block, near)
        if not thorough and len(self.cells) > _LARGEST_SEARCHED:
            return np.flatnonzero(self.lacking())
        self.widen_many(self._whole)
        lacking = np.flatnonzero(self.lacking())
        failed = [at for at in lacking if self.lacking()[at] and not self._widen(int(at))]
        return np.array(failed, dtype=np.int64)
