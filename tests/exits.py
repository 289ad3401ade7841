"""Every way out of Sima: the register, what is found in the code, and what comes out of each.

An exit is whatever carries data past the release gate. `REGISTER` lists them by hand, `found` reads
them from the code; a test compares the two, so that nobody opens a way out without saying whose
figures may pass there. Run ``python -m tests.exits`` for a table of them.

The store behind it is planted: figures that are hidden, withdrawn or not released yet are large and
odd, so that each of them is recognised wherever it turns up.
"""

import asyncio
import contextlib
import csv
import gzip
import io
import json
import logging
import os
import re
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

import brotli
import streamlit as st
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from dashboard import access, asgi, cli, scene_route, scenes, session, sign_in, wording
from data import database
from data.model import AdminLevel, SimaError
from data.pipeline import Sima
from data.releases import ReleaseReader
from tests.exit_register import (
    ELEMENTS,
    MESSAGES,
    OWN,
    REGISTER,
    Emitted,
    side_of,
)
from tests.planted import (
    APPROVER,
    CORRECTED,
    PARTNER,
    PREVIEW,
    PUBLIC,
    ROOT,
    STEWARD,
    World,
    as_text,
    group_rows,
    numbers_in,
    plant,
)
from tests.sheets import workbook
from tests.unit.test_packing import unpack
from tests.viewers import looking


def _said(message: Any) -> Iterator[str]:
    """Give everything that a message to the browser says, the tables in it decoded."""
    for _field, value in message.ListFields():
        if hasattr(value, "items"):
            values: Any = [*value.keys(), *value.values()]
        else:
            values = (
                [value]
                if isinstance(value, str | bytes) or not hasattr(value, "__iter__")
                else value
            )
        for each in values:
            yield from _said(each) if hasattr(each, "ListFields") else [spelled(as_text(each))]


def spell(scene: dict[str, Any]) -> dict[str, Any]:
    """Write the figures of a map's scene as numbers, where a browser is sent signs."""
    nation = scene["nation"]
    return scene | {
        "values": [unpack(packed) for packed in scene["values"]],
        "above": [[name, unpack(packed)] for name, packed in scene["above"]],
        "nation": nation and [nation[0], unpack(nation[1])],
    }


_SCENE = '{"area": '


def spelled(text: str) -> str:
    """Spell out every scene that stands in a text."""
    begun = text.find(_SCENE)
    if begun < 0:
        return text
    scene, end = json.JSONDecoder().raw_decode(text, begun)
    told = json.dumps(spell(scene), ensure_ascii=False)
    return text[:begun] + told + spelled(text[end:])


def scenes_in(text: str) -> Iterator[dict[str, Any]]:
    """Give every scene of a text in which they are spelled out."""
    begun = text.find(_SCENE)
    while begun >= 0:
        scene, end = json.JSONDecoder().raw_decode(text, begun)
        yield scene
        begun = text.find(_SCENE, end)


# How the register names the downloads of a page that has several.
_DOWNLOADS = {
    "public/overview.py": "public/overview.py ×2",
    "public/logframe.py": "public/logframe.py ×2",
    "partner/planner.py": "dashboard/planner_views.py ×2",
}


