"""One visit on a page: the viewer, the purpose, and the record of what was opened.

A page knows its viewer by the cookies of its socket. They are looked up at every run, so a viewer
who signed out elsewhere or lost a role has no access at the next click.
"""

from collections.abc import Mapping

import streamlit as st

from dashboard.auth import access_log
from dashboard.auth import viewer as access
from dashboard.auth.page_access import Door
from dashboard.auth.viewer import Viewer
from data.accounts.audit_log import AuditLog, EventKind
from data.model import ReleaseInfo, SimaError

_NOTED = "noted"


def viewer() -> Viewer | None:
    """Return the viewer of this page, None if they may see nothing."""
    return access.viewer_of(dict(st.context.cookies))


def stands() -> bool:
    """Check that the viewer is still the one for whom the page was drawn."""
    now = viewer()
    return now is not None and now == st.session_state.get("viewer")


def seen() -> None:
    """Reset the idle timer of the visit."""
    access.touch_visit(dict(st.context.cookies))


def say_purpose(purpose: str) -> None:
    """Store the purpose of this visit."""
    access_log.say_purpose(dict(st.context.cookies), purpose)


def log() -> AuditLog:
    """Return the audit log; only the auditor's page needs it."""
    return access_log.access_log(access.settings())


def exported(
    drawn_for: Viewer, subject: str, release: ReleaseInfo, cookies: Mapping[str, str], place: str
) -> None:
    """Log that a viewer downloads what only partners may see, before it is handed out.

    Raises
    ------
    SimaError
        If the viewer is not, or no longer, the one for whom the page was drawn.
    """
    if access.viewer_of(cookies) != drawn_for:
        raise SimaError("What you may see has changed. Open the page again.")
    access_log.log_access(drawn_for, EventKind.EXPORTED, subject, release, place=place)


def opened(viewer: Viewer, door: Door, release: ReleaseInfo | None) -> None:
    """Log, once in a visit, that a restricted page of a release was opened."""
    if not door.restricted or release is None or not viewer.purpose:
        return
    key = (door.address, release.number, release.created)
    noted: set[tuple[str, int, str]] = st.session_state.setdefault(_NOTED, set())
    if key not in noted:
        access_log.log_access(viewer, EventKind.VIEWED, door.address, release)
        noted.add(key)
