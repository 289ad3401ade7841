"""Fixtures of every test: stores on both engines, the demonstration, what is not tested."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings as of_hypothesis

from data import setup
from data.database import engines
from data.settings import Settings
from tests.support import hotspot_world, postgis

ROOT = Path(__file__).parents[1]
ENGINES = ("sqlite", "postgis")
# How fast the machine is at the moment is not what a test says.
of_hypothesis.register_profile("sima", deadline=None)
of_hypothesis.load_profile("sima")


def pytest_report_header() -> list[str]:
    names = ("streamlit", "folium", "geopandas", "shapely", "sqlalchemy", "geoalchemy2")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    lacking = []
    if postgis.programs() is None:
        lacking.append("PostGIS")
    if shutil.which("chromium") is None:
        lacking.append("the browser")
    said = f"NOT TESTED here: {', '.join(lacking)}" if lacking else "everything is tested"
    return [f"{versions}, SQLite {sqlite3.sqlite_version}", said]


# The demonstration is made by the first file while others that do without it are tested.
_FIRST = ("app/test_booths_page", "database/", "browser/", "app/", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring files that take long to the front, so that no worker ends with one alone."""
    tests = ROOT / "tests"

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(tests).as_posix()
        return next(n for n, start in enumerate(_FIRST) if path.startswith(start))

    items.sort(key=rank)


@dataclass(frozen=True)
class Stores:
    """Four addresses on one engine, nothing in them yet."""

    engine: str
    env: dict[str, str]

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.env)


@pytest.fixture(scope="session")
def postgis_server() -> Iterator[str]:
    with postgis.server() as address:
        yield address


def _databases(server: str, folder: Path, kinds: Iterable[str]) -> dict[str, str]:
    """Make a fresh database for each store."""
    names = {kind: f"{kind}_{abs(hash(str(folder))):x}" for kind in kinds}
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names.values():
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return {
        f"SIMA_{k.upper()}": server.replace("/postgres?", f"/{name}?") for k, name in names.items()
    }


@pytest.fixture(params=ENGINES)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Addresses of empty stores; every test that asks runs on both engines.

    All four, or those that the test's module names in ``STORES``.
    """
    env = {"SIMA_VAR": str(tmp_path / "var")}
    if request.param == "postgis":
        kinds = getattr(request.module, "STORES", ("holdings", "partner", "public", "access"))
        env |= _databases(request.getfixturevalue("postgis_server"), tmp_path, kinds)
    yield Stores(request.param, env)
    engines.close_all()


def _quiet(_message: str) -> None:
    return


def once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], object]) -> Path:
    """Make a folder once for all workers: the first makes it, the others wait for it."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    base = factory.getbasetemp()
    folder = (base if alone else base.parent) / name
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            make(folder / "var")
            engines.close_all()
            (folder / "whole").touch()
    return folder / "var"


def _make_demo(var: Path) -> None:
    settings = Settings.from_environment({"SIMA_VAR": str(var)})
    setup.make_stores(settings, synthetic=True, progress=_quiet)
    setup.fill_demo(settings, progress=_quiet)


@pytest.fixture(scope="session")
def demo_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, made once; copy it before changing it."""
    return once("demo", tmp_path_factory, _make_demo)


@pytest.fixture(scope="session")
def hotspot_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A booth at every border point, three with more than effort explains; read only."""
    return once("hotspots", tmp_path_factory, hotspot_world.make)


@pytest.fixture(scope="session")
def demo(demo_var: Path) -> Settings:
    """Settings of the demonstration; read only."""
    return Settings.from_environment({"SIMA_VAR": str(demo_var)})


@pytest.fixture
def own_demo(demo_var: Path, tmp_path: Path) -> Settings:
    """The demonstration as a copy that a test may change."""
    var = tmp_path / "own"
    shutil.copytree(demo_var, var)
    return Settings.from_environment({"SIMA_VAR": str(var)})


@pytest.fixture(scope="session")
def ward_file() -> Path:
    """Real ward boundaries, for testing only; they are not part of the project."""
    path = ROOT.parent / "shared" / "boundaries" / "wards_29_districts.gpkg"
    if not path.exists():
        pytest.skip(
            "the ward import is not tested on real boundaries: they are not beside the project"
        )
    return path


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [
        name for name in os.environ if name.startswith("SIMA_") and name != "SIMA_REQUIRE"
    ]:
        monkeypatch.delenv(name)