class _Pages:
    """Visits pages through Streamlit's own test runner and keeps what would reach the browser."""

    def __init__(self, emitted: Emitted) -> None:
        self._emitted, self.page, self.side = emitted, "", ""
        self._told: set[str] = set()  # addresses of scenes that browsers were told

    def note(self, message: Any) -> None:
        if not self.page:
            return
        said = "\n".join(_said(message))
        self._emitted.add("page", self.page, self.side, said)
        self._told.update(re.findall(rf'"scene": "({scenes.SCENE}[^"]+)"', said))
        if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
            kind = message.delta.new_element.WhichOneof("type")
            self._emitted.kinds.add(kind)
            for name in ELEMENTS:
                if MESSAGES.get(name, name) == kind:
                    self._emitted.add("element", name, self.side, said)

    def download(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            for given in (*args, *kwargs.values()):
                if not self.page or given is kwargs.get("on_click"):
                    continue
                content = given() if callable(given) else given
                if isinstance(content, str | bytes):
                    name = _DOWNLOADS.get(self.page, self.page)
                    self._emitted.add("download", name, self.side, content)
            return original(*args, **kwargs)

        return noting

    def visit(self, page: str, viewer: str, *, default: bool, **query: str) -> AppTest:
        """Open a page as a viewer; the first page that a visitor is led to is not kept twice."""
        access.viewer_of = looking(viewer)  # type: ignore[assignment]  # as if signed in
        wording.speak(query.get("lang", "en"))  # the runner itself writes a widget's options, too
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=60)
        spoken = {name: value for name, value in query.items() if name == "lang"}
        app.query_params.update(query if default else spoken)
        self.page, self.side = (page if default else ""), side_of("page", page)
        own = viewer.removeprefix("deputy:")
        elsewhere = own != viewer and not query.get("unit", "").startswith(own)
        if page.startswith("public/") and (not viewer or (page == "public/place.py" and elsewhere)):
            self.side = PUBLIC
        app.run()
        if not default:
            self.page = page
            app.query_params.clear()
            app.query_params.update(query)
            app.switch_page(str(ROOT / "pages" / page)).run()
        self._kept(app)
        return app

    def _kept(self, app: AppTest) -> None:
        assert not app.exception, app.exception
        for address in sorted(self._told):  # as a browser does
            status, body = fetch(address)
            assert status == HTTPStatus.OK, address
            drawn = json.dumps(spell(json.loads(body)), ensure_ascii=False)
            self._emitted.add("route", f"{scenes.SCENE}{{plan}}", self.side, drawn)
            self._emitted.add("page", self.page, self.side, drawn)
        self._told.clear()
        if not self.page.startswith("steward/"):  # what a steward's visit remembers stays there
            self._emitted.add("page", self.page, self.side, dict(app.session_state.items()))


def _hidden_views(world: World, side: str, level: AdminLevel) -> list[tuple[str, str]]:
    """Pairs of indicator and period of which something is hidden down to a level."""
    cells = world.reader(side).cells(world.number(side))
    hidden = cells[(cells["status"] == "suppressed") & (cells["admin_level"] >= level)]
    return list(
        hidden[["indicator", "period"]].drop_duplicates().itertuples(index=False, name=None)
    )


def _visit_pages(world: World, pages: _Pages) -> None:
    views = _hidden_views(world, PUBLIC, AdminLevel.COUNTRY)
    for n, (indicator, period) in enumerate(views):
        query = {"indicator": indicator, "period": period, "lang": ("en", "ne")[n % 2]}
        area = "113" if n % 4 == 3 else "511"  # the second booth's district, in turn
        level = ("palika", "district", "ward")[n % 3]
        pages.visit("public/map.py", "", default=False, area=area, level=level, **query)
    for language in ("en", "ne"):
        query = {"indicator": "parents_groups", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=False, area="511", level="ward", **query)
        query = {"indicator": "parents_members", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=False, area="programme", whom="f", **query)
        pages.visit("public/overview.py", "", default=True, lang=language)
    pages.visit("partner/log.py", "auditor", default=True)
    for viewer in ("", "deputy:51105", "planner", "steward"):
        for page in (
            *("map", "committees", "hotspots", "about", "safety", "claims", "logframe", "place"),
        ):
            pages.visit(f"public/{page}.py", viewer, default=False)
        for unit in ("51105", "51106", "5110502"):
            pages.visit("public/place.py", viewer, default=False, unit=unit)
    _visit_partners(world, pages)
    _visit_stewards(world, pages)
    pages.page = ""


def _visit_partners(world: World, pages: _Pages) -> None:
    inside = [view for view in _hidden_views(world, PARTNER, AdminLevel.WARD) if "-q" in view[1]]
    ways = ("trend", "ranking", "compare", "strip", "silence", "overlap", "places", "files")
    for n, (indicator, period) in enumerate(inside):
        query = {"indicator": indicator, "period": period, "lang": ("en", "ne")[n % 2]}
        for palika in ("51105", "51106"):
            form = {"form": "tiles"} if n % 2 else {}
            pages.visit(
                "partner/palika.py", f"deputy:{palika}", default=True, unit=f"{palika}02",
                **query, **form,
            )  # fmt: skip
        for level, unit in (("ward", "5110502"), ("palika", "51105")):
            way = ways[(2 * n + (level == "ward")) % len(ways)]
            pages.visit(
                "partner/planner.py", "planner", default=True, area="511", level=level, unit=unit,
                way=way, **query,
            )  # fmt: skip
    for period in ("ad-2023-q1", "ad-2023-q4"):
        pages.visit("public/hotspots.py", "planner", default=False, area="511", period=period)
    for viewer in ("planner", "deputy:51106", "deputy:51105"):
        for language in ("en", "ne"):
            pages.visit("partner/booths.py", viewer, default=False, lang=language)
    for way in ways:
        query = {"indicator": "parents_members", "period": "ad-2023-q4", "way": way}
        pages.visit(
            "partner/planner.py", "planner", default=True, area="511", unit="51105", **query
        )


