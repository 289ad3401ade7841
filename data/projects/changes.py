"""Changes of a project: what somebody asks for, checked, and what it would be once it is made.

A change is checked when it is asked for and again when it is made, because the project may have
changed in between.
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data.database.engines import rows_of
from data.database.project_store import ChangeKind
from data.holdings import Holdings
from data.model import AdminLevel, SimaError
from data.projects import folder, site_list
from data.projects.check import check_project
from data.reference.gazetteer import Gazetteer
from data.reference.project_files import ADDED, ProjectFiles, complete_names, read_folder
from data.reference.relations import RELATIONS

ORGANISATION_COLUMNS = ("code", "name_en", "name_ne", "synthetic")
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST_TOML = 20_000  # characters of one indicator, which needs about 1,000
_ADDED_TABLES = {"indicator", "design", "column", "activity", *RELATIONS}
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was checked.

    ``codes`` are those of what is new; without any the change is already there. ``place`` is the
    unit that it is about, for the audit log; empty if it is about several or none.
    """

    kind: ChangeKind
    content: Mapping[str, Any]
    codes: tuple[str, ...]
    place: str = ""


def new_sites(content: bytes, *, name: str, gazetteer: Gazetteer, holdings: Holdings) -> Change:
    """Return the change that adds the booths of a CSV file; errors as `site_list.new_sites`."""
    held = holdings.sites()
    new = site_list.new_sites(content, name=name, gazetteer=gazetteer, held=held)
    rows = rows_of(new.reset_index())
    places = {str(row["palika_code"]) for row in rows}
    codes = tuple(str(row["site_code"]) for row in rows)
    return Change(ChangeKind.SITES, {"rows": rows}, codes, places.pop() if len(places) == 1 else "")


def closing(code: str, *, on: date, holdings: Holdings) -> Change:
    """Return the change that closes a booth; errors as `site_list.require_closing`."""
    held = holdings.sites()
    site_list.require_closing(code, on=on, sites=held, records=holdings.current_records())
    content = {"code": code, "on": on.isoformat()}
    return Change(ChangeKind.SITE_CLOSED, content, (code,), str(held.at[code, "palika_code"]))


def new_organisations(content: bytes, *, name: str, holdings: Holdings) -> Change:
    """Return the change that adds the organisations of a CSV file.

    Parameters
    ----------
    content, name
        The file (UTF-8, a header with `ORGANISATION_COLUMNS`, one organisation a line) and what
        it is called in messages.

    Raises
    ------
    SimaError
        Naming each wrong line with what is wrong, the first ten of them.
    """
    known = holdings.listed_organisations()
    rows: list[dict[str, str]] = []
    faults: list[str] = []
    seen: set[str] = set()
    for place, row in _read_rows(content, name, ORGANISATION_COLUMNS):
        code, names = row["code"], {"en": row["name_en"], "ne": row["name_ne"]}
        wrong = _organisation_faults(row, synthetic=holdings.synthetic)
        if code in seen:
            wrong.append(f"{code} stands in the list twice.")
        if code in known and dict(known[code].name) != names:
            wrong.append(f"{code} is known already, under another name.")
        seen.add(code)
        faults += [f"{place}: {each}" for each in wrong]
        if code not in known:
            rows.append({"code": code, "name_en": names["en"], "name_ne": names["ne"]})
    if faults:
        raise SimaError(site_list.say_faults(faults))
    return Change(ChangeKind.ORGANISATIONS, {"rows": rows}, tuple(row["code"] for row in rows))


def _organisation_faults(row: Mapping[str, str], *, synthetic: bool) -> list[str]:
    faults = [f"{key} is missing." for key in ("name_en", "name_ne") if not row[key]]
    if not _CODE.fullmatch(row["code"]):
        faults.append("code must be small letters, digits and hyphens: child-aid.")
    stated = _YES_NO.get(row["synthetic"].lower())
    if stated is None:
        faults.append("synthetic must be true or false.")
    elif stated != synthetic:
        kind = "synthetic" if synthetic else "real"
        faults.append(f"this store is for {kind} data; synthetic says otherwise.")
    return faults


def place_added(code: str, *, since: date, holdings: Holdings) -> Change:
    """Return the change that takes a district or palika into the programme.

    Raises
    ------
    SimaError
        If there is no such district or palika.
    """
    _require_place(code, holdings)
    content = {"unit_code": code, "since": since.isoformat(), "until": ""}
    known = place_around(code, holdings) is not None
    return Change(ChangeKind.PLACE, content, () if known else (code,), code)


