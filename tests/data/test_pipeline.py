"""The way of a figure on both engines: stage, confirm, request, approve, release, withdraw."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from data import demo, setup
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import Sima
from data.reference.gazetteer import Gazetteer
from tests.conftest import Stores
from tests.support import prepared_stores, workbooks
from tests.support.workbooks import as_csv, changed, workbook

TODAY = date(2024, 6, 1)
WARDS = range(1, 20)  # of Hetauda


def quiet(_message: str) -> None:
    return


def make(stores: Stores, *, synthetic: bool) -> Sima:
    prepared_stores.fill(stores, synthetic=synthetic)
    sima = Sima(stores.settings, today=TODAY)
    sima.accounts.add("asks", Role.STEWARD)
    sima.accounts.add("approves", Role.APPROVER)
    return sima


@pytest.fixture
def sima(stores: Stores) -> Sima:
    return make(stores, synthetic=True)


def groups(groups_each: int = 3, *, period: str = "2023-Q2", synthetic: bool = True) -> bytes:
    rows = [changed("groups", ward=ward, groups=groups_each, period=period) for ward in WARDS]
    return workbook("groups", rows, synthetic=synthetic)


def store(sima: Sima, content: bytes, reason: str | None = None) -> int | None:
    return sima.confirm(sima.stage(content), by="asks", reason=reason)


def release(sima: Sima, audience: Audience = Audience.PARTNER) -> int:
    return sima.approve(sima.request(audience, by="asks"), by="approves")


def shown(sima: Sima, unit: str, period: str = "ad-2023-q2", indicator: str = "parents_groups"):
    reader = sima.writer(Audience.PARTNER).reader
    cells = reader.cells(reader.current().number, indicator=indicator, period=period)
    mine = cells[(cells["unit_code"] == unit) & (cells["sex"] == "all")]
    return mine["value"].tolist()


def test_a_figure_goes_from_the_workbook_to_the_release(sima: Sima) -> None:
    staged = sima.stage(groups())
    assert staged.ok
    assert staged.new_figures == 3 * len(WARDS)
    assert sima.holdings.last_batch() == 0, "staging stores nothing"
    assert sima.confirm(staged, by="asks") == 1
    assert release(sima) == 1
    assert shown(sima, "31206") == [57]
    assert shown(sima, "3120604") == [3]


def test_the_same_figures_twice_change_nothing_however_they_were_saved(sima: Sima) -> None:
    store(sima, groups())
    again = sima.stage(groups())
    assert again.known_batch == 1
    assert [finding.kind for finding in again.findings] == ["file-known"]
    assert sima.confirm(again, by="asks") is None
    rows = [changed("groups", ward=ward, groups=3) for ward in reversed(WARDS)]
    as_text = sima.stage(as_csv("groups", rows).encode(), synthetic=True)
    assert as_text.known_batch == 1
    assert len(sima.holdings.batches()) == 1


def test_a_correction_shows_the_difference_and_needs_a_reason(sima: Sima) -> None:
    store(sima, groups())
    staged = sima.stage(groups(4))
    assert staged.needs_reason
    assert len(staged.difference) == len(WARDS)
    assert staged.difference.iloc[0][["before", "after"]].tolist() == [3, 4]
    with pytest.raises(SimaError, match="give a reason"):
        sima.confirm(staged, by="asks")
    with pytest.raises(SimaError, match="give a reason"):
        sima.confirm(staged, by="asks", reason="she called me")
    assert sima.confirm(staged, by="asks", reason="counting-error") == 2
    release(sima)
    assert shown(sima, "31206") == [76]


@pytest.mark.alike
def test_a_correction_after_the_release_waits_and_changes_nothing_shown(sima: Sima) -> None:
    store(sima, groups())
    release(sima)
    store(sima, groups(4), reason="late-report")
    request = sima.request(Audience.PARTNER, by="asks")
    preview = sima.preview(request)
    assert preview.waiting >= len(WARDS)
    assert sima.approve(request, by="approves", preview=preview) == 2
    assert shown(sima, "31206") == [57]


@pytest.mark.alike
def test_a_new_period_is_added(sima: Sima) -> None:
    store(sima, groups())
    release(sima)
    store(sima, groups(5, period="2023-Q3"))
    preview = sima.preview(sima.request(Audience.PARTNER, by="asks"))
    assert preview.new_periods == ("ad-2023-q3",)
    release(sima)
    assert shown(sima, "31206") == [57]
    assert shown(sima, "31206", "ad-2023-q3") == [95]


@pytest.mark.alike
def test_a_release_of_nothing_is_refused_with_its_reason(sima: Sima) -> None:
    row = changed("booth-month", month="2024-05")
    store(sima, workbook("booth-month", [row]))
    request = sima.request(Audience.PUBLIC, by="asks")
    with pytest.raises(SimaError, match="nothing to release to this audience yet"):
        sima.approve(request, by="approves")
    assert sima.writer(Audience.PUBLIC).reader.releases() == []


@pytest.mark.alike
def test_a_file_with_findings_is_not_stored(sima: Sima) -> None:
    staged = sima.stage(workbook("groups", [changed("groups", groups=-1)]))
    with pytest.raises(SimaError, match="findings to mend"):
        sima.confirm(staged, by="asks")
    assert sima.holdings.last_batch() == 0


@pytest.mark.alike
def test_a_csv_file_must_be_declared(sima: Sima) -> None:
    content = as_csv("groups", [workbooks.GROUPS_ROW]).encode()
    with pytest.raises(SimaError, match="declare it"):
        sima.confirm(sima.stage(content), by="asks")
    assert sima.confirm(sima.stage(content, synthetic=True), by="asks") == 1


def test_a_real_file_is_refused_by_a_synthetic_store(sima: Sima, stores: Stores) -> None:
    staged = sima.stage(groups(synthetic=False))
    assert "file-declared-otherwise" in [finding.kind for finding in staged.findings]
    with pytest.raises(SimaError):
        sima.confirm(staged, by="asks")
    with pytest.raises(SimaError, match="cannot be changed"):
        setup.make_stores(stores.settings, synthetic=False, progress=quiet)


@pytest.mark.alike
def test_real_data_needs_four_eyes(stores: Stores) -> None:
    sima = make(stores, synthetic=False)
    store(sima, groups(synthetic=False))
    request = sima.request(Audience.PUBLIC, by="approves")
    with pytest.raises(SimaError, match="Another person must approve"):
        sima.approve(request, by="approves")
    assert sima.writer(Audience.PUBLIC).reader.releases() == []
    sima.accounts.add("second", Role.APPROVER)
    assert sima.approve(request, by="second") == 1
    info = sima.writer(Audience.PUBLIC).reader.current()
    assert not info.synthetic


@pytest.mark.alike
def test_only_accounts_with_the_role_may_act(sima: Sima) -> None:
    sima.accounts.add("plans", Role.PLANNER)
    staged = sima.stage(groups())
    with pytest.raises(SimaError, match="planner"):
        sima.confirm(staged, by="plans")
    with pytest.raises(SimaError, match="no account"):
        sima.confirm(staged, by="nobody")
    with pytest.raises(SimaError, match="nothing to release"):
        sima.request(Audience.PUBLIC, by="asks")


def test_a_request_is_decided_once(sima: Sima) -> None:
    store(sima, groups())
    first = sima.request(Audience.PARTNER, by="asks")
    sima.decline(first, by="approves")
    with pytest.raises(SimaError, match="already been decided"):
        sima.approve(first, by="approves")
    second = sima.request(Audience.PARTNER, by="asks")
    sima.approve(second, by="approves")
    with pytest.raises(SimaError, match="already been decided"):
        sima.approve(second, by="approves")
    assert len(sima.writer(Audience.PARTNER).reader.releases()) == 1


@pytest.mark.alike
def test_a_reason_is_one_of_a_list_or_not_said(sima: Sima) -> None:
    store(sima, groups())
    request = sima.request(Audience.PARTNER, by="asks")
    decisions: list[Callable[[str], object]] = [
        lambda why: sima.decline(request, by="approves", why=why),
        lambda why: sima.approve(request, by="approves", why=why),
        lambda why: sima.withdraw(Audience.PARTNER, 1, by="approves", why=why),
    ]
    first = ("figures_wrong, not_complete", "planned, needed_soon", "planned, needed_soon")
    for decide, reasons in zip(decisions, first, strict=True):
        with pytest.raises(SimaError, match=f"The reason must be one of {reasons}"):
            decide("because of Sita")
    for decide, other in zip(decisions[:2], ("planned", "shows_too_much"), strict=True):
        with pytest.raises(SimaError, match="The reason must be one of"):
            decide(other)
    assert sima.holdings.request(request)["state"] == "asked"
    sima.approve(request, by="approves")
    sima.withdraw(Audience.PARTNER, 1, by="approves", why="figures_wrong")
    noted = AuditLog(sima.accounts.engine).list_entries(most=2)
    assert noted["purpose"].to_list() == ["figures_wrong", ""]


@pytest.mark.alike
def test_a_release_holds_what_was_accepted_when_it_was_asked_for(sima: Sima) -> None:
    store(sima, groups())
    request = sima.request(Audience.PARTNER, by="asks")
    store(sima, groups(9, period="2023-Q3"))
    sima.approve(request, by="approves")
    assert shown(sima, "31206", "ad-2023-q3") == []


def test_an_approval_that_died_after_publishing_is_completed_without_a_second_release(
    sima: Sima,
) -> None:
    store(sima, groups())
    request = sima.request(Audience.PARTNER, by="asks")
    preview = sima.preview(request)
    sima.writer(Audience.PARTNER).publish(preview.content, request_id=request)
    assert sima.approve(request, by="approves") == 1
    assert len(sima.writer(Audience.PARTNER).reader.releases()) == 1


@pytest.mark.alike
def test_a_choice_is_remembered_for_the_next_upload(sima: Sima) -> None:
    content = workbook("groups", [changed("groups", palika="Gadi Municipality")])
    staged = sima.stage(content)
    assert not staged.ok
    sima.choose_at(staged, "Data!B3", code="31208", by="asks")
    assert sima.stage(content).ok
    with pytest.raises(SimaError, match="There is no question about"):
        sima.choose_at(sima.stage(content), "Data!B3", code="31208", by="asks")
    with pytest.raises(SimaError, match="no palika with the code"):
        sima.choose("palika", "x", code="99999", district_code="312", by="asks")


@pytest.mark.alike
def test_an_upload_is_deleted_after_its_time_and_its_figures_stay(sima: Sima) -> None:
    store(sima, groups())
    assert sima.purge() == 0
    past = pd.Timestamp.now(tz="UTC").to_pydatetime() + timedelta(days=31)
    assert sima.holdings.purge_uploads(past) == 1
    assert sima.holdings.uploads()["deleted_at"].notna().all()
    assert len(sima.holdings.current_records()) == 3 * len(WARDS)


@pytest.mark.alike
def test_names_in_the_log_go_after_their_time_and_no_empty_entry_is_made(sima: Sima) -> None:
    log = AuditLog(sima.accounts.engine)
    now = pd.Timestamp.now(tz="UTC").to_pydatetime()
    for days in (400, 10):
        log.note(Event(EventKind.POLICY_AGREED, "asks"), now - timedelta(days=days))
    assert sima.forget_names() == 1
    assert sima.forget_names() == 0
    assert log.list_entries()["kind"].to_list() == [
        "names_removed",
        "policy_agreed",
        "policy_agreed",
    ]
    assert log.verify() == ""


@pytest.mark.alike
def test_what_is_kept_of_a_file_is_its_table_alone(sima: Sima) -> None:
    def sign(book) -> None:
        book.properties.creator = "Invented Person"
        book.create_sheet("Notes")["A1"] = "plan"

    sima.confirm(sima.stage(workbook("groups", change=sign)), by="asks")
    with sima.holdings._engine.connect() as connection:  # noqa: SLF001  # the bytes are the question
        content = connection.exec_driver_sql("SELECT content FROM upload").scalar()
    text = bytes(content).decode()
    assert text.splitlines()[0] == "district,palika,ward,period,groups,members_women,members_men"
    assert "Invented" not in text
    assert "plan" not in text


def test_a_withdrawn_release_is_not_served(sima: Sima) -> None:
    store(sima, groups())
    number = release(sima, Audience.PUBLIC)
    assert sima.withdraw(Audience.PUBLIC, number, by="approves") is None
    assert sima.writer(Audience.PUBLIC).reader.current() is None
    with pytest.raises(SimaError, match=r"public release 1 is withdrawn already\."):
        sima.withdraw(Audience.PUBLIC, number, by="approves")
    with pytest.raises(SimaError, match=r"no public release 9 to withdraw\."):
        sima.withdraw(Audience.PUBLIC, 9, by="approves")


@pytest.mark.alike
def test_the_audiences_stores_hold_their_own_release(sima: Sima) -> None:
    rows = [changed("booth-month", month=f"2023-{m:02d}") for m in range(1, 7)]
    store(sima, workbook("booth-month", rows))
    for audience in Audience:
        release(sima, audience)
    public, partner = (sima.writer(a).reader.cells(1) for a in (Audience.PUBLIC, Audience.PARTNER))
    assert "booth_staff_days" in set(partner["indicator"])
    assert "booth_staff_days" not in set(public["indicator"])
    stopped = public[public["indicator"] == "interceptions"]
    assert stopped["value"].isna().all()
    assert stopped["admin_level"].max() <= AdminLevel.DISTRICT


@pytest.mark.alike
def test_the_demonstration_agrees_with_the_published_totals(sima: Sima) -> None:
    for file in demo.files(Gazetteer.load(), TODAY):
        staged = sima.stage(file.content)
        assert staged.ok, (file.name, staged.findings[:3])
        sima.confirm(staged, by="asks")
    records = sima.holdings.current_records()
    contacts = records[records["indicator"] == "booth_contacts"]
    assert contacts["value"].sum() == 13_211
    assert contacts.loc[contacts["age_band"] == "u18", "value"].sum() == 2_301
    spring = contacts["period"].isin(["ad-2023-04", "ad-2023-05", "ad-2023-06"])
    assert contacts.loc[spring, "value"].sum() == 1_417
    assert set(contacts["place_code"]) == set(demo.BOOTHS)
    last = records[
        (records["indicator"] == "parents_members") & (records["period"] == "ad-2023-q4")
    ]
    assert last["value"].sum() == 780
    assert last.loc[last["value"] > 0, "place_code"].str[:5].nunique() == 13
    children = records[records["indicator"] == "children_trained"]
    assert children["value"].sum() == 4_562
    assert set(records["period"].str[:2]) == {"ad"}


# ---- killed midway


STEP = """
import datetime, os, signal, sys
import sqlalchemy as sa
from data.pipeline import Sima
from data.settings import Settings
file, what, left = sys.argv[1], sys.argv[2], int(sys.argv[3])
sima = Sima(Settings.from_environment(os.environ), today=datetime.date(2024, 6, 1))
staged = sima.stage(open(file, "rb").read()) if what == "confirm" else None
changes = ("INSERT", "UPDATE", "DELETE", "CREATE")

