"""The two files that describe a table, so that any table can be attacked and not only our own.

The cells file has a line for each cell (``cell,value,suppressed``), the rows file a line for each
whole (``parent,children``, with ``|`` between the children). Other columns are not read.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.disclosure.engine import audit
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table, TableError, cycle
from data.disclosure.engine.solver import AlternativeTables

_CELLS = ("cell", "value", "suppressed")
_ROWS = ("parent", "children")
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?")
_RISES = 0.5  # a change that can be as large as one likes is above this by far, or is 0


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    value: int | None  # None: whoever wrote the file does not know it
    hidden: bool


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    whole: str
    parts: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"rows file, line {self.line}"


def read_table_file(cells: bytes, rows: bytes, *, known_min: int) -> Table:
    """Read a table from its two files.

    Parameters
    ----------
    known_min
        Least count that a hidden cell is known to have: 1 where zeros are always shown, else 0.

    Returns
    -------
    The table. Where the value of a hidden cell is left out, the hidden values are some that fit
    everything published: what an attacker can work out is the same with any of them.

    Raises
    ------
    TableError
        Where a file is not as described or no counts fit it. It names the file, the line, the cell
        and the remedy, never a figure.
    """
    known = _read_cells(cells, known_min)
    listed = _read_rows(rows, known)
    _refuse_cycles(listed)
    unknown = any(cell.value is None for cell in known.values())
    if unknown:
        known = {n: replace(cell, value=None) if cell.hidden else cell for n, cell in known.items()}
    _refuse_wrong_sums(listed, known)
    names = sorted(known)
    place = {name: n for n, name in enumerate(names)}
    hidden = np.array([known[name].hidden for name in names])
    value = np.array([known[name].value or 0 for name in names], dtype=np.int64)
    lines = [(place[row.whole], [place[part] for part in row.parts]) for row in listed]
    if unknown:
        low, high = np.where(hidden, known_min, value), np.where(hidden, UNBOUNDED, value)
        value = _fitting(lines, low, high, listed)
    least = np.where(hidden, known_min, 0)
    return Table.of(names, value, hidden=hidden, rows=lines, least=least)


def intervals(table: Table) -> dict[str, tuple[int, int | None]]:
    """Work out the least and the greatest count of each hidden cell; None for no upper end."""
    endless = _endless(table)
    return {
        name: (least, None if name in endless else greatest)
        for name, (least, greatest) in audit.intervals(table).items()
    }


def _records(file: str, content: bytes, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Give the line number of each record and its texts in the columns asked for."""
    (start, header), *records = _lines(file, content, columns)
    names = [text.casefold() for text in header]
    for column in columns:
        if (times := names.count(column)) != 1:
            fault = "there is more than one" if times else "there is no"
            raise TableError(
                f"{file} file, line {start}: {fault} column {column}; the first line must be "
                f"{','.join(columns)}, with commas between the names."
            )
    if not records:
        raise TableError(f"{file} file, line {start}: no line follows the heading; add the {file}.")
    at = [names.index(column) for column in columns]
    for line, record in records:
        if any(record[len(header) :]) or not record[at[0]]:
            fault = "more columns than the heading" if record[at[0]] else f"no {columns[0]}"
            raise TableError(
                f"{file} file, line {line}: {fault}; write names with a comma in quotation marks, "
                "figures without separators, and | between children."
            )
        yield line, [record[n] if n < len(record) else "" for n in at]


