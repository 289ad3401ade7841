"""Measurements of the maps in a real browser: ours, the stock way, and bare Leaflet.

``python -m tests.bench.maps [--units 150,2700] [--repeat N] [--ways stock,bare,ours]``. The same
polygons and figures for each way, through the same wire, which counts bytes and can be slow. Times
are medians; a change lasts from the input event to the frame after it was drawn, by one rule for
every way (``bench_pages/watch.js``).
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.bench import store
from tests.bench import wards as bench_wards
from tests.bench.wire import HOST, Wire, wire
from tests.support.paths import ROOT

PAGES = Path(__file__).parent / "pages"
UNITS = (150, 750, 2_700, 6_743)
JUDGED, DISTRICT, SMALLEST, LARGEST = 2_700, 150, 150, 6_743
CHANGES, FEWEST = 20, 5
SLOW_S = 60  # no further slow change after so long
STOCK_SLOW_UP_TO = 2_700  # above it, stock needs minutes for every change
LONG_S = 400
QUIET_S = 0.6
ECHOES = 20
SCREEN = {"width": 1280, "height": 800}
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
            "--disable-component-update", "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")  # fmt: skip


class NotMeasuredError(Exception):
    """Why a way has no figures."""


@dataclass(slots=True)
class Measured:
    """Medians of one way at one size; None where it was not measured. Bytes are both ways'."""

    way: str
    units: int
    change_ms: float | None = None
    spread_ms: tuple[float, float] = (0.0, 0.0)
    change_bytes: float | None = None
    first_bytes: int | None = None
    repeat_bytes: int | None = None
    repeat_ms: float | None = None
    slow_change_ms: float | None = None
    slow_repeat_ms: float | None = None
    cpu_ms: float | None = None
    echo_ms: float | None = None


@dataclass  # without slots: Playwright marks the methods that it calls
class Seen:
    """What the watcher in the page told: when somebody acted, when which map was painted (ms)."""

    inputs: list[float] = field(default_factory=list)
    paints: list[tuple[float, str]] = field(default_factory=list)

    def told(self, _source: object, what: str, at: float, token: str) -> None:
        if what == "input":
            self.inputs.append(at)
        else:
            self.paints.append((at, token))

    @property
    def token(self) -> str:
        """The map that is seen now."""
        return self.paints[-1][1] if self.paints else ""

    def wait(self, page: Page, *, units: int, since: int, other_than: str = "") -> float:
        """Wait for a paint of a whole map after the first ``since`` ones; give its time."""
        end = time.monotonic() + LONG_S
        while time.monotonic() < end:
            for at, token in self.paints[since:]:
                if token != other_than and token.endswith(f"|{units}"):
                    return at
            page.wait_for_timeout(20)
        raise NotMeasuredError(f"no painted map of {units} units within {LONG_S} s")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Seconds of processor time so far, all threads."""
        text = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        user, system = text.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(
    module: str, *arguments: str, port: int, folder: Path, env: dict[str, str]
) -> Iterator[Server]:
    """Run a module of ours as a server, and end it by its handle."""
    command = [sys.executable, "-m", module, *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
           **env}  # fmt: skip
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_until_healthy(process, port)
            yield Server(port, process.pid)
        except NotMeasuredError as wrong:
            log.seek(0)
            raise NotMeasuredError(f"{wrong}\n{log.read().decode()[-2_000:]}") from wrong
        finally:
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_healthy(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise NotMeasuredError("the server stopped")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=5).close()
            return
        time.sleep(0.1)
    raise NotMeasuredError("the server did not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Way(ABC):
    """One way to draw the same map: how it is served, opened and changed."""

    name: str

    @abstractmethod
    def serve(
        self, wards: gpd.GeoDataFrame, folder: Path
    ) -> contextlib.AbstractContextManager[Server]:
        """Serve the map of these wards; the folder is empty and ours."""

    @abstractmethod
    def path(self, wards: gpd.GeoDataFrame) -> str:
        """Give the page's path."""

    @abstractmethod
    def prepare(self, page: Page, nth: int) -> None:
        """Do what comes before the input that counts, such as opening a list of choices."""

    @abstractmethod
    def change(self, page: Page, nth: int) -> None:
        """Ask for another indicator, by one click; the same one never twice in a row."""

    @abstractmethod
    def rest(self, page: Page) -> None:
        """Wait until the page would answer a person at once."""


