"""The first gate: nothing small is shown, nothing hidden can be worked out, time only adds."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.disclosure import suppress
from data.disclosure.table import KEY
from data.indicators import load_indicators, load_policy
from data.model import Audience, Status
from data.releases import ReleaseReader
from data.settings import Settings
from tests.unit.test_table import build, records

HIDDEN, SHOWN = Status.SUPPRESSED.value, Status.PUBLISHED.value
MEMBERS = load_indicators()["parents_members"]
T = 5
NO_FROZEN = pd.DataFrame(
    columns=[*KEY, "admin_level", "parent_code", "status", "value", "value_class"]
).astype({"value": "Int64"})


def members(values: list[int], period: str = "ad-2023-q2") -> pd.DataFrame:
    """Women and men in the eight wards of Koshi."""
    rows = [
        (f"11303{ward:02d}", period, sex, "all", values[2 * (ward - 1) + (sex == "m")])
        for ward in range(1, 9)
        for sex in "fm"
    ]
    return records("parents_members", *rows)


def protect(frame: pd.DataFrame, frozen: pd.DataFrame = NO_FROZEN, **more: object) -> pd.DataFrame:
    return suppress.protect(
        build(frame), MEMBERS, design=MEMBERS.designs[Audience.PARTNER], min_count=T,
        hide_silence=False, frozen=frozen, **more,
    )  # fmt: skip


def rows_of(cells: pd.DataFrame) -> list[tuple[int, list[int]]]:
    pairs = suppress.rows_of(cells, design=MEMBERS.designs[Audience.PARTNER], stock=True)
    return [
        (int(group["parent"].iloc[0]), group["child"].tolist()) for _, group in pairs.groupby("row")
    ]


counts = st.lists(st.integers(0, 12), min_size=16, max_size=16)


@settings(max_examples=40, deadline=None)
@given(counts)
def test_nothing_small_is_shown_and_zeros_are_hidden_with_it(values: list[int]) -> None:
    cells = protect(members(values))
    shown = cells[cells["status"] == SHOWN]
    assert (shown["value"] >= T).all()


@settings(max_examples=40, deadline=None)
@given(counts)
def test_a_shown_whole_has_no_hidden_part_and_a_hidden_one_has(values: list[int]) -> None:
    cells = protect(members(values))
    hidden = cells["status"].eq(HIDDEN).to_numpy()
    for parent, children in rows_of(cells):
        if hidden[children].any():
            assert hidden[parent]
        if hidden[parent]:
            assert hidden[children].any()
        else:
            assert cells["value"].iloc[children].sum() == cells["value"].iloc[parent]


def test_one_small_ward_hides_its_palika_and_its_district() -> None:
    cells = protect(members([20] * 14 + [0, 2])).set_index(KEY)["status"]
    for unit in ("1130308", "11303", "113", "1", "NP"):
        assert cells[unit, "ad-2023-q2", "all", "all"] == HIDDEN
    assert cells["1130301", "ad-2023-q2", "all", "all"] == SHOWN


def test_organisational_figures_are_not_hidden() -> None:
    frame = records("parents_groups", *[(f"11303{n:02d}", "ad-2023-q2", "all", "all", n) for n in range(8)][1:],
                    ("1130308", "ad-2023-q2", "all", "all", 0))  # fmt: skip
    indicator = load_indicators()["parents_groups"]
    cells = suppress.protect(
        build(frame), indicator, design=indicator.designs[Audience.PARTNER], min_count=None,
        hide_silence=False, frozen=NO_FROZEN,
    )  # fmt: skip
    assert not cells["status"].eq(HIDDEN).any()


def test_silence_about_people_at_risk_looks_like_a_hidden_figure() -> None:
    frame = members([20] * 16).iloc[:-1]
    cells = suppress.protect(
        build(frame), MEMBERS, design=MEMBERS.designs[Audience.PARTNER], min_count=T,
        hide_silence=True, frozen=NO_FROZEN,
    )  # fmt: skip
    assert not cells["status"].eq(Status.NOT_REPORTED.value).any()


def frozen_of(cells: pd.DataFrame) -> pd.DataFrame:
    return suppress.as_released(
        cells, MEMBERS, design=MEMBERS.designs[Audience.PARTNER],
        class_of=load_policy().value_class, frozen=NO_FROZEN,
    )[NO_FROZEN.columns]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(counts, counts, counts)
def test_a_later_release_changes_nothing_that_was_released(
    first: list[int], corrected: list[int], later: list[int]
) -> None:
    released = frozen_of(protect(members(first)))
    again = protect(pd.concat([members(corrected), members(later, "ad-2023-q3")]), frozen=released)
    before = released.set_index(KEY).sort_index()
    after = frozen_of(again).set_index(KEY).loc[before.index]
    pd.testing.assert_series_equal(before["status"], after["status"])
    pd.testing.assert_series_equal(before["value"], after["value"])


@settings(max_examples=20, deadline=None)
@given(counts, st.integers(0, 1000))
def test_the_order_of_the_rows_changes_nothing(values: list[int], seed: int) -> None:
    frame = members(values)
    pd.testing.assert_frame_equal(protect(frame), protect(frame.sample(frac=1, random_state=seed)))


def test_a_released_hidden_cell_carries_nothing() -> None:
    released = frozen_of(protect(members([1] * 16)))
    hidden = released[released["status"] == HIDDEN]
    assert len(hidden)
    assert hidden["value"].isna().all()
    assert hidden["value_class"].isna().all()


def test_classes_are_shown_instead_of_numbers() -> None:
    rows = [
        ("BANKE-JAMUNAHA", f"ad-2023-{m:02d}", sex, age, 30)
        for m in range(1, 13) for sex in "fm" for age in ("u18", "18p")
    ]  # fmt: skip
    indicator = load_indicators()["interceptions"]
    design = indicator.designs[Audience.PUBLIC]
    cells = suppress.protect(
        build(records("interceptions", *rows), Audience.PUBLIC), indicator, design=design,
        min_count=10, hide_silence=True, frozen=NO_FROZEN,
    )  # fmt: skip
    released = suppress.as_released(
        cells, indicator, design=design, class_of=load_policy().value_class, frozen=NO_FROZEN
    )
    assert released["value"].isna().all()
    assert set(released.loc[released["status"] == SHOWN, "value_class"]) == {"higher"}


# ---- the demonstration's releases, as an attacker sees them


@pytest.fixture(scope="module", params=list(Audience))
def released(request: pytest.FixtureRequest, demo: Settings) -> tuple[Audience, pd.DataFrame]:
    reader = ReleaseReader.open(demo.releases(request.param), request.param)
    current = reader.current()
    assert current is not None
    return request.param, reader.cells(current.number)


def test_no_release_shows_a_small_number_of_people(released: tuple[Audience, pd.DataFrame]) -> None:
    audience, cells = released
    policy = load_policy()
    for code, indicator in load_indicators().items():
        least = policy.threshold(audience, indicator.indicator_class)
        mine = cells[(cells["indicator"] == code) & cells["value"].notna()]
        if least is not None:
            assert (mine["value"] >= least).all(), code
    assert cells.loc[cells["status"] != SHOWN, ["value", "value_class"]].isna().all(axis=None)


def test_no_hidden_cell_of_a_release_is_a_difference(
    released: tuple[Audience, pd.DataFrame],
) -> None:
    audience, cells = released
    protected = [
        code for code, i in load_indicators().items()
        if load_policy().threshold(audience, i.indicator_class) is not None
    ]  # fmt: skip
    checked = 0
    for code in protected:
        mine = cells[cells["indicator"] == code].set_index(
            ["unit_code", "period", "sex", "age_band"]
        )
        for name, group in mine.groupby(["parent_code", "period", "sex", "age_band"]):
            if name not in mine.index:
                continue
            whole = mine.loc[name]
            hidden = group["status"].eq(HIDDEN)
            if whole["status"] == SHOWN:
                checked += 1
                assert not hidden.any(), (code, name)
    assert checked > 50
