"""Database engines, and every difference between SQLite and PostGIS."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from data.database.tables import METADATA, Store
from data.model import SimaError
from data.settings import POSTGRESQL

_BUSY_MS = 10_000
_OPENED: list[sa.Engine] = []
_UPGRADING = threading.Lock()
# The open transactions of `writing` of this thread or task, by store.
_WRITING: ContextVar[Mapping[sa.Engine, sa.Connection]] = ContextVar(
    "_WRITING", default=MappingProxyType({})
)


def now() -> str:
    """Return the time in UTC, to the second, as it is stored."""
    return stamp(datetime.now(UTC))


def stamp(time: datetime) -> str:
    """Return a time (with its zone) as it is stored; the texts sort as the times do."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_stamp(text: str) -> datetime:
    """Return the time that `stamp` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a frame's rows as plain Python values, None where a value is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {
            str(name): value.item() if hasattr(value, "item") else value
            for name, value in row.items()
        }
        for row in plain.to_dict("records")
    ]


def is_server(address: str) -> bool:
    """Return whether an address is a database server's, not a path."""
    return address.startswith(POSTGRESQL)


def connect(address: str, *, read_only: bool = False, immutable: bool = False) -> sa.Engine:
    """Open a database, ready for the same SQL on both engines, with foreign keys on.

    With ``read_only`` a file is never created; ``immutable`` promises that nobody writes to it.
    A connection to a server is made at first use.

    Raises
    ------
    SimaError
        Where a file to be read does not exist.
    """
    if is_server(address):
        return _server(address, read_only)
    path = Path(address)
    if read_only and not path.exists():
        raise SimaError(f"There is no store at {path.name} yet. Run: sima setup")
    uri = path.absolute().as_uri() + (
        "?mode=ro" + ("&immutable=1" if immutable else "") if read_only else ""
    )

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        # What is deleted (an upload, a name in the log) must not remain in the file's free pages.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    # An error must not quote the values to be written: they may be confidential.
    return sa.create_engine(
        "sqlite+pysqlite://", creator=opened, poolclass=NullPool, hide_parameters=True
    )


@lru_cache(maxsize=16)
def _server(address: str, read_only: bool) -> sa.Engine:  # noqa: FBT001  # a key of the cache
    """Return the one connection pool of this process for an address."""
    engine = sa.create_engine(address, pool_pre_ping=True, pool_size=4, hide_parameters=True)
    if read_only:
        sa.event.listen(engine, "connect", _only_read)
    _OPENED.append(engine)
    return engine


def close_all() -> None:
    """Close every connection to a server that this process holds."""
    while _OPENED:
        _OPENED.pop().dispose()
    _server.cache_clear()


def _only_read(connection: Any, _record: object) -> None:  # noqa: ANN401  # psycopg's connection
    connection.execute("SET default_transaction_read_only = on")
    connection.commit()


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a transaction that excludes every other writer.

    Inside another such transaction on the same store it is that one, so that all is stored or
    nothing.
    """
    around = _WRITING.get()
    if engine in around:
        yield around[engine]
        return
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(5177)")
        begun = _WRITING.set({**around, engine: connection})
        try:
            yield connection
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            _WRITING.reset(begun)


def _config(store: Store) -> Config:
    config = Config()
    folder = str(files("data.database") / "migrations")
    config.set_main_option("script_location", folder)
    config.set_main_option("version_locations", f"{folder}/{store}")
    config.set_main_option("path_separator", "os")
    config.attributes["metadata"] = METADATA[store]
    return config


def upgrade(engine: sa.Engine, store: Store) -> None:
    """Bring a store's schema to the newest version, from none or from an older one."""
    config = _config(store)
    # Alembic keeps its state in the process: one upgrade at a time.
    with _UPGRADING, engine.connect() as connection:
        head = ScriptDirectory.from_config(config).get_current_head()
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
        connection.rollback()
        if engine.dialect.name == "postgresql" and store is not Store.ACCESS:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS postgis")
            connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def require_current(engine: sa.Engine, store: Store) -> None:
    """Refuse a store whose schema is missing or has another version.

    Raises
    ------
    SimaError
        With the command that remedies it.
    """
    head = ScriptDirectory.from_config(_config(store)).get_current_head()
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    except sa.exc.OperationalError as wrong:
        raise SimaError(f"The {store} store cannot be opened. Run: sima setup") from wrong
    if found != head:
        raise SimaError(f"The {store} store was made by another version of Sima. Run: sima setup")


def refuse_changes(connection: sa.Connection, tables: tuple[str, ...]) -> None:
    """Make tables append-only: the database itself refuses UPDATE and DELETE."""
    if connection.dialect.name == "sqlite":
        for table in tables:
            for change in ("UPDATE", "DELETE"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
                )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    )
    for table in tables:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
        )


def index_shapes(connection: sa.Connection, table: str) -> None:
    """Create the spatial index of a table's geometry, on PostGIS only."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE INDEX idx_{table}_geometry ON {table} USING gist (geometry)"
        )
