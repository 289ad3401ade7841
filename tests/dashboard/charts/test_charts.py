"""Charts: they say what they show, and put nothing on the scale where there is no figure."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import charts
from dashboard.charts.frame import Caption
from dashboard.i18n import wording
from dashboard.released import comparisons
from data.model import Audience, ReleaseInfo
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from tests.support.examples import examples

UNITS = Gazetteer.load().units
PALIKAS = [code for code in UNITS.index if len(code) == 5 and code.startswith("312")]
QUARTERS = ["ad-2023-q1", "ad-2023-q2", "ad-2023-q3", "ad-2023-q4"]
RELEASE = ReleaseInfo(
    number=7, audience=Audience.PARTNER, created="2026-01-01", state="current", synthetic=True,
    boundaries_id="b", policy_version="2", cells=1, suppressed=0,
)  # fmt: skip
CHILDREN = load_indicators()["children_trained"]
WITHOUT = ("suppressed", "not_reported", "not_applicable", "no_cell")
SAID = {
    "en": (
        "hidden to keep people safe",
        "not reported",
        "does not apply",
        "not covered by this figure",
    ),
    "ne": ("सुरक्षाका लागि लुकाइएको", "विवरण नआएको", "लागू नहुने", "यस अङ्कमा नपर्ने"),
}
Figure = int | str


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def caption(indicator: str = "children_trained", *, synthetic: bool = True) -> Caption:
    place = {"en": "Makwanpur", "ne": "मकवानपुर"}[wording.language()]
    caution = {"en": "Counts people reached.", "ne": "पुगेका मानिस गनिन्छन्।"}[wording.language()]
    release = replace(RELEASE, synthetic=synthetic)
    return Caption(load_indicators()[indicator], place, release, caution)


def frame_of(figures: tuple[Figure, ...], index: list[str]) -> pd.DataFrame:
    """Make rows of status, value and class; a class is written in capitals."""
    rows = [
        ("published", figure, None)
        if isinstance(figure, int)
        else ("published", None, figure.lower())
        if figure.isupper()
        else (figure, None, None)
        for figure in figures
    ]
    made = pd.DataFrame(rows, columns=["status", "value", "value_class"], index=pd.Index(index))
    return made.astype({"value": "Int64", "status": object, "value_class": object})


def layer_of(*figures: Figure) -> pd.DataFrame:
    codes = PALIKAS[: len(figures)]
    return UNITS.loc[codes, ["name_en", "name_ne", "parent_code"]].join(frame_of(figures, codes))


def trend(*figures: Figure, periods: list[str] | None = None) -> dict[str, Any]:
    cells = frame_of(figures, periods or QUARTERS[: len(figures)]).reset_index(names="period")
    cells = cells.assign(unit_code="312", sex="all", age_band="all")
    series = comparisons.series(cells, "312", periods or QUARTERS[: len(figures)])
    return spec_of(charts.trend(series, caption()))


def ranking(*figures: Figure) -> dict[str, Any]:
    ranked = comparisons.rank_units(layer_of(*figures), CHILDREN)
    return spec_of(charts.ranking(ranked, caption(), period="ad-2023"))


def disaggregation(*figures: Figure) -> dict[str, Any]:
    parts = frame_of(figures, ["f", "m", "all"][-len(figures) :])
    return spec_of(charts.disaggregation(parts, caption(), period="ad-2023"))


def compare(a: tuple[Figure, ...], b: tuple[Figure, ...]) -> dict[str, Any]:
    compared = comparisons.compare_layers(layer_of(*a), layer_of(*b))
    return spec_of(charts.compare(compared, caption(), periods=("ad-2022", "ad-2023")))


EVERY: dict[str, Callable[[], dict[str, Any]]] = {
    "trend": lambda: trend(120, "suppressed", "not_reported", 0),
    "ranking": lambda: ranking(120, "suppressed", "not_reported", 0),
    "disaggregation": lambda: disaggregation("suppressed", "not_reported", 120),
    "compare": lambda: compare((120, "suppressed", 0), (130, 40, "not_reported")),
}
each_chart = pytest.mark.parametrize("draw", EVERY.values(), ids=EVERY)


def spec_of(chart: alt.LayerChart) -> dict[str, Any]:
    return chart.to_dict()


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    (rows,) = spec["datasets"].values()
    return list(rows)


def marks(spec: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """Layers whose mark is of a kind, each with the kinds of row that it draws."""
    return [layer for layer in spec["layer"] if layer["mark"]["type"] == kind]


def filters(layer: dict[str, Any]) -> str:
    return " ".join(step["filter"] for step in layer["transform"])


def drawn_kinds(layer: dict[str, Any]) -> set[str]:
    """Say which kinds of row a layer's filters let through."""
    through = {"figure", "class", *WITHOUT}
    for step in layer["transform"]:
        for sign, kind in re.findall(r"datum\.kind ([!=]==) '(\w+)'", step["filter"]):
            through = through & {kind} if sign == "===" else through - {kind}
    return through


