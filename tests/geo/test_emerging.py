"""The history of hotspots, and the trend behind it."""

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.emerging import classify_emerging, mann_kendall
from geo.hotspots import HotspotClass

HIGH, NOT, LITTLE = (each.value for each in HotspotClass)
PERIODS = ["2080-1", "2080-2", "2080-3", "2081-1", "2081-2"]


def test_the_trend_is_counted_out_exactly() -> None:
    values = (3.0, 1.0, 4.0, 5.0, 9.0)

    def score(series: tuple[float, ...]) -> int:
        return sum(int(np.sign(b - a)) for n, a in enumerate(series) for b in series[n + 1 :])

    as_far = [abs(score(each)) >= abs(score(values)) for each in permutations(values)]
    found = mann_kendall(values)
    assert found.tau == pytest.approx(score(values) / 10)
    assert found.p == pytest.approx(np.mean(as_far))


def test_ties_are_corrected_for() -> None:
    # Kendall's S = 8, five values with one tied pair: variance (300 - 18) / 18
    found = mann_kendall([1, 2, 2, 3, 3.5])
    score, spread = 9, math.sqrt((5 * 4 * 15 - 2 * 1 * 9) / 18)
    assert found.tau == pytest.approx(score / math.sqrt(10 * 9))
    assert found.p == pytest.approx(math.erfc((score - 1) / spread / math.sqrt(2)))


@pytest.mark.parametrize("values", [[], [1], [2, 2, 2], [math.nan, 1, math.nan]])
def test_too_few_or_equal_values_have_no_trend(values: list[float]) -> None:
    assert mann_kendall(values).p == 1
    assert mann_kendall(values).tau == 0


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_turning_time_round_turns_the_trend(values: list[float]) -> None:
    there, back = mann_kendall(values), mann_kendall(values[::-1])
    assert there.tau == -back.tau
    assert there.p == back.p
    assert 0 < there.p <= 1
    assert -1 <= there.tau <= 1


@pytest.mark.parametrize(
    ("classes", "z", "name"),
    [
        ([NOT, NOT, NOT, NOT, HIGH], [0, 0, 1, 0, 3], "new"),
        ([LITTLE, NOT, NOT, LITTLE, HIGH], [9, 0, 1, 9, 3], "new"),
        ([HIGH, NOT, HIGH, HIGH, HIGH], [3, 1, 3, 4, 3.5], "persistent"),
        ([HIGH, HIGH, HIGH, HIGH, HIGH], [9, 8, 7, 6, 5], "fading"),
        ([NOT, HIGH, HIGH, NOT, NOT], [1, 4, 3, 1, 0], "fading"),
        ([NOT, NOT, NOT, NOT, NOT], [1, 2, 3, 4, 5], "never higher"),
        ([HIGH, HIGH, HIGH, HIGH, LITTLE], [4, 4, 4, 4, 0], "too little data"),
        ([LITTLE, LITTLE, LITTLE, HIGH, HIGH], [0, 0, 0, 4, 4], "too little data"),
    ],
)
def test_each_history_has_its_name(classes: list[str], z: list[float], name: str) -> None:
    found = classify_emerging(
        pd.DataFrame([classes], index=["a"], columns=PERIODS),
        pd.DataFrame([z], index=["a"], columns=PERIODS, dtype=float),
        alpha=0.05,
        least_periods=3,
    )
    assert found.index.tolist() == ["a"]
    assert found.loc["a", "emerging"] == name
    assert found.loc["a", "periods"] == len(PERIODS) - classes.count(LITTLE)
    assert found.loc["a", "higher"] == classes.count(HIGH)


def test_no_units_and_no_periods_are_no_error() -> None:
    empty = pd.DataFrame(index=["a"])
    assert (
        classify_emerging(empty, empty, alpha=0.05, least_periods=2).loc["a", "emerging"] == LITTLE
    )
    none = pd.DataFrame(columns=PERIODS)
    assert classify_emerging(none, none, alpha=0.05, least_periods=2).empty


def test_frames_of_other_units_or_too_short_a_history_are_refused() -> None:
    one = pd.DataFrame([[NOT]], index=["a"], columns=["p"])
    with pytest.raises(ValueError, match="same units and periods"):
        classify_emerging(one, one.rename(index={"a": "b"}), alpha=0.05, least_periods=2)
    with pytest.raises(ValueError, match="2 or more"):
        classify_emerging(one, one, alpha=0.05, least_periods=1)
