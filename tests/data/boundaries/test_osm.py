"""Wards from OpenStreetMap, asked of a small server of our own; no request goes anywhere else."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import geopandas as gpd
import numpy as np
import osmnx
import pytest
from click.testing import CliRunner, Result
from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

from dashboard.cli.main import main
from data.boundaries import osm
from data.holdings import Holdings
from data.model import AdminLevel, SimaError
from data.settings import Settings
from geo.boundaries import METRIC_CRS

OUTLINE = box(85.0, 27.0, 85.2, 27.2)
EAST, WEST = box(85.01, 27.01, 85.05, 27.05), box(85.05, 27.01, 85.09, 27.05)
WARD = {"type": "boundary", "boundary": "administrative", "admin_level": "9"}


@dataclass
class Answer:
    """What the service says next, and what it was asked."""

    status: int = 200
    body: bytes = b'{"elements": []}'
    asked: list[tuple[str, str]] = field(default_factory=list)
    endpoint: str = ""

    def give(self, elements: list[dict[str, Any]]) -> None:
        self.body = json.dumps({"version": 0.6, "elements": elements}).encode()


@pytest.fixture(autouse=True)
def _nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] != "127.0.0.1":
            raise AssertionError(f"asked {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here)
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)  # osmnx puts its own there
    for name in ("overpass_url", "overpass_rate_limit", "use_cache"):
        monkeypatch.setattr(osmnx.settings, name, getattr(osmnx.settings, name))
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def service() -> Iterator[Answer]:
    answer = Answer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            answer.asked.append((self.path, self.rfile.read(size).decode()))
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    answer.endpoint = f"http://127.0.0.1:{server.server_port}/api"
    yield answer
    server.shutdown()
    thread.join()
    server.server_close()


def way_of(ring: Polygon, number: int, **tags: str) -> list[dict[str, Any]]:
    """Write a closed way and its nodes as Overpass does."""
    points = list(ring.exterior.coords)[:-1]
    numbers = [number * 10_000 + n for n in range(len(points))]
    nodes = [
        {"type": "node", "id": n, "lon": x, "lat": y}
        for n, (x, y) in zip(numbers, points, strict=True)
    ]
    way = {"type": "way", "id": number, "nodes": [*numbers, numbers[0]]}
    return [*nodes, {**way, "tags": tags} if tags else way]


def relation_of(shape: BaseGeometry, number: int, **tags: str) -> list[dict[str, Any]]:
    """Write a relation with an outer way for each part."""
    parts = list(shape.geoms) if shape.geom_type == "MultiPolygon" else [shape]
    ways = [number * 100 + n for n in range(len(parts))]
    elements = [e for part, way in zip(parts, ways, strict=True) for e in way_of(part, way)]
    members = [{"type": "way", "ref": way, "role": "outer"} for way in ways]
    return [*elements, {"type": "relation", "id": number, "members": members, "tags": tags}]


# ---- the download


def test_only_what_is_both_administrative_and_of_level_9_is_a_ward(service: Answer) -> None:
    service.give([
        *relation_of(EAST, 1, **WARD, ref="4"),
        *relation_of(WEST, 2, **(WARD | {"admin_level": "7"}), ref="3"),
        *relation_of(WEST, 3, **(WARD | {"boundary": "protected_area"}), ref="5"),
    ])  # fmt: skip
    assert osm.download_wards(OUTLINE, endpoint=service.endpoint)["ward"].tolist() == ["4"]


@pytest.mark.parametrize(
    ("status", "body"), [(500, b'{"remark": "x"}'), (200, b"{}"), (200, b"<x>")]
)
def test_an_answer_without_elements_is_one_sentence(
    service: Answer, status: int, body: bytes
) -> None:
    service.status, service.body = status, body
    with pytest.raises(SimaError):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)


def test_a_ward_of_a_neighbour_that_reaches_over_is_not_ours() -> None:
    palikas = gpd.GeoDataFrame(
        geometry=[box(85, 27, 85.1, 27.1), box(85.1, 27, 85.2, 27.1)],
        index=["31206", "40101"], crs="EPSG:4326",
    )  # fmt: skip
    wards = gpd.GeoDataFrame(
        {"ward": ["1", "4"]}, geometry=[box(85.02, 27, 85.06, 27.1), box(85.099, 27, 85.15, 27.1)],
        crs="EPSG:4326",
    )  # fmt: skip
    named = osm.assign_palikas(wards, palikas, metric_crs=METRIC_CRS)
    assert named["palika"].tolist() == ["31206", "40101"]
    assert named["district"].tolist() == ["312", "401"]


def test_wards_come_as_polygons_with_what_numbers_them(service: Answer) -> None:
    service.give([
        *relation_of(EAST, 1, **WARD, ref="4", name="Ward 4"),
        *way_of(WEST, 777, **WARD, name="वडा नं. ५"),
    ])  # fmt: skip
    wards = osm.download_wards(OUTLINE, endpoint=service.endpoint)
    assert wards.crs == "EPSG:4326"
    shapes = wards.set_index("ward").geometry
    assert set(shapes.index) == {"4", "वडा नं. ५"}
    assert shapes["4"].equals(EAST)
    assert shapes["वडा नं. ५"].equals(WEST)


def test_a_ward_in_two_parts_is_one_ward(service: Answer) -> None:
    both = EAST.union(box(85.1, 27.1, 85.12, 27.12))
    service.give(relation_of(both, 1, **WARD, ref="4"))
    (row,) = osm.download_wards(OUTLINE, endpoint=service.endpoint).itertuples()
    assert row.geometry.equals(both)


def test_lines_and_points_are_left_out(service: Answer) -> None:
    line = {"type": "way", "id": 5, "nodes": [10_000, 10_001], "tags": WARD}
    point = {"type": "node", "id": 6, "lon": 85.1, "lat": 27.1, "tags": {**WARD, "ref": "9"}}
    service.give([*way_of(EAST, 1, **WARD, ref="4"), line, point])
    assert osm.download_wards(OUTLINE, endpoint=service.endpoint)["ward"].tolist() == ["4"]
    service.give([*way_of(EAST, 1), line])
    with pytest.raises(SimaError, match="no ward polygons"):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)


def test_the_service_named_is_asked_for_administrative_boundaries_of_the_outline(
    service: Answer, tmp_path: Path
) -> None:
    service.give(relation_of(EAST, 1, **WARD, ref="4"))
    osm.download_wards(OUTLINE, endpoint=service.endpoint)
    ((path, body),) = service.asked
    assert path == "/api/interpreter"
    (query,) = parse_qs(body)["data"]
    assert "['admin_level'='9']" in query
    assert "27.200000 85.200000" in query
    assert list(tmp_path.iterdir()) == [], "no cache is left behind"


def test_the_service_is_asked_anew_every_time(service: Answer) -> None:
    service.give(relation_of(EAST, 1, **WARD, ref="4"))
    osm.download_wards(OUTLINE, endpoint=service.endpoint)
    service.give(relation_of(WEST, 1, **WARD, ref="5"))
    assert osm.download_wards(OUTLINE, endpoint=service.endpoint)["ward"].tolist() == ["5"]


def test_an_empty_answer_is_said_in_a_sentence(service: Answer) -> None:
    with pytest.raises(SimaError, match="OpenStreetMap has no ward boundaries there"):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)


def test_wards_of_another_place_are_no_answer(service: Answer) -> None:
    service.give(relation_of(box(80, 28, 80.1, 28.1), 1, **WARD, ref="4"))
    with pytest.raises(SimaError, match="no ward boundaries"):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)


@pytest.mark.parametrize("status", [400, 403, 500, 502])
def test_a_service_that_refuses_is_said_with_the_remedy(service: Answer, status: int) -> None:
    service.status, service.body = status, b"<html>The server is probably too busy</html>"
    with pytest.raises(SimaError, match=r"did not answer.*--endpoint"):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)


def test_a_service_that_is_not_there_is_said_with_the_remedy() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SimaError, match=r"did not answer.*--endpoint"):
        osm.download_wards(OUTLINE, endpoint=f"http://127.0.0.1:{port}/api")


def test_an_endpoint_that_is_no_address_is_refused() -> None:
    with pytest.raises(SimaError, match="--endpoint"):
        osm.download_wards(OUTLINE, endpoint="overpass")


# ---- the package


def test_without_the_package_one_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, service: Answer
) -> None:
    monkeypatch.setitem(sys.modules, "osmnx", None)
    with pytest.raises(SimaError, match=r'osmnx.*pip install "sima\[osm\]"'):
        osm.download_wards(OUTLINE, endpoint=service.endpoint)
    assert service.asked == []


def test_the_module_does_not_need_the_package() -> None:
    code = "import sys; sys.modules['osmnx'] = None; import data.boundaries.osm"
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


# ---- palikas


@pytest.fixture
def palikas() -> gpd.GeoDataFrame:
    shapes = [box(85.0, 27.0, 85.1, 27.1), box(85.1, 27.0, 85.2, 27.1)]
    return gpd.GeoDataFrame(geometry=shapes, index=["31206", "11308"], crs="EPSG:4326")


def frame_of(**shapes: Polygon) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"ward": list(shapes)}, geometry=list(shapes.values()), crs="EPSG:4326")


def test_a_ward_belongs_to_the_palika_of_most_of_its_area(palikas: gpd.GeoDataFrame) -> None:
    wards = frame_of(
        inside=box(85.02, 27.02, 85.04, 27.04),
        across=box(85.08, 27.05, 85.15, 27.06),
        elsewhere=box(80.0, 28.0, 80.1, 28.1),
    )
    named = osm.assign_palikas(wards, palikas, metric_crs=METRIC_CRS).set_index("ward")
    assert named["palika"].dropna().to_dict() == {"inside": "31206", "across": "11308"}
    assert named["district"].dropna().to_dict() == {"inside": "312", "across": "113"}
    assert named.geometry["across"].equals(wards.geometry[1]), "the ward itself is not cut"


def test_palikas_are_named_by_index_not_by_position(palikas: gpd.GeoDataFrame) -> None:
    wards = frame_of(a=box(85.02, 27.02, 85.04, 27.04), b=box(85.15, 27.05, 85.17, 27.06))
    wards.index = [7, 3]
    named = osm.assign_palikas(wards, palikas.iloc[::-1], metric_crs=METRIC_CRS)
    assert named.index.tolist() == [7, 3]
    assert named["palika"].to_dict() == {7: "31206", 3: "11308"}


# ---- the command


@pytest.fixture
def holdings(own_demo: Settings) -> Holdings:
    return Holdings.open(str(own_demo.holdings))


def download(
    own_demo: Settings, service: Answer, *more: str, district: str = "Makwanpur"
) -> Result:
    """Run `sima boundaries download` against the service, on a store of the test's own."""
    arguments = ["--source", "osm", "--district", district, "--endpoint", service.endpoint, *more]
    var = Path(str(own_demo.holdings)).parents[1]
    return CliRunner().invoke(
        main, ["boundaries", "download", *arguments], env={"SIMA_VAR": str(var)}
    )


