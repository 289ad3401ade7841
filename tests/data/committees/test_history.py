"""Committees in time: a whole life day by day, counts by quarter, budgets, and their season."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given

from data.committees import history, status
from data.committees.history import (
    Cause,
    Span,
    budget_season,
    closed_quarters,
    count_own_budgets,
    counts_by_quarter,
    list_rung_changes,
    list_spans,
    year_of_signs,
)
from data.committees.status import NO_RECORD, find_rungs, find_standing, load_ladder
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError, from_bs
from data.reference.project import load_project
from tests.data.committees.test_status import (
    CLEAN,
    CLOSE_2079,
    CLOSE_2080,
    DAY,
    ELECTION,
    HERE,
    KINDS,
    LAST,
    REFORM_BY,
    ROWS,
    THERE,
    TODAY,
    Row,
    frame,
)
from tests.support.examples import examples
from tests.support.paths import ROOT

# ---- a whole life, day by day ---------------------------------------------------------------

FORMED = from_bs(2077, 5, 1)
WHOLE_LIFE: tuple[Row, ...] = (
    ("formed", FORMED, None),
    ("meeting", from_bs(2077, 7, 10), None),  # Shrawan–Kartik
    ("meeting", from_bs(2077, 9, 10), None),  # Mangsir–Falgun: it meets
    ("meeting", from_bs(2077, 12, 10), None),
    ("trained", from_bs(2077, 10, 1), 60),
    ("baseline", from_bs(2077, 11, 1), None),  # it has learned
    ("plan", from_bs(2078, 1, 15), None),  # it plans
    ("meeting", from_bs(2078, 5, 1), None),
    ("budget", from_bs(2078, 4, 10), 200_000),  # it is funded
    ("review", from_bs(2078, 6, 1), None),
    ("spent", from_bs(2078, 7, 1), 20),  # it works
    ("meeting", from_bs(2078, 9, 1), None),
    ("review", from_bs(2078, 11, 20), None),
    ("meeting", from_bs(2079, 1, 5), None),
    # The plan lapses; the election of 30 Baisakh 2079 ends the training, then the formation.
    ("not_formed", from_bs(2079, 7, 1), None),  # the palika says that there is none
    ("formed", from_bs(2080, 1, 1), None),  # and forms it again
    ("meeting", from_bs(2080, 3, 1), None),
    ("meeting", from_bs(2080, 4, 20), None),
    ("trained", from_bs(2080, 5, 1), 80),
)
LIVED: tuple[tuple[date, int, Cause, tuple[str, ...]], ...] = (
    (FORMED, 1, Cause.SIGNED, ("formed",)),
    (from_bs(2077, 9, 10), 2, Cause.SIGNED, ("meeting",)),
    (from_bs(2077, 11, 1), 3, Cause.SIGNED, ("baseline",)),
    (from_bs(2078, 1, 15), 4, Cause.SIGNED, ("plan",)),
    (from_bs(2078, 4, 10), 5, Cause.SIGNED, ("budget",)),
    (from_bs(2078, 7, 1), 6, Cause.SIGNED, ("spent",)),
    (date(2022, 4, 29), 3, Cause.LAPSED, ("plan",)),  # of 28 April 2021
    (ELECTION + DAY, 2, Cause.ELECTION, ("trained",)),
    (REFORM_BY + DAY, NO_RECORD, Cause.ELECTION, ("formed",)),
    (from_bs(2079, 7, 1), 0, Cause.SIGNED, ("not_formed",)),
    (from_bs(2080, 1, 1), 1, Cause.SIGNED, ("formed",)),
    (from_bs(2080, 4, 20), 2, Cause.SIGNED, ("meeting",)),
    (from_bs(2080, 5, 1), 3, Cause.SIGNED, ("trained",)),
    (from_bs(2080, 12, 1), 1, Cause.LAPSED, ("meeting",)),  # none in Mangsir–Falgun
    (date(2024, 8, 19), NO_RECORD, Cause.LAPSED, ("record",)),  # a year after its last sign
)
END = date(2024, 12, 31)


def told(rows: Iterable[Row], until: date, **more: Any) -> list[tuple[object, ...]]:
    found = list_rung_changes(frame(rows), palika=HERE, until=until, **more)
    after = found["after"].fillna(NO_RECORD)
    return list(zip(found["day"], after, found["cause"], found["signs"], strict=True))


def test_a_committee_is_formed_climbs_lapses_is_elected_anew_and_comes_back() -> None:
    assert told(WHOLE_LIFE, END) == list(LIVED)


def test_every_day_of_that_life_is_on_the_rung_of_the_last_change() -> None:
    days = [FORMED + n * DAY for n in range(-3, (END - FORMED).days + 1)]
    found = status.list_rungs_by_day(frame(WHOLE_LIFE), palika=HERE, days=days).fillna(NO_RECORD)
    changed = {day: rung for day, rung, *_ in LIVED}
    lived = pd.Series(days).map(changed).ffill().fillna(NO_RECORD)
    assert found.tolist() == lived.tolist()
    for day in days[::97]:
        assert find_rungs(frame(WHOLE_LIFE), palikas=[HERE], on=day)["rung"].fillna(
            NO_RECORD
        ).tolist() == [found[day]]


def test_what_is_told_up_to_an_earlier_day_is_the_beginning_of_the_same() -> None:
    for until in (FORMED, from_bs(2078, 7, 1), REFORM_BY):
        assert told(WHOLE_LIFE, until) == [each for each in LIVED if each[0] <= until]


def test_the_election_is_named_where_it_was_the_cause() -> None:
    found = list_rung_changes(frame(WHOLE_LIFE), palika=HERE, until=END)
    named = found.loc[found["election"].notna(), ["day", "election"]]
    assert named.to_numpy().tolist() == [[ELECTION + DAY, ELECTION], [REFORM_BY + DAY, ELECTION]]


def test_the_word_that_there_is_none_is_a_cause_of_its_own() -> None:
    rows = [*CLEAN, ("not_formed", TODAY, None)]
    assert told(rows, TODAY)[-1] == (TODAY, 0, Cause.DENIED, ("not_formed",))


def test_a_budget_taken_back_is_not_a_budget_that_lapsed() -> None:
    rows = [*CLEAN, ("budget", TODAY, 0)]
    assert told(rows, TODAY)[-1] == (TODAY, 4, Cause.REVISED, ("budget",))
    assert told(CLEAN, CLOSE_2080 + DAY)[-1][2] == Cause.LAPSED


def test_who_reports_again_is_on_a_rung_again() -> None:
    formed = date(2023, 2, 1)
    rows: list[Row] = [("formed", formed, None), ("review", date(2024, 5, 1), None)]
    assert told(rows, date(2024, 5, 1)) == [
        (formed, 1, Cause.SIGNED, ("formed",)),
        (date(2024, 2, 2), NO_RECORD, Cause.LAPSED, ("record",)),
        (date(2024, 5, 1), 1, Cause.SIGNED, ("record",)),
    ]


def test_a_sign_of_one_palika_is_no_life_of_another() -> None:
    signs = pd.concat([frame(WHOLE_LIFE, THERE), frame(CLEAN)])
    found = list_rung_changes(signs, palika=HERE, until=TODAY)
    assert found["day"].min() == CLEAN[0][1]
    empty = list_rung_changes(signs, palika="31299", until=TODAY)
    assert (len(empty), list(empty)) == (0, list(found))
    assert list_rung_changes(frame(CLEAN), palika=HERE, until=date(2020, 1, 1)).empty


def test_signs_from_before_the_calendar_begin_with_it() -> None:
    rows: list[Row] = [("formed", date(2012, 5, 1), None), ("meeting", date(2013, 5, 1), None)]
    found = told(rows, date(2013, 6, 1))
    assert found[0][:2] == (from_bs(2070, 1, 1), 1)


def test_a_life_beyond_the_calendar_is_refused() -> None:
    assert told(CLEAN, LAST)
    with pytest.raises(UnverifiedYearError):
        list_rung_changes(frame(CLEAN), palika=HERE, until=LAST + DAY)


def test_stretches_follow_each_other_without_a_gap() -> None:
    found = list_spans(list_rung_changes(frame(WHOLE_LIFE), palika=HERE, until=END), until=END)
    assert found[0] == Span(FORMED, from_bs(2077, 9, 10) - DAY, 1)
    assert found[-1] == Span(date(2024, 8, 19), END, None)
    assert all(a.last + DAY == b.first for a, b in pairwise(found))
    assert all(span.first <= span.last for span in found)


@examples(4, 80)
@given(rows=ROWS)
def test_a_life_is_what_the_standing_says_before_and_after_each_change(rows: list[Row]) -> None:
    signs = frame(rows)
    found = list_rung_changes(signs, palika=HERE, until=TODAY)
    for row in found.itertuples():
        steps = [row.day - DAY, row.day]
        stood = status.list_rungs_by_day(signs, palika=HERE, days=steps).fillna(NO_RECORD).tolist()
        assert stood == [NO_RECORD if pd.isna(rung) else rung for rung in (row.before, row.after)]
        assert row.signs, "every change has its reason"
        assert set(row.signs) <= {*KINDS, "not_formed", "record"}
        fell = (NO_RECORD if pd.isna(row.after) else row.after) < (
            NO_RECORD if pd.isna(row.before) else row.before
        )
        assert fell == (row.cause != Cause.SIGNED)
    quiet = set(pd.date_range(TODAY - 700 * DAY, TODAY, freq="41D").date) - set(found["day"])
    steps = status.list_rungs_by_day(
        signs, palika=HERE, days=sorted({*quiet, *(d - DAY for d in quiet)})
    )
    steps = steps.fillna(NO_RECORD)
    assert all(steps[day] == steps[day - DAY] for day in quiet)


# ---- counts by quarter ----------------------------------------------------------------------


def test_quarters_are_those_that_are_over() -> None:
    found = closed_quarters(TODAY, count=8)  # 18 Magh 2080
    assert [quarter.code for quarter in found] == [
        "bs-2078-q3", "bs-2078-q4", "bs-2079-q1", "bs-2079-q2",
        "bs-2079-q3", "bs-2079-q4", "bs-2080-q1", "bs-2080-q2",
    ]  # fmt: skip
    last = found[-1].end
    assert closed_quarters(last, count=1)[0].code == "bs-2080-q1", "its last day is not over"
    assert closed_quarters(last + DAY, count=1)[0].code == "bs-2080-q2"


def test_quarters_end_where_the_calendar_does() -> None:
    assert closed_quarters(LAST, count=1)[0].code == "bs-2083-q2"
    with pytest.raises(UnverifiedYearError):
        closed_quarters(LAST + DAY, count=8)
    first = from_bs(2070, 1, 1)
    assert closed_quarters(first, count=8) == ()
    assert [q.code for q in closed_quarters(first + timedelta(120), count=8)] == ["bs-2069-q4"]


def test_counts_of_a_quarter_are_those_of_its_last_day() -> None:
    signs = pd.concat([frame(CLEAN), frame(WHOLE_LIFE, THERE)])
    palikas = [HERE, THERE, "31299"]
    quarters = closed_quarters(from_bs(2081, 5, 1), count=12)
    found = counts_by_quarter(signs, palikas=palikas, quarters=quarters)
    assert found.index.tolist() == [quarter.code for quarter in quarters]
    assert found.columns.tolist() == list(range(NO_RECORD, 7))
    assert found.sum(axis=1).eq(len(palikas)).all()
    for quarter in quarters:
        stood = find_standing(signs, palikas=palikas, on=quarter.end)
        assert found.loc[quarter.code].tolist() == status.counts_by_rung(stood).tolist()
    assert found.loc["bs-2080-q1", 2] == 0
    assert found.loc["bs-2080-q1", 1] == 1, "what came later is not told of an earlier quarter"


def test_no_quarter_is_an_empty_table() -> None:
    found = counts_by_quarter(frame(CLEAN), palikas=[HERE], quarters=())
    assert found.empty
    assert found.columns.tolist() == list(range(NO_RECORD, 7))


# ---- own budget after the project -----------------------------------------------------------


def test_the_year_asked_for_is_two_years_after_the_project() -> None:
    project = load_project()
    assert project.ended.code == "ad-2023-12"
    assert history.asked_year(project) == 2082
    ends = {history.fiscal_year(project.ended.start), 2080}
    assert ends == {2080}, "whichever day of the month it ended"
    two_years_on = date(project.ended.end.year + 2, project.ended.end.month, 31)
    assert history.fiscal_year(two_years_on) == history.asked_year(project)


SILENT, NONE = "31298", "31299"


def _four() -> pd.DataFrame:
    """A funded one, one without a budget, a palika that says there is none, and a silent one."""
    unfunded = [row for row in CLEAN if row[0] != "budget"]
    said: Row = ("not_formed", from_bs(2080, 8, 1), None)
    return pd.concat(
        [frame(CLEAN), frame(unfunded, THERE), frame([said, CLEAN[6]], NONE)], ignore_index=True
    )


def test_the_share_is_of_palikas_with_a_record() -> None:
    found = count_own_budgets(
        _four(), palikas=[HERE, THERE, NONE, SILENT], year=2080, known_until=date(2025, 1, 1)
    )
    assert found is not None
    assert (found.looked_on, found.closed) == (CLOSE_2080, True)
    assert (found.funded, found.unfunded, found.silent, found.recorded) == (1, 2, 1, 3)


def test_a_year_that_still_runs_says_so_and_one_to_come_has_no_share() -> None:
    signs = _four()
    asked = {"palikas": [HERE, THERE], "year": 2080}
    running = count_own_budgets(signs, **asked, known_until=TODAY)  # type: ignore[arg-type]
    assert running is not None
    assert (running.looked_on, running.closed, running.funded) == (TODAY, False, 1)
    first = CLOSE_2079 + DAY
    at_its_last = count_own_budgets(signs, **asked, known_until=CLOSE_2080)  # type: ignore[arg-type]
    assert at_its_last is not None
    assert not at_its_last.closed, "its last day is not over"
    assert count_own_budgets(signs, **asked, known_until=first) is not None  # type: ignore[arg-type]
    assert count_own_budgets(signs, **asked, known_until=CLOSE_2079) is None  # type: ignore[arg-type]


def test_a_year_beyond_the_calendar_has_no_share() -> None:
    asked = {"palikas": [HERE], "known_until": LAST}
    assert count_own_budgets(frame(CLEAN), year=2084, **asked) is None  # type: ignore[arg-type]
    assert count_own_budgets(frame(CLEAN), year=2083, **asked) is not None  # type: ignore[arg-type]
    beyond = count_own_budgets(frame(CLEAN), palikas=[HERE], year=2080, known_until=LAST + DAY)
    assert beyond is None


def test_a_budget_of_another_year_is_none_of_this_one() -> None:
    rows = [*CLEAN, ("plan", from_bs(2081, 5, 1), None)]
    found = count_own_budgets(frame(rows), palikas=[HERE], year=2081, known_until=date(2025, 6, 1))
    assert found is not None
    assert (found.funded, found.unfunded) == (0, 1)


# ---- the season of the budget ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "days"),
    [(from_bs(2080, 12, 30), None), (from_bs(2081, 1, 1), 72), (from_bs(2081, 2, 15), None),
     (from_bs(2081, 3, 9), 1), (from_bs(2081, 3, 10), 0), (from_bs(2081, 3, 11), None),
     (from_bs(2081, 4, 1), None), (from_bs(2081, 9, 1), None)],
)  # fmt: skip
def test_the_season_is_from_baisakh_to_ten_asar(on: date, days: int | None) -> None:
    found = budget_season(on)
    if on == from_bs(2081, 2, 15):
        assert found is not None
        assert found.days == (from_bs(2081, 3, 10) - on).days
    elif days is None:
        assert found is None
    else:
        assert found is not None
        assert (found.due, found.days, found.coming) == (from_bs(2081, 3, 10), days, 2081)


def test_each_day_of_a_year_is_in_the_season_or_not() -> None:
    first = from_bs(2082, 1, 1)
    year = [first + n * DAY for n in range(365)]
    inside = [day for day in year if budget_season(day)]
    assert inside == [day for day in year if day <= from_bs(2082, 3, 10)]
    with pytest.raises(UnverifiedYearError):
        budget_season(LAST + DAY)


def test_the_last_season_of_the_calendar_needs_no_fiscal_year_beyond_it() -> None:
    found = budget_season(from_bs(2083, 1, 1))
    assert found is not None
    assert found.coming == 2083
    with pytest.raises(UnverifiedYearError):
        calendar.parse_period("bs-2083")


def test_figures_of_a_fiscal_year_are_the_newest_dated_in_it() -> None:
    rows = [
        *CLEAN,
        ("budget", from_bs(2080, 9, 1), 150_000),
        ("budget", from_bs(2081, 4, 1), 7),
        ("spent", from_bs(2081, 3, 1), None),
    ]
    signs = pd.concat([frame(rows), frame([("budget", from_bs(2080, 10, 1), 9)], THERE)])
    late = date(2025, 1, 1)

    def of(year: int, on: date = late) -> tuple[int | None, int | None]:
        found = year_of_signs(signs, palika=HERE, year=year, on=on)
        return found.budget, found.spent

    assert of(2080) == (150_000, 20)
    assert of(2080, from_bs(2080, 8, 1)) == (100_000, None), "what came later is not known yet"
    assert of(2081) == (7, None)
    assert of(2079) == (None, None)


def test_a_budget_is_proposed_in_the_year_before() -> None:
    rows = [("proposed", from_bs(2080, 2, 1), 100_000), ("proposed", from_bs(2080, 3, 1), 120_000)]
    last = from_bs(2080, 3, 9)
    of = [year_of_signs(frame(rows), palika=HERE, year=year, on=last) for year in (2079, 2080)]
    assert [each.proposed for each in of] == [120_000, None]
    early = year_of_signs(frame(rows), palika=HERE, year=2079, on=from_bs(2080, 2, 20))
    assert early.proposed == 100_000
    for on in (last, from_bs(2080, 8, 1)):
        stood = find_rungs(frame(CLEAN), palikas=[HERE], on=on)
        also = find_rungs(frame([*CLEAN, *rows]), palikas=[HERE], on=on)
        assert stood["rung"].equals(also["rung"]), "it is on no rung"


def test_a_budget_of_zero_is_a_figure_and_not_silence() -> None:
    found = year_of_signs(frame([("budget", TODAY, 0)]), palika=HERE, year=2080, on=TODAY)
    assert (found.budget, found.spent) == (0, None)
    silent = year_of_signs(frame([("plan", TODAY, None)]), palika=HERE, year=2080, on=TODAY)
    assert (silent.budget, silent.spent) == (None, None)
    nobody = year_of_signs(frame([]), palika=HERE, year=2080, on=TODAY)
    assert (nobody.budget, nobody.spent) == (None, None)


# ---- one colour a rung ----------------------------------------------------------------------


def test_the_bars_have_the_colours_of_the_map() -> None:
    looks = (ROOT / "dashboard/assets/engine/looks.js").read_text("utf-8")
    (listed,) = re.findall(r"const STEPS = \[(.*?)\]", looks)
    style = (ROOT / "dashboard/assets/committees.css").read_text("utf-8")
    steps = re.findall(r"^\.rung(\d) \{ --step: (#[0-9a-f]{6}); \}$", style, flags=re.MULTILINE)
    assert [colour for _, colour in sorted(steps)] == re.findall("#[0-9a-f]{6}", listed)
    assert [int(rung) for rung, _ in steps] == list(range(7))


def test_a_rung_alone_is_the_rung_of_the_standing() -> None:
    signs = pd.concat([frame(CLEAN), frame(WHOLE_LIFE, THERE)])
    for on in (ELECTION, TODAY, CLOSE_2080 + DAY):
        found = find_rungs(signs, palikas=[THERE, "31299", HERE], on=on)
        stood = find_standing(signs, palikas=[THERE, "31299", HERE], on=on)
        pd.testing.assert_frame_equal(found, stood[["rung"]])


def test_an_election_to_come_is_told_when_it_has_been() -> None:
    coming = TODAY + 30 * DAY
    ladder = replace(load_ladder(), elections=(ELECTION, coming))
    row = told(CLEAN, coming + DAY, ladder=ladder)[-1]
    assert row == (coming + DAY, 2, Cause.ELECTION, ("trained",))
