"""Targets that were published, from ``targets.toml``: what a release's figure is compared with."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from data.model import Audience, SimaError
from data.reference import calendar
from data.reference.indicators import REFERENCE, load_indicators, texts

_WORDS = {"indicator", "unit", "target", "claim", "name", "counted", "source", "wording", "caveat"}


@dataclass(frozen=True, slots=True)
class Target:
    """One published target.

    ``target`` is in what ``counted`` names, which need not be the unit of the indicator; ``caveat``
    says so. Without ``periods`` it is for the whole time of the figure. ``claim`` is its number in
    the list of published figures. Texts for readers are by language; ``wording`` is the source's.
    """

    code: str
    indicator: str
    unit_code: str
    target: int
    periods: tuple[str, ...]
    claim: str
    name: Mapping[str, str]
    counted: Mapping[str, str]
    caveat: Mapping[str, str]
    source: str
    wording: str


@cache
def load_targets() -> tuple[Target, ...]:
    """Read ``targets.toml`` (once a process)."""
    return read_targets(tomllib.loads((REFERENCE / "targets.toml").read_text("utf-8")))


def read_targets(table: Mapping[str, Mapping[str, Any]]) -> tuple[Target, ...]:
    """Build the targets from their table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong: a word is missing or unknown, the indicator is not shown to
        the public, the target is not above zero, a text lacks a language, a period is none.
    """
    return tuple(_read(code, entry) for code, entry in table.items())


def _read(code: str, entry: Mapping[str, Any]) -> Target:
    if wrong := sorted(_WORDS ^ (set(entry) - {"periods"})):
        raise SimaError(f"targets.toml, {code}: missing or unknown: {', '.join(wrong)}.")
    indicator = load_indicators().get(entry["indicator"])
    if indicator is None or Audience.PUBLIC not in indicator.designs:
        raise SimaError(f"targets.toml, {code}: {entry['indicator']} is no public indicator.")
    if not isinstance(entry["target"], int) or entry["target"] <= 0:
        raise SimaError(f"targets.toml, {code}: the target must be a whole number above 0.")
    try:
        periods = tuple(calendar.parse_period(period).code for period in entry.get("periods", ()))
    except ValueError as wrong_period:
        raise SimaError(f"targets.toml, {code}: {wrong_period}") from wrong_period
    try:
        said = {name: texts(entry[name]) for name in ("name", "counted", "caveat")}
    except SimaError as lacking:
        raise SimaError(f"targets.toml, {code}: {lacking}.") from lacking
    return Target(
        code=code,
        indicator=entry["indicator"],
        unit_code=entry["unit"],
        target=entry["target"],
        periods=periods,
        claim=entry["claim"],
        source=entry["source"],
        wording=entry["wording"],
        **said,
    )
