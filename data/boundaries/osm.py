"""Ward boundaries from OpenStreetMap, on the operator's explicit command only."""

import geopandas as gpd
import osmnx
import pandas as pd
from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError
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
    """Fetch the ward polygons (admin_level 9) within an outline.

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
        Where the service cannot be reached, refuses, or has no such wards.
    """
    osmnx.settings.overpass_url = endpoint
    osmnx.settings.overpass_rate_limit = False
    osmnx.settings.use_cache = False  # a cache folder would outlive the command
    osmnx.settings.doh_url_template = None  # no other host is asked where the service is
    try:
        features = osmnx.features_from_polygon(outline.buffer(0), {**_TAGS})
    except InsufficientResponseError as wrong:
        raise SimaError("OpenStreetMap has no ward boundaries there.") from wrong
    except (ResponseStatusCodeError, RequestException, OSError, LookupError, ValueError) as wrong:
        raise SimaError(
            "The OpenStreetMap service did not answer. Check the connection or name another one"
            " with --endpoint.",
        ) from wrong
    # Tags are asked for one or the other; a ward has both. A large area is asked in pieces.
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


def with_palikas(
    wards: gpd.GeoDataFrame, palikas: gpd.GeoDataFrame, *, metric_crs: str
) -> gpd.GeoDataFrame:
    """Name each ward's palika and district by where most of its area lies.

    ``palikas`` is indexed by ``unit_code`` and holds the neighbours, too: otherwise a ward that
    reaches over a border would be taken for one of ours. Adds ``palika`` and ``district`` codes.
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
