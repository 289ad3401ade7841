"""Encode polygons as quantised TopoJSON, which stores each border once, in steps on a grid.

The format is that of the TopoJSON specification 1.0. Borders are cut at vertices whose neighbours
differ between the rings that pass them, so that each arc belongs to the same one or two units over
its whole length.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

_LEAST_RING = 4  # fewest points of a closed ring that has an area

_Point = tuple[int, int]
_Ring = list[_Point]


def encode(shapes: gpd.GeoSeries, properties: Sequence[Mapping[str, Any]], *, grid: int) -> bytes:
    """Encode units as one quantised topology.

    Parameters
    ----------
    shapes
        Polygon or MultiPolygon by unit code, in EPSG:4326; None for a unit without a shape.
        Neighbours must share their vertices, as `geo.boundaries.generalise` leaves them.
    properties
        Properties of each unit, in the order of ``shapes``.
    grid
        Number of grid points along the longer side; a side of 60 km on 10,000 is exact to 6 m.

    Returns
    -------
    UTF-8 JSON with one object, ``units``: a collection in the order of ``shapes``. Each unit has
    ``id``, ``properties`` and, if it has a shape, ``arcs`` and ``properties.at``, a point inside it
    on the grid for a label. The same shapes give the same bytes.

    Examples
    --------
    >>> squares = gpd.GeoSeries({"a": shapely.box(0, 0, 1, 1), "b": shapely.box(1, 0, 2, 1)})
    >>> topology = json.loads(encode(squares, [{}, {}], grid=3))
    >>> len(topology["arcs"])  # the border they share is one of them
    3
    """
    transform, rings = _quantised(shapes, grid)
    arcs = _Arcs([ring for unit in rings for polygon in unit for ring in polygon])
    geometries: list[dict[str, Any]] = []
    labels = _labels(shapes, transform)
    for code, polygons, said, label in zip(shapes.index, rings, properties, labels, strict=True):
        geometry: dict[str, Any] = {"type": None, "id": str(code), "properties": dict(said)}
        if polygons:
            geometry["type"] = "MultiPolygon"
            geometry["arcs"] = [[arcs.of(ring) for ring in polygon] for polygon in polygons]
            geometry["properties"]["at"] = label
        geometries.append(geometry)
    topology: dict[str, Any] = {
        "type": "Topology",
        "objects": {"units": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": [_steps(arc) for arc in arcs.made],
    }
    if transform is not None:
        (x, y), scale = transform
        topology["transform"] = {"scale": [scale, scale], "translate": [x, y]}
    return json.dumps(topology, ensure_ascii=False, separators=(",", ":")).encode()


_Transform = tuple[tuple[float, float], float]


def _quantised(
    shapes: gpd.GeoSeries, grid: int
) -> tuple[_Transform | None, list[list[list[_Ring]]]]:
    """Round every ring to a grid, and drop rings that have no area there.

    If the outer ring of a polygon is dropped, the polygon is.
    """
    there = gpd.GeoSeries(shapes[shapes.notna()])
    if there.empty:
        return None, [[] for _ in shapes]
    west, south, east, north = (float(side) for side in there.total_bounds)
    scale = max(east - west, north - south) / (grid - 1) or 1.0
    origin = np.array([west, south])
    units: list[list[list[_Ring]]] = []
    for shape in shapes:
        polygons = []
        for polygon in shapely.get_parts(shape) if shape is not None else ():
            rings = [
                _on_grid(ring, origin, scale) for ring in (polygon.exterior, *polygon.interiors)
            ]
            if len(rings[0]) >= _LEAST_RING:
                polygons.append([rings[0], *(r for r in rings[1:] if len(r) >= _LEAST_RING)])
        units.append(polygons)
    return ((float(west), float(south)), float(scale)), units


def _on_grid(ring: shapely.LinearRing, origin: np.ndarray, scale: float) -> _Ring:
    points = np.rint((shapely.get_coordinates(ring) - origin) / scale).astype(int)
    moved = np.ones(len(points), dtype=bool)
    moved[1:] = (points[1:] != points[:-1]).any(axis=1)
    kept: _Ring = [(int(x), int(y)) for x, y in points[moved]]
    return kept


def _labels(shapes: gpd.GeoSeries, transform: _Transform | None) -> Iterator[list[int] | None]:
    if transform is None:
        yield from (None for _ in shapes)
        return
    (west, south), scale = transform
    for shape in shapes:
        if shape is None:
            yield None
            continue
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        point = shapely.maximum_inscribed_circle(largest, tolerance=scale * 20).coords[0]
        yield [round((point[0] - west) / scale), round((point[1] - south) / scale)]


class _Arcs:
    """Borders between junctions, each stored once, whatever direction a ring runs in.

    ``made`` are the arcs by number.
    """

    def __init__(self, rings: list[_Ring]) -> None:
        self.made: list[_Ring] = []
        self._numbers: dict[tuple[_Point, ...], int] = {}
        self._junctions = _junctions(rings)

    def of(self, ring: _Ring) -> list[int]:
        """Return a closed ring as numbers of arcs; ``~n`` is arc n run backwards."""
        closed = ring[:-1]
        cuts = [n for n, point in enumerate(closed) if point in self._junctions]
        if not cuts:
            # A ring that no junction cuts, such as an island and the hole it fills: both rings
            # must begin at the same point, so they begin at the least one.
            cuts = [closed.index(min(closed))]
        turned = closed[cuts[0] :] + closed[: cuts[0]] + [closed[cuts[0]]]
        ends = [n - cuts[0] for n in cuts] + [len(turned) - 1]
        return [self._number(turned[a : b + 1]) for a, b in itertools.pairwise(ends)]

    def _number(self, arc: _Ring) -> int:
        forward, backward = tuple(arc), tuple(reversed(arc))
        if (known := self._numbers.get(forward)) is not None:
            return known
        if (known := self._numbers.get(backward)) is not None:
            return ~known
        self._numbers[forward] = len(self.made)
        self.made.append(arc)
        return len(self.made) - 1


def _junctions(rings: list[_Ring]) -> set[_Point]:
    """Return the points where borders meet: rings pass them with different neighbours."""
    passed: dict[_Point, tuple[_Point, _Point]] = {}
    junctions: set[_Point] = set()
    for ring in rings:
        closed = ring[:-1]
        for n, point in enumerate(closed):
            before, after = closed[n - 1], closed[(n + 1) % len(closed)]
            neighbours = (before, after) if before <= after else (after, before)
            if passed.setdefault(point, neighbours) != neighbours:
                junctions.add(point)
    return junctions


def _steps(arc: _Ring) -> list[list[int]]:
    """Return an arc as its first point and the steps from there."""
    points = np.array(arc)
    steps: list[list[int]] = np.vstack([points[:1], np.diff(points, axis=0)]).tolist()
    return steps
