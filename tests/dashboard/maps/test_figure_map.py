"""What a view is drawn from follows from the release's values alone: no store is needed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from dashboard.i18n import wording
from dashboard.maps import figure_map, scene
from dashboard.maps.figure_map import View
from dashboard.released import released_view
from dashboard.released.released_view import ReleasedView
from dashboard.released.selection import Selection
from data.boundaries.browser_files import OUTLINE, TILES
from data.model import AdminLevel, Audience, ReleaseInfo
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from tests.dashboard.maps.test_encoding import unpack

UNITS = Gazetteer.load().units
RELEASE = ReleaseInfo(
    number=3, audience=Audience.PUBLIC, created="2026-11-24T10:00:00Z", state="current",
    synthetic=False, boundaries_id="b", policy_version="2", cells=0, suppressed=0,
)  # fmt: skip
FILES = pd.DataFrame(
    [
        ("nepal", AdminLevel.COUNTRY, "", OUTLINE),
        ("provinces", AdminLevel.PROVINCE, "", OUTLINE),
        ("districts", AdminLevel.DISTRICT, "", OUTLINE),
        ("palikas", AdminLevel.PALIKA, "", OUTLINE),
        ("district-511", AdminLevel.DISTRICT, "511", OUTLINE),
        ("palikas-511", AdminLevel.PALIKA, "511", OUTLINE),
        ("wards-511", AdminLevel.WARD, "511", OUTLINE),
        ("tiles-511", AdminLevel.WARD, "511", TILES),
        ("tiles-312", AdminLevel.WARD, "312", TILES),
    ],
    columns=["name", "admin_level", "within", "form"],
)
SOURCES = pd.DataFrame(
    {"admin_level": [3, 4, 4], "attribution": ["Survey Department", "NGO", "Survey Department"]}
)
SITES = pd.DataFrame(
    {"palika_code": ["51105", "31206"], "name_en": ["Here", "There"], "name_ne": ["क", "ख"],
     "lon": [81.5, 85.0], "lat": [28.0, 27.4]}, index=["a", "b"],
)  # fmt: skip
WARDS = UNITS.index[UNITS["parent_code"].eq("51105")].sort_values()


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def cells_of(**values: int | None) -> pd.DataFrame:
    """Make cells of everybody and of women by unit, named ``u`` and the code; None is hidden."""
    rows = [
        (name[1:], sex, "all", "published" if value is not None else "suppressed", value, None)
        for name, value in values.items()
        for sex in ("all", "f")
    ]
    columns = ["unit_code", "sex", "age_band", "status", "value", "value_class"]
    return pd.DataFrame(rows, columns=columns).astype({"value": "Int64"})


def released(cells: pd.DataFrame) -> ReleasedView:
    index = released_view.index_files(UNITS, FILES, "b")
    return ReleasedView(cells, SITES, UNITS, SOURCES, index)


def drawn(chosen: Selection, cells: pd.DataFrame, **more: Any) -> dict[str, Any]:
    view = View(RELEASE, load_indicators()[chosen.indicator], chosen.period)
    return scene.build_scene(figure_map.scene_request(view, chosen, released(cells), **more))


PALIKAS = Selection("511", "parents_members", "ad-2023")
CELLS = cells_of(u51105=40, u51106=None, u511=900, uNP=5_000)


def test_files_are_indexed_by_level_district_and_form_with_the_codes_in_their_order() -> None:
    index = released_view.index_files(UNITS, FILES, "b")
    assert list(index[1, "", OUTLINE]) == ["b/provinces.json"]
    (codes,) = index[3, "511", OUTLINE].values()
    assert codes == sorted(code for code in UNITS.index if len(code) == 5 and code[:3] == "511")
    assert (4, "312", OUTLINE) not in index
    assert (4, "312", TILES) in index


def test_a_near_view_takes_the_files_of_its_districts_and_a_wide_one_those_of_the_country() -> None:
    near = drawn(PALIKAS, CELLS)
    assert near["files"] == ["b/palikas-511.json"]
    assert near["outlines"] == [["b/district-511.json", ["511"]]]
    assert [name for name, _signs in near["above"]] == ["b/districts.json"]
    assert near["ground"] is None
    wide = drawn(replace(PALIKAS, area="nepal"), CELLS)
    assert wide["files"] == ["b/palikas.json"]
    assert wide["ground"] == "b/nepal.json"


def test_of_a_hidden_palika_the_scene_points_at_district_and_country() -> None:
    made = drawn(PALIKAS, CELLS)
    assert [value for _name, signs in made["above"] for value in unpack(signs)][-1] == 900
    assert unpack(made["nation"][1]) == [5_000]


def test_notes_name_whom_a_rate_and_a_preview_once_each() -> None:
    plain = drawn(PALIKAS, CELLS)
    women = drawn(replace(PALIKAS, whom="f"), CELLS)
    assert women["title"] == f"{plain['title']}, women and girls"
    rate = drawn(replace(PALIKAS, display="rate"), CELLS)
    assert rate["unit"] == f"{plain['unit']} per 1,000 residents"
    assert rate["scale"]["decimals"] == 1
    assert rate["nation"] is None, "a coarser unit's rate is not its count"
    assert drawn(PALIKAS, CELLS, release_label="Preview")["release"] == "Preview"
    assert plain["name"] == "parents_members-ad-2023-release-3"


def test_wards_without_a_boundary_are_a_diagram_and_name_no_source_of_wards() -> None:
    wards = replace(PALIKAS, level="ward")
    assert drawn(wards, CELLS)["area"] == "511.ward.outline"
    assert drawn(wards, CELLS)["attribution"] == "Survey Department · NGO"
    for chosen in (replace(wards, form="tiles"), replace(wards, area="312")):
        made = drawn(chosen, CELLS)
        assert made["diagram"] is True
        assert made["area"].endswith(".ward.tiles")
        assert made["attribution"] == "Survey Department"


def test_only_the_booths_of_the_area_are_sent_and_only_for_figures_of_booths() -> None:
    contacts = replace(PALIKAS, indicator="booth_contacts")
    assert drawn(contacts, CELLS)["points"] == [[81.5, 28.0, "Here"]]
    assert drawn(PALIKAS, CELLS)["points"] == []


def test_a_rate_of_wards_that_an_address_asks_for_has_no_figure() -> None:
    cells = cells_of(**{f"u{WARDS[0]}": 12, f"u{WARDS[1]}": None})
    made = drawn(replace(PALIKAS, area="51105", level="ward", display="rate"), cells)
    values = [value for signs in made["values"] for value in unpack(signs)]
    assert {each for each in values if each != "outside"} == {
        "not_applicable",
        "suppressed",
        "no_cell",
    }
