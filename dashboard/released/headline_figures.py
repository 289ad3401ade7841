"""Headline figures of the whole country, the history of releases, and the files of a release.

Every figure comes from one release and discloses no more than it does. Years are added up only
where the release publishes the country's figure of each; stocks are never added up.
"""

import io
import itertools
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from dashboard.released import cache
from dashboard.released.selection import LONGEST_FIRST, WHOM
from data.model import AdminLevel, Aggregation, Audience, PeriodKind, ReleaseInfo, Status
from data.publications.targets import Target, load_targets
from data.reference import calendar
from data.reference.gazetteer import COUNTRY
from data.reference.indicators import load_indicators
from data.releases import export

# Measured bytes for each cell of our exports: a file is made only when somebody downloads it.
_BYTES_CSV, _BYTES_ZIP, _BYTES_BESIDES = 84, 4.5, 15_000
NEWEST = 10  # releases that the history lists


@dataclass(frozen=True, slots=True)
class Headline:
    """Something that the overview counts in the whole country.

    Attributes
    ----------
    key
        Its name in the code and on the page.
    indicator
        Code of the indicator.
    whom
        A key of `selection.WHOM`.
    places
        Whether palikas with a figure above zero are counted, instead of the country's figure.
    """

    key: str
    indicator: str
    whom: str = ""
    places: bool = False


