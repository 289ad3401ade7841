"""Indicators and who may see how much: ``indicators.toml`` joined with ``policy.toml``."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

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
    Sex,
    SimaError,
)
from data.reference import minimum, project_files

REFERENCE = Path(__file__).parent
# The documented minimum (docs/disclosure.md): a policy below it is refused.
MINIMUM_PARTS = 3
MINIMUM_THRESHOLD = MappingProxyType({Audience.PUBLIC: 10, Audience.PARTNER: 5})
LEVELS = {level.name.lower(): level for level in AdminLevel}


@project_files.remembered("claims.toml")
def load_assumed_intervals() -> tuple[Claim, ...]:
    """Read ``claims.toml`` of the project.

    It holds figures that were published elsewhere. The release gate assumes that an attacker knows
    them, each as an interval that follows from its qualifier.
    """
    return tuple(
        read_claim(code, entry) for code, entry in project_files.read_table("claims.toml").items()
    )


_CLAIM = {"figure", "round", "qualifier", "indicator", "unit", "periods", "sex", "age"}


def read_claim(code: str, entry: Mapping[str, Any]) -> Claim:
    """Read what an attacker is assumed to know of one figure; SimaError names what is wrong."""
    needed = _CLAIM - {"round", "sex", "age"}
    if wrong := sorted((set(entry) - _CLAIM) | (needed - set(entry))):
        raise SimaError(f"claims.toml, {code}: missing or unknown: {', '.join(wrong)}.")
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


def read_design(entry: Mapping[str, Any]) -> Design:
    """Read what may be published of an indicator for one audience.

    Raises
    ------
    SimaError
        Naming the unknown keys.
    """
    known = {"finest", "periods", "sex", "age", "display", "delay_quarters"}
    if unknown := set(entry) - known:
        raise SimaError(f"unknown keys {', '.join(sorted(unknown))}")
    for key in ("finest", "sex", "age"):
        if key == "finest" or key in entry:
            _one_of(entry, key, LEVELS)
    for kind in entry["periods"]:
        _one_of({"periods": kind}, "periods", [each.value for each in PeriodKind])
    _one_of({"display": "number", **entry}, "display", [each.value for each in Display])
    return Design(
        levels=_down_to(LEVELS[entry["finest"]]),
        period_kinds=frozenset(PeriodKind(kind) for kind in entry["periods"]),
        sex_levels=_down_to(LEVELS[entry["sex"]] if "sex" in entry else None),
        age_levels=_down_to(LEVELS[entry["age"]] if "age" in entry else None),
        display=Display(entry.get("display", "number")),
        delay_quarters=int(entry.get("delay_quarters", 0)),
    )


def _one_of(entry: Mapping[str, Any], key: str, allowed: Iterable[str]) -> None:
    """Refuse a value that is not one of some; SimaError names the key and what it may be."""
    if entry.get(key) not in list(allowed):  # a list as value is no key of a set
        raise SimaError(f"{key}: {entry.get(key)!r} must be one of {', '.join(allowed)}")


def read_indicators(
    definitions: Mapping[str, Mapping[str, Any]],
    designs: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Mapping[str, Indicator]:
    """Build the indicators from the two tables, in the order of the first.

    Parameters
    ----------
    definitions
        ``indicators.toml``.
    designs
        ``[design]`` of ``policy.toml``: by indicator and audience.

    Raises
    ------
    SimaError
        Naming the entry that is wrong, or a design without an indicator.
    """
    if unknown := sorted(set(designs) - set(definitions)):
        raise SimaError(
            f"policy.toml, design: {', '.join(unknown)} is not an indicator of indicators.toml."
        )
    indicators = {}
    for code, entry in definitions.items():
        try:
            _one_of(entry, "class", [each.value for each in IndicatorClass])
            _one_of(entry, "aggregation", [each.value for each in Aggregation])
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
                    {Audience(name): read_design(d) for name, d in designs.get(code, {}).items()},
                ),
                most_per_person=_most_per_person(entry, designs.get(code, {})),
            )
        except (KeyError, ValueError, SimaError) as wrong:
            raise SimaError(f"indicators.toml or policy.toml, {code}: {wrong}") from wrong
    return MappingProxyType(indicators)


def _most_per_person(entry: Mapping[str, Any], designs: Mapping[str, Mapping[str, Any]]) -> int:
    most = entry.get("most_per_person", 1)
    if type(most) is not int or most < 1:  # True is an int, but not an amount
        raise SimaError("`most_per_person` must be a whole number of at least 1")
    if most > 1 and any(design.get("display") == Display.CLASS for design in designs.values()):
        raise SimaError("an amount cannot be shown as a class, because classes count people")
    return most


def texts(entry: Mapping[str, str]) -> Mapping[str, str]:
    """Return a text that must have every language of the project.

    Raises
    ------
    SimaError
        Naming the languages that are missing; the caller adds the place.
    """
    if missing := [each for each in project_files.languages() if not entry.get(each)]:
        raise SimaError(f"no text in {', '.join(missing)}")
    return MappingProxyType(dict(entry))


@project_files.remembered(project_files.ADDED, "indicators.toml", "policy.toml")
def load_indicators() -> Mapping[str, Indicator]:
    """Read ``indicators.toml`` and the designs of ``policy.toml``.

    Raises
    ------
    SimaError
        As `read_indicators`, or if a design shows more than the documented minimum.
    """
    definitions = project_files.read_table("indicators.toml")
    found = read_indicators(definitions, project_files.read_table("policy.toml")["design"])
    minimum.require_minimum()
    return found
