"""The chain of the log: whatever is written and forgotten it holds, whatever is tampered it does not."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.database import engines
from data.database.tables import audit_event, audit_name
from tests.conftest import ROOT, Stores
from tests.support.accounts_world import unguarded
from tests.support.examples import examples

STORES = ("access",)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
COLUMNS = [(table, column.name) for table in (audit_event, audit_name) for column in table.c]
HERE = examples(3, 60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def accounts(stores: Stores) -> Accounts:
    return Accounts.create(str(stores.settings.access))


def anew(accounts: Accounts) -> AuditLog:
    """The log with nothing in it: a test that tries many begins each time anew."""
    unguarded(accounts, audit_event.delete(), audit_name.delete())
    return AuditLog(accounts.engine)


actions = st.lists(
    st.one_of(
        st.sampled_from(EventKind).filter(lambda kind: kind is not EventKind.NAMES_REMOVED),
        st.integers(0, 10),  # names older than so many days are forgotten
    ),
    min_size=1,
    max_size=8,
)


def done(log: AuditLog, what: list[EventKind | int]) -> datetime:
    """Do one thing a day; give the last day."""
    for day, action in enumerate(what):
        now = NOW + timedelta(days=day)
        if isinstance(action, EventKind):
            log.note(Event(action, "planner-1", "partner", "map", day, "511", "planning"), now)
        else:
            log.remove_names(now - timedelta(days=action), "administrator", now)
    return NOW + timedelta(days=len(what))


@HERE
@given(actions)
def test_whatever_is_written_and_forgotten_the_chain_holds(
    accounts: Accounts, what: list[EventKind | int]
) -> None:
    log = anew(accounts)
    done(log, what)
    assert log.verify(log.head()) == ""
    assert log.head().seq == len(what)
    assert len(log.list_entries()) == len(what)


@HERE
@given(actions, st.data())
def test_whatever_is_changed_the_chain_does_not_hold(
    accounts: Accounts, what: list[EventKind | int], data: st.DataObject
) -> None:
    log = anew(accounts)
    done(log, what)
    head = log.head()
    table, column = data.draw(st.sampled_from(COLUMNS))
    with accounts.engine.connect() as connection:
        rows = connection.execute(sa.select(table).order_by(table.c.seq)).mappings().all()
    if not rows:
        return  # every name is forgotten: none to change
    row = data.draw(st.sampled_from(rows))
    value = row[column]
    if isinstance(value, int):
        other: object = value + data.draw(st.sampled_from([-1000, 1000]))
    elif value and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(value) - 1))
        other = value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1 :]
    else:
        other = value + "x"
    here = table.c.seq == row["seq"]
    unguarded(accounts, table.update().where(here).values({column: other}))
    assert log.verify(head) != "", f"{table.name}.{column}: {value!r} became {other!r}"


def test_names_that_were_removed_quietly_are_missed(accounts: Accounts) -> None:
    log = AuditLog(accounts.engine)
    done(log, [EventKind.VIEWED, EventKind.VIEWED, 1, EventKind.EXPORTED])
    assert log.verify() == ""
    unguarded(accounts, audit_name.delete().where(audit_name.c.seq == 4))
    assert log.verify() == "2 entries have no name, but 1 were recorded as removed."


def test_forgetting_and_its_entry_are_one(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.accounts import audit_log  # noqa: PLC0415

    log = AuditLog(accounts.engine)
    done(log, [EventKind.VIEWED, EventKind.VIEWED])

    def broken(*_: object) -> int:
        raise OSError("the disk is full")

    monkeypatch.setattr(audit_log, "_append", broken)
    with pytest.raises(OSError, match="full"):
        log.remove_names(NOW + timedelta(days=9), "administrator", NOW)
    assert log.list_entries()["account"].to_list() == ["planner-1", "planner-1"]
    assert log.verify() == ""


def test_a_name_that_was_removed_is_not_left_in_the_file(
    accounts: Accounts, stores: Stores
) -> None:
    log, address = AuditLog(accounts.engine), str(stores.settings.access)
    log.note(Event(EventKind.VIEWED, "planner-of-old"), NOW)
    if not engines.is_server(address):
        assert b"planner-of-old" in Path(address).read_bytes()
    assert log.remove_names(NOW + timedelta(days=1), "administrator", NOW) == 1
    assert "planner-of-old" not in log.list_entries().to_string()
    if not engines.is_server(address):
        assert b"planner-of-old" not in Path(address).read_bytes()


_WRITER = """
import sys
from datetime import UTC, datetime
from data.accounts.audit_log import AuditLog, Event, EventKind
log = AuditLog.open(sys.argv[1])
for n in range(25):
    log.note(Event(EventKind.VIEWED, "planner-" + sys.argv[2], number=n), datetime.now(UTC))
"""


def test_two_processes_make_one_chain(accounts: Accounts, stores: Stores) -> None:
    address = str(stores.settings.access)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, address, str(n)], cwd=ROOT)
        for n in range(2)
    ]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    log = AuditLog(accounts.engine)
    assert log.head().seq == 50
    assert log.verify() == ""
    assert set(log.list_entries()["account"]) == {"planner-0", "planner-1"}
