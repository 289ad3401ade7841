"""Keeps what somebody chooses for the release of a request, after checking each entry."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from data.accounts.audit_log import AuditLog, Event, EventKind
from data.disclosure.frozen_periods import is_within
from data.holdings import Holdings
from data.model import SimaError
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.reference.relations import Relations
from data.reference.unit_codes import COUNTRY
from data.release_making.inputs import ReleaseInputs
from data.release_making.release_choice import Choice
from data.release_making.waiting import changed_reports, find_reports
from data.release_making.withdrawal import NamedFigure

_MOST_NAMED = 10  # of the wrong entries
MEANWHILE_CHOSEN = (
    "Somebody chose meanwhile what waits or is hidden in this release. Review it again, then"
    " approve it."
)


@dataclass(frozen=True, slots=True)
class Chooser:
    """Keeps the choice for one request."""

    inputs: ReleaseInputs
    holdings: Holdings
    log: AuditLog
    relations: Relations

    def choose(
        self, *, by: str, wait: Sequence[NamedFigure], hide: Sequence[NamedFigure]
    ) -> Choice:
        """Store what waits and what is hidden, in place of an earlier choice, and return it.

        Nothing at all takes an earlier choice back.

        Raises
        ------
        SimaError
            Naming each wrong entry with its place and the remedy, the first ten of them; or if the
            request is decided.
        """
        number = self.inputs.request_id
        faults = [*self._faults_of_waiting(wait), *self._faults_of_hidden(hide)]
        if faults:
            more = len(faults) - _MOST_NAMED
            rest = f" And {more} more." if more > 0 else ""
            raise SimaError(" ".join(faults[:_MOST_NAMED]) + rest)
        choice = Choice(
            frozenset(each.figure for each in wait), frozenset(each.figure for each in hide)
        )
        event = Event(
            EventKind.RELEASE_ADJUSTED,
            by,
            self.inputs.audience.value,
            subject=digest_of(choice),
            number=number,
        )
        with self.holdings.alone():
            if self.holdings.request(number)["state"] != "asked":
                raise SimaError(f"Request {number} has already been decided.")
            with self.log.noting(event, datetime.now(UTC)):
                self.holdings.choices.put(number, {"wait": choice.wait, "hide": choice.hide}, by=by)
        return choice

    def _faults_of_waiting(self, named: Sequence[NamedFigure]) -> Iterator[str]:
        given = self.inputs
        changed = changed_reports(given)
        own = given.published.cells[given.audience]
        released = set(zip(own["indicator"], own["period"], strict=True))
        known = {*given.places.units.index, *given.places.sites.index}
        for each in named:
            indicator, place, period = each.figure
            if fault := _unknown(each, known):
                yield fault
            elif given.restates is not None and is_within(period, given.restates):
                if not find_reports(changed, [each.figure], self.relations):
                    yield (
                        f"{each.where}: there is no correction or late report of it, so nothing"
                        " can wait. Leave it out."
                    )
            elif (indicator, period) in released:
                yield (
                    f"{each.where}: {period} was released and this release does not change it."
                    " Leave it out."
                )
            elif place != COUNTRY:
                yield (
                    f"{each.where}: of a new period, the figures of all places wait together."
                    f" Write {COUNTRY} as the place."
                )

    def _faults_of_hidden(self, named: Sequence[NamedFigure]) -> Iterator[str]:
        known = set(self.inputs.places.units.index)
        return (fault for each in named if (fault := _unknown(each, known)))


def _unknown(named: NamedFigure, places: set[str]) -> str:
    """Return what is unknown in an entry, with the remedy; empty if nothing is."""
    indicator, place, period = named.figure
    if indicator not in load_indicators():
        return f"{named.where}: there is no indicator {indicator}. See: sima indicators list"
    if place not in places:
        return (
            f"{named.where}: there is no place with the code {place}. The sheet Codes of a template"
            " lists the codes."
        )
    try:
        calendar.parse_period(period)
    except ValueError:
        return (
            f"{named.where}: {period} is not a period. Write it as the release does, such as"
            " ad-2023-q4 or bs-2080."
        )
    return ""


def digest_of(choice: Choice) -> str:
    """Return the SHA-256 of a choice, by which the audit log knows it; empty for no choice."""
    if not choice:
        return ""
    listed = json.dumps([sorted(choice.wait), sorted(choice.hide)])
    return hashlib.sha256(listed.encode()).hexdigest()


def require_as_chosen(holdings: Holdings, request_id: int, choice: Choice) -> None:
    """Refuse a release that was made with another choice than the one that is kept."""
    if Choice(**holdings.choices.get(request_id)) != choice:
        raise SimaError(MEANWHILE_CHOSEN)


def require_other_person(holdings: Holdings, request_id: int, by: str) -> None:
    """Refuse the approval by whoever chose what waits; in a synthetic store it is allowed."""
    if not holdings.synthetic and holdings.choices.chosen_by(request_id) == by:
        raise SimaError("Another person must approve a release for which you chose what waits.")
