"""What import-linter cannot see: page scripts, folder shapes, silence towards other hosts."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "data", "geo")
VIEWERS_MAY_IMPORT = re.compile(
    r"dashboard\.(session|selection|maps|map_view|controls|scenes|questions|chart_view|wording|overview|place|visit|(\w+_)?views)"
    r"|data\.(model|calendar|indicators)"
    r"|geo\.\w+"
    r"|streamlit|pandas|geopandas",
)
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


@pytest.mark.parametrize("page", modules("pages/public", "pages/partner"), ids=lambda p: p.stem)
def test_a_viewers_page_imports_only_what_reads_releases(page: Path) -> None:
    standard = sys.stdlib_module_names
    beyond = {
        name
        for name in imported(page)
        if not VIEWERS_MAY_IMPORT.fullmatch(name) and name.split(".")[0] not in standard
    }
    assert beyond == set()


def test_what_a_viewers_page_imports_is_held_away_from_holdings() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    held = {
        module
        for contract in contracts["contracts"]
        if "data.holdings" in contract.get("forbidden_modules", [])
        for module in contract["source_modules"]
    }
    drawn = {
        ".".join(name.split(".")[:2])
        for page in modules("pages/public", "pages/partner")
        for name in imported(page)
        if name.startswith("dashboard.")
    }
    assert len(drawn) > 5
    assert drawn - held == set()


def test_there_are_pages_for_three_readers() -> None:
    found = {path.parent.name for path in modules("pages")}
    assert found == {"public", "partner", "steward"}


@pytest.mark.parametrize("path", modules("data", "geo"), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_dashboard_knows_the_screen(path: Path) -> None:
    assert {name.split(".")[0] for name in imported(path)} & SCREEN == set()


def test_no_module_of_the_dashboard_hides_another_package() -> None:
    names = {path.stem for path in (ROOT / "dashboard").glob("*.py")} - {"__init__"}
    assert names & (set(sys.stdlib_module_names) | set(PACKAGES) | SCREEN) == set()


def test_caching_is_done_in_one_module() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in modules("dashboard", "pages")
        if re.search(r"\bst\.cache_(data|resource)\b", path.read_text(encoding="utf-8"))
    }
    assert users == {"dashboard/session.py"}


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
