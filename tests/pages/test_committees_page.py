"""The committees in time: their page, and a palika's past and budget season, on days we choose."""

import html
import re
from datetime import date

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.maps import registry
from dashboard.released import committee_status
from dashboard.sections.committees import trends
from data.committees import history, status
from data.committees.history import OwnBudget
from data.model import Audience
from data.reference.project import load_project
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.pages.conftest import NEPALI, Open, clean

PAGE, PALIKA = "public/committees.py", "partner/palika.py"
TODAY, SOON, BEYOND = date(2026, 11, 24), date(2026, 6, 30), date(2027, 4, 14)
FUNDED, SILENT = "51104", "31205"
LANGUAGES = pytest.mark.parametrize("language", ["en", "ne"])


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")


@pytest.fixture(autouse=True, params=[TODAY], ids=str)
def on(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> date:
    """The day of viewing."""
    monkeypatch.setattr(registry, "today", lambda: request.param)
    return request.param


def reader(demo: Settings, audience: Audience) -> ReleaseReader:
    return ReleaseReader.open(demo.releases(audience), audience)


@pytest.fixture
def demo_public(demo: Settings) -> ReleaseReader:
    return reader(demo, Audience.PUBLIC)


@pytest.fixture
def demo_partner(demo: Settings) -> ReleaseReader:
    return reader(demo, Audience.PARTNER)


def viewed_on(*days: date) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("on", days, indirect=True, ids=str)


def opened(open_: Open, page: str, language: str = "en", viewer: str = "", **query: str) -> AppTest:
    app = open_(page, viewer, **query)
    app.session_state["language"] = language
    return app.run()


def words(markup: str) -> str:
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", markup)).split())


def block(app: AppTest, kind: str) -> str:
    """The markup of one piece of the committees; empty where it is not on the page."""
    found = re.search(
        rf'<div class="sima-committees {kind}".*?</div>(?=\n|$)', clean(app), flags=re.DOTALL
    )
    return found[0] if found else ""


def signs_of(store: ReleaseReader) -> pd.DataFrame:
    return store.signs(store.releases()[0].number)


# ---- the page -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viewer", "language"), [("", "en"), ("", "ne"), ("steward", "en"), ("planner", "ne")]
)
def test_the_page_says_it_all_to_everybody(shown: Open, language: str, viewer: str) -> None:
    app = opened(shown, PAGE, language, viewer)
    for kind in ("time", "soon", "share"):
        said = words(block(app, kind))
        assert said
        assert bool(NEPALI.search(said)) == (language == "ne")
    if language == "ne":
        assert not re.search("[0-9]", words(block(app, "time")))


def test_each_quarter_adds_up_to_the_palikas_of_the_place(shown: Open) -> None:
    made = block(opened(shown, PAGE, area="312"), "time")
    rows = re.findall(r"<tr><th scope=\"row\">(\w+ \d+)</th>(.*?)</tr>", made)
    stacks, numbers = rows[:8], rows[8:]
    assert [name for name, _ in stacks] == [name for name, _ in numbers]
    assert stacks[-1][0] == "Asoj 2083"
    for (_, drawn), (_, row) in zip(stacks, numbers, strict=True):
        counts = [int(n) for n in re.findall(r"<td>(\d+)</td>", row)]
        assert len(counts) == 8
        assert sum(counts) == 10, "the palikas of Makwanpur"
        shares = [float(share) for share in re.findall(r"width:([\d.]+)%", drawn)]
        assert len(shares) == sum(count > 0 for count in counts), "zero draws no sliver"
        assert sum(shares) == pytest.approx(100, abs=0.1)


def test_a_rung_without_a_committee_has_no_bar(shown: Open) -> None:
    said = clean(opened(shown, PAGE))
    rows = re.findall(r'<td>(<span class="bar rung(-?\d)"[^>]*></span>)?<b>(\d+)</b></td>', said)
    assert len(rows) == 8
    assert {many == "0" for bar, _, many in rows if bar} == {False}
    assert {many for bar, _, many in rows if not bar} == {"0"}