def place_ended(code: str, *, on: date, holdings: Holdings) -> Change:
    """Return the change after which the programme no longer works in a place.

    Raises
    ------
    SimaError
        If the place is not one of the programme's, or begins later. It may end on the day before
        it begins: then it never was one.
    """
    _require_place(code, holdings)
    places = holdings.programme().set_index("unit_code")
    if code not in places.index:
        around = place_around(code, holdings)
        inside = f" It belongs to {around}, which is one." if around else ""
        raise SimaError(
            f"{code} is not a place of the programme.{inside} `sima programme list` shows them."
        )
    since = str(places.at[code, "since"])
    never = date.fromisoformat(since) - timedelta(days=1) if since else None
    if since > on.isoformat() and on != never:
        raise SimaError(
            f"{code} joins the programme on {since}; it cannot end before. If it was added by"
            f" mistake, let it end on {never}, the day before it begins."
        )
    content = {"unit_code": code, "since": since, "until": on.isoformat()}
    return Change(ChangeKind.PLACE, content, (code,), code)


def place_around(code: str, holdings: Holdings) -> str | None:
    """Return the place of the programme that a unit is or lies in; None if there is none.

    Places with a last day do not count.
    """
    places = holdings.programme()
    running = places.loc[places["until"].eq(""), "unit_code"]
    return next((each for each in map(str, running) if code.startswith(each)), None)


def _require_place(code: str, holdings: Holdings) -> None:
    units = holdings.units()
    levels = (int(AdminLevel.DISTRICT), int(AdminLevel.PALIKA))
    if code not in units.index or units.at[code, "admin_level"] not in levels:
        raise SimaError(f"There is no district or palika with the code {code}.")


def new_indicator(text: str, *, project: Path) -> Change:
    """Return the change that adds indicators from TOML.

    Parameters
    ----------
    text
        The tables ``[indicator.CODE]``, ``[design.CODE.AUDIENCE]``, how it is reported,
        ``[column.TEMPLATE.KEY]`` or ``[activity.CODE]``, and how it is related to what is reported
        beside it (`data.reference.relations`). See docs/project.md.
    project
        The project's folder.

    Raises
    ------
    SimaError
        Naming the line that is wrong, or what the documented minimum does not allow.
    """
    if len(text) > _MOST_TOML:
        raise SimaError(f"An indicator has at most {_MOST_TOML:,} characters.")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise SimaError(f"This is not TOML: {wrong}.") from wrong
    if unknown := sorted(set(table) - _ADDED_TABLES):
        raise SimaError(
            f"{', '.join(unknown)} is not a known table. Use [indicator.CODE],"
            " [design.CODE.AUDIENCE], [column.TEMPLATE.KEY] and [activity.CODE], and for how it is"
            f" related to others [[{']], [['.join(RELATIONS)}]]."
        )
    if not table.get("indicator"):
        raise SimaError("The table [indicator.CODE] is missing.")
    held = read_folder(project)
    codes = tuple(table["indicator"])
    if f"\n{text.strip()}\n" in held.text(ADDED):
        return Change(ChangeKind.INDICATOR, {"toml": text}, ())
    for code in codes:
        if code in held.table("indicators.toml"):
            raise SimaError(f"There is an indicator {code} already. Choose another code.")
    for fault in check_project(_with_added(held, text)):
        line = fault.line - held.text(ADDED).rstrip().count("\n") - 2
        where = f"line {line}" if fault.name == ADDED and line > 0 else fault.where
        raise SimaError(f"{where}: {fault.en}")
    return Change(ChangeKind.INDICATOR, {"toml": text}, codes)


def write_indicator(text: str, *, project: Path) -> None:
    """Write indicators that were checked into the project's folder; twice is as once."""
    held = read_folder(project)
    if f"\n{text.strip()}\n" not in held.text(ADDED):
        folder.write_file(project, ADDED, _with_added(held, text).content[ADDED])


def _with_added(held: ProjectFiles, text: str) -> ProjectFiles:
    added = f"{held.text(ADDED).rstrip()}\n\n{text.strip()}\n".encode()
    return replace(held, content=MappingProxyType({**held.content, ADDED: added}))


def _read_rows(
    content: bytes, name: str, columns: Sequence[str]
) -> list[tuple[str, dict[str, str]]]:
    """Return the rows of a CSV file with how messages call each.

    Raises
    ------
    SimaError
        If it is not such a file.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), restval="", strict=True)
        header = [each.strip() for each in rows.fieldnames or ()]
        if sorted(header) != sorted(columns):
            raise SimaError(f"{name}, line 1: the columns must be {', '.join(columns)}.")
        rows.fieldnames = header
        found = []
        for row in rows:
            place = f"{name}, line {rows.line_num}"
            if None in row:
                raise SimaError(f"{place}: there are more cells than columns.")
            stripped = {key: str(row[key]).strip() for key in columns}
            found.append((place, complete_names(stripped)))
    except (UnicodeDecodeError, csv.Error) as wrong:
        raise SimaError(f"{name} is not a CSV file in UTF-8. Save it as CSV UTF-8.") from wrong
    if not found:
        raise SimaError(f"{name} has no line below its header.")
    return found
