"""Every way out of Sima: the register, what is found in the code, and what comes out of each.

An exit is whatever carries data past the release gate. `REGISTER` lists them by hand, `found` reads
them from the code; a test compares the two, so that nobody opens a way out without saying whose
figures may pass there. Run ``python -m tests.support.exits`` for a table of them.

The store behind it is planted: figures that are hidden, withdrawn or not released yet are large and
odd, so that each of them is recognised wherever it turns up.
"""

import contextlib
import csv
import functools
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
from pathlib import Path
from typing import Any

import brotli
import streamlit as st
from click.testing import CliRunner
from starlette.routing import Mount
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from dashboard.auth import viewer
from dashboard.cli import main
from dashboard.i18n import wording
from dashboard.released import cache
from dashboard.server import app
from dashboard.server.routes import map_data, sign_in
from data.database import engines
from data.model import AdminLevel, SimaError
from data.releases.reader import ReleaseReader
from tests.support.exit_pages import Pages, fetch, spell, visit_pages
from tests.support.exit_register import GENERIC, OWN, PARTS, REGISTER, Emitted, side_of
from tests.support.planted_programme import (
    APPROVER,
    CORRECTED,
    PARTNER,
    PREVIEW,
    PUBLIC,
    STEWARD,
    World,
    group_rows,
    numbers_in,
    plant,
)
from tests.support.viewers import looking
from tests.support.workbooks import workbook


