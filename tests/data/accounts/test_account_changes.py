"""What a change of an account ends, and what it leaves, on SQLite and PostgreSQL."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from data.accounts import audit_log
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.accounts.sign_in import SignIn
from data.accounts.visits import LOCAL, Visits
from data.database import engines
from data.model import Role, SimaError
from tests.conftest import Stores
from tests.support.accounts_world import GOOD, with_account

STORES = ("access",)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OTHER = "blue kite over terai"


@pytest.fixture
def accounts(stores: Stores) -> Accounts:
    return with_account(str(stores.settings.access), "planner", NOW)


@pytest.fixture
def sessions(accounts: Accounts) -> Visits:
    return Visits(accounts.engine, idle=timedelta(minutes=30), absolute=timedelta(hours=12))


def proven(accounts: Accounts, name: str, at: datetime) -> None:
    """Take an account through an invitation with a second proof."""
    code = accounts.invite(name, at)
    enrolment = accounts.accept(name, code, GOOD, at)
    assert enrolment is not None
    assert accounts.finish(name, code, pyotp.TOTP(enrolment.secret).at(at), at)


def test_a_change_and_its_entry_in_the_log_are_stored_together_or_not_at_all(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, event = AuditLog(accounts.engine), Event(EventKind.ACCOUNT_CHANGED, "x", about="planner")
    with log.noting(event, NOW):
        accounts.set_scope("planner", ["312"])
    assert (accounts.get("planner").scope, log.head().seq) == (("312",), 1)

    def by_halves() -> None:
        with log.noting(event, NOW):
            accounts.set_scope("planner", ["113"])
            accounts.disable("nobody")

    with pytest.raises(SimaError, match="no account nobody"):
        by_halves()
    assert (accounts.get("planner").scope, log.head().seq) == (("312",), 1)

    def full(*_: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(audit_log, "_append", full)
    with pytest.raises(OSError, match="no space"), log.noting(event, NOW):
        accounts.disable("planner")
    assert accounts.get("planner").state == "active"
    assert log.verify() == ""


def test_nobody_else_writes_in_between(accounts: Accounts) -> None:
    done: list[str] = []

    def another() -> None:
        accounts.disable("planner")
        done.append("another")

    thread = threading.Thread(target=another)
    with engines.writing(accounts.engine), engines.writing(accounts.engine):
        thread.start()
        accounts.set_scope("planner", ["312"])
        thread.join(timeout=0.5)
        done.append("first")
    thread.join()
    assert done == ["first", "another"]
    assert accounts.get("planner").state == "disabled"


def test_a_visit_without_second_proof_does_not_become_a_stewards(
    accounts: Accounts, sessions: Visits
) -> None:
    token = sessions.begin("planner", LOCAL, NOW)
    accounts.set_role("planner", Role.STEWARD)
    assert sessions.find(token, NOW) is None
    assert SignIn(accounts).attempt("planner", GOOD, "", NOW).account is None


def test_nor_does_that_of_somebody_who_had_a_second_proof_once(
    accounts: Accounts, sessions: Visits
) -> None:
    accounts.add("office", Role.STEWARD)
    proven(accounts, "office", NOW)
    accounts.set_role("office", Role.PLANNER, ["511"])
    assert SignIn(accounts).attempt("office", GOOD, "", NOW).account is not None
    token = sessions.begin("office", LOCAL, NOW)
    accounts.set_role("office", Role.APPROVER)
    assert sessions.find(token, NOW) is None
    assert accounts.list_accounts().set_index("account").at["office", "signs_in"] == "password"


def test_a_role_without_second_proof_keeps_its_visit(accounts: Accounts, sessions: Visits) -> None:
    token = sessions.begin("planner", LOCAL, NOW)
    accounts.set_role("planner", Role.AUDITOR)
    found = sessions.find(token, NOW)
    assert found is not None
    assert found.account.role is Role.AUDITOR


def test_ending_a_lock_out_leaves_an_invitation_good(accounts: Accounts) -> None:
    code = accounts.invite("planner", NOW)
    accounts.enable("planner")
    assert accounts.get("planner").state == "invited"
    accounts.accept("planner", code, OTHER, NOW)
    assert accounts.get("planner").state == "active"


def test_disabling_keeps_an_invitation_for_when_it_is_enabled(accounts: Accounts) -> None:
    code = accounts.invite("planner", NOW)
    accounts.disable("planner")
    with pytest.raises(SimaError, match="wrong, already used or expired"):
        accounts.accept("planner", code, OTHER, NOW)
    accounts.enable("planner")
    accounts.accept("planner", code, OTHER, NOW)
    assert SignIn(accounts).attempt("planner", OTHER, "", NOW).account is not None


def test_an_invitation_does_not_bring_a_disabled_account_back(accounts: Accounts) -> None:
    accounts.disable("planner")
    with pytest.raises(SimaError, match="sima accounts enable planner"):
        accounts.invite("planner", NOW)
    assert accounts.get("planner").state == "disabled"


def test_a_disabled_account_acts_nowhere(accounts: Accounts) -> None:
    accounts.disable("planner")
    with pytest.raises(SimaError, match="disabled"):
        accounts.role("planner")
    accounts.set_scope("planner", ["312"])  # the administrator may still put it in order
    assert accounts.get("planner").scope == ("312",)


def test_who_held_an_office_before_does_not_come_in_by_the_provider(accounts: Accounts) -> None:
    accounts.bind("planner", "https://id.example.org", "before")
    accounts.accept("planner", accounts.invite("planner", NOW), OTHER, NOW)
    assert accounts.find_by_identity("https://id.example.org", "before") is None


def test_an_account_is_added_once_and_is_not_changed_by_that(accounts: Accounts) -> None:
    assert not accounts.add("planner", Role.PLANNER, ["312"])
    assert accounts.get("planner").scope == ("511",)
    assert accounts.add("another", Role.PLANNER, ["312"])


@pytest.mark.parametrize(
    ("role", "code", "remedy"),
    [(Role.DEPUTY, "511", "five-digit"), (Role.PLANNER, "51106", "three-digit"), (Role.STEWARD, "511", "no places")],
)  # fmt: skip
def test_a_wrong_place_is_named_with_what_to_write(
    accounts: Accounts, role: Role, code: str, remedy: str
) -> None:
    with pytest.raises(SimaError, match=remedy) as refusal:
        accounts.add("another", role, [code])
    assert role is Role.STEWARD or code in str(refusal.value)


def test_of_two_who_use_one_code_the_second_is_refused(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking at a code and keeping the password, another uses the same code."""
    from data.accounts import passwords  # noqa: PLC0415

    code, really = accounts.invite("planner", NOW), passwords.hash_password

    def slow(password: str) -> str:
        monkeypatch.setattr(passwords, "hash_password", really)
        accounts.accept("planner", code, OTHER, NOW)
        return really(password)

    monkeypatch.setattr(passwords, "hash_password", slow)
    with pytest.raises(SimaError, match="wrong, already used or expired"):
        accounts.accept("planner", code, GOOD, NOW)
    assert SignIn(accounts).attempt("planner", OTHER, "", NOW).account is not None


def test_a_visit_begun_while_the_account_was_reset_does_not_come_alive(
    accounts: Accounts, sessions: Visits
) -> None:
    code = accounts.invite("planner", NOW)
    token = sessions.begin("planner", LOCAL, NOW)  # of a sign-in that was half done
    assert sessions.find(token, NOW) is None
    accounts.accept("planner", code, OTHER, NOW)
    assert sessions.find(token, NOW) is None


def test_a_letter_written_in_two_ways_is_one_password(accounts: Accounts) -> None:
    """A composed nukta on one telephone, a separate one on another: NFC and NFD of the same."""
    composed, apart = "पढ\u093cाई र कथा ढुङ्गा", "प\u095dाई र कथा ढुङ्गा"
    assert composed != apart
    accounts.accept("planner", accounts.invite("planner", NOW), composed, NOW)
    assert SignIn(accounts).attempt("planner", apart, "", NOW).account is not None


def test_what_was_deleted_is_overwritten(stores: Stores) -> None:
    address = str(stores.settings.access)
    Accounts.create(address)
    if not engines.is_server(address):
        assert Path(address).exists()
        with engines.connect(address).connect() as connection:
            assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
