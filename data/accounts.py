"""The access store: accounts, what each may do and see, and how it comes to a password.

An account is an office, not a person's file: a name, one role, the places it may see. No address of
a person, no e-mail and no telephone stands here.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyotp
import sqlalchemy as sa

from data import database, passwords, scope
from data.gazetteer import COUNTRY, Gazetteer
from data.model import AdminLevel, Role, SimaError
from data.scope import Scope
from data.tables import Store, account, visit

INVITED_FOR = timedelta(hours=72)
SECOND_PROOF = frozenset({Role.STEWARD, Role.APPROVER, Role.ADMINISTRATOR})
_LEVEL = {Role.DEPUTY: AdminLevel.PALIKA, Role.PLANNER: AdminLevel.DISTRICT}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_STEP_S = 30  # of a code of six digits
_WRONG_CODE = "This code of invitation does not work: it is wrong, used or over. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands: ``scope`` as `data.scope`, ``state`` active, invited or disabled."""

    name: str
    role: Role
    scope: Scope
    state: str
    needs_second: bool


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What sets up a second proof: the key, and the same as an address for a picture."""

    secret: str
    uri: str


class Accounts:
    """Accounts of one programme."""

    def __init__(self, engine: sa.Engine) -> None:
        """Take an engine whose schema is current; see `create` and `open`."""
        self._engine = engine

    @property
    def engine(self) -> sa.Engine:
        """The store, for visits and the log, which stand in it too."""
        return self._engine

    @classmethod
    def create(cls, address: str) -> "Accounts":
        """Create the store, or open it where it is there; a file is its owner's alone."""
        if not database.is_server(address):
            path = Path(address)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
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

    # ---- what an account may

    def add(self, name: str, role: Role, places: Iterable[str] = ()) -> None:
        """Add an account that has no password yet; `invite` lets somebody choose one.

        Raises
        ------
        SimaError
            Where the name is not well formed or taken by another role, or a place is not one that
            the role can have.
        """
        _require_name(name)
        held = _require_places(role, places)
        with database.writing(self._engine) as connection:
            other = connection.execute(sa.select(account.c.role).filter_by(account=name)).scalar()
            if other is not None and other != role:
                raise SimaError(f"The account {name} exists already, as {other}.")
            if other is None:
                row = {
                    "account": name,
                    "role": role.value,
                    "created": database.now(),
                    "scope": scope.told(held),
                }
                connection.execute(account.insert(), row)

    def set_role(self, name: str, role: Role, places: Iterable[str] = ()) -> None:
        """Give an account another role and its places; takes effect at its next request."""
        held = _require_places(role, places)
        self._change(name, role=role.value, scope=scope.told(held))
        if role in SECOND_PROOF and self._row(name)["second_secret"] is None:
            self._change(name, password=None)  # it must be invited anew, with a second proof

    def set_scope(self, name: str, places: Iterable[str]) -> None:
        """Give an account other places; takes effect at its next request."""
        role = self.role(name)
        self._change(name, scope=scope.told(_require_places(role, places)))

    def disable(self, name: str) -> None:
        """Let an account do nothing any more, at once."""
        self._change(name, state="disabled")
        self._end_visits(name)

    def enable(self, name: str) -> None:
        """Let a disabled account sign in again."""
        self._change(name, state="active", wrong=0, wait_until=None)

    def bind(self, name: str, issuer: str, subject: str) -> None:
        """Let an account sign in with an organisation's provider, of whom only a hash is kept."""
        try:
            self._change(name, identity=identity(issuer, subject))
        except sa.exc.IntegrityError:
            raise SimaError("This sign-in belongs to another account already.") from None

    def role(self, name: str) -> Role:
        """Give an account's role; SimaError for an unknown account."""
        return Role(self._row(name)["role"])

    def get(self, name: str) -> Account:
        """Give an account; SimaError for an unknown one."""
        return made(self._row(name))

    def of_identity(self, issuer: str, subject: str) -> Account | None:
        """Give the active account that a provider's sign-in belongs to."""
        query = sa.select(account).where(account.c.identity == identity(issuer, subject))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        found = made(row) if row else None
        return found if found and found.state == "active" else None

    def listed(self) -> pd.DataFrame:
        """Every account: ``account``, ``role``, ``created``, ``scope``, ``state``, ``signs_in``."""
        query = sa.select(account).order_by(account.c.account)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        names = ["account", "role", "created", "scope", "state", "signs_in"]
        return pd.DataFrame(
            [{**{n: row[n] for n in names[:5]}, "signs_in": _signs_in(row)} for row in rows],
            columns=names,
        )

    # ---- how it comes to a password

    def invite(self, name: str, now: datetime) -> str:
        """Give a code with which somebody chooses the account's password, once, within 72 hours.

        What the account had before, password and second proof, opens nothing any more, and its
        visits end: so it is a reset as well.
        """
        self.get(name)
        groups = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(5)) for _ in range(4))
        code = "-".join(groups)
        self._change(
            name,
            state="invited",
            password=None,
            second_secret=None,
            second_step=None,
            invitation=_hashed(code),
            invited_until=database.stamp(now + INVITED_FOR),
            wrong=0,
            wait_until=None,
        )
        self._end_visits(name)
        return code

    def accept(self, name: str, code: str, password: str, now: datetime) -> Enrolment | None:
        """Choose a password with a code of invitation.

        Gives what sets up the second proof where the role needs one: then `finish` ends it.

        Raises
        ------
        SimaError
            For a code that does not work, or a password that is easily guessed.
        """
        row = self._invited(name, code, now)
        passwords.require_good(password, name=str(row["account"]))
        stored = passwords.made(password)
        if Role(row["role"]) not in SECOND_PROOF:
            self._change(
                row["account"], password=stored, state="active", invitation=None, invited_until=None
            )
            return None
        secret = pyotp.random_base32()
        self._change(row["account"], password=stored, second_secret=secret)
        return _enrolment(str(row["account"]), secret)

    def finish(self, name: str, code: str, digits: str, now: datetime) -> bool:
        """End an invitation with the first code of six digits; False where it is wrong."""
        row = self._invited(name, code, now)
        if row["password"] is None or row["second_secret"] is None:
            raise SimaError(_WRONG_CODE)
        step = step_of(str(row["second_secret"]), None, digits, now)
        if step is None:
            return False
        self._change(
            row["account"], state="active", second_step=step, invitation=None, invited_until=None
        )
        return True

    def enrolment(self, name: str, code: str, now: datetime) -> Enrolment:
        """Give again what sets up the second proof of an account that was invited."""
        row = self._invited(name, code, now)
        if row["second_secret"] is None:
            raise SimaError(_WRONG_CODE)
        return _enrolment(str(row["account"]), str(row["second_secret"]))

    def _invited(self, name: str, code: str, now: datetime) -> Any:  # noqa: ANN401  # a row
        with self._engine.connect() as connection:
            query = sa.select(account).where(account.c.account == name.strip().casefold())
            row = connection.execute(query).mappings().first()
        good = (
            row is not None
            and row["state"] == "invited"
            and row["invitation"] is not None
            and hmac.compare_digest(row["invitation"], _hashed(code))
            and database.stamp(now) <= str(row["invited_until"])
        )
        if not good:
            raise SimaError(_WRONG_CODE)
        return row

    # ----

    def _row(self, name: str) -> Any:  # noqa: ANN401  # a row
        with self._engine.connect() as connection:
            query = sa.select(account).where(account.c.account == name)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise SimaError(f"There is no account {name}. See: sima accounts list")
        return row

    def _change(self, name: str, **values: object) -> None:
        with database.writing(self._engine) as connection:
            change = account.update().where(account.c.account == name).values(**values)
            if connection.execute(change).rowcount != 1:
                raise SimaError(f"There is no account {name}. See: sima accounts list")

    def _end_visits(self, name: str) -> None:
        with database.writing(self._engine) as connection:
            mine = (visit.c.account == name) & visit.c.ended.is_(None)
            connection.execute(visit.update().where(mine).values(ended=database.now()))


