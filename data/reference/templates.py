"""The spreadsheet templates that stewards fill: their kinds, columns and lists of choices."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from data.model import AgeBand, Sex, SimaError
from data.reference import project_files
from data.reference.indicators import texts

KINDS = ("booth-month", "groups", "committee-signs", "trainings")
COUNTED = ("booth-month", "groups")  # templates to which counted columns can be added
FORMATS = ("xlsx", "csv")
VERSION = "1"
DATA_SHEET, CODES_SHEET, ABOUT_SHEET = "Data", "Codes", "About"
ORGANISATION = "organisation"  # the row of the About sheet with the code of who made the file


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity of the trainings template, and the indicators of its people, events and rupees.

    ``ages`` are the age bands that can take part; a row about others is questioned.
    """

    people: str
    events: str
    ages: tuple[AgeBand, ...]
    en: str
    ne: str
    amount: str = ""


SIGNS: dict[str, tuple[str, str]] = {
    "formed": ("Committee formed", "समिति गठन"),
    "not_formed": ("Palika reports no committee", "समिति नभएको जानकारी"),
    "meeting": ("Meeting with minutes", "माइन्युट भएको बैठक"),
    "trained": ("Members trained, percent", "तालिम पाएका सदस्य, प्रतिशत"),
    "baseline": ("Local data collected", "स्थानीय तथ्याङ्क सङ्कलन"),
    "plan": ("Plan endorsed", "योजना स्वीकृत"),
    "budget": ("Own budget, rupees", "आफ्नै बजेट, रुपैयाँ"),
    "spent": ("Budget spent, percent", "खर्च भएको बजेट, प्रतिशत"),
    "review": ("Review meeting", "समीक्षा बैठक"),
    # Counts for no step: asked for from Baisakh to Asar, for the coming year.
    "proposed": ("Budget proposed for the coming year, rupees", "आगामी वर्षका लागि प्रस्तावित बजेट, रुपैयाँ"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template.

    ``holds`` is ``site``, ``district``, ``palika``, ``ward``, ``month``, ``period``, ``activity``,
    ``sign``, ``day``, ``number``, ``value`` or ``count``; a count becomes a record of
    ``indicator`` (for trainings the activity decides) split by ``sex`` and ``age_band``.
    """

    key: str
    en: str
    ne: str
    hxl: str
    holds: str
    indicator: str = ""
    sex: Sex = Sex.ALL
    age_band: AgeBand = AgeBand.ALL
    required: bool = False


_PEOPLE = (
    ("girls", "girls under 18", "बालिका (१८ मुनि)", Sex.FEMALE, AgeBand.UNDER_18, "#f+children"),
    ("boys", "boys under 18", "बालक (१८ मुनि)", Sex.MALE, AgeBand.UNDER_18, "#m+children"),
    ("women", "women 18 and over", "महिला (१८ र माथि)", Sex.FEMALE, AgeBand.ADULT, "#f+adults"),
    ("men", "men 18 and over", "पुरुष (१८ र माथि)", Sex.MALE, AgeBand.ADULT, "#m+adults"),
)
_PLACE = (
    Column("district", "district", "जिल्ला", "#adm2+name", "district", required=True),
    Column("palika", "palika", "पालिका", "#adm3+name", "palika", required=True),
)


_SEXES = {"female": Sex.FEMALE, "male": Sex.MALE}
_COLUMN_KEYS = {"name", "indicator", "hxl", "split"}
_ACTIVITY_KEYS = {"name", "people", "events", "amount", "ages"}
_TAG = re.compile(r"#[a-z]+(\+[a-z0-9]+)*")
_KEY = re.compile(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Templates:
    """What people report: ``counts`` are the counted columns by template, in order."""

    counts: Mapping[str, tuple[Column, ...]]
    activities: Mapping[str, Activity]


@project_files.remembered(project_files.ADDED, "templates.toml")
def load_templates() -> Templates:
    """Read ``templates.toml`` of the project.

    Raises
    ------
    SimaError
        Naming the entry that is wrong.
    """
    return read_templates(project_files.read_table("templates.toml"))


def read_templates(table: Mapping[str, Any]) -> Templates:
    """Build what people report from its table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong.
    """
    if unknown := sorted(set(table) - {"column", "activity"}):
        raise SimaError(f"templates.toml: {', '.join(unknown)} is not a known table.")
    counts: dict[str, tuple[Column, ...]] = {}
    for kind, entries in table.get("column", {}).items():
        if kind not in COUNTED:
            raise SimaError(
                f"templates.toml, column.{kind}: columns can be added to {', '.join(COUNTED)}."
            )
        made = [
            column
            for key, entry in entries.items()
            for column in _read_column(f"column.{kind}.{key}", key, entry)
        ]
        keys = [column.key for column in (*_FIRST[kind], *made)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise SimaError(
                f"templates.toml, column.{kind}: {', '.join(twice)} stands there twice."
            )
        counts[kind] = tuple(made)
    activities = {
        code: _read_activity(f"activity.{code}", code, entry)
        for code, entry in table.get("activity", {}).items()
    }
    return Templates(MappingProxyType(counts), MappingProxyType(activities))


def _read_column(place: str, key: str, entry: Mapping[str, Any]) -> Iterator[Column]:
    en, ne = _read_names(place, key, entry, _COLUMN_KEYS)
    indicator, split = str(entry.get("indicator", "")), entry.get("split", "")
    if not indicator:
        raise SimaError(f"templates.toml, {place}: `indicator` is missing.")
    if split == "people":
        yield from _people(indicator, key, en, ne)
        return
    if split and split not in _SEXES:
        raise SimaError(
            f"templates.toml, {place}: `split` must be people, female or male, or be left out."
        )
    hxl = str(entry.get("hxl", f"#indicator+{key.replace('_', '')}"))
    if not _TAG.fullmatch(hxl):
        raise SimaError(f"templates.toml, {place}: `hxl` must be a tag such as #affected+police.")
    yield Column(key, en, ne, hxl, "count", indicator, _SEXES.get(split, Sex.ALL))


def _read_activity(place: str, code: str, entry: Mapping[str, Any]) -> Activity:
    en, ne = _read_names(place, code, entry, _ACTIVITY_KEYS)
    people, events = str(entry.get("people", "")), str(entry.get("events", ""))
    amount = str(entry.get("amount", ""))
    try:
        ages = tuple(AgeBand(each) for each in entry.get("ages", ()))
    except ValueError:
        ages = (AgeBand.ALL,)
    if AgeBand.ALL in ages or bool(people) != bool(ages):
        raise SimaError(
            f"templates.toml, {place}: `people` needs `ages`, of {AgeBand.UNDER_18} and"
            f" {AgeBand.ADULT}; without `people` there are none."
        )
    if not people and not events and not amount:
        raise SimaError(
            f"templates.toml, {place}: name an indicator in `people`, `events` or `amount`."
        )
    return Activity(people, events, ages, en, ne, amount)


def _read_names(place: str, key: str, entry: Mapping[str, Any], known: set[str]) -> tuple[str, str]:
    if unknown := sorted(set(entry) - known):
        raise SimaError(f"templates.toml, {place}: {', '.join(unknown)} is not a known key.")
    if not _KEY.fullmatch(key):
        raise SimaError(f"templates.toml, {place}: a code is of small letters, digits, - and _.")
    try:
        name = texts(entry["name"])
    except KeyError:
        raise SimaError(f"templates.toml, {place}: `name` is missing.") from None
    except SimaError as wrong:
        raise SimaError(f"templates.toml, {place}: `name` has {wrong}.") from wrong
    return name["en"], name["ne"]


def _people(indicator: str, prefix: str, en: str, ne: str) -> Iterator[Column]:
    for key, english, nepali, sex, age_band, hxl in _PEOPLE:
        name = f"{prefix}_{key}" if prefix else key
        yield Column(
            name,
            f"{en}: {english}" if en else english,
            f"{ne}: {nepali}" if ne else nepali,
            f"{hxl.replace('#', '#affected+', 1)}+{prefix or 'people'}",
            "count",
            indicator,
            sex,
            age_band,
        )


_PERIOD = Column("period", "period", "अवधि", "#date+period", "period", required=True)
# The columns that say where and when; the counted ones follow them.
_FIRST: dict[str, tuple[Column, ...]] = {
    "booth-month": (
        Column("booth", "booth", "बुथ", "#loc+name", "site", required=True),
        Column("month", "month", "महिना", "#date+month", "month", required=True),
    ),
    "groups": (
        *_PLACE,
        Column("ward", "ward", "वडा", "#adm4+code", "ward", required=True),
        _PERIOD,
    ),
    "committee-signs": (
        *_PLACE,
        Column("sign", "sign", "सङ्केत", "#status+sign", "sign", required=True),
        Column("date", "date", "मिति", "#date+sign", "day", required=True),
        Column("decision", "decision number", "निर्णय नं.", "#meta+number", "number"),
        Column("value", "percent or rupees", "प्रतिशत वा रुपैयाँ", "#value", "value"),
        Column("ward", "ward, if it is a ward's committee", "वडा, वडा समिति भए", "#adm4+code", "ward"),
    ),
    "trainings": (
        *_PLACE,
        _PERIOD,
        Column("activity", "activity", "क्रियाकलाप", "#activity", "activity", required=True),
        *_people("", "", "", ""),
        Column("events", "sessions, events or clubs", "सत्र, कार्यक्रम वा क्लब", "#activity+num", "count"),
        Column("amount", "amount in rupees", "रकम, रुपैयाँमा", "#value+amount", "count"),
    ),
}  # fmt: skip


@project_files.remembered(project_files.ADDED, "templates.toml")
def columns(kind: str) -> tuple[Column, ...]:
    """Return the columns of a kind of template, in order.

    Raises
    ------
    SimaError
        For an unknown kind.
    """
    if kind not in _FIRST:
        raise SimaError(f"There is no template {kind}. Choose one of: {', '.join(KINDS)}")
    return _FIRST[kind] + load_templates().counts.get(kind, ())


def activities() -> Mapping[str, Activity]:
    """Return the activities of the trainings template by code, in order."""
    return load_templates().activities


def reported_indicators() -> frozenset[str]:
    """Return the indicators that a template has a column or an activity for."""
    found = load_templates()
    counted = {column.indicator for made in found.counts.values() for column in made}
    named = {
        code
        for each in found.activities.values()
        for code in (each.people, each.events, each.amount)
    }
    return frozenset((counted | named) - {""})


@project_files.remembered(project_files.ADDED, "templates.toml")
def categories(indicator: str) -> frozenset[tuple[Sex, AgeBand]]:
    """Return the categories of sex and age in which an indicator is reported.

    Together they are the whole: a total is known if each of them is.
    """
    of_templates = {
        (column.sex, column.age_band)
        for kind in KINDS
        for column in columns(kind)
        if column.holds == "count" and column.indicator == indicator
    }
    of_activities = {
        (column.sex, column.age_band)
        for activity in activities().values()
        if activity.people == indicator
        for column in columns("trainings")
        if column.age_band in activity.ages
    }
    return frozenset(of_templates | of_activities) or frozenset({(Sex.ALL, AgeBand.ALL)})
