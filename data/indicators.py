"""What is counted and who may see how much: ``indicators.toml`` joined with ``policy.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data import hotspot_policy
from data.hotspot_policy import HotspotPolicy
from data.model import (
    UNBOUNDED,
    AdminLevel,
    AgeBand,
    Aggregation,
    Audience,
    Claim,
    Design,
    Display,
    Indicator,
    IndicatorClass,
    PeriodKind,
    Relation,
    Sex,
    SimaError,
)

REFERENCE = Path(__file__).parent / "reference"
LANGUAGES = ("en", "ne")
# The documented minimum (docs/disclosure.md): a policy below it is refused.
MINIMUM_PARTS = 3
MINIMUM_THRESHOLD = MappingProxyType({Audience.PUBLIC: 10, Audience.PARTNER: 5})
_LEVELS = {level.name.lower(): level for level in AdminLevel}


@dataclass(frozen=True, slots=True)
class Policy:
    """The release policy of one version.

    ``thresholds``: smallest count of people that may be shown, by audience and class; a class that
    is missing has none. ``class_edges``: upper edges of the classes ``lower`` and ``middle``.
    ``hidden_parts``: fewest hidden parts of a published whole. ``insider_width``: people by which
    an interval must be wide for somebody who knows one place. ``weights``: price of hiding a cell
    by its level, times ``total_weight`` for each total of a category. ``relations``: figures
    counted within another. ``hotspots``: None in a policy from before them. ``text`` is the policy
    as it was written, recorded in each release.
    """

    version: str
    thresholds: Mapping[Audience, Mapping[IndicatorClass, int]]
    class_edges: tuple[int, int]
    hidden_parts: int
    insider_width: Mapping[Audience, int]
    weights: Mapping[AdminLevel, float]
    total_weight: float
    relations: tuple[Relation, ...]
    hotspots: HotspotPolicy | None = None
    text: str = field(default="", compare=False, repr=False)

    def threshold(self, audience: Audience, indicator_class: IndicatorClass) -> int | None:
        """Give the smallest count that may be shown, None where any may."""
        return self.thresholds[audience].get(indicator_class)

    def width(self, audience: Audience) -> int:
        """Give the people by which every hidden cell's interval must be wide."""
        return max(self.thresholds[audience].values())

    def value_class(self, count: int) -> str:
        """Name the class of a count: ``lower``, ``middle`` or ``higher``."""
        lower, middle = self.class_edges
        return "lower" if count <= lower else "middle" if count <= middle else "higher"

    def class_bounds(self, audience: Audience) -> Mapping[str, tuple[int, int]]:
        """Give the least and greatest count of each class; smaller ones are hidden."""
        lower, middle = self.class_edges
        least = self.width(audience)
        return {
            "lower": (least, lower),
            "middle": (lower + 1, middle),
            "higher": (middle + 1, UNBOUNDED),
        }


def _toml(name: str) -> dict[str, Any]:
    with (REFERENCE / name).open("rb") as file:
        return tomllib.load(file)


def read_policy(table: Mapping[str, Any], text: str = "") -> Policy:
    """Build the policy from its table; SimaError where it protects less than documented."""
    absent = [name for name in ("threshold", "classes", "insiders", "weights") if name not in table]
    absent += [f"threshold.{a}" for a in Audience if a not in table.get("threshold", {})]
    if absent:
        raise SimaError(f"policy.toml: {', '.join(absent)} is missing.")
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
        if int(table["insiders"]["width"][audience]) < minimum:
            raise SimaError(f"policy.toml, insiders.width.{audience}: must be at least {minimum}.")
        for protected in (IndicatorClass.AT_RISK, IndicatorClass.PEOPLE):
            least = thresholds[audience].get(protected)
            if least is None or least < minimum:
                raise SimaError(
                    f"policy.toml, threshold.{audience}.{protected}: must be at least {minimum}.",
                )
    if IndicatorClass.ORGANISATIONAL in {c for t in thresholds.values() for c in t}:
        raise SimaError("policy.toml: organisational figures have no threshold.")
    edges = (int(table["classes"]["lower"]), int(table["classes"]["middle"]))
    insiders = table["insiders"]
    if int(insiders["hidden_parts"]) < MINIMUM_PARTS:
        raise SimaError(f"policy.toml, insiders.hidden_parts: must be at least {MINIMUM_PARTS}.")
    weights = dict(table["weights"])
    if min(weights.values()) <= 0 or set(weights) != {*_LEVELS, "total"}:
        raise SimaError("policy.toml, weights: every level and `total` need a price above 0.")
    if not 0 < edges[0] < edges[1]:
        raise SimaError("policy.toml, classes: lower must be above 0 and below middle.")
    return Policy(
        version=str(table["version"]),
        thresholds=MappingProxyType(thresholds),
        class_edges=edges,
        hidden_parts=int(insiders["hidden_parts"]),
        insider_width=MappingProxyType({a: int(insiders["width"][a]) for a in Audience}),
        total_weight=float(weights.pop("total")),
        weights=MappingProxyType({_LEVELS[name]: float(w) for name, w in weights.items()}),
        relations=tuple(
            Relation(w, tuple(parts)) for w, parts in table.get("relations", {}).items()
        ),
        hotspots=_hotspots(table, thresholds),
        text=text,
    )


