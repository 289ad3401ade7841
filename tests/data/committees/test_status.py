"""The ladder of the committees: a clean committee, then one mutation a rule."""

import copy
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.committees import status
from data.committees.ladder import Term, read_ladder
from data.committees.status import (
    NO_RECORD,
    find_standing,
    list_lapsing_signs,
    list_rungs_by_day,
    load_ladder,
    sign_holds_until,
)
from data.model import SimaError
from data.reference import templates
from data.reference.calendar import UnverifiedYearError, from_bs
from data.reference.indicators import REFERENCE
from tests.support.examples import examples

Row = tuple[str, date, int | None]
HERE, THERE = "31206", "31207"
TODAY = from_bs(2080, 10, 18)  # in the second trimester of 2080/81
DAY = timedelta(days=1)
ELECTION, REFORM_BY = date(2022, 5, 13), date(2022, 8, 11)
# Where the last fiscal years end: Asar has 32 days in 2079 and 31 in the two years after.
CLOSE_2078, CLOSE_2079, CLOSE_2080 = date(2022, 7, 16), date(2023, 7, 16), date(2024, 7, 15)

CLEAN: tuple[Row, ...] = (
    ("formed", from_bs(2079, 12, 1), None),
    ("meeting", from_bs(2080, 5, 10), None),
    ("meeting", from_bs(2080, 9, 5), None),
    ("trained", from_bs(2080, 1, 10), 50),
    ("baseline", from_bs(2080, 2, 1), None),
    ("plan", from_bs(2080, 4, 25), None),
    ("budget", from_bs(2080, 4, 1), 100_000),
    ("review", from_bs(2080, 8, 15), None),
    ("spent", from_bs(2080, 9, 1), 20),
)


def frame(rows: Iterable[Row], palika: str = HERE) -> pd.DataFrame:
    table = [(palika, sign, day, "", value) for sign, day, value in rows]
    columns = ["unit_code", "sign", "signed_on", "number", "value"]
    return pd.DataFrame(table, columns=columns).astype({"value": "Int64"})


def stand(rows: Iterable[Row], on: date = TODAY, **more: Any) -> dict[str, Any]:
    found = find_standing(frame(rows), palikas=[HERE], on=on, **more)
    assert found.index.tolist() == [HERE]
    return found.iloc[0].to_dict()


def rung(rows: Iterable[Row], on: date = TODAY) -> int:
    found = stand(rows, on)["rung"]
    return NO_RECORD if pd.isna(found) else int(found)


def without(sign: str, rows: Iterable[Row] = CLEAN) -> list[Row]:
    return [row for row in rows if row[0] != sign]


def instead(*new: Row) -> list[Row]:
    """The clean committee with these signs in place of its own of the same kind."""
    kinds = {row[0] for row in new}
    return [row for row in CLEAN if row[0] not in kinds] + list(new)


# ---- the climb ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signs", "expected", "step"),
    [(0, NO_RECORD, "record"), (1, 1, "meeting"), (2, 1, "meeting"), (3, 2, "trained"), (4, 2, "baseline"),
     (5, 3, "plan"), (6, 4, "budget"), (7, 5, "review"), (8, 5, "spent"), (9, 6, "keep")],
)  # fmt: skip
def test_a_committee_climbs_rung_by_rung(signs: int, expected: int, step: str) -> None:
    assert rung(CLEAN[:signs]) == expected
    found = stand(CLEAN[:signs])
    assert found["next_step"] == step
    assert found["out_of_order"] == tuple(
        row[0] for row in CLEAN[:signs] if (row[0], signs) in _AHEAD
    )


_AHEAD = {("trained", 4), ("review", 8)}  # half of a rung is a tick


def test_a_clean_committee_shows_all_its_signs_in_ladder_order() -> None:
    found = stand(reversed(CLEAN))
    assert found["holds"] == (
        "formed",
        "meeting",
        "trained",
        "baseline",
        "plan",
        "budget",
        "review",
        "spent",
    )
    assert found["out_of_order"] == ()
    assert found["reform_by"] is None
    assert not found["star"]


@pytest.mark.parametrize(
    ("sign", "expected"),
    [("formed", NO_RECORD), ("meeting", 1), ("trained", 2), ("baseline", 2), ("plan", 3), ("budget", 4),
     ("review", 5), ("spent", 5)],
)  # fmt: skip
def test_one_missing_sign_lowers_to_the_rung_below_it(sign: str, expected: int) -> None:
    found = stand(without(sign))
    assert rung(without(sign)) == expected
    assert found["next_step"] == sign
    assert sign not in found["holds"]
    order = [
        key
        for key, rule in load_ladder().signs.items()
        if rule.rung > expected and key in found["holds"]
    ]
    assert found["out_of_order"] == tuple(order)


