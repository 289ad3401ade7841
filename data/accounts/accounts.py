"""The access store: accounts, their roles and places, and how each gets a password.

An account belongs to an office, not to a person. It has a name, one role, and the places that it
may see; no postal address, e-mail or telephone number is stored.
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
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter or digit that looks like another
_WRONG_CODE = "This invitation code is wrong, already used or expired. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is now.

    ``scope`` is as in `data.reference.scope`; ``state`` is ``active``, ``invited`` or ``disabled``;
    ``needs_second`` is whether its role needs a second proof with a password.
    """

    name: str
    role: Role
    scope: Scope
    state: str
    needs_second: bool


class Accounts:
    """The accounts of one access store."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use an engine whose schema is current; see `create` and `open`."""
        self._engine = engine

    @property
    def engine(self) -> sa.Engine:
        """The store's engine: visits and the audit log are in the same store."""
        return self._engine

    @classmethod
    def create(cls, address: str) -> "Accounts":
        """Create the store if it is missing, and open it; a file is readable by its owner only."""
        if not engines.is_server(address):
            path = Path(address)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
        engine = engines.connect(address)
        engines.upgrade(engine, Store.ACCESS)
        return cls(engine)

    @classmethod
    def open(cls, address: str) -> "Accounts":
        """Open the store.

        Raises
        ------
        SimaError
            Where it is missing or has another version.
        """
        if not engines.is_server(address) and not Path(address).exists():
            raise SimaError("There are no accounts yet. Run: sima setup")
        engine = engines.connect(address)
        engines.require_current(engine, Store.ACCESS)
        return cls(engine)

    # ---- what an account may do

    def add(self, name: str, role: Role, places: Iterable[str] = ()) -> bool:
        """Add an account without a password; `invite` lets somebody choose one.

        Returns
        -------
        False where the account exists already; it stays unchanged.

        Raises
        ------
        SimaError
            Where the name is malformed or has another role, or the role cannot have a place.
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
        """Set an account's role and places, from its next request on.

        If the new role needs a second proof and the old one did not, the account's visits end.
        If it has set up no second proof, its password is removed too: it must be invited again.

        Raises
        ------
        SimaError
            For an unknown account, or a place that the role cannot have.
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
        """Set an account's places, from its next request on.

        Raises
        ------
        SimaError
            For an unknown account, or a place that its role cannot have.
        """
        held = require_places(self.get(name).role, places)
        with engines.writing(self._engine) as connection:
            _change(connection, name, scope=scope.scope_text(held))

    def disable(self, name: str) -> None:
        """Disable an account at once and end its visits; SimaError for an unknown one."""
        with engines.writing(self._engine) as connection:
            _change(connection, name, state="disabled")
            _end_visits(connection, name)

    def enable(self, name: str) -> None:
        """Let an account sign in again that was disabled or locked.

        An unused invitation stays valid until its own end.

        Raises
        ------
        SimaError
            For an unknown account.
        """
        with engines.writing(self._engine) as connection:
            row = _held(connection, name)
            values: dict[str, object] = {"wrong": 0, "wait_until": None}
            if row["state"] == "disabled":
                values["state"] = "invited" if row["invitation"] else "active"
            _change(connection, name, **values)

    def bind(self, name: str, issuer: str, subject: str) -> None:
        """Let an account sign in through a provider; only a hash of the identity is kept.

        Raises
        ------
        SimaError
            For an unknown account, or a sign-in that belongs to another account.
        """
        try:
            with engines.writing(self._engine) as connection:
                _change(connection, name, identity=identity_text(issuer, subject))
        except sa.exc.IntegrityError:
            raise SimaError(
                "This sign-in belongs to another account already. See: sima accounts list"
            ) from None

    def role(self, name: str) -> Role:
        """Return the role in which an account acts; SimaError if it is unknown or disabled."""
        found = self.get(name)
        if found.state == "disabled":
            raise SimaError(f"The account {name} is disabled. Run: sima accounts enable {name}")
        return found.role

    def get(self, name: str) -> Account:
        """Return an account; SimaError if it is unknown."""
        with self._engine.connect() as connection:
            return account_from_row(_held(connection, name))

    def signs_in(self, name: str) -> str:
        """Return how an account signs in: ``password``, ``provider``, both, or empty."""
        with self._engine.connect() as connection:
            return _signs_in(_held(connection, name))

    def find_by_identity(self, issuer: str, subject: str) -> Account | None:
        """Return the active account that a provider's sign-in belongs to, None if there is none."""
        query = sa.select(account).where(account.c.identity == identity_text(issuer, subject))
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        found = account_from_row(row) if row else None
        return found if found and found.state == "active" else None

    def list_accounts(self) -> pd.DataFrame:
        """Return all accounts in order of name.

        Columns ``account``, ``role``, ``created``, ``scope``, ``state``, ``signs_in``.
        """
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

    # ---- how it gets a password

    def invite(self, name: str, now: datetime) -> str:
        """Return a code with which somebody chooses the account's password, once, within 72 hours.

        This is a reset as well: the account's password, second proof and provider's sign-in are
        removed, and its visits end.

        Raises
        ------
        SimaError
            For an unknown account, or a disabled one: enabling it is a decision of its own.
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
        """Choose a password with an invitation code.

        Returns
        -------
        The key of the second proof where the role needs one; then `finish` completes it all.

        Raises
        ------
        SimaError
            For a code that is not valid, or a password that is easy to guess.
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
        """Complete an invitation with the first six-digit code.

        Returns
        -------
        False where the six digits are wrong.

        Raises
        ------
        SimaError
            For an invitation code that is not valid.
        """
        row = self._invited(name, code, now)
        if row["password"] is None or row["second_secret"] is None:
            raise SimaError(_WRONG_CODE)
        step = totp.find_step(str(row["second_secret"]), None, digits, now)
        if step is None:
            return False
        self._accepted(row, second_step=step)
        return True

    def enrolment(self, name: str, code: str, now: datetime) -> Enrolment:
        """Return the key of the second proof again, for an account that is being set up.

        Raises
        ------
        SimaError
            For an invitation code that is not valid.
        """
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
            # A visit that began during the reset must not become valid with it.
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
    """Change an account only if it is as it was read: of two with one code, one is refused."""
    names = ("account", "role", "state", "invitation", "second_secret")
    same = [account.c[name].is_not_distinct_from(row[name]) for name in names]
    if connection.execute(account.update().where(*same).values(**values)).rowcount != 1:
        raise SimaError(_WRONG_CODE)


