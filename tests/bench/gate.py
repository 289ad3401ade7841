"""Measurements of the release gate on a simulated country, and the targets they must meet.

``python -m tests.bench.gate``. Every case is a program of its own, so that its peak memory is its
own. What is counted as narrower than T is counted here, from the witnesses, by addition alone.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from data import demo, setup
from data.disclosure.engine import insider_protection
from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import Proof, prove
from data.disclosure.engine.protection import Task, draw_by_key
from data.disclosure.engine.suppression import suppress
from data.model import Audience
from data.pipeline import Sima
from data.reference.gazetteer import Gazetteer
from data.settings import Settings
from tests.support import plain_suppression
from tests.support.country_counts import LEVELS, Country, country
from tests.support.paths import ROOT

T = 5
BELOW = {  # units of each level below the top
    "district": (10, 130),
    "28 districts": (28, 280, 2_720),
    "Nepal": (77, 753, 6_743),
}
WEIGHT = {"country": 3_000.0, "district": 1_000.0, "palika": 30.0, "ward": 1.0}
SEEDS = (1, 2, 3, 4, 5)
MEANS = (3, 10, 40)
INSIDER_PARTS, INSIDER_NEED = 3, T  # as policy.toml asks


@dataclass(frozen=True, slots=True)
class Case:
    """A size of `BELOW`, the mean of a ward, the seed, and the key that decides between cells."""

    size: str
    mean: int
    seed: int = 1
    key: int = 0

    def __str__(self) -> str:
        return f"{self.size}, {self.mean}"


SMALL = [Case("district", mean, seed) for mean in MEANS for seed in SEEDS]
LARGE = [*(Case("28 districts", mean) for mean in MEANS), Case("Nepal", 10)]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one program found: cells hidden beyond the primary ones, also by level, and its cost.

    ``narrow``: cells whose proved width is below what is asked. ``open_``: insiders' pairs left.
    """

    cells: int
    primary: int
    extra: int
    levels: dict[str, int]
    wall: float
    cpu: float
    memory_mb: float
    narrow: int
    open_: int = 0


class _Setting:
    """A case made ready: its cells, which are primary, and what is asked of the gate."""

    def __init__(self, case: Case) -> None:
        self.key = f"key {case.key}".encode()
        self.cells: Country = country(BELOW[case.size], mean=case.mean, seed=case.seed)
        self.primary: Bools = self.cells.value < T
        self.table: Table = self.cells.table(self.primary)
        self.weight = np.array([WEIGHT[level] for level in self.cells.levels])[self.cells.level]

    def task(self, *, every: bool) -> Task:
        """Ask for T of the primary cells, or of every cell that comes to be hidden."""
        level = self.cells.level
        return Task(
            need=np.where(self.primary | every, T, 0),
            weight=self.weight,
            coarseness=(level.max() - level).astype(float),
            fixed=np.zeros(len(level), dtype=bool),
            draw=draw_by_key(self.table.names, self.key),
        )

    def measured(
        self, hidden: Bools, narrow: int, wall: float, cpu: float, memory_mb: float, open_: int = 0
    ) -> Measured:
        assert hidden[self.primary].all()
        extra = hidden & ~self.primary
        count = np.bincount(self.cells.level[extra], minlength=len(self.cells.levels))
        levels = dict(zip(self.cells.levels, count.tolist(), strict=True))
        return Measured(
            cells=len(extra),
            primary=int(self.primary.sum()),
            extra=int(extra.sum()),
            levels=levels,
            wall=wall,
            cpu=cpu,
            memory_mb=memory_mb,
            narrow=narrow,
            open_=open_,
        )


def narrow(table: Table, proof: Proof, need: Ints) -> int:
    """Count hidden cells narrower than they need, from the witnesses and by addition alone.

    A witness counts only if every row still adds up, no published cell moves and no count falls
    below zero. What the proof says of widths is not believed.
    """
    low, high = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    change = np.zeros(len(table), dtype=np.int64)
    for witness in proof.witnesses:
        moved = witness.cells
        change[moved] = witness.change
        rows = np.unique(np.concatenate([table.rows_with(int(cell)) for cell in moved]))
        sums = [2 * change[cells[0]] - change[cells].sum() for cells in map(table.cells_of, rows)]
        # a whole counts 1 and its parts -1: 2 w - (w + parts) = w - parts
        if not any(sums) and table.suppressed[moved].all() and (table.value + change >= 0).all():
            np.minimum.at(low, moved, change[moved])
            np.maximum.at(high, moved, change[moved])
        change[moved] = 0
    return int((table.suppressed & (high - low < need)).sum())


