"""What the holdings keep of the project: states of its files, lists that grow, and changes.

A change and its effect are one transaction, so that it is whole or absent whatever happens.
"""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.database import engines, tables
from data.model import SimaError
from data.reference.project_files import ProjectFiles

Rows = Sequence[Mapping[str, Any]]


class ChangeKind(StrEnum):
    """The kinds of changes of a project."""

    SITES = "sites"
    SITE_CLOSED = "site_closed"
    ORGANISATIONS = "organisations"
    PLACE = "place"
    INDICATOR = "indicator"


class ProjectStore:
    """The tables of the project in one programme's holdings."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use holdings whose schema is current."""
        self._engine = engine

    def _frame(self, query: sa.Select[Any]) -> pd.DataFrame:
        with self._engine.connect() as connection:
            result = connection.execute(query)
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))

    # ---- states of the files

    def note_files(self, files: ProjectFiles) -> None:
        """Keep a state of the project's files, once."""
        table = tables.project
        with engines.writing(self._engine) as connection:
            held = sa.select(table.c.hash).where(table.c.hash == files.hash)
            if connection.execute(held).first() is None:
                row = {"hash": files.hash, "content": files.packed(), "noted_at": engines.now()}
                connection.execute(table.insert(), row)

    def packed_files(self, name: str) -> bytes:
        """Return a state of the project's files as a ZIP archive, by its hash.

        Raises
        ------
        SimaError
            If no release was made under it.
        """
        table = tables.project
        with self._engine.connect() as connection:
            content = connection.execute(
                sa.select(table.c.content).where(table.c.hash == name)
            ).scalar()
        if content is None:
            raise SimaError(f"No release was made under a project with the hash {name}.")
        return bytes(content)

    # ---- lists that grow

    def organisations(self) -> pd.DataFrame:
        """Return the organisations that were added: ``code``, ``name_en``, ``name_ne``."""
        return self._frame(sa.select(tables.organisation).order_by(tables.organisation.c.code))

    def places(self) -> pd.DataFrame:
        """Return the places that were added or ended: ``unit_code``, ``since``, ``until``."""
        table = tables.programme_place
        return self._frame(sa.select(table).order_by(table.c.unit_code))

    # ---- changes

    def changes(self) -> pd.DataFrame:
        """Return every change that was asked for, the newest first; ``content`` is a dict."""
        table = tables.project_change
        frame = self._frame(sa.select(table).order_by(table.c.change_id.desc()))
        return frame.assign(content=frame["content"].map(json.loads))

    def count_agreed(self) -> int:
        """Return how many changes have their effect; more of them are another state."""
        table = tables.project_change
        query = sa.select(sa.func.count()).where(table.c.state == "agreed")
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def ask(self, kind: ChangeKind, content: Mapping[str, Any], *, by: str) -> int:
        """Store a change that somebody asks for, and return its number."""
        with engines.writing(self._engine) as connection:
            return self._insert(connection, kind, content, by)

    def change_at_once(self, kind: ChangeKind, content: Mapping[str, Any], *, by: str) -> int:
        """Store a change with its effect, and return its number."""
        with engines.writing(self._engine) as connection:
            number = self._insert(connection, kind, content, by)
            self._settle(connection, number, "agreed", by)
            _apply(connection, kind, content)
        return number

    def agree(self, number: int, *, by: str) -> None:
        """Give a change its effect.

        Raises
        ------
        SimaError
            If there is no such change, or it was decided.
        """
        with engines.writing(self._engine) as connection:
            kind, content = self._asked(connection, number)
            self._settle(connection, number, "agreed", by)
            _apply(connection, kind, content)

    def decline(self, number: int, *, by: str) -> None:
        """Close a change without effect; errors as `agree`."""
        with engines.writing(self._engine) as connection:
            self._asked(connection, number)
            self._settle(connection, number, "declined", by)

    @staticmethod
    def _insert(
        connection: sa.Connection, kind: ChangeKind, content: Mapping[str, Any], by: str
    ) -> int:
        table = tables.project_change
        newest = connection.execute(sa.select(sa.func.max(table.c.change_id))).scalar()
        number = int(newest or 0) + 1
        row = {
            "change_id": number,
            "kind": kind.value,
            "content": json.dumps(content, ensure_ascii=False),
            "asked_by": by,
            "asked_at": engines.now(),
            "state": "asked",
        }
        connection.execute(table.insert(), row)
        return number

    @staticmethod
    def _asked(connection: sa.Connection, number: int) -> tuple[ChangeKind, dict[str, Any]]:
        table = tables.project_change
        row = connection.execute(sa.select(table).where(table.c.change_id == number)).first()
        if row is None:
            raise SimaError(f"There is no change {number}.")
        if row.state != "asked":
            raise SimaError(f"Change {number} has already been decided.")
        return ChangeKind(row.kind), json.loads(row.content)

    @staticmethod
    def _settle(connection: sa.Connection, number: int, state: str, by: str) -> None:
        table = tables.project_change
        change = sa.update(table).where(table.c.change_id == number)
        connection.execute(change.values(state=state, decided_by=by, decided_at=engines.now()))


def _apply(connection: sa.Connection, kind: ChangeKind, content: Mapping[str, Any]) -> None:
    """Write the effect of a change into the list that it is about.

    An indicator is a file of the project and has no effect here.
    """
    if kind is ChangeKind.SITES:
        _insert_new(connection, tables.site, "site_code", content["rows"])
    elif kind is ChangeKind.SITE_CLOSED:
        table = tables.site
        closed = sa.update(table).where(table.c.site_code == content["code"])
        connection.execute(closed.values(closed=content["on"]))
    elif kind is ChangeKind.ORGANISATIONS:
        _insert_new(connection, tables.organisation, "code", content["rows"])
    elif kind is ChangeKind.PLACE:
        table = tables.programme_place
        connection.execute(sa.delete(table).where(table.c.unit_code == content["unit_code"]))
        row = {key: content[key] for key in ("unit_code", "since", "until")}
        connection.execute(table.insert(), row)


def _insert_new(connection: sa.Connection, table: sa.Table, key: str, rows: Rows) -> None:
    held = set(connection.execute(sa.select(table.c[key])).scalars())
    new = [dict(row) for row in rows if row[key] not in held]
    if new:
        connection.execute(table.insert(), new)