@pytest.mark.parametrize(
    ("sign", "day", "value", "expected"),
    [("trained", from_bs(2080, 1, 10), 49, 2), ("trained", from_bs(2080, 1, 10), None, 2),
     ("budget", from_bs(2080, 4, 1), 0, 4), ("budget", from_bs(2080, 4, 1), None, 4),
     ("spent", from_bs(2080, 9, 1), 0, 5), ("spent", from_bs(2080, 9, 1), None, 5)],
)  # fmt: skip
def test_a_sign_without_enough_behind_it_does_not_count(
    sign: str, day: date, value: int | None, expected: int
) -> None:
    assert rung(instead((sign, day, value))) == expected


@pytest.mark.parametrize(
    ("sign", "signed", "last", "after"),
    [("plan", date(2023, 2, 1), date(2024, 2, 1), 3), ("trained", date(2022, 5, 20), date(2024, 5, 20), 2),
     ("baseline", date(2019, 3, 1), date(2024, 3, 1), 2), ("review", date(2023, 8, 31), date(2024, 2, 29), 5)],
)  # fmt: skip
def test_an_expired_sign_lowers_from_the_day_after_its_last(
    sign: str, signed: date, last: date, after: int
) -> None:
    rows = instead((sign, signed, 60 if sign == "trained" else None))
    assert rung(rows, last) == 6
    assert rung(rows, last + DAY) == after
    assert stand(rows, last)["lapses_sign"] == sign
    assert stand(rows, last)["lapses_on"] == last


def test_a_sign_of_tomorrow_does_not_count_yet() -> None:
    rows = instead(("plan", TODAY + DAY, None))
    assert rung(rows) == 3
    assert rung(rows, TODAY + DAY) == 6


# ---- how long signs hold --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "last"),
    [(("not_formed", date(2023, 3, 15), None), date(2024, 3, 15)), (("formed", date(2023, 3, 15), None), date(2028, 3, 15)),
     (("trained", date(2023, 4, 23), 50), date(2025, 4, 23)), (("trained", date(2023, 4, 23), 49), None),
     (("baseline", date(2023, 5, 15), None), date(2028, 5, 15)), (("plan", date(2023, 8, 10), None), date(2024, 8, 10)),
     (("review", date(2023, 8, 31), None), date(2024, 2, 29)), (("meeting", date(2023, 8, 31), None), None),
     (("budget", from_bs(2079, 3, 32), 1), CLOSE_2078), (("budget", from_bs(2079, 4, 1), 1), CLOSE_2079),
     (("budget", from_bs(2080, 3, 31), 1), CLOSE_2079), (("budget", from_bs(2080, 4, 1), 1), CLOSE_2080),
     (("spent", from_bs(2080, 3, 31), 1), CLOSE_2079), (("spent", from_bs(2080, 4, 1), 1), CLOSE_2080),
     (("fund", date(2023, 8, 10), None), None), (("plan", TODAY + DAY, None), None)],
)  # fmt: skip
def test_every_sign_has_its_last_day(row: Row, last: date | None) -> None:
    found = sign_holds_until(frame([row]), on=TODAY)
    assert found["holds_until"].tolist() == [last]
    assert found["beyond_calendar"].tolist() == [False]


def test_last_days_stand_on_the_index_of_the_signs() -> None:
    signs = frame(CLEAN).set_axis([f"row {n}" for n in range(len(CLEAN))]).iloc[::-1]
    found = sign_holds_until(signs, on=TODAY)
    assert found.index.equals(signs.index)
    assert found.loc["row 5", "holds_until"] == date(2024, 8, 10)
    assert found.loc["row 1", "holds_until"] == CLOSE_2080


def test_a_meeting_supports_no_longer_than_it_is_one_of_the_last_two() -> None:
    days = [from_bs(2080, 1, 1), from_bs(2080, 5, 1), from_bs(2080, 9, 1), from_bs(2081, 5, 1)]
    found = sign_holds_until(frame(("meeting", day, None) for day in days), on=days[-1])
    ends = [from_bs(2080, 11, 30), from_bs(2081, 3, 31), from_bs(2081, 3, 31), None]
    assert found["holds_until"].tolist() == ends


