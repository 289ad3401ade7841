"""Finds what is wrong with the files of a project: each fault with its file and line.

A file is read entry by entry, so that one wrong entry does not hide the next.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from data.committees.ladder import load_ladder
from data.model import IndicatorClass, SimaError
from data.projects.fault_words import in_nepali
from data.projects.faults import Fault, unknown_code, unknown_place
from data.projects.lists import check_lists
from data.projects.relation_faults import find_relation_faults
from data.publications.ledger import load_ledger
from data.publications.logframe import load_logframe
from data.publications.targets import load_targets
from data.reference import calendar, indicators, minimum, organisations, policy, project, templates
from data.reference.digits import to_devanagari
from data.reference.gazetteer import Gazetteer
from data.reference.minimum import find_line, locate
from data.reference.project_files import ADDED, FILES, ProjectFiles, pinned, read_shipped
from data.reference.relations import named_in

_MESSAGE = re.compile(r"(\S+ or )?([\w-]+\.(?:toml|csv)), ([^:]+): (.*)", re.DOTALL)
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_HEADERS = {
    "aliases.csv": ("kind", "text", "district_code", "code"),
    "border_points.csv": ("code", "name_en", "name_ne", "district", "lon", "lat"),
    "programme.csv": project.PLACE_COLUMNS,
    "sites.csv": (
        "site_code", "name_en", "name_ne", "palika_code", "border_point", "lon", "lat", "opened",
        "closed",
    ),
}  # fmt: skip
_LISTS = frozenset(name for name in FILES if name.endswith(".csv"))
_COUNTED = frozenset({ADDED, "indicators.toml", "policy.toml", "templates.toml"})
_TOML = tuple(name for name in FILES if name.endswith(".toml"))


def check_project(files: ProjectFiles) -> list[Fault]:
    """Return every fault of a project's files, in the order of `FILES` and of lines.

    What rests on a file with a fault is not checked: first the entries of each file by themselves,
    then each file as a whole, then what one file says of another.
    """
    with pinned(files):
        found = {fault for name in FILES for fault in _unreadable(files, name)}
        found |= {*_entries(files, _named(found))}
        if not _named(found) & _LISTS:
            found |= {*check_lists(files)}
        found |= {*_whole(files, _named(found))}
        if not found:
            found = {*_references(files)}
    return sorted(found, key=lambda fault: (FILES.index(fault.name), fault.line, fault.en))


def _named(faults: Iterable[Fault]) -> frozenset[str]:
    """Return the files with a fault; one that others are added to counts with what is added."""
    names = {fault.name for fault in faults}
    return frozenset(names | ({"indicators.toml"} if ADDED in names else set()))


def require_sound(files: ProjectFiles) -> None:
    """Refuse a project with a fault.

    Raises
    ------
    SimaError
        Naming the first fault, and how many there are.
    """
    faults = check_project(files)
    if faults:
        first, more = faults[0], len(faults) - 1
        rest = f" And {more} more." if more else ""
        raise SimaError(
            f"{files.say(first.name)}, line {first.line}: {first.en}{rest}"
            " Every fault is listed by: sima project check"
        )


def _unreadable(files: ProjectFiles, name: str) -> Iterator[Fault]:
    try:
        if name in _TOML:
            files.table(name)
        else:
            rows = list(csv.reader(io.StringIO(files.text(name)), strict=True))
            wanted = _HEADERS.get(name, ())
            if missing := [each for each in wanted if not rows or each not in rows[0]]:
                yield Fault(
                    name, 1, f"The column {', '.join(missing)} is missing.",
                    f"{', '.join(missing)} स्तम्भ छैन।",
                )  # fmt: skip
    except SimaError as wrong:
        if _MESSAGE.fullmatch(str(wrong)):  # added, and there already
            yield _fault_of(files, name, "", str(wrong))
            return
        at = _AT_LINE.search(str(wrong))
        line = int(at[1]) if at else 1
        yield Fault(
            name,
            line,
            "The file cannot be read from here on. Look for a missing quote or bracket.",
            "यहाँबाट फाइल पढ्न सकिएन। छुटेको उद्धरण चिन्ह वा कोष्ठक खोज्नुहोस्।",
        )  # fmt: skip
    except csv.Error:
        yield Fault(
            name, 1, "This is not a CSV file in UTF-8. Save it as CSV UTF-8.",
            "यो UTF-8 को CSV फाइल होइन। CSV UTF-8 मा सुरक्षित गर्नुहोस्।",
        )  # fmt: skip


def _entries(files: ProjectFiles, without: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults of entries that can be read one by one, but of the files ``without``."""
    if "organisations.toml" not in without:
        for code, entry in files.table("organisations.toml").items():
            read = organisations.read_organisations
            yield from _tried(files, "organisations.toml", code, read, {code: entry})
    if "claims.toml" not in without:
        for code, entry in files.table("claims.toml").items():
            yield from _tried(files, "claims.toml", code, indicators.read_claim, code, entry)
    if not without & _COUNTED:
        yield from _indicator_entries(files)


