"""The register of exits, listed by hand, and what the code has, found by reading it."""

import ast
import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path

import click
import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from dashboard.cli import main
from dashboard.released.released_view import Boundaries
from dashboard.server import app
from data.releases.reader import ReleaseReader
from tests.support.paths import ROOT
from tests.support.planted_programme import PARTNER, PREVIEW, PUBLIC, World, as_text

OWN = "own"  # the steward's own figures may pass: it is where they come in

PAGE = "its page"  # as the page that draws it

NOTHING = "nothing"  # no figure can pass


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
        "public/overview.py": (PUBLIC, "where the public is led to"),
        "public/committees.py": (PARTNER, "to the public the public release, to others the partners'"),
        "public/about.py": (PUBLIC, ""),
        "public/safety.py": (PUBLIC, "its example is invented"),
        "public/claims.py": (PUBLIC, "published figures and what the public release says of them"),
        "public/place.py": (PARTNER, "to the public the public release, to others the partners', to a deputy of her own palika"),
        "public/hotspots.py": (PARTNER, "to the public the public release, to a planner the partners', to a deputy a sentence of her own palika"),
        "public/logframe.py": (PUBLIC, "targets and what the public release shows of them"),
        "partner/palika.py": (PARTNER, "to a deputy"),
        "partner/planner.py": (PARTNER, "to a planner"),
        "partner/booths.py": (PARTNER, "to a planner, and to a deputy those of her palika"),
        "partner/log.py": (PARTNER, "who did what, in codes; no figure"),
        "steward/upload.py": (PARTNER, "before a file is given; then it shows the steward's own file"),
        "steward/project.py": (PARTNER, "facts of the project; no figure"),
        "steward/release.py": (PREVIEW, "with the preview of a release that waits"),
    }),
    *_all("element", {
        "component": (PAGE, "the address of a map, or a small map: one sign for each unit"),
        "iframe": (PAGE, "the map of a preview, a document of its own"),
        "altair_chart": (PAGE, "charts of released figures"),
        "html": (PAGE, "tables of figures, sentences with totals"),
        "dataframe": (PAGE, "preview: numbers of cells by level"),
        "markdown": (PAGE, ""), "caption": (PAGE, ""), "info": (PAGE, ""),
        "warning": (PAGE, ""), "error": (PAGE, "SimaError, see exception"),
        "success": (PAGE, ""), "title": (PAGE, ""), "header": (PAGE, ""), "subheader": (PAGE, ""),
        "selectbox": (PAGE, "names of figures, periods, places"), "radio": (PAGE, ""),
        "multiselect": (PAGE, "periods and places of shown figures that a steward names"),
        "text_input": (PAGE, "names and codes of the project that a steward writes"),
        "number_input": (PAGE, "the position of a booth"), "date_input": (PAGE, "a day of the project"),
        "toggle": (PAGE, ""), "checkbox": (PAGE, ""), "button": (PAGE, ""),
        "form_submit_button": (PAGE, ""), "file_uploader": (PAGE, ""),
        "download_button": (PAGE, "see download"), "page_link": (PAGE, ""),
        "progress": (NOTHING, "the step and the share of a preview that is made"),
        "empty": (PAGE, "a place that a title is written into"), "logo": (NOTHING, "a file of ours"),
    }),
    *_all("download", {"dashboard/steward/upload.py": (PARTNER, "an empty template"),
        "dashboard/sections/overview/releases.py ×2": (PUBLIC, "the release as files"),
        "dashboard/sections/targets.py ×2": (PUBLIC, "what is on the screen, as a file"),
        "dashboard/sections/planner/filters.py ×2": (PARTNER, "what is on the screen, as a file"),
    }),
    *_all("route", {
        "/healthz": (PUBLIC, "the number of the public release"),
        **dict.fromkeys(
            ("/sign-in", "/sign-in/unknown", "/sign-out", "/invitation", "/invitation/second"),
            (NOTHING, "forms; a visit begins and ends here"),
        ),
        "/assets/fonts/NotoSansDevanagari.ttf": (NOTHING, "a file of a package"),
        "/assets/leaflet": (NOTHING, "files of a package; no way up from there"),
        "/assets": (NOTHING, "files of ours; no way up from there"),
        "/geometry/{boundaries_id}/{name}.json": (NOTHING, "shapes and names of units"),
        "/words/{language}/{name}.json": (NOTHING, "words of the map"),
        "/scene/{plan}": (PARTNER, "what a map is drawn from, as for the page that has the map"),
    }),
    *_all("cache", {
        "cache._read cells": (PARTNER, "by audience and scope"), "cache._read catalogue": (PARTNER, "by audience and scope"),
        "cache._read hotspots": (PARTNER, "classes, intervals and histories; by audience"),
        "cache._boundaries units": (PARTNER, "by audience"), "cache._boundaries attributions": (PARTNER, "by audience"),
        "cache._boundaries files": (PARTNER, "names of geometry files; by audience"),
        "cache._boundaries geometry": (PARTNER, "the same files, and the units of each; by audience"),
        "cache._remembered_selection": (PARTNER, "views as codes; by audience"),
        "cache._remembered": (PARTNER, "scenes and sentences; by audience"),
    }),
    *_all("reader", {
        "releases": (PARTNER, "by audience"), "current": (PARTNER, "by audience"),
        "cells": (PARTNER, "by audience"), "catalogue": (PARTNER, "by audience"),
        "units": (PARTNER, "by audience"), "boundaries": (PARTNER, "geometry; by audience"),
        "geometry_files": (PARTNER, "names of them; by audience"),
        "geometry_content": (NOTHING, "shapes and names of units"),
        "boundary_sets": (PARTNER, "by audience"), "crosswalk": (PARTNER, "by audience"),
        "sites": (PARTNER, "by audience"), "signs": (PARTNER, "by audience"),
        "presence": (PARTNER, "who reported from where; nothing for the public"),
        "hotspots": (PARTNER, "by audience; of the public a district's class and interval alone"),
        "hotspot_runs": (PARTNER, "by audience; how they were worked out"),
        "project": (PARTNER, "a hash of the project's files; by audience"),
        "project_files": (PARTNER, "names, texts and rules: what figures mean; by audience"),
        "policy_text": (PARTNER, "by audience"), "licence": (PARTNER, "of the figures; by audience"),
        "newest": (PARTNER, "a number; by audience"), "request_of": (PARTNER, "by audience"),
    }),
    *_all("export file", dict.fromkeys(("cells.csv", "indicators.csv", "units.csv", "hotspots.csv", "policy.toml", "README.txt"), (PARTNER, "by audience"))),
    *_all("store file", {
        "public/state.sqlite": (PUBLIC, ""), "public/release-#.sqlite": (PUBLIC, ""),
        "public/boundaries-#.sqlite": (PUBLIC, "geometry"),
        "public/geometry-#.sqlite": (NOTHING, "what browsers are sent of it"),
        "partner/state.sqlite": (PARTNER, ""), "partner/release-#.sqlite": (PARTNER, "current one"),
        "partner/boundaries-#.sqlite": (PARTNER, "geometry"),
        "partner/geometry-#.sqlite": (NOTHING, "what browsers are sent of it"),
    }),
    *_all("command", {
        "releases": (PARTNER, "release exit"), "export": (PARTNER, "release exit"),
        "certificate check": (PARTNER, "holdings command; names of cells only"),
        "approve": (PARTNER, "holdings command; --dry-run shows the preview"),
        "adjust": (PARTNER, "holdings command; names of reports and cells, and how many wait"),
        "release": (PARTNER, "holdings command"), "requests": (PARTNER, "holdings command"),
        "withdraw": (PARTNER, "holdings command"), "policy check": (PARTNER, "holdings command"),
        "policy agree": (PARTNER, "holdings command"), "purge": (PARTNER, "holdings command"),
        "boundaries list": (PARTNER, "holdings command"), "accounts list": (PARTNER, "access command"),
        **dict.fromkeys(
            ("sites list", "sites add", "sites close", "organisations list", "organisations add",
             "programme list", "programme add", "programme end", "indicators list", "indicators add"),
            (PARTNER, "holdings command; facts of the project: booths, names, places, what is counted"),
        ),
        **dict.fromkeys(
            ("accounts add", "accounts invite", "accounts reset", "accounts disable", "accounts enable", "accounts role",
             "accounts scope", "accounts bind"), (NOTHING, "access command; a code of invitation once"),
        ),
        **dict.fromkeys(
            ("audit-log list", "audit-log verify", "audit-log head", "audit-log forget"),
            (PARTNER, "access command; codes, no figure"),
        ), "template": (PARTNER, "holdings command"),
        "setup": (PARTNER, "holdings command"),
        "stage": (OWN, "holdings command: the steward's file, and what it corrects"),
        **dict.fromkeys(
            ("project show", "project check", "project upgrade"),
            (NOTHING, "reads the project's own files, no store"),
        ),
        "project get": (PARTNER, "holdings command; the project's own files as they were"),
        "audit": (NOTHING, "reads the given files, no store"),
        "suppress": (NOTHING, "reads the given files, no store; its certificate is for the owner of the files"),
        "hotspots": (NOTHING, "reads the given files, no store"),
        "boundaries import": (NOTHING, "geometry in; its report has no figures"),
        "boundaries download": (NOTHING, "geometry in; its report has no figures"),
        "serve": (NOTHING, "serves the pages and routes above"),
        "run": (NOTHING, "the same; passwords of the demonstration, once"),
    }),
    *_all("writer", {
        "dashboard.cli.main": (PARTNER, "template"), "data.releases.export": (PARTNER, "export file"),
        "data.documentation": (NOTHING, "pages of our manual, from the reference lists"),
        "data.projects.folder": (NOTHING, "the project's own files, of the defaults"),
        "dashboard.cli.table_suppression": (NOTHING, "the certificate of a given table; no store"),
    }),
    *_all("log", {
        "every logger": (PARTNER, "at DEBUG: planting, pages, commands"),
        "dashboard.server.run:print": (NOTHING, "the address that is served"),
        "data.documentation:print": (NOTHING, "names of files"),
    }),
    *_all("exception", {"SimaError": (PARTNER, "shown as it is")}),
)  # fmt: skip