# Those that a project counts stand first; see `list_headlines`.
HEADLINES = (
    Headline("informed", "booth_contacts"),
    Headline("informed-u18", "booth_contacts", "u18"),
    Headline("children", "children_trained"),
    Headline("ambassadors", "youth_ambassadors"),
    Headline("groups", "parents_groups"),
    Headline("members", "parents_members"),
    Headline("committees", "committee_meetings", places=True),
    Headline("sessions", "sbcc_sessions"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure of one headline in a release.

    Attributes
    ----------
    periods
        Codes of the periods that ``value`` adds up, or of its only one, oldest first; empty where
        no figure is published.
    value, value_class
        The figure as a number or a class; at most one of them.
    hidden
        Periods whose figure is suppressed.
    silent
        Periods whose figure was not reported.
    zeros
        Periods after ``periods`` whose figure is a true zero.
    reported
        Number of palikas with a published figure, where palikas are counted.
    """

    periods: tuple[str, ...] = ()
    value: int | None = None
    value_class: str | None = None
    hidden: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    reported: int | None = None

    @property
    def shown(self) -> bool:
        """Whether there is a number or a class."""
        return self.value is not None or self.value_class is not None


def list_headlines(release: ReleaseInfo) -> tuple[Headline, ...]:
    """Return what the overview counts of a release, at most as many as `HEADLINES`.

    First those of `HEADLINES` of which the release says something, then other public indicators of
    which it does, in the order of the project's list, and at last the rest of `HEADLINES`.
    """
    counted = load_indicators()
    told = set(cache.catalogue(release)["indicator"])
    usual = [each for each in HEADLINES if each.indicator in counted]
    named = {each.indicator for each in usual}
    others = [
        Headline(code, code)
        for code, each in counted.items()
        if Audience.PUBLIC in each.designs and code in told - named
    ]
    first = [each for each in usual if each.indicator in told]
    rest = [each for each in usual if each.indicator not in told]
    return tuple([*first, *others, *rest][: len(HEADLINES)])


def list_mapped(release: ReleaseInfo) -> tuple[str, ...]:
    """Return the indicators on the overview's map; the map page has all of them."""
    return tuple(dict.fromkeys(headline.indicator for headline in list_headlines(release)))


# ---- figures --------------------------------------------------------------------------------


def longest_periods(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the longest kind of period, oldest first.

    Where two calendars have periods of that kind, the one with more of them is taken.
    """
    if cells.empty:
        return cells
    periods = [calendar.parse_period(code) for code in cells["period"]]
    kind = min((period.kind for period in periods), key=LONGEST_FIRST.index)
    dated = cells.assign(
        start=[period.start for period in periods],
        kind=[period.kind for period in periods],
        native=[period.calendar.value for period in periods],
    )
    dated = dated[dated["kind"] == kind]
    native = dated.groupby("native")["period"].nunique().sort_index().idxmax()
    ordered = dated[dated["native"] == native].sort_values("start")
    return ordered.drop(columns=["start", "kind", "native"]).reset_index(drop=True)


def _follow_each_other(codes: Sequence[str]) -> bool:
    periods = [calendar.parse_period(code) for code in codes]
    return all(
        later.start == earlier.end + timedelta(days=1)
        for earlier, later in itertools.pairwise(periods)
    )


def figure_of(cells: pd.DataFrame, *, adds_up: bool) -> Figure:
    """Return one figure for rows of several periods.

    Parameters
    ----------
    cells
        ``period``, ``status``, ``value`` (Int64), ``value_class``, and ``reported`` where places
        are counted; one row for each period.
    adds_up
        Whether years may be added up: those of a flow, never those of a stock.

    Returns
    -------
    The sum where at least two years follow each other and the number of each is published; else
    the newest published figure above zero, or the newest published one.
    """
    rows = longest_periods(cells)
    if rows.empty:
        return Figure()
    numbers = rows["status"].eq(Status.PUBLISHED) & rows["value"].notna()
    codes = tuple(rows["period"])
    years = calendar.parse_period(codes[0]).kind is PeriodKind.YEAR
    if adds_up and years and len(rows) > 1 and numbers.all() and _follow_each_other(codes):
        return Figure(codes, int(rows["value"].sum()))
    return _newest(rows, numbers)


def _newest(rows: pd.DataFrame, numbers: pd.Series) -> Figure:
    def of(status: Status) -> tuple[str, ...]:
        return tuple(rows.loc[rows["status"] == status, "period"])

    hidden, silent = of(Status.SUPPRESSED), of(Status.NOT_REPORTED)
    zero = (numbers & rows["value"].eq(0).fillna(value=False)) | rows["value_class"].eq("none")
    shown = rows[rows["status"] == Status.PUBLISHED]
    if shown.empty:
        return Figure(hidden=hidden, silent=silent)
    more = shown[~zero.loc[shown.index].astype(bool)]
    row = (more if len(more) else shown).iloc[-1]
    later = shown[shown.index > row.name]
    known = row["value"]
    return Figure(
        (str(row["period"]),),
        None if pd.isna(known) else int(known),
        row["value_class"] if isinstance(row["value_class"], str) else None,
        hidden=hidden,
        silent=silent,
        zeros=tuple(later["period"]),
        reported=int(row["reported"]) if "reported" in rows else None,
    )


def count_places(cells: pd.DataFrame) -> pd.DataFrame:
    """Count the places with a figure above zero in each period, as rows for `figure_of`.

    A period in which a place is suppressed has no count: it would disclose something about it.
    """
    shown = cells["status"].eq(Status.PUBLISHED)
    some = shown & (cells["value"].gt(0).fillna(value=False) | cells["value_class"].notna())
    some &= cells["value_class"].ne("none")
    by_period = pd.DataFrame(
        {
            "period": cells["period"],
            "reported": shown,
            "some": some.astype(bool),
            "hidden": cells["status"].eq(Status.SUPPRESSED),
        }
    ).groupby("period", sort=False)
    counted = by_period.sum().reset_index()
    status = pd.Series(Status.PUBLISHED.value, index=counted.index)
    status = status.mask(counted["reported"] == 0, Status.NOT_REPORTED.value)
    status = status.mask(counted["hidden"] > 0, Status.SUPPRESSED.value)
    return pd.DataFrame(
        {
            "period": counted["period"],
            "status": status,
            "value": counted["some"].where(status.eq(Status.PUBLISHED)).astype("Int64"),
            "value_class": None,
            "reported": counted["reported"],
        }
    )


def _cells(
    release: ReleaseInfo, indicator: str, whom: str = "", level: AdminLevel = AdminLevel.COUNTRY
) -> pd.DataFrame:
    """Return the cells of an indicator for a key of `WHOM` at one level, all periods."""
    sex, age_band = WHOM[whom]
    return cache.reader(release).cells(
        release.number, indicator=indicator, sex=sex, age_band=age_band, admin_level=level
    )


def headlines(release: ReleaseInfo) -> dict[str, Figure]:
    """Return figures by the key of their headline.

    They are those of `list_headlines`, and of every one of `HEADLINES` that the project counts.
    """
    counted = load_indicators()
    usual = [each for each in HEADLINES if each.indicator in counted]
    listed = tuple(dict.fromkeys([*list_headlines(release), *usual]))

    def make() -> dict[str, Any]:
        return {each.key: _figure(release, each) for each in listed}

    return cache.remembered(release, ("overview", listed), make)


def _figure(release: ReleaseInfo, headline: Headline) -> Figure:
    if headline.places:
        cells = _cells(release, headline.indicator, headline.whom, AdminLevel.PALIKA)
        return figure_of(count_places(cells), adds_up=False)
    flow = load_indicators()[headline.indicator].aggregation is Aggregation.FLOW
    return figure_of(_cells(release, headline.indicator, headline.whom), adds_up=flow)


def targets() -> tuple[Target, ...]:
    """Return the published targets."""
    return load_targets()


def reached_of_target(release: ReleaseInfo, target: Target) -> Figure:
    """Return what was reached of a target in all its periods, or why that is not published."""

    def make() -> dict[str, Any]:
        level = AdminLevel.COUNTRY if target.unit_code == COUNTRY else None
        cells = _cells(release, target.indicator) if level is not None else None
        return {"figure": compare_with_target(cells, target)}

    return cache.remembered(release, ("target", target.code), make)["figure"]


def compare_with_target(cells: pd.DataFrame | None, target: Target) -> Figure:
    """Return the figure to compare with a target; without a value unless all of it is published.

    A partial total beside a whole target would look like a missed target.

    Parameters
    ----------
    cells
        Cells of the target's indicator and place for everybody, or None where there are none.
    """
    if cells is None:
        return Figure()
    mine = cells[cells["period"].isin(target.periods)] if target.periods else cells
    flow = load_indicators()[target.indicator].aggregation is Aggregation.FLOW
    figure = figure_of(mine, adds_up=flow)
    whole = len(figure.periods) == len(longest_periods(mine)) or not flow
    if figure.value is not None and whole and not (flow and (figure.hidden or figure.silent)):
        return figure
    return Figure(hidden=figure.hidden, silent=figure.silent)


# ---- releases -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One release and what it added to the one before it.

    Attributes
    ----------
    first
        Whether no release was before it.
    cells
        Number of cells it has more; None for a withdrawn release.
    periods
        Codes of its new periods, oldest first.
    """

    release: ReleaseInfo
    first: bool
    cells: int | None
    periods: tuple[str, ...] = ()


def release_history(released: Sequence[ReleaseInfo]) -> list[Step]:
    """Return the `NEWEST` releases with what each added, newest first.

    Each is compared with the newest one before it that was not withdrawn.

    Parameters
    ----------
    released
        Releases, newest first, withdrawn ones too; see `cache.list_releases`.
    """
    steps = []
    for n, info in enumerate(released[:NEWEST]):
        before = next((each for each in released[n + 1 :] if each.state != "withdrawn"), None)
        if info.state == "withdrawn":
            steps.append(Step(info, first=before is None, cells=None))
            continue
        new = _periods(info) - (_periods(before) if before else set())
        ordered = sorted(new, key=calendar.parse_period)
        more = info.cells - (before.cells if before else 0)
        steps.append(Step(info, before is None, more, tuple(ordered)))
    return steps


def _periods(release: ReleaseInfo) -> set[str]:
    def make() -> dict[str, Any]:
        return {"periods": sorted(cache.catalogue(release)["period"].unique())}

    return set(cache.remembered(release, ("periods",), make)["periods"])


# ---- files ----------------------------------------------------------------------------------


def _files(release: ReleaseInfo) -> dict[str, Any]:
    return dict(export.export_files(cache.reader(release), release.number))


def release_archive(release: ReleaseInfo) -> bytes:
    """Return a ZIP archive of all files of a release; the same bytes each time.

    Raises
    ------
    SimaError
        As `export.export_files`: the release was withdrawn, or holds no policy.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in _files(release).items():
            entry = zipfile.ZipInfo(f"{file_stem(release)}/{name}", date_time=_day(release))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            file.writestr(entry, content)
    return packed.getvalue()


def cells_file(release: ReleaseInfo) -> bytes:
    """Return ``cells.csv`` of a release; raises as `archive`."""
    return bytes(_files(release).get("cells.csv", b""))


def file_stem(release: ReleaseInfo) -> str:
    """Return the name that a release's files begin with."""
    return f"sima-{release.audience.value}-release-{release.number}"


def _day(release: ReleaseInfo) -> tuple[int, int, int, int, int, int]:
    year, month, day = (int(part) for part in release.created[:10].split("-"))
    return (year, month, day, 0, 0, 0)


def estimated_sizes(release: ReleaseInfo) -> tuple[int, int]:
    """Return the estimated bytes of the archive and of ``cells.csv``."""
    return int(release.cells * _BYTES_ZIP) + _BYTES_BESIDES, release.cells * _BYTES_CSV
