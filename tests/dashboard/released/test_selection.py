"""What the reader looks at: any address gives a valid view, and tables align by code."""

from dataclasses import fields, replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.released import selection
from dashboard.released.selection import BORDER, NEPAL, PROGRAMME, Selection
from data.model import AdminLevel
from data.reference import calendar
from data.reference.gazetteer import Gazetteer

UNITS = Gazetteer.load().units
FIELDS = [field.name for field in fields(Selection)]
WARDS = [f"31206{number:02d}" for number in range(1, 20)]


def catalogue_of(**periods: list[str]) -> pd.DataFrame:
    """Make the catalogue of a release by indicator and periods, at district and palika, of all."""
    rows = [
        (indicator, code, period.start, period.calendar.value, period.kind.value, level)
        for indicator, codes in periods.items()
        for code in codes
        for period in [calendar.parse_period(code)]
        for level in (AdminLevel.DISTRICT, AdminLevel.PALIKA)
    ]
    columns = ["indicator", "period", "period_start", "calendar", "kind", "admin_level"]
    return pd.DataFrame(rows, columns=columns).assign(sex="all", age_band="all")


# Women and girls, girls under 18 and so on, of one indicator.
FINE = pd.concat(
    [
        catalogue_of(parents_members=["ad-2023"]).assign(sex=sex, age_band=age_band)
        for sex, age_band in selection.WHOM.values()
    ],
    ignore_index=True,
)
CATALOGUE = catalogue_of(
    booth_contacts=["ad-2023-04", "ad-2023-05", "ad-2023-q2", "ad-2023"],
    children_trained=["ad-2022", "ad-2023-q1", "ad-2023", "ad-2023-q2"],
    committee_meetings=["bs-2079-t1", "bs-2079"],
)


def pick(default_area: str = PROGRAMME, **query: str) -> Selection:
    return selection.choose_selection(query, CATALOGUE, UNITS, default_area=default_area)


def cells_of(*rows: tuple[str, str, str, str, int | None]) -> pd.DataFrame:
    columns = ["unit_code", "sex", "age_band", "status", "value"]
    frame = pd.DataFrame(rows, columns=columns).astype({"value": "Int64"})
    return frame.assign(value_class=None)


# ---- pick


def test_an_address_that_says_everything_is_followed() -> None:
    query = {
        "area": "511",
        "indicator": "booth_contacts",
        "period": "ad-2023-04",
        "level": "palika",
    }
    assert pick(**query) == Selection(**query)
    assert pick(**query).as_query() == query


def test_everything_that_a_view_has_can_be_asked_for() -> None:
    wards = FINE.assign(admin_level=int(AdminLevel.WARD))
    query = {"area": "31206", "indicator": "parents_members", "period": "ad-2023", "level": "ward",
             "whom": "women", "form": "tiles", "display": "rate"}  # fmt: skip
    chosen = selection.choose_selection(query, wards, UNITS, default_area=PROGRAMME)
    assert chosen == Selection(**query)
    assert chosen.as_query() == query
    query = {"area": "nepal", "indicator": "parents_members", "period": "ad-2023",
             "level": "palika", "whom": "f", "display": "circles", "kind": "at_border"}  # fmt: skip
    chosen = selection.choose_selection(query, FINE, UNITS, default_area=PROGRAMME)
    assert chosen.as_query() == query


def test_an_empty_address_opens_on_the_plainest_figure_and_its_newest_long_period() -> None:
    assert pick() == Selection(PROGRAMME, "children_trained", "ad-2023")
    assert pick(default_area="312").area == "312"


def test_without_the_plain_figures_the_first_of_the_reference_list_is_chosen() -> None:
    only = CATALOGUE[CATALOGUE["indicator"] == "committee_meetings"]
    chosen = selection.choose_selection({}, only, UNITS, default_area=PROGRAMME)
    assert chosen == Selection(PROGRAMME, "committee_meetings", "bs-2079")


def test_a_period_that_the_indicator_does_not_have_is_replaced() -> None:
    chosen = pick(indicator="booth_contacts", period="bs-2079-t1", area=BORDER)
    assert chosen == Selection(BORDER, "booth_contacts", "ad-2023")


@pytest.mark.parametrize("area", [PROGRAMME, BORDER, NEPAL, "3", "312", "701"])
def test_an_area_is_a_group_of_districts_a_province_or_a_district(area: str) -> None:
    assert pick(area=area).area == area


def test_a_palika_is_an_area_too_and_shows_what_is_below_it() -> None:
    wards = CATALOGUE.assign(admin_level=int(AdminLevel.WARD))
    both = pd.concat([CATALOGUE, wards])
    chosen = selection.choose_selection({"area": "31206"}, both, UNITS, default_area=PROGRAMME)
    assert (chosen.area, chosen.level) == ("31206", "ward")


