"""The boundary files that a browser loads: TopoJSON, named by a hash of their content.

A file lists all units of a level in a district, or in the country, in the order of their codes,
with their names and, if there is one, their shape. A map layer then needs only one value per unit,
in that order: the name of a file fixes its list.
"""

import functools
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import brotli
import geopandas as gpd
import pandas as pd

from data.model import AdminLevel
from data.reference.unit_codes import district_of
from geo import topojson
from geo.boundaries import STORED_CRS, generalise
from geo.topology import ward_tiles

OUTLINE, TILES = "outline", "tiles"
WHOLE = ""  # value of `within` for the country
_OVERVIEW_M = 400.0  # tolerance of generalisation, for maps of many districts
_GROUND_M = 800.0  # the same, for the country behind them
_GRID, _OVERVIEW_GRID = 10_000, 20_000
_NAME_LENGTH = 16
_BEST = 9


@dataclass(frozen=True, slots=True)
class GeometryFile:
    """One file: the units of ``admin_level`` whose codes begin with ``within``.

    ``form`` is ``outline`` (boundaries; a ward without one has its tile, with the property
    ``tile``) or ``tiles`` (wards only, all as tiles). ``units`` is their number; ``brotli`` and
    ``gzip`` are the compressed content.
    """

    name: str
    admin_level: int
    within: str
    form: str
    units: int
    brotli: bytes
    gzip: bytes


def build_geometry_files(units: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> list[GeometryFile]:
    """Return every file of a set of boundaries.

    A level without any boundary has no file, except the tiles of wards.

    Parameters
    ----------
    units
        Indexed by ``unit_code``: ``admin_level``, ``parent_code``, ``name_en``, ``name_ne``,
        ``ward_number``.
    boundaries
        Indexed by ``unit_code``, EPSG:4326: ``admin_level``, ``geometry``.
    """
    boundaries = boundaries.sort_index()  # generalisation depends on the order
    shapes = gpd.GeoSeries(boundaries.geometry)
    of_level = boundaries["admin_level"]
    files = []
    for level, tolerance_m in (
        (AdminLevel.COUNTRY, _GROUND_M),
        (AdminLevel.PROVINCE, _OVERVIEW_M),
        (AdminLevel.DISTRICT, _OVERVIEW_M),
        (AdminLevel.PALIKA, _OVERVIEW_M),
    ):
        mine = gpd.GeoDataFrame(boundaries[of_level == level])
        if len(mine):
            simple = generalise(mine, tolerance_m=tolerance_m).geometry
            listed = units[units["admin_level"] == level]
            files.append(_file(listed, simple, level, WHOLE, OUTLINE, _OVERVIEW_GRID))
    tiles = _tiles(units, gpd.GeoSeries(shapes[of_level == AdminLevel.PALIKA]))
    for level in (AdminLevel.DISTRICT, AdminLevel.PALIKA, AdminLevel.WARD):
        listed = units[units["admin_level"] == level]
        for district, wanted in listed.groupby(district_of(listed.index)):
            drawn = gpd.GeoSeries(shapes[shapes.index.isin(wanted.index)])
            if len(drawn):
                files.append(_file(wanted, drawn, level, str(district), OUTLINE, _GRID, tiles))
            if level == AdminLevel.WARD and tiles.index.isin(wanted.index).any():
                files.append(_file(wanted, tiles, level, str(district), TILES, _GRID))
    return files


def _tiles(units: pd.DataFrame, palikas: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return tiles for the wards of every palika that has an outline, by ward code."""
    wards = units[units["admin_level"] == AdminLevel.WARD]
    laid = [
        ward_tiles(palikas[palika], mine["ward_number"].astype(int).tolist()).geometry.set_axis(
            mine.sort_values("ward_number").index
        )
        for palika, mine in wards.groupby("parent_code")
        if palika in palikas.index
    ]
    if not laid:
        return gpd.GeoSeries([], index=pd.Index([], dtype=str), crs=STORED_CRS)
    return gpd.GeoSeries(pd.concat(laid), crs=STORED_CRS)


def _file(
    units: pd.DataFrame,
    shapes: gpd.GeoSeries,
    level: AdminLevel,
    within: str,
    form: str,
    grid: int,
    instead: gpd.GeoSeries | None = None,
) -> GeometryFile:
    listed = units.sort_index()
    drawn = shapes.reindex(listed.index)
    lacking = pd.Series(drawn.isna().to_numpy(), index=drawn.index)
    if instead is not None:
        drawn = drawn.where(~lacking, instead.reindex(listed.index))
    is_tile = (lacking | (form == TILES)) & ~drawn.isna()
    properties = [
        {"en": row["name_en"], "ne": row["name_ne"]}
        | ({"number": int(row["ward_number"])} if level == AdminLevel.WARD else {})
        | ({"tile": 1} if tile else {})
        for (_code, row), tile in zip(listed.iterrows(), is_tile, strict=True)
    ]
    content = topojson.encode(gpd.GeoSeries(drawn), properties, grid=grid)
    return GeometryFile(
        hashlib.sha256(content).hexdigest()[:_NAME_LENGTH],
        int(level),
        within,
        form,
        len(listed),
        brotli.compress(content, quality=_BEST, mode=brotli.MODE_TEXT),
        gzip.compress(content, _BEST, mtime=0),
    )


@functools.cache
def _last() -> dict[str, list[GeometryFile]]:
    return {}


def build_geometry_files_once(
    boundaries_id: str, units: pd.DataFrame, boundaries: gpd.GeoDataFrame
) -> Iterator[GeometryFile]:
    """Return the files of a set of boundaries by its id.

    Both audiences' stores get the same files, so the latest set is kept in this process.
    """
    known = _last()
    if boundaries_id not in known:
        known.clear()
        known[boundaries_id] = build_geometry_files(units, boundaries)
    yield from known[boundaries_id]
