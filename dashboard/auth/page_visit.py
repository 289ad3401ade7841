"""One visit on a page: who it is now, what it came for, and the record of what was opened.

A page knows its visitor by the cookies of its socket. They are looked up at every run: whoever
signed out elsewhere, or lost a role, is nobody at the next click.
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
    """Say who looks at this page, None for nobody who may."""
    return access.viewer_of(dict(st.context.cookies))


def stands() -> bool:
    """Say whether who looks now may see what the page was drawn for."""
    now = viewer()
    return now is not None and now == st.session_state.get("viewer")


def seen() -> None:
    """Note that somebody is there."""
    access.touch_visit(dict(st.context.cookies))


def say_purpose(purpose: str) -> None:
    """Keep what this visit came for."""
    access_log.say_purpose(dict(st.context.cookies), purpose)


def log() -> AuditLog:
    """Give the log; only an auditor's page asks."""
    return access_log.access_log(access.settings())


def exported(
    drawn_for: Viewer, subject: str, release: ReleaseInfo, cookies: Mapping[str, str], place: str
) -> None:
    """Write down that somebody takes away what only partners may see.

    Raises
    ------
    SimaError
        Where who takes it is not, or not any more, whom it was drawn for.
    """
    if access.viewer_of(cookies) != drawn_for:
        raise SimaError("What you may see has changed. Open the page again.")
    access_log.log_access(drawn_for, EventKind.EXPORTED, subject, release, place=place)


def opened(viewer: Viewer, door: Door, release: ReleaseInfo | None) -> None:
    """Write down, once in a visit, that a restricted page of a release was opened."""
    if not door.restricted or release is None or not viewer.purpose:
        return
    key = (door.address, release.number, release.created)
    noted: set[tuple[str, int, str]] = st.session_state.setdefault(_NOTED, set())
    if key not in noted:
        access_log.log_access(viewer, EventKind.VIEWED, door.address, release)
        noted.add(key)
