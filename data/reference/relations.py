"""What one figure says of another, at the same place and time: relations of ``policy.toml``.

Everybody who sees the one figure knows the relation. So the audit of a release knows it too, and an
upload that contradicts it is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import combinations, product
from typing import Any

from data.model import SimaError

# The lists of relations in policy.toml. Of each entry: keys that name one indicator, and keys that
# name several.
_LISTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "part_of": (("whole",), ("parts",)),
    "none_without": (("events",), ("people",)),
    "at_least": (("figure", "each"), ()),
    "apart": ((), ("of", "beside")),
}
_MORE_KEYS = {"at_least": "least", "apart": "why"}
_OPTIONAL = "beside"
RELATIONS = tuple(_LISTS)
Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class PartOf:
    """Figures that are counted within another one, at the same place and time."""

    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoneWithout:
    """Figures that are 0 where another is 0: no session, no audience."""

    events: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A figure that is at least ``least`` times another: every group has so many members."""

    figure: str
    each: str
    least: int


@dataclass(frozen=True, slots=True)
class Relations:
    """All relations of a policy, by kind.

    ``apart`` are the pairs of indicators that say nothing of each other.
    """

    part_of: tuple[PartOf, ...] = ()
    none_without: tuple[NoneWithout, ...] = ()
    at_least: tuple[AtLeast, ...] = ()
    apart: frozenset[Pair] = frozenset()

    def pairs(self) -> frozenset[Pair]:
        """Return every pair of indicators of which the policy says how they are related."""
        found = set(self.apart)
        for relation in self.part_of:
            found.update(map(frozenset, combinations((relation.whole, *relation.parts), 2)))
        for none in self.none_without:
            found.update(frozenset((none.events, each)) for each in none.people)
        found.update(frozenset((least.figure, least.each)) for least in self.at_least)
        return frozenset(found)

    def linked(self) -> Mapping[str, str]:
        """Return for each related indicator the name of all that are linked with it.

        The name is the first of their codes. Pairs that say nothing of each other link nothing.
        """
        name: dict[str, str] = {}
        for pair in sorted(sorted(pair) for pair in self.pairs() - self.apart):
            names = {name.get(code, code) for code in pair}
            first = min(names)
            name.update({code: first for code in name if name[code] in names})
            name.update(dict.fromkeys(pair, first))
        return name

    def telling(self) -> frozenset[str]:
        """Return the indicators whose published figures say something of a suppressed one."""
        return frozenset(
            {each.events for each in self.none_without} | {each.each for each in self.at_least}
        )


def read_relations(table: Mapping[str, Any]) -> Relations:
    """Read the relations of a policy from its table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong.
    """
    if not isinstance(table.get("relations", {}), dict):
        raise SimaError("policy.toml, relations: write it as a table, whole = [parts].")
    for whole, parts in table.get("relations", {}).items():
        entry = {"whole": whole, "parts": parts}
        _require_entry("part_of", f"policy.toml, relations.{whole}", entry)
    for name in RELATIONS:
        entries = table.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
            raise SimaError(f"policy.toml, {name}: write each entry under [[{name}]].")
        for number, entry in enumerate(entries, start=1):
            _require_entry(name, f"policy.toml, {name}.{number}", entry)
    part_of = [PartOf(w, tuple(parts)) for w, parts in table.get("relations", {}).items()]
    part_of += [PartOf(e["whole"], tuple(e["parts"])) for e in table.get("part_of", ())]
    _require_no_circle(part_of)
    return Relations(
        part_of=tuple(part_of),
        none_without=tuple(
            NoneWithout(e["events"], tuple(e["people"])) for e in table.get("none_without", ())
        ),
        at_least=tuple(
            AtLeast(e["figure"], e["each"], e["least"]) for e in table.get("at_least", ())
        ),
        apart=frozenset(pair for e in table.get("apart", ()) for pair in _apart(e)),
    )