def test_the_budget_and_what_was_spent_of_it_end_with_the_fiscal_year() -> None:
    rows = [*CLEAN, ("meeting", from_bs(2081, 1, 5), None), ("review", from_bs(2081, 2, 5), None)]
    assert rung(rows, CLOSE_2080) == 6
    new_year = stand(rows, CLOSE_2080 + DAY)
    assert new_year["rung"] == 4
    assert new_year["out_of_order"] == ("review",)
    assert rung([*rows, ("budget", from_bs(2081, 4, 1), 5)], CLOSE_2080 + DAY) == 5


def test_the_newest_budget_of_a_fiscal_year_counts_whatever_the_order() -> None:
    cut = instead(("budget", from_bs(2080, 9, 1), 0), ("budget", from_bs(2080, 4, 1), 100_000))
    assert rung(cut) == 4
    raised = instead(("budget", from_bs(2080, 9, 1), 100_000), ("budget", from_bs(2080, 4, 1), 0))
    assert rung(raised) == 6
    unread = instead(
        ("budget", from_bs(2080, 9, 1), None), ("budget", from_bs(2080, 4, 1), 100_000)
    )
    assert rung(unread) == 6
    same_day = instead(("budget", from_bs(2080, 4, 1), 0), ("budget", from_bs(2080, 4, 1), 100_000))
    assert rung(same_day) == rung(reversed(same_day)) == 6


def test_each_palika_and_each_fiscal_year_has_its_own_newest_budget() -> None:
    later = instead(("budget", from_bs(2080, 9, 1), 0))
    both = find_standing(
        pd.concat([frame(CLEAN), frame(later, THERE)]), palikas=[HERE, THERE], on=TODAY
    )
    assert both["rung"].tolist() == [6, 4]
    years = [("budget", from_bs(2080, 3, 1), 5), ("budget", from_bs(2080, 4, 1), 5)]
    found = sign_holds_until(frame(years), on=TODAY)
    assert found["holds_until"].tolist() == [CLOSE_2079, CLOSE_2080]


# ---- meetings -------------------------------------------------------------------------------

FORMED: Row = ("formed", from_bs(2079, 12, 1), None)


@pytest.mark.parametrize(
    ("meetings", "on", "expected"),
    [([(2080, 5, 1), (2080, 9, 1)], from_bs(2080, 9, 1), 2),  # the running trimester counts at once
     ([(2080, 5, 1), (2080, 9, 1)], from_bs(2080, 8, 30), 1),
     ([(2079, 12, 5), (2080, 5, 1)], from_bs(2080, 11, 30), 2),  # both before the running one
     ([(2079, 12, 5), (2080, 5, 1)], from_bs(2080, 12, 1), 1),
     ([(2079, 12, 5), (2080, 9, 1)], TODAY, 1),  # one trimester without
     ([(2080, 8, 1), (2080, 11, 1)], TODAY + timedelta(days=60), 1),  # both in one
     ([(2080, 7, 30), (2080, 8, 1)], TODAY, 2),  # a day apart, in two trimesters
     ([(2080, 3, 31), (2080, 4, 1)], TODAY, 2),  # over the fiscal year's end
     ([(2080, 5, 1), (2080, 9, 1), (2081, 1, 1)], from_bs(2081, 7, 30), 2),
     ([(2080, 5, 1), (2080, 9, 1), (2081, 1, 1)], from_bs(2081, 8, 1), 1)],
)  # fmt: skip
def test_a_meeting_in_each_of_the_last_two_trimesters(
    meetings: list[tuple[int, int, int]], on: date, expected: int
) -> None:
    rows = [FORMED, ("plan", on, None)]  # somebody reports
    rows += [("meeting", from_bs(*day), None) for day in meetings]
    assert rung(rows, on) == expected


def test_one_committee_does_not_meet_for_another() -> None:
    mine, theirs = frame([FORMED, CLEAN[1]]), frame([FORMED, CLEAN[2]], THERE)
    found = find_standing(pd.concat([mine, theirs]), palikas=[HERE, THERE], on=TODAY)
    assert found["rung"].tolist() == [1, 1]
    both = pd.concat([mine, theirs, frame([CLEAN[2]])])
    assert find_standing(both, palikas=[THERE, HERE], on=TODAY)["rung"].to_dict() == {
        THERE: 1,
        HERE: 2,
    }


