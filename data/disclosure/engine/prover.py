"""Search for alternative tables that widen the attacker's intervals of suppressed cells."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.engine.solver import AlternativeTables, Floats

_LARGE_COMPONENT = 60  # cells; a larger component is first searched block by block
_MAX_ROUNDS = 200  # of widening many cells at once
_MAX_IDLE_ROUNDS = 2  # rounds with little progress, after which each cell is widened alone
_PROGRESS = 3  # cells that a round must widen to be worth its time
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


class _Block:
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
        self._least = table.least[cells] - table.value[cells]
        self._most = table.most[cells] - table.value[cells]
        self.unchanged = np.zeros(len(cells), dtype=bool)
        self.low = np.zeros(len(cells), dtype=np.int64)
        self.high = np.zeros(len(cells), dtype=np.int64)
        self._changes = np.zeros((16, len(cells)), dtype=np.int64)
        self._found = 0
        self._random = np.random.default_rng(_SEED)
        self._whole = _Block(table, cells, np.arange(len(cells)))
        self._blocks = []
        if len(cells) > _LARGE_COMPONENT:
            for coarsest in np.unique(coarseness)[:-1]:
                chosen = np.zeros(len(table), dtype=bool)
                chosen[cells[coarseness <= coarsest]] = True
                self._blocks += [
                    _Block(table, cells, np.searchsorted(cells, block))
                    for block in table.components(chosen)
                    if len(block) > 1
                ]

    @property
    def changes(self) -> Ints:
        """Alternative tables found so far, as changes; shape (tables, cells)."""
        return self._changes[: self._found]

    def lacking(self) -> Bools:
        """Return which cells have a narrower proved interval than they need."""
        return (self.high - self.low < self.need) & ~self.unchanged

    def add(self, change: Ints) -> bool:
        """Keep an alternative table if it widens an interval; return whether it does."""
        if not ((change < self.low) | (change > self.high)).any():
            return False
        if self._found == len(self._changes):
            self._changes = np.vstack([self._changes, np.zeros_like(self._changes)])
        self._changes[self._found] = change
        self._found += 1
        np.minimum(self.low, change, out=self.low)
        np.maximum(self.high, change, out=self.high)
        return True

    def add_witnesses(self, witnesses: Iterable[Witness]) -> None:
        """Add alternative tables of these cells that were found before."""
        for witness in witnesses:
            change = np.zeros(len(self.cells), dtype=np.int64)
            change[np.searchsorted(self.cells, witness.cells)] = witness.change
            self.add(change)

    def keep_unchanged(self, unchanged: Bools) -> None:
        """Count only alternative tables that leave these cells unchanged, from now on."""
        self.unchanged = unchanged
        usable = self.changes[~self.changes[:, unchanged].any(axis=1)]
        self.low = np.minimum(usable.min(axis=0, initial=0), 0)
        self.high = np.maximum(usable.max(axis=0, initial=0), 0)

    def _bounds(self, reach: int) -> tuple[Ints, Ints]:
        """Return the bounds of each cell's change, at most ``reach`` people up or down."""
        least, most = np.maximum(self._least, -reach), np.minimum(self._most, reach)
        return np.where(self.unchanged, 0, least), np.where(self.unchanged, 0, most)

    def _maximise(self, block: _Block, gain: Ints, reach: int) -> float:
        """Add the alternative table of a block with the largest gain; return the gain's bound."""
        least, most = self._bounds(reach)
        at = block.positions
        bound, found = block.alternatives.maximise(gain[at], least[at], most[at])
        if found is not None:
            change = np.zeros(len(self.cells), dtype=np.int64)
            change[at] = found
            self.add(change)
        return bound

    def _widen_many(self, block: _Block) -> None:
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

    def _widen_within(self, at: int, block: _Block, reach: int) -> tuple[bool, float]:
        """Widen one cell; return whether it has its width now, and a bound of any width."""
        gain = np.zeros(len(self.cells), dtype=np.int64)
        bound = 0.0
        for direction in (1, -1):
            gain[at] = direction
            bound += self._maximise(block, gain, reach)
            if self.high[at] - self.low[at] >= self.need[at]:
                return True, bound
        return False, bound

    def _widen(self, at: int) -> bool:
        """Widen one cell; return whether it has its width now.

        Small changes are tried first: they are found sooner, and are in whole numbers more often.
        """
        near = 2 * max(int(self.need.max()), 1)
        if self._widen_within(at, self._whole, near)[0]:
            return True
        far = max(int(self.need.max()), 1) * (len(self.cells) + 1)
        done, bound = self._widen_within(at, self._whole, far)
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
                if change is not None and self.add(change):
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
                    self.add(change)

    def widen_most(self) -> None:
        """Widen many cells at once only; this is fast, and most cells get their width."""
        for block in (*self._blocks, self._whole):
            self._widen_many(block)

    def widen_all(self) -> Ints:
        """Search until every cell has its width or is shown to lack it.

        Returns
        -------
        Positions, within the component, of the cells that lack width.
        """
        near = 2 * max(int(self.need.max()), 1)
        for block in self._blocks:
            if not self.lacking()[block.positions].any():
                continue
            self._widen_many(block)
            for at in block.positions[self.lacking()[block.positions]]:
                if self.lacking()[at]:
                    self._widen_within(int(at), block, near)
        self._widen_many(self._whole)
        lacking = np.flatnonzero(self.lacking())
        failed = [at for at in lacking if self.lacking()[at] and not self._widen(int(at))]
        return np.array(failed, dtype=np.int64)
