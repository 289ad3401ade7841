"""A running server and Chromium; a page that asks another host for anything fails its test."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Locator,
    Page,
    Response,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError

from data.model import Service
from tests.support.paths import ROOT
from tests.support.viewers import ACCESS, HOSTS, TOKENS, begun, service_of

WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
# In every run on the one screen, in the deep lane on the other too.
ON_PHONE = [
    pytest.param(WIDE, id="wide", marks=pytest.mark.deep),
    pytest.param(PHONE, id="phone"),
]
ON_WIDE = [
    pytest.param(WIDE, id="wide"),
    pytest.param(PHONE, id="phone", marks=pytest.mark.deep),
]
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.* , EXCLUDE localhost")  # fmt: skip
ALONE = Path(__file__).parent / "alone"
# The longest that a page may take for one thing, and what works something out or starts, on a
# machine that is busy or slow. Nothing waits that long unless it fails.
SLOW_MS = 60_000
LONG_S = 180.0
LONG_MS = 1000 * LONG_S
_LOOK_EVERY_S = 0.1


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if "browser" in os.environ.get("SIMA_REQUIRE", ""):
            pytest.fail("the browser is required (SIMA_REQUIRE) and Chromium is not installed")
        pytest.skip("the pages are not tested in a browser: Chromium is not installed")
    expect.set_options(timeout=SLOW_MS)
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


def new_context(browser: Browser, size: dict[str, int]) -> BrowserContext:
    """Open a browser as a reader has it: a window, or a phone that is touched."""
    if size == PHONE:
        return browser.new_context(
            viewport=size, has_touch=True, is_mobile=True, device_scale_factor=2
        )
    return browser.new_context(viewport=size)


@pytest.fixture(scope="session")
def contexts(browser: Browser) -> Iterator[dict[bool, BrowserContext]]:
    """Give one browser of each size, by whether it is the phone; its cache spares most of a visit."""
    both = {size == PHONE: new_context(browser, size) for size in (WIDE, PHONE)}
    yield both
    for context in both.values():
        context.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until a server that was started answers; say whether it does."""
    until = time.monotonic() + LONG_S
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError):  # nobody listens yet, or it is slow to begin
            urllib.request.urlopen(url, timeout=SLOW_MS / 1000).close()
            return True
        time.sleep(_LOOK_EVERY_S)
    return False


@contextlib.contextmanager
def serving(
    var: Path, viewer: str = "", *, env: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """Serve the stores of a folder as an operator would; give the address.

    Whoever opens it is the viewer, who signed in and said what for. Stewards are known in the
    stores of the folder; others in a store beside them, so that these stay as they are.
    """
    host = f"127.0.0.{next(HOSTS)}" if viewer else "127.0.0.1"
    port, service = free_port(), service_of(viewer)
    address = f"http://{host}:{port}"
    beside = tempfile.TemporaryDirectory()
    access = Path(beside.name) / "access.sqlite"
    if service is Service.STEWARD:
        access = var / "access" / "access.sqlite"
    ACCESS[address] = str(access)
    if viewer:
        TOKENS[address] = begun(str(access), viewer)
    env = {**os.environ, "SIMA_VAR": str(var), "SIMA_ACCESS": str(access), **env}
    env["PYTHONPATH"] = str(ALONE)  # the server reaches this machine alone
    command = [sys.executable, "-m", "dashboard.cli.main", "serve", "--port", str(port)]
    command += ["--host", host, "--audience", service.value]
    log = tempfile.TemporaryFile()  # noqa: SIM115  # closed below, when it was read
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
    try:
        if not answers(f"{address}/healthz", process):
            log.seek(0)
            pytest.fail(f"the server does not answer: {log.read().decode()}")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.seek(0)
        said = log.read().decode()
        log.close()
        beside.cleanup()
        assert "Traceback" not in said, said
        assert "OUTWARD" not in said, said


@pytest.fixture(scope="session")
def public(demo_var: Path) -> Iterator[str]:
    with serving(demo_var) as address:
        yield address


@pytest.fixture(scope="session")
def deputy(demo_var: Path) -> Iterator[str]:
    with serving(demo_var, "deputy:51106") as address:
        yield address


@pytest.fixture(scope="session")
def planner(demo_var: Path) -> Iterator[str]:
    with serving(demo_var, "planner") as address:
        yield address


def is_wrong(response: Response) -> bool:
    """Say whether an answer is an error; Streamlit looks for its own root from every path."""
    return response.status >= 400 and "/_stcore/" not in response.url


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, contexts: dict[bool, BrowserContext]) -> Iterator[Visit]:
    """Open a page and wait until it rests; ``fresh``: in a browser that never was here."""
    opened: list[Page | BrowserContext] = []
    foreign: list[str] = []
    wrong: list[str] = []

    def open_(
        address: str, path: str = "/", size: dict[str, int] = WIDE, *, fresh: bool = False
    ) -> Page:
        context = new_context(browser, size) if fresh else contexts[size == PHONE]
        if token := TOKENS.get(address):
            context.add_cookies([{"name": "sima_session", "value": token, "url": address}])
        page = context.new_page()
        page.set_default_timeout(SLOW_MS)
        opened.append(context if fresh else page)
        own = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
        page.on("request", lambda r: None if r.url.startswith(own) else foreign.append(r.url))
        page.on("websocket", lambda w: None if w.url.startswith(own) else foreign.append(w.url))
        page.on("response", lambda r: wrong.append(f"{r.status} {r.url}") if is_wrong(r) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address + path)
        page.wait_for_selector("h1")
        settle(page)
        return page

    yield open_
    for each in opened:
        each.close()
    assert foreign == [], "a page asked another host"
    assert wrong == []


