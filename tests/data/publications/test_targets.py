"""Published targets: what is refused, and what is compared with what."""

import copy
import tomllib
from typing import Any

import pandas as pd
import pytest

from dashboard.released.headline_figures import Figure, compare_with_target
from data.model import SimaError
from data.publications.targets import Target, load_targets, read_targets
from data.reference.indicators import REFERENCE

TABLE = tomllib.loads((REFERENCE / "targets.toml").read_text("utf-8"))
KEY = "sticks_and_stones"


def test_the_target_of_the_founding_document_is_there_with_its_words() -> None:
    target = {each.code: each for each in load_targets()}[KEY]
    assert (target.indicator, target.target, target.ledger_number) == (
        "children_trained",
        1600,
        "F11",
    )
    assert "originally aimed to reach 1600 students" in target.wording
    assert "students" in target.caveat["en"]
    assert "children" in target.caveat["en"]
    assert target.source
    assert set(target.name) == set(target.counted) == set(target.caveat) == {"en", "ne"}


@pytest.mark.parametrize(
    ("change", "said"),
    [({"indicator": "nothing"}, "not a public indicator"),
     ({"indicator": "booth_staff_days"}, "not a public indicator"),
     ({"target": 0}, "above 0"), ({"target": "many"}, "above 0"), ({"target": 1.5}, "above 0"),
     ({"name": {"en": "Only English"}}, "no text in ne"),
     ({"periods": ["2023"]}, "not a period"),
     ({"baseline": 0}, "missing or unknown: baseline"), ({"caveat": None}, "missing or unknown: caveat")],
)  # fmt: skip
def test_a_wrong_entry_is_named(change: dict[str, Any], said: str) -> None:
    table = copy.deepcopy(TABLE)
    table[KEY] |= change
    table[KEY] = {name: value for name, value in table[KEY].items() if value is not None}
    with pytest.raises(SimaError, match=said):
        read_targets(table)


# ---- beside what was reached


def years(**values: int | str) -> pd.DataFrame:
    """Make country cells by year; a text is a status."""
    rows = [
        {"period": code.replace("_", "-"), "status": value if isinstance(value, str) else "published",
         "value": None if isinstance(value, str) else value, "value_class": None}
        for code, value in values.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["period", "status", "value", "value_class"]).astype(
        {"value": "Int64"}
    )


def target(**change: Any) -> Target:
    table = copy.deepcopy(TABLE)
    table[KEY] |= change
    return read_targets(table)[0]


def test_all_years_together_are_compared() -> None:
    found = compare_with_target(years(ad_2022=900, ad_2023=1000), target())
    assert (found.value, found.periods) == (1900, ("ad-2022", "ad-2023"))


@pytest.mark.parametrize("status", ["suppressed", "not_reported"])
def test_a_part_is_never_compared_with_the_whole_target(status: str) -> None:
    found = compare_with_target(years(ad_2022=status, ad_2023=1000), target())
    assert not found.shown
    assert found.hidden + found.silent == ("ad-2022",)


def test_a_year_that_is_missing_in_between_is_a_part_too() -> None:
    assert not compare_with_target(years(ad_2020=900, ad_2023=1000), target()).shown


def test_a_target_for_one_year_is_compared_with_that_year() -> None:
    found = compare_with_target(
        years(ad_2022="suppressed", ad_2023=1000), target(periods=["ad-2023"])
    )
    assert (found.value, found.periods) == (1000, ("ad-2023",))


def test_a_stock_is_compared_with_its_last_state() -> None:
    found = compare_with_target(
        years(ad_2022=700, ad_2023=780), target(indicator="parents_members")
    )
    assert (found.value, found.periods) == (780, ("ad-2023",))


def test_without_cells_nothing_is_said() -> None:
    assert compare_with_target(years(), target()) == Figure()
    assert compare_with_target(None, target()) == Figure()
