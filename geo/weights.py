"""Spatial weights: which units are neighbours, by unit code and never by position."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.boundaries import METRIC_CRS

# libpysal's queen contiguity is correct, but libpysal needs scikit-learn, so it is not used.
Ints = npt.NDArray[np.int64]
_TOUCH_M = 1.0  # metres; stored coordinates are rounded to about this, so borders can have gaps


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Binary, symmetric weights without self-neighbours; a unit may have no neighbour.

    Build them with `from_pairs` or `queen`. Units are sorted by code, so that the order of the
    input changes no result.

    Attributes
    ----------
    units
        Unit codes, unique and sorted.
    start, neighbour
        The unit at position n has its neighbours at the positions
        ``neighbour[start[n]:start[n + 1]]`` of ``units``, increasing.

    Examples
    --------
    >>> weights = Weights.from_pairs(["c", "a", "b", "d"], [("a", "b"), ("c", "b")])
    >>> weights.neighbours("b"), weights.isolates.tolist()
    (('a', 'c'), ['d'])
    """

    units: pd.Index
    start: Ints
    neighbour: Ints

    @staticmethod
    def from_pairs(units: Iterable[str], pairs: Iterable[tuple[str, str]]) -> "Weights":
        """Build weights from pairs of neighbours; one direction of a pair is enough.

        Parameters
        ----------
        units
            Codes of all units, also of those without a neighbour.
        pairs
            Pairs of unit codes. A repeated pair counts once, and a pair of a unit with itself does
            not count.

        Raises
        ------
        ValueError
            If a code is no text, a unit is listed twice, or a pair names an unknown unit.
        """
        codes = list(units)
        odd = [code for code in codes if not isinstance(code, str)]
        if odd:
            raise ValueError(f"a unit code is text, not {odd[0]!r}")
        index = pd.Index(sorted(codes), dtype="str")
        if not index.is_unique:
            twice = index[index.duplicated()][0]
            raise ValueError(f"unit {twice!r} is listed twice")
        listed = list(pairs)
        place = {code: n for n, code in enumerate(index)}
        ends = (
            np.array(
                [(place.get(unit, -1), place.get(neighbour, -1)) for unit, neighbour in listed],
                dtype=np.int64,
            )
            .reshape(-1, 2)
            .T
        )
        if (ends < 0).any():
            stranger = listed[int(np.flatnonzero((ends < 0).any(axis=0))[0])]
            raise ValueError(f"the pair {stranger!r} names a unit that is not among the units")
        return _symmetric(index, ends)

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.units)

    @property
    def counts(self) -> Ints:
        """Number of neighbours of each unit, in the order of ``units``."""
        return np.diff(self.start)

    @property
    def isolates(self) -> pd.Index:
        """Codes of the units without a neighbour."""
        return self.units[self.counts == 0]

    def neighbours(self, unit: str) -> tuple[str, ...]:
        """Return the codes of the neighbours of one unit, sorted.

        Raises
        ------
        KeyError
            If there is no such unit.
        """
        n = int(self.units.get_indexer(pd.Index([unit]))[0])
        if n < 0:
            raise KeyError(unit)
        return tuple(self.units[self.neighbour[self.start[n] : self.start[n + 1]]])

    def ends(self) -> Ints:
        """Return the positions of every pair in both directions, shape (2, pairs)."""
        return np.stack([np.repeat(np.arange(len(self)), self.counts), self.neighbour])

    def pairs(self) -> list[tuple[str, str]]:
        """Return the codes of every pair in both directions, sorted."""
        unit, neighbour = self.ends()
        return list(zip(self.units[unit], self.units[neighbour], strict=True))

    def subset(self, units: Iterable[str]) -> "Weights":
        """Return the weights of some units and the pairs among them; ignore unknown codes."""
        kept = self.units.isin(list(units))
        place = np.cumsum(kept) - 1
        ends = self.ends()
        return _symmetric(self.units[kept], place[ends[:, kept[ends].all(axis=0)]])

    def with_nearest(self, points: pd.DataFrame, *, nearest: int, within_m: float) -> "Weights":
        """Return the weights with each isolate linked to its nearest units, in both directions.

        Parameters
        ----------
        points
            ``x`` and ``y`` in metres, in a projected CRS, by unit code; one for every unit of the
            weights.
        nearest
            Number of neighbours that an isolate gets. At equal distance the lower code comes first.
        within_m
            Largest distance to a neighbour, in metres; a unit may stay an isolate.

        Raises
        ------
        ValueError
            If a unit has no point, or more than one, or ``nearest`` is below 1.
        """
        if nearest < 1:
            raise ValueError(f"nearest must be 1 or more, not {nearest}")
        if not points.index.is_unique or not self.units.isin(points.index).all():
            raise ValueError("every unit of the weights needs exactly one point")
        xy = points.loc[self.units, ["x", "y"]].to_numpy(dtype=float)
        added: list[tuple[int, int]] = []
        for n in np.flatnonzero(self.counts == 0):
            far = np.hypot(*(xy - xy[n]).T)
            far[n] = np.inf
            order = np.argsort(far, kind="stable")[:nearest]
            added += [(int(n), int(m)) for m in order if m != n and far[m] <= within_m]
        new = np.array(added, dtype=np.int64).reshape(-1, 2).T
        return _symmetric(self.units, np.concatenate([self.ends(), new], axis=1))


def queen(units: gpd.GeoSeries) -> Weights:
    """Return the weights of units that share a border or a corner (queen contiguity).

    Parameters
    ----------
    units
        Polygons by unit code, in any stated CRS. Polygons up to a metre apart count as touching. A
        unit without a shape is an isolate.

    Raises
    ------
    ValueError
        If a unit is listed twice, or the CRS is not stated.

    Examples
    --------
    >>> west_edges = {"a": 0, "b": 500, "c": 9000}
    >>> squares = {code: shapely.box(x, 0, x + 500, 500) for code, x in west_edges.items()}
    >>> queen(gpd.GeoSeries(squares, crs=METRIC_CRS)).pairs()
    [('a', 'b'), ('b', 'a')]
    """
    shapes = units.to_crs(METRIC_CRS).to_numpy()
    found = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCH_M)
    codes = units.index.to_numpy()
    return Weights.from_pairs(codes, zip(codes[found[0]], codes[found[1]], strict=True))


def points_inside(units: gpd.GeoSeries) -> pd.DataFrame:
    """Return a point inside each unit, for `Weights.with_nearest`.

    Parameters
    ----------
    units
        Polygons by unit code, in any stated CRS.

    Returns
    -------
    ``x`` and ``y`` in metres (EPSG:32645) on the index of ``units``; NaN for a unit without a
    shape.
    """
    points = units.to_crs(METRIC_CRS).representative_point()
    return pd.DataFrame({"x": points.x, "y": points.y}, index=units.index)


def _symmetric(units: pd.Index, ends: Ints) -> Weights:
    """Build weights of pairs of positions, shape (2, pairs), once in each direction."""
    ends = ends[:, ends[0] != ends[1]]
    both = np.concatenate([ends, ends[::-1]], axis=1)
    keys = np.unique(both[0] * len(units) + both[1])
    unit, neighbour = np.divmod(keys, max(1, len(units)))
    start = np.searchsorted(unit, np.arange(len(units) + 1))
    return Weights(units, start.astype(np.int64), neighbour.astype(np.int64))
