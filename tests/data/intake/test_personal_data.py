"""A file about persons is refused whole: one clean file, then one mutation for each rule."""

import logging

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.comments import Comment

from data.intake import personal_data, spreadsheet
from data.reference import templates
from tests.support import workbooks
from tests.support.workbooks import changed, workbook

# Invented. Real people are neither named nor meant.
NAME = "Sita Kumari Invented"


def put(cell: str, value: object, sheet: str = "Data"):
    def change(book: Workbook) -> None:
        target = book[sheet] if sheet in book.sheetnames else book.create_sheet(sheet)
        target[cell] = value

    return change


def refused(content: bytes) -> list[tuple[str, str]]:
    reading = spreadsheet.read_workbook(content)
    found = [(f.kind, f.where) for f in reading.findings if f.kind.startswith("personal-")]
    if found:
        assert reading.rows.empty, "a refused file gives no row"
    return found


@pytest.mark.parametrize("kind", templates.KINDS)
def test_an_honest_file_is_not_refused(kind: str) -> None:
    assert refused(workbook(kind, hxl=True)) == []
    assert refused(workbooks.as_csv(kind, [workbooks.ROWS[kind]]).encode()) == []


@pytest.mark.parametrize(
    "header",
    ["Name", "full name", "Name of victim", "Girl's name", "Phone", "Mobile No.", "E-mail", "email", "D.O.B.", "Citizenship no",
     "passport", "Age", "age (years)", "DOB", "Date of birth", "Caste", "address", "Remarks", "Case story",
     "latitude", "GPS", "home district", "Permanent address", "नाम", "पूरा नामथर", "फोन", "सम्पर्क नम्बर", "नागरिकता नं",
     "उमेर", "जन्म मिति", "जाति", "ठेगाना", "कैफियत", "अक्षांश", "घरको पालिका", "पीडितको नाम"],
)  # fmt: skip
def test_a_column_about_a_person_is_refused(header: str) -> None:
    assert refused(workbook("groups", change=put("H1", header))) == [("personal-header", "Data!H1")]


@pytest.mark.parametrize(
    "header", ["villages reached", "names of wards", "page", "percentage", "manage", "message"]
)
def test_a_word_that_only_contains_such_a_word_is_not_refused(header: str) -> None:
    assert not personal_data.is_personal_header(header)


def test_no_header_of_a_template_is_refused() -> None:
    labels = [
        label
        for kind in templates.KINDS
        for column in templates.columns(kind)
        for label in (column.key, column.en, column.ne)
    ]
    assert [label for label in labels if personal_data.is_personal_header(label)] == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [("9812345678", "personal-phone"), ("+977 984-123-4567", "personal-phone"), ("९८१२३४५६७८", "personal-phone"),
     (9812345678, "personal-phone"), ("someone@example.org", "personal-email"),
     ("12-34-56-78901", "personal-identity"), ("PA1234567", "personal-identity"),
     ("27.4321, 85.0312", "personal-coordinates"), ("85.0312 27.4321", "personal-coordinates"),
     ("27°25′ N", "personal-coordinates"),
     ("She was stopped at the gate with two others last night", "personal-text")],
)  # fmt: skip
@pytest.mark.parametrize("column", ["palika", "groups"])
def test_a_value_about_a_person_is_refused_wherever_it_stands(
    value: object, kind: str, column: str
) -> None:
    content = workbook("groups", [workbooks.GROUPS_ROW, changed("groups", **{column: value})])
    letter = "B" if column == "palika" else "E"
    assert refused(content) == [(kind, f"Data!{letter}4")]


@pytest.mark.parametrize("sheet", ["Sheet2", "About", "Codes"])
def test_another_sheet_is_searched_too(sheet: str) -> None:
    content = workbook("groups", change=put("A30", "9812345678", sheet))
    assert refused(content) == [("personal-phone", f"{sheet}!A30")]


def test_a_hidden_sheet_and_a_hidden_column_are_searched_too() -> None:
    def hide(book: Workbook) -> None:
        put("C1", "Mobile", "List")(book)
        book["List"].sheet_state = "veryHidden"
        book["Data"].column_dimensions["J"].hidden = True
        book["Data"]["J1"] = "Citizenship"

    assert refused(workbook("groups", change=hide)) == [
        ("personal-header", "Data!J1"),
        ("personal-header", "List!C1"),
    ]


def test_a_comment_a_link_and_a_page_header_are_searched_too() -> None:
    def add(book: Workbook) -> None:
        sheet = book["Data"]
        sheet["A3"].comment = Comment("call her aunt", "me")
        sheet["B3"].hyperlink = "https://example.org/case/7"
        sheet.oddHeader.center.text = "someone@example.org"

    assert refused(workbook("groups", change=add)) == [
        ("personal-text", "Data!A3 (comment)"),
        ("personal-text", "Data!B3 (link)"),
        ("personal-email", "Data (page header)"),
    ]


def test_a_csv_file_is_searched_like_a_sheet() -> None:
    text = "name,age,district\n" + NAME + ",16,Banke"
    assert refused(text.encode()) == [
        ("personal-header", "line 1, column 1"),
        ("personal-header", "line 1, column 2"),
    ]


def test_a_list_of_persons_written_as_ones_is_refused() -> None:
    people = ["contacts_girls", "contacts_boys", "contacts_women", "contacts_men"]
    nobody = dict.fromkeys((k for k in (c.key for c in templates.columns("booth-month")) if "_" in k
                            and not k.startswith(("staff", "open"))), 0)  # fmt: skip
    rows = [
        changed("booth-month", month=f"2023-{1 + n % 12:02d}", **(nobody | {people[n % 4]: 1}))
        for n in range(24)
    ]
    assert refused(workbook("booth-month", rows)) == [("personal-list", "Data")]


def test_quiet_months_of_an_honest_booth_are_no_list() -> None:
    counts = pd.DataFrame({"girls": [1, 1, 1, 40], "boys": [0, 0, 0, 30], "women": [0, 0, 0, 20]})
    assert not personal_data.looks_like_a_list(counts)


def test_what_was_refused_is_repeated_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    content = workbook("groups", change=put("H3", f"{NAME} 9812345678"))
    reading = spreadsheet.read_workbook(content)
    said = repr(reading) + caplog.text
    assert reading.findings
    assert NAME not in said
    assert "9812345678" not in said


@given(st.text(max_size=80))
def test_the_gate_answers_about_any_text(text: str) -> None:
    for part in ("header", "data", "comment", "other", "guide"):
        assert len(personal_data.check_personal_data([personal_data.Text("A1", text, part)])) <= 1
