"""Finds the hotspots of a release: places with a rate clearly higher than effort explains.

Only figures that the reader of the release is shown are used. Partners' hotspots come from counts
that partners see; the public's come from bands of counts, and every band is an inequality in the
gate's audit (decision 14). A hotspot is frozen with its period.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from data.disclosure.frozen_periods import is_within
from data.model import UNBOUNDED, AdminLevel, AgeBand, Audience, Sex, Status
from data.reference import calendar
from data.reference.hotspot_policy import HotspotPolicy, HotspotRule, band_bounds
from geo.boundaries import METRIC_CRS
from geo.emerging import classify_emerging
from geo.hotspots import HotspotClass, Reason, find_hotspots
from geo.shrinkage import rate_interval
from geo.weights import Weights, points_inside, queen

HOTSPOT_COLUMNS = [
    "layer", "unit_code", "period", "hotspot_class", "reason", "ratio_low", "ratio_high",
    "history", "gi_star",
]  # fmt: skip
RUN_COLUMNS = [
    "layer", "period", "count_indicator", "exposure_indicator", "tested", "permutations",
    "parameters", "first_release",
]  # fmt: skip
BORDER_POINT = "border_point"
COARSE = "the counts are too coarse here"
_UNTOLD, _HIGHER = HotspotClass.TOO_LITTLE_DATA.value, HotspotClass.CLEARLY_HIGHER.value


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Hotspots of a release: ``table`` (`HOTSPOT_COLUMNS`), ``runs`` (`RUN_COLUMNS`)."""

    table: pd.DataFrame
    runs: pd.DataFrame


