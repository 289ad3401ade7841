"""The page of the project: one account asks for a change, another agrees to it."""

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from data.model import Role
from data.pipeline import Sima
from data.reference import project_files
from data.reference.indicators import load_indicators
from data.reference.project_files import ADDED, read_folder
from data.settings import Settings
from tests.data.projects.test_desk import INDICATOR
from tests.pages.conftest import Open, clean, plain, press

PAGE = "steward/project.py"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    project_files.forget()


@pytest.fixture
def sima(small: Open, tmp_path: Path) -> Sima:
    del small  # it copies the programme
    made = Sima(Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")}))
    if "demo-approver" not in set(made.accounts.list_accounts()["account"]):
        made.accounts.add("demo-approver", Role.APPROVER)
    return made


def choose(app: AppTest, kind: str) -> AppTest:
    return app.selectbox(key="project-kind-en").select(kind).run()


def fill(app: AppTest, **texts: str) -> AppTest:
    for key, text in texts.items():
        app.text_input(key=f"project-{key.replace('_', '-')}").set_value(text)
    return app.run()


def ask_for_booth(app: AppTest) -> AppTest:
    app = choose(app, "sites")
    app = app.selectbox(key="project-booth-palika-en").select("51106").run()
    app = fill(app, booth_en="Rupaidiha bridge", booth_ne="रुपैडिहा पुल")
    return press(app, "Check")


def test_a_booth_is_asked_for_by_one_account_and_known_when_another_agrees(
    small: Open, sima: Sima
) -> None:
    app = ask_for_booth(small(PAGE, viewer="steward"))
    said = clean(app)
    assert "BANKE-RUPAIDIHA-BRIDGE" in said
    assert "Circle: the booth." in said
    assert said.count("data:image/svg+xml,%3Csvg") == 1
    app = press(app, "Ask for this change")
    assert "Change 1 waits for another account to agree." in clean(app)
    assert "You asked for this. Another account must agree." in clean(app)
    assert not [b for b in app.button if b.label == "Agree"]
    assert "BANKE-RUPAIDIHA-BRIDGE" not in sima.holdings.sites().index
    app = press(small(PAGE, viewer="approver"), "Agree")
    assert "The change was made." in clean(app)
    assert "BANKE-RUPAIDIHA-BRIDGE" in sima.holdings.sites().index


def test_a_wrong_form_is_told_and_nothing_is_asked_for(small: Open, sima: Sima) -> None:
    app = choose(small(PAGE, viewer="steward"), "sites")
    app = app.selectbox(key="project-booth-palika-en").select("51106").run()
    app = press(fill(app, booth_en="No Nepali name"), "Check")
    assert "name_ne is missing" in clean(app)
    assert sima.project.list_changes().empty


def test_a_declined_change_has_no_effect(small: Open, sima: Sima) -> None:
    press(ask_for_booth(small(PAGE, viewer="steward")), "Ask for this change")
    app = press(small(PAGE, viewer="approver"), "Decline")
    assert "The change was declined." in clean(app)
    assert "No change waits." in clean(app)
    assert "BANKE-RUPAIDIHA-BRIDGE" not in sima.holdings.sites().index


def test_an_organisation_and_a_place_are_asked_for(small: Open, sima: Sima) -> None:
    app = choose(small(PAGE, viewer="steward"), "organisations")
    app = fill(app, organisation_en="Child Aid (synthetic)", organisation_ne="बाल सहयोग (नमुना)")
    press(press(app, "Check"), "Ask for this change")
    app = choose(small(PAGE, viewer="steward"), "place")
    app = app.selectbox(key="project-place-en").select("20201").run()
    press(press(app, "Check"), "Ask for this change")
    for _each in range(2):
        press(small(PAGE, viewer="approver"), "Agree")
    assert "child-aid-synthetic" in sima.holdings.listed_organisations()
    assert "20201" in set(sima.holdings.programme()["unit_code"])


@pytest.mark.parametrize("counted", ["organisational", "people", "at_risk"])
def test_an_indicator_is_written_as_the_minimum_allows(
    small: Open, sima: Sima, counted: str
) -> None:
    app = choose(small(PAGE, viewer="steward"), "indicator")
    app = app.radio(key="project-class-en").set_value(counted).run()
    app = fill(
        app, indicator_name_en='Homes "visited"', indicator_name_ne="भेटिएका घर‍हरू",
        indicator_definition_en="Homes.", indicator_definition_ne="घर।",
        indicator_unit_en="homes", indicator_unit_ne="घर",
    )  # fmt: skip
    for box in app.selectbox:
        if str(box.key).startswith("project-finest-"):
            box.select_index(1)
    app = press(app.run(), "Check")
    assert not app.error, [each.value for each in app.error]
    press(app, "Ask for this change")
    app = press(small(PAGE, viewer="approver"), "Agree")
    assert "The change was made." in clean(app)
    text = read_folder(Path(sima.project.folder)).text(ADDED)
    assert "[indicator.homes_visited]" in text
    assert "भेटिएका घर‍हरू" in text, "a joiner is part of the word"


def test_who_agrees_to_an_indicator_reads_all_of_it(small: Open, sima: Sima) -> None:
    sima.project.ask(sima.project.new_indicator(INDICATOR), by="demo-steward")
    said = plain(small(PAGE, viewer="approver"))
    for part in (
        "Homes visited / भेटिएका घर (home_visits)",  # in both languages
        "events, groups or things",
        "are added up",
        "What everybody sees",
        "What partners see palika",
        "Activity of the template for trainings home-visits",
    ):
        assert part in said, part


def test_a_booth_is_closed_by_a_form(small: Open, sima: Sima) -> None:
    app = choose(small(PAGE, viewer="steward"), "site_closed")
    app = app.selectbox(key="project-close-en").select("BANKE-JAMUNAHA").run()
    app = app.date_input(key="project-close-on").set_value(date(2024, 3, 31)).run()
    press(press(app, "Check"), "Ask for this change")
    assert sima.holdings.sites().at["BANKE-JAMUNAHA", "closed"] == ""
    app = press(small(PAGE, viewer="approver"), "Agree")
    assert "The change was made." in clean(app)
    assert sima.holdings.sites().at["BANKE-JAMUNAHA", "closed"] == "2024-03-31"
    decided = next(each for each in app.expander if each.label == "The last decisions")
    assert "BANKE-JAMUNAHA" in str([element.proto for element in decided.get("html")])


def test_a_position_in_another_palika_is_asked_about(small: Open, sima: Sima) -> None:
    del sima
    app = choose(small(PAGE, viewer="steward"), "sites")
    app = app.selectbox(key="project-booth-palika-en").select("51101").run()  # far from this border
    app = press(fill(app, booth_en="Elsewhere", booth_ne="अन्यत्र"), "Check")
    (warned,) = app.warning
    assert warned.value.startswith("The position lies in Nepalganj, Banke District (51106).")


def test_the_page_lists_what_is_counted_and_says_which_place_is_a_district(small: Open) -> None:
    app = small(PAGE, viewer="steward")
    said = plain(app)
    assert f"Indicators: {len(load_indicators())}" in [each.label for each in app.expander]
    assert "Banke (district, 511)" in said
    assert "Nepalganj, Banke District (51106)" in said


def test_the_page_is_there_in_nepali_and_says_what_there_is(small: Open, sima: Sima) -> None:
    app = small(PAGE, viewer="steward", lang="ne")
    said = clean(app)
    assert "परियोजना" in said
    assert "पर्खिरहेको कुनै परिवर्तन छैन।" in said
    assert "कार्यक्रमका ठाउँ: ३" in [each.label for each in app.expander]
    assert sima.project.list_changes().empty
