"""Headline figures of a release: what is added, what never is, and what stands instead."""

import dataclasses

import pandas as pd
import pytest

from dashboard.i18n import wording
from dashboard.released import figure_text, headline_figures
from dashboard.released.headline_figures import HEADLINES, Figure, count_places, figure_of
from dashboard.sections.overview import figures, releases, story
from data.model import Audience, ReleaseInfo
from data.publications.targets import load_targets
from data.reference.indicators import load_indicators


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")


def cells(*rows: tuple[str, int | str]) -> pd.DataFrame:
    """Make a row a period; a text is a status or, after a colon, a class."""
    made = []
    for period, said in rows:
        text = said if isinstance(said, str) else ""
        value_class = text.removeprefix("class:") if text.startswith("class:") else None
        made.append(
            {"period": period, "status": "published" if value_class or not text else text,
             "value": said if isinstance(said, int) else None, "value_class": value_class}
        )  # fmt: skip
    return pd.DataFrame(made, columns=["period", "status", "value", "value_class"]).astype(
        {"value": "Int64"}
    )


# ---- adding


def test_years_that_are_all_shown_are_added() -> None:
    found = figure_of(cells(("ad-2023", 7), ("ad-2022", 5)), adds_up=True)
    assert (found.value, found.periods) == (12, ("ad-2022", "ad-2023"))


def test_quarters_beside_their_years_are_not_counted_twice() -> None:
    rows = (("ad-2022", 5), ("ad-2023", 7), ("ad-2023-q1", 3), ("ad-2023-q2", 4))
    assert figure_of(cells(*rows), adds_up=True).value == 12


def test_quarters_alone_are_not_added() -> None:
    found = figure_of(cells(("ad-2023-q1", 3), ("ad-2023-q2", 4)), adds_up=True)
    assert (found.value, found.periods) == (4, ("ad-2023-q2",))


def test_years_of_two_calendars_are_not_added() -> None:
    found = figure_of(cells(("ad-2022", 5), ("ad-2023", 7), ("bs-2079", 6)), adds_up=True)
    assert found.value == 12


def test_a_stock_is_never_added() -> None:
    found = figure_of(cells(("ad-2022", 5), ("ad-2023", 7)), adds_up=False)
    assert (found.value, found.periods) == (7, ("ad-2023",))


@pytest.mark.parametrize("status", ["suppressed", "not_reported"])
def test_a_year_without_a_figure_takes_the_sum_away_and_is_named(status: str) -> None:
    found = figure_of(cells(("ad-2021", status), ("ad-2022", 5), ("ad-2023", 7)), adds_up=True)
    assert (found.value, found.periods) == (7, ("ad-2023",))
    assert found.hidden + found.silent == ("ad-2021",)


def test_years_that_do_not_follow_each_other_are_not_added() -> None:
    assert figure_of(cells(("ad-2020", 5), ("ad-2023", 7)), adds_up=True).value == 7


# ---- the newest


def test_a_newer_hidden_year_is_named_beside_the_older_figure() -> None:
    found = figure_of(cells(("ad-2022", 5), ("ad-2023", "suppressed")), adds_up=False)
    assert (found.periods, found.hidden) == (("ad-2022",), ("ad-2023",))


def test_years_with_nothing_since_are_named_as_zeros() -> None:
    found = figure_of(cells(("ad-2021", 5), ("ad-2022", 0), ("ad-2023", 0)), adds_up=False)
    assert (found.value, found.zeros) == (5, ("ad-2022", "ad-2023"))


def test_where_all_is_zero_the_newest_zero_is_the_figure() -> None:
    found = figure_of(cells(("ad-2022", 0), ("ad-2023", 0)), adds_up=False)
    assert (found.value, found.periods, found.zeros) == (0, ("ad-2023",), ())


def test_a_class_is_shown_and_never_added() -> None:
    found = figure_of(cells(("ad-2022", "class:lower"), ("ad-2023", "class:higher")), adds_up=True)
    assert (found.value, found.value_class, found.periods) == (None, "higher", ("ad-2023",))


def test_where_everything_is_hidden_there_is_no_figure_but_a_reason() -> None:
    found = figure_of(cells(("ad-2022", "suppressed"), ("ad-2023", "not_reported")), adds_up=True)
    assert not found.shown
    assert (found.hidden, found.silent) == (("ad-2022",), ("ad-2023",))
    assert len(figure_text.missing_reasons(found)) == 2


def test_without_cells_there_is_no_figure_and_no_reason() -> None:
    assert figure_of(cells(), adds_up=True) == Figure()


# ---- places


def test_places_with_more_than_zero_are_counted() -> None:
    rows = cells(("bs-2080", 3), ("bs-2080", 0), ("bs-2080", 1), ("bs-2080", "not_reported"))
    found = figure_of(count_places(rows), adds_up=False)
    assert (found.value, found.reported) == (2, 3)


def test_a_hidden_place_takes_the_count_of_its_period_away() -> None:
    rows = cells(("bs-2079", 3), ("bs-2080", 3), ("bs-2080", "suppressed"))
    found = figure_of(count_places(rows), adds_up=False)
    assert (found.periods, found.hidden) == (("bs-2079",), ("bs-2080",))


def test_places_of_which_none_reported_have_no_count() -> None:
    found = figure_of(count_places(cells(("bs-2080", "not_reported"))), adds_up=False)
    assert (found.shown, found.silent) == (False, ("bs-2080",))


