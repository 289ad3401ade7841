"""Comparisons of released figures: a place without a figure is never given one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.i18n import wording
from dashboard.released import comparisons
from data.model import AgeBand, Indicator, IndicatorClass, Sex
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from tests.support.examples import examples

UNITS = Gazetteer.load().units
PALIKAS = [code for code in UNITS.index if len(code) == 5 and code.startswith("312")]
CHILDREN = load_indicators()["children_trained"]
CONTACTS = load_indicators()["booth_contacts"]
QUARTERS = ["ad-2023-q1", "ad-2023-q2", "ad-2023-q3", "ad-2023-q4"]

Figure = int | str  # a number, a class in capitals, or a status
FIGURES: st.SearchStrategy[Figure] = st.one_of(
    st.integers(0, 400),
    st.sampled_from(["HIGHER", "MIDDLE", "LOWER", "NONE"]),
    st.sampled_from(["suppressed", "not_reported", "not_applicable", "no_cell"]),
)

CALM = examples(10, 200)  # frames are slow on a busy machine


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def parts_of(figure: Figure) -> tuple[str, int | None, str | None]:
    if isinstance(figure, int):
        return "published", figure, None
    return ("published", None, figure.lower()) if figure.isupper() else (figure, None, None)


def layer_of(*figures: Figure, codes: list[str] | None = None) -> pd.DataFrame:
    """Make a layer of Makwanpur's palikas, one for each figure, as `selection.layer` does."""
    shown = codes or PALIKAS[: len(figures)]
    columns = ["status", "value", "value_class"]
    made = pd.DataFrame(map(parts_of, figures), columns=columns, index=pd.Index(shown))
    names = UNITS.loc[shown, ["name_en", "name_ne", "parent_code"]]
    return names.join(made.astype({"value": "Int64", "status": object, "value_class": object}))


def cells_of(*rows: tuple[str, str, Figure], **every: str) -> pd.DataFrame:
    """Make cells from unit, period and figure; ``every`` says the rest of all of them."""
    columns = ["unit_code", "period", "status", "value", "value_class"]
    frame = pd.DataFrame([(u, p, *parts_of(f)) for u, p, f in rows], columns=columns)
    rest = {"indicator": "children_trained", "sex": "all", "age_band": "all"} | every
    return frame.astype({"value": "Int64"}).assign(**rest)


# ---- rank


def test_the_highest_comes_first_and_equals_share_the_best_rank() -> None:
    ranked = comparisons.rank_units(layer_of(20, 90, 20, 5), CHILDREN)
    assert ranked["value"].tolist() == [90, 20, 20, 5]
    assert ranked["rank"].tolist() == [1, 2, 2, 4]
    assert ranked["tied"].tolist() == [False, True, True, False]
    assert ranked["rank"].dtype == "Int64"
    assert sorted(ranked.index) == PALIKAS[:4]


def test_zero_is_a_figure_and_has_a_rank() -> None:
    ranked = comparisons.rank_units(layer_of(0, "not_reported", 3), CHILDREN)
    assert ranked["rank"].tolist()[:2] == [1, 2]
    assert ranked["value"].tolist()[:2] == [3, 0]
    assert pd.isna(ranked["rank"].iloc[2])


def test_equals_are_in_the_order_of_their_names() -> None:
    codes = PALIKAS[:4][::-1]
    ranked = comparisons.rank_units(layer_of(7, 7, 7, 7, codes=codes), CHILDREN)
    assert ranked["name_en"].tolist() == sorted(UNITS.loc[codes, "name_en"])


def test_classes_have_an_order_and_no_rank() -> None:
    figures = ("LOWER", "NONE", "suppressed", "HIGHER", "MIDDLE")
    ranked = comparisons.rank_units(layer_of(*figures), CHILDREN)
    classes = ranked["value_class"].tolist()
    assert classes[:4] == ["higher", "middle", "lower", "none"]
    assert ranked["rank"].isna().all()
    assert not ranked["tied"].any()


def test_numbers_come_before_classes_and_classes_before_no_figure() -> None:
    ranked = comparisons.rank_units(layer_of("not_reported", "HIGHER", 0), CHILDREN)
    assert ranked["status"].tolist() == ["published", "published", "not_reported"]
    assert ranked["value"].iloc[0] == 0


