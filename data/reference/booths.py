"""Booths: where they may stand, which months they owe, and how long they have been silent.

All of it is worked out from released cells, so it discloses no more than they do.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd
from pyproj import Geod

from data.model import Finding, Period, PeriodKind, SimaError, Status
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError
from data.reference.findings import finding_remedy, finding_sentence, make_finding
from data.reference.unit_codes import district_of

LIMIT_KM = 5.0  # from a border point of the booth's own district
SILENT_DAYS = 45  # without a report, from here on a booth counts as silent
_GLOBE = Geod(ellps="WGS84")
_FIRST_ROW = 2  # of a list, below its header


def find_booths_off_border(sites: pd.DataFrame, border_points: pd.DataFrame) -> pd.Index:
    """Return the booths that are farther than `LIMIT_KM` from every border point of their district.

    Distances are geodesic, on the WGS 84 ellipsoid.

    Parameters
    ----------
    sites, border_points
        As in `Gazetteer`; positions in EPSG:4326 degrees.

    Returns
    -------
    Index of site codes, in the order of ``sites``.
    """
    return pd.Index(
        [code for code, _site in _iterate_off_border(sites, border_points)], dtype=object
    )


def _iterate_off_border(
    sites: pd.DataFrame, border_points: pd.DataFrame
) -> Iterator[tuple[str, pd.Series]]:
    for code, site in sites.iterrows():
        district = district_of(str(site["palika_code"]))
        near = border_points[border_points["district_code"] == district]
        many = len(near)
        _there, _back, metres = _GLOBE.inv(
            [site["lon"]] * many, [site["lat"]] * many, near["lon"].to_list(), near["lat"].to_list()
        )
        if not any(each <= LIMIT_KM * 1000 for each in metres):
            yield str(code), site


def check_sites(sites: pd.DataFrame, border_points: pd.DataFrame) -> list[Finding]:
    """Return a finding for every listed booth that is not at the border of its district.

    ``where`` is the cell of ``sites.csv`` as a spreadsheet shows it, in the column ``lon``.
    """
    off = find_booths_off_border(sites, border_points)
    column = chr(
        ord("A") + 1 + list(sites.columns).index("lon")
    )  # after the code, which is the index
    return [
        make_finding("site-off-border", f"sites.csv!{column}{row}", limit=f"{LIMIT_KM:g}")
        for row, code in enumerate(sites.index, start=_FIRST_ROW)
        if code in off
    ]


def require_at_border(sites: pd.DataFrame, border_points: pd.DataFrame) -> None:
    """Refuse a list of sites with a booth away from the border.

    Raises
    ------
    SimaError
        Naming the cell of every such booth.
    """
    found = check_sites(sites, border_points)
    if found:
        listed = "; ".join(f"{each.where}: {finding_sentence(each, 'en')}" for each in found)
        raise SimaError(f"{listed} {finding_remedy(found[0], 'en')}")


def count_months_due(period: Period, *, opened: date, closed: date | None) -> int:
    """Count the months of a period for which a booth owes a report.

    These are the months from the one in which the booth opened to the last one that ended before
    it closed, as in `data.release_making.derived_figures`. Months outside the verified Nepali
    calendar are not counted.
    """
    day, due = period.start, 0
    while day <= period.end:
        try:
            month = calendar.containing(day, period.calendar, PeriodKind.MONTH)
        except UnverifiedYearError:
            break
        due += month.end >= opened and (closed is None or month.end < closed)
        day = date.fromordinal(month.end.toordinal() + 1)
    return due


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nobody has reported, as far as a release shows.

    ``days`` is the least number of days up to the end of the newest released quarter; ``since`` is
    the code of the last quarter with a report, None where none is known.
    """

    days: int
    since: str | None

    @property
    def is_long(self) -> bool:
        """Return whether the silence is long enough to ask what happened."""
        return self.days >= SILENT_DAYS


def measure_silence(timeliness: pd.DataFrame) -> Silence | None:
    """Return how long the booths of a place have been silent.

    A quarter without any report counts as a whole. A quarter with some reports does not show which
    months are missing, and a quarter without a figure (the booth opened or closed within a month)
    does not show whether any is. Both end the silence, so that it is never overstated.

    Parameters
    ----------
    timeliness
        Released cells of months reported, of one place: ``period``, ``period_start``,
        ``period_end``, ``status``, ``value``. Periods other than quarters are ignored.

    Returns
    -------
    None where the release has no such quarter.
    """
    kinds = timeliness["period"].map(lambda code: calendar.parse_period(code).kind)
    rows = timeliness[kinds.eq(PeriodKind.QUARTER)].sort_values(["period_end", "period_start"])
    if rows.empty:
        return None
    published = rows["status"].eq(Status.PUBLISHED)
    no_report = published & rows["value"].eq(0).fillna(value=False).astype(bool)
    reported = rows[~no_report]
    newest = pd.Timestamp(rows["period_end"].iloc[-1])
    if reported.empty:
        first = pd.Timestamp(rows["period_start"].iloc[0])
        return Silence((newest - first).days + 1, None)
    last = reported.iloc[-1]
    since = str(last["period"]) if last["status"] == Status.PUBLISHED else None
    return Silence((newest - pd.Timestamp(last["period_end"])).days, since)


def is_open(*, closed: str, on: date) -> bool:
    """Return whether a booth is open on a day.

    ``closed`` is the closing day as a release writes it, ``YYYY-MM-DD``; empty if still open.
    """
    return not closed or date.fromisoformat(closed) > on
