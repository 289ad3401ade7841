"""Class breaks of a choropleth, computed from published values only."""

import math

import numpy as np
import pandas as pd

_SMALL, _TWO_DIGITS = 10, 100


def _nice(value: float) -> int:
    """Round up to a readable number: to fives below a hundred, to two digits above."""
    if value <= _SMALL:
        return math.ceil(value)
    step = 5 if value < _TWO_DIGITS else 10 ** (math.floor(math.log10(value)) - 1)
    return int(math.ceil(value / step) * step)


def breaks(values: pd.Series, *, classes: int) -> tuple[int, ...]:
    """Choose class breaks on readable numbers, with about as many units in each class.

    Parameters
    ----------
    values
        Published counts, on any index. Missing values are left out, and zeros form a class of their
        own.
    classes
        Largest number of classes.

    Returns
    -------
    Upper edges of the classes, increasing; the last is at or above the largest value. Empty if no
    value is positive.

    Examples
    --------
    >>> breaks(pd.Series([0, 3, 7, 12, 48, 230]), classes=3)
    (7, 50, 230)
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
    """Return the number of each value's class: 0 for zero, 1 for the lowest class.

    Parameters
    ----------
    values
        Published counts, on any index.
    edges
        Upper edges of the classes, from `breaks`.

    Returns
    -------
    Int64 Series on the index of ``values``, missing where the value is missing.

    Examples
    --------
    >>> classify(pd.Series([0, 7, 8]), (7, 50)).tolist()
    [0, 1, 2]
    """
    known = values.astype("Float64")
    numbers = (
        np.searchsorted(np.array(edges, dtype=float), known.fillna(0).to_numpy(dtype=float)) + 1
    )
    result = pd.Series(numbers, index=values.index, dtype="Int64")
    return result.where(known != 0, 0).where(known.notna())