def words_in(spec: dict[str, Any]) -> str:
    title = spec["title"]
    return " ".join([*title["text"], *title["subtitle"]])


def numbers_in(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers_in(part)]
    if isinstance(value, list):
        return [n for part in value for n in numbers_in(part)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


# ---- what every chart says


@each_chart
def test_a_saved_picture_says_what_where_when_and_from_which_release(
    draw: Callable[[], dict[str, Any]],
) -> None:
    said = words_in(draw())
    for part in ("Children", "(people)", "Makwanpur", "2023", "SYNTHETIC DATA · Release 7"):
        assert part in said
    assert said.endswith("Counts people reached.")


@each_chart
def test_it_says_so_in_nepali_with_nepali_digits(draw: Callable[[], dict[str, Any]]) -> None:
    wording.speak("ne")
    spec = draw()
    said = words_in(spec)
    for part in (CHILDREN.name["ne"], "मकवानपुर", "२०२३", "कृत्रिम विवरण · प्रकाशन ७"):
        assert part in said
    assert not re.search("[0-9A-Za-z]", said)
    for row in rows_of(spec):
        assert not re.search("[0-9A-Za-z]", row["text"] + row["said"] + row.get("label", ""))
    assert not re.search("[0-9A-Za-z]", spec["description"])


@each_chart
def test_a_screen_reader_is_told_what_the_picture_shows(draw: Callable[[], dict[str, Any]]) -> None:
    spec = draw()
    for part in ("Makwanpur", "2023", "with a figure", "hidden to keep people safe", "120"):
        assert part in spec["description"]
    points = [layer for layer in spec["layer"] if layer["mark"].get("aria") is not False]
    assert points
    assert all(layer["encoding"]["description"]["field"] == "said" for layer in points)
    assert all(layer["encoding"]["tooltip"].get("field") == "said" for layer in points)


def test_the_counts_of_the_sentence_are_those_of_the_rows() -> None:
    spec = ranking(5, 7, 0, "suppressed", "suppressed", "not_reported", "no_cell")
    assert "3 with a figure, 2 hidden to keep people safe, 1 not reported." in spec["description"]


def test_a_long_list_is_not_read_out() -> None:
    months = [f"ad-2023-{n:02d}" for n in range(1, 13)]
    assert "March 2023: 3" in trend(*range(1, 13), periods=months)["description"]
    months = [f"ad-2022-{n:02d}" for n in range(1, 13)] + ["ad-2023-01"]
    assert "March 2022: 3" not in trend(*range(1, 14), periods=months)["description"]


def test_data_that_is_not_synthetic_does_not_say_it_is() -> None:
    series = comparisons.series(
        frame_of((5,), ["ad-2023"]).reset_index(names="period").assign(unit_code="312", sex="all", age_band="all"),
        "312", ["ad-2023"],
    )  # fmt: skip
    said = words_in(spec_of(charts.trend(series, caption(synthetic=False))))
    assert "Release 7" in said
    assert "SYNTHETIC" not in said


@each_chart
def test_a_title_breaks_into_lines_that_a_phone_can_show(
    draw: Callable[[], dict[str, Any]],
) -> None:
    title = draw()["title"]
    assert title["limit"] == 0, "a title that is cut off says no source"
    assert max(map(len, [*title["text"], *title["subtitle"]])) <= 48


@each_chart
def test_nothing_leads_to_another_host(draw: Callable[[], dict[str, Any]]) -> None:
    for language, words in {"en": "Save as SVG", "ne": "SVG चित्रका रूपमा राख्ने"}.items():
        wording.speak(language)
        spec = draw()
        embed = spec.pop("usermeta")["embedOptions"]
        assert embed["actions"] == {
            "export": {"svg": True, "png": True}, "source": False, "compiled": False, "editor": False,
        }  # fmt: skip
        assert embed["i18n"]["SVG_ACTION"] == words
        assert embed["renderer"] == "svg"
        assert re.findall('https?://[^"]*', json.dumps({**spec, "$schema": ""})) == []


@each_chart
def test_letters_are_the_sites_own(draw: Callable[[], dict[str, Any]]) -> None:
    spec = draw()
    fonts = re.findall(r'"(?:f|\w+F)ont": "([^"]*)"', json.dumps(spec))
    assert len(fonts) > 3
    assert set(fonts) == {"Sima Devanagari, system-ui, sans-serif"}


@each_chart
def test_colours_are_of_one_hue_and_told_apart_by_lightness(
    draw: Callable[[], dict[str, Any]],
) -> None:
    colours = set(re.findall("#[0-9a-fA-F]{6}", json.dumps(draw())))
    assert colours <= {"#1d2a33", "#51626d", "#d9dfe2", "#8fa0aa", "#fbfaf7", "#0b5d7a", "#7fb4c4"}


# ---- no figure


@each_chart
def test_no_unit_without_a_figure_has_a_number(draw: Callable[[], dict[str, Any]]) -> None:
    rows = rows_of(draw())
    without = [row for row in rows if row["kind"] in WITHOUT]
    assert without
    for row in without:
        assert row["value"] is None
        assert not re.search("[0-9]", row["text"])


@each_chart
def test_marks_on_the_scale_are_of_figures_only(draw: Callable[[], dict[str, Any]]) -> None:
    spec = draw()
    on_scale = [layer for layer in spec["layer"]
                if "value" in (layer["encoding"].get(axis, {}).get("field") for axis in "xy")]  # fmt: skip
    assert on_scale
    for layer in on_scale:
        assert drawn_kinds(layer) == {"figure"}
    signs = [layer for layer in spec["layer"] if "shape" in layer["encoding"]]
    assert len(signs) == 1
    assert drawn_kinds(signs[0]) == set(WITHOUT)
    assert signs[0]["mark"]["filled"] is False


@pytest.mark.parametrize("language", ["en", "ne"])
@pytest.mark.parametrize("draw", [trend, ranking])
def test_each_way_to_have_no_figure_has_its_words_and_its_sign(
    draw: Callable[..., dict[str, Any]], language: str
) -> None:
    wording.speak(language)
    spec = draw(*WITHOUT)
    assert (
        tuple(row["text"] for row in sorted(rows_of(spec), key=lambda r: WITHOUT.index(r["kind"])))
        == SAID[language]
    )
    (signs,) = [layer for layer in spec["layer"] if "shape" in layer["encoding"]]
    scale = signs["encoding"]["shape"]["scale"]
    assert len(set(scale["range"])) == len(set(scale["domain"])) == 4


def test_a_zero_is_a_point_at_zero_with_its_figure() -> None:
    row = rows_of(trend(0))[0]
    assert (row["kind"], row["value"], row["text"]) == ("figure", 0, "0")
    row = rows_of(ranking(0))[0]
    assert (row["kind"], row["value"], row["text"]) == ("figure", 0, "0")


@examples(5, 100)  # a chart is checked against the whole schema
@given(st.lists(st.one_of(st.integers(0, 10**6), st.sampled_from(WITHOUT)), min_size=1, max_size=4))
def test_a_chart_embeds_no_figure_that_it_was_not_given(figures: list[Figure]) -> None:
    given_numbers = {figure for figure in figures if isinstance(figure, int)}
    for spec, key in ((trend(*figures), "run"), (ranking(*figures), "")):
        for row in rows_of(spec):
            row.pop(key, None)
            assert set(numbers_in(row)) <= given_numbers
            assert (row["value"] is not None) == (row["kind"] == "figure")


@examples(3, 24)
@given(st.integers(1, 10**6))
def test_a_value_that_leaked_behind_a_hidden_cell_is_not_drawn(confidential: int) -> None:
    clean, leaking = layer_of(5, "suppressed"), layer_of(5, "suppressed")
    leaking.loc[PALIKAS[1], "value"] = confidential
    specs = [
        spec_of(
            charts.ranking(comparisons.rank_units(layer, CHILDREN), caption(), period="ad-2023")
        )
        for layer in (clean, leaking)
    ]
    assert specs[0] == specs[1]
    specs = [
        spec_of(
            charts.compare(
                comparisons.compare_layers(layer, layer), caption(), periods=("ad-2022", "ad-2023")
            )
        )
        for layer in (clean, leaking)
    ]
    assert specs[0] == specs[1]


# ---- trend


def runs(*figures: Figure, periods: list[str] | None = None) -> list[int]:
    return [
        row["run"] for row in rows_of(trend(*figures, periods=periods)) if row["kind"] == "figure"
    ]


@pytest.mark.parametrize("without", WITHOUT)
def test_a_line_is_interrupted_where_there_is_no_figure(without: str) -> None:
    assert len(set(runs(1, 2, 3, 4))) == 1
    first, second, third = runs(1, without, 3, 4)
    assert first != second == third
    (line,) = marks(trend(1, without, 3, 4), "line")
    assert line["encoding"]["detail"]["field"] == "run"


def test_a_line_is_interrupted_where_a_period_was_not_asked() -> None:
    first, second = runs(1, 2, periods=["ad-2023-q1", "ad-2023-q3"])
    assert first != second


def test_periods_stand_in_time_order_under_their_names() -> None:
    spec = trend(1, 2, 3, 4)
    x = marks(spec, "line")[0]["encoding"]["x"]
    assert x["sort"] == QUARTERS
    labels, _, end = x["axis"]["labelExpr"].rpartition("[")
    assert end == "datum.value]"
    assert json.loads(labels)["ad-2023-q2"] == ["Apr–Jun", "2023"]
    assert "Jan–Mar 2023 to Oct–Dec 2023" in words_in(spec)


def test_a_nepali_quarter_is_short_below_and_whole_in_the_title() -> None:
    spec = trend(1, periods=["bs-2079-q4"])
    assert "Baisakh–Asar 2080 (Q4 2079/80)" in words_in(spec)
    assert '["Q4 2079/80"]' in marks(spec, "line")[0]["encoding"]["x"]["axis"]["labelExpr"]


@pytest.mark.parametrize(
    ("most", "last"), [(0, 1), (1, 1), (7, 8), (10, 10), (99, 100), (412, 500), (13_211, 15_000)]
)
def test_amounts_begin_at_zero_on_few_round_ticks(most: int, last: int) -> None:
    y = marks(trend(most), "line")[0]["encoding"]["y"]
    ticks = y["axis"]["values"]
    assert y["scale"]["domain"] == [0, ticks[-1]]
    assert ticks[-1] == last
    assert len(ticks) <= 7
    wording.speak("ne")
    written = json.loads(
        marks(trend(most), "line")[0]["encoding"]["y"]["axis"]["labelExpr"].rpartition("[")[0]
    )
    assert [written[str(tick)] for tick in ticks] == [wording.number(tick) for tick in ticks]


def test_figures_are_written_at_few_points_only() -> None:
    assert len(marks(trend(1, 2, 3, 4), "text")) == 1
    months = [f"ad-2023-{n:02d}" for n in range(1, 13)]
    assert marks(trend(*range(12), periods=months), "text") == []


def test_classes_are_points_on_their_steps_without_a_line() -> None:
    spec = trend("LOWER", "HIGHER", "suppressed", "NONE")
    assert marks(spec, "line") == []
    steps = marks(spec, "point")[0]
    assert steps["encoding"]["y"]["scale"]["domain"] == ["higher", "middle", "lower", "none"]
    assert steps["encoding"]["y"]["field"] == "text"
    assert drawn_kinds(steps) == {"class"}
    assert all(row["value"] is None for row in rows_of(spec))


def test_a_series_without_any_figure_is_drawn_as_such() -> None:
    spec = trend("suppressed", "not_reported")
    assert {row["kind"] for row in rows_of(spec)} == {"suppressed", "not_reported"}
    assert spec["description"].count("hidden to keep people safe") == 2


# ---- bars


def names_of(spec: dict[str, Any]) -> dict[str, str]:
    axis = marks(spec, "bar")[0]["encoding"]["y"]["axis"]
    return {
        code: " ".join(lines)
        for code, lines in json.loads(axis["labelExpr"].rpartition("[")[0]).items()
    }


def test_ranks_stand_before_the_names_and_equals_say_so() -> None:
    ranked = comparisons.rank_units(layer_of(20, 90, 20, "suppressed"), CHILDREN)
    spec = ranking(20, 90, 20, "suppressed")
    assert marks(spec, "bar")[0]["encoding"]["y"]["sort"] == ranked.index.tolist()
    names = [names_of(spec)[code] for code in ranked.index]
    assert [name.split(". ")[0] for name in names[:3]] == ["1", "2=", "2="]
    assert names[3] == UNITS.at[PALIKAS[3], "name_en"], "no rank without a figure"
    assert [row["text"] for row in rows_of(spec)] == [
        "90",
        "20",
        "20",
        "hidden to keep people safe",
    ]


def test_two_places_of_one_name_keep_a_row_each() -> None:
    layer = layer_of(5, 6).assign(name_en="Bagmati")
    spec = spec_of(
        charts.ranking(comparisons.rank_units(layer, CHILDREN), caption(), period="ad-2023")
    )
    assert len({row["row"] for row in rows_of(spec)}) == 2
    assert sorted(names_of(spec).values()) == ["1. Bagmati", "2. Bagmati"]


@pytest.mark.parametrize("indicator", ["booth_contacts", "interceptions", "rescues"])
def test_places_are_not_ranked_by_people_at_risk(indicator: str) -> None:
    ranked = comparisons.rank_units(layer_of(5, 6), CHILDREN)
    with pytest.raises(ValueError, match=indicator):
        charts.ranking(ranked, caption(indicator), period="ad-2023")


def test_parts_are_named_and_the_total_comes_last() -> None:
    spec = disaggregation(20, "suppressed", 30)
    assert list(names_of(spec).values()) == ["women and girls", "men and boys", "total"]
    assert [row["value"] for row in rows_of(spec)] == [20, None, 30]
    ages = spec_of(
        charts.disaggregation(
            frame_of((5, 6, 11), ["u18", "18p", "all"]), caption(), period="ad-2023"
        )
    )
    assert list(names_of(ages).values()) == ["under 18", "18 and older", "total"]


def test_two_periods_stand_side_by_side_with_the_change() -> None:
    spec = compare((120, 50, "suppressed", 10), (130, 40, 40, 10))
    texts = [row["text"] for row in rows_of(spec)]
    assert texts == [
        "120",
        "130 (+10)",
        "50",
        "40 (-10)",
        "hidden to keep people safe",
        "40",
        "10",
        "10 (0)",
    ]
    bar = marks(spec, "bar")[0]["encoding"]
    assert bar["color"]["scale"] == {"domain": ["2022", "2023"], "range": ["#7fb4c4", "#0b5d7a"]}
    assert bar["yOffset"]["field"] == "side"
    assert "2022 | 2023" in words_in(spec)


def test_classes_are_swatches_with_their_word() -> None:
    spec = compare(("LOWER",), ("HIGHER",))
    assert [(row["kind"], row["text"], row["fill"]) for row in rows_of(spec)] == [
        ("class", "lower", "#b9d7df"), ("class", "higher", "#0b5d7a"),
    ]  # fmt: skip
    (swatch,) = [layer for layer in marks(spec, "point") if "fill" in layer["encoding"]]
    assert drawn_kinds(swatch) == {"class"}


def test_a_name_is_words_and_never_an_expression() -> None:
    name = 'A "ward"\\ of `O\'Neill`'
    layer = layer_of(5).assign(name_en=name)
    spec = spec_of(
        charts.ranking(comparisons.rank_units(layer, CHILDREN), caption(), period="ad-2023")
    )
    assert names_of(spec)[PALIKAS[0]] == f"1. {name}"


def test_a_tall_chart_has_room_for_each_row() -> None:
    assert ranking(*range(10))["height"] >= 10 * 24
    assert compare((1, 2), (3, 4))["height"] >= 2 * 40
