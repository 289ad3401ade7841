"""The page on safety in a real browser: both sizes, both languages, on paper."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Visit, settle

pytestmark = pytest.mark.browser
CONCLUSION = {
    "en": "Ward B can have any number from 0 to 26.",
    "ne": "वडा खमा ० देखि २६ सम्म जति पनि हुन सक्छ।",
}
TOO_WIDE = """() => [...document.querySelectorAll(".stMain *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1)
    && !element.closest(".sima-skip");
}).map((element) => element.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("language", ["en", "ne"])
def test_the_example_is_read_to_its_end(
    visit: Visit, public: str, size: dict[str, int], language: str
) -> None:
    page = visit(public, f"/safety?lang={language}", size)
    end = page.locator(".sima-safety .end")
    expect(end).to_contain_text(CONCLUSION[language])
    end.scroll_into_view_if_needed()
    expect(end).to_be_in_viewport()
    expect(page.locator(".sima-safety dd")).to_have_count(4)
    assert page.evaluate(TOO_WIDE) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_answer_is_seen_without_scrolling_on_a_phone(visit: Visit, public: str) -> None:
    for language in ("en", "ne"):
        page = visit(public, f"/safety?lang={language}", PHONE)
        box = page.locator(".sima-safety.lead").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"]


def test_hidden_is_hatched_and_every_cell_has_its_heads(visit: Visit, public: str) -> None:
    page = visit(public, "/safety")
    hatched = page.locator("td.hatch")
    assert hatched.count() == 5
    for n in range(5):
        assert "repeating-linear-gradient" in hatched.nth(n).evaluate(
            "cell => getComputedStyle(cell).backgroundImage"
        )
        assert hatched.nth(n).inner_text() == "hidden"
    assert page.locator(".sima-safety table").count() == 4
    assert page.locator(".sima-safety table > caption").count() == 4
    assert page.locator(".sima-safety th:not([scope])").count() == 0
    page.get_by_role("table", name="Invented palika, step 3").wait_for()


def test_about_leads_here_in_the_language_in_use(visit: Visit, public: str) -> None:
    page = visit(public, "/about?lang=ne", PHONE)
    page.get_by_role("link", name="हामी मानिसलाई कसरी सुरक्षित राख्छौँ").click()
    expect(page.locator(".sima-safety .end")).to_contain_text(CONCLUSION["ne"])
    settle(page)
    assert "/safety" in page.url


def test_the_page_prints_whole(visit: Visit, public: str) -> None:
    page = visit(public, "/safety")
    page.emulate_media(media="print")
    expect(page.locator(".sima-safety .end")).to_be_visible()
    tall = page.evaluate("document.querySelector('.sima-safety dl').getBoundingClientRect().bottom")
    assert page.evaluate("document.documentElement.scrollHeight") >= tall, "nothing is cut off"
    assert (
        page.locator("td.hatch").first.evaluate("cell => getComputedStyle(cell).printColorAdjust")
        == "exact"
    )
