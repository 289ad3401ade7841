"""Getis-Ord Gi*, its permutation test, and the control of false discoveries.

Ord, J. K. and Getis, A. (1995). Local spatial autocorrelation statistics. *Geographical Analysis*
27 (4), 286–306. Phipson, B. and Smyth, G. K. (2010) on the 1 in (1 + b) / (1 + B). Benjamini, Y.
and Hochberg, Y. (1995). *J. R. Stat. Soc. B* 57 (1), 289–300.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.weights import Weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_TIE = 1e-9  # standard deviations; sums that differ by less are equal but for rounding
_CHUNK = 4_000_000  # numbers drawn at once


def gi_star(values: pd.Series, weights: Weights) -> pd.Series:
    """Return Gi*: the standardised sum of each unit's neighbourhood, the unit included.

    Parameters
    ----------
    values
        A number for every unit of the weights, by unit code in any order; none may be missing.
    weights
        Binary weights, which are not row-standardised. The unit itself is added.

    Returns
    -------
    z values on ``weights.units``; 0 if the values do not differ or the neighbourhood is the whole
    map, because such a sum cannot vary.

    Raises
    ------
    ValueError
        If a unit has no value, or more than one.

    Examples
    --------
    >>> weights = Weights.from_pairs("abcd", [("a", "b"), ("c", "d")])
    >>> gi_star(pd.Series({"d": 1.0, "c": 1.0, "b": 9.0, "a": 9.0}), weights).round(3).to_dict()
    {'a': 1.732, 'b': 1.732, 'c': -1.732, 'd': -1.732}
    """
    standard = _standard(_aligned(values, weights))
    n, size = len(weights), weights.counts + 1
    spread = np.sqrt(np.maximum(0.0, size * (n - size) / max(1, n - 1)))
    z = np.zeros(n)
    np.divide(_sums(standard, weights), spread, out=z, where=spread > 0)
    return pd.Series(z, index=weights.units, name="gi_star")


def permutation_p(
    values: pd.Series, weights: Weights, *, permutations: int, seed: int
) -> pd.Series:
    """Return the one-sided p value of each unit's neighbourhood sum under random labelling.

    If all values are placed on the map at random, the sum of a neighbourhood of m units is the sum
    of m values drawn without replacement, whichever units they are. So one set of draws serves all
    neighbourhoods of a size. The unit's own value is drawn too: the conditional test of PySAL and
    spdep holds it fixed, and so tests the neighbours without the unit.

    Parameters
    ----------
    values, weights
        As for `gi_star`.
    permutations
        Number of draws B; p is at least 1 / (B + 1).
    seed
        Seed of NumPy's default generator.

    Returns
    -------
    p = (1 + draws as high or higher) / (B + 1), in (0, 1], on ``weights.units`` (Phipson and Smyth
    2010). A tie counts as "as high", so values that do not differ give p = 1.

    Raises
    ------
    ValueError
        If ``permutations`` is below 1, or a unit has no value, or more than one.
    """
    if permutations < 1:
        raise ValueError(f"permutations must be 1 or more, not {permutations}")
    standard = _standard(_aligned(values, weights))
    size = weights.counts + 1
    sizes, which = np.unique(size, return_inverse=True)
    observed = _sums(standard, weights) - _TIE * np.sqrt(size)
    higher = np.zeros(len(weights), dtype=np.int64)
    rng = np.random.default_rng(seed)
    left = permutations
    while left and len(weights):
        many = min(left, max(1, _CHUNK // int(sizes[-1])))
        sums = np.cumsum(standard[_drawn(len(weights), int(sizes[-1]), many, rng)], axis=1)
        for n, one in enumerate(sizes):
            mine = which == n
            drawn = np.sort(sums[:, one - 1])
            higher[mine] += many - np.searchsorted(drawn, observed[mine], side="left")
        left -= many
    return pd.Series((1 + higher) / (permutations + 1), index=weights.units, name="p")


def benjamini_hochberg(p: pd.Series) -> pd.Series:
    """Adjust p values so that those of at most alpha have a false-discovery rate of alpha.

    Parameters
    ----------
    p
        p values in (0, 1], on any index. Missing values were not tested and do not count as tests.

    Returns
    -------
    Adjusted p values on the index of ``p``, equal to ``p.adjust(p, "BH")`` in R; missing values
    stay missing (Benjamini and Hochberg 1995).

    Examples
    --------
    >>> benjamini_hochberg(pd.Series([0.01, 0.04, 0.03, None])).round(2).tolist()
    [0.03, 0.04, 0.04, nan]
    """
    known = p.dropna()
    order = np.argsort(known.to_numpy(dtype=float), kind="stable")
    steps = known.to_numpy(dtype=float)[order] * len(known) / np.arange(1, len(known) + 1)
    adjusted = np.empty(len(known))
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(steps[::-1])[::-1])
    return pd.Series(adjusted, index=known.index, name="q").reindex(p.index)


def _aligned(values: pd.Series, weights: Weights) -> Floats:
    """Return the values in the order of the weights, joined by unit code."""
    if not values.index.is_unique:
        raise ValueError("a unit has two values")
    found = values.reindex(weights.units).to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(found).all():
        unit = weights.units[int(np.flatnonzero(~np.isfinite(found))[0])]
        raise ValueError(f"unit {unit!r} has no value; take it out of the weights first")
    return found


def _standard(values: Floats) -> Floats:
    """Subtract the mean and divide by the standard deviation; zeros if the values do not differ."""
    if not len(values):
        return values
    centred = values - values.mean()
    spread = np.sqrt(np.mean(centred**2))
    if spread <= _TIE * np.abs(values).max():
        return np.zeros(len(values))
    return np.asarray(centred / spread)


def _sums(values: Floats, weights: Weights) -> Floats:
    """Add the values of each unit and its neighbours."""
    unit, neighbour = weights.ends()
    near = np.bincount(unit, weights=values[neighbour], minlength=len(values))
    return np.asarray(values + near)


def _drawn(units: int, size: int, many: int, rng: np.random.Generator) -> Ints:
    """Draw ``size`` different units, in random order, ``many`` times; shape (many, size)."""
    if size * size > units:  # most draws with replacement would have repeats
        every = np.broadcast_to(np.arange(units), (many, units))
        return rng.permuted(every, axis=1)[:, :size]
    drawn = rng.integers(units, size=(many, size))
    again = np.arange(many)
    while len(again):
        in_order = np.sort(drawn[again], axis=1)
        again = again[(in_order[:, 1:] == in_order[:, :-1]).any(axis=1)]
        drawn[again] = rng.integers(units, size=(len(again), size))
    return drawn