def made(row: Any) -> Account:  # noqa: ANN401  # a row of the table
    """Make an account of its row."""
    role = Role(row["role"])
    places = scope.read(code for code in str(row["scope"]).split(",") if code)
    return Account(str(row["account"]), role, places, str(row["state"]), role in SECOND_PROOF)


def _enrolment(name: str, secret: str) -> Enrolment:
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Sima"))


def identity(issuer: str, subject: str) -> str:
    """Give what is kept of a provider's name for somebody."""
    return _hashed(f"{issuer.rstrip('/')}\n{subject}")


def step_of(secret: str, last: int | None, digits: str, now: datetime) -> int | None:
    """Give the half minute that a code of six digits is of, None where it is wrong or was used.

    One half minute before and after now is taken, for clocks that differ (RFC 6238, 5.2); ``last``
    is the newest that was used: no code works twice.
    """
    plain = digits.replace(" ", "")
    if not (plain.isascii() and plain.isdecimal()):
        return None
    current = int(now.timestamp()) // _STEP_S
    for step in (current - 1, current, current + 1):
        right = pyotp.TOTP(secret).generate_otp(step)
        if hmac.compare_digest(right, plain) and (last is None or step > last):
            return step
    return None


def _signs_in(row: Any) -> str:  # noqa: ANN401  # a row
    ways = {"password": row["password"], "provider": row["identity"]}
    return " ".join(way for way, there in ways.items() if there) or "not yet"


def _hashed(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SimaError(
            "The name of an account is an office: 2 to 40 of a-z, 0-9, '.', '_' and '-', as in"
            " deputy-koshi."
        )


def _require_places(role: Role, places: Iterable[str]) -> Scope:
    held = scope.read(places)
    if role not in _LEVEL:
        if held:
            raise SimaError(f"A {role} has no places: only deputies and planners do.")
        return held
    level, units = _LEVEL[role], Gazetteer.load().units
    if role is Role.PLANNER and held == (COUNTRY,):
        return held
    for code in held:
        if code not in units.index or units.at[code, "admin_level"] != level:
            wanted = level.name.lower()
            raise SimaError(f"{code} is not the code of a {wanted}. See data/reference/gazetteer.")
    return held
