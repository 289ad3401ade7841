"""The logframe, ``logframe.toml``: targets, and what a release shows of them.

Baselines and targets are only those that were published. Actual values come from a release alone.
Periods are added only where the release shows the number of each: a partial total is never set
against a whole target.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pandas as pd

from data.model import AdminLevel, AgeBand, Aggregation, Audience, Sex, SimaError, Status
from data.publications.ledger import load_ledger
from data.publications.targets import Target, load_targets
from data.reference import calendar, project_files
from data.reference.indicators import load_indicators, texts
from data.reference.unit_codes import COUNTRY, level_of

FILE = "logframe.toml"
_ALWAYS = {"indicator", "periods"}
_OF_PLACES = {"name", "counted"}
_MAYBE = {"unit", "sex", "age", "places", "baseline", "target", "published", "caveat"}


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator of the logframe.

    ``places``: palikas with more than zero are counted, instead of the figure of the unit; such a
    row has its own ``name`` and ``counted``. ``baseline`` and ``published`` are numbers of the
    ledger, empty where nothing was published. Texts are by language.
    """

    code: str
    indicator: str
    unit_code: str
    sex: Sex
    age_band: AgeBand
    places: bool
    periods: tuple[str, ...]
    baseline: str
    published: str
    target: Target | None
    name: Mapping[str, str]
    counted: Mapping[str, str]
    caveat: Mapping[str, str]

    @property
    def adds_up(self) -> bool:
        """Return whether its periods may be added: those of a flow, not of a stock or of places."""
        flow = load_indicators()[self.indicator].aggregation is Aggregation.FLOW
        return flow and not self.places and len(self.periods) > 1


@dataclass(frozen=True, slots=True)
class Actual:
    """What a release shows of a line, or why it shows nothing.

    ``hidden``, ``silent`` (not reported) and ``absent`` are periods without a figure.
    ``in_classes``: all periods are shown, but classes cannot be added. Where places are counted,
    ``reported`` and ``unreported`` are how many of them did and did not report.
    """

    value: int | None = None
    value_class: str | None = None
    hidden: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    in_classes: bool = False
    reported: int | None = None
    unreported: int = 0

    @property
    def shown(self) -> bool:
        """Return whether there is a number or a class."""
        return self.value is not None or self.value_class is not None


@dataclass(frozen=True, slots=True)
class Line:
    """One period of a row, or the sum of all."""

    periods: tuple[str, ...]
    target: Target | None
    actual: Actual


# ---- the file -------------------------------------------------------------------------------


@project_files.remembered(
    project_files.ADDED,
    "logframe.toml",
    "targets.toml",
    "ledger.toml",
    "claims.toml",
    "indicators.toml",
    "policy.toml",
)
def load_logframe() -> tuple[Row, ...]:
    """Read ``logframe.toml`` of the project."""
    return read_logframe(project_files.read_table(FILE))


def read_logframe(table: Mapping[str, Mapping[str, Any]]) -> tuple[Row, ...]:
    """Build the rows from their table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong: a key is missing or unknown, no public release has such a
        figure, periods are not consecutive, a baseline, target or published figure is not in its
        list, a text lacks a language.
    """
    return tuple(_read(code, entry) for code, entry in table.items())


def _wrong(code: str, problem: str) -> SimaError:
    return SimaError(f"{FILE}, {code}: {problem}.")


def _read(code: str, entry: Mapping[str, Any]) -> Row:
    needed = _ALWAYS | (_OF_PLACES if entry.get("places") else set())
    if wrong := sorted((needed - set(entry)) | (set(entry) - needed - _MAYBE)):
        raise _wrong(code, f"missing or unknown: {', '.join(wrong)}")
    for word in ("baseline", "published"):
        if entry.get(word, "") and entry[word] not in load_ledger():
            raise _wrong(code, f"{word} {entry[word]} is not in the ledger of published figures")
    try:
        sex, age_band = Sex(entry.get("sex", "all")), AgeBand(entry.get("age", "all"))
        periods = tuple(calendar.parse_period(each).code for each in entry["periods"])
    except ValueError as wrong_word:
        raise _wrong(code, str(wrong_word)) from wrong_word
    try:
        words = {
            name: texts(entry[name]) if name in entry else MappingProxyType({})
            for name in ("name", "counted", "caveat")
        }
    except SimaError as lacking:
        raise _wrong(code, str(lacking)) from lacking
    row = Row(
        code=code,
        indicator=entry["indicator"],
        unit_code=entry.get("unit", COUNTRY),
        sex=sex,
        age_band=age_band,
        places=bool(entry.get("places", False)),
        periods=periods,
        baseline=entry.get("baseline", ""),
        published=entry.get("published", ""),
        target=_target(code, entry),
        **words,
    )
    _check_design(row)
    _check_periods(row)
    return row


