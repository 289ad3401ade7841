"""Guesses at the same moment are counted as those one after the other are."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from data.accounts import passwords
from data.accounts.accounts import Accounts
from data.accounts.sign_in import Outcome, SignIn
from tests.support.accounts_world import GOOD, with_account

NOW = datetime(2026, 11, 27, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return with_account(tmp_path / "access.sqlite", "planner", NOW)


@pytest.mark.parametrize("name", ["planner", "nobody"])
def test_thirty_guesses_at_once_cost_what_five_one_by_one_do(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    done: list[str] = []
    others = threading.Event()

    def slow(stored: str | None, password: str) -> bool:
        """Compare for as long as others may still try: until all but the five were answered."""
        del stored
        done.append(password)
        others.wait(timeout=60)
        return False

    monkeypatch.setattr(passwords, "is_correct", slow)
    tried, outcomes = SignIn(accounts), list[Outcome]()

    def attempt(n: int) -> None:
        outcomes.append(tried.attempt(name, f"guess {n}", "", NOW))
        if len(outcomes) >= 25:
            others.set()

    threads = [threading.Thread(target=attempt, args=(n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 30
    assert 1 <= len(done) <= 5
    assert sum(outcome.wait_s > 0 for outcome in outcomes) >= 25


def test_a_guess_that_never_ended_was_counted(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped in the middle of a hash must not give a free guess."""

    def stopped(_stored: str | None, _password: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(passwords, "is_correct", stopped)
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            SignIn(accounts).attempt("planner", "guess", "", NOW)
    monkeypatch.undo()
    assert SignIn(accounts).attempt("planner", GOOD, "", NOW).wait_s > 0
    later = NOW + timedelta(minutes=1)
    assert SignIn(accounts).attempt("planner", GOOD, "", later).account is not None
