"""The release gate beside an earlier version, in one run: ``python -m tests.bench.before``.

``SIMA_BENCH_COUNTRY`` names a folder with the files of a country (see `releases_of`); without it
the country is left out. The earlier version must be in the repository's history.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.gate import MEANS, Case, Measured, measure
from tests.support.paths import ROOT

EARLIER = "ab517d5"
KEYS = 20
COUNTRY = "SIMA_BENCH_COUNTRY"


@contextmanager
def earlier_version() -> Iterator[Path]:
    """Check the earlier version out beside this one; the folder is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder, "earlier")
        subprocess.run(["git", "clone", "-q", "--shared", str(ROOT), str(at)], check=True)
        subprocess.run(["git", "-C", str(at), "checkout", "-q", EARLIER], check=True)
        yield at


def releases(root: Path, *country: str) -> list[dict[str, Any]]:
    """Make releases with the code of a folder; return what they cost."""
    asked = [sys.executable, str(ROOT / "tests/bench/releases_of.py"), str(root), *country]
    done = subprocess.run(asked, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def earlier_case(root: Path, kind: str, case: Case) -> Measured:
    """Measure a case of `tests.bench.gate` with the earlier version."""
    asked = {k: v for k, v in asdict(case).items() if k != "key"}
    command = [sys.executable, "-m", "tests.bench_gate", kind, json.dumps(asked)]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, env=environment)
    return Measured(**json.loads(done.stdout))


def _row(what: str, ours: float, unit: float, target: float) -> None:
    met = "met" if ours / unit <= target else "NOT met"
    print(f"{what:52} {ours:8.1f} s {ours / unit:6.2f} x (target {target:g}) {met}", flush=True)


def demonstration(root: Path) -> float:
    """Compare the first releases of the demonstration; return the earlier version's seconds."""
    (was,), (now,) = releases(root), releases(ROOT)
    unit = sum(was["first"].values())
    print(f"demonstration, both audiences, at {EARLIER}: {unit:.1f} s, {was['mb']} MB = 1")
    _row(f"the same now, {now['mb']} MB", sum(now["first"].values()), unit, 0.2)
    return unit


def country(unit: float) -> None:
    """Make the releases of a country, and of one more quarter."""
    folder = os.environ.get(COUNTRY)
    if folder is None:
        print(f"a country: left out, {COUNTRY} names no folder")
        return
    first, later = releases(ROOT, folder)
    _row(f"a country, both audiences, {first['mb']} MB", sum(first["first"].values()), unit, 1.0)
    _row(f"one more quarter, {later['mb']} MB", sum(later["next"].values()), unit, 0.1)


def further_cells() -> None:
    """Count the further hidden cells of one district with many keys."""
    for mean, target in zip(MEANS, (55, 108, 98), strict=True):
        cases = [Case("district", mean, key=key) for key in range(KEYS)]
        plain = [measure("plain", case) for case in cases]
        insiders = [measure("insider", case) for case in cases[:5]]
        extra = median(each.extra for each in plain)
        print(
            f"one district, mean {mean}: further cells, median of {KEYS} keys {extra:g}"
            f" (target {target}, {'met' if extra <= target else 'NOT met'});"
            f" {sum(each.narrow for each in plain)} narrow;"
            f" after insiders {median(each.extra for each in insiders):g}",
            flush=True,
        )


def large(root: Path) -> None:
    """Compare large tables."""
    for case in (Case("28 districts", 10), Case("Nepal", 10)):
        was, now = earlier_case(root, "plain", case), measure("plain", case)
        _row(f"{case}, at {EARLIER} {was.cpu:.1f} s", now.cpu, was.cpu, 0.5)


def before() -> None:
    """Compare the gate with the earlier version."""
    print(f"\nThe gate beside {EARLIER}: seconds of processor, load {os.getloadavg()[0]:.2f}")
    further_cells()
    with earlier_version() as root:
        large(root)
        country(demonstration(root))


if __name__ == "__main__":
    before()