def _end_visits(connection: sa.Connection, name: str) -> None:
    mine = (visit.c.account == name) & visit.c.ended.is_(None)
    connection.execute(visit.update().where(mine).values(ended=engines.now()))


def account_from_row(row: Any) -> Account:  # noqa: ANN401  # a row of the table
    """Return the account of a row of the table."""
    role = Role(row["role"])
    places = scope.read_scope(code for code in str(row["scope"]).split(",") if code)
    return Account(str(row["account"]), role, places, str(row["state"]), role in SECOND_PROOF)


def identity_text(issuer: str, subject: str) -> str:
    """Return the hash that is kept of a provider's name for somebody."""
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
    Role.DEPUTY: "A deputy needs palikas: five-digit codes from palikas.csv",
    Role.PLANNER: "A planner needs districts: three-digit codes from districts.csv, or NP for all",
}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def require_name(name: str) -> None:
    """Refuse a malformed account name; the SimaError says how one is written."""
    if not _NAME.fullmatch(name):
        raise SimaError(
            "Name an account after an office, with 2 to 40 of the characters a-z, 0-9, '.', '_'"
            " and '-', for example deputy-koshi."
        )


def require_places(role: Role, places: Iterable[str]) -> Scope:
    """Return the scope of some codes for a role.

    Raises
    ------
    SimaError
        Naming the place that the role cannot have.
    """
    held = scope.read_scope(places)
    if role not in _LEVEL:
        if held:
            raise SimaError(
                f"A {role} has no places; only deputies and planners have. Leave the places out."
            )
        return held
    level, units = _LEVEL[role], Gazetteer.load().units
    if role is Role.PLANNER and held == (COUNTRY,):
        return held
    for code in held:
        if code not in units.index or units.at[code, "admin_level"] != level:
            raise SimaError(f"{code}: {_PLACES[role]} (data/reference/gazetteer).")
    return held
