"""A scene says what its layer says, a document of it names no other host, and neither more."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

from dashboard.i18n import status_text, wording
from dashboard.maps import document as maps_document
from dashboard.maps import scene, words
from dashboard.maps.scene import Files, Notes, SceneRequest
from dashboard.released.selection import NO_CELL
from dashboard.static_assets import assets_base
from data.model import Status
from tests.dashboard.maps.test_encoding import unpack

EDGES = (10, 20, 50, 1_500)
NOTES = Notes(
    title="Children trained",
    unit="children",
    period="April 2023",
    caution="Counts people reached, not people at risk.",
    attribution="Survey Department of Nepal",
    release="SYNTHETIC DATA · Release 7",
    name="children_trained-ad-2023-04-release-7",
)
HIDDEN_VALUE = 98_765_432_109
ROWS: dict[str, tuple[str, str, str, int | None, str | None]] = {
    "3120601": ("Hetauda 1", "हेटौंडा १", Status.PUBLISHED.value, 12, None),
    "3120602": ("Hetauda 2", "हेटौंडा २", Status.PUBLISHED.value, 0, None),
    "3120603": ("Hetauda 3", "हेटौंडा ३", Status.SUPPRESSED.value, None, None),
    "3120604": ("Hetauda 4", "हेटौंडा ४", Status.NOT_REPORTED.value, None, None),
    "3120605": ("Hetauda 5", "हेटौंडा ५", Status.NOT_APPLICABLE.value, None, None),
    "3120606": ("Hetauda 6", "हेटौंडा ६", NO_CELL, None, None),
    "3120607": ("Hetauda 7", "हेटौंडा ७", Status.PUBLISHED.value, 1_234, None),
}
ENGLISH = ["12", "0", "hidden to keep people safe · Makwanpur as a whole: 2,412", "not reported", "does not apply",
           "not covered by this figure", "1,234"]  # fmt: skip
PACKED = [12, 0, "suppressed", "not_reported", "not_applicable", "no_cell", 1_234]
WARDS, PALIKAS, DISTRICTS = "a/wards.json", "a/palikas.json", "a/districts.json"
FILES = Files(
    units={WARDS: pd.Index([*ROWS, "3120608"])},
    outlines={PALIKAS: ["31206"]},
    above={PALIKAS: pd.Index(["31205", "31206"]), DISTRICTS: pd.Index(["311", "312"])},
    ground="a/nepal.json",
)


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


def figures_of(**values: int | None) -> pd.DataFrame:
    """Make the figures of units, named ``u`` and the code; None is a hidden one."""
    rows = {
        name[1:]: (Status.SUPPRESSED.value if v is None else Status.PUBLISHED.value, v, None)
        for name, v in values.items()
    }
    columns = ["status", "value", "value_class"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.astype({"value": "Int64"})


AROUND = figures_of(uNP=5_003, u3=4_007, u311=3_001, u312=2_412, u31205=1_009, u31206=None)


def draw(layer: pd.DataFrame | None = None, **more: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "layer": layer_of() if layer is None else layer, "files": FILES, "area": "312.ward.outline",
        "edges": EDGES, "notes": NOTES, "around": AROUND, **more,
    }  # fmt: skip
    return scene.build_scene(SceneRequest(**given))


def said(drawn: dict[str, Any]) -> str:
    return json.dumps(drawn, ensure_ascii=False)


# ---- what a scene holds


def test_a_scene_has_a_sign_for_each_unit_of_each_file_and_goes_through_json() -> None:
    drawn = json.loads(said(draw()))
    assert drawn["files"] == [WARDS]
    assert [unpack(text) for text in drawn["values"]] == [[*PACKED, "outside"]]
    assert drawn["outlines"] == [[PALIKAS, ["31206"]]]
    assert drawn["ground"] == "a/nepal.json"
    assert drawn["scale"] == {"kind": "amount", "edges": list(EDGES)}
    assert drawn["geometry"] == words.GEOMETRY
    assert drawn == draw()


def test_a_scene_is_made_by_code_not_by_position() -> None:
    mixed = layer_of().sample(frac=1, random_state=2)
    assert draw(mixed, around=AROUND.sample(frac=1, random_state=3)) == draw()


def test_of_the_levels_above_only_what_stands_around_a_hidden_unit_is_sent() -> None:
    drawn = draw()
    assert [name for name, _packed in drawn["above"]] == [PALIKAS, DISTRICTS]
    above = [unpack(packed) for _name, packed in drawn["above"]]
    assert above == [["outside", "suppressed"], ["outside", 2_412]]
    assert unpack(drawn["nation"][1]) == [5_003]


def test_where_nothing_is_hidden_nothing_coarser_is_sent() -> None:
    drawn = draw(layer_of().drop("3120603"))
    assert [set(packed) for _name, packed in drawn["above"]] == [set(), set()]
    assert drawn["nation"] is None


def test_a_country_without_a_cell_is_not_spoken_of_and_a_hidden_one_has_no_figure() -> None:
    assert draw(around=AROUND.drop("NP"))["nation"] is None
    hidden = AROUND.copy()
    hidden.loc["NP", ["status", "value"]] = Status.SUPPRESSED.value, HIDDEN_VALUE
    assert unpack(draw(around=hidden)["nation"][1]) == ["suppressed"]


def every_figure(drawn: dict[str, Any]) -> set[int]:
    """Give every figure that a scene says, and every number that stands in it besides."""
    nation = drawn["nation"] or ["", ""]
    packed = [*drawn["values"], *(text for _name, text in drawn["above"]), nation[1]]
    figures = {value for text in packed for value in unpack(text) if isinstance(value, int)}
    plain = {
        name: part for name, part in drawn.items() if name not in ("values", "above", "nation")
    }
    return figures | {int(digits) for digits in re.findall(r"\d{3,}", json.dumps(plain))}


def test_a_scene_holds_no_figure_but_its_layers_and_those_it_points_at() -> None:
    around = pd.concat([AROUND, figures_of(u511=60_013, u51105=60_017, u3120699=60_029)])
    plain = {1_500, 312, 2_023, 31_206} | {
        int(digits) for digits in re.findall(r"\d{3,}", draw()["words"])
    }
    assert every_figure(draw(around=around)) - plain == {12, 0, 1_234, 2_412, 5_003}


@pytest.mark.parametrize("status", ["suppressed", "not_reported", "not_applicable", NO_CELL])
@pytest.mark.parametrize("value_class", [None, "higher"])
def test_what_is_behind_a_cell_without_figure_changes_no_letter_of_a_scene(
    status: str, value_class: str | None
) -> None:
    # No release holds such a value; should one ever do, it must not reach a reader.
    bare = layer_of(w03=("Hetauda 3", "हेटौंडा ३", status, None, None))
    behind = layer_of(w03=("Hetauda 3", "हेटौंडा ३", status, HIDDEN_VALUE, value_class))
    assert draw(behind) == draw(bare)
    around = AROUND.copy()
    around.at["31206", "value"] = HIDDEN_VALUE
    assert draw(around=around) == draw()
    assert maps_document.folium_page(draw(behind)).count(str(HIDDEN_VALUE)) == 0
    assert status_text.layer_summary(behind) == status_text.layer_summary(bare)
    for code in behind.index:
        assert status_text.figure_text(behind.loc[code]) == status_text.figure_text(bare.loc[code])


def test_classes_without_numbers_are_sent_as_classes() -> None:
    some = {
        "w01": ("a", "क", "published", None, "higher"),
        "w02": ("b", "ख", "published", None, "none"),
    }
    drawn = draw(layer_of(**some), edges=())
    assert unpack(drawn["values"][0])[:2] == ["higher", "none"]
    assert drawn["scale"]["edges"] == []


def test_steps_of_a_status_have_names_and_a_rate_has_decimals() -> None:
    names = ["nothing", "formed", "met"]
    assert draw(edges=(), steps=names)["scale"] == {"kind": "steps", "edges": [], "names": names}
    assert draw(decimals=1)["scale"]["decimals"] == 1
    assert "decimals" not in draw()["scale"]


@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_scene_speaks_the_language_in_use_and_says_it(language: str) -> None:
    wording.speak(language)
    drawn = draw()
    assert drawn["language"] == language
    assert drawn["words"] == words.words_address()
    assert f"/{language}/" in drawn["words"]
    assert drawn["place"] == {"en": "Place", "ne": "स्थान"}[language]
    assert drawn["nation"][0] == {"en": "Nepal", "ne": "नेपाल"}[language]


def test_notes_stand_in_a_scene_as_they_are() -> None:
    drawn = draw(notes=replace(NOTES, diagram=True))
    for name in ("title", "unit", "period", "caution", "attribution", "release", "name"):
        assert drawn[name] == getattr(NOTES, name)
    assert drawn["diagram"] is True
    assert draw()["diagram"] is False


def test_booths_are_sent_with_their_place_and_their_name() -> None:
    booths = pd.DataFrame(
        {"name_en": ["Jamunaha"], "name_ne": ["जमुनाहा"], "lon": [81.6], "lat": [28.0]}, index=["b"]
    )
    assert draw(points=booths)["points"] == [[81.6, 28.0, "Jamunaha"]]
    wording.speak("ne")
    assert draw(points=booths)["points"] == [[81.6, 28.0, "जमुनाहा"]]
    assert draw(points=booths.iloc[:0])["points"] == draw()["points"] == []


def test_how_it_is_drawn_and_whether_a_click_is_told_are_said() -> None:
    plain = draw()
    assert (plain["circles"], plain["numeral"], plain["picks"], plain["picked"]) == (
        0,
        "",
        False,
        "",
    )
    drawn = draw(circles=True, numeral="ward", picks=True, picked="3120601")
    assert drawn["circles"] > 0
    assert (drawn["numeral"], drawn["picks"], drawn["picked"]) == ("ward", True, "3120601")


# ---- a figure in words


def row(status: str, value: int | None = None, value_class: str | None = None) -> pd.Series:
    return layer_of(w01=("a", "क", status, value, value_class)).loc["3120601"]


@pytest.mark.parametrize("language", ["en", "ne"])
def test_every_unit_says_its_figure_in_words(language: str) -> None:
    wording.speak(language)
    words = [status_text.figure_text(each) for _code, each in layer_of().iterrows()]
    assert len(set(words)) == len(words), "no two ways to have no figure sound alike"
    if language == "en":
        assert words == ENGLISH
        return
    assert (words[0], words[1], words[-1]) == ("१२", "०", "१,२३४")
    assert words[3:6] == ["विवरण नआएको", "लागू नहुने", "यस अङ्कमा नपर्ने"]
    assert words[2].startswith("सुरक्षाका लागि लुकाइएको · ")
    assert "मकवानपुर" in words[2]
    assert "२,४१२" in words[2]


def test_classes_have_a_word_each_in_both_languages() -> None:
    names = ["none", "lower", "middle", "higher"]
    rows = [row("published", None, name) for name in names]
    assert [status_text.figure_text(each) for each in rows] == names
    wording.speak("ne")
    nepali = [status_text.figure_text(each) for each in rows]
    assert len({*nepali, *names}) == 8


@pytest.mark.parametrize(
    ("coarser", "words"),
    [
        (
            (None, None, None),
            "hidden to keep people safe · no figure for a larger area in this period",
        ),
        (("312", 2_412, None), "hidden to keep people safe · Makwanpur as a whole: 2,412"),
        (("312", 0, None), "hidden to keep people safe · Makwanpur as a whole: 0"),
        (("312", None, "higher"), "hidden to keep people safe · Makwanpur as a whole: higher"),
    ],
)
def test_a_hidden_unit_says_which_coarser_figure_there_is(
    coarser: tuple[str | None, int | None, str | None], words: str
) -> None:
    layer = layer_of()
    names = ["coarser", "coarser_value", "coarser_class"]
    for name, value in zip(names, coarser, strict=True):
        layer.at["3120603", name] = value
    assert status_text.figure_text(layer.loc["3120603"]) == words
    assert not any(
        "Makwanpur" in status_text.figure_text(layer.loc[c]) for c in layer.index.drop("3120603")
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Places with a figure: 3. Hidden: 1. Not reported: 1."),
     ("ne", "अङ्क भएका स्थान: ३। लुकाइएका: १। विवरण नआएका: १।")],
)  # fmt: skip
def test_a_sentence_says_what_the_map_shows(language: str, sentence: str) -> None:
    wording.speak(language)
    assert status_text.layer_summary(layer_of()) == sentence


# ---- a document of its own


class _Reader(HTMLParser):
    """The tags and addresses of a document, and what stands in its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts.append(data)


