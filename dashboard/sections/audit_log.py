"""What the audit log says, in words."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _, decision_reasons
from data.accounts.audit_log import EventKind


def kinds() -> dict[str, str]:
    """Name what is written down."""
    return {
        EventKind.SIGNED_IN: _("Signed in"),
        EventKind.SIGNED_OUT: _("Signed out"),
        EventKind.SIGN_IN_REFUSED: _("Sign-in refused"),
        EventKind.PURPOSE_SAID: _("Stated a purpose"),
        EventKind.VIEWED: _("Opened"),
        EventKind.EXPORTED: _("Downloaded"),
        EventKind.RELEASE_REQUESTED: _("Requested a release"),
        EventKind.RELEASE_APPROVED: _("Approved a release"),
        EventKind.RELEASE_DECLINED: _("Declined a release"),
        EventKind.RELEASE_WITHDRAWN: _("Withdrew a release"),
        EventKind.POLICY_AGREED: _("Agreed to less protection"),
        EventKind.ACCOUNT_INVITED: _("Invited an account"),
        EventKind.ACCOUNT_RESET: _("Reset an account"),
        EventKind.ACCOUNT_ACCEPTED: _("Chose a password"),
        EventKind.ACCOUNT_CHANGED: _("Changed an account"),
        EventKind.NAMES_REMOVED: _("Removed old names"),
    }


def table(entries: pd.DataFrame) -> pd.DataFrame:
    """Write entries of the log, as `AuditLog.listed` gives them, for a reader."""
    audiences = {"public": _("public"), "partner": _("partners")}
    reasons = labels.purposes() | decision_reasons()
    removed = _("removed")
    return pd.DataFrame(
        {
            _("No."): [wording.in_digits(str(seq)) for seq in entries["seq"]],
            _("When (UTC)"): [
                wording.in_digits(str(at)[:16].replace("T", " ")) for at in entries["at"]
            ],
            _("Account"): entries["account"].fillna(removed).to_list(),
            _("What"): [kinds()[EventKind(kind)] for kind in entries["kind"]],
            _("Details"): [_of(row, audiences) for row in entries.fillna("").to_dict("records")],
            _("Purpose or reason"): [reasons.get(code, code) for code in entries["purpose"]],
        }
    )


def _of(row: dict[Hashable, Any], audiences: dict[str, str]) -> str:
    parts = [str(row["about"]), str(row["subject"]), str(row["place"])]
    if row["audience"]:
        number = wording.in_digits(str(row["number"]))
        parts.append(f"{audiences[str(row['audience'])]} {number}")
    return " · ".join(part for part in parts if part)