def test_units_without_a_figure_come_last_by_name_whatever_the_reason() -> None:
    figures = ("suppressed", "no_cell", 1, "not_reported", "suppressed", "not_applicable")
    ranked = comparisons.rank_units(layer_of(*figures), CHILDREN)
    assert ranked["value"].iloc[0] == 1
    names = ranked["name_en"].tolist()[1:]
    assert names == sorted(names)
    assert ranked["rank"].isna().tolist() == [False] + [True] * 5


def test_wards_are_in_the_order_of_their_numbers() -> None:
    wards = [f"31206{n:02d}" for n in (10, 2, 1, 19)]
    for language in ("en", "ne"):
        wording.speak(language)
        ranked = comparisons.rank_units(layer_of(*["suppressed"] * 4, codes=wards), CHILDREN)
        assert ranked.index.tolist() == sorted(wards)


def test_places_of_one_name_are_in_the_order_of_their_codes() -> None:
    layer = layer_of("suppressed", "not_reported", 5, 5).assign(name_en="Bagmati")
    for rows in (layer, layer[::-1]):
        ranked = comparisons.rank_units(rows, CHILDREN)
        assert ranked.index.tolist() == [*PALIKAS[2:4], *PALIKAS[:2]]


def test_names_are_in_the_order_of_the_language() -> None:
    layer = layer_of("suppressed", "suppressed").assign(name_en=["A", "B"], name_ne=["ख", "क"])
    assert comparisons.rank_units(layer, CHILDREN).index.tolist() == PALIKAS[:2]
    wording.speak("ne")
    assert comparisons.rank_units(layer, CHILDREN).index.tolist() == PALIKAS[:2][::-1]


def test_places_are_not_ranked_by_people_at_risk() -> None:
    assert comparisons.may_rank(CHILDREN)
    by_class = {i.indicator_class: comparisons.may_rank(i) for i in load_indicators().values()}
    assert by_class == {
        IndicatorClass.AT_RISK: False,
        IndicatorClass.PEOPLE: True,
        IndicatorClass.ORGANISATIONAL: True,
    }
    for figures in ((5, 400, 20, 20), ("LOWER", "HIGHER", "NONE", "MIDDLE")):
        ranked = comparisons.rank_units(layer_of(*figures), CONTACTS)
        assert ranked["name_en"].tolist() == sorted(ranked["name_en"])
        assert ranked["rank"].isna().all()
        assert not ranked["tied"].any()


@CALM
@given(st.lists(FIGURES, min_size=1, max_size=len(PALIKAS)), st.randoms())
def test_the_order_of_the_rows_does_not_matter(figures: list[Figure], random: object) -> None:
    layer = layer_of(*figures)
    shuffled = list(layer.index)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for indicator in (CHILDREN, CONTACTS):
        ranked = comparisons.rank_units(layer, indicator)
        pd.testing.assert_frame_equal(
            comparisons.rank_units(layer.loc[shuffled], indicator), ranked
        )
        assert set(ranked.index) == set(layer.index)
        pd.testing.assert_frame_equal(ranked[layer.columns].loc[layer.index], layer)


@CALM
@given(st.lists(FIGURES, min_size=2, max_size=8), st.integers(0, 7), st.integers(0, 10**6))
def test_nothing_behind_a_hidden_cell_moves_it(
    figures: list[Figure], where: int, confidential: int
) -> None:
    """A store that by mistake kept a value on a hidden cell would still not order by it."""
    figures[where % len(figures)] = "suppressed"
    code = PALIKAS[where % len(figures)]
    clean = layer_of(*figures)
    leaking = clean.copy()
    leaking.loc[code, "value"] = confidential
    assert comparisons.rank_units(leaking, CHILDREN).index.equals(
        comparisons.rank_units(clean, CHILDREN).index
    )
    assert comparisons.rank_units(leaking, CHILDREN)["rank"].equals(
        comparisons.rank_units(clean, CHILDREN)["rank"]
    )


# ---- comparison


