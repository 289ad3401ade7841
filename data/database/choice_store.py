"""What the holdings keep of choices: what waits and what is hidden in the release of a request."""

from collections.abc import Mapping

import pandas as pd
import sqlalchemy as sa

from data.database import engines, tables

Figure = tuple[str, str, str]  # codes of an indicator, a place and a period
KINDS = ("wait", "hide")
_FIGURE = ("indicator", "place_code", "period")


class ChoiceStore:
    """The choices in one programme's holdings."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use holdings whose schema is current."""
        self._engine = engine

    def put(self, request_id: int, chosen: Mapping[str, frozenset[Figure]], *, by: str) -> None:
        """Store what an account chose for a request, in place of an earlier choice.

        ``chosen`` has the figures by `KINDS`.
        """
        table = tables.release_choice
        more = {"request_id": request_id, "account": by, "chosen_at": engines.now()}
        rows = [
            {**more, "kind": kind, **dict(zip(_FIGURE, figure, strict=True))}
            for kind in KINDS
            for figure in sorted(chosen.get(kind, frozenset()))
        ]
        with engines.writing(self._engine) as connection:
            connection.execute(sa.delete(table).filter_by(request_id=request_id))
            if rows:
                connection.execute(table.insert(), rows)

    def get(self, request_id: int) -> dict[str, frozenset[Figure]]:
        """Return what is chosen for a request, by `KINDS`."""
        rows = self._rows(request_id)
        return {
            kind: frozenset(
                zip(*(rows.loc[rows["kind"].eq(kind), name] for name in _FIGURE), strict=True)
            )
            for kind in KINDS
        }

    def chosen_by(self, request_id: int) -> str:
        """Return the account that chose for a request; empty if nothing is chosen."""
        rows = self._rows(request_id)
        return str(rows["account"].iloc[0]) if len(rows) else ""

    def _rows(self, request_id: int) -> pd.DataFrame:
        query = sa.select(tables.release_choice).filter_by(request_id=request_id)
        with self._engine.connect() as connection:
            result = connection.execute(query)
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
