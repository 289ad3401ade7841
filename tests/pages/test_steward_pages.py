"""The steward's pages: what an upload says, what a release would change, who decides and why."""

import html
import re
import time
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.i18n import labels, wording
from dashboard.steward import preview_process, release_preview
from dashboard.steward.preview_process import Making
from data import pipeline
from data.disclosure.reader_audit import Exposure
from data.holdings import Holdings
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.reference import findings, policy
from data.reference.policy import load_policy
from data.release_making import build, offers
from data.release_making.build import Preview
from data.release_making.inputs import ReleaseInputs
from data.release_making.release_choice import Choice, Offer
from tests.pages.conftest import NEPALI, Open, clean, plain, press, questions, scenes, stores_of
from tests.support import previews
from tests.support.workbooks import changed, workbook


def upload(app: AppTest, content: bytes, name: str = "groups.xlsx") -> AppTest:
    return app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()


def test_an_upload_is_checked_stored_asked_for_approved_and_shown(small: Open) -> None:
    app = small(viewer="steward")
    rows = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]
    app = upload(app, workbook("groups", rows))
    assert "Rows: 19. New figures: 57. Changed figures: 0." in clean(app)
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)
    app = small("steward/release.py", viewer="steward")
    app.selectbox[0].select(Audience.PARTNER)
    app = next(b for b in app.button if b.label == "Request a release").click().run()
    assert "is waiting for another person to approve it" in clean(app)
    app = app.toggle[0].set_value(True).run()
    assert "Jan–Mar 2024" in clean(app)
    app = app.selectbox(key="why-3-en").select("planned").run()
    app = press(app, "Approve and publish")
    assert "Release 2 is published." in clean(app)
    app = small(viewer="deputy:31206", indicator="parents_groups", period="ad-2024-q1")
    assert "Release 2 for the partners" in clean(app)
    assert questions(scenes(app)[0])["period"] == "ad-2024-q1"


# ---- what a release would change


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


def test_a_waiting_request_says_what_it_would_change(asked: Open, counted: list[int]) -> None:
    app = previewed(asked)
    said = plain(app)
    assert "Request 3 for the partners, made by demo-steward" in said
    assert "New figures: 42 shown, 0 hidden, 654 not reported." in said
    assert "New periods: 2024, Jan–Mar 2024" in said
    assert "Figures that were released stay the same." in said
    assert "Parents' groups 20 0 288" in said
    assert "Parents and caregivers in groups 22 0 366" in said
    assert "Jan–Mar 2024 20 0 134" in said, "the differences, by indicator and period"
    assert re.search(r"ward 3,\d{3} \d+ 516 1,746", said), "how much at each level"
    assert re.search(
        r"For a partner: the smallest and the largest possible value .* at least \d+ people apart",
        said,
    )
    assert "The published figure F4 (People freed from exploitation, Nepal) does not agree" in said
    maps_of = [html.unescape(element.proto.srcdoc) for element in app.get("iframe")]
    assert len(maps_of) == 1
    assert "Preview of request 3, not published" in maps_of[0]
    assert "Jan–Mar 2024" in maps_of[0]
    assert counted == [3]


def test_a_preview_is_made_once_and_anew_when_something_came_in(
    small_asked: Open, counted: list[int], tmp_path: Path
) -> None:
    app = previewed(small_asked)
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
    app = app.selectbox(key="why-3-en").select("needed_soon").run()
    app = press(app, "Approve and publish")
    assert "Release 2 is published." in clean(app)
    assert counted == [3, 3], "what was shown is what is published"
    assert "preview-3" not in app.session_state


