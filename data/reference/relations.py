"""What one figure says of another, at the same place and time: relations of ``policy.toml``.

Everybody who sees the one figure knows the relation. So the audit of a release knows it too, and an
upload that contradicts it is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from data.model import Relation, SimaError
from data.reference.project_files import RELATIONS

# The keys of an entry in each list of relations in policy.toml.
TABLES: Mapping[str, frozenset[str]] = dict(
    zip(
        RELATIONS,
        (
            frozenset({"whole", "parts"}),
            frozenset({"events", "people"}),
            frozenset({"figure", "each", "least"}),
            frozenset({"of", "beside", "why"}),
        ),
        strict=True,
    )
)
Pair = frozenset[str]


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

    part_of: tuple[Relation, ...] = ()
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
    for name, keys in TABLES.items():
        for number, entry in enumerate(table.get(name, ()), start=1):
            _require_keys(name, number, entry, keys)
    part_of = [Relation(w, tuple(parts)) for w, parts in table.get("relations", {}).items()]
    part_of += [Relation(e["whole"], tuple(e["parts"])) for e in table.get("part_of", ())]
    return Relations(
        part_of=tuple(part_of),
        none_without=tuple(
            NoneWithout(e["events"], tuple(e["people"])) for e in table.get("none_without", ())
        ),
        at_least=tuple(
            AtLeast(e["figure"], e["each"], int(e["least"])) for e in table.get("at_least", ())
        ),
        apart=frozenset(pair for e in table.get("apart", ()) for pair in _apart(e)),
    )


def _require_keys(name: str, number: int, entry: Mapping[str, Any], keys: frozenset[str]) -> None:
    optional = {"beside"} & keys
    for key in sorted(keys - set(entry) - optional):
        raise SimaError(f"policy.toml, {name}: entry {number} lacks `{key}`.")
    for key in sorted(set(entry) - keys):
        raise SimaError(f"policy.toml, {name}: {key} of entry {number} is not a known key.")
    if name == "apart" and not str(entry["why"]).strip():
        raise SimaError(f"policy.toml, {name}: entry {number} must say why.")
    if name == "at_least" and (not isinstance(entry["least"], int) or entry["least"] < 1):
        raise SimaError(f"policy.toml, {name}: `least` of entry {number} must be 1 or more.")


def _apart(entry: Mapping[str, Any]) -> Iterator[Pair]:
    """Yield the pairs of an entry: of each with each, or of all ``of`` with all ``beside``."""
    of, beside = list(entry["of"]), list(entry.get("beside", ()))
    yield from map(frozenset, product(of, beside) if beside else combinations(of, 2))


def named_in(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the table and the code of every indicator that a relation names."""
    for whole, parts in table.get("relations", {}).items():
        for code in (whole, *parts):
            yield f"relations.{whole}", code
    for name, keys in TABLES.items():
        for entry in table.get(name, ()):
            for key in sorted(keys - {"why", "least"}):
                said = entry.get(key, ())
                for code in (said,) if isinstance(said, str) else said:
                    yield name, code


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
