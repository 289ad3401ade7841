"""The release policy: read it, and list where a new one protects less."""

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

from data.model import (
    UNBOUNDED,
    AdminLevel,
    Audience,
    Claim,
    Design,
    Display,
    Indicator,
    IndicatorClass,
    SimaError,
)
from data.reference import hotspot_policy, indicators, project_files
from data.reference.hotspot_policy import HotspotPolicy
from data.reference.minimum import CARE
from data.reference.relations import Relations, list_weaker_relations, read_relations


@dataclass(frozen=True, slots=True)
class Policy:
    """The release policy of one version.

    Attributes
    ----------
    version
        As written in ``policy.toml``.
    thresholds
        Smallest count of people that may be shown, by audience and class; a class without an entry
        has none.
    class_edges
        Upper edges of the classes ``lower`` and ``middle``.
    hidden_parts
        Least number of suppressed parts of a published whole.
    insider_width
        By audience, the number of people by which an interval must be wide for an insider, who
        knows the figures of one place.
    weights
        Price of suppressing a cell, by its level.
    total_weight
        Factor on that price for each total of a category.
    relations
        What one figure says of another.
    hotspots
        None in a policy from before there were any.
    text
        The policy as it was written; each release records it.
    """

    version: str
    thresholds: Mapping[Audience, Mapping[IndicatorClass, int]]
    class_edges: tuple[int, int]
    hidden_parts: int
    insider_width: Mapping[Audience, int]
    weights: Mapping[AdminLevel, float]
    total_weight: float
    relations: Relations
    hotspots: HotspotPolicy | None = None
    text: str = field(default="", compare=False, repr=False)

    def threshold(self, audience: Audience, indicator_class: IndicatorClass) -> int | None:
        """Return the smallest count that may be shown, None where any may."""
        return self.thresholds[audience].get(indicator_class)

    def least_shown(self, audience: Audience, indicator: Indicator) -> int:
        """Return the smallest figure of an indicator that may be shown; 0 where any may.

        An amount below it could belong to fewer people than the threshold.
        """
        least = self.threshold(audience, indicator.indicator_class) or 0
        return least * indicator.most_per_person

    def width(self, audience: Audience) -> int:
        """Return the number of people by which each suppressed cell's interval must be wide."""
        return max(self.thresholds[audience].values())

    def value_class(self, count: int) -> str:
        """Return the class of a count: ``lower``, ``middle`` or ``higher``."""
        lower, middle = self.class_edges
        return "lower" if count <= lower else "middle" if count <= middle else "higher"

    def class_bounds(self, audience: Audience) -> Mapping[str, tuple[int, int]]:
        """Return the least and greatest count of each class; smaller counts are suppressed."""
        lower, middle = self.class_edges
        least = self.width(audience)
        return {
            "lower": (least, lower),
            "middle": (lower + 1, middle),
            "higher": (middle + 1, UNBOUNDED),
        }


def read_policy(table: Mapping[str, Any], text: str = "") -> Policy:
    """Build the policy from its table; ``text`` is the file as it was written.

    Raises
    ------
    SimaError
        Where a key is missing, or the policy protects less than docs/disclosure.md promises.
    """
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
    for key, minimum in list_too_low(table):
        raise SimaError(f"policy.toml, {key}: must be at least {minimum}.")
    if IndicatorClass.ORGANISATIONAL in {c for t in thresholds.values() for c in t}:
        raise SimaError("policy.toml: organisational figures have no threshold.")
    edges = (int(table["classes"]["lower"]), int(table["classes"]["middle"]))
    insiders = table["insiders"]
    weights = dict(table["weights"])
    if min(weights.values()) <= 0 or set(weights) != {*indicators.LEVELS, "total"}:
        raise SimaError("policy.toml, weights: every level and `total` must have a weight above 0.")
    if not 0 < edges[0] < edges[1]:
        raise SimaError("policy.toml, classes: lower must be above 0 and below middle.")
    return Policy(
        version=str(table["version"]),
        thresholds=MappingProxyType(thresholds),
        class_edges=edges,
        hidden_parts=int(insiders["hidden_parts"]),
        insider_width=MappingProxyType({a: int(insiders["width"][a]) for a in Audience}),
        total_weight=float(weights.pop("total")),
        weights=MappingProxyType(
            {indicators.LEVELS[name]: float(w) for name, w in weights.items()}
        ),
        relations=read_relations(table),
        hotspots=_hotspots(table, thresholds),
        text=text,
    )


