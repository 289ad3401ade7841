"""Read boundaries from files, repair them, measure how they fit, and estimate a datum offset.

Geometry is stored in EPSG:4326. Lengths and areas are measured in a projected CRS, which the caller
names where it matters.
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
# UTM zone 45N, in metres. All of Nepal is within 7 degrees of its central meridian, which is exact
# enough for shares of area, distances and tolerances.
METRIC_CRS = "EPSG:32645"
_GRID_DEG = 1e-5  # about a metre


class UnreadableLayerError(Exception):
    """Raised for a file that is no vector layer, or has no layer of the given name."""


class MissingCrsError(Exception):
    """Raised for a layer that does not state its CRS."""


class UnknownCrsError(Exception):
    """Raised for the name of a CRS that does not exist."""


class SeveralLayersError(Exception):
    """Raised for a file with several layers if none is named; the message lists them."""


def read_layer(path: Path, *, layer: str | None = None, crs: str | None = None) -> gpd.GeoDataFrame:
    """Read a vector layer in any format that GDAL reads.

    Parameters
    ----------
    path
        The file.
    layer
        Name of the layer; may be left out if the file has only one.
    crs
        CRS to assume if the layer does not state one, for example ``EPSG:4326``.

    Returns
    -------
    The layer in EPSG:4326, on the index of the file.

    Raises
    ------
    UnreadableLayerError
        If the file is no vector layer, or has no layer of that name.
    SeveralLayersError
        If the file has several layers and ``layer`` is left out.
    MissingCrsError
        If the layer states no CRS and ``crs`` is left out.
    UnknownCrsError
        If ``crs`` is no CRS.
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
    """Repair shapes and keep their polygon parts.

    Parameters
    ----------
    shapes
        Any shapes, in any CRS.

    Returns
    -------
    Valid MultiPolygons on the same index and in the same CRS; empty if no polygon is left.

    Examples
    --------
    >>> line_and_square = shapely.GeometryCollection(
    ...     [shapely.LineString([(0, 0), (9, 9)]), shapely.box(0, 0, 1, 1)]
    ... )
    >>> kept = polygons_only(gpd.GeoSeries([line_and_square], index=["a"], crs=METRIC_CRS))
    >>> kept.loc["a"].geom_type, kept.loc["a"].area
    ('MultiPolygon', 1.0)
    """
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
        return _multi(shapely.union_all([*parts, *nested]))  # the parts may overlap
    return shapely.MultiPolygon([*parts, *nested])


@dataclass(frozen=True, slots=True)
class Fit:
    """How well parts fit their whole, as shares of area from 0 to 1.

    Attributes
    ----------
    inside
        Share of the parts' area that lies in the whole.
    covered
        Share of the whole's area that the parts cover.
    overlap
        Share of the parts' area that lies under another part.
    """

    inside: float
    covered: float
    overlap: float


def measure_fit(parts: gpd.GeoSeries, whole: BaseGeometry, *, metric_crs: str) -> Fit:
    """Measure how well parts fit their whole.

    Parameters
    ----------
    parts
        Polygons in EPSG:4326.
    whole
        Polygon in EPSG:4326.
    metric_crs
        Projected CRS in which areas are measured.

    Examples
    --------
    Two squares, of which one is inside the whole and covers half of it:

    >>> parts = gpd.GeoSeries([shapely.box(84, 27, 84.1, 27.1), shapely.box(85, 27, 85.1, 27.1)])
    >>> whole = shapely.box(84, 27, 84.2, 27.1)
    >>> fit = measure_fit(parts.set_crs(STORED_CRS), whole, metric_crs=METRIC_CRS)
    >>> round(fit.inside, 2), round(fit.covered, 2), fit.overlap
    (0.5, 0.5, 0.0)
    """
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


def estimate_offset_m(
    shapes: gpd.GeoSeries,
    targets: gpd.GeoSeries,
    *,
    metric_crs: str,
    most_m: float,
) -> tuple[float, float]:
    """Estimate the constant shift that moves shapes onto their targets.

    The shift is the median difference between the centroids of comparable pairs. It is refined in
    small steps towards the largest common area. A pair is comparable if the areas agree within 5 %
    and the centroids are at most ``most_m`` apart; other pairs differ by more than their datum.

    Parameters
    ----------
    shapes, targets
        Polygons in any stated CRS, paired by index.
    metric_crs
        Projected CRS in which the shift is measured.
    most_m
        Largest distance between the centroids of a comparable pair, in metres.

    Returns
    -------
    The shift to the east and to the north, in metres; (0, 0) if no pair is comparable.
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


def shift(
    shapes: gpd.GeoSeries, east_m: float, north_m: float, *, metric_crs: str
) -> gpd.GeoSeries:
    """Move shapes to the east and to the north.

    Parameters
    ----------
    shapes
        Shapes in any stated CRS.
    east_m, north_m
        Distances in metres.
    metric_crs
        Projected CRS in which the shapes are moved.

    Returns
    -------
    The moved shapes in EPSG:4326, on the same index.
    """
    return shapes.to_crs(metric_crs).translate(east_m, north_m).to_crs(STORED_CRS)


def generalise(boundaries: gpd.GeoDataFrame, *, tolerance_m: float) -> gpd.GeoDataFrame:
    """Simplify a coverage so that neighbours still share their borders.

    A shape that would vanish or become invalid keeps its full detail.

    Parameters
    ----------
    boundaries
        Polygons that do not overlap, in any stated CRS.
    tolerance_m
        Tolerance of the simplification, in metres.

    Returns
    -------
    The frame with MultiPolygons in EPSG:4326, on the same index.
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