def _require_entry(name: str, place: str, entry: Mapping[str, Any]) -> None:
    """Refuse an entry with a wrong key or value; ``place`` begins the message."""
    one, several = _LISTS[name]
    known = {*one, *several, *([_MORE_KEYS[name]] if name in _MORE_KEYS else [])}
    for key in sorted(known - set(entry) - {_OPTIONAL}):
        raise SimaError(f"{place}: `{key}` is missing.")
    for key in sorted(set(entry) - known):
        raise SimaError(f"{place}: {key} is not a known key.")
    for key in one:
        if not isinstance(entry[key], str):
            raise SimaError(f"{place}: `{key}` must be the code of an indicator.")
    for key in several:
        said = entry.get(key, ["-"])
        if not isinstance(said, list) or not said or not all(isinstance(c, str) for c in said):
            raise SimaError(f"{place}: `{key}` must be a list of codes of indicators.")
    named = [entry[key] for key in one] + [c for key in several for c in entry.get(key, ())]
    if len(set(named)) < max(len(named), 2):
        raise SimaError(f"{place}: needs two or more different indicators, each of them once.")
    if name == "apart" and not str(entry["why"]).strip():
        raise SimaError(f"{place}: `why` must say why they tell nothing of each other.")
    least = entry.get("least", 1)
    if not isinstance(least, int) or isinstance(least, bool) or least < 1:
        raise SimaError(f"{place}: `least` must be a whole number of at least 1.")


def _require_no_circle(part_of: Iterable[PartOf]) -> None:
    """Refuse an indicator that is counted within itself, by way of others."""
    graph: TopologicalSorter[str] = TopologicalSorter()
    for relation in part_of:
        graph.add(relation.whole, *relation.parts)
    try:
        graph.prepare()
    except CycleError as wrong:
        chain = ", ".join(wrong.args[1])
        raise SimaError(f"policy.toml, part_of: counted within itself: {chain}.") from wrong


def _apart(entry: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the pairs of an entry: of each with each, or of all ``of`` with all ``beside``."""
    of, beside = list(entry["of"]), list(entry.get("beside", ()))
    yield from map(frozenset, product(of, beside) if beside else combinations(of, 2))


def named_in(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield every indicator that a relation names: the key of the entry, and the code."""
    for whole, parts in table.get("relations", {}).items():
        for code in (whole, *parts):
            yield f"relations.{whole}", code
    for name, (one, several) in _LISTS.items():
        for number, entry in enumerate(table.get(name, ()), start=1):
            codes = [entry[key] for key in one]
            codes += [code for key in several for code in entry.get(key, ())]
            for code in codes:
                yield f"{name}.{number}", code


def list_weaker_relations(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the relations that an earlier policy knew and a later one does not.

    Parameters
    ----------
    old, new
        The two policies as tables.
    """
    before, after = read_relations(old), read_relations(new)
    less = []
    for part in before.part_of:
        kept = {p for each in after.part_of if each.whole == part.whole for p in each.parts}
        if not set(part.parts) <= kept:
            less.append(f"relations.{part.whole}")
    for none in before.none_without:
        kept = {p for each in after.none_without if each.events == none.events for p in each.people}
        if not set(none.people) <= kept:
            less.append(f"none_without.{none.events}")
    for least in before.at_least:
        same = (e for e in after.at_least if (e.figure, e.each) == (least.figure, least.each))
        if not any(each.least >= least.least for each in same):
            less.append(f"at_least.{least.figure}")
    return less


def unexplained_pairs(together: Iterable[Iterable[str]], relations: Relations) -> list[list[str]]:
    """Return the pairs of indicators of one row or activity that no relation speaks of.

    Parameters
    ----------
    together
        Codes of the indicators that are reported together, one entry for each row or activity.
    """
    pairs = {frozenset(pair) for codes in together for pair in combinations(sorted(set(codes)), 2)}
    return sorted(sorted(pair) for pair in pairs - relations.pairs())
