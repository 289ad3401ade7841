"""Histories of hotspots: new, persistent or fading over several periods.

Mann, H. B. (1945). Nonparametric tests against trend. *Econometrica* 13 (3), 245–259. Kendall, M.
G. (1975). *Rank Correlation Methods*, 4th ed. Hotspots are named by their history as in "emerging
hot spot analysis"; the rules are fewer, and our own.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.hotspots import HotspotClass

_EXACT = 40  # largest number of values for which the distribution is computed exactly


class EmergingClass(StrEnum):
    """History of a unit up to the last period; see `classify_emerging`."""

    NEW = "new"
    PERSISTENT = "persistent"
    FADING = "fading"
    NEVER = "never higher"
    TOO_LITTLE_DATA = "too little data"


@dataclass(frozen=True, slots=True)
class Trend:
    """A monotone trend.

    Attributes
    ----------
    tau
        Kendall's tau-b of the values with time; 0 if there are fewer than two different values.
    p
        Two-sided p value; 1 in the same case.
    """

    tau: float
    p: float


def mann_kendall(values: npt.ArrayLike) -> Trend:
    """Test for a monotone trend (Mann 1945, Kendall 1975).

    Parameters
    ----------
    values
        Values in the order of time, shape (periods,); NaN is left out.

    Returns
    -------
    The trend. p is exact for up to 40 values without ties. Otherwise it is the normal approximation
    with corrections for continuity and ties.

    Examples
    --------
    >>> mann_kendall([1.0, 2.0, 4.0, 7.0, 9.0])
    Trend(tau=1.0, p=0.016666666666666666)
    """
    series = np.asarray(values, dtype=float)
    series = series[~np.isnan(series)]
    n = len(series)
    score = int(np.sign(np.subtract.outer(series, series))[np.tril_indices(n, -1)].sum())
    ties = np.unique(series, return_counts=True)[1].astype(float)
    all_pairs = n * (n - 1) / 2
    tied_pairs = float((ties * (ties - 1) / 2).sum())
    if all_pairs <= tied_pairs:
        return Trend(0.0, 1.0)
    tau = score / math.sqrt(all_pairs * (all_pairs - tied_pairs))
    if not tied_pairs and n <= _EXACT:
        return Trend(tau, _exact_p(n, abs(score)))
    tied = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    spread = math.sqrt((n * (n - 1) * (2 * n + 5) - tied) / 18)
    z = max(0, abs(score) - 1) / spread
    return Trend(tau, min(1.0, 2 * (1 - NormalDist().cdf(z))))


def classify_emerging(
    classes: pd.DataFrame, gi_star: pd.DataFrame, *, alpha: float, least_periods: int
) -> pd.DataFrame:
    """Classify the history of each unit.

    *New*: clearly higher in the last period and never before. *Persistent*: clearly higher in the
    last period and before. *Fading*: clearly higher before and not in the last period; or in both,
    with a significant downward trend of Gi*. *Never higher*: in no period.

    Parameters
    ----------
    classes
        `HotspotClass` by unit code (index) and period (columns, the oldest first).
    gi_star
        Gi* of the same units and periods, NaN if there is none.
    alpha
        Largest p value of a significant trend.
    least_periods
        Fewest periods with a result; with fewer, or without a result in the last period, a unit has
        too little data.

    Returns
    -------
    Frame on the index of ``classes``: ``emerging`` (`EmergingClass`); ``tau`` and ``trend_p``, the
    trend of Gi*; ``periods``, the number of periods with a result; ``higher``, the number of
    periods in which the unit was clearly higher.

    Raises
    ------
    ValueError
        If the two frames differ in units or periods, or ``least_periods`` is below 2.
    """
    if not (classes.index.equals(gi_star.index) and classes.columns.equals(gi_star.columns)):
        raise ValueError("classes and gi_star are not of the same units and periods")
    if least_periods < 2:  # noqa: PLR2004  # one period has no history
        raise ValueError(f"least_periods must be 2 or more, not {least_periods}")
    known = classes.to_numpy(dtype=object) != HotspotClass.TOO_LITTLE_DATA.value
    higher = classes.to_numpy(dtype=object) == HotspotClass.CLEARLY_HIGHER.value
    figures = np.where(known, gi_star.to_numpy(dtype=float, na_value=np.nan), np.nan)
    trends = [mann_kendall(row) for row in figures]
    tau = np.array([trend.tau for trend in trends], dtype=float)
    p = np.array([trend.p for trend in trends], dtype=float)
    falling = (tau < 0) & (p <= alpha)
    periods = known.sum(axis=1)
    last = classes.shape[1] - 1
    now = higher[:, last] if last >= 0 else np.zeros(len(classes), dtype=bool)
    short = (periods < least_periods) | (~known[:, last] if last >= 0 else True)
    before = higher[:, :last].any(axis=1)
    names = np.select(
        [short, now & ~before, now & ~falling, now | before],
        [
            str(EmergingClass.TOO_LITTLE_DATA),
            str(EmergingClass.NEW),
            str(EmergingClass.PERSISTENT),
            str(EmergingClass.FADING),
        ],
        str(EmergingClass.NEVER),
    )
    columns = {
        "emerging": names,
        "tau": tau,
        "trend_p": p,
        "periods": periods,
        "higher": higher.sum(axis=1),
    }
    return pd.DataFrame(columns, index=classes.index)


def _exact_p(n: int, score: int) -> float:
    """Return the share of the orders of n different values with a score this far from 0 or more."""
    ways = _orders(n)
    scores = np.abs(len(ways) - 1 - 2 * np.arange(len(ways)))
    return float(min(1.0, ways[scores >= score].sum()))


@cache
def _orders(n: int) -> npt.NDArray[np.float64]:
    """Return the share of the orders of n different values, by their number of inversions."""
    ways = np.ones(1)
    for k in range(2, n + 1):
        ways = np.convolve(ways, np.ones(k) / k)
    return ways
