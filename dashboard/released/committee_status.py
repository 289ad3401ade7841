"""The standing of the committees of a release on a day."""

from datetime import date

import pandas as pd

from dashboard.i18n import wording
from dashboard.released import cache
from data.committees import status
from data.committees.ladder import NO_RECORD
from data.model import ReleaseInfo
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError

RUNGS = range(7)


def is_known(on: date) -> bool:
    """Say whether rungs can be worked out for a day: the verified calendar reaches to it."""
    try:
        calendar.to_bs(on)
    except UnverifiedYearError:
        return False
    return True


def last_known_day() -> date:
    """Give the last day for which rungs can be worked out."""
    month = calendar.parse_period(f"bs-{calendar.verified_years()[-1]:04d}-12")
    return month.end


def standing(release: ReleaseInfo, palikas: pd.Index, on: date) -> pd.DataFrame:
    """Say on which rung committees stand; see `find_standing`."""
    return status.find_standing(cache.signs(release), palikas=palikas, on=on)


def rung_name(rung: object) -> str:
    """Name a rung with its number, or say that there is no record."""
    names = status.load_ladder().rung_name
    if pd.isna(rung):  # type: ignore[call-overload]  # a scalar of an Int64 column
        return names[NO_RECORD][wording.language()]
    number = int(rung)  # type: ignore[call-overload]  # as above
    return f"{wording.in_digits(str(number))} · {names[number][wording.language()]}"


def made_on(release: ReleaseInfo) -> date:
    """Give the day on which a release was made."""
    return date.fromisoformat(release.created[:10])


def rung_of(rung: int | None) -> str:
    """Name a rung, None or `NO_RECORD` for no record."""
    return rung_name(pd.NA if rung in (None, NO_RECORD) else rung)
