"""How people are kept safe: the page says what the policy does, and its example is right."""

import html
import itertools
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.sections import safety
from dashboard.server import app
from data.model import AdminLevel, Audience, Display, IndicatorClass
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from tests.pages.conftest import NEPALI, Open, clean

PAGE = "public/safety.py"
DIGITS = str.maketrans("०१२३४५६७८९", "0123456789")
REPORTED = {"A": 14, "B": 3, "C": 11, "D": 12}
CONCLUSION = {
    "en": "Ward B can have any number from 0 to 26.",
    "ne": "वडा खमा ० देखि २६ सम्म जति पनि हुन सक्छ।",
}


def opened(open_: Open, language: str, viewer: str = "") -> AppTest:
    app = open_(PAGE, viewer)
    app.session_state["language"] = language
    return app.run()


def tables(said: str) -> list[list[list[str]]]:
    """Cells of every table, without their heads."""
    return [
        [
            [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)]
            for row in re.findall(r"<tr>.*?</tr>", table)[1:]
        ]
        for table in re.findall(r"<table>.*?</table>", said, flags=re.DOTALL)
    ]


@pytest.mark.parametrize("language", ["en", "ne"])
@pytest.mark.parametrize("viewer", ["", "steward", "deputy:31206"])
def test_everybody_reads_the_answer_and_the_example(
    shown: Open, language: str, viewer: str
) -> None:
    said = clean(opened(shown, language, viewer))
    assert CONCLUSION[language] in said
    heads = {"en": "We store no names, ages, phone numbers or stories.", "ne": "आपबिती राख्दैनौँ।"}
    assert heads[language] in html.unescape(said)
    assert re.sub("<[^>]+>", "", said).count("Ward B" if language == "en" else "वडा ख") > 3


@pytest.mark.parametrize("language", ["en", "ne"])
def test_every_line_is_in_the_language_in_use(shown: Open, language: str) -> None:
    said = re.sub(r"<[^>]+>", "\n", clean(opened(shown, language)))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if language == "en":
        assert not [line for line in lines if NEPALI.search(line)]
        return
    assert not [line for line in lines if re.search("[0-9A-Za-z]", line) and "Sima" not in line]


def readings(table: list[list[str]]) -> dict[str, set[int]]:
    """Every number that each ward can have, for a reader of the shown column: by trying all."""
    rows = [[cell.translate(DIGITS) for cell in row] for row in table]
    total = int(rows[-1][1])
    seen = [int(row[1]) if row[1].isdigit() else None for row in rows[:-1]]
    choices = [range(total + 1) if number is None else [number] for number in seen]
    fits = [counts for counts in itertools.product(*choices) if sum(counts) == total]
    return {row[0]: {counts[n] for counts in fits} for n, row in enumerate(rows[:-1])}


def test_the_example_says_what_a_reader_can_work_out(shown: Open) -> None:
    said = clean(opened(shown, "en"))
    _least, first, second, third = tables(said)
    names = [f"Ward {letter}" for letter in REPORTED]
    assert [[*row[:2]] for row in first[:-1]] == [
        [name, str(count)] for name, count in zip(names, REPORTED.values(), strict=True)
    ]
    assert first[-1] == ["Total", "40", "40"]
    assert [row[2] for row in first].count("hidden") == 1
    for table in (second, third):
        for row in table[:-1]:
            possible = readings(table)[row[0]]
            low, high = min(possible), max(possible)
            assert possible == set(range(low, high + 1))
            assert row[2] == (str(low) if low == high else f"{low} to {high}")
    assert second[1] == ["Ward B", "hidden", "3"]
    assert [row[1] for row in third].count("hidden") == 3
    assert "40 − 14 − 11 − 12 = <b>3</b>" in said
    assert "40 − 14 = <b>26</b>" in said
    assert "knows its own number, 11" in said
    assert "Ward B and Ward D have 15 together" in said


def test_the_example_is_what_the_policy_would_do() -> None:
    for audience in Audience:
        least = load_policy().threshold(audience, IndicatorClass.PEOPLE)
        assert least is not None
        assert REPORTED["B"] < least
        assert sum(REPORTED[ward] for ward in "BCD") >= least
        assert sum(REPORTED[ward] for ward in "BD") >= least, "for who knows ward C, too"
    partner = load_policy().threshold(Audience.PARTNER, IndicatorClass.PEOPLE)
    assert min(REPORTED[ward] for ward in "ACD") >= partner


@pytest.mark.parametrize("language", ["en", "ne"])
def test_thresholds_are_those_of_the_policy(shown: Open, language: str) -> None:
    least = tables(clean(opened(shown, language)))[0]
    for row, kind in zip(least, IndicatorClass, strict=True):
        for cell, audience in zip(row[1:], (Audience.PUBLIC, Audience.PARTNER), strict=True):
            threshold = load_policy().threshold(audience, kind)
            found = re.findall("[0-9]+", cell.translate(DIGITS))
            assert found == ([] if threshold is None else [str(threshold)])


def test_sensitive_figures_are_public_as_the_page_says() -> None:
    designs = [i.designs.get(Audience.PUBLIC) for i in load_indicators().values()]
    sensitive = [d for d in designs if d is not None and d.display is Display.CLASS]
    assert len(sensitive) >= 5
    assert max(max(d.levels) for d in sensitive) == AdminLevel.DISTRICT
    assert min(d.delay_quarters for d in sensitive) >= 1


@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_release_being_served_is_described(shown: Open, language: str) -> None:
    app = opened(shown, language)
    said = clean(app)
    facts = [fact.translate(DIGITS).replace(",", "") for fact in re.findall("<dd>(.*?)</dd>", said)]
    number, cells, hidden, version = facts
    assert (number, version) == ("1", load_policy().version)
    assert 0 < int(hidden) < int(cells)


@pytest.mark.parametrize("language", ["en", "ne"])
def test_without_a_release_the_page_stands_and_says_what_will_be_there(
    empty: Open, language: str
) -> None:
    said = clean(opened(empty, language))
    assert {"en": "its number and how much of it is hidden", "ne": "प्रकाशन स्वीकृत भएपछि त्यसको नम्बर"}[
        language
    ] in said
    assert CONCLUSION[language] in said
    assert "<dl>" not in said


def test_about_leads_here_and_says_it_in_one_sentence(shown: Open) -> None:
    app = shown("public/about.py")
    assert "Nobody can work out a hidden number from the numbers shown" in clean(app)
    links = {link.proto.page: link.proto.label for link in app.get("page_link")}
    assert links["safety"] == "How we keep people safe"


def test_the_page_says_hidden_and_never_suppressed() -> None:
    for source in (app.ENTRY.parents[1] / "pages" / PAGE, Path(safety.__file__)):
        assert "suppressed" not in source.read_text("utf-8").replace("release.suppressed", "")
    assert wording.catalogue("ne")["hidden to keep people safe"] == "सुरक्षाका लागि लुकाइएको"
