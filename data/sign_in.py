"""Signing in with a password: throttled before anything is hashed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import database, passwords
from data.accounts import Account, Accounts, made, step_of
from data.tables import account
from data.throttle import Bucket, Strangers, wait_after

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try: the account, or how many seconds to wait (0: it was simply wrong).

    ``known`` is the name of the account that was tried, where there is one; not to be told to
    whoever tried.
    """

    account: Account | None
    wait_s: int = 0
    known: str = ""


class SignIn:
    """Tries with a password, for all accounts of a store."""

    def __init__(self, accounts: Accounts) -> None:
        """Take the accounts."""
        self._engine = accounts.engine
        self._strangers, self._bucket = Strangers(), Bucket()

    def attempt(self, name: str, password: str, digits: str, now: datetime) -> Outcome:
        """Try to sign in.

        A name that is not known, a wrong password, a disabled account and a missing or wrong second
        proof are the same to whoever tries: wrong.
        """
        plain = name.strip().casefold()[:_LONGEST_NAME]
        row = self._row(plain)
        until = (
            database.read_stamp(row["wait_until"])
            if row is not None and row["wait_until"]
            else self._strangers.until(plain, now)
            if row is None
            else now
        )
        if until > now:
            return Outcome(None, 1 + int((until - now).total_seconds()), _known(row))
        if not self._bucket.take(now):
            return Outcome(None, 1, _known(row))
        right = passwords.is_right(row["password"] if row is not None else None, password)
        if row is None:
            self._strangers.failed(plain, now)
            return Outcome(None)
        step = None
        if right and made(row).needs_second:
            secret = row["second_secret"]
            step = secret and step_of(str(secret), row["second_step"], digits, now)
            right = step is not None
        if not right or row["state"] != "active":
            self._failed(row, now)
            return Outcome(None, known=plain)
        return self._right(row, password, step, plain)

    def _right(self, row: Any, password: str, step: int | None, plain: str) -> Outcome:  # noqa: ANN401  # a row
        values: dict[str, object] = {"wrong": 0, "wait_until": None}
        if passwords.is_old(str(row["password"])):
            values["password"] = passwords.made(password)
        mine = account.c.account == row["account"]
        if step is not None:
            # Two at once with the same code: the second finds that it was used.
            values["second_step"] = step
            unused = sa.or_(account.c.second_step.is_(None), account.c.second_step < step)
            mine = sa.and_(mine, unused)
        with database.writing(self._engine) as connection:
            if connection.execute(account.update().where(mine).values(**values)).rowcount != 1:
                return Outcome(None, known=plain)
        return Outcome(made(row), known=plain)

    def _failed(self, row: Any, now: datetime) -> None:  # noqa: ANN401  # a row
        with database.writing(self._engine) as connection:
            mine = account.c.account == row["account"]
            query = sa.select(account.c.wrong).where(mine)
            wrong = int(connection.execute(query).scalar_one()) + 1
            until = database.stamp(now + wait_after(wrong)) if wait_after(wrong) else None
            connection.execute(account.update().where(mine).values(wrong=wrong, wait_until=until))

    def _row(self, name: str) -> Any:  # noqa: ANN401  # a row
        with self._engine.connect() as connection:
            query = sa.select(account).where(account.c.account == name)
            return connection.execute(query).mappings().first()


def _known(row: Any) -> str:  # noqa: ANN401  # a row
    return str(row["account"]) if row is not None else ""
