"""Quantised TopoJSON: what is decoded is what was encoded, on a grid, and each border is there once."""

import itertools
import json
from collections import Counter, defaultdict
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from geo import topojson
from geo.boundaries import STORED_CRS
from tests.support.examples import examples

GRID = 1_001  # of a side of ten: a hundred steps to one


def series(shapes: dict[str, Any]) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes.values()), index=list(shapes), crs=STORED_CRS)


def encode(shapes: gpd.GeoSeries, grid: int = GRID) -> dict[str, Any]:
    said = [{"en": f"Unit {code}"} for code in shapes.index]
    return json.loads(topojson.encode(shapes, said, grid=grid))


def points_of(arc: list[list[int]]) -> list[tuple[int, int]]:
    return [(int(x), int(y)) for x, y in np.cumsum(arc, axis=0)]


def rings_of(topology: dict[str, Any]) -> dict[str, list[list[list[tuple[int, int]]]]]:
    """Decode every unit as its polygons, each as closed rings on the grid."""
    arcs = [points_of(arc) for arc in topology["arcs"]]

    def ring(numbers: list[int]) -> list[tuple[int, int]]:
        points: list[tuple[int, int]] = []
        for number in numbers:
            arc = arcs[number] if number >= 0 else arcs[~number][::-1]
            assert not points or points[-1] == arc[0], "an arc begins where the one before ends"
            points += arc[1:] if points else arc
        assert points[0] == points[-1]
        return points

    return {
        unit["id"]: [[ring(numbers) for numbers in polygon] for polygon in unit.get("arcs", [])]
        for unit in topology["objects"]["units"]["geometries"]
    }


def shapes_of(topology: dict[str, Any]) -> dict[str, MultiPolygon]:
    return {
        code: MultiPolygon([Polygon(shell, holes) for shell, *holes in polygons])
        for code, polygons in rings_of(topology).items()
    }


def on_grid(ring: shapely.LinearRing, topology: dict[str, Any]) -> list[tuple[int, int]]:
    """Put a ring on the grid by the book: the nearest step, no point twice running."""
    transform = topology["transform"]
    steps = (shapely.get_coordinates(ring) - transform["translate"]) / transform["scale"]
    points = [(round(x), round(y)) for x, y in steps.tolist()]
    return [point for n, point in enumerate(points) if n == 0 or point != points[n - 1]]