def count(connection, cursor, statement, *rest):
    global left
    if statement.lstrip().upper().startswith(changes):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sa.event.listen(sa.Engine, "before_cursor_execute", count)
if staged is not None:
    sima.confirm(staged, by="asks")
else:
    sima.approve(int(what), by="approves")
print("done", flush=True)
"""


def finished(stores: Stores, file: Path, what: str, before: int) -> bool:
    """Run a step in a process that is killed before one of its changes; say whether it ended.

    ``before`` counts its changes of a store from 1; a step of fewer ends.
    """
    done = subprocess.run(
        [sys.executable, "-c", STEP, str(file), what, str(before)],
        env={**os.environ, **stores.env}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    ended = "done" in done.stdout
    assert ended or done.returncode == -signal.SIGKILL, done.stderr
    return ended


NEVER = 1_000_000


@pytest.mark.parametrize(
    "before",
    [(3,), pytest.param((1, 2, 3, NEVER), marks=pytest.mark.deep)],
    ids=["one", "each"],
)
def test_a_killed_upload_is_stored_whole_or_not_at_all(
    sima: Sima, stores: Stores, tmp_path: Path, before: tuple[int, ...]
) -> None:
    file = tmp_path / "groups.xlsx"
    seen = []
    for n, change in enumerate(before):
        rows = [changed("groups", ward=w, period=f"{2018 + n}-Q2") for w in WARDS]
        file.write_bytes(workbook("groups", rows))
        there = len(sima.holdings.current_records())
        ended = finished(stores, file, "confirm", change)
        added = len(sima.holdings.current_records()) - there
        assert added in (0, 3 * len(WARDS))
        assert added or not ended
        assert len(sima.holdings.uploads()) == len(sima.holdings.batches())
        seen.append(ended)
    assert not seen[0], "the first was killed midway"
    assert seen[-1] == (before[-1] == NEVER), "the last was stored, where it was left alone"


@pytest.mark.parametrize(
    "before",
    [(4,), pytest.param((1, 2, 3, 4, 6, 8, 11, 13, 16, 17, 18, 19), marks=pytest.mark.deep)],
    ids=["one", "each"],
)
def test_a_killed_approval_leaves_a_whole_release_or_none(
    sima: Sima, stores: Stores, tmp_path: Path, before: tuple[int, ...]
) -> None:
    file = tmp_path / "groups.xlsx"
    file.write_bytes(groups())
    store(sima, groups())
    request = sima.request(Audience.PARTNER, by="asks")
    assert not finished(stores, file, str(request), before[0]), "it was killed midway"
    for change in (0, *before[1:]):
        reader = sima.writer(Audience.PARTNER).reader
        for info in reader.releases():
            assert len(reader.cells(info.number)) == info.cells
        if change and sima.holdings.request(request)["state"] == "asked":
            finished(stores, file, str(request), change)
    if sima.holdings.request(request)["state"] == "asked":
        sima.approve(request, by="approves")
    assert [info.number for info in sima.writer(Audience.PARTNER).reader.releases()] == [1]
    assert shown(sima, "31206") == [57]
