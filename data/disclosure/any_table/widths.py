"""The exact widths of hidden cells, for somebody outside and for every contributor."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.engine.prover import Prover, Witness
from data.disclosure.engine.solver import AlternativeTables, Floats

_AVOID = 100.0  # times dearer it is to change a cell that the first table changed
_GAIN = 0.5  # the gain of a cell without an upper end is far above this, else it is 0


class ComponentAudit:
    """One component of a table, as each of its readers sees it.

    Parameters
    ----------
    table
        The table with all that is hidden.
    cells
        Positions of the hidden cells of one component: no row links them to another hidden cell.
    contributors
        Positions of the cells that each contributor knows.
    coarseness
        How coarse each of these cells is.
    known
        Alternative tables of these cells that were found before.
    """

    def __init__(
        self,
        table: Table,
        cells: Ints,
        contributors: Sequence[Ints],
        coarseness: Floats,
        known: Iterable[Witness],
    ) -> None:
        self._cells = cells
        self._prover = Prover(table, cells, np.zeros(len(cells), dtype=np.int64), coarseness)
        self._prover.add_witnesses(known)
        self._sparse = _SparseTables(table, cells)
        self._open_ends = _OpenEnds(table, cells)
        # For each reader, what they know of the component: nothing, or the cells of a contributor.
        self._readers: list[tuple[int | None, Bools]] = [(None, np.zeros(len(cells), dtype=bool))]
        inside = np.zeros(len(table), dtype=bool)
        inside[cells] = True
        for own in contributors:
            if inside[own].any():
                first = int(own[inside[own]][0])
                self._readers.append((first, np.isin(cells, own, assume_unique=True)))

    def find_narrow(self, width: int) -> Iterator[tuple[int, int | None]]:
        """Yield each cell without the width, and a cell that its reader knows or None."""
        self._prover.need[:] = width
        self._add_sparse_tables(width)
        for own, unchanged in self._readers:
            for at in self._failures(unchanged):
                yield int(self._cells[at]), own

    def _failures(self, unchanged: Bools) -> list[int]:
        """Widen every cell for one reader; return those that cannot have the needed width."""
        self._prover.keep_unchanged(unchanged)
        return self._prover.widen_all().tolist() if self._prover.lacking().any() else []

    def _add_sparse_tables(self, width: int) -> None:
        """Add, for each cell, two alternative tables that share few other cells.

        Most readers know no cell of one of the two, so that nothing must be searched for them.
        """
        for at in range(len(self._cells)):
            for change in self._sparse.two_tables(at, width):
                changed = np.flatnonzero(change)
                # Keep it although another table has the same width.
                if not self._prover.add(changed, change[changed]):
                    self._prover.witnesses.add(changed, change[changed])

    def needed_witnesses(self) -> list[Witness]:
        """Return the alternative tables in which some cell has an end of its interval."""
        known = self._prover.witnesses
        used: set[int] = set()
        for _, unchanged in self._readers:
            self._prover.keep_unchanged(unchanged)
            usable = known.leaving(unchanged)
            for end in (self._prover.low, self._prover.high):
                first = known.first_at(end, usable)
                used.update(first[(end != 0) & (first >= 0)].tolist())
        tables = known.since(0)
        return [Witness(self._cells[tables[n][0]], tables[n][1]) for n in sorted(used)]

    def narrowest(self, before: int | None) -> int | None:
        """Return the least width of any cell for any reader, if it is less than ``before``.

        Cells without an upper end do not count. Only what may be narrower than the least width so
        far is computed exactly.
        """
        least, prepared = before, False
        for _, unchanged in self._readers:
            self._prover.keep_unchanged(unchanged)
            if least is None:
                least = self._first_width(unchanged)
            if least is None:
                continue
            if not prepared:
                self._add_sparse_tables(least)
                prepared = True
            # All cells at once: most of them are soon as wide as the least width so far.
            self._prover.need[:] = least
            for at in self._failures(unchanged):
                if self._prover.high[at] - self._prover.low[at] < least:
                    least = min(least, self._exact_width(at, unchanged) or least)
        return least

    def _first_width(self, unchanged: Bools) -> int | None:
        """Return the width of some cell that has an upper end for the reader of the moment."""
        width = self._prover.high - self._prover.low
        for at in np.argsort(width, kind="stable").tolist():
            if not unchanged[at] and (found := self._exact_width(at, unchanged)) is not None:
                return found
        return None

    def _exact_width(self, at: int, unchanged: Bools) -> int | None:
        """Return the width of one cell for the reader of the moment; None without an upper end."""
        if self._open_ends.reached(at, unchanged):
            return None
        self._prover.find_extremes(at)
        return int(self._prover.high[at] - self._prover.low[at])


class _SparseTables:
    """Alternative tables of a component that change few cells."""

    def __init__(self, table: Table, cells: Ints) -> None:
        self._value = table.value[cells]
        self._alternatives = AlternativeTables(table, cells)

    def two_tables(self, at: int, width: int) -> Iterator[Ints]:
        """Yield two changes, or fewer, in which one cell differs by a width.

        The second one avoids the cells of the first.
        """
        cost = np.ones(len(self._value))
        goal = width if self._value[at] + width <= UNBOUNDED else -width
        least, most = np.maximum(-self._value, -2 * width), np.full(len(cost), 2 * width)
        least[at] = most[at] = goal
        for _ in range(2):
            change = self._alternatives.minimise_cost(cost, least, most)
            if change is None:
                return
            yield change
            cost = np.where(change != 0, _AVOID, 1.0)


class _OpenEnds:
    """Which cells of a component can have any count, because others can grow with them."""

    def __init__(self, table: Table, cells: Ints) -> None:
        self._alternatives = AlternativeTables(table, cells)
        self._growths = np.zeros((0, len(cells)), dtype=bool)  # sets of cells that grow together

    def reached(self, at: int, unchanged: Bools) -> bool:
        """Return whether a cell can grow for ever while some cells keep their counts."""
        usable = ~self._growths[:, unchanged].any(axis=1)
        if self._growths[usable, at].any():
            return True
        gain = np.zeros(len(unchanged), dtype=np.int64)
        gain[at] = 1
        most = np.where(unchanged, 0, UNBOUNDED)
        bound, change = self._alternatives.maximise(gain, np.zeros_like(most), most)
        if bound <= _GAIN:
            return False
        if change is not None:
            self._growths = np.vstack([self._growths, change > 0])
        return True
