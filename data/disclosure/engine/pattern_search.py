"""The search for a suppression pattern: which cells to suppress besides the primary ones.

For every suppressed cell that is too narrow, the cheapest change is searched that gives it its
width, and every cell that the change needs is suppressed. A last pass publishes again what no
suppressed cell needs.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.protection import Region, Task
from data.disclosure.engine.prover import Prover, Witness

_LARGE_REGION = 600  # cells; a larger region is first searched around the nearest neighbours
_NEIGHBOURS = 2
_NEAR = 300  # suppressed cells around one cell, of which a change is searched before a large region


class PatternSearch:
    """A suppression pattern of one table while it is searched, with its alternative tables.

    Parameters
    ----------
    table
        The table with its primary suppressions, which are never published.
    task
        What protection it needs.

    Attributes
    ----------
    suppressed
        The pattern so far, for each cell.
    low, high
        Ends of each cell's proved interval, as differences from its true count.
    witnesses
        All alternative tables found, in the order in which they were found.
    """

    def __init__(self, table: Table, task: Task) -> None:
        self.table, self.task = table, task
        self.suppressed = table.suppressed.copy()
        size = len(table)
        self.low, self.high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
        self.witnesses: list[Witness] = []
        # For each cell: the witnesses that change it, and by how much.
        self._changes_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
        # For each witness: how many cells it changes that must keep their counts.
        self._violations: list[int] = []
        self._unchanged = np.zeros(size, dtype=bool)
        self._regions: dict[tuple[int, int, int], Region] = {}
        self._levels = np.unique(task.coarseness)
        blocks = [table.components(task.coarseness <= level) for level in self._levels]
        self._blocks = [(table.labels(each), each) for each in blocks]
        # Component of each suppressed cell, -1 as long as more cells may be suppressed.
        self._component = table.labels([])
        self._component_sizes: list[int] = []

    def prepare_initial_pattern(self) -> None:
        """Search alternative tables that need no further suppression, many cells at once."""
        need, coarseness = self.task.need, self.task.coarseness
        for cells in self.table.components(self.suppressed):
            if not self.lacks_width_among(cells):
                continue
            prover = Prover(self.table, cells, need[cells], coarseness[cells])
            prover.low, prover.high = self.low[cells].copy(), self.high[cells].copy()
            prover.widen_most(each=len(cells) > _LARGE_REGION)
            for places, change in prover.witnesses.since(0):
                self.add(cells[places], change)

    def _regions_around(self, cell: int) -> Iterator[Region]:
        """Yield regions in which a change of a cell may be found, the smallest first."""
        smaller: Ints | None = None
        first = int(np.searchsorted(self._levels, self.task.coarseness[cell]))
        for level in range(first, len(self._levels)):
            label, blocks = self._blocks[level]
            cells = blocks[int(label[cell])]
            if smaller is not None:
                if len(smaller) == len(cells):
                    continue
                if self._component[cell] >= 0 and self._holds_component(cell, smaller):
                    return
                if len(cells) > _LARGE_REGION:
                    yield self._region_with_neighbours(level, smaller, cells)
            key = (level, 0, int(label[cell]))
            if key not in self._regions:
                self._regions[key] = Region(self.table, cells, self.task)
            yield self._regions[key]
            smaller = cells

    def _region_with_neighbours(self, level: int, block: Ints, cells: Ints) -> Region:
        """Return a block, the coarser cells around it, and the neighbours that can change most."""
        label, blocks = self._blocks[level - 1]
        key = (level, 1, int(label[block[0]]))
        if key in self._regions:
            return self._regions[key]
        coarse = cells[self.task.coarseness[cells] == self._levels[level]]
        changeable: dict[int, int] = defaultdict(int)
        for whole in coarse[self.table.suppressed[coarse]].tolist():
            for row in self.table.rows_with(whole):
                inner = label[self.table.parts(int(row))]
                if len(inner) and inner[0] >= 0:
                    changeable[int(inner[0])] += 1
        changeable.pop(int(label[block[0]]), None)
        nearest = sorted(changeable, key=lambda n: (-changeable[n], n))[:_NEIGHBOURS]
        chosen = np.unique(np.concatenate([block, coarse, *(blocks[n] for n in nearest)]))
        self._regions[key] = Region(self.table, chosen, self.task)
        return self._regions[key]

    def _holds_component(self, cell: int, cells: Ints) -> bool:
        """Return whether these cells hold the whole component of a suppressed cell."""
        component = self._component[cell]
        inside = int((self._component[cells] == component).sum())
        return inside == self._component_sizes[component]

    def lacks_width_among(self, cells: Ints) -> bool:
        """Return whether the proved interval of any of these cells is narrower than it needs."""
        return bool((self.high[cells] - self.low[cells] < self.task.need[cells]).any())

    def lacks_width(self, cell: int) -> bool:
        """Return whether the proved interval of a cell is narrower than it needs."""
        return bool(self.high[cell] - self.low[cell] < self.task.need[cell])

    def add(self, cells: Ints, change: Ints) -> None:
        """Add an alternative table, and widen the proved intervals of the cells it changes."""
        changed = change != 0
        cells, change = cells[changed], change[changed]
        number = len(self.witnesses)
        self.witnesses.append(Witness(cells, change))
        self._violations.append(0)
        for cell, by in zip(cells.tolist(), change.tolist(), strict=True):
            self._changes_of[cell].append((number, by))
        self.low[cells] = np.minimum(self.low[cells], change)
        self.high[cells] = np.maximum(self.high[cells], change)

    def merge(self, suppressed: Ints, witnesses: Sequence[Witness]) -> None:
        """Add the suppressed cells and alternative tables that another search found."""
        self.suppressed[suppressed] = True
        for witness in witnesses:
            self.add(witness.cells, witness.change)

    def alternatives(self) -> list[Witness]:
        """Return the alternative tables that change suppressed cells only."""
        return [each for each in self.witnesses if self.suppressed[each.cells].all()]

    def widen(self, cell: int, *, may_suppress: bool) -> bool:
        """Search a change that gives a cell its width, and suppress every cell it changes.

        Returns
        -------
        Whether a change was found.
        """
        searched_near = False
        for region in self._regions_around(cell):
            if len(region.cells) > _LARGE_REGION and not searched_near:
                searched_near = True
                if self._widen_near(cell):
                    return True
            best = self._cheapest(region, cell, may_suppress=may_suppress)
            if best is not None:
                self.suppressed[region.cells[best[1] != 0]] = True
                self.add(region.cells, best[1])
                return True
        return False

    def _widen_near(self, cell: int) -> bool:
        """Search a change of few suppressed cells, which costs nothing; return whether there is."""
        cells = self.table.around(cell, self.suppressed & ~self._unchanged, _NEAR)
        found = self._cheapest(Region(self.table, cells, self.task), cell, may_suppress=False)
        if found is not None:
            self.add(cells, found[1])
        return found is not None

    def _cheapest(
        self, region: Region, cell: int, *, may_suppress: bool
    ) -> tuple[float, Ints] | None:
        """Return the cheaper change that gives a cell its width: upwards or downwards."""
        best: tuple[float, Ints] | None = None
        need = int(self.task.need[cell])
        for goal in (int(self.low[cell]) + need, int(self.high[cell]) - need):
            if best is not None and best[0] == 0:
                break
            found = region.cheapest_change(
                cell,
                goal,
                suppressed=self.suppressed,
                unchanged=self._unchanged,
                may_suppress=may_suppress,
            )
            if found is not None and (best is None or found[0] < best[0]):
                best = found
        return best

    def suppress_complementary(self) -> Ints:
        """Suppress more cells until every suppressed cell has its width.

        The coarsest cells come first, because what they need also serves the finer cells.

        Returns
        -------
        Positions of the cells that no permitted suppression protects.
        """
        need, weight = self.task.need, self.task.weight
        unprotectable = np.zeros(len(self.table), dtype=bool)
        while True:
            narrow = self.suppressed & (self.high - self.low < need)
            lacking = np.flatnonzero(narrow & ~unprotectable)
            if not len(lacking):
                return np.flatnonzero(unprotectable)
            order = np.lexsort((self.task.draw[lacking], -weight[lacking]))
            for cell in lacking[order].tolist():
                if self.lacks_width(cell) and not self.widen(cell, may_suppress=True):
                    unprotectable[cell] = True

    def suppress_against_insider(self, known: Ints, cells: list[int]) -> list[int]:
        """Suppress more cells until an insider who knows some cells cannot narrow others too far.

        Parameters
        ----------
        known
            Positions of the cells that the insider knows.
        cells
            Positions of the cells to protect.

        Returns
        -------
        Positions of the cells that no permitted suppression protects.
        """
        self._unchanged[known] = True
        unprotectable = []
        for cell in cells:
            usable = [
                by
                for number, by in self._changes_of[cell]
                if not self._unchanged[self.witnesses[number].cells].any()
            ]
            self.low[cell], self.high[cell] = min([0, *usable]), max([0, *usable])
            if self.lacks_width(cell) and not self.widen(cell, may_suppress=True):
                unprotectable.append(cell)
        self._unchanged[known] = False
        return unprotectable

    def remove_redundant(self, candidates: Bools) -> None:
        """Publish again the candidates that no suppressed cell needs, the highest weight first."""
        components = self.table.components(self.suppressed)
        self._component = self.table.labels(components)
        self._component_sizes = [len(component) for component in components]
        cells = np.flatnonzero(candidates)
        weight, draw = self.task.weight[cells], self.task.draw[cells]
        for cell in cells[np.lexsort((-draw, -weight))].tolist():
            self._unsuppress_if_safe(cell)

    def _unsuppress_if_safe(self, cell: int) -> None:
        """Publish a cell if the others keep their widths without changes of this cell."""
        had_width = self._set_unchanged(cell, unchanged=True)
        safe = all(
            self.widen(other, may_suppress=False)
            for other in had_width
            if self.suppressed[other] and not self._unchanged[other] and self.lacks_width(other)
        )
        if safe:
            self.suppressed[cell] = False
        else:
            self._set_unchanged(cell, unchanged=False)

    def _set_unchanged(self, cell: int, *, unchanged: bool) -> list[int]:
        """Set whether a cell must keep its count, and compute the widths that depend on it.

        Returns
        -------
        Positions of the affected cells that had their width before.
        """
        self._unchanged[cell] = unchanged
        affected: set[int] = set()
        for number, _ in self._changes_of[cell]:
            self._violations[number] += 1 if unchanged else -1
            witness = self.witnesses[number]
            low, high = self.low[witness.cells], self.high[witness.cells]
            extreme = (witness.change <= low) | (witness.change >= high)
            affected.update(witness.cells[extreme | (not unchanged)].tolist())
        had_width = sorted(other for other in affected if not self.lacks_width(other))
        for other in affected:
            usable = [by for n, by in self._changes_of[other] if not self._violations[n]]
            self.low[other], self.high[other] = min([0, *usable]), max([0, *usable])
        return had_width