def five_wards(holdings: Holdings, service: Answer) -> None:
    """Let the service know the five wards of Indrasarowar, a little inside its outline."""
    today = holdings.boundary_sets()["vintage"].max()
    shape = holdings.boundaries(AdminLevel.PALIKA, on=today).geometry["31201"].buffer(-1e-4)
    west, south, east, north = shape.bounds
    edges = np.linspace(west, east, 6)
    strips = [shape.intersection(box(a, south, b, north)) for a, b in pairwise(edges)]
    service.give([
        element
        for n, strip in enumerate(strips, start=1)
        for element in relation_of(strip, n, **WARD, ref=str(n), name=f"Indrasarowar-{n:02d}")
    ])  # fmt: skip


def ward_sets(holdings: Holdings) -> list[dict[str, Any]]:
    sets = holdings.boundary_sets()
    return sets[sets["admin_level"] == AdminLevel.WARD].to_dict("records")


def test_the_command_stores_what_fits_with_its_attribution(
    own_demo: Settings, holdings: Holdings, service: Answer
) -> None:
    five_wards(holdings, service)
    result = download(own_demo, service)
    assert result.exit_code == 0, result.output
    assert "1 palikas with 5 wards fit" in result.output
    (stored,) = ward_sets(holdings)
    assert stored["units"] == 5
    assert stored["attribution"] == "© OpenStreetMap contributors (ODbL)"
    assert stored["licence"] == "Open Database Licence (ODbL) 1.0"
    wards = holdings.boundaries(AdminLevel.WARD, on=stored["vintage"])
    assert wards.index.tolist() == [f"31201{n:02d}" for n in range(1, 6)]