def test_the_release_page_speaks_nepali(asked: Open, counted: list[int]) -> None:
    app = previewed(asked, "ne")
    said = clean(app)
    for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
        if len(line.strip()) > 25:
            assert NEPALI.search(line), line
    assert "नयाँ अङ्क: ४२ देखाइएका, ० लुकाइएका, ६५४ विवरण नआएका।" in said
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
    small_asked: Open, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    really = build.build_release
    monkeypatch.setattr(
        build,
        "build_release",
        lambda *a, **k: replace(really(*a, **k), exposures=EXPOSED, waiting=3),
    )
    monkeypatch.setattr(offers, "find_offers", lambda *_a: ())
    app = previewed(small_asked, language)
    said = plain(app)
    names = {"en": "Approve and publish", "ne": "स्वीकृत गरी प्रकाशन गर्ने"}
    assert next(b for b in app.button if b.label == names[language]).disabled
    if language == "ne":
        assert "यो प्रकाशन गर्न मिल्दैन। पत्ता लाग्न सक्ने लुकाइएका अङ्क: ४।" in said
        return
    assert "This release cannot be made. Hidden figures that could be worked out: 4." in said
    whole = "Parents and caregivers in groups"
    assert f"Hetauda {whole}, women and girls Jan–Mar 2024 a public reader" in said
    who = "someone in Hetauda who knows their own figures"
    assert f"Hetauda 4 {whole} Jan–Mar 2024 {who}" in said
    assert "under 18, the change made by the restatement 2022 a partner" in said
    assert "claim F3" in said
    assert f"Makwanpur {whole} 2023" in said
    assert f"Nepal {whole}, women and girls Oct–Dec 2023" in said
    assert "ask for a release that publishes this year again" in said
    assert "3 corrections to periods already released are waiting" in said
    assert "the largest possible value" not in said, "nothing was proved"


