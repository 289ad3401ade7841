"""Booths: where they may stand, which months they owe, and how long they have been silent.

Everything a reader is told is worked out from released cells, so it tells no more than they do.
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
    """Give the booths that lie farther than `LIMIT_KM` from every border point of their district.

    ``sites`` and ``border_points`` as in `Gazetteer`; positions in EPSG:4326 degrees.
    """
    return pd.Index([code for code, _site in _off_border(sites, border_points)], dtype=object)


def _off_border(
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
    """Find every booth of the list of sites that does not lie at the border of its district.

    ``where`` is the row of ``sites.csv`` as a spreadsheet shows it, at the column ``lon``.
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
    """Refuse a list of sites with a booth away from the border; SimaError names every cell."""
    found = check_sites(sites, border_points)
    if found:
        said = "; ".join(f"{each.where}: {finding_sentence(each, 'en')}" for each in found)
        raise SimaError(f"{said} {finding_remedy(found[0], 'en')}")


def count_months_due(period: Period, *, opened: date, closed: date | None) -> int:
    """Count the months of a period of which a booth owes a report.

    As `data.release_making.derived_figures` counts them: from the month in which it opened, up to
    the last month
    that ended before it closed.
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
    """How long nobody reported, as far as a release tells.

    ``days`` are at least so many up to the end of the newest released quarter; ``since`` is the
    code of the last quarter with a report, None where none is known.
    """

    days: int
    since: str | None

    @property
    def is_long(self) -> bool:
        """Whether it is long enough to ask what happened."""
        return self.days >= SILENT_DAYS


def measure_silence(timeliness: pd.DataFrame) -> Silence | None:
    """Say how long the booths of a place have been silent.

    A quarter of which nothing came counts whole. A quarter of which some months came does not say
    which, and one without a figure (the booth opened or closed within a month) does not say
    whether: both end the silence, so what is said is never too long.

    Parameters
    ----------
    timeliness
        Released cells of months reported, of one place: ``period``, ``period_start``,
        ``period_end``, ``status``, ``value``. Other lengths than quarters are left out.

    Returns
    -------
    None where the release has no such quarter.
    """
    kinds = timeliness["period"].map(lambda code: calendar.parse_period(code).kind)
    rows = timeliness[kinds.eq(PeriodKind.QUARTER)].sort_values(["period_end", "period_start"])
    if rows.empty:
        return None
    shown = rows["status"].eq(Status.PUBLISHED)
    nothing = shown & rows["value"].eq(0).fillna(value=False).astype(bool)
    came = rows[~nothing]
    newest = pd.Timestamp(rows["period_end"].iloc[-1])
    if came.empty:
        first = pd.Timestamp(rows["period_start"].iloc[0])
        return Silence((newest - first).days + 1, None)
    last = came.iloc[-1]
    since = str(last["period"]) if last["status"] == Status.PUBLISHED else None
    return Silence((newest - pd.Timestamp(last["period_end"])).days, since)


def is_open(*, closed: str, on: date) -> bool:
    """Say whether a booth is open on a day; ``closed`` as a release writes it, empty for never."""
    return not closed or date.fromisoformat(closed) > on
