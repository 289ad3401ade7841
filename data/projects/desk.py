"""Where a project is changed: by a command at once, or on a page by two accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.database.project_store import ChangeKind
from data.holdings import Holdings
from data.model import Role, SimaError
from data.projects import changes, site_list
from data.projects.changes import Change
from data.reference.gazetteer import Gazetteer

MAY_CHANGE = frozenset({Role.STEWARD, Role.APPROVER})
_EVENTS = {
    ChangeKind.SITES: EventKind.SITES_ADDED,
    ChangeKind.SITE_CLOSED: EventKind.SITE_CLOSED,
    ChangeKind.ORGANISATIONS: EventKind.ORGANISATIONS_ADDED,
    ChangeKind.PLACE: EventKind.PROGRAMME_CHANGED,
    ChangeKind.INDICATOR: EventKind.INDICATOR_ADDED,
}


@dataclass(frozen=True, slots=True)
class ProjectDesk:
    """Changes the project of one programme.

    ``gazetteer`` returns the programme's own, `staging.gazetteer_of`. ``folder`` is the project's.
    """

    holdings: Holdings
    accounts: Accounts
    folder: Path
    gazetteer: Callable[[], Gazetteer]

    # ---- what can be changed

    def new_sites(self, content: bytes, *, name: str) -> Change:
        """Check a list of booths; see `changes.new_sites`."""
        gazetteer = self.gazetteer()
        return changes.new_sites(content, name=name, gazetteer=gazetteer, holdings=self.holdings)

    def closing(self, code: str, *, on: date) -> Change:
        """Check the closing of a booth; see `changes.closing`."""
        return changes.closing(code, on=on, holdings=self.holdings)

    def new_organisations(self, content: bytes, *, name: str) -> Change:
        """Check a list of organisations; see `changes.new_organisations`."""
        return changes.new_organisations(content, name=name, holdings=self.holdings)

    def place_added(self, code: str, *, since: date) -> Change:
        """Check a place that joins the programme; see `changes.place_added`."""
        return changes.place_added(code, since=since, holdings=self.holdings)

    def place_ended(self, code: str, *, on: date) -> Change:
        """Check the end of a place; see `changes.place_ended`."""
        return changes.place_ended(code, on=on, holdings=self.holdings)

    def new_indicator(self, text: str) -> Change:
        """Check an indicator; see `changes.new_indicator`."""
        return changes.new_indicator(text, project=self.folder)

    # ---- by a command

    def make(self, change: Change, *, by: str) -> int | None:
        """Make a change at once, and return its number; None if everything was there already.

        Raises
        ------
        SimaError
            If the account may not change the project.
        """
        self._require(by)
        if not change.codes:
            return None
        if change.kind is ChangeKind.INDICATOR:
            changes.write_indicator(change.content["toml"], project=self.folder)
        number = self.holdings.project.change_at_once(change.kind, change.content, by=by)
        self._note(_EVENTS[change.kind], by, number, change.place)
        return number

    # ---- on a page, by two accounts

    def ask(self, change: Change, *, by: str) -> int:
        """Ask for a change, and return its number; another account must agree.

        Raises
        ------
        SimaError
            If the account may not change the project, or everything is there already.
        """
        self._require(by)
        if not change.codes:
            raise SimaError("This is known already. Nothing would change.")
        number = self.holdings.project.ask(change.kind, change.content, by=by)
        self._note(EventKind.CHANGE_ASKED, by, number, change.place)
        return number

    def list_changes(self) -> pd.DataFrame:
        """Return every change that was asked for or made, see `ProjectStore.changes`."""
        return self.holdings.project.changes()

    def recheck(self, number: int) -> Change:
        """Check a change that was asked for against the project as it is now.

        Raises
        ------
        SimaError
            If there is no such change, or it can no longer be made.
        """
        content = dict(self._change(number)["content"])
        match ChangeKind(str(self._change(number)["kind"])):
            case ChangeKind.SITES:
                return self.new_sites(site_list.as_csv(content["rows"]), name="the list")
            case ChangeKind.SITE_CLOSED:
                return self.closing(content["code"], on=date.fromisoformat(content["on"]))
            case ChangeKind.ORGANISATIONS:
                rows = pd.DataFrame(content["rows"]).assign(synthetic=self.holdings.synthetic)
                return self.new_organisations(rows.to_csv(index=False).encode(), name="the list")
            case ChangeKind.PLACE if content["until"]:
                day = date.fromisoformat(content["until"])
                return self.place_ended(content["unit_code"], on=day)
            case ChangeKind.PLACE:
                day = date.fromisoformat(content["since"])
                return self.place_added(content["unit_code"], since=day)
            case ChangeKind.INDICATOR:
                return self.new_indicator(content["toml"])

    def agree(self, number: int, *, by: str) -> None:
        """Make a change that another account asked for.

        Raises
        ------
        SimaError
            If the account may not change the project or asked for it itself, or the change was
            decided or can no longer be made.
        """
        self._require(by)
        asked = self._change(number)
        if asked["state"] != "asked":
            raise SimaError(f"Change {number} has already been decided.")
        if asked["asked_by"] == by:
            raise SimaError("Another account must agree to your own change.")
        change = self.recheck(number)
        if change.kind is ChangeKind.INDICATOR:
            # Written first: if the process is killed here, agreeing again finds it and goes on.
            changes.write_indicator(change.content["toml"], project=self.folder)
        self.holdings.project.agree(number, by=by)
        self._note(_EVENTS[change.kind], by, number, change.place)

    def decline(self, number: int, *, by: str) -> None:
        """Close a change without effect; whoever asked for it may, too.

        Raises
        ------
        SimaError
            If the account may not change the project, or the change was decided.
        """
        self._require(by)
        self.holdings.project.decline(number, by=by)
        self._note(EventKind.CHANGE_DECLINED, by, number, "")

    def _change(self, number: int) -> dict[str, Any]:
        every = self.list_changes()
        found = every[every["change_id"].eq(number)]
        if found.empty:
            raise SimaError(f"There is no change {number}.")
        return {str(key): value for key, value in found.iloc[0].items()}

    def _require(self, account: str) -> None:
        role = self.accounts.role(account)
        if role not in MAY_CHANGE:
            allowed = ", ".join(sorted(each.value for each in MAY_CHANGE))
            raise SimaError(
                f"The account {account} has the role {role}; this needs one of: {allowed}."
            )

    def _note(self, kind: EventKind, by: str, number: int, place: str) -> None:
        event = Event(kind, by, number=number, place=place)
        AuditLog(self.accounts.engine).note(event, datetime.now(UTC))
