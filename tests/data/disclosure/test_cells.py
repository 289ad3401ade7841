"""From records to the cells that the design lets exist."""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.disclosure import cells
from data.disclosure.cell_totals import KEY, Places
from data.model import AdminLevel, Audience, PeriodKind
from data.reference import calendar
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from tests.support.examples import examples

GAZETTEER = Gazetteer.load()
PLACES = Places(GAZETTEER.units, GAZETTEER.sites)
TODAY = date(2024, 6, 1)
NAMES = [*KEY[1:], "period_start", "period_end"]


def records(indicator: str, *rows: tuple[str, str, str, str, object]) -> pd.DataFrame:
    """Rows of place, period, sex, age band and value (``na`` for not applicable)."""
    listed = [
        {
            "place_code": place,
            "indicator": indicator,
            "period": period,
            "sex": sex,
            "age_band": age,
            "period_start": calendar.parse_period(period).start,
            "period_end": calendar.parse_period(period).end,
            "state": "not_applicable" if value == "na" else "reported",
            "value": None if value == "na" else value,
        }
        for place, period, sex, age, value in rows
    ]
    return pd.DataFrame(listed).astype({"value": "Int64"})


def build(
    frame: pd.DataFrame, audience: Audience = Audience.PARTNER, today: date = TODAY
) -> pd.DataFrame:
    indicator = load_indicators()[frame["indicator"].iloc[0]]
    return cells.build_cells(
        frame, indicator, design=indicator.designs[audience], places=PLACES, today=today
    )


def cell(cells: pd.DataFrame, unit: str, period: str, sex: str = "all", age: str = "all"):
    found = cells.set_index(KEY).loc[(unit, period, sex, age)]
    return found["status"], None if pd.isna(found["value"]) else int(found["value"])


def groups(*values: object, period: str = "ad-2023-q2") -> pd.DataFrame:
    """Parents' groups in the first wards of Koshi, a palika of eight wards."""
    rows = [(f"11303{n:02d}", period, "all", "all", v) for n, v in enumerate(values, start=1)]
    return records("parents_groups", *rows)


def test_places_add_up_to_the_country() -> None:
    cells = build(groups(1, 2, 3, 0, 0, 0, 0, 4))
    for unit in ("11303", "113", "1", "NP"):
        assert cell(cells, unit, "ad-2023-q2") == ("published", 10)


def test_a_whole_with_an_unreported_part_is_not_reported() -> None:
    cells = build(groups(1, 2))
    assert cell(cells, "1130301", "ad-2023-q2") == ("published", 1)
    assert cell(cells, "1130303", "ad-2023-q2") == ("not_reported", None)
    assert cell(cells, "11303", "ad-2023-q2") == ("not_reported", None)


def test_a_structural_zero_is_no_zero_and_does_not_stop_the_whole() -> None:
    cells = build(groups(3, "na", 0, 0, 0, 0, 0, 0))
    assert cell(cells, "1130302", "ad-2023-q2") == ("not_applicable", None)
    assert cell(cells, "1130303", "ad-2023-q2") == ("published", 0)
    assert cell(cells, "11303", "ad-2023-q2") == ("published", 3)


def test_a_place_that_never_took_part_has_no_cell_and_one_that_fell_silent_has() -> None:
    first = groups(*[1] * 8)
    later = groups(*[1] * 7, period="ad-2023-q3")
    cells = build(pd.concat([first, later]))
    assert cell(cells, "1130308", "ad-2023-q3") == ("not_reported", None)
    assert not cells["unit_code"].str.startswith("31206").any()


def test_a_flow_adds_over_time_and_a_stock_keeps_its_last_state() -> None:
    quarters = [f"ad-2023-q{n}" for n in (1, 2, 3, 4)]
    rows = [("51106", q, "all", "all", n) for n, q in enumerate(quarters, start=1)]
    flow = build(records("sbcc_sessions", *rows))
    assert cell(flow, "51106", "ad-2023") == ("published", 10)
    stock = build(pd.concat([groups(*[n] * 8, period=q) for n, q in enumerate(quarters, start=1)]))
    assert cell(stock, "11303", "ad-2023") == ("published", 32)


