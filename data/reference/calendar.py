"""Days of the Nepali (Bikram Sambat) and Gregorian calendars, and the periods of reports.

The lengths of Nepali months are announced and cannot be computed. ``bs_months.csv`` holds them with
their source. A day outside the years of that table raises an error and is never estimated.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate

from data.model import Calendar, Period, PeriodKind, SimaError
from data.reference import project_files
from data.reference.digits import to_ascii

_FIRST_DAY = date(2013, 4, 14)  # 1 Baisakh of the first year of the table
_MONTHS_IN_YEAR = 12
_FISCAL_START = 4  # Shrawan
_LAST_YEAR_AD = 2100
_FIRST_YEAR_AD = 1990

MONTHS_BS = (
    ("Baisakh", "बैशाख"), ("Jestha", "जेठ"), ("Asar", "असार"), ("Shrawan", "साउन"),
    ("Bhadra", "भदौ"), ("Asoj", "असोज"), ("Kartik", "कात्तिक"), ("Mangsir", "मंसिर"),
    ("Poush", "पुस"), ("Magh", "माघ"), ("Falgun", "फागुन"), ("Chaitra", "चैत"),
)  # fmt: skip
MONTHS_AD = (
    ("January", "जनवरी"), ("February", "फेब्रुअरी"), ("March", "मार्च"), ("April", "अप्रिल"),
    ("May", "मे"), ("June", "जुन"), ("July", "जुलाई"), ("August", "अगस्ट"),
    ("September", "सेप्टेम्बर"), ("October", "अक्टोबर"), ("November", "नोभेम्बर"),
    ("December", "डिसेम्बर"),
)  # fmt: skip
# Other spellings that people type, by month number.
_SPELLINGS_BS = {
    1: "baishakh vaisakh vaishakh वैशाख", 2: "jeth jyestha जेष्ठ ज्येष्ठ", 3: "ashad ashadh asadh असाढ आषाढ",
    4: "saun sawan shravan श्रावण", 5: "bhadau bhadra भाद्र", 6: "ashwin aswin asoj आश्विन", 7: "kattik कार्तिक",
    8: "mangshir marga मंग्सिर मार्ग", 9: "paush pus पौष", 10: "माघ", 11: "phagun fagun falgun phalgun फाल्गुन",
    12: "chait चैत्र",
}  # fmt: skip
# How many months a period has, and how its code marks it.
_MONTHS_OF = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.TRIMESTER: 4,
    PeriodKind.HALF: 6,
    PeriodKind.YEAR: 12,
}
_MARKS = {"q": PeriodKind.QUARTER, "t": PeriodKind.TRIMESTER, "h": PeriodKind.HALF}
_CODE = re.compile(r"(ad|bs)-(\d{4})(?:-(?:(\d{2})|([qth])([1-4])))?")


class UnverifiedYearError(SimaError):
    """Raised for a Nepali year that is not in the table of month lengths."""


@dataclass(frozen=True, slots=True, order=True)
class BsDate:
    """A day of the Nepali calendar; month 1 is Baisakh."""

    year: int
    month: int
    day: int


@cache
def _table() -> dict[int, tuple[int, ...]]:
    """Return the lengths of the twelve months of each Nepali year, in days."""
    lines = project_files.read_text("bs_months.csv").splitlines()
    rows = [line.split(",") for line in lines if line[:1].isdigit()]
    return {int(year): tuple(map(int, rest[:_MONTHS_IN_YEAR])) for year, *rest in rows}


def verified_years() -> range:
    """Return the range of Nepali years that are in the table of month lengths."""
    return range(min(_table()), max(_table()) + 1)


@cache
def _new_years() -> dict[int, date]:
    """Return the first day of each Nepali year of the table."""
    lengths = [sum(months) for months in _table().values()]
    starts = accumulate(lengths[:-1], lambda day, n: day + timedelta(days=n), initial=_FIRST_DAY)
    return dict(zip(_table(), starts, strict=True))


def _month_lengths(year: int) -> tuple[int, ...]:
    """Return the lengths of a year's months; raise UnverifiedYearError outside the table."""
    years = verified_years()
    if year not in years:
        raise UnverifiedYearError(
            f"The Nepali calendar is known here for {years[0]} to {years[-1]} BS;"
            f" {year} BS is outside. Ask for an updated calendar table.",
        )
    return _table()[year]


