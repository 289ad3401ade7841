"""What stewards do and what follows on the open pages: upload, refusal, release, withdrawal."""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.model import Audience
from data.pipeline import Sima
from data.reference import findings
from data.settings import Settings
from tests.browser.conftest import (
    LONG_MS,
    PHONE,
    Visit,
    figures,
    no_sideways_scroll,
    says,
    serving,
    settle,
)
from tests.data.intake.test_spreadsheet import with_doctype, with_entry
from tests.support.painted_map import SILENT, agrees, painted
from tests.support.workbooks import changed, workbook

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


@pytest.fixture(scope="module")
def refusing(small_var: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A steward's service to which nothing is given that it keeps."""
    var = tmp_path_factory.mktemp("refusing") / "var"
    shutil.copytree(small_var, var)
    with serving(var, "steward") as address:
        yield address


def test_a_figure_goes_from_the_workbook_to_a_colour_on_the_map(
    visit: Visit, small_var: Path, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    shutil.copytree(small_var, var)
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
        expect(page.get_by_text("Rows: 3. New figures: 3. Changed figures: 0.")).to_be_visible()
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
        expect(page.get_by_text("people apart").first).to_be_visible()
        preview = page.frames[1]
        expect(preview.locator(".notes")).to_contain_text("Preview of request 3")
        looks = {each.look for each in painted(preview, BANKE).values()}
        assert SILENT in looks, "those that did not report are dotted"
        assert len(looks) > 1
        page.get_by_role("combobox", name="Why").first.press("ArrowDown")
        page.get_by_role("option", name="As planned").click()
        settle(page)
        press(page, "Approve and publish")
        expect(page.get_by_text("Release 2 is published.")).to_be_visible(timeout=LONG_MS)
        after = visit(public, look)
        said = figures(after)
        assert [said[code][1] for code in NEW] == ["40", "3", "12"]
        looks = agrees(after, said)
        assert len({looks[code] for code in NEW}) == 3, "three figures, three colours"
        with urllib.request.urlopen(f"{public}/healthz") as answer:
            assert json.load(answer)["releases"]["public"] == 2


def test_an_open_page_says_within_a_minute_that_its_release_was_withdrawn(
    visit: Visit, demo_var: Path, tmp_path: Path
) -> None:
    var = tmp_path / "var"
    shutil.copytree(demo_var, var)
    sima = Sima(Settings.from_environment({"SIMA_VAR": str(var)}))
    with serving(var) as public:
        page = visit(public, "/map", PHONE)
        expect(page.locator(".sima-lead b")).to_have_text("1,163")
        expect(page.locator(".sima-notice")).to_have_count(0)
        sima.withdraw(Audience.PUBLIC, 1, by="demo-approver")
        said = page.locator(".sima-notice")
        expect(said).to_have_text(
            "Release 1 was withdrawn. No figures are published at the moment.", timeout=LONG_MS
        )
        box = said.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < PHONE["height"], "it is seen without scrolling"
        assert no_sideways_scroll(page)
        expect(page.locator(".sima-lead")).to_have_count(0)
        expect(page.locator("[data-sima-map]")).to_have_count(0)
        later = visit(public, "/about?lang=ne", PHONE)
        expect(later.locator(".sima-notice")).to_contain_text("प्रकाशन १ फिर्ता लिइयो।")


def test_a_file_about_a_person_is_refused_and_forgotten(visit: Visit, refusing: str) -> None:
    def name(book) -> None:
        book["Data"]["H1"] = "Mobile no."
        book["Data"]["H3"] = "9800000000"

    page = visit(refusing)
    give(page, workbook("groups", change=name))
    expect(page.get_by_text("The file was refused and not kept.")).to_be_visible()
    expect(page.locator(".sima-finding").first).to_contain_text("Data!H1")
    assert "9800000000" not in page.content()
    expect(page.get_by_text("filled.xlsx")).to_have_count(0)
    give(page, workbook("groups", [changed("groups", groups=-1)]))
    expect(page.get_by_text("A count cannot be negative.")).to_be_visible()


def test_a_hostile_file_is_refused_and_the_page_goes_on(visit: Visit, refusing: str) -> None:
    page = visit(refusing)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.url) if r.method == "PUT" else None)
    bomb = findings.load_finding_kinds()["file-bomb"].message["en"]
    broken = findings.load_finding_kinds()["file-truncated"].message["en"]
    for content, said in (
        (with_entry("xl/media/huge.bin", bytes(160_000_000)), bomb),
        (with_doctype(), bomb),
        (b"PK\x03\x04" + bytes(5000), broken),
    ):
        give(page, content)
        settle(page)
        expect(page.locator(".sima-finding").filter(has_text=said)).to_be_visible()
    # The upload of this very visit, with a file past the limit.
    cookies = {c["name"]: c["value"] for c in page.context.cookies(refusing)}
    large = {"name": "a.xlsx", "mimeType": "application/zip", "buffer": b"x" * 21_000_000}
    headers = {"origin": refusing, "x-xsrftoken": cookies.get("_streamlit_xsrf", "")}
    answer = page.request.put(sent[-1], headers=headers, multipart={"file": large})
    assert answer.status == 413
    give(page, workbook("groups", [changed("groups", groups=-1)]))
    expect(page.get_by_text("A count cannot be negative.")).to_be_visible()
