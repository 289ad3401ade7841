"""Each page by itself, through Streamlit's own test runner: with data, without, both languages."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard import access, asgi, wording
from data import database, findings, setup
from data.model import Audience
from data.pipeline import Sima
from data.settings import Settings
from tests.sheets import changed, workbook

Open = Callable[..., AppTest]
NEPALI = re.compile("[\u0900-\u097f]")


def quiet(_message: str) -> None:
    return


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    st.cache_data.clear()
    access.bind("127.0.0.1")
    yield
    access._BOUND_TO.clear()  # noqa: SLF001  # as before the server started
    wording.speak("en")
    database.close_all()


def opener(var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    def open_(page: str = "", viewer: str = "", **query: str) -> AppTest:
        monkeypatch.setenv("SIMA_VAR", str(var))
        monkeypatch.setenv("SIMA_DEV_VIEWER", viewer)
        app = AppTest.from_file(str(asgi.ENTRY), default_timeout=60)
        app.query_params.update(query)
        app.run()
        if page:
            app.switch_page(str(asgi.ENTRY.parents[1] / "pages" / page)).run()
        return app

    return open_


@pytest.fixture
def shown(demo_var: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of the demonstration, to be read only."""
    return opener(demo_var, monkeypatch)


@pytest.fixture
def own(demo_var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of a copy of the demonstration."""
    shutil.copytree(demo_var, tmp_path / "var")
    return opener(tmp_path / "var", monkeypatch)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open a page of stores in which nothing has been stored yet."""
    settings = Settings.from_environment({"SIMA_VAR": str(tmp_path / "var")})
    setup.make_stores(settings, synthetic=True, progress=quiet)
    for audience in Audience:
        Sima(settings).writer(audience)
    return opener(tmp_path / "var", monkeypatch)


def text(app: AppTest) -> str:
    """Everything that the page says."""
    kinds = ("title", "header", "markdown", "info", "error", "warning", "success", "caption")
    said = [element.value for kind in kinds for element in app.get(kind)]
    bodies = [element.proto.body for element in app.get("html")]
    said += [body for body in bodies if not body.startswith("<style>")]
    return "\n".join(str(part) for part in said)


def clean(app: AppTest) -> str:
    assert not app.exception, app.exception
    return text(app)


def test_the_public_map_opens_on_an_answer(shown: Open) -> None:
    said = clean(shown())
    assert "What communities do at the border" in said
    assert "Children trained in Nepal, 2023" in said
    assert "Synthetic demonstration data" in said
    assert "Release 1 for the public" in said
    assert "1098" in said


def test_the_address_and_the_controls_say_the_same(shown: Open) -> None:
    app = shown(area="511", indicator="booth_contacts", period="ad-2023-q2")
    clean(app)
    assert [box.value for box in app.selectbox] == ["booth_contacts", "ad-2023-q2", "511"]
    app.selectbox[1].set_value("ad-2023-q1").run()
    clean(app)
    assert app.query_params["period"] == "ad-2023-q1"
    assert app.query_params["area"] == "511"


@pytest.mark.parametrize(
    "query",
    [{"area": "<script>"}, {"indicator": "nothing"}, {"period": "ad-1900"}, {"lang": "xx"},
     {"area": "999", "indicator": "", "period": "../etc"}],
)  # fmt: skip
def test_a_hostile_or_old_address_still_gives_a_map(shown: Open, query: dict[str, str]) -> None:
    said = clean(shown(**query))
    assert "<script>" not in said
    assert "What communities do at the border" in said


def test_every_indicator_and_area_can_be_looked_at(shown: Open) -> None:
    app = shown()
    for indicator in app.selectbox[0].options:
        app = app.selectbox[0].select(indicator).run()
        clean(app)
    for area in ("border", "312", "104"):
        clean(shown(area=area))


def test_the_public_pages_speak_nepali(shown: Open) -> None:
    for page in ("", "public/about.py"):
        app = shown(page, lang="ne") if not page else shown(page)
        if page:
            app.session_state["language"] = "ne"
            app.run()
        said = clean(app)
        for line in re.sub(r"<[^>]+>", "\n", said).splitlines():
            if len(line.strip()) > 25 and "Survey Department" not in line:
                assert NEPALI.search(line), line


def test_without_a_release_every_page_says_what_will_be_there(empty: Open) -> None:
    assert "No release is being served" in clean(empty())
    assert "No release is being served" in clean(empty(viewer="deputy:31206"))
    assert "Everything that is wrong is shown at once" in clean(empty(viewer="steward"))
    said = clean(empty("steward/release.py", viewer="steward"))
    assert "Nothing has been stored yet" in said


def test_a_deputy_sees_her_palika_and_nobody_elses(shown: Open) -> None:
    said = clean(shown(viewer="deputy:31206"))
    assert "Hetauda" in said
    assert "Ward by ward" in said
    assert "Kohalpur" not in said


def test_a_palika_without_figures_says_so(shown: Open) -> None:
    said = clean(shown(viewer="deputy:10101"))
    assert "No figure by ward was released for this palika yet" in said


def test_the_public_has_no_way_to_the_other_pages(shown: Open) -> None:
    for page in ("steward/upload.py", "steward/release.py", "partner/palika.py"):
        with pytest.raises(ValueError, match="Could not find a navigation page"):
            shown(page)


def test_pages_without_sign_in_are_refused_off_the_loopback_address(shown: Open) -> None:
    access.bind("0.0.0.0")  # noqa: S104  # that is what is refused
    said = text(shown(viewer="steward"))
    assert "works on the loopback address only" in said
    assert "Everything that is wrong" not in said


def upload(app: AppTest, content: bytes, name: str = "groups.xlsx") -> AppTest:
    return app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()


def test_an_upload_is_checked_stored_asked_for_approved_and_shown(own: Open) -> None:
    app = own(viewer="steward")
    rows = [changed("groups", ward=ward, period="2024-Q1") for ward in range(1, 20)]
    app = upload(app, workbook("groups", rows))
    assert "19 rows: 57 new figures, 0 changed." in clean(app)
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)
    app = own("steward/release.py", viewer="steward")
    app.selectbox[0].select(Audience.PARTNER)
    app = next(b for b in app.button if b.label == "Ask for a release").click().run()
    assert "waits for another person's approval" in clean(app)
    app = app.toggle[0].set_value(True).run()
    assert "Jan–Mar 2024" in clean(app)
    app = next(b for b in app.button if b.label == "Approve and publish").click().run()
    assert "Release 2 is being served." in clean(app)
    app = own(viewer="deputy:31206", indicator="parents_groups", period="ad-2024-q1")
    assert "Release 2 for the partners" in clean(app)
    assert "ad-2024-q1" in [box.value for box in app.selectbox]


