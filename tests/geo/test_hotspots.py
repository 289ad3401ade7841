"""Hotspots: reference values, what must always hold, and input that says nothing."""

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.hotspots import HotspotClass, Hotspots, Reason, find_hotspots
from geo.permutation import benjamini_hochberg, gi_star, permutation_p
from geo.scan import find_clusters
from geo.weights import Weights
from tests.support.examples import examples
from tests.support.hotspot_maps import PARAMETERS, cases, codes, lattice, reference

HIGH, NOT, LITTLE = (each.value for each in HotspotClass)
COLUMNS = ["rate", "eb_rate", "lower", "upper", "gi_star", "p", "q", "significant", "confirmed", "class", "reason"]  # fmt: skip
CORNER = [0, 1, 2, 10, 11, 12, 20, 21, 22]
VALUES = st.lists(st.integers(0, 30), min_size=12, max_size=12)


def planted(seed: int = 5) -> pd.DataFrame:
    """Ten by ten units of which nine in a corner have three times the rate."""
    expected = np.full(100, 8.0)
    expected[CORNER] *= 3
    return cases(np.random.default_rng(seed).poisson(expected).tolist(), 100)


# ---- Gi* -------------------------------------------------------------------------------------
@pytest.mark.parametrize("distance", [30, 60, 90, 120, 150])
def test_gi_star_is_that_of_the_reference_grid(distance: int) -> None:
    grid = reference()
    names = codes(len(grid))
    x, y = (np.array([cell[axis] for cell in grid]) for axis in ("x", "y"))
    near = np.hypot(np.subtract.outer(x, x), np.subtract.outer(y, y)) <= distance + 1e-9
    pairs = [(names[i], names[j]) for i, j in np.argwhere(near)]
    values = pd.Series([cell["val"] for cell in grid], index=names)
    found = gi_star(values, Weights.from_pairs(names, pairs))
    assert found.index.tolist() == names
    expected = [cell[f"Gstar{distance}"] for cell in grid]
    assert np.abs(found.to_numpy() - expected).max() < 1e-6


def test_a_missing_value_is_refused_and_never_spreads() -> None:
    values = pd.Series(1.0, index=codes(4))
    values.iloc[2] = math.nan
    with pytest.raises(ValueError, match="'U00002' has no value"):
        gi_star(values, lattice(2, 2))
    with pytest.raises(ValueError, match="two values"):
        gi_star(pd.concat([values, values]), lattice(2, 2))


# ---- permutation -----------------------------------------------------------------------------
def test_p_is_that_of_all_ways_to_choose_the_neighbourhood() -> None:
    weights = lattice(3, 4)
    values = pd.Series(np.arange(12.0) ** 2, index=codes(12))
    p = permutation_p(values, weights, permutations=40_000, seed=3)
    for unit in ("U00011", "U00005", "U00000"):
        group = [unit, *weights.neighbours(unit)]
        sums = np.array([sum(some) for some in combinations(values, len(group))])
        exact = float(np.mean(sums >= values[group].sum()))
        assert p[unit] == pytest.approx(
            exact, abs=4 * math.sqrt(exact * (1 - exact) / 40_000) + 1e-4
        )


@given(VALUES, st.integers(0, 10))
def test_p_is_in_its_range_and_ties_count_against_the_finding(values: list[int], seed: int) -> None:
    p = permutation_p(
        pd.Series(values, codes(12), dtype=float), lattice(3, 4), permutations=49, seed=seed
    )
    assert p.between(1 / 50, 1).all()
    if len(set(values)) == 1:
        assert p.eq(1).all()


@given(VALUES)
def test_a_higher_neighbourhood_has_no_higher_p(values: list[int]) -> None:
    weights = Weights.from_pairs(
        codes(12), [(codes(12)[n], codes(12)[n + 1]) for n in range(0, 12, 2)]
    )
    series = pd.Series(values, codes(12), dtype=float)
    z = gi_star(series, weights)
    p = permutation_p(series, weights, permutations=99, seed=1)
    in_order = p[z.sort_values().index].to_numpy()
    assert (np.diff(in_order) <= 0).all() or np.allclose(z, 0)


def test_a_large_neighbourhood_is_drawn_without_putting_back() -> None:
    values = pd.Series([1.0, 0, 0, 0, 0, 0], codes(6))
    weights = Weights.from_pairs(codes(6), combinations(codes(6), 2))
    assert permutation_p(values, weights, permutations=99, seed=1).eq(1).all()


def test_permutations_are_needed() -> None:
    with pytest.raises(ValueError, match="permutations"):
        permutation_p(pd.Series(1.0, codes(4)), lattice(2, 2), permutations=0, seed=1)