def test_a_release_that_is_refused_is_offered_with_what_waits(
    small_asked: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    period = "ad-2024-q1"
    report = ("parents_members", "NP", period)
    refused = build.build_release

    def but_for_the_choice(read: ReleaseInputs, *a: object) -> Preview:
        made = refused(read, *a)
        return made if read.choice else replace(made, exposures=EXPOSED[:1])

    offer = Offer(Choice(frozenset({report})), 2, 5, 1, 3)
    wider = replace(offer, corrections=5)
    monkeypatch.setattr(build, "build_release", but_for_the_choice)
    monkeypatch.setattr(offers, "find_offers", lambda *_a: (offer, wider))
    app = previewed(small_asked)
    said = plain(app)
    assert "The release passes if some reports wait." in said
    assert "2 of 5 corrections wait: readers see the figures as they were released last." in said
    assert "1 new figure is not released yet. 3 more figures are hidden." in said
    assert said.count("So the figures of the year stay as they are.") == 1
    assert "Nepal Parents and caregivers in groups Jan–Mar 2024" in said
    assert "Decline the request." not in said
    app = app.button(key="offer-3-1").click().run()
    said = plain(app)
    assert "Chosen. The preview shows the release with it." in said
    assert "chose that in this release the following waits or is hidden:" in said
    assert "This release cannot be made." not in said
    held = stores_of(tmp_path / "var").holdings.choices
    assert held.get(3)["wait"] == {report}
    app = app.button(key="no-choice-3").click().run()
    assert "Taken back." in plain(app)
    assert "This release cannot be made." in plain(app)
    assert held.chosen_by(3) == ""


def test_without_boundaries_served_there_is_no_map_and_the_page_says_why(
    small_asked: Open, tmp_path: Path
) -> None:
    stores_of(tmp_path / "var").withdraw(Audience.PARTNER, 1, by="demo-approver")
    app = previewed(small_asked)
    assert "No map yet" in clean(app)
    assert len(app.get("iframe")) == 0


def test_a_figure_that_was_shown_by_mistake_can_be_named_and_stays_hidden(
    small_asked: Open, tmp_path: Path
) -> None:
    app = small_asked("steward/release.py", viewer="steward")
    this = "partner-1-en"
    app = app.selectbox(key=f"w-{this}").select("shows_too_much").run()
    assert "The next release shows the same figures again." in clean(app)
    assert "No figure is named." in clean(app)
    app = app.selectbox(key=f"hide-what-{this}").select("parents_members").run()
    app = app.multiselect(key=f"hide-when-parents_members-{this}").select("ad-2023-q4").run()
    app = app.multiselect(key=f"hide-where-parents_members-{this}").select("31206").run()
    app = app.button(key="add-partner-1").click().run()
    assert "Hetauda Parents and caregivers in groups Oct–Dec 2023" in plain(app)
    app = app.button(key="empty-partner-1").click().run()
    assert "No figure is named." in clean(app)
    app = app.button(key="add-partner-1").click().run()
    app = app.button(key="withdraw-partner-1").click().run()
    assert "Withdrawn." in clean(app)
    sima = stores_of(tmp_path / "var")
    named = sima.holdings.withdrawals.figures()
    assert named[["indicator", "unit_code", "period"]].to_numpy().tolist() == [
        ["parents_members", "31206", "ad-2023-q4"]
    ]
    app = app.toggle(key="see-3").set_value(True).run()
    assert "1 figure stays hidden because an earlier release showed it by mistake." in clean(app)


def test_a_preview_is_made_beside_the_page_and_can_be_stopped(
    small_asked: Open, tmp_path: Path
) -> None:
    with previews.made_beside():
        app = previewed(small_asked)
        (bar,) = app.get("progress")
        assert " %" in bar.proto.text
        assert "Approve and publish" not in [button.label for button in app.button]
        app = press(app, "Stop")
        assert "Stopped. Nothing was published." in clean(app)
        assert not app.toggle(key="see-3").value
        assert stores_of(tmp_path / "var").holdings.request(3)["state"] == "asked"
        app = app.toggle(key="see-3").set_value(True).run()
        end = time.monotonic() + 120
        while app.get("progress"):
            assert time.monotonic() < end
            time.sleep(0.3)
            app.run()
    assert "New periods: 2024, Jan–Mar 2024" in plain(app)
    assert "Approve and publish" in [button.label for button in app.button]


def test_a_preview_whose_process_dies_is_tried_again(small_asked: Open) -> None:
    begun: list[Making] = []

    def start(_settings: object, _number: int, rests_on: Hashable) -> Making:
        making = Making(rests_on)
        making.over = True
        begun.append(making)
        return making

    said = "The program that makes the preview ended before it was finished."
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview_process, "start", start)
        app = previewed(small_asked)
        assert said in clean(app)
        app.run()
        assert len(begun) == 1
        app = press(app, "Try again")
        assert said in clean(app)
    assert len(begun) == 2


def test_a_finished_year_can_be_published_anew(asked: Open, tmp_path: Path) -> None:
    app = asked("steward/release.py", viewer="steward")
    box = app.selectbox(key="restates-public-en")
    assert box.value == ""
    assert {"no", "2022", "2023", "fiscal year 2079/80"} <= set(box.options)
    app = app.selectbox[0].select(Audience.PARTNER).run()
    assert {"2022", "2023"} <= set(app.selectbox(key="restates-partner-en").options)
    app = app.selectbox[0].select(Audience.PUBLIC).run()
    app.selectbox(key="restates-public-en").select("ad-2022")
    app = press(app, "Request a release")
    assert "Request 4 is waiting" in clean(app)
    request = stores_of(tmp_path / "var").holdings.request(4)
    assert (request["restates"], request["audience"]) == ("ad-2022", "public")
    assert "It publishes 2022 again, with its corrections." in clean(app)


def test_what_a_request_is_refused_for_is_said(
    asked: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_a: object, **_k: object) -> None:
        raise SimaError("Refused for a reason.")

    for name in ("request", "preview", "decline", "withdraw"):
        monkeypatch.setattr(pipeline.Sima, name, refuse)
    for name, why in [
        ("Request a release", ""),
        ("Decline", "why-not-3-en"),
        ("Withdraw now", "w-public-1-en"),
    ]:
        app = asked("steward/release.py", viewer="steward")
        app = app.selectbox(key=why).select("figures_wrong").run() if why else app
        app = press(app, name)
        assert [error.value for error in app.error] == ["Refused for a reason."]
    app = previewed(asked)
    assert [error.value for error in app.error] == ["Refused for a reason."]
    assert "Approve and publish" not in [button.label for button in app.button]


