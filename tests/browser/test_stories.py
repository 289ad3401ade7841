"""What readers and stewards do, in a real browser: wide and on a phone, in both languages."""

import json
import shutil
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from dashboard import maps
from data.model import Audience
from data.pipeline import Sima
from data.settings import Settings
from tests.browser.conftest import PHONE, WIDE, Visit, serving, settle
from tests.sheets import changed, workbook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])


def picture(page: Page) -> FrameLocator:
    return page.frame_locator("iframe").first


def fills(page: Page) -> list[str]:
    """Fills of the units on the map."""
    paths = picture(page).locator("path.leaflet-interactive")
    return [paths.nth(n).get_attribute("fill") or "" for n in range(paths.count())]


def no_sideways_scroll(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


@SIZES
@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_public_map_opens_on_an_answer(
    visit: Visit, public: str, size: dict[str, int], language: str
) -> None:
    page = visit(public, f"/?lang={language}", size)
    said = {"en": "What communities do at the border", "ne": "समुदाय"}[language]
    expect(page.locator("h1")).to_contain_text(said)
    lead = page.locator(".sima-lead b")
    expect(lead).to_have_text({"en": "1,163", "ne": "१,१६३"}[language])
    top = lead.bounding_box()
    assert top is not None
    assert top["y"] + top["height"] < size["height"], "the answer is seen without scrolling"
    assert no_sideways_scroll(page)
    assert len({fill for fill in fills(page) if fill.startswith("#")}) >= 3


def test_a_reader_filters_and_shares_the_address(visit: Visit, public: str) -> None:
    page = visit(public)
    page.get_by_label("Where").click()
    page.keyboard.type("Banke")
    page.keyboard.press("Enter")
    settle(page)
    page.wait_for_url("**area=511**")
    shared = page.url.removeprefix(public)
    again = visit(public, shared)
    expect(again.locator(".sima-table")).to_contain_text("Nepalganj")
    assert "Hetauda" not in again.locator(".sima-table").inner_text()


def test_hidden_silent_and_missing_look_different_and_the_legend_says_so(
    visit: Visit, deputy: str
) -> None:
    page = visit(deputy, "/?indicator=parents_members&period=ad-2023-q4")
    legend = picture(page).locator("#sima-legend")
    expect(legend).to_contain_text("does not apply")
    expect(legend).to_contain_text("Diagram, not boundaries")
    assert "url(#sima-apart)" in fills(page)
    tiles = picture(page).locator("span.ward")
    assert tiles.count() == 23
    notes = picture(page).locator(".notes")
    expect(notes).to_contain_text("SYNTHETIC DATA")
    expect(notes).to_contain_text("do not imply any opinion on their legal status")


def test_hidden_figures_are_hatched_and_not_in_the_page(visit: Visit, public: str) -> None:
    page = visit(public, "/?indicator=parents_members&period=ad-2023-q4&area=programme")
    assert "url(#sima-hidden)" in fills(page)
    expect(page.locator(".sima-table tr.suppressed").first).to_contain_text(
        "hidden to keep people safe"
    )


@SIZES
def test_a_deputy_reads_her_palika(visit: Visit, deputy: str, size: dict[str, int]) -> None:
    page = visit(deputy, "/", size)
    expect(page.locator("h1")).to_have_text("Nepalganj")
    assert no_sideways_scroll(page)
    expect(page.get_by_role("heading", name="Ward by ward")).to_be_visible()


def test_the_table_is_reached_and_the_language_switched_by_keyboard(
    visit: Visit, public: str
) -> None:
    page = visit(public)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "sima-skip":
            break
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    for _ in range(2):
        if page.evaluate("document.activeElement.className") != "sima-table":
            page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.className") == "sima-table"
    page.get_by_role("button", name="नेपाली").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".sima-lead b")).to_have_text("१,१६३", timeout=20_000)


def test_a_booth_is_marked_and_the_caution_stands_beside_the_map(visit: Visit, public: str) -> None:
    page = visit(public, "/?indicator=booth_contacts&period=ad-2023-q2&area=511")
    expect(picture(page).locator("span.booth").first).to_be_visible()
    expect(page.locator(".sima-caution")).to_contain_text("more staff, not more risk")


def test_the_server_says_what_it_serves_and_forbids_other_origins(public: str) -> None:
    with urllib.request.urlopen(f"{public}/healthz") as answer:
        assert json.load(answer) == {"status": "ok", "releases": {"public": 1, "partner": 1}}
    with urllib.request.urlopen(public) as answer:
        policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_the_public_server_has_no_stewards_page(visit: Visit, public: str) -> None:
    page = visit(public, "/upload")
    expect(page.locator("h1")).to_have_text("What communities do at the border")
    assert page.get_by_role("link", name="Upload").count() == 0


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    settle(page)


