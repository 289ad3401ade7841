"""A table of cells and additive rows: what a release shows, what it hides, how figures add up.

A standalone value: it knows no database, no unit and no indicator, so that any table can be
attacked with it. Cells stand in the order of their names, whatever order they came in.
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
__all__ = ["UNBOUNDED", "Bools", "Ints", "Table", "TableError", "cycle"]


class TableError(SimaError):
    """A table that contradicts itself. The message quotes names of cells, never a figure."""


def cycle(rows: Iterable[tuple[Name, Iterable[Name]]]) -> Sequence[Name]:
    """Find cells that are parts of themselves: from one down its wholes to it again; or none."""
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
    """Cells and additive rows (a whole equals the sum of its parts).

    ``names`` are in order. ``value`` is the count behind each cell, also of the hidden ones.
    ``hidden`` says which an attacker must work out; of those he knows beforehand that they lie
    from ``least`` to ``most``. Row ``r`` is the entries ``row_start[r]`` to ``row_start[r + 1]`` of
    ``row_cell`` (positions of cells) and ``row_sign`` (1 for the whole, which stands first, and -1
    for its parts). ``cell_start``, ``cell_row`` and ``cell_sign`` are the same by cell.
    """

    names: tuple[str, ...]
    value: Ints
    hidden: Bools
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
        hidden: Sequence[bool] | Bools,
        rows: Sequence[tuple[int, Sequence[int]]],
        least: Sequence[int] | Ints | int = 0,
        most: Sequence[int] | Ints | int = UNBOUNDED,
    ) -> Self:
        """Make a table; a row is the position of its whole and those of its parts.

        Raises
        ------
        TableError
            Where there is no cell, a cell twice, a row without parts or with one twice, a whole
            that is part of itself, a count below zero, or a whole that is not its parts' sum.
        """
        count = len(names)
        if count == 0:
            raise TableError("The table is empty: there is no cell to publish or to hide.")
        order = np.array(sorted(range(count), key=names.__getitem__), dtype=np.int64)
        place = np.empty(count, dtype=np.int64)
        place[order] = np.arange(count)
        ordered = tuple(names[n] for n in order)
        for first, second in pairwise(ordered):
            if first == second:
                raise TableError(f"The cell {first} is there twice; every cell needs its own name.")
        listed = sorted((int(place[w]), sorted(int(place[p]) for p in parts)) for w, parts in rows)

        def arranged(values: object, dtype: type) -> npt.NDArray[np.generic]:
            return np.broadcast_to(np.asarray(values, dtype=dtype), count)[order].copy()

        table = cls._laid_out(
            ordered,
            np.array([n for w, parts in listed for n in (w, *parts)], dtype=np.int64),
            np.array([1 + len(parts) for _, parts in listed], dtype=np.int64),
            value=arranged(value, np.int64),  # type: ignore[arg-type]
            hidden=arranged(hidden, np.bool_),  # type: ignore[arg-type]
            least=arranged(least, np.int64),  # type: ignore[arg-type]
            most=arranged(most, np.int64),  # type: ignore[arg-type]
        )
        table.check()
        return table

    @classmethod
    def _laid_out(
        cls,
        names: tuple[str, ...],
        entries: Ints,
        lengths: Ints,
        *,
        value: Ints,
        hidden: Bools,
        least: Ints,
        most: Ints,
    ) -> Self:
        """Lay out rows, given one after the other with the whole first, by row and by cell."""
        start = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        sign = np.full(len(entries), -1, dtype=np.int64)
        sign[start[:-1]] = 1
        by_cell = np.argsort(entries, kind="stable")
        ends = np.searchsorted(entries[by_cell], np.arange(len(names) + 1))
        return cls(
            names=names,
            value=value,
            hidden=hidden,
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
        """Refuse a table that contradicts itself; see `of`."""
        names = self.names
        for whole, parts in self.rows():
            if not len(parts):
                raise TableError(f"The row of {names[whole]} has no parts.")
            twice = parts[:-1][parts[:-1] == parts[1:]]
            if len(twice):
                raise TableError(f"The row of {names[whole]} names {names[twice[0]]} twice.")
        if way := cycle((w, parts.tolist()) for w, parts in self.rows()):
            raise TableError(f"{names[way[0]]} is a part of itself, through the rows above it.")
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
        outside = self.hidden & ((self.value < self.least) | (self.value > self.most))
        if outside.any():
            wrong = names[int(np.argmax(outside))]
            raise TableError(f"The count of {wrong} lies outside what is said to be known of it.")

    def __len__(self) -> int:
        """Count the cells."""
        return len(self.names)

    @property
    def row_count(self) -> int:
        """Count the rows."""
        return len(self.row_start) - 1

    def rows(self) -> list[tuple[int, Ints]]:
        """Give each row as the position of its whole and those of its parts."""
        pieces = np.split(self.row_cell, self.row_start[1:-1]) if self.row_count else []
        return [(int(piece[0]), piece[1:]) for piece in pieces]

    def parts(self, row: int) -> Ints:
        """Positions of a row's parts."""
        return self.row_cell[self.row_start[row] + 1 : self.row_start[row + 1]]

    def cells_of(self, row: int) -> Ints:
        """Positions of a row's whole and parts."""
        return self.row_cell[self.row_start[row] : self.row_start[row + 1]]

    def rows_with(self, cell: int) -> Ints:
        """Rows in which a cell stands."""
        return self.cell_row[self.cell_start[cell] : self.cell_start[cell + 1]]

    def with_hidden(self, hidden: Bools) -> "Table":
        """Give the same table with other cells hidden."""
        return replace(self, hidden=hidden)

    def part(self, cells: Ints) -> tuple["Table", Ints]:
        """Give the rows that some cells stand in as a table, and the positions of its cells.

        Other cells of those rows are in it too, as published.
        """
        rows = np.unique(np.concatenate([self.rows_with(int(cell)) for cell in cells]))
        pieces = [self.cells_of(int(row)) for row in rows]
        flat = np.concatenate([*pieces, np.zeros(0, dtype=np.int64)])
        there = np.unique(np.concatenate([flat, cells]))
        hidden = np.zeros(len(there), dtype=bool)
        hidden[np.searchsorted(there, cells)] = self.hidden[cells]
        table = self._laid_out(
            tuple(self.names[n] for n in there),
            np.searchsorted(there, flat).astype(np.int64),
            np.array([len(piece) for piece in pieces], dtype=np.int64),
            value=self.value[there],
            hidden=hidden,
            least=self.least[there],
            most=self.most[there],
        )
        return table, there

    def labels(self, sets: Sequence[Ints]) -> Ints:
        """Give each cell the number of the set that it is in, -1 for none."""
        label = np.full(len(self), -1, dtype=np.int64)
        for number, cells in enumerate(sets):
            label[cells] = number
        return label

    def components(self, chosen: Bools) -> list[Ints]:
        """Split chosen cells into sets that no row links; each in order, by their first cell."""
        label = np.full(len(self), -1, dtype=np.int64)
        seen = np.zeros(self.row_count, dtype=bool)
        count = 0
        for first in np.flatnonzero(chosen):
            if label[first] >= 0:
                continue
            label[first] = count
            stack = [int(first)]
            while stack:
                for row in self.rows_with(stack.pop()):
                    if seen[row]:
                        continue
                    seen[row] = True
                    cells = self.cells_of(int(row))
                    fresh = cells[chosen[cells] & (label[cells] < 0)]
                    label[fresh] = count
                    stack.extend(fresh.tolist())
            count += 1
        inside = np.flatnonzero(label >= 0)
        ordered = inside[np.argsort(label[inside], kind="stable")]
        ends = np.searchsorted(label[ordered], np.arange(1, count))
        return list(np.split(ordered, ends)) if count else []
