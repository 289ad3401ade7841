"""The language in use: messages, numbers, periods and days as they are written in it."""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from data.model import Calendar, Period, PeriodKind, SimaError
from data.reference import calendar, project_files
from data.reference.digits import to_devanagari

LANGUAGES = {"en": "English", "ne": "नेपाली"}
_LOCALES = {language: Locale.parse(language) for language in LANGUAGES}
_CATALOGUE = Path(__file__).parents[1] / "locale"
_LANGUAGE: ContextVar[str] = ContextVar("language", default="en")
_ROMAN = {
    PeriodKind.QUARTER: ("Q{n} {year}", "त्रैमासिक {n}, {year}"),
    PeriodKind.TRIMESTER: ("T{n} {year}", "चौमासिक {n}, {year}"),
    PeriodKind.HALF: ("H{n} {year}", "अर्धवार्षिक {n}, {year}"),
}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the messages of a language by their English text; none for English."""
    path = _CATALOGUE / language / "LC_MESSAGES" / "sima.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file)
    known: dict[str, str] = {}
    for message in messages:
        if message.id and message.string and not message.fuzzy:
            one, many = message.id, message.string
            forms = [(one, many)] if isinstance(one, str) else zip(one, many, strict=True)
            known.update({str(english): str(other) for english, other in forms})
    return known


def offered() -> tuple[str, ...]:
    """Return the languages of the project's pages, the one to begin with first."""
    try:
        return project_files.languages()
    except SimaError:  # the page that is drawn says what is wrong with the project's files
        return tuple(LANGUAGES)


def speak(language: str) -> None:
    """Set the language for the rest of this run of the page.

    Where the project does not offer it, it is the one to begin with.
    """
    spoken = offered()
    _LANGUAGE.set(language if language in spoken else spoken[0])


def language() -> str:
    """Return the code of the language in use."""
    return _LANGUAGE.get()


def other_language() -> str | None:
    """Return the other language of the project's pages; None if there is only one."""
    return next((each for each in offered() if each != language()), None)


def _(message: str) -> str:
    """Translate a message; without a translation return it as it is."""
    return catalogue(_LANGUAGE.get()).get(message, message)


def ngettext(one: str, many: str, count: int) -> str:
    """Translate the message for one thing or the one for many, by how many there are.

    It has gettext's name, so that the catalogue's tools find both messages.
    """
    message = one if count == 1 else many
    return catalogue(_LANGUAGE.get()).get(message, message)


def in_digits(text: str) -> str:
    """Replace digits by those of the language in use."""
    return to_devanagari(text) if _LANGUAGE.get() == "ne" else text


def number(value: int) -> str:
    """Format a whole number: 13,211 or १३,२११; in Nepali from a lakh on in its groups: ३,५०,०००."""
    return in_digits(format_decimal(value, locale=_LOCALES[_LANGUAGE.get()]))


def _months(period: Period) -> tuple[str, str, str]:
    """Return the first and last month in the language in use, and the year of the last.

    If the year changes in between, the first month carries its own.
    """
    column = 1 if _LANGUAGE.get() == "ne" else 0
    if period.calendar is Calendar.AD:
        names = [calendar.MONTHS_AD[d.month - 1][column] for d in (period.start, period.end)]
        if column == 0 and period.kind is not PeriodKind.MONTH:
            names = [name[:3] for name in names]
        return names[0], names[1], str(period.end.year)
    first, last = calendar.to_bs(period.start), calendar.to_bs(period.end)
    names = [calendar.MONTHS_BS[month - 1][column] for month in (first.month, last.month)]
    start = names[0] if first.year == last.year else f"{names[0]} {first.year}"
    return start, names[1], str(last.year)


def period_label(code: str) -> str:
    """Format a period: April 2023, Apr–Jun 2023, चैत २०७९, Baisakh–Asar 2080 (Q4 2079/80)."""
    period = calendar.parse_period(code)
    first, last, year = _months(period)
    nepali = period.calendar is Calendar.BS
    fiscal = code.split("-")[1]
    fiscal = f"{fiscal}/{(int(fiscal) + 1) % 100:02d}"
    if period.kind is PeriodKind.MONTH:
        return in_digits(f"{first} {year}")
    if period.kind is PeriodKind.YEAR:
        return in_digits(_("fiscal year {year}").format(year=fiscal) if nepali else year)
    span = f"{first}–{last} {year}"
    if nepali:
        form = _ROMAN[period.kind][1 if _LANGUAGE.get() == "ne" else 0]
        span = f"{span} ({form.format(n=code[-1], year=fiscal)})"
    return in_digits(span)


def release_label(number: int, *, synthetic: bool) -> str:
    """Return the name of a release for pictures, after the warning if its data is synthetic."""
    said = _("Release {number}").format(number=in_digits(str(number)))
    return _("SYNTHETIC DATA") + f" · {said}" if synthetic else said


def day_label(day: date) -> str:
    """Format a day in both calendars, or without the Nepali one where it is not confirmed."""
    column = 1 if _LANGUAGE.get() == "ne" else 0
    gregorian = f"{day.day} {calendar.MONTHS_AD[day.month - 1][column]} {day.year}"
    try:
        bs = calendar.to_bs(day)
    except calendar.UnverifiedYearError:
        return in_digits(gregorian)
    month = calendar.MONTHS_BS[bs.month - 1][column]
    return in_digits(f"{bs.day} {month} {bs.year} ({gregorian})")
