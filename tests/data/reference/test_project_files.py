"""A process works with one state of a project's files, and notices a new one."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from data.model import SimaError
from data.projects.folder import make_folder, write_file
from data.reference import project_files
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.project_files import FILES, pin, pinned, read_folder
from data.reference.project_files import project_files as present


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "project"
    make_folder(place)
    monkeypatch.setenv("SIMA_PROJECT", str(place))
    project_files.forget()
    yield place
    monkeypatch.undo()
    project_files.forget()


def rename(folder: Path, name: str) -> None:
    text = read_folder(folder).text("indicators.toml")
    old = 'en = "People informed at booths"'
    write_file(folder, "indicators.toml", text.replace(old, f'en = "{name}"', 1).encode())


def test_an_edit_is_noticed_by_what_was_loaded_before(folder: Path) -> None:
    assert load_indicators()["booth_contacts"].name["en"] == "People informed at booths"
    before = present().hash
    rename(folder, "Contacts")
    assert load_indicators()["booth_contacts"].name["en"] == "Contacts"
    assert present().hash != before


def test_an_edit_by_somebody_else_is_noticed_within_a_second(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    present()
    clock = project_files.monotonic() + 2
    sites = folder / "sites.csv"
    sites.write_text(sites.read_text("utf-8").replace("Jamunaha", "Jamunaha bridge"), "utf-8")
    monkeypatch.setattr(project_files, "monotonic", lambda: clock)
    assert Gazetteer.load().name("BANKE-JAMUNAHA", "en").startswith("Jamunaha bridge")


def test_work_that_holds_a_state_does_not_see_another(folder: Path) -> None:
    with pinned() as held:
        rename(folder, "Contacts")
        assert present() is held
        assert load_indicators()["booth_contacts"].name["en"] == "People informed at booths"
    assert load_indicators()["booth_contacts"].name["en"] == "Contacts"


def test_a_thread_holds_what_it_pinned_until_it_pins_again(folder: Path) -> None:
    pin()
    rename(folder, "Contacts")
    assert load_indicators()["booth_contacts"].name["en"] == "People informed at booths"
    pin()
    assert load_indicators()["booth_contacts"].name["en"] == "Contacts"
    project_files._pinned.set(None)  # noqa: SLF001  # no later test holds this folder


def test_a_folder_that_was_named_and_is_missing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIMA_PROJECT", str(tmp_path / "nowhere"))
    project_files.forget()
    with pytest.raises(SimaError, match="There is no project folder"):
        present()
    monkeypatch.undo()
    project_files.forget()


def test_text_that_is_not_utf8_is_named(folder: Path) -> None:
    write_file(folder, "ladder.toml", b"\xff\xfe")
    with pytest.raises(SimaError, match=r"ladder\.toml is not text in UTF-8"):
        read_folder(folder).text("ladder.toml")


def test_the_same_files_make_the_same_archive_and_it_has_all_of_them(folder: Path) -> None:
    once = read_folder(folder)
    os.utime(folder / "sites.csv", (1, 1))
    assert once.packed() == read_folder(folder).packed()
    with zipfile.ZipFile(io.BytesIO(once.packed())) as archive:
        assert archive.namelist() == list(FILES)
