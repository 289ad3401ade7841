"""The rungs of the committees of a release on a day."""

from datetime import date

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from data.committees import status
from data.committees.ladder import NO_RECORD, TOP
from data.model import ReleaseInfo
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError

RUNGS = range(7)


def is_known(on: date) -> bool:
    """Return whether rungs are known for a day: the verified calendar reaches that far."""
    try:
        calendar.to_bs(on)
    except UnverifiedYearError:
        return False
    return True


def last_known_day() -> date:
    """Return the last day for which rungs are known."""
    month = calendar.parse_period(f"bs-{calendar.verified_years()[-1]:04d}-12")
    return month.end


def standing(release: ReleaseInfo, palikas: pd.Index, on: date) -> pd.DataFrame:
    """Return the rung of each committee on a day; see `data.committees.status.find_standing`."""
    return status.find_standing(cache.committee_evidence(release), palikas=palikas, on=on)


def wards_with_evidence(release: ReleaseInfo, units: pd.DataFrame, palika: str) -> pd.Index:
    """Return the wards of a palika whose committee has any evidence, in the order of ``units``."""
    known = cache.committee_evidence(release)["unit_code"]
    return units.index[units["parent_code"].eq(palika) & units.index.isin(known)]


def rung_name(rung: object) -> str:
    """Return a rung's number and name in the language in use; <NA> is a missing record."""
    names = status.load_ladder().rung_name
    if pd.isna(rung):  # type: ignore[call-overload]  # a scalar of an Int64 column
        return names[NO_RECORD][wording.language()]
    number = int(rung)  # type: ignore[call-overload]  # as above
    return f"{wording.in_digits(str(number))} · {names[number][wording.language()]}"


def step_title(rung: object) -> str:
    """Return the heading of a committee's card: which step of how many; <NA>: no record."""
    if pd.isna(rung):  # type: ignore[call-overload]  # a scalar of an Int64 column
        return rung_name(rung)
    ladder = status.load_ladder()
    number = int(rung)  # type: ignore[call-overload]  # as above
    return _("Step {step} of {steps}: {name}").format(
        step=wording.in_digits(str(number)),
        steps=wording.in_digits(str(TOP)),
        name=ladder.rung_name[number][wording.language()],
    )


def made_on(release: ReleaseInfo) -> date:
    """Return the day on which a release was made."""
    return date.fromisoformat(release.created[:10])


def rung_of(rung: int | None) -> str:
    """Return the name of a rung; None and `NO_RECORD` are a missing record."""
    return rung_name(pd.NA if rung in (None, NO_RECORD) else rung)
