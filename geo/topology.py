"""Ward tiles: numbered hexagons inside a palika's outline, where no ward boundary is installed.

A diagram, never a boundary: the tiles say how many wards there are, not where they lie.
"""

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundaries import METRIC_CRS, STORED_CRS

_SHRINK = 0.96  # of the radius at each try
_LEAST_INSIDE = 0.92  # of a tile's area
_OFFSETS = 4  # tries along each axis of the grid


def ward_tiles(outline: BaseGeometry, numbers: Sequence[int]) -> gpd.GeoDataFrame:
    """Lay out numbered tiles inside an outline, as large as they fit.

    Parameters
    ----------
    outline
        Polygon or MultiPolygon of the palika, EPSG:4326.
    numbers
        Ward numbers; tiles are numbered from the north-west, row by row.

    Returns
    -------
    GeoDataFrame indexed by ward number (``ward_number``), EPSG:4326: rounded hexagons that do not
    touch, in the order of their numbers. The same outline and numbers give the same tiles.
    """
    wanted = sorted(numbers)
    flat = gpd.GeoSeries([outline], crs=STORED_CRS).to_crs(METRIC_CRS).iloc[0]
    radius = math.sqrt(flat.area / max(1, len(wanted)) / 2.6)
    while True:
        centres = _best_centres(flat, radius, len(wanted))
        if centres is not None:
            break
        radius *= _SHRINK
    rows = np.round(centres[:, 1] / (1.5 * radius)).astype(int)
    ordered = centres[np.lexsort((centres[:, 0], -rows))]
    tiles = [
        _hexagon(x, y, radius * 0.94).buffer(-radius * 0.18).buffer(radius * 0.18)
        for x, y in ordered
    ]
    frame = gpd.GeoDataFrame(
        {"ward_number": wanted, "geometry": tiles},
        crs=METRIC_CRS,
    )
    return frame.set_index("ward_number").to_crs(STORED_CRS)


def _hexagon(x: float, y: float, radius: float) -> shapely.Polygon:
    angles = [math.radians(60 * k - 30) for k in range(6)]
    return shapely.Polygon([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in angles])


def _best_centres(flat: BaseGeometry, radius: float, count: int) -> np.ndarray | None:
    """Give the most compact set of enough grid cells inside, over a few positions of the grid."""
    west, south, east, north = flat.bounds
    across, up = math.sqrt(3) * radius, 1.5 * radius
    middle = np.array(flat.centroid.coords[0])
    best, best_spread = None, math.inf
    for i in range(_OFFSETS):
        for j in range(_OFFSETS):
            x0, y0 = west - across + across * i / _OFFSETS, south - up + up * j / _OFFSETS
            grid = [
                (x0 + across * (c + (r % 2) / 2), y0 + up * r)
                for r in range(math.ceil((north - south) / up) + 3)
                for c in range(math.ceil((east - west) / across) + 3)
            ]
            hexagons = np.array([_hexagon(x, y, radius) for x, y in grid])
            share = shapely.area(shapely.intersection(hexagons, flat)) / shapely.area(hexagons)
            inside = np.array(grid)[share >= _LEAST_INSIDE]
            if len(inside) < count:
                continue
            distance = np.hypot(*(inside - middle).T)
            nearest = inside[np.argsort(distance, kind="stable")[:count]]
            spread = float(np.sort(distance)[:count].sum())
            if spread < best_spread - 1e-6:
                best, best_spread = nearest, spread
    return best