def _target(code: str, entry: Mapping[str, Any]) -> Target | None:
    if "target" not in entry:
        return None
    target = {each.code: each for each in load_targets()}.get(entry["target"])
    if target is None:
        raise _wrong(code, f"target {entry['target']} is not in targets.toml")
    same = target.indicator == entry["indicator"]
    if not same or target.unit_code != entry.get("unit", COUNTRY) or entry.get("places"):
        raise _wrong(code, f"target {target.code} belongs to another figure")
    if target.periods and set(target.periods) - set(entry["periods"]):
        raise _wrong(code, f"target {target.code} has other periods")
    return target


def _check_design(row: Row) -> None:
    """Refuse what no public release can have: it would look like a gap in the work."""
    indicator = load_indicators().get(row.indicator)
    design = indicator.designs.get(Audience.PUBLIC) if indicator else None
    try:
        level = AdminLevel.PALIKA if row.places else level_of(row.unit_code)
    except ValueError as wrong:
        raise _wrong(row.code, str(wrong)) from wrong
    if design is None or level not in design.levels:
        raise _wrong(row.code, f"{row.indicator} is not released for {row.unit_code}")
    if row.sex is not Sex.ALL and level not in design.sex_levels:
        raise _wrong(row.code, f"{row.indicator} is not released by sex")
    if row.age_band is not AgeBand.ALL and level not in design.age_levels:
        raise _wrong(row.code, f"{row.indicator} is not released by age")
    kinds = {calendar.parse_period(period).kind for period in row.periods}
    if kinds - design.period_kinds:
        raise _wrong(row.code, f"{row.indicator} is not released for periods of this length")


def _check_periods(row: Row) -> None:
    periods = [calendar.parse_period(code) for code in row.periods]
    steps = itertools.pairwise(periods)
    follow = all(
        later.start == earlier.end + timedelta(days=1) and later.kind is earlier.kind
        for earlier, later in steps
    )
    if not periods or not follow:
        raise _wrong(row.code, "periods must be consecutive and of one length")


# ---- against a release ----------------------------------------------------------------------


def build_lines(row: Row, cells: pd.DataFrame) -> tuple[Line, ...]:
    """Return the sum of a row's periods, if they may be added, and then each period, oldest first.

    A target is on the line of its own periods; one without periods is on the line of all.

    Parameters
    ----------
    cells
        Those of the row's indicator, as from `ReleaseReader.cells`.
    """
    whole = [row.periods] if row.adds_up else []
    made = []
    for periods in (*whole, *((period,) for period in row.periods)):
        target = row.target
        if target is not None and periods != (target.periods or row.periods):
            target = None
        made.append(Line(periods, target, read_actual(row, periods, cells)))
    return tuple(made)


def read_actual(row: Row, periods: Sequence[str], cells: pd.DataFrame) -> Actual:
    """Return what the release shows of some periods of a row together."""
    people = cells["sex"].eq(row.sex.value) & cells["age_band"].eq(row.age_band.value)
    if row.places:
        of_row = people & cells["admin_level"].eq(int(AdminLevel.PALIKA))
    else:
        of_row = people & cells["unit_code"].eq(row.unit_code)
    mine = cells[of_row & cells["period"].isin(list(periods))]
    mine = mine[mine["status"] != Status.NOT_APPLICABLE.value]

    def lacking(status: Status) -> tuple[str, ...]:
        there = set(mine.loc[mine["status"] == status.value, "period"])
        return tuple(period for period in periods if period in there)

    hidden, silent = lacking(Status.SUPPRESSED), lacking(Status.NOT_REPORTED)
    known = set(mine["period"])
    absent = tuple(period for period in periods if period not in known)
    shown = mine[mine["status"] == Status.PUBLISHED.value]
    if row.places and not hidden and not absent:
        return _places(shown, silent, unreported=len(mine) - len(shown))
    if hidden or silent or absent:
        return Actual(hidden=hidden, silent=silent, absent=absent)
    if shown["value"].notna().all():
        return Actual(value=int(shown["value"].sum()))
    if len(shown) > 1:
        return Actual(in_classes=True)
    return Actual(value_class=str(shown["value_class"].iloc[0]))


def _places(shown: pd.DataFrame, silent: tuple[str, ...], *, unreported: int) -> Actual:
    """Count the places with more than zero; unknown if one is silent, as it might be one."""
    some = shown["value"].gt(0).fillna(value=False)
    some |= shown["value_class"].notna() & shown["value_class"].ne("none")
    value = None if silent else int(some.sum())
    return Actual(value, silent=silent, reported=len(shown), unreported=unreported)
