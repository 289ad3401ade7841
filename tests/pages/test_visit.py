"""A visit on a page: what for, what is written down, who may be here."""

from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.auth import access_log, page_visit
from dashboard.auth import viewer as access
from dashboard.i18n import labels
from dashboard.server import app as asgi
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.accounts.visits import PURPOSES
from data.model import Audience, ReleaseInfo, SimaError
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.pages.conftest import NEPALI, Open, asked_for, clean, scenes
from tests.support.viewers import viewer

NOTED = list[tuple[str, str, str, int]]


def unasked(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Look as somebody who has not said yet what for."""
    who = replace(viewer(text), purpose="")
    monkeypatch.setattr(access, "viewer_of", lambda _cookies: who)


def again(app: AppTest) -> AppTest:
    app.query_params.clear()
    return app.run()


def test_every_purpose_has_words_in_both_languages() -> None:
    assert set(labels.purposes()) == set(PURPOSES)


@pytest.mark.parametrize(
    ("page", "text"),
    [("", "planner:511"), ("", "deputy:51106"), ("partner/booths.py", "planner:511"), ("public/place.py", "deputy:51106"),
     ("public/hotspots.py", "planner:511")],
)  # fmt: skip
def test_what_for_is_asked_before_anything_is_shown(
    shown: Open, monkeypatch: pytest.MonkeyPatch, page: str, text: str
) -> None:
    app = shown(page, viewer=text)
    unasked(monkeypatch, text)
    app = again(app)
    clean(app)
    (asked,) = app.radio
    assert asked.label == "What do you need these figures for?"
    assert asked.value is None, "nothing is chosen for her"
    assert scenes(app) == []
    assert not app.get("dataframe")


def test_nobody_is_asked_for_what_everybody_sees(
    shown: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    for page in ("public/map.py", "public/claims.py", "public/about.py", "public/committees.py"):
        app = shown(page, viewer="planner:511")
        unasked(monkeypatch, "planner:511")
        clean(again(app))
        assert not [r for r in app.radio if "need these figures" in r.label]


def test_a_map_of_partners_is_not_drawn_before_it_was_said_what_for(
    shown: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = shown(viewer="planner:511")
    address = scenes(app)[0]["address"]
    assert asked_for(address).status_code == HTTPStatus.OK
    unasked(monkeypatch, "planner:511")
    assert asked_for(address).status_code == HTTPStatus.FORBIDDEN
    monkeypatch.setattr(access, "viewer_of", lambda _cookies: None)
    assert asked_for(address).status_code == HTTPStatus.NOT_FOUND


def test_what_was_opened_is_written_down_once_in_a_visit(
    shown: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: NOTED = []

    def note(
        who: access.Viewer, kind: EventKind, subject: str, release: ReleaseInfo, **_: str
    ) -> None:
        kept.append((who.account, kind.value, subject, release.number))

    app = shown(viewer="deputy:51106")
    monkeypatch.setattr(access_log, "log_access", note)
    app.session_state["noted"] = set()
    app.run()
    app.run()
    assert kept == [("demo-deputy", "viewed", "palika", 1)]


def test_who_is_nobody_any_more_sees_how_to_sign_in(
    shown: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = shown(viewer="planner:511", lang="ne")
    assert scenes(app)
    monkeypatch.setattr(access, "viewer_of", lambda _cookies: None)
    app = app.run()
    said = clean(app)
    assert "/sign-in?lang=" in said
    assert NEPALI.search(said)
    assert scenes(app) == []
    assert "viewer" not in app.session_state


def test_a_page_stands_for_whom_it_was_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = viewer("planner:511")
    cases = [(mine, mine, True), (mine, viewer("planner:113"), False), (mine, None, False),
             (None, None, False), (viewer(""), viewer(""), True)]  # fmt: skip
    for drawn_for, now, stands in cases:
        monkeypatch.setattr(
            page_visit.st, "session_state", {"viewer": drawn_for} if drawn_for else {}
        )
        monkeypatch.setattr(page_visit, "viewer", lambda now=now: now)
        assert page_visit.stands() is stands, (drawn_for, now)


def test_a_file_is_not_made_for_somebody_who_may_not_see_it_any_more(
    monkeypatch: pytest.MonkeyPatch, shown: Open, demo_var: Path
) -> None:
    shown(viewer="planner:511")
    settings = Settings.from_environment({"SIMA_VAR": str(demo_var)})
    release = ReleaseReader.open(settings.releases(Audience.PARTNER), Audience.PARTNER).current()
    assert release is not None
    kept: list[str] = []
    monkeypatch.setattr(access_log, "log_access", lambda *_a, place, **_k: kept.append(place))
    page_visit.exported(viewer("planner:511"), "x.csv", release, {}, "511")
    assert kept == ["511"]
    for who in (viewer("planner:113"), viewer("auditor"), None):
        monkeypatch.setattr(access, "viewer_of", lambda _cookies, who=who: who)
        with pytest.raises(SimaError, match="has changed"):
            page_visit.exported(viewer("planner:511"), "x.csv", release, {}, "511")
    assert kept == ["511"]


def test_a_deputy_without_a_palika_is_told_so(shown: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    app = shown("public/about.py", viewer="deputy:51106")
    nowhere = replace(viewer("deputy:51106"), scope=(), home="")
    monkeypatch.setattr(access, "viewer_of", lambda _cookies: nowhere)
    app.switch_page(str(asgi.ENTRY.parents[1] / "pages" / "partner" / "palika.py"))
    said = clean(app.run())
    assert "This account is not linked to a palika yet." in said


# ---- the auditor's page


@pytest.fixture
def log(own: Open, tmp_path: Path) -> AuditLog:
    """The log of a copy of the demonstration."""
    del own
    return AuditLog(Accounts.open(str(tmp_path / "var" / "access" / "access.sqlite")).engine)


@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_auditor_reads_who_did_what(own: Open, log: AuditLog, language: str) -> None:
    app = own("partner/log.py", viewer="auditor", lang=language)
    said = clean(app)
    assert "complete" in said or NEPALI.search(said)
    (table,) = app.get("dataframe")
    assert len(table.value) >= 4, "the demonstration's releases were asked for and approved"
    said = table.value.to_string()
    for word in ("Approved a release", "partners 1") if language == "en" else ("प्रकाशन स्वीकृत", "१"):
        assert word in said
    assert log.verify() == ""


def test_the_auditor_hears_that_the_log_was_altered(own: Open, log: AuditLog) -> None:
    with log._engine.begin() as connection:  # noqa: SLF001  # as an intruder would
        connection.exec_driver_sql("DROP TRIGGER audit_event_no_update")
        connection.exec_driver_sql("UPDATE audit_event SET number = 99 WHERE seq = 1")
    said = clean(own("partner/log.py", viewer="auditor"))
    assert "The log is damaged: Entry 1 was altered." in said


def test_no_event_of_the_public_is_written(log: AuditLog) -> None:
    before = log.head()
    who = viewer("")
    release = ReleaseInfo(1, Audience.PUBLIC, "", "current", True, "", "", 0, 0)  # noqa: FBT003  # as the class has it
    access_log.log_access(who, EventKind.VIEWED, "map", release)
    assert log.head() == before
    assert Event(EventKind.VIEWED, "x").subject == ""
