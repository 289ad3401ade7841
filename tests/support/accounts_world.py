"""An access store with somebody in it, and what only who owns the database can do to it."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from data.accounts.accounts import Accounts
from data.model import Role

GOOD = "river stone lantern"


def with_account(
    address: str | Path, name: str, now: datetime, role: Role = Role.PLANNER, place: str = "511"
) -> Accounts:
    """Make a store with one account whose password is `GOOD`."""
    store = Accounts.create(str(address))
    store.add(name, role, [place])
    store.accept(name, store.invite(name, now), GOOD, now)
    return store


def unguarded(accounts: Accounts, *statements: sa.Executable) -> None:
    """Change the log as somebody would who owns the database."""
    with accounts.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for change in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_event_no_{change}")
        else:
            connection.exec_driver_sql(
                "DROP TRIGGER IF EXISTS audit_event_append_only ON audit_event"
            )
        for statement in statements:
            connection.execute(statement)
