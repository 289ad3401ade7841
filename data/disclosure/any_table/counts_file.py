"""Read a table of true counts that is to be protected, from its two CSV files.

The cells file has one line per cell (``cell,value``, and if wanted ``class`` and ``weight``). The
rows file is that of `sima audit`. No solver is needed to read them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from data.disclosure.engine.additive_table import Bools, Table, TableError
from data.disclosure.engine.csv_tables import (
    Row,
    read_count,
    read_records,
    read_rows,
    refuse_wrong_sums,
)
from data.disclosure.engine.hidden_marks import read_bounds

# Sima's own words for the class of an indicator are understood, too.
_IS_FREE = {
    "": False, "risk": False, "at_risk": False, "people": False,
    "free": True, "organisational": True,
}  # fmt: skip
_WEIGHT = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}")
_LEAST_WEIGHT, _MOST_WEIGHT = 0.01, 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class CountTable:
    """A table of true counts, in which nothing is hidden yet.

    Attributes
    ----------
    table
        Cells and rows, with the true counts; no cell is suppressed.
    free
        Cells of the class *free*, which has no threshold: they are always shown.
    weight
        Cost of hiding each cell.
    """

    table: Table
    free: Bools
    weight: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        value: Sequence[int],
        *,
        rows: Sequence[tuple[str, Sequence[str]]],
        free: Sequence[bool],
        weight: Sequence[float],
    ) -> Self:
        """Build a table from cells in any order; a row names its whole and its parts.

        Raises
        ------
        TableError
            If the table contradicts itself; see `Table.of`.
        """
        at = {name: n for n, name in enumerate(names)}
        table = Table.of(
            names,
            value,
            suppressed=[False] * len(names),
            rows=[(at[whole], [at[part] for part in parts]) for whole, parts in rows],
        )
        order = [at[name] for name in table.names]
        return cls(
            table, np.array(free, dtype=bool)[order], np.array(weight, dtype=np.float64)[order]
        )

    def small(self, threshold: int) -> Bools:
        """Return which cells are below the threshold, zeros too; free cells never are."""
        return (self.table.value < threshold) & ~self.free


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    value: int
    free: bool
    weight: float


def read_counts(cells: bytes, rows: bytes) -> CountTable:
    r"""Read a table of counts from its two files.

    Parameters
    ----------
    cells, rows
        Contents of the two files, UTF-8.

    Raises
    ------
    TableError
        If a file is not as described, or the figures contradict each other. The message names the
        file, the line, the cell and the remedy, and quotes no count.

    Examples
    --------
    >>> cells = b"cell,value\nall,5\nboys,3\ngirls,2\n"
    >>> counts = read_counts(cells, b"parent,children\nall,boys|girls\n")
    >>> counts.table.value.tolist(), counts.small(4).tolist()
    ([5, 3, 2], [False, True, True])
    """
    lines = _read_cells(cells)
    listed = read_rows(rows, lines)
    _refuse_the_same_row(listed)
    refuse_wrong_sums(listed, {name: line.value for name, line in lines.items()})
    return CountTable.of(
        list(lines),
        [line.value for line in lines.values()],
        rows=[(row.whole, row.parts) for row in listed],
        free=[line.free for line in lines.values()],
        weight=[line.weight for line in lines.values()],
    )


def _read_cells(content: bytes) -> dict[str, _Line]:
    lines: dict[str, _Line] = {}
    for number, record in read_records("cells", content, ("cell", "value"), ("class", "weight")):
        name, value = record["cell"], record["value"]
        where = f"cells file, line {number}, {name}"
        if name in lines:
            raise TableError(
                f"{where}: the cell is there already, in line {lines[name].number}; "
                "every cell needs one line and its own name."
            )
        if read_bounds(value, where) is not None:
            raise TableError(
                f"{where}: no count; give the true count of every cell, also of those to be hidden."
            )
        free = _IS_FREE.get(record.get("class", "").casefold())
        if free is None:
            raise TableError(
                f"{where}: the class is not known; write risk, or free for a cell that is always "
                "shown."
            )
        weight = _read_weight(record.get("weight", ""), where)
        lines[name] = _Line(number, read_count(value, where), free, weight)
    return lines


def _read_weight(text: str, where: str) -> float:
    if not text:
        return 1.0
    if not _WEIGHT.fullmatch(text) or not _LEAST_WEIGHT <= float(text) <= _MOST_WEIGHT:
        raise TableError(
            f"{where}: the weight must be a number from {_LEAST_WEIGHT} to {_MOST_WEIGHT}, with "
            "a point for fractions; leave it empty for 1."
        )
    return float(text)


def _refuse_the_same_row(listed: Sequence[Row]) -> None:
    first: dict[tuple[str, frozenset[str]], int] = {}
    for row in listed:
        line = first.setdefault((row.whole, frozenset(row.parts)), row.line)
        if line != row.line:
            raise TableError(
                f"{row.location}, {row.whole}: the same row is in line {line}; take one of the two "
                "lines out."
            )
