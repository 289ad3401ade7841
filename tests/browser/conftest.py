"""A running server and Chromium; a page that asks another host for anything fails its test."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, Response, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).parents[2]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
         "--disable-component-update", "--no-first-run")  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if "browser" in os.environ.get("SIMA_REQUIRE", ""):
            pytest.fail("the browser is required (SIMA_REQUIRE) and Chromium is not installed")
        pytest.skip("the pages are not tested in a browser: Chromium is not installed")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(var: Path, viewer: str = "") -> Iterator[str]:
    """Serve the stores of a folder as an operator would; give the address."""
    port = free_port()
    env = {**os.environ, "SIMA_VAR": str(var), "SIMA_DEV_VIEWER": viewer}
    command = [sys.executable, "-m", "dashboard.cli", "serve", "--port", str(port)]
    log = tempfile.TemporaryFile()  # noqa: SIM115  # closed below, when it was read
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            if process.poll() is not None:
                log.seek(0)
                pytest.fail(f"the server stopped: {log.read().decode()}")
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.seek(0)
        said = log.read().decode()
        log.close()
        assert "Traceback" not in said, said


@pytest.fixture(scope="session")
def public(demo_var: Path) -> Iterator[str]:
    with serving(demo_var) as address:
        yield address


@pytest.fixture(scope="session")
def deputy(demo_var: Path) -> Iterator[str]:
    with serving(demo_var, "deputy:51106") as address:
        yield address


def is_wrong(response: Response) -> bool:
    """Say whether an answer is an error; Streamlit looks for its own root from every path."""
    return response.status >= 400 and "/_stcore/" not in response.url


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a page and wait until its map, if it has one, is painted."""
    pages: list[Page] = []
    foreign: list[str] = []
    wrong: list[str] = []

    def open_(address: str, path: str = "/", size: dict[str, int] = WIDE) -> Page:
        page = browser.new_page(viewport=size)
        page.set_default_timeout(20_000)
        pages.append(page)
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
    for page in pages:
        page.close()
    assert foreign == [], "a page asked another host"
    assert wrong == []


IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


def settle(page: Page) -> None:
    """Wait until the script has run, does not run again at once, and every map is painted."""
    calm = 0
    for _ in range(300):
        done = page.locator(IDLE).count() == 1 and all(painted(f) for f in page.frames[1:])
        calm = calm + 1 if done else 0
        if calm == 4:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"the page did not come to rest: {page.url}")


def painted(frame: Frame) -> bool:
    try:
        return bool(frame.evaluate("document.body.dataset.painted === 'yes'"))
    except PlaywrightError:  # it went away in between
        return False
