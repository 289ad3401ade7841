"""Each page by itself, through Streamlit's own test runner: with data, without, both languages."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import selection, wording
from data import findings, pipeline, releasing
from data.disclosure.gate import Exposure
from data.indicators import load_policy
from data.model import Audience, SimaError
from data.pipeline import Sima
from data.releasing import Preview
from data.settings import Settings
from tests.app.conftest import NEPALI, Open, chose, clean, questions, scenes
from tests.sheets import changed, workbook
from tests.unit.test_packing import unpack

MAP, PLANNER = "public/map.py", "partner/planner.py"


def test_the_public_map_opens_on_an_answer(shown: Open) -> None:
    app = shown(MAP)
    said = clean(app)
    assert "What communities do at the border" in said
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
    assert "What communities do together" in clean(app)
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
    indicators = selection.indicators_of(catalogue_of(demo_var))
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
    assert "No release is being served" in clean(empty())
    assert "No release is being served" in clean(empty(viewer="deputy:31206"))
    assert "Everything that is wrong is shown at once" in clean(empty(viewer="steward"))
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
    (scene,) = scenes(app)
    assert scene["area"].startswith("31206.ward.")
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
    assert "No figure by ward was released for this palika yet" in said


def test_the_public_has_no_way_to_the_other_pages(shown: Open) -> None:
    for page in ("steward/upload.py", "steward/release.py", "partner/palika.py"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            shown(page)


def upload(app: AppTest, content: bytes, name: str = "groups.xlsx") -> AppTest:
    return app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()


def test_an_upload_is_checked_stored_asked_for_approved_and_shown(own: Open) -> None:
    app = own(viewer="steward")
    rows = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]
    app = upload(app, workbook("groups", rows))
    assert "19 rows: 57 new figures, 0 changed." in clean(app)
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)
    app = own("steward/release.py", viewer="steward")
    app.selectbox[0].select(Audience.PARTNER)
    app = next(b for b in app.button if b.label == "Ask for a release").click().run()
    assert "waits for another person's approval" in clean(app)
    app = app.toggle[0].set_value(True).run()
    assert "Jan–Mar 2024" in clean(app)
    app = next(b for b in app.button if b.label == "Approve and publish").click().run()
    assert "Release 2 is being served." in clean(app)
    app = own(viewer="deputy:31206", indicator="parents_groups", period="ad-2024-q1")
    assert "Release 2 for the partners" in clean(app)
    assert questions(scenes(app)[0])["period"] == "ad-2024-q1"


# ---- what a release would change


ROWS = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]


def catalogue_of(var: Path) -> pd.DataFrame:
    return stores_of(var).writer(Audience.PUBLIC).reader.catalogue(1)


def stores_of(var: Path) -> Sima:
    return Sima(Settings.from_environment({"SIMA_VAR": str(var)}))


@pytest.fixture
def asked(own: Open, tmp_path: Path) -> Open:
    """Open a page of a copy of the demonstration in which the partners' release was asked for."""
    sima = stores_of(tmp_path / "var")
    sima.confirm(sima.stage(workbook("groups", ROWS)), by="demo-steward")
    assert sima.request(Audience.PARTNER, by="demo-steward") == 3
    return own


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Requests of which a preview was made."""
    made: list[int] = []
    really = Sima.preview

    def preview(self: Sima, number: int) -> Preview:
        made.append(number)
        return really(self, number)

    monkeypatch.setattr(pipeline.Sima, "preview", preview)
    return made


def previewed(open_: Open, language: str = "en") -> AppTest:
    app = open_("steward/release.py", viewer="steward")
    app.session_state["language"] = language
    app.run()
    wording.speak(language)  # the runner writes the choices of a widget in this thread
    return app.toggle(key="see-3").set_value(True).run()


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def plain(app: AppTest) -> str:
    """What the page says, without its markup."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", clean(app))))


def test_a_waiting_request_says_what_it_would_change(asked: Open, counted: list[int]) -> None:
    app = previewed(asked)
    said = plain(app)
    assert "Request 3 for the partners, asked by demo-steward" in said
    assert "New figures: 42 shown, 0 hidden, 654 not reported." in said
    assert "New periods: 2024, Jan–Mar 2024" in said
    assert "Figures that were released stay the same." in said
    assert "Parents' groups 20 0 288" in said
    assert "Parents and caregivers in groups 22 0 366" in said
    assert "Jan–Mar 2024 20 0 134" in said, "the differences, by indicator and period"
    assert re.search(r"ward 3,560 \d+ 516 1,746", said), "how much at each level"
    assert re.search(r"Before a partner, every hidden number could be at least \d+ people", said)
    assert "The published claim F4 (People freed from exploitation, Nepal) cannot agree" in said
    maps_of = [html.unescape(element.proto.srcdoc) for element in app.get("iframe")]
    assert len(maps_of) == 1
    assert "Preview of request 3, not published" in maps_of[0]
    assert "Jan–Mar 2024" in maps_of[0]
    assert counted == [3]


