"""Signing in: throttled before anything is hashed, the same answer to every wrong try."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from data.accounts import passwords, throttling
from data.accounts.accounts import Accounts
from data.accounts.sign_in import Outcome, SignIn
from data.model import Role, SimaError
from tests.support.accounts_world import GOOD, with_account

NOW = datetime(2026, 11, 27, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return with_account(tmp_path / "access.sqlite", "planner-banke", NOW)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """What passwords were compared with; the work of a hash each."""
    done: list[str | None] = []
    really = passwords.is_correct

    def is_correct(stored: str | None, password: str) -> bool:
        done.append(stored)
        return really(stored, password)

    monkeypatch.setattr(passwords, "is_correct", is_correct)
    return done


def steward(accounts: Accounts) -> str:
    """A steward with a second proof; gives its key."""
    accounts.add("steward", Role.STEWARD)
    code = accounts.invite("steward", NOW)
    enrolment = accounts.accept("steward", code, GOOD, NOW)
    assert enrolment is not None
    assert accounts.finish("steward", code, pyotp.TOTP(enrolment.secret).at(NOW), NOW)
    return enrolment.secret


def test_the_right_password_signs_in_whatever_the_case_of_the_name(accounts: Accounts) -> None:
    for name in ("planner-banke", " Planner-Banke "):
        found = SignIn(accounts).attempt(name, GOOD, "", NOW).account
        assert found is not None
        assert (found.name, found.role, found.scope) == ("planner-banke", Role.PLANNER, ("511",))


def test_every_wrong_try_is_answered_alike(accounts: Accounts, hashed: list[str | None]) -> None:
    accounts.add("gone", Role.AUDITOR)
    accounts.accept("gone", accounts.invite("gone", NOW), GOOD, NOW)
    accounts.disable("gone")
    accounts.add("invited", Role.AUDITOR)
    accounts.invite("invited", NOW)
    steward(accounts)
    tried = SignIn(accounts)
    for name, password, code in [
        ("planner-banke", "wrong", ""), ("nobody", GOOD, ""), ("gone", GOOD, ""), ("invited", "", ""),
        ("steward", GOOD, ""), ("steward", GOOD, "000000"), ("steward", "wrong", "000000"), ("", "", ""),
        ("planner-banke' OR 1=1 --", GOOD, ""), ("x" * 10_000, "y" * 10_000, "z" * 10_000),
    ]:  # fmt: skip
        outcome = tried.attempt(name, password, code, NOW)
        assert (outcome.account, outcome.wait_s) == (None, 0), name
    assert len(hashed) == 10, "one hash each, for names that are not known too"


MANY = pytest.mark.parametrize("many", [200, pytest.param(10_000, marks=pytest.mark.deep)])


@MANY
def test_ten_thousand_wrong_passwords_cost_ten_hashes(
    accounts: Accounts, hashed: list[str | None], many: int
) -> None:
    tried = SignIn(accounts)
    for n in range(many):
        assert tried.attempt("planner-banke", f"guess {n}", "", NOW).account is None
    assert len(hashed) == 5, "the sixth has to wait"
    assert tried.attempt("planner-banke", GOOD, "", NOW).account is None, "locked for everybody"


@MANY
def test_ten_thousand_over_hours_cost_few_hashes(
    accounts: Accounts, hashed: list[str | None], many: int
) -> None:
    tried, every = SignIn(accounts), timedelta(seconds=10_000 / many)
    for n in range(many):
        tried.attempt("planner-banke", f"guess {n}", "", NOW + n * every)
    assert 10 <= len(hashed) <= 16, "waiting, then locked for a quarter of an hour and longer"


@MANY
def test_ten_thousand_names_cost_what_all_together_may(
    accounts: Accounts, hashed: list[str | None], many: int
) -> None:
    tried = SignIn(accounts)
    for n in range(many):
        tried.attempt(f"name-{n}", "guess", "", NOW + timedelta(milliseconds=n))
    assert len(hashed) <= 40 + 10 + 1 < many


def test_what_was_counted_is_known_to_another_process(accounts: Accounts) -> None:
    for n in range(5):
        SignIn(accounts).attempt("planner-banke", f"guess {n}", "", NOW)
    assert SignIn(accounts).attempt("planner-banke", GOOD, "", NOW).wait_s > 0
    later = NOW + timedelta(minutes=1)
    assert SignIn(accounts).attempt("planner-banke", GOOD, "", later).account is not None
    assert SignIn(accounts).attempt("planner-banke", "wrong", "", later) == Outcome(
        None, 0, "planner-banke"
    ), "a success begins anew"


def test_a_name_that_is_no_account_waits_as_one_that_is(accounts: Accounts) -> None:
    tried = SignIn(accounts)
    waits = {
        name: [tried.attempt(name, "wrong", "", NOW).wait_s for _ in range(7)]
        for name in ("planner-banke", "nobody")
    }
    assert waits["planner-banke"] == waits["nobody"]


@given(st.integers(0, 60))
def test_waits_never_grow_shorter_and_end(wrong: int) -> None:
    assert throttling.wait_after(wrong) <= throttling.wait_after(wrong + 1) <= timedelta(hours=24)


def test_strangers_are_forgotten_before_the_memory_is_full() -> None:
    strangers = throttling.UnknownNames(most=100)
    for n in range(1000):
        assert strangers.count(f"name-{n}", 0, NOW)
    assert len(strangers._wrong) == 100  # noqa: SLF001  # what it holds is the point


# ---- the second proof


def test_a_code_works_once_and_one_half_minute_either_way(accounts: Accounts) -> None:
    secret, tried = steward(accounts), SignIn(accounts)
    totp = pyotp.TOTP(secret)
    later = NOW + timedelta(minutes=2)
    code = totp.at(later)
    assert tried.attempt("steward", GOOD, code, later).account is not None
    assert tried.attempt("steward", GOOD, code, later).account is None, "replayed"
    assert (
        tried.attempt("steward", GOOD, totp.at(later - timedelta(seconds=30)), later).account
        is None
    )
    ahead = totp.at(later + timedelta(seconds=30))
    assert tried.attempt("steward", GOOD, f"{ahead[:3]} {ahead[3:]}", later).account is not None
    far = later + timedelta(hours=1)
    assert tried.attempt("steward", GOOD, totp.at(far + timedelta(minutes=2)), far).account is None


def test_the_code_of_the_enrolment_does_not_sign_in(accounts: Accounts) -> None:
    totp = pyotp.TOTP(steward(accounts))
    assert SignIn(accounts).attempt("steward", GOOD, totp.at(NOW), NOW).account is None


# ---- passwords


@pytest.mark.parametrize(
    ("password", "kind"),
    [("short", "length"), ("x" * 300, "length"), ("planner-banke 12", "name"), ("passwordpassword", "common"),
     ("Password1234!", "common"), ("aaaaaaaaaaaaaa", "common"), ("123456789012", "common"), ("abcdefghijklm", "common"), ("98765432109876", "common"), (GOOD, ""),
     ("83920174650192837465", ""), ("7x3-9q2-8471-5526", ""),
     ("नदी ढुङ्गा लालटिन", "")],
)  # fmt: skip
def test_a_new_password_is_not_easily_guessed(password: str, kind: str) -> None:
    assert passwords.find_weakness(password, name="planner-banke") == kind
    if kind:
        with pytest.raises(SimaError) as refusal:
            passwords.require_good(password, name="planner-banke")
        assert password not in str(refusal.value)


def test_a_hash_of_a_password_takes_as_long_as_the_library_advises() -> None:
    """Tests hash quickly (see `conftest`); a process of its own hashes as a service does."""
    say = (
        "from data.accounts import passwords; print(passwords.hash_password('river stone lantern'))"
    )
    made = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)
    assert not PasswordHasher().check_needs_rehash(made.stdout.strip())


def test_nothing_of_a_password_is_stored_in_clear(accounts: Accounts, tmp_path: Path) -> None:
    secret = steward(accounts)
    content = (tmp_path / "access.sqlite").read_bytes()
    assert GOOD.encode() not in content
    assert b"$argon2id$" in content
    assert secret.encode() in content, "the key of codes must be known to check them (threat model)"
