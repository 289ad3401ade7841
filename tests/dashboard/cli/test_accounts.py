"""`sima accounts` and `sima audit-log`: what they change, what they write down, what they refuse."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from dashboard.cli.main import main
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog
from data.accounts.sign_in import SignIn
from data.database.tables import audit_event, audit_name
from data.model import Role

GOOD = "river stone lantern"
Run = Callable[..., Result]


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts.create(str(tmp_path / "var" / "access" / "access.sqlite"))


@pytest.fixture
def run(accounts: Accounts, tmp_path: Path) -> Run:
    accounts.add("administrator", Role.ADMINISTRATOR)

    def invoke(*arguments: str) -> Result:
        env = {"SIMA_VAR": str(tmp_path / "var")}
        result = CliRunner().invoke(main, list(arguments), env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def code_of(result: Result) -> str:
    found = re.search(r": ([a-z0-9]{5}(-[a-z0-9]{5}){3})$", result.stdout, re.MULTILINE)
    assert found is not None, result.output
    return found[1]


def events(accounts: Accounts) -> list[tuple[str, str, str, str]]:
    listed = AuditLog(accounts.engine).list_entries()[["account", "kind", "about", "subject"]]
    return [tuple(row) for row in reversed(listed.to_numpy().tolist())]


def test_an_office_from_its_beginning_to_its_next_holder(run: Run, accounts: Accounts) -> None:
    by = ("--by", "administrator")
    assert (
        "Added planner-1"
        in run("accounts", "add", "planner-1", "--role", "planner", "--place", "511", *by).stdout
    )
    code = code_of(run("accounts", "invite", "planner-1", *by))
    now = datetime.now(UTC)
    accounts.accept("planner-1", code, GOOD, now)
    run("accounts", "scope", "planner-1", "--place", "312", *by)
    run(
        "accounts", "bind", "planner-1", "--issuer", "https://id.example.org", "--subject", "x", *by
    )
    run("accounts", "disable", "planner-1", *by)
    run("accounts", "enable", "planner-1", *by)
    code_of(run("accounts", "reset", "planner-1", *by))
    run("accounts", "role", "planner-1", "--role", "auditor", *by)
    assert SignIn(accounts).attempt("planner-1", GOOD, "", now).account is None
    listed = json.loads(run("accounts", "list", "--json").stdout)
    assert {k: v for k, v in listed[1].items() if k != "created"} == {
        "account": "planner-1", "role": "auditor", "scope": "", "state": "invited", "signs_in": "not yet",
    }  # fmt: skip
    done = [(kind, subject) for account, kind, about, subject in events(accounts)
            if (account, about) == ("administrator", "planner-1")]  # fmt: skip
    assert done == [
        ("account_changed", "role=planner"), ("account_invited", ""), ("account_changed", "places=1"),
        ("account_changed", "identity"), ("account_changed", "state=disabled"), ("account_changed", "state=active"),
        ("account_reset", ""), ("account_changed", "role=auditor"),
    ]  # fmt: skip


def test_an_invitation_does_not_take_a_password_away(run: Run, accounts: Accounts) -> None:
    run("accounts", "add", "auditor-1", "--role", "auditor")
    first = code_of(run("accounts", "invite", "auditor-1"))
    second = code_of(run("accounts", "invite", "auditor-1"))  # the first one was lost
    assert first != second
    accounts.accept("auditor-1", second, GOOD, datetime.now(UTC))
    refused = run("accounts", "invite", "auditor-1")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "sima accounts reset auditor-1" in refused.stderr
    assert SignIn(accounts).attempt("auditor-1", GOOD, "", datetime.now(UTC)).account is not None


@pytest.mark.parametrize("by", ["planner-1", "nobody", "gone"])
@pytest.mark.parametrize(
    "command",
    [("accounts", "add", "new", "--role", "auditor"), ("accounts", "invite", "planner-1"),
     ("accounts", "reset", "planner-1"), ("accounts", "disable", "planner-1"), ("accounts", "enable", "planner-1"),
     ("accounts", "role", "planner-1", "--role", "steward"), ("accounts", "scope", "planner-1", "--place", "NP"),
     ("accounts", "bind", "planner-1", "--issuer", "https://a", "--subject", "x"), ("audit-log", "forget")],
    ids=" ".join,
)  # fmt: skip
def test_nobody_but_an_administrator_is_named_for_a_change(
    run: Run, accounts: Accounts, command: tuple[str, ...], by: str
) -> None:
    accounts.add("planner-1", Role.PLANNER, ["511"])
    accounts.add("gone", Role.ADMINISTRATOR)
    accounts.disable("gone")
    before = accounts.list_accounts()
    refused = run(*command, "--by", by)
    assert refused.exit_code == 2
    assert by in refused.stderr
    assert accounts.list_accounts().equals(before)
    assert events(accounts) == []


def test_adding_again_changes_nothing_and_says_so(run: Run, accounts: Accounts) -> None:
    run("accounts", "add", "planner-1", "--role", "planner", "--place", "511")
    again = run("accounts", "add", "planner-1", "--role", "planner", "--place", "NP")
    assert again.exit_code == 2
    assert "sima accounts scope planner-1" in again.stderr
    assert accounts.get("planner-1").scope == ("511",)
    assert len(events(accounts)) == 1


def test_a_place_that_does_not_fit_is_refused_with_a_remedy(run: Run, accounts: Accounts) -> None:
    refused = run("accounts", "add", "deputy-1", "--role", "deputy", "--place", "511")
    assert refused.exit_code == 2
    assert "511: A deputy needs palikas: five-digit codes" in refused.stderr
    assert accounts.list_accounts()["account"].to_list() == ["administrator"]


def test_the_log_is_verified_with_and_without_a_noted_head(run: Run, accounts: Accounts) -> None:
    for name in ("auditor-1", "auditor-2"):
        run("accounts", "add", name, "--role", "auditor")
    head = run("audit-log", "head").stdout.strip()
    noted = json.loads(run("audit-log", "head", "--json").stdout)
    assert head == f"{noted['seq']}:{noted['hash']}"
    run("accounts", "disable", "auditor-1")
    for more in ((), ("--head", head)):
        whole = run("audit-log", "verify", *more)
        assert (whole.exit_code, whole.stdout) == (0, "The log is complete: 3 entries.\n")
    told = json.loads(run("audit-log", "verify", "--json").stdout)
    assert told == {"whole": True, "wrong": "", "entries": 3}
    with accounts.engine.begin() as connection:
        for change in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER audit_event_no_{change}")
        connection.execute(sa.delete(audit_event).where(audit_event.c.seq > 1))
        connection.execute(sa.delete(audit_name).where(audit_name.c.seq > 1))
    assert run("audit-log", "verify").exit_code == 0, "a cut end shows against a noted head alone"
    cut = run("audit-log", "verify", "--head", head, "--json")
    assert cut.exit_code == 1
    assert "Entry 2," in json.loads(cut.stdout)["wrong"]
    assert run("audit-log", "verify", "--head", "2").exit_code == 2


def test_names_are_forgotten_and_that_is_written_down(run: Run, accounts: Accounts) -> None:
    run("accounts", "add", "auditor-1", "--role", "auditor", "--by", "administrator")
    kept = run("audit-log", "forget", "--older-than", "1", "--by", "administrator")
    assert "0 names removed" in kept.stderr
    assert run("audit-log", "forget", "--older-than", "0").exit_code == 2
    assert [kind for _account, kind, *_ in events(accounts)] == ["account_changed", "names_removed"]
    listed = json.loads(run("audit-log", "list", "--json").stdout)
    assert [row["seq"] for row in listed] == [2, 1]
    assert run("audit-log", "verify").exit_code == 0