def from_bs(year: int, month: int, day: int) -> date:
    """Convert a Nepali day to a Gregorian day.

    Raises
    ------
    UnverifiedYearError
        If the year is outside the table.
    ValueError
        If the month does not have the day.

    Examples
    --------
    >>> from_bs(2080, 1, 1)
    datetime.date(2023, 4, 14)
    """
    months = _month_lengths(year)
    if not 1 <= month <= _MONTHS_IN_YEAR or not 1 <= day <= months[month - 1]:
        raise ValueError(f"not a day of the Nepali calendar: {year}-{month:02d}-{day:02d}")
    return _new_years()[year] + timedelta(days=sum(months[: month - 1]) + day - 1)


@lru_cache(maxsize=4096)
def to_bs(day: date) -> BsDate:
    """Convert a Gregorian day to a Nepali day.

    Raises
    ------
    UnverifiedYearError
        If the day is outside the years of the table.

    Examples
    --------
    >>> to_bs(date(2023, 4, 14))
    BsDate(year=2080, month=1, day=1)
    """
    starts = _new_years()
    year = next((y for y in reversed(starts) if starts[y] <= day), None)
    past = year is not None and (day - starts[year]).days >= sum(_table()[year])
    if year is None or past:
        first, last = verified_years()[0], verified_years()[-1]
        raise UnverifiedYearError(
            f"The Nepali calendar is known here for {first} to {last} BS; {day} is outside."
            " Ask for an updated calendar table.",
        )
    rest = (day - starts[year]).days
    for month, length in enumerate(_table()[year], start=1):
        if rest < length:
            return BsDate(year, month, rest + 1)
        rest -= length
    raise AssertionError("a day of the year lies in one of its months")


def _month_start(calendar: Calendar, index: int) -> date:
    """Return the first day of a month, counted in months from year 0 of its calendar."""
    year, month = divmod(index, _MONTHS_IN_YEAR)
    return date(year, month + 1, 1) if calendar is Calendar.AD else from_bs(year, month + 1, 1)


def _span(calendar: Calendar, first_month: int, months: int) -> tuple[date, date]:
    """Return the first and the last day of consecutive months."""
    last = first_month + months - 1
    if calendar is Calendar.AD:
        return _month_start(calendar, first_month), _month_start(calendar, last + 1) - timedelta(1)
    year, month = divmod(last, _MONTHS_IN_YEAR)
    length = _month_lengths(year)[month]  # the next month may be outside the table
    return _month_start(calendar, first_month), from_bs(year, month + 1, length)


@lru_cache(maxsize=4096)
def _period(calendar: Calendar, kind: PeriodKind, year: int, number: int) -> Period:
    """Build a period; ``year`` is the fiscal year of a Nepali period longer than a month."""
    months = _MONTHS_OF[kind]
    opens = 0 if calendar is Calendar.AD or kind is PeriodKind.MONTH else _FISCAL_START - 1
    first = year * _MONTHS_IN_YEAR + opens + (number - 1) * months
    start, end = _span(calendar, first, months)
    suffix = {PeriodKind.MONTH: f"-{number:02d}", PeriodKind.YEAR: ""}.get(
        kind,
        f"-{kind.value[0]}{number}",
    )
    return Period(start, end, calendar, kind, f"{calendar}-{year:04d}{suffix}")


def _count(kind: PeriodKind) -> int:
    """Return how many periods of a kind make a year."""
    return _MONTHS_IN_YEAR // _MONTHS_OF[kind]


@lru_cache(maxsize=8192)
def parse_period(code: str) -> Period:
    """Return the period of a code; `data.model.Period` describes the codes.

    Raises
    ------
    ValueError
        If the text is not the code of a period.
    UnverifiedYearError
        If a Nepali year is outside the table.

    Examples
    --------
    >>> quarter = parse_period("bs-2079-q4")
    >>> quarter.start, quarter.end
    (datetime.date(2023, 4, 14), datetime.date(2023, 7, 16))
    """
    match = _CODE.fullmatch(code)
    if match is None:
        raise ValueError(f"not a period: {code!r} (write ad-2023-04, ad-2023-q2 or bs-2079)")
    calendar, year, month, mark, part = match.groups()
    kind = _MARKS[mark] if mark else PeriodKind.MONTH if month else PeriodKind.YEAR
    number = int(month or part or 1)
    if not 1 <= number <= _count(kind) or (calendar == "ad" and kind is PeriodKind.TRIMESTER):
        raise ValueError(f"not a period: {code!r}")
    if calendar == "ad" and not _FIRST_YEAR_AD <= int(year) <= _LAST_YEAR_AD:
        raise ValueError(f"not a period: {code!r} (years {_FIRST_YEAR_AD} to {_LAST_YEAR_AD})")
    return _period(Calendar(calendar), kind, int(year), number)


