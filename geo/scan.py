"""Kulldorff's spatial scan: windows with more cases than their exposure explains.

Kulldorff, M. (1997). A spatial scan statistic. *Communications in Statistics: Theory and Methods*
26 (6), 1481–1496. Kulldorff's windows are circles around places. These windows grow along shared
borders, so that a list of neighbours is enough.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.weights import Weights

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_MAPS, _MEMBERS = 128, 2_000  # processed together: as much as fits into a processor's cache
_TABLE = 5_000_000  # largest number of cases for which all logarithms are computed in advance
_TIE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Sets of units that are tested as one.

    Attributes
    ----------
    start, member
        Window n has the units at the positions ``member[start[n]:start[n + 1]]``.
    """

    start: Ints
    member: Ints

    @classmethod
    def around(
        cls, weights: Weights, exposure: Floats, *, most_share: float, most_units: int
    ) -> Self:
        """Build the windows: each unit, each pair of neighbours, and growing rings around each.

        Parameters
        ----------
        weights
            Neighbours.
        exposure
            Positive, in the order of ``weights.units``; shape (units,).
        most_share
            Largest window of several units, as a share of all exposure.
        most_units
            Largest window in units, which limits the time; a first ring may be larger.
        """
        limit = exposure.sum() * most_share * (1 + _TIE)
        pairs = weights.ends()
        found: list[tuple[int, ...]] = [(n,) for n in range(len(weights))]
        found += [(int(i), int(j)) for i, j in pairs.T if i < j]
        near = np.split(weights.neighbour, weights.start[1:-1])
        for centre in range(len(weights)):
            inside, edge = {centre}, near[centre].tolist()
            while edge:
                if len(inside) > 1 and len(inside) + len(edge) > most_units:
                    break
                inside.update(edge)
                if exposure[list(inside)].sum() > limit:
                    break
                found.append(tuple(sorted(inside)))
                edge = sorted({m for n in edge for m in near[n].tolist()} - inside)
        kept = [
            window
            for window in dict.fromkeys(found)
            if len(window) == 1 or exposure[list(window)].sum() <= limit
        ]
        start = np.cumsum([0, *map(len, kept)])
        return cls(start, np.array([n for window in kept for n in window], dtype=np.int64))

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.start) - 1

    def sums(self, values: Floats) -> Floats:
        """Return the sum of the values in each window.

        Parameters
        ----------
        values
            One value per unit, shape (units,).

        Returns
        -------
        Shape (windows,).
        """
        return np.add.reduceat(values[self.member], self.start[:-1])


@dataclass(frozen=True, slots=True)
class Cluster:
    """A window with more cases than its exposure explains.

    Attributes
    ----------
    units
        Unit codes, sorted.
    count, expected
        Observed cases, and cases expected by exposure.
    p
        Probability that the likeliest window of a map has as high a likelihood ratio, if cases
        depend on exposure alone.
    """

    units: tuple[str, ...]
    count: int
    expected: float
    p: float


def find_clusters(
    cases: pd.DataFrame,
    weights: Weights,
    *,
    most_share: float,
    most_units: int,
    simulations: int,
    alpha: float,
    seed: int,
) -> list[Cluster]:
    """Find the windows with more cases than their exposure explains (Kulldorff 1997, Poisson).

    Parameters
    ----------
    cases
        ``count`` (whole) and ``exposure`` (positive) of every unit of the weights, by unit code.
    weights
        Neighbours; an isolate is a window of its own.
    most_share, most_units
        Largest window; see `Windows.around`.
    simulations
        Number of simulated maps, on which the same cases are distributed by exposure alone.
    alpha
        Largest p value of a cluster.
    seed
        Seed of NumPy's default generator.

    Returns
    -------
    Clusters that do not overlap, the likeliest first. Each is compared with the likeliest window of
    every simulated map, which is conservative for all clusters but the first.
    """
    table = cases.reindex(weights.units)
    count = table["count"].to_numpy(dtype=float)
    exposure = table["exposure"].to_numpy(dtype=float)
    total = count.sum()
    if len(weights) <= 1 or total == 0:
        return []
    windows = Windows.around(weights, exposure, most_share=most_share, most_units=most_units)
    share = exposure / exposure.sum()
    expected = windows.sums(share) * total
    ratio = _Ratio(int(total))
    observed = ratio(windows.sums(count).astype(np.int64), expected)
    highest = _highest(windows, share, ratio, simulations=simulations, seed=seed)
    below = np.searchsorted(highest, observed - _TIE * np.maximum(1.0, observed), side="left")
    p = (1 + simulations - below) / (simulations + 1)
    clusters: list[Cluster] = []
    taken = np.zeros(len(weights), dtype=bool)
    for n in np.argsort(-observed, kind="stable"):
        if observed[n] <= 0 or p[n] > alpha:
            break
        member = windows.member[windows.start[n] : windows.start[n + 1]]
        if not taken[member].any():
            taken[member] = True
            units = tuple(weights.units[member])
            clusters.append(
                Cluster(units, int(count[member].sum()), float(expected[n]), float(p[n]))
            )
    return clusters


class _Ratio:
    """Log likelihood ratio of a window, 0 if it has no more cases than expected.

    With c of C cases where e are expected: c log(c / e) + (C - c) log((C - c) / (C - e)). The terms
    of c alone are computed in advance, because counts are whole and there are millions of windows.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        whole = np.arange(total + 1) if total <= _TABLE else None
        self._table = None if whole is None else self._of_count(whole)

    def __call__(self, count: Ints, expected: Floats) -> Floats:
        beyond = np.log(np.maximum(self.total - expected, _TIE))
        ratio = self._of_count(count) if self._table is None else self._table[count]
        ratio += count * (beyond - np.log(expected))
        ratio -= self.total * beyond
        ratio *= count > expected
        return np.asarray(ratio)

    def _of_count(self, count: Ints) -> Floats:
        rest = self.total - count
        return np.asarray(count * np.log(np.maximum(count, 1)) + rest * np.log(np.maximum(rest, 1)))


def _highest(
    windows: Windows, share: Floats, ratio: _Ratio, *, simulations: int, seed: int
) -> Floats:
    """Return the highest log likelihood ratio of each simulated map, increasing."""
    rng = np.random.default_rng(seed)
    highest = np.zeros(simulations)
    expected = windows.sums(share)[:, None] * ratio.total
    cuts = np.searchsorted(windows.start, np.arange(0, len(windows.member), _MEMBERS))
    cuts = np.unique([*cuts, len(windows)])
    for begin in range(0, simulations, _MAPS):
        many = min(_MAPS, simulations - begin)
        counts = np.ascontiguousarray(
            rng.multinomial(ratio.total, share, size=many).T, dtype=np.int32
        )
        part = highest[begin : begin + many]
        for i, j in pairwise(cuts):
            start = windows.start[i : j + 1]
            inside = counts[windows.member[start[0] : start[-1]]]
            sums = np.add.reduceat(inside, start[:-1] - start[0], axis=0)
            np.maximum(part, ratio(sums, expected[i:j]).max(axis=0), out=part)
    return np.sort(highest)