def test_two_layers_are_joined_by_code_and_subtracted() -> None:
    compared = comparisons.compare_layers(layer_of(20, 50), layer_of(30, 40)[::-1])
    assert compared.index.tolist() == PALIKAS[:2]
    assert compared["change"].tolist() == [10, -10]
    assert compared["change_percent"].tolist() == [50.0, -20.0]
    assert (compared["change"].dtype, compared["change_percent"].dtype) == ("Int64", "Float64")
    assert compared["why_not"].isna().all()
    assert compared[["value_a", "value_b"]].to_numpy().tolist() == [[20, 30], [50, 40]]


@pytest.mark.parametrize(("base", "percent"), [(0, None), (9, None), (10, 100.0), (40, -50.0)])
def test_a_small_base_gives_no_percentage(base: int, percent: float | None) -> None:
    row = comparisons.compare_layers(layer_of(base), layer_of(20)).iloc[0]
    assert row["change"] == 20 - base
    assert (None if pd.isna(row["change_percent"]) else row["change_percent"]) == percent


@pytest.mark.parametrize("status", ["suppressed", "not_reported", "not_applicable", "no_cell"])
def test_a_side_without_a_figure_says_why_there_is_no_change(status: str) -> None:
    for a, b in ((status, 30), (30, status), (status, status)):
        row = comparisons.compare_layers(layer_of(a), layer_of(b)).iloc[0]
        assert row["why_not"] == status
        assert pd.isna(row["change"])
        assert pd.isna(row["change_percent"])


def test_of_two_sides_without_a_figure_the_first_says_why() -> None:
    row = comparisons.compare_layers(layer_of("not_reported"), layer_of("suppressed")).iloc[0]
    assert row["why_not"] == "not_reported"
    assert (row["status_a"], row["status_b"]) == ("not_reported", "suppressed")


def test_classes_have_no_difference() -> None:
    row = comparisons.compare_layers(layer_of("HIGHER"), layer_of("LOWER")).iloc[0]
    assert row["why_not"] == "class"
    assert (row["value_class_a"], row["value_class_b"]) == ("higher", "lower")
    assert pd.isna(row["change"])
    assert comparisons.compare_layers(layer_of(5), layer_of("LOWER")).iloc[0]["why_not"] == "class"


def test_a_unit_of_one_side_only_is_kept_and_is_no_zero() -> None:
    a, b = layer_of(20, codes=PALIKAS[:1]), layer_of(30, codes=PALIKAS[1:2])
    compared = comparisons.compare_layers(a, b)
    assert compared.index.tolist() == PALIKAS[:2]
    assert compared["why_not"].tolist() == ["no_cell", "no_cell"]
    assert compared["value_b"].isna().tolist() == [True, False]
    assert compared["name_en"].tolist() == UNITS.loc[PALIKAS[:2], "name_en"].tolist()


@CALM
@given(st.lists(st.tuples(FIGURES, FIGURES), min_size=1, max_size=8))
def test_there_is_a_change_exactly_between_two_numbers(pairs: list[tuple[Figure, Figure]]) -> None:
    compared = comparisons.compare_layers(
        layer_of(*[a for a, _ in pairs]), layer_of(*[b for _, b in pairs])
    )
    for (a, b), (_code, row) in zip(pairs, compared.iterrows(), strict=True):
        both = isinstance(a, int) and isinstance(b, int)
        assert pd.notna(row["change"]) == both
        assert (row["why_not"] is None) == both
        assert both or pd.isna(row["change_percent"])
        if isinstance(a, int) and isinstance(b, int):
            assert row["change"] == b - a


# ---- time


def test_a_series_has_every_period_asked_in_time_order() -> None:
    unit = PALIKAS[0]
    cells = cells_of(
        (unit, "ad-2023-q3", "suppressed"), (unit, "ad-2023-q1", 12), (unit, "ad-2023-q4", 0),
        (unit, "ad-2022-q4", 99), (PALIKAS[1], "ad-2023-q2", 50),
    )  # fmt: skip
    followed = comparisons.series(cells, unit, [*QUARTERS[::-1], "ad-2023-q1"])
    assert followed.index.tolist() == QUARTERS
    assert followed.index.name == "period"
    assert followed["status"].tolist() == ["published", "no_cell", "suppressed", "published"]
    assert followed["value"].dtype == "Int64"
    assert followed["value"].fillna(-1).tolist() == [12, -1, -1, 0]
    assert followed["period_start"].tolist()[1] == date(2023, 4, 1)
    assert followed["period_end"].tolist()[1] == date(2023, 6, 30)