def read(document: str) -> _Reader:
    reader = _Reader()
    reader.feed(document)
    return reader


def scene_in(document: str) -> dict[str, Any]:
    """Read the scene out of a document as a browser does."""
    begun = re.search(r"engine\.attach\(\w+, ", document)
    assert begun is not None
    drawn, _end = json.JSONDecoder().raw_decode(document, begun.end())
    return drawn


@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_document_names_no_other_host(language: str) -> None:
    wording.speak(language)
    document = maps_document.folium_page(draw(circles=True, numeral="ward"))
    assert set(re.findall(r"https?://([^/\s\"'<>]+)", document)) <= {"www.w3.org"}
    addresses = read(document).addresses
    assert len(addresses) >= 2
    assert all(address.startswith(f"{assets_base()}/") for address in addresses)
    assert "tileLayer" not in document
    assert f'"{assets_base()}/engine/view.js"' in document


def test_a_document_carries_its_scene_and_nothing_else_of_the_release() -> None:
    drawn = draw()
    assert scene_in(maps_document.folium_page(drawn)) == drawn


MARKUP = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>x",
          "&lt;i>", "x`);alert(1);(`", "${alert(1)}", "\\x60", "\u2028", '");alert(1)//']  # fmt: skip


@pytest.mark.parametrize("text", MARKUP)
@pytest.mark.parametrize("part", ["title", "unit", "period", "caution", "attribution", "release"])
def test_a_note_is_text_and_not_markup(part: str, text: str) -> None:
    drawn = draw(notes=replace(NOTES, **{part: text}))
    document, plain = maps_document.folium_page(drawn), maps_document.folium_page(draw())
    assert scene_in(document)[part] == text, "the reader sees it as it is written"
    assert read(document).tags == read(plain).tags
    assert not set("<>&") & set(text) or text not in document


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize("language", ["en", "ne"])
def test_no_name_of_a_booth_ends_the_script_it_stands_in(name: str, language: str) -> None:
    wording.speak(language)
    booths = pd.DataFrame(
        {"name_en": [name], "name_ne": [name], "lon": [81.6], "lat": [28.0]}, index=["b"]
    )
    document = maps_document.folium_page(draw(points=booths))
    plain = maps_document.folium_page(draw(points=booths.assign(name_en="x", name_ne="x")))
    assert scene_in(document)["points"] == [[81.6, 28.0, name]]
    assert read(document).tags == read(plain).tags
    assert document.lower().count("</script") == plain.lower().count("</script")
