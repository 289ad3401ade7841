"""What a map and its table do besides being looked at: keyboard, pictures, paper, a broken line."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, choose, figures, shows
from tests.support.painted_map import agrees, legend

pytestmark = pytest.mark.browser
LOOK = "/map?indicator=parents_members&period=ad-2023-q4&area=511"
FOCUS = """() => {
  const at = document.activeElement;
  if (at.closest("#sima-figures")) return "table";
  return at.closest(".sima-frame") ? "map" : "";
}"""


def test_a_keyboard_reaches_the_table_first_sorts_it_and_chooses_a_place(
    visit: Visit, public: str
) -> None:
    page = visit(public, "/map?area=511")
    reached = ""
    for _ in range(40):
        page.keyboard.press("Tab")
        reached = page.evaluate(FOCUS)
        if reached:
            break
    assert reached == "table", "it comes before the map"
    by_figure = page.locator('#sima-figures [data-focus="sort-figure"]')
    for _ in range(4):
        if by_figure.evaluate("e => e === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#sima-figures th[aria-sort=descending]")).to_contain_text("Children")
    numbers = [int(figure) for _name, figure in figures(page).values() if figure.isdecimal()]
    assert numbers == sorted(numbers, reverse=True)
    assert by_figure.evaluate("e => e === document.activeElement"), "the focus stays where it was"
    page.keyboard.press("Tab")
    name = page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    expect(page.locator("#sima-figures tr.chosen")).to_contain_text(name)
    expect(page.locator(".sima-tip")).to_contain_text(name)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS) == "table"
    expect(page.locator(".sima-map")).to_have_attribute("aria-label", re.compile("Places with a"))


def keep(page: Page, kind: str) -> bytes:
    page.locator(".keep summary").click()
    with page.expect_download() as download:
        page.locator(".keep button").filter(has_text=kind).click()
    assert download.value.suggested_filename == (
        f"sima-parents_members-ad-2023-q4-release-1.{kind.lower()}"
    )
    return Path(download.value.path()).read_bytes()


def test_the_map_is_kept_as_a_picture_and_printed_with_all_that_it_needs(
    visit: Visit, public: str
) -> None:
    page = visit(public, LOOK)
    said = legend(page)
    png = keep(page, "PNG")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (2400, 1700)
    text = keep(page, "SVG").decode()
    drawing = ET.fromstring(text)  # noqa: S314  # made by ourselves a moment ago
    words = " ".join(
        "".join(each.itertext()) for each in drawing.iter() if each.tag.endswith("text")
    )
    for wanted in ("Parents and caregivers in groups", "Oct–Dec 2023", "SYNTHETIC DATA", *said):
        assert wanted in words
    assert set(re.findall(r"https?://[^\"'\s<]+", text)) == {"http://www.w3.org/2000/svg"}
    filled = {each.get("fill") for each in drawing.iter() if each.tag.endswith("path")}
    assert "url(#hidden)" in filled

    page.emulate_media(media="print")
    for kept in (".legend", ".notes", "#sima-figures", ".sima-lead"):
        expect(page.locator(kept)).to_be_visible()
    for text in said:
        expect(page.locator(".legend")).to_contain_text(text)
    last = page.locator("#sima-figures tr[data-unit]").last
    expect(last).to_be_visible()
    for gone in (".leaflet-control-zoom", ".keep", '[data-testid="stHeader"]'):
        expect(page.locator(gone)).to_be_hidden()
    expect(page.locator(".sima-questions")).to_be_hidden()
    expect(page.get_by_role("button", name="नेपाली")).to_be_hidden()


def test_a_map_that_cannot_be_loaded_says_so_and_keeps_what_was_there(
    visit: Visit, public: str
) -> None:
    page = visit(public, "/map?area=511")
    before = figures(page)
    page.route("**/geometry/**", lambda route: route.abort())
    where = page.get_by_label("Where", exact=True)
    where.select_option(label="Sunsari")
    expect(page.locator(".trouble")).to_have_text(re.compile("could not be loaded"))
    expect(where.locator("option:checked")).to_have_text("Sunsari")
    assert figures(page) == before
    page.unroute("**/geometry/**")
    page.get_by_role("button", name="Try again").click()
    shows(page, "Children trained", "2023")
    expect(page.locator(".trouble")).to_be_hidden()
    page.route("**/scene/**", lambda route: route.abort())
    page.get_by_label("When", exact=True).select_option(label="2021")
    expect(page.locator(".trouble")).to_be_visible()
    page.unroute("**/scene/**")
    choose(page, "When", "2022")
    shows(page, "Children trained", "2022")
    expect(page.locator(".trouble")).to_be_hidden()
    after = figures(page)
    assert "Inaruwa" in {name for name, _figure in after.values()}
    agrees(page, after)
