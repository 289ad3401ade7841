"""Figures that nobody types: computed from committee signs and from what was received."""

import contextlib
from collections.abc import Iterable
from datetime import date, timedelta

import pandas as pd

from data.model import AgeBand, Calendar, Period, PeriodKind, Sex
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError

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


def from_signs(signs: pd.DataFrame, *, today: date) -> pd.DataFrame:
    """Count committee meetings by trimester and take the budget of each fiscal year.

    A budget of a fiscal year whose end the calendar does not know yet is left out until it does.
    A palika's meetings are counted from the trimester of its first sign on; a trimester without a
    minuted meeting is a true zero. Of several budgets in a fiscal year the last one counts.
    """
    rows: list[dict[str, object]] = []
    for palika, mine in signs.groupby("palika_code"):
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
    """Say for every month of an open booth whether it reported (1) or not (0)."""
    rows: list[dict[str, object]] = []
    for site, booth in sites.iterrows():
        reported = set(records.loc[records["place_code"] == site, "period"])
        opened = date.fromisoformat(booth["opened"])
        closed = date.fromisoformat(booth["closed"]) if booth["closed"] else today
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
    """Periods that are over, from the one in which a day lies; as far as the calendar is known."""
    periods = []
    day = first
    try:
        while (period := calendar.containing(day, kind, length)).end < today:
            periods.append(period)
            day = period.end + timedelta(days=1)
    except UnverifiedYearError:
        pass
    return periods
