"""Which files browsers are sent of the boundaries: complete, in order, named by their content."""

import gzip
import hashlib
import json
from typing import Any

import brotli
import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely import MultiPolygon

from data.boundaries import browser_files, national
from data.boundaries.browser_files import OUTLINE, TILES, WHOLE, GeometryFile
from data.model import AdminLevel
from data.reference.gazetteer import Gazetteer

UNITS = Gazetteer.load().units
DISTRICT, WHOLLY, PARTLY, WITHOUT = "312", "31206", "31208", "31201"
WARDS = UNITS.index[UNITS["admin_level"].eq(AdminLevel.WARD) & UNITS.index.str.startswith(DISTRICT)]


def strips(palika: MultiPolygon, codes: list[str]) -> dict[str, MultiPolygon]:
    """Cut a palika into as many strips as it has wards."""
    west, south, east, north = palika.bounds
    wide = (east - west) / len(codes)
    cut = {
        code: palika.intersection(shapely.box(west + n * wide, south, west + (n + 1) * wide, north))
        for n, code in enumerate(codes)
    }
    return {code: MultiPolygon(shapely.get_parts(shape).tolist()) for code, shape in cut.items()}


@pytest.fixture(scope="module")
def boundaries() -> gpd.GeoDataFrame:
    """Everything above the wards of one district, and wards: of one palika all, of another half."""
    every = national.read_national().boundaries
    above = every[every.index.isin(["NP", "3"]) | every.index.str.startswith(DISTRICT)]
    wards: dict[str, MultiPolygon] = {}
    for palika, share in ((WHOLLY, 1.0), (PARTLY, 0.5)):
        codes = [code for code in WARDS if code.startswith(palika)]
        drawn = strips(above.geometry[palika], codes)
        wards |= {code: drawn[code] for code in codes[: int(len(codes) * share)]}
    drawn = gpd.GeoDataFrame(
        {"admin_level": int(AdminLevel.WARD), "geometry": list(wards.values())},
        index=pd.Index(wards, name="unit_code"),
        crs=above.crs,
    )
    return gpd.GeoDataFrame(pd.concat([above[["admin_level", "geometry"]], drawn]), crs=above.crs)


@pytest.fixture(scope="module")
def made(boundaries: gpd.GeoDataFrame) -> dict[tuple[int, str, str], GeometryFile]:
    return by_place(browser_files.build_geometry_files(UNITS, boundaries))


def by_place(files: list[GeometryFile]) -> dict[tuple[int, str, str], GeometryFile]:
    found = {(file.admin_level, file.within, file.form): file for file in files}
    assert len(found) == len(files), "one file for each place"
    return found


def units_of(file: GeometryFile) -> list[dict[str, Any]]:
    content = json.loads(brotli.decompress(file.brotli))
    return content["objects"]["units"]["geometries"]


ABOVE = {(level, WHOLE, OUTLINE) for level in (0, 1, 2, 3)}
NEAR = {(2, DISTRICT, OUTLINE), (3, DISTRICT, OUTLINE)}
OF_WARDS = {(4, DISTRICT, OUTLINE), (4, DISTRICT, TILES)}


def test_there_is_a_file_for_the_country_and_for_each_district_with_shapes(made: Any) -> None:
    assert set(made) == ABOVE | NEAR | OF_WARDS


def test_without_a_ward_boundary_wards_are_tiles_alone(boundaries: gpd.GeoDataFrame) -> None:
    above = boundaries[boundaries["admin_level"] < AdminLevel.WARD]
    files = by_place(browser_files.build_geometry_files(UNITS, above))
    assert set(files) == ABOVE | NEAR | {(4, DISTRICT, TILES)}


def test_without_any_boundary_there_is_no_file(boundaries: gpd.GeoDataFrame) -> None:
    assert browser_files.build_geometry_files(UNITS, boundaries.iloc[:0]) == []


def test_a_file_lists_every_unit_of_its_level_and_place_in_the_order_of_codes(made: Any) -> None:
    for (level, within, _form), file in made.items():
        listed = UNITS.index[UNITS["admin_level"].eq(level) & UNITS.index.str.startswith(within)]
        assert [unit["id"] for unit in units_of(file)] == sorted(listed)
        assert file.units == len(listed) > 0


def test_units_have_their_names_and_wards_their_number(made: Any) -> None:
    for (level, _within, _form), file in made.items():
        for unit in units_of(file):
            row, said = UNITS.loc[unit["id"]], dict(unit["properties"])
            said.pop("at", None)
            said.pop("tile", None)
            assert said.pop("number", None) == (row["ward_number"] if level == 4 else None)
            assert said == {"en": row["name_en"], "ne": row["name_ne"]}