def test_a_flow_with_a_missing_month_is_not_reported_for_the_longer_period() -> None:
    rows = [("51106", f"ad-2023-q{n}", "all", "all", 5) for n in (1, 2, 4)]
    cells = build(records("sbcc_sessions", *rows))
    assert cell(cells, "51106", "ad-2023") == ("not_reported", None)


def test_booths_stand_at_their_palika_and_split_by_sex_and_age() -> None:
    rows = [
        ("BANKE-JAMUNAHA", f"ad-2023-{month:02d}", sex, age, 10)
        for month in (4, 5, 6)
        for sex in ("f", "m")
        for age in ("u18", "18p")
    ]
    cells = build(records("booth_contacts", *rows))
    palika = GAZETTEER.sites.at["BANKE-JAMUNAHA", "palika_code"]
    assert cell(cells, palika, "ad-2023-q2") == ("published", 120)
    assert cell(cells, palika, "ad-2023-q2", "f", "u18") == ("published", 30)
    assert cell(cells, palika, "ad-2023-q2", "f") == ("published", 60)
    assert cell(cells, palika, "ad-2023-q2", "all", "u18") == ("published", 60)
    assert cells["admin_level"].max() == AdminLevel.PALIKA


def test_periods_of_two_calendars_are_never_mixed() -> None:
    rows = [("51106", "ad-2023-q2", "all", "all", 5), ("51105", "bs-2079-q4", "all", "all", 7)]
    cells = build(records("sbcc_sessions", *rows))
    assert cell(cells, "511", "ad-2023-q2") == ("published", 5)
    assert cell(cells, "511", "bs-2079-q4") == ("published", 7)


@pytest.mark.parametrize(("today", "due"), [(date(2023, 7, 1), True), (date(2023, 6, 30), False)])
def test_a_period_that_is_not_over_has_no_cell(today: date, *, due: bool) -> None:
    period = calendar.parse_period("ad-2023-q2")
    assert cells.is_due(period, delay_quarters=0, today=today) is due
    assert cells.is_due(period, delay_quarters=1, today=date(2023, 9, 30)) is False
    assert cells.is_due(period, delay_quarters=1, today=date(2023, 10, 1)) is True


def test_nothing_exists_that_the_design_does_not_name() -> None:
    rows = [
        ("SUNSARI-BHANTABARI", f"ad-{year}-{m:02d}", sex, age, 4)
        for year in (2022, 2023) for m in range(1, 13) for sex in "fm" for age in ("u18", "18p")
    ]  # fmt: skip
    frame = records("interceptions", *rows)
    for audience in Audience:
        design = load_indicators()["interceptions"].designs[audience]
        cells = build(frame, audience)
        assert set(cells["admin_level"]) <= {int(level) for level in design.levels}
        kinds = {calendar.parse_period(code).kind for code in cells["period"]}
        assert kinds == design.period_kinds - {PeriodKind.MONTH}
        if not design.sex_levels:
            assert set(cells["sex"]) == {"all"}


@examples(6, 120)
@given(
    st.lists(st.integers(0, 30) | st.none() | st.just("na"), min_size=16, max_size=16),
    st.randoms(use_true_random=False),
)
def test_every_known_whole_is_the_sum_of_its_parts_in_any_order(values: list, random) -> None:
    frames = [groups(*values[:8]), groups(*values[8:], period="ad-2023-q3")]
    frame = pd.concat(frames)
    frame = frame[frame["value"].notna() | frame["state"].eq("not_applicable")]
    if frame.empty:
        return
    cells = build(frame)
    shuffled = build(frame.sample(frac=1, random_state=random.randrange(1000)))
    pd.testing.assert_frame_equal(cells, shuffled)
    parts = cells[cells["admin_level"] == AdminLevel.WARD].groupby(["parent_code", "period"])
    for (palika, period), wards in parts:
        status, value = cell(cells, palika, period)
        if status == "published":
            assert value == wards["value"].sum()
            assert not wards["status"].eq("not_reported").any()
        else:
            assert wards["status"].isin(["not_reported", "not_applicable"]).any()