def test_adjusted_p_values_are_those_of_r() -> None:
    # what p.adjust of R gives for them with method "BH"
    p = pd.Series([0.01, math.nan, 0.04, 0.03, 0.005, 0.5], list("abcdef"))
    expected = [0.025, math.nan, 0.05, 0.05, 0.025, 0.5]
    assert benjamini_hochberg(p).tolist() == pytest.approx(expected, nan_ok=True)
    assert benjamini_hochberg(p).index.equals(p.index)


# ---- scan ------------------------------------------------------------------------------------
def test_the_scan_finds_what_was_planted_and_nothing_in_the_same_rate() -> None:
    wanted = {"most_share": 0.25, "most_units": 30, "simulations": 199, "alpha": 0.05, "seed": 1}
    first = find_clusters(planted(), lattice(10, 10), **wanted)[0]
    assert len(set(first.units) & {codes(100)[n] for n in CORNER}) >= 7
    assert first.count > first.expected
    assert first.p == 1 / 200
    assert find_clusters(cases([8] * 100, 100), lattice(10, 10), **wanted) == []


def test_clusters_do_not_overlap_and_stay_below_the_cap() -> None:
    table = planted()
    found = find_clusters(
        table, lattice(10, 10), most_share=0.1, most_units=30, simulations=99, alpha=1, seed=1
    )
    units = [unit for cluster in found for unit in cluster.units]
    assert len(units) == len(set(units))
    assert max(len(cluster.units) for cluster in found) <= 10


# ---- the whole -------------------------------------------------------------------------------
def test_a_planted_cluster_is_found_and_nothing_far_from_it() -> None:
    found = find_hotspots(planted(), lattice(10, 10), PARAMETERS)
    table = found.table
    assert list(table.columns) == COLUMNS
    assert table.index.tolist() == codes(100)
    higher = set(table.index[table["class"] == HIGH])
    assert higher == {codes(100)[n] for n in CORNER}
    assert found.tested == 100
    assert found.parameters == PARAMETERS
    assert (table["reason"] == "").all()


@examples(3, 60)
@given(st.randoms())
def test_the_order_of_the_units_never_matters(random) -> None:
    table = planted()
    order = table.index.tolist()
    random.shuffle(order)
    pairs = lattice(10, 10).pairs()
    random.shuffle(pairs)
    straight = find_hotspots(table, lattice(10, 10), PARAMETERS)
    shuffled = find_hotspots(table.loc[order], Weights.from_pairs(order, pairs), PARAMETERS)
    assert shuffled.table.index.tolist() == order
    pd.testing.assert_frame_equal(shuffled.table.loc[table.index], straight.table)
    assert shuffled.clusters == straight.clusters


def test_a_seed_gives_the_same_figures_and_another_seed_others() -> None:
    one, again = (find_hotspots(planted(), lattice(10, 10), PARAMETERS) for _ in range(2))
    other = find_hotspots(planted(), lattice(10, 10), replace(PARAMETERS, seed=2))
    pd.testing.assert_frame_equal(one.table, again.table)
    assert not one.table["p"].equals(other.table["p"])
    assert one.table["gi_star"].equals(other.table["gi_star"])


def test_so_many_tests_draw_more_permutations_than_asked_for() -> None:
    found = find_hotspots(planted(), lattice(10, 10), replace(PARAMETERS, permutations=99))
    assert found.permutations == 9_999
    assert found.parameters.permutations == 99


def test_a_low_unit_in_a_high_neighbourhood_is_not_called_higher() -> None:
    table = planted()
    table.loc["U00011", "count"] = 2
    row = find_hotspots(table, lattice(10, 10), PARAMETERS).table.loc["U00011"]
    assert row["significant"]
    assert row["class"] == NOT


# ---- too little data -------------------------------------------------------------------------
def little(found: Hotspots, why: Reason) -> None:
    """Everything is too little data, for one reason, and nothing is significant."""
    assert set(found.table["class"]) <= {LITTLE}
    assert set(found.table["reason"]) <= {why.value}
    assert not found.table["significant"].any()


MISSING = math.nan


@pytest.mark.parametrize(
    ("count", "exposure", "why"),
    [
        ([0] * 100, 100, Reason.NOTHING_VARIES),
        ([7] * 100, 100, Reason.NOTHING_VARIES),
        ([MISSING] * 100, 100, Reason.NO_FIGURE),
        ([7] * 100, MISSING, Reason.NO_FIGURE),
        ([7] * 100, 0, Reason.NO_EXPOSURE),
        ([0, 1] * 50, 1, Reason.FEW_EXPECTED),
        ([MISSING] * 99 + [50], 10, None),
    ],
)  # fmt: skip
def test_input_that_says_nothing_is_too_little_data(count, exposure, why) -> None:
    found = find_hotspots(cases(count, exposure), lattice(10, 10), PARAMETERS)
    assert set(found.table["class"]) == {LITTLE}
    assert not found.table["significant"].any()
    if why:
        little(found, why)