WRONG = ["", "NP", "3120601", "999", "PROGRAMME", "312 ", "312'; DROP TABLE cell; --",
         "<script>alert(1)</script>", "../../etc/passwd", "३१२", "\x00", "a" * 10_000]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_an_address_says_wrongly_is_chosen_instead(wrong: str) -> None:
    expected = Selection(PROGRAMME, "children_trained", "ad-2023", "palika")
    every = dict.fromkeys(FIELDS, wrong)
    assert pick(**every) == expected
    for name in FIELDS:
        assert pick(**{name: wrong}) == expected


@pytest.mark.parametrize(
    ("query", "lost"),
    [
        ({"form": "tiles"}, "form"),  # only wards are tiles
        ({"whom": "girls"}, "whom"),  # not released so
        ({"level": "district", "kind": "rural"}, "kind"),  # only palikas are of a kind
        ({"level": "ward"}, "level"),
        ({"area": "31206", "level": "palika"}, "level"),  # the palika itself
    ],
)
def test_what_does_not_go_together_is_left_out(query: dict[str, str], lost: str) -> None:
    chosen = pick(**query).as_query()
    assert chosen.get(lost) != query[lost]
    for name in set(query) - {lost}:
        assert chosen[name] == query[name]


texts = st.text(max_size=12)
WORDS = {
    "area": [*selection.AREA_GROUPS, "1", "3", "312", "511", "31206", "51105"],
    "indicator": sorted(set(CATALOGUE["indicator"]) | {"parents_members"}),
    "period": sorted(set(CATALOGUE["period"])),
    "level": [*selection.LEVELS, "country"],
    "whom": list(selection.WHOM),
    "form": ["tiles", "outline"],
    "display": list(selection.DISPLAYS),
    "kind": [*selection.KINDS, selection.AT_BORDER],
}
queries = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(WORDS[name]) | texts for name in FIELDS} | {"x": texts}
)
EVERYTHING = pd.concat(
    [CATALOGUE, FINE, CATALOGUE.assign(admin_level=4), FINE.assign(admin_level=4),
     CATALOGUE.assign(admin_level=1)], ignore_index=True,
)  # fmt: skip


@given(queries, st.sampled_from([CATALOGUE, FINE, EVERYTHING]))
def test_any_address_gives_a_view_of_the_release(
    query: dict[str, str], catalogue: pd.DataFrame
) -> None:
    chosen = selection.choose_selection(query, catalogue, UNITS, default_area=PROGRAMME)
    mine = catalogue[
        (catalogue["indicator"] == chosen.indicator) & (catalogue["period"] == chosen.period)
    ]
    assert chosen.level in selection.levels_of(mine, chosen.area)
    at_level = mine[mine["admin_level"] == selection.LEVELS.get(chosen.level, 0)]
    if chosen.level != "country":
        assert len(at_level)
    sexes = set(zip(at_level["sex"], at_level["age_band"], strict=True))
    assert not chosen.whom or selection.WHOM[chosen.whom] in sexes
    assert chosen.area in WORDS["area"] or selection.is_area(UNITS, chosen.area)
    assert chosen.form == "" or (chosen.form, chosen.level) == ("tiles", "ward")
    assert chosen.display in ("", *selection.DISPLAYS)
    assert chosen.kind == "" or (chosen.kind in WORDS["kind"] and chosen.level == "palika")
    selection.shown_units(UNITS, chosen)


@given(queries, st.sampled_from([CATALOGUE, FINE, EVERYTHING]))
def test_what_is_written_in_the_address_is_read_again(
    query: dict[str, str], catalogue: pd.DataFrame
) -> None:
    chosen = selection.choose_selection(query, catalogue, UNITS, default_area=PROGRAMME)
    written = chosen.as_query()
    assert all(written.values()), "what opens by itself is not said"
    assert selection.choose_selection(written, catalogue, UNITS, default_area="701") == chosen


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
    ("area", "there", "levels"),
    [
        (PROGRAMME, [0, 2, 3], ["district", "palika"]),
        (PROGRAMME, [4, 0, 3, 1], ["palika", "ward"]),
        (PROGRAMME, [0, 1], ["province"]),
        (BORDER, [1, 2], ["district"]),
        (NEPAL, [0, 1, 2, 3], ["province", "district", "palika"]),
        ("3", [0, 1, 2, 3], ["district", "palika"]),
        ("312", [0, 1, 2, 3, 4], ["palika", "ward"]),
        ("31206", [0, 1, 2, 3, 4], ["ward"]),
        ("31206", [0, 1, 2, 3], ["province"]),
        ("312", [0, 2], ["country"]),
        (NEPAL, [0], ["country"]),
    ],
)
def test_an_area_is_drawn_by_what_is_below_it_and_released(
    area: str, there: list[int], levels: list[str]
) -> None:
    assert selection.levels_of(pd.DataFrame({"admin_level": there}), area) == levels


