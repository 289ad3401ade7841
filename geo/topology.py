"""Ward tiles: numbered hexagons inside a palika's outline, used if no ward boundary is installed.

The tiles are a diagram and no boundary. They show how many wards there are, not where they are.
"""

import math
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.boundaries import METRIC_CRS, STORED_CRS

_SHRINK = 0.96  # factor by which the radius is reduced until the tiles fit
_LEAST_INSIDE = 0.92  # share of a tile's area that must be inside
_LEAST_POINTS = 11  # of twelve points in a tile that must be inside
_COARSE = 0.04  # share of the radius; smaller detail of the outline does not matter to tiles
_OFFSETS = 4  # positions of the grid that are tried along each axis


def ward_tiles(outline: BaseGeometry, numbers: Sequence[int]) -> gpd.GeoDataFrame:
    """Arrange numbered tiles inside an outline, as large as they fit.

    Parameters
    ----------
    outline
        Polygon or MultiPolygon of the palika, in EPSG:4326.
    numbers
        Ward numbers, in any order.

    Returns
    -------
    GeoDataFrame in EPSG:4326 indexed by ward number (``ward_number``), increasing: rounded hexagons
    that do not touch, numbered from the north-west row by row. The same outline and numbers give
    the same tiles.

    Examples
    --------
    >>> ward_tiles(shapely.box(85.0, 27.0, 85.1, 27.1), [3, 1, 2]).index.tolist()
    [1, 2, 3]
    """
    wanted = sorted(numbers)
    flat = gpd.GeoSeries([outline], crs=STORED_CRS).to_crs(METRIC_CRS).iloc[0]
    radius = math.sqrt(flat.area / max(1, len(wanted)) / 3.2)
    while True:
        centres = _best_centres(flat, radius, len(wanted))
        if centres is not None:
            break
        radius *= _SHRINK
    rows = np.round(centres[:, 1] / (1.5 * radius)).astype(int)
    ordered = centres[np.lexsort((centres[:, 0], -rows))]
    rounding = radius * 0.18
    tiles = shapely.buffer(
        shapely.buffer(_hexagons(ordered, radius * 0.94), -rounding), rounding, quad_segs=3
    )
    frame = gpd.GeoDataFrame(
        {"ward_number": wanted, "geometry": tiles},
        crs=METRIC_CRS,
    )
    return frame.set_index("ward_number").to_crs(STORED_CRS)


def _best_centres(flat: BaseGeometry, radius: float, count: int) -> np.ndarray | None:
    """Return the most compact set of enough grid cells inside, over some positions of the grid.

    None if no position has enough.
    """
    outline = flat.simplify(radius * _COARSE)
    shapely.prepare(outline)
    grid, position = _grids(flat.bounds, radius)
    # A tile that is nearly inside has its centre inside. Most grids have too few even of those.
    likely = shapely.contains_xy(outline, grid[:, 0], grid[:, 1])
    enough = np.bincount(position[likely], minlength=_OFFSETS**2) >= count
    likely &= enough[position]
    grid, position = grid[likely], position[likely]
    likely = _nearly(outline, grid, radius)
    enough = np.bincount(position[likely], minlength=_OFFSETS**2) >= count
    likely &= enough[position]
    grid, position = grid[likely], position[likely]
    inside = _inside(outline, grid, radius)
    grid, position = grid[inside], position[inside]
    distance = np.hypot(*(grid - np.array(flat.centroid.coords[0])).T)
    best, best_spread = None, math.inf
    for n in np.flatnonzero(np.bincount(position, minlength=_OFFSETS**2) >= count):
        mine = position == n
        nearest = np.argsort(distance[mine], kind="stable")[:count]
        spread = float(distance[mine][nearest].sum())
        if spread < best_spread - 1e-6:
            best, best_spread = grid[mine][nearest], spread
    return best


def _grids(
    bounds: tuple[float, float, float, float], radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return centres of hexagons that cover a box, shape (n, 2), and the grid position of each."""
    west, south, east, north = bounds
    wide, high = math.sqrt(3) * radius, 1.5 * radius
    right, up, row, column = (
        part.ravel()
        for part in np.meshgrid(
            np.arange(_OFFSETS),
            np.arange(_OFFSETS),
            np.arange(math.ceil((north - south) / high) + 3),
            np.arange(math.ceil((east - west) / wide) + 3),
            indexing="ij",
        )
    )
    x = west - wide + wide * right / _OFFSETS + wide * (column + (row % 2) / 2)
    y = south - high + high * up / _OFFSETS + high * row
    return np.column_stack([x, y]), right * _OFFSETS + up


def _nearly(outline: BaseGeometry, centres: np.ndarray, radius: float) -> np.ndarray:
    """Return which hexagons have nearly all of twelve points inside, a quick first test."""
    turns = np.radians(30 * np.arange(12))
    reach = radius * np.where(np.arange(12) % 2, 0.88, 0.76)  # towards the corners, the sides
    points = centres[:, None, :] + (
        reach[:, None] * np.column_stack([np.sin(turns), np.cos(turns)])
    )
    flat = points.reshape(-1, 2)
    there = shapely.contains_xy(outline, flat[:, 0], flat[:, 1]).reshape(-1, 12)
    return np.asarray(there.sum(axis=1) >= _LEAST_POINTS)


def _inside(outline: BaseGeometry, centres: np.ndarray, radius: float) -> np.ndarray:
    """Return which hexagons are inside, or nearly so."""
    hexagons = _hexagons(centres, radius)
    inside = np.asarray(shapely.contains_properly(outline, hexagons))
    across = ~inside
    share = shapely.area(shapely.intersection(hexagons[across], outline)) / (
        1.5 * math.sqrt(3) * radius**2
    )
    inside[across] = share >= _LEAST_INSIDE
    return inside


def _hexagons(centres: np.ndarray, radius: float) -> np.ndarray:
    angles = np.radians(60 * np.arange(6) - 30)
    corners = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    return np.asarray(shapely.polygons(centres[:, None, :] + corners[None, :, :]))
