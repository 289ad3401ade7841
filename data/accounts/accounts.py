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
import sqlalchemy as sa

from data.accounts import passwords, totp
from data.accounts.totp import Enrolment
from data.database import engines
from data.database.tables import Store, account, visit
from data.model import AdminLevel, Role, SimaError
from data.reference import scope
from data.reference.gazetteer import Gazetteer
from data.reference.scope import Scope
from data.reference.unit_codes import COUNTRY

INVITED_FOR = timedelta(hours=72)
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_WRONG_CODE = "This invitation code is wrong, already used or expired. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it stands.

    ``scope`` as in `data.reference.scope`; ``state`` is active, invited or disabled.
    """

    name: str
    role: Role
    scope: Scope
    state: str
    needs_second: bool


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
        if not engines.is_server(address):
            path = Path(address)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        engine = engines.connect(address)
        engines.upgrade(engine, Store.ACCESS)
        return cls(engine)

    @classmethod
    def open(cls, address: str) -> "Accounts":
        """Open the store; SimaError where it is missing or of another version."""
        if not engines.is_server(address) and not Path(address).exists():
            raise SimaError("There are no accounts yet. Run: sima setup")
        engine = engines.connect(address)
        engines.require_current(engine, Store.ACCESS)
        return cls(engine)

    # ---- what an account may

    def add(self, name: str, role: Role, places: Iterable[str] = ()) -> bool:
        """Add an account that has no password yet; `invite` lets somebody choose one.

        False where it is there already: then it stays as it is.

        Raises
        ------
        SimaError
            Where the name is not well formed or taken by another role, or a place is not one that
            the role can have.
        """
        require_name(name)
        held = require_places(role, places)
        with engines.writing(self._engine) as connection:
            other = connection.execute(sa.select(account.c.role).filter_by(account=name)).scalar()
            if other is not None and other != role:
                raise SimaError(f"The account {name} exists already, as {other}.")
            if other is None:
                row = {
                    "account": name,
                    "role": role.value,
                    "created": engines.now(),
                    "scope": scope.scope_text(held),
                }
                connection.execute(account.insert(), row)
        return other is None

    def set_role(self, name: str, role: Role, places: Iterable[str] = ()) -> None:
        """Give an account another role and its places; takes effect at its next request.

        A role that needs a second proof is not had by a visit that began without one: it ends.
        An account that has no second proof must be invited anew.
        """
        held = require_places(role, places)
        with engines.writing(self._engine) as connection:
            row = _held(connection, name)
            values: dict[str, object] = {"role": role.value, "scope": scope.scope_text(held)}
            if role in SECOND_PROOF and Role(row["role"]) not in SECOND_PROOF:
                _end_visits(connection, name)
                if row["second_secret"] is None:
                    values["password"] = None
            _change(connection, name, **values)

    def set_scope(self, name: str, places: Iterable[str]) -> None:
        """Give an account other places; takes effect at its next request."""
        held = require_places(self.get(name).role, places)
        with engines.writing(self._engine) as connection:
            _change(connection, name, scope=scope.scope_text(held))

    def disable(self, name: str) -> None:
        """Let an account do nothing any more, at once."""
        with engines.writing(self._engine) as connection:
            _change(connection, name, state="disabled")
            _end_visits(connection, name)

    def enable(self, name: str) -> None:
        """Let an account sign in again that was disabled or locked out.

        An invitation that was not used yet is good for as long as it was.
        """
        with engines.writing(self._engine) as connection:
            row = _held(connection, name)
            values: dict[str, object] = {"wrong": 0, "wait_until": None}
            if row["state"] == "disabled":
                values["state"] = "invited" if row["invitation"] else "active"
            _change(connection, name, **values)

    def bind(self, name: str, issuer: str, subject: str) -> None:
        """Let an account sign in with an organisation's provider, of whom only a hash is kept."""
        try:
            with engines.writing(self._engine) as connection:
                _change(connection, name, identity=identity_text(issuer, subject))
        except sa.exc.IntegrityError:
            raise SimaError("This sign-in belongs to another account already.") from None

    def role(self, name: str) -> Role:
        """Give the role an account acts in; SimaError for an unknown or a disabled one."""
        found = self.get(name)
        if found.state == "disabled":
            raise SimaError(f"The account {name} is disabled. See: sima accounts list")
        return found.role

    def get(self, name: str) -> Account:
        """Give an account; SimaError for an unknown one."""
        with self._engine.connect() as connection:
            return account_from_row(_held(connection, name))

    def signs_in(self, name: str) -> str:
        """Say how an account signs in, ``password``, ``provider`` or both; empty for not yet."""
        with self._engine.connect() as connection:
            return _signs_in(_held(connection, name))

    def find_by_identity(self, issuer: str, subject: str) -> Account | None:
        """Give the active account that a provider's sign-in belongs to."""
        query = sa.select(account).where(account.c.identity == identity_text(issuer, subject))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        found = account_from_row(row) if row else None
        return found if found and found.state == "active" else None

    def list_accounts(self) -> pd.DataFrame:
        """Every account: ``account``, ``role``, ``created``, ``scope``, ``state``, ``signs_in``."""
        query = sa.select(account).order_by(account.c.account)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        names = ["account", "role", "created", "scope", "state", "signs_in"]
        return pd.DataFrame(
            [
                {**{n: row[n] for n in names[:5]}, "signs_in": _signs_in(row) or "not yet"}
                for row in rows
            ],
            columns=names,
        )

    # ---- how it comes to a password

    def invite(self, name: str, now: datetime) -> str:
        """Give a code with which somebody chooses the account's password, once, within 72 hours.

        What opened the account before, password, second proof and a provider's sign-in, opens
        nothing any more, and its visits end: so it is a reset as well.

        Raises
        ------
        SimaError
            For an unknown account, and a disabled one: enabling it is a decision of its own.
        """
        groups = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(5)) for _ in range(4))
        code = "-".join(groups)
        with engines.writing(self._engine) as connection:
            if _held(connection, name)["state"] == "disabled":
                raise SimaError(f"{name} is disabled. First run: sima accounts enable {name}")
            _change(
                connection,
                name,
                state="invited",
                password=None,
                second_secret=None,
                second_step=None,
                identity=None,
                invitation=_hashed(code),
                invited_until=engines.stamp(now + INVITED_FOR),
                wrong=0,
                wait_until=None,
            )
            _end_visits(connection, name)
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
        stored = passwords.hash_password(password)
        if Role(row["role"]) not in SECOND_PROOF:
            self._accepted(row, password=stored)
            return None
        secret = totp.make_secret()
        with engines.writing(self._engine) as connection:
            _change_invited(connection, row, password=stored, second_secret=secret)
        return totp.build_enrolment(str(row["account"]), secret)

    def finish(self, name: str, code: str, digits: str, now: datetime) -> bool:
        """End an invitation with the first code of six digits; False where it is wrong."""
        row = self._invited(name, code, now)
        if row["password"] is None or row["second_secret"] is None:
            raise SimaError(_WRONG_CODE)
        step = totp.find_step(str(row["second_secret"]), None, digits, now)
        if step is None:
            return False
        self._accepted(row, second_step=step)
        return True

    def enrolment(self, name: str, code: str, now: datetime) -> Enrolment:
        """Give again what sets up the second proof of an account that was invited."""
        row = self._invited(name, code, now)
        if row["second_secret"] is None:
            raise SimaError(_WRONG_CODE)
        return totp.build_enrolment(str(row["account"]), str(row["second_secret"]))

    def _invited(self, name: str, code: str, now: datetime) -> Any:  # noqa: ANN401  # a row
        with self._engine.connect() as connection:
            query = sa.select(account).where(account.c.account == name.strip().casefold())
            row = connection.execute(query).mappings().first()
        good = (
            row is not None
            and row["state"] == "invited"
            and row["invitation"] is not None
            and hmac.compare_digest(row["invitation"], _hashed(code))
            and engines.stamp(now) <= str(row["invited_until"])
        )
        if not good:
            raise SimaError(_WRONG_CODE)
        return row

    def _accepted(self, row: Any, **values: object) -> None:  # noqa: ANN401  # a row
        over = {"state": "active", "invitation": None, "invited_until": None}
        with engines.writing(self._engine) as connection:
            _change_invited(connection, row, **over, **values)
            # One that began while the account was being reset must not come alive with it.
            _end_visits(connection, str(row["account"]))


