"""Where a rate is clearly higher than elsewhere, where it is not, and where we cannot tell.

Empirical Bayes rates (`geo.shrinkage`), Getis-Ord Gi* with a permutation test and a controlled
false-discovery rate (`geo.permutation`), confirmed by a scan (`geo.scan`). See docs/hotspots.md.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.permutation import benjamini_hochberg, gi_star, permutation_p
from geo.scan import Cluster, scan
from geo.shrinkage import empirical_bayes, interval, rate
from geo.weights import Weights

# PySAL's esda (2.9.0) is left out of the test, and `tests/bench/hotspots.py` runs beside it: one
# missing value makes every z missing, values in another order than the weights are taken as they
# come, what has no neighbour is tested against itself, zeros and constants read as significant, and
# its first use costs half a minute. spdep's figures for EBest and Gi* are the reference in tests.
_ROUND = 10_000  # draws
_WEAK = "tested, but only a hotspot could be told"
_SAME = 1e-12  # of the largest rate: rates closer than this do not differ


class HotspotClass(StrEnum):
    """What can be said of a unit."""

    CLEARLY_HIGHER = "clearly higher"
    NOT_DIFFERENT = "not different"
    TOO_LITTLE_DATA = "too little data"


class Reason(StrEnum):
    """Why there is too little data."""

    NO_FIGURE = "no figure"
    NO_EXPOSURE = "no exposure"
    NO_NEIGHBOUR = "no neighbour with a rate"
    NOTHING_VARIES = "the rates do not differ"
    SMALL_MAP = "too few units with a rate"
    FEW_EXPECTED = "too few cases expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What decides about a hotspot; it is kept with the result.

    Attributes
    ----------
    alpha
        False-discovery rate over the tested units, and largest p of a scan cluster.
    permutations, simulations
        Draws of the permutation test, at least, and of the scan.
    seed
        Of both.
    least_tested
        A unit with fewer expected cases at the rate of the whole map is not tested.
    least_told
        With fewer, it is not said of a unit that it is not different: a doubling would be missed
        more often than not below 5.
    most_share, most_units
        Largest window of the scan, in exposure and in units.
    confidence
        Of the intervals.
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
        """Refuse what cannot be meant.

        Raises
        ------
        ValueError
        """
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
    """What was found.

    Attributes
    ----------
    table
        On the index of the cases: ``rate``, ``eb_rate``, ``lower``, ``upper`` (of the rate),
        ``gi_star``, ``p``, ``q`` (adjusted), ``significant``, ``confirmed``, ``class``, ``reason``.
        Figures are NaN where there are none, ``reason`` is empty but for too little data.
    clusters
        Of the scan, the likeliest first.
    overall
        Rate of all units with a rate together, NaN where there is none.
    tested
        Number of tests among which the false discoveries are controlled.
    permutations
        Draws made: more than asked for where so many tests need a finer p.
    parameters
        As given.
    """

    table: pd.DataFrame
    clusters: tuple[Cluster, ...]
    overall: float
    tested: int
    permutations: int
    parameters: Parameters


def hotspots(cases: pd.DataFrame, weights: Weights, parameters: Parameters) -> Hotspots:
    """Say of each unit whether its rate is clearly higher, as far as that can be told.

    A unit is clearly higher where its neighbourhood is significant after the adjustment, a cluster
    of the scan confirms it, and its own rate is above that of the whole map.

    Parameters
    ----------
    cases
        ``count`` (whole, 0 or more) and ``exposure`` (0 or more), by unit code; NaN is missing. All
        of one period.
    weights
        Neighbours. Units that are not among the cases are passed over; units that are not among the
        weights are isolates. Neighbours without a rate do not count as neighbours.
    parameters
        See there.

    Raises
    ------
    ValueError
        Where a unit is listed twice, or has a count that is not whole, or a negative figure.
        Whatever else is missing, empty, constant or too small is too little data.
    """
    _check(cases)
    limits = interval(cases, confidence=parameters.confidence)
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
    """Test the units; give the columns from ``gi_star`` to ``confirmed``, the clusters, the draws.

    The rates are the globally shrunken ones: local ones would be alike by construction.
    """
    index = eb_rate.index
    found = pd.DataFrame({"gi_star": gi_star(eb_rate, near).reindex(index)})
    draws = _enough(len(tested), wanted)
    p = pd.Series(dtype=float)
    clusters: list[Cluster] = []
    if len(tested):
        p = permutation_p(eb_rate, near, permutations=draws, seed=wanted.seed).loc[tested]
        clusters = scan(
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
    """Say why a unit cannot be told, the first reason that holds; empty where it can."""
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
    """Draw so many that the smallest p can pass the adjustment on its own.

    999 draws cannot find anything among 2,700 tests, nor 9,999 a lone hotspot among 6,743.
    """
    least = math.ceil(tests / wanted.alpha)
    rounded = math.ceil(least / _ROUND) * _ROUND - 1
    return wanted.permutations if wanted.permutations + 1 >= least else rounded


def _room(units: int, size: float, alpha: float) -> bool:
    """Say whether a neighbourhood of this size could be found at all if it had the highest values.

    Its p is then about 1 in the number of ways to choose it; that must pass the adjustment when all
    its units are found with it.
    """
    if math.isnan(size):
        return False
    m = int(size)
    ways = math.lgamma(units + 1) - math.lgamma(m + 1) - math.lgamma(units - m + 1)
    return -ways <= math.log(alpha * m / units)
