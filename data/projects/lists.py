"""Finds what is wrong with the lists of a project, which are CSV files, row by row."""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from data.model import AdminLevel
from data.projects.faults import Fault, named_twice, unknown_place
from data.reference.booths import LIMIT_KM, find_booths_off_border
from data.reference.gazetteer import Gazetteer
from data.reference.project_files import ProjectFiles

_MONTHS_IN_YEAR = 12
_DAYS_OF_MONTH = range(29, 33)
_DAYS_OF_YEAR = (365, 366)
_ALIAS_LEVELS = {"district": AdminLevel.DISTRICT, "palika": AdminLevel.PALIKA}


def check_lists(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the faults of the lists that are CSV files, row by row."""
    wrong = [*_positions(files)]
    yield from wrong
    if wrong:  # the lists cannot be read as places
        return
    places = Gazetteer.load()
    levels = places.units["admin_level"]
    for line, row in _rows(files, "programme.csv"):
        code = row["unit_code"]
        if levels.get(code) not in (AdminLevel.DISTRICT, AdminLevel.PALIKA):
            yield unknown_place("programme.csv", line, code, "district or palika")
        yield from _days("programme.csv", line, row, ("since", "until"))
    for line, row in _rows(files, "border_points.csv"):
        if levels.get(row["district"]) != AdminLevel.DISTRICT:
            yield unknown_place("border_points.csv", line, row["district"], "district")
    for name in ("border_points.csv", "sites.csv"):
        for line, row in _rows(files, name):
            yield from _names(files, name, line, row)
    yield from _aliases(files, places)
    yield from _sites(files, places)
    yield from _calendar(files)


def _aliases(files: ProjectFiles, places: Gazetteer) -> Iterator[Fault]:
    """Yield the spellings of a place that there is not; a booth may stand in the stores alone."""
    levels = places.units["admin_level"]
    for line, row in _rows(files, "aliases.csv"):
        wanted = _ALIAS_LEVELS.get(row["kind"])
        if wanted is not None and levels.get(row["code"]) != wanted:
            yield unknown_place("aliases.csv", line, row["code"], row["kind"])
        if row["district_code"] and levels.get(row["district_code"]) != AdminLevel.DISTRICT:
            yield unknown_place("aliases.csv", line, row["district_code"], "district")


def _names(files: ProjectFiles, name: str, line: int, row: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the names that are missing in a language of the project."""
    for key in (f"name_{language}" for language in files.languages):
        if not row[key]:
            yield Fault(name, line, f"{key} is missing.", f"{key} छैन।")


def _positions(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the rows that have other cells than their header, or a position that is no number."""
    for name in ("aliases.csv", "border_points.csv", "programme.csv", "sites.csv"):
        rows = csv.reader(io.StringIO(files.text(name)))
        header = next(rows)
        for row in rows:
            if row and len(row) != len(header):
                yield Fault(
                    name,
                    rows.line_num,
                    f"The row has {len(row)} cells, its header has {len(header)}.",
                    f"पङ्क्तिमा {len(row)} कोष्ठ छन्, शीर्षकमा {len(header)}।",
                )
                continue
            for key in {"lon", "lat"} & set(header) if row else ():
                if not _is_number(row[header.index(key)]):
                    yield Fault(
                        name, rows.line_num, f"{key} is not a number of degrees.",
                        f"{key} मा डिग्रीको अङ्क छैन।",
                    )  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _sites(files: ProjectFiles, places: Gazetteer) -> Iterator[Fault]:
    seen: set[str] = set()
    off = set(find_booths_off_border(places.sites, places.border_points))
    for line, row in _rows(files, "sites.csv"):
        code = row["site_code"]
        if code in seen:
            yield named_twice("sites.csv", line, code)
        seen.add(code)
        if places.units["admin_level"].get(row["palika_code"]) != AdminLevel.PALIKA:
            yield unknown_place("sites.csv", line, row["palika_code"], "palika")
        elif row["border_point"] not in places.border_points.index:
            yield unknown_place("sites.csv", line, row["border_point"], "border point")
        elif code in off:
            yield Fault(
                "sites.csv",
                line,
                f"{code} is more than {LIMIT_KM:g} km from every border point of its district.",
                f"{code} आफ्नो जिल्लाका सबै सीमा नाकाबाट {LIMIT_KM:g} कि.मि. भन्दा टाढा छ।",
            )  # fmt: skip
        yield from _days("sites.csv", line, row, ("opened", "closed"))


def _calendar(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the Nepali years whose months cannot be right."""
    before = None
    for line, text in enumerate(files.text("bs_months.csv").splitlines(), start=1):
        if not text[:1].isdigit():
            continue
        year, *months = text.split(",")[: _MONTHS_IN_YEAR + 1]
        lengths = [int(each) if each.strip().isdecimal() else 0 for each in months]
        right = (
            year.isdecimal()
            and len(lengths) == _MONTHS_IN_YEAR
            and all(each in _DAYS_OF_MONTH for each in lengths)
            and sum(lengths) in _DAYS_OF_YEAR
        )
        if not right or (before is not None and year != str(before + 1)):
            yield Fault(
                "bs_months.csv",
                line,
                f"{year}: years follow each other, and their twelve months have 29 to 32 days.",
                f"{year}: हरेक वर्ष अघिल्लोपछि आउँछ, र यसका बाह्र महिनामा २९ देखि ३२ दिन हुन्छन्।",
            )  # fmt: skip
        before = int(year) if year.isdecimal() else None


def _rows(files: ProjectFiles, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    rows = csv.DictReader(io.StringIO(files.text(name)), restval="")
    for row in rows:
        yield rows.line_num, {key: str(value).strip() for key, value in row.items() if key}


def _days(name: str, line: int, row: Mapping[str, str], keys: Iterable[str]) -> Iterator[Fault]:
    for key in keys:
        if row[key]:
            try:
                date.fromisoformat(row[key])
            except ValueError:
                yield Fault(
                    name, line, f"{key} is not a day like 2024-01-31.",
                    f"{key} मा 2024-01-31 जस्तो मिति छैन।",
                )  # fmt: skip