def _visit_stewards(world: World, pages: _Pages) -> None:
    pages.visit("steward/upload.py", "steward", default=True)
    made = Sima.preview
    previews: list[int] = []

    def previewing(sima: Sima, number: int) -> Any:
        previews.append(number)
        return made(sima, number)

    Sima.preview = previewing  # type: ignore[method-assign]
    app = pages.visit("steward/release.py", "steward", default=False)
    for toggle in range(len(app.toggle)):
        app.toggle[toggle].set_value(True)  # as above
    app.run()
    Sima.preview = made  # type: ignore[method-assign]
    assert not app.exception, app.exception
    assert set(previews) == set(world.requests), "the preview was not shown"


def _caching(emitted: Emitted, name: str) -> Callable[..., Any]:
    original = getattr(session, name)

    def noting(*args: Any) -> Any:
        result = original(*args)
        whose = [Path(str(args[0][0])).name] if isinstance(args[0], tuple) else args
        side = PARTNER if PARTNER in whose else PUBLIC
        told = result
        if isinstance(result, dict) and "identity" in result:  # a scene as a browser gets it
            told = spell(json.loads(result["identity"]))
        elif isinstance(result, dict) and "values" in result:
            told = spell(result)
        emitted.add("cache", f"session.{name}", side, told)
        return result

    return noting


def _read(world: World, emitted: Emitted) -> None:
    for side in (PUBLIC, PARTNER):
        reader = world.reader(side)
        info = reader.current()
        assert info is not None
        for name in (each.name for each in REGISTER if each.kind == "reader"):
            method = getattr(reader, name)
            if name == "boundaries":
                for level in AdminLevel:
                    emitted.add("reader", name, side, method(info.boundaries_id, level=level))
            elif name == "geometry_content":
                _read_geometry(reader, info.boundaries_id, emitted)
            elif name in ("units", "boundary_sets", "crosswalk", "geometry_files"):
                emitted.add("reader", name, side, method(info.boundaries_id))
            else:
                emitted.add(
                    "reader",
                    name,
                    side,
                    method(*(() if name in ("releases", "current") else (info.number,))),
                )
        for name, content in world.exports[side].items():
            emitted.add("export file", name, side, content)
            emitted.add("writer", "data.exporting", side, content)
        for path in world.files_of(side):
            if f"release-{info.number:04d}" in path.name or "release-" not in path.name:
                shape = re.sub(r"-[0-9a-f]+(?=\.sqlite$)", "-#", path.name)
                emitted.add("store file", f"{side}/{shape}", side, _every_value(path))


def _read_geometry(reader: ReleaseReader, boundaries_id: str, emitted: Emitted) -> None:
    for name in reader.geometry_files(boundaries_id)["name"]:
        small, other = (
            reader.geometry_content(boundaries_id, name, coding) or b""
            for coding in ("brotli", "gzip")
        )
        whole = brotli.decompress(small)
        assert gzip.decompress(other) == whole
        emitted.add("reader", "geometry_content", side_of("reader", "geometry_content"), whole)


def _every_value(path: Path) -> str:
    """Write down every value of every table of a file, but for shapes."""
    out = io.StringIO()
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # names from the file itself
            csv.writer(out, "excel-tab").writerows(
                [v for v in row if not isinstance(v, bytes)] for row in rows
            )
    return out.getvalue()


