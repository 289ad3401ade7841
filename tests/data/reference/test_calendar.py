"""Nepali and Gregorian time: exact within the verified years, refused outside."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model import Calendar, PeriodKind
from data.reference import calendar
from data.reference.calendar import BsDate, UnverifiedYearError

FIRST, LAST = calendar.from_bs(2070, 1, 1), calendar.from_bs(2083, 12, 30)


@pytest.mark.parametrize(
    ("day", "bs"),
    [(date(2013, 4, 14), (2070, 1, 1)), (date(2023, 4, 1), (2079, 12, 18)), (date(2023, 6, 30), (2080, 3, 15)),
     (date(2022, 5, 13), (2079, 1, 30)), (date(2023, 4, 14), (2080, 1, 1))],
)  # fmt: skip
def test_known_days_agree_with_published_ones(day: date, bs: tuple[int, int, int]) -> None:
    assert calendar.to_bs(day) == BsDate(*bs)
    assert calendar.from_bs(*bs) == day


@given(st.dates(min_value=FIRST, max_value=LAST))
def test_a_day_goes_there_and_back(day: date) -> None:
    bs = calendar.to_bs(day)
    assert calendar.from_bs(bs.year, bs.month, bs.day) == day


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), date(1990, 1, 1), date(2030, 1, 1)])
def test_a_day_outside_the_verified_years_is_refused(day: date) -> None:
    with pytest.raises(UnverifiedYearError, match="2070 to 2083"):
        calendar.to_bs(day)


def test_a_day_the_month_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not a day"):
        calendar.from_bs(2079, 12, 31)


@pytest.mark.parametrize(
    ("written", "code"),
    [("2023-04", "ad-2023-04"), ("April 2023", "ad-2023-04"), ("Sept 2022", "ad-2022-09"), ("2023-Q2", "ad-2023-q2"),
     ("Q2 2023", "ad-2023-q2"), ("2023", "ad-2023"), ("2079-12 BS", "bs-2079-12"), ("2079-12", "bs-2079-12"),
     ("Chaitra 2079", "bs-2079-12"), ("चैत २०७९", "bs-2079-12"), ("Q4 2079/80", "bs-2079-q4"),
     ("2079/080 Q4", "bs-2079-q4"), ("आ.व. २०७९/८०", "bs-2079"), ("2079/80", "bs-2079"), ("T2 2080/81", "bs-2080-t2"),
     (datetime(2023, 4, 1, tzinfo=UTC), "ad-2023-04"), (date(2023, 4, 30), "ad-2023-04"), ("ad-2023-h1", "ad-2023-h1")],
)  # fmt: skip
def test_a_period_is_read_as_people_write_it(written: object, code: str) -> None:
    assert calendar.read_period(written).code == code


@pytest.mark.parametrize(
    "written",
    ["", "hello", "2023-13", "2023-Q5", "2079-Q34", "2079/81", "Ram 2079", "2079", "Q4 2079", "45000"],
)  # fmt: skip
def test_what_is_no_period_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(ValueError, match="not a period: write") as caught:
        calendar.read_period(written)
    remedy = str(caught.value).replace("2079/80", "").replace("2079-12", "").replace("2079", "")
    assert not written or written not in remedy


def test_a_year_past_the_table_is_refused_as_such() -> None:
    with pytest.raises(UnverifiedYearError):
        calendar.read_period("2090/91")


@pytest.mark.parametrize(
    "code", ["2023", "ad-2023-q5", "ad-2023-t1", "bs-2079-13", "ad-1066", "ad-2023-q2 "]
)
def test_a_code_is_parsed_whole(code: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        calendar.parse_period(code)


def test_the_fiscal_year_runs_from_shrawan_to_asar() -> None:
    year = calendar.parse_period("bs-2079")
    assert (year.start, year.end) == (date(2022, 7, 17), date(2023, 7, 16))
    quarters = calendar.parts(year, PeriodKind.QUARTER)
    assert [q.code for q in quarters] == [f"bs-2079-q{n}" for n in (1, 2, 3, 4)]
    assert [m.code for m in calendar.parts(quarters[3], PeriodKind.MONTH)] == [
        "bs-2080-01",
        "bs-2080-02",
        "bs-2080-03",
    ]
    assert calendar.parts(year, PeriodKind.TRIMESTER)[1].code == "bs-2079-t2"


def test_april_to_june_straddles_two_nepali_quarters() -> None:
    spring = calendar.parse_period("ad-2023-q2")
    q3, q4 = calendar.parse_period("bs-2079-q3"), calendar.parse_period("bs-2079-q4")
    assert spring.overlaps(q3)
    assert spring.overlaps(q4)
    assert not spring.within(q4)


def test_what_does_not_nest_is_refused() -> None:
    with pytest.raises(ValueError, match="not made of"):
        calendar.parts(calendar.parse_period("bs-2079-t1"), PeriodKind.QUARTER)


@given(
    st.dates(min_value=FIRST, max_value=date(2026, 7, 1)),
    st.sampled_from(Calendar),
    st.sampled_from(PeriodKind),
)
def test_parts_cover_their_whole_without_gap_or_overlap(
    day: date, kind_of: Calendar, length: PeriodKind
) -> None:
    if kind_of is Calendar.AD and length is PeriodKind.TRIMESTER:
        return
    try:
        whole = calendar.containing(day, kind_of, length)
    except UnverifiedYearError:
        return
    months = calendar.parts(whole, PeriodKind.MONTH)
    assert months[0].start == whole.start
    assert months[-1].end == whole.end
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(months))
    assert calendar.parse_period(whole.code) == whole
