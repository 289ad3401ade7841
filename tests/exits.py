"""Every way out of Sima: the register, what is found in the code, and what comes out of each.

An exit is whatever carries data past the release gate. `REGISTER` lists them by hand, `found` reads
them from the code; a test compares the two, so that nobody opens a way out without saying whose
figures may pass there. Run ``python -m tests.exits`` for a table of them.

The store behind it is planted: figures that are hidden, withdrawn or not released yet are large and
odd, so that each of them is recognised wherever it turns up.
"""

import ast
import asyncio
import contextlib
import csv
import io
import json
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import pandas as pd
import pyarrow as pa
import streamlit as st
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from dashboard import access, asgi, cli, session, wording
from data import database, exporting, setup, templates
from data.disclosure import certificate
from data.holdings import BoundarySet, Holdings
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import Sima
from data.releases import ReleaseReader
from data.settings import Settings
from geo.topology import ward_tiles
from tests.sheets import workbook

ROOT = Path(__file__).parents[1]
PUBLIC, PARTNER = Audience.PUBLIC.value, Audience.PARTNER.value
PREVIEW = "preview"  # what a steward is about to release, and never what is hidden in it
OWN = "own"  # the steward's own figures may pass: it is where they come in
PAGE = "its page"  # as the page that draws it
NOTHING = "nothing"  # no figure can pass
STEWARD, APPROVER = "planted-steward", "planted-approver"
SMALLEST = 1_000  # from here on a number is not met by chance

# ---- the register ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out: ``side`` says whose release may pass, or why it is no way out of a release."""

    kind: str
    name: str
    side: str
    note: str = ""


def _all(kind: str, entries: Mapping[str, tuple[str, str]]) -> tuple[Exit, ...]:
    return tuple(Exit(kind, name, *entry) for name, entry in entries.items())


