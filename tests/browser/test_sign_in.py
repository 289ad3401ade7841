"""Signing in as people do, both ways: a password of ours, and an organisation's own provider."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog
from data.database import engines
from data.database.tables import visit
from data.model import Role
from tests.browser.conftest import (
    ON_PHONE,
    PHONE,
    SLOW_MS,
    WIDE,
    answers,
    free_port,
    no_sideways_scroll,
    serving,
    settle,
)
from tests.support.viewers import TOKENS

pytestmark = pytest.mark.browser
GOOD = "river stone lantern"
SUBJECT, STRANGER = "248289761001", "nobody-here"


@pytest.fixture(scope="module")
def var(demo_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sign-in") / "var"
    shutil.copytree(demo_var, folder)
    return folder


@pytest.fixture(scope="module")
def accounts(var: Path) -> Accounts:
    return Accounts.create(str(var / "access" / "access.sqlite"))


@pytest.fixture(scope="module")
def partner(var: Path, accounts: Accounts) -> Iterator[str]:
    accounts.add("deputy-1", Role.DEPUTY, ["51106"])
    env = {"SIMA_ACCESS": str(var / "access" / "access.sqlite")}
    with serving(var, "planner:511", env=env) as address:
        TOKENS.pop(address)  # nobody has signed in here yet
        yield address


@pytest.fixture(params=ON_PHONE)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=request.param)
    opened = context.new_page()
    opened.set_default_timeout(SLOW_MS)
    yield opened
    context.close()


def give(page: Page, name: str, password: str, code: str = "") -> None:
    page.get_by_label("Account", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    if code:
        page.get_by_label(re.compile("^Six-digit code")).fill(code)
    page.get_by_role("button", name="Sign in").click()


def say_purpose(page: Page) -> None:
    settle(page)
    expect(page.get_by_text("What do you need these figures for?")).to_be_visible()
    page.get_by_text("Planning work in my area").click()
    page.get_by_role("button", name="Continue").click()
    settle(page)


def test_somebody_who_was_invited_chooses_a_password_and_reaches_what_she_asked_for(
    page: Page, partner: str, accounts: Accounts
) -> None:
    code = accounts.invite("deputy-1", datetime.now(UTC))
    page.goto(f"{partner}/invitation")
    assert no_sideways_scroll(page)
    page.get_by_label("Account", exact=True).fill("deputy-1")
    page.get_by_label("Invitation code").fill(code)
    page.get_by_label(re.compile("^New password")).fill("short")
    page.get_by_label("Repeat the password").fill("short")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 12 characters")
    page.get_by_label("Invitation code").fill(code)
    page.get_by_label(re.compile("^New password")).fill(GOOD)
    page.get_by_label("Repeat the password").fill(GOOD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Your account is ready")).to_be_visible()
    page.goto(f"{partner}/place?unit=5110603")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fplace%3Funit%3D5110603"))
    give(page, "deputy-1", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("Wrong account")
    give(page, "deputy-1", GOOD)
    page.wait_for_url(f"{partner}/place?unit=5110603")
    say_purpose(page)
    expect(page.locator("h1")).to_contain_text("3")
    assert page.url.startswith(f"{partner}/place?unit=5110603"), "a deep link survives"
    kept = {c["name"]: c for c in page.context.cookies()}["sima_session"]
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Lax")
    assert page.evaluate("document.cookie").find("sima_session") < 0
    # Signed out: the same cookie, kept by a thief, opens nothing any more.
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.context.add_cookies([{"name": "sima_session", "value": kept["value"], "url": partner}])
    page.goto(f"{partner}/palika")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fpalika"))
    events = AuditLog(accounts.engine).list_entries(most=40)["kind"].to_list()
    assert {
        "account_accepted",
        "sign_in_refused",
        "signed_in",
        "purpose_said",
        "viewed",
        "signed_out",
    } <= set(events)
    assert AuditLog(accounts.engine).verify() == ""


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(
    browser: Browser, partner: str, accounts: Accounts
) -> None:
    accounts.add("planner-1", Role.PLANNER, ["511"])
    now = datetime.now(UTC)
    accounts.accept("planner-1", accounts.invite("planner-1", now), GOOD, now)
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{partner}/planner")
    give(page, "planner-1", GOOD)
    page.wait_for_url(f"{partner}/")
    say_purpose(page)
    where = page.get_by_label("Where", exact=True)
    expect(where.locator("option")).to_have_text(["Banke"])
    accounts.set_scope("planner-1", ["312"])
    page.get_by_text("Ranking").click()
    expect(where.locator("option:checked")).to_have_text("Makwanpur")
    accounts.set_role("planner-1", Role.AUDITOR)
    page.get_by_role("link", name="Booths").click()
    settle(page)
    assert page.get_by_role("link", name="Explore").count() == 0
    expect(page.get_by_role("link", name="Audit log")).to_be_visible()
    accounts.disable("planner-1")
    page.get_by_role("link", name="Map").click()
    expect(page.get_by_text("You are not signed in, or your session has ended.")).to_be_visible()
    assert page.locator("[data-sima-map]").count() == 0
    context.close()


@pytest.mark.parametrize(
    ("which", "ago"), [("seen", timedelta(minutes=31)), ("began", timedelta(hours=13))]
)
def test_a_visit_ends_when_nobody_was_there_and_at_the_latest_after_a_day_of_work(
    browser: Browser, partner: str, accounts: Accounts, which: str, ago: timedelta
) -> None:
    now, name = datetime.now(UTC), f"planner-{which}"
    accounts.add(name, Role.PLANNER, ["511"])
    accounts.accept(name, accounts.invite(name, now), GOOD, now)
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{partner}/planner")
    give(page, name, GOOD)
    page.wait_for_url(f"{partner}/")
    say_purpose(page)
    page.get_by_text("Ranking").click()
    settle(page)
    expect(page.get_by_label("Where", exact=True)).to_be_visible()
    with accounts.engine.begin() as connection:
        mine = visit.update().where(visit.c.account == name)
        connection.execute(mine.values({which: engines.stamp(datetime.now(UTC) - ago)}))
    page.get_by_text("Over time", exact=True).click()  # a part of the page, drawn by itself
    expect(page.get_by_text("You are not signed in, or your session has ended.")).to_be_visible()
    assert page.get_by_label("Where", exact=True).count() == 0
    page.goto(f"{partner}/booths")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fbooths"))
    give(page, name, GOOD)
    page.wait_for_url(f"{partner}/booths")
    context.close()


def test_a_steward_shows_a_second_proof(browser: Browser, var: Path, accounts: Accounts) -> None:
    with serving(var, "steward") as address:
        TOKENS.pop(address)
        now = datetime.now(UTC)
        code = accounts.invite("demo-steward", now)
        context = browser.new_context(viewport=PHONE)
        page = context.new_page()
        page.goto(f"{address}/invitation")
        for label, text in (("Account", "demo-steward"), ("Invitation code", code)):
            page.get_by_label(label, exact=True).fill(text)
        page.get_by_label(re.compile("^New password")).fill(GOOD)
        page.get_by_label("Repeat the password").fill(GOOD)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Set up two-step sign-in")).to_be_visible()
        assert page.locator(".picture svg path").count() > 0
        assert no_sideways_scroll(page)
        key = page.locator("code").inner_text()
        field = page.get_by_label("Six-digit code")
        field.fill("000000")
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_role("alert")).to_contain_text("That code is wrong")
        assert page.locator("code").inner_text() == key
        totp = pyotp.TOTP(key)
        field.fill(totp.at(int(datetime.now(UTC).timestamp()) - 30))
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_text("Your account is ready")).to_be_visible()
        page.goto(address)
        give(page, "demo-steward", GOOD)
        expect(page.get_by_role("alert")).to_contain_text("Wrong account")
        give(page, "demo-steward", GOOD, totp.now())
        page.wait_for_url(f"{address}/")
        expect(page.locator("h1")).to_have_text("Upload")
        context.close()


# ---- an organisation's provider


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = free_port()
    line = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert answers(f"{address}/.well-known/openid-configuration", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def with_provider(
    var: Path, accounts: Accounts, provider: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimpleNamespace]:
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(
        f'[auth]\nname = "Example"\nclient_id = "sima"\nclient_secret = "{"s" * 20}"\n'
        f'cookie_secret = "{"c" * 40}"\nserver_metadata_url = "{provider}/.well-known/openid-configuration"\n'
    )
    secrets.chmod(0o600)
    accounts.add("planner-oidc", Role.PLANNER, ["511"])
    accounts.bind("planner-oidc", provider, SUBJECT)
    env = {"SIMA_ACCESS": str(var / "access" / "access.sqlite"), "SIMA_SECRETS": str(secrets)}
    with serving(var, "planner:511", env=env) as address:
        TOKENS.pop(address)
        yield SimpleNamespace(address=address, provider=provider)


def host_of(url: str) -> str:
    return "/".join(url.split("/")[:3])


def by_provider(page: Page, address: str, subject: str, path: str = "/booths") -> None:
    page.goto(address + path)
    page.get_by_role("link", name="Sign in with Example").click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()


def test_somebody_signs_in_with_the_provider_and_out_of_both(
    page: Page, with_provider: SimpleNamespace
) -> None:
    address, provider = with_provider.address, with_provider.provider
    hosts: set[str] = set()
    # What pages of ours ask for; the provider's own page is its own affair.
    page.on(
        "request", lambda r: hosts.add(host_of(r.url)) if host_of(r.frame.url) == address else None
    )
    by_provider(page, address, SUBJECT)
    page.wait_for_url(f"{address}/booths")
    say_purpose(page)
    expect(page.get_by_text("planner-oidc")).to_be_visible()
    assert {h for h in hosts if h.startswith("http")} == {address, provider}
    cookies = {c["name"]: c for c in page.context.cookies(address)}
    assert "sima_session" in cookies
    assert "_streamlit_user" in cookies, "kept to sign out at the provider; it opens nothing:"
    page.context.clear_cookies(name="sima_session")
    page.goto(f"{address}/booths")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fbooths"))
    page.context.add_cookies([{**cookies["sima_session"]}])
    page.goto(f"{address}/booths")
    settle(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign out of Example as well").click()
    page.wait_for_url(re.compile(re.escape(provider)))
    assert not {c["name"] for c in page.context.cookies(address)} & {
        "sima_session",
        "_streamlit_user",
    }
    page.context.add_cookies([{**cookies["sima_session"]}, {**cookies["_streamlit_user"]}])
    page.goto(f"{address}/booths")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fbooths"))


def test_whom_the_provider_knows_and_nobody_bound_sees_nothing(
    page: Page, with_provider: SimpleNamespace
) -> None:
    by_provider(page, with_provider.address, STRANGER)
    page.wait_for_url(f"{with_provider.address}/sign-in/unknown")
    expect(page.get_by_text("no account at this address belongs to you")).to_be_visible()
    assert not {c["name"] for c in page.context.cookies(with_provider.address)} & {
        "sima_session",
        "_streamlit_user",
    }
    page.goto(f"{with_provider.address}/booths")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fbooths"))


def test_a_stolen_state_signs_nobody_in(browser: Browser, with_provider: SimpleNamespace) -> None:
    """A thief's sign-in is begun in one browser and ended in another: it is ended nowhere."""
    address = with_provider.address
    thief, victim = browser.new_context(), browser.new_context()
    asked = thief.request
    door = re.search(r'href="(/auth/login[^"]+)"', asked.get(f"{address}/sign-in").text())
    assert door is not None
    begun = asked.get(address + door[1].replace("&amp;", "&"), max_redirects=0)
    known = asked.post(begun.headers["location"], form={"sub": SUBJECT}, max_redirects=0)
    callback = known.headers["location"]
    assert "state=" in callback, "the provider knows the thief; the code was not used yet"
    ended = victim.new_page()
    ended.goto(callback)
    assert not {c["name"] for c in victim.cookies(address)} & {"sima_session", "_streamlit_user"}
    ended.goto(f"{address}/booths")
    expect(ended).to_have_url(re.compile(r"/sign-in\?next=%2Fbooths"))
    for url in (f"{address}/oauth2callback", f"{address}/oauth2callback?state=x&code=y",
                f"{address}/oauth2callback?error=access_denied", re.sub("state=[^&]+", "state=other", callback)):  # fmt: skip
        ended.goto(url)
        assert "sima_session" not in {c["name"] for c in victim.cookies(address)}
    thief.close()
    victim.close()


def test_two_at_once_each_see_their_own(browser: Browser, partner: str, accounts: Accounts) -> None:
    """Two browsers, two districts, the same questions in turn: neither is given the other's."""
    pages: dict[str, Page] = {}
    contexts = []
    now = datetime.now(UTC)
    for name, district in (("planner-banke", "511"), ("planner-makwanpur", "312")):
        accounts.add(name, Role.PLANNER, [district])
        accounts.accept(name, accounts.invite(name, now), GOOD, now)
        context = browser.new_context(viewport=WIDE)
        contexts.append(context)
        pages[district] = context.new_page()
        pages[district].goto(f"{partner}/planner")
        give(pages[district], name, GOOD)
        say_purpose(pages[district])
    for _turn in range(2):
        for district, page in pages.items():
            page.reload()
            settle(page)
            rows = page.locator("#sima-figures tr[data-unit]")
            codes = rows.evaluate_all("rows => rows.map(r => r.dataset.unit)")
            assert codes
            assert all(code.startswith(district) for code in codes)
    for context in contexts:
        context.close()
