"""Fixtures of every test: stores on both engines, the demonstration, what is not tested."""

import contextlib
import fcntl
import functools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from data.accounts import passwords
from data.database import engines
from data.settings import Settings
from tests.support import examples, hotspot_world, postgis, programmes
from tests.support.paths import ROOT

# A folder of a project that somebody works with here is not what is tested.
NOTHING = str(ROOT / "build" / "nothing")
os.environ["SIMA_VAR"] = NOTHING
ENGINES = ("sqlite", "postgis")
examples.register()
# A hash takes long on purpose; of what a test says of passwords that is no part. Servers that
# tests start hash as they do in use, and `test_sign_in` looks at how.
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # noqa: SLF001

# A test belongs to the first lane that its folder or a fixture of it names; the rest are unit
# tests, which start no server and need no demonstration. `deep` is written on a test by hand.
LANES = {
    "browser": {"browser"},
    "database": {"stores", "postgis_server"},
    "app": {"demo_var", "hotspot_var", "small_var"},
}
FOLDERS = {"browser": "browser", "pages": "app"}
MARKERS = (
    "unit: needs nothing but the code",
    "database: stores on both engines",
    "app: pages and commands over the demonstration or another programme",
    "browser: drives Chromium against a running server",
    "deep: enumerations, large countries and killed processes; not in every run",
    "alike: says nothing of an engine, so that the server is left to the deep lane",
    "property: tried on examples of Hypothesis, on many in the deep lane",
)


def pytest_configure(config: pytest.Config) -> None:
    for line in MARKERS:
        config.addinivalue_line("markers", line)


def lane_of(item: pytest.Item) -> str:
    """Return the lane of a test."""
    folder = FOLDERS.get(item.path.relative_to(ROOT / "tests").parts[0])
    fixtures = set(getattr(item, "fixturenames", ()))
    for lane, needed in LANES.items():
        if lane == folder or item.get_closest_marker(lane) or needed & fixtures:
            return lane
    return "unit"


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
_FIRST = ("pages/test_booths_page", "data/", "browser/", "pages/", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring files that take long to the front, and say of each test in which lane it is."""
    tests = ROOT / "tests"

    def rank(item: pytest.Item) -> int:
        path = item.path.relative_to(tests).as_posix()
        return next(n for n, start in enumerate(_FIRST) if path.startswith(start))

    items.sort(key=rank)
    for item in items:
        item.add_marker(lane_of(item))
        called_with = getattr(item, "callspec", None)
        if item.get_closest_marker("alike") and called_with.params.get("stores") == "postgis":
            item.add_marker("deep")
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")


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


@contextlib.contextmanager
def _databases(server: str, folder: Path, kinds: Iterable[str]) -> Iterator[dict[str, str]]:
    """Make a fresh database for each store, and drop them: together they would fill a disk."""
    names = {kind: f"{kind}_{abs(hash(str(folder))):x}" for kind in kinds}
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def each(statement: str) -> None:
        with engine.connect() as connection:
            for name in names.values():
                connection.exec_driver_sql(statement.format(name))

    each("CREATE DATABASE {}")
    yield {
        f"SIMA_{k.upper()}": server.replace("/postgres?", f"/{name}?") for k, name in names.items()
    }
    engines.close_all()
    each("DROP DATABASE IF EXISTS {} WITH (FORCE)")


@pytest.fixture(params=ENGINES)
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """Addresses of empty stores; every test that asks runs on both engines.

    All four, or those that the test's module names in ``STORES``.
    """
    env = {"SIMA_VAR": str(tmp_path / "var")}
    if request.param == "postgis":
        kinds = getattr(request.module, "STORES", ("holdings", "partner", "public", "access"))
        server = request.getfixturevalue("postgis_server")
        with _databases(server, tmp_path, kinds) as addresses:
            yield Stores(request.param, env | addresses)
    else:
        yield Stores(request.param, env)
    engines.close_all()


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


@pytest.fixture(scope="session")
def demo_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration, made once; copy it before changing it."""
    return once("demo", tmp_path_factory, lambda var: shutil.copytree(programmes.demo(), var))


@pytest.fixture(scope="session")
def hotspot_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A booth at every border point, three with more than effort explains; read only."""
    made = functools.partial(programmes.kept, "hotspots", hotspot_world.make)
    return once("hotspots", tmp_path_factory, lambda var: shutil.copytree(made(), var))


@pytest.fixture(scope="session")
def small_var() -> Path:
    """A programme that is quickly released anew; see `programmes.small`. Copy it."""
    return programmes.small()


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
    monkeypatch.setenv("SIMA_VAR", NOTHING)
