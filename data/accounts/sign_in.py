"""Sign-in with a password, throttled before any password is hashed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.accounts import passwords
from data.accounts.accounts import Account, Accounts, account_from_row
from data.accounts.throttling import RateLimit, UnknownNames, wait_after
from data.accounts.totp import find_step
from data.database import engines
from data.database.tables import account

_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt: the account, or how many seconds to wait (0: it was wrong).

    ``known`` is the name of the account that was tried, empty if there is none. Do not show it to
    whoever tried.
    """

    account: Account | None
    wait_s: int = 0
    known: str = ""


class SignIn:
    """Attempts to sign in with a password, for all accounts of a store."""

    def __init__(self, accounts: Accounts) -> None:
        """Use the store of some accounts."""
        self._engine = accounts.engine
        self._unknown_names, self._rate_limit = UnknownNames(), RateLimit()

    def attempt(self, name: str, password: str, digits: str, now: datetime) -> Outcome:
        """Try to sign in.

        An unknown name, a wrong password, a disabled account and a missing or wrong second proof
        have the same outcome, so that an attempt discloses nothing.

        Parameters
        ----------
        name, password
            As typed.
        digits
            The six-digit code, empty if none was typed.
        now
            The time, with its zone.
        """
        plain = name.strip().casefold()[:_LONGEST_NAME]
        row = self._row(plain)
        known = plain if row is not None else ""
        wrong, until = _state(row, now) if row is not None else self._unknown_names.held(plain, now)
        if until > now:
            return Outcome(None, 1 + int((until - now).total_seconds()), known)
        if not self._rate_limit.take(now) or not self._count(row, plain, wrong, now):
            return Outcome(None, 1, known)
        right = passwords.is_correct(row["password"] if row is not None else None, password)
        if row is None or not right or row["state"] != "active":
            return Outcome(None, known=known)
        step = None
        if account_from_row(row).needs_second:
            secret = row["second_secret"]
            step = find_step(str(secret), row["second_step"], digits, now) if secret else None
            if step is None:
                return Outcome(None, known=known)
        return self._right(row, password, step)

    def _count(self, row: Any, name: str, wrong: int, now: datetime) -> bool:  # noqa: ANN401
        """Count an attempt as wrong before its password is checked; `_right` takes it back.

        So neither concurrent guesses nor one that is cut off are free. Return False where another
        attempt was counted meanwhile; this one must then wait a second.
        """
        if row is None:
            return self._unknown_names.count(name, wrong, now)
        wait = wait_after(wrong + 1)
        values = {"wrong": wrong + 1, "wait_until": engines.stamp(now + wait) if wait else None}
        mine = (account.c.account == name) & (account.c.wrong == wrong)
        with engines.writing(self._engine) as connection:
            return connection.execute(account.update().where(mine).values(**values)).rowcount == 1

    def _right(self, row: Any, password: str, step: int | None) -> Outcome:  # noqa: ANN401  # a row
        name = str(row["account"])
        values: dict[str, object] = {"wrong": 0, "wait_until": None}
        if passwords.needs_rehash(str(row["password"])):
            values["password"] = passwords.hash_password(password)
        # If the account was reset or disabled meanwhile, the password is no longer right.
        same = [account.c[column] == row[column] for column in ("account", "password", "state")]
        if step is not None:
            # Of two attempts with the same code, the second finds it used.
            values["second_step"] = step
            same.append(sa.or_(account.c.second_step.is_(None), account.c.second_step < step))
        with engines.writing(self._engine) as connection:
            if connection.execute(account.update().where(*same).values(**values)).rowcount != 1:
                return Outcome(None, known=name)
        return Outcome(account_from_row(row), known=name)

    def _row(self, name: str) -> Any:  # noqa: ANN401  # a row
        with self._engine.connect() as connection:
            query = sa.select(account).where(account.c.account == name)
            return connection.execute(query).mappings().first()


def _state(row: Any, now: datetime) -> tuple[int, datetime]:  # noqa: ANN401  # a row
    until = engines.read_stamp(row["wait_until"]) if row["wait_until"] else now
    return int(row["wrong"]), until