def test_a_series_is_of_totals_unless_a_sex_or_an_age_is_asked() -> None:
    unit = PALIKAS[0]
    row = (unit, "ad-2023-q1", 30)
    cells = pd.concat(
        [cells_of(row), cells_of((unit, "ad-2023-q1", 20), sex="f"),
         cells_of((unit, "ad-2023-q1", 11), age_band="u18"),
         cells_of((unit, "ad-2023-q1", 9), sex="f", age_band="u18")]
    )  # fmt: skip
    asked = {
        (Sex.ALL, AgeBand.ALL): 30, (Sex.FEMALE, AgeBand.ALL): 20,
        (Sex.ALL, AgeBand.UNDER_18): 11, (Sex.FEMALE, AgeBand.UNDER_18): 9,
    }  # fmt: skip
    for (sex, age), value in asked.items():
        found = comparisons.series(cells, unit, ["ad-2023-q1"], sex=sex, age_band=age)
        assert found["value"].tolist() == [value]
    assert comparisons.series(cells, unit, ["ad-2023-q1"])["value"].tolist() == [30]
    parts = cells[cells["sex"] == "f"]
    assert comparisons.series(parts, unit, ["ad-2023-q1"])["status"].tolist() == ["no_cell"]


def test_a_series_of_two_indicators_is_a_wrong_call() -> None:
    row = (PALIKAS[0], "ad-2023-q1", 30)
    cells = pd.concat([cells_of(row), cells_of(row, indicator="parents_groups")])
    with pytest.raises(ValueError, match="duplicate"):
        comparisons.series(cells, PALIKAS[0], ["ad-2023-q1"])


def test_nepali_and_gregorian_periods_stand_by_their_days() -> None:
    followed = comparisons.series(
        cells_of(), PALIKAS[0], ["ad-2023-q3", "bs-2079-q4", "ad-2023-q1"]
    )
    assert followed.index.tolist() == ["ad-2023-q1", "bs-2079-q4", "ad-2023-q3"]
    assert set(followed["status"]) == {"no_cell"}


# ---- parts


def test_a_figure_is_split_as_far_as_the_release_does() -> None:
    unit, period = PALIKAS[0], "ad-2023"
    cells = pd.concat(
        [cells_of((unit, period, 30), (unit, "ad-2022", 70)),
         cells_of((unit, period, 20), (PALIKAS[1], period, 80), sex="f"),
         cells_of((unit, period, "suppressed"), sex="m"),
         cells_of((unit, period, 8), age_band="u18"),
         cells_of((unit, period, 6), sex="f", age_band="u18")]
    ).sample(frac=1, random_state=3)  # fmt: skip
    by_sex = comparisons.split(cells, unit, period, by="sex")
    assert by_sex.index.tolist() == ["f", "m", "all"]
    assert by_sex.index.name == "sex"
    assert by_sex["status"].tolist() == ["published", "suppressed", "published"]
    assert by_sex["value"].fillna(-1).tolist() == [20, -1, 30], "30 - 20 is not worked out"
    by_age = comparisons.split(cells, unit, period, by="age_band")
    assert by_age.index.tolist() == ["u18", "all"], "no part that the release does not have"
    assert by_age["value"].tolist() == [8, 30]


def test_a_figure_that_is_not_there_has_a_total_that_says_so() -> None:
    found = comparisons.split(cells_of(), PALIKAS[0], "ad-2023", by="sex")
    assert found["status"].to_dict() == {"all": "no_cell"}


# ---- median


def test_a_palika_is_compared_with_the_median_of_the_others() -> None:
    found = comparisons.district_median(layer_of(100, 1, 2, 3, 4, 5), PALIKAS[0])
    assert found == comparisons.Comparison("published", 100, None, 3.0, 5, None)
    even = comparisons.district_median(layer_of(100, 1, 2, 3, 4, 5, 6), PALIKAS[0])
    assert even.median == 3.5