# ---- a booth that opens or closes

BOOTHS = GAZETTEER.sites.loc[["BANKE-JAMUNAHA"]]


def _informed(site: str, months: Sequence[str], women: int) -> list[tuple[str, ...]]:
    counted = {("f", "18p"): women, ("f", "u18"): 0, ("m", "18p"): 0, ("m", "u18"): 0}
    return [(site, month, *split, many) for month in months for split, many in counted.items()]


def of_booth(
    *months: str,
    opened: str = "2019-07-01",
    closed: str = "",
    audience: Audience = Audience.PARTNER,
) -> pd.DataFrame:
    """The cells of one booth that informed ten people in each of its months."""
    found = records("booth_contacts", *_informed("BANKE-JAMUNAHA", months, 10))
    indicator = load_indicators()["booth_contacts"]
    sites = BOOTHS.assign(opened=opened, closed=closed)
    other = sites.rename(index={"BANKE-JAMUNAHA": "SUNSARI-BHANTABARI"})
    places = Places(
        GAZETTEER.units, pd.concat([sites, other.assign(palika_code="11303", closed="")])
    )
    rest = _informed("SUNSARI-BHANTABARI", months_to(12), 20)
    every = pd.concat([found, records("booth_contacts", *rest)])
    return cells.build_cells(
        every,
        indicator,
        design=indicator.designs[audience],
        places=places,
        today=TODAY,
        closed_counts_nobody=audience is Audience.PUBLIC,
    )


def months_to(last: int) -> list[str]:
    return [f"ad-2023-{n:02}" for n in range(1, last + 1)]


@pytest.mark.parametrize("closed", ["2023-03-31", "2023-04-15"])
def test_nothing_is_missing_from_a_booth_after_it_closed(closed: str) -> None:
    found = of_booth(*months_to(3), closed=closed)
    assert cell(found, "51106", "ad-2023-q1") == ("published", 30)
    assert cell(found, "51106", "ad-2023") == ("published", 30)
    assert cell(found, "51106", "ad-2023-q3") == ("not_applicable", None)
    assert cell(found, "51106", "ad-2023-q3", "f", "u18") == ("not_applicable", None)
    assert cell(found, "NP", "ad-2023-q1") == ("published", 90)
    assert cell(found, "NP", "ad-2023-q3") == ("published", 60)
    assert cell(found, "NP", "ad-2023") == ("published", 270)


def test_what_a_booth_reports_of_the_month_in_which_it_closed_counts() -> None:
    found = of_booth(*months_to(3), closed="2023-03-10")
    assert cell(found, "51106", "ad-2023-q1") == ("published", 30)
    without = of_booth(*months_to(2), closed="2023-03-10")
    assert cell(without, "51106", "ad-2023-q1") == ("published", 20)


@pytest.mark.parametrize("missing", [1, 2])
def test_a_month_that_is_missing_before_it_closed_is_missing(missing: int) -> None:
    months = [m for m in months_to(3) if m != f"ad-2023-{missing:02}"]
    found = of_booth(*months, closed="2023-03-10")
    assert cell(found, "51106", "ad-2023-q1") == ("not_reported", None)
    assert cell(found, "NP", "ad-2023-q1") == ("not_reported", None)


def test_a_booth_that_opened_within_a_month_owes_that_month_and_none_before() -> None:
    found = of_booth(*months_to(12)[1:], opened="2023-02-10")
    assert cell(found, "51106", "ad-2023-q1") == ("published", 20)
    assert cell(found, "51106", "ad-2023") == ("published", 110)


def test_to_the_public_a_closed_booth_counts_nobody_and_the_gate_hides_it() -> None:
    found = of_booth(*months_to(3), closed="2023-03-31", audience=Audience.PUBLIC)
    assert cell(found, "51106", "ad-2023-q3") == ("published", 0)
    assert cell(found, "NP", "ad-2023-q3") == ("published", 60)
    assert cell(found, "51106", "ad-2023") == ("published", 30)
