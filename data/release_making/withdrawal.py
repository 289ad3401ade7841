"""Withdraws a release, and keeps which of its figures must not be shown again.

Three stores take part, in this order: the holdings keep who withdraws and what is named, the
release store withdraws, the audit log notes it. The second step decides: what the holdings keep of
a release that is not withdrawn counts for nothing. A process that is ended after the second step
leaves an entry of the log missing; the next try writes it.
"""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from data.accounts.audit_log import AuditLog, Event, EventKind
from data.database import engines
from data.database.withdrawal_store import Figure, Withdrawal
from data.disclosure.withheld_figures import FIGURE_KEY
from data.holdings import Holdings
from data.model import Audience, SimaError, Status
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.release_making.writer import ReleaseWriter
from data.releases.reader import ReleaseReader

SHOWS_TOO_MUCH = "shows_too_much"  # the reason that names figures
LIST_COLUMNS = ("indicator", "place_code", "period")
_MOST_NAMED = 10  # of the wrong entries


@dataclass(frozen=True, slots=True)
class NamedFigure:
    """A figure that must not be shown again; ``where`` says where it was named, for messages."""

    figure: Figure
    where: str


def read_hide_options(texts: Iterable[str], option: str = "--hide") -> list[NamedFigure]:
    """Read figures as ``INDICATOR,PLACE,PERIOD``; SimaError if a text is none of that form.

    ``option`` is how they were given, for messages.
    """
    found = []
    for text in texts:
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != len(FIGURE_KEY) or not all(parts):
            raise SimaError(
                f"{option} {text}: write INDICATOR,PLACE,PERIOD, such as"
                " parents_members,31206,ad-2023-q4."
            )
        found.append(NamedFigure((parts[0], parts[1], parts[2]), f"{option} {text}"))
    return found