# ---- no record, not formed ------------------------------------------------------------------


def test_nobody_reported_is_not_a_committee_that_was_not_formed() -> None:
    said: Row = ("not_formed", date(2023, 2, 1), None)
    nothing, none = stand([]), stand([said], date(2024, 2, 1))
    assert pd.isna(nothing["rung"])
    assert (nothing["next_step"], nothing["holds"]) == ("record", ())
    assert (none["rung"], none["next_step"], none["holds"]) == (0, "formed", ("not_formed",))
    assert (none["lapses_sign"], none["lapses_on"]) == ("not_formed", date(2024, 2, 1))
    assert rung([said], date(2024, 2, 2)) == NO_RECORD


def test_a_sleeping_committee_of_which_nobody_reports_has_no_record() -> None:
    rows: list[Row] = [("formed", date(2023, 2, 1), None)]
    asleep = stand(rows, date(2024, 2, 1))
    assert (asleep["rung"], asleep["lapses_sign"], asleep["lapses_on"]) == (
        1,
        "record",
        date(2024, 2, 1),
    )
    silent = stand(rows, date(2024, 2, 2))
    assert pd.isna(silent["rung"])
    assert (silent["next_step"], silent["lapses_sign"], silent["out_of_order"]) == (
        "record",
        None,
        ("formed",),
    )
    assert rung([*rows, ("plan", date(2023, 6, 1), None)], date(2024, 2, 2)) == 1


def test_a_budget_without_any_word_of_a_committee_is_a_tick_without_a_rung() -> None:
    found = stand([("budget", from_bs(2080, 5, 1), 100)])
    assert pd.isna(found["rung"])
    assert (found["out_of_order"], found["next_step"]) == (("budget",), "formed")


def test_signs_out_of_order_are_shown_and_do_not_lift() -> None:
    found = stand(
        [FORMED, ("budget", from_bs(2080, 5, 1), 100), ("baseline", from_bs(2080, 5, 2), None)]
    )
    assert found["rung"] == 1
    assert found["holds"] == ("formed", "baseline", "budget")
    assert found["out_of_order"] == ("baseline", "budget")


def test_the_word_that_there_is_none_ends_what_was_the_committees() -> None:
    said: Row = ("not_formed", TODAY - 20 * DAY, None)
    gone = stand([*CLEAN, said])
    assert (gone["rung"], gone["next_step"]) == (0, "formed")
    assert gone["out_of_order"] == ("baseline", "plan", "budget", "spent")  # the palika's own
    new: Row = ("formed", TODAY - 10 * DAY, None)
    afresh = stand([*CLEAN, said, new])
    assert (afresh["rung"], afresh["next_step"]) == (1, "meeting")
    assert "not_formed" not in afresh["holds"]
    # A run of meetings does not reach over it.
    assert rung([*CLEAN, said, new, ("meeting", TODAY - 5 * DAY, None)]) == 1


def test_a_committee_formed_on_the_day_of_the_statement_is_formed() -> None:
    rows: list[Row] = [("not_formed", TODAY, None), ("formed", TODAY, None)]
    assert stand(rows)["holds"] == stand(reversed(rows))["holds"] == ("formed",)
    assert rung(rows) == 1
    assert sign_holds_until(frame(rows), on=TODAY)["holds_until"][0] is None
    assert rung([("formed", TODAY - DAY, None), ("not_formed", TODAY, None)]) == 0


# ---- elections ------------------------------------------------------------------------------

BEFORE: tuple[Row, ...] = (
    ("formed", from_bs(2077, 5, 1), None),
    ("meeting", from_bs(2078, 9, 1), None),
    ("meeting", from_bs(2079, 1, 10), None),
    ("trained", ELECTION, 80),
    ("baseline", from_bs(2078, 9, 1), None),
)


def test_an_election_ends_the_training_at_once_and_the_formation_after_ninety_days() -> None:
    assert stand(BEFORE, ELECTION)["reform_by"] is None
    assert rung(BEFORE, ELECTION) == 3
    day_after = stand(BEFORE, ELECTION + DAY)
    assert (day_after["rung"], day_after["next_step"]) == (2, "reform")
    assert day_after["reform_by"] == REFORM_BY
    assert (day_after["lapses_sign"], day_after["lapses_on"]) == ("formed", REFORM_BY)
    two = replace(load_ladder(), elections=(date(2017, 5, 14), ELECTION))
    assert stand(BEFORE, ELECTION + DAY, ladder=two)["reform_by"] == REFORM_BY
    assert rung(BEFORE, REFORM_BY) == 2
    late = stand(BEFORE, REFORM_BY + DAY)
    assert pd.isna(late["rung"])
    assert (late["reform_by"], late["next_step"]) == (REFORM_BY, "reform")


