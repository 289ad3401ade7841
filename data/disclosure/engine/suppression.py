"""Complementary suppression: hide as little more as makes the audit pass.

For every cell that must be protected the cheapest move is sought that gives it its width: moving
a published cell means to hide it and costs its weight, moving a hidden one costs next to nothing.
That is a linear programme in the size of changes; asked again with each price divided by how far
the cell moved, it favours few cells (Candes, Wakin and Boyd 2008). A last pass publishes again,
dearest first, what other moves can do without.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import Prover, Witness
from data.disclosure.engine.solver import AlternativeTables, Floats

_FREE = 1e-3  # price of moving a cell that is hidden in any case: low, so that moves stay short
_EXTRA = 1e-2  # of one that is hidden for another's sake and might be published again
_LARGE = 600  # cells from which on a block is tried with its nearest neighbours first
_NEIGHBOURS = 2
_PART = 3_000  # most cells that are worked on at a time
_AGAIN = 1  # further questions with prices by distance


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is asked of a table, by cell.

    ``need``: width in people that the cell's interval must have if it is hidden, 0 for none.
    ``weight``: price of hiding it. ``grain``: how coarse it is; moves are sought among cells no
    coarser first. ``fixed``: it may not be hidden, because it is public already.
    """

    need: Ints
    weight: Floats
    grain: Floats
    fixed: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What is hidden.

    ``hopeless`` are positions of cells whose width nothing that may be hidden can make. ``moves``
    were found on the way, of hidden cells alone, for the audit to start from.
    """

    hidden: Bools
    hopeless: Ints
    moves: list[Witness]


class _Region:
    """A part of the table in which moves are sought; all other cells keep still."""

    def __init__(self, table: Table, cells: Ints, task: Task) -> None:
        self.cells = cells
        self.floor = table.least[cells] - table.value[cells]
        self.ceiling = table.most[cells] - table.value[cells]
        self.fixed, self.weight = task.fixed[cells], task.weight[cells]
        self.given = table.hidden[cells]
        self._moves = AlternativeTables(table, cells, split=True)

    def move(
        self, cell: int, goal: int, *, hidden: Bools, still: Bools, may_hide: bool
    ) -> tuple[float, Ints] | None:
        """Find a cheap move by which a cell changes by ``goal``, and what it costs to hide."""
        at = int(np.searchsorted(self.cells, cell))
        if not self.floor[at] <= goal <= self.ceiling[at]:
            return None
        seen = hidden[self.cells]
        stop = still[self.cells] | (~seen & (self.fixed | (not may_hide)))
        low, high = np.where(stop, 0, self.floor), np.where(stop, 0, self.ceiling)
        low[at] = high[at] = goal
        low_price = np.where(self.given, _FREE, _EXTRA)
        price = np.where(seen, low_price, self.weight)
        best: tuple[float, Ints] | None = None
        for _ in range(1 + _AGAIN):
            change = self._moves.cheapest(price, low, high)
            if change is None:
                break
            cost = float(self.weight[(change != 0) & ~seen].sum())
            if best is None or cost < best[0]:
                best = (cost, change)
            if cost == 0:
                break
            price = np.where(seen, low_price, self.weight * abs(goal) / (np.abs(change) + 0.5))
        return best


class Search:
    """The moves found so far for one table, and what is hidden for their sake."""

    def __init__(self, table: Table, task: Task) -> None:
        """Take a table whose hidden cells are those that must be, and the task."""
        self.table, self.task = table, task
        self.hidden = table.hidden.copy()
        size = len(table)
        self.low, self.high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        self.moves: list[Witness] = []
        # by cell, the moves that move it and by how much; by move, how many still cells it moves
        self._with: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._barred: list[int] = []
        self._still = np.zeros(size, dtype=bool)
        self._regions: dict[tuple[int, int, int], _Region] = {}
        self._grains = np.unique(task.grain)
        parts = [table.components(task.grain <= most) for most in self._grains]
        self._blocks = [(table.labels(each), each) for each in parts]
        self._reach = table.labels([])  # component of hidden cells, once nothing more is hidden

    def sketch(self) -> None:
        """Find the moves that need nothing more hidden, many at once."""
        for cells in self.table.components(self.hidden):
            prover = Prover(self.table, cells, self.task.need[cells], self.task.grain[cells])
            prover.sketch()
            for move in prover.pool:
                self.add(cells, move)

    def _around(self, cell: int) -> Iterator[_Region]:
        """Regions in which a cell's move may be found, the smallest first."""
        smaller: Ints | None = None
        first = int(np.searchsorted(self._grains, self.task.grain[cell]))
        for level in range(first, len(self._grains)):
            label, parts = self._blocks[level]
            cells = parts[int(label[cell])]
            if smaller is not None:
                if len(smaller) == len(cells):
                    continue
                if self._reach[cell] >= 0 and self._inside(cell, smaller):
                    return
                if len(cells) > _LARGE:
                    yield self._among(level, smaller, cells)
            key = (level, 0, int(label[cell]))
            if key not in self._regions:
                self._regions[key] = _Region(self.table, cells, self.task)
            yield self._regions[key]
            smaller = cells

    def _among(self, level: int, block: Ints, cells: Ints) -> _Region:
        """Give a block with the coarser cells around it, and the neighbours that can move most."""
        label, parts = self._blocks[level - 1]
        key = (level, 1, int(label[block[0]]))
        if key in self._regions:
            return self._regions[key]
        coarse = cells[self.task.grain[cells] == self._grains[level]]
        movable: dict[int, int] = defaultdict(int)
        for whole in coarse[self.table.hidden[coarse]].tolist():
            for row in self.table.rows_with(whole):
                inner = label[self.table.parts(int(row))]
                if len(inner) and inner[0] >= 0:
                    movable[int(inner[0])] += 1
        movable.pop(int(label[block[0]]), None)
        nearest = sorted(movable, key=lambda one: (-movable[one], one))[:_NEIGHBOURS]
        chosen = np.unique(np.concatenate([block, coarse, *(parts[one] for one in nearest)]))
        self._regions[key] = _Region(self.table, chosen, self.task)
        return self._regions[key]

    def _inside(self, cell: int, cells: Ints) -> bool:
        """Say whether no row leads from a hidden cell out of these, through hidden ones."""
        reach = self._reach[cell]
        return int((self._reach[cells] == reach).sum()) == self._sizes[reach]

    def lacks(self, cell: int) -> bool:
        """Say whether a hidden cell has less width than it needs."""
        return bool(self.high[cell] - self.low[cell] < self.task.need[cell])

    def add(self, cells: Ints, change: Ints) -> None:
        """Note a move, and every width that it makes."""
        moved = change != 0
        cells, change = cells[moved], change[moved]
        number = len(self.moves)
        self.moves.append(Witness(cells, change))
        self._barred.append(0)
        for cell, by in zip(cells.tolist(), change.tolist(), strict=True):
            self._with[cell].append((number, by))
        self.low[cells] = np.minimum(self.low[cells], change)
        self.high[cells] = np.maximum(self.high[cells], change)

    def widen(self, cell: int, *, may_hide: bool) -> bool:
        """Look for a move that gives a cell its width; hide what it costs, if that is allowed."""
        for region in self._around(cell):
            best: tuple[float, Ints] | None = None
            need = int(self.task.need[cell])
            for goal in (int(self.low[cell]) + need, int(self.high[cell]) - need):
                if best is not None and best[0] == 0:
                    break
                found = region.move(
                    cell, goal, hidden=self.hidden, still=self._still, may_hide=may_hide
                )
                if found is not None and (best is None or found[0] < best[0]):
                    best = found
            if best is not None:
                self.hidden[region.cells[best[1] != 0]] = True
                self.add(region.cells, best[1])
                return True
        return False

    def protect(self) -> Ints:
        """Hide more until every hidden cell has its width; give the cells for which nothing helps.

        The coarsest cells come first: what they need serves the finer ones.
        """
        need, weight = self.task.need, self.task.weight
        hopeless = np.zeros(len(self.table), dtype=bool)
        while True:
            lacking = np.flatnonzero(self.hidden & (self.high - self.low < need) & ~hopeless)
            if not len(lacking):
                return np.flatnonzero(hopeless)
            order = np.lexsort((lacking, self.table.value[lacking], -weight[lacking]))
            for cell in lacking[order].tolist():
                if self.lacks(cell) and not self.widen(cell, may_hide=True):
                    hopeless[cell] = True

    def take(self, hidden: Ints, moves: list[Witness]) -> None:
        """Take over what was found in a part of the table."""
        self.hidden[hidden] = True
        for move in moves:
            self.add(move.cells, move.change)

    def doubts(self) -> list[Witness]:
        """Give the moves of hidden cells alone: none goes through one that is published again."""
        return [move for move in self.moves if self.hidden[move.cells].all()]

    def tidy(self, extra: Bools) -> None:
        """Publish again, dearest first, what of ``extra`` all protected cells can do without."""
        parts = self.table.components(self.hidden)
        self._reach, self._sizes = self.table.labels(parts), [len(part) for part in parts]
        cells = np.flatnonzero(extra)
        weight, value = self.task.weight[cells], self.table.value[cells]
        for cell in cells[np.lexsort((cells, -value, -weight))].tolist():
            touched = self._bar(cell, 1)
            if self._do_without(touched):
                self.hidden[cell] = False
            else:
                self._bar(cell, -1)

    def _bar(self, cell: int, change: int) -> list[int]:
        """Make a cell keep still (1) or not (-1), and count anew the widths that rest on it.

        Gives the cells that had their width before.
        """
        self._still[cell] = change > 0
        shaken: set[int] = set()
        for number, _ in self._with[cell]:
            self._barred[number] += change
            move = self.moves[number]
            outer = (move.change <= self.low[move.cells]) | (move.change >= self.high[move.cells])
            shaken.update(move.cells[outer | (change < 0)].tolist())
        had = sorted(other for other in shaken if not self.lacks(other))
        for other in shaken:
            self._recount(other)
        return had

    def widen_against(self, own: Ints, cells: list[int]) -> list[int]:
        """Hide more for cells that somebody who knows ``own`` could work out; give the rest."""
        self._still[own] = True
        left = []
        for cell in cells:
            usable = [
                by
                for number, by in self._with[cell]
                if not self._still[self.moves[number].cells].any()
            ]
            self.low[cell], self.high[cell] = min([0, *usable]), max([0, *usable])
            if self.lacks(cell) and not self.widen(cell, may_hide=True):
                left.append(cell)
        self._still[own] = False
        return left

    def _do_without(self, touched: list[int]) -> bool:
        return all(
            self.widen(cell, may_hide=False)
            for cell in touched
            if self.hidden[cell] and not self._still[cell] and self.lacks(cell)
        )

    def _recount(self, cell: int) -> None:
        """Work out anew the width of a cell from the moves that move nothing which keeps still."""
        usable = [by for number, by in self._with[cell] if not self._barred[number]]
        self.low[cell], self.high[cell] = min([0, *usable]), max([0, *usable])


