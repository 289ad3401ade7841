"""One path out: nothing that a release hides or lacks comes out of any exit, and none is forgotten."""

import html
import json
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from starlette.routing import Mount

from dashboard.auth import page_access
from dashboard.i18n import wording
from dashboard.maps import words
from dashboard.server import app
from data.disclosure.cells import CELL_KEY
from data.holdings import BatchInfo
from data.model import Audience, Status
from data.pipeline import Sima
from data.reference import scope as scopes
from tests.support import exit_pages, exit_register, exits, planted_programme
from tests.support.examples import some
from tests.support.exit_register import NOTHING, OWN, REGISTER, Emitted
from tests.support.planted_programme import PARTNER, PREVIEW, PUBLIC, World, numbers_in
from tests.support.viewers import viewer

pytestmark = [pytest.mark.app, pytest.mark.property]
HIDING = "|".join(each.value for each in Status if each is not Status.PUBLISHED)
RUN_BY_NOBODY = {
    ("command", "audit"), ("command", "suppress"), ("writer", "dashboard.cli.table_suppression"), ("command", "hotspots"), ("command", "serve"), ("command", "boundaries import"),
    ("command", "boundaries download"), ("writer", "data.documentation"),
    ("log", "dashboard.server.run:print"), ("log", "data.documentation:print"), ("command", "run"),
    *(("route", path) for path in ("/sign-in", "/sign-in/unknown", "/sign-out", "/invitation", "/invitation/second")),
}  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Emitted]:
    """The planted programme and everything that came out of it."""
    return exits.collect(tmp_path_factory.mktemp("exits"))


@pytest.fixture(scope="module")
def world(out: tuple[World, Emitted]) -> World:
    return out[0]


@pytest.fixture(scope="module")
def emitted(out: tuple[World, Emitted]) -> Emitted:
    return out[1]


# ---- the search itself -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    ["7919", "7,919", "७९१९", "७,९१९", '{"value": 7919.0}', "[7919]", "7\u00a0919", "7'919", "-7919",
     "\\u003cbr\\u003e7919", "<td>7,919</td>", "NPR7919", "x\\n7919", "7&nbsp;919", "7 919"],
)  # fmt: skip
def test_a_number_is_recognised_in_every_form(text: str) -> None:
    assert 7919 in numbers_in(text)


@pytest.mark.parametrize("text", ["85.7919", "79190", "17919", "7,9191", "map_" + "7919" * 8])
def test_what_only_looks_like_it_is_not(text: str) -> None:
    assert 7919 not in numbers_in(text)


def test_a_lakh_is_recognised_however_it_is_grouped() -> None:
    assert numbers_in("1,00,003 100,003 १,००,००३") >= {100003}


# ---- the planted programme -------------------------------------------------------------------
def test_what_must_not_come_out_is_planted(world: World) -> None:
    for side in (PUBLIC, PARTNER):
        secret = world.secret[side]
        assert secret >= planted_programme.WITHDRAWN - {86028}
        assert secret >= planted_programme.LATER
        assert world.shown[side] >= planted_programme.SHOWN[side]
        hidden = world.truth[side].query("status == 'suppressed'")["value"].dropna()
        assert len(secret & set(hidden.astype(int))) > 50
        assert (hidden < 10).any()
    assert world.secret[PARTNER] >= planted_programme.HIDDEN
    # Public are classes where partners see a number.
    assert len(world.shown[PARTNER] & world.secret[PUBLIC]) > 50


# ---- the register ----------------------------------------------------------------------------
def test_every_exit_is_in_the_register_and_nothing_else(world: World, emitted: Emitted) -> None:
    listed = {(each.kind, each.name) for each in REGISTER}
    there = exit_register.found(world, emitted)
    assert there - listed == set(), (
        "an exit that is not in tests/support/exits.py: say whose figures may pass"
    )
    assert listed - there == set(), "the register in tests/support/exits.py names what is gone"