def turned(ring: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Begin a closed ring where it is least, so that two can be compared."""
    closed = ring[:-1]
    return min(closed[n:] + closed[:n] for n in range(len(closed)))


def check(shapes: gpd.GeoSeries, topology: dict[str, Any]) -> None:
    """Say that a topology is what was encoded: every ring, in its direction, on the grid."""
    decoded = rings_of(topology)
    assert list(decoded) == list(shapes.index)
    for code, shape in shapes.items():
        wanted = [
            [turned(on_grid(ring, topology)) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(shape)
        ]
        assert [[turned(ring) for ring in part] for part in decoded[code]] == wanted


def uses(topology: dict[str, Any]) -> dict[int, Counter[str]]:
    """Count how often each arc is run forwards and backwards."""
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for unit in topology["objects"]["units"]["geometries"]:
        for number in (n for polygon in unit.get("arcs", []) for ring in polygon for n in ring):
            counted[number if number >= 0 else ~number]["forward" if number >= 0 else "back"] += 1
    return counted


def check_borders(topology: dict[str, Any]) -> None:
    """Say that no piece of a border is written twice, and that two units at most share an arc."""
    counted = uses(topology)
    assert sorted(counted) == list(range(len(topology["arcs"]))), "no arc is left over"
    assert all(set(each.values()) == {1} for each in counted.values()), "once in each direction"
    pieces = [
        frozenset(piece)
        for arc in map(points_of, topology["arcs"])
        for piece in itertools.pairwise(arc)
    ]
    assert len(pieces) == len(set(pieces))


SQUARE = box(0, 0, 10, 10, ccw=True)
HOLED = Polygon(SQUARE.exterior, [box(3, 3, 7, 7, ccw=False).exterior])
ISLAND = box(3, 3, 7, 7, ccw=True)
THREE = {
    "left": Polygon([(0, 0), (5, 0), (5, 5), (5, 10), (0, 10)]),
    "above": box(5, 5, 10, 10, ccw=True),
    "below": box(5, 0, 10, 5, ccw=True),
}
FOUR = {f"{x}{y}": box(x, y, x + 5, y + 5, ccw=True) for x in (0, 5) for y in (0, 5)}


@pytest.mark.parametrize(
    ("shapes", "arcs", "shared"),
    [
        ({"alone": SQUARE}, 1, 0),
        ({"a": box(0, 0, 5, 10), "b": box(5, 0, 10, 10)}, 3, 1),
        (THREE, 6, 3),
        (FOUR, 8, 4),
        ({"ring": HOLED}, 2, 0),
        ({"ring": HOLED, "island": ISLAND}, 2, 1),
        ({"ring": HOLED, "lesser": box(4, 4, 6, 6)}, 3, 0),
        ({"two": MultiPolygon([box(0, 0, 2, 2), box(8, 8, 10, 10)])}, 2, 0),
        ({"a": box(0, 0, 5, 5), "corner": box(5, 5, 10, 10)}, 2, 0),
    ],
    ids=["alone", "two", "three", "four", "hole", "island", "lesser", "parts", "corner"],
)
def test_a_border_is_one_arc(shapes: dict[str, Any], arcs: int, shared: int) -> None:
    topology = encode(series(shapes))
    assert len(topology["arcs"]) == arcs
    assert sum(sum(each.values()) == 2 for each in uses(topology).values()) == shared
    check(series(shapes), topology)
    check_borders(topology)


def test_an_island_begins_where_its_hole_begins_wherever_the_rings_do() -> None:
    turned_island = Polygon([(7, 7), (3, 7), (3, 3), (7, 3)])
    topology = encode(series({"ring": HOLED, "island": turned_island}))
    assert len(topology["arcs"]) == 2
    decoded = shapes_of(topology)
    assert decoded["ring"].intersection(decoded["island"]).area == 0
    assert decoded["ring"].union(decoded["island"]).area == 1_000**2


def test_an_island_in_the_hole_of_an_island() -> None:
    middle = Polygon(ISLAND.exterior, [box(4, 4, 6, 6, ccw=False).exterior])
    shapes = series({"outer": HOLED, "middle": middle, "inner": box(4, 4, 6, 6, ccw=True)})
    topology = encode(shapes)
    assert len(topology["arcs"]) == 3
    check(shapes, topology)
    check_borders(topology)


def test_a_unit_without_shape_keeps_its_place_and_has_no_arcs() -> None:
    topology = encode(series({"a": SQUARE, "none": None, "c": box(10, 0, 12, 2)}))
    units = topology["objects"]["units"]["geometries"]
    assert [unit["id"] for unit in units] == ["a", "none", "c"]
    assert units[1] == {"type": None, "id": "none", "properties": {"en": "Unit none"}}
    assert [unit["type"] for unit in units] == ["MultiPolygon", None, "MultiPolygon"]


@pytest.mark.parametrize("shapes", [{}, {"a": None, "b": None}], ids=["no unit", "no shape"])
def test_a_level_without_any_shape_has_no_arcs_and_no_grid(shapes: dict[str, Any]) -> None:
    topology = encode(series(shapes))
    assert topology["arcs"] == []
    assert "transform" not in topology
    assert [unit["id"] for unit in topology["objects"]["units"]["geometries"]] == list(shapes)


def test_what_is_too_small_for_the_grid_is_left_out_and_the_unit_stays() -> None:
    speck = box(5, 5, 5.001, 5.001)
    shapes = series({"a": SQUARE, "speck": speck, "both": MultiPolygon([box(11, 0, 12, 1), speck])})
    topology = encode(shapes, grid=101)
    decoded = rings_of(topology)
    assert [len(decoded[code]) for code in ("a", "speck", "both")] == [1, 0, 1]
    assert "at" not in topology["objects"]["units"]["geometries"][1]["properties"]
    holed = Polygon(SQUARE.exterior, [speck.exterior])
    assert len(rings_of(encode(series({"a": holed}), grid=101))["a"][0]) == 1


def test_the_grid_spans_the_longer_side_and_is_as_wide_as_high() -> None:
    topology = encode(series({"a": box(84, 27, 88, 28)}), grid=401)
    assert topology["transform"]["translate"] == [84.0, 27.0]
    assert topology["transform"]["scale"] == pytest.approx([0.01, 0.01])
    points = [point for arc in map(points_of, topology["arcs"]) for point in arc]
    assert (min(points), max(points)) == ((0, 0), (400, 100))


def test_a_label_stands_inside_the_largest_part() -> None:
    bent = Polygon([(0, 0), (10, 0), (10, 2), (2, 2), (2, 10), (0, 10)])
    shapes = series({"bent": MultiPolygon([bent, box(8, 8, 9, 9)]), "ring": HOLED})
    topology = encode(shapes)
    decoded = shapes_of(topology)
    for unit in topology["objects"]["units"]["geometries"]:
        assert decoded[unit["id"]].contains(Point(unit["properties"]["at"]))
    largest = topology["objects"]["units"]["geometries"][0]["properties"]["at"]
    assert not box(800, 800, 900, 900).contains(Point(largest))


def test_what_is_said_of_a_unit_is_written_as_it_is() -> None:
    said = [{"en": "Hetauda", "ne": "हेटौंडा", "number": 4}]
    content = topojson.encode(series({"31206": SQUARE}), said, grid=GRID)
    assert "हेटौंडा" in content.decode()
    (unit,) = json.loads(content)["objects"]["units"]["geometries"]
    assert unit["properties"].pop("at")
    assert unit["properties"] == said[0]
    assert said == [{"en": "Hetauda", "ne": "हेटौंडा", "number": 4}], "what was given is as before"
    with pytest.raises(ValueError, match="zip"):
        topojson.encode(series(FOUR), said, grid=GRID)


def test_the_same_shapes_give_the_same_bytes() -> None:
    said = [{"en": code} for code in THREE]
    made = topojson.encode(series(THREE), said, grid=GRID)
    again = series({code: shapely.from_wkb(shape.wkb) for code, shape in THREE.items()})
    assert topojson.encode(again, said, grid=GRID) == made
    moved = series(THREE | {"left": Polygon([(0, 0), (5, 0), (5, 5), (5, 10), (0.5, 10)])})
    assert topojson.encode(moved, said, grid=GRID) != made


# ---- any coverage


def bent(x: int, y: int) -> tuple[float, float]:
    """Move a corner of the squares a little, the same whoever asks: no border is straight."""
    turn = (x * 73 + y * 151) % 17
    return x + 0.3 * np.cos(turn), y + 0.3 * np.sin(turn)


def coverage(cells: list[list[int]]) -> gpd.GeoSeries:
    """Merge the cells of a grid that have the same number; 0 belongs to nobody."""
    made: dict[str, Any] = {}
    for number in sorted({n for row in cells for n in row} - {0}):
        squares = [
            box(x, y, x + 1, y + 1)
            for y, row in enumerate(cells)
            for x, n in enumerate(row)
            if n == number
        ]
        merged = shapely.segmentize(shapely.union_all(squares), 1.0)
        corners = shapely.transform(
            merged, lambda points: np.array([bent(round(x), round(y)) for x, y in points])
        )
        made[f"{number}"] = shapely.orient_polygons(corners)
    return series(made)


coverages = st.integers(1, 6).flatmap(
    lambda wide: st.lists(
        st.lists(st.integers(0, 5), min_size=wide, max_size=wide), min_size=1, max_size=6
    )
).map(coverage)  # fmt: skip


@examples(30, 600)
@given(coverages)
def test_any_coverage_comes_back_with_each_border_once(shapes: gpd.GeoSeries) -> None:
    assume(len(shapes))
    topology = encode(shapes)
    check(shapes, topology)
    check_borders(topology)


@examples(12, 240)
@given(coverages)
def test_neighbours_share_exactly_the_same_border(shapes: gpd.GeoSeries) -> None:
    assume(len(shapes))
    decoded = shapes_of(encode(shapes))
    assert all(shape.is_valid for shape in decoded.values())
    assert shapely.coverage_is_valid(list(decoded.values())), "no gap, no overlap"
    together = sum(shape.area for shape in decoded.values())
    assert shapely.union_all(list(decoded.values())).area == pytest.approx(together)


@examples(6, 120)
@given(coverages, st.integers(3, 40))
def test_a_coarse_grid_leaves_no_border_to_one_side_alone(shapes: gpd.GeoSeries, grid: int) -> None:
    assume(len(shapes))
    topology = encode(shapes, grid=grid)
    rings_of(topology)
    assert sorted(uses(topology)) == list(range(len(topology["arcs"])))