def _parts(table: Table, task: Task) -> list[Ints]:
    """Split off the largest parts that are of a size to be worked on at a time."""
    for most in np.unique(task.grain)[::-1]:
        parts = table.components(task.grain <= most)
        if max(len(part) for part in parts) <= _PART:
            return parts
    return []


def _hide_in(table: Table, task: Task, cells: Ints) -> tuple[Ints, list[Witness]]:
    """Work on a part of the table, all else known and kept still."""
    part, there = table.part(cells)
    inner = np.isin(there, cells)
    search = Search(
        part,
        Task(task.need[there], task.weight[there], task.grain[there], task.fixed[there] | ~inner),
    )
    search.sketch()
    search.protect()
    search.tidy(search.hidden & ~part.hidden)
    moves = [Witness(there[move.cells], move.change) for move in search.doubts()]
    return there[search.hidden], moves


def suppress(table: Table, task: Task) -> Pattern:
    """Hide more cells of a table until all hidden ones have the width they need.

    Parts of the table are worked on side by side, and what they leave open is done in the whole:
    which part is done first changes nothing.
    """
    search = Search(table, task)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        done = workers.map(lambda cells: _hide_in(table, task, cells), _parts(table, task))
        for hidden, moves in done:
            search.take(hidden, moves)
    return _finish(search)


def extend_suppression(table: Table, task: Task, known: list[Witness]) -> Pattern:
    """Do the same for a table of which most moves are known."""
    search = Search(table, task)
    search.take(np.zeros(0, dtype=np.int64), known)
    return _finish(search)


def _finish(search: Search) -> Pattern:
    before = search.hidden.copy()
    hopeless = search.protect()
    search.tidy(search.hidden & ~before)
    return Pattern(search.hidden, hopeless, search.doubts())
