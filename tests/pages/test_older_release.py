"""An earlier release is read with the texts and rules of the project under which it was made."""

from pathlib import Path

import pytest

from data.model import Audience
from data.pipeline import Sima
from data.projects.folder import make_folder
from data.reference import project_files
from data.releases.reader import ReleaseReader
from data.settings import Settings
from tests.pages.conftest import Open, clean, plain, questions, scenes

BEFORE, AFTER = "Parents' groups", "Circles of parents"


def _rename(var: Path, before: str, after: str) -> None:
    path = var / "project" / "indicators.toml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(f'"{before}"', f'"{after}"'), "utf-8")
    project_files.forget()


@pytest.fixture
def renamed(small: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Public release 1 under the old name of an indicator, and release 2 under the new one."""
    var = tmp_path / "var"
    monkeypatch.setenv("SIMA_VAR", str(var))
    make_folder(var / "project")
    project_files.forget()
    sima = Sima(Settings.from_environment({"SIMA_VAR": str(var)}))
    for name in (BEFORE, AFTER):
        if name == AFTER:
            _rename(var, BEFORE, AFTER)
        number = sima.request(Audience.PUBLIC, by="demo-steward")
        sima.approve(number, by="demo-approver", why="planned")
    return small


@pytest.mark.parametrize(("number", "name"), [("2", BEFORE), ("3", AFTER), ("", AFTER)])
def test_the_map_and_the_list_of_indicators(renamed: Open, number: str, name: str) -> None:
    app = renamed("public/map.py", indicator="parents_groups", level="palika", release=number)
    clean(app)
    (scene,) = scenes(app)
    assert scene["title"] == name
    assert questions(scene)["indicator"] == "parents_groups"


def test_the_overview(renamed: Open) -> None:
    assert AFTER in plain(renamed("public/overview.py"))
    old = plain(renamed("public/overview.py", release="2"))
    assert BEFORE in old
    assert AFTER not in old


def test_a_release_that_kept_no_files_has_the_texts_of_today(
    renamed: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReleaseReader, "project_files", lambda *_: "")
    assert AFTER in plain(renamed("public/overview.py", release="2"))