def _held(connection: sa.Connection, name: str) -> Any:  # noqa: ANN401  # a row
    row = connection.execute(sa.select(account).filter_by(account=name)).mappings().first()
    if row is None:
        raise SimaError(f"There is no account {name}. See: sima accounts list")
    return row


def _change(connection: sa.Connection, name: str, **values: object) -> None:
    change = account.update().where(account.c.account == name).values(**values)
    if connection.execute(change).rowcount != 1:
        raise SimaError(f"There is no account {name}. See: sima accounts list")


def _change_invited(connection: sa.Connection, row: Any, **values: object) -> None:  # noqa: ANN401
    """Change an account only while it is as it was read: of two with one code, one is refused."""
    names = ("account", "role", "state", "invitation", "second_secret")
    same = [account.c[name].is_not_distinct_from(row[name]) for name in names]
    if connection.execute(account.update().where(*same).values(**values)).rowcount != 1:
        raise SimaError(_WRONG_CODE)


def _end_visits(connection: sa.Connection, name: str) -> None:
    mine = (visit.c.account == name) & visit.c.ended.is_(None)
    connection.execute(visit.update().where(mine).values(ended=engines.now()))


def account_from_row(row: Any) -> Account:  # noqa: ANN401  # a row of the table
    """Make an account of its row."""
    role = Role(row["role"])
    places = scope.read_scope(code for code in str(row["scope"]).split(",") if code)
    return Account(str(row["account"]), role, places, str(row["state"]), role in SECOND_PROOF)


