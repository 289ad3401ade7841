"""Neighbours: by unit code, both ways, whatever order they came in."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.boundaries import METRIC_CRS
from geo.weights import Weights, points_inside, queen
from tests.support.hotspot_maps import codes, lattice


def test_one_direction_makes_both() -> None:
    weights = Weights.from_pairs(["b", "a", "c"], [("b", "a")])
    assert weights.units.tolist() == ["a", "b", "c"]
    assert weights.pairs() == [("a", "b"), ("b", "a")]
    assert weights.isolates.tolist() == ["c"]
    assert weights.neighbours("a") == ("b",)
    assert weights.neighbours("c") == ()


def test_a_pair_twice_counts_once_and_nobody_is_his_own_neighbour() -> None:
    weights = Weights.from_pairs(["a", "b"], [("a", "b"), ("b", "a"), ("a", "b"), ("a", "a")])
    assert weights.counts.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("units", "pairs", "said"),
    [
        (["a", "a"], [], "'a' is listed twice"),
        (["a"], [("a", "z")], "not among the units"),
        ([1, 2], [], "a unit code is text, not 1"),
    ],
)
def test_a_bad_call_is_refused(units: list, pairs: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Weights.from_pairs(units, pairs)


def test_an_unknown_unit_has_no_neighbours_to_ask_for() -> None:
    with pytest.raises(KeyError):
        lattice(2, 2).neighbours("Z")


def test_no_units_are_weights_too() -> None:
    weights = Weights.from_pairs([], [])
    assert len(weights) == 0
    assert weights.pairs() == []
    assert weights.isolates.empty


def test_a_subset_keeps_the_pairs_inside_it() -> None:
    weights = lattice(3, 3).subset(["U00000", "U00001", "U00008", "elsewhere"])
    assert weights.units.tolist() == ["U00000", "U00001", "U00008"]
    assert weights.pairs() == [("U00000", "U00001"), ("U00001", "U00000")]


@given(st.randoms())
def test_the_order_of_units_and_pairs_never_matters(random) -> None:
    straight = lattice(4, 3)
    units, pairs = straight.units.tolist(), straight.pairs()
    random.shuffle(units)
    random.shuffle(pairs)
    shuffled = Weights.from_pairs(units, pairs)
    assert shuffled.units.equals(straight.units)
    assert np.array_equal(shuffled.start, straight.start)
    assert np.array_equal(shuffled.neighbour, straight.neighbour)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_weights_are_always_symmetric(pairs: list[tuple[int, int]]) -> None:
    names = codes(10)
    weights = Weights.from_pairs(names, [(names[i], names[j]) for i, j in pairs])
    listed = set(weights.pairs())
    assert listed == {(j, i) for i, j in listed}
    assert listed == {
        p for i, j in pairs if i != j for p in ((names[i], names[j]), (names[j], names[i]))
    }


def squares(*corners: tuple[float, float], size: float = 1000) -> gpd.GeoSeries:
    """Squares of a kilometre in the east of Nepal, named a, b, …"""
    boxes = [
        shapely.box(5e5 + x * 1000, 3e6 + y * 1000, 5e5 + x * 1000 + size, 3e6 + y * 1000 + size)
        for x, y in corners
    ]
    names = [chr(ord("a") + n) for n in range(len(boxes))]
    return gpd.GeoSeries(boxes, index=names, crs=METRIC_CRS)


def test_a_side_or_a_corner_is_enough_to_be_neighbours() -> None:
    weights = queen(squares((0, 0), (1, 0), (1, 1), (5, 5)))
    assert weights.pairs() == [
        ("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b"),
    ]  # fmt: skip
    assert weights.isolates.tolist() == ["d"]


def test_stored_coordinates_keep_neighbours_and_a_real_gap_parts_them() -> None:
    stored = squares((0, 0), (1, 0)).to_crs("EPSG:4326")
    rounded = gpd.GeoSeries(shapely.set_precision(stored.to_numpy(), 1e-5), stored.index, crs=4326)
    assert queen(rounded).counts.tolist() == [1, 1]
    assert queen(squares((0, 0), (1, 0), size=990)).counts.tolist() == [0, 0]


def test_a_unit_without_a_shape_is_an_isolate() -> None:
    shapes = squares((0, 0), (1, 0), (2, 0))
    shapes["b"] = None
    assert queen(shapes).isolates.tolist() == ["a", "b", "c"]


def test_isolates_get_their_nearest_and_give_themselves() -> None:
    shapes = squares((0, 0), (1, 0), (4, 0), (90, 0))
    linked = queen(shapes).with_nearest(points_inside(shapes), nearest=1, within_m=10_000)
    assert linked.neighbours("c") == ("b",)
    assert linked.neighbours("b") == ("a", "c")
    assert linked.isolates.tolist() == ["d"], "too far from everything"


def test_at_equal_distance_the_lower_code_is_the_nearest() -> None:
    shapes = squares((0, 0), (4, 0), (2, 0))
    one = queen(shapes).subset(["a", "b", "c"]).with_nearest(
        points_inside(shapes), nearest=1, within_m=2_500
    )  # fmt: skip
    assert one.neighbours("c") == ("a", "b"), "a is c's nearest, and b chose c"
    assert one.neighbours("a") == ("c",)


@pytest.mark.parametrize("points", [["a"], ["a", "b", "b"]])
def test_every_unit_needs_one_point(points: list[str]) -> None:
    weights = Weights.from_pairs(["a", "b"], [])
    places = pd.DataFrame({"x": 0.0, "y": 0.0}, index=points)
    with pytest.raises(ValueError, match="exactly one point"):
        weights.with_nearest(places, nearest=1, within_m=1)
    with pytest.raises(ValueError, match="nearest must be"):
        weights.with_nearest(places, nearest=0, within_m=1)


def test_the_middle_of_a_unit_is_inside_it() -> None:
    shapes = squares((0, 0), (3, 2))
    points = points_inside(shapes)
    assert points.index.equals(shapes.index)
    assert points.loc["b"].tolist() == pytest.approx([503_500, 3_002_500])
