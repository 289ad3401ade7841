"""Stores that tests share: made once, kept for later runs, and copied before a test changes them.

They lie in pytest's cache. `pytest --cache-clear` makes all of them anew.
"""

import contextlib
import fcntl
import hashlib
import inspect
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path

from data import setup
from data.boundaries import browser_files
from data.boundaries.browser_files import GeometryFile
from data.database import engines
from data.model import Audience
from data.pipeline import Sima
from data.settings import Settings
from tests.support.paths import ROOT
from tests.support.workbooks import changed, workbook

KEPT = ROOT / ".pytest_cache" / "d" / "programmes"


def quiet(_message: str) -> None:
    """Take the place of a report of progress."""


def settings_of(var: Path) -> Settings:
    """Return the settings of the stores in a folder."""
    return Settings.from_environment({"SIMA_VAR": str(var)})


@cache
def _fingerprint() -> bytes:
    """Return what changes when a programme would be made otherwise: the code, its ground, the day."""
    parts = hashlib.sha256(date.today().isoformat().encode())  # noqa: DTZ011  # as the programme's
    paths = [path for package in ("data", "geo") for path in (ROOT / package).rglob("*")]
    paths += [ROOT / "requirements-dev.lock", Path(__file__), Path(inspect.getfile(workbook))]
    for path in sorted(path for path in paths if path.is_file() and path.suffix != ".pyc"):
        parts.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return parts.digest()


def kept(name: str, make: Callable[[Path], object]) -> Path:
    """Return a path that ``make`` fills, made at the first call since the code last changed.

    What lies there is for every test and every later run: nobody may change it.
    """
    digest = hashlib.sha256(_fingerprint() + Path(inspect.getfile(make)).read_bytes())
    folder = KEPT / name
    folder.mkdir(parents=True, exist_ok=True)
    there = folder / digest.hexdigest()[:16]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker may be making it
        if not there.exists():
            for old in folder.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
                elif old.name != "lock":
                    old.unlink()
            unfinished = folder / "unfinished"
            make(unfinished)
            engines.close_all()
            unfinished.rename(there)
    return there


def _empty_synthetic(var: Path) -> None:
    setup.make_stores(settings_of(var), synthetic=True, progress=quiet)
    setup.make_geometry(settings_of(var), progress=quiet)


def _empty_real(var: Path) -> None:
    know_geometry()
    setup.make_stores(settings_of(var), synthetic=False, progress=quiet)
    setup.make_geometry(settings_of(var), progress=quiet)


def empty(*, synthetic: bool) -> Path:
    """Return the folder of stores as `sima setup` makes them: units and boundaries, no figures."""
    if synthetic:
        return kept("empty-synthetic", _empty_synthetic)
    return kept("empty-real", _empty_real)


def begin(var: Path) -> Settings:
    """Begin a programme in a folder with a copy of the empty synthetic stores."""
    know_geometry()
    shutil.copytree(empty(synthetic=True), var)
    return settings_of(var)


def know_geometry() -> None:
    """Have this process know what browsers are sent of the usual boundaries, as if it made them."""
    (store,) = (empty(synthetic=True) / "releases" / "public").glob("geometry-*.sqlite")
    names = ("boundaries_id", *(each.name for each in fields(GeometryFile)))
    with contextlib.closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute(f"SELECT {', '.join(names)} FROM geometry_file").fetchall()  # noqa: S608  # our own names
    known = browser_files._last()  # noqa: SLF001  # where a process remembers them
    known[rows[0][0]] = [GeometryFile(*row[1:]) for row in rows]


def _demo(var: Path) -> None:
    setup.fill_demo(begin(var), progress=quiet)


def demo() -> Path:
    """Return the folder of the demonstration."""
    return kept("demo", _demo)


WARDS = range(1, 20)  # of Hetauda, 31206
FEW = 7  # the ward of which something is hidden
_SESSIONS = (("Nepalgunj", 35), ("Kohalpur", 21), ("Duduwa", 14), ("Khajura", 9))


def _small(var: Path) -> None:
    sima = Sima(begin(var))
    for name, (role, places) in setup.DEMO_ACCOUNTS.items():
        sima.accounts.add(name, role, places)
    uploads = {
        "groups": [
            changed("groups", ward=ward, period="2023-Q4", members_men=3 if ward == FEW else 12)
            for ward in WARDS
        ],
        "trainings": [
            ["Banke", palika, "2023-Q4", "awareness", None, None, None, None, many]
            for palika, many in _SESSIONS
        ],
    }
    for kind, rows in uploads.items():
        sima.confirm(sima.stage(workbook(kind, rows)), by="demo-steward")
    for audience in Audience:
        sima.approve(sima.request(audience, by="demo-steward"), by="demo-approver", why="planned")


def small() -> Path:
    """Return the folder of a programme of two uploads, released once to each audience.

    It has the accounts of the demonstration. A release of it takes a second, one of the
    demonstration a quarter of a minute.
    """
    return kept("small", _small)