def _lines(file: str, content: bytes, columns: Sequence[str]) -> list[tuple[int, list[str]]]:
    """Give all lines that are not blank, the heading first."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise TableError(
            f"{file} file, line {line}: not UTF-8 text; save the file as CSV UTF-8."
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    limit = csv.field_size_limit(max(len(text), 1))  # a whole of thousands is one long text
    try:
        lines = [(reader.line_num, [each.strip() for each in record]) for record in reader]
    except csv.Error:
        raise TableError(
            f"{file} file, line {reader.line_num}: not to be read as CSV; "
            'look for a quotation mark (") that is not closed.'
        ) from None
    finally:
        csv.field_size_limit(limit)
    lines = [(line, record) for line, record in lines if any(record)]
    if not lines:
        raise TableError(
            f"{file} file, line 1: the file is empty; its first line must be {','.join(columns)}"
        )
    return lines


def _read_cells(content: bytes, known_min: int) -> dict[str, _Cell]:
    known: dict[str, _Cell] = {}
    for line, (name, value, flag) in _records("cells", content, _CELLS):
        where = f"cells file, line {line}, {name}"
        if name in known:
            raise TableError(
                f"{where}: the cell is there already, in line {known[name].line}; "
                "every cell needs one line and its own name."
            )
        hidden = _FLAGS.get(flag.casefold())
        if hidden is None:
            raise TableError(f"{where}: suppressed must be 1 or true, or else 0 or false.")
        if not hidden and not value:
            raise TableError(
                f"{where}: a published cell without a value; add it, or say that it is suppressed."
            )
        count = _count(value, where) if value else None
        if hidden and count is not None and count < known_min:
            raise TableError(
                f"{where}: hidden, and below the least count that hidden cells are said to have; "
                "lower that (--known-min), or show the cell."
            )
        known[name] = _Cell(line, count, hidden)
    return known


def _count(text: str, where: str) -> int:
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise TableError(
            f"{where}: the value is not a number; write its digits only, without separators."
        )
    sign, digits, fraction = match.groups()
    digits = digits.lstrip("0") or "0"
    if (fraction or "").strip("0"):
        raise TableError(f"{where}: the value has a fraction; counts must be whole.")
    if len(digits) > len(str(UNBOUNDED)) or int(digits) > UNBOUNDED:
        raise TableError(
            f"{where}: the value is too large for a count of people; correct it, or count in "
            "larger units."
        )
    if sign == "-" and digits != "0":
        raise TableError(f"{where}: the value is below zero; counts must be 0 or more.")
    return int(digits)


def _read_rows(content: bytes, known: Mapping[str, _Cell]) -> list[_Row]:
    listed = []
    for line, (whole, children) in _records("rows", content, _ROWS):
        where = f"rows file, line {line}, {whole}"
        parts = tuple(part.strip() for part in children.split("|"))
        if not children:
            raise TableError(f"{where}: no children; name them, or take the line out.")
        if not all(parts):
            raise TableError(f"{where}: a child without a name; mend what stands beside its |.")
        for name in (whole, *parts):
            if name not in known:
                raise TableError(
                    f"{where}: {name} is not in the cells file; add it there, or correct the name."
                )
        name, times = Counter(parts).most_common(1)[0]
        if times > 1:
            raise TableError(f"{where}: {name} is there twice; name every child once.")
        listed.append(_Row(line, whole, parts))
    return listed


def _refuse_cycles(listed: Sequence[_Row]) -> None:
    if way := cycle((row.whole, row.parts) for row in listed):
        name, above, *others = way
        row = next(row for row in listed if row.whole == above and name in row.parts)
        said = f", by way of {', '.join([above, *others[:-1]])}" if others else ""
        raise TableError(
            f"{row.place}: {name} is a part of itself{said}; take this line or another of them out."
        )


def _refuse_wrong_sums(listed: Sequence[_Row], known: Mapping[str, _Cell]) -> None:
    """Check the rows of which every figure is known."""
    for row in listed:
        total = known[row.whole].value
        figures = [known[part].value for part in row.parts]
        if total is None or None in figures:
            continue
        if total != sum(figure for figure in figures if figure is not None):
            raise TableError(
                f"{row.place}: {row.whole} is not the sum of its children; mend the figures, or "
                "take the line out."
            )


def _fitting(
    lines: list[tuple[int, list[int]]], low: Ints, high: Ints, listed: Sequence[_Row]
) -> Ints:
    """Find counts from ``low`` to ``high`` that add up: a move of a table of zeros."""
    moves = AlternativeTables(_zeros(len(low), lines), np.arange(len(low)))
    nothing = np.zeros(len(low), dtype=np.int64)
    bound, found = moves.best(nothing, low, high)
    if found is None:
        found = moves.whole(nothing, low, high)
    if found is None:
        fractions = "" if bound == np.inf else ", or counts that fit them are too hard to find"
        raise TableError(
            f"{_contradiction(lines, low, high, listed)}: the published figures cannot all be true"
            f"{fractions}; correct one in this row or near it, give all hidden values, "
            "or leave out what is known of them (--known-min)."
        )
    return found


def _contradiction(
    lines: list[tuple[int, list[int]]], low: Ints, high: Ints, listed: Sequence[_Row]
) -> str:
    """Name a row among the few that must be let go for the others to add up."""
    size, more = len(low), len(lines)
    loose = [(whole, [*parts, size + n]) for n, (whole, parts) in enumerate(lines)]
    moves = AlternativeTables(_zeros(size + more, loose), np.arange(size + more), split=True)
    far = np.full(more, UNBOUNDED)
    cost = np.repeat([0.0, 1.0], [size, more])
    change = moves.cheapest(cost, np.concatenate([low, -far]), np.concatenate([high, far]))
    if change is None or not change[size:].any():
        return "rows file"
    row = listed[int(np.argmax(change[size:] != 0))]
    return f"{row.place}, {row.whole}"


def _zeros(size: int, lines: list[tuple[int, list[int]]]) -> Table:
    names = [f"{n:010}" for n in range(size)]
    return Table.of(names, [0] * size, hidden=[True] * size, rows=lines)


def _endless(table: Table) -> set[str]:
    """Name the hidden cells that can be as large as one likes, others growing with them."""
    open_ended = ~_bounded(table)
    found = set()
    for cells in table.components(open_ended):
        moves = AlternativeTables(table, cells)
        low, high = np.zeros(len(cells), dtype=np.int64), np.full(len(cells), UNBOUNDED)
        for at, cell in enumerate(cells):
            gain = np.zeros(len(cells), dtype=np.int64)
            gain[at] = 1
            if moves.best(gain, low, high)[0] > _RISES:
                found.add(table.names[cell])
    return found


def _bounded(table: Table) -> Bools:
    """Say which cells have an upper end by plain addition: nearly all, where totals are shown."""
    bounded: Bools = ~table.hidden | (table.most < UNBOUNDED)
    before = -1
    while (now := int(bounded.sum())) != before:
        before = now
        for whole, parts in table.rows():
            if bounded[whole]:
                bounded[parts] = True
            elif bounded[parts].all():
                bounded[whole] = True
    return bounded