def test_a_preview_is_made_once_and_anew_when_something_came_in(
    asked: Open, counted: list[int], tmp_path: Path
) -> None:
    app = previewed(asked)
    app.selectbox(key="map-3-en").select_index(1).run()
    app.toggle(key="see-3").set_value(False).run()
    app.toggle(key="see-3").set_value(True).run()
    clean(app)
    assert counted == [3]
    sima = stores_of(tmp_path / "var")
    sima.withdraw(Audience.PUBLIC, 1, by="demo-approver")
    clean(app.run())
    assert counted == [3], "a withdrawn release was seen all the same"
    more = [changed("groups", ward=1, period="2024-Q2")]
    sima.confirm(sima.stage(workbook("groups", more)), by="demo-steward")
    clean(app.run())
    assert counted == [3, 3]
    app = press(app, "Approve and publish")
    assert "Release 2 is being served." in clean(app)
    assert counted == [3, 3], "what was shown is what is published"
    assert "preview-3" not in app.session_state


def test_the_release_page_speaks_nepali(asked: Open, counted: list[int]) -> None:
    app = previewed(asked, "ne")
    said = clean(app)
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 25:
            assert NEPALI.search(line), line
    assert "नयाँ अङ्क: ४२ देखाइएका, ० लुकाइएका, ६५४ को विवरण नआएको।" in said
    assert counted == [3]


