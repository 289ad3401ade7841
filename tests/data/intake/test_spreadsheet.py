"""Reading filled templates: what people do to files, and one clear finding for each of it."""

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from data.intake import spreadsheet, template_files
from data.model import SimaError
from data.reference import templates
from data.reference.gazetteer import Gazetteer
from tests.support import workbooks
from tests.support.examples import examples
from tests.support.workbooks import as_csv, changed, workbook


def kinds(content: bytes, **more: Any) -> list[str]:
    return [finding.kind for finding in spreadsheet.read_workbook(content, **more).findings]


@pytest.mark.parametrize("kind", templates.KINDS)
@pytest.mark.parametrize("hxl", [False, True])
def test_a_filled_template_is_read_as_it_was_filled(kind: str, *, hxl: bool) -> None:
    reading = spreadsheet.read_workbook(workbook(kind, hxl=hxl))
    assert reading.findings == ()
    assert reading.kind == kind
    assert reading.synthetic is True
    assert reading.rows.iloc[0].tolist() == workbooks.ROWS[kind]
    row = 4 if hxl else 3
    assert reading.rows.index.tolist() == [row]
    first = templates.columns(kind)[0].key
    assert reading.where(row, first) == f"Data!A{row}"


@pytest.mark.parametrize("kind", templates.KINDS)
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(",", "utf-8"), (",", "utf-8-sig"), (";", "utf-8"), ("\t", "utf-8"), (",", "utf-16")],
)
def test_a_csv_file_is_read_however_it_was_saved(kind: str, mark: str, encoding: str) -> None:
    reading = spreadsheet.read_workbook(
        as_csv(kind, [workbooks.ROWS[kind]], mark=mark).encode(encoding)
    )
    assert reading.findings == ()
    assert reading.kind == kind
    assert reading.synthetic is None
    values = [None if v is None else str(v) for v in workbooks.ROWS[kind]]
    assert reading.rows.iloc[0].tolist() == values
    assert reading.where(2, templates.columns(kind)[1].key) == "line 2, column 2"


@pytest.mark.parametrize("kind", templates.KINDS)
def test_nepali_headers_and_any_order_of_columns_are_read(kind: str) -> None:
    written = pd.read_csv(
        io.StringIO(as_csv(kind, [workbooks.ROWS[kind]], language="ne")), dtype=str
    )
    turned = written[written.columns[::-1]].to_csv(index=False)
    reading = spreadsheet.read_workbook(turned.encode())
    assert reading.findings == ()
    assert reading.rows.iloc[0]["district" if kind != "booth-month" else "booth"]


def test_the_empty_template_says_that_it_is_empty() -> None:
    for kind in templates.KINDS:
        assert kinds(workbook(kind, [])) == ["file-no-rows"]


def test_a_template_knows_its_kinds_and_forms() -> None:
    with pytest.raises(SimaError, match="no template"):
        templates.columns("people")
    with pytest.raises(SimaError, match="xlsx or csv"):
        template_files.build_template(
            "groups", "pdf", gazetteer=Gazetteer.load(), synthetic=True, hxl=False
        )


def test_a_template_lists_the_places_it_needs() -> None:
    content = template_files.build_template(
        "groups", "xlsx", gazetteer=Gazetteer.load(), synthetic=False, hxl=False, districts=["511"]
    )
    codes = openpyxl.load_workbook(io.BytesIO(content))[templates.CODES_SHEET]
    said = {str(value) for row in codes.iter_rows(values_only=True) for value in row if value}
    assert {"511", "Banke", "51106", "Nepalganj"} <= said
    assert "31206" not in said


# ---- bad files: one clear message each


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/"), content)
    return out.getvalue()


GOOD = workbook("groups")


def with_entry(name: str, content: bytes) -> bytes:
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return out.getvalue()


def with_doctype() -> bytes:
    out = io.BytesIO()
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>'
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            is_book = entry.filename == "xl/workbook.xml"
            new.writestr(entry.filename, entity + content if is_book else content)
    return out.getvalue()


PASSWORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "file-empty"),
        (b" \n\n", "file-empty"),
        (bytes(20_000_001), "file-too-large"),
        (GOOD[: len(GOOD) // 2], "file-truncated"),
        (GOOD[:-30], "file-truncated"),
        (PASSWORD, "file-password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file-old-format"),
        (with_entry("xl/media/huge.bin", bytes(160_000_000)), "file-bomb"),
        (with_entry("xl/media/packed.bin", bytes(len(GOOD) * 250)), "file-bomb"),
        (with_doctype(), "file-bomb"),
        (with_entry("xl/vbaProject.bin", b"x"), "file-macros"),
        (zipped(word__document=b"<x/>"), "file-unknown-format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "file-unknown-format"),
        (b"%PDF-1.7\n\x00\x01", "file-unknown-format"),
        ("district,palika\nCaf\xe9,x".encode("cp1252"), "file-encoding"),
        (b"hello\nworld", "file-no-header"),
        (b'district,palika,ward,period\n"Banke,x', "file-truncated"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_used_gives_one_message(content: bytes, kind: str) -> None:
    reading = spreadsheet.read_workbook(content)
    assert [finding.kind for finding in reading.findings] == [kind]
    assert reading.rows.empty


def test_a_damaged_part_is_found_before_it_is_read() -> None:
    content = bytearray(GOOD)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as package:
        entry = package.getinfo("xl/worksheets/sheet1.xml")
    middle = entry.header_offset + len(entry.filename) + 30 + entry.compress_size // 2
    content[middle : middle + 8] = b"\xff" * 8
    assert kinds(bytes(content)) == ["file-truncated"]


@examples(30, 600)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")))
def test_no_bytes_at_all_bring_the_reader_down(content: bytes) -> None:
    reading = spreadsheet.read_workbook(content)
    assert reading.findings
    assert reading.rows.empty


@examples(12, 240)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=20))
def test_no_damage_to_a_workbook_brings_the_reader_down(place: int, noise: bytes) -> None:
    spreadsheet.read_workbook(GOOD[:place] + noise + GOOD[place + len(noise) :])


# ---- bad sheets


def test_a_formula_is_named_by_its_cell() -> None:
    reading = spreadsheet.read_workbook(
        workbook("groups", [changed("groups", members_men="=SUM(A1:A3)")])
    )
    assert [(f.kind, f.where) for f in reading.findings] == [("cell-formula", "Data!G3")]


def test_a_spreadsheet_error_is_named_by_its_cell() -> None:
    reading = spreadsheet.read_workbook(workbook("groups", [changed("groups", groups="#REF!")]))
    assert [(f.kind, f.where) for f in reading.findings] == [("cell-error", "Data!E3")]


def test_merged_cells_are_named() -> None:
    def merge(book: Workbook) -> None:
        book["Data"].merge_cells("A3:A4")

    rows = [workbooks.GROUPS_ROW, changed("groups", ward=5)]
    found = spreadsheet.read_workbook(workbook("groups", rows, change=merge)).findings
    assert ("cell-merged", "Data!A3:A4") in [(f.kind, f.where) for f in found]


def test_missing_double_and_strange_columns_are_named() -> None:
    text = "district,palika,period,groups,groups,elephants\nBanke,Nepalgunj,2023-Q2,1,1,3"
    found = [
        (f.kind, f.where, f.params.get("column"))
        for f in spreadsheet.read_workbook(text.encode()).findings
    ]
    assert found == [
        ("header-twice", "line 1, column 5", "groups"),
        ("header-missing", "line 1, column 1", "ward"),
        ("column-unknown", "line 1, column 6", None),
    ]


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "ROW_LIMIT", 3)
    rows = [changed("groups", ward=n) for n in range(1, 6)]
    reading = spreadsheet.read_workbook(workbook("groups", rows))
    assert [f.kind for f in reading.findings] == ["file-too-many-rows"]
    assert reading.rows.empty


def test_a_sheet_that_claims_a_million_empty_rows_is_read_at_once() -> None:
    def far(book: Workbook) -> None:
        book["Data"].cell(1_000_000, 30).number_format = "0.00"

    assert kinds(workbook("groups", change=far)) == []


def test_an_extra_sheet_is_not_read_and_that_is_said() -> None:
    def more(book: Workbook) -> None:
        book.create_sheet("Plan")["A1"] = "totals"

    assert kinds(workbook("groups", change=more)) == ["sheet-ignored"]


def test_a_date_cell_is_read_as_a_date() -> None:
    reading = spreadsheet.read_workbook(
        workbook("groups", [changed("groups", period=date(2023, 4, 1))])
    )
    assert reading.findings == ()
    assert str(reading.rows.iloc[0]["period"]).startswith("2023-04-01")


def test_an_image_renamed_to_a_workbook_says_what_it_is_not() -> None:
    assert kinds(b"\xff\xd8\xff\xe0" + bytes(50)) == ["file-unknown-format"]


def test_a_kind_that_is_known_beforehand_is_kept() -> None:
    content = as_csv("groups", [workbooks.GROUPS_ROW]).encode()
    assert spreadsheet.read_workbook(content, kind="groups").kind == "groups"
    assert kinds(content, kind="booth-month") == ["file-no-header"]
