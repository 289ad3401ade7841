"""Rates on effort, drawn towards what is usual where they rest on little.

Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes estimators.
*Applied Statistics* 40 (2), 283–294. The formulas of ``EBest(n, x)`` and, for the local estimator,
``EBlocal(n, x, nb, geoda = TRUE)`` of the R package spdep.
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
        ``count`` (cases, 0 or more) and ``exposure`` (contacts or staff-days, 0 or more), by any
        index; missing is NaN.

    Returns
    -------
    Cases for one of exposure on the index of ``cases``; NaN where either is missing and where there
    was no exposure: no effort is no rate, also of a count of 0.

    Raises
    ------
    ValueError
        Where a count or exposure is negative or infinite.
    """
    count, exposure = _checked(cases)
    known = np.isfinite(count) & (exposure > 0)
    values = np.full(len(cases), np.nan)
    np.divide(count, exposure, out=values, where=known)
    return pd.Series(values, index=cases.index, name="rate")


def empirical_bayes(cases: pd.DataFrame) -> pd.Series:
    """Draw each rate towards that of the whole map, the more the less exposure it rests on.

    Parameters
    ----------
    cases
        As for `rate`.

    Returns
    -------
    Shrunken rates (Marshall's global estimator) on the index of ``cases``, NaN where there is no
    rate. Where rates differ no more than chance makes them, all are that of the whole map.
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
    """Draw each rate towards that of the unit and its neighbours together.

    For showing rates. Not for testing them: it makes neighbours alike, and a test for neighbours
    that are alike then finds what it put there.

    Parameters
    ----------
    cases
        As for `rate`, by unit code.
    weights
        Neighbours; a unit without any, or not among the weights, keeps its own rate.

    Returns
    -------
    Shrunken rates (Marshall's local estimator) on the index of ``cases``, NaN where there is none.
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
    """Shrink each unit within its group; with one group only, all units within that."""

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
    kept = np.zeros(len(raw))
    np.divide(between, between + noise, out=kept, where=between + noise > 0)
    return mean + kept * (raw - mean)


def interval(cases: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Say between which rates the unit's own rate lies, from its own count alone.

    Byar's approximation to the exact Poisson limits: Breslow, N. E. and Day, N. E. (1987),
    *Statistical Methods in Cancer Research* II, page 69. Compare ``poisson.test`` in R.

    Parameters
    ----------
    cases
        As for `rate`.
    confidence
        For example 0.95.

    Returns
    -------
    ``lower`` and ``upper`` on the index of ``cases``, in cases for one of exposure; NaN where there
    is no rate.
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
    """Give counts and exposures as numbers, or refuse them by the unit's name alone."""
    both = cases[["count", "exposure"]].to_numpy(dtype=float, na_value=np.nan, copy=True)
    for n, name in enumerate(("count", "exposure")):
        bad = (both[:, n] < 0) | np.isinf(both[:, n])
        if bad.any():
            unit = cases.index[int(np.flatnonzero(bad)[0])]
            raise ValueError(f"the {name} of {unit!r} is negative or infinite")
    # Less than a contact in a million years is no effort; a rate on it would pass every number.
    both[both[:, 1] < _LEAST_EXPOSURE, 1] = 0.0
    return both[:, 0], both[:, 1]
