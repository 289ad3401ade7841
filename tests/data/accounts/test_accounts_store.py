"""Accounts, visits and the log, the same on SQLite and PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind, Head, read_head
from data.accounts.visits import LOCAL, Visits
from data.database import engines
from data.database.tables import audit_event, audit_name, visit
from data.model import Role, SimaError
from data.reference.gazetteer import COUNTRY
from tests.conftest import Stores
from tests.support.accounts_world import GOOD, unguarded, with_account
from tests.support.examples import examples

STORES = ("access",)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
IDLE, WHOLE = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def accounts(stores: Stores) -> Accounts:
    return with_account(
        str(stores.settings.access), "deputy-koshi", NOW, Role.DEPUTY, place="51106"
    )


@pytest.fixture
def sessions(accounts: Accounts) -> Visits:
    return Visits(accounts.engine, idle=IDLE, absolute=WHOLE)


@pytest.fixture
def log(accounts: Accounts) -> AuditLog:
    return AuditLog(accounts.engine)


# ---- accounts


@pytest.mark.parametrize(
    ("role", "places"),
    [(Role.DEPUTY, ["511"]), (Role.DEPUTY, ["NP"]), (Role.DEPUTY, ["99999"]), (Role.PLANNER, ["51106"]),
     (Role.PLANNER, ["5"]), (Role.PLANNER, ["NP", "511"]), (Role.STEWARD, ["511"]), (Role.AUDITOR, ["NP"])],
)  # fmt: skip
def test_a_place_that_a_role_cannot_have_is_refused(
    accounts: Accounts, role: Role, places: list[str]
) -> None:
    with pytest.raises(SimaError):
        accounts.add("another", role, places)
    assert "another" not in accounts.list_accounts()["account"].to_list()


@pytest.mark.parametrize(
    "name", ["", "A", "Ram Bahadur", "ram@example.org", "x" * 41, "../x", "ñ1"]
)
def test_a_name_is_an_office(accounts: Accounts, name: str) -> None:
    with pytest.raises(SimaError, match="office"):
        accounts.add(name, Role.AUDITOR)


def test_nobody_has_a_place_by_saying_nothing(accounts: Accounts) -> None:
    accounts.add("planner", Role.PLANNER)
    assert accounts.get("planner").scope == ()
    accounts.set_scope("planner", [COUNTRY])
    assert accounts.get("planner").scope == (COUNTRY,)


def test_a_code_of_invitation_works_once_and_for_a_while(accounts: Accounts) -> None:
    accounts.add("auditor", Role.AUDITOR)
    code = accounts.invite("auditor", NOW)
    for name, tried, when in [
        ("auditor", "wrong", NOW), ("deputy-koshi", code, NOW), ("nobody", code, NOW),
        ("auditor", code, NOW + timedelta(hours=73)), ("auditor", "", NOW),
    ]:  # fmt: skip
        with pytest.raises(SimaError, match="wrong, already used or expired"):
            accounts.accept(name, tried, GOOD, when)
    assert accounts.get("auditor").state == "invited"
    accounts.accept("Auditor ", f" {code} ", GOOD, NOW)
    assert accounts.get("auditor").state == "active"
    with pytest.raises(SimaError, match="wrong, already used or expired"):
        accounts.accept("auditor", code, GOOD, NOW)


def test_a_second_invitation_makes_the_first_worthless(accounts: Accounts) -> None:
    first = accounts.invite("deputy-koshi", NOW)
    second = accounts.invite("deputy-koshi", NOW)
    with pytest.raises(SimaError, match="wrong, already used or expired"):
        accounts.accept("deputy-koshi", first, GOOD, NOW)
    accounts.accept("deputy-koshi", second, GOOD, NOW)


def test_a_weak_password_leaves_the_invitation_as_it_was(accounts: Accounts) -> None:
    code = accounts.invite("deputy-koshi", NOW)
    with pytest.raises(SimaError, match="characters"):
        accounts.accept("deputy-koshi", code, "short", NOW)
    accounts.accept("deputy-koshi", code, GOOD, NOW)


def test_a_second_proof_must_be_shown_before_the_account_is_active(accounts: Accounts) -> None:
    accounts.add("steward", Role.STEWARD)
    code = accounts.invite("steward", NOW)
    with pytest.raises(SimaError):
        accounts.finish("steward", code, "000000", NOW)
    assert accounts.accept("steward", code, GOOD, NOW) is not None
    assert accounts.get("steward").state == "invited"
    assert not accounts.finish("steward", code, "abcdef", NOW)
    assert accounts.get("steward").state == "invited"


def test_a_role_that_needs_a_second_proof_is_not_had_without_one(accounts: Accounts) -> None:
    accounts.set_role("deputy-koshi", Role.STEWARD)
    listed = accounts.list_accounts().set_index("account")
    assert listed.at["deputy-koshi", "signs_in"] == "not yet"


def test_a_providers_sign_in_belongs_to_one_account(accounts: Accounts) -> None:
    issuer, subject = "https://id.example.org", "a-person@example.org"
    accounts.bind("deputy-koshi", issuer, subject)
    found = accounts.find_by_identity(f"{issuer}/", subject)
    assert found is not None
    assert found.name == "deputy-koshi"
    assert accounts.find_by_identity("https://other.example.org", subject) is None
    accounts.add("other", Role.AUDITOR)
    with pytest.raises(SimaError, match="another account"):
        accounts.bind("other", issuer, subject)
    with accounts.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM account").all()
    assert not any(subject in str(value) for row in rows for value in row)
    accounts.disable("deputy-koshi")
    assert accounts.find_by_identity(issuer, subject) is None


# ---- visits


def test_a_visit_is_found_by_its_token_alone(sessions: Visits, accounts: Accounts) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    found = sessions.find(token, NOW)
    assert found is not None
    assert found.account.scope == ("51106",)
    for other in ("", "x", token[:-1], token + "x", token.swapcase(), "' OR 1=1 --"):
        assert sessions.find(other, NOW) is None
    with accounts.engine.connect() as connection:
        kept = connection.execute(sa.select(visit.c.token)).scalar_one()
    assert token not in kept
    assert sessions.find(kept, NOW) is None, "who reads the store has no token"


def test_a_visit_ends_when_idle_and_after_its_longest_time(sessions: Visits) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    assert sessions.find(token, NOW + IDLE) is not None
    late = NOW + IDLE + timedelta(seconds=1)
    assert sessions.find(token, late) is None
    sessions.touch(token, late)
    assert sessions.find(token, late) is None, "it does not come back"
    token, at = sessions.begin("deputy-koshi", LOCAL, NOW), NOW
    while at < NOW + WHOLE:
        at += timedelta(minutes=20)
        sessions.touch(token, at)
    assert at - NOW > WHOLE - timedelta(minutes=21)
    assert sessions.find(token, NOW + WHOLE + timedelta(seconds=1)) is None


def test_what_was_ended_stays_ended(sessions: Visits) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    sessions.end(token, NOW)
    sessions.touch(token, NOW)
    assert sessions.find(token, NOW) is None


@pytest.mark.parametrize("change", ["disable", "invite"])
def test_visits_end_with_what_the_account_was(
    accounts: Accounts, sessions: Visits, change: str
) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    accounts.disable("deputy-koshi") if change == "disable" else accounts.invite(
        "deputy-koshi", NOW
    )
    assert sessions.find(token, NOW) is None
    accounts.enable("deputy-koshi")
    assert sessions.find(token, NOW) is None, "nor does it come back"


def test_another_role_takes_effect_at_the_next_request(
    accounts: Accounts, sessions: Visits
) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    accounts.set_scope("deputy-koshi", ["51105"])
    found = sessions.find(token, NOW)
    assert found is not None
    assert found.account.scope == ("51105",)
    accounts.set_role("deputy-koshi", Role.AUDITOR)
    found = sessions.find(token, NOW)
    assert found is not None
    assert (found.account.role, found.account.scope) == (Role.AUDITOR, ())


def test_a_purpose_is_one_of_the_list(sessions: Visits) -> None:
    token = sessions.begin("deputy-koshi", LOCAL, NOW)
    with pytest.raises(SimaError):
        sessions.set_purpose(token, "because I want to")
    sessions.set_purpose(token, "planning")
    found = sessions.find(token, NOW)
    assert found is not None
    assert found.purpose == "planning"


# ---- the log


def viewed(number: int = 1, actor: str = "deputy-koshi") -> Event:
    return Event(EventKind.VIEWED, actor, "partner", "planner", number, "51106", "planning")


def test_a_log_that_was_only_written_is_whole(log: AuditLog) -> None:
    assert log.verify() == ""
    assert [log.note(viewed(n), NOW) for n in range(5)] == [1, 2, 3, 4, 5]
    assert log.verify() == ""
    assert log.verify(log.head()) == ""
    newest = log.list_entries(most=2)
    assert newest["seq"].to_list() == [5, 4]
    assert newest.iloc[0].to_dict() == {
        "seq": 5, "at": "2026-11-27T12:00:00Z", "account": "deputy-koshi", "kind": "viewed", "about": "",
        "audience": "partner", "number": 4, "subject": "planner", "place": "51106", "purpose": "planning",
    }  # fmt: skip


def test_the_database_refuses_to_change_or_delete_an_entry(
    log: AuditLog, accounts: Accounts
) -> None:
    log.note(viewed(), NOW)
    for statement in (audit_event.update().values(number=2), audit_event.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), accounts.engine.begin() as it:
            it.execute(statement)
    assert log.verify() == ""


@pytest.mark.parametrize("column", [c.name for c in audit_event.c if c.name != "seq"])
def test_an_altered_entry_is_found(log: AuditLog, accounts: Accounts, column: str) -> None:
    for n in range(4):
        log.note(viewed(n), NOW)
    value: object = 77 if column == "number" else "f" * 64
    unguarded(accounts, audit_event.update().where(audit_event.c.seq == 2).values({column: value}))
    assert log.verify() in ("Entry 2 was altered.", "The name of entry 2 was altered.")


def test_an_entry_that_was_taken_out_is_found(log: AuditLog, accounts: Accounts) -> None:
    for n in range(4):
        log.note(viewed(n), NOW)
    unguarded(accounts, audit_event.delete().where(audit_event.c.seq == 2))
    assert log.verify() == "Entry 2 is missing."
    unguarded(accounts, audit_event.update().where(audit_event.c.seq == 3).values(seq=2))
    assert log.verify() == "Entry 2 was altered."


def test_an_end_that_was_cut_off_shows_against_a_noted_head(
    log: AuditLog, accounts: Accounts
) -> None:
    for n in range(4):
        log.note(viewed(n), NOW)
    noted = log.head()
    log.note(viewed(), NOW)
    assert log.verify(noted) == "", "what came after is no harm"
    unguarded(accounts, audit_event.delete().where(audit_event.c.seq > 3))
    assert log.verify() == "", "the chain alone cannot know"
    assert "Entry 4, which was noted before, is missing" in log.verify(noted)
    assert "was noted before" in log.verify(Head(2, "0" * 64))


def test_a_name_that_was_put_in_is_found(log: AuditLog, accounts: Accounts) -> None:
    log.note(viewed(), NOW)
    unguarded(accounts, audit_name.update().values(account="somebody-else"))
    assert log.verify() == "The name of entry 1 was altered."


def test_names_are_removed_and_the_chain_holds(log: AuditLog) -> None:
    log.note(viewed(1), NOW - timedelta(days=400))
    log.note(viewed(2), NOW)
    assert log.remove_names(NOW - timedelta(days=365), "administrator", NOW) == 1
    assert log.verify() == ""
    accounts = log.list_entries()["account"].fillna("").to_list()
    assert accounts == ["administrator", "deputy-koshi", ""]


def test_two_at_once_make_one_chain(log: AuditLog) -> None:
    def write() -> None:
        for n in range(15):
            log.note(viewed(n), NOW)

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.head().seq == 45
    assert log.verify() == ""


@pytest.mark.parametrize(
    "words",
    [{"subject": "12 girls at Jamunaha"}, {"purpose": "Because"}, {"place": "Jamunaha"}, {"audience": "x y"},
     {"subject": "x" * 81}, {"place": "51106; --"}, {"subject": "127.0.0.1:80"}],
)  # fmt: skip
def test_what_is_no_code_is_not_written(words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="codes"):
        Event(EventKind.VIEWED, "somebody", **words)


def test_a_head_is_read_as_it_is_printed() -> None:
    assert read_head(f"12:{'a' * 64}") == Head(12, "a" * 64)
    for text in ("", "12", f"12:{'g' * 64}", f"x:{'a' * 64}", f"12:{'a' * 63}"):
        with pytest.raises(SimaError, match="NUMBER:HASH"):
            read_head(text)


@examples(3, 60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(set(EventKind) - {EventKind.NAMES_REMOVED})), st.integers(0, 9)
        ),
        min_size=1,
        max_size=8,
    ),
    st.integers(0, 10_000),
    st.sampled_from(["at", "kind", "actor", "previous", "hash"]),
    st.integers(0, 10_000),
)
def test_no_change_of_a_byte_goes_unnoticed(
    log: AuditLog,
    accounts: Accounts,
    events: list[tuple[EventKind, int]],
    which: int,
    column: str,
    where: int,
) -> None:
    for kind, number in events:
        log.note(Event(kind, "somebody", number=number), NOW)
    assert log.verify() == ""
    seq = 1 + which % log.head().seq
    with accounts.engine.connect() as connection:
        kept = connection.execute(sa.select(audit_event).filter_by(seq=seq)).mappings().one()
    text = str(kept[column])
    at = where % len(text)
    other = text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :]
    here = audit_event.c.seq == seq
    unguarded(accounts, audit_event.update().where(here).values({column: other}))
    assert log.verify() != ""
    unguarded(accounts, audit_event.update().where(here).values({column: text}))
    assert log.verify() == ""


def test_the_store_is_its_owners_alone(stores: Stores, accounts: Accounts) -> None:
    address = str(stores.settings.access)
    assert accounts.list_accounts()["account"].to_list() == ["deputy-koshi"]
    if not engines.is_server(address):
        assert Path(address).stat().st_mode & 0o077 == 0