@pytest.mark.parametrize("own", [0, 500, "suppressed", "not_reported", "HIGHER"])
def test_her_own_figure_does_not_move_the_median(own: Figure) -> None:
    found = comparisons.district_median(layer_of(own, 1, 2, 3, 4, 5), PALIKAS[0])
    assert (found.median, found.places) == (3.0, 5)
    assert (found.status, found.value, found.value_class) == parts_of(own)


@pytest.mark.parametrize("missing", ["suppressed", "not_reported", "not_applicable", "no_cell"])
def test_four_others_are_too_few_and_no_figure_is_no_zero(missing: str) -> None:
    found = comparisons.district_median(layer_of(100, 1, 2, 3, 4, missing), PALIKAS[0])
    assert found == comparisons.Comparison("published", 100, None, None, 4, "too_few")


def test_classes_have_no_median() -> None:
    found = comparisons.district_median(layer_of("LOWER", *["HIGHER"] * 6), PALIKAS[0])
    assert found == comparisons.Comparison("published", None, "lower", None, 0, "class")


@CALM
@given(st.lists(FIGURES, min_size=1, max_size=len(PALIKAS)), st.integers(0, 9))
def test_a_median_is_never_of_fewer_than_five_others(figures: list[Figure], at: int) -> None:
    own = PALIKAS[at % len(figures)]
    found = comparisons.district_median(layer_of(*figures), own)
    others = [f for n, f in enumerate(figures) if n != at % len(figures) and isinstance(f, int)]
    assert found.places == len(others)
    assert (found.median is None) == (len(others) < 5) == (found.why_not is not None)
    if found.median is not None:
        assert min(others) <= found.median <= max(others)


@CALM
@given(st.integers(0, 10**6))
def test_a_hidden_palika_takes_no_part_in_the_median(confidential: int) -> None:
    clean = layer_of(9, 1, 2, 3, 4, 5, "suppressed")
    leaking = clean.copy()
    leaking.loc[PALIKAS[6], "value"] = confidential
    assert comparisons.district_median(leaking, PALIKAS[0]) == comparisons.district_median(
        clean, PALIKAS[0]
    )


# ---- silence


def silence() -> pd.DataFrame:
    """Four units: never silent, silent at the end, silent before, silent all the time."""
    said = {
        PALIKAS[0]: (1, 2, "suppressed", 4),
        PALIKAS[1]: (1, 2, "not_reported", "not_reported"),
        PALIKAS[2]: ("not_reported", "not_reported", 3, "not_applicable"),
        PALIKAS[3]: ("not_reported",) * 4,
    }
    return cells_of(
        *((u, q, f) for u, row in said.items() for q, f in zip(QUARTERS, row, strict=True))
    )


def test_who_has_not_reported_is_listed_newest_and_longest_first() -> None:
    cells = silence().sample(frac=1, random_state=2)
    found = comparisons.unreported(cells, UNITS.loc[PALIKAS], since_periods=QUARTERS)
    assert found["unit_code"].tolist() == [PALIKAS[3], PALIKAS[1], PALIKAS[2]]
    assert found["period"].tolist() == ["ad-2023-q4", "ad-2023-q4", "ad-2023-q2"]
    assert found["in_a_row"].tolist() == [4, 2, 0]
    assert found["period_end"].tolist()[2] == date(2023, 6, 30)
    assert found["name_en"].tolist()[0] == UNITS.at[PALIKAS[3], "name_en"]
    assert set(found["indicator"]) == {"children_trained"}


def test_only_the_periods_and_units_asked_are_looked_at() -> None:
    found = comparisons.unreported(silence(), UNITS.loc[PALIKAS], since_periods=QUARTERS[2:])
    assert found["unit_code"].tolist() == [PALIKAS[1], PALIKAS[3]]
    assert found["in_a_row"].tolist() == [2, 2]
    found = comparisons.unreported(silence(), UNITS.loc[PALIKAS[:2]], since_periods=QUARTERS)
    assert found["unit_code"].tolist() == [PALIKAS[1]]


