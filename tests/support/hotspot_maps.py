"""Maps for the tests and measurements of the hotspots."""

import csv
from collections.abc import Sequence

import numpy as np
import pandas as pd

from geo.hotspots import Parameters
from geo.weights import Weights
from tests.support.paths import ROOT

GOLDEN = ROOT / "tests" / "golden" / "getisord_grid.csv"
PARAMETERS = Parameters(
    alpha=0.05, permutations=999, simulations=199, seed=1, least_tested=1, least_told=5,
    most_share=0.25, most_units=30, confidence=0.95,
)  # fmt: skip


def codes(units: int) -> list[str]:
    """Codes in the order of their positions."""
    return [f"U{n:05d}" for n in range(units)]


def lattice(rows: int, columns: int) -> Weights:
    """Squares that share a border or a corner, row by row."""
    place = np.arange(rows * columns).reshape(rows, columns)
    ends = [
        (place[:, :-1], place[:, 1:]), (place[:-1], place[1:]),
        (place[:-1, :-1], place[1:, 1:]), (place[:-1, 1:], place[1:, :-1]),
    ]  # fmt: skip
    names = codes(rows * columns)
    pairs = [(int(i), int(j)) for one, two in ends for i, j in zip(one.flat, two.flat, strict=True)]
    return Weights.from_pairs(names, [(names[i], names[j]) for i, j in pairs])


def cases(count: Sequence[float], exposure: Sequence[float] | float) -> pd.DataFrame:
    """Counts and exposures of the units in the order of their positions."""
    frame = pd.DataFrame({"count": count, "exposure": exposure}, index=codes(len(count)))
    return frame.astype(float)


def reference() -> list[dict[str, float]]:
    """The reference grid: place, value, and G and G* at five distances."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [{name: float(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
