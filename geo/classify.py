"""Class breaks of a choropleth, from released values only."""

import math

import numpy as np
import pandas as pd

_SMALL, _TWO_DIGITS = 10, 100


def _nice(value: float) -> int:
    """Round up to a number that people read easily: fives below a hundred, then two digits."""
    if value <= _SMALL:
        return math.ceil(value)
    step = 5 if value < _TWO_DIGITS else 10 ** (math.floor(math.log10(value)) - 1)
    return int(math.ceil(value / step) * step)


def breaks(values: pd.Series, *, classes: int) -> tuple[int, ...]:
    """Choose upper edges of classes, about as many units in each, on readable numbers.

    Parameters
    ----------
    values
        Published counts; missing ones are left out, zeros form a class of their own.
    classes
        Most classes to make.

    Returns
    -------
    Increasing upper edges, the last at or above the largest value; empty without positive values.
    """
    known = values.dropna().astype(float)
    positive = known[known > 0]
    if positive.empty:
        return ()
    shares = np.linspace(0, 1, classes + 1)[1:]
    edges = sorted({_nice(edge) for edge in np.quantile(positive, shares, method="inverted_cdf")})
    largest = _nice(float(positive.max()))
    below = [edge for edge in edges if edge < largest]
    return (*below, largest)


def classify(values: pd.Series, edges: tuple[int, ...]) -> pd.Series:
    """Give each value the number of its class: 0 for zero, 1 for the lowest; <NA> if missing.

    Returns
    -------
    Int64 Series on the index of ``values``.
    """
    known = values.astype("Float64")
    numbers = (
        np.searchsorted(np.array(edges, dtype=float), known.fillna(0).to_numpy(dtype=float)) + 1
    )
    result = pd.Series(numbers, index=values.index, dtype="Int64")
    return result.where(known != 0, 0).where(known.notna())
