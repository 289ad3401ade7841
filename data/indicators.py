"""What is counted and who may see how much: ``indicators.toml`` joined with ``policy.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data.model import (
    AdminLevel,
    Aggregation,
    Audience,
    Design,
    Display,
    Indicator,
    IndicatorClass,
    PeriodKind,
    SimaError,
)

REFERENCE = Path(__file__).parent / "reference"
LANGUAGES = ("en", "ne")
# The documented minimum (docs/disclosure.md): a policy below it is refused.
MINIMUM_THRESHOLD = MappingProxyType({Audience.PUBLIC: 10, Audience.PARTNER: 5})
_LEVELS = {level.name.lower(): level for level in AdminLevel}


@dataclass(frozen=True, slots=True)
class Policy:
    """The release policy of one version.

    ``thresholds``: smallest count of people that may be shown, by audience and class; a class that
    is missing has none. ``class_edges``: upper edges of the classes ``lower`` and ``middle``.
    """

    version: str
    thresholds: Mapping[Audience, Mapping[IndicatorClass, int]]
    class_edges: tuple[int, int]

    def threshold(self, audience: Audience, indicator_class: IndicatorClass) -> int | None:
        """Give the smallest count that may be shown, None where any may."""
        return self.thresholds[audience].get(indicator_class)

    def value_class(self, count: int) -> str:
        """Name the class of a count: ``lower``, ``middle`` or ``higher``."""
        lower, middle = self.class_edges
        return "lower" if count <= lower else "middle" if count <= middle else "higher"


def _toml(name: str) -> dict[str, Any]:
    with (REFERENCE / name).open("rb") as file:
        return tomllib.load(file)


def read_policy(table: Mapping[str, Any]) -> Policy:
    """Build the policy from its table; SimaError where it protects less than documented."""
    thresholds = {
        audience: MappingProxyType(
            {
                IndicatorClass(name): int(least)
                for name, least in table["threshold"][audience].items()
            },
        )
        for audience in Audience
    }
    for audience, minimum in MINIMUM_THRESHOLD.items():
        for protected in (IndicatorClass.AT_RISK, IndicatorClass.PEOPLE):
            least = thresholds[audience].get(protected)
            if least is None or least < minimum:
                raise SimaError(
                    f"policy.toml, threshold.{audience}.{protected}: must be at least {minimum}.",
                )
    if IndicatorClass.ORGANISATIONAL in {c for t in thresholds.values() for c in t}:
        raise SimaError("policy.toml: organisational figures have no threshold.")
    edges = (int(table["classes"]["lower"]), int(table["classes"]["middle"]))
    return Policy(str(table["version"]), MappingProxyType(thresholds), edges)


@cache
def load_policy() -> Policy:
    """Read ``policy.toml`` (once a process)."""
    return read_policy(_toml("policy.toml"))


def _down_to(level: AdminLevel | None) -> frozenset[AdminLevel]:
    return frozenset(each for each in AdminLevel if level is not None and each <= level)


def _design(entry: Mapping[str, Any]) -> Design:
    known = {"finest", "periods", "sex", "age", "display", "delay_quarters"}
    if unknown := set(entry) - known:
        raise SimaError(f"unknown words {sorted(unknown)}")
    return Design(
        levels=_down_to(_LEVELS[entry["finest"]]),
        period_kinds=frozenset(PeriodKind(kind) for kind in entry["periods"]),
        sex_levels=_down_to(_LEVELS[entry["sex"]] if "sex" in entry else None),
        age_levels=_down_to(_LEVELS[entry["age"]] if "age" in entry else None),
        display=Display(entry.get("display", "number")),
        delay_quarters=int(entry.get("delay_quarters", 0)),
    )


def read_indicators(
    definitions: Mapping[str, Mapping[str, Any]],
    designs: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Mapping[str, Indicator]:
    """Build the indicators from the two tables, in the order of the first.

    Raises
    ------
    SimaError
        Naming the entry that is wrong, or a design without an indicator.
    """
    if strays := set(designs) - set(definitions):
        raise SimaError(f"policy.toml: a design for {sorted(strays)}, which is no indicator.")
    indicators = {}
    for code, entry in definitions.items():
        try:
            indicators[code] = Indicator(
                code=code,
                catalogue=entry["catalogue"],
                theme=entry["theme"],
                name=_texts(entry["name"]),
                definition=_texts(entry["definition"]),
                unit=_texts(entry["unit"]),
                indicator_class=IndicatorClass(entry["class"]),
                aggregation=Aggregation(entry["aggregation"]),
                booth=bool(entry.get("booth", False)),
                source=str(entry.get("source", "")),
                designs=MappingProxyType(
                    {Audience(name): _design(d) for name, d in designs.get(code, {}).items()},
                ),
            )
        except (KeyError, ValueError, SimaError) as wrong:
            raise SimaError(f"indicators.toml or policy.toml, {code}: {wrong}") from wrong
    return MappingProxyType(indicators)


def _texts(entry: Mapping[str, str]) -> Mapping[str, str]:
    if missing := [language for language in LANGUAGES if not entry.get(language)]:
        raise SimaError(f"no text in {missing}")
    return MappingProxyType(dict(entry))


@cache
def load_indicators() -> Mapping[str, Indicator]:
    """Read ``indicators.toml`` and the designs of ``policy.toml`` (once a process)."""
    return read_indicators(_toml("indicators.toml"), _toml("policy.toml")["design"])