def list_too_low(table: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return each number of a policy that protects less than the documented minimum.

    Returns
    -------
    The key, such as ``threshold.public.people``, and the least number that it may have. Parts of
    the policy that are missing are left out.
    """
    found = []
    insiders = table.get("insiders", {})
    for audience, minimum in indicators.MINIMUM_THRESHOLD.items():
        least = table.get("threshold", {}).get(audience, {})
        found += [
            (f"threshold.{audience}.{protected}", minimum)
            for protected in (IndicatorClass.AT_RISK, IndicatorClass.PEOPLE)
            if int(least.get(protected, 0)) < minimum
        ]
        if int(insiders.get("width", {}).get(audience, minimum)) < minimum:
            found.append((f"insiders.width.{audience}", minimum))
    if int(insiders.get("hidden_parts", indicators.MINIMUM_PARTS)) < indicators.MINIMUM_PARTS:
        found.append(("insiders.hidden_parts", indicators.MINIMUM_PARTS))
    return found


def _hotspots(
    table: Mapping[str, Any], thresholds: Mapping[Audience, Mapping[IndicatorClass, int]]
) -> HotspotPolicy | None:
    if "hotspots" not in table:
        return None
    widths = {audience: max(each.values()) for audience, each in thresholds.items()}
    return hotspot_policy.read_hotspot_policy(table["hotspots"], table.get("design", {}), widths)


@project_files.remembered(project_files.ADDED, "policy.toml")
def load_policy() -> Policy:
    """Read ``policy.toml`` of the project."""
    return parse_policy(project_files.project_files().policy_text())


def parse_policy(text: str) -> Policy:
    """Read a policy from its text.

    Raises
    ------
    SimaError
        As `read_policy`.
    """
    return read_policy(tomllib.loads(text), text)


@dataclass(frozen=True, slots=True)
class Protection:
    """Everything in a project that decides how well people are protected.

    ``rules`` is the text of the policy. ``classes`` is the class of each indicator, and of an
    amount its `Indicator.most_per_person` after a colon. ``claims`` is what an attacker is assumed
    to know.
    """

    rules: str
    classes: Mapping[str, str]
    claims: tuple[Claim, ...]

    @property
    def hash(self) -> str:
        """The name under which consents to it are kept: SHA-256 of all of it."""
        claims = sorted(json.dumps(asdict(claim), sort_keys=True) for claim in self.claims)
        content = json.dumps([self.rules, dict(sorted(self.classes.items())), claims])
        return hashlib.sha256(content.encode()).hexdigest()


def protection_of(
    policy: Policy, counted: Mapping[str, Indicator], claims: Sequence[Claim]
) -> Protection:
    """Return how a policy, indicators and claims protect people together."""
    classes = {
        code: each.indicator_class.value
        if each.most_per_person == 1
        else f"{each.indicator_class.value}:{each.most_per_person}"
        for code, each in counted.items()
    }
    return Protection(policy.text, classes, tuple(claims))


def load_protection() -> Protection:
    """Return how the project protects people now."""
    return protection_of(
        load_policy(), indicators.load_indicators(), indicators.load_assumed_intervals()
    )


def list_weakened(before: Protection, after: Protection) -> list[str]:
    """Return what protects less than before: rules, classes of indicators and claims.

    Returns
    -------
    Names such as ``threshold.public.people``, ``class.booth_contacts`` or ``claim.F3``; empty
    where nothing is weaker.
    """
    less = list_weakened_rules(before.rules, after.rules) if before.rules != after.rules else []
    for code, old in before.classes.items():
        new = after.classes.get(code)
        if new is not None and any(n < o for n, o in zip(_care(new), _care(old), strict=True)):
            less.append(f"class.{code}")
    kept = [claim for claim in before.claims if any(_knows(claim, new) for new in after.claims)]
    less += [f"claim.{claim.code}" for claim in before.claims if claim not in kept]
    return less


def _care(protected: str) -> tuple[int, int]:
    """Return how much care a class of `Protection` asks for, and the amount for one person."""
    name, _colon, most = protected.partition(":")
    return CARE.index(IndicatorClass(name)), int(most or 1)


def _knows(old: Claim, new: Claim) -> bool:
    """Return whether a claim says at least as much of the same cells as an older one."""
    same = (
        (old.indicator, old.unit_code, set(old.periods), old.sex, old.age_band)
        == (new.indicator, new.unit_code, set(new.periods), new.sex, new.age_band)
    )  # fmt: skip
    return same and old.least <= new.least and new.most <= old.most


def list_weakened_rules(before: str, after: str) -> list[str]:
    """Return the rules that protect less than in an earlier policy.

    Weights are left out: the price of suppressing a cell protects nothing by itself.

    Parameters
    ----------
    before, after
        The two policies as they were written (``policy.toml``).

    Returns
    -------
    Names such as ``threshold.public.people``; empty where nothing is weaker.
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
    less += list_weaker_relations(old, new)
    less += hotspot_policy.list_weakened_hotspot_rules(old, new)
    for code, designs in new["design"].items():
        for audience, entry in designs.items():
            was = old["design"].get(code, {}).get(audience)
            name = f"design.{code}.{audience}"
            if was is None:
                less += [name] if code in old["design"] else []
            elif _shows_more(indicators.read_design(was), indicators.read_design(entry)):
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
