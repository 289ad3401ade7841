"""What import-linter cannot see: page scripts, folder shapes, silence towards other hosts."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

PACKAGES = ("dashboard", "data", "geo")
VIEWERS_MAY_IMPORT = re.compile(
    r"dashboard\.(sections|maps|charts|page|released|i18n|auth)(\.\w+)*"
    r"|data\.model|data\.reference\.(calendar|indicators|policy)"
    r"|geo\.\w+"
    r"|streamlit|pandas|geopandas",
)
MOST_MODULES = 16  # in one folder
MOST_LINES_OF_A_PAGE = 60
SCREEN = {"streamlit", "folium", "branca", "starlette", "uvicorn"}


def imported(path: Path) -> Iterator[str]:
    """Give the dotted name of every import in a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{name.name}" for name in node.names}
            package = node.module in PACKAGES
            yield from inner if package else [node.module]


def modules(*packages: str) -> list[Path]:
    """List the Python files of packages, by path."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def test_nothing_lies_directly_in_pages() -> None:
    assert [path.name for path in (ROOT / "pages").iterdir() if path.is_file()] == []


@pytest.mark.parametrize("page", modules("pages"), ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_page_is_short(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES_OF_A_PAGE, "move what it does below dashboard/"


@pytest.mark.parametrize("page", modules("pages/public", "pages/partner"), ids=lambda p: p.stem)
def test_a_viewers_page_imports_only_what_reads_releases(page: Path) -> None:
    standard = sys.stdlib_module_names
    beyond = {
        name
        for name in imported(page)
        if not VIEWERS_MAY_IMPORT.fullmatch(name) and name.split(".")[0] not in standard
    }
    assert beyond == set()


def contracts() -> list[dict[str, Any]]:
    """Read the import contracts."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return table["tool"]["importlinter"]["contracts"]


def viewers_packages() -> list[str]:
    """List the packages and scripts of the dashboard that a viewer reaches."""
    (held,) = (c for c in contracts() if c["name"] == "What a viewer reaches cannot reach holdings")
    return held["source_modules"]


def test_every_package_of_the_dashboard_is_a_viewers_or_a_stewards() -> None:
    dashboard = ROOT / "dashboard"
    there = {f"dashboard.{p.stem}" for p in dashboard.iterdir() if p.suffix == ".py"}
    there |= {f"dashboard.{p.parent.name}" for p in dashboard.glob("*/__init__.py")}
    there -= {"dashboard.__init__", "dashboard.steward", "dashboard.cli"}
    assert set(viewers_packages()) == there


def test_every_step_between_reading_and_writing_opens_no_store() -> None:
    name = "A release is built of values: its steps open no store"
    (held,) = (c for c in contracts() if c["name"] == name)
    there = {p.stem for p in (ROOT / "data" / "release_making").glob("[a-z]*.py")}
    assert set(held["source_modules"]) == {
        f"data.release_making.{each}"
        # The last three are beside the way: two look back at what was released, and one keeps
        # what somebody chooses.
        for each in there - {"inputs", "writer", "certificate_check", "withdrawal", "choosing"}
    }


ENGINE = "data.disclosure.engine"
ANY_TABLE = "data.disclosure.any_table"


@pytest.mark.parametrize(
    ("package", "own"), [(ENGINE, (ENGINE,)), (ANY_TABLE, (ENGINE, ANY_TABLE))]
)
def test_the_engine_imports_nothing_of_ours_but_the_vocabulary(
    package: str, own: tuple[str, ...]
) -> None:
    paths = modules(package.replace(".", "/"))
    assert len(paths) > 5
    ours = {name for path in paths for name in imported(path) if name.split(".")[0] in PACKAGES}
    assert {name for name in ours if not name.startswith(own)} == {"data.model"}


def _a_module_of(name: str) -> Path:
    """Choose a module to plant something in: the entry itself, or the last one of a package."""
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py") if not path.is_dir() else max(path.rglob("[a-z]*.py"))


@pytest.mark.parametrize(
    ("name", "imported"),
    [
        *((name, "from data import holdings") for name in viewers_packages()),
        ("dashboard.released", "from data.disclosure import cells"),
        ("dashboard.server", "from dashboard.steward import upload"),
    ],
)
def test_an_import_of_holdings_breaks_the_contracts(
    name: str, imported: str, tmp_path: Path
) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.po")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / _a_module_of(name).relative_to(ROOT)
    planted.write_text(f"{planted.read_text('utf-8')}\n{imported}\n", "utf-8")
    checked = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=tmp_path, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert re.search(r"What a viewer reaches cannot reach holdings\s+BROKEN", checked.stdout)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_holds_more_modules_than_one_remembers(package: str) -> None:
    folders = {path.parent for path in modules(package) if "migrations" not in path.parts}
    full = {str(f): len(list(f.glob("[a-z]*.py"))) for f in folders}
    assert {folder: n for folder, n in full.items() if n > MOST_MODULES} == {}


def test_every_package_says_what_it_holds() -> None:
    silent = [
        str(path)
        for path in modules("dashboard", "data")
        if path.name == "__init__.py" and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_there_are_pages_for_three_readers() -> None:
    found = {path.parent.name for path in modules("pages")}
    assert found == {"public", "partner", "steward"}


@pytest.mark.parametrize("path", modules("data", "geo"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_dashboard_knows_the_screen(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)} & SCREEN == set()


def test_no_module_of_the_dashboard_hides_another_package() -> None:
    # Streamlit puts the folder of the entry first on the path: folders there hide packages as well.
    inside = [
        *(ROOT / "dashboard").glob("*.py"),
        *(p.parent for p in (ROOT / "dashboard").glob("*/__init__.py")),
    ]
    names = {path.stem for path in inside} - {"__init__"}
    installed = {name for name in packages_distributions() if name != "dashboard"}
    assert names & (set(sys.stdlib_module_names) | set(PACKAGES) | SCREEN | installed) == set()


def test_caching_is_done_in_one_module() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in modules("dashboard", "pages")
        if re.search(r"\bst\.cache_(data|resource)\b", path.read_text(encoding="utf-8"))
    }
    assert users == {"dashboard/released/cache.py"}


def test_no_module_is_named_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "common", "misc"}
    assert {path.stem for path in modules(*PACKAGES)} & empty == set()


def test_no_source_names_a_host_that_a_page_might_call() -> None:
    hosts = re.compile(
        r"jsdelivr|cdnjs|unpkg|tile\.openstreetmap|cartocdn|googleapis|gstatic|mapbox\.com",
    )
    sources = [
        path
        for folder in (*PACKAGES, "pages", ".streamlit")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html", ".toml"}
    ]
    assert len(sources) > 20
    assert [str(p) for p in sources if hosts.search(p.read_text(encoding="utf-8"))] == []