def _first_month(period: Period) -> int:
    """Return the first month of a period, counted in months from year 0 of its calendar."""
    if period.calendar is Calendar.AD:
        return period.start.year * _MONTHS_IN_YEAR + period.start.month - 1
    first = to_bs(period.start)
    return first.year * _MONTHS_IN_YEAR + first.month - 1


def containing(day: date, calendar: Calendar, kind: PeriodKind) -> Period:
    """Return the period of a calendar and length that contains a day.

    Raises
    ------
    UnverifiedYearError
        If the Nepali period is outside the table.
    """
    if calendar is Calendar.AD:
        year, month = day.year, day.month
    else:
        known = to_bs(day)
        year, month = known.year, known.month
    if kind is PeriodKind.MONTH:
        return _period(calendar, kind, year, month)
    position = month - 1
    if calendar is Calendar.BS:
        position = (month - _FISCAL_START) % _MONTHS_IN_YEAR
        year -= month < _FISCAL_START
    return _period(calendar, kind, year, position // _MONTHS_OF[kind] + 1)


def month_of(day: date, calendar: Calendar) -> Period:
    """Return the month of a calendar that contains a day; raise as `containing` does."""
    return containing(day, calendar, PeriodKind.MONTH)


def parts(period: Period, kind: PeriodKind) -> tuple[Period, ...]:
    """Return the shorter periods of one kind that make up a period, in order.

    Raises
    ------
    ValueError
        If the period is not made of whole periods of that kind, as a trimester of quarters.

    Examples
    --------
    >>> [part.code for part in parts(parse_period("ad-2023-h1"), PeriodKind.QUARTER)]
    ['ad-2023-q1', 'ad-2023-q2']
    """
    whole, part = _MONTHS_OF[period.kind], _MONTHS_OF[kind]
    if part > whole or whole % part:
        raise ValueError(f"{period.code}: a {period.kind} is not made of {kind}s")
    first = _first_month(period)
    days = (_month_start(period.calendar, first + step) for step in range(0, whole, part))
    return tuple(containing(day, period.calendar, kind) for day in days)


def parents(period: Period) -> tuple[Period, ...]:
    """Return the longer periods of the same calendar that contain a period, the shortest first.

    A Nepali period that reaches beyond the table is left out.
    """
    longer = [kind for kind in _MONTHS_OF if _MONTHS_OF[kind] > _MONTHS_OF[period.kind]]
    if period.calendar is Calendar.AD:
        longer = [kind for kind in longer if kind is not PeriodKind.TRIMESTER]
    found = []
    for kind in longer:
        try:
            parent = containing(period.start, period.calendar, kind)
        except UnverifiedYearError:  # a fiscal year may reach beyond the table
            continue
        if period.within(parent):
            found.append(parent)
    return tuple(found)


def parent_period(code: str, kinds: frozenset[PeriodKind]) -> str | None:
    """Return the code of the shortest longer period that contains a period; None if there is none.

    Parameters
    ----------
    code
        Code of the period.
    kinds
        Lengths of period that the design has.

    Examples
    --------
    >>> parent_period("ad-2023-q2", frozenset({PeriodKind.QUARTER, PeriodKind.YEAR}))
    'ad-2023'
    """
    return next((each.code for each in parents(parse_period(code)) if each.kind in kinds), None)


@cache
def _month_names() -> dict[str, tuple[Calendar, int]]:
    """Return calendar and number of each spelling of a month, in lower case."""
    names: dict[str, tuple[Calendar, int]] = {}
    for number, (english, nepali) in enumerate(MONTHS_BS, start=1):
        for name in (english, nepali, *_SPELLINGS_BS[number].split()):
            names[name.lower()] = (Calendar.BS, number)
    for number, (english, nepali) in enumerate(MONTHS_AD, start=1):
        for name in (english, english[:3], nepali):
            names[name.lower()] = (Calendar.AD, number)
    names["sept"] = (Calendar.AD, 9)
    return names


def _read_number_month(match: re.Match[str]) -> Period:
    year, month, era = int(match[1]), int(match[2]), match[3]
    return _dated(year, month, _calendar_of(year, era))


def _read_named_month(match: re.Match[str]) -> Period:
    word, year = (match[1], match[2]) if match[1] else (match[4], match[3])
    known = _month_names().get(word.rstrip("."))
    if known is None:
        raise ValueError("not a month")
    return _dated(int(year), known[1], known[0])


def _read_part(match: re.Match[str]) -> Period:
    mark, number, year, second, era = match.groups()
    return _longer(int(year), second, era, kind=_MARKS[mark], number=int(number))


def _read_year(match: re.Match[str]) -> Period:
    return _longer(int(match[1]), match[2], match[3], kind=PeriodKind.YEAR, number=1)


def _dated(year: int, month: int, calendar: Calendar) -> Period:
    if not 1 <= month <= _MONTHS_IN_YEAR:
        raise ValueError("not a month")
    if calendar is Calendar.AD:
        return parse_period(f"ad-{year:04d}-{month:02d}")
    return _period(calendar, PeriodKind.MONTH, year, month)


def _longer(
    year: int, second: str | None, era: str | None, *, kind: PeriodKind, number: int
) -> Period:
    calendar = Calendar.BS if second else _calendar_of(year, era)
    if second and int(second) % 100 != (year + 1) % 100:
        raise ValueError("not a fiscal year")
    if calendar is Calendar.BS and not second:
        raise ValueError("a Nepali fiscal year is written with both years")
    return parse_period(
        f"{calendar}-{year:04d}" + ("" if kind is PeriodKind.YEAR else f"-{kind.value[0]}{number}")
    )


def _calendar_of(year: int, era: str | None) -> Calendar:
    """Return the calendar of a year; without an era, years below 2045 are Gregorian.

    Nepali years are 56 or 57 ahead, so 2045 BS began in 1988.
    """
    if era:
        return Calendar.BS if era.startswith(("b", "v", "वि")) else Calendar.AD
    return Calendar.BS if year >= 2045 else Calendar.AD  # noqa: PLR2004


_ERA = r"(?:\s*(bs|b\.s\.|vs|ad|a\.d\.|ce|वि\.?\s?सं\.?|ई\.?\s?सं\.?))?"
_FY = r"(?:fy\s*|आ\.?\s?व\.?\s*)?"
_WRITTEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Period]], ...] = (
    (re.compile(rf"(\d{{4}})[-/.](\d{{1,2}}){_ERA}"), _read_number_month),
    (re.compile(r"(?:([^\W\d]+\.?(?:[ऀ-ॿ]*))[\s,-]+(\d{4})|(\d{4})[\s,-]+([^\W\d][ऀ-ॿa-z]*\.?))(?:\s*(?:bs|ad))?"),
     _read_named_month),
    (re.compile(rf"([qth])([1-4])[\s,-]*{_FY}(\d{{4}})(?:/(\d{{2,4}}))?{_ERA}"), _read_part),
    (re.compile(rf"{_FY}(\d{{4}})(?:/(\d{{2,4}}))?{_ERA}"), _read_year),
)  # fmt: skip


