"""The donor's table: what was published, what was released, and the same rows as files."""

import csv
import html
import io
import re

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.released import cache, headline_figures
from dashboard.sections import targets
from data.model import Audience
from tests.pages.conftest import NEPALI, Open, clean

PAGE = "public/logframe.py"


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def opened(open_: Open, language: str = "en", viewer: str = "", **query: str) -> AppTest:
    app = open_(PAGE, viewer, **query)
    app.session_state["language"] = language
    return app.run()


def bodies(app: AppTest) -> dict[str, str]:
    """Give what is said of each indicator, by its code."""
    found = re.findall(r'<tbody id="(\w+)">(.*?)</tbody>', clean(app), flags=re.DOTALL)
    return {code: plain(text) for code, text in found}


def test_target_and_actual_stand_beside_each_other(shown: Open) -> None:
    said = bodies(opened(shown))["children"]
    assert "total for 2020 to 2023 none published 1,600 4,562 285 % of the target" in said
    assert "The target counts students" in said
    assert "2021 1,188 2022 1,226" in said
    assert "Target: F11: 1,600 students" in said
    assert "none published for a single period" in said


def test_the_answer_is_that_of_the_overview(shown: Open) -> None:
    opened(shown)
    release = cache.current_release(Audience.PUBLIC)
    assert release is not None
    for target in headline_figures.targets():
        reached = headline_figures.reached_of_target(release, target).value
        assert f"target {target.target:,}, reached {reached:,}" in clean(opened(shown))


def test_a_baseline_is_the_source_s_and_nothing_is_invented(shown: Open) -> None:
    found = bodies(opened(shown))
    assert "all committees inactive (elsewhere: “most”)" in found["committees"]
    others = {code: text for code, text in found.items() if code != "committees"}
    assert all("none published" in text for text in others.values())
    assert len(found) == 9


def test_a_part_has_no_sum_and_says_why(shown: Open) -> None:
    found = bodies(opened(shown))
    assert "to 2023 none published none published not shown 2019, 2020, 2023: hidden" in found["informed"]  # fmt: skip
    assert "2022 3,216" in found["informed"]
    assert "not every palika reported: 13 did, 26 did not" in found["committees"]
    assert "80 of 129 palikas that reported" in found["committees"]
    assert "middle a class: 51 to 200" in found["skills"]
    assert "Classes are not added up" in found["rescues"]


@pytest.mark.parametrize("viewer", ["planner", "steward", "deputy:31206"])
def test_everybody_reads_the_public_release(shown: Open, viewer: str) -> None:
    assert bodies(opened(shown, viewer=viewer)) == bodies(opened(shown))


@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_files_have_exactly_the_rows_of_the_screen(shown: Open, language: str) -> None:
    app = opened(shown, language)
    said = plain(clean(app))
    wording.speak(language)
    release = cache.current_release(Audience.PUBLIC)
    assert release is not None
    listed = targets.parts(release)
    head, *rows = csv.reader(io.StringIO(targets.csv(listed, language).decode()))
    assert len(rows) == sum(len(part.shown) for part in listed) == 42
    for row in rows:
        for text in row[:4]:
            assert text in said
        for text in row[4:6]:
            number = text.isascii() and text.isdigit()
            assert (wording.number(int(text)) if number else text) in said
    made = targets.workbook(listed, release, "https://example.org/logframe?release=1", language)
    sheet, about = openpyxl.load_workbook(io.BytesIO(made)).worksheets
    assert [cell.value for cell in sheet[1]] == head
    assert [["" if v is None else str(v) for v in line] for line in sheet.iter_rows(min_row=2, values_only=True)] == rows  # fmt: skip
    assert any("https://example.org" in str(cell.value) for (cell,) in about.iter_rows())
    assert len(app.get("download_button")) == 2


def test_it_speaks_nepali(shown: Open) -> None:
    said = re.sub(r'<(blockquote|p) [^>]*lang="en">.*?</\1>', "", clean(opened(shown, "ne")))
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 12:
            assert NEPALI.search(line), line


@pytest.mark.parametrize("query", [{"release": "<b>"}, {"release": "99"}, {"unit": "<script>"}])
def test_a_strange_address_gives_the_page(shown: Open, query: dict[str, str]) -> None:
    said = clean(opened(shown, **query))
    assert "<script>" not in said
    assert "4,562" in said


@pytest.mark.parametrize("language", ["en", "ne"])
def test_without_a_release_it_says_so(empty: Open, language: str) -> None:
    app = opened(empty, language)
    clean(app)
    assert len(app.info) == 1


def test_nothing_on_it_asks_another_host(shown: Open) -> None:
    assert re.findall(r'(?:src|href)="(?:https?:)?//', clean(opened(shown))) == []
    assert "url(" not in targets.STYLE.read_text("utf-8")
