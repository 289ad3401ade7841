"""A map says what its layer says, says it to everybody, and names no other host."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from dashboard import maps, wording
from dashboard.maps import NO_CELL, Notes
from data.model import Status

EDGES = (10, 20, 50)
NOTES = Notes(
    title="Children trained (children)",
    period="April 2023",
    caution="Counts people reached, not people at risk.",
    attribution="Survey Department of Nepal",
    release="SYNTHETIC DATA · Release 7",
)
HIDDEN_VALUE = 98_765_432_109  # too long to occur in the random names of folium
ROWS: dict[str, tuple[str, str, str, int | None, str | None]] = {
    "3120601": ("Hetauda 1", "हेटौंडा १", Status.PUBLISHED.value, 12, None),
    "3120602": ("Hetauda 2", "हेटौंडा २", Status.PUBLISHED.value, 0, None),
    "3120603": ("Hetauda 3", "हेटौंडा ३", Status.SUPPRESSED.value, None, None),
    "3120604": ("Hetauda 4", "हेटौंडा ४", Status.NOT_REPORTED.value, None, None),
    "3120605": ("Hetauda 5", "हेटौंडा ५", Status.NOT_APPLICABLE.value, None, None),
    "3120606": ("Hetauda 6", "हेटौंडा ६", NO_CELL, None, None),
    "3120607": ("Hetauda 7", "हेटौंडा ७", Status.PUBLISHED.value, 1_234, None),
}
ENGLISH = ["12", "0", "hidden to keep people safe · see Makwanpur: 2,412", "not reported", "does not apply",
           "not part of this figure", "1,234"]  # fmt: skip
NEPALI = ["१२", "०", "सुरक्षाका लागि लुकाइएको · मकवानपुर हेर्नुहोस्: २,४१२", "विवरण नआएको", "लागू नहुने", "यस विवरणमा नपर्ने",
          "१,२३४"]  # fmt: skip


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def layer_of(**changed: tuple[Any, ...]) -> pd.DataFrame:
    """Make the layer of `ROWS`, with some rows changed; codes come as ``w`` and the number.

    Of every hidden ward the district's figure is there.
    """
    rows = {**ROWS, **{f"31206{name[1:]}": row for name, row in changed.items()}}
    columns = ["name_en", "name_ne", "status", "value", "value_class"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    frame.index.name = "unit_code"
    frame = frame.assign(value=frame["value"].astype("Int64"), parent_code="31206")
    hidden = frame["status"] == Status.SUPPRESSED
    around = {"coarser": "312", "coarser_name_en": "Makwanpur", "coarser_name_ne": "मकवानपुर",
              "coarser_value": 2_412, "coarser_class": None}  # fmt: skip
    return frame.assign(
        **{n: pd.Series(v, frame.index, object).where(hidden, None) for n, v in around.items()}
    )


def shapes_of(layer: pd.DataFrame) -> gpd.GeoDataFrame:
    squares = [box(85 + 0.1 * n, 27, 85.1 + 0.1 * n, 27.1) for n in range(len(layer))]
    return gpd.GeoDataFrame(geometry=squares, index=layer.index, crs="EPSG:4326")


def draw(layer: pd.DataFrame | None = None, **more: Any) -> str:
    layer = layer_of() if layer is None else layer
    given: dict[str, Any] = {"edges": (*EDGES, 1_500), "notes": NOTES, **more}
    return maps.choropleth(layer, shapes_of(layer), **given)


def features(document: str) -> dict[str, dict[str, str]]:
    """Read what the document draws of each unit: its fill and what its tooltip says."""
    drawn = [json.loads(text) for text in re.findall(r"_add\((\{.*\})\);", document)]
    every = [feature for collection in drawn for feature in collection["features"]]
    return {f["id"]: f["properties"] for f in every if "said" in f["properties"]}


class _Reader(HTMLParser):
    """The words of markup, and the addresses in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.text.append(data.strip())


def read(markup: str) -> _Reader:
    reader = _Reader()
    reader.feed(markup)
    return reader


def legend(document: str) -> list[str]:
    """Read the lines of the legend, without booths."""
    items = re.findall(r'<li><i class="\w*" style="[^"]*"></i>(.*?)</li>', document)
    return [read(item).text[0] for item in items]


# ---- nothing from elsewhere


