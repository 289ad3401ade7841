"""Hotspots: units whose rate is clearly higher than elsewhere.

Empirical Bayes rates (`geo.shrinkage`) are tested by Getis-Ord Gi* with permutations and a
controlled false-discovery rate (`geo.permutation`), and confirmed by a spatial scan (`geo.scan`).
docs/hotspots.md describes the method and its limits.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.permutation import benjamini_hochberg, gi_star, permutation_p
from geo.scan import Cluster, find_clusters
from geo.shrinkage import empirical_bayes, rate, rate_interval
from geo.weights import Weights

# PySAL's esda (2.9.0) is not used: one missing value makes every z missing, values in another order
# than the weights are accepted, units without neighbours are tested against themselves, zeros and
# constants are significant, and its first use takes half a minute. `tests/bench/hotspots.py`
# compares it. The reference values of EBest and Gi* in the tests are those of spdep.
_ROUND = 10_000  # draws
_WEAK = "tested, but can only be found to be a hotspot"
_SAME = 1e-12  # share of the largest rate; rates closer than this do not differ


class HotspotClass(StrEnum):
    """Result of a unit."""

    CLEARLY_HIGHER = "clearly higher"
    NOT_DIFFERENT = "not different"
    TOO_LITTLE_DATA = "too little data"


class Reason(StrEnum):
    """Reason for `HotspotClass.TOO_LITTLE_DATA`."""

    NO_FIGURE = "no figure"
    NO_EXPOSURE = "no exposure"
    NO_NEIGHBOUR = "no neighbour with a rate"
    NOTHING_VARIES = "the rates do not differ"
    SMALL_MAP = "too few units with a rate"
    FEW_EXPECTED = "too few cases expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Parameters of `find_hotspots`; they are stored with the result.

    Attributes
    ----------
    alpha
        False-discovery rate over the tested units, and largest p value of a scan cluster.
    permutations
        Least number of draws of the permutation test.
    simulations
        Number of simulated maps of the scan.
    seed
        Seed of both.
    least_tested
        Least number of cases that must be expected in a unit, at the rate of the whole map, for it
        to be tested.
    least_told
        Least number of cases that must be expected in a unit for it to be called not different.
        Below 5, the test would miss a doubled rate more often than not.
    most_share
        Largest window of the scan, as a share of all exposure.
    most_units
        Largest window of the scan, in units.
    confidence
        Confidence of the rates' intervals, for example 0.95.

    Raises
    ------
    ValueError
        If a value is outside its range.
    """

    alpha: float
    permutations: int
    simulations: int
    seed: int
    least_tested: float
    least_told: float
    most_share: float
    most_units: int
    confidence: float

    def __post_init__(self) -> None:
        """Raise ValueError if a value is outside its range."""
        for name in ("alpha", "most_share", "confidence"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)}")
        for name in ("permutations", "simulations", "most_units"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if not 0 < self.least_tested <= self.least_told:
            raise ValueError("least_tested must be above 0 and not above least_told")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more, not {self.seed}")


@dataclass(frozen=True, slots=True)
class Hotspots:
    """Result of `find_hotspots`.

    Attributes
    ----------
    table
        Frame on the index of the cases. ``rate`` and ``eb_rate``: raw and shrunken rate, in cases
        per unit of exposure. ``lower`` and ``upper``: interval of the raw rate. ``gi_star``: z
        value. ``p`` and ``q``: p value, raw and adjusted. ``significant`` and ``confirmed``:
        boolean. ``class``: `HotspotClass`. ``reason``: `Reason`, empty for other classes than too
        little data. Numbers are NaN if there is none.
    clusters
        Clusters of the scan, the likeliest first.
    overall
        Rate of all units with a rate together; NaN if there are none.
    tested
        Number of tests over which the false-discovery rate is controlled.
    permutations
        Number of draws made. It is larger than asked for if so many tests need a finer p value.
    parameters
        The parameters.
    """

    table: pd.DataFrame
    clusters: tuple[Cluster, ...]
    overall: float
    tested: int
    permutations: int
    parameters: Parameters


def find_hotspots(cases: pd.DataFrame, weights: Weights, parameters: Parameters) -> Hotspots:
    """Find the units whose rate is clearly higher than that of the whole map.

    A unit is clearly higher if its neighbourhood is significant after the adjustment, a cluster of
    the scan contains it, and its shrunken rate is above the rate of the whole map.

    Parameters
    ----------
    cases
        ``count`` (whole, 0 or more) and ``exposure`` (0 or more) of one period, by unit code; NaN
        is missing.
    weights
        Neighbours. Units that are not among the cases are ignored; units that are not among the
        weights are isolates. A unit without a rate is nobody's neighbour.
    parameters
        Parameters of the tests.

    Returns
    -------
    The result. Units with missing, constant or too small figures have too little data.

    Raises
    ------
    ValueError
        If a unit is listed twice, or has a count that is not whole, or a negative figure.
    """
    _check(cases)
    limits = rate_interval(cases, confidence=parameters.confidence)
    table = pd.concat([rate(cases), empirical_bayes(cases), limits], axis=1)
    known = cases.loc[table["rate"].notna(), ["count", "exposure"]].astype(float)
    effort = float(known["exposure"].sum())
    overall = float(known["count"].sum()) / effort if effort else math.nan
    near = weights.subset(known.index)
    near = near.subset(near.units.difference(near.isolates))
    reason = _reasons(cases, table["rate"], near, overall, parameters)
    tested = table.index[reason.isin(["", _WEAK])]
    evidence, clusters, draws = _evidence(known, table["eb_rate"], near, tested, parameters)
    table = table.join(evidence)
    hot = table["significant"] & table["confirmed"] & (table["eb_rate"] > overall)
    reason = reason.replace(_WEAK, str(Reason.FEW_EXPECTED)).where(~hot, "")
    table["class"] = np.select(
        [hot, reason != ""],
        [str(HotspotClass.CLEARLY_HIGHER), str(HotspotClass.TOO_LITTLE_DATA)],
        str(HotspotClass.NOT_DIFFERENT),
    )
    table["reason"] = reason
    return Hotspots(table, tuple(clusters), overall, len(tested), draws, parameters)


def _evidence(
    known: pd.DataFrame, eb_rate: pd.Series, near: Weights, tested: pd.Index, wanted: Parameters
) -> tuple[pd.DataFrame, list[Cluster], int]:
    """Return the columns from ``gi_star`` to ``confirmed``, the clusters, and the number of draws.

    The globally shrunken rates are tested. Locally shrunken rates of neighbours are alike by
    construction.
    """
    index = eb_rate.index
    found = pd.DataFrame({"gi_star": gi_star(eb_rate, near).reindex(index)})
    draws = _enough(len(tested), wanted)
    p = pd.Series(dtype=float)
    clusters: list[Cluster] = []
    if len(tested):
        p = permutation_p(eb_rate, near, permutations=draws, seed=wanted.seed).loc[tested]
        clusters = find_clusters(
            known.loc[near.units],
            near,
            most_share=wanted.most_share,
            most_units=wanted.most_units,
            simulations=wanted.simulations,
            alpha=wanted.alpha,
            seed=wanted.seed,
        )
    found["p"] = p.reindex(index)
    found["q"] = benjamini_hochberg(found["p"])
    found["significant"] = found["q"] <= wanted.alpha
    found["confirmed"] = index.isin([unit for one in clusters for unit in one.units])
    return found, clusters, draws


def _check(cases: pd.DataFrame) -> None:
    if not cases.index.is_unique:
        raise ValueError(f"unit {cases.index[cases.index.duplicated()][0]!r} is listed twice")
    count = cases["count"].to_numpy(dtype=float, na_value=np.nan)
    broken = np.isfinite(count) & (count != np.floor(count))
    if broken.any():
        raise ValueError(f"the count of {cases.index[broken][0]!r} is not whole")


def _reasons(
    cases: pd.DataFrame, rates: pd.Series, near: Weights, overall: float, wanted: Parameters
) -> pd.Series:
    """Return the first reason for too little data of each unit, empty if it has enough."""
    index = rates.index
    figures = cases[["count", "exposure"]].notna().all(axis=1)
    expected = cases["exposure"].astype(float) * overall
    some = rates.dropna()
    same = some.empty or some.max() - some.min() <= _SAME * some.max()
    size = pd.Series(near.counts + 1, index=near.units).reindex(index)
    wide = pd.Series([_room(len(near), m, wanted.alpha) for m in size], index=index, dtype=bool)
    tests: list[tuple[npt.NDArray[np.bool_], str]] = [
        ((~figures).to_numpy(), Reason.NO_FIGURE),
        (rates.isna().to_numpy(), Reason.NO_EXPOSURE),
        (size.isna().to_numpy(), Reason.NO_NEIGHBOUR),
        (np.full(len(index), same), Reason.NOTHING_VARIES),
        ((~wide).to_numpy(), Reason.SMALL_MAP),
        ((expected < wanted.least_tested).to_numpy(), Reason.FEW_EXPECTED),
        ((expected < wanted.least_told).to_numpy(), _WEAK),
    ]
    chosen = np.select([test for test, _ in tests], [str(reason) for _, reason in tests], "")
    return pd.Series(chosen, index=index, dtype="str")


def _enough(tests: int, wanted: Parameters) -> int:
    """Return the number of draws with which the least p value can pass the adjustment alone.

    With 999 draws nothing can be found among 2,700 tests, and with 9,999 no single hotspot among
    6,743.
    """
    least = math.ceil(tests / wanted.alpha)
    rounded = math.ceil(least / _ROUND) * _ROUND - 1
    return wanted.permutations if wanted.permutations + 1 >= least else rounded


def _room(units: int, size: float, alpha: float) -> bool:
    """Return whether a neighbourhood of this size can be significant at all.

    If it has the highest values of the map, its p value is about 1 in the number of ways to choose
    so many units. That must pass the adjustment when all its units are found with it.
    """
    if math.isnan(size):
        return False
    m = int(size)
    ways = math.lgamma(units + 1) - math.lgamma(m + 1) - math.lgamma(units - m + 1)
    return -ways <= math.log(alpha * m / units)
