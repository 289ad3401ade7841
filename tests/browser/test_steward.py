"""What stewards do and what follows on the open pages: upload, refusal, release, withdrawal."""

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import (
    LONG_MS,
    Visit,
    says,
    serving,
    settle,
)
from tests.support.painted_map import SILENT, painted
from tests.support.workbooks import workbook

NEW = ("51106", "51102", "51107")  # Nepalganj, Kohalpur, Duduwa
BANKE = [f"511{n:02}" for n in range(1, 9)]
pytestmark = pytest.mark.browser


def test_the_server_says_what_it_serves_and_forbids_other_origins(public: str) -> None:
    with urllib.request.urlopen(f"{public}/healthz") as answer:
        assert json.load(answer) == {"status": "ok", "releases": {"public": 1}}
    with urllib.request.urlopen(public) as answer:
        policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' blob: 'sha256-")
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_the_public_server_has_no_stewards_page(public: str) -> None:
    for path in ("/upload", "/release", "/planner", "/palika", "/log", "/sign-in", "/nothing"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(public + path)
        assert refusal.value.code == 404
        assert "There is no such page" in refusal.value.read().decode()


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
    look = "/map?area=511&indicator=sbcc_sessions&period=ad-2024-q1"
    rows = [
        ["Banke", palika, "2024-Q1", "awareness", None, None, None, None, sessions]
        for palika, sessions in (("Nepalgunj", 40), ("Kohalpur", 3), ("Duduwa", 12))
    ]
    with serving(var, "steward") as steward, serving(var) as public:
        before = visit(public, look)
        when = says(before, "When")
        expect(when).not_to_have_text("Jan–Mar 2024")  # the release has no such period yet
        page = visit(steward)
        give(page, workbook("trainings", rows))
        expect(page.get_by_text("3 rows: 3 new figures, 0 changed.")).to_be_visible(timeout=30_000)
        press(page, "Store these figures")
        expect(page.get_by_text("Stored as batch")).to_be_visible()
        page.get_by_role("link", name="Release").click()
        page.get_by_role("button", name="Request a release").wait_for()
        press(page, "Request a release")
        page.get_by_text("Show what it would change").click()
        page.get_by_role("button", name="Approve and publish").wait_for(timeout=LONG_MS)
        settle(page)
        expect(page.get_by_text("New periods: 2024, Jan–Mar 2024")).to_be_visible()
        expect(page.get_by_text("Figures that were released stay the same.")).to_be_visible()
        expect(page.get_by_text("could be at least").first).to_be_visible()
        preview = page.frames[1]
        expect(preview.locator(".notes")).to_contain_text("Preview of request 3")
        looks = {each.look for each in painted(preview, BANKE).values()}
        assert SILENT in looks, "those that did not report are dotted"
        assert len(looks) > 1
        page.get_by_role("combobox", name="Why").first.press("ArrowDown")
        page.get_by_role("option", name="As planned").click()
        settle(page)
        press(page, "Approve and publish")