def _hotspots(
    table: Mapping[str, Any], thresholds: Mapping[Audience, Mapping[IndicatorClass, int]]
) -> HotspotPolicy | None:
    if "hotspots" not in table:
        return None
    widths = {audience: max(each.values()) for audience, each in thresholds.items()}
    return hotspot_policy.read(table["hotspots"], table.get("design", {}), widths)


@cache
def load_policy() -> Policy:
    """Read ``policy.toml`` (once a process)."""
    return parse_policy((REFERENCE / "policy.toml").read_text("utf-8"))


def parse_policy(text: str) -> Policy:
    """Read a policy as it was written; SimaError where it protects less than documented."""
    return read_policy(tomllib.loads(text), text)


@cache
def load_claims() -> tuple[Claim, ...]:
    """Read ``claims.toml``: figures published elsewhere, as intervals by their qualifier."""
    return tuple(_claim(code, entry) for code, entry in _toml("claims.toml").items())


def _claim(code: str, entry: Mapping[str, Any]) -> Claim:
    figure, qualifier = int(entry["figure"]), entry["qualifier"]
    half = int(entry.get("round", 0)) // 2
    bounds = {
        "exact": (figure, figure),
        "about": (figure - half, figure + half),
        "over": (figure + 1, UNBOUNDED),
    }
    if qualifier not in bounds:
        raise SimaError(f"claims.toml, {code}: qualifier must be one of {', '.join(bounds)}.")
    return Claim(
        code,
        entry["indicator"],
        entry["unit"],
        tuple(entry["periods"]),
        Sex(entry.get("sex", "all")),
        AgeBand(entry.get("age", "all")),
        *bounds[qualifier],
    )


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
                name=texts(entry["name"]),
                definition=texts(entry["definition"]),
                unit=texts(entry["unit"]),
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


def texts(entry: Mapping[str, str]) -> Mapping[str, str]:
    """Take a text in every language.

    Raises
    ------
    SimaError
        Naming the languages that it lacks, for the caller to say where.
    """
    if missing := [language for language in LANGUAGES if not entry.get(language)]:
        raise SimaError(f"no text in {', '.join(missing)}")
    return MappingProxyType(dict(entry))


@cache
def load_indicators() -> Mapping[str, Indicator]:
    """Read ``indicators.toml`` and the designs of ``policy.toml`` (once a process)."""
    return read_indicators(_toml("indicators.toml"), _toml("policy.toml")["design"])


def lowered(before: str, after: str) -> list[str]:
    """Say what a policy protects less than an earlier one, both as they were written.

    Prices of hiding, and what is counted within what, protect nothing by themselves.
    """
    old, new = tomllib.loads(before), tomllib.loads(after)
    less = [
        f"threshold.{audience}.{name}"
        for audience, table in old["threshold"].items()
        for name, least in table.items()
        if new["threshold"].get(audience, {}).get(name, 0) < least
    ]
    if old.get("insiders"):
        there = new.get("insiders", {"hidden_parts": 0, "width": {}})
        if there["hidden_parts"] < old["insiders"]["hidden_parts"]:
            less.append("insiders.hidden_parts")
        less += [
            f"insiders.width.{audience}"
            for audience, width in old["insiders"]["width"].items()
            if there["width"].get(audience, 0) < width
        ]
    if old["classes"] != new["classes"]:
        less.append("classes")
    for relation, parts in old.get("relations", {}).items():
        if not set(parts) <= set(new.get("relations", {}).get(relation, [])):
            less.append(f"relations.{relation}")
    less += hotspot_policy.lowered(old, new)
    for code, designs in new["design"].items():
        for audience, entry in designs.items():
            was = old["design"].get(code, {}).get(audience)
            name = f"design.{code}.{audience}"
            if was is None:
                less += [name] if code in old["design"] else []
            elif _shows_more(_design(was), _design(entry)):
                less.append(name)
    return less


def _shows_more(old: Design, new: Design) -> bool:
    return bool(
        new.levels - old.levels
        or new.period_kinds - old.period_kinds
        or new.sex_levels - old.sex_levels
        or new.age_levels - old.age_levels
        or new.delay_quarters < old.delay_quarters
        or (old.display is Display.CLASS and new.display is Display.NUMBER)
    )
