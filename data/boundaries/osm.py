"""Ward boundaries from OpenStreetMap, on the operator's explicit command only.

The download needs the package osmnx, which is the extra ``sima[osm]``: no other command needs it.
"""

import geopandas as gpd
import pandas as pd
from requests.exceptions import RequestException
from shapely.geometry.base import BaseGeometry

from data.model import SimaError
from data.reference.unit_codes import district_of

ENDPOINT = "https://overpass-api.de/api"
SOURCE = "OpenStreetMap, admin_level 9"
LICENCE = "Open Database Licence (ODbL) 1.0"
ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
_TAGS = {"boundary": "administrative", "admin_level": "9"}


def download_wards(outline: BaseGeometry, *, endpoint: str) -> gpd.GeoDataFrame:
    """Download the ward polygons (admin_level 9) within an outline.

    Parameters
    ----------
    outline
        Area to fetch, EPSG:4326.
    endpoint
        Address of an Overpass service.

    Returns
    -------
    GeoDataFrame in EPSG:4326 with ``ward`` (from ``ref`` or the name) and ``geometry``.

    Raises
    ------
    SimaError
        Where osmnx is not installed, or the service cannot be reached, refuses, or has no such
        wards.
    """
    try:
        import osmnx  # noqa: PLC0415  # an extra
        from osmnx._errors import (  # noqa: PLC0415
            InsufficientResponseError,
            ResponseStatusCodeError,
        )
    except ModuleNotFoundError as missing:
        raise SimaError(
            "The download from OpenStreetMap needs the package osmnx. Install it with:"
            ' pip install "sima[osm]"'
        ) from missing
    osmnx.settings.overpass_url = endpoint
    osmnx.settings.overpass_rate_limit = False
    osmnx.settings.use_cache = False  # a cache folder would outlive the command
    osmnx.settings.doh_url_template = None  # ask no third host for its IP address
    try:
        features = osmnx.features_from_polygon(outline.buffer(0), {**_TAGS})
    except InsufficientResponseError as wrong:
        raise SimaError("OpenStreetMap has no ward boundaries there.") from wrong
    except (ResponseStatusCodeError, RequestException, OSError, LookupError, ValueError) as wrong:
        raise SimaError(
            "The OpenStreetMap service did not answer. Check the connection, or choose another"
            " service with --endpoint.",
        ) from wrong
    # The query returns what has either tag, and a ward has both. A large area is asked for in
    # pieces, so the same ward may come twice.
    both = [features[key].eq(value) for key, value in _TAGS.items() if key in features]
    wards = features[both[0] & both[1]] if len(both) == len(_TAGS) else features.iloc[:0]
    wards = wards[~wards.index.duplicated()]
    shapes = wards[wards.geom_type.isin(["Polygon", "MultiPolygon"])]
    if shapes.empty:
        raise SimaError("OpenStreetMap has no ward polygons there.")
    nothing = pd.Series(None, index=shapes.index, dtype=object)
    number, name = shapes.get("ref", nothing), shapes.get("name", nothing)
    number = number.where(number.notna(), name)
    return gpd.GeoDataFrame(
        {"ward": number.to_numpy(), "geometry": shapes.geometry.to_numpy()},
        crs="EPSG:4326",
    )


def assign_palikas(
    wards: gpd.GeoDataFrame, palikas: gpd.GeoDataFrame, *, metric_crs: str
) -> gpd.GeoDataFrame:
    """Add the palika and district in which most of each ward's area lies.

    Parameters
    ----------
    wards
        Ward polygons in any CRS.
    palikas
        Palika polygons indexed by ``unit_code``, the neighbouring ones included: without them a
        ward that reaches over the border would be assigned to a palika of ours.
    metric_crs
        Projected CRS in which areas are measured.

    Returns
    -------
    ``wards`` with the codes ``palika`` and ``district``, missing where a ward touches no palika.
    """
    flat, areas = wards.to_crs(metric_crs), palikas.to_crs(metric_crs)
    pieces = gpd.overlay(
        flat.reset_index(names="n"),
        areas.reset_index(names="palika")[["palika", "geometry"]],
        keep_geom_type=True,
    )
    most = pieces.assign(area=pieces.area).sort_values("area").drop_duplicates("n", keep="last")
    palika = most.set_index("n")["palika"].reindex(wards.index)
    return wards.assign(palika=palika, district=district_of(palika))