def _indicator_entries(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the faults of indicators, their designs, and the columns that report them."""
    definitions = files.table("indicators.toml")
    designs = files.table("policy.toml").get("design", {})
    for code, entry in definitions.items():
        wrong = [*_tried(files, "indicators.toml", code, _read_definition, code, entry)]
        yield from wrong
        if code in designs and not wrong:
            yield from _tried(
                files, "policy.toml", f"design.{code}", _read_designs, code, entry, designs[code]
            )
    reported = files.table("templates.toml")
    for group in ("column", "activity"):
        for code, entry in reported.get(group, {}).items():
            part = {group: {code: entry}}
            key = f"{group}.{code}"
            yield from _tried(files, "templates.toml", key, templates.read_templates, part)
    for code in sorted(set(designs) - set(definitions)):
        yield unknown_code(files, "policy.toml", f"design.{code}", code, "indicators.toml")


def _read_definition(code: str, entry: Mapping[str, Any]) -> None:
    indicators.read_indicators({code: entry}, {})
    # Pages have a name and a place for the themes that Sima ships.
    themes = {str(each["theme"]) for each in read_shipped().table("indicators.toml").values()}
    if entry["theme"] not in themes:
        raise SimaError(
            f"indicators.toml, {code}.theme: must be one of {', '.join(sorted(themes))}."
        )
    if not _CODE.fullmatch(code):
        raise SimaError(f"indicators.toml, {code}: a code is of small letters, digits and _.")


def _read_designs(code: str, entry: Mapping[str, Any], designs: Mapping[str, Any]) -> None:
    indicators.read_indicators({code: entry}, {code: designs})


def _whole(files: ProjectFiles, without: frozenset[str]) -> Iterator[Fault]:
    """Yield the first fault of each file that is read as a whole, but of the files ``without``."""
    for name, load_alone in (("project.toml", project.load_project), ("ladder.toml", load_ladder)):
        if name not in without:
            yield from _tried(files, name, "", load_alone)
    if without & {"indicators.toml", "policy.toml"}:
        return
    loaders: tuple[tuple[str, Callable[[], object]], ...] = (
        ("policy.toml", policy.load_policy),
        ("templates.toml", templates.load_templates),
        ("ledger.toml", load_ledger),
        ("targets.toml", load_targets),
        ("logframe.toml", load_logframe),
    )
    too_wide = minimum.list_excesses(
        files.table("indicators.toml"), files.table("policy.toml").get("design", {})
    )
    for each in too_wide:
        place, line = locate(files, each.name, each.key)
        yield Fault(
            place, line, f"{each.key}: {each.allowed}. This is the documented minimum.",
            f"{each.key}: {_nepali(each.allowed)} यो तोकिएको न्यूनतम सुरक्षा हो।",
        )  # fmt: skip
    too_low: list[tuple[str, int]] = []
    rules = files.table("policy.toml")
    wrong = [*_tried(files, "policy.toml", "", lambda: too_low.extend(policy.list_too_low(rules)))]
    yield from wrong
    if wrong:
        return
    for key, least in too_low:
        yield Fault(
            *locate(files, "policy.toml", key),
            f"{key}: must be at least {least}. This is the documented minimum.",
            f"{key}: कम्तीमा {to_devanagari(str(least))} हुनुपर्छ। यो तोकिएको न्यूनतम सुरक्षा हो।",
        )
    for name, load in () if too_wide or too_low else loaders:  # most of them read the indicators
        if name not in without:
            yield from _tried(files, name, "", load)


def _tried(
    files: ProjectFiles, name: str, key: str, read: Callable[..., object], *args: object
) -> Iterator[Fault]:
    """Yield the fault that a reader finds, with the line of the key that it names."""
    try:
        read(*args)
    except SimaError as wrong:
        yield _fault_of(files, name, key, str(wrong))
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        said = f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)
        yield _fault_of(files, name, key, f"{name}, {key or 'the file'}: {said}.")


def _fault_of(files: ProjectFiles, name: str, key: str, message: str) -> Fault:
    if told := _MESSAGE.fullmatch(message):
        two, named, at, said = told.groups()
        named = name if two else named
        if named in files.content:
            inside = said.split(": ")[0]  # "hotspots: public: …" is about hotspots.public
            place, line = max(
                (locate(files, named, each) for each in (key, at, f"{at}.{inside}")),
                key=lambda found: (found[0] == ADDED, found[1]),
            )
            return Fault(place, line, f"{at}: {said}", f"{at}: {_nepali(said)}")
    place, line = locate(files, name, key)
    return Fault(place, line, message, _nepali(message))


def _nepali(said: str) -> str:
    """Return a reader's sentence in Nepali; what Python itself said is quoted in English."""
    return in_nepali(said) or f"मिलेन। अङ्ग्रेजीमा: {said}"


def _references(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the entries that name an indicator or a place that there is not."""
    known = set(indicators.load_indicators())
    for name, key, code in _named_indicators(files):
        if code not in known:
            yield unknown_code(files, name, key, code, "indicators.toml")
    yield from _amounts(files)
    yield from find_relation_faults(files)
    places = Gazetteer.load().units.index
    for code, claim in files.table("claims.toml").items():
        if claim["unit"] not in places:
            line = find_line(files.text("claims.toml"), f"{code}.unit")
            yield unknown_place("claims.toml", line, claim["unit"], "place")
        for period in claim["periods"]:
            try:
                calendar.parse_period(period)
            except ValueError as wrong:
                said = f"claims.toml, {code}.periods: {wrong}."
                yield _fault_of(files, "claims.toml", code, said)


def _amounts(files: ProjectFiles) -> Iterator[Fault]:
    """Yield the amounts of people that do not say how much one person can receive.

    Without it a threshold of ten people would be one of ten rupees.
    """
    known = indicators.load_indicators()
    for code, entry in files.table("templates.toml").get("activity", {}).items():
        counted = known.get(entry.get("amount", ""))
        if counted is None or counted.indicator_class is IndicatorClass.ORGANISATIONAL:
            continue
        if counted.most_per_person == 1:
            key = f"activity.{code}.amount"
            yield Fault(
                *locate(files, "templates.toml", key),
                f"{key}: {counted.code} needs `most_per_person`, the most that one person can"
                " receive.",
                f"{key}: {counted.code} मा `most_per_person` (एक जनाले पाउन सक्ने बढीमा रकम) चाहिन्छ।",
            )


def _named_indicators(files: ProjectFiles) -> Iterator[tuple[str, str, str]]:
    """Yield the file, the key and the code of every entry that names an indicator."""
    reported, rules = files.table("templates.toml"), files.table("policy.toml")
    for kind, columns in reported.get("column", {}).items():
        for key, entry in columns.items():
            yield "templates.toml", f"column.{kind}.{key}.indicator", entry["indicator"]
    for code, entry in reported.get("activity", {}).items():
        for key in ("people", "events", "amount"):
            if key in entry:
                yield "templates.toml", f"activity.{code}.{key}", entry[key]
    for key, code in named_in(rules):
        yield "policy.toml", key, code
    for code, claim in files.table("claims.toml").items():
        yield "claims.toml", f"{code}.indicator", claim["indicator"]