def _caching(emitted: Emitted, name: str) -> Callable[..., Any]:
    original = getattr(cache, name)

    def noting(*args: Any, **named: Any) -> Any:
        result = original(*args, **named)
        whose = [Path(str(args[0][0])).name] if isinstance(args[0], tuple) else args
        side = PARTNER if PARTNER in whose else PUBLIC
        told = result
        if isinstance(result, dict) and "identity" in result:  # a scene as a browser gets it
            told = spell(json.loads(result["identity"]))
        elif isinstance(result, dict) and "values" in result:
            told = spell(result)
        for part in PARTS.get(name, []):
            emitted.add("cache", f"cache.{name} {part}", side, getattr(result, part))
        if name not in PARTS:
            exit_of = f"cache.{name} {args[1]}" if name == GENERIC else f"cache.{name}"
            emitted.add("cache", exit_of, side, told)
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
                    method(*(() if name in ("releases", "newest", "current") else (info.number,))),
                )
        for name, content in world.exports[side].items():
            emitted.add("export file", name, side, content)
            emitted.add("writer", "data.releases.export", side, content)
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
    for route in (each.route for each in app.EXITS):
        if route in map_data.ROUTES:
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
            [number, "--audience", side, "--out", str(folder / out), "--by", STEWARD, "--purpose", "audit"]
            for number, side, out in (
                (str(world.number(PUBLIC)), PUBLIC, PUBLIC), (str(world.number(PARTNER)), PARTNER, PARTNER),
                ("2", PARTNER, "withdrawn"),
            )
        ],
        "certificate check": [["1", "--audience", PUBLIC], ["1", "--audience", PARTNER]],
        "approve": [[waiting, "--by", APPROVER, "--dry-run"], ["1", "--by", APPROVER, "--why", "planned"]],
        "requests": [[], ["--json"]],
        "withdraw": [["99", "--audience", PUBLIC, "--by", APPROVER, "--why", "planned"]],
        "policy check": [[]], "policy agree": [["--by", APPROVER]], "purge": [[]],
        "boundaries list": [[]], "accounts list": [[], ["--json"]],
        "sites list": [[], ["--json"]], "sites add": [[str(held), "--by", STEWARD]],
        "sites close": [["BANKE-JAMUNAHA", "--on", "2023-02-01", "--by", STEWARD]],
        "organisations list": [[], ["--json"]], "organisations add": [[str(held), "--by", STEWARD]],
        "programme list": [[], ["--json"]], "programme add": [["20201", "--by", STEWARD]],
        "programme end": [["20201", "--by", STEWARD]], "indicators list": [[], ["--json"]],
        "indicators add": [[str(held), "--by", STEWARD]],
        "audit-log list": [[], ["--json"]], "audit-log verify": [[], ["--json"]], "audit-log head": [[], ["--json"]],
        "audit-log forget": [["--older-than", "30"]], "accounts invite": [["another"]],
        "accounts disable": [["another"]], "accounts enable": [["another"]],
        "accounts reset": [["another"]],
        "accounts role": [["another", "--role", "auditor"]], "accounts scope": [["another"]],
        "accounts bind": [["another", "--issuer", "https://id.example.org", "--subject", "x"]],
        "template": [["groups", str(template), "--hxl"]],
        "setup": [[]], "project show": [[], ["--json"]], "project check": [[], ["--json"]],
        "project upgrade": [[], ["--json"]], "stage": [[str(held)]],
        "project get": [["1", "--audience", PUBLIC, "--to", str(folder / "as-it-was")]],
        "adjust": [
            [waiting, "--by", STEWARD, "--nothing"],
            [waiting, "--by", STEWARD, "--let-wait", "parents_members,NP,ad-2031"],
        ],
        "release": [["--audience", PUBLIC, "--by", STEWARD, "--restate", "ad-2031"]],
    }  # fmt: skip
    for name, every in runs.items():
        for arguments in every:
            line = [*name.split(), *arguments, *(["--demo"] if name == "setup" else [])]
            if name == "setup":
                line = ["setup"]  # refused: the stores are synthetic
            result = CliRunner().invoke(main.main, line, env={"SIMA_VAR": str(world.var)})
            assert result.exception is None or isinstance(result.exception, SystemExit), (
                result.exception
            )
            side = PUBLIC if name == "export" and PUBLIC in line else side_of("command", name)
            emitted.add("command", name, side, result.output)
    emitted.add("writer", "dashboard.cli.main", PARTNER, template.read_bytes())
    folders = "data.projects.folder"
    for path in (world.var / "project").rglob("*.*"):
        if path.is_file():
            emitted.add("writer", folders, side_of("writer", folders), path.read_bytes())
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
def listening(emitted: Emitted) -> Iterator[Pages]:
    """Keep what is logged, raised, cached, downloaded and sent to a browser, and then let go."""
    pages, log = Pages(emitted), _Log(emitted)
    known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
    loggers = [logging.root, *(each for each in known if not each.propagate)]
    levels = [each.level for each in loggers]
    kept = dict(os.environ)
    names = {re.split(r"[. ]", each.name)[1] for each in REGISTER if each.kind == "cache"}
    cached = {name: getattr(cache, name, None) for name in names}
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
                setattr(cache, name, _caching(emitted, name))
                after.callback(setattr, cache, name, original)
        st.download_button = pages.download(buttons[0])
        DeltaGenerator.download_button = pages.download(buttons[1])  # type: ignore[method-assign]
        after.callback(setattr, st, "download_button", buttons[0])
        after.callback(setattr, DeltaGenerator, "download_button", buttons[1])
        ForwardMsgQueue.on_before_enqueue_msg(pages.note)
        after.callback(ForwardMsgQueue.on_before_enqueue_msg, None)
        after.callback(setattr, viewer, "viewer_of", viewer.viewer_of)
        st.cache_data.clear()
        st.cache_resource.clear()
        yield pages
        os.environ.clear()
        os.environ.update(kept)
        wording.speak("en")
        st.cache_data.clear()
        st.cache_resource.clear()
        engines.close_all()


def collect(folder: Path) -> tuple[World, Emitted]:
    """Plant the programme in a folder and take what comes out of every exit."""
    emitted = Emitted()
    with listening(emitted) as pages:
        world = plant(folder / "var")
        os.environ["SIMA_VAR"] = str(world.var)
        _read(world, emitted)
        visit_pages(world, pages)
        viewer.viewer_of = looking("")  # type: ignore[assignment]  # as above
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
    said = functools.cache(numbers_in)  # most of a page is the same on every page
    for (kind, name), texts in emitted.texts.items():
        for side, text in texts:
            if side in world.secret:
                wrong[f"{kind} {name}"] |= said(text) & world.secret[side]
    return {where: sorted(numbers) for where, numbers in wrong.items() if numbers}


if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="sima-exits-"))
    try:
        planted, came_out = collect(place)
        print(table(came_out))
        print(json.dumps({"leaks": leaks(planted, came_out)}))
    finally:
        shutil.rmtree(place)
