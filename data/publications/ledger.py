"""The ledger of published figures, ``ledger.toml``: what was published where.

How a release compares with each of them is in `data.publications.ledger_check`.
"""

import itertools
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from data.model import (
    UNBOUNDED,
    AgeBand,
    Aggregation,
    Audience,
    Claim,
    Sex,
    SimaError,
)
from data.reference import calendar, project_files
from data.reference.indicators import load_assumed_intervals, load_indicators
from data.reference.unit_codes import COUNTRY

FILE = "ledger.toml"
TOPICS = (
    "booths", "groups", "committees", "training", "livelihood", "coordination", "rescues",
    "organisation",
)  # fmt: skip
_NUMBER = re.compile(r"[A-Z][1-9]\d*")
_ALWAYS = {"topic", "qualifier", "source", "section", "period", "place", "definition"}
_MAYBE = {"page", "subset_of", "overlaps_with", "compare", "unchecked"}
_TEXTS = {"counted", "said", "period", "place", "definition", "unchecked"}
_COMPARE = {"indicator", "unit", "periods", "sex", "age", "places"}


class Qualifier(StrEnum):
    """How a figure was stated; the last two are not numbers."""

    EXACT = "exact"
    ABOUT = "about"
    OVER = "over"
    RANGE = "range"
    WORDS = "words"
    WITHHELD = "withheld"


# Keys that an entry must have besides, by its qualifier.
_NEEDS = {
    Qualifier.EXACT: {"figure", "counted", "wording"},
    Qualifier.ABOUT: {"figure", "round", "counted", "wording"},
    Qualifier.OVER: {"figure", "counted", "wording"},
    Qualifier.RANGE: {"figure", "upto", "counted", "wording"},
    Qualifier.WORDS: {"said", "wording"},
    Qualifier.WITHHELD: {"unchecked"},
}


class OverlapError(SimaError):
    """Raised on adding figures that may count the same people, or different things."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The figure of a release that a published figure is compared with: the sum over ``periods``.

    ``places``: the number of palikas with a figure above zero, instead of the figure of the unit.
    """

    indicator: str
    unit_code: str
    periods: tuple[str, ...]
    sex: Sex = Sex.ALL
    age_band: AgeBand = AgeBand.ALL
    places: bool = False


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """One entry of the ledger.

    Attributes
    ----------
    number
        Its permanent name, such as ``F21``.
    figure, upto, round_to
        The number (None if there is none), the end of a range, and the unit of rounding.
    wording
        Sentences of the source, word for word; empty for a withheld one.
    subset_of
        Numbers of the figures that it is a part of.
    overlaps_with
        Numbers of the figures that may count the same people; each pair is listed on both sides.
    comparison, unchecked
        What it is compared with, or why it is not; exactly one is set.
    counted, said, period, place, definition
        Texts for readers, by language.
    """

    number: str
    topic: str
    qualifier: Qualifier
    figure: int | None
    upto: int | None
    round_to: int
    counted: Mapping[str, str]
    said: Mapping[str, str]
    wording: tuple[str, ...]
    source: str
    section: str
    page: int | None
    period: Mapping[str, str]
    place: Mapping[str, str]
    definition: Mapping[str, str]
    subset_of: tuple[str, ...]
    overlaps_with: tuple[str, ...]
    comparison: Comparison | None
    unchecked: Mapping[str, str]

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the least and greatest count that the figure can mean, if it is a number."""
        return _bounds(self.qualifier, self.figure or 0, self.upto or 0, self.round_to)


Ledger = Mapping[str, PublishedFigure]


# ---- the file -------------------------------------------------------------------------------


@project_files.remembered(
    project_files.ADDED, "ledger.toml", "claims.toml", "indicators.toml", "policy.toml"
)
def load_ledger() -> Ledger:
    """Read ``ledger.toml`` of the project."""
    return parse_ledger(project_files.read_text(FILE), load_assumed_intervals())


def parse_ledger(text: str, of_gate: Sequence[Claim]) -> Ledger:
    """Read a ledger from its text.

    Parameters
    ----------
    text
        The file as it was written.
    of_gate
        The claims of the release gate (``claims.toml``).

    Raises
    ------
    SimaError
        Naming everything that is wrong: a number that occurs twice, a key that is missing or
        unknown, an invalid qualifier or topic, a figure that does not fit its qualifier, a missing
        quotation, a text without a language, a relation to an entry that does not exist, to itself,
        in a circle or to something smaller, a comparison that a release cannot answer, or a figure
        that differs from the gate's.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise SimaError(f"{FILE}: not valid TOML, or a number occurs twice: {wrong}") from wrong
    entries, sources = table.get("figure", {}), table.get("source", {})
    gate = {claim.code: claim for claim in of_gate}
    problems = [
        f"{number}: {problem}"
        for number, entry in entries.items()
        for problem in _wrong_in(number, entry, sources=sources, gate=gate.get(number))
    ]
    problems += [f"{number}: is in claims.toml but not here" for number in gate - entries.keys()]
    if not problems:
        overlaps = _both_ways(entries)
        ledger = {
            number: _entry(number, entry, sources, gate.get(number), overlaps[number])
            for number, entry in entries.items()
        }
        problems = list(_wrong_between(ledger, gate))
    if problems:
        raise SimaError(f"{FILE}: {'; '.join(problems)}.")
    return MappingProxyType(ledger)


