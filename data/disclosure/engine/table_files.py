"""Read a table from two CSV files, so that any table can be audited and not only a release.

The cells file has one line per cell (``cell,value,suppressed``). The rows file has one line per
whole (``parent,children``, with ``|`` between the children). Other columns are ignored.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data.disclosure.engine import audit
from data.disclosure.engine.additive_table import (
    UNBOUNDED,
    Bools,
    Ints,
    Table,
    TableError,
    find_cycle,
)
from data.disclosure.engine.consistent_counts import contradicting_row, find_counts
from data.disclosure.engine.solver import AlternativeTables

_CELLS = ("cell", "value", "suppressed")
_ROWS = ("parent", "children")
_FLAGS = {"1": True, "true": True, "0": False, "false": False}
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?")
_UNBOUNDED_GAIN = 0.5  # the gain of a cell without an upper end is far above this, else it is 0


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    value: int | None  # None if the author of the file does not know it
    suppressed: bool


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    whole: str
    parts: tuple[str, ...]

    @property
    def location(self) -> str:
        return f"rows file, line {self.line}"


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
    listed = _read_rows(rows, known)
    _refuse_cycles(listed)
    unknown = any(cell.value is None for cell in known.values())
    if unknown:
        known = {
            name: replace(cell, value=None) if cell.suppressed else cell
            for name, cell in known.items()
        }
    _refuse_wrong_sums(listed, known)
    names = sorted(known)
    position = {name: n for n, name in enumerate(names)}
    suppressed = np.array([known[name].suppressed for name in names])
    value = np.array([known[name].value or 0 for name in names], dtype=np.int64)
    numbered = [(position[row.whole], [position[part] for part in row.parts]) for row in listed]
    if unknown:
        lower = np.where(suppressed, known_min, value)
        upper = np.where(suppressed, UNBOUNDED, value)
        value = _find_counts(numbered, lower, upper, listed)
    least = np.where(suppressed, known_min, 0)
    return Table.of(names, value, suppressed=suppressed, rows=numbered, least=least)


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


def _records(file: str, content: bytes, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number of each record and its texts in the given columns."""
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
    """Return all lines that are not blank with their numbers, the heading first."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise TableError(
            f"{file} file, line {line}: not UTF-8 text; save the file as CSV UTF-8."
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    limit = csv.field_size_limit(
        max(len(text), 1)
    )  # a whole with thousands of children is one long text
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
        suppressed = _FLAGS.get(flag.casefold())
        if suppressed is None:
            raise TableError(f"{where}: suppressed must be 1 or true, or else 0 or false.")
        if not suppressed and not value:
            raise TableError(
                f"{where}: a published cell without a value; add it, or say that it is suppressed."
            )
        count = _count(value, where) if value else None
        if suppressed and count is not None and count < known_min:
            raise TableError(
                f"{where}: hidden, and below the least count that hidden cells are said to have; "
                "lower that (--known-min), or show the cell."
            )
        known[name] = _Cell(line, count, suppressed)
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
    if chain := find_cycle((row.whole, row.parts) for row in listed):
        name, above, *others = chain
        row = next(row for row in listed if row.whole == above and name in row.parts)
        through = f", by way of {', '.join([above, *others[:-1]])}" if others else ""
        raise TableError(
            f"{row.location}: {name} is a part of itself{through}; "
            "take this line or another of them out."
        )


def _refuse_wrong_sums(listed: Sequence[_Row], known: Mapping[str, _Cell]) -> None:
    """Check the rows in which every count is known."""
    for row in listed:
        total = known[row.whole].value
        counts = [known[part].value for part in row.parts]
        if total is None or None in counts:
            continue
        if total != sum(count for count in counts if count is not None):
            raise TableError(
                f"{row.location}: {row.whole} is not the sum of its children; mend the figures, or "
                "take the line out."
            )


def _find_counts(
    rows: list[tuple[int, list[int]]], lower: Ints, upper: Ints, listed: Sequence[_Row]
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