# ---- words


RELEASE = ReleaseInfo(
    number=3, audience=Audience.PUBLIC, created="2026-11-24T10:00:00Z", state="current",
    synthetic=False, boundaries_id="x", policy_version="2", cells=10_006, suppressed=9,
)  # fmt: skip


def test_every_headline_is_public_and_named_apart() -> None:
    indicators = load_indicators()
    assert all(Audience.PUBLIC in indicators[each.indicator].designs for each in HEADLINES)
    for language in wording.LANGUAGES:
        wording.speak(language)
        names = [figures.title(each) for each in HEADLINES]
        assert len(set(names)) == len(names)
    wording.speak("en")


def test_a_card_says_figure_unit_place_period_source_and_what_is_missing() -> None:
    card = figures.card(
        HEADLINES[0], Figure(("ad-2023",), 3718, hidden=("ad-2019", "ad-2020")), RELEASE
    )
    for part in ("<b>3,718</b> people", "Nepal · 2023", "Source: figures published by Sima, release 3",
                 "2019, 2020: hidden to keep people safe.", "Public release 3"):  # fmt: skip
        assert part in card


def test_a_card_without_a_figure_says_why_and_cites_nothing() -> None:
    assert "not shown" in figures.card(HEADLINES[0], Figure(hidden=("ad-2023",)), RELEASE)
    card = figures.card(HEADLINES[0], Figure(), RELEASE)
    assert "no figure in this release" in card
    assert 'class="cite"' not in card


def test_a_bar_marks_the_target_inside_whatever_was_reached() -> None:
    assert "width: 100.00%" in figures.bar(4562, 1600)
    assert "left: 35.07%" in figures.bar(4562, 1600)
    assert "width: 50.00%" in figures.bar(800, 1600)
    assert "left: 100.00%" in figures.bar(0, 1600)


def test_a_hidden_figure_beside_a_target_draws_no_bar() -> None:
    target = load_targets()[0]
    said = figures.comparison(target, Figure(hidden=("ad-2022",)), RELEASE)
    assert "not shown" in said
    assert 'class="bar"' not in said
    assert "1,600" in said
    assert "%" not in said


@pytest.mark.parametrize(
    ("count", "said"),
    [(100, "about 10 KB"), (60_027, "about 60 KB"), (994_000, "about 990 KB"),
     (999_000, "about 1.0 MB"), (12_340_000, "about 12.3 MB")],
)  # fmt: skip
def test_a_size_is_said_as_people_say_it(count: int, said: str) -> None:
    assert releases.size(count) == said


# ---- history


def test_what_a_release_added_is_told_against_the_one_before_that_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    periods = {1: {"ad-2022"}, 3: {"ad-2022", "ad-2023-q1", "ad-2023"}}
    monkeypatch.setattr(headline_figures, "_periods", lambda info: periods[info.number])
    first = dataclasses.replace(RELEASE, number=1, state="superseded", cells=100)
    gone = dataclasses.replace(RELEASE, number=2, state="withdrawn", cells=999)
    newest = dataclasses.replace(RELEASE, cells=130)
    steps = headline_figures.release_history([newest, gone, first])
    assert [step.cells for step in steps] == [30, None, 100]
    assert set(steps[0].periods) == {"ad-2023-q1", "ad-2023"}
    told = releases.releases([newest, gone, first], newest)
    assert "Figures: +30; new periods: 2 (" in told
    assert "First release. Figures: 100. Periods (quarters, years and others): 1" in told
    assert "Its figures are no longer shown." in told
    assert "999" not in told
    assert '"?release=1"' in told
    assert "release=2" not in told


def test_a_long_history_names_the_newest_and_counts_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(headline_figures, "_periods", lambda _info: {"ad-2022"})
    released = [dataclasses.replace(RELEASE, number=n) for n in range(14, 0, -1)]
    told = releases.releases(released, released[0])
    assert told.count("<tr") == headline_figures.NEWEST + 1
    assert "Earlier releases: 4." in told


# ---- what the overview counts


def test_a_figure_without_anything_to_say_gives_its_place_to_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = ["booth_contacts", "children_trained", "parents_groups", "rescues"]
    listed = pd.DataFrame({"indicator": told})
    monkeypatch.setattr(headline_figures.cache, "catalogue", lambda _release: listed)
    keys = [each.key for each in headline_figures.list_headlines(RELEASE)]
    assert len(keys) == len(HEADLINES)
    assert keys[:4] == ["informed", "informed-u18", "children", "groups"]
    assert "rescues" in keys
    assert keys.index("rescues") < keys.index("ambassadors")


def test_the_story_has_its_figures_even_where_they_are_not_among_the_cards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public = [c for c, each in load_indicators().items() if Audience.PUBLIC in each.designs]
    usual = {each.indicator for each in HEADLINES}
    others = pd.DataFrame({"indicator": [code for code in public if code not in usual]})
    monkeypatch.setattr(headline_figures.cache, "catalogue", lambda _release: others)
    monkeypatch.setattr(headline_figures.cache, "remembered", lambda _release, _key, make: make())
    monkeypatch.setattr(headline_figures, "_figure", lambda _release, _headline: Figure())
    keys = {each.key for each in headline_figures.list_headlines(RELEASE)}
    assert not keys & {each.key for each in HEADLINES}
    assert story.is_told(headline_figures.headlines(RELEASE))
