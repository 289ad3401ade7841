"""The page of published figures: the ledger's words, and the release's state of each."""

import html
import re
from pathlib import Path

import pytest
from markupsafe import escape
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.released import headline_figures
from dashboard.sections import claims
from dashboard.sections.overview import figures
from data.publications.ledger import load_ledger
from data.reference.indicators import REFERENCE
from tests.pages.conftest import NEPALI, Open, clean

PAGE = "public/claims.py"
FIRST = "780 parents and caregivers, predominantly women, have established anti-trafficking groups"


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")


def opened(open_: Open, language: str = "en", viewer: str = "", **query: str) -> AppTest:
    app = open_(PAGE, viewer, **query)
    app.session_state["language"] = language
    return app.run()


def articles(said: str) -> dict[str, str]:
    """What is said of each figure, by its number."""
    return {
        number: " ".join(html.unescape(re.sub("<[^>]+>", " ", text)).split())
        for number, text in re.findall(
            r'<article id="claim-(F\d+)"(.*?)</article>', said, flags=re.DOTALL
        )
    }


@pytest.mark.parametrize("language", ["en", "ne"])
@pytest.mark.parametrize("viewer", ["", "steward", "deputy:31206"])
def test_everybody_reads_every_figure_in_the_words_of_its_source(
    shown: Open, language: str, viewer: str
) -> None:
    said = clean(opened(shown, language, viewer))
    found = articles(said)
    assert set(found) == set(load_ledger()) == {f"F{n}" for n in range(1, 21)}
    quotes = set(re.findall(r'<blockquote lang="en">(.*?)</blockquote>', said))
    for number, claim in load_ledger().items():
        assert {str(escape(sentence)) for sentence in claim.wording} <= quotes
        for text in (claim.period[language], claim.place[language], claim.definition[language], claim.section):  # fmt: skip
            assert text in found[number]


def test_states_are_those_of_the_release(shown: Open) -> None:
    found = articles(clean(opened(shown)))
    assert "as published Release 1 shows 1,417 people, Apr–Jun 2023." in found["F3"]
    assert "as published Release 1 shows 780 people, at the end of December 2023." in found["F6"]
    assert "agrees Release 1 shows 4,562 people, total for 2020 to 2023." in found["F10"]
    assert "agrees Release 1 shows 51 to 200 people, 2022. The release shows classes" in found["F12"]  # fmt: skip
    assert "2019, 2020, 2023: hidden to keep people safe." in found["F1"]
    assert "cannot be checked Part of the period is not shown" in found["F1"]


def test_a_quarter_that_lies_across_two_nepali_ones_says_so(shown: Open) -> None:
    found = articles(clean(opened(shown)))
    assert "from 18 Chaitra 2079 (1 April 2023) to 15 Asar 2080 (30 June 2023)" in found["F3"]
    assert "two Nepali quarters, Magh–Chaitra 2079 (Q3 2079/80), Baisakh–Asar 2080" in found["F3"]
    assert "Nepali quarters" not in found["F6"]


def test_800_and_164_are_said_to_overlap_from_both_sides(shown: Open) -> None:
    said = clean(opened(shown))
    for number, other in (("F4", "F5"), ("F5", "F4")):
        assert re.search(
            f"May count the same people as {other} .*Do not add them up", articles(said)[number]
        )
        assert f'href="#claim-{other}"' in said
    assert "Part of F1 (13,211 individuals informed), and counted there already." in articles(said)["F3"]  # fmt: skip


def test_the_account_of_one_case_is_not_repeated(shown: Open) -> None:
    said = clean(opened(shown))
    assert "the number and the sentence are not repeated here" in articles(said)["F20"]
    assert not re.search(r"\baged \d|hotel", said)


@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_link_puts_its_figure_first(shown: Open, language: str) -> None:
    said = clean(opened(shown, language, claim="F6"))
    assert list(articles(said))[0] == "F6"  # noqa: RUF015  # as it is read
    assert said.index(FIRST) < said.index("<table>")
    assert len(articles(said)) == 20, "and once"
    assert said.count('id="claim-F6"') == 1


@pytest.mark.parametrize("query", [{"claim": "F99"}, {"claim": "<script>"}, {"release": "<b>"}])
def test_a_strange_address_gives_the_page(shown: Open, query: dict[str, str]) -> None:
    said = clean(opened(shown, **query))
    assert "<script>" not in said
    assert len(articles(said)) == 20


def test_a_citation_has_the_sentence_the_source_and_the_release(shown: Open) -> None:
    said = html.unescape(re.sub("</?span[^>]*>", "", clean(opened(shown))))
    cited = re.findall(r'<p class="cite" tabindex="0">(.*?)</p>', said)
    assert len(cited) == 20
    mine = next(text for text in cited if "780 parents" in text)
    assert mine.startswith("Plan International Nepal, “The Power of Communities”")
    assert "Sima, published figure F6: as published, public release 1" in mine
    assert "Synthetic demonstration data" in mine


def test_every_line_of_ours_is_in_nepali(shown: Open) -> None:
    said = clean(opened(shown, "ne"))
    said = re.sub(r'<(blockquote|p|span) lang="en">.*?</\1>', "", said)
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 12:
            assert NEPALI.search(line), line


@pytest.mark.parametrize("language", ["en", "ne"])
def test_without_a_release_the_ledger_stands_and_nothing_is_checkable(
    empty: Open, language: str
) -> None:
    said = clean(opened(empty, language))
    assert len(articles(said)) == 20
    assert FIRST in said
    assert set(re.findall(r'<article id="claim-F\d+" class="(\w+)"', said)) == {"not_checkable"}
    expected = {"en": "so no figure can be checked", "ne": "कुनै अङ्क जाँच्न सकिँदैन"}
    assert expected[language] in said


def test_where_everything_is_hidden_no_state_is_made(shown: Open, all_hidden: None) -> None:
    del all_hidden
    said = clean(opened(shown))
    assert set(re.findall(r'<article id="claim-F\d+" class="(\w+)"', said)) == {"not_checkable"}
    assert "Release 1 shows" not in said


@pytest.mark.parametrize("language", ["en", "ne"])
def test_one_tap_leads_from_a_headline_to_its_sentence(shown: Open, language: str) -> None:
    app = shown("public/overview.py")
    app.session_state["language"] = language
    clean(app.run())
    links = [link.proto for link in app.get("page_link") if link.proto.page.endswith("claims")]
    asked = {re.search(r"claim=(F\d+)", link.query_string)[1] for link in links}  # type: ignore[index]
    assert asked == {*figures.CLAIMS_OF_HEADLINES.values(), "F11"}
    assert all("release=1" in link.query_string for link in links)
    keys = {headline.key for headline in headline_figures.HEADLINES}
    assert set(figures.CLAIMS_OF_HEADLINES) <= keys
    assert set(figures.CLAIMS_OF_HEADLINES.values()) <= set(load_ledger())


def test_nothing_on_it_asks_another_host(shown: Open) -> None:
    assert re.findall(r'(?:src|href)="(?:https?:)?//', clean(opened(shown))) == []
    style = Path(claims.STYLE).read_text("utf-8")
    assert "url(" not in style
    assert (REFERENCE / "ledger.toml").exists()
