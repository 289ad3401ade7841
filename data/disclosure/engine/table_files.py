"""Read a table from two CSV files, so that any table can be audited and not only a release.

The cells file has one line per cell (``cell,value,suppressed``). The value of a suppressed cell may
be empty, or be written as published tables write it (`data.disclosure.engine.hidden_marks`). The
rows file has one line per whole (``parent,children``, with ``|`` between the children). Other
columns are ignored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.disclosure.engine import audit
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table, TableError
from data.disclosure.engine.consistent_counts import contradicting_row, find_counts
from data.disclosure.engine.csv_tables import (
    Row,
    read_count,
    read_records,
    read_rows,
    refuse_wrong_sums,
)
from data.disclosure.engine.hidden_marks import read_bounds
from data.disclosure.engine.solver import AlternativeTables

_CELLS = ("cell", "value")
_SUPPRESSED = "suppressed"
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_UNBOUNDED_GAIN = 0.5  # the gain of a cell without an upper end is far above this, else it is 0


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    value: int | None  # None if the author of the file does not know it
    suppressed: bool
    least: int
    most: int


def read_table_file(cells: bytes, rows: bytes, *, known_min: int) -> Table:
    r"""Read a table from its two files.

    Parameters
    ----------
    cells, rows
        Contents of the two files, UTF-8.
    known_min
        Least count that a suppressed cell is known to have: 1 if zeros are always published,
        else 0.

    Returns
    -------
    The table. If the value of a suppressed cell is left out, all suppressed cells get values that
    agree with everything published. The attacker's intervals are the same with any such values.

    Raises
    ------
    TableError
        If a file is not as described, or no counts agree with it. The message names the file, the
        line, the cell and the remedy, and quotes no count.

    Examples
    --------
    >>> cells = b"cell,value,suppressed\nall,14,0\nboys,,1\ngirls,,1\n"
    >>> rows = b"parent,children\nall,boys|girls\n"
    >>> table = read_table_file(cells, rows, known_min=0)
    >>> intervals(table)
    {'boys': (0, 14), 'girls': (0, 14)}
    """
    known = _read_cells(cells, known_min)
    listed = read_rows(rows, known)
    unknown = any(cell.value is None for cell in known.values())
    if unknown:
        known = {
            name: replace(cell, value=None) if cell.suppressed else cell
            for name, cell in known.items()
        }
    refuse_wrong_sums(listed, {name: cell.value for name, cell in known.items()})
    names = sorted(known)
    position = {name: n for n, name in enumerate(names)}
    suppressed = np.array([known[name].suppressed for name in names])
    value = np.array([known[name].value or 0 for name in names], dtype=np.int64)
    numbered = [(position[row.whole], [position[part] for part in row.parts]) for row in listed]
    least = np.array([known[name].least for name in names], dtype=np.int64)
    most = np.array([known[name].most for name in names], dtype=np.int64)
    if unknown:
        lower, upper = np.where(suppressed, least, value), np.where(suppressed, most, value)
        value = _find_counts(numbered, lower, upper, listed)
    return Table.of(names, value, suppressed=suppressed, rows=numbered, least=least, most=most)


def intervals(table: Table) -> dict[str, tuple[int, int | None]]:
    """Return the least and the greatest count that each suppressed cell can have.

    Returns
    -------
    Both ends, inclusive, by name of the cell and sorted by name. The greatest is None if the cell
    has no upper end. See `data.disclosure.engine.audit.intervals`.
    """
    unbounded = _cells_without_upper_end(table)
    return {
        name: (least, None if name in unbounded else greatest)
        for name, (least, greatest) in audit.intervals(table).items()
    }


def _read_cells(content: bytes, known_min: int) -> dict[str, _Cell]:
    known: dict[str, _Cell] = {}
    for line, record in read_records("cells", content, _CELLS, (_SUPPRESSED,)):
        name, value, flag = record["cell"], record["value"], record.get(_SUPPRESSED)
        where = f"cells file, line {line}, {name}"
        if name in known:
            raise TableError(
                f"{where}: the cell is there already, in line {known[name].line}; "
                "every cell needs one line and its own name."
            )
        bounds = read_bounds(value, where)
        suppressed = bounds is not None if flag is None else _FLAGS.get(flag.casefold())
        if suppressed is None:
            raise TableError(f"{where}: suppressed must be 1 or true, or else 0 or false.")
        if not suppressed and bounds is not None:
            raise TableError(
                f"{where}: a published cell without a value; add it, or say that it is suppressed."
            )
        known[name] = _cell(line, value, bounds, where, suppressed=suppressed, known_min=known_min)
    return known


def _cell(
    line: int,
    value: str,
    bounds: tuple[int, int] | None,
    where: str,
    *,
    suppressed: bool,
    known_min: int,
) -> _Cell:
    """Return a cell with what is known of it; of a published cell that is its value."""
    count = read_count(value, where) if bounds is None else None
    if not suppressed:
        return _Cell(line, count, suppressed, 0, UNBOUNDED)
    least, most = bounds or (0, UNBOUNDED)
    if (most if count is None else count) < known_min:
        raise TableError(
            f"{where}: hidden, and below the least count that hidden cells are said to have; "
            "lower that (--known-min), or show the cell."
        )
    return _Cell(line, count, suppressed, max(least, known_min), most)


def _find_counts(
    rows: list[tuple[int, list[int]]], lower: Ints, upper: Ints, listed: Sequence[Row]
) -> Ints:
    """Find counts within bounds that add up, or say which row contradicts the others."""
    found, feasible = find_counts(rows, lower, upper)
    if found is None:
        number = contradicting_row(rows, lower, upper)
        row = None if number is None else listed[number]
        where = "rows file" if row is None else f"{row.location}, {row.whole}"
        fractions = ", or counts that fit them are too hard to find" if feasible else ""
        raise TableError(
            f"{where}: the published figures cannot all be true"
            f"{fractions}; correct one in this row or near it, give all hidden values, "
            "or leave out what is known of them (--known-min)."
        )
    return found


def _cells_without_upper_end(table: Table) -> set[str]:
    """Name the suppressed cells that can have any count, because others can grow with them."""
    found = set()
    for cells in table.components(~_bounded(table)):
        alternatives = AlternativeTables(table, cells)
        least, most = np.zeros(len(cells), dtype=np.int64), np.full(len(cells), UNBOUNDED)
        for at, cell in enumerate(cells):
            gain = np.zeros(len(cells), dtype=np.int64)
            gain[at] = 1
            if alternatives.maximise(gain, least, most)[0] > _UNBOUNDED_GAIN:
                found.add(table.names[cell])
    return found


def _bounded(table: Table) -> Bools:
    """Return which cells have an upper end by addition: nearly all, if totals are published."""
    bounded: Bools = ~table.suppressed | (table.most < UNBOUNDED)
    before = -1
    while (now := int(bounded.sum())) != before:
        before = now
        for whole, parts in table.rows():
            if bounded[whole]:
                bounded[parts] = True
            elif bounded[parts].all():
                bounded[whole] = True
    return bounded