def identity_text(issuer: str, subject: str) -> str:
    """Give what is kept of a provider's name for somebody."""
    return _hashed(f"{issuer.rstrip('/')}\n{subject}")


def _signs_in(row: Any) -> str:  # noqa: ANN401  # a row
    ways = {"password": row["password"], "provider": row["identity"]}
    return " ".join(way for way, there in ways.items() if there)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()


# Roles that show a second proof when they sign in with a password.
SECOND_PROOF = frozenset({Role.STEWARD, Role.APPROVER, Role.ADMINISTRATOR})
_LEVEL = {Role.DEPUTY: AdminLevel.PALIKA, Role.PLANNER: AdminLevel.DISTRICT}
_PLACES = {
    Role.DEPUTY: "A deputy has palikas: codes of five digits, as in palikas.csv",
    Role.PLANNER: "A planner has districts: codes of three digits, as in districts.csv; NP for all",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def require_name(name: str) -> None:
    """Refuse a name that is not an office's: SimaError, saying how one is written."""
    if not _NAME.fullmatch(name):
        raise SimaError(
            "The name of an account is an office: 2 to 40 of a-z, 0-9, '.', '_' and '-', as in"
            " deputy-koshi."
        )


def require_places(role: Role, places: Iterable[str]) -> Scope:
    """Give a role's scope of codes; SimaError naming the one that the role cannot have."""
    held = scope.read_scope(places)
    if role not in _LEVEL:
        if held:
            raise SimaError(f"A {role} has no places: only deputies and planners do.")
        return held
    level, units = _LEVEL[role], Gazetteer.load().units
    if role is Role.PLANNER and held == (COUNTRY,):
        return held
    for code in held:
        if code not in units.index or units.at[code, "admin_level"] != level:
            raise SimaError(f"{code}: {_PLACES[role]} (data/reference/gazetteer).")
    return held
