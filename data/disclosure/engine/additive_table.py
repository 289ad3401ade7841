"""A table of counts with additive rows, and which of its cells are suppressed.

The table knows no database, no unit and no indicator, so any table can be audited with it. Cells
are sorted by name, so the order of the input changes no result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt

from data.model import UNBOUNDED, SimaError

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Name = TypeVar("Name", int, str)
__all__ = ["UNBOUNDED", "Bools", "Ints", "Table", "TableError", "find_cycle"]


class TableError(SimaError):
    """Raised for a table that contradicts itself; the message names cells and quotes no count."""


def find_cycle(rows: Iterable[tuple[Name, Iterable[Name]]]) -> Sequence[Name]:
    """Return a chain of cells in which each is a part of the next; empty if there is none.

    The first and the last cell of the chain are the same, so the cell is a part of itself.

    Parameters
    ----------
    rows
        Each row as its whole and its parts.

    Examples
    --------
    >>> find_cycle([("all", ["girls", "boys"])])
    ()
    >>> len(find_cycle([("all", ["girls"]), ("girls", ["all"])]))
    3
    """
    graph: TopologicalSorter[Name] = TopologicalSorter()
    for whole, parts in rows:
        graph.add(whole, *parts)
    try:
        graph.prepare()
    except CycleError as wrong:
        found: Sequence[Name] = wrong.args[1]
        return found
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Cells and additive rows; in each row a whole equals the sum of its parts.

    Build a table with `Table.of`. All arrays by cell have the shape (cells,) and the order of
    ``names``. The rows are stored twice as a sparse matrix, once by row and once by cell.

    Attributes
    ----------
    names
        Unique names of the cells, sorted.
    value
        True count of each cell, also of suppressed cells.
    suppressed
        Which cells are not shown to the attacker.
    least, most
        Bounds that the attacker knows in advance for a suppressed cell, both inclusive.
    row_start, row_cell, row_sign
        Row ``r`` has the cells ``row_cell[row_start[r]:row_start[r + 1]]``, the whole first.
        ``row_sign`` is 1 for the whole and -1 for a part.
    cell_start, cell_row, cell_sign
        Cell ``c`` is in the rows ``cell_row[cell_start[c]:cell_start[c + 1]]``, with the signs of
        ``cell_sign``.

    Examples
    --------
    >>> table = Table.of(
    ...     ["girls", "boys", "all"],
    ...     [3, 11, 14],
    ...     suppressed=[True, True, False],
    ...     rows=[(2, [0, 1])],
    ... )
    >>> table.names
    ('all', 'boys', 'girls')
    >>> table.value.tolist()
    [14, 11, 3]
    """

    names: tuple[str, ...]
    value: Ints
    suppressed: Bools
    least: Ints
    most: Ints
    row_start: Ints
    row_cell: Ints
    row_sign: Ints
    cell_start: Ints
    cell_row: Ints
    cell_sign: Ints

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        value: Sequence[int] | Ints,
        *,
        suppressed: Sequence[bool] | Bools,
        rows: Sequence[tuple[int, Sequence[int]]],
        least: Sequence[int] | Ints | int = 0,
        most: Sequence[int] | Ints | int = UNBOUNDED,
    ) -> Self:
        """Build a table from cells in any order.

        Parameters
        ----------
        names, value, suppressed
            One entry per cell.
        rows
            Each row as the position of its whole and the positions of its parts.
        least, most
            What the attacker knows in advance of suppressed cells: one bound for all cells, or one
            per cell.

        Raises
        ------
        TableError
            If there is no cell, or a cell is listed twice; if a row has no parts, or one part
            twice; if a whole is a part of itself, or not the sum of its parts; if a count is below
            zero, or outside the bounds of a suppressed cell.
        """
        count = len(names)
        if count == 0:
            raise TableError("The table is empty: there is no cell to publish or to hide.")
        order = np.array(sorted(range(count), key=names.__getitem__), dtype=np.int64)
        position = np.empty(count, dtype=np.int64)
        position[order] = np.arange(count)
        ordered = tuple(names[n] for n in order)
        for first, second in pairwise(ordered):
            if first == second:
                raise TableError(f"The cell {first} is there twice; every cell needs its own name.")
        listed = sorted(
            (int(position[w]), sorted(int(position[p]) for p in parts)) for w, parts in rows
        )

        def reorder(values: object, dtype: type) -> npt.NDArray[np.generic]:
            return np.broadcast_to(np.asarray(values, dtype=dtype), count)[order].copy()

        table = cls._from_entries(
            ordered,
            np.array([n for w, parts in listed for n in (w, *parts)], dtype=np.int64),
            np.array([1 + len(parts) for _, parts in listed], dtype=np.int64),
            value=reorder(value, np.int64),  # type: ignore[arg-type]
            suppressed=reorder(suppressed, np.bool_),  # type: ignore[arg-type]
            least=reorder(least, np.int64),  # type: ignore[arg-type]
            most=reorder(most, np.int64),  # type: ignore[arg-type]
        )
        table.check()
        return table

    @classmethod
    def _from_entries(
        cls,
        names: tuple[str, ...],
        entries: Ints,
        lengths: Ints,
        *,
        value: Ints,
        suppressed: Bools,
        least: Ints,
        most: Ints,
    ) -> Self:
        """Store the rows by row and by cell.

        ``entries`` are the cells of all rows, one row after the other, each with its whole first;
        ``lengths`` are the numbers of cells of the rows.
        """
        start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        sign = np.full(len(entries), -1, dtype=np.int64)
        sign[start[:-1]] = 1
        by_cell = np.argsort(entries, kind="stable")
        ends = np.searchsorted(entries[by_cell], np.arange(len(names) + 1))
        return cls(
            names=names,
            value=value,
            suppressed=suppressed,
            least=least,
            most=most,
            row_start=start,
            row_cell=entries,
            row_sign=sign,
            cell_start=ends.astype(np.int64),
            cell_row=np.repeat(np.arange(len(lengths)), lengths)[by_cell].astype(np.int64),
            cell_sign=sign[by_cell],
        )

    def check(self) -> None:
        """Raise `TableError` if the table contradicts itself; `of` lists the reasons."""
        names = self.names
        for whole, parts in self.rows():
            if not len(parts):
                raise TableError(f"The row of {names[whole]} has no parts.")
            twice = parts[:-1][parts[:-1] == parts[1:]]
            if len(twice):
                raise TableError(f"The row of {names[whole]} names {names[twice[0]]} twice.")
        if chain := find_cycle((w, parts.tolist()) for w, parts in self.rows()):
            raise TableError(f"{names[chain[0]]} is a part of itself, through the rows above it.")
        if (self.value < 0).any():
            wrong = names[int(np.argmax(self.value < 0))]
            raise TableError(f"The count of {wrong} is below zero; counts are 0 or more.")
        if len(self.row_cell):
            sums = np.add.reduceat(self.value[self.row_cell] * self.row_sign, self.row_start[:-1])
            if sums.any():
                whole = names[self.row_cell[self.row_start[int(np.argmax(sums != 0))]]]
                raise TableError(
                    f"{whole} is not the sum of its parts: mend the figures, or leave the row out."
                )
        outside = self.suppressed & ((self.value < self.least) | (self.value > self.most))
        if outside.any():
            wrong = names[int(np.argmax(outside))]
            raise TableError(f"The count of {wrong} lies outside what is said to be known of it.")

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.names)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.row_start) - 1

    def rows(self) -> list[tuple[int, Ints]]:
        """Return each row as the position of its whole and the positions of its parts."""
        pieces = np.split(self.row_cell, self.row_start[1:-1]) if self.row_count else []
        return [(int(piece[0]), piece[1:]) for piece in pieces]

    def parts(self, row: int) -> Ints:
        """Return the positions of the parts of a row."""
        return self.row_cell[self.row_start[row] + 1 : self.row_start[row + 1]]

    def cells_of(self, row: int) -> Ints:
        """Return the positions of the whole and of the parts of a row, the whole first."""
        return self.row_cell[self.row_start[row] : self.row_start[row + 1]]

    def rows_with(self, cell: int) -> Ints:
        """Return the numbers of the rows that a cell is in, as a whole or as a part."""
        return self.cell_row[self.cell_start[cell] : self.cell_start[cell + 1]]

    def with_suppressed(self, suppressed: Bools) -> "Table":
        """Return the same table with other cells suppressed."""
        return replace(self, suppressed=suppressed)

    def subtable(self, cells: Ints) -> tuple["Table", Ints]:
        """Return the table of all rows that contain some of these cells.

        Returns
        -------
        The table, and the positions of its cells in this one. The other cells of those rows are
        in the table too, as published.
        """
        rows = np.unique(np.concatenate([self.rows_with(int(cell)) for cell in cells]))
        pieces = [self.cells_of(int(row)) for row in rows]
        flat = np.concatenate([*pieces, np.zeros(0, dtype=np.int64)])
        kept = np.unique(np.concatenate([flat, cells]))
        suppressed = np.zeros(len(kept), dtype=bool)
        suppressed[np.searchsorted(kept, cells)] = self.suppressed[cells]
        table = self._from_entries(
            tuple(self.names[n] for n in kept),
            np.searchsorted(kept, flat).astype(np.int64),
            np.array([len(piece) for piece in pieces], dtype=np.int64),
            value=self.value[kept],
            suppressed=suppressed,
            least=self.least[kept],
            most=self.most[kept],
        )
        return table, kept

    def around(self, cell: int, allowed: Bools, size: int) -> Ints:
        """Return a cell and about ``size`` allowed cells that share rows with it, nearest first.

        Returns
        -------
        Positions, increasing. All cells of a row are taken together, so there can be more.
        """
        found, waiting = {cell}, [cell]
        rows: set[int] = set()
        for each in waiting:
            if len(found) >= size:
                break
            for row in self.rows_with(each).tolist():
                if row in rows:
                    continue
                rows.add(row)
                others = self.cells_of(row)
                for other in others[allowed[others]].tolist():
                    if other not in found:
                        found.add(other)
                        waiting.append(other)
        return np.array(sorted(found), dtype=np.int64)

    def labels(self, sets: Sequence[Ints]) -> Ints:
        """Return for each cell the number of the set it is in, or -1; the sets do not overlap."""
        label = np.full(len(self), -1, dtype=np.int64)
        for number, cells in enumerate(sets):
            label[cells] = number
        return label

    def components(self, chosen: Bools) -> list[Ints]:
        """Split the chosen cells into sets that share no row, directly or through each other.

        Returns
        -------
        Positions of the cells of each set, increasing; the sets in the order of their first cells.
        """
        label = np.full(len(self), -1, dtype=np.int64)
        visited = np.zeros(self.row_count, dtype=bool)
        count = 0
        for first in np.flatnonzero(chosen):
            if label[first] >= 0:
                continue
            label[first] = count
            stack = [int(first)]
            while stack:
                for row in self.rows_with(stack.pop()):
                    if visited[row]:
                        continue
                    visited[row] = True
                    cells = self.cells_of(int(row))
                    new = cells[chosen[cells] & (label[cells] < 0)]
                    label[new] = count
                    stack.extend(new.tolist())
            count += 1
        inside = np.flatnonzero(label >= 0)
        ordered = inside[np.argsort(label[inside], kind="stable")]
        ends = np.searchsorted(label[ordered], np.arange(1, count))
        return list(np.split(ordered, ends)) if count else []
