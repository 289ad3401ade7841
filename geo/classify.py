"""Class breaks of a choropleth, from released values only."""

import math

import numpy as np
import pandas as pd

_NICE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


def _nice(value: float) -> int:
    """Round up to a number that people read easily."""
    if value <= 10:  # noqa: PLR2004  # small counts stay as they are
        return math.ceil(value)
    power = 10.0 ** math.floor(math.log10(value))
    return int(next(step for step in _NICE if step * power >= value) * power)


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
    edges = sorted({_nice(edge) for edge in np.quantile(positive, shares)})
    largest = _nice(float(positive.max()))
    below = [edge for edge in edges if edge < largest]
    return (*below, largest)


def classify(values: pd.Series, edges: tuple[int, ...]) -> pd.Series:
    """Number the class of each value: 0 for zero, 1 for the lowest class; <NA> where missing.

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
