"""The audit log: who did what. Append-only, chained by hashes, and without confidential content.

Each entry holds the hash of the one before, so that no entry can be changed, removed or inserted
unnoticed. The actor stands in the chain as a commitment: the hash of a salt and the account's name.
Name and salt are stored apart and removed after a time; the chain stays verifiable. The log holds
no figure, no network address and no free text: every word is from a fixed list or a code.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import pandas as pd
import sqlalchemy as sa

from data.accounts.accounts import Accounts
from data.database import engines
from data.database.tables import audit_event, audit_name
from data.model import SimaError

_BEGINNING = "0" * 64
_WORD = re.compile(r"[a-z0-9_./=-]{0,80}")
_PLACE = re.compile(r"(NP|[0-9]{0,7})")
_CHAINED = ["seq", "at", "kind", "actor", "audience", "subject", "number", "place", "purpose"]


class EventKind(StrEnum):
    """The kinds of events that are recorded."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_REFUSED = "sign_in_refused"
    PURPOSE_SAID = "purpose_said"
    VIEWED = "viewed"
    EXPORTED = "exported"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_ADJUSTED = "release_adjusted"
    RELEASE_APPROVED = "release_approved"
    RELEASE_DECLINED = "release_declined"
    RELEASE_WITHDRAWN = "release_withdrawn"
    FIGURES_WITHHELD = "figures_withheld"
    POLICY_AGREED = "policy_agreed"
    SITES_ADDED = "sites_added"
    SITE_CLOSED = "site_closed"
    ORGANISATIONS_ADDED = "organisations_added"
    PROGRAMME_CHANGED = "programme_changed"
    INDICATOR_ADDED = "indicator_added"
    CHANGE_ASKED = "change_asked"
    CHANGE_DECLINED = "change_declined"
    ACCOUNT_INVITED = "account_invited"
    ACCOUNT_RESET = "account_reset"
    ACCOUNT_ACCEPTED = "account_accepted"
    ACCOUNT_CHANGED = "account_changed"
    NAMES_REMOVED = "names_removed"


@dataclass(frozen=True, slots=True)
class Event:
    """What happened.

    ``actor`` is the account that did it and ``about`` the account it was done to; both names are
    kept apart from the chain. ``audience`` and ``number`` name a release (or ``number`` a request),
    ``subject`` a page, layer or file, ``place`` a unit's code. ``purpose`` is what the figures were
    needed for, or the reason of a decision.
    """

    kind: EventKind
    actor: str
    audience: str = ""
    subject: str = ""
    number: int = 0
    place: str = ""
    purpose: str = ""
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not a code: it could be a figure or a name."""
        words = (self.audience, self.subject, self.purpose)
        if not all(_WORD.fullmatch(word) for word in words) or not _PLACE.fullmatch(self.place):
            raise ValueError("the fields of an event must be codes")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log; noted elsewhere, it shows whether entries were cut off."""

    seq: int
    hash: str