def test_a_unit_elsewhere_is_listed_without_a_shape(made: Any) -> None:
    drawn = {u["id"] for u in units_of(made[3, WHOLE, OUTLINE]) if u["type"] is not None}
    assert drawn == {u["id"] for u in units_of(made[3, DISTRICT, OUTLINE])}
    assert [u["id"] for u in units_of(made[1, WHOLE, OUTLINE]) if u["type"]] == ["3"]


def test_a_ward_without_a_boundary_is_its_tile_and_says_so(
    made: Any, boundaries: gpd.GeoDataFrame
) -> None:
    outlines = {unit["id"]: unit for unit in units_of(made[4, DISTRICT, OUTLINE])}
    assert all(unit["type"] == "MultiPolygon" for unit in outlines.values())
    tiles = {code for code, unit in outlines.items() if unit["properties"].get("tile")}
    assert tiles == set(WARDS) - set(boundaries.index)
    assert any(code.startswith(PARTLY) for code in tiles)
    assert not any(code.startswith(WHOLLY) for code in tiles)
    every = units_of(made[4, DISTRICT, TILES])
    assert all(unit["properties"]["tile"] == 1 for unit in every)
    for level, within, form in ABOVE | NEAR:
        assert not any("tile" in u["properties"] for u in units_of(made[level, within, form]))


def test_wards_of_a_palika_without_an_outline_have_no_tile(boundaries: gpd.GeoDataFrame) -> None:
    files = by_place(browser_files.build_geometry_files(UNITS, boundaries.drop(WITHOUT)))
    for form in (OUTLINE, TILES):
        lacking = [u for u in units_of(files[4, DISTRICT, form]) if u["type"] is None]
        assert lacking
        assert {u["id"][:5] for u in lacking} == {WITHOUT}
        assert not any("tile" in unit["properties"] for unit in lacking)


def test_what_is_near_is_drawn_in_more_detail_than_the_country(made: Any) -> None:
    def step_of(file: GeometryFile) -> float:
        content = json.loads(brotli.decompress(file.brotli))
        return content["transform"]["scale"][0]

    def points(file: GeometryFile) -> int:
        return sum(len(arc) for arc in json.loads(brotli.decompress(file.brotli))["arcs"])

    near, whole = made[3, DISTRICT, OUTLINE], made[3, WHOLE, OUTLINE]
    assert points(near) > 2 * points(whole)
    assert step_of(near) < 1e-4, "to ten metres"


def test_both_codings_hold_the_same_and_the_name_is_of_it(made: Any) -> None:
    for file in made.values():
        content = brotli.decompress(file.brotli)
        assert gzip.decompress(file.gzip) == content
        assert file.name == hashlib.sha256(content).hexdigest()[:16]
        assert len(file.brotli) < len(file.gzip) < len(content)
    assert len({file.name for file in made.values()}) == len(made)


def test_the_same_boundaries_give_the_same_files_in_whatever_order_they_come(
    made: Any, boundaries: gpd.GeoDataFrame
) -> None:
    mixed = gpd.GeoDataFrame(boundaries.sample(frac=1, random_state=3))
    again = by_place(
        browser_files.build_geometry_files(UNITS.sample(frac=1, random_state=4), mixed)
    )
    assert {place: file.name for place, file in again.items()} == {
        place: file.name for place, file in made.items()
    }
    assert again == made
    moved = boundaries.copy()
    moved.loc["3120601", "geometry"] = moved.geometry["3120601"].buffer(0.001)
    other = by_place(browser_files.build_geometry_files(UNITS, moved))
    changed = {place for place in made if made[place].name != other[place].name}
    assert changed == {(4, DISTRICT, OUTLINE)}


def test_a_set_is_made_once_for_both_audiences(
    monkeypatch: pytest.MonkeyPatch, boundaries: gpd.GeoDataFrame
) -> None:
    made: list[int] = []

    def make(units: pd.DataFrame, _boundaries: gpd.GeoDataFrame) -> list[GeometryFile]:
        made.append(len(units))
        return [GeometryFile(f"{len(made)}", 0, "", OUTLINE, 1, b"", b"")]

    monkeypatch.setattr(browser_files, "build_geometry_files", make)
    for name in ("one", "one", "two", "one"):
        files = list(browser_files.build_geometry_files_once(name, UNITS, boundaries))
    assert len(made) == 3
    assert [file.name for file in files] == ["3"]
    browser_files._last().clear()  # noqa: SLF001  # nothing of this test stays
