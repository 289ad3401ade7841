"""What can be asked of a map, and in which words."""

import pandas as pd
import pytest

from dashboard.i18n import wording
from dashboard.maps import choices
from dashboard.released import selection
from dashboard.released.selection import Selection
from data.boundaries.browser_files import OUTLINE, TILES
from data.model import AdminLevel, Sex
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators

UNITS = Gazetteer.load().units
FILES = pd.DataFrame(
    {"admin_level": [4, 4], "within": ["511", "511"], "form": [OUTLINE, TILES], "name": ["a", "b"]}
)


def catalogue(*rows: tuple[str, str, int, str, str]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=["indicator", "period", "admin_level", "sex", "age_band"])
    return made.assign(kind="year", period_start="2023-01-01", calendar="ad")


EVERY = catalogue(
    ("parents_groups", "ad-2023", 4, "all", "all"),
    ("parents_groups", "ad-2023", 3, "all", "all"),
    ("parents_members", "ad-2023", 3, "all", "all"),
    ("parents_members", "ad-2023", 3, Sex.FEMALE.value, "all"),
)


def asked(chosen: Selection, files: pd.DataFrame = FILES, **more: bool) -> dict[str, list[object]]:
    made = choices.offered_choices(chosen, EVERY, UNITS, files, **more)
    return {name: options for name, _value, options in made}


def test_only_what_leaves_a_choice_is_asked() -> None:
    wards = asked(Selection("511", "parents_groups", "ad-2023", "ward"))
    assert list(wards) == ["indicator", "period", "area", "level", "form", "display"]
    assert wards["level"] == ["palika", "ward"]
    assert wards["display"] == ["", "circles"], "no rate by ward: its people are not counted"
    members = asked(Selection("511", "parents_members", "ad-2023"), kinds=True)
    assert list(members) == ["indicator", "period", "area", "whom", "kind", "display"]
    assert members["whom"] == ["", "f"]
    assert "rate" in members["display"]


def test_a_form_is_asked_for_only_where_there_are_both() -> None:
    only = FILES[FILES["form"] == TILES]
    assert "form" not in asked(Selection("511", "parents_groups", "ad-2023", "ward"), only)


def test_a_palikas_page_does_not_ask_where() -> None:
    assert "area" not in asked(Selection("51105", "parents_groups", "ad-2023", "ward"), where=False)


def test_a_palika_is_named_where_an_address_asks_for_it() -> None:
    assert choices.place_choice("51105", UNITS) == ["area", "51105", [["51105", "Janaki"]]]
    assert choices.place_choice("511", UNITS) == ["area", "511", []]
    assert choices.place_choice("nepal", UNITS) == ["area", "nepal", []]


@pytest.mark.parametrize("language", ["en", "ne"])
def test_there_are_words_for_whatever_is_asked(language: str) -> None:
    wording.speak(language)
    words = choices.choice_words()
    wording.speak("en")
    assert set(words["options"]["indicator"]) == set(load_indicators())
    assert set(words["options"]["whom"]) == set(selection.WHOM)
    assert {"", *selection.DISPLAYS} == set(words["options"]["display"])
    assert {*selection.LEVELS, "country"} == set(words["options"]["level"])
    areas = [code for _group, named in words["areas"] for code, _name in named]
    assert len(areas) == len(set(areas)) == 3 + 7 + 77
    levels = UNITS["admin_level"].reindex(areas[3:])
    assert set(levels) == {AdminLevel.PROVINCE, AdminLevel.DISTRICT}
    assert set(words["labels"]) >= {"indicator", "period", "area", *asked(
        Selection("511", "parents_members", "ad-2023"), kinds=True)}  # fmt: skip
