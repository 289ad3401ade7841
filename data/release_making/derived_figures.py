"""Figures that nobody reports: they follow from committee signs and from the reports received."""

import contextlib
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from data.committees.status import sign_holds_until
from data.model import AdminLevel, AgeBand, Calendar, Period, PeriodKind, Sex
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError
from data.reference.unit_codes import DIGITS

COLUMNS = [
    "place_code",
    "indicator",
    "period",
    "sex",
    "age_band",
    "period_start",
    "period_end",
    "state",
    "value",
]


def _record(place: str, indicator: str, period: Period, value: int) -> dict[str, object]:
    return {
        "place_code": place,
        "indicator": indicator,
        "period": period.code,
        "sex": Sex.ALL.value,
        "age_band": AgeBand.ALL.value,
        "period_start": period.start,
        "period_end": period.end,
        "state": "reported",
        "value": value,
    }


def _frame(rows: Iterable[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=COLUMNS).astype({"value": "Int64"})


def add_derived_figures(
    records: pd.DataFrame, signs: pd.DataFrame, sites: pd.DataFrame, *, today: date
) -> pd.DataFrame:
    """Return the records and after them the figures derived from them and from the signs.

    Parameters
    ----------
    records, signs
        As `Holdings.current_records` and `Holdings.current_signs`.
    sites
        Booths by ``site_code``.
    today
        Figures are derived for periods that ended before this day.
    """
    parts = [records, from_reports(records, sites, today=today)]
    if len(signs):
        parts.append(from_signs(signs, today=today))
    return pd.concat([part for part in parts if len(part)] or [records], ignore_index=True)


def add_last_days(signs: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Return signs with the columns of `sign_holds_until`, as known on a day.

    After the end of the Nepali calendar the signs are returned unchanged.
    """
    try:
        return signs.join(sign_holds_until(signs, on=today))
    except UnverifiedYearError:
        return signs


def from_signs(signs: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Count committee meetings by trimester, and return the budget of each fiscal year.

    Only committees of palikas count: a ward's committee is not the palika's.
    A palika's meetings are counted from the trimester of its first sign; a trimester without a
    minuted meeting is a true zero. If a fiscal year has several budgets, the last one counts. A
    budget is left out while the calendar does not know the end of its fiscal year.

    Returns
    -------
    Frame with `COLUMNS`.
    """
    rows: list[dict[str, object]] = []
    of_palika = signs["unit_code"].str.len() == DIGITS[AdminLevel.PALIKA]
    for palika, mine in signs[of_palika].groupby("unit_code"):
        meetings = [_day(d) for d in mine.loc[mine["sign"] == "meeting", "signed_on"]]
        for period in _since(
            min(_day(d) for d in mine["signed_on"]), PeriodKind.TRIMESTER, today=today
        ):
            held = sum(period.start <= day <= period.end for day in meetings)
            rows.append(_record(str(palika), "committee_meetings", period, held))
        budgets = mine[(mine["sign"] == "budget") & mine["value"].notna()].sort_values("signed_on")
        last: dict[Period, int] = {}
        for day, npr in zip(budgets["signed_on"], budgets["value"], strict=True):
            # A fiscal year that ends outside the calendar waits until the table knows its end.
            with contextlib.suppress(UnverifiedYearError):
                year = calendar.containing(_day(day), Calendar.BS, PeriodKind.YEAR)
                last[year] = int(npr)
        rows.extend(
            _record(str(palika), "committee_budget_npr", year, npr) for year, npr in last.items()
        )
    return _frame(rows)


def from_reports(records: pd.DataFrame, sites: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Return for every month of an open booth whether it reported (1) or not (0).

    Only booths that report by Gregorian month. Returns a frame with `COLUMNS`.
    """
    rows: list[dict[str, object]] = []
    for site, booth in sites.iterrows():
        reported = set(records.loc[records["place_code"] == site, "period"])
        opened = date.fromisoformat(booth["opened"])
        # A month is due if it ended on or before the day on which the booth closed.
        closed = (
            date.fromisoformat(booth["closed"]) + timedelta(days=1) if booth["closed"] else today
        )
        if not any(code.startswith("ad-") for code in reported):
            continue
        months = _since(opened, PeriodKind.MONTH, today=min(closed, today), kind=Calendar.AD)
        rows.extend(
            _record(str(site), "reporting_timeliness", month, int(month.code in reported))
            for month in months
        )
    return _frame(rows)


def _day(value: object) -> date:
    return pd.Timestamp(value).date()  # type: ignore[arg-type]


def _since(
    first: date, length: PeriodKind, *, today: date, kind: Calendar = Calendar.BS
) -> list[Period]:
    """Return the periods that are over, from the one with a day on, as far as the calendar goes."""
    periods = []
    day = first
    try:
        while (period := calendar.containing(day, kind, length)).end < today:
            periods.append(period)
            day = period.end + timedelta(days=1)
    except UnverifiedYearError:
        pass
    return periods