@viewed_on(SOON)
@LANGUAGES
def test_what_lapses_soon_stands_by_day(
    shown: Open, demo_public: ReleaseReader, on: date, language: str
) -> None:
    listed = block(opened(shown, PAGE, language, area="border"), "soon")
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)<small>", listed)
    units = demo_public.units(demo_public.releases()[0].boundaries_id)
    border = units[units["border_district"] & units["admin_level"].eq(3)].index
    soon = status.list_lapsing_signs(signs_of(demo_public), palikas=border, on=on)
    assert len(soon) > 20
    assert rows == [html.escape(units.at[code, f"name_{language}"]) for code in soon["unit_code"]]
    assert (soon["days"].diff().dropna() >= 0).all()
    wording.speak(language)
    for last in soon["lapses_on"].unique():
        assert wording.day_label(last) in listed


def test_nothing_that_lapses_is_said_in_words(shown: Open) -> None:
    said = words(block(opened(shown, PAGE, area="31205"), "soon"))
    assert said == "No evidence that is valid today expires here within 60 days."


@viewed_on(date(2027, 3, 1))
def test_a_notice_that_would_reach_beyond_the_calendar_says_so(shown: Open) -> None:
    said = clean(opened(shown, PAGE))
    assert "Evidence that expires after 30 Chaitra 2083 (13 April 2027) is not listed" in said


def test_the_share_is_that_of_the_signs(shown: Open, demo_public: ReleaseReader, on: date) -> None:
    said = words(block(opened(shown, PAGE), "share"))
    release = demo_public.releases()[0]
    units = demo_public.units(release.boundaries_id)
    mine = units[units["programme_district"] & units["admin_level"].eq(3)].index
    found = history.count_own_budgets(
        signs_of(demo_public),
        palikas=mine,
        year=history.asked_year(load_project()),
        known_until=min(on, date.fromisoformat(release.created[:10])),
    )
    assert found is not None
    assert said.startswith(f"{found.funded} of {found.recorded} palikas that reported")
    assert f"{found.silent} other palikas did not report" in said
    assert found.recorded + found.silent == len(mine)


@LANGUAGES
def test_a_share_that_cannot_be_worked_out_is_said_to_be_so(language: str) -> None:
    wording.speak(language)
    words_ = {"year": "2082/83", "years": "2", "month": "December 2023"}
    say = trends.own_budget_said
    none = words(say(None, words_))
    silent = words(say(OwnBudget(2082, TODAY, closed=True, funded=0, unfunded=0, silent=3), words_))
    running = words(
        say(OwnBudget(2082, TODAY, closed=False, funded=1, unfunded=3, silent=0), words_)
    )
    assert not re.search("[%]|percent|प्रतिशत", none + silent)
    if language == "en":
        assert none.startswith("Not known yet")
        assert "no palika reported for" in silent
        assert running.startswith("1 of 4 palikas")
        assert "25 percent" in running
        assert "can still grow" in running


# ---- a palika's past ------------------------------------------------------------------------


@LANGUAGES
def test_a_palika_reads_when_it_rose_and_fell_and_why(shown: Open, language: str) -> None:
    past = block(opened(shown, PALIKA, language, f"deputy:{FUNDED}"), "life")
    said = words(past)
    assert past.count('class="steps"') == 1
    if language == "en":
        assert "Fell to 4 · Has a plan 1 Shrawan 2083 (17 July 2026) Expired: Own budget" in said
        assert "New: Committee formed" in said
    else:
        assert "झर्‍यो: ४ · योजना भएको" in said
    drawn = [float(width) for width in re.findall(r";width:([\d.]+)%", past)]
    assert sum(drawn) == pytest.approx(100, abs=0.2)