def _wrong_in(
    number: str, entry: Mapping[str, Any], *, sources: Mapping[str, Any], gate: Claim | None
) -> Iterator[str]:
    """Yield what is wrong in one entry by itself."""
    if not _NUMBER.fullmatch(number):
        yield "a number must be a letter and digits, like F21"
    if entry.get("qualifier") not in set(Qualifier):
        yield f"qualifier must be one of {', '.join(Qualifier)}"
        return
    needed = _ALWAYS | _NEEDS[Qualifier(entry["qualifier"])]
    if wrong := sorted((needed - set(entry)) | (set(entry) - needed - _MAYBE)):
        yield f"missing or unknown: {', '.join(wrong)}"
        return
    yield from _wrong_words(entry, sources)
    yield from _wrong_figure(entry)
    if gate is not None and {"compare", "unchecked"} & set(entry):
        yield "remove compare and unchecked: claims.toml has what it is compared with"
    if gate is None and ("compare" in entry) == ("unchecked" in entry):
        yield "state what it is compared with (compare) or why it is not (unchecked)"
    if "compare" in entry:
        yield from _wrong_comparison(entry)


def _wrong_words(entry: Mapping[str, Any], sources: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong in the texts of an entry."""
    if entry["topic"] not in TOPICS:
        yield f"topic must be one of {', '.join(TOPICS)}"
    if not str(sources.get(entry["source"], {}).get("title", "")).strip():
        yield f"no source {entry['source']}"
    for name in sorted(_TEXTS & set(entry)):
        said = entry[name]
        missing = [
            each for each in project_files.languages() if not str(said.get(each, "")).strip()
        ]
        if missing:
            yield f"{name}: no text in {', '.join(missing)}"
    wording = entry.get("wording", ["withheld"])
    if not isinstance(wording, list) or not wording or not all(str(w).strip() for w in wording):
        yield "wording must be a list of sentences"
    if not str(entry["section"]).strip():
        yield "section: state the heading of the source"
    if "page" in entry and not _is_count(entry["page"]):
        yield "page must be a whole number above 0"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _wrong_figure(entry: Mapping[str, Any]) -> Iterator[str]:
    named = [name for name in ("figure", "upto", "round") if name in entry]
    wrong = [name for name in named if not _is_count(entry[name])]
    for name in wrong:
        yield f"{name} must be a whole number above 0"
    if not wrong and "upto" in entry and entry["upto"] <= entry["figure"]:
        yield "upto must be above figure"


def _wrong_comparison(entry: Mapping[str, Any]) -> Iterator[str]:
    compare = entry["compare"]
    if unknown := sorted(set(compare) - _COMPARE):
        yield f"compare: unknown: {', '.join(unknown)}"
        return
    if "figure" not in entry:
        yield "compare: the entry has no number to compare"
    indicator = load_indicators().get(compare.get("indicator", ""))
    if indicator is None or Audience.PUBLIC not in indicator.designs:
        yield f"compare: {compare.get('indicator')} is not a public indicator"
        return
    periods = compare.get("periods", [])
    if not periods:
        yield "compare: state the periods"
    try:
        for period in periods:
            calendar.parse_period(period)
    except (ValueError, SimaError) as wrong:
        yield f"compare: {wrong}"
    single = compare.get("places") or indicator.aggregation is Aggregation.STOCK
    if single and len(periods) > 1:
        yield "compare: a stock or a number of places is compared in one period only"
    if len({str(period)[:2] for period in periods}) > 1:
        yield "compare: periods of two calendars cannot be added"


def _both_ways(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """Return every overlap on both sides, however it was written."""
    pairs = {
        pair
        for number, entry in entries.items()
        for other in entry.get("overlaps_with", ())
        for pair in ((number, other), (other, number))
    }
    known = [*entries, *sorted({other for _, other in pairs} - set(entries))]
    return {n: tuple(other for other in known if (n, other) in pairs) for n in entries}


def _entry(
    number: str,
    entry: Mapping[str, Any],
    sources: Mapping[str, Mapping[str, str]],
    gate: Claim | None,
    overlaps: tuple[str, ...],
) -> PublishedFigure:
    texts = {name: MappingProxyType(dict(entry.get(name, {}))) for name in _TEXTS}
    return PublishedFigure(
        number=number,
        topic=entry["topic"],
        qualifier=Qualifier(entry["qualifier"]),
        figure=entry.get("figure"),
        upto=entry.get("upto"),
        round_to=entry.get("round", 1),
        wording=tuple(entry.get("wording", ())),
        source=sources[entry["source"]]["title"],
        section=entry["section"],
        page=entry.get("page"),
        subset_of=tuple(entry.get("subset_of", ())),
        overlaps_with=overlaps,
        comparison=_comparison(entry.get("compare"), gate),
        **texts,
    )


def _comparison(compare: Mapping[str, Any] | None, gate: Claim | None) -> Comparison | None:
    if gate is not None:
        return Comparison(gate.indicator, gate.unit_code, gate.periods, gate.sex, gate.age_band)
    if compare is None:
        return None
    return Comparison(
        compare["indicator"],
        compare.get("unit", COUNTRY),
        tuple(compare["periods"]),
        Sex(compare.get("sex", "all")),
        AgeBand(compare.get("age", "all")),
        bool(compare.get("places", False)),
    )


def _wrong_between(ledger: Ledger, gate: Mapping[str, Claim]) -> Iterator[str]:
    """Yield what is wrong between entries, and between them and the gate's claims."""
    for number, mine in ledger.items():
        related = (*mine.subset_of, *mine.overlaps_with)
        if unknown := sorted(set(related) - set(ledger)):
            yield f"{number}: related to {', '.join(unknown)}, which is not in the ledger"
        elif number in related:
            yield f"{number}: related to itself"
        elif number in _above(ledger, mine.subset_of):
            yield f"{number}: a part of itself, in a circle"
        else:
            for whole in mine.subset_of:
                yield from _wrong_part(mine, ledger[whole])
        claim = gate.get(number)
        if claim is not None and (mine.figure is None or mine.bounds != (claim.least, claim.most)):
            yield f"{number}: claims.toml has another figure or qualifier"


def _wrong_part(part: PublishedFigure, whole: PublishedFigure) -> Iterator[str]:
    if part.figure is None or whole.figure is None:
        yield f"{part.number}: a part of {whole.number}, but not both are numbers"
    elif part.bounds[0] > whole.bounds[1]:
        yield f"{part.number}: a part of {whole.number}, but larger"


def _bounds(qualifier: Qualifier, figure: int, upto: int, round_to: int) -> tuple[int, int]:
    half = round_to // 2
    return {
        Qualifier.ABOUT: (figure - half, figure + half),
        Qualifier.OVER: (figure + 1, UNBOUNDED),
        Qualifier.RANGE: (figure, upto),
    }.get(qualifier, (figure, figure))


# ---- relations ------------------------------------------------------------------------------


def _above(ledger: Ledger, numbers: Collection[str]) -> set[str]:
    """Return these numbers and those of all figures that they are a part of."""
    found: set[str] = set()
    ahead = list(numbers)
    while ahead:
        number = ahead.pop()
        if number not in found and number in ledger:
            found.add(number)
            ahead += ledger[number].subset_of
    return found


def list_parts(ledger: Ledger, number: str) -> tuple[str, ...]:
    """Return the numbers of the figures that are directly a part of one."""
    return tuple(each.number for each in ledger.values() if number in each.subset_of)


def may_count_same_people(ledger: Ledger, one: str, other: str) -> bool:
    """Return whether two figures may count the same people.

    They may if one is a part of the other, or if they, or what they are parts of, overlap.
    """
    mine, theirs = _above(ledger, (one,)), _above(ledger, (other,))
    return (
        one in theirs
        or other in mine
        or any(number in ledger[each].overlaps_with for each in mine for number in theirs)
    )


def add_figures(ledger: Ledger, numbers: Sequence[str]) -> tuple[int, int]:
    """Return the sum of published figures; they are added nowhere else.

    Returns
    -------
    The least and greatest count that the sum can mean.

    Raises
    ------
    OverlapError
        Where two of them may count the same people or count different things, where one occurs
        twice, or where one is not a count.
    """
    chosen = [ledger[number] for number in numbers]
    for each in chosen:
        if each.figure is None or each.qualifier is Qualifier.RANGE:
            raise OverlapError(f"{each.number} is not a count and cannot be added.")
    for one, other in itertools.combinations(chosen, 2):
        if one.number == other.number or may_count_same_people(ledger, one.number, other.number):
            raise OverlapError(
                f"{one.number} and {other.number} may count the same people and cannot be added."
            )
        if one.counted != other.counted:
            raise OverlapError(
                f"{one.number} and {other.number} count different things and cannot be added."
            )
    least, most = (sum(each.bounds[end] for each in chosen) for end in (0, 1))
    return least, min(most, UNBOUNDED)