def test_a_committee_formed_again_is_flagged_no_more() -> None:
    rows = [*BEFORE, ("formed", REFORM_BY, None)]
    found = stand(rows, REFORM_BY + DAY)
    assert (found["rung"], found["next_step"], found["reform_by"]) == (2, "trained", None)
    assert rung([*rows, ("trained", REFORM_BY, 50)], REFORM_BY + DAY) == 3


def test_a_formation_on_election_day_is_from_before_it() -> None:
    rows = [("formed", ELECTION, None), *BEFORE[1:]]
    assert stand(rows, ELECTION + DAY)["reform_by"] == REFORM_BY
    assert stand([("formed", ELECTION + DAY, None)], ELECTION + DAY)["reform_by"] is None


def test_who_never_had_a_committee_or_says_so_need_not_form_it_again() -> None:
    assert stand([("meeting", ELECTION, None)], ELECTION + DAY)["reform_by"] is None
    assert stand([*BEFORE, ("not_formed", ELECTION, None)], ELECTION + DAY)["reform_by"] is None
    silent = stand(BEFORE, ELECTION + timedelta(days=400))
    assert (silent["reform_by"], silent["next_step"]) == (None, "record")


def test_an_election_with_a_day_is_foreseen() -> None:
    day = TODAY + timedelta(days=30)
    ladder = replace(load_ladder(), elections=(ELECTION, day))
    found = stand(CLEAN, ladder=ladder)
    assert (found["rung"], found["reform_by"]) == (6, None)
    assert (found["lapses_sign"], found["lapses_on"]) == ("trained", day)


# ---- the star -------------------------------------------------------------------------------


def steady() -> list[Row]:
    rows: list[Row] = [
        ("formed", from_bs(2079, 4, 5), None),
        ("baseline", from_bs(2079, 4, 6), None),
    ]
    for year in (2079, 2080, 2081):
        rows += [
            ("budget", from_bs(year, 4, 10), 100), ("plan", from_bs(year, 4, 20), None),
            ("trained", from_bs(year, 5, 1), 60), ("spent", from_bs(year, 9, 1), 5),
            ("review", from_bs(year, 9, 1), None), ("review", from_bs(year + 1, 2, 1), None),
            ("meeting", from_bs(year, 5, 1), None), ("meeting", from_bs(year, 9, 1), None),
            ("meeting", from_bs(year + 1, 1, 10), None),
        ]  # fmt: skip
    return rows


def test_the_star_is_for_the_close_of_two_fiscal_years_on_the_top_rung() -> None:
    on = from_bs(2081, 10, 1)
    assert stand(steady(), on)["rung"] == 6
    assert stand(steady(), on)["star"]
    assert not stand(steady(), from_bs(2080, 10, 1))["star"]  # one fiscal year so far
    for year in (2080, 2081):  # asleep at one close, awake since
        slept = [row for row in steady() if row != ("review", from_bs(year, 2, 1), None)]
        assert stand(slept, on)["rung"] == 6
        assert not stand(slept, on)["star"]
    unspent = [row for row in steady() if row != ("spent", from_bs(2081, 9, 1), 5)]
    assert stand(unspent, on)["rung"] == 5
    assert not stand(unspent, on)["star"]


def test_a_star_is_its_own_committees() -> None:
    on = from_bs(2081, 10, 1)
    slept = [row for row in steady() if row != ("review", from_bs(2080, 2, 1), None)]
    signs = pd.concat([frame(slept), frame(steady(), THERE)])
    found = find_standing(signs, palikas=[HERE, THERE, "31208"], on=on)
    assert found["star"].tolist() == [False, True, False]
    assert found["star"].dtype == bool


# ---- where the calendar ends ----------------------------------------------------------------

LAST = from_bs(2083, 12, 30)


