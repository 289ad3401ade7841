"""What a release freezes: every native period of what it showed, reported or not."""

import pandas as pd
import pytest

from data.disclosure.frozen_periods import (
    FROZEN_COLUMNS,
    freeze,
    last_entries,
    newest_entries,
)
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


def entries(*rows: tuple[int, int, int, str]) -> pd.DataFrame:
    """Entries of one period: last batch, version, request, place."""
    return pd.DataFrame([("groups", "ad-2023-q1", *row) for row in rows], columns=FROZEN_COLUMNS)


@pytest.mark.parametrize(
    ("given", "counting"),
    [
        # The same entries of both certificates.
        ([(3, 0, 1, ""), (3, 0, 1, "")], {"": 3}),
        # A restatement for the other audience.
        ([(3, 0, 1, ""), (5, 4, 4, "")], {"": 5}),
        # A report that waits since a restatement, and the next one, which ends that.
        ([(5, 4, 4, ""), (3, 4, 4, "31206")], {"": 5, "31206": 3}),
        ([(5, 4, 4, ""), (3, 4, 4, "31206"), (7, 6, 6, "")], {"": 7}),
        ([(5, 4, 4, ""), (3, 4, 4, "31206"), (7, 6, 6, ""), (5, 6, 6, "31208")],
         {"": 7, "31208": 5}),
        # It was the only report of its period, which another release froze later.
        ([(0, 4, 4, "31206"), (8, 0, 7, "")], {"": 8, "31206": 0}),
    ],
)  # fmt: skip
def test_the_newest_entry_counts_and_a_restatement_ends_what_waited(
    given: list[tuple[int, int, int, str]], counting: dict[str, int]
) -> None:
    found = newest_entries(entries(*given))
    assert dict(zip(found["place_code"], found["last_batch"], strict=True)) == counting


def test_a_report_that_waits_has_its_own_last_batch() -> None:
    names = ["indicator", "period", "place_code"]
    records = pd.DataFrame(
        [("groups", "ad-2023-q1", "31206"), ("groups", "ad-2023-q1", "31208"),
         ("groups", "ad-2023-q2", "31206"), ("contacts", "ad-2023-q1", "31206")],
        columns=names, index=[5, 3, 9, 1],
    )  # fmt: skip
    found = last_entries(entries((5, 4, 4, ""), (3, 4, 4, "31206")), records)
    assert found.dropna().to_dict() == {5: 3, 3: 5}
    assert found.index.equals(records.index)
    assert last_entries(NONE, records).isna().all()


def test_what_waits_does_not_freeze_its_period_for_other_places() -> None:
    names = ["indicator", "period"]
    cells = pd.DataFrame([("groups", "ad-2023-q1")], columns=names)
    found = freeze(entries((0, 4, 4, "31206")), cells, cells, 7, 5, None, INDICATORS)
    assert found[["place_code", "last_batch"]].to_numpy().tolist() == [["31206", 0], ["", 7]]
