"""The audit log in words."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from data.accounts.audit_log import EventKind
from data.model import Audience


def kinds() -> dict[str, str]:
    """Return the names of the kinds of entries."""
    return {
        EventKind.SIGNED_IN: _("Signed in"),
        EventKind.SIGNED_OUT: _("Signed out"),
        EventKind.SIGN_IN_REFUSED: _("Sign-in refused"),
        EventKind.PURPOSE_SAID: _("Stated a purpose"),
        EventKind.VIEWED: _("Opened"),
        EventKind.EXPORTED: _("Downloaded"),
        EventKind.RELEASE_REQUESTED: _("Requested a release"),
        EventKind.RELEASE_ADJUSTED: _("Chose what waits in a release"),
        EventKind.RELEASE_APPROVED: _("Approved a release"),
        EventKind.RELEASE_DECLINED: _("Declined a release"),
        EventKind.RELEASE_WITHDRAWN: _("Withdrew a release"),
        EventKind.FIGURES_WITHHELD: _("Named figures that stay hidden"),
        EventKind.POLICY_AGREED: _("Agreed to less protection"),
        EventKind.SITES_ADDED: _("Added booths"),
        EventKind.SITE_CLOSED: _("Closed a booth"),
        EventKind.ORGANISATIONS_ADDED: _("Added organisations"),
        EventKind.PROGRAMME_CHANGED: _("Changed the places of the programme"),
        EventKind.INDICATOR_ADDED: _("Added an indicator"),
        EventKind.CHANGE_ASKED: _("Asked for a change of the project"),
        EventKind.CHANGE_DECLINED: _("Declined a change of the project"),
        EventKind.ACCOUNT_INVITED: _("Invited an account"),
        EventKind.ACCOUNT_RESET: _("Reset an account"),
        EventKind.ACCOUNT_ACCEPTED: _("Chose a password"),
        EventKind.ACCOUNT_CHANGED: _("Changed an account"),
        EventKind.NAMES_REMOVED: _("Removed old names"),
    }


def table(entries: pd.DataFrame) -> pd.DataFrame:
    """Return entries of the log for a reader; ``entries`` is as `AuditLog.listed` returns it."""
    reasons = labels.purposes() | labels.decision_reasons()
    removed = _("removed")
    return pd.DataFrame(
        {
            _("No."): [wording.in_digits(str(seq)) for seq in entries["seq"]],
            _("When (UTC)"): [
                wording.in_digits(str(at)[:16].replace("T", " ")) for at in entries["at"]
            ],
            _("Account"): entries["account"].fillna(removed).to_list(),
            _("What"): [kinds()[EventKind(kind)] for kind in entries["kind"]],
            _("Details"): [_details(row) for row in entries.fillna("").to_dict("records")],
            _("Purpose or reason"): [reasons.get(code, code) for code in entries["purpose"]],
        }
    )


def _details(row: dict[Hashable, Any]) -> str:
    """Return what an entry is about: subject, place, release."""
    parts = [str(row["about"]), str(row["subject"]), str(row["place"])]
    if row["audience"]:
        number = wording.in_digits(str(row["number"]))
        audience = labels.audience_names()[Audience(row["audience"])]
        parts.append(f"{audience} {number}")
    return " · ".join(part for part in parts if part)
