"""How near things are: a new reader at the public page, on a phone, counting taps."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Visit, figures, settle, shows

pytestmark = pytest.mark.browser


class Taps:
    """A reader who counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, target: Locator) -> None:
        target.tap()
        self.count += 1
        settle(self.page)


def test_one_palikas_groups_and_the_claim_of_780_are_three_taps_away(
    visit: Visit, public: str
) -> None:
    page = visit(public, "/", PHONE)
    taps = Taps(page)
    groups = page.locator(".st-key-overview-card-groups")
    taps.on(groups.get_by_role("link", name="See it on the map"))
    shows(page, "Parents' groups", "2023")
    named = dict(figures(page).values())
    assert named["Nepalganj"].isdecimal(), "a palika with the number of its groups"
    page.go_back()  # the browser's own: the second tap
    taps.count += 1
    settle(page)
    members = page.locator(".st-key-overview-card-members")
    taps.on(members.get_by_role("link", name=re.compile("780|F6|published", re.IGNORECASE)))
    expect(page.locator("h1")).to_be_visible()
    claim = page.locator("#claim-F6")
    expect(claim).to_contain_text("780")
    expect(claim.locator("[lang=en]").first).to_contain_text("780")
    expect(claim).to_contain_text("Plan International Nepal")
    box = claim.bounding_box()
    assert box is not None
    assert box["y"] < PHONE["height"], "the claim is on the first screen"
    assert taps.count <= 3
