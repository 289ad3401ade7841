"""No page keeps somebody out: what axe-core calls serious or critical is on none of them.

The overview, the map, a deputy's and a planner's page are asked in their stories, at both sizes.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Visit, figures, no_sideways_scroll, serving
from tests.support.accessibility import barriers
from tests.support.painted_map import SILENT, agrees

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def steward(demo_var: Path) -> Iterator[str]:
    with serving(demo_var, "steward") as address:
        yield address


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_on_committees(visit: Visit, public: str, size: dict[str, int]) -> None:
    page = visit(public, "/committees?area=511", size)
    looks = agrees(page, figures(page))
    assert SILENT in looks.values(), "no record is dotted, never a rung"
    assert len(set(looks.values())) >= 3
    assert no_sideways_scroll(page)
    assert barriers(page) == []


@pytest.mark.parametrize(
    "path",
    ["/about", "/safety?lang=ne", "/claims?claim=F6", "/claims?lang=ne", "/place", "/place?unit=51106&lang=ne",
     "/logframe", "/committees?lang=ne"],
)  # fmt: skip
def test_a_page_of_text(visit: Visit, public: str, path: str) -> None:
    assert barriers(visit(public, path)) == []


def test_the_pages_of_a_steward(visit: Visit, steward: str) -> None:
    page = visit(steward, "/")
    expect(page.locator("h1")).to_have_text("Upload")
    assert barriers(page) == []
    page = visit(steward, "/release", PHONE)
    expect(page.locator("h1")).to_have_text("Release")
    assert no_sideways_scroll(page)
    assert barriers(page) == []
