"""Booths that are added from a file with the columns of the shipped list, or closed."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd

from data.model import SimaError
from data.reference.booths import require_at_border
from data.reference.gazetteer import Gazetteer
from data.reference.project_files import complete_names

COLUMNS = (
    "site_code", "name_en", "name_ne", "palika_code", "border_point", "lon", "lat", "opened",
    "closed", "operator_en", "operator_ne",
)  # fmt: skip
_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_MAY_BE_EMPTY = {"closed", "operator_en", "operator_ne"}
_MOST_NAMED = 10  # of the wrong lines


def read_site_list(content: bytes, *, name: str, gazetteer: Gazetteer) -> pd.DataFrame:
    """Return the booths of a CSV file, indexed by ``site_code``.

    Parameters
    ----------
    content
        The file: UTF-8, a header with `COLUMNS` in any order, one booth a line.
    name
        What the file is called in messages.
    gazetteer
        Its palikas and border points are those that a booth may name.

    Returns
    -------
    Frame with the columns of `Gazetteer.sites`; ``lon`` and ``lat`` in EPSG:4326 degrees.

    Raises
    ------
    SimaError
        Naming each wrong line with what is wrong, the first ten of them.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise SimaError(f"{name} is not a CSV file in UTF-8. Save it as CSV UTF-8.") from wrong
    if "\0" in text:
        raise SimaError(f"{name} is not a CSV file in UTF-8. Save it as CSV UTF-8.")
    rows = csv.DictReader(io.StringIO(text), restkey="too many", restval="")
    header = [each.strip() for each in rows.fieldnames or ()]
    rows.fieldnames = header
    if sorted(header) != sorted(COLUMNS):
        raise SimaError(f"{name}, line 1: the columns must be {', '.join(COLUMNS)}.")
    found: list[dict[str, str]] = []
    faults: list[str] = []
    codes: set[str] = set()
    read = 0
    for row in rows:
        place = f"{name}, line {rows.line_num}"
        of_row = _faults(row, gazetteer, codes)
        faults += [f"{place}: {each}" for each in of_row]
        codes.add(row["site_code"].strip())
        read += 1
        if not of_row:
            found.append(complete_names({key: row[key].strip() for key in COLUMNS}))
    sites = pd.DataFrame(found, columns=list(COLUMNS)).set_index("site_code")
    sites = sites.astype({"lon": float, "lat": float})[list(gazetteer.sites.columns)]
    try:
        require_at_border(sites, gazetteer.border_points)
    except SimaError as off_border:
        faults.append(str(off_border))
    if not read:
        faults = [f"{name} has no booth."]
    if faults:
        raise SimaError(say_faults(faults))
    return sites


def say_faults(faults: Sequence[str]) -> str:
    """Return the faults of a list as one message: the first ten, and how many more there are."""
    more = len(faults) - _MOST_NAMED
    rest = f" And {more} more." if more > 0 else ""
    return " ".join(faults[:_MOST_NAMED]) + rest


def as_csv(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return booths as a file that `read_site_list` reads; each row has the keys `COLUMNS`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def new_sites(
    content: bytes, *, name: str, gazetteer: Gazetteer, held: pd.DataFrame
) -> pd.DataFrame:
    """Return the booths of a CSV file that are not held yet; see `read_site_list`.

    Raises
    ------
    SimaError
        If a line is wrong, or a booth that is held has other facts than the file says. Whether it
        is closed makes no difference: that may have happened meanwhile.
    """
    listed = read_site_list(content, name=name, gazetteer=gazetteer)
    both = listed.index.intersection(held.index)
    facts = [column for column in listed.columns if column != "closed"]
    same = listed.loc[both, facts].astype(str).eq(held.loc[both, facts].astype(str))
    other = both[~same.all(axis="columns")]
    if len(other):
        raise SimaError(
            f"{', '.join(other)}: known already, with other facts. A booth that was added is not"
            " changed by a list. Give the new booth another code, or close the old one with:"
            " sima sites close CODE --on DAY"
        )
    return listed.loc[~listed.index.isin(held.index)]


def require_closing(code: str, *, on: date, sites: pd.DataFrame, records: pd.DataFrame) -> None:
    """Refuse to close a booth on a day on which it cannot close.

    Parameters
    ----------
    sites, records
        As `Holdings.sites` and `Holdings.current_records`.

    Raises
    ------
    SimaError
        If there is no such booth, it opened later, or it reported for a later month.
    """
    if code not in sites.index:
        raise SimaError(f"There is no booth {code}. `sima sites list` shows the codes.")
    opened = date.fromisoformat(str(sites.at[code, "opened"]))
    if on < opened:
        raise SimaError(f"{code} opened on {opened}; it cannot close before.")
    begun = records.loc[records["place_code"].eq(code), "period_start"]
    last = max(map(str, begun), default="")
    if last > on.isoformat():
        raise SimaError(
            f"{code} has reported for a month that begins on {last}. Choose a later day."
        )


def _faults(row: dict[str, str], gazetteer: Gazetteer, codes: set[str]) -> list[str]:
    if "too many" in row:
        return ["there are more cells than columns."]
    value = complete_names({key: row[key].strip() for key in COLUMNS})
    faults = [
        f"{key} is missing." for key in COLUMNS if key not in _MAY_BE_EMPTY and not value[key]
    ]
    code, palika, point = value["site_code"], value["palika_code"], value["border_point"]
    if code and not _CODE.fullmatch(code):
        faults.append("site_code must be capital letters, digits and hyphens: BANKE-JAMUNAHA.")
    if code and code in codes:
        faults.append(f"{code} stands in the list twice.")
    if palika and (len(palika) != len("51106") or palika not in gazetteer.units.index):
        faults.append(f"there is no palika with the code {palika}.")
    if point and point not in gazetteer.border_points.index:
        faults.append(f"there is no border point {point}.")
    for key, most in (("lon", 180), ("lat", 90)):
        if value[key] and not _is_degree(value[key], most):
            faults.append(f"{key} is not a number of degrees.")
    days = {key: _day(value[key]) for key in ("opened", "closed") if value[key]}
    faults += [f"{key} is not a day like 2024-01-31." for key, day in days.items() if day is None]
    opened, closed = days.get("opened"), days.get("closed")
    if opened and closed and closed < opened:
        faults.append("closed is before opened.")
    return faults


def _is_degree(text: str, most: int) -> bool:
    try:
        return abs(float(text)) <= most
    except ValueError:
        return False


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None
