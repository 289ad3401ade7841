"""Every view is in its address: Back, Forward, a reload and a link give it again."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, choose, figures, says, settle, shows
from tests.support.painted_map import place, rested

pytestmark = pytest.mark.browser


def asked(page: Page) -> dict[str, str]:
    """What the lists of the map say."""
    boxes = page.locator(".sima-questions select:visible")
    said = boxes.evaluate_all(
        "all => all.map(e => [e.labels[0].textContent, e.selectedOptions[0].textContent])"
    )
    return dict(said)


def test_a_choice_is_undone_by_back_done_again_by_forward_and_survives_a_reload(
    visit: Visit, public: str
) -> None:
    page = visit(public, "/map")
    assert page.url == f"{public}/map", "an address without a choice stays as it came"
    begun = asked(page)
    choose(page, "When", "2022")
    choose(page, "Where", "Banke")
    shared, view = page.url, (asked(page), figures(page))
    assert all(part in shared for part in ("release=1", "area=511", "period=ad-2022"))
    page.go_back()
    expect(says(page, "Where")).to_have_text(begun["Where"])
    expect(says(page, "When")).to_have_text("2022")
    settle(page)
    page.go_back()
    expect(says(page, "When")).to_have_text(begun["When"])
    shows(page, "Children trained", "2023")
    assert asked(page) == begun
    page.go_forward()
    expect(says(page, "When")).to_have_text("2022")
    settle(page)
    page.go_forward()
    expect(says(page, "Where")).to_have_text("Banke")
    shows(page, "Children trained", "2022")
    assert (asked(page), figures(page)) == view
    page.reload()
    shows(page, "Children trained", "2022")
    assert (page.url, asked(page), figures(page)) == (shared, *view)
    link = visit(public, shared.removeprefix(public), fresh=True)
    assert (asked(link), figures(link)) == view


def test_the_map_keeps_its_place_until_another_area_is_chosen(visit: Visit, public: str) -> None:
    page = visit(public, "/map?area=511")
    fitted = place(page)
    page.get_by_role("button", name="Zoom in").click()
    nearer = rested(page, beyond=fitted[0])
    box = page.locator(".sima-map").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 240, box["y"] + 230, steps=6)
    page.mouse.up()  # with a swing, where the page was quick
    settle(page)
    moved = rested(page)
    assert moved[0] == nearer[0] > fitted[0]
    assert moved[1:] != nearer[1:]
    choose(page, "When", "2022")
    shows(page, "Children trained", "2022")
    assert place(page) == moved
    choose(page, "What", "Awareness sessions")
    shows(page, "Awareness sessions")
    assert place(page) == moved
    choose(page, "Where", "Sunsari")
    shows(page, "Awareness sessions")
    assert place(page) != moved
    choose(page, "Where", "Banke")
    shows(page, "Awareness sessions")
    assert place(page)[0] == fitted[0], "as near as before"
    fresh = visit(public, page.url.removeprefix(public), fresh=True)
    assert place(page) == place(fresh), "and where it is drawn with this figure's legend"