def test_every_exit_was_looked_at(emitted: Emitted) -> None:
    silent = {
        (each.kind, each.name)
        for each in REGISTER
        if not "".join(text for _side, text in emitted.texts[each.kind, each.name]).strip()
    }
    # A widget may be there for other data than the planted: it is in the register all the same.
    assert {each for each in silent if each[0] != "element"} == RUN_BY_NOBODY
    assert all(exit_register.side_of(*each) == NOTHING for each in RUN_BY_NOBODY)
    looked_at = ("component", "iframe", "html", "selectbox", "altair_chart")
    assert not {("element", name) for name in looked_at} & silent


@pytest.mark.parametrize(
    ("kind", "name", "side"),
    [("page", "public/map.py", PUBLIC), ("page", "partner/palika.py", PARTNER),
     ("page", "partner/planner.py", PARTNER), ("route", "/scene/{plan}", PUBLIC),
     ("route", "/scene/{plan}", PARTNER), ("element", "component", PARTNER), ("element", "html", PUBLIC),
     ("cache", "cache._remembered", PUBLIC), ("cache", "cache._remembered", PARTNER),
     ("cache", "cache._read cells", PUBLIC),
     ("cache", "cache._read cells", PARTNER), ("reader", "cells", PARTNER), ("reader", "signs", PUBLIC),
     ("export file", "cells.csv", PUBLIC), ("command", "export", PUBLIC),
     ("store file", "public/release-#.sqlite", PUBLIC),
     ("store file", "partner/release-#.sqlite", PARTNER)],
)  # fmt: skip
def test_what_may_be_seen_is_seen(
    world: World, emitted: Emitted, kind: str, name: str, side: str
) -> None:
    """Else a search that finds nothing would say nothing."""
    there = {n for at, text in emitted.texts[kind, name] if at == side for n in numbers_in(text)}
    assert (
        len({n for n in there & world.shown[side] if n >= planted_programme.SMALLEST}) > 3
        or name == "signs"
    )
    if name == "signs":
        assert 179424673 in there


# ---- nothing comes out -----------------------------------------------------------------------
def test_no_number_that_is_hidden_withdrawn_or_not_released_comes_out(
    world: World, emitted: Emitted
) -> None:
    assert exits.leaks(world, emitted) == {}


NEIGHBOURS = {
    "deputy:51105": ("51107", "5110702"), "planner:113": ("51105", "5110502"),
    "planner:511": ("11303", "NP"), "auditor": ("51105", "511"),
}  # fmt: skip
WORDS = ("unit", "area", "palika", "against", "with")


@pytest.mark.parametrize("who", some(2, NEIGHBOURS))
def test_no_word_of_an_address_tells_of_a_neighbour_what_partners_see(
    world: World, who: str
) -> None:
    """A neighbour's code in every word of the addresses that partners have; files and scenes too."""
    scope = viewer(who).scope if who != "auditor" else ()
    cells = world.reader(PARTNER).cells(world.number(PARTNER)).dropna(subset="value")
    seen = np.array([scopes.sees(scope, code) for code in cells["unit_code"]], dtype=bool)
    known = world.shown[PUBLIC] | set(cells.loc[seen, "value"]) | planted_programme.before(world)
    foreign = {int(v) for v in cells.loc[~seen, "value"] if v >= planted_programme.SMALLEST} - known
    assert len(foreign) > 10, "there is something to betray"
    emitted, mine = Emitted(), page_access.of_role(viewer(who).role)
    with exits.listening(emitted) as pages:
        os.environ["SIMA_VAR"] = str(world.var)
        for door in (each for each in mine if each.restricted):
            for code in some(2, NEIGHBOURS[who]):
                asked = dict.fromkeys(WORDS, code) | {"district": code[:3], "level": "ward"}
                ways = ("places", "files") if door.address == "planner" else ("",)
                for way in ways:
                    pages.visit(door.file, who, default=door is mine[0], **asked, way=way)
    came = {n for texts in emitted.texts.values() for _side, t in texts for n in numbers_in(t)}
    assert came & foreign == set()
    own = {int(v) for v in cells.loc[seen, "value"] if v >= planted_programme.SMALLEST}
    assert bool(came & (own - world.shown[PUBLIC])) == (who != "auditor"), "her own she sees"