def fetch(path: str) -> tuple[int, bytes]:
    """Ask our routes for a path exactly as it stands: no client tidies it up."""
    sent: list[dict[str, Any]] = []

    done = asyncio.Event()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not asked:
            await done.wait()  # nobody hangs up before the answer is there
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            done.set()

    path, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": [(b"host", b"127.0.0.1")],
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    routes = [each.route for each in asgi.EXITS]
    served = Starlette(routes=routes, middleware=[Middleware(asgi.SafeHeaders)])
    # In a thread of its own: where a browser was driven before, this one has a running loop.
    with ThreadPoolExecutor(max_workers=1) as other:
        other.submit(lambda: asyncio.run(served(scope, receive, send))).result()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _ask_routes(world: World, emitted: Emitted) -> None:
    info = world.reader(PUBLIC).current()
    assert info is not None
    files = world.reader(PUBLIC).geometry_files(info.boundaries_id)["name"]
    named = {
        "/geometry/{boundaries_id}/{name}.json": [
            f"/geometry/{info.boundaries_id}/{file}.json" for file in files[::9]
        ],
        "/words/{language}/{name}.json": ["/words/en/x.json", "/words/ne/x.json"],
    }
    for route in (each.route for each in asgi.EXITS):
        if route in scene_route.ROUTES:
            continue  # asked while the pages were visited, by who looked at them
        if route in sign_in.ROUTES:
            continue  # they answer with forms alone; tests/browser/test_sign_in.py
        paths = named.get(route.path, [route.path])
        if isinstance(route, Mount):
            folder = Path(str(route.app.directory))  # type: ignore[attr-defined]
            listed = sorted(p for p in folder.rglob("*") if p.suffix in {".css", ".svg", ".js"})
            paths = [f"{route.path}/{p.relative_to(folder).as_posix()}" for p in listed[:6]]
        for path in paths:
            status, body = fetch(path)
            assert status == 200, path
            emitted.add("route", route.path, side_of("route", route.path), body)


def _run_commands(world: World, emitted: Emitted, folder: Path) -> None:
    waiting = str(world.requests[0])
    template = folder / "template.xlsx"
    held = folder / "held.xlsx"
    held.write_bytes(workbook("groups", group_rows(CORRECTED)))
    runs: dict[str, list[list[str]]] = {
        "accounts add": [["another", "--role", "planner"]],
        "releases": [[], ["--json"]],
        "export": [
            [str(world.number(side)), "--audience", side, "--out", str(folder / side)]
            for side in (PUBLIC, PARTNER)
        ] + [["2", "--audience", PARTNER, "--out", str(folder / "withdrawn")]],
        "certificate check": [["1", "--audience", PUBLIC], ["1", "--audience", PARTNER]],
        "approve": [[waiting, "--by", APPROVER, "--dry-run"], ["1", "--by", APPROVER]],
        "requests": [[], ["--json"]],
        "withdraw": [["99", "--audience", PUBLIC, "--by", APPROVER]],
        "policy check": [[]], "policy agree": [["--by", APPROVER]], "purge": [[]],
        "boundaries list": [[]], "accounts list": [[], ["--json"]],
        "audit-log list": [[], ["--json"]], "audit-log verify": [[], ["--json"]], "audit-log head": [[], ["--json"]],
        "audit-log forget": [["--older-than", "30"]], "accounts invite": [["another"]],
        "accounts disable": [["another"]], "accounts enable": [["another"]],
        "accounts reset": [["another"]],
        "accounts role": [["another", "--role", "auditor"]], "accounts scope": [["another"]],
        "accounts bind": [["another", "--issuer", "https://id.example.org", "--subject", "x"]],
        "template": [["groups", str(template), "--hxl"]],
        "setup": [[]] , "stage": [[str(held)]],
        "release": [["--audience", PUBLIC, "--by", STEWARD, "--restate", "ad-2031"]],
    }  # fmt: skip
    for name, every in runs.items():
        for arguments in every:
            line = [*name.split(), *arguments, *(["--demo"] if name == "setup" else [])]
            if name == "setup":
                line = ["setup"]  # refused: the stores are synthetic
            result = CliRunner().invoke(cli.main, line, env={"SIMA_VAR": str(world.var)})
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                result.exception
            )
            side = PUBLIC if name == "export" and PUBLIC in line else side_of("command", name)
            emitted.add("command", name, side, result.output)
    emitted.add("writer", "dashboard.cli", PARTNER, template.read_bytes())
    for side in (PUBLIC, PARTNER):
        for path in (folder / side).iterdir():
            content = path.read_bytes()
            assert content == world.exports[side][path.name]  # looked at by itself
            emitted.add("command", "export", side, content.replace(b",", b"\t"))


class _Log(logging.Handler):
    def __init__(self, emitted: Emitted) -> None:
        super().__init__(logging.DEBUG)
        self._emitted = emitted

    def emit(self, record: logging.LogRecord) -> None:
        self._emitted.add("log", "every logger", PARTNER, f"{record.name} {self.format(record)}")