REGISTER = (
    *_all("page", {
        "public/map.py": (PUBLIC, "to the public, a deputy and a steward"),
        "public/about.py": (PUBLIC, ""),
        "public/safety.py": (PUBLIC, "its example is invented"),
        "partner/palika.py": (PARTNER, "to a deputy"),
        "steward/upload.py": (PARTNER, "before a file is given; then it shows the steward's own file"),
        "steward/release.py": (PREVIEW, "with the preview of a release that waits"),
    }),
    *_all("element", {
        "iframe": (PAGE, "maps: shapes, tooltips, legend, notes"),
        "html": (PAGE, "tables of figures, sentences with totals"),
        "dataframe": (PAGE, "preview: numbers of cells by level"),
        "markdown": (PAGE, ""), "caption": (PAGE, ""), "info": (PAGE, ""),
        "warning": (PAGE, ""), "error": (PAGE, "SimaError, see exception"),
        "success": (PAGE, ""), "title": (PAGE, ""), "header": (PAGE, ""), "subheader": (PAGE, ""), "write": (PAGE, ""),
        "selectbox": (PAGE, "names of figures, periods, places"), "radio": (PAGE, ""),
        "toggle": (PAGE, ""), "checkbox": (PAGE, ""), "button": (PAGE, ""),
        "form_submit_button": (PAGE, ""), "file_uploader": (PAGE, ""),
        "download_button": (PAGE, "see download"), "page_link": (PAGE, ""),
        "logo": (NOTHING, "a file of ours"),
    }),
    *_all("download", {"steward/upload.py": (PARTNER, "an empty template")}),
    *_all("route", {
        "/healthz": (PUBLIC, "numbers of releases"),
        "/assets/fonts/NotoSansDevanagari.ttf": (NOTHING, "a file of a package"),
        "/assets/leaflet": (NOTHING, "files of a package; no way up from there"),
        "/assets": (NOTHING, "files of ours; no way up from there"),
    }),
    *_all("cache", {
        "session._cells": (PARTNER, "by audience"), "session._catalogue": (PARTNER, "by audience"),
        "session._units": (PARTNER, "by audience"), "session._boundaries": (PARTNER, "by audience"),
        "session._sets": (PARTNER, "by audience"),
    }),
    *_all("reader", {
        "releases": (PARTNER, "by audience"), "current": (PARTNER, "by audience"),
        "cells": (PARTNER, "by audience"), "catalogue": (PARTNER, "by audience"),
        "units": (PARTNER, "by audience"), "boundaries": (PARTNER, "geometry; by audience"),
        "boundary_sets": (PARTNER, "by audience"), "crosswalk": (PARTNER, "by audience"),
        "sites": (PARTNER, "by audience"), "signs": (PARTNER, "by audience"),
        "policy_text": (PARTNER, "by audience"), "request_of": (PARTNER, "by audience"),
    }),
    *_all("export file", dict.fromkeys(("cells.csv", "indicators.csv", "units.csv", "policy.toml", "README.txt"), (PARTNER, "by audience"))),
    *_all("store file", {
        "public/state.sqlite": (PUBLIC, ""), "public/release-#.sqlite": (PUBLIC, ""),
        "public/boundaries-#.sqlite": (PUBLIC, "geometry"),
        "partner/state.sqlite": (PARTNER, ""), "partner/release-#.sqlite": (PARTNER, "current one"),
        "partner/boundaries-#.sqlite": (PARTNER, "geometry"),
    }),
    *_all("command", {
        "releases": (PARTNER, "release exit"), "export": (PARTNER, "release exit"),
        "certificate check": (PARTNER, "holdings command; names of cells only"),
        "approve": (PARTNER, "holdings command; --dry-run shows the preview"),
        "release": (PARTNER, "holdings command"), "requests": (PARTNER, "holdings command"),
        "withdraw": (PARTNER, "holdings command"), "policy check": (PARTNER, "holdings command"),
        "policy agree": (PARTNER, "holdings command"), "purge": (PARTNER, "holdings command"),
        "boundaries list": (PARTNER, "holdings command"), "accounts add": (PARTNER, "holdings command"),
        "accounts list": (PARTNER, "holdings command"), "template": (PARTNER, "holdings command"),
        "setup": (PARTNER, "holdings command"),
        "stage": (OWN, "holdings command: the steward's file, and what it corrects"),
        "audit": (NOTHING, "reads the given files, no store"),
        "boundaries import": (NOTHING, "geometry in; its report has no figures"),
        "boundaries download": (NOTHING, "geometry in; its report has no figures"),
        "serve": (NOTHING, "serves the pages and routes above"),
    }),
    *_all("writer", {
        "dashboard.cli": (PARTNER, "template"), "data.exporting": (PARTNER, "export file"),
        "data.documentation": (NOTHING, "pages of our manual, from the reference lists"),
    }),
    *_all("log", {
        "every logger": (PARTNER, "at DEBUG: planting, pages, commands"),
        "dashboard.serving:print": (NOTHING, "the address that is served"),
        "data.documentation:print": (NOTHING, "names of files"),
    }),
    *_all("exception", {"SimaError": (PARTNER, "shown as it is")}),
)  # fmt: skip

# Streamlit calls that carry nothing of their own.
LAYOUT = frozenset({
    "columns", "container", "expander", "form", "popover", "status", "space", "tabs", "sidebar", "empty",
})  # fmt: skip
# Names that are other things' as well: they count where it is surely Streamlit's.
_SHARED = frozenset({"map", "table", "write", "text", "json", "code", "image", "link", "dataframe"})
# What an element is called in the messages to the browser, where the call has another name.
_MESSAGES = {
    "dataframe": "arrow_data_frame", "title": "heading", "header": "heading",
    "subheader": "heading", "write": "markdown", "info": "alert",
    "warning": "alert", "error": "alert", "success": "alert", "caption": "markdown",
    "toggle": "checkbox", "form_submit_button": "button",
}  # fmt: skip