GENERIC = "_read"  # the cached function that calls the method of a reader that it is told
PARTS = {"_boundaries": [each.name for each in fields(Boundaries)]}  # of what is cached together

# Streamlit calls that carry nothing of their own.
LAYOUT = frozenset({
    "columns", "container", "expander", "form", "popover", "status", "space", "tabs", "sidebar",
})  # fmt: skip

# Names that are other things' as well: they count where it is surely Streamlit's.
_SHARED = frozenset({"map", "table", "write", "text", "json", "code", "image", "link", "dataframe"})

# What an element is called in the messages to the browser, where the call has another name.
MESSAGES = {
    "dataframe": "arrow_data_frame", "title": "heading", "header": "heading",
    "subheader": "heading", "info": "alert",
    "warning": "alert", "error": "alert", "success": "alert", "caption": "markdown",
    "toggle": "checkbox", "form_submit_button": "button", "component": "bidi_component",
    "altair_chart": "vega_lite_chart",
}  # fmt: skip


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


def _cached(tree: ast.AST) -> Iterator[str]:
    """Give every cached function; the generic one with each method that it is called with.

    A call that names its method by no literal is given as it is written: no register lists it.
    """
    names = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any("cache_" in ast.unparse(each) for each in node.decorator_list)
    }
    for name in names - {GENERIC}:
        yield from [f"{name} {part}" for part in PARTS[name]] if name in PARTS else [name]
    for call, name, _of in _calls(tree):
        if name in names & {GENERIC}:
            method = call.args[1]
            literal = method.value if isinstance(method, ast.Constant) else ast.unparse(method)
            yield f"{GENERIC} {literal}"


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
    there |= {
        ("route", getattr(route, "path", repr(route)))
        for route in (each.route for each in app.EXITS)
    }
    there |= {("command", name) for name in commands(main.main)}
    there |= {
        ("reader", name)
        for name, thing in vars(ReleaseReader).items()
        if not name.startswith("_") and callable(thing)
    }
    drawn = {name for name in dir(DeltaGenerator) if not name.startswith("_")}
    drawn |= {"logo", "component"}
    for module, tree in _sources("pages", "dashboard"):
        there |= {("cache", f"{Path(module).name}.{name}") for name in _cached(tree)}
        if module.startswith("pages/") or "streamlit" in ast.unparse(tree):
            names = [
                name
                for call, name, of in _calls(tree)
                if isinstance(call.func, ast.Attribute)
                and name in drawn - LAYOUT
                and (of == "st" or name not in _SHARED)
                and (name != "component" or ast.unparse(call.func).startswith("st.components."))
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
    known = {MESSAGES.get(name, name) for name in ELEMENTS}
    there |= {("element", kind) for kind in emitted.kinds - known}
    return there | {("log", "every logger"), ("exception", "SimaError")}


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


ELEMENTS = [each.name for each in REGISTER if each.kind == "element"]


@cache
def side_of(kind: str, name: str) -> str:
    """Say whose release may pass an exit."""
    return next((e.side for e in REGISTER if (e.kind, e.name) == (kind, name)), PUBLIC)
