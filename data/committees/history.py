"""The committees in time: counts by step, one committee's rises and falls, budgets by fiscal year.

All of it is computed by `data.committees.status` from the dated signs of a release, for past days,
with the ladder in force today; earlier versions of the ladder are not kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import pandas as pd

from data.committees import status
from data.committees.expiry import fiscal_year
from data.committees.ladder import NO_RECORD, TOP, Ladder, load_ladder
from data.model import Calendar, Period, PeriodKind
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError
from data.reference.project import Project

RECORD, DENIAL = "record", "not_formed"
_BAISAKH, _SHRAWAN, _ASAR = 1, 4, 3
_BUDGET_DAY = 10  # of Asar: the palika's budget is due in its assembly
_DAY = timedelta(days=1)


# ---- counts by rung -------------------------------------------------------------------------


def closed_quarters(on: date, *, count: int) -> tuple[Period, ...]:
    """Return the last Nepali quarters that ended before a day, oldest first.

    Fewer than ``count`` where the verified calendar begins later.

    Raises
    ------
    UnverifiedYearError
        For a day outside the calendar.
    """
    first = calendar.containing(on, Calendar.BS, PeriodKind.QUARTER).start
    found: list[Period] = []
    while len(found) < count:
        try:
            found.append(calendar.containing(first - _DAY, Calendar.BS, PeriodKind.QUARTER))
        except UnverifiedYearError:
            break
        first = found[-1].start
    return tuple(reversed(found))


def counts_by_quarter(
    signs: pd.DataFrame,
    *,
    palikas: Sequence[str] | pd.Index,
    quarters: Sequence[Period],
    ladder: Ladder | None = None,
) -> pd.DataFrame:
    """Count the committees on each rung on the last day of each quarter.

    Returns
    -------
    An Int64 frame indexed by the quarters' codes, with a column per rung as in `counts_by_rung`.
    Errors are those of `find_standing`.
    """
    rows = {
        quarter.code: status.counts_by_rung(
            status.find_rungs(signs, palikas=palikas, on=quarter.end, ladder=ladder)
        )
        for quarter in quarters
    }
    columns = pd.RangeIndex(NO_RECORD, TOP + 1, name="rung")
    counts = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return counts.astype("Int64").rename_axis("quarter")


# ---- one committee --------------------------------------------------------------------------


class Cause(StrEnum):
    """Why a committee rose or fell."""

    SIGNED = "signed"  # something was reported
    LAPSED = "lapsed"  # a sign expired and was not renewed
    ELECTION = "election"  # a sign ended because a local election ended the members' term
    DENIED = "denied"  # the palika reported that it has no committee
    REVISED = "revised"  # a newer figure of the same fiscal year is too small


def list_rung_changes(
    signs: pd.DataFrame, *, palika: str, until: date, ladder: Ladder | None = None
) -> pd.DataFrame:
    """Return when one committee rose or fell, and why, from its first sign up to a day.

    Returns
    -------
    One row per change, in order of time, with the columns

    ``day``
        The first day of the new state.
    ``before``, ``after``
        The rungs, Int64; missing for no record, and before the first sign.
    ``cause``
        A `Cause`.
    ``signs``
        Tuple of the signs that made the change, in ladder order: those that the new rung lacked
        and that hold since, or those that ended and are required by a rung that was lost.
        ``record`` where reports began again, or stopped.
    ``election``
        The day of the election behind a `Cause.ELECTION`; else None.

    Errors are those of `find_standing`.
    """
    calendar.to_bs(until)
    ladder = ladder or load_ladder()
    mine = signs[signs["unit_code"].astype(str) == palika]
    dated = pd.to_datetime(mine["signed_on"]).dt.date
    dated = dated[dated <= until]
    opens = calendar.from_bs(calendar.verified_years()[0], 1, 1)
    first = max(dated.min(), opens) if len(dated) else until
    days = [first + n * _DAY for n in range((until - first).days + 1)] if len(dated) else []
    state = status.find_state_by_day(mine, palika=palika, days=days, ladder=ladder)
    rung = state.pop("rung").fillna(NO_RECORD).astype("int64")
    before, held_before = rung.shift(fill_value=NO_RECORD), state.shift(fill_value=False)
    reported = mine.loc[dated.index].assign(day=dated).groupby("day")["sign"].agg(set).to_dict()
    rows = []
    for day in rung.index[rung != before]:
        gained = state.columns[state.loc[day] & ~held_before.loc[day]]
        lost = state.columns[held_before.loc[day] & ~state.loc[day]]
        if RECORD in lost:  # whatever else expired: nobody reports any more
            lost = pd.Index([RECORD])
        below, above = int(before[day]), int(rung[day])
        if above > below:
            cause, made = Cause.SIGNED, _of_rungs(gained, below, above, ladder)
        else:
            news = reported.get(day, set())
            cause, made = _why_lost(day, _of_rungs(lost, above, below, ladder), news, ladder)
        election = _election_before(day, ladder) if cause is Cause.ELECTION else None
        rows.append((day, below, above, cause, made, election))
    names = ["day", "before", "after", "cause", "signs", "election"]
    changes = pd.DataFrame(rows, columns=names, dtype=object)
    return changes.assign(**{name: _without_record(changes[name]) for name in ("before", "after")})


def _without_record(rungs: pd.Series) -> pd.Series:
    whole = rungs.astype("Int64")
    return whole.mask(whole == NO_RECORD)


def _of_rungs(signs: pd.Index, low: int, high: int, ladder: Ladder) -> tuple[str, ...]:
    """Return the signs that the rungs above ``low`` up to ``high`` require.

    If all of them held already, it is the report itself that was missing, or is missing since.
    """
    asked = {key for key, rule in ladder.signs.items() if low < rule.rung <= high}
    made = tuple(key for key in ladder.signs if key in asked and key in signs)
    return made or ((RECORD,) if RECORD in signs else ())


def _why_lost(
    day: date, lost: tuple[str, ...], reported: set[str], ladder: Ladder
) -> tuple[Cause, tuple[str, ...]]:
    if DENIAL in reported:
        return Cause.DENIED, (DENIAL,)
    election, rules = _election_before(day, ladder), ladder.signs
    if election is not None:
        since = (day - _DAY - election).days
        ended = (key for key in lost if key in rules and rules[key].after_election_days == since)
        if made := tuple(ended):
            return Cause.ELECTION, made
    return (Cause.REVISED if reported & set(lost) else Cause.LAPSED), lost


def _election_before(day: date, ladder: Ladder) -> date | None:
    return max((each for each in ladder.elections if each < day), default=None)


@dataclass(frozen=True, slots=True)
class Span:
    """The days, both included, on which a committee was on one rung; None for no record."""

    first: date
    last: date
    rung: int | None


def list_spans(changes: pd.DataFrame, *, until: date) -> tuple[Span, ...]:
    """Return the spans between the changes of one committee, the last one up to ``until``."""
    starts = list(changes["day"])
    ends = [day - _DAY for day in starts[1:]] + [until]
    rungs = [None if pd.isna(rung) else int(rung) for rung in changes["after"]]
    return tuple(Span(*each) for each in zip(starts, ends, rungs, strict=True))


# ---- own budget after the project -----------------------------------------------------------


def asked_year(project: Project) -> int:
    """Return the Nepali year in which the fiscal year asked for begins; 0 before the calendar."""
    return fiscal_year(project.ended.end) + project.years_after


@dataclass(frozen=True, slots=True)
class OwnBudget:
    """How many committees had their own budget in a fiscal year.

    ``looked_on`` is the day for which it is computed; ``closed``: the year had ended by then.
    ``funded`` and ``unfunded`` have a record: a committee with a budget, or no committee or no
    budget. ``silent`` have no record, which says nothing about their budget.
    """

    year: int
    looked_on: date
    closed: bool
    funded: int
    unfunded: int
    silent: int

    @property
    def recorded(self) -> int:
        """Return the number of committees with a record, of which a share can be given."""
        return self.funded + self.unfunded


def count_own_budgets(
    signs: pd.DataFrame,
    *,
    palikas: Sequence[str] | pd.Index,
    year: int,
    known_until: date,
    ladder: Ladder | None = None,
) -> OwnBudget | None:
    """Count the committees with their own budget in the fiscal year that begins in a Nepali year.

    The ladder's sign decides: a budget line above zero, dated in that year, of a committee that is
    formed. The rungs between do not matter.

    Parameters
    ----------
    known_until
        The last day that the signs can cover: that of the release, or of viewing if earlier.

    Returns
    -------
    None where the year had not begun by then, or is outside the verified calendar.
    """
    try:
        begins = calendar.from_bs(year, _SHRAWAN, 1)
        calendar.to_bs(known_until)
    except UnverifiedYearError:
        return None
    if known_until < begins:
        return None
    try:
        ends = calendar.parse_period(f"bs-{year:04d}").end
    except UnverifiedYearError:
        ends = date.max
    on = min(ends, known_until)
    stood = status.find_standing(signs, palikas=palikas, on=on, ladder=ladder)
    budget = stood["holds"].map(lambda held: "budget" in held).astype(bool)
    formed = stood["rung"].ge(1).fillna(value=False).astype(bool)
    funded, silent = int((budget & formed).sum()), int(stood["rung"].isna().sum())
    return OwnBudget(year, on, known_until > ends, funded, len(stood) - funded - silent, silent)


# ---- the season of the budget ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BudgetSeason:
    """The time from Baisakh to 10 Asar, in which palikas decide on their budgets.

    ``due`` is 10 Asar and ``days`` is the number of days left (0: today). ``coming`` is the Nepali
    year in which the fiscal year of that budget begins.
    """

    due: date
    days: int
    coming: int


def budget_season(on: date) -> BudgetSeason | None:
    """Return the budget season that a day is in, None outside it.

    A local budget must be submitted to the assembly by 10 Asar.

    Raises
    ------
    UnverifiedYearError
        For a day outside the calendar.
    """
    year = calendar.to_bs(on).year
    due = calendar.from_bs(year, _ASAR, _BUDGET_DAY)
    if not calendar.from_bs(year, _BAISAKH, 1) <= on <= due:
        return None
    return BudgetSeason(due, (due - on).days, year)


@dataclass(frozen=True, slots=True)
class YearOfSigns:
    """What signs show of a fiscal year, the newest of each; None where they show nothing.

    ``budget`` and ``proposed`` (in this year, for the next one) are in rupees, ``spent`` in
    percent.
    """

    budget: int | None
    spent: int | None
    proposed: int | None = None


def year_of_signs(signs: pd.DataFrame, *, palika: str, year: int, on: date) -> YearOfSigns:
    """Return what signs dated up to a day show of a fiscal year.

    A figure belongs to the fiscal year in which it is dated, and the newest counts, as on the
    ladder.
    """
    mine = signs[(signs["unit_code"].astype(str) == palika) & signs["value"].notna()]
    mine = mine.assign(day=pd.to_datetime(mine["signed_on"]).dt.date)
    dated = [day <= on and fiscal_year(day) == year for day in mine["day"]]
    mine = mine[pd.Series(dated, index=mine.index, dtype=bool)]

    def newest(sign: str) -> int | None:
        of = mine[mine["sign"] == sign].sort_values(["day", "value"])
        return None if of.empty else int(of["value"].iloc[-1])

    return YearOfSigns(newest("budget"), newest("spent"), newest("proposed"))
