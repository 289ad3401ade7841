"""Ward tiles: as many numbered tiles as wards, inside the outline, the same every time."""

import math

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

from data.boundaries import national
from data.reference.gazetteer import Gazetteer
from geo.boundaries import METRIC_CRS, STORED_CRS
from geo.topology import ward_tiles
from tests.support.examples import examples

OUTLINES = {
    "square": box(85.0, 27.0, 85.2, 27.2),
    "very thin": box(85.0, 27.0, 85.2, 27.004),
    "in two parts": MultiPolygon([box(85.0, 27.0, 85.1, 27.1), box(85.2, 27.0, 85.3, 27.1)]),
    "with a hole": Polygon(
        box(85.0, 27.0, 85.2, 27.2).exterior, [box(85.05, 27.05, 85.15, 27.15).exterior]
    ),
    "a corner": Polygon([(85, 27), (85.2, 27), (85.2, 27.02), (85.02, 27.02), (85.02, 27.2), (85, 27.2)]),
}  # fmt: skip


def flat(shape: BaseGeometry) -> BaseGeometry:
    """Give a stored shape in metres."""
    return gpd.GeoSeries([shape], crs=STORED_CRS).to_crs(METRIC_CRS).iloc[0]


def check(tiles: gpd.GeoDataFrame, outline: BaseGeometry, count: int) -> None:
    """Say that tiles are a diagram of an outline, whatever its form."""
    assert tiles.crs == STORED_CRS
    assert tiles.index.name == "ward_number"
    assert tiles.index.tolist() == list(range(1, count + 1)), "every number once, in order"
    assert set(tiles.geom_type) == {"Polygon"}
    assert tiles.is_valid.all()
    metric, whole = tiles.geometry.to_crs(METRIC_CRS), flat(outline)
    inside = metric.intersection(whole).area / metric.area
    assert inside.min() >= 0.9
    pairs = shapely.STRtree(metric.to_numpy()).query(metric.to_numpy(), predicate="intersects")
    assert (pairs[0] == pairs[1]).all(), "a tile touches no other"
    assert metric.area.max() == pytest.approx(metric.area.min(), rel=1e-6), "no ward weighs more"


@pytest.fixture(scope="module")
def palikas() -> gpd.GeoSeries:
    every = national.read_national().boundaries
    return every.loc[every["admin_level"] == 3, "geometry"]


@pytest.mark.parametrize("count", [1, 9, 32])
@pytest.mark.parametrize("form", OUTLINES)
def test_every_ward_has_a_tile_inside_the_outline(form: str, count: int) -> None:
    outline = OUTLINES[form]
    check(ward_tiles(outline, range(1, count + 1)), outline, count)


# Hetauda; two palikas of two parts; the one with most wards; the one whose tiles fit worst.
@pytest.mark.parametrize("palika", ["31206", "40808", "51201", "40504", "70106"])
def test_a_real_palika_has_a_tile_for_each_of_its_wards(
    palikas: gpd.GeoSeries, palika: str
) -> None:
    numbers = Gazetteer.load().ward_numbers(palika)
    check(ward_tiles(palikas[palika], numbers), palikas[palika], len(numbers))


def test_the_same_outline_gives_the_same_tiles_in_whatever_order_wards_come() -> None:
    outline = OUTLINES["a corner"]
    tiles = ward_tiles(outline, range(1, 10))
    again = ward_tiles(shapely.from_wkb(outline.wkb), [9, 1, 8, 2, 7, 3, 6, 4, 5])
    assert again.index.equals(tiles.index)
    assert again.geometry.to_wkb().tolist() == tiles.geometry.to_wkb().tolist()


def test_tiles_are_numbered_from_the_north_west_row_by_row() -> None:
    tiles = ward_tiles(OUTLINES["square"], range(1, 13)).to_crs(METRIC_CRS)
    points = tiles.centroid
    half_row_m = 0.5 * math.sqrt(tiles.area.iloc[0])
    for one, other in zip(points.iloc[:-1], points.iloc[1:], strict=True):
        below = one.y - other.y > half_row_m
        beside = abs(one.y - other.y) < 1 and other.x > one.x
        assert below or beside


def test_tiles_fill_a_good_part_of_the_outline() -> None:
    for count in (1, 5, 19, 32):
        tiles = ward_tiles(OUTLINES["square"], range(1, count + 1)).to_crs(METRIC_CRS)
        assert tiles.area.sum() > 0.35 * flat(OUTLINES["square"]).area


def test_numbers_may_have_a_gap() -> None:
    assert ward_tiles(OUTLINES["square"], [4, 2, 11]).index.tolist() == [2, 4, 11]


@examples(3, 60)
@given(
    st.integers(1, 14),
    st.floats(0.05, 0.4),
    st.floats(0.05, 0.4),
    st.integers(3, 9),
)
def test_any_outline_takes_any_number_of_wards(
    count: int, wide: float, high: float, corners: int
) -> None:
    turns = [2 * math.pi * n / corners for n in range(corners)]
    outline = Polygon([(84 + wide * math.cos(a), 28 + high * math.sin(a)) for a in turns])
    check(ward_tiles(outline, range(1, count + 1)), outline, count)
