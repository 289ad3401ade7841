"""The cells of one component by the place whose people know them."""

from collections.abc import Iterator, Sequence

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table

_FEWEST_GROUPS = 4  # with fewer, a block would be the whole component
_NEIGHBOURS = 2  # other groups in a block
_ROUNDS = 2  # in which a group is searched with other neighbours each time


class InsiderGroups:
    """Groups of cells of one component, each known to one insider who knows most.

    Parameters
    ----------
    table
        The table.
    cells
        Positions of the cells of the component.
    known
        For each insider, which of these cells they know.

    Attributes
    ----------
    label
        Number of the group of each cell; `count` for a cell that belongs to no group.
    count
        Number of groups.
    """

    def __init__(self, table: Table, cells: Ints, known: Sequence[Bools]) -> None:
        label = np.full(len(cells), -1, dtype=np.int64)
        self.count = 0
        for mine in sorted(known, key=lambda each: -int(each.sum())):
            # The people of a district know what those of its palikas know, so they come first.
            if not mine.all() and (label[mine] < 0).all():
                label[mine] = self.count
                self.count += 1
        self.label = np.where(label < 0, self.count, label)
        self._shared = self._count_shared_rows(table, cells)

    def _count_shared_rows(self, table: Table, cells: Ints) -> Ints:
        """Return in how many rows two groups meet, shape (count + 1, count)."""
        rows = np.unique(np.concatenate([table.rows_with(int(cell)) for cell in cells]))
        label = np.full(len(table), -1, dtype=np.int64)
        label[cells] = self.label
        shared = np.zeros((self.count + 1, self.count + 1), dtype=np.int64)
        for row in rows.tolist():
            there = np.unique(label[table.cells_of(row)])
            there = there[there >= 0]
            shared[np.ix_(there, there)] += 1
        return shared[:, :-1]

    @property
    def useful(self) -> bool:
        """Whether there are so many groups that a block is less than the whole."""
        return self.count >= _FEWEST_GROUPS

    def rounds(self) -> Iterator[Iterator[tuple[Ints, Ints]]]:
        """Yield rounds of blocks; no two groups meet in two rounds.

        So for each cell, and each insider of another group, there is a round in which the block of
        the cell holds nothing that this insider knows.

        Returns
        -------
        For each block of a round the positions of the group that it is for, and of all its cells.
        """
        met = np.eye(self.count, dtype=bool)

        def blocks() -> Iterator[tuple[Ints, Ints]]:
            for group in range(self.count):
                near = [n for n in self._nearest(group) if not met[group, n]][:_NEIGHBOURS]
                if near:
                    met[group, near] = met[near, group] = True
                    yield np.flatnonzero(self.label == group), self.cells_of([group, *near])

        for _ in range(_ROUNDS):
            yield blocks()

    def around(self, at: int, unchanged: Bools, size: int) -> tuple[int, ...]:
        """Return the group of a cell and so many near groups of which no cell is unchanged."""
        group = int(self.label[at])
        stuck = np.zeros(self.count + 1, dtype=bool)
        stuck[self.label[unchanged]] = True
        near = [n for n in self._nearest(group) if n != group and not stuck[n]]
        return (group, *sorted(near[:size]))

    def _nearest(self, group: int) -> list[int]:
        order: list[int] = np.lexsort((np.arange(self.count), -self._shared[group])).tolist()
        return order

    def cells_of(self, groups: Sequence[int]) -> Ints:
        """Return the positions of the cells of some groups, and of those in no group."""
        return np.flatnonzero(np.isin(self.label, [*groups, self.count]))
