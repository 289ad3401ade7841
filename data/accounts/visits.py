"""Visits: who signed in, for how long, and for what purpose.

A visit is a random token in a cookie; only its hash is stored. The account is read again at every
request, so that a role that was taken away is gone at the next one.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from data.accounts.accounts import Account, Accounts, account_from_row
from data.database import engines
from data.database.tables import account, visit
from data.model import SimaError

# Why somebody needs restricted figures: codes, because free text could name a person.
PURPOSES = ("planning", "coordination_meeting", "reporting", "safeguarding", "audit")
LOCAL, PROVIDER = "local", "provider"
_TOUCH_AFTER = timedelta(seconds=60)
_KEPT = timedelta(days=30)  # how long an ended visit is remembered


@dataclass(frozen=True, slots=True)
class Visit:
    """A valid visit: its account as it is now, how it signed in, and its purpose."""

    account: Account
    kind: str
    purpose: str


class Visits:
    """The visits of an access store."""

    def __init__(self, engine: sa.Engine, *, idle: timedelta, absolute: timedelta) -> None:
        """Use a store; a visit ends ``idle`` after its last request, and after ``absolute``."""
        self._engine, self._idle, self._absolute = engine, idle, absolute

    @property
    def engine(self) -> sa.Engine:
        """The store's engine: the audit log is in the same store."""
        return self._engine

    @classmethod
    def open(cls, address: str, *, idle: timedelta, absolute: timedelta) -> "Visits":
        """Open the store; SimaError where it is missing or has another version."""
        return cls(Accounts.open(address).engine, idle=idle, absolute=absolute)

    def begin(self, name: str, kind: str, now: datetime) -> str:
        """Begin a visit of an account and return the token for its cookie.

        ``kind`` is `LOCAL` or `PROVIDER`.
        """
        token = secrets.token_urlsafe(32)
        row = {
            "token": _hashed(token),
            "account": name,
            "kind": kind,
            "began": engines.stamp(now),
            "seen": engines.stamp(now),
        }
        with engines.writing(self._engine) as connection:
            connection.execute(visit.insert(), row)
            over = engines.stamp(now - self._absolute - _KEPT)
            connection.execute(visit.delete().where(visit.c.began < over))
        return token

    def find(self, token: str, now: datetime) -> Visit | None:
        """Return the visit of a token; None if it is unknown or over, or the account not active."""
        query = (
            sa.select(account, visit.c.kind, visit.c.seen, visit.c.began, visit.c.purpose)
            .select_from(visit.join(account, visit.c.account == account.c.account))
            .where(visit.c.token == _hashed(token), visit.c.ended.is_(None))
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or row["state"] != "active":
            return None
        seen, began = engines.read_stamp(row["seen"]), engines.read_stamp(row["began"])
        if now - seen > self._idle or now - began > self._absolute:
            return None
        return Visit(account_from_row(row), str(row["kind"]), str(row["purpose"]))

    def touch(self, token: str, now: datetime) -> None:
        """Record a request, at most once a minute; a visit that is over stays over."""
        if self.find(token, now) is None:
            return
        late = engines.stamp(now - _TOUCH_AFTER)
        mine = (visit.c.token == _hashed(token)) & (visit.c.seen <= late)
        self._change(mine, seen=engines.stamp(now))

    def set_purpose(self, token: str, purpose: str) -> None:
        """Store the purpose of a visit; SimaError for anything but one of `PURPOSES`."""
        if purpose not in PURPOSES:
            raise SimaError(f"Choose one of these purposes: {', '.join(PURPOSES)}.")
        self._change(visit.c.token == _hashed(token), purpose=purpose)

    def end(self, token: str, now: datetime) -> None:
        """End a visit for good."""
        mine = (visit.c.token == _hashed(token)) & visit.c.ended.is_(None)
        self._change(mine, ended=engines.stamp(now))

    def _change(self, which: sa.ColumnElement[bool], **values: str) -> None:
        with engines.writing(self._engine) as connection:
            connection.execute(visit.update().where(which).values(**values))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