def test_an_election_is_named_as_the_reason(shown: Open, demo_partner: ReleaseReader) -> None:
    signs = signs_of(demo_partner)
    trained = signs[
        (signs["sign"] == "trained") & (pd.to_datetime(signs["signed_on"]) < "2022-05-13")
    ]
    palika = trained["unit_code"].iloc[0]
    said = words(block(opened(shown, PALIKA, viewer=f"deputy:{palika}"), "life"))
    assert "After the local election of 30 Baisakh 2079 (13 May 2022), no longer valid" in said


def test_no_sign_is_not_no_committee(shown: Open, demo_partner: ReleaseReader) -> None:
    units = demo_partner.units(demo_partner.releases()[0].boundaries_id)
    palikas = units.index[units["admin_level"].eq(3)]
    palika = palikas.difference(signs_of(demo_partner)["unit_code"])[0]
    said = words(block(opened(shown, PALIKA, viewer=f"deputy:{palika}"), "life"))
    assert said == (
        "No evidence of this committee has been reported yet. That does not mean that there is no committee."
    )


# ---- the season of the budget ---------------------------------------------------------------


@viewed_on(date(2026, 4, 13), date(2026, 6, 25), TODAY, BEYOND)
def test_outside_its_season_there_is_no_budget_card(shown: Open) -> None:
    assert block(opened(shown, PALIKA, viewer=f"deputy:{FUNDED}"), "season") == ""


@viewed_on(date(2026, 4, 14), date(2026, 6, 24))
@LANGUAGES
def test_in_its_season_the_card_says_what_is_known(shown: Open, on: date, language: str) -> None:
    card = block(opened(shown, PALIKA, language, f"deputy:{FUNDED}"), "season")
    said = words(card)
    left = (date(2026, 6, 24) - on).days
    if language == "en":
        assert "by 10 Asar 2083 (24 June 2026)" in said
        assert (f"{left} days left" if left else "today is the last day") in said
        assert "fiscal year 2081/82 last year NPR 550,000 56 percent" in said
        assert "fiscal year 2082/83 this year NPR 100,000 40 percent" in said
        asked = "NPR 350,000" if on > date(2026, 6, 3) else "nothing reported"
        assert f"fiscal year 2083/84 proposed {asked}" in said
    else:
        assert "१० असार २०८३" in said
        asked = "३,५०,०००" if on > date(2026, 6, 3) else "विवरण नआएको"
        assert re.search(f"प्रस्तावित [^ ]* ?{asked}", said)
        assert not re.search("[0-9]", said)


@viewed_on(date(2026, 5, 20))
def test_a_palika_that_reported_no_budget_has_no_record_of_one(shown: Open) -> None:
    said = words(block(opened(shown, PALIKA, viewer=f"deputy:{SILENT}"), "season"))
    assert "last year nothing reported nothing reported" in said
    assert "not that there is no money" in said


# ---- where the calendar ends ----------------------------------------------------------------


@viewed_on(BEYOND)
@LANGUAGES
def test_after_the_calendar_the_pages_say_one_sentence(shown: Open, language: str) -> None:
    wording.speak(language)
    day = wording.day_label(committee_status.last_known_day())
    for page, viewer in ((PAGE, ""), (PALIKA, f"deputy:{FUNDED}")):
        app = opened(shown, page, language, viewer)
        clean(app)
        sentences = [each.value for each in app.info if day in each.value]
        assert len(sentences) == 1
        assert not any(block(app, kind) for kind in ("time", "soon", "share", "life", "season"))
    assert opened(shown, PALIKA, language, f"deputy:{FUNDED}").header, (
        "the rest of her page is there"
    )


@viewed_on(date(2027, 4, 13))
def test_on_its_last_day_the_pages_still_say_where_committees_stand(shown: Open) -> None:
    app = opened(shown, PAGE)
    assert block(app, "time")
    assert not [each for each in app.info if "confirmed only up to" in each.value]
    assert block(opened(shown, PALIKA, viewer=f"deputy:{FUNDED}"), "life")