def _peak_mb() -> float:
    """Peak memory of this program.

    Linux's ``ru_maxrss`` also remembers the program that started this one; ``VmHWM`` does not.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1_024
    return math.nan


def _hide(case: Case, *, every: bool) -> Measured:
    at = _Setting(case)
    task = at.task(every=every)
    wall, cpu = time.perf_counter(), time.process_time()
    pattern = suppress(at.table, task)
    table = at.table.with_suppressed(pattern.suppressed)
    proof, _ = prove(table, task.need, task.coarseness, pattern.alternatives)
    wall, cpu, memory = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
    return at.measured(table.suppressed, narrow(table, proof, task.need), wall, cpu, memory)


def plain(case: Case) -> Measured:
    """Measure hide and audit with T asked of the primary cells, as the baseline is asked."""
    return _hide(case, every=False)


def every(case: Case) -> Measured:
    """Measure hide and audit with T asked of every hidden cell, as our releases ask."""
    return _hide(case, every=True)


def baseline(case: Case) -> Measured:
    """Measure plain elimination, and count what the audit finds narrow in what it publishes."""
    at = _Setting(case)
    task = at.task(every=False)
    wall, cpu = time.perf_counter(), time.process_time()
    hidden = plain_suppression.suppress(
        at.cells.value, at.cells.rows, primary=at.primary, weight=at.weight
    )
    wall, cpu, memory = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
    table = at.table.with_suppressed(hidden)
    proof, failed = prove(table, task.need, task.coarseness)
    count = narrow(table, proof, task.need)
    assert count == len(failed)
    return at.measured(hidden, count, wall, cpu, memory)


def insider(case: Case) -> Measured:
    """Measure rule 5: whoever works in a unit below the top knows its cells and those inside it."""
    at = _Setting(case)
    task = at.task(every=True)
    need = np.full(len(at.weight), INSIDER_NEED)
    known = at.cells.known_to_units()
    wall, cpu = time.perf_counter(), time.process_time()
    pattern, pairs = insider_protection.protect_from_insiders(
        at.table, task, known, min_parts=INSIDER_PARTS, insider_need=need
    )
    table = at.table.with_suppressed(pattern.suppressed)
    proof, _ = prove(table, task.need, task.coarseness, pattern.alternatives)
    wall, cpu, memory = time.perf_counter() - wall, time.process_time() - cpu, _peak_mb()
    left = sum(len(cells) for _, cells in pairs)
    return at.measured(table.suppressed, narrow(table, proof, task.need), wall, cpu, memory, left)


KINDS: dict[str, Callable[[Case], Measured]] = {
    each.__name__: each for each in (plain, every, baseline, insider)
}


def measure(kind: str, case: Case) -> Measured:
    """Measure in a program of its own."""
    asked = [sys.executable, "-m", "tests.bench.gate", kind, json.dumps(asdict(case))]
    done = subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return Measured(**json.loads(done.stdout))


def _row(name: str, seed: int, ours: Measured, full: Measured, other: Measured | None) -> None:
    levels = " ".join(f"{ours.levels.get(level, '-'):>4}" for level in reversed(LEVELS))
    print(
        f"{name:17} {seed:4} {ours.cells:6,} {ours.primary:6,} {ours.extra:5} {levels}"
        f" {ours.wall:6.2f} {ours.cpu:6.2f} {ours.memory_mb:5.0f} {ours.narrow:6}"
        f" | {full.extra:5} {full.wall:6.2f} {full.memory_mb:5.0f} {full.narrow:6} |",
        end="",
    )
    if other is not None:
        print(
            f" {other.extra:5} {other.wall:6.2f} {other.narrow:5} {ours.extra / other.extra:5.2f}",
            end="",
        )
    print(flush=True)


def _target(what: str, figure: float, most: float, *, below: bool = False) -> None:
    met = figure < most if below else figure <= most
    sign = "<" if below else "<="
    print(f"{what:56} {figure:9.2f} {sign:>2} {most:7,g}  {'met' if met else 'NOT met'}")


def _ratios(name: str, values: Sequence[float]) -> float:
    each = " ".join(f"{value:.2f}" for value in values)
    print(f"{name:17} {each}   median {median(values):.3f}")
    return median(values)


def hiding() -> dict[Case, tuple[Measured, Measured]]:
    """Hide and audit each case, print the table, and judge it by the targets."""
    print(
        f"Hide and audit, T = {T}. Left: T asked of primary cells (as of the baseline); middle: of\n"
        "every hidden cell, as in our releases; right: plain elimination, its failures and our\n"
        "complementary cells over its. Seconds of wall clock and processor; peak memory in MB."
    )
    print(
        f"{'case, ward mean':17} {'seed':>4} {'cells':>6} {'prim.':>6} {'comp.':>5}"
        f" {'ward':>4} {'pal.':>4} {'dis.':>4} {'cou.':>4} {'wall':>6} {'cpu':>6} {'MB':>5} {'narrow':>6}"
        f" | {'comp.':>5} {'wall':>6} {'MB':>5} {'narrow':>6} | {'comp.':>5} {'wall':>6} {'fail':>5} {'ratio':>5}"
    )
    ours: dict[Case, tuple[Measured, Measured]] = {}
    others: dict[Case, Measured] = {}
    for case in (*SMALL, *LARGE):
        ours[case] = (measure("plain", case), measure("every", case))
        if case in SMALL:
            others[case] = measure("baseline", case)
        _row(str(case), case.seed, *ours[case], others.get(case))

    print("\nOur complementary cells over the baseline's, by seed")
    medians = {
        mean: _ratios(
            f"district, {mean}",
            [ours[c][0].extra / others[c].extra for c in SMALL if c.mean == mean],
        )
        for mean in MEANS
    }
    whole = median(ours[case][0].extra / others[case].extra for case in SMALL)
    print(f"{'all fifteen':17} median {whole:.3f}")

    print("\nTargets (every hidden cell protected: the second line of a pair)")
    for case in LARGE:
        for figure, what in zip(ours[case], ("", ", every cell"), strict=True):
            _target(f"{case}{what}: seconds", figure.wall, 40, below=True)
            if case.size != "Nepal":
                _target(f"{case}{what}: MB", figure.memory_mb, 2_000, below=True)
    for n, what in enumerate(("", ", every cell")):
        small = median(ours[Case("district", 10, seed)][n].cpu for seed in SEEDS)
        begin, end = ours[Case("district", 10)][n], ours[Case("Nepal", 10)][n]
        exponent = math.log(end.cpu / small) / math.log(end.cells / begin.cells)
        _target(f"exponent of cpu by cells, district to Nepal{what}", exponent, 1.5)
    for mean, ratio in medians.items():
        _target(f"ratio to the baseline, district, {mean}, median", ratio, 1.2)
    _target("cells narrower than T, all cases", sum(m.narrow for p in ours.values() for m in p), 0)
    return ours


def rule_five(before: dict[Case, tuple[Measured, Measured]]) -> None:
    """Print what it costs that no insider can compute another hidden cell."""
    print(
        f"\nRule 5: at least {INSIDER_PARTS} hidden parts or a hidden whole; whoever knows a unit below the top, and all\n"
        f"in it, is left a width of {INSIDER_NEED} by each other hidden cell. Against T for every hidden cell without rule 5."
    )
    print(
        f"{'case, ward mean':17} {'seed':>4} {'hidden':>7} {'with':>7} {'more':>6} {'of cells':>8}"
        f" {'wall':>7} {'with':>7} {'cpu':>7} {'MB':>5} {'narrow':>6} {'open':>5}"
    )
    for case in (*SMALL, Case("28 districts", 10)):
        was, now = before[case][1], measure("insider", case)
        print(
            f"{case!s:17} {case.seed:4} {was.primary + was.extra:7,} {now.primary + now.extra:7,}"
            f" {now.extra - was.extra:6,} {(now.extra - was.extra) / now.cells:8.1%}"
            f" {was.wall:7.2f} {now.wall:7.2f} {now.cpu:7.2f} {now.memory_mb:5.0f}"
            f" {now.narrow:6} {now.open_:5}",
            flush=True,
        )


def releases() -> None:
    """Make the demonstration's first releases, each hidden and proved, and check their proofs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({"SIMA_VAR": f"{folder}/var"})
        setup.make_stores(settings, synthetic=True, progress=lambda _m: None)
        sima = Sima(settings)
        steward, approver = "demo-steward", "demo-approver"
        for name, (role, places) in setup.DEMO_ACCOUNTS.items():
            sima.accounts.add(name, role, places)
        for file in demo.files(Gazetteer.load()):
            sima.confirm(sima.stage(file.content), by=steward)
        total = 0.0
        for audience in Audience:
            begin = time.perf_counter()
            request = sima.request(audience, by=steward)
            number = sima.approve(request, by=approver, why="planned")
            taken = time.perf_counter() - begin
            total += taken
            begin = time.perf_counter()
            wrong = sima.check_certificate(audience, number)
            checked = time.perf_counter() - begin
            info = sima.writer(audience).reader.releases()[0]
            print(
                f"demo, {audience:8} {info.cells:7,} cells, {info.suppressed:6,} hidden {taken:7.2f} s;"
                f" certificate checked by addition in {checked:.2f} s: {len(wrong)} wrong",
                flush=True,
            )
        _target("demo releases, 20 quarters, both audiences: seconds", total, 60, below=True)


def gate() -> None:
    """Measure the release gate. Other work on the machine adds to the seconds, so it is said."""
    busy = os.getloadavg()[0]
    releases()
    rule_five(hiding())
    print(f"\n{os.cpu_count()} cores; load {busy:.2f} before, {os.getloadavg()[0]:.2f} after.")


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(asdict(KINDS[sys.argv[1]](Case(**json.loads(sys.argv[2]))))))
    else:
        gate()
