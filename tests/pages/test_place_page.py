"""The page of one place: everything of it, for the public and for partners, and no place at all."""

import html
import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from tests.pages.conftest import NEPALI, Open, clean

PAGE = "public/place.py"
PALIKA, WARD = "51106", "5110603"
LATIN_MAY_STAY = re.compile(r"^[\s\d.,·:()–-]*$")


@pytest.fixture(autouse=True)
def _english() -> None:
    wording.speak("en")


def plain(app: AppTest) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", clean(app))))


def opened(open_: Open, language: str = "en", viewer: str = "", **query: str) -> AppTest:
    app = open_(PAGE, viewer, **query)
    app.session_state["language"] = language
    return app.run()


def test_the_public_reads_everything_of_a_palika(shown: Open) -> None:
    app = opened(shown, unit=PALIKA)
    said = plain(app)
    assert app.title[0].value == "Nepalganj"
    for part in (
        "Sub-metropolitan city in Banke District",
        "Population: 164,444 (census 2021; National Statistics Office)",
        "Next step",
        "Parents' groups",
        "Children trained",
        "What this page does not show, and why",
        "Banke as a whole:",
    ):
        assert part in said, part
    assert "Wards without" not in said
    assert "Ward 2 " not in said, "wards are named for their committees alone"
    assert f"?unit={PALIKA}0" not in clean(app)


def test_partners_read_wards_without_a_group_in_ward_order(shown: Open) -> None:
    said = clean(opened(shown, viewer="planner", unit=PALIKA))
    listed = [int(n) for n in re.findall(r">Ward (\d+)</a>", said)]
    assert len(listed) > 3
    assert listed == sorted(listed)
    assert "Wards without a parents" in said
    assert f"?unit={PALIKA}01" in said


def test_a_ward_has_a_page_for_partners_alone(shown: Open) -> None:
    app = opened(shown, viewer="planner", unit=WARD)
    said = plain(app)
    assert app.title[0].value == "Nepalganj, ward 3"
    assert "Committee of Nepalganj" in said
    assert "Start a parents' group in this ward." in said
    public = opened(shown, unit=WARD)
    assert public.title[0].value == "Everything about one place"


@pytest.mark.parametrize("viewer", ["", "planner"])
def test_the_committees_of_the_wards_stand_below_the_palikas(shown: Open, viewer: str) -> None:
    app = opened(shown, viewer=viewer, unit=PALIKA)
    headings = [each.value for each in app.header]
    assert headings.index("Committees of the wards") == headings.index("Committee") + 1
    said = plain(app)
    wards = [1, 4, 7, 10, 13, 16, 19, 22]
    assert f"{len(wards)} of 23 wards have evidence of a committee of their own." in said
    of_wards = (
        clean(app).partition('aria-label="Committees of the wards"')[2].partition("</table>")[0]
    )
    assert [int(n) for n in re.findall(r'scope="row">Ward (\d+)<', of_wards)] == wards
    assert of_wards.count("Step ") + of_wards.count("Not reported") == len(wards)


def test_a_palika_without_ward_committees_has_no_heading_of_them(shown: Open) -> None:
    app = opened(shown, unit="51107")
    assert "Committees of the wards" not in [each.value for each in app.header]


def test_a_ward_with_a_committee_has_a_card_of_its_own(shown: Open) -> None:
    app = opened(shown, viewer="planner", unit=f"{PALIKA}04")
    assert "Committee of this ward" in [each.value for each in app.header]
    without = opened(shown, viewer="planner", unit=WARD)
    assert "Committee of this ward" not in [each.value for each in without.header]


def test_a_deputy_sees_of_another_palika_what_the_public_sees(shown: Open) -> None:
    mine = opened(shown, viewer=f"deputy:{PALIKA}", unit=PALIKA)
    assert "Wards without a parents" in clean(mine)
    theirs = plain(opened(shown, viewer="deputy:31206", unit=PALIKA))
    public = plain(opened(shown, unit=PALIKA))
    assert "Wards without" not in theirs
    start = "Sub-metropolitan city"
    end = "Another place"
    assert (
        theirs[theirs.index(start) : theirs.index(end)]
        == public[public.index(start) : public.index(end)]
    )
    ward = opened(shown, viewer="deputy:31206", unit=WARD)
    assert ward.title[0].value == "Everything about one place"