class AuditLog:
    """The audit log of one access store."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use a store whose schema is current."""
        self._engine = engine

    @classmethod
    def open(cls, address: str) -> "AuditLog":
        """Open the store; SimaError where it is missing or has another version."""
        return cls(Accounts.open(address).engine)

    def note(self, event: Event, now: datetime) -> int:
        """Append an event and return its number; concurrent writers wait for each other."""
        with engines.writing(self._engine) as connection:
            return _append(connection, event, now)

    @contextmanager
    def noting(self, event: Event, now: datetime) -> Iterator[None]:
        """Store an event and the changes made in the block together, or neither."""
        with engines.writing(self._engine) as connection:
            yield
            _append(connection, event, now)

    def has(self, kind: EventKind, audience: str, number: int) -> bool:
        """Return whether there is an entry of a kind about a release or request."""
        query = sa.select(audit_event.c.seq).filter_by(
            kind=kind.value, audience=audience, number=number
        )
        with self._engine.connect() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def head(self) -> Head:
        """Return the end of the log; its number is 0 where the log is empty."""
        with self._engine.connect() as connection:
            return _last(connection)

    def verify(self, head: Head | None = None) -> str:
        """Return the first fault of the log as a sentence, empty if there is none.

        The number of entries without a name must be the number that was recorded as removed.

        Parameters
        ----------
        head
            The end as it was noted before, to find entries that were cut off since.
        """
        previous, expected, noted = _BEGINNING, 1, ""
        nameless = removed = 0
        name = [audit_name.c[n] for n in ("salt", "account", "about")]
        both = audit_event.outerjoin(audit_name, audit_event.c.seq == audit_name.c.seq)
        # One query, so that an entry written meanwhile is read with its name or not at all.
        query = sa.select(audit_event, *name).select_from(both).order_by(audit_event.c.seq)
        with self._engine.connect() as connection:
            for row in connection.execute(query).mappings():
                seq = int(row["seq"])
                if seq != expected:
                    return f"Entry {expected} is missing."
                if row["previous"] != previous or row["hash"] != _hash(dict(row)):
                    return f"Entry {seq} was altered."
                if row["salt"] is None:
                    nameless += 1
                elif _committed(row["salt"], row["account"], row["about"]) != row["actor"]:
                    return f"The name of entry {seq} was altered."
                if row["kind"] == EventKind.NAMES_REMOVED:
                    removed += int(row["number"])
                previous, expected = str(row["hash"]), expected + 1
                if head is not None and seq == head.seq:
                    noted = previous
        if nameless != removed:
            return f"{nameless} entries have no name, but {removed} were recorded as removed."
        if head is not None and head.seq and noted != head.hash:
            return f"Entry {head.seq}, which was noted before, is missing, or this is another log."
        return ""

    def remove_names(self, before: datetime, by: str, now: datetime) -> int:
        """Remove the names of entries older than a time and return how many; the chain stays valid.

        The removal is recorded as an entry, with the number.
        """
        with engines.writing(self._engine) as connection:
            old = sa.select(audit_event.c.seq).where(audit_event.c.at < engines.stamp(before))
            gone = connection.execute(audit_name.delete().where(audit_name.c.seq.in_(old)))
            _append(connection, Event(EventKind.NAMES_REMOVED, by, number=gone.rowcount), now)
        return int(gone.rowcount)

    def count_named_before(self, time: datetime) -> int:
        """Count the entries older than a time that still have a name."""
        old = audit_event.join(audit_name, audit_event.c.seq == audit_name.c.seq)
        query = sa.select(sa.func.count()).select_from(old)
        with self._engine.connect() as connection:
            earlier = query.where(audit_event.c.at < engines.stamp(time))
            return int(connection.execute(earlier).scalar_one())

    def list_entries(self, *, most: int = 500, kind: EventKind | None = None) -> pd.DataFrame:
        """Return the newest entries, newest first.

        Columns ``seq``, ``at``, ``account`` (missing where the name was removed), ``kind``,
        ``about``, ``audience``, ``number``, ``subject``, ``place``, ``purpose``.

        Parameters
        ----------
        most
            Number of entries at most.
        kind
            The only kind to return; None for all.
        """
        names = ["seq", "at", "kind", "audience", "number", "subject", "place", "purpose"]
        query = (
            sa.select(
                *(audit_event.c[name] for name in names), audit_name.c.account, audit_name.c.about
            )
            .select_from(audit_event.outerjoin(audit_name, audit_event.c.seq == audit_name.c.seq))
            .order_by(audit_event.c.seq.desc())
            .limit(most)
        )
        if kind is not None:
            query = query.where(audit_event.c.kind == kind.value)
        with self._engine.connect() as connection:
            result = connection.execute(query)
            frame = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        return frame[["seq", "at", "account", "kind", "about", *names[3:]]]


def read_head(text: str) -> Head:
    """Read the output of ``sima audit-log head``; SimaError where it is malformed."""
    found = re.fullmatch(r"([0-9]{1,12}):([0-9a-f]{64})", text)
    if found is None:
        raise SimaError("Write the head as NUMBER:HASH, as `sima audit-log head` prints it.")
    return Head(int(found[1]), found[2])


def _append(connection: sa.Connection, event: Event, now: datetime) -> int:
    """Append an event inside a transaction that no other writer can enter."""
    salt, last = secrets.token_hex(16), _last(connection)
    row = {
        "seq": last.seq + 1,
        "at": engines.stamp(now),
        "kind": event.kind.value,
        "actor": _committed(salt, event.actor, event.about),
        "audience": event.audience,
        "subject": event.subject,
        "number": event.number,
        "place": event.place,
        "purpose": event.purpose,
        "previous": last.hash,
    }
    connection.execute(audit_event.insert(), {**row, "hash": _hash(row)})
    name = {"seq": last.seq + 1, "account": event.actor, "about": event.about, "salt": salt}
    connection.execute(audit_name.insert(), name)
    return last.seq + 1


def _last(connection: sa.Connection) -> Head:
    query = sa.select(audit_event.c.seq, audit_event.c.hash).order_by(audit_event.c.seq.desc())
    row = connection.execute(query.limit(1)).first()
    return Head(int(row.seq), str(row.hash)) if row else Head(0, _BEGINNING)


def _hash(row: dict[str, object]) -> str:
    content = [row[name] for name in (*_CHAINED, "previous")]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _committed(salt: str, actor: str, about: str) -> str:
    return hashlib.sha256(f"{salt}\n{actor}\n{about}".encode()).hexdigest()