def give(page: Page, content: bytes) -> None:
    page.locator('input[type="file"]').set_input_files(
        {"name": "filled.xlsx", "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_figure_goes_from_the_workbook_to_a_colour_on_the_map(
    visit: Visit, demo_var: Path, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    shutil.copytree(demo_var, var)
    look = "/?area=511&indicator=sbcc_sessions&period=ad-2024-q1"
    rows = [
        ["Banke", palika, "2024-Q1", "awareness", None, None, None, None, sessions]
        for palika, sessions in (("Nepalgunj", 40), ("Kohalpur", 3), ("Duduwa", 12))
    ]
    with serving(var, "steward") as steward, serving(var) as public:
        before = visit(public, look)
        assert "ad-2024-q1" not in before.url, "the release has no such period yet"
        page = visit(steward)
        give(page, workbook("trainings", rows))
        expect(page.get_by_text("3 rows: 3 new figures, 0 changed.")).to_be_visible(timeout=30_000)
        press(page, "Store these figures")
        expect(page.get_by_text("Stored as batch")).to_be_visible()
        page.get_by_role("link", name="Release").click()
        page.get_by_role("button", name="Ask for a release").wait_for()
        press(page, "Ask for a release")
        page.get_by_text("Show what it would change").click()
        page.get_by_role("button", name="Approve and publish").wait_for(timeout=60_000)
        settle(page)
        expect(page.get_by_text("New periods: 2024, Jan–Mar 2024")).to_be_visible()
        expect(page.get_by_text("Figures that were released stay the same.")).to_be_visible()
        expect(page.get_by_text("could be at least").first).to_be_visible()
        expect(picture(page).locator(".notes")).to_contain_text("Preview of request 3")
        assert "url(#sima-silent)" in fills(page)
        press(page, "Approve and publish")
        expect(page.get_by_text("Release 2 is being served.")).to_be_visible(timeout=60_000)
        after = visit(public, look)
        expect(after.locator(".sima-table")).to_contain_text("40")
        coloured = {fill for fill in fills(after) if fill.startswith("#")}
        assert len(coloured - {maps.GROUND}) == 3
        with urllib.request.urlopen(f"{public}/healthz") as answer:
            assert json.load(answer)["releases"]["public"] == 2


def test_an_open_page_says_within_a_minute_that_its_release_was_withdrawn(
    visit: Visit, demo_var: Path, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    shutil.copytree(demo_var, var)
    sima = Sima(Settings.from_environment({"SIMA_VAR": str(var)}))
    with serving(var) as public:
        page = visit(public, "/", PHONE)
        expect(page.locator(".sima-lead b")).to_have_text("1,163")
        expect(page.locator(".sima-notice")).to_have_count(0)
        sima.withdraw(Audience.PUBLIC, 1, by="demo-approver")
        said = page.locator(".sima-notice")
        expect(said).to_have_text(
            "Release 1 was withdrawn. No release is being served.", timeout=60_000
        )
        box = said.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"], "it is seen without scrolling"
        assert no_sideways_scroll(page)
        expect(page.locator(".sima-lead")).to_have_count(0)
        expect(page.locator("iframe")).to_have_count(0)
        later = visit(public, "/about?lang=ne", PHONE)
        expect(later.locator(".sima-notice")).to_contain_text("प्रकाशन १ फिर्ता लिइयो।")


def test_nepali_letters_are_there_without_a_font_of_the_machine(visit: Visit, public: str) -> None:
    page = visit(public)
    button = page.get_by_role("button", name="नेपाली")
    for place in (button.locator("p"), page.locator("h1")):
        family = place.evaluate("e => getComputedStyle(e).fontFamily")
        assert page.evaluate("f => document.fonts.check(`16px ${f}`, 'नेपाली')", family)
    loaded = "[...document.fonts].filter(f => f.status === 'loaded' && f.unicodeRange.includes('900')).length"
    assert page.evaluate(loaded) >= 1


def test_a_file_about_a_person_is_refused_and_forgotten(
    visit: Visit, demo_var: Path, tmp_path: Path
) -> None:
    def name(book) -> None:
        book["Data"]["H1"] = "Mobile no."
        book["Data"]["H3"] = "9800000000"

    var = tmp_path / "var"
    shutil.copytree(demo_var, var)
    with serving(var, "steward") as steward:
        page = visit(steward)
        give(page, workbook("groups", change=name))
        expect(page.get_by_text("The file was refused and not kept.")).to_be_visible(timeout=30_000)
        expect(page.locator(".sima-finding").first).to_contain_text("Data!H1")
        assert "9800000000" not in page.content()
        assert page.get_by_text("filled.xlsx").count() == 0
        give(page, workbook("groups", [changed("groups", groups=-1)]))
        expect(page.get_by_text("A count cannot be negative.")).to_be_visible(timeout=30_000)
