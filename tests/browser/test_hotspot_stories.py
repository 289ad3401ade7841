"""The page of hotspots in a browser: a period is chosen by sliding, and restyles what is drawn."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    ON_PHONE,
    PHONE,
    Visit,
    figures,
    no_sideways_scroll,
    serving,
    settle,
    touch,
)
from tests.support.accessibility import barriers
from tests.support.painted_map import legend

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", ON_PHONE)
FIRST = "This does not show where trafficking happens"


@pytest.fixture(scope="module")
def hot(hotspot_var: Path) -> Iterator[str]:
    """Serve a programme with a booth at every border point."""
    with serving(hotspot_var) as address:
        yield address


def slide(page: Page, key: str, period: str) -> None:
    """Move the slider by a key of the keyboard, and wait for its period."""
    slider = page.get_by_role("slider", name="When")
    slider.focus()
    page.keyboard.press(key)
    expect(page.locator(".sima-questions output")).to_have_text(period)
    expect(slider).to_have_attribute("aria-valuetext", period)
    there = re.compile(rf"\|{re.escape(period)}\|")
    expect(page.locator("[data-sima-map]")).to_have_attribute("data-listed", there)
    settle(page)


@SIZES
def test_an_official_slides_through_the_periods_and_no_shape_is_sent_again(
    visit: Visit, hot: str, size: dict[str, int]
) -> None:
    page = visit(hot, "/hotspots", size)
    expect(page.locator(".sima-caution").first).to_contain_text(FIRST)
    box = page.locator(".sima-caution").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < size["height"], "what is not shown is read without scrolling"
    now = figures(page)
    assert [figure for _name, figure in now.values()].count("clearly higher") == 3
    assert {"clearly higher", "not different", "too little data"} <= set(legend(page))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slide(page, "Home", "Jan–Jun 2022")
    slide(page, "ArrowRight", "Jul–Dec 2022")
    assert not [url for url in asked if "/geometry/" in url or "/words/" in url], asked
    assert [url for url in asked if "/scene/hotspots" in url]
    assert "period=ad-2022-h2" in page.url
    assert set(figures(page)) == set(now)
    expect(page.locator(".sima-hotspots tr.higher").first).to_contain_text("times as many")
    assert no_sideways_scroll(page)
    assert barriers(page) == []
    touch(page, page.get_by_role("button", name="नेपाली"))
    expect(page.locator("h1")).to_have_text(re.compile("[\u0900-\u097f]"))
    settle(page)
    expect(page.locator(".sima-questions output")).to_have_text("जुलाई–डिसेम्बर २०२२")
    assert no_sideways_scroll(page)
    assert barriers(page) == []


def test_too_little_data_everywhere_is_a_page_and_says_what_it_means(
    visit: Visit, public: str
) -> None:
    page = visit(public, "/hotspots", PHONE)
    expect(page.locator(".sima-empty")).to_contain_text(
        "This does not mean that there is no problem"
    )
    assert {figure for _name, figure in figures(page).values()} == {"too little data"}
    assert no_sideways_scroll(page)
    assert barriers(page) == []