def _nth_name(nth: int) -> str:
    every = list(bench_wards.names().values())
    return every[nth % len(every)]


class _Streamlit(Way):
    """What the Streamlit pages have in common."""

    def rest(self, page: Page) -> None:
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]',
                               timeout=LONG_S * 1_000)  # fmt: skip


class Stock(_Streamlit):
    """``st_folium`` with inline GeoJSON."""

    name = "stock"

    def prepare(self, page: Page, nth: int) -> None:
        page.get_by_role("combobox", name="What", exact=True).click()
        page.get_by_role("option", name=_nth_name(nth), exact=True).wait_for()

    def change(self, page: Page, nth: int) -> None:
        page.get_by_role("option", name=_nth_name(nth), exact=True).click()

    def serve(
        self, wards: gpd.GeoDataFrame, folder: Path
    ) -> contextlib.AbstractContextManager[Server]:
        return _compared(wards, folder)

    def path(self, wards: gpd.GeoDataFrame) -> str:
        del wards
        return "/"


class Bare(Way):
    """A plain page with Leaflet alone, which restyles polygons that it has."""

    name = "bare"
    size: tuple[int, int] | None = None  # of our map, where it was measured in the same run; else
    # that of the stock map

    def serve(
        self, wards: gpd.GeoDataFrame, folder: Path
    ) -> contextlib.AbstractContextManager[Server]:
        return _compared(wards, folder)

    def path(self, wards: gpd.GeoDataFrame) -> str:
        del wards
        return "/bare" + ("?width={}&height={}".format(*self.size) if self.size else "")

    def prepare(self, page: Page, nth: int) -> None:
        pass

    def change(self, page: Page, nth: int) -> None:
        page.get_by_role("button", name=_nth_name(nth), exact=True).click()

    def rest(self, page: Page) -> None:
        pass  # what it does, it does before it is painted


class Ours(_Streamlit):
    """Our map page.

    What the page promises: an element with ``data-sima-map`` whose ``data-painted`` is
    ``title|period|units`` of what is drawn, changed at every drawing, and an event
    ``sima-painted`` (bubbling, composed) on it in the animation frame of the drawing.
    """

    name = "ours"

    def prepare(self, page: Page, nth: int) -> None:
        """Have the browser look past the views that it had before: none is had twice."""
        del nth
        self.past = page.context.new_cdp_session(page)
        self.past.send("Network.enable")
        self.past.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def change(self, page: Page, nth: int) -> None:
        page.get_by_label("What", exact=True).select_option(label=_nth_name(nth))

    box: tuple[int, int] | None = None
    past: CDPSession | None = None

    def serve(
        self, wards: gpd.GeoDataFrame, folder: Path
    ) -> contextlib.AbstractContextManager[Server]:
        store.make(folder, wards)
        port = free_port()
        env = {"SIMA_VAR": str(folder)}
        return serving("dashboard.cli.main", "serve", "--port", str(port),
                       port=port, folder=ROOT, env=env)  # fmt: skip

    def path(self, wards: gpd.GeoDataFrame) -> str:
        districts = wards.index.str[:3].unique()
        area = districts[0] if len(districts) == 1 else "nepal"
        first, period = bench_wards.INDICATORS[0], bench_wards.PERIODS[-1]
        return f"/map?area={area}&indicator={first}&period={period}&level=ward"

    def rest(self, page: Page) -> None:
        super().rest(page)
        if self.past is not None:
            self.past.send("Network.setCacheDisabled", {"cacheDisabled": False})
            self.past.detach()
            self.past = None
        drawn = page.locator("[data-sima-map] .leaflet-container")
        found = drawn.first.bounding_box() if drawn.count() else None
        self.box = (round(found["width"]), round(found["height"])) if found else None


