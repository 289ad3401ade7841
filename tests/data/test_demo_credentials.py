"""Passwords of the demonstration: new each time, of synthetic stores alone, nowhere in clear."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyotp
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data import setup
from data.accounts import passwords
from data.accounts.accounts import Accounts
from data.accounts.sign_in import SignIn
from data.holdings import Holdings
from data.model import Role, SimaError
from data.settings import Settings


def stores(tmp_path: Path, *, synthetic: bool) -> tuple[Settings, Accounts]:
    settings = Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})
    Holdings.create(str(settings.holdings), synthetic=synthetic)
    return settings, Accounts.create(str(settings.access))


def test_every_role_can_sign_in_with_what_is_said(tmp_path: Path) -> None:
    settings, accounts = stores(tmp_path, synthetic=True)
    said = setup.demo_credentials(settings)
    assert {role for _name, role, *_ in said} == {role.value for role in Role} - {"public"}
    content = Path(str(settings.access)).read_bytes()
    now = datetime.now(UTC)
    for name, role, password, secret in said:
        assert bool(secret) == (role in ("steward", "approver", "administrator"))
        digits = pyotp.TOTP(secret).at(now) if secret else ""
        found = SignIn(accounts).attempt(name, password, digits, now).account
        assert found is not None, name
        assert found.role == role
        assert password.encode() not in content


def test_they_are_others_the_next_time_whatever_was_done_meanwhile(tmp_path: Path) -> None:
    settings, accounts = stores(tmp_path, synthetic=True)
    first = {name: password for name, _role, password, _secret in setup.demo_credentials(settings)}
    accounts.disable("demo-planner")
    accounts.set_role("demo-auditor", Role.PLANNER, ["511"])
    second = {
        name: (role, password) for name, role, password, _ in setup.demo_credentials(settings)
    }
    assert second["demo-auditor"][0] == "planner", "a change for a look stays"
    later = datetime.now(UTC) + timedelta(minutes=5)
    for name in ("demo-planner", "demo-auditor", "demo-deputy"):
        assert first[name] != second[name][1]
        assert SignIn(accounts).attempt(name, first[name], "", later).account is None
        assert SignIn(accounts).attempt(name, second[name][1], "", later).account is not None


@given(st.binary(min_size=12, max_size=12))
def test_what_is_made_by_chance_is_not_called_common(content: bytes) -> None:
    password = f"{content[:4].hex()}-{content[4:8].hex()}-{content[8:].hex()}"
    steps = [abs(ord(b) - ord(a)) for a, b in pairwise(password)]
    # What chance gives once in a hundred millions: a run of numbers, or one letter over and over.
    assume("123456" not in password and "abc123" not in password)
    assume(len(set(password)) >= 6 and sum(step <= 1 for step in steps) < 17)
    assert passwords.find_weakness(password, name="demo-planner") == ""


def test_real_stores_have_none(tmp_path: Path) -> None:
    settings, accounts = stores(tmp_path, synthetic=False)
    with pytest.raises(SimaError, match="real data"):
        setup.demo_credentials(settings)
    assert accounts.list_accounts().empty
