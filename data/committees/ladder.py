"""The ladder of the local committees in the version that was agreed: ``reference/ladder.toml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from data.model import SimaError
from data.reference import project_files

NO_RECORD = -1  # key of "no record" among rungs, where a missing value cannot be one
TOP = 6
STEPS = ("record", "reform", "keep")  # next steps that belong to no sign
Texts = Mapping[str, str]
_TABLES = {
    "version", "record_months", "notice_days", "star_fiscal_years", "election", "star", "rung",
    "sign", "sign_name", "next_step",
}  # fmt: skip


class Term(StrEnum):
    """The unit of a sign's time to live; ``ladder.toml`` explains each."""

    MONTHS = "months"
    FISCAL_YEARS = "fiscal_years"
    TRIMESTERS = "trimesters"


_SIGN = {"rung", "least", "after_election_days", "committee", "name", "step", *Term}


@dataclass(frozen=True, slots=True)
class SignRule:
    """What one sign requires and how long it holds; ``ladder.toml`` explains the terms.

    ``length`` counts ``term``; ``least`` is in percent or rupees; ``committee`` is whether the
    palika's report that it has no committee ends the sign.
    """

    key: str
    rung: int
    term: Term
    length: int
    least: int | None
    after_election_days: int | None
    committee: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """One version of the ladder.

    ``signs`` are in ladder order, the statement ``not_formed`` (rung 0) first. ``elections`` are
    the days of local elections, in order. ``rung_name`` has the keys 0 to 6 and `NO_RECORD`,
    ``sign_name`` every sign and ``record``, ``next_step`` every sign above rung 0 and `STEPS`.
    All texts are by language (``en``, ``ne``).
    """

    version: str
    record_months: int
    notice_days: int
    star_fiscal_years: int
    elections: tuple[date, ...]
    signs: Mapping[str, SignRule]
    rung_name: Mapping[int, Texts]
    star_name: Texts
    sign_name: Mapping[str, Texts]
    next_step: Mapping[str, Texts]

    def asked(self, rung: int) -> tuple[str, ...]:
        """Return the signs that a rung requires, without those of the rungs below it."""
        return tuple(key for key, rule in self.signs.items() if rule.rung == rung)


def _wrong(key: str, problem: str) -> SimaError:
    return SimaError(f"ladder.toml, {key}: {problem}.")


def _only(table: Mapping[str, Any], known: set[str], key: str) -> None:
    if unknown := sorted(set(table) - known):
        raise _wrong(f"{key}.{unknown[0]}" if key else unknown[0], "is not a key of the ladder")


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parent.get(name)
    if not isinstance(found, Mapping):
        raise _wrong(name, "is missing")
    return found


def _whole(table: Mapping[str, Any], name: str, prefix: str = "", *, least: int = 1) -> int:
    found = table.get(name)
    if type(found) is not int or found < least:  # True is an int, but not a number of months
        raise _wrong(prefix + name, f"must be a whole number of at least {least}")
    return found


def _optional(table: Mapping[str, Any], name: str, prefix: str, *, least: int = 1) -> int | None:
    return _whole(table, name, prefix, least=least) if name in table else None


def _texts(table: Mapping[str, Any], name: str, prefix: str = "") -> Texts:
    found = table.get(name)
    for language in project_files.languages():
        text = found.get(language) if isinstance(found, Mapping) else None
        if not isinstance(text, str) or not text.strip():
            raise _wrong(f"{prefix}{name}.{language}", "is missing")
    _only(found or {}, set(project_files.LANGUAGES), prefix + name)
    return MappingProxyType(dict(found or {}))


def _sign(key: str, entry: Mapping[str, Any]) -> SignRule:
    prefix = f"sign.{key}."
    _only(entry, _SIGN, f"sign.{key}")
    terms = [term for term in Term if term in entry]
    if len(terms) != 1:
        raise _wrong(f"sign.{key}", f"needs exactly one of {', '.join(Term)}")
    rung = _whole(entry, "rung", prefix, least=0)
    if rung > TOP or (rung == 0) != (key == "not_formed"):
        raise _wrong(f"{prefix}rung", f"must be 1 to {TOP}, and 0 for not_formed alone")
    if type(entry.get("committee", False)) is not bool:
        raise _wrong(f"{prefix}committee", "must be true or false")
    return SignRule(
        key=key,
        rung=rung,
        term=terms[0],
        length=_whole(entry, terms[0], prefix),
        least=_optional(entry, "least", prefix),
        after_election_days=_optional(entry, "after_election_days", prefix, least=0),
        committee=entry.get("committee", False),
    )


def _elections(table: Mapping[str, Any]) -> tuple[date, ...]:
    _only(table, {"days"}, "election")
    days = table.get("days")
    if not isinstance(days, list) or not all(
        isinstance(day, date) and not isinstance(day, datetime) for day in days
    ):
        raise _wrong("election.days", "must be a list of days such as 2022-05-13")
    if days != sorted(set(days)):
        raise _wrong("election.days", "must be in order, each day once")
    return tuple(days)


def read_ladder(table: Mapping[str, Any]) -> Ladder:
    """Build the ladder from its table.

    Raises
    ------
    SimaError
        Naming the file and the key that is wrong, missing or unknown.
    """
    _only(table, _TABLES, "")
    version = table.get("version")
    if not isinstance(version, str) or not version:
        raise _wrong("version", 'is missing (write "1")')
    entries, rungs = _table(table, "sign"), _table(table, "rung")
    signs = sorted((_sign(key, entries[key]) for key in entries), key=lambda rule: rule.rung)
    for rung in range(TOP + 1):
        if not any(rule.rung == rung for rule in signs):
            raise _wrong("sign", f"has no sign for rung {rung}")
    if [rule.key for rule in signs if rule.rung == 1] != ["formed"]:
        raise _wrong("sign", "rung 1 must require formed and nothing else")
    if signs[1].after_election_days is None:
        raise _wrong("sign.formed.after_election_days", "is missing")
    _only(rungs, {"none", *map(str, range(TOP + 1))}, "rung")
    names, steps = _table(table, "sign_name"), _table(table, "next_step")
    _only(names, {"record"}, "sign_name")
    _only(steps, set(STEPS), "next_step")
    return Ladder(
        version=version,
        record_months=_whole(table, "record_months"),
        notice_days=_whole(table, "notice_days"),
        star_fiscal_years=_whole(table, "star_fiscal_years"),
        elections=_elections(_table(table, "election")),
        signs=MappingProxyType({rule.key: rule for rule in signs}),
        rung_name=MappingProxyType(
            {NO_RECORD: _texts(rungs, "none", "rung.")}
            | {rung: _texts(rungs, str(rung), "rung.") for rung in range(TOP + 1)}
        ),
        star_name=_texts(_table(table, "star"), "name", "star."),
        sign_name=MappingProxyType(
            {rule.key: _texts(entries[rule.key], "name", f"sign.{rule.key}.") for rule in signs}
            | {"record": _texts(names, "record", "sign_name.")}
        ),
        next_step=MappingProxyType(
            {
                rule.key: _texts(entries[rule.key], "step", f"sign.{rule.key}.")
                for rule in signs
                if rule.rung
            }
            | {step: _texts(steps, step, "next_step.") for step in STEPS}
        ),
    )


@project_files.remembered("ladder.toml")
def load_ladder() -> Ladder:
    """Read ``ladder.toml`` of the project; SimaError names the key that is wrong."""
    return read_ladder(project_files.read_table("ladder.toml"))