def test_everything_wrong_is_shown_in_both_languages(own: Open) -> None:
    app = own(viewer="steward")
    row = changed("groups", palika="Gadi Municipality", groups=-1)
    said = clean(upload(app, workbook("groups", [row])))
    assert "A count cannot be negative." in said
    assert "Data!E3" in said
    assert findings.load()["count-negative"].message["ne"] in said
    assert "nothing was stored" in said
    assert app.radio[0].options[0].startswith("Makawanpurgadhi (31208)")
    app.radio[0].set_value("31208")
    app = next(b for b in app.button if b.label == "Remember this choice").click().run()
    assert "palika for certain" not in clean(app)


def test_a_file_about_a_person_leaves_nothing_behind(own: Open) -> None:
    def name(book) -> None:
        book["Data"]["H1"] = "Victim's name"
        book["Data"]["H3"] = "Invented Name"

    app = own(viewer="steward")
    app = upload(app, workbook("groups", change=name))
    said = clean(app)
    assert "The file was refused and not kept." in said
    assert "Invented" not in said
    assert app.file_uploader[0].value is None
    assert "staged" not in app.session_state


def test_a_correction_asks_for_its_reason(own: Open) -> None:
    app = own(viewer="steward")
    rows = [["Makwanpur", "Hetauda", 1, "2023-Q4", 7, 90, 90]]
    app = upload(app, workbook("groups", rows))
    said = clean(app)
    assert "3 changed" in said
    assert len(app.dataframe) == 1
    app.selectbox[-1].select("counting-error")
    app = next(b for b in app.button if b.label == "Store these figures").click().run()
    assert "Stored as batch" in clean(app)
