"""The content of a cell: text, whole numbers and days, as people write them in Nepal."""

import math
import re
from datetime import date, datetime

from data.reference import calendar
from data.reference.digits import to_ascii

_WHOLE = re.compile(r"\d{1,12}")
_GROUPED = re.compile(r"\d{1,3}(,\d{2,3})+")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\s*(bs|ad|वि\.?\s?सं\.?))?")


def plain_text(written: object) -> str:
    """Return a cell's text on one line, with Western digits."""
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    return " ".join(to_ascii(str(written)).split())


def read_whole_number(written: object) -> int | None:
    """Return the whole number in a cell, None for anything else.

    Groups (``1,00,000``) and Devanagari digits are read too; a negative number is not.
    """
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        is_whole = not math.isnan(written) and written >= 0 and float(written).is_integer()
        return int(written) if is_whole else None
    text = plain_text(written)
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    text = re.sub(r"\.0+$", "", text)
    return int(text) if _WHOLE.fullmatch(text) else None


def name_count_finding(written: object) -> str:
    """Return the kind of finding for a cell that holds no whole number."""
    text = plain_text(written)
    if re.fullmatch(r"-\d+(\.\d+)?", text):
        return "count-negative"
    return "count-fraction" if re.fullmatch(r"\d+\.\d+", text) else "count-unreadable"


def read_day(written: object) -> date:
    """Return the day in a cell, in either calendar; without an era, a year from 2045 on is Nepali.

    Raises
    ------
    ValueError
        For what is not a day; `UnverifiedYearError` for a day outside the calendar table.
    """
    if isinstance(written, datetime):
        return written.date()
    if isinstance(written, date):
        return written
    match = _DAY.fullmatch(plain_text(written).lower())
    if match is None:
        raise ValueError("not a date")
    year, month, day = (int(part) for part in match.groups()[:3])
    era = match[4] or ("bs" if year >= 2045 else "ad")  # noqa: PLR2004  # Nepali years run ahead
    return date(year, month, day) if era == "ad" else calendar.from_bs(year, month, day)