def test_the_parts_of_people_are_those_released_with_everybody_first() -> None:
    assert selection.whom_of(FINE) == list(selection.WHOM)
    some = FINE[FINE["sex"].eq("f") & FINE["age_band"].eq("all")]
    assert selection.whom_of(some) == ["", "f"]
    assert selection.whom_of(FINE.iloc[:0]) == [""]


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


@pytest.mark.parametrize(
    ("area", "level", "count"),
    [("312", "palika", 10), ("312", "ward", 102), ("31206", "ward", 19), ("3", "district", 13),
     ("3", "palika", 119), (NEPAL, "palika", 753), (NEPAL, "district", 77), (PROGRAMME, "district", 3),
     (NEPAL, "country", 1), ("312", "province", 7), (PROGRAMME, "province", 7)],
)  # fmt: skip
def test_a_view_draws_the_units_of_its_level_in_its_area(area: str, level: str, count: int) -> None:
    chosen = Selection(area, "booth_contacts", "ad-2023", level)
    shown = selection.shown_units(UNITS, chosen)
    assert len(shown) == count
    assert set(UNITS.loc[shown, "admin_level"]) == {selection.LEVELS.get(level, 0)}
    if area[0].isdigit() and level not in ("province", "country"):
        assert all(code.startswith(area) for code in shown)
    assert set(selection.shown_units(UNITS.sample(frac=1, random_state=5), chosen)) == set(shown)


@pytest.mark.parametrize("kind", [*selection.KINDS, selection.AT_BORDER])
def test_a_kind_of_palika_is_a_part_of_all(kind: str) -> None:
    chosen = Selection(NEPAL, "booth_contacts", "ad-2023", "palika")
    every = selection.shown_units(UNITS, chosen)
    part = selection.shown_units(UNITS, replace(chosen, kind=kind))
    assert 0 < len(part) < len(every)
    assert set(part) < set(every)
    for code in (part[0], every.difference(part)[0]):
        assert selection.is_shown(UNITS, replace(chosen, kind=kind), code) == (code in part)


def test_the_kinds_of_palika_are_all_of_them_once() -> None:
    chosen = Selection(NEPAL, "booth_contacts", "ad-2023", "palika")
    parts = [set(selection.shown_units(UNITS, replace(chosen, kind=k))) for k in selection.KINDS]
    assert sum(map(len, parts)) == len(set().union(*parts)) == 753


def test_an_area_names_its_districts_and_a_palika_its_own() -> None:
    assert selection.districts_of(UNITS, "312") == ["312"]
    assert selection.districts_of(UNITS, "31206") == ["312"]
    assert len(selection.districts_of(UNITS, "3")) == 13
    assert len(selection.districts_of(UNITS, NEPAL)) == 77
    border = selection.districts_of(UNITS, BORDER)
    assert selection.districts_of(UNITS, PROGRAMME) == ["113", "312", "511"]
    assert len(border) == 27


@pytest.mark.parametrize(
    ("code", "is_one"),
    [("3", True), ("312", True), ("31206", True), ("3120601", False), ("NP", False), ("", False),
     (PROGRAMME, False), ("999", False)],
)  # fmt: skip
def test_a_code_is_an_area_from_province_to_palika(code: str, is_one: bool) -> None:  # noqa: FBT001
    assert selection.is_area(UNITS, code) == is_one


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


def test_a_layer_of_a_part_of_the_people_has_their_figures_and_no_others() -> None:
    cells = cells_of(
        (WARDS[0], "f", "all", "published", 30), (WARDS[0], "all", "all", "published", 50),
        (WARDS[1], "f", "all", "suppressed", None), (WARDS[1], "all", "all", "published", 40),
        (WARDS[2], "f", "u18", "published", 20), ("31206", "all", "all", "published", 90),
        ("312", "f", "all", "published", 70),
    )  # fmt: skip
    layer = selection.layer(cells, UNITS, pd.Index(WARDS[:3]), "f")
    assert layer["status"].tolist() == ["published", "suppressed", "no_cell"]
    assert layer["value"].fillna(-1).tolist() == [30, -1, -1]
    assert layer.at[WARDS[1], "coarser"] == "312", "of the same people, not the nearest of all"
    assert layer.at[WARDS[1], "coarser_value"] == 70
    assert set(selection.figures(cells, "girls").index) == {WARDS[2]}


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
