"""Each reader's main story: wide and on a phone, begun in English and ended in Nepali."""

import csv
import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import (
    ON_PHONE,
    ON_WIDE,
    PHONE,
    WIDE,
    Visit,
    choose,
    figures,
    no_sideways_scroll,
    settle,
    shows,
    touch,
)
from tests.support.accessibility import barriers
from tests.support.painted_map import APART, HIDDEN, SILENT, ZERO, agrees, legend, painted

pytestmark = pytest.mark.browser
DEVANAGARI = re.compile("[\u0900-\u097f]")


def saved(page: Page, button: Locator) -> tuple[str, bytes]:
    """Give the name and the content of the file that a button hands out."""
    with page.expect_download() as download:
        touch(page, button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def in_nepali(page: Page) -> None:
    """Switch the language with one tap."""
    touch(page, page.get_by_role("button", name="नेपाली"))
    page.get_by_role("button", name="English").wait_for()
    expect(page.locator("h1")).to_have_text(DEVANAGARI)
    settle(page)
    assert "lang=ne" in page.url


@pytest.mark.parametrize("size", ON_PHONE)
def test_a_donor_goes_from_the_figures_to_a_place_a_link_and_the_files(
    visit: Visit, public: str, size: dict[str, int]
) -> None:
    page = visit(public, "/", size)
    card = page.locator(".st-key-overview-card-children")
    expect(card.locator(".figure b")).to_have_text("4,562")
    expect(page.locator(".sima-overview.target").first).to_contain_text("1,600")
    shows(page, "Children trained", "2023")
    assert len(set(agrees(page, figures(page)).values())) == 3, "three districts, three classes"
    assert no_sideways_scroll(page)
    assert barriers(page) == []
    name, packed = saved(page, page.get_by_role("button", name="Everything in one ZIP file"))
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert any(each.endswith("cells.csv") for each in archive.namelist())

    touch(page, card.get_by_role("link", name="See it on the map"))
    expect(page.locator("h1")).to_have_text("Map of activities")
    shows(page, "Children trained", "2023")
    expect(page.locator(".sima-lead b")).to_have_text("1,163")
    top = page.locator(".sima-lead").bounding_box()
    assert top is not None
    assert top["y"] + top["height"] < size["height"], "the answer is seen without scrolling"
    assert no_sideways_scroll(page)
    assert barriers(page) == []
    choose(page, "Where", "Banke")
    assert "area=511" in page.url
    here = figures(page)
    assert {name for name, _figure in here.values()} >= {"Nepalganj", "Kohalpur"}
    looks = agrees(page, here)
    assert len(set(looks.values())) >= 3, "the classes differ"
    expect(page.locator(".notes").first).to_contain_text("SYNTHETIC DATA")
    expect(page.locator(".notes").first).to_contain_text("do not imply any opinion")

    in_nepali(page)
    expect(page.locator(".sima-lead b")).to_have_text("१,१६३")
    shows(page, "तालिम पाएका बालबालिका", "२०२३")
    assert agrees(page, figures(page)) == looks
    there = visit(public, page.url.removeprefix(public), size, fresh=True)
    assert figures(there) == figures(page)
    assert agrees(there, figures(there)) == looks


@pytest.mark.parametrize("size", ON_PHONE)
def test_a_deputy_finds_her_next_step_and_the_wards_without_a_group(
    visit: Visit, deputy: str, size: dict[str, int]
) -> None:
    page = visit(deputy, "/", size)
    expect(page.locator("h1")).to_have_text("Nepalganj")
    committee = page.locator(".sima-committee")
    expect(committee.locator(".rung")).to_have_text(re.compile(r"^Step \d of 6: \w"))
    expect(committee.locator(".next")).to_have_text(re.compile(r"Next step\s+\w"))
    box = committee.locator(".next").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < size["height"], "the next step is seen without scrolling"
    shows(page, "Parents' groups", "2023")
    wards = figures(page)
    assert [name for name, _figure in wards.values()] == [f"Nepalganj {n}" for n in range(1, 24)]
    looks = agrees(page, wards)
    without = [name.split()[-1] for name, figure in wards.values() if figure == "0"]
    said = page.locator(".sima-finding.question")
    expect(said).to_contain_text(f"{len(without)} wards")
    expect(said).to_contain_text(": " + ", ".join(without))
    assert [code for code, look in looks.items() if look == ZERO] == [
        code for code, (_name, figure) in wards.items() if figure == "0"
    ]
    tiles = painted(page, list(wards))
    assert len(tiles) == 23
    assert all(tile.ink > 3 for tile in tiles.values()), "every tile carries its number"
    expect(page.locator(".legend").first).to_contain_text("Tiles do not show where the wards lie.")
    assert no_sideways_scroll(page)
    assert barriers(page) == []

    code = next(code for code, (name, _figure) in wards.items() if name == "Nepalganj 4")
    page.locator(".sima-map").first.scroll_into_view_if_needed()
    at = painted(page, [code])[code]
    (page.touchscreen.tap if size == PHONE else page.mouse.click)(at.x, at.y)
    expect(page.get_by_role("heading", name="Nepalganj 4")).to_be_visible()
    expect(page.locator(".sima-tip").first).to_contain_text("Nepalganj 4")
    settle(page)
    assert f"unit={code}" in page.url

    in_nepali(page)
    expect(page.get_by_role("heading", name="नेपालगञ्ज ४")).to_be_visible()
    assert f"unit={code}" in page.url
    page.reload()
    expect(page.locator("h1")).to_have_text("नेपालगञ्ज")
    shows(page, "अभिभावक समूह", "२०२३")
    expect(committee.locator(".rung")).to_have_text(DEVANAGARI)
    choose(page, "के", "समूहमा आबद्ध अभिभावक")
    shows(page, "समूहमा आबद्ध अभिभावक")
    looks = agrees(page, figures(page))
    assert APART in looks.values(), "where no group is, the figure does not apply"
    assert len(set(looks.values()) - {APART}) >= 1
    assert no_sideways_scroll(page)


def ask_on(page: Page, way: str, code: str) -> None:
    """Choose one way to ask on, of the planner's page."""
    touch(page, page.get_by_test_id("stRadio").get_by_text(way, exact=True))
    expect(page).to_have_url(re.compile(f"way={code}"))
    settle(page)


def asked_in_every_way(page: Page) -> list[str]:
    """Ask for the order, two periods and small maps; give what keeps people out, on a wide screen."""
    chart = page.get_by_test_id("stVegaLiteChart")
    wide = page.viewport_size == WIDE
    found: list[str] = []
    ask_on(page, "Ranking", "ranking")
    first = max(figures(page).values(), key=lambda row: int(row[1]))
    expect(chart.first).to_contain_text(f"1. {first[0]}")
    found += barriers(page) if wide else []
    ask_on(page, "Two periods", "compare")
    expect(page.get_by_role("combobox", name="Compared with")).to_have_value("2022")
    expect(chart.first).to_contain_text("2022")
    found += barriers(page) if wide else []
    ask_on(page, "Two places", "places")
    expect(chart).to_have_count(2)
    name, drawing = saved(page, page.get_by_role("button", name="Save this chart as SVG").last)
    assert name.endswith(".svg")
    shown = "".join(ET.fromstring(drawing).itertext())  # noqa: S314  # made by our page
    assert "Children trained" in shown
    found += barriers(page) if wide else []
    ask_on(page, "Maps by period", "strip")
    for n, year in enumerate(("2020", "2021", "2022", "2023"), start=1):
        shows(page, "Children trained", year, n=n)
    strips = [painted(page, list(figures(page)), n=n) for n in (1, 4)]
    assert strips[0].keys() == strips[1].keys()
    assert len({each.look for strip in strips for each in strip.values()}) >= 3
    return found + (barriers(page) if wide else [])


def takes_along(page: Page, seen: list[tuple[str, str]]) -> None:
    """Check that both files hold the rows on the screen, in their order."""
    name, content = saved(page, page.get_by_role("button", name="XLSX"))
    assert name.startswith("sima-children_trained-ad-2023")
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    head, *rows = sheet.iter_rows(values_only=True)
    at = head.index("name"), head.index("shown_as")
    assert [tuple(row[n] for n in at) for row in rows] == seen
    name, content = saved(page, page.get_by_role("button", name="CSV"))
    read = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert [(row["name"], row["shown_as"]) for row in read] == seen


@pytest.mark.parametrize("size", ON_WIDE)
def test_a_planner_filters_asks_on_and_takes_the_rows_along(
    visit: Visit, planner: str, size: dict[str, int]
) -> None:
    page = visit(planner, "/?area=programme&indicator=children_trained&period=ad-2023", size)
    chart = page.get_by_test_id("stVegaLiteChart")
    shows(page, "Children trained", "2023")
    everywhere = figures(page)
    choose(page, "Which palikas", "Rural municipalities")
    assert "kind=rural" in page.url
    assert figures(page).items() < everywhere.items()
    choose(page, "Which palikas", "All palikas")
    choose(page, "Where", "Banke")
    assert len(set(agrees(page, figures(page)).values())) >= 3
    touch(page, page.locator("#sima-figures").get_by_role("button", name="Kohalpur"))
    expect(chart.first).to_contain_text("Kohalpur")
    expect(page.locator("#sima-figures tr.chosen")).to_have_count(1)
    settle(page)
    assert re.search(r"unit=511\d\d", page.url)
    found = barriers(page) + asked_in_every_way(page)

    in_nepali(page)
    ask_on(page, "डाउनलोड", "files")
    choose(page, "कहाँ", "कार्यक्रमका जिल्ला")
    seen = list(figures(page).values())
    assert len(seen) == len(everywhere)
    takes_along(page, seen)
    ask_on(page, "क्रमअनुसार", "ranking")
    choose(page, "के", "रोकिएका जोखिमपूर्ण यात्रा")
    expect(page.get_by_test_id("stAlert")).to_have_text(DEVANAGARI)
    expect(chart).to_have_count(0)
    assert no_sideways_scroll(page)
    assert found == []


def test_a_planner_sees_who_is_silent(visit: Visit, planner: str) -> None:
    look = "/?area=312&indicator={}&period={}&way=silence"
    page = visit(planner, look.format("parents_groups", "ad-2021-q3") + "&level=palika")
    said = figures(page)
    assert [name for name, figure in said.values() if figure == "not reported"] == ["Manahari"]
    assert list(agrees(page, said).values()).count(SILENT) == 1
    expect(page.get_by_test_id("stAlert")).to_contain_text("Everybody reported")
    choose(page, "What", "Committee meetings")
    choose(page, "When", "fiscal year 2078/79")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    assert barriers(page) == []


def test_hidden_figures_are_hatched_and_not_in_the_page(visit: Visit, public: str) -> None:
    page = visit(public, "/map?indicator=parents_members&period=ad-2023-q4&area=511")
    said = figures(page)
    looks = agrees(page, said)
    hidden = [code for code, (_name, figure) in said.items() if "hidden" in figure]
    assert len(hidden) >= 3, "a district that is shown has at least three hidden palikas"
    assert [code for code, look in looks.items() if look == HIDDEN] == hidden
    assert "Banke as a whole" in said[hidden[0]][1], (
        "what is hidden says where a coarser figure stands"
    )
    assert HIDDEN in legend(page).values()


def test_a_booth_is_marked_and_the_caution_stands_beside_the_map(visit: Visit, public: str) -> None:
    page = visit(public, "/map?indicator=booth_contacts&period=ad-2023-q2&area=511")
    expect(page.locator(".sima-map span.booth").first).to_be_visible()
    expect(page.locator(".sima-caution")).to_contain_text("more staff, not more risk")


def test_nepali_letters_are_there_without_a_font_of_the_machine(visit: Visit, public: str) -> None:
    page = visit(public, "/about?lang=ne")
    page.wait_for_function("[...document.fonts].some(face => face.status === 'loaded')")
    debugger = page.context.new_cdp_session(page)
    debugger.send("DOM.enable")
    debugger.send("CSS.enable")
    root = debugger.send("DOM.getDocument")["root"]["nodeId"]
    for part in ("h1", "h2", ".stMarkdown p", '[data-testid="stPageLink"] p'):
        asked = {"nodeId": root, "selector": part}
        node = debugger.send("DOM.querySelector", asked)["nodeId"]
        fonts = debugger.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        letters = max(fonts, key=lambda font: font["glyphCount"])
        assert letters["isCustomFont"], f"{part} is written with {letters['familyName']}"