def read_period(written: object) -> Period:
    """Read a period as people write it in a workbook.

    Parameters
    ----------
    written
        Text such as ``2023-04``, ``April 2023``, ``2023-Q2``, ``2079-12 BS``, ``Chaitra 2079``,
        ``चैत २०७९``, ``Q4 2079/80`` or ``2079/80``; a code of `parse_period`; or a date, which
        stands for its month.

    Raises
    ------
    ValueError
        If it is no period. The message does not quote the text, because it may be anything.
    UnverifiedYearError
        If a Nepali year is outside the table.

    Examples
    --------
    >>> read_period("Chaitra 2079").code
    'bs-2079-12'
    >>> read_period("Q4 2079/80").code
    'bs-2079-q4'
    """
    if isinstance(written, datetime):
        return month_of(written.date(), Calendar.AD)
    if isinstance(written, date):
        return month_of(written, Calendar.AD)
    text = " ".join(to_ascii(str(written)).lower().split())
    if _CODE.fullmatch(text):
        return parse_period(text)
    text = re.sub(r"^(\d{4}(?:/\d{2,4})?)[\s-]*([qth][1-4])(.*)$", r"\2 \1\3", text)
    for pattern, reader in _WRITTEN:
        match = pattern.fullmatch(text)
        if match is None:
            continue
        try:
            return reader(match)
        except UnverifiedYearError:
            raise
        except (ValueError, KeyError):
            continue
    raise ValueError("not a period: write 2023-04, 2023-Q2, Chaitra 2079, Q4 2079/80 or 2079/80")