@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_document_names_no_other_host(language: str) -> None:
    wording.speak(language)
    layer = layer_of()
    booths = pd.DataFrame(
        {"name_en": ["Jamunaha"], "name_ne": ["जमुनाहा"], "lon": [85.05], "lat": [27.05]},
        index=["b"],
    )
    shapes = shapes_of(layer)
    document = draw(
        layer, booths=booths, outline=shapes.iloc[:2], context=shapes.iloc[:1], numbered=True
    )
    hosts = set(re.findall(r"https?://([^/\s\"'<>]+)", document))
    assert hosts <= {"www.w3.org"}
    addresses = read(document).addresses
    assert len(addresses) >= 3
    assert all(address.startswith("/assets/") for address in addresses)
    assert "tileLayer" not in document


MARKUP = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>x", "&lt;i>"]


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_name_from_outside_is_text_and_not_markup(name: str, language: str) -> None:
    wording.speak(language)
    layer = layer_of(w01=(name, name, Status.PUBLISHED.value, 12, None))
    document = draw(layer)
    assert name not in document
    said = read(features(document)["3120601"]["said"])
    assert said.text[0] == name, "the reader sees it as it is written"
    assert said.tags == ["b", "br"]
    rows = read(maps.table(layer, place=name, what=name))
    assert rows.text[0] == rows.text[1] == rows.text[2] == name
    assert not {"script", "img", "i"} & set(rows.tags)


@pytest.mark.parametrize("text", MARKUP)
@pytest.mark.parametrize("part", ["title", "period", "caution", "attribution", "release"])
def test_a_note_is_text_and_not_markup(part: str, text: str) -> None:
    document = draw(notes=replace(NOTES, **{part: text}))
    assert text not in document
    assert document.count("<script") == draw().count("<script")
    assert "<img" not in document


# ---- the ways to have no figure


def row(status: str, value: int | None = None, value_class: str | None = None) -> pd.Series:
    return layer_of(w01=("a", "क", status, value, value_class)).loc["3120601"]


def test_hidden_not_reported_blank_and_true_zero_are_drawn_differently() -> None:
    fills = {
        "hidden": maps.colour(row("suppressed"), EDGES),
        "silent": maps.colour(row("not_reported"), EDGES),
        "blank": maps.colour(row("not_applicable"), EDGES),
        "zero": maps.colour(row("published", 0), EDGES),
        "no cell": maps.colour(row(NO_CELL), EDGES),
        **{f"to {edge}": maps.colour(row("published", edge), EDGES) for edge in EDGES},
    }
    assert len(set(fills.values())) == len(fills)
    assert not {fills["hidden"], fills["silent"], fills["blank"], fills["zero"]} & set(maps.AMOUNTS)
    assert fills["hidden"].startswith("url(#")
    assert fills["silent"].startswith("url(#")
    assert maps.colour(row(NO_CELL), EDGES) == maps.GROUND


def test_the_patterns_that_a_document_fills_with_are_in_it() -> None:
    document = draw()
    used = set(re.findall(r"url\(#([\w-]+)\)", document))
    assert used == {"sima-hidden", "sima-silent", "sima-apart"}
    assert all(f'<pattern id="{name}"' in document for name in used)


def test_more_is_darker_and_an_edge_belongs_to_the_class_below() -> None:
    order = [maps.colour(row("published", value), EDGES) for value in (1, 10, 11, 20, 21, 50)]
    assert order[0] == order[1]
    assert order[2] == order[3]
    assert order[4] == order[5]
    places = [maps.AMOUNTS.index(fill) for fill in (order[0], order[2], order[4])]
    assert places == sorted(set(places))
    assert places[-1] == len(maps.AMOUNTS) - 1, "the largest class is the darkest, however few"


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 5])
def test_every_number_of_classes_has_colours_apart(classes: int) -> None:
    edges = tuple(10 * n for n in range(1, classes + 1))
    assert len({maps.colour(row("published", edge), edges) for edge in edges}) == classes


def test_classes_without_numbers_have_a_colour_and_a_word_each() -> None:
    names = ["none", "lower", "middle", "higher"]
    rows = [row("published", None, name) for name in names]
    assert [maps.figure(each) for each in rows] == names
    assert len({maps.colour(each, ()) for each in rows}) == 4


@pytest.mark.parametrize(("language", "words"), [("en", ENGLISH), ("ne", NEPALI)])
def test_every_unit_says_its_figure_in_words(language: str, words: list[str]) -> None:
    wording.speak(language)
    layer = layer_of()
    assert [maps.figure(each) for _code, each in layer.iterrows()] == words
    assert len(set(words)) == len(words), "no two ways to have no figure sound alike"
    said = features(draw(layer))
    for (code, each), figure in zip(layer.iterrows(), words, strict=True):
        assert read(said[code]["said"]).text == [each[f"name_{language}"], figure]


