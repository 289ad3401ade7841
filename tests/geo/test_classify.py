"""Class breaks from what is shown."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.classify import breaks, classify


def test_zero_is_a_class_of_its_own_and_a_missing_value_has_none() -> None:
    values = pd.Series([0, 3, None, 40], index=list("abcd"), dtype="Float64")
    classes = classify(values, breaks(values, classes=5))
    assert classes.index.tolist() == list("abcd")
    assert classes["a"] == 0
    assert pd.isna(classes["c"])
    assert classes["d"] > classes["b"] >= 1


def test_no_values_give_no_breaks() -> None:
    assert breaks(pd.Series([None, 0], dtype="Float64"), classes=5) == ()


@given(st.lists(st.integers(0, 2_000_000), min_size=1, max_size=60), st.randoms())
def test_every_value_has_a_class_whatever_the_order(values: list[int], random) -> None:
    series = pd.Series(values, dtype="Float64")
    edges = breaks(series, classes=5)
    assert list(edges) == sorted(set(edges))
    assert len(edges) <= 5
    assert classify(series, edges).max() <= max(1, len(edges))
    used = set(classify(series, edges)) - {0}
    assert used == set(range(1, len(edges) + 1)), "no class of the legend is empty"
    shuffled = series.sample(frac=1, random_state=random.randrange(1000))
    assert breaks(shuffled, classes=5) == edges
