"""Rates, their empirical Bayes estimates, and their intervals.

Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
*Applied Statistics* 40 (2), 283–294. The estimates equal those of ``EBest(n, x)`` and, for the
local estimator, ``EBlocal(n, x, nb, geoda = TRUE)`` of the R package spdep.
"""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.weights import Weights

Floats = npt.NDArray[np.float64]
_LEAST_EXPOSURE = 1e-9


def rate(cases: pd.DataFrame) -> pd.Series:
    """Divide counts by exposure.

    Parameters
    ----------
    cases
        ``count`` (cases, 0 or more) and ``exposure`` (contacts or staff-days, 0 or more), on any
        index; NaN is missing.

    Returns
    -------
    Cases per unit of exposure on the index of ``cases``. NaN if the count or the exposure is
    missing, or the exposure is 0, even with a count of 0.

    Raises
    ------
    ValueError
        If a count or an exposure is negative or infinite.

    Examples
    --------
    >>> rate(pd.DataFrame({"count": [3, 0, 0], "exposure": [60, 20, 0]})).tolist()
    [0.05, 0.0, nan]
    """
    count, exposure = _checked(cases)
    known = np.isfinite(count) & (exposure > 0)
    values = np.full(len(cases), np.nan)
    np.divide(count, exposure, out=values, where=known)
    return pd.Series(values, index=cases.index, name="rate")


def empirical_bayes(cases: pd.DataFrame) -> pd.Series:
    """Shrink each rate towards that of the whole map, the more the less exposure it rests on.

    Parameters
    ----------
    cases
        As for `rate`.

    Returns
    -------
    Shrunken rates (Marshall's global estimator) on the index of ``cases``; NaN if there is no rate.
    If the rates differ no more than by chance, all are the rate of the whole map.

    Raises
    ------
    ValueError
        If a count or an exposure is negative or infinite.

    Examples
    --------
    >>> cases = pd.DataFrame({"count": [40, 1, 2], "exposure": [100, 10, 100]})
    >>> empirical_bayes(cases).round(3).tolist()
    [0.388, 0.141, 0.031]
    """
    raw = rate(cases)
    known = raw.notna().to_numpy()
    exposure = cases["exposure"].to_numpy(dtype=float, na_value=np.nan)[known]
    values = np.full(len(cases), np.nan)
    if known.any():
        one = np.zeros(len(exposure), dtype=np.int64)
        values[known] = _shrunken(raw.to_numpy()[known], exposure, one, np.arange(len(exposure)), 1)
    return pd.Series(values, index=cases.index, name="eb_rate")


def empirical_bayes_local(cases: pd.DataFrame, weights: Weights) -> pd.Series:
    """Shrink each rate towards that of the unit and its neighbours together.

    These rates are for maps and not for tests: the estimator makes neighbours alike, so a test for
    similar neighbours would find what the estimator made.

    Parameters
    ----------
    cases
        As for `rate`, by unit code.
    weights
        Neighbours. A unit without neighbours, or not among the weights, keeps its own rate.

    Returns
    -------
    Shrunken rates (Marshall's local estimator) on the index of ``cases``; NaN if there is no rate.

    Raises
    ------
    ValueError
        If a count or an exposure is negative or infinite.
    """
    raw = rate(cases).dropna()
    near = weights.subset(raw.index)
    raw = raw.loc[near.units]
    exposure = cases.loc[near.units, "exposure"].to_numpy(dtype=float)
    units = np.arange(len(near))
    ends = np.concatenate([near.ends(), np.stack([units, units])], axis=1)
    group, member = ends[:, np.lexsort((ends[1], ends[0]))]
    values = _shrunken(raw.to_numpy(), exposure, group, member, len(near))
    result = rate(cases).rename("eb_rate")
    result.loc[near.units] = values
    return result


def _shrunken(raw: Floats, exposure: Floats, group: npt.NDArray[np.int64],
              member: npt.NDArray[np.int64], groups: int) -> Floats:  # fmt: skip
    """Shrink each unit's rate towards that of its group; a single group is for all units."""

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(group, weights=values[member], minlength=groups), dtype=float)

    size = np.bincount(group, minlength=groups)
    effort = total(exposure)
    mean = total(raw * exposure) / effort
    spread = np.bincount(
        group, weights=exposure[member] * (raw[member] - mean[group]) ** 2, minlength=groups
    )
    between = np.maximum(0.0, spread / effort - mean / (effort / size))  # beyond Poisson noise
    noise = mean / exposure
    share = np.zeros(len(raw))
    np.divide(between, between + noise, out=share, where=between + noise > 0)
    return mean + share * (raw - mean)


def rate_interval(cases: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Return the confidence interval of each unit's own rate.

    The interval is Byar's approximation to the exact Poisson limits: Breslow, N. E. and Day, N. E.
    (1987), *Statistical Methods in Cancer Research* II, page 69. In R, ``poisson.test`` gives the
    exact limits.

    Parameters
    ----------
    cases
        As for `rate`.
    confidence
        Confidence level between 0 and 1, for example 0.95.

    Returns
    -------
    ``lower`` and ``upper`` on the index of ``cases``, in cases per unit of exposure; NaN if there
    is no rate.

    Raises
    ------
    ValueError
        If ``confidence`` is not between 0 and 1, or a figure is negative or infinite.

    Examples
    --------
    >>> cases = pd.DataFrame({"count": [10], "exposure": [100]})
    >>> rate_interval(cases, confidence=0.95).round(3).values.tolist()
    [[0.048, 0.184]]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    raw = rate(cases)
    count = cases["count"].to_numpy(dtype=float, na_value=np.nan)
    exposure = cases["exposure"].to_numpy(dtype=float, na_value=np.nan)
    known = raw.notna().to_numpy()
    ends = np.full((len(cases), 2), np.nan)
    some = np.where(known & (count > 0), count, 1.0)
    ends[:, 0] = np.maximum(0.0, some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3)
    ends[count == 0, 0] = 0.0
    more = np.where(known, count, 0.0) + 1
    ends[:, 1] = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    ends[~known] = np.nan
    np.divide(ends, exposure[:, None], out=ends, where=known[:, None])
    return pd.DataFrame(ends, index=cases.index, columns=["lower", "upper"])


def _checked(cases: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return counts and exposures as numbers; an error names the unit and quotes no figure."""
    both = cases[["count", "exposure"]].to_numpy(dtype=float, na_value=np.nan, copy=True)
    for n, name in enumerate(("count", "exposure")):
        bad = (both[:, n] < 0) | np.isinf(both[:, n])
        if bad.any():
            unit = cases.index[int(np.flatnonzero(bad)[0])]
            raise ValueError(f"the {name} of {unit!r} is negative or infinite")
    # A positive exposure this small is a rounding error; its rate would be meaninglessly large.
    both[both[:, 1] < _LEAST_EXPOSURE, 1] = 0.0
    return both[:, 0], both[:, 1]
