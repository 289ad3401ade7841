"""The documented minimum of protection: what no project may show more of, whoever agrees to it.

``minimum.csv`` is the table of docs/disclosure.md. It is shipped with Sima and is no file of a
project, so that a project can be stricter than it and never wider.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd

from data.model import AdminLevel, Audience, Display, IndicatorClass, PeriodKind, SimaError
from data.reference.project_files import ADDED, SHIPPED, ProjectFiles, project_files
from data.reference.relations import RELATIONS

OTHER = "(other)"  # the row for each class of indicators that the table does not name
_LEVELS = {level.name.lower(): level for level in AdminLevel}
_MONTHS = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.TRIMESTER: 4,
    PeriodKind.HALF: 6,
    PeriodKind.YEAR: 12,
}
CARE = (IndicatorClass.ORGANISATIONAL, IndicatorClass.PEOPLE, IndicatorClass.AT_RISK)
_FINEST_SPLIT = AdminLevel.PALIKA  # of sex and age
_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\](\])?")  # the second of [[a list of tables]]
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Excess:
    """Something that shows more than the minimum: the file, the key in it, and what is allowed."""

    name: str
    key: str
    allowed: str


@cache
def load_minimum() -> pd.DataFrame:
    """Return the table, indexed by ``indicator`` and ``class``; all columns are text."""
    table = pd.read_csv(SHIPPED / "minimum.csv", dtype=str, keep_default_na=False)
    return table.set_index(["indicator", "class"])


def list_excesses(
    definitions: Mapping[str, Mapping[str, Any]],
    designs: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> list[Excess]:
    """Return where a project shows more than the documented minimum allows.

    Parameters
    ----------
    definitions
        ``indicators.toml``.
    designs
        ``[design]`` of ``policy.toml``: by indicator and audience.

    Returns
    -------
    In the order of the definitions; empty where nothing is too wide.
    """
    table = load_minimum()
    allowed = {key: row.to_dict() for key, row in table.iterrows()}
    named = {str(code): IndicatorClass(least) for code, least in table.index if code != OTHER}
    found: list[Excess] = []
    for code, definition in definitions.items():
        given = IndicatorClass(definition["class"])
        least = named.get(code, given)
        if CARE.index(given) < CARE.index(least):
            found.append(Excess("indicators.toml", f"{code}.class", f"must be {least}"))
        row = allowed[(code, least.value) if code in named else (OTHER, given.value)]
        for audience, design in designs.get(code, {}).items():
            place = f"design.{code}.{audience}"
            for key, most in _excesses(Audience(audience), design, row):
                found.append(Excess("policy.toml", f"{place}.{key}" if key else place, most))
            if definition.get("booth") and design["finest"] == "ward":
                found.append(Excess("policy.toml", f"{place}.finest", "booths report for a palika"))
    return found


def _excesses(
    audience: Audience, design: Mapping[str, Any], row: Mapping[Hashable, Any]
) -> Iterator[tuple[str, str]]:
    place, period = row[f"{audience}_place"], row[f"{audience}_period"]
    if not place:
        yield "", f"the {audience} audience sees nothing of this indicator"
        return
    if _LEVELS[design["finest"]] > _LEVELS[place]:
        yield "finest", f"must not be finer than {place}"
    if min(_MONTHS[PeriodKind(kind)] for kind in design["periods"]) < _MONTHS[PeriodKind(period)]:
        yield "periods", f"must not be shorter than a {period}"
    for split in ("sex", "age"):
        if split in design and _LEVELS[design[split]] > _FINEST_SPLIT:
            yield split, f"must not be finer than {_FINEST_SPLIT.name.lower()}"
    if audience is Audience.PUBLIC:
        shown = Display(design.get("display", "number"))
        if row["public_display"] == Display.CLASS and shown is Display.NUMBER:
            yield "display", "must be class"
        if int(design.get("delay_quarters", 0)) < int(row["public_delay"]):
            yield "delay_quarters", f"must be at least {row['public_delay']}"


def require_minimum(files: ProjectFiles | None = None) -> None:
    """Refuse a project that shows more than the documented minimum.

    Raises
    ------
    SimaError
        Naming the file, the line and what is allowed, of every place.
    """
    held = files or project_files()
    found = list_excesses(held.table("indicators.toml"), held.table("policy.toml")["design"])
    if found:
        places = [locate(held, each.name, each.key) for each in found]
        said = [
            f"{held.say(name)}, line {line}: {each.key} {each.allowed}."
            for (name, line), each in zip(places, found, strict=True)
        ]
        raise SimaError(" ".join([*said, "The documented minimum stands in docs/disclosure.md."]))


def locate(files: ProjectFiles, name: str, key: str) -> tuple[str, int]:
    """Return the file and the line of a key: what was added stands in a file of its own."""
    inside = f"indicator.{key}" if name == "indicators.toml" else key
    added = files.text(ADDED)
    group, _dot, number = key.partition(".")
    if group in RELATIONS and number.isdecimal():
        own = files.text(name).count(f"[[{group}]]")
        if int(number) > own:
            return ADDED, find_line(added, f"{group}.{int(number) - own}")
    if name in ("indicators.toml", "policy.toml", "templates.toml"):
        code = inside.split(".")[: 3 if inside.startswith("column.") else 2]
        if _stands_in(added, code):
            return ADDED, find_line(added, inside)
    return name, find_line(files.text(name), key)


def _stands_in(text: str, path: list[str]) -> bool:
    headers = (_parts(header[1]) for row in text.splitlines() if (header := _HEADER.match(row)))
    return any(header[: len(path)] == path for header in headers)


def find_line(text: str, key: str) -> int:
    r"""Return the line of a key in the text of a TOML file, counted from 1.

    Where the key itself is absent, it is the line of the table or key nearest above it. Entries of
    a list of tables are counted from 1: ``apart.2``.

    Examples
    --------
    >>> find_line('a = 1\n\n[design.x.public]\nfinest = "ward"\n', "design.x.public.finest")
    4
    >>> find_line('[design.x.public]\nfinest = "ward"\n', "design.x.public.display")
    1
    >>> find_line('[[apart]]\nwhy = "a"\n[[apart]]\nwhy = "b"\n', "apart.2.why")
    4
    """
    wanted = key.split(".")
    best, line, table = 0, 1, list[str]()
    listed: Counter[str] = Counter()
    for number, row in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(row):
            path = table = _parts(header[1])
            if header[2]:
                listed[header[1]] += 1
                path = table = [*table, str(listed[header[1]])]
        elif named := _KEY.match(row):
            path = table + _parts(named[1])
        else:
            continue
        depth = min(len(path), len(wanted))
        if depth > best and path[:depth] == wanted[:depth]:
            best, line = depth, number
    return line


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]
