"""Unit codes nest: district, palika, ancestors and level follow from the digits alone."""

import doctest

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model import AdminLevel
from data.reference import scope, unit_codes
from data.reference.gazetteer import Gazetteer

UNITS = Gazetteer.load().units
LEVEL_OF = {str(code): int(level) for code, level in UNITS["admin_level"].items()}
CODES = st.sampled_from([str(code) for code in UNITS.index])


@given(CODES)
def test_the_list_of_units_says_the_same_of_every_code(code: str) -> None:
    chain = [code]
    while isinstance(parent := UNITS.at[chain[-1], "parent_code"], str) and parent:
        chain.append(parent)
    by_level = {LEVEL_OF[each]: each for each in chain}
    assert unit_codes.ancestors(code) == tuple(reversed(chain[1:]))
    assert unit_codes.district_of(code) == by_level.get(AdminLevel.DISTRICT, code)
    assert unit_codes.palika_of(code) == by_level.get(AdminLevel.PALIKA, code)


@given(CODES)
def test_a_scope_takes_the_same_units_for_coarser(code: str) -> None:
    assert unit_codes.ancestors(code) == scope.coarser(code)


def test_every_unit_of_the_list_has_the_level_that_its_code_has() -> None:
    codes = UNITS.index.to_series()
    expected = UNITS["admin_level"].astype("int64")
    pd.testing.assert_series_equal(unit_codes.level_of(codes), expected, check_names=False)
    assert all(unit_codes.level_of(code) == level for code, level in LEVEL_OF.items())


def test_a_series_keeps_its_index_its_order_and_its_gaps() -> None:
    codes = pd.Series(["5110603", None, "NP", "312"], index=["d", "a", "c", "b"], dtype=object)
    districts = pd.Series(["511", None, "NP", "312"], index=["d", "a", "c", "b"], dtype=object)
    pd.testing.assert_series_equal(unit_codes.district_of(codes), districts)
    palikas = pd.Series(["51106", None, "NP", "312"], index=["d", "a", "c", "b"], dtype=object)
    pd.testing.assert_series_equal(unit_codes.palika_of(codes), palikas)


def test_an_index_stays_an_index() -> None:
    codes = pd.Index(["5110603", "31206"], name="unit_code")
    pd.testing.assert_index_equal(
        unit_codes.district_of(codes), pd.Index(["511", "312"], name="unit_code")
    )


def test_no_code_at_all_is_an_empty_series() -> None:
    empty = pd.Series([], dtype=object)
    assert unit_codes.level_of(empty).empty
    assert unit_codes.district_of(empty).empty


@pytest.mark.parametrize("code", ["", "51", "5110", "511060301", "np", "NPL", "५११", "51a"])
def test_what_no_unit_can_have_is_refused_by_name(code: str) -> None:
    with pytest.raises(ValueError, match="not a unit code") as refused:
        unit_codes.level_of(code)
    assert repr(code) in str(refused.value)
    with pytest.raises(ValueError, match="not a unit code"):
        unit_codes.level_of(pd.Series(["511", code]))


def test_the_examples_hold() -> None:
    result = doctest.testmod(unit_codes)
    assert result.attempted > 8
    assert result.failed == 0