class OursInFolium(Stock):
    """Our layer inside ``st_folium``: a place for it, where such a page is there."""

    name = "in-folium"
    page = PAGES / "in_folium.py"

    def serve(
        self, wards: gpd.GeoDataFrame, folder: Path
    ) -> contextlib.AbstractContextManager[Server]:
        if not self.page.exists():
            raise NotMeasuredError("there is no such page")
        return _compared(wards, folder, self.page.name)

    def path(self, wards: gpd.GeoDataFrame) -> str:
        del wards
        return "/"


def _compared(
    wards: gpd.GeoDataFrame, folder: Path, script: str = "stock.py"
) -> contextlib.AbstractContextManager[Server]:
    port = free_port()
    return serving("tests.bench.pages.server", str(port), str(len(wards)), script,
                   port=port, folder=folder, env={})  # fmt: skip


class _Visit:
    """A browser that has not been here before, and what it saw."""

    def __init__(self, browser: Browser, way: Way, line: Wire, wards: gpd.GeoDataFrame) -> None:
        self.context: BrowserContext = browser.new_context(viewport=SCREEN)  # type: ignore[arg-type]  # a dictionary of its own kind
        self.context.set_default_timeout(LONG_S * 1_000)
        self.seen = Seen()
        self.context.expose_binding("benchSaw", self.seen.told)
        self.context.add_init_script(path=PAGES / "watch.js")
        self.way, self.line, self.wards = way, line, wards
        self.page: Page | None = None
        self._nth = 0

    def open(self) -> tuple[float, int]:
        """Open the page, anew where it is open; give ms until the map is painted, and bytes."""
        if self.page is not None:
            self.page.close()
        self.quiet(None)
        before, since = self._passed(), len(self.seen.paints)
        self.page = page = self.context.new_page()
        page.goto(f"http://{HOST}:{self.line.port}{self.way.path(self.wards)}", wait_until="commit")
        begin = float(page.evaluate("performance.timeOrigin"))
        painted = self.seen.wait(page, units=len(self.wards), since=since)
        self.way.rest(page)
        self.quiet(page)
        self._nth = 0
        return painted - begin, self._passed() - before

    def change(self) -> tuple[float, int]:
        """Change the indicator; give ms until it is painted, and bytes."""
        assert self.page is not None
        page, seen = self.page, self.seen
        self._nth += 1
        self.way.prepare(page, self._nth)
        self.quiet(page)
        before, since, token = self._passed(), len(seen.paints), seen.token
        acted = len(seen.inputs)
        self.way.change(page, self._nth)
        painted = seen.wait(page, units=len(self.wards), since=since, other_than=token)
        begin = seen.inputs[acted]
        self.way.rest(page)
        self.quiet(page)
        return painted - begin, self._passed() - before

    def quiet(self, page: Page | None) -> None:
        """Wait until nothing passes on the wire any more."""
        still, passed = time.monotonic(), self._passed()
        while time.monotonic() < still + QUIET_S * (3 if self.line.slow else 1):
            if page is None:
                time.sleep(0.05)
            else:
                page.wait_for_timeout(50)
            if self._passed() != passed:
                still, passed = time.monotonic(), self._passed()

    def _passed(self) -> int:
        return self.line.down + self.line.up


