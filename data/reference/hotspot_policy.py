"""The policy for hotspots: who sees what, and how they are computed (``policy.toml``)."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from data.model import UNBOUNDED, AdminLevel, Audience, PeriodKind, SimaError
from geo.hotspots import Parameters

_LEVELS = {level.name.lower(): level for level in AdminLevel}
_KINDS = tuple(PeriodKind)  # the shortest first
_RULE = {"count", "exposure", "elsewhere", "level", "period", "bands"}


@dataclass(frozen=True, slots=True)
class HotspotRule:
    """What one audience sees of hotspots.

    ``count`` and ``exposure`` are indicators; ``level`` and ``period`` are those of the classes.
    ``edges`` are the upper edges of the bands to which counts are coarsened before anything is
    computed, empty where the audience sees the counts themselves. ``least`` is the lower edge of
    the first band. ``elsewhere`` are indicators of the same event, reported where nobody counts
    the exposure.
    """

    count: str
    exposure: str
    level: AdminLevel
    period: PeriodKind
    least: int = 0
    edges: tuple[int, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def band(self, count: int) -> str:
        """Return the band of a count as ``least-most``.

        The last band is open (``least-``). A count below the first band has none: the empty string.
        """
        if not self.edges or count < self.least:
            return ""
        low = self.least
        for edge in self.edges:
            if count <= edge:
                return f"{low}-{edge}"
            low = edge + 1
        return f"{low}-"


def band_bounds(band: object) -> tuple[int, int]:
    """Return the least and greatest count of a band.

    Without a band they are 0 and `UNBOUNDED`, which is what is known of any count.
    """
    if not isinstance(band, str) or not band:
        return 0, UNBOUNDED
    low, high = band.split("-")
    return int(low), int(high) if high else UNBOUNDED


@dataclass(frozen=True, slots=True)
class HotspotPolicy:
    """The policy for hotspots of one version.

    ``rules`` are by audience; ``parameters`` are those of the tests. A unit that touches no other
    gets the ``nearest`` units within ``within_m`` metres as neighbours. A history has ``periods``
    periods, at least ``least_periods`` of them with data. ``ratios`` are the edges to which an
    interval is widened, as multiples of the rate of all units together.
    """

    rules: Mapping[Audience, HotspotRule]
    parameters: Parameters
    nearest: int
    within_m: float
    periods: int
    least_periods: int
    ratios: tuple[float, ...]


def read_hotspot_policy(
    table: Mapping[str, Any],
    designs: Mapping[str, Mapping[str, Mapping[str, Any]]],
    widths: Mapping[Audience, int],
) -> HotspotPolicy:
    """Read the table ``[hotspots]``.

    Parameters
    ----------
    table
        ``[hotspots]`` of ``policy.toml``.
    designs
        ``[design]``: by indicator and audience.
    widths
        By audience, the number of people by which a suppressed count must stay uncertain.

    Raises
    ------
    SimaError
        Naming what is missing, invalid, or would show more than the designs allow.
    """
    try:
        rules = {
            audience: _rule(audience, table[audience.value], designs, widths[audience])
            for audience in Audience
            if audience.value in table
        }
        return HotspotPolicy(
            rules=MappingProxyType(rules),
            parameters=Parameters(
                alpha=float(table["q"]),
                permutations=int(table["permutations"]),
                simulations=int(table["simulations"]),
                seed=int(table["seed"]),
                least_tested=float(table["least_tested"]),
                least_told=float(table["least_told"]),
                most_share=float(table["scan_share"]),
                most_units=int(table["scan_units"]),
                confidence=float(table["confidence"]),
            ),
            nearest=_at_least(1, table, "nearest"),
            within_m=float(table["within_km"]) * 1000,
            periods=_at_least(2, table, "periods"),
            least_periods=_at_least(2, table, "least_periods"),
            ratios=_rising(table["ratios"]),
        )
    except KeyError as missing:
        raise SimaError(f"policy.toml, hotspots: {missing} is missing.") from missing
    except ValueError as wrong:
        raise SimaError(f"policy.toml, hotspots: {wrong}.") from wrong


def _at_least(least: int, table: Mapping[str, Any], name: str) -> int:
    if int(table[name]) < least:
        raise ValueError(f"{name} must be {least} or more")
    return int(table[name])


def _rising(edges: list[float]) -> tuple[float, ...]:
    if not edges or edges[0] != 0 or any(b <= a for a, b in itertools.pairwise(edges)):
        raise ValueError("ratios must rise from 0")
    return tuple(float(edge) for edge in edges)


def _rule(
    audience: Audience,
    entry: Mapping[str, Any],
    designs: Mapping[str, Mapping[str, Mapping[str, Any]]],
    width: int,
) -> HotspotRule:
    if unknown := set(entry) - _RULE:
        raise ValueError(f"{audience}: unknown keys {', '.join(sorted(unknown))}")
    rule = HotspotRule(
        count=entry["count"],
        exposure=entry["exposure"],
        level=_LEVELS[entry["level"]],
        period=PeriodKind(entry["period"]),
        least=width,
        edges=tuple(int(edge) for edge in entry.get("bands", ())),
        elsewhere=tuple(entry.get("elsewhere", ())),
    )
    for code in rule.elsewhere:
        if designs.get(code, {}).get(audience.value) is None:
            raise ValueError(f"{audience}: {code} has no design for this audience")
    count, exposure = (
        designs.get(code, {}).get(audience.value) for code in (rule.count, rule.exposure)
    )
    for code, design in ((rule.count, count), (rule.exposure, exposure)):
        if design is None:
            raise ValueError(f"{audience}: {code} has no design for this audience")
        if rule.level > _LEVELS[design["finest"]]:
            raise ValueError(
                f"{audience}: {code} is released only at a level coarser than {entry['level']}"
            )
    if count is None or rule.period.value not in count["periods"]:
        raise ValueError(f"{audience}: {rule.count} is not released by {rule.period}")
    if exposure is None or exposure.get("display", "number") != "number":
        raise ValueError(f"{audience}: {rule.exposure} is not shown to this audience as a number")
    if audience is Audience.PUBLIC:
        _require_public(rule, count, width)
    return rule


def _require_public(rule: HotspotRule, count: Mapping[str, Any], width: int) -> None:
    """Refuse what would disclose more to the public than docs/disclosure.md promises."""
    if rule.level > AdminLevel.DISTRICT:
        raise ValueError("public: the level must be district or coarser")
    if int(count.get("delay_quarters", 0)) < 1:
        raise ValueError("public: the delay must be at least one full quarter")
    if not rule.edges:
        raise ValueError("public: bands are missing; counts must be coarsened first")
    low = rule.least
    for edge in rule.edges:
        if edge - low < width:
            raise ValueError(f"public: the band up to {edge} must be at least {width} wide")
        low = edge + 1


def list_weakened_hotspot_rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the rules on hotspots that protect less than in an earlier policy.

    Parameters
    ----------
    before, after
        The two policies as tables (``policy.toml``).

    Returns
    -------
    Names such as ``hotspots.public``; empty where nothing is weaker.
    """
    old, new = before.get("hotspots", {}), after.get("hotspots", {})
    less = []
    for audience in Audience:
        was, now = old.get(audience.value), new.get(audience.value)
        if now is None or now == was:
            continue
        if was is None or _shows_more(was, now):
            less.append(f"hotspots.{audience}")
    if set(new.get("ratios", [])) - set(old.get("ratios", new.get("ratios", []))):
        less.append("hotspots.ratios")
    return less


def _shows_more(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return bool(
        (was["count"], was["exposure"]) != (now["count"], now["exposure"])
        or _LEVELS[now["level"]] > _LEVELS[was["level"]]
        or _KINDS.index(PeriodKind(now["period"])) < _KINDS.index(PeriodKind(was["period"]))
        or set(now.get("bands", ())) - set(was.get("bands", ()))
        or (was.get("bands") and not now.get("bands"))
    )