def test_no_account_is_named_to_a_viewer(emitted: Emitted) -> None:
    own = {"steward/release.py", "steward/upload.py", "steward/project.py", "partner/log.py"}
    named = {
        key
        for key, texts in emitted.texts.items()
        if key[0] not in ("command", "log", "exception", "element") and key[1] not in own
        for _side, text in texts
        if planted_programme.STEWARD in text or planted_programme.APPROVER in text
    }
    assert named == set()


def raw_cells(world: World, side: str) -> pd.DataFrame:
    """Cells of the release as they stand in its file, read past our own reader."""
    path = (
        Path(world.settings.releases(Audience(side))) / f"release-{world.number(side):04d}.sqlite"
    )
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        frame = pd.read_sql(sa.text("SELECT * FROM cell"), connection)
    return frame.set_index(CELL_KEY)


@pytest.mark.parametrize("side", [PUBLIC, PARTNER])
def test_a_cell_without_a_figure_carries_none_anywhere(
    world: World, emitted: Emitted, side: str
) -> None:
    raw = raw_cells(world, side)
    frames = [
        (name, frame) for name, at, frame in emitted.frames if at == side and "status" in frame
    ]
    assert len([frame for _name, frame in frames if len(frame)]) > 3
    for name, frame in frames:
        # Only what was asked about one place can be nothing.
        assert len(frame) or name == "cache._read cells"
        blank = frame["status"] != Status.PUBLISHED
        assert frame.loc[blank, ["value", "value_class"]].isna().all(axis=None)
        assert set(frame["status"]) <= {each.value for each in Status}
        mine = frame.set_index(CELL_KEY)
        release = raw.loc[mine.index]
        assert mine["status"].tolist() == release["status"].tolist()
        assert mine["value"].fillna(-1).tolist() == release["value"].fillna(-1).tolist()
        assert mine["value_class"].fillna("").tolist() == release["value_class"].fillna("").tolist()


@pytest.mark.parametrize("side", [PUBLIC, PARTNER])
def test_the_release_says_of_true_figures_only_what_the_gate_let_pass(
    world: World, side: str
) -> None:
    raw, truth = raw_cells(world, side), world.truth[side].set_index(CELL_KEY)
    assert set(raw.index) == set(truth.index)
    truth = truth.loc[raw.index]
    number = truth["status"].eq("published") & truth["display"].eq("number")
    assert raw["status"].tolist() == truth["status"].tolist()
    assert raw["value"].notna().tolist() == number.tolist()
    assert raw.loc[number, "value"].astype(int).tolist() == truth.loc[number, "value"].tolist()


def rows_of(text: str) -> list[tuple[str, str]]:
    """Status and figure of every row of a table of figures; a list of releases has other rows."""
    row = re.compile(r'<tr class="(\w+)">(?:(?!</tr>).)*?<td>(.*?)</td></tr>', re.DOTALL)
    found = row.findall(planted_programme.normal(text))
    return [(status, html.unescape(figure)) for status, figure in found if status in set(Status)]


def figures_in(text: str) -> set[int]:
    """Whole numbers of a figure as a person reads it: 7,919 is one."""
    return {int(digits) for digits in re.findall(r"\d+", re.sub(r"(?<=\d),(?=\d)", "", text))}


def figures_of(scene: dict[str, Any]) -> Iterator[int | str]:
    """Every figure of a map's scene, as numbers and as the ways to have none."""
    yield from (figure for part in scene["values"] for figure in part)
    yield from (figure for _name, part in scene["above"] for figure in part)
    yield from scene["nation"][1] if scene["nation"] else ()