def test_every_reason_has_words_and_is_offered_where_it_fits(asked: Open) -> None:
    assert set(labels.decision_reasons()) == set(pipeline.WHY)
    app = previewed(asked)
    offered = [set(app.selectbox(key=f"{key}-3-en").options) for key in ("why", "why-not")]
    assert not offered[0] & offered[1]
    assert set.union(*offered) == set(labels.decision_reasons().values())
    for key in ("yes-3", "no-3", "withdraw-public-1"):
        assert app.button(key=key).disabled, "a reason is chosen, never made up"


def test_a_steward_may_take_a_request_back_and_not_approve_it(
    asked: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Holdings, "synthetic", False)  # four eyes are asked for real data
    app = previewed(asked)
    assert "Someone with the role of approver must approve it." in plain(app)
    assert "Approve and publish" not in [button.label for button in app.button]
    app = app.selectbox(key="why-not-3-en").select("asked_by_mistake").run()
    press(app, "Decline")
    assert stores_of(tmp_path / "var").holdings.request(3)["state"] == "declined"


def test_a_lowered_policy_takes_two_approvers(
    asked: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    low = replace(load_policy(), text=load_policy().text.replace("people = 10", "people = 9"))
    for module in (pipeline, policy):
        monkeypatch.setattr(module, "load_policy", lambda: low)
    app = asked("steward/release.py", viewer="steward")
    said = plain(app)
    assert (
        "The policy would protect figures for the public less than the previous release did."
        in said
    )
    assert "Smaller counts would be shown to the public." in said
    assert "Two approvers must agree before anything is released. So far: nobody." in said
    assert "Agree to less protection" not in [button.label for button in app.button]
    sima = stores_of(tmp_path / "var")
    with pytest.raises(SimaError, match="this needs one of: approver"):
        sima.agree(by="demo-steward")
    app = press(asked("steward/release.py", viewer="approver"), "Agree to less protection")
    assert "So far: demo-approver." in plain(app)
    assert "You agreed. Another approver must agree as well." in plain(app)
    assert "Agree to less protection" not in [button.label for button in app.button]
    sima.accounts.add("second", Role.APPROVER)
    assert sima.agree(by="second") == ["demo-approver", "second"]
    assert "So far: demo-approver, second." in plain(asked("steward/release.py", viewer="steward"))


def test_everything_wrong_is_shown_in_both_languages(own: Open) -> None:
    app = own(viewer="steward")
    row = changed("groups", palika="Gadi Municipality", groups=-1)
    said = clean(upload(app, workbook("groups", [row])))
    assert "A count cannot be negative." in said
    assert "Data!E3" in said
    assert findings.load_finding_kinds()["count-negative"].message["ne"] in said
    assert "Nothing was stored" in said
    assert app.radio[0].options[0].startswith("Makawanpurgadhi (31208)")
    app.radio[0].set_value("31208")
    app = next(b for b in app.button if b.label == "Remember this choice").click().run()
    assert "which palika this is" not in clean(app)


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
    assert "Changed figures: 3." in said
    assert len(app.dataframe) == 1
    app.selectbox[-1].select("counting-error")
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)


def test_a_class_and_a_claim_that_protect_less_are_said_in_sentences() -> None:
    wording.speak("en")
    said = release_preview.format_lowered_policy("class.booth_contacts")
    assert said == "People informed at booths: it would be treated with less care."
    assert "(F3) would no longer be counted as known" in release_preview.format_lowered_policy(
        "claim.F3"
    )
    wording.speak("ne")
    assert "कम सावधानी" in release_preview.format_lowered_policy("class.booth_contacts")
    wording.speak("en")
