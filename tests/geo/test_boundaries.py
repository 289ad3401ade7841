"""Boundaries from files: read, repaired, measured, moved and generalised."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from data.boundaries import national
from geo.boundaries import (
    METRIC_CRS,
    STORED_CRS,
    MissingCrsError,
    UnreadableLayerError,
    estimate_offset_m,
    generalise,
    measure_fit,
    polygons_only,
    read_layer,
    shift,
)
from tests.support.examples import examples

EAST, NORTH = 300_000.0, 3_030_000.0  # a point of Makwanpur in METRIC_CRS


def square(east_m: float, north_m: float, side_m: float = 1000.0) -> Polygon:
    """Make a square by its south-west corner, in metres from a point of Makwanpur."""
    west, south = EAST + east_m, NORTH + north_m
    return box(west, south, west + side_m, south + side_m)


def stored(*shapes: Polygon) -> gpd.GeoSeries:
    """Give metric shapes as they are stored."""
    return gpd.GeoSeries(list(shapes), crs=METRIC_CRS).to_crs(STORED_CRS)


def some_layer() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"ward": [1, 2]}, geometry=stored(square(0, 0), square(1000, 0)))


def is_some_layer(frame: gpd.GeoDataFrame) -> bool:
    """Say whether the shapes are those of `some_layer`, wherever their rings begin."""
    shapes, wanted = frame.geometry.normalize(), some_layer().geometry.normalize()
    return bool(shapes.geom_equals_exact(wanted, tolerance=1e-9).all())


@pytest.fixture(scope="module")
def palikas() -> gpd.GeoDataFrame:
    """The ten palikas of Makwanpur."""
    every = national.read_national().boundaries
    return every[(every["admin_level"] == 3) & every.index.str.startswith("312")]


# ---- reading


@pytest.mark.parametrize("name", ["layer.gpkg", "layer.geojson", "layer.shp"])
def test_a_layer_is_read_in_any_format(tmp_path: Path, name: str) -> None:
    some_layer().to_file(tmp_path / name)
    frame = read_layer(tmp_path / name)
    assert frame.crs == STORED_CRS
    assert frame["ward"].tolist() == [1, 2]
    assert is_some_layer(frame)


def test_a_layer_in_metres_comes_back_in_degrees(tmp_path: Path) -> None:
    some_layer().to_crs("EPSG:32645").to_file(tmp_path / "metric.gpkg")
    frame = read_layer(tmp_path / "metric.gpkg")
    assert frame.crs == STORED_CRS
    assert is_some_layer(frame)


def test_a_layer_is_chosen_by_its_name(tmp_path: Path) -> None:
    some_layer().to_file(tmp_path / "two.gpkg", layer="wards")
    some_layer().iloc[:1].to_file(tmp_path / "two.gpkg", layer="one", mode="a")
    assert len(read_layer(tmp_path / "two.gpkg", layer="one")) == 1
    with pytest.raises(UnreadableLayerError):
        read_layer(tmp_path / "two.gpkg", layer="three")


def test_a_layer_without_crs_is_refused_until_one_is_named(tmp_path: Path) -> None:
    some_layer().to_crs("EPSG:32645").to_file(tmp_path / "bare.shp")
    (tmp_path / "bare.prj").unlink()
    with pytest.raises(MissingCrsError, match=r"bare\.shp"):
        read_layer(tmp_path / "bare.shp")
    frame = read_layer(tmp_path / "bare.shp", crs="EPSG:32645")
    assert is_some_layer(frame)


def test_the_crs_that_a_layer_says_is_believed(tmp_path: Path) -> None:
    some_layer().to_file(tmp_path / "layer.gpkg")
    frame = read_layer(tmp_path / "layer.gpkg", crs="EPSG:32645")
    assert is_some_layer(frame)


@pytest.mark.parametrize(
    ("name", "content"),
    [("layer.gpkg", b"\x00garbage" * 50), ("layer.shp", b"garbage"), ("layer.geojson", b"{"),
     ("empty.gpkg", b""), ("table.csv", b"ward,name\n1,Hetauda\n")],
)  # fmt: skip
def test_what_is_no_layer_is_refused_by_its_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableLayerError) as refusal:
        read_layer(tmp_path / name)
    assert str(refusal.value) == name, "a message must not tell where the file lies"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableLayerError):
        read_layer(tmp_path / "gone.gpkg")


# ---- repair


def test_a_bow_tie_becomes_its_two_triangles() -> None:
    bow_tie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    repaired = polygons_only(gpd.GeoSeries([bow_tie], index=["a"], crs=METRIC_CRS))
    assert repaired.index.tolist() == ["a"]
    assert repaired.crs == METRIC_CRS
    assert repaired.is_valid.all()
    assert len(repaired["a"].geoms) == 2
    assert repaired.area["a"] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (box(0, 0, 1, 1), 1.0),
        (MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)]), 2.0),
        (GeometryCollection([box(0, 0, 1, 1), LineString([(5, 5), (6, 6)]), Point(9, 9)]), 1.0),
        (GeometryCollection([MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1)]), Point(9, 9)]), 2.0),
        (Polygon([(0, 0), (1, 0), (1, 1), (3, 3), (1, 1), (0, 1)]), 1.0),  # with a spike
        (Polygon(), 0.0),
        (None, 0.0),
        (LineString([(0, 0), (1, 1)]), 0.0),
        (Point(0, 0), 0.0),
    ],
    ids=["polygon", "two parts", "collection", "nested", "spike", "empty", "none", "line", "point"],
)
def test_only_the_polygons_of_a_shape_are_kept(shape: shapely.Geometry, area: float) -> None:
    kept = polygons_only(gpd.GeoSeries([shape], crs=METRIC_CRS))
    assert kept.geom_type.tolist() == ["MultiPolygon"]
    assert kept.is_valid.all()
    assert kept.area[0] == pytest.approx(area)
    assert kept.is_empty[0] == (area == 0)


# ---- fit


def test_quarters_fit_their_square_exactly() -> None:
    corners = [(0, 0), (500, 0), (0, 500), (500, 500)]
    parts = stored(*(square(east, north, 500) for east, north in corners))
    measured = measure_fit(parts, stored(square(0, 0))[0], metric_crs=METRIC_CRS)
    assert measured.inside == pytest.approx(1, abs=1e-6)
    assert measured.covered == pytest.approx(1, abs=1e-6)
    assert measured.overlap == pytest.approx(0, abs=1e-6)


def test_shares_are_of_the_parts_and_of_the_whole() -> None:
    # A square of which a quarter lies in the whole, and another that lies in it altogether.
    parts = stored(square(500, 500), square(0, 0, 500))
    measured = measure_fit(parts, stored(square(0, 0))[0], metric_crs=METRIC_CRS)
    assert measured.inside == pytest.approx(0.5 / 1.25, abs=1e-6)
    assert measured.covered == pytest.approx(0.5, abs=1e-6)
    assert measured.overlap == pytest.approx(0, abs=1e-6)


def test_overlap_is_measured_against_the_area_of_the_parts() -> None:
    parts = stored(square(0, 0), square(500, 0))  # half of each lies under the other
    measured = measure_fit(parts, stored(square(0, 0, 2000))[0], metric_crs=METRIC_CRS)
    assert measured.overlap == pytest.approx(0.25, abs=1e-6)
    assert measured.inside == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("parts", [[square(5000, 0)], [Polygon()], []], ids=["away", "empty", "no"])
def test_parts_that_are_elsewhere_or_nothing_fit_nothing(parts: list[Polygon]) -> None:
    measured = measure_fit(stored(*parts), stored(square(0, 0))[0], metric_crs=METRIC_CRS)
    assert (measured.inside, measured.covered, measured.overlap) == (0, 0, 0)


# ---- offset


def test_a_shift_of_a_district_is_found_and_taken_back(palikas: gpd.GeoDataFrame) -> None:
    moved = shift(palikas.geometry, -200, 30, metric_crs=METRIC_CRS)
    east, north = estimate_offset_m(moved, palikas.geometry, metric_crs=METRIC_CRS, most_m=1000)
    assert east == pytest.approx(200, abs=10)
    assert north == pytest.approx(-30, abs=10)
    back = shift(moved, east, north, metric_crs=METRIC_CRS).to_crs(METRIC_CRS)
    apart = back.symmetric_difference(palikas.geometry.to_crs(METRIC_CRS)).area
    assert (apart / back.area).max() < 0.001


def test_shapes_in_place_have_no_offset(palikas: gpd.GeoDataFrame) -> None:
    east, north = estimate_offset_m(
        palikas.geometry, palikas.geometry, metric_crs=METRIC_CRS, most_m=1000
    )
    assert abs(east) < 1
    assert abs(north) < 1


def test_the_offset_pairs_shapes_by_code_and_ignores_those_of_another_size(
    palikas: gpd.GeoDataFrame,
) -> None:
    moved = shift(palikas.geometry, -200, 30, metric_crs=METRIC_CRS)
    # Six of ten lost their east, the order is another, one has no counterpart.
    for code in palikas.index[:6]:
        west, south, east, north = moved[code].bounds
        moved[code] = moved[code].intersection(box(west, south, west + (east - west) / 3, north))
    moved = moved.sample(frac=1, random_state=3)
    without = palikas.geometry.drop(palikas.index[-1])
    found = estimate_offset_m(moved, without, metric_crs=METRIC_CRS, most_m=1000)
    assert found == (pytest.approx(200, abs=10), pytest.approx(-30, abs=10))


@examples(4, 80)
@given(st.integers(-400, 400), st.integers(-400, 400))
def test_any_datum_is_found_on_a_single_shape(east_m: int, north_m: int) -> None:
    target = stored(square(0, 0, 5000).union(square(3000, 4000, 4000)))
    moved = shift(target, -east_m, -north_m, metric_crs=METRIC_CRS)
    found = estimate_offset_m(moved, target, metric_crs=METRIC_CRS, most_m=1000)
    assert found == (pytest.approx(east_m, abs=10), pytest.approx(north_m, abs=10))


def test_shifting_keeps_index_and_crs() -> None:
    shapes = stored(square(0, 0), square(5000, 0)).set_axis(["b", "a"])
    moved = shift(shapes, 100, -50, metric_crs=METRIC_CRS)
    assert moved.crs == STORED_CRS
    assert moved.index.tolist() == ["b", "a"]
    west, south, _east, _north = moved.to_crs(METRIC_CRS)["b"].bounds
    assert (west, south) == (
        pytest.approx(EAST + 100, abs=0.01),
        pytest.approx(NORTH - 50, abs=0.01),
    )


# ---- generalising


@pytest.mark.parametrize("tolerance_m", [60.0, 400.0, 800.0])
def test_generalised_neighbours_still_share_their_edge(
    palikas: gpd.GeoDataFrame, tolerance_m: float
) -> None:
    simple = generalise(palikas, tolerance_m=tolerance_m)
    assert simple.index.equals(palikas.index)
    assert simple["admin_level"].equals(palikas["admin_level"])
    assert simple.crs == STORED_CRS
    shapes = simple.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes), "no overlap, no edge that two draw differently"
    whole = shapely.union_all(shapes)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0, "no gap between neighbours"


def test_generalising_leaves_fewer_points_in_about_the_same_area(
    palikas: gpd.GeoDataFrame,
) -> None:
    simple = generalise(palikas, tolerance_m=400)
    count = shapely.get_num_coordinates
    assert count(simple.geometry).sum() < count(palikas.geometry).sum() / 2
    areas = simple.to_crs(METRIC_CRS).area / palikas.to_crs(METRIC_CRS).area
    assert areas.between(0.95, 1.05).all()


def test_nothing_vanishes_however_coarse_the_map() -> None:
    # Some are smaller than the grid of a metre that points are rounded to.
    sides = [3000, 100, 30, *(0.2 for _ in range(10))]
    shapes = stored(*(square(4000.123 * n, 0, side) for n, side in enumerate(sides)))
    frame = gpd.GeoDataFrame({"side": sides}, geometry=shapes)
    simple = generalise(frame, tolerance_m=2000)
    assert simple["side"].tolist() == sides
    assert set(simple.geom_type) == {"MultiPolygon"}
    assert simple.is_valid.all()
    assert (simple.to_crs(METRIC_CRS).area > 0).all()
