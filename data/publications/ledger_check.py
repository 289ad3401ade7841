"""How a release compares with each published figure of the ledger: four states, and the reason.

Both sides are intervals of whole numbers: a published figure by its qualifier, a release by the
numbers and classes that it shows. Nothing is compared if a part is not shown, and a figure of one
calendar is never compared with a period of the other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from data.model import UNBOUNDED, AdminLevel, Calendar, Period, PeriodKind, Status
from data.publications.ledger import PublishedFigure, Qualifier
from data.reference import calendar


class State(StrEnum):
    """How a release compares with a published figure."""

    AS_PUBLISHED = "as_published"
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_CHECKABLE = "not_checkable"


class Reason(StrEnum):
    """The reason for a state."""

    COMPARED = "compared"
    COARSE = "coarse"  # classes that contain both what agrees and what does not
    NOT_SHOWN = "not_shown"  # a part is hidden or was not reported
    STRADDLES = "straddles"  # the release has only periods of the other calendar
    ABSENT = "absent"  # the release has nothing of this
    NO_COUNTERPART = "no_counterpart"  # no release counts this; `unchecked` says why
    NO_RELEASE = "no_release"


@dataclass(frozen=True, slots=True)
class Check:
    """How a release compares with a published figure, and why not further.

    ``least`` and ``most`` bound what the release shows; None where nothing is compared.
    ``hidden``, ``silent`` (not reported) and ``absent`` are periods without a figure; ``crossing``
    are periods of the other calendar that the release has instead.
    """

    state: State
    reason: Reason
    least: int | None = None
    most: int | None = None
    hidden: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    crossing: tuple[str, ...] = ()


# ---- periods --------------------------------------------------------------------------------


def list_straddled_quarters(period: Period) -> tuple[Period, ...]:
    """Return the Nepali quarters that an AD quarter or month straddles.

    None of other periods, and none where the Nepali calendar does not cover all of it.
    """
    short = period.kind in (PeriodKind.QUARTER, PeriodKind.MONTH)
    if period.calendar is Calendar.BS or not short:
        return ()
    try:
        ends = [
            calendar.containing(day, Calendar.BS, PeriodKind.QUARTER)
            for day in (period.start, period.end)
        ]
    except calendar.UnverifiedYearError:
        return ()
    return tuple(dict.fromkeys(ends)) if ends[0] != ends[1] else ()


def _crossing(wanted: Sequence[str], there: Collection[str]) -> tuple[str, ...]:
    """Return the periods of the other calendar that share days with a wanted one, in order."""
    asked = [calendar.parse_period(code) for code in wanted]
    periods = sorted(calendar.parse_period(code) for code in there)
    return tuple(
        period.code
        for period in periods
        if any(p.overlaps(period) and p.calendar is not period.calendar for p in asked)
    )


# ---- against a release ----------------------------------------------------------------------


def check_figure(
    figure: PublishedFigure, cells: pd.DataFrame | None, *, classes: Mapping[str, tuple[int, int]]
) -> Check:
    """Compare a published figure with a release.

    Parameters
    ----------
    figure
        The entry of the ledger.
    cells
        Cells of the release for the indicator of the comparison: ``unit_code``, ``admin_level``,
        ``period``, ``sex``, ``age_band``, ``status``, ``value`` (Int64), ``value_class``. None
        where there is no release.
    classes
        Least and greatest count of each class, by the policy of that release.
    """
    asked = figure.comparison
    if asked is None:
        return Check(State.NOT_CHECKABLE, Reason.NO_COUNTERPART)
    if cells is None:
        return Check(State.NOT_CHECKABLE, Reason.NO_RELEASE)
    people = cells["sex"].eq(asked.sex.value) & cells["age_band"].eq(asked.age_band.value)
    mine = cells[people]
    if asked.places:
        mine = mine[mine["admin_level"].eq(int(AdminLevel.PALIKA))]
    else:
        mine = mine[mine["unit_code"].eq(asked.unit_code)]
    by_period = {str(code): rows for code, rows in mine.groupby("period")}

    def lacking(status: Status) -> tuple[str, ...]:
        return tuple(
            code for code in asked.periods if code in by_period and _lacks(by_period[code], status)
        )

    hidden, silent = lacking(Status.SUPPRESSED), lacking(Status.NOT_REPORTED)
    absent = tuple(code for code in asked.periods if code not in by_period)
    absent += lacking(Status.NOT_APPLICABLE)
    if hidden or silent or absent:
        crossing = _crossing(absent, by_period)
        reason = (
            Reason.NOT_SHOWN
            if hidden or silent
            else Reason.STRADDLES
            if crossing
            else Reason.ABSENT
        )
        return Check(
            State.NOT_CHECKABLE,
            reason,
            hidden=hidden,
            silent=silent,
            absent=absent,
            crossing=crossing,
        )
    spans = [_span(by_period[code], classes, places=asked.places) for code in asked.periods]
    least = sum(low for low, _ in spans)
    most = min(sum(high for _, high in spans), UNBOUNDED)
    return _compared(figure, least, most)


def _lacks(rows: pd.DataFrame, status: Status) -> bool:
    """Return whether a period lacks a figure for a reason.

    Where palikas are counted, a suppressed or silent one may or may not have a figure, so that the
    count is unknown; one to which the indicator does not apply has none.
    """
    found = rows["status"].eq(status.value)
    return bool(found.all() if status is Status.NOT_APPLICABLE else found.any())


def _span(
    rows: pd.DataFrame, classes: Mapping[str, tuple[int, int]], *, places: bool
) -> tuple[int, int]:
    """Return the least and greatest count that the cells of one period show."""
    if places:
        above = rows["value"].gt(0).fillna(value=False) | (
            rows["value_class"].notna() & rows["value_class"].ne("none")
        )
        return (int(above.sum()),) * 2
    (row,) = rows.to_dict("records")
    if not pd.isna(row["value"]):
        return (int(row["value"]),) * 2
    return (0, 0) if row["value_class"] == "none" else classes[row["value_class"]]


def _compared(figure: PublishedFigure, least: int, most: int) -> Check:
    low, high = figure.bounds
    if most < low or least > high:
        state, reason = State.DIFFERS, Reason.COMPARED
    elif low <= least and most <= high:
        same = figure.qualifier is Qualifier.EXACT
        state, reason = State.AS_PUBLISHED if same else State.AGREES, Reason.COMPARED
    else:
        state, reason = State.NOT_CHECKABLE, Reason.COARSE
    return Check(state, reason, least, most)
