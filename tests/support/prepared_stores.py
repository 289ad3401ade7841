"""Stores with units and boundaries, made once for each engine and copied for each test."""

import shutil
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from data import setup
from data.database import engines
from data.settings import Settings
from tests.conftest import Stores
from tests.support import programmes

KINDS = ("SIMA_HOLDINGS", "SIMA_ACCESS", "SIMA_PARTNER", "SIMA_PUBLIC")


def _make(env: dict[str, str], *, synthetic: bool) -> None:
    settings = Settings.from_environment(env)
    programmes.know_geometry()
    setup.make_stores(settings, synthetic=synthetic, progress=programmes.quiet)
    setup.make_geometry(settings, progress=programmes.quiet)
    engines.close_all()


def files(*, synthetic: bool) -> Path:
    """Give the folder of embedded stores as `sima setup` makes them; copy it before changing it."""
    return programmes.empty(synthetic=synthetic)


def _statements(address: str, *statements: str) -> None:
    server = make_url(address).set(database="postgres")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@cache
def _databases(server: str, synthetic: bool) -> dict[str, str]:  # noqa: FBT001  # as above
    names = {kind: f"prepared_{kind.lower()}_{str(synthetic).lower()}" for kind in KINDS}
    _statements(server, *(f"CREATE DATABASE {name}" for name in names.values()))
    url = make_url(server)
    env = {k: url.set(database=n).render_as_string(hide_password=False) for k, n in names.items()}
    _make(env, synthetic=synthetic)
    return names


def fill(stores: Stores, *, synthetic: bool) -> None:
    """Give empty stores what `sima setup` gives them."""
    if stores.engine == "sqlite":
        shutil.copytree(files(synthetic=synthetic), stores.env["SIMA_VAR"], dirs_exist_ok=True)
        return
    server = make_url(stores.env["SIMA_HOLDINGS"]).set(database="postgres")
    made = _databases(server.render_as_string(hide_password=False), synthetic)
    engines.close_all()
    for kind, template in made.items():
        address = stores.env[kind]
        name = make_url(address).database
        _statements(address, f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {template}")
