"""What a release freezes: every native period of what it showed, reported or not."""

import pandas as pd
import pytest

from data.disclosure.frozen_periods import FROZEN_COLUMNS, freeze
from data.reference.indicators import load_indicators

# People informed have cells by quarter and year, groups too.
INDICATORS = {
    "contacts": load_indicators()["booth_contacts"],
    "groups": load_indicators()["parents_groups"],
}
NONE = pd.DataFrame(columns=FROZEN_COLUMNS)


def frozen(cells: list[tuple[str, str]], records: list[tuple[str, str]]) -> set[tuple[str, str]]:
    names = ["indicator", "period"]
    found = freeze(
        NONE, pd.DataFrame(cells, columns=names), pd.DataFrame(records, columns=names), 7, 3, None,
        INDICATORS,
    )  # fmt: skip
    assert (found["last_batch"] == 7).all()
    assert (found["set_by"] == 3).all()
    return set(zip(found["indicator"], found["period"], strict=True))


def test_a_month_that_nobody_reported_is_frozen_with_its_quarter() -> None:
    months = [("contacts", "ad-2023-07"), ("contacts", "ad-2023-08")]
    assert frozen([("contacts", "ad-2023-q3")], months) == {
        *months,
        ("contacts", "ad-2023-09"),
    }


def test_both_calendars_are_frozen_where_both_are_reported() -> None:
    records = [("contacts", "ad-2023-07"), ("contacts", "bs-2080-04")]
    found = frozen([("contacts", "ad-2023-q3"), ("contacts", "bs-2080-q1")], records)
    assert {period for _code, period in found} == {
        "ad-2023-07", "ad-2023-08", "ad-2023-09", "bs-2080-04", "bs-2080-05", "bs-2080-06",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "records", "periods"),
    [
        (["ad-2023-q1"], ["ad-2023-q1"], {"ad-2023-q1"}),
        (["ad-2023-q1"], ["ad-2022"], set()),  # a year is no part of a quarter
        (["ad-2023"], ["ad-2023-q2"], {"ad-2023-q2"}),  # the other quarters have their own cells
        (["ad-2023-q1"], ["bs-2080-04"], set()),
    ],
)
def test_only_what_a_cell_is_made_of_is_frozen(
    cells: list[str], records: list[str], periods: set[str]
) -> None:
    found = frozen([("groups", each) for each in cells], [("groups", each) for each in records])
    assert {period for _code, period in found} == periods


def test_a_year_freezes_no_month_of_a_quarter_that_was_not_released() -> None:
    records = [("contacts", "ad-2023-01")]
    found = frozen([("contacts", "ad-2023-q1"), ("contacts", "ad-2023")], records)
    assert {period for _code, period in found} == {"ad-2023-01", "ad-2023-02", "ad-2023-03"}