def test_a_map_is_drawn_by_code_not_by_position() -> None:
    layer = layer_of()
    shapes = shapes_of(layer).sample(frac=1, random_state=2)
    document = maps.choropleth(layer, shapes, edges=(*EDGES, 1_500), notes=NOTES)
    assert features(document) == features(draw(layer))
    beyond = shapes.rename(index={"3120607": "9999999"})
    drawn = features(maps.choropleth(layer, beyond, edges=(*EDGES, 1_500), notes=NOTES))
    assert set(drawn) == set(ROWS) - {"3120607"}


# ---- what is hidden is nowhere


@pytest.mark.parametrize("language", ["en", "ne"])
@pytest.mark.parametrize("status", ["suppressed", "not_reported", "not_applicable", NO_CELL])
def test_a_value_behind_a_cell_without_figure_is_written_nowhere(
    status: str, language: str
) -> None:
    # No release holds such a value; should one ever do, it must not reach a reader.
    wording.speak(language)
    layer = layer_of(w03=("Hetauda 3", "हेटौंडा ३", status, HIDDEN_VALUE, None))
    table = maps.table(layer, place="p", what="w")
    for text in (draw(layer), table, maps.summary(layer)):
        assert str(HIDDEN_VALUE) not in text
        assert wording.number(HIDDEN_VALUE) not in text
    assert maps.colour(layer.loc["3120603"], EDGES) not in maps.AMOUNTS


@pytest.mark.parametrize("status", ["suppressed", "not_reported", "not_applicable", NO_CELL])
def test_a_class_behind_a_cell_without_figure_is_written_nowhere(status: str) -> None:
    layer = layer_of(w03=("Hetauda 3", "हेटौंडा ३", status, None, "higher"))
    document = draw(layer)
    assert features(document)["3120603"]["fill"] not in maps.CLASSES.values()
    for text in (document, maps.table(layer, place="p", what="w")):
        assert "higher" not in text


@pytest.mark.parametrize(
    ("coarser", "words"),
    [
        ((None, None, None), "hidden to keep people safe · no coarser figure for this period"),
        (("312", 2_412, None), "hidden to keep people safe · see Makwanpur: 2,412"),
        (("312", 0, None), "hidden to keep people safe · see Makwanpur: 0"),
        (("312", None, "higher"), "hidden to keep people safe · see Makwanpur: higher"),
    ],
)
def test_a_hidden_unit_says_which_coarser_figure_there_is(
    coarser: tuple[str | None, int | None, str | None], words: str
) -> None:
    layer = layer_of()
    names = ["coarser", "coarser_value", "coarser_class"]
    for name, value in zip(names, coarser, strict=True):
        layer.at["3120603", name] = value
    said = features(draw(layer))
    assert read(said["3120603"]["said"]).text[1] == words
    assert words in maps.table(layer, place="p", what="w")
    assert not any("Makwanpur" in said[code]["said"] for code in said if code != "3120603")


@pytest.mark.parametrize("name", MARKUP)
def test_a_coarser_name_from_outside_is_text_and_not_markup(name: str) -> None:
    layer = layer_of()
    layer.at["3120603", "coarser_name_en"] = name
    assert name not in draw(layer)
    assert name not in maps.table(layer, place="p", what="w")


# ---- legend


def test_the_legend_says_every_way_in_the_order_of_the_scale() -> None:
    assert legend(draw()) == [
        "0", "1–10", "11–20", "21–50", "51–1,500", "hidden to keep people safe", "not reported",
        "does not apply", "not part of this figure",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left_out", "words"),
    [("3120602", "0"), ("3120603", "hidden to keep people safe"), ("3120604", "not reported"),
     ("3120605", "does not apply"), ("3120606", "not part of this figure")],
)  # fmt: skip
def test_the_legend_lists_only_what_is_shown(left_out: str, words: str) -> None:
    whole = legend(draw())
    without = legend(draw(layer_of().drop(left_out)))
    assert without == [line for line in whole if line != words]


def test_a_layer_without_figures_has_no_scale() -> None:
    layer = layer_of()
    silent = layer[layer["status"] == Status.NOT_REPORTED]
    assert legend(draw(silent, edges=())) == ["not reported"]


def test_a_legend_of_classes_names_those_that_occur() -> None:
    some = {
        "w01": ("a", "क", "published", None, "higher"),
        "w02": ("b", "ख", "published", None, "none"),
        "w07": ("c", "ग", "published", None, "lower"),
    }
    layer = layer_of(**some).loc[["3120601", "3120602", "3120603", "3120607"]]
    assert legend(draw(layer, edges=())) == [
        "none",
        "lower",
        "higher",
        "hidden to keep people safe",
    ]


