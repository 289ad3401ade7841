"""Read a workbook or CSV file into tidy rows, with findings that name the cell.

Nothing in the file is trusted: neither its name, nor the size it states, nor its encoding. A file
about individuals yields no rows at all.
"""

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from data.intake import personal_data
from data.intake.personal_data import Text
from data.model import Finding
from data.reference import templates
from data.reference.findings import make_finding
from data.reference.templates import ABOUT_SHEET, CODES_SHEET, Column

LIMIT_MB = 20
ROW_LIMIT = 50_000
_MB = 1_000_000
_UNPACKED_MB = 150
_UNPACKED_RATIO = 200
_HEADER_ROWS = 15  # the header is within these
_LEAST_HEADERS = 3
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD = "EncryptedPackage".encode("utf-16-le")
# What zipfile and openpyxl raise on a damaged package; each was found by fuzzing.
_DAMAGES = (
    InvalidFileException,
    zipfile.BadZipFile,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    EOFError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
_TEXT_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet as it was written: its filled cells by (row, column), counted from 1."""

    sheet: str
    cells: Mapping[tuple[int, int], Any]

    def where(self, row: int, column: int) -> str:
        """Return the name of a cell as a person finds it: ``Data!D17`` or ``line 17, column 4``."""
        if self.sheet:
            return f"{self.sheet}!{get_column_letter(column)}{row}"
        return f"line {row}, column {column}"


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of a file.

    ``rows`` has one row per filled row of the sheet, indexed by its number there, and one column
    per column of the template; values are as typed, None where empty. ``positions`` is the place of
    each column in the sheet. ``organisation`` is the unchecked code of who made the file, from the
    About sheet. ``synthetic`` is None where the file does not state it. If there are no rows,
    ``findings`` give the reason.
    """

    kind: str | None
    rows: pd.DataFrame
    findings: tuple[Finding, ...]
    synthetic: bool | None
    content_hash: str
    sheet: str = ""
    positions: Mapping[str, int] = field(default_factory=dict)
    organisation: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the template's columns that the file has."""
        known = templates.columns(self.kind) if self.kind else ()
        return tuple(column for column in known if column.key in self.rows.columns)

    def where(self, row: int, key: str) -> str:
        """Return the name of the cell of a row and a column."""
        return Grid(self.sheet, {}).where(row, self.positions[key])


def read_workbook(content: bytes, *, kind: str | None = None) -> Reading:
    """Read a filled template.

    Parameters
    ----------
    content
        The file. Its name is not needed: it proves nothing that the content does not.
    kind
        Kind of template if it is known; otherwise it is found from the file.

    Returns
    -------
    A `Reading`, with rows only if no finding is about the file as a whole or about a person.
    """
    digest = hashlib.sha256(content).hexdigest()
    nothing = Reading(kind, pd.DataFrame(), (), None, digest)
    whole = _refuse_whole(content)
    if whole:
        return replace(nothing, findings=(make_finding(whole, "file", limit_mb=LIMIT_MB),))
    try:
        if content[:2] == b"PK":
            return _read_book(content, nothing)
        return _read_text(content, nothing)
    except _RefusedError as refused:
        return replace(nothing, findings=refused.findings)


class _RefusedError(Exception):
    """Raised where a file cannot be read further, with the findings that say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("refused")
        self.findings = findings


def _refuse_whole(content: bytes) -> str | None:
    """Return the kind of finding for a file that must not be opened, else None."""
    if not content.strip():
        return "file-empty"
    if len(content) > LIMIT_MB * _MB:
        return "file-too-large"
    if content.startswith(_OLE):
        return "file-password" if _PASSWORD in content else "file-old-format"
    return None


# ---- workbooks


def _read_book(content: bytes, nothing: Reading) -> Reading:
    _check_package(content)
    try:
        book = load_workbook(io.BytesIO(content))
    except _DAMAGES as wrong:
        raise _RefusedError(make_finding("file-truncated", "file")) from wrong
    grids = [_grid(sheet) for sheet in book.worksheets]
    about = next((g for g in grids if g.sheet == ABOUT_SHEET), None)
    facts = _facts(about)
    kind = nothing.kind or facts.get("kind")
    others = [g for g in grids if g.sheet not in (ABOUT_SHEET, CODES_SHEET)]
    headed = [(g, found) for g in others if (found := _find_header(g, kind))]
    if not headed:
        refusal = _personal(grids, None, list(_loose_texts(book)))
        raise _RefusedError(*(refusal or [make_finding("file-no-header", "file")]))
    grid, header = next(((g, h) for g, h in headed if g.sheet == templates.DATA_SHEET), headed[0])
    refusal = _personal(grids, (grid, header), list(_loose_texts(book)))
    if refusal:
        raise _RefusedError(*refusal)
    reading = replace(
        nothing,
        kind=header.kind,
        synthetic={"yes": True, "no": False}.get(facts.get("synthetic", "")),
        organisation=facts.get(templates.ORGANISATION, ""),
    )
    merged = [
        make_finding("cell-merged", f"{grid.sheet}!{area.coord}")
        for area in book[grid.sheet].merged_cells.ranges
        if area.max_row >= header.row
    ]
    ignored = [make_finding("sheet-ignored", g.sheet) for g in others if g is not grid and g.cells]
    return _tidy(grid, header, reading, (*merged, *ignored))


def _check_package(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            names = {entry.filename for entry in entries}
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > _UNPACKED_MB * _MB or unpacked > _UNPACKED_RATIO * len(content):
                raise _RefusedError(make_finding("file-bomb", "file"))
            if "xl/workbook.xml" not in names:
                raise _RefusedError(make_finding("file-unknown-format", "file"))
            if any(name.endswith("vbaProject.bin") for name in names):
                raise _RefusedError(make_finding("file-macros", "file"))
            for entry in entries:
                if entry.filename.endswith(".xml"):
                    with package.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(2048):
                            raise _RefusedError(make_finding("file-bomb", "file"))
            if package.testzip() is not None:
                raise _RefusedError(make_finding("file-truncated", "file"))
    except _DAMAGES as wrong:
        raise _RefusedError(make_finding("file-truncated", "file")) from wrong


def _grid(sheet: Any) -> Grid:  # noqa: ANN401  # openpyxl's sheet
    if not hasattr(sheet, "_cells"):
        return Grid(sheet.title, {})
    filled = {
        key: cell.value
        for key, cell in sheet._cells.items()  # noqa: SLF001
        if cell.value
        not in (None, "")  # iter_rows would create every empty cell of the stated size
    }
    return Grid(sheet.title, filled)


def _loose_texts(book: Workbook) -> Iterator[Text]:
    """Yield text outside cell values: comments, links, page headers and footers."""
    for sheet in book.worksheets:
        for cell in sheet._cells.values():  # noqa: SLF001  # as above
            if cell.comment is not None:
                yield Text(
                    f"{sheet.title}!{cell.coordinate} (comment)", cell.comment.text, "comment"
                )
            if cell.hyperlink is not None and cell.hyperlink.target:
                yield Text(
                    f"{sheet.title}!{cell.coordinate} (link)", cell.hyperlink.target, "comment"
                )
        for part in (sheet.oddHeader, sheet.oddFooter):
            for name in ("left", "center", "right"):
                side = getattr(part, name, None)
                if side is not None and side.text:
                    yield Text(f"{sheet.title} (page header)", side.text, "other")


def _facts(about: Grid | None) -> dict[str, str]:
    if about is None:
        return {}
    return {
        str(value).strip().lower(): str(about.cells.get((row, 2), "")).strip().lower()
        for (row, column), value in about.cells.items()
        if column == 1 and len(str(value)) < 20  # noqa: PLR2004  # the name of a fact is short
    }


# ---- text


def _read_text(content: bytes, nothing: Reading) -> Reading:
    text = _decode(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",;\t", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error as wrong:
        raise _RefusedError(make_finding("file-truncated", "file")) from wrong
    cells = {
        (row, column): value.strip()
        for row, line in enumerate(lines, start=1)
        for column, value in enumerate(line, start=1)
        if value.strip()
    }
    grid = Grid("", cells)
    header = _find_header(grid, nothing.kind)
    refusal = _personal([grid], (grid, header) if header else None, [])
    if refusal:
        raise _RefusedError(*refusal)
    if header is None:
        raise _RefusedError(make_finding("file-no-header", "file"))
    return _tidy(grid, header, replace(nothing, kind=header.kind), ())


def _decode(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif _TEXT_CONTROL.search(content[:4096]):
        raise _RefusedError(make_finding("file-unknown-format", "file"))
    else:
        encoding = "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as wrong:
        raise _RefusedError(make_finding("file-encoding", "file")) from wrong


# ---- both


@dataclass(frozen=True, slots=True)
class _Header:
    kind: str
    row: int
    columns: Mapping[int, str]  # position → key
    last_row: int  # of the header block: Nepali headers and HXL tags may follow


def _label(text: object) -> str:
    return re.sub(r"[\s_:*]+", " ", str(text)).strip().lower()


def _labels(kind: str) -> dict[str, str]:
    return {
        _label(label): column.key
        for column in templates.columns(kind)
        for label in (column.key, column.en, column.ne, column.hxl)
    }


def _find_header(grid: Grid, kind: str | None) -> _Header | None:
    """Return the first row that names enough columns of one kind of template."""
    rows: dict[int, dict[int, object]] = {}
    for (row, column), value in grid.cells.items():
        if row <= _HEADER_ROWS:
            rows.setdefault(row, {})[column] = value
    kinds = [kind] if kind in templates.KINDS else list(templates.KINDS)
    for row in sorted(rows):
        best: dict[int, str] = {}
        best_kind = ""
        for candidate in kinds:
            labels = _labels(candidate)
            found = {c: labels[_label(v)] for c, v in rows[row].items() if _label(v) in labels}
            if len(found) > len(best):
                best, best_kind = found, candidate
        if len(set(best.values())) >= min(_LEAST_HEADERS, len(templates.columns(kinds[0]))):
            labels, last = _labels(best_kind), row
            while rows.get(last + 1) and all(
                _label(v) in labels or str(v).startswith("#") for v in rows[last + 1].values()
            ):
                last += 1
            return _Header(best_kind, row, best, last)
    return None


def _personal(
    grids: Sequence[Grid],
    main: tuple[Grid, _Header] | None,
    loose: list[Text],
) -> list[Finding]:
    def part_of(grid: Grid, row: int, column: int) -> str:
        if grid.sheet in (ABOUT_SHEET, CODES_SHEET):
            return "guide"
        if main is None or grid is not main[0]:
            return "other"
        header = main[1]
        if row <= header.last_row:
            return "known" if row >= header.row and column in header.columns else "header"
        return "data" if column in header.columns else "other"

    texts = [
        Text(grid.where(row, column), _as_text(value), part)
        for grid in grids
        for (row, column), value in grid.cells.items()
        if (part := part_of(grid, row, column)) != "known"
        and (isinstance(value, str) or _is_long_number(value))
    ]
    return personal_data.check_personal_data([*texts, *loose])


def _is_long_number(value: object) -> bool:
    """Return whether a number could be a telephone number; counts are shorter."""
    return isinstance(value, int | float) and abs(value) >= 1e8  # noqa: PLR2004


def _as_text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _tidy(grid: Grid, header: _Header, reading: Reading, before: tuple[Finding, ...]) -> Reading:
    """Cut the table out of the sheet and check its shape, not yet its content."""
    positions: dict[str, int] = {}
    for position, key in sorted(header.columns.items()):
        positions.setdefault(key, position)
    findings = [*before, *_check_header(grid, header, positions)]
    by_position = {position: key for key, position in positions.items()}
    body = {key: v for key, v in sorted(grid.cells.items()) if key[0] > header.last_row}
    table: dict[int, dict[str, Any]] = {}
    for (row, position), value in body.items():
        if position in by_position:
            table.setdefault(row, {})[by_position[position]] = value
            if kind := _unusable(value):
                findings.append(make_finding(kind, grid.where(row, position)))
    if not table:
        findings.append(make_finding("file-no-rows", grid.sheet or "file"))
    if len(table) > ROW_LIMIT:
        findings.append(make_finding("file-too-many-rows", grid.sheet or "file", limit=ROW_LIMIT))
        table = {}
    rows = pd.DataFrame.from_dict(table, orient="index", columns=list(positions), dtype=object)
    rows = rows.where(rows.notna(), None)
    wanted = templates.columns(header.kind)
    people = [c.key for c in wanted if c.holds == "count" and c.sex != "all" and c.key in rows]
    if people and personal_data.looks_like_a_list(
        rows[people].apply(pd.to_numeric, errors="coerce")
    ):
        raise _RefusedError(make_finding("personal-list", grid.sheet or "file"))
    return replace(
        reading, rows=rows, findings=tuple(findings), sheet=grid.sheet, positions=positions
    )


def _check_header(grid: Grid, header: _Header, positions: Mapping[str, int]) -> Iterator[Finding]:
    for position, key in sorted(header.columns.items()):
        if positions[key] != position:
            yield make_finding("header-twice", grid.where(header.row, position), column=key)
    for column in templates.columns(header.kind):
        if column.required and column.key not in positions:
            yield make_finding("header-missing", grid.where(header.row, 1), column=column.en)
    known = set(header.columns)
    beyond = {column: row for row, column in sorted(grid.cells, reverse=True) if row >= header.row}
    for position, row in sorted(beyond.items()):
        if position not in known:
            yield make_finding("column-unknown", grid.where(row, position))


def _unusable(value: object) -> str | None:
    """Return the kind of finding for a cell with a formula or an error, else None."""
    if not isinstance(value, str):
        return None
    if value.startswith("="):
        return "cell-formula"
    is_error = value.startswith("#") and value.endswith(("!", "?", "A"))
    return "cell-error" if is_error else None