EXPOSED = (
    Exposure(
        Audience.PUBLIC, "parents_members|31206|ad-2024-q1|f|all", "",
        ("parents_members|312|ad-2023|all|all", "parents_members|NP|ad-2023-q4|f|all@1"),
    ),
    Exposure(Audience.PARTNER, "parents_members|3120604|ad-2024-q1|all|all", "31206", ()),
    Exposure(Audience.PARTNER, "change to booth_contacts|51106|ad-2022|all|u18@1", "", ()),
    Exposure(Audience.PARTNER, "claim F3", "", ()),
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ne"])
def test_a_release_that_would_expose_somebody_cannot_be_approved(
    asked: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    really = releasing.make
    monkeypatch.setattr(
        releasing, "make", lambda *a, **k: replace(really(*a, **k), exposures=EXPOSED, waiting=3)
    )
    app = previewed(asked, language)
    said = plain(app)
    names = {"en": "Approve and publish", "ne": "स्वीकृत गरी प्रकाशन गर्ने"}
    assert next(b for b in app.button if b.label == names[language]).disabled
    if language == "ne":
        assert "यो प्रकाशन गर्न मिल्दैन। पत्ता लाग्न सक्ने लुकाइएका अङ्क: ४।" in said
        return
    assert "This release cannot be made. Hidden figures that could be worked out: 4." in said
    whole = "Parents and caregivers in groups"
    assert f"Hetauda {whole}, women and girls Jan–Mar 2024 a public reader" in said
    who = "somebody in Hetauda who knows its own figures"
    assert f"Hetauda 4 {whole} Jan–Mar 2024 {who}" in said
    assert "under 18, the change by the restatement 2022 a partner" in said
    assert "claim F3" in said
    assert f"Makwanpur {whole} 2023" in said
    assert f"Nepal {whole}, women and girls Oct–Dec 2023" in said
    assert "Leave the new period out until the yearly restatement" in said
    assert "3 corrections to periods already released wait" in said
    assert "every hidden number could be" not in said, "nothing was proved"


def test_without_boundaries_served_there_is_no_map_and_the_page_says_why(
    asked: Open, tmp_path: Path
) -> None:
    stores_of(tmp_path / "var").withdraw(Audience.PARTNER, 1, by="demo-approver")
    app = previewed(asked)
    assert "No map yet" in clean(app)
    assert len(app.get("iframe")) == 0


def test_a_finished_year_can_be_published_anew(asked: Open, tmp_path: Path) -> None:
    app = asked("steward/release.py", viewer="steward")
    box = app.selectbox(key="restates-public-en")
    assert box.value == ""
    assert {"no", "2022", "2023", "fiscal year 2079/80"} <= set(box.options)
    app.selectbox(key="restates-public-en").select("ad-2022")
    app = press(app, "Ask for a release")
    assert "Request 4 waits" in clean(app)
    request = stores_of(tmp_path / "var").holdings.request(4)
    assert (request["restates"], request["audience"]) == ("ad-2022", "public")
    assert "It publishes 2022 anew, with its corrections." in clean(app)


def test_what_a_request_is_refused_for_is_said(
    asked: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_a: object, **_k: object) -> None:
        raise SimaError("Refused for a reason.")

    for name in ("request", "preview", "decline", "withdraw"):
        monkeypatch.setattr(pipeline.Sima, name, refuse)
    for name in ("Ask for a release", "Decline", "Withdraw now"):
        app = press(asked("steward/release.py", viewer="steward"), name)
        assert [error.value for error in app.error] == ["Refused for a reason."]
    app = previewed(asked)
    assert [error.value for error in app.error] == ["Refused for a reason."]
    assert "Approve and publish" not in [button.label for button in app.button]


def test_a_lowered_policy_takes_two_people(
    asked: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = replace(load_policy(), text=load_policy().text.replace("people = 10", "people = 9"))
    for module in (pipeline, releasing):
        monkeypatch.setattr(module, "load_policy", lambda: low)
    monkeypatch.setattr("data.indicators.load_policy", lambda: low)
    app = asked("steward/release.py", viewer="steward")
    said = plain(app)
    assert "The policy would protect the public less than the last release did." in said
    assert "Smaller counts would be shown to the public." in said
    assert "Two people must agree before anything is released. So far: nobody." in said
    app = press(app, "Agree to less protection")
    assert "So far: demo-steward." in plain(app)
    assert "You agreed. Another person must agree as well." in plain(app)
    assert "Agree to less protection" not in [button.label for button in app.button]
    app = press(asked("steward/release.py", viewer="approver"), "Agree to less protection")
    assert "So far: demo-approver, demo-steward." in plain(app)
    assert "Agree to less protection" not in [button.label for button in app.button]
    agreed = stores_of(tmp_path / "var").holdings.consents(releasing.policy_hash(low.text))
    assert agreed == ["demo-approver", "demo-steward"]


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
def newer(asked: Open, tmp_path: Path) -> Open:
    """Open a page of a copy of the demonstration in which partners have two releases."""
    assert stores_of(tmp_path / "var").approve(3, by="demo-approver") == 2
    return asked


def test_an_older_release_is_shown_as_the_link_says_with_a_way_to_the_newest(newer: Open) -> None:
    app = newer(viewer="deputy:31206", release="1")
    clean(app)
    assert notice(app) == ["You see release 1, as the link says. Release 2 is newer."]
    assert {scene["release"] for scene in scenes(app)} == {"SYNTHETIC DATA · Release 1"}
    assert app.query_params["release"] == "1"
    app = press(app, "Show the newest")
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
    gone = "Release 1 was withdrawn. No release is being served."
    assert notice(early.run()) == [gone]
    for page in ("", "public/about.py", "public/safety.py"):
        assert notice(own(page)) == [gone]
    assert notice(own(lang="ne")) == ["प्रकाशन १ फिर्ता लिइयो। अहिले कुनै प्रकाशन छैन।"]
    assert notice(own(viewer="deputy:31206")) == [], "the partners' release stands"


def test_the_notice_names_the_release_that_is_seen_and_goes_with_the_next(
    asked: Open, tmp_path: Path
) -> None:
    sima = stores_of(tmp_path / "var")
    sima.approve(3, by="demo-approver")
    reader = asked(viewer="deputy:31206")
    assert notice(reader) == []
    sima.withdraw(Audience.PARTNER, 2, by="demo-approver")
    said = ["Release 2 was withdrawn. You see release 1."]
    assert notice(reader.run()) == said
    assert notice(asked(viewer="deputy:31206")) == said
    assert "Release 1 for the partners" in clean(asked(viewer="deputy:31206"))
    number = sima.request(Audience.PARTNER, by="demo-steward")
    sima.approve(number, by="demo-approver")
    assert notice(asked(viewer="deputy:31206")) == [], "who comes later need not know"
    assert notice(reader.run()) == ["Release 2 was withdrawn. You see release 3."]


def test_everything_wrong_is_shown_in_both_languages(own: Open) -> None:
    app = own(viewer="steward")
    row = changed("groups", palika="Gadi Municipality", groups=-1)
    said = clean(upload(app, workbook("groups", [row])))
    assert "A count cannot be negative." in said
    assert "Data!E3" in said
    assert findings.load()["count-negative"].message["ne"] in said
    assert "nothing was stored" in said
    assert app.radio[0].options[0].startswith("Makawanpurgadhi (31208)")
    app.radio[0].set_value("31208")
    app = next(b for b in app.button if b.label == "Remember this choice").click().run()
    assert "palika for certain" not in clean(app)


def test_a_file_about_a_person_leaves_nothing_behind(own: Open) -> None:
    def name(book) -> None:
        book["Data"]["H1"] = "Victim's name"
        book["Data"]["H3"] = "Invented Name"

    app = own(viewer="steward")
    app = upload(app, workbook("groups", change=name))
    said = clean(app)
    assert "The file was refused and not kept." in said
    assert "Invented" not in said
    assert app.file_uploader[0].value is None
    assert "staged" not in app.session_state


def test_a_correction_asks_for_its_reason(own: Open) -> None:
    app = own(viewer="steward")
    rows = [["Makwanpur", "Hetauda", 1, "2023-Q4", 7, 90, 90]]
    app = upload(app, workbook("groups", rows))
    said = clean(app)
    assert "3 changed" in said
    assert len(app.dataframe) == 1
    app.selectbox[-1].select("counting-error")
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)
