"""Rates, their shrinkage and their intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.shrinkage import empirical_bayes, empirical_bayes_local, rate, rate_interval
from geo.weights import Weights
from tests.support.hotspot_maps import cases, codes, lattice

FIGURES = st.lists(
    st.tuples(st.integers(0, 500), st.floats(0.5, 5_000)), min_size=1, max_size=12
)  # fmt: skip


def test_no_exposure_is_no_rate_and_a_true_zero_is_one() -> None:
    found = rate(cases([0, 0, 5, np.nan, 4], [10, 0, 0, 3, np.nan]))
    assert found.index.tolist() == codes(5)
    assert found.tolist() == pytest.approx([0, np.nan, np.nan, np.nan, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("count", "exposure", "said"),
    [(-1, 2, "the count of 'U00000'"), (1, -2, "the exposure"), (1, np.inf, "the exposure")],
)
def test_a_figure_that_cannot_be_is_refused_without_telling_it(count, exposure, said) -> None:
    with pytest.raises(ValueError, match=said) as wrong:
        rate(cases([count], exposure))
    assert not any(sign.isdigit() for sign in str(wrong.value).replace("U00000", ""))


def test_the_global_estimator_is_marshalls() -> None:
    # by hand: m = 60/400, s2 = sum e (r - m)^2 / sum e, A = s2 - m / mean e
    table = cases([2, 30, 28], [100, 100, 200])
    m, s2 = 0.15, (100 * 0.13**2 + 100 * 0.15**2 + 200 * 0.01**2) / 400
    a = s2 - m / (400 / 3)
    raw, exposure = np.array([0.02, 0.3, 0.14]), np.array([100, 100, 200])
    expected = m + (raw - m) * a / (a + m / exposure)
    assert empirical_bayes(table).to_numpy() == pytest.approx(expected)


def test_the_local_estimator_uses_the_neighbourhood_alone() -> None:
    table = cases([2, 30, 28, 900], [100, 100, 200, 100])
    weights = Weights.from_pairs(codes(4), [(a, b) for a in codes(3) for b in codes(3)])
    found = empirical_bayes_local(table, weights)
    assert found.iloc[:3].tolist() == pytest.approx(empirical_bayes(table.iloc[:3]).tolist())
    assert found.iloc[3] == 9, "an isolate keeps its own rate"


def test_rates_that_differ_by_chance_alone_are_all_that_of_the_map() -> None:
    found = empirical_bayes(cases([9, 10, 11], 100))
    assert found.tolist() == pytest.approx([0.1, 0.1, 0.1])


@given(FIGURES)
def test_a_shrunken_rate_lies_between_its_own_and_that_of_the_map(figures) -> None:
    table = cases([c for c, _ in figures], [e for _, e in figures])
    raw, found = rate(table), empirical_bayes(table)
    overall = table["count"].sum() / table["exposure"].sum()
    low, high = np.minimum(raw, overall), np.maximum(raw, overall)
    assert found.ge(low - 1e-9).all()
    assert found.le(high + 1e-9).all()


@given(FIGURES)
def test_the_unit_of_exposure_does_not_matter(figures) -> None:
    table = cases([c for c, _ in figures], [e for _, e in figures])
    tenfold = table.assign(exposure=table["exposure"] * 10)
    assert empirical_bayes(tenfold).to_numpy() * 10 == pytest.approx(empirical_bayes(table))


def test_missing_figures_leave_the_others_alone() -> None:
    table = cases([2, 30, np.nan, 28], [100, 100, 50, 200])
    whole = empirical_bayes(table.dropna())
    found = empirical_bayes(table)
    assert np.isnan(found.iloc[2])
    assert found.dropna().equals(whole)
    local = empirical_bayes_local(table, lattice(2, 2))
    assert local.index.equals(table.index)
    assert local.isna().tolist() == [False, False, True, False]


def test_intervals_are_close_to_the_exact_poisson_limits() -> None:
    # poisson.test(x)$conf.int in R, for x = 0, 5, 20, 100
    exact = np.array(
        [[0, 3.688879], [1.623486, 11.66833], [12.21652, 30.88838], [81.36397, 121.6271]]
    )
    found = rate_interval(cases([0, 5, 20, 100], 1), confidence=0.95)
    assert found.columns.tolist() == ["lower", "upper"]
    assert found["upper"].to_numpy() == pytest.approx(exact[:, 1], rel=0.01)
    assert found["lower"].to_numpy() == pytest.approx(exact[:, 0], rel=0.03)


@given(FIGURES)
def test_an_interval_holds_its_rate(figures) -> None:
    table = cases([c for c, _ in figures], [e for _, e in figures])
    limits = rate_interval(table, confidence=0.95)
    assert (limits["lower"] <= rate(table)).all()
    assert (limits["upper"] > rate(table)).all()


def test_a_rate_that_is_not_known_has_no_interval() -> None:
    limits = rate_interval(cases([np.nan, 4], [3, 0]), confidence=0.95)
    assert limits.isna().all(axis=None)
    with pytest.raises(ValueError, match="confidence"):
        rate_interval(cases([1], 1), confidence=1)


def test_nothing_in_nothing_out() -> None:
    empty = pd.DataFrame({"count": [], "exposure": []}, dtype=float)
    assert rate(empty).empty
    assert empirical_bayes(empty).empty
    assert rate_interval(empty, confidence=0.95).empty
    assert empirical_bayes_local(empty, Weights.from_pairs([], [])).empty