def measure(
    browser: Browser, way: Way, wards: gpd.GeoDataFrame, *, changes: int, slow: bool = True
) -> Measured:
    """Measure one way with these wards.

    Raises
    ------
    NotMeasuredError
        Where the way is not there, or its map is never seen.
    """
    made = Measured(way.name, len(wards))
    with (
        tempfile.TemporaryDirectory() as folder,
        way.serve(wards, Path(folder)) as server,
        wire(server.port) as line,
    ):
        visit = _Visit(browser, way, line, wards)
        try:
            _, made.first_bytes = visit.open()
            made.repeat_ms, made.repeat_bytes = visit.open()
            visit.change()  # to warm up
            cpu = server.cpu_s()
            taken = [visit.change() for _ in range(changes)]
            made.cpu_ms = (server.cpu_s() - cpu) * 1_000 / changes
            made.change_ms = median(ms for ms, _ in taken)
            made.spread_ms = (min(ms for ms, _ in taken), max(ms for ms, _ in taken))
            made.change_bytes = median(passed for _, passed in taken)
            assert visit.page is not None
            if isinstance(way, Bare):
                echoes = visit.page.evaluate("(times) => roundTrips(times)", ECHOES)
                made.echo_ms = median(echoes)
            elif slow and (not isinstance(way, Stock) or len(wards) <= STOCK_SLOW_UP_TO * 1.1):
                made.slow_change_ms, made.slow_repeat_ms = _slowly(visit)
        except PlaywrightError as wrong:
            raise NotMeasuredError(str(wrong).splitlines()[0]) from wrong
        finally:
            visit.context.close()
    return made


def _slowly(visit: _Visit) -> tuple[float, float]:
    """Measure changes and a repeat visit at 400 kbit/s and 300 ms."""
    visit.line.slow = True
    taken: list[float] = []
    begin = time.monotonic()
    while len(taken) < FEWEST and (not taken or time.monotonic() < begin + SLOW_S):
        taken.append(visit.change()[0])
    return median(taken), visit.open()[0]


@dataclass(frozen=True, slots=True)
class Results:
    """All that was measured, by way and by the number of wards that was asked for."""

    by: dict[tuple[str, int], Measured]

    def get(self, way: str, asked: int, figure: str) -> Any:  # whatever it holds
        """Give a figure, None where it was not measured."""
        found = self.by.get((way, asked))
        return None if found is None else getattr(found, figure)

    def restyle_ms(self, asked: int, *, times: float = 1.0) -> float | None:
        """Give what bare Leaflet needs to restyle, so many times, plus one round trip."""
        bare, echo = self.get("bare", asked, "change_ms"), self.get("bare", asked, "echo_ms")
        return None if bare is None or echo is None else times * bare + echo


def _said(figure: float | None, form: str = ",.0f") -> str:
    return "–" if figure is None else format(figure, form)


def _ratio(over: float | None, under: float | None) -> float | None:
    return None if over is None or not under else over / under


COLUMNS = (
    ("change, ms", "change_ms", ",.1f"),
    ("change, bytes", "change_bytes", ",.0f"),
    ("first visit, bytes", "first_bytes", ",.0f"),
    ("repeat visit, bytes", "repeat_bytes", ",.0f"),
    ("repeat visit, ms", "repeat_ms", ",.0f"),
    ("slow change, ms", "slow_change_ms", ",.0f"),
    ("slow repeat visit, ms", "slow_repeat_ms", ",.0f"),
    ("CPU a change, ms", "cpu_ms", ",.1f"),
)


def print_table(results: Results) -> None:
    """Print everything as one table."""
    heads = ["way", "units", *(head for head, _, _ in COLUMNS), "least–most, ms",
             "stock / this", "this / (bare + round trip)"]  # fmt: skip
    print(f"| {' | '.join(heads)} |\n|---|{'---:|' * (len(heads) - 1)}")
    for (way, asked), found in sorted(results.by.items(), key=lambda item: item[0][1]):
        low, high = found.spread_ms
        cells = [way, f"{found.units:,}"]
        cells += [_said(getattr(found, name), form) for _, name, form in COLUMNS]
        cells += [f"{low:,.0f}–{high:,.0f}" if found.change_ms is not None else "–"]
        cells += [_said(_ratio(results.get("stock", asked, "change_ms"), found.change_ms), ".1f")]
        cells += [_said(_ratio(found.change_ms, results.restyle_ms(asked)), ".2f")]
        print(f"| {' | '.join(cells)} |")