# ---- what is found in the code --------------------------------------------------------------
def _sources(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).with_suffix("").as_posix()
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, str]]:
    """Give every call with the name that is called and what it is an attribute of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                of = node.func.value
                yield node, node.func.attr, of.id if isinstance(of, ast.Name) else ""
            elif isinstance(node.func, ast.Name):
                yield node, node.func.id, ""


def _opens_to_write(call: ast.Call, name: str) -> bool:
    words = [
        a.value
        for a in (*call.args, *(k.value for k in call.keywords))
        if isinstance(a, ast.Constant)
    ]
    modes = [w for w in words if isinstance(w, str) and re.fullmatch(r"[rwxab+t]{1,3}", w)]
    return name == "open" and any(set(mode) & set("wxa+") for mode in modes)


def commands(group: click.Group, path: str = "") -> dict[str, click.Command]:
    """List the commands below a group by their full name."""
    listed: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        full = f"{path} {name}".strip()
        listed |= commands(command, full) if isinstance(command, click.Group) else {full: command}
    return listed


def found(world: "World", emitted: "Emitted") -> set[tuple[str, str]]:
    """Find every exit in the code, and in what the planted programme wrote."""
    there = {
        ("page", p.relative_to(ROOT / "pages").as_posix()) for p in (ROOT / "pages").rglob("*.py")
    }
    there |= {("route", getattr(route, "path", repr(route))) for route in asgi.ROUTES}
    there |= {("command", name) for name in commands(cli.main)}
    there |= {
        ("reader", name)
        for name, thing in vars(ReleaseReader).items()
        if not name.startswith("_") and callable(thing)
    }
    drawn = {name for name in dir(DeltaGenerator) if not name.startswith("_")} | {"logo"}
    for module, tree in _sources("pages", "dashboard"):
        there |= {
            ("cache", f"{Path(module).name}.{node.name}")
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef)
            and any("cache_" in ast.unparse(each) for each in node.decorator_list)
        }
        if module.startswith("pages/") or "streamlit" in ast.unparse(tree):
            names = [
                name
                for call, name, of in _calls(tree)
                if isinstance(call.func, ast.Attribute)
                and name in drawn - LAYOUT
                and (of == "st" or name not in _SHARED)
            ]
            there |= {("element", name) for name in names}
            downloads = names.count("download_button")
            page = f"{module.removeprefix('pages/')}.py" + (
                f" ×{downloads}" if downloads > 1 else ""
            )
            there |= {("download", page)} if downloads else set()
    writes = {
        "write_bytes",
        "write_text",
        "to_file",
        "to_excel",
        "to_parquet",
        "to_pickle",
        "to_feather",
    }
    for module, tree in _sources("pages", "dashboard", "data", "geo"):
        dotted = module.replace("/", ".")
        if any(name in writes or _opens_to_write(call, name) for call, name, _ in _calls(tree)):
            there.add(("writer", dotted))
        there |= {
            ("log", f"{dotted}:{name}")
            for _, name, of in _calls(tree)
            if (name == "print" and not of) or of in ("logging", "warnings", "logger", "log")
        }
    there |= {("store file", name) for name in world.store_files()}
    there |= {("export file", name) for files in world.exports.values() for name in files}
    known = {_MESSAGES.get(name, name) for name in ELEMENTS}
    there |= {("element", kind) for kind in emitted.kinds - known}
    return there | {("log", "every logger"), ("exception", "SimaError")}


# ---- the planted programme ------------------------------------------------------------------
_WARDS = 6  # of each of the three palikas with groups
_MEMBERS = {
    "2023-Q3": {
        "Janaki": {1: (2, 1), 2: (4001, 2996), 3: (2503, 2500), 4: (4507, 4494)},
        "Duduwa": {1: (1201, 1103), 2: (1301, 1409)},
        "Narainapur": {1: (3001, 6)},
    },
    "2023-Q4": {
        "Janaki": {1: (2, 1), 2: (4019, 3900), 3: (3011, 2996), 4: (5009, 4998)},
        "Duduwa": {1: (1217, 1109), 2: (1303, 1427)},
        "Narainapur": {1: (3019, 6)},
    },
}  # wards 2 and 3 of Janaki: 7919 and 6007, hidden for the three people of ward 1
_WITHDRAWN = {"2024-Q1": {"Duduwa": {1: (20011, 21011), 2: (22003, 23003)}}}
_LATER = {
    "2024-Q2": {"Duduwa": {1: (30011, 31013), 2: (32003, 33013)}},
    "2023-Q4": {"Duduwa": {1: (40009, 41011), 2: (1303, 1427)}},  # a correction
}
_CORRECTED = {"2023-Q4": {"Duduwa": {1: (50021, 41011), 2: (1303, 1427)}}}  # staged, not stored
_CHILDREN = {
    "Kohalpur": (1511, 1), "Khajura": (1607, 1709), "Janaki": (1811, 1901),
    "Nepalganj": (2003, 2111), "Duduwa": (2213, 2311),
}  # fmt: skip
HIDDEN = {7919, 6007}
WITHDRAWN, LATER = {20011, 21011, 41022, 86028}, {30011, 31013, 61024, 40009, 41011, 179424691}
SHOWN = {PUBLIC: {179424673}, PARTNER: {23936, 21004, 179424673}}


def _groups(members: Mapping[str, Mapping[str, Mapping[int, tuple[int, int]]]]) -> list[list[Any]]:
    return [
        ["Banke", palika, ward, quarter, *((1, *wards[ward]) if ward in wards else (0, "NA", "NA"))]
        for quarter, palikas in members.items()
        for palika, wards in palikas.items()
        for ward in range(1, _WARDS + 1)
    ]


def _trainings(quarters: range) -> list[list[Any]]:
    return [
        [
            "Banke",
            palika,
            f"2023-Q{q}",
            "school-training",
            girls + 12 * q,
            boys + 10 * q * (boys > 5),
        ]
        for q in quarters
        for palika, (girls, boys) in _CHILDREN.items()
    ]


def _booths() -> Iterator[list[Any]]:
    for booth, more in (("BANKE-JAMUNAHA", 0), ("SUNSARI-BHANTABARI", 300)):
        for month in range(1, 13):
            n = 1007 + more + month * 17
            men = n + 307 if more else int(month in (1, 5, 11))
            nothing_else = [None] * 14
            yield [booth, f"2023-{month:02d}", n, n + 101, n + 209, men, *nothing_else, 60, 26]


# Shown to the public as a class, to partners as a number.
_SKILLS = [
    ["Banke", "Kohalpur", "2022", "skills", None, None, 1709, 1801],
    ["Makwanpur", "Hetauda", "2022", "skills", None, None, 2203, 2309],
    ["Sunsari", "Inaruwa", "2022", "skills", None, None, 2503, 2609],
]
_SIGNS = [
    ["Banke", "Janaki", "formed", "2079-05-12 BS", "14/2079", None],
    ["Banke", "Janaki", "meeting", "2079-08-12 BS", "16/2079", None],
    ["Banke", "Janaki", "budget", "2080-02-12 BS", "15/2080", 179424673],
]
_LATER_SIGNS = [["Banke", "Duduwa", "budget", "2080-02-14 BS", "17/2080", 179424691]]


@dataclass
class World:
    """The planted programme: its stores, and which numbers may be seen by whom.

    ``shown`` are the figures that an audience may see, ``secret`` the recognisable numbers that it
    may not. ``truth`` are the cells of each release with their hidden figures.
    """

    var: Path
    requests: list[int]
    exports: dict[str, dict[str, bytes]] = field(default_factory=dict)
    shown: dict[str, set[int]] = field(default_factory=dict)
    secret: dict[str, set[int]] = field(default_factory=dict)
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return Settings.from_environment({"SIMA_VAR": str(self.var)})

    def reader(self, side: str) -> ReleaseReader:
        return ReleaseReader.open(self.settings.releases(Audience(side)), Audience(side))

    def number(self, side: str) -> int:
        info = self.reader(side).current()
        assert info is not None
        return info.number

    def files_of(self, side: str) -> list[Path]:
        return sorted(
            p for p in Path(self.settings.releases(Audience(side))).rglob("*") if p.is_file()
        )

    def store_files(self) -> set[str]:
        every = [
            f"{side}/{path.name}" for side in (PUBLIC, PARTNER) for path in self.files_of(side)
        ]
        return {re.sub(r"-[0-9a-f]+(?=\.sqlite$)", "-#", name) for name in every}


def _store(sima: Sima, kind: str, rows: list[list[Any]], reason: str | None = None) -> None:
    staged = sima.stage(workbook(kind, rows))
    assert staged.ok, staged.findings
    assert sima.confirm(staged, by=STEWARD, reason=reason) is not None


def _ward_shapes(holdings: Holdings, sima: Sima) -> None:
    """Install made-up ward boundaries for two palikas, so that maps by ward are drawn."""
    palikas = holdings.boundaries(AdminLevel.PALIKA, on=sima.today).geometry
    parts = [
        gpd.GeoSeries(
            tiles.to_numpy(), index=[f"{code}{n:02d}" for n in tiles.index], crs=tiles.crs
        )
        for code in ("51105", "51107")
        for tiles in (ward_tiles(palikas[code], list(range(1, _WARDS + 1))).geometry,)
    ]
    shapes = gpd.GeoDataFrame(geometry=pd.concat(parts).rename_axis("unit_code"), crs=parts[0].crs)
    info = BoundarySet(AdminLevel.WARD, "made up", "none", "made up", setup.UNITS_FROM)
    holdings.add_boundary_set(info, shapes)


def plant(var: Path) -> World:
    """Make a programme with figures that are hidden, withdrawn, and not released yet."""
    settings = Settings.from_environment({"SIMA_VAR": str(var)})
    holdings = setup.make_stores(settings, synthetic=True, progress=lambda _message: None)
    sima = Sima(settings)
    sima.accounts.add(STEWARD, Role.STEWARD)
    sima.accounts.add(APPROVER, Role.APPROVER)
    _ward_shapes(holdings, sima)
    before = _before_any_upload(holdings)
    _store(sima, "groups", _groups(_MEMBERS))
    _store(sima, "trainings", _trainings(range(1, 5)))
    _store(sima, "trainings", _SKILLS)
    _store(sima, "booth-month", list(_booths()))
    _store(sima, "committee-signs", _SIGNS)
    for audience in Audience:
        sima.approve(sima.request(audience, by=STEWARD), by=APPROVER)
    _store(sima, "groups", _groups(_WITHDRAWN))
    sima.withdraw(
        Audience.PARTNER,
        sima.approve(sima.request(Audience.PARTNER, by=STEWARD), by=APPROVER),
        by=APPROVER,
    )
    _store(sima, "groups", _groups(_LATER), reason="counting-error")
    _store(sima, "committee-signs", _LATER_SIGNS)
    world = World(var, [sima.request(audience, by=STEWARD) for audience in (Audience.PARTNER,)])
    _know(world, sima, before)
    return world


def _before_any_upload(holdings: Holdings) -> set[int]:
    """Give the numbers that are there without any figure: codes, populations, our own texts."""
    empty = [workbook(kind, []) for kind in templates.KINDS]
    there = [holdings.units(), holdings.crosswalk(), holdings.boundary_sets(), holdings.sites()]
    return _in_sources().union(*(numbers_in(as_text(each)) for each in (*there, *empty)))


def _know(world: World, sima: Sima, before: set[int]) -> None:
    """Work out every number that is held or could be made of it, and who may see which."""
    waiting = [sima.preview(number) for number in world.requests]
    held = _held(sima, [each.certificate for each in waiting])
    plain = before | set(range(1900, 2100))
    for info in (*world.reader(PUBLIC).releases(), *world.reader(PARTNER).releases()):
        plain |= {info.cells, info.suppressed}
    for side in (PUBLIC, PARTNER):
        reader, number = world.reader(side), world.number(side)
        content = sima.holdings.certificate(reader.request_of(number))
        assert content is not None
        world.truth[side] = certificate.latest(certificate.read(content).seen)
        cells, signs = reader.cells(number), reader.signs(number)
        world.shown[side] = {int(v) for v in (*cells["value"].dropna(), *signs["value"].dropna())}
        world.exports[side] = exporting.files(reader, number)
    world.shown[PARTNER] |= world.shown[PUBLIC]
    world.shown[PREVIEW] = world.shown[PARTNER].union(
        *({int(v) for v in each.content.cells["value"].dropna()} for each in waiting)
    )
    for side, shown in world.shown.items():
        world.secret[side] = {n for n in held if n >= SMALLEST} - shown - plain


def _held(sima: Sima, more: list[bytes]) -> set[int]:
    """Give every number that is held, and every true figure that was or could be released."""
    tables = [sima.holdings.current_signs()]
    tables += [
        sima.holdings.current_records(last_batch=n)
        for n in range(1, sima.holdings.last_batch() + 1)
    ]
    made = [sima.holdings.certificate(int(n)) for n in sima.holdings.requests()["request_id"]]
    proofs = [*more, *(each for each in made if each is not None)]
    tables += [certificate.read(each).seen for each in proofs]
    return {int(value) for table in tables for value in table["value"].dropna()}


def _in_sources() -> set[int]:
    """Numbers that stand in our own texts and styles, whoever's figures these are."""
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("pages", "dashboard", "data/reference")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".css", ".po", ".toml"}
    ]
    return {number for text in texts for number in numbers_in(text)}


