"""The access store: who may do what."""

from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from data import database
from data.model import Role, SimaError
from data.tables import Store, account


class Accounts:
    """Names of accounts and their roles. An account is an office, not a person's file."""

    def __init__(self, engine: sa.Engine) -> None:
        """Take an engine whose schema is current; see `create` and `open`."""
        self._engine = engine

    @classmethod
    def create(cls, address: str) -> "Accounts":
        """Create the store, or open it where it is there."""
        if not database.is_server(address):
            Path(address).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = database.connect(address)
        database.upgrade(engine, Store.ACCESS)
        return cls(engine)

    @classmethod
    def open(cls, address: str) -> "Accounts":
        """Open the store; SimaError where it is missing or of another version."""
        if not database.is_server(address) and not Path(address).exists():
            raise SimaError("There are no accounts yet. Run: sima setup")
        engine = database.connect(address)
        database.require_current(engine, Store.ACCESS)
        return cls(engine)

    def add(self, name: str, role: Role) -> None:
        """Add an account; SimaError where the name is taken by another role."""
        with database.writing(self._engine) as connection:
            held = connection.execute(sa.select(account.c.role).filter_by(account=name)).scalar()
            if held is not None and held != role:
                raise SimaError(f"The account {name} exists already, as {held}.")
            if held is None:
                row = {"account": name, "role": role.value, "created": database.now()}
                connection.execute(account.insert(), row)

    def role(self, name: str) -> Role:
        """Give an account's role; SimaError for an unknown account."""
        with self._engine.connect() as connection:
            held = connection.execute(sa.select(account.c.role).filter_by(account=name)).scalar()
        if held is None:
            raise SimaError(f"There is no account {name}. See: sima accounts list")
        return Role(held)

    def listed(self) -> pd.DataFrame:
        """Every account with its role."""
        with self._engine.connect() as connection:
            result = connection.execute(sa.select(account).order_by(account.c.account))
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
