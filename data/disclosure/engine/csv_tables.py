"""Read the CSV files of a table strictly: every fault has its file, its line and a remedy.

No solver is needed to read a table, so whoever checks a proof can read it with this module alone.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.disclosure.engine.additive_table import UNBOUNDED, TableError, find_cycle

_ROWS = ("parent", "children")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NUMBER = re.compile(r"([+-]?)(\d+)(?:\.(\d*))?")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the rows file: a whole and its parts."""

    line: int
    whole: str
    parts: tuple[str, ...]

    @property
    def location(self) -> str:
        """Where the row stands, in words."""
        return f"rows file, line {self.line}"


def read_records(
    file: str, content: bytes, columns: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number of each record and its texts by column.

    Parameters
    ----------
    file
        What the file holds, in one word for the messages.
    content
        Content of the file, UTF-8.
    columns
        Columns that must be there; the first one is the name and never empty.
    optional
        Columns that may be missing; then no record has them.

    Raises
    ------
    TableError
        If the file is not as described.
    """
    (start, header), *records = _lines(file, content, columns)
    names = [text.casefold() for text in header]
    for column in (*columns, *optional):
        times = names.count(column)
        if times > 1 or (not times and column in columns):
            fault = "there is more than one" if times else "there is no"
            raise TableError(
                f"{file} file, line {start}: {fault} column {column}; the first line must be "
                f"{','.join(columns)}, with commas between the names."
            )
    if not records:
        raise TableError(f"{file} file, line {start}: no line follows the heading; add the {file}.")
    at = {each: names.index(each) for each in (*columns, *optional) if each in names}
    for line, record in records:
        texts = {each: record[n] if n < len(record) else "" for each, n in at.items()}
        name = texts[columns[0]]
        if any(record[len(header) :]) or not name:
            fault = "more columns than the heading" if name else f"no {columns[0]}"
            raise TableError(
                f"{file} file, line {line}: {fault}; write names with a comma in quotation marks, "
                "figures without separators, and | between children."
            )
        if _CONTROL.search(name):
            raise TableError(
                f"{file} file, line {line}: a name with a line break or another sign that does not "
                "print; write the name in one line."
            )
        yield line, texts


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


def read_count(text: str, where: str) -> int:
    """Return a count of people.

    Parameters
    ----------
    text
        What stands in the file: the digits, perhaps with a sign or with ``.0``.
    where
        File, line and cell, for the message.

    Raises
    ------
    TableError
        If the text is no whole number from 0 to ``UNBOUNDED``.
    """
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
    if sign == "-" and int(digits):
        raise TableError(f"{where}: the value is below zero; counts must be 0 or more.")
    return int(digits)


def read_rows(content: bytes, known: Collection[str]) -> list[Row]:
    """Read the rows file.

    Parameters
    ----------
    content
        Content of the file, UTF-8.
    known
        Names of all cells.

    Raises
    ------
    TableError
        If the file is not as described, names a cell that there is not, or makes a cell a part of
        itself.
    """
    listed = []
    for line, record in read_records("rows", content, _ROWS):
        whole, children = record["parent"], record["children"]
        where = f"rows file, line {line}, {whole}"
        parts = tuple(part.strip() for part in children.split("|"))
        if not children:
            raise TableError(f"{where}: no children; name them, or take the line out.")
        if not all(parts):
            raise TableError(f"{where}: a child without a name; mend what stands beside its |.")
        if _CONTROL.search(children):
            raise TableError(f"{where}: a line break in a name; write all children in one line.")
        for name in (whole, *parts):
            if name not in known:
                raise TableError(
                    f"{where}: {name} is not in the cells file; add it there, or correct the name."
                )
        name, times = Counter(parts).most_common(1)[0]
        if times > 1:
            raise TableError(f"{where}: {name} is there twice; name every child once.")
        listed.append(Row(line, whole, parts))
    _refuse_cycles(listed)
    return listed


def _refuse_cycles(listed: Sequence[Row]) -> None:
    if chain := find_cycle((row.whole, row.parts) for row in listed):
        name, above, *others = chain
        row = next(row for row in listed if row.whole == above and name in row.parts)
        through = f", by way of {', '.join([above, *others[:-1]])}" if others else ""
        raise TableError(
            f"{row.location}: {name} is a part of itself{through}; "
            "take this line or another of them out."
        )


def refuse_wrong_sums(listed: Sequence[Row], values: Mapping[str, int | None]) -> None:
    """Raise `TableError` for a row whose counts are all known and do not add up.

    ``values`` are the counts by name, None where a count is not known.
    """
    for row in listed:
        total = values[row.whole]
        counts = [values[part] for part in row.parts]
        if total is None or None in counts:
            continue
        if total != sum(count for count in counts if count is not None):
            raise TableError(
                f"{row.location}: {row.whole} is not the sum of its children; mend the figures, or "
                "take the line out."
            )