def print_targets(results: Results) -> None:
    """Print each target, what was measured, and whether it is met."""

    def ours(figure: str, asked: int = JUDGED) -> float | None:
        found = results.get("ours", asked, figure)
        return None if found is None else float(found)

    stock = results.get("stock", JUDGED, "change_ms")
    judged = [
        ("change: stock over ours", _ratio(stock, ours("change_ms")), ">=", 40, "x"),
        ("change, against 1.5 × bare restyle + one round trip", ours("change_ms"), "<=",
         results.restyle_ms(JUDGED, times=1.5), "ms"),
        ("bytes on a change", ours("change_bytes"), "<=", 4_000, "bytes"),
        ("first visit to one district", ours("first_bytes", DISTRICT), "<=", 1_500_000, "bytes"),
        ("repeat visit to one district", ours("repeat_bytes", DISTRICT), "<=", 15_000, "bytes"),
        ("change at 400 kbit/s, 300 ms", ours("slow_change_ms"), "<=", 700, "ms"),
        ("repeat visit to painted map at 400 kbit/s, 300 ms", ours("slow_repeat_ms"), "<=", 3_000, "ms"),
        (f"change at {LARGEST:,} units over {SMALLEST}",
         _ratio(ours("change_ms", LARGEST), ours("change_ms", SMALLEST)), "<=", 2, "x"),
        ("server's processor time a change", ours("cpu_ms"), "<=", 30, "ms"),
    ]  # fmt: skip
    print(f"\n| target (at {JUDGED:,} units where no other is named) | measured | asked | |")
    print("|---|---:|---:|---|")
    for what, figure, sign, bound, unit in judged:
        verdict = "not measured"
        if figure is not None and bound is not None:
            met = figure >= bound if sign == ">=" else figure <= bound
            verdict = "met" if met else "missed"
        asked = f"{sign} {_said(bound, ',.4g' if unit != 'bytes' else ',.0f')} {unit}"
        print(
            f"| {what} | {_said(figure, ',.1f' if unit != 'bytes' else ',.0f')} {unit} | {asked} | {verdict} |"
        )


def maps(
    units: Sequence[int] = UNITS,
    *,
    repeat: int = CHANGES,
    ways: Sequence[str] = (),
    slow: bool = True,
) -> None:
    """Measure every way at every size, and print the table and the targets."""
    path = shutil.which("chromium")
    if path is None:
        print("The maps are not measured: Chromium is not installed.")
        return
    busy = os.getloadavg()[0]
    found: dict[tuple[str, int], Measured] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM))
        for asked in units:
            wards = bench_wards.wards(asked)
            ours, bare = Ours(), Bare()
            for way in (ours, bare, Stock(), OursInFolium()):
                if ways and way.name not in ways:
                    continue
                if way is bare:
                    bare.size = ours.box
                changes = (
                    repeat if way.name != "stock" or asked <= 1_000 else max(FEWEST, repeat // 3)
                )
                begin = time.monotonic()
                try:
                    found[way.name, asked] = measure(
                        browser, way, wards, changes=changes, slow=slow
                    )
                except NotMeasuredError as wrong:
                    print(
                        f"{way.name}, {len(wards):,} units: not measured: {wrong}", file=sys.stderr
                    )
                print(f"{way.name}, {len(wards):,} units: {time.monotonic() - begin:.0f} s",
                      file=sys.stderr, flush=True)  # fmt: skip
        browser.close()
    results = Results(found)
    print_table(results)
    print_targets(results)
    print(
        "\nSlow is 400 kbit/s and a round trip of 300 ms. Bare draws a map of our map's size. Stock's"
    )
    print("table is left out, which is in its favour; ours comes with its table.")
    print(f"\n{os.cpu_count()} cores; load {busy:.2f} before, {os.getloadavg()[0]:.2f} after.")


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--units", default=",".join(map(str, UNITS)), help="sizes, with commas")
    reader.add_argument("--repeat", type=int, default=CHANGES, help="changes that are measured")
    reader.add_argument("--ways", default="", help="some of ours,bare,stock,in-folium; else all")
    reader.add_argument("--fast", action="store_true", help="leave the slow line out")
    return reader.parse_args()


if __name__ == "__main__":
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the servers end, too
    maps(
        [int(text) for text in asked.units.split(",")],
        repeat=asked.repeat,
        ways=[text for text in asked.ways.split(",") if text],
        slow=not asked.fast,
    )