def no_hotspots() -> Found:
    """Return empty tables with the columns of hotspots."""
    return Found(pd.DataFrame(columns=HOTSPOT_COLUMNS), pd.DataFrame(columns=RUN_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class StudyArea:
    """Where hotspots may be.

    ``units`` as `Holdings.units`, of one day; ``sites`` as `Holdings.sites`. ``shapes``: index
    ``unit_code``; columns ``admin_level``, ``geometry``; the units of every level.
    """

    units: pd.DataFrame
    sites: pd.DataFrame
    shapes: gpd.GeoDataFrame


def with_bands(cells: pd.DataFrame, rule: HotspotRule | None) -> pd.DataFrame:
    """Return cells with ``band``: the band of the count, for the gate's audit.

    Every cell on which a class may rest has one, also if no class will be published because there
    is no exposure or no neighbour. Other cells have an empty band.
    """
    if rule is None or not len(cells):
        return cells.assign(band="")
    mine = _of(cells, rule.count, rule) & cells["value"].notna()
    bands = [
        rule.band(int(value)) if chosen else ""
        for value, chosen in zip(cells["value"], mine, strict=True)
    ]
    return cells.assign(band=pd.Series(bands, index=cells.index, dtype=object))


def release_hotspots(
    shown: pd.DataFrame,
    *,
    fresh: pd.DataFrame,
    before: Found,
    audience: Audience,
    policy: HotspotPolicy | None,
    area: StudyArea,
    number: int,
    restates: str | None,
) -> Found:
    """Return the hotspots of a release.

    Parameters
    ----------
    shown
        Every cell of the release as it is shown, with ``band`` as `with_bands`; the band of a
        hidden cell is not used.
    fresh
        Cells that are released for the first time: ``indicator``, ``period``.
    before
        The hotspots of the release before. Those of periods that are not restated are kept.
    number
        Number of the release.
    restates
        Code of the year that is restated; None if there is none.

    Returns
    -------
    The kept and the new hotspots. A period gets hotspots if both count and exposure have cells. In
    a public release it must be released for the first time, because its bands are audited with it.
    """
    old = _kept(before, restates)
    rule = policy.rules.get(audience) if policy else None
    if policy is None or rule is None:
        return old
    counts, exposures = _counts(shown, rule), _exposures(shown, rule)
    released = set(fresh.loc[fresh["indicator"].eq(rule.count), "period"])
    periods = [
        code
        for code in _periods_with_both(counts, exposures)
        if code not in set(old.runs["period"])
        and (code in released or audience is Audience.PARTNER)
    ]
    if not periods:
        return old
    found = old
    for layer, around, tell in _layers(shown, rule, area):
        for period in periods:
            told = _of_period(tell(counts, period), tell(exposures, period), around.points.index)
            table, tested, draws = _classified(told, around.of(told, policy), policy)
            table = table.assign(layer=layer, period=period).reset_index(names="unit_code")
            table = table.assign(history=_history(table, found.table, policy))
            if audience is Audience.PUBLIC:
                # A reason would tell silence from a small count, and Gi* would disclose a number.
                table = table.assign(reason=None, gi_star=math.nan)
            elif layer != BORDER_POINT:
                table = table.assign(reason=_unmeasured(table, shown, period, rule))
            run = (
                layer, period, rule.count, rule.exposure, tested, draws, _written(policy), number,
            )  # fmt: skip
            found = Found(
                _joined(found.table, table[HOTSPOT_COLUMNS]),
                _joined(found.runs, pd.DataFrame([run], columns=RUN_COLUMNS)),
            )
    return found


def _periods_with_both(counts: pd.DataFrame, exposures: pd.DataFrame) -> list[str]:
    """Return the codes of periods with a count and an exposure, the earliest first."""
    both = set(counts["period"]) & set(exposures["period"])
    return sorted(both, key=lambda code: (calendar.parse_period(code).start, code))


def _unmeasured(
    table: pd.DataFrame, shown: pd.DataFrame, period: str, rule: HotspotRule
) -> pd.Series:
    """Return the reasons; "no exposure" where only others than booths found cases."""
    mine = shown["indicator"].isin(rule.elsewhere) & shown["status"].eq(Status.PUBLISHED.value)
    found = shown.loc[mine & shown["period"].eq(period), "unit_code"]
    # Hidden figures count too, in any part of the period: a hidden exposure is not missing.
    kept = shown["status"].isin([Status.PUBLISHED.value, Status.SUPPRESSED.value])
    inside = {code for code in shown["period"].unique() if is_within(code, period)}
    exposure = _whole(shown, rule.exposure, rule) & kept & shown["period"].isin(inside)
    measured = set(shown.loc[exposure, "unit_code"])
    unit, no_figure = table["unit_code"], table["reason"].eq(Reason.NO_FIGURE.value)
    lacking = no_figure & unit.isin(found) & ~unit.isin(measured)
    return table["reason"].mask(lacking, Reason.NO_EXPOSURE.value)


def _joined(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([old, new], ignore_index=True) if len(old) else new


def _kept(before: Found, restates: str | None) -> Found:
    if restates is None:
        return before
    table, runs = (
        frame.loc[np.array([not is_within(code, restates) for code in frame["period"]], dtype=bool)]
        for frame in (before.table, before.runs)
    )
    return Found(table.reset_index(drop=True), runs.reset_index(drop=True))


def _of(cells: pd.DataFrame, indicator: str, rule: HotspotRule) -> pd.Series:
    """Return which cells are totals of an indicator at the rule's level and length of period."""
    kinds = {code: calendar.parse_period(code).kind for code in cells["period"].unique()}
    return _whole(cells, indicator, rule) & cells["period"].map(kinds).eq(rule.period)


def _whole(cells: pd.DataFrame, indicator: str, rule: HotspotRule) -> pd.Series:
    return (
        cells["indicator"].eq(indicator)
        & cells["admin_level"].eq(int(rule.level))
        & cells["sex"].eq(Sex.ALL.value)
        & cells["age_band"].eq(AgeBand.ALL.value)
    )


def _counts(shown: pd.DataFrame, rule: HotspotRule) -> pd.DataFrame:
    """Return ``unit_code``, ``period``, ``least``, ``most``: the audience's bounds of a count."""
    mine = shown[_of(shown, rule.count, rule)]
    public = mine["status"].eq(Status.PUBLISHED.value)
    if rule.edges:
        bands = mine["band"].where(public & mine["band"].ne(""))
        ends: list[tuple[float, float]] = [
            band_bounds(b) if isinstance(b, str) else (math.nan, math.nan) for b in bands
        ]
    else:
        value = mine["value"].where(public).astype("Float64").to_numpy(float, na_value=np.nan)
        ends = [(each, each) for each in value.tolist()]
    least, most = np.array(ends, dtype=float).reshape(-1, 2).T
    return mine[["unit_code", "period"]].assign(least=least, most=most)


def _exposures(shown: pd.DataFrame, rule: HotspotRule) -> pd.DataFrame:
    """Return ``unit_code``, ``period``, ``exposure`` in the rule's length of period.

    A period without a cell of its own has the sum of its parts if each part is shown.
    """
    mine = shown[_whole(shown, rule.exposure, rule)]
    value = mine["value"].where(mine["status"].eq(Status.PUBLISHED.value)).astype("Float64")
    mine = mine[["unit_code", "period"]].assign(exposure=value.to_numpy(float, na_value=np.nan))
    parsed = {code: calendar.parse_period(code) for code in mine["period"].unique()}
    whole: dict[str, tuple[str, int]] = {}  # period to what it is a part of, and into how many
    for code, period in parsed.items():
        above = [period, *calendar.parents(period)]
        target = next((each for each in above if each.kind is rule.period), None)
        if target is not None:
            parts = 1 if target == period else len(calendar.parts(target, period.kind))
            whole[code] = (target.code, parts)
    known = mine[mine["period"].isin(list(whole))]
    known = known.assign(
        target=[whole[code][0] for code in known["period"]],
        parts=[whole[code][1] for code in known["period"]],
    )
    groups = known.groupby(["unit_code", "target", "parts"])["exposure"]
    # A part that is not shown leaves the whole unknown.
    summed = pd.DataFrame({"exposure": groups.agg(_all_of_it), "given": groups.size()})
    summed = summed.reset_index().sort_values("parts", kind="stable")
    complete = summed["given"].eq(summed["parts"])
    summed = summed.assign(exposure=summed["exposure"].where(complete))
    summed = summed.drop_duplicates(["unit_code", "target"]).rename(columns={"target": "period"})
    return summed[["unit_code", "period", "exposure"]]


def _all_of_it(parts: pd.Series) -> float:
    return float(parts.sum(skipna=False))


@dataclass(frozen=True, slots=True, eq=False)
class _Neighbourhood:
    """Which units touch, and a point in every unit in metres, by unit code."""

    touching: Weights
    points: pd.DataFrame

    def of(self, told: pd.DataFrame, policy: HotspotPolicy) -> Weights:
        """Return the neighbours among units with count and exposure.

        A unit without such a neighbour gets the nearest ones. Most border palikas have no booth, so
        a neighbour without figures does not count.
        """
        known = told.index[told[["count", "exposure"]].notna().all(axis=1)]
        near = self.touching.subset(known)
        if not len(near):
            return near
        return near.with_nearest(self.points, nearest=policy.nearest, within_m=policy.within_m)


_Tell = Callable[[pd.DataFrame, str], pd.DataFrame]
_Layer = tuple[str, _Neighbourhood, _Tell]


def _layers(shown: pd.DataFrame, rule: HotspotRule, area: StudyArea) -> list[_Layer]:
    """Return the layers: name, units with their neighbours, and how a unit gets its figures."""
    level = area.units["admin_level"].eq(int(rule.level))
    flag = "touches_border" if rule.level is AdminLevel.PALIKA else "border_district"
    with_cells = shown.loc[
        shown["admin_level"].eq(int(rule.level))
        & shown["indicator"].isin([rule.count, rule.exposure, *rule.elsewhere]),
        "unit_code",
    ]
    chosen = level & (area.units[flag].astype(bool) | area.units.index.isin(with_cells))
    units = pd.Index(sorted(area.units.index[chosen]), dtype=object)
    known = area.shapes[area.shapes["admin_level"].eq(int(rule.level))]
    shapes = gpd.GeoSeries(known.geometry.reindex(units), index=units, crs=area.shapes.crs)
    layers: list[_Layer] = [
        (rule.level.name.lower(), _Neighbourhood(queen(shapes), points_inside(shapes)), _as_is)
    ]
    if rule.level is AdminLevel.PALIKA and len(area.sites):
        layers.append(_border_points(area.sites))
    return layers


def _as_is(frame: pd.DataFrame, period: str) -> pd.DataFrame:
    return frame[frame["period"].eq(period)].set_index("unit_code").drop(columns="period")


def _border_points(sites: pd.DataFrame) -> _Layer:
    """Return the layer of border points.

    A border point has the figures of the palikas whose booths are all at that point. No figure is
    released by border point, so a palika with booths at two points counts for neither.
    """
    of_palika = sites.groupby("palika_code")["border_point"].unique()
    alone = {str(palika): str(p[0]) for palika, p in of_palika.items() if len(p) == 1}
    shared = {str(point) for points in of_palika for point in points if len(points) > 1}
    codes = pd.Index(sorted(sites["border_point"].astype(str).unique()), dtype=object)
    middle = sites.groupby("border_point")[["lon", "lat"]].mean().loc[list(codes)]
    flat = gpd.GeoSeries(
        gpd.points_from_xy(middle["lon"], middle["lat"]), index=codes, crs="EPSG:4326"
    ).to_crs(METRIC_CRS)
    points = pd.DataFrame({"x": flat.x, "y": flat.y}, index=codes)

    def tell(frame: pd.DataFrame, period: str) -> pd.DataFrame:
        mine = _as_is(frame, period)
        point = pd.Series(mine.index, index=mine.index).map(alone)
        mine = mine[point.notna() & ~point.isin(list(shared))]
        return mine.groupby(point.reindex(mine.index)).agg(_all_of_it).rename_axis("unit_code")

    return BORDER_POINT, _Neighbourhood(Weights.from_pairs(codes, []), points), tell


def _of_period(counts: pd.DataFrame, exposures: pd.DataFrame, units: pd.Index) -> pd.DataFrame:
    """Return counts and exposures of the units of a layer; NaN if the reader is shown none."""
    frame = counts.reindex(units).join(exposures.reindex(units))
    # The geometric middle of a band, as rates are compared as ratios; its start if it is open.
    most = frame["most"].where(frame["most"] < UNBOUNDED, frame["least"])
    middle = np.sqrt(frame["least"] * most).round()
    return frame.assign(count=middle)


def _classified(
    cases: pd.DataFrame, near: Weights, policy: HotspotPolicy
) -> tuple[pd.DataFrame, int, int]:
    """Return the classes of one period's units, the number of tests, and of permutations."""
    found = find_hotspots(cases[["count", "exposure"]], near, policy.parameters)
    table = found.table.rename(columns={"class": "hotspot_class"})
    low, high = _ratios(cases, found.overall, policy)
    # The class of a band must hold wherever in the band the count is.
    least = cases["least"] / cases["exposure"].where(cases["exposure"] > 0)
    lost = table["hotspot_class"].eq(_HIGHER) & ~(least > found.overall)
    table = table.assign(
        hotspot_class=table["hotspot_class"].mask(lost, _UNTOLD),
        reason=table["reason"].mask(lost, COARSE),
    )
    untold = table["hotspot_class"].eq(_UNTOLD)
    made = pd.DataFrame(
        {
            "hotspot_class": table["hotspot_class"],
            "reason": table["reason"].astype(object).where(untold, None),
            "ratio_low": low.mask(untold),
            "ratio_high": high.mask(untold),
            "gi_star": table["gi_star"].mask(untold),
        }
    )
    return made, found.tested, found.permutations


def _ratios(
    cases: pd.DataFrame, overall: float, policy: HotspotPolicy
) -> tuple[pd.Series, pd.Series]:
    """Return the intervals of the units' rates, widened to the policy's edges; NaN is open."""
    confidence = policy.parameters.confidence
    ends = []
    for name, side in (("least", "lower"), ("most", "upper")):
        count = cases[name].where(cases[name] < UNBOUNDED)
        figures = cases[["exposure"]].assign(count=count)
        ends.append(rate_interval(figures, confidence=confidence)[side] / (overall or math.nan))
    edges = np.array(policy.ratios)
    low = np.searchsorted(edges, ends[0].fillna(0).to_numpy(), side="right") - 1
    at = np.searchsorted(edges, ends[1].fillna(math.inf).to_numpy(), side="left")
    high = np.append(edges, math.nan)[at]
    return pd.Series(edges[low], index=cases.index), pd.Series(high, index=cases.index)


def _history(table: pd.DataFrame, before: pd.DataFrame, policy: HotspotPolicy) -> pd.Series:
    """Return the history of each unit up to a period, over the last periods of its calendar."""
    now = str(table["period"].iloc[0]) if len(table) else ""
    if not now:
        return pd.Series(dtype=object)
    this = calendar.parse_period(now)
    same = before[before["layer"].eq(table["layer"].iloc[0])]
    earlier = [
        each
        for each in map(calendar.parse_period, same["period"].unique())
        if each.calendar is this.calendar and each.kind is this.kind and each.start < this.start
    ]
    earlier = sorted(earlier, key=lambda each: each.start)[-(policy.periods - 1) :]
    codes = [each.code for each in earlier]
    every = _joined(same[same["period"].isin(codes)], table)

    by_period = {
        str(code): each.set_index("unit_code") for code, each in every.groupby("period", sort=False)
    }

    def laid_out(name: str) -> pd.DataFrame:
        columns = {code: by_period[code][name].reindex(table["unit_code"]) for code in by_period}
        return pd.DataFrame(columns)[[*codes, now]]

    classes = laid_out("hotspot_class").astype(object)
    figures = laid_out("gi_star").astype(float)
    named = classify_emerging(
        classes.where(classes.notna(), _UNTOLD),
        figures,
        alpha=policy.parameters.alpha,
        least_periods=policy.least_periods,
    )
    return pd.Series(named["emerging"].to_numpy(), index=table.index).astype(object)


def _written(policy: HotspotPolicy) -> str:
    more: Mapping[str, object] = {
        "nearest": policy.nearest,
        "within_m": policy.within_m,
        "periods": policy.periods,
        "least_periods": policy.least_periods,
        "ratios": list(policy.ratios),
    }
    return json.dumps({**asdict(policy.parameters), **more}, sort_keys=True)