# ---- recognising a number -------------------------------------------------------------------
_DEVANAGARI = str.maketrans("०१२३४५६७८९", "0123456789")
_IDENTIFIER = re.compile(r"[0-9a-f]{24,}")  # of a map's layers, of content
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_WHOLE = re.compile(r"(?<![\d.])\d{1,12}(?!\d)")
_GROUPED = re.compile(
    "(?<![\\d.])\\d{1,3}(?:(?:[,'_ \u00a0\u202f\u2009\u2019]|&nbsp;|&#160;)\\d{2,3})+(?!\\d)"
)


def normal(text: str) -> str:
    """Write a text so that every number in it stands in plain digits."""
    text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "\\u" in text else text
    text = re.sub(r"\\[nrt]", " ", text.translate(_DEVANAGARI) if not text.isascii() else text)
    return _IDENTIFIER.sub(" ", text)


def numbers_in(text: str) -> set[int]:
    """Give every whole number of a text: plain, grouped in any way, in Devanagari digits, in JSON."""
    plain = normal(text)
    whole = {int(digits) for digits in _WHOLE.findall(plain)}
    return whole | {int(re.sub(r"&#160;|\D", "", each)) for each in _GROUPED.findall(plain)}


# ---- what comes out -------------------------------------------------------------------------
@dataclass
class Emitted:
    """What came out: texts by exit and side, and the frames that left a cache or a reader."""

    texts: dict[tuple[str, str], list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    frames: list[tuple[str, str, pd.DataFrame]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)  # of elements that were sent to the browser

    def add(self, kind: str, name: str, side: str, content: object) -> None:
        if name.endswith(".csv") and isinstance(content, bytes):
            # With commas between them two columns would look like one grouped number.
            content = "\n".join("\t".join(row) for row in csv.reader(io.StringIO(content.decode())))
        self.texts[kind, name].append((side, as_text(content)))
        if isinstance(content, pd.DataFrame):
            self.frames.append((name, side, content))


def as_text(content: object) -> str:
    """Write anything down in full: frames, packed workbooks, Streamlit's tables."""
    if isinstance(content, pd.DataFrame | pd.Series):
        # Rows that are merely counted are not named by their number.
        return str(content.to_csv(sep="\t", index=not isinstance(content.index, pd.RangeIndex)))
    if isinstance(content, bytes):
        return _unpacked(content)
    if isinstance(content, str):
        return content
    return repr(content)


def _unpacked(content: bytes) -> str:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    if content.startswith(b"\xff\xff\xff\xff"):  # how a stream of Arrow begins
        return str(pa.ipc.open_stream(content).read_pandas().to_csv(sep="\t"))
    return content.decode("utf-8", "replace")


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
            yield from _said(each) if hasattr(each, "ListFields") else [as_text(each)]


class _Pages:
    """Visits pages through Streamlit's own test runner and keeps what would reach the browser."""

    def __init__(self, emitted: Emitted) -> None:
        self._emitted, self.page, self.side = emitted, "", ""

    def note(self, message: Any) -> None:
        if not self.page:
            return
        said = "\n".join(_said(message))
        self._emitted.add("page", self.page, self.side, said)
        if message.WhichOneof("type") == "delta" and message.delta.HasField("new_element"):
            kind = message.delta.new_element.WhichOneof("type")
            self._emitted.kinds.add(kind)
            for name in ELEMENTS:
                if _MESSAGES.get(name, name) == kind:
                    self._emitted.add("element", name, self.side, said)

    def download(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            for content in (*args, *kwargs.values()):
                if isinstance(content, str | bytes) and self.page:
                    self._emitted.add("download", self.page, self.side, content)
            return original(*args, **kwargs)

        return noting

    def visit(self, page: str, viewer: str, *, default: bool, **query: str) -> AppTest:
        """Open a page as a viewer; the first page that a visitor is led to is not kept twice."""
        os.environ["SIMA_DEV_VIEWER"] = viewer
        wording.speak(query.get("lang", "en"))  # the runner itself writes a widget's options, too
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=60)
        app.query_params.update(query)
        self.page, self.side = (page if default else ""), side_of("page", page)
        app.run()
        if not default:
            self.page = page
            app.switch_page(str(ROOT / "pages" / page)).run()
        self._kept(app)
        return app

    def _kept(self, app: AppTest) -> None:
        assert not app.exception, app.exception
        if not self.page.startswith("steward/"):  # what a steward's visit remembers stays there
            self._emitted.add("page", self.page, self.side, dict(app.session_state.items()))


ELEMENTS = [each.name for each in REGISTER if each.kind == "element"]


@cache
def side_of(kind: str, name: str) -> str:
    """Say whose release may pass an exit."""
    return next((e.side for e in REGISTER if (e.kind, e.name) == (kind, name)), PUBLIC)


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
        pages.visit("public/map.py", "", default=True, area=area, **query)
    for language in ("en", "ne"):
        query = {"indicator": "parents_groups", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=True, area="511", detail="ward", **query)
        query = {"indicator": "parents_members", "period": "ad-2023-q4", "lang": language}
        pages.visit("public/map.py", "", default=True, area="programme", **query)
    for viewer in ("", "deputy:51105", "steward"):
        for page in ("map", "about", "safety")[not viewer :]:
            pages.visit(f"public/{page}.py", viewer, default=False)
    inside = [view for view in _hidden_views(world, PARTNER, AdminLevel.WARD) if "-q" in view[1]]
    for n, (indicator, period) in enumerate(inside):
        query = {"indicator": indicator, "period": period, "lang": ("en", "ne")[n % 2]}
        for palika in ("51105", "51106"):
            app = pages.visit("partner/palika.py", f"deputy:{palika}", default=True, **query)
            if app.toggle:
                app.toggle[0].set_value(True).run()  # Streamlit's own form
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
    pages.page = ""


def _caching(emitted: Emitted, name: str) -> Callable[..., Any]:
    original = getattr(session, name)

    def noting(*args: Any) -> Any:
        result = original(*args)
        side = PARTNER if PARTNER in args else PUBLIC
        emitted.add("cache", f"session.{name}", side, result)
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
            elif name in ("units", "boundary_sets", "crosswalk"):
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


# ---- HTTP -----------------------------------------------------------------------------------
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

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [(b"host", b"127.0.0.1")],
        "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    served = Starlette(routes=asgi.ROUTES, middleware=[Middleware(asgi.SafeHeaders)])
    asyncio.run(served(scope, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _ask_routes(emitted: Emitted) -> None:
    for route in asgi.ROUTES:
        paths = [route.path]
        if isinstance(route, Mount):
            folder = Path(str(route.app.directory))  # type: ignore[attr-defined]
            listed = sorted(p for p in folder.rglob("*") if p.suffix in {".css", ".svg", ".js"})
            paths = [f"{route.path}/{p.relative_to(folder).as_posix()}" for p in listed[:6]]
        for path in paths:
            status, body = fetch(path)
            assert status == 200, path
            emitted.add("route", route.path, side_of("route", route.path), body)


# ---- commands -------------------------------------------------------------------------------
def _run_commands(world: World, emitted: Emitted, folder: Path) -> None:
    waiting = str(world.requests[0])
    template = folder / "template.xlsx"
    held = folder / "held.xlsx"
    held.write_bytes(workbook("groups", _groups(_CORRECTED)))
    runs: dict[str, list[list[str]]] = {
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
        "boundaries list": [[]], "accounts list": [[]],
        "accounts add": [["another", "--role", "planner"]],
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


# ---- everything together --------------------------------------------------------------------
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
        bound = list(access._BOUND_TO)  # noqa: SLF001  # as before the server started
        after.callback(access._BOUND_TO.__setitem__, slice(None), bound)  # noqa: SLF001
        access.bind("127.0.0.1")
        st.cache_data.clear()
        yield pages
        os.environ.clear()
        os.environ.update(kept)
        wording.speak("en")
        st.cache_data.clear()
        database.close_all()


def collect(folder: Path) -> tuple[World, Emitted]:
    """Plant the programme in a folder and take what comes out of every exit."""
    emitted = Emitted()
    with _listening(emitted) as pages:
        world = plant(folder / "var")
        os.environ["SIMA_VAR"] = str(world.var)
        _read(world, emitted)
        _visit_pages(world, pages)
        os.environ["SIMA_DEV_VIEWER"] = ""
        _ask_routes(emitted)
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