@pytest.mark.parametrize("units", [0, 1, 2, 3, 4, 6])
def test_a_tiny_map_is_too_little_data(units: int) -> None:
    weights = Weights.from_pairs(codes(units), combinations(codes(units), 2))
    found = find_hotspots(cases(list(range(10, 10 + units)), 1), weights, PARAMETERS)
    assert set(found.table["class"]) <= {LITTLE}
    assert found.tested == 0


def test_isolates_are_not_tested_against_themselves() -> None:
    found = find_hotspots(planted(), Weights.from_pairs(codes(100), []), PARAMETERS)
    little(found, Reason.NO_NEIGHBOUR)
    assert found.table["p"].isna().all()
    strangers = find_hotspots(planted(), Weights.from_pairs([], []), PARAMETERS)
    little(strangers, Reason.NO_NEIGHBOUR)


def test_one_missing_unit_costs_that_unit_alone() -> None:
    table = planted()
    table.loc["U00055", "count"] = math.nan
    table.loc["U00077", "exposure"] = 0
    found = find_hotspots(table, lattice(10, 10), PARAMETERS).table
    assert found.index[found["class"] == LITTLE].tolist() == ["U00055", "U00077"]
    assert found.loc[["U00055", "U00077"], "reason"].tolist() == ["no figure", "no exposure"]
    assert found["gi_star"].notna().sum() == 98


def test_a_unit_with_little_exposure_is_never_said_to_be_no_different() -> None:
    table = planted()
    table.loc[["U00070", "U00071"], "exposure"] = [30.0, 5.0]
    table.loc[["U00070", "U00071"], "count"] = [2.0, 1.0]
    found = find_hotspots(table, lattice(10, 10), PARAMETERS).table
    assert found.loc[["U00070", "U00071"], "reason"].tolist() == ["too few cases expected"] * 2
    assert found["p"].isna().sum() == 1, "with 30 a hotspot could still be found"


@examples(8, 160)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.integers(0, 40), st.just(MISSING)),
            st.one_of(st.floats(0, 1e6), st.just(MISSING)),
        ),
        max_size=25,
    ),
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=50),
)  # fmt: skip
def test_whatever_comes_there_is_an_answer_for_every_unit(figures, pairs) -> None:
    table = cases([c for c, _ in figures], [e for _, e in figures])
    names = codes(25)
    weights = Weights.from_pairs(names, [(names[i], names[j]) for i, j in pairs])
    found = find_hotspots(
        table, weights, replace(PARAMETERS, permutations=99, simulations=19)
    ).table
    assert found.index.equals(table.index)
    assert found["class"].isin([HIGH, NOT, LITTLE]).all()
    assert found["reason"].ne("").equals(found["class"].eq(LITTLE))
    assert found["p"].dropna().between(0, 1, inclusive="right").all()
    assert not found.loc[found["class"] == HIGH, "p"].isna().any()


@pytest.mark.parametrize(
    ("count", "names", "said"),
    [([1, 2], ["a", "a"], "'a' is listed twice"), ([1, 2.5], ["a", "b"], "'b' is not whole")],
)
def test_a_bad_call_is_refused(count, names, said) -> None:
    table = pd.DataFrame({"count": count, "exposure": 1.0}, index=names)
    with pytest.raises(ValueError, match=said):
        find_hotspots(table, Weights.from_pairs(["a", "b"], []), PARAMETERS)


@pytest.mark.parametrize(
    "wrong",
    [{"alpha": 0}, {"confidence": 1}, {"permutations": 0}, {"seed": -1}, {"least_tested": 9}],
)
def test_parameters_that_cannot_be_meant_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        replace(PARAMETERS, **wrong)


# ---- false discoveries -----------------------------------------------------------------------
@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_maps_without_hotspots_seldom_show_one(spread: float) -> None:
    """The small version of what `tests.bench.hotspots` measures on the real map."""
    rng, maps, weights = np.random.default_rng(8), 60, lattice(6, 6)
    wrong = 0
    for seed in range(maps):
        exposure = rng.lognormal(0, 0.6, 36) * 100
        risk = rng.gamma(1 / spread**2, spread**2, 36) if spread else np.ones(36)
        table = cases(rng.poisson(0.2 * exposure * risk).tolist(), exposure.tolist())
        found = find_hotspots(table, weights, replace(PARAMETERS, seed=seed, simulations=99))
        wrong += bool((found.table["class"] == HIGH).any())
    assert wrong / maps <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / maps)