@pytest.mark.parametrize(
    "query",
    [{"unit": "99999"}, {"unit": "<script>alert(1)</script>"}, {"unit": "511"}, {"unit": "NP"},
     {"unit": "../../x"}, {"unit": WARD}, {"unit": PALIKA, "district": "<b>"}, {"unit": "0" * 5000}],
)  # fmt: skip
def test_an_unknown_place_gives_the_choice_and_one_sentence(
    shown: Open, query: dict[str, str]
) -> None:
    app = opened(shown, **query)
    said = clean(app)
    assert "<script>" not in said
    assert app.title[0].value == "Everything about one place"
    assert app.selectbox[0].label == "District"
    assert ("We cannot find that place" in said) == ("district" not in query)


@pytest.mark.parametrize("query", [{"release": "<b>"}, {"release": "99"}, {"lang": "xx"}])
def test_a_strange_address_gives_the_page(shown: Open, query: dict[str, str]) -> None:
    assert opened(shown, unit=PALIKA, **query).title[0].value == "Nepalganj"


def test_a_place_is_chosen_by_district_and_palika(shown: Open) -> None:
    app = opened(shown)
    assert [each.label for each in app.selectbox] == ["District"]
    assert len(app.selectbox[0].options) == 78
    app = app.selectbox[0].set_value("511").run()
    assert app.query_params["district"] == "511"
    assert [each.label for each in app.selectbox] == ["District", "Palika"]
    app = app.selectbox[1].set_value(PALIKA).run()
    assert app.query_params["unit"] == PALIKA
    assert "district" not in app.query_params
    assert app.title[0].value == "Nepalganj"
    app = app.selectbox[0].set_value("113").run()
    assert app.title[0].value == "Everything about one place"
    assert "unit" not in app.query_params
    clean(app)


def test_an_empty_place_says_so(shown: Open) -> None:
    said = plain(opened(shown, unit="11305"))
    assert "No figures have been released for this place yet." in said
    assert "Not reported" in said


def test_figures_lead_to_their_map(shown: Open) -> None:
    app = opened(shown, unit=PALIKA)
    links = [link.proto for link in app.get("page_link")]
    maps = [link.query_string for link in links if link.page.endswith("map")]
    assert len(maps) > 4
    assert all("area=511" in query and "release=1" in query for query in maps)
    assert any("indicator=children_trained" in query and "period=ad-" in query for query in maps)
    planner = opened(shown, viewer="planner", unit=PALIKA)
    links = [link.proto for link in planner.get("page_link")]
    assert sum("area=511" in link.query_string for link in links) > len(maps)
    assert not [link for link in links if link.page.endswith("map")], (
        "the planner has a map of her own"
    )


@pytest.mark.parametrize(("viewer", "unit"), [("", PALIKA), ("planner", WARD), ("", "")])
def test_it_speaks_nepali(shown: Open, viewer: str, unit: str) -> None:
    said = clean(opened(shown, "ne", viewer, unit=unit))
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 12:
            assert NEPALI.search(line), line


@pytest.mark.parametrize("language", ["en", "ne"])
@pytest.mark.parametrize("unit", ["", PALIKA])
def test_without_a_release_it_says_so(empty: Open, language: str, unit: str) -> None:
    app = opened(empty, language, unit=unit)
    clean(app)
    assert len(app.info) == 1


@pytest.mark.parametrize("page", ["public/map.py", "public/overview.py"])
def test_the_map_and_the_overview_lead_to_it(shown: Open, page: str) -> None:
    app = shown(page)
    clean(app)
    assert [link for link in app.get("page_link") if link.proto.page.endswith("place")]