def test_each_indicator_has_a_silence_of_its_own() -> None:
    other = silence().assign(indicator="parents_groups")
    other = other[other["unit_code"].isin(PALIKAS[:2]) & (other["period"] != "ad-2023-q4")]
    found = comparisons.unreported(
        pd.concat([silence(), other]), UNITS.loc[PALIKAS[:2]], since_periods=QUARTERS
    )
    assert found["indicator"].tolist() == ["children_trained", "parents_groups"]
    assert found["period"].tolist() == ["ad-2023-q4", "ad-2023-q3"]
    assert found["in_a_row"].tolist() == [2, 1], "a period nobody has yet does not end a silence"


def test_a_part_that_was_not_reported_is_not_a_silent_unit() -> None:
    cells = pd.concat([cells_of((PALIKAS[0], "ad-2023-q1", 5)),
                       cells_of((PALIKAS[0], "ad-2023-q1", "not_reported"), sex="f")])  # fmt: skip
    assert comparisons.unreported(cells, UNITS, since_periods=QUARTERS).empty


@pytest.mark.parametrize("cells", [cells_of(), cells_of((PALIKAS[0], "ad-2023-q1", 5))])
def test_where_nobody_is_silent_the_list_is_empty_and_has_its_columns(cells: pd.DataFrame) -> None:
    found = comparisons.unreported(cells, UNITS, since_periods=QUARTERS)
    assert len(found) == 0
    assert {"unit_code", "name_ne", "indicator", "period", "in_a_row"} <= set(found.columns)


# ---- rates and multiples


def test_a_rate_is_in_tenths_for_a_thousand_residents_by_code() -> None:
    layer = layer_of(34, 0, "suppressed", 5, 1)
    people = pd.Series([10_000, 500, 700, 0, 20_000], index=PALIKAS[:5], dtype="Int64")
    rates = comparisons.per_thousand(layer, people[::-1])
    assert rates.index.equals(layer.index)
    assert rates.dtype == "Int64"
    assert rates.fillna(-1).tolist() == [34, 0, -1, -1, 1], "3.4; 0.05 is rounded up"
    assert comparisons.per_thousand(layer, people.drop(PALIKAS[0])).isna().tolist()[0]


def test_a_class_and_a_value_on_a_hidden_cell_have_no_rate() -> None:
    layer = layer_of("HIGHER", "suppressed")
    layer.loc[PALIKAS[1], "value"] = 7
    people = pd.Series(1000, index=PALIKAS[:2], dtype="Int64")
    assert comparisons.per_thousand(layer, people).isna().all()


def test_a_place_without_a_known_population_has_no_rate_and_keeps_no_number() -> None:
    layer = layer_of(10, 20, "suppressed", "HIGHER")
    people = pd.Series([1_000, pd.NA, 1_000, pd.NA], index=PALIKAS[:4], dtype="Int64")
    rates = comparisons.rate_layer(layer, people)
    expected = ["published", "not_applicable", "suppressed", "published"]
    assert rates["status"].tolist() == expected
    assert rates["value"].fillna(-1).tolist() == [100, -1, -1, -1]
    assert rates["value_class"].tolist() == layer["value_class"].tolist()
    assert rates.index.equals(layer.index)


def test_small_multiples_have_the_same_rows_in_time_order() -> None:
    cells = cells_of((PALIKAS[0], "ad-2023-q2", 7), (PALIKAS[1], "ad-2023-q1", "suppressed"))
    shown = PALIKAS[:2][::-1]
    made = comparisons.small_multiples(cells, UNITS, shown, ["ad-2023-q2", "ad-2023-q1"])
    assert list(made) == ["ad-2023-q1", "ad-2023-q2"]
    assert all(layer.index.tolist() == shown for layer in made.values())
    assert made["ad-2023-q1"]["status"].tolist() == ["suppressed", "no_cell"]
    assert made["ad-2023-q2"]["status"].tolist() == ["no_cell", "published"]


def test_a_period_that_is_none_is_refused() -> None:
    for wrong in ("2023", "ad-2023-q5"):
        with pytest.raises(ValueError, match="not a period"):
            comparisons.series(cells_of(), PALIKAS[0], [wrong])


def test_the_class_of_an_indicator_alone_decides_whether_places_are_ranked() -> None:
    for indicator_class in IndicatorClass:
        made: Indicator = replace(CHILDREN, indicator_class=indicator_class)
        assert comparisons.may_rank(made) == (indicator_class != IndicatorClass.AT_RISK)
