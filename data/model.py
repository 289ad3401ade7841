"""The vocabulary that every other module uses; no input or output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum, StrEnum
from types import MappingProxyType

UNBOUNDED = 10**9  # no count of people is larger


class SimaError(Exception):
    """An error that a person must read, in words written for them.

    The message names the place and the remedy and never holds a confidential value, so that a page
    or the command line may show it unchanged.
    """


class AdminLevel(IntEnum):
    """Administrative levels as in COD-AB; a palika is a local level, a ward a part of it."""

    COUNTRY = 0
    PROVINCE = 1
    DISTRICT = 2
    PALIKA = 3
    WARD = 4


class Audience(StrEnum):
    """For whom a release is made; each audience has a store of its own."""

    PUBLIC = "public"
    PARTNER = "partner"


class Role(StrEnum):
    """What an account may do."""

    PUBLIC = "public"
    DEPUTY = "deputy"
    PLANNER = "planner"
    STEWARD = "steward"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Service(StrEnum):
    """The three processes that serve pages; each is given only what it needs."""

    PUBLIC = "public"  # the public releases, nothing else
    PARTNER = "partner"  # both release stores, and who may sign in
    STEWARD = "steward"  # these, and the holdings


class IndicatorClass(StrEnum):
    """How much care the people behind a figure need (docs/disclosure.md, rule 1)."""

    AT_RISK = "at_risk"
    PEOPLE = "people"
    ORGANISATIONAL = "organisational"


class Aggregation(StrEnum):
    """How the figures of parts become the figure of the whole, in time.

    Over places figures always add up. In time a flow adds up and a stock keeps its last state.
    """

    FLOW = "flow"
    STOCK = "stock"


class Display(StrEnum):
    """Whether an audience sees the number or only its class."""

    NUMBER = "number"
    CLASS = "class"


class Status(StrEnum):
    """State of a cell; the last three are the ways to have no figure."""

    PUBLISHED = "published"
    SUPPRESSED = "suppressed"
    NOT_REPORTED = "not_reported"
    NOT_APPLICABLE = "not_applicable"


class Sex(StrEnum):
    """Sex as reported; ``all`` is the total."""

    ALL = "all"
    FEMALE = "f"
    MALE = "m"


class AgeBand(StrEnum):
    """Age bands of the sector; ``all`` is the total."""

    ALL = "all"
    UNDER_18 = "u18"
    ADULT = "18p"


class Calendar(StrEnum):
    """The calendar a period is native to."""

    AD = "ad"
    BS = "bs"


class PeriodKind(StrEnum):
    """Lengths of period in use. A Nepali year is the fiscal year from 1 Shrawan."""

    MONTH = "month"
    QUARTER = "quarter"
    TRIMESTER = "trimester"
    HALF = "half"
    YEAR = "year"


class Severity(StrEnum):
    """What a finding does to an upload."""

    ERROR = "error"  # the file cannot be stored until it is corrected
    QUESTION = "question"  # a person must choose
    NOTICE = "notice"  # worth knowing


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of time in its native calendar.

    Sorts by ``start``, then ``end``. ``code`` is its only written form, in stores and in
    addresses: ``ad-2023-04`` (month), ``ad-2023-q2`` (quarter), ``ad-2023-h1`` (half-year),
    ``ad-2023`` (year); ``bs-2079-12`` (month Chaitra 2079), ``bs-2079-q4``, ``bs-2079-t2``
    (trimester), ``bs-2079-h1`` and ``bs-2079`` (fiscal year 2079/80), where the year of a
    Nepali quarter, trimester, half or year is the one in which its fiscal year begins.
    ``start`` and ``end`` are Gregorian days, both included. Made by `data.reference.calendar`.
    """

    start: date
    end: date
    calendar: Calendar = field(compare=False)
    kind: PeriodKind = field(compare=False)
    code: str

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.end < self.start:
            raise ValueError(f"{self.code}: ends {self.end} before it starts {self.start}")

    def overlaps(self, other: "Period") -> bool:
        """Return whether the two periods share a day."""
        return self.start <= other.end and other.start <= self.end

    def within(self, other: "Period") -> bool:
        """Return whether every day of this period is a day of the other."""
        return other.start <= self.start and self.end <= other.end


@dataclass(frozen=True, slots=True)
class Design:
    """Which cells of one indicator exist for one audience (docs/disclosure.md, rule 3).

    ``levels`` are admin levels that get a cell; ``period_kinds`` the lengths of period;
    ``sex_levels`` and ``age_levels`` the levels at which the crossing with sex and with age
    band exists (both together where both name the level). ``delay_quarters`` whole quarters
    must have passed since the end of the period. An audience without a design sees nothing.
    """

    levels: frozenset[AdminLevel]
    period_kinds: frozenset[PeriodKind]
    sex_levels: frozenset[AdminLevel]
    age_levels: frozenset[AdminLevel]
    display: Display
    delay_quarters: int


@dataclass(frozen=True, slots=True)
class Indicator:
    """One entry of ``indicators.toml``.

    ``code`` is its short name; ``catalogue`` the letter and number of the programme's own list
    (``B1``); texts are by language (``en``, ``ne``); ``unit`` is what is counted.
    ``booth`` is true where figures come from booths and stand at the booth's palika.
    ``most_per_person`` is the largest part of the figure that can belong to one person: 1 where
    people or things are counted, an amount where money is.
    """

    code: str
    catalogue: str
    theme: str
    name: Mapping[str, str]
    definition: Mapping[str, str]
    unit: Mapping[str, str]
    indicator_class: IndicatorClass
    aggregation: Aggregation
    booth: bool
    source: str
    designs: Mapping[Audience, Design]
    most_per_person: int = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that was published elsewhere, as the interval that an attacker learns from it.

    The sum of an indicator over ``periods`` lies from ``least`` to ``most``: both are the figure
    where it is exact, else they follow from its qualifier ("about 2,300", "over 800").
    """

    code: str
    indicator: str
    unit_code: str
    periods: tuple[str, ...]
    sex: Sex
    age_band: AgeBand
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something found in a file or a boundary set, for a person to act on.

    ``where`` names the place: ``Booths!D17``, ``line 17, column 4`` or a palika's code.
    ``params`` fill the sentences of ``findings.toml``. The content of a cell may be among them
    only after the gazetteer recognised it, because it may be a person's name.
    ``suggestions`` are ranked unit or site codes for a question, best first.
    """

    kind: str
    severity: Severity
    where: str
    params: Mapping[str, str | int | float] = field(default_factory=lambda: MappingProxyType({}))
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """One release as its store lists it: what readers may know about it.

    ``scope`` lists the places that the reader for whom it was opened may see; see
    `data.reference.scope`.
    """

    number: int
    audience: Audience
    created: str
    state: str
    synthetic: bool
    boundaries_id: str
    policy_version: str
    cells: int
    suppressed: int
    scope: tuple[str, ...] = ()