def test_a_sign_that_outlives_the_calendar_holds_and_names_no_day() -> None:
    rows: list[Row] = [
        ("formed", from_bs(2083, 5, 1), None), ("meeting", from_bs(2083, 9, 1), None),
        ("meeting", from_bs(2083, 12, 5), None), ("budget", from_bs(2083, 6, 1), 100),
    ]  # fmt: skip
    found = stand(rows, LAST)
    assert (found["rung"], found["holds"]) == (2, ("formed", "meeting", "budget"))
    assert (found["lapses_sign"], found["lapses_on"]) == ("formed", date(2031, 8, 17))
    ladder = load_ladder()
    yearly = replace(ladder.signs["formed"], term=Term.FISCAL_YEARS, length=1)
    unknown = stand(rows, LAST, ladder=replace(ladder, signs={**ladder.signs, "formed": yearly}))
    assert (unknown["rung"], unknown["lapses_sign"], unknown["lapses_on"]) == (2, None, None)
    until = sign_holds_until(frame(rows), on=LAST)
    assert until["holds_until"].tolist() == [date(2031, 8, 17), None, None, None]
    assert until["beyond_calendar"].tolist() == [False, True, True, True]
    assert list_lapsing_signs(frame(rows), palikas=[HERE], on=LAST, within_days=99_999)[
        "sign"
    ].tolist() == ["formed"]


def test_a_day_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(UnverifiedYearError, match="2070 to 2083"):
        find_standing(frame(CLEAN), palikas=[HERE], on=LAST + DAY)


def test_signs_from_before_the_calendar_hold_no_more() -> None:
    old = [
        ("budget", date(2012, 5, 1), 5),
        ("budget", date(2013, 5, 1), 5),
        ("meeting", date(2012, 5, 1), None),
    ]
    until = sign_holds_until(frame(old), on=TODAY)
    assert until["holds_until"].tolist() == [None, None, None]
    assert not until["beyond_calendar"].any()
    assert rung([*old, *CLEAN]) == 6


# ---- notices, history, counts ---------------------------------------------------------------


def test_what_lapses_soon_is_listed_by_day_and_palika() -> None:
    soon: list[Row] = [FORMED, ("review", date(2023, 8, 10), None), CLEAN[6]]
    signs = pd.concat([frame(soon, THERE), frame(CLEAN)])
    found = list_lapsing_signs(signs, palikas=[THERE, HERE], on=date(2024, 2, 1))
    assert found.to_dict("records") == [
        {"unit_code": THERE, "sign": "review", "lapses_on": date(2024, 2, 10), "days": 9},
    ]
    assert list_lapsing_signs(signs, palikas=[THERE], on=date(2023, 12, 12))["days"].tolist() == [
        60
    ]
    assert list_lapsing_signs(signs, palikas=[THERE], on=date(2023, 12, 11)).empty
    wide = list_lapsing_signs(signs, palikas=[THERE, HERE], on=date(2024, 2, 10), within_days=156)
    assert list(zip(wide["unit_code"], wide["sign"], wide["days"], strict=True)) == [
        (THERE, "review", 0), (HERE, "review", 112),
        (HERE, "meeting", 156), (HERE, "budget", 156), (HERE, "spent", 156), (THERE, "budget", 156),
    ]  # fmt: skip
    sleeping = list_lapsing_signs(frame([FORMED]), palikas=[HERE], on=date(2024, 2, 10))
    assert sleeping["sign"].tolist() == ["record"]
    assert sleeping["lapses_on"].tolist() == [date(2024, 3, 15)]


def test_a_renewed_sign_is_no_notice() -> None:
    rows = [*CLEAN, ("review", from_bs(2080, 10, 1), None)]
    found = list_lapsing_signs(frame(rows), palikas=[HERE], on=date(2024, 5, 1))
    assert "review" not in found["sign"].tolist()
    assert (
        "review"
        in list_lapsing_signs(frame(CLEAN), palikas=[HERE], on=date(2024, 5, 1))["sign"].tolist()
    )


def test_history_looks_at_each_day_with_what_was_dated_up_to_it() -> None:
    days = [
        TODAY,
        from_bs(2079, 11, 30),
        from_bs(2080, 1, 1),
        from_bs(2080, 8, 30),
        CLOSE_2080 + DAY,
    ]
    found = list_rungs_by_day(frame(CLEAN), palika=HERE, days=days)
    assert found.index.tolist() == days
    assert found.name == HERE
    assert found.fillna(NO_RECORD).tolist() == [6, NO_RECORD, 1, 1, 1]
    assert list_rungs_by_day(frame(CLEAN), palika=HERE, days=[]).empty
    with pytest.raises(UnverifiedYearError):
        list_rungs_by_day(frame(CLEAN), palika=HERE, days=[TODAY, LAST + DAY])