PAGES = ["public/map.py", "public/overview.py", "partner/palika.py", "partner/planner.py",
         "steward/release.py"]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_maps_and_tables_say_released_figures_only(
    world: World, emitted: Emitted, page: str
) -> None:
    """Small figures, too: these cannot be searched for, but what stands in their place can."""
    figures = hidden = 0
    for side, text in emitted.texts["page", page]:
        shown = world.shown[side]
        for status, figure in rows_of(text):
            said, _mark, coarser = figure.partition("·")  # "hidden · Banke as a whole: 69,712"
            assert status == Status.PUBLISHED or not figures_in(said), (status, figure)
            assert figures_in(said) | figures_in(coarser) <= shown, (status, figure)
        for scene in exit_pages.scenes_in(text):
            drawn = list(figures_of(scene))
            numbers = {figure for figure in drawn if isinstance(figure, int)}
            assert numbers <= shown, (scene["area"], scene["title"], scene["period"])
            figures += len(numbers)
            hidden += drawn.count(Status.SUPPRESSED.value)
    small = page in ("steward/release.py", "public/overview.py")  # one map of a few places
    assert figures > (0 if small else 2)
    assert hidden or small


@pytest.mark.parametrize("exit_", [("reader", "geometry_content"),
                                   ("route", "/geometry/{boundaries_id}/{name}.json")])  # fmt: skip
def test_a_geometry_file_says_where_units_lie_and_what_they_are_called(
    world: World, emitted: Emitted, exit_: tuple[str, str]
) -> None:
    """No figure has a place in one: what is said of a unit is known without any upload."""
    units = Sima(world.settings).holdings.units()
    texts = emitted.texts[exit_]
    assert len(texts) > 20
    for side, text in texts:
        assert side == NOTHING
        topology = json.loads(text)
        assert set(topology) <= {"type", "objects", "arcs", "transform"}
        assert list(topology["objects"]) == ["units"]
        for unit in topology["objects"]["units"]["geometries"]:
            assert set(unit) <= {"type", "id", "properties", "arcs"}
            said, row = dict(unit["properties"]), units.loc[unit["id"]]
            assert len(said.pop("at", [0, 0])) == 2
            assert said.pop("tile", 1) == 1
            assert said.pop("number", None) == (
                int(unit["id"][5:]) if len(unit["id"]) == 7 else None
            )
            assert said == {"en": row["name_en"], "ne": row["name_ne"]}


def test_both_audiences_are_sent_the_same_geometry(world: World) -> None:
    files = []
    for side in (PUBLIC, PARTNER):
        info = world.reader(side).current()
        assert info is not None
        files.append(world.reader(side).geometry_files(info.boundaries_id))
    assert len(files[0]) > 20
    assert files[0].equals(files[1]), "nothing of it depends on what was uploaded"


def test_the_words_of_the_map_are_the_same_whatever_was_uploaded(emitted: Emitted) -> None:
    texts = [text for _side, text in emitted.texts["route", "/words/{language}/{name}.json"]]
    spoken = []
    for language in wording.LANGUAGES:
        wording.speak(language)
        spoken.append(words.map_words())
    wording.speak("en")
    assert [json.loads(text) for text in texts] == spoken, "of a reference list alone"


def test_the_preview_shows_what_would_be_released_and_nothing_hidden(
    world: World, emitted: Emitted
) -> None:
    assert world.secret[PREVIEW] & planted_programme.HIDDEN
    assert not world.secret[PREVIEW] & world.shown[PREVIEW]
    assert any(side == PREVIEW for side, _text in emitted.texts["page", "steward/release.py"])


# ---- the files of a release ------------------------------------------------------------------
LONG = 1 << 15


def stored(number: int) -> bytes:
    """Write a whole number as SQLite keeps it in a row."""
    size = next(n for n in (1, 2, 3, 4, 6, 8) if number < 1 << (8 * n - 1))
    return number.to_bytes(size, "big")


@pytest.mark.parametrize("side", [PUBLIC, PARTNER])
def test_no_byte_of_a_release_file_remembers_what_was_hidden(world: World, side: str) -> None:
    """Free pages and what lies between rows, too: a figure stands there behind its status."""
    path = (
        Path(world.settings.releases(Audience(side))) / f"release-{world.number(side):04d}.sqlite"
    )
    content = path.read_bytes()
    # Numbers of two bytes are met by chance, where the next row begins.
    shown = [stored(n) for n in world.shown[side] if n >= LONG]
    secret = [n for n in world.secret[side] if n >= LONG]
    secret = [n for n in secret if not any(each.startswith(stored(n)) for each in shown)]
    left = [n for n in secret for each in Status if each.encode() + stored(n) in content]
    assert left == []
    assert len(secret) > 10
    assert sum(b"published" + each in content for each in shown) > 3
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0