def test_the_legend_is_of_the_colours_of_the_map() -> None:
    document = draw()
    swatches = set(re.findall(r'<li><i class="" style="background:(#\w+)">', document))
    drawn = {f["fill"] for f in features(document).values() if f["fill"].startswith("#")}
    assert drawn - {maps.GROUND} <= swatches


def test_booths_are_in_the_legend_where_there_are_any() -> None:
    booths = pd.DataFrame(
        {"name_en": ["<b>Jamunaha"], "name_ne": ["जमुनाहा"], "lon": [81.6], "lat": [28.0]},
        index=["b"],
    )
    document = draw(booths=booths)
    assert "information booth</li>" in document
    assert "&lt;b&gt;Jamunaha" in document
    assert "[28.0, 81.6]" in document
    assert "information booth" not in draw(booths=booths.iloc[:0])


@pytest.mark.parametrize("name", ["x`);alert(1);(`", "${alert(1)}", "\\x60", "</script><script>"])
def test_no_name_of_a_booth_ends_the_script_it_stands_in(name: str) -> None:
    booths = pd.DataFrame(
        {"name_en": [name], "name_ne": [name], "lon": [81.6], "lat": [28.0]}, index=["b"]
    )
    plain = draw(booths=booths.assign(name_en="x"))
    document = draw(booths=booths)
    assert name not in document
    assert document.count("`") == plain.count("`")
    assert document.count("${") == plain.count("${")


# ---- notes


@pytest.mark.parametrize("language", ["en", "ne"])
def test_attribution_release_and_caution_stand_in_the_document(language: str) -> None:
    wording.speak(language)
    document = draw()
    heading, foot = (
        " ".join(read(part).text)
        for tag in ("summary", 'p class="notes"')
        for part in re.findall(rf"<{tag}>.*?</{tag.split()[0]}>", document)
    )
    assert heading == f"{NOTES.title} {NOTES.period}"
    for note in (NOTES.caution, NOTES.attribution, NOTES.release):
        assert note in foot
    status = wording._("Boundaries shown do not imply any opinion on their legal status.")
    assert status in foot


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Diagram, not boundaries"), ("ne", "रेखाचित्र, सीमा होइन")]
)
def test_tiles_are_called_a_diagram_and_real_boundaries_are_not(language: str, words: str) -> None:
    wording.speak(language)
    assert words in draw(notes=replace(NOTES, diagram=True), numbered=True)
    assert words not in draw()


@pytest.mark.parametrize(("language", "digits"), [("en", "1234567"), ("ne", "१२३४५६७")])
def test_wards_carry_their_number_in_the_digits_of_the_reader(language: str, digits: str) -> None:
    wording.speak(language)
    icons = re.findall(r'"html": (".*?[^\\]"),', draw(numbered=True))
    assert "".join(read(json.loads(icon)).text[0] for icon in icons) == digits
    assert re.findall(r'"html": (".*?[^\\]"),', draw()) == []


@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_document_says_its_language(language: str) -> None:
    wording.speak(language)
    assert f'setAttribute("lang", "{language}")' in draw()


# ---- the table beside it


@pytest.mark.parametrize(
    ("language", "words", "others"),
    [("en", ENGLISH, "Other places, not part of this figure: 2"),
     ("ne", NEPALI, "यस अङ्कमा नपर्ने अन्य स्थान: २")],
)  # fmt: skip
def test_the_table_has_the_figures_of_the_map_and_says_how_many_others(
    language: str, words: list[str], others: str
) -> None:
    wording.speak(language)
    layer = layer_of(w08=("Hetauda 8", "हेटौंडा ८", NO_CELL, None, None))
    text = read(maps.table(layer, place="Place", what="Children")).text
    listed = [
        word
        for (_code, each), figure in zip(layer.iterrows(), [*words, ""], strict=True)
        if each["status"] != NO_CELL
        for word in (each[f"name_{language}"], figure)
    ]
    assert text == ["Place", "Children", *listed, others]


def test_the_table_keeps_the_order_and_is_silent_about_others_where_there_are_none() -> None:
    layer = layer_of().drop("3120606").iloc[::-1]
    markup = maps.table(layer, place="Place", what="Children")
    assert re.findall(r'<th scope="row">(.*?)</th>', markup) == layer["name_en"].tolist()
    assert re.findall(r'<tr class="(\w+)">', markup) == layer["status"].tolist()
    assert "other places" not in markup
    assert 'tabindex="0"' in markup


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "3 places with a figure, 1 hidden, 1 not reported."),
     ("ne", "३ स्थानको विवरण छ, १ लुकाइएका, १ को विवरण नआएको।")],
)  # fmt: skip
def test_a_sentence_says_what_the_map_shows(language: str, sentence: str) -> None:
    wording.speak(language)
    assert maps.summary(layer_of()) == sentence
