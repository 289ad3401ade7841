"""What the reader looks at: any address gives a valid view, and tables align by code."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import selection
from dashboard.selection import BORDER, PROGRAMME, Selection
from data import calendar
from data.gazetteer import Gazetteer
from data.model import AdminLevel

UNITS = Gazetteer.load().units
WARDS = [f"31206{number:02d}" for number in range(1, 20)]


def catalogue_of(**periods: list[str]) -> pd.DataFrame:
    """Make the catalogue of a release by indicator and periods, at district and palika."""
    rows = [
        (indicator, code, period.start, period.calendar.value, period.kind.value, level)
        for indicator, codes in periods.items()
        for code in codes
        for period in [calendar.parse(code)]
        for level in (AdminLevel.DISTRICT, AdminLevel.PALIKA)
    ]
    columns = ["indicator", "period", "period_start", "calendar", "kind", "admin_level"]
    return pd.DataFrame(rows, columns=columns).assign(sex="all", age_band="all")


CATALOGUE = catalogue_of(
    booth_contacts=["ad-2023-04", "ad-2023-05", "ad-2023-q2", "ad-2023"],
    children_trained=["ad-2022", "ad-2023-q1", "ad-2023", "ad-2023-q2"],
    committee_meetings=["bs-2079-t1", "bs-2079"],
)


def pick(default_area: str = PROGRAMME, **query: str) -> Selection:
    return selection.pick(query, CATALOGUE, UNITS, default_area=default_area)


def cells_of(*rows: tuple[str, str, str, str, int | None]) -> pd.DataFrame:
    columns = ["unit_code", "sex", "age_band", "status", "value"]
    frame = pd.DataFrame(rows, columns=columns).astype({"value": "Int64"})
    return frame.assign(value_class=None)


# ---- pick


def test_an_address_that_says_everything_is_followed() -> None:
    query = {"area": "511", "indicator": "booth_contacts", "period": "ad-2023-04"}
    assert pick(**query) == Selection(**query)
    assert pick(**query).as_query() == query


def test_an_empty_address_opens_on_the_plainest_figure_and_its_newest_long_period() -> None:
    assert pick() == Selection(PROGRAMME, "children_trained", "ad-2023")
    assert pick(default_area="312").area == "312"


def test_without_the_plain_figures_the_first_of_the_reference_list_is_chosen() -> None:
    only = CATALOGUE[CATALOGUE["indicator"] == "committee_meetings"]
    chosen = selection.pick({}, only, UNITS, default_area=PROGRAMME)
    assert chosen == Selection(PROGRAMME, "committee_meetings", "bs-2079")


def test_a_period_that_the_indicator_does_not_have_is_replaced() -> None:
    chosen = pick(indicator="booth_contacts", period="bs-2079-t1", area=BORDER)
    assert chosen == Selection(BORDER, "booth_contacts", "ad-2023")


@pytest.mark.parametrize("area", [PROGRAMME, BORDER, "312", "701"])
def test_an_area_is_a_group_of_districts_or_a_district(area: str) -> None:
    assert pick(area=area).area == area


@pytest.mark.parametrize(
    "wrong",
    ["", "31206", "3", "NP", "3120601", "999", "PROGRAMME", "312 ", "312'; DROP TABLE cell; --",
     "<script>alert(1)</script>", "../../etc/passwd", "३१२", "\x00", "a" * 10_000],
)  # fmt: skip
def test_what_an_address_says_wrongly_is_chosen_instead(wrong: str) -> None:
    expected = Selection(PROGRAMME, "children_trained", "ad-2023")
    assert pick(area=wrong, indicator=wrong, period=wrong) == expected


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_address_gives_a_view_of_the_release(
    area: str, indicator: str, period: str, more: str
) -> None:
    chosen = pick(area=area, indicator=indicator, period=period, **{f"x{more}": more})
    mine = CATALOGUE[CATALOGUE["indicator"] == chosen.indicator]
    assert chosen.period in set(mine["period"])
    assert chosen.area == PROGRAMME or chosen.area in UNITS.index


# ---- what a release has


def test_indicators_are_in_the_order_of_the_reference_list() -> None:
    assert selection.indicators_of(CATALOGUE) == selection.indicators_of(CATALOGUE.iloc[::-1])
    assert set(selection.indicators_of(CATALOGUE)) == set(CATALOGUE["indicator"])
    strange = pd.concat([CATALOGUE, CATALOGUE.assign(indicator="nobody_knows")])
    assert "nobody_knows" not in selection.indicators_of(strange)


def test_periods_come_longest_first_and_newest_first_within_a_length() -> None:
    wanted = [
        "ad-2024", "ad-2023", "ad-2023-h2", "ad-2023-h1", "ad-2024-q1", "ad-2023-q4", "ad-2023-q3",
        "ad-2023-12", "ad-2023-02", "ad-2022-12",
    ]  # fmt: skip
    for order in (wanted, wanted[::-1], sorted(wanted)):
        mixed = pd.concat(
            [catalogue_of(booth_contacts=order), catalogue_of(parents_groups=["ad-2025"])]
        )
        assert selection.periods_of(mixed, "booth_contacts") == wanted


def test_nepali_periods_have_their_place_by_length() -> None:
    wanted = [
        "bs-2080",
        "bs-2079",
        "bs-2079-h1",
        "bs-2079-t2",
        "bs-2079-t1",
        "bs-2079-q1",
        "bs-2079-12",
    ]
    catalogue = catalogue_of(committee_meetings=sorted(wanted))
    assert selection.periods_of(catalogue, "committee_meetings") == wanted


def test_an_indicator_that_is_not_there_has_no_periods() -> None:
    assert selection.periods_of(CATALOGUE, "no_such_indicator") == []


@pytest.mark.parametrize(
    ("levels", "finest", "level"),
    [([0, 2, 3], AdminLevel.PALIKA, AdminLevel.PALIKA), ([0, 2, 4], AdminLevel.PALIKA, AdminLevel.DISTRICT),
     ([0, 2, 4], AdminLevel.WARD, AdminLevel.WARD), ([0], AdminLevel.PALIKA, AdminLevel.COUNTRY),
     ([4, 0, 3, 1], AdminLevel.DISTRICT, AdminLevel.PROVINCE)],
)  # fmt: skip
def test_a_map_shows_the_finest_level_that_has_cells_and_may_be_shown(
    levels: list[int], finest: AdminLevel, level: AdminLevel
) -> None:
    mine = pd.DataFrame({"indicator": "booth_contacts", "admin_level": levels})
    other = pd.DataFrame({"indicator": "parents_groups", "admin_level": [3, 4]})
    catalogue = pd.concat([other, mine], ignore_index=True)
    assert selection.map_level(catalogue, "booth_contacts", finest=finest) is level


# ---- areas


def test_an_area_holds_its_units_at_every_level() -> None:
    district = UNITS.index[selection.in_area(UNITS, "312")]
    assert {"312", "31206", "3120619"} <= set(district)
    assert all(code.startswith("312") for code in district)
    assert len(district) == 1 + 10 + 102


@pytest.mark.parametrize(("area", "districts"), [(PROGRAMME, 3), (BORDER, 27)])
def test_a_group_of_districts_holds_them_with_their_palikas(area: str, districts: int) -> None:
    inside = selection.in_area(UNITS, area)
    assert inside.index.equals(UNITS.index)
    assert inside.dtype == bool
    chosen = UNITS[inside]
    codes = set(chosen.index[chosen["admin_level"] == AdminLevel.DISTRICT])
    assert len(codes) == districts
    palikas = UNITS.index[UNITS["admin_level"] == AdminLevel.PALIKA]
    assert set(chosen.index) >= {code for code in palikas if code[:3] in codes}
    assert "NP" not in chosen.index


def test_an_area_is_found_whatever_the_order_of_the_units() -> None:
    shuffled = UNITS.sample(frac=1, random_state=1)
    for area in (PROGRAMME, BORDER, "113"):
        inside = selection.in_area(shuffled, area)
        assert inside.index.equals(shuffled.index)
        assert inside.sort_index().equals(selection.in_area(UNITS, area).sort_index())


# ---- the table behind a map


def test_a_layer_has_a_row_for_every_unit_shown_by_code_and_not_by_position() -> None:
    rows = [(code, "all", "all", "published", int(code[-2:])) for code in WARDS]
    rows[4] = (WARDS[4], "all", "all", "suppressed", None)
    cells = cells_of(*rows[:-1])  # the last ward has no cell
    shown = pd.Index(WARDS, name="unit_code")
    layer = selection.layer(cells, UNITS, shown)
    assert layer.index.equals(shown)
    for code in WARDS[:4]:
        assert layer.at[code, "value"] == int(code[-2:])
        assert layer.at[code, "name_en"] == f"Hetauda {int(code[-2:])}"
    assert (layer.at[WARDS[4], "status"], layer.at[WARDS[-1], "status"]) == (
        "suppressed",
        "no_cell",
    )
    assert layer.loc[[WARDS[4], WARDS[-1]], ["value", "value_class"]].isna().all(axis=None)
    assert set(layer["parent_code"]) == {"31206"}
    for seed in range(3):
        again = selection.layer(
            cells.sample(frac=1, random_state=seed),
            UNITS.sample(frac=1, random_state=seed + 10),
            shown[::-1],
        )
        assert again.index.equals(shown[::-1])
        assert again.loc[shown].equals(layer)


def test_a_layer_shows_totals_and_never_one_sex_or_age_alone() -> None:
    cells = cells_of(
        (WARDS[0], "f", "all", "published", 30), (WARDS[0], "all", "u18", "published", 20),
        (WARDS[0], "all", "all", "suppressed", None), (WARDS[1], "f", "all", "published", 30),
        (WARDS[1], "m", "18p", "published", 30), ("31205", "all", "all", "published", 7),
    )  # fmt: skip
    layer = selection.layer(cells, UNITS, pd.Index(WARDS[:2]))
    assert layer["status"].tolist() == ["suppressed", "no_cell"]
    assert layer["value"].isna().all()


def test_a_hidden_unit_points_at_the_nearest_figure_that_is_shown() -> None:
    hidden = [(code, "all", "all", "suppressed", None) for code in WARDS]
    around = {"31206": 90, "312": 412, "3": 900, "NP": 2000}
    shown = [(code, "all", "all", "published", value) for code, value in around.items()]
    for n, (code, value) in enumerate(around.items()):
        above = [(c, "all", "all", "suppressed", None) for c in list(around)[:n]]
        cells = cells_of(*hidden, *above, *shown[n:])
        layer = selection.layer(cells.sample(frac=1, random_state=n), UNITS, pd.Index(WARDS))
        assert set(layer["coarser"]) == {code}
        assert set(layer["coarser_value"]) == {value}
        assert set(layer["coarser_name_en"]) == {UNITS.at[code, "name_en"]}
        assert set(layer["coarser_name_ne"]) == {UNITS.at[code, "name_ne"]}
        assert layer["value"].isna().all()


def test_only_a_hidden_unit_points_and_only_at_a_shown_total() -> None:
    cells = cells_of(
        (WARDS[0], "all", "all", "published", 30), (WARDS[1], "all", "all", "not_reported", None),
        (WARDS[2], "all", "all", "suppressed", None), ("31206", "f", "all", "published", 7),
        ("31206", "all", "u18", "published", 8), ("312", "all", "all", "not_reported", None),
        ("31205", "all", "all", "published", 50), ("511", "all", "all", "published", 60),
    )  # fmt: skip
    layer = selection.layer(cells, UNITS, pd.Index(WARDS[:4]))
    assert layer["coarser"].tolist() == [None] * 4
    assert layer[["coarser_name_en", "coarser_value", "coarser_class"]].isna().all(axis=None)
    more = pd.concat([cells, cells_of(("3", "all", "all", "published", 900))])
    layer = selection.layer(more, UNITS, pd.Index(WARDS[:4]))
    assert layer["coarser"].tolist() == [None, None, "3", None]


def test_a_hidden_country_has_nothing_coarser() -> None:
    cells = cells_of(("NP", "all", "all", "suppressed", None), ("3", "all", "all", "published", 5))
    layer = selection.layer(cells, UNITS, pd.Index(["NP", "3"]))
    assert layer["coarser"].tolist() == [None, None]


def test_a_coarser_figure_that_is_a_class_stays_a_class() -> None:
    cells = cells_of(
        ("312", "all", "all", "suppressed", None), ("3", "all", "all", "published", None)
    )
    cells = cells.assign(value_class=[None, "higher"])
    row = selection.layer(cells, UNITS, pd.Index(["312"])).iloc[0]
    assert (row["coarser"], row["coarser_class"]) == ("3", "higher")
    assert pd.isna(row["coarser_value"])


def test_a_layer_of_a_release_that_says_nothing_is_all_without_cells() -> None:
    layer = selection.layer(cells_of(), UNITS, pd.Index(WARDS))
    assert set(layer["status"]) == {"no_cell"}
    assert layer["value"].isna().all()


def test_the_total_is_the_countrys_own_cell() -> None:
    cells = cells_of(
        ("NP", "f", "all", "published", 40), ("NP", "all", "u18", "published", 50),
        ("3", "all", "all", "published", 60), ("NP", "all", "all", "published", 100),
    )  # fmt: skip
    total = selection.total_of(cells)
    assert total is not None
    assert total["value"] == 100
    assert selection.total_of(cells.iloc[:3]) is None, "no total is put together from parts"
    assert selection.total_of(cells.iloc[:0]) is None
