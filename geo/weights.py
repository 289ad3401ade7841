"""Spatial weights: who is whose neighbour, by unit code and never by position."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.boundaries import METRIC_CRS

# libpysal's queen contiguity is right, and brings scikit-learn with it; here borders are what the
# shapes of a boundary set share, found with shapely, and a unit without a rate can be left out.
Ints = npt.NDArray[np.int64]
_TOUCH_M = 1.0  # stored coordinates are rounded to about this, so that a shared border may gape


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Binary, symmetric weights without self-neighbours; a unit may have no neighbour.

    Made with `from_pairs` or `queen`. Units are in the order of their codes whatever the order they
    came in, so that the same map gives the same figures.

    Attributes
    ----------
    units
        Codes, unique and sorted.
    start, neighbour
        The neighbours of the unit at position n are at ``neighbour[start[n]:start[n + 1]]``,
        increasing; positions are those of ``units``.
    """

    units: pd.Index
    start: Ints
    neighbour: Ints

    @staticmethod
    def from_pairs(units: Iterable[str], pairs: Iterable[tuple[str, str]]) -> "Weights":
        """Make weights from a list of neighbours; one direction of a pair is enough.

        Parameters
        ----------
        units
            Codes of all units, those without a neighbour too.
        pairs
            Unit and neighbour. A pair that is listed twice counts once; a unit that is listed as
            its own neighbour does not become one.

        Raises
        ------
        ValueError
            Where a code is no text, a unit is listed twice, or a pair names another unit.
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
        """Codes of the neighbours of one unit; KeyError where there is no such unit."""
        n = int(self.units.get_indexer(pd.Index([unit]))[0])
        if n < 0:
            raise KeyError(unit)
        return tuple(self.units[self.neighbour[self.start[n] : self.start[n + 1]]])

    def ends(self) -> Ints:
        """Positions of unit and neighbour of every pair, both directions; shape (2, pairs)."""
        return np.stack([np.repeat(np.arange(len(self)), self.counts), self.neighbour])

    def pairs(self) -> list[tuple[str, str]]:
        """List unit and neighbour of every pair, both directions, sorted."""
        unit, neighbour = self.ends()
        return list(zip(self.units[unit], self.units[neighbour], strict=True))

    def subset(self, units: Iterable[str]) -> "Weights":
        """Keep some of the units and the pairs among them; codes not held are passed over."""
        kept = self.units.isin(list(units))
        place = np.cumsum(kept) - 1
        ends = self.ends()
        return _symmetric(self.units[kept], place[ends[:, kept[ends].all(axis=0)]])

    def with_nearest(self, points: pd.DataFrame, *, nearest: int, within_m: float) -> "Weights":
        """Give each isolate its nearest units as neighbours, and them the isolate.

        Parameters
        ----------
        points
            ``x`` and ``y`` in metres, indexed by unit code: every unit of the weights.
        nearest
            How many neighbours an isolate gets. At equal distance the lower code comes first.
        within_m
            No neighbour farther away, in metres: a unit may stay an isolate.

        Raises
        ------
        ValueError
            Where a unit has no point, or two, or ``nearest`` is below 1.
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
    """Find the units that share a border or a corner (queen contiguity).

    Parameters
    ----------
    units
        Polygons by unit code, in any stated CRS; a gap of up to a metre counts as touching. A unit
        without a shape is an isolate.

    Raises
    ------
    ValueError
        Where a unit is listed twice or the CRS is not stated.
    """
    shapes = units.to_crs(METRIC_CRS).to_numpy()
    found = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCH_M)
    codes = units.index.to_numpy()
    return Weights.from_pairs(codes, zip(codes[found[0]], codes[found[1]], strict=True))


def middles(units: gpd.GeoSeries) -> pd.DataFrame:
    """Give a point inside each unit, for `Weights.with_nearest`.

    Returns
    -------
    ``x`` and ``y`` in metres (EPSG:32645) on the index of ``units``, NaN without a shape.
    """
    points = units.to_crs(METRIC_CRS).representative_point()
    return pd.DataFrame({"x": points.x, "y": points.y}, index=units.index)


def _symmetric(units: pd.Index, ends: Ints) -> Weights:
    """Make both directions of the pairs at positions ``ends``, shape (2, n), each once."""
    ends = ends[:, ends[0] != ends[1]]
    both = np.concatenate([ends, ends[::-1]], axis=1)
    keys = np.unique(both[0] * len(units) + both[1])
    unit, neighbour = np.divmod(keys, max(1, len(units)))
    start = np.searchsorted(unit, np.arange(len(units) + 1))
    return Weights(units, start.astype(np.int64), neighbour.astype(np.int64))
