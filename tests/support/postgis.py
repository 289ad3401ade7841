"""A private PostgreSQL server for the tests, on a socket in a temporary folder."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


def programs() -> Path | None:
    """Folder of the server's programs, where the server and PostGIS are installed."""
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return None
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _as_postgres() -> list[str]:
    """The server refuses to run as root; Debian's package brings the user ``postgres``."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Run a server and give the address of its database ``postgres``."""
    bin_ = programs()
    if bin_ is None:
        if "postgis" in os.environ.get("SIMA_REQUIRE", ""):
            pytest.fail("PostGIS is required (SIMA_REQUIRE) and not installed")
        pytest.skip("PostGIS not tested: no PostgreSQL server with PostGIS is installed")
    folder = Path(tempfile.mkdtemp(prefix="sima-pg-"))
    shutil.chown(folder, "postgres") if os.geteuid() == 0 else None
    as_user, data = _as_postgres(), folder / "data"
    subprocess.run(
        [*as_user, bin_ / "initdb", "-D", data, "-U", "sima", "-A", "trust", "--no-sync", "-E", "UTF8"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
    control = [*as_user, bin_ / "pg_ctl", "-D", data, "-w"]
    subprocess.run(
        [*control, "-l", folder / "log", "-o", options, "start"], check=True, capture_output=True,
    )  # fmt: skip
    try:
        yield f"postgresql+psycopg://sima@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