def read_hide_list(content: bytes, *, name: str) -> list[NamedFigure]:
    """Read figures from a CSV file with the columns `LIST_COLUMNS`, one figure a line.

    Parameters
    ----------
    content
        The file, in UTF-8.
    name
        What the file is called in messages.

    Raises
    ------
    SimaError
        Naming the file and the line.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise SimaError(f"{name} is not a CSV file in UTF-8. Save it as CSV UTF-8.") from wrong
    if "\0" in text:
        raise SimaError(f"{name} is not a CSV file in UTF-8. Save it as CSV UTF-8.")
    rows = csv.DictReader(io.StringIO(text), restkey="more", restval="")
    header = [each.strip() for each in rows.fieldnames or ()]
    if sorted(header) != sorted(LIST_COLUMNS):
        raise SimaError(f"{name}, line 1: the columns must be {', '.join(LIST_COLUMNS)}.")
    rows.fieldnames = header
    found = []
    for row in rows:
        where = f"{name}, line {rows.line_num}"
        if "more" in row or not all(row[key].strip() for key in LIST_COLUMNS):
            raise SimaError(f"{where}: the line needs a cell for each of {', '.join(header)}.")
        code, place, period = (row[key].strip() for key in LIST_COLUMNS)
        found.append(NamedFigure((code, place, period), where))
    if not found:
        raise SimaError(f"{name} names no figure.")
    return found


def require_shown(
    named: Sequence[NamedFigure], *, holdings: Holdings, reader: ReleaseReader, number: int
) -> list[Figure]:
    """Return the named figures, each once, if the release showed every one of them.

    Raises
    ------
    SimaError
        Naming each wrong entry with its place and the remedy, the first ten of them.
    """
    if not named:
        return []
    cells = reader.cells(number)
    shown = cells[cells["status"].eq(Status.PUBLISHED.value)]
    there = set(zip(*(shown[key] for key in FIGURE_KEY), strict=True))
    places = set(holdings.units().index)
    faults = [fault for each in named for fault in _faults(each, there, places, number)]
    if faults:
        more = len(faults) - _MOST_NAMED
        rest = f" And {more} more." if more > 0 else ""
        raise SimaError(" ".join(faults[:_MOST_NAMED]) + rest)
    return list(dict.fromkeys(each.figure for each in named))


def _faults(
    named: NamedFigure, there: Collection[Figure], places: Collection[str], number: int
) -> Iterator[str]:
    """Yield the first thing that is wrong with a named figure, if anything is."""
    indicator, place, period = named.figure
    if named.figure in there:
        return
    where = named.where
    if indicator not in load_indicators():
        yield f"{where}: there is no indicator {indicator}. See: sima indicators list"
    elif place not in places:
        yield (
            f"{where}: there is no place with the code {place}. The sheet Codes of a template lists"
            " the codes."
        )
    elif not _is_period(period):
        yield (
            f"{where}: {period} is not a period. Write it as the release does, such as ad-2023-q4"
            " or bs-2080."
        )
    else:
        yield (
            f"{where}: release {number} did not show this figure as a number or a class, so there"
            " is nothing to hide. Leave it out."
        )


def _is_period(code: str) -> bool:
    try:
        calendar.parse_period(code)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Withdrawer:
    """Withdraws the releases of one audience."""

    audience: Audience
    holdings: Holdings
    writer: ReleaseWriter
    log: AuditLog

    def withdraw(
        self, number: int, *, by: str, why: str, hide: Sequence[NamedFigure] = ()
    ) -> int | None:
        """Withdraw a release, and return the number of the one served now; None if there is none.

        If it is withdrawn already, figures that are named are added to it, and an entry that the
        audit log lacks is written.

        Parameters
        ----------
        by
            The account.
        why
            The reason, a code, or empty.
        hide
            Figures of the release that must not be shown again.

        Raises
        ------
        SimaError
            If there is no such release, it is withdrawn already and no new figure is named, or a
            figure is named that it did not show.
        """
        if hide and why != SHOWS_TOO_MUCH:
            raise SimaError(f"Figures are named with the reason {SHOWS_TOO_MUCH} only.")
        self._require_there(number)
        reader = self.writer.reader
        figures = require_shown(hide, holdings=self.holdings, reader=reader, number=number)
        mine = Withdrawal(self.audience, number, by, why, engines.now())
        with self.holdings.alone():
            withdrawn = self._is_withdrawn(number)
            if not withdrawn:
                self.holdings.withdrawals.put(mine, figures)
        if withdrawn:
            return self._complete(mine, figures)
        with self.holdings.alone():
            if self.holdings.withdrawals.get(self.audience, number) != mine:
                raise SimaError(
                    f"Another account is withdrawing {self.audience} release {number}. Look again"
                    " with: sima releases"
                )
            served = self.writer.withdraw(number)
        self._note(mine)
        return served

    def _require_there(self, number: int) -> None:
        if all(info.number != number for info in self.writer.reader.releases()):
            raise SimaError(f"There is no {self.audience} release {number} to withdraw.")

    def _is_withdrawn(self, number: int) -> bool:
        releases = self.writer.reader.releases()
        return any(info.number == number and info.state == "withdrawn" for info in releases)

    def _complete(self, mine: Withdrawal, figures: Sequence[Figure]) -> int | None:
        """Write the missing entry of a release that is withdrawn, and add figures to it."""
        number = mine.number
        store = self.holdings.withdrawals
        if not self.log.has(EventKind.RELEASE_WITHDRAWN, self.audience.value, number):
            self._note(store.get(self.audience, number) or mine)
        named = store.figures()
        own = named["audience"].eq(self.audience.value) & named["release_number"].eq(number)
        known = set(zip(*(named.loc[own, key] for key in FIGURE_KEY), strict=True))
        if set(figures) <= known:
            raise SimaError(f"The {self.audience} release {number} is withdrawn already.")
        event = Event(EventKind.FIGURES_WITHHELD, mine.account, self.audience.value, number=number)
        with self.log.noting(event, datetime.now(UTC)):
            store.add_figures(mine, figures)
        current = self.writer.reader.current()
        return current.number if current else None

    def _note(self, withdrawal: Withdrawal) -> None:
        event = Event(
            EventKind.RELEASE_WITHDRAWN,
            withdrawal.account,
            self.audience.value,
            number=withdrawal.number,
            purpose=withdrawal.reason,
        )
        self.log.note(event, datetime.now(UTC))