def test_the_command_says_what_it_found_as_json_and_stores_nothing_in_a_dry_run(
    own_demo: Settings, holdings: Holdings, service: Answer
) -> None:
    five_wards(holdings, service)
    result = download(own_demo, service, "--dry-run", "--json", district="312")
    said = json.loads(result.stdout)
    assert (said["matched_palikas"], said["matched_wards"]) == (1, 5)
    assert said["wards_by_district"] == {"312": 5}
    assert said["boundary_set"] is None
    assert ward_sets(holdings) == []


def test_the_same_wards_twice_are_one_set(
    own_demo: Settings, holdings: Holdings, service: Answer
) -> None:
    five_wards(holdings, service)
    names = [json.loads(download(own_demo, service, "--json").stdout)["boundary_set"] for _ in "ab"]
    assert names[0] == names[1]
    assert len(ward_sets(holdings)) == 1


@pytest.mark.parametrize(
    ("district", "body", "said"),
    [
        ("Makwanpur", b'{"elements": []}', "OpenStreetMap has no ward boundaries there."),
        ("Atlantis", b"", "There is no district called Atlantis."),
    ],
)
def test_the_command_says_in_one_sentence_what_is_wrong(
    own_demo: Settings, holdings: Holdings, service: Answer, district: str, body: bytes, said: str
) -> None:
    service.body = body
    result = download(own_demo, service, district=district)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"sima: {said}"
    assert "Traceback" not in result.output
    assert ward_sets(holdings) == []
