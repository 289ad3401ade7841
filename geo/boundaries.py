"""Boundaries from files: read, repair, measure how they fit, estimate a datum offset.

Knows no other package of ours. Lengths and areas are measured in a projected CRS that the caller
names.
"""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

STORED_CRS = "EPSG:4326"
METRIC_CRS = "EPSG:32645"  # UTM 45N: Nepal is within 5 degrees of its middle; shares and tolerances
_GRID_DEG = 1e-5  # about a metre


class UnreadableLayerError(Exception):
    """The file is no map layer, or not the one asked for."""


class MissingCrsError(Exception):
    """The layer does not say in which coordinate system it is."""


class UnknownCrsError(Exception):
    """The coordinate system that was named does not exist."""


class SeveralLayersError(Exception):
    """The file has several layers and none was named; the message lists them."""


def read_layer(path: Path, *, layer: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector layer in any format that GDAL knows, reprojected to EPSG:4326.

    Parameters
    ----------
    layer
        Name of the layer where the file has several; the first by default.
    crs
        Coordinate system to assume where the layer does not say.

    Raises
    ------
    UnreadableLayerError, MissingCrsError, UnknownCrsError, SeveralLayersError
    """
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
        if layer is None and len(layers) > 1:
            raise SeveralLayersError(", ".join(layers))
        layer = layer or (layers[0] if layers else None)
        frame = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore")
    except (DataSourceError, DataLayerError, OSError, ValueError, RuntimeError) as wrong:
        raise UnreadableLayerError(str(path.name)) from wrong
    if not isinstance(frame, gpd.GeoDataFrame):
        raise UnreadableLayerError(str(path.name))
    if frame.crs is None:
        if crs is None:
            raise MissingCrsError(str(path.name))
        try:
            frame = frame.set_crs(crs)
        except CRSError as wrong:
            raise UnknownCrsError(crs) from wrong
    return frame.to_crs(STORED_CRS)


def polygons_only(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Repair shapes and keep their polygon parts, as MultiPolygons; empty where nothing is left."""
    valid = shapes.make_valid()
    return gpd.GeoSeries([_multi(shape) for shape in valid], index=shapes.index, crs=shapes.crs)


def _multi(shape: BaseGeometry | None) -> shapely.MultiPolygon:
    if shape is None or shape.is_empty:
        return shapely.MultiPolygon()
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    nested = [
        p
        for part in shapely.get_parts(shape)
        if part.geom_type == "MultiPolygon"
        for p in part.geoms
    ]
    if shape.geom_type == "GeometryCollection" and len(parts) + len(nested) > 1:
        return _multi(shapely.union_all([*parts, *nested]))  # its parts may lie over each other
    return shapely.MultiPolygon([*parts, *nested])


@dataclass(frozen=True, slots=True)
class Fit:
    """How parts fit their whole, in shares of area (0-1).

    ``inside``: of the parts' area, what lies in the whole; ``covered``: of the whole's area, what
    the parts cover; ``overlap``: of the parts' area, what lies under more than one part.
    """

    inside: float
    covered: float
    overlap: float


def fit(parts: gpd.GeoSeries, whole: BaseGeometry, *, metric_crs: str) -> Fit:
    """Measure how parts fit their whole; both in EPSG:4326."""
    flat = parts.to_crs(metric_crs)
    target = gpd.GeoSeries([whole], crs=STORED_CRS).to_crs(metric_crs).iloc[0]
    union = shapely.union_all(flat.to_numpy())
    total = float(flat.area.sum())
    common = float(union.intersection(target).area)
    return Fit(
        inside=common / union.area if union.area else 0.0,
        covered=common / target.area if target.area else 0.0,
        overlap=max(0.0, (total - union.area) / total) if total else 0.0,
    )


def offset_m(
    shapes: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    *,
    metric_crs: str,
    most_m: float,
) -> tuple[float, float]:
    """Estimate the constant shift, in metres east and north, that brings shapes onto targets.

    Both are indexed alike. The shift is the one that most outlines agree on: the median difference
    of the centroids of those pairs whose areas agree within 5 % and whose centroids are at most
    ``most_m`` apart (others are another place, not another datum), refined by trying small steps
    and keeping what makes the common area largest. (0, 0) where no pair is like that.
    """
    both = shapes.index.intersection(targets.index)
    a = gpd.GeoSeries(shapes.loc[both]).to_crs(metric_crs)
    b = gpd.GeoSeries(targets.loc[both]).to_crs(metric_crs)
    ratio = a.area / b.area
    apart = np.hypot(b.centroid.x - a.centroid.x, b.centroid.y - a.centroid.y)
    use = ratio.between(0.95, 1.05) & (apart <= most_m)
    if not use.any():
        return 0.0, 0.0
    east = float((b.centroid.x - a.centroid.x)[use].median())
    north = float((b.centroid.y - a.centroid.y)[use].median())
    a_used, b_used = gpd.GeoSeries(a[use]).simplify(20), gpd.GeoSeries(b[use]).simplify(20)
    for step in (80.0, 40.0, 20.0, 10.0, 5.0):
        tried = [(east + dx * step, north + dy * step) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        areas = [_common(a_used, b_used, shift) for shift in tried]
        east, north = tried[int(np.argmax(areas))]
    return round(east, 1), round(north, 1)


def _common(a: gpd.GeoSeries, b: gpd.GeoSeries, shift: tuple[float, float]) -> float:
    moved = a.translate(*shift)
    return float(moved.intersection(b, align=False).area.sum())


def shifted(
    shapes: gpd.GeoSeries, east_m: float, north_m: float, *, metric_crs: str
) -> gpd.GeoSeries:
    """Move shapes by metres east and north; given and returned in EPSG:4326."""
    return shapes.to_crs(metric_crs).translate(east_m, north_m).to_crs(STORED_CRS)


def generalised(boundaries: gpd.GeoDataFrame, *, tolerance_m: float) -> gpd.GeoDataFrame:
    """Generalise a coverage to a tolerance in metres so that neighbours still fit.

    Given and returned in EPSG:4326 with MultiPolygons; a shape that would vanish or break keeps
    its full detail.
    """
    metric = boundaries.geometry.to_crs(METRIC_CRS)
    simple = shapely.coverage_simplify(metric.to_numpy(), tolerance_m)
    shapes = gpd.GeoSeries(simple, index=boundaries.index, crs=METRIC_CRS).to_crs(STORED_CRS)
    rounded = shapely.set_precision(shapes.to_numpy(), _GRID_DEG)
    shapes = gpd.GeoSeries(rounded, index=boundaries.index, crs=STORED_CRS)
    lost = shapes.is_empty | ~shapes.is_valid | shapes.isna()
    shapes = shapes.where(~lost, boundaries.geometry)
    multi = [_multi(shape) for shape in shapes]
    return boundaries.set_geometry(gpd.GeoSeries(multi, index=boundaries.index, crs=STORED_CRS))