@contextlib.contextmanager
def _listening(emitted: Emitted) -> Iterator[_Pages]:
    """Keep what is logged, raised, cached, downloaded and sent to a browser, and then let go."""
    pages, log = _Pages(emitted), _Log(emitted)
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    loggers = [logging.root, *(each for each in known if not each.propagate)]
    levels = [each.level for each in loggers]
    kept = dict(os.environ)
    cached = {
        e.name.split(".")[1]: getattr(session, e.name.split(".")[1], None)
        for e in REGISTER
        if e.kind == "cache"
    }
    buttons = (st.download_button, DeltaGenerator.download_button)

    def raised(self: SimaError, *args: object) -> None:
        Exception.__init__(self, *args)
        emitted.add("exception", "SimaError", PARTNER, str(self))

    with contextlib.ExitStack() as after:
        for logger, level in zip(loggers, levels, strict=True):
            for shown in logger.handlers:  # nobody reads what is kept here
                after.callback(shown.setLevel, shown.level)
                shown.setLevel(logging.CRITICAL)
            logger.addHandler(log)
            logger.setLevel(logging.DEBUG)
            after.callback(logger.setLevel, level)
            after.callback(logger.removeHandler, log)
        SimaError.__init__ = raised  # type: ignore[method-assign]
        after.callback(delattr, SimaError, "__init__")
        for name, original in cached.items():
            if original is not None:
                setattr(session, name, _caching(emitted, name))
                after.callback(setattr, session, name, original)
        st.download_button = pages.download(buttons[0])
        DeltaGenerator.download_button = pages.download(buttons[1])  # type: ignore[method-assign]
        after.callback(setattr, st, "download_button", buttons[0])
        after.callback(setattr, DeltaGenerator, "download_button", buttons[1])
        ForwardMsgQueue.on_before_enqueue_msg(pages.note)
        after.callback(ForwardMsgQueue.on_before_enqueue_msg, None)
        after.callback(setattr, access, "viewer_of", access.viewer_of)
        st.cache_data.clear()
        st.cache_resource.clear()
        yield pages
        os.environ.clear()
        os.environ.update(kept)
        wording.speak("en")
        st.cache_data.clear()
        st.cache_resource.clear()
        database.close_all()


def collect(folder: Path) -> tuple[World, Emitted]:
    """Plant the programme in a folder and take what comes out of every exit."""
    emitted = Emitted()
    with _listening(emitted) as pages:
        world = plant(folder / "var")
        os.environ["SIMA_VAR"] = str(world.var)
        _read(world, emitted)
        _visit_pages(world, pages)
        access.viewer_of = looking("")  # type: ignore[assignment]  # as above
        _ask_routes(world, emitted)
        _run_commands(world, emitted, folder)
    return world, emitted


def table(emitted: Emitted) -> str:
    """Write the register with what was looked at, as Markdown."""
    lines = ["| kind | exit | may carry | bytes looked at | |", "|---|---|---|--:|---|"]
    for each in REGISTER:
        size = sum(len(text.encode()) for _side, text in emitted.texts[each.kind, each.name])
        may = {
            PUBLIC: "public release",
            PARTNER: "public and partner release",
            PREVIEW: "these and the one that waits",
            OWN: "the steward's own",
        }
        lines.append(
            f"| {each.kind} | `{each.name}` | {may.get(each.side, each.side)} "
            f"| {size or '–'} | {each.note} |"
        )
    total = sum(len(text.encode()) for texts in emitted.texts.values() for _side, text in texts)
    return "\n".join([*lines, f"\n{len(REGISTER)} exits, {total:,} bytes looked at."])


def leaks(world: World, emitted: Emitted) -> dict[str, list[int]]:
    """Give the numbers that came out where they must not, by exit; empty as it should be."""
    wrong: dict[str, set[int]] = defaultdict(set)
    for (kind, name), texts in emitted.texts.items():
        for side, text in texts:
            if side in world.secret:
                wrong[f"{kind} {name}"] |= numbers_in(text) & world.secret[side]
    return {where: sorted(numbers) for where, numbers in wrong.items() if numbers}


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="sima-exits-"))
    try:
        planted, came_out = collect(place)
        print(table(came_out))
        print(json.dumps({"leaks": leaks(planted, came_out)}))
    finally:
        shutil.rmtree(place)