def test_history_agrees_with_the_standing_of_each_day() -> None:
    rows = [
        *CLEAN,
        *steady(),
        ("not_formed", from_bs(2081, 11, 1), None),
        ("formed", from_bs(2081, 12, 1), None),
    ]
    days = [date(2022, 3, 1) + n * timedelta(days=67) for n in range(18)]
    found = list_rungs_by_day(pd.concat([frame(rows), frame(CLEAN, THERE)]), palika=HERE, days=days)
    assert found.fillna(NO_RECORD).tolist() == [rung(rows, day) for day in days]
    assert set(found.dropna()) == {1, 4, 5, 6}


def test_committees_are_counted_by_rung_with_zeros() -> None:
    signs = pd.concat([frame(CLEAN), frame([FORMED], THERE)])
    found = find_standing(signs, palikas=[HERE, THERE, "31204", "31205"], on=TODAY)
    assert status.counts_by_rung(found).to_dict() == {
        NO_RECORD: 2,
        0: 0,
        1: 1,
        2: 0,
        3: 0,
        4: 0,
        5: 0,
        6: 1,
    }


def test_one_row_for_each_palika_asked_in_the_order_asked() -> None:
    asked = pd.Index([THERE, HERE])
    found = find_standing(pd.concat([frame(CLEAN), frame(CLEAN, "31299")]), palikas=asked, on=TODAY)
    assert found.index.tolist() == [THERE, HERE]
    assert str(found["rung"].dtype) == "Int64"
    assert found["rung"].fillna(NO_RECORD).tolist() == [NO_RECORD, 6]
    empty = find_standing(frame([]), palikas=[], on=TODAY)
    assert (len(empty), list(empty)) == (0, list(found))


def test_days_may_be_timestamps_or_text() -> None:
    for written in (pd.Timestamp, str):
        signs = frame(CLEAN)
        signs["signed_on"] = [written(day) for day in signs["signed_on"]]
        assert find_standing(signs, palikas=[HERE], on=TODAY)["rung"].tolist() == [6]


