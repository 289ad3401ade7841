"""Booths that are added and closed while a programme runs, on both engines."""

from datetime import date

import pandas as pd
import pytest

from data import setup
from data.accounts.audit_log import AuditLog
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.reference.gazetteer import Gazetteer
from tests.conftest import Stores
from tests.data.projects.test_site_list import CLEAN, as_csv
from tests.support import prepared_stores
from tests.support.programmes import quiet
from tests.support.workbooks import changed, workbook

NEW, OLD = "BANKE-NEW", "BANKE-JAMUNAHA"
TODAY = date(2024, 8, 1)
OPENED = "2023-01-01"


@pytest.fixture
def sima(stores: Stores) -> Sima:
    prepared_stores.fill(stores, synthetic=True)
    made = Sima(stores.settings, today=TODAY)
    made.accounts.add("asks", Role.STEWARD)
    made.accounts.add("approves", Role.APPROVER)
    made.accounts.add("reads", Role.PLANNER, ("511",))
    return made


def months(booth: str, *of: int) -> bytes:
    return workbook(
        "booth-month", [changed("booth-month", booth=booth, month=f"2023-{n:02}") for n in of]
    )


def add(sima: Sima, **change: str) -> list[str]:
    content = as_csv(CLEAN | {"opened": OPENED} | change)
    return sima.add_sites(content, name="new.csv", by="asks")


def release(sima: Sima) -> int:
    return sima.approve(sima.request(Audience.PARTNER, by="asks"), by="approves", why="planned")


def test_a_booth_that_was_added_is_known_to_uploads_releases_and_readers(sima: Sima) -> None:
    before = sima.stage(months(NEW, 1, 2, 3))
    assert {each.kind for each in before.findings} == {"site-unknown"}
    assert add(sima) == [NEW]
    staged = sima.stage(months(NEW, 1, 2, 3))
    assert staged.ok
    sima.confirm(staged, by="asks")
    assert release(sima) == 1
    reader = sima.writer(Audience.PARTNER).reader
    assert NEW in reader.sites(1).index
    cells = reader.cells(1, indicator="booth_contacts", period="ad-2023-q1")
    assert "51106" in set(cells["unit_code"])
    newest = AuditLog(sima.accounts.engine).list_entries(most=9)
    assert "sites_added" in set(newest["kind"])


@pytest.mark.alike
def test_setup_brings_new_booths_of_the_list_and_what_is_not_stored_is_refused_early(
    stores: Stores, sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A booth of the list that the holdings lack once made every later release a traceback."""
    usual = Gazetteer.load()
    row = usual.sites.loc[[OLD]].rename(index={OLD: NEW}).assign(name_en="New", name_ne="नयाँ")
    longer = usual.with_sites(pd.concat([usual.sites, row]))
    monkeypatch.setattr(Gazetteer, "load", classmethod(lambda _cls: longer))
    assert {each.kind for each in sima.stage(months(NEW, 1)).findings} == {"site-unknown"}
    setup.make_stores(stores.settings, synthetic=True, progress=quiet)
    assert NEW in sima.holdings.sites().index
    sima.confirm(sima.stage(months(NEW, 1, 2, 3)), by="asks")
    assert release(sima) == 1


@pytest.mark.alike
def test_the_same_list_twice_changes_nothing_and_other_facts_are_refused(sima: Sima) -> None:
    assert add(sima) == [NEW]
    assert add(sima) == []
    with pytest.raises(SimaError, match="BANKE-NEW: known already, with other facts"):
        add(sima, name_en="Another name")
    assert sima.holdings.sites().at[NEW, "name_en"] == CLEAN["name_en"]
    log = AuditLog(sima.accounts.engine).list_entries(most=9)
    assert (log["kind"] == "sites_added").sum() == 1


@pytest.mark.alike
def test_a_wrong_line_adds_no_booth_at_all(sima: Sima) -> None:
    before = sima.holdings.sites()
    content = as_csv(CLEAN, CLEAN | {"site_code": "B-2", "lat": "x"})
    with pytest.raises(SimaError, match="line 3: lat"):
        sima.add_sites(content, name="new.csv", by="asks")
    assert sima.add_sites(as_csv(CLEAN), name="n", by="asks", dry_run=True) == [NEW]
    assert sima.holdings.sites().equals(before)


@pytest.mark.alike
def test_only_stewards_and_approvers_change_booths(sima: Sima) -> None:
    with pytest.raises(SimaError, match="this needs one of"):
        sima.add_sites(as_csv(CLEAN), name="new.csv", by="reads")
    with pytest.raises(SimaError, match="this needs one of"):
        sima.close_site(OLD, on=date(2023, 3, 31), by="reads")


def test_a_closed_booth_owes_nothing_and_takes_no_later_report(sima: Sima) -> None:
    sima.confirm(sima.stage(months(OLD, 1, 2, 3)), by="asks")
    with pytest.raises(SimaError, match="has reported for a month that begins on 2023-03-01"):
        sima.close_site(OLD, on=date(2023, 2, 28), by="asks")
    sima.close_site(OLD, on=date(2023, 3, 31), by="asks")
    assert sima.holdings.sites().at[OLD, "closed"] == "2023-03-31"
    late = sima.stage(months(OLD, 4)).findings
    assert {each.kind for each in late} == {"booth-closed"}
    assert str(late[0].params["open"]).endswith("– 2023-03-31")
    assert add(sima) == [NEW], "a closed booth is in no way of another"
    assert release(sima) == 1
    assert sima.writer(Audience.PARTNER).reader.sites(1).at[OLD, "closed"] == "2023-03-31"


@pytest.mark.alike
def test_a_month_that_comes_after_its_quarter_was_released_waits_and_says_so(sima: Sima) -> None:
    sima.confirm(sima.stage(months(OLD, 1, 2)), by="asks")
    assert release(sima) == 1
    late = sima.stage(months(OLD, 3))
    (said,) = (each for each in late.findings if each.kind == "period-released")
    assert said.params["periods"] == "ad-2023-03"
    sima.confirm(late, by="asks")
    waiting = sima.preview(sima.request(Audience.PARTNER, by="asks")).waiting
    assert waiting == len(late.checked.records)


@pytest.mark.alike
def test_what_cannot_be_closed_is_said(sima: Sima) -> None:
    with pytest.raises(SimaError, match="There is no booth NOWHERE"):
        sima.close_site("NOWHERE", on=TODAY, by="asks")
    with pytest.raises(SimaError, match="it cannot close before"):
        sima.close_site(OLD, on=date(2018, 1, 1), by="asks")