@pytest.mark.parametrize("side", [PUBLIC, PARTNER])
def test_no_certificate_lies_with_the_releases(world: World, side: str) -> None:
    holdings = Sima(world.settings).holdings
    proofs = [holdings.certificate(int(n)) for n in holdings.requests()["request_id"]]
    proofs = [proof for proof in proofs if proof is not None]
    assert len(proofs) > 2
    for path in world.files_of(side):
        content = path.read_bytes()
        for proof in proofs:
            assert proof[64:128] not in content
        for word in (b"witnesses", b"low_by", b"complementary"):
            assert word not in content
        for start in (match.start() for match in re.finditer(b"\x78[\x01\x5e\x9c\xda]", content)):
            try:
                said = zlib.decompressobj().decompress(content[start : start + 4096])
            except zlib.error:
                continue
            assert not numbers_in(said.decode("utf-8", "replace")) & world.secret[side]


# ---- HTTP ------------------------------------------------------------------------------------
UP = ("..", "%2e%2e", "%2E%2E", "..%2f", "..\\", "..;", ".%2e", "....//", "\x00")


@pytest.mark.parametrize("base", ["/assets", "/assets/leaflet", "/assets/fonts", ""])
def test_no_route_leads_to_a_file_that_is_not_an_asset(world: World, base: str) -> None:
    targets = ["asgi.py", "streamlit_app.py", str(world.settings.holdings), "etc/passwd"]
    for step in UP:
        for depth in (1, 2, 8):
            for target in targets:
                path = f"{base}/{'/'.join([step] * depth)}/{target.lstrip('/')}"
                try:
                    status, body = exit_pages.fetch(path)
                except ValueError as wrong:  # a path with a NUL is no path
                    assert "null" in str(wrong)  # noqa: PT017  # one of many paths
                    continue
                assert status in (400, 404, 405), (path, status)
                assert len(body) < 100


def test_no_mount_holds_a_store(world: World) -> None:
    stores = [world.settings.holdings, world.settings.access, world.settings.public, "var"]
    mounts = [each.route for each in app.EXITS if isinstance(each.route, Mount)]
    assert mounts
    for mount in mounts:
        folder = Path(str(mount.app.directory)).resolve()
        for store in stores:
            assert not Path(str(store)).resolve().is_relative_to(folder)
            assert not folder.is_relative_to(Path(str(store)).resolve())
        data = {p.suffix for p in folder.rglob("*") if p.is_file()} & {
            ".sqlite",
            ".db",
            ".csv",
            ".xlsx",
        }
        assert data == set()


# ---- what an error says ----------------------------------------------------------------------
def test_a_database_error_does_not_say_the_figures(world: World) -> None:
    """Such an error is logged with its text; ``hide_parameters`` of the engine keeps figures out."""
    holdings = Sima(world.settings).holdings
    records = holdings.current_records().dropna(subset=["value"]).nlargest(3, "value")
    info = BatchInfo("groups", "a hash", planted_programme.STEWARD, synthetic=True, reason=None)
    with pytest.raises(sa.exc.IntegrityError) as raised:
        holdings.add_batch(
            info,
            pd.concat([records, records]),
            holdings.current_signs().head(0),
            content=b"",
            suffix=".csv",
            delete_after=pd.Timestamp("2030-01-01").to_pydatetime(),
        )
    assert not numbers_in(str(raised.value)) & set(records["value"])


def test_the_stewards_own_side_is_named(emitted: Emitted) -> None:
    """What may show a holdings' figure is a short list, and each has its reason."""
    own = [each for each in REGISTER if each.side == OWN]
    assert [(each.kind, each.name) for each in own] == [("command", "stage")]
    assert all(each.note for each in own)
    assert any(40009 in numbers_in(text) for _side, text in emitted.texts["command", "stage"])