@pytest.mark.parametrize(
    ("signs", "palikas", "match"),
    [(frame(CLEAN).drop(columns="value"), [HERE], "no column value"), (frame(CLEAN), [HERE, HERE], f"{HERE} is listed twice"),
     (frame(CLEAN).assign(signed_on=None), [HERE], "a sign has no day")],
)  # fmt: skip
def test_a_bad_call_is_refused(signs: pd.DataFrame, palikas: list[str], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        find_standing(signs, palikas=palikas, on=TODAY)


# ---- what always holds ----------------------------------------------------------------------

KINDS = sorted(set(load_ladder().signs) - {"not_formed"})


def row_of(kinds: list[str]) -> st.SearchStrategy[Row]:
    days = st.integers(0, 900).map(lambda back: TODAY - back * DAY)
    return st.tuples(st.sampled_from(kinds), days, st.integers(1, 100))


# Near the clean committee, or the top would hardly ever be reached.
ROWS = st.builds(
    lambda kept, more: [*kept, *more],
    st.lists(st.sampled_from(CLEAN), unique=True, min_size=5),
    st.lists(row_of([*KINDS, "not_formed"]), max_size=6),
)


MANY = st.lists(ROWS, min_size=16, max_size=16)  # at once: a call costs the same for one


def rungs(many: Iterable[list[Row]], on: date = TODAY) -> pd.Series:
    """Rungs of many committees, 0 for no record: both are below the first rung."""
    listed = [(f"{n:05d}", row) for n, rows in enumerate(many) for row in rows]
    signs = frame([row for _, row in listed]).assign(unit_code=[palika for palika, _ in listed])
    return find_standing(signs, palikas=signs["unit_code"].unique(), on=on)["rung"].fillna(0)


@examples(3, 40)
@given(many=MANY, new=row_of(KINDS))
def test_a_new_sign_never_lowers(many: list[list[Row]], new: Row) -> None:
    assert (rungs([*rows, new] for rows in many) >= rungs(many)).all()


@examples(3, 40)
@given(many=MANY, on=st.integers(0, 400), later=st.integers(1, 400))
def test_time_alone_never_lifts(many: list[list[Row]], on: int, later: int) -> None:
    day = TODAY + on * DAY
    assert (rungs(many, day + later * DAY) <= rungs(many, day)).all()


@examples(4, 80)
@given(rows=ROWS)
def test_the_rung_is_gone_on_the_day_after_its_next_lapse(rows: list[Row]) -> None:
    found = stand(rows)
    if (last := found["lapses_on"]) is not None:
        there, gone = list_rungs_by_day(frame(rows), palika=HERE, days=[last, last + DAY]).fillna(
            NO_RECORD
        )
        assert gone < there == found["rung"]


@examples(4, 80)
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(data: st.DataObject) -> None:
    rows = data.draw(ROWS)
    shuffled = data.draw(st.permutations(rows))
    one, other = (find_standing(frame(r), palikas=[HERE], on=TODAY) for r in (rows, shuffled))
    pd.testing.assert_frame_equal(one, other)


# ---- the reference file ---------------------------------------------------------------------

TABLE = tomllib.loads((REFERENCE / "ladder.toml").read_text("utf-8"))


def test_every_sign_of_the_template_stands_on_the_ladder() -> None:
    on_no_rung = {"proposed"}
    assert set(load_ladder().signs) | on_no_rung == set(templates.SIGNS)
    assert not set(load_ladder().signs) & on_no_rung


def test_the_ladder_has_its_words_in_both_languages() -> None:
    ladder = load_ladder()
    assert ladder.version == TABLE["version"]
    assert ladder.elections == (ELECTION,)
    assert list(ladder.rung_name) == [NO_RECORD, *range(7)]
    assert ladder.rung_name[2]["ne"] == "बैठक बस्ने"
    assert set(ladder.sign_name) == {*ladder.signs, "record"}
    assert set(ladder.next_step) == {*KINDS, "record", "reform", "keep"}
    texts = [
        *ladder.rung_name.values(),
        *ladder.sign_name.values(),
        *ladder.next_step.values(),
        ladder.star_name,
    ]
    assert all(set(text) == {"en", "ne"} for text in texts)
    assert ladder.asked(6) == ("review", "spent")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [("version", 1, "version"), ("record_months", 0, "record_months"), ("notice_days", True, "notice_days"),
     ("star_fiscal_years", None, "star_fiscal_years"), ("months", 3, "months: is not a key"),
     ("election.days", [20220513], "election.days"), ("election.days", [date(2023, 1, 1), ELECTION], "in order"), ("election.days", [ELECTION, ELECTION], "in order"),
     ("election.day", [], "election.day: is not a key"), ("rung.3", None, "rung.3.en"), ("rung.7", {}, "rung.7"),
     ("rung.none", {"en": "No record", "ne": " "}, "rung.none.ne"), ("star.name", {"en": "x"}, "star.name.ne"),
     ("sign", None, "sign: is missing"), ("sign.plan.months", None, "sign.plan: needs exactly one of months"),
     ("sign.plan.trimesters", 2, "sign.plan: needs exactly one"), ("sign.plan.months", 1.5, "sign.plan.months"),
     ("sign.plan.mounths", 3, "sign.plan.mounths: is not a key"), ("sign.plan.rung", 7, "sign.plan.rung"),
     ("sign.plan.rung", 0, "sign.plan.rung"), ("sign.plan.rung", 5, "no sign for rung 4"),
     ("sign.plan.rung", 1, "no sign for rung 4"), ("sign.spent.rung", 1, "rung 1 must require formed"),
     ("sign.plan.committee", "yes", "sign.plan.committee"), ("sign.budget.least", 0, "sign.budget.least"),
     ("sign.formed.after_election_days", None, "sign.formed.after_election_days: is missing"),
     ("sign.trained.after_election_days", -1, "sign.trained.after_election_days"),
     ("sign.plan.name", None, "sign.plan.name.en"), ("sign.plan.step", {"en": "x"}, "sign.plan.step.ne"),
     ("next_step.keep", None, "next_step.keep.en"), ("next_step.go", {}, "next_step.go"),
     ("sign_name.record", {"en": "a", "ne": "b", "hi": "c"}, "sign_name.record.hi")],
)  # fmt: skip
def test_a_wrong_ladder_is_refused_with_its_key(path: str, value: object, message: str) -> None:
    table = copy.deepcopy(TABLE)
    *parents, last = path.split(".")
    entry = table
    for name in parents:
        entry = entry[name]
    if value is None:
        del entry[last]
    else:
        entry[last] = value
    with pytest.raises(SimaError, match=r"ladder\.toml, ") as refused:
        read_ladder(table)
    assert message in str(refused.value)
