"""What the holdings keep of withdrawals: who withdrew a release, why, and which figures it named.

It is written before the release itself is withdrawn, in another store. What is kept of a release
that is not withdrawn is the trace of a process that was ended between: it counts for nothing, and
the next try replaces it.
"""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from data.database import engines, tables
from data.model import Audience

FIGURE_KEY = ["indicator", "unit_code", "period"]
Figure = tuple[str, str, str]  # codes of an indicator, a unit and a period


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who withdraws a release; ``reason`` is a code, or empty."""

    audience: Audience
    number: int
    account: str
    reason: str
    at: str


class WithdrawalStore:
    """The tables of withdrawals in one programme's holdings."""

    def __init__(self, engine: sa.Engine) -> None:
        """Use holdings whose schema is current."""
        self._engine = engine

    def put(self, withdrawal: Withdrawal, figures: Collection[Figure]) -> None:
        """Store a withdrawal with the figures that it names, in place of an earlier try."""
        key = {"audience": withdrawal.audience.value, "release_number": withdrawal.number}
        row = {
            **key,
            "account": withdrawal.account,
            "reason": withdrawal.reason,
            "withdrawn_at": withdrawal.at,
        }
        with engines.writing(self._engine) as connection:
            for table in (tables.withheld_figure, tables.withdrawal):
                connection.execute(sa.delete(table).filter_by(**key))
            connection.execute(tables.withdrawal.insert(), row)
            self._insert(connection, withdrawal, figures)

    def add_figures(self, withdrawal: Withdrawal, figures: Collection[Figure]) -> int:
        """Name more figures of a withdrawal, all or none, and return how many are new.

        The account and the time are those of ``withdrawal``. A release that was withdrawn before
        withdrawals were kept gets one.
        """
        key = {"audience": withdrawal.audience.value, "release_number": withdrawal.number}
        with engines.writing(self._engine) as connection:
            if self.get(withdrawal.audience, withdrawal.number) is None:
                row = {"reason": withdrawal.reason, "withdrawn_at": withdrawal.at}
                connection.execute(
                    tables.withdrawal.insert(), {**key, **row, "account": withdrawal.account}
                )
            table = tables.withheld_figure
            named = sa.select(*(table.c[name] for name in FIGURE_KEY)).filter_by(**key)
            known = {tuple(row) for row in connection.execute(named)}
            more = [each for each in dict.fromkeys(figures) if each not in known]
            self._insert(connection, withdrawal, more)
        return len(more)

    @staticmethod
    def _insert(
        connection: sa.Connection, withdrawal: Withdrawal, figures: Collection[Figure]
    ) -> None:
        rows = [
            {
                "audience": withdrawal.audience.value,
                "release_number": withdrawal.number,
                **dict(zip(FIGURE_KEY, figure, strict=True)),
                "account": withdrawal.account,
                "named_at": withdrawal.at,
            }
            for figure in dict.fromkeys(figures)
        ]
        if rows:
            connection.execute(tables.withheld_figure.insert(), rows)

    def get(self, audience: Audience, number: int) -> Withdrawal | None:
        """Return what is kept of the withdrawal of a release; None if there is nothing."""
        table = tables.withdrawal
        query = sa.select(table).filter_by(audience=audience.value, release_number=number)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return Withdrawal(audience, number, row["account"], row["reason"], row["withdrawn_at"])

    def figures(self) -> pd.DataFrame:
        """Return every figure that was named.

        Columns ``audience``, ``release_number``, ``indicator``, ``unit_code``, ``period``,
        ``account``, ``named_at``; also of releases that are not withdrawn.
        """
        with self._engine.connect() as connection:
            result = connection.execute(sa.select(tables.withheld_figure))
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
