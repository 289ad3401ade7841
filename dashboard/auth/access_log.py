"""Entries in the audit log about who opened or downloaded what only partners may see."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime

from dashboard.auth import viewer as auth_viewer
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.model import Audience, ReleaseInfo
from data.settings import Settings

_MOST_NOTED = 10_000
_NOTED: OrderedDict[tuple[str | int, ...], None] = OrderedDict()
_NOTING = threading.Lock()


def say_purpose(cookies: Mapping[str, str], purpose: str) -> None:
    """Store the purpose of a visit, and log it in the same transaction."""
    known = auth_viewer.settings()
    found = auth_viewer.session_of(cookies)
    if found is None:
        return
    event = Event(EventKind.PURPOSE_SAID, found.account.name, purpose=purpose)
    with access_log(known).noting(event, datetime.now(UTC)):
        auth_viewer.sessions(known).set_purpose(cookies[auth_viewer.cookie(known)], purpose)


def log_access(
    viewer: auth_viewer.Viewer,
    kind: EventKind,
    subject: str,
    release: ReleaseInfo,
    *,
    place: str = "",
) -> None:
    """Log that a viewer opened or downloaded something of a partners' release."""
    if not viewer.account or release.audience is not Audience.PARTNER:
        return
    event = Event(
        kind,
        viewer.account,
        audience=release.audience.value,
        subject=subject,
        number=release.number,
        place=place,
        purpose=viewer.purpose,
    )
    access_log(auth_viewer.settings()).note(event, datetime.now(UTC))


def log_access_once(
    viewer: auth_viewer.Viewer, subject: str, release: ReleaseInfo, *, place: str
) -> None:
    """Log that a viewer opened a layer, at most once an hour."""
    hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
    key = (viewer.account, viewer.purpose, subject, release.number, release.created, place, hour)
    with _NOTING:
        if key in _NOTED:
            return
        _NOTED[key] = None
        while len(_NOTED) > _MOST_NOTED:
            _NOTED.popitem(last=False)
    log_access(viewer, EventKind.VIEWED, subject, release, place=place)


def access_log(settings: Settings) -> AuditLog:
    """Return the audit log of the access store of this process."""
    return AuditLog(auth_viewer.sessions(settings).engine)
