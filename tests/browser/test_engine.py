"""The engine's modules in a browser: what our side packs and encodes is read there as it was."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, Page
from shapely import Point

from dashboard.maps import encoding
from dashboard.released import selection
from dashboard.static_assets import asset_url
from data.model import Audience, Status
from data.releases.reader import ReleaseReader
from data.settings import Settings

pytestmark = pytest.mark.browser
PUBLISHED = Status.PUBLISHED.value
UNPACK = """async ([address, text]) => (await import(address)).unpack(text)"""
NAMES = """async (address) => {
  const codec = await import(address);
  const names = ["HIDDEN", "SILENT", "APART", "NO_CELL", "OUTSIDE"];
  return [Object.fromEntries(names.map((name) => [name, codec[name]])), codec.CLASS];
}"""
# The plane of the shapes is turned back to degrees, so that the two sides mean the same place.
DECODE = """async ([address, file, points]) => {
  const { load, toPlane } = await import(address);
  const decoded = await load(file);
  const pen = document.createElement("canvas").getContext("2d");
  const inside = points.map(([longitude, latitude]) => {
    const [x, y] = toPlane(longitude, latitude);
    return decoded.units
      .filter((unit) => unit.path && pen.isPointInPath(unit.path, x, y, "evenodd"))
      .map((unit) => unit.code);
  });
  return {
    codes: decoded.units.map((unit) => unit.code),
    names: decoded.units.map((unit) => [unit.en, unit.ne]),
    drawn: decoded.units.filter((unit) => unit.path).map((unit) => unit.code),
    labels: decoded.units
      .filter((unit) => unit.path)
      .filter((unit) => !pen.isPointInPath(unit.path, unit.at[0], unit.at[1], "evenodd"))
      .map((unit) => unit.code),
    once: (await load(file)) === decoded,
    inside,
  };
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, public: str) -> Iterator[Page]:
    """A page of our origin on which nothing of ours runs yet."""
    opened = browser.new_page()
    opened.goto(f"{public}/about")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reader(demo: Settings) -> ReleaseReader:
    return ReleaseReader.open(demo.releases(Audience.PUBLIC), Audience.PUBLIC)


def test_what_is_packed_is_unpacked_in_the_browser(page: Page) -> None:
    codec = asset_url("engine/codec.js")
    numbers, classes = page.evaluate(NAMES, codec)
    chance = np.random.default_rng(7)
    values = [0, 1, 35, 36, 1_295, 1_296, 179_424_673, 2**53 - 1]
    values += chance.integers(0, 10**9, 300).tolist()
    rows: list[tuple[str, int | None, str | None]] = [(PUBLISHED, v, None) for v in values]
    rows += [(PUBLISHED, None, name) for name in ("none", "lower", "middle", "higher")]
    rows += [(status, None, None) for status in
             ("suppressed", "not_reported", "not_applicable", selection.NO_CELL)]  # fmt: skip
    wanted = [*values, *(int(code) for code in classes)]
    wanted += [numbers[name] for name in ("HIDDEN", "SILENT", "APART", "NO_CELL")]
    assert list(classes.values()) == ["none", "lower", "middle", "higher"]
    layer = pd.DataFrame(rows, columns=["status", "value", "value_class"]).astype(
        {"value": "Int64", "value_class": object}
    )
    layer.index = layer.index.astype(str)
    codes = pd.Index([*layer.index[::-1], "elsewhere"])
    unpacked = page.evaluate(UNPACK, [codec, encoding.encode_scene(layer, codes)])
    assert unpacked == [*wanted[::-1], numbers["OUTSIDE"]]
    assert page.evaluate(UNPACK, [codec, ""]) == []


def places() -> list[tuple[int, str, str]]:
    return [(1, "", "outline"), (3, "", "outline"), (3, "312", "outline"), (4, "312", "tiles"),
            (4, "511", "tiles")]  # fmt: skip


def arcs_of(topology: dict[str, Any]) -> list[np.ndarray]:
    """Decode the arcs on our side, by the specification."""
    transform = topology["transform"]
    return [
        np.cumsum(arc, axis=0) * transform["scale"] + transform["translate"]
        for arc in topology["arcs"]
    ]


def shape_of(arcs: list[np.ndarray], unit: dict[str, Any]) -> shapely.Geometry:
    polygons = [
        [np.vstack([arcs[n] if n >= 0 else arcs[~n][::-1] for n in ring]) for ring in polygon]
        for polygon in unit["arcs"]
    ]
    return shapely.MultiPolygon([(shell, holes) for shell, *holes in polygons])


@pytest.mark.parametrize("place", places(), ids=lambda place: "-".join(map(str, place)))
def test_a_geometry_file_is_the_same_shapes_in_the_browser(
    page: Page, public: str, reader: ReleaseReader, place: tuple[int, str, str]
) -> None:
    info = reader.current()
    assert info is not None
    listed = reader.geometry_files(info.boundaries_id).set_index(["admin_level", "within", "form"])
    name = listed.at[place, "name"]
    address = f"/geometry/{info.boundaries_id}/{name}.json"
    topology = json.loads(page.request.get(public + address).body())
    units = topology["objects"]["units"]["geometries"]
    arcs = arcs_of(topology)
    shapes = {unit["id"]: shape_of(arcs, unit) for unit in units if unit["type"]}
    assert len(units) == listed.at[place, "units"]
    west, south, east, north = shapely.total_bounds(list(shapes.values()))
    chance = np.random.default_rng(11)
    points = chance.uniform((west, south), (east, north), (200, 2))
    # A point that lies on a border may fall to either side in the browser's single precision.
    borders = shapely.union_all([shape.boundary for shape in shapes.values()])
    clear = (east - west) * 1e-4
    points = [list(point) for point in points if borders.distance(Point(point)) > clear]
    wanted = [
        [code for code, shape in shapes.items() if shape.contains(Point(point))] for point in points
    ]
    decoded = page.evaluate(DECODE, [asset_url("engine/topology.js"), address, points])
    assert decoded["codes"] == [unit["id"] for unit in units]
    assert decoded["drawn"] == list(shapes)
    assert decoded["names"] == [[u["properties"]["en"], u["properties"]["ne"]] for u in units]
    assert decoded["inside"] == wanted
    assert sum(map(len, wanted)) > 20
    assert decoded["labels"] == [], "a label stands in its unit"
    assert decoded["once"]


def test_a_file_that_is_not_there_is_asked_for_again(page: Page) -> None:
    missing = f"/geometry/{'0' * 16}/{'1' * 16}.json"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    said = page.evaluate(
        """async ([address, file]) => {
          const { load } = await import(address);
          const said = [];
          for (let n = 0; n < 2; n += 1) await load(file).catch((wrong) => said.push(wrong.message));
          return said;
        }""",
        [asset_url("engine/topology.js"), missing],
    )
    assert said == [f"404 {missing}"] * 2
    assert [url.endswith(missing) for url in asked].count(True) == 2