DRAWN = """
  const maps = [...document.querySelectorAll("[data-sima-map], .sima-alone")];
  const drawn = maps.every((map) => map.dataset.listed
    && !map.dataset.asking && !map.hasAttribute("aria-busy")
    && (map.dataset.listed === map.dataset.painted));
"""
# The script has run and does not run again at once: four looks in a row say so.
RESTS = f"""async () => {{
  const idle = '[data-testid="stApp"][data-test-script-state="notRunning"]';
  for (let calm = 0, looks = 0; looks < 50; looks += 1) {{
    {DRAWN}
    calm = drawn && document.querySelectorAll(idle).length === 1 ? calm + 1 : 0;
    if (calm === 4) return true;
    await new Promise((go) => setTimeout(go, 80));
  }}
  return false;
}}"""


def settle(page: Page) -> None:
    """Wait until the script has run, does not run again at once, and every map is painted."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        try:
            rests = page.evaluate(RESTS)
        except PlaywrightError:  # the page was left in between
            page.wait_for_load_state()
            continue
        if rests and all(drawn(frame, at_least=1) for frame in page.frames[1:]):
            return
    pytest.fail(f"the page did not come to rest: {page.url}")


def drawn(frame: Frame, *, at_least: int) -> bool:
    """Say whether every map of a frame, and its table, stands there as it was last asked for."""
    try:
        maps, every = frame.evaluate(f"() => {{ {DRAWN} return [maps.length, drawn]; }}")
    except PlaywrightError:  # it went away in between
        return False
    return maps >= at_least and every


def shows(page: Page, title: str, period: str = "", *, n: int = 0) -> None:
    """Wait until a map is painted with a figure and a period, and its table is drawn."""
    there = re.compile(rf"^{re.escape(title)}.*\|{re.escape(period)}")
    expect(page.locator("[data-sima-map]").nth(n)).to_have_attribute("data-listed", there)
    settle(page)


def touch(page: Page, target: Locator) -> None:
    """Tap on a phone, click elsewhere."""
    if page.viewport_size == PHONE:
        target.tap()
    else:
        target.click()


def says(page: Page, label: str) -> Locator:
    """Give what a list of the page shows."""
    return page.get_by_label(label, exact=True).locator("option:checked")


def choose(page: Page, label: str, option: str) -> None:
    """Choose in a list of the page by what it says; behind "more" where the screen is narrow."""
    box = page.get_by_label(label, exact=True)
    more = page.locator(".sima-questions details.more:not([open]) summary")
    if not box.is_visible() and more.is_visible():
        touch(page, more)
    box.select_option(label=option)
    expect(box.locator("option:checked")).to_have_text(option)
    settle(page)


def figures(page: Page) -> dict[str, tuple[str, str]]:
    """Give the name and the figure of every unit in the table of the first map, in its order."""
    rows = page.locator("#sima-figures tr[data-unit]").evaluate_all(
        "rows => rows.map(r => [r.dataset.unit, r.querySelector('button').innerText,"
        " r.querySelector('td').innerText])"
    )
    return {code: (name, figure) for code, name, figure in rows}


def no_sideways_scroll(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )
