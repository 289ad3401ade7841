"""Each page by itself, through Streamlit's own test runner: with data, without, both languages."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import wording
from dashboard.released import selection
from data.model import Audience
from tests.dashboard.maps.test_encoding import unpack
from tests.pages.conftest import NEPALI, Open, chose, clean, press, questions, scenes, stores_of

MAP, PLANNER = "public/map.py", "partner/planner.py"


def test_the_public_map_opens_on_an_answer(shown: Open) -> None:
    app = shown(MAP)
    said = clean(app)
    assert "Map of activities" in said
    assert "Synthetic demonstration data" in said
    assert "Release 1 for the public" in said
    assert "1098" in said
    (scene,) = scenes(app)
    assert scene["title"] == "Children trained"
    assert scene["lead"] == {"figure": "1,163", "text": "people · Children trained in Nepal, 2023"}
    assert scene["release"] == "SYNTHETIC DATA · Release 1"
    assert set("".join(scene["values"])) - set(" -!?~"), "there are figures on it"


def test_the_public_is_led_to_the_overview(shown: Open) -> None:
    app = shown()
    assert "Working together against human trafficking" in clean(app)
    assert len(scenes(app)) == 1


def test_the_address_and_the_controls_say_the_same(shown: Open) -> None:
    query = {"area": "511", "indicator": "booth_contacts", "period": "ad-2023-q2"}
    app = shown(MAP, **query)
    clean(app)
    asked = questions(scenes(app)[0])
    assert {name: asked[name] for name in query} == query
    clean(chose(app, period="ad-2023-q1"))
    assert app.query_params["period"] == "ad-2023-q1"
    assert app.query_params["area"] == "511"
    assert scenes(app)[0]["period"] == "Jan–Mar 2023"
    app.query_params["period"] = "ad-2023-q2"  # as with Back
    app.run()
    assert questions(scenes(app)[0])["period"] == "ad-2023-q2"
    assert scenes(app)[0]["period"] == "Apr–Jun 2023"


def test_the_whole_view_is_written_into_the_address_once_something_is_chosen(shown: Open) -> None:
    app = shown(MAP)
    clean(app)
    assert dict(app.query_params) == {}, "Back leads out of the page"
    chose(app, period="ad-2022")
    assert dict(app.query_params) == {
        "release": "1", "area": "programme", "indicator": "children_trained", "period": "ad-2022",
        "level": "palika",
    }  # fmt: skip
    again = shown(MAP, **dict(app.query_params))
    assert scenes(again) == scenes(app)
    assert dict(again.query_params) == dict(app.query_params)


def test_what_is_chosen_as_it_opens_is_not_written(shown: Open) -> None:
    app = shown(MAP, area="511", indicator="booth_contacts", period="ad-2023-q2")
    chose(app, display="circles")
    assert app.query_params["display"] == "circles"
    assert scenes(app)[0]["circles"] > 0
    chose(app, display="")
    assert "display" not in app.query_params
    assert scenes(app)[0]["circles"] == 0


def test_a_part_of_the_people_is_named_above_the_map(shown: Open) -> None:
    app = shown(MAP, indicator="parents_members", period="ad-2023", whom="f", area="312")
    clean(app)
    (scene,) = scenes(app)
    assert scene["title"] == "Parents and caregivers in groups, women and girls"
    assert app.query_params["whom"] == "f"


@pytest.mark.parametrize(
    "query",
    [{"area": "<script>"}, {"indicator": "nothing"}, {"period": "ad-1900"}, {"lang": "xx"},
     {"area": "999", "indicator": "", "period": "../etc"}, {"level": "' OR 1=1", "whom": "<b>"},
     {"release": "../1"}, {"release": "99", "display": "x", "form": "y"},
     {"level": "country"}, {"area": "3120601", "level": "ward"}],
)  # fmt: skip
@pytest.mark.parametrize("page", ["", MAP])
def test_a_hostile_or_old_address_still_gives_a_map(
    shown: Open, page: str, query: dict[str, str]
) -> None:
    app = shown(page, **query)
    said = clean(app)
    assert "<script>" not in said
    assert len(scenes(app)) == 1


def test_every_indicator_and_area_can_be_looked_at(shown: Open, demo_var: Path) -> None:
    app = shown(MAP)
    indicators = selection.indicators_of(
        stores_of(demo_var).writer(Audience.PUBLIC).reader.catalogue(1)
    )
    assert len(indicators) > 10
    for indicator in indicators:
        chose(app, indicator=indicator)
        clean(app)
        assert app.query_params["indicator"] == indicator
        assert len(scenes(app)) == 1
    for area in ("border", "nepal", "3", "312", "104", "31206"):
        app = shown(MAP, area=area)
        clean(app)
        assert scenes(app)[0]["area"].startswith(f"{area}.")


def test_the_public_pages_speak_nepali(shown: Open) -> None:
    for page in ("", MAP, "public/committees.py", "public/about.py"):
        wording.speak("ne")  # the runner writes the choices of a widget in this thread
        app = shown(page, lang="ne")
        said = clean(app)
        said = re.sub(r"<(\w+)[^>]* lang=.en.[^>]*>.*?</\1>", "", said)  # words of others
        for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
            if len(line.strip()) > 25 and "Survey Department" not in line:
                assert NEPALI.search(line), (page, line)
        for scene in scenes(app):
            assert scene["language"] == "ne"
            for part in ("title", "unit", "period", "caution", "release"):
                assert not scene[part] or NEPALI.search(scene[part]), (page, part)


def test_without_a_release_every_page_says_what_will_be_there(empty: Open) -> None:
    assert "No figures are published at the moment" in clean(empty())
    assert "No figures are published at the moment" in clean(empty(viewer="deputy:31206"))
    assert "All problems are shown at once" in clean(empty(viewer="steward"))
    said = clean(empty("steward/release.py", viewer="steward"))
    assert "Nothing has been stored yet" in said


def test_a_deputy_sees_her_palika_and_nobody_elses(shown: Open) -> None:
    said = clean(shown(viewer="deputy:31206"))
    assert "Hetauda" in said
    assert "Ward by ward" in said
    assert "Kohalpur" not in said


def test_a_deputys_map_is_of_her_wards(shown: Open) -> None:
    app = shown(viewer="deputy:31206")
    clean(app)
    scene, committees = scenes(app)
    assert scene["area"].startswith("31206.ward.")
    assert committees["area"] == scene["area"]
    assert committees["numeral"] == "value"
    assert committees["diagram"] is True, "wards without boundaries are no real map"
    assert scene["numeral"] == "ward"
    assert scene["picks"] is True
    drawn = [value for packed in scene["values"] for value in unpack(packed)]
    assert sum(value != "outside" for value in drawn) == 19
    other = shown(viewer="deputy:31206", area="51105", level="palika", unit="5110501")
    assert scenes(other)[0]["area"] == scene["area"], "an address leads to no other palika"
    assert "Janaki" not in clean(other)


def test_a_planner_sees_the_partners_release_and_the_public_does_not(shown: Open) -> None:
    app = shown(viewer="planner")
    said = clean(app)
    assert "Release 1 for the partners" in said
    assert len(scenes(app)) >= 1
    with pytest.raises(ValueError, match="Could not find a navigation page"):
        shown(PLANNER)


def test_a_palika_without_figures_says_so(shown: Open) -> None:
    said = clean(shown(viewer="deputy:10101"))
    assert "No figures by ward have been released for this palika yet" in said


def test_the_public_has_no_way_to_the_other_pages(shown: Open) -> None:
    for page in ("steward/upload.py", "steward/release.py", "partner/palika.py"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            shown(page)


# ---- a hidden figure, and where a coarser one stands


def test_a_hidden_figure_says_where_a_coarser_one_stands(shown: Open, demo_var: Path) -> None:
    released = stores_of(demo_var).writer(Audience.PUBLIC).reader.cells(1)
    totals = released[(released["sex"] == "all") & (released["age_band"] == "all")]
    found = totals[(totals["indicator"] == "parents_members") & (totals["period"] == "ad-2023")]
    assert (found["status"] == "suppressed").any()
    (scene,) = scenes(shown(MAP, indicator="parents_members", period="ad-2023", level="palika"))
    drawn = {value for packed in scene["values"] for value in unpack(packed)}
    assert "suppressed" in drawn
    around = {v for _name, packed in scene["above"] for v in unpack(packed) if isinstance(v, int)}
    around |= {v for v in unpack(scene["nation"][1]) if isinstance(v, int)}
    assert around
    assert around <= {int(value) for value in found["value"].dropna()}
    shown_ = {value for value in drawn if isinstance(value, int)}
    assert shown_ <= {int(value) for value in found["value"].dropna()}


# ---- an older release


@pytest.fixture
def newer(small_asked: Open, tmp_path: Path) -> Open:
    """Open a page of a small programme in which partners have two releases."""
    assert stores_of(tmp_path / "var").approve(3, by="demo-approver") == 2
    return small_asked


def test_an_older_release_is_shown_as_the_link_says_with_a_way_to_the_newest(newer: Open) -> None:
    app = newer(viewer="deputy:31206", release="1")
    clean(app)
    assert notice(app) == ["You see release 1, as in the link. Release 2 is newer."]
    assert {scene["release"] for scene in scenes(app)} == {"SYNTHETIC DATA · Release 1"}
    assert app.query_params["release"] == "1"
    app = press(app, "Show the newest release")
    assert notice(app) == []
    assert app.query_params["release"] == "2"
    assert {scene["release"] for scene in scenes(app)} == {"SYNTHETIC DATA · Release 2"}


def test_the_newest_release_is_shown_without_a_word(newer: Open) -> None:
    for query in ({}, {"release": "2"}, {"release": "77"}, {"release": "one"}):
        app = newer(viewer="deputy:31206", **query)
        clean(app)
        assert notice(app) == []
        assert {scene["release"] for scene in scenes(app)} == {"SYNTHETIC DATA · Release 2"}


def test_a_link_to_a_withdrawn_release_shows_the_one_being_served(
    newer: Open, tmp_path: Path
) -> None:
    stores_of(tmp_path / "var").withdraw(Audience.PARTNER, 2, by="demo-approver")
    app = newer(viewer="deputy:31206", release="2")
    clean(app)
    assert notice(app) == ["Release 2 was withdrawn. You see release 1."]
    assert {scene["release"] for scene in scenes(app)} == {"SYNTHETIC DATA · Release 1"}


# ---- a withdrawn release


def notice(app: AppTest) -> list[str]:
    bodies = [element.proto.body for element in app.get("html")]
    return [re.sub(r"<[^>]+>", "", body) for body in bodies if 'class="sima-notice"' in body]


def test_a_withdrawn_release_is_spoken_of_on_every_page(own: Open, tmp_path: Path) -> None:
    sima = stores_of(tmp_path / "var")
    early = own()
    assert notice(early) == []
    sima.withdraw(Audience.PUBLIC, 1, by="demo-approver")
    gone = "Release 1 was withdrawn. No figures are published at the moment."
    assert notice(early.run()) == [gone]
    for page in ("", "public/about.py", "public/safety.py"):
        assert notice(own(page)) == [gone]
    assert notice(own(lang="ne")) == ["प्रकाशन १ फिर्ता लिइयो। अहिले कुनै अङ्क प्रकाशित छैन।"]
    assert notice(own(viewer="deputy:31206")) == [], "the partners' release stands"


def test_the_notice_names_the_release_that_is_seen_and_goes_with_the_next(
    small_asked: Open, tmp_path: Path
) -> None:
    sima = stores_of(tmp_path / "var")
    sima.approve(3, by="demo-approver")
    reader = small_asked(viewer="deputy:31206")
    assert notice(reader) == []
    sima.withdraw(Audience.PARTNER, 2, by="demo-approver")
    said = ["Release 2 was withdrawn. You see release 1."]
    assert notice(reader.run()) == said
    assert notice(small_asked(viewer="deputy:31206")) == said
    assert "Release 1 for the partners" in clean(small_asked(viewer="deputy:31206"))
    number = sima.request(Audience.PARTNER, by="demo-steward")
    sima.approve(number, by="demo-approver")
    assert notice(small_asked(viewer="deputy:31206")) == [], "who comes later need not know"
    assert notice(reader.run()) == ["Release 2 was withdrawn. You see release 3."]
