"""Nepal's palika polygons, with their known flaws mended."""

import pytest
from shapely.geometry import Point

from data.boundaries import national
from geo.boundaries import METRIC_CRS


@pytest.fixture(scope="module")
def nepal() -> national.National:
    return national.read_national()


def test_every_level_is_there_and_valid(nepal: national.National) -> None:
    counts = nepal.boundaries.groupby("admin_level").size().to_dict()
    assert counts == {0: 1, 1: 7, 2: 77, 3: 753}
    assert nepal.boundaries.is_valid.all()
    assert set(nepal.boundaries.geom_type) == {"MultiPolygon"}


def test_parks_stand_apart_and_belong_to_a_district(nepal: national.National) -> None:
    assert len(nepal.parks) == 22
    assert nepal.parks["district_code"].notna().all()


def test_the_country_has_no_hole_and_the_levels_nest(nepal: national.National) -> None:
    shapes = nepal.boundaries.geometry
    assert len(shapes["NP"].geoms) == 1
    assert len(shapes["NP"].geoms[0].interiors) == 0
    flat = nepal.boundaries.to_crs(METRIC_CRS)
    areas = flat.area.groupby(flat["admin_level"]).sum()
    for level in (1, 2):
        assert areas[level] == pytest.approx(areas[0], rel=1e-6)
    assert areas[3] < areas[0], "the parks belong to no palika"


def test_known_places_lie_where_they_are(nepal: national.National) -> None:
    shapes = nepal.boundaries.geometry
    assert shapes["31206"].contains(Point(85.03, 27.43))  # Hetauda
    assert shapes["511"].contains(Point(81.62, 28.05))  # Nepalgunj in Banke
