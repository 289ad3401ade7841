"""A sign-in at a provider becomes a visit of ours, or does not."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dashboard.auth import oidc
from dashboard.auth.oidc import Identity
from dashboard.server.routes import sign_in
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog
from data.model import Role
from tests.support.accounts_world import with_account

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ISSUER = "https://id.example.org"


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """A stewards' service, an account of a steward and one of a planner, both bound."""
    address = tmp_path / "access.sqlite"
    store = with_account(address, "planner", NOW)
    store.add("steward", Role.STEWARD)
    store.set_role("steward", Role.STEWARD)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET state = 'active'")
    for name in ("planner", "steward"):
        store.bind(name, ISSUER, name)
    for name in ("holdings", "partner", "public"):
        monkeypatch.setenv(f"SIMA_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv("SIMA_ACCESS", str(address))
    monkeypatch.setenv("SIMA_SERVICE", "steward")
    return store


def adopted(monkeypatch: pytest.MonkeyPatch, who: Identity | None) -> dict[str, str]:
    """The answer to a provider's callback in which Streamlit set its cookie."""
    sent: list[Any] = []

    async def streamlit(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"location", b"/"), (b"set-cookie", b"_streamlit_user=signed")]
        await send({"type": "http.response.start", "status": 302, "headers": headers})

    async def keep(message: Any) -> None:
        sent.append(message)

    monkeypatch.setattr(oidc, "identity", lambda _cookies: who)
    scope = {
        "type": "http",
        "path": oidc.CALLBACK,
        "method": "GET",
        "headers": [],
        "query_string": b"",
    }

    async def answer() -> None:
        await sign_in.Adopting(streamlit)(scope, None, keep)  # type: ignore[arg-type]  # never asked

    # In a thread of its own: where a browser was driven before, this one has a running loop.
    with ThreadPoolExecutor(1) as alone:
        alone.submit(lambda: asyncio.run(answer())).result()
    (start,) = sent
    pairs = [(name.decode(), value.decode()) for name, value in start["headers"]]
    cookies = "; ".join(value.split("=")[0] for name, value in pairs if name == "set-cookie")
    return {"location": dict(pairs)["location"], "cookies": cookies}


def test_a_steward_needs_a_second_proof_at_the_provider_as_well(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = adopted(monkeypatch, Identity(ISSUER, "steward"))
    assert refused == {"location": "/sign-in/unknown?proof=none", "cookies": ""}
    assert AuditLog(accounts.engine).head().seq == 0
    let_in = adopted(monkeypatch, Identity(ISSUER, "steward", proven=True))
    assert let_in["location"] == "/"
    assert "sima_session" in let_in["cookies"]
    assert AuditLog(accounts.engine).list_entries()["kind"].to_list() == ["signed_in"]


@pytest.mark.parametrize("who", [Identity(ISSUER, "nobody", proven=True), Identity("https://x", "steward", proven=True),
                                 Identity(ISSUER, "planner", proven=True)])  # fmt: skip
@pytest.mark.usefixtures("accounts")
def test_who_has_no_account_here_gets_no_cookie(
    monkeypatch: pytest.MonkeyPatch, who: Identity
) -> None:
    assert adopted(monkeypatch, who) == {"location": "/sign-in/unknown", "cookies": ""}


@pytest.mark.usefixtures("accounts")
def test_an_answer_that_names_nobody_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert adopted(monkeypatch, None) == {"location": "/", "cookies": "_streamlit_user"}


@pytest.mark.parametrize(
    ("claims", "proven"),
    [({}, False), ({"amr": ["pwd"]}, False), ({"amr": "mfa"}, False), ({"amr": ["pwd", "otp"]}, True),
     ({"amr": ["mfa"]}, True), ({"amr": [["mfa"]]}, False), ({"acr": "mfa"}, False)],
)  # fmt: skip
def test_what_a_provider_says_is_a_second_proof(claims: dict[str, object], proven: bool) -> None:  # noqa: FBT001  # a parameter
    assert oidc.of_claims({"iss": ISSUER, "sub": "x", **claims}) == Identity(ISSUER, "x", proven)


@pytest.mark.parametrize(
    "claims", [{}, {"iss": ISSUER}, {"sub": "x"}, {"iss": "", "sub": "x"}, {"iss": 1, "sub": "x"}]
)
def test_who_is_not_named_is_nobody(claims: dict[str, object]) -> None:
    assert oidc.of_claims(claims) is None
