"""Another programme from its folder alone: other places, booths, indicators, and one language.

Nothing of it is in the code: `tests/support/second_programme` is all that it is.
"""

import functools
import io
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dashboard.auth import page_access
from dashboard.i18n import wording
from dashboard.server.routes import sign_in_pages
from data import setup
from data.intake import template_files
from data.model import Audience, Role
from data.pipeline import Sima
from data.projects.check import check_project
from data.reference import project_files, templates
from data.settings import Settings
from tests.conftest import once
from tests.pages.conftest import NEPALI, Open, clean, opener, plain, questions, scenes
from tests.support import programmes
from tests.support.paths import ROOT

FOLDER = ROOT / "tests" / "support" / "second_programme"
BOOTHS = ("KAILALI-MOHANA", "KANCHANPUR-GADDACHAUKI")
PALIKAS = ("Dhangadhi", "Tikapur", "Bhajani", "Kailari", "Godawari")


def _settings(var: Path) -> Settings:
    return Settings.from_environment({"SIMA_VAR": str(var), "SIMA_PROJECT": str(var / "project")})


def _filled(sima: Sima, kind: str, rows: list[list[object]]) -> bytes:
    """Fill the template that this programme's stewards are given."""
    book = load_workbook(
        io.BytesIO(
            template_files.build_template(
                kind,
                "xlsx",
                gazetteer=sima.gazetteer,
                synthetic=True,
                hxl=False,
                organisation="far-west-help",
            )
        )
    )
    for row in rows:
        book[templates.DATA_SHEET].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _make(var: Path) -> None:
    """Set the programme up as an operator does, upload two quarters, and release."""
    shutil.copytree(FOLDER, var / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMA_PROJECT", str(var / "project"))
        project_files.forget()
        settings = _settings(var)
        setup.make_stores(settings, synthetic=True, progress=programmes.quiet)
        sima = Sima(settings, today=date(2024, 8, 1))
        sima.accounts.add("demo-steward", Role.STEWARD)
        sima.accounts.add("demo-approver", Role.APPROVER)
        months = [[booth, f"2023-{month:02}", 30 + month, 20, 40, 25, 26]
                  for booth in BOOTHS for month in range(1, 7)]  # fmt: skip
        clinics = [["Kailali", palika, f"2023-Q{quarter}", "legal-clinic", None, None, 12, 20 + quarter, 3, None]
                   for palika in PALIKAS for quarter in (1, 2)]  # fmt: skip
        for kind, rows in (("booth-month", months), ("trainings", clinics)):
            staged = sima.stage(_filled(sima, kind, rows))
            assert staged.ok, staged.findings
            sima.confirm(staged, by="demo-steward")
        for audience in Audience:
            number = sima.request(audience, by="demo-steward")
            sima.approve(number, by="demo-approver", why="planned")
    project_files.forget()


@pytest.fixture(scope="session")
def second_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once("second", tmp_path_factory, functools.partial(_make))


@pytest.fixture
def second(second_var: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setenv("SIMA_PROJECT", str(second_var / "project"))
    project_files.forget()
    yield opener(second_var, monkeypatch)
    monkeypatch.undo()
    project_files.forget()


def test_its_folder_has_no_fault() -> None:
    assert check_project(project_files.read_folder(FOLDER)) == []
    assert {path.name for path in FOLDER.iterdir()} == set(project_files.FILES) - {
        "bs_months.csv",
        "ladder.toml",
    }


DOORS = [(role, door) for role in Role for door in page_access.of_role(role)]
VIEWERS = {Role.DEPUTY: "deputy:70813", Role.PUBLIC: ""}


@pytest.mark.parametrize(
    ("role", "door"), DOORS, ids=[f"{role}-{door.address}" for role, door in DOORS]
)
def test_every_page_speaks_its_language_alone(
    second: Open, role: Role, door: page_access.Door
) -> None:
    app = second(door.file, VIEWERS.get(role, role.value), lang="ne")
    said = clean(app)
    assert not NEPALI.search(said.replace("सीमा", "")), NEPALI.findall(said)
    assert not [each for each in app.button if each.key == "language_switch"]
    assert wording.language() == "en"


def test_its_figures_and_booths_are_on_the_map(second: Open) -> None:
    app = second(
        "public/map.py", indicator="travellers_informed", period="ad-2023-q2", level="palika"
    )
    clean(app)
    (scene,) = scenes(app)
    assert scene["title"] == "Travellers informed"
    assert [name for _lon, _lat, name in scene["points"]] == ["Mohana", "Gaddachauki"]
    assert scene["lead"]["figure"] == "720"  # two booths, three months of 40 + 25 + 20 + 34…36
    assert questions(scene)["indicator"] == "travellers_informed"
    offered = next(each[2] for each in scene["questions"] if each[0] == "indicator")
    assert offered == ["travellers_informed", "legal_clinics", "people_advised"]


def test_its_overview_counts_what_it_counts(second: Open) -> None:
    said = plain(second("public/overview.py"))
    for name in (
        "Help desks of the far west",
        "All figures are invented.",
        "Travellers informed",
        "Legal clinics",
        "People advised",
    ):
        assert name in said
    for other in ("Parents' groups", "Target and result", "In the project's report"):
        assert other not in said


def test_its_sign_in_offers_no_other_language(second: Open) -> None:
    clean(second("public/about.py"))
    wording.speak("ne")
    page = sign_in_pages.signing_in(name="", said="", after="/", provider="", provider_door="")
    assert 'lang="en"' in page
    assert "/sign-in?next" not in page
    assert not NEPALI.search(page.replace("सीमा", ""))
