"""Booths: where they may stand, which months they owe, and how long they have been silent.

All of it is worked out from released cells, so it discloses no more than they do.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import geopandas as gpd
import pandas as pd
from pyproj import Geod
from shapely import Point

from data.model import Calendar, Period, PeriodKind, SimaError, Status
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError
from data.reference.unit_codes import district_of

LIMIT_KM = 5.0  # from a border point of the booth's own district
SILENT_DAYS = 45  # without a report, from here on a booth counts as silent
_GLOBE = Geod(ellps="WGS84")


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


def find_unit_at(lon: float, lat: float, units: gpd.GeoDataFrame) -> str | None:
    """Return the code of the unit in which a position lies; None outside all of them.

    Parameters
    ----------
    lon, lat
        Degrees, EPSG:4326.
    units
        Boundaries of one level in EPSG:4326, indexed by ``unit_code``.
    """
    inside = units.index[units.geometry.covers(Point(lon, lat))]
    return str(inside[0]) if len(inside) else None


def require_at_border(sites: pd.DataFrame, border_points: pd.DataFrame) -> None:
    """Refuse a list of sites with a booth away from the border.

    Raises
    ------
    SimaError
        Naming every such booth, its position, and the border points of its district.
    """
    faults = []
    for code, site in _iterate_off_border(sites, border_points):
        district = district_of(str(site["palika_code"]))
        near = ", ".join(border_points.index[border_points["district_code"] == district])
        faults.append(
            f"{code}: its position ({site['lon']:g}, {site['lat']:g}) is more than {LIMIT_KM:g} km"
            f" from every border point of the district {district} ({near or 'there is none'})."
        )
    if faults:
        raise SimaError(
            " ".join(faults) + " Correct the position (lon, lat) or the palika. If a border point"
            " is missing, add it to border_points.csv in the project's folder."
        )


def due_span(opened: str, closed: str, kind: Calendar) -> tuple[date | None, date | None]:
    """Return the first and the last day of the months for which a booth owes a report.

    The months are those of `count_months_due`.

    Parameters
    ----------
    opened, closed
        Days as ``YYYY-MM-DD``; an empty one is open.
    kind
        The calendar of the months.

    Returns
    -------
    Days; None where the booth has no such end. A day outside the verified Nepali calendar stands
    for itself.

    Examples
    --------
    >>> first, last = due_span("2024-01-10", "2024-03-15", Calendar.AD)
    >>> first.isoformat(), last.isoformat()
    ('2024-01-01', '2024-02-29')
    """
    return _month_of(opened, kind, first=True), _month_of(closed, kind, first=False)


def _month_of(text: str, kind: Calendar, *, first: bool) -> date | None:
    if not text:
        return None
    day = date.fromisoformat(text)
    try:
        month = calendar.containing(day, kind, PeriodKind.MONTH)
    except UnverifiedYearError:
        return day
    if first:
        return month.start
    return day if month.end == day else month.start - timedelta(days=1)


def count_months_due(period: Period, *, opened: date, closed: date | None) -> int:
    """Count the months of a period for which a booth owes a report.

    These are the months from the one in which the booth opened to the last one that ended on or
    before the day on which it closed, as in `data.release_making.derived_figures`. Months outside
    the verified Nepali calendar are not counted.
    """
    day, due = period.start, 0
    while day <= period.end:
        try:
            month = calendar.containing(day, period.calendar, PeriodKind.MONTH)
        except UnverifiedYearError:
            break
        due += month.end >= opened and (closed is None or month.end <= closed)
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


def measure_silence(timeliness: pd.DataFrame, *, told: Collection[str] = ()) -> Silence | None:
    """Return how long the booths of a place have been silent.

    A quarter without any report counts as a whole. A quarter with some reports does not show which
    months are missing, and a quarter without a figure (the booth opened or closed within a month)
    does not show whether any is. Both end the silence, so that it is never overstated.

    Parameters
    ----------
    timeliness
        Released cells of months reported, of one place: ``period``, ``period_start``,
        ``period_end``, ``status``, ``value``. Periods other than quarters are ignored.
    told
        Quarters for which the release has figures of the booths. A report that came after its
        quarter was released first does not change the months that were counted then.

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
    no_report &= ~rows["period"].isin(list(told))
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
