"""The folder of a project is made whole, and newer defaults are taken piece by piece."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from data.model import SimaError
from data.projects import folder as folders
from data.projects.folder import BASE, list_pieces, make_folder, settle_pieces, write_file
from data.reference import project_files
from data.reference.project_files import FILES, read_folder, read_shipped


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "project"
    assert make_folder(place)
    return place


def newer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **changed: str) -> None:
    """Ship other defaults; the names of files are written with an underscore."""
    shipped = tmp_path / "shipped"
    for name in FILES:
        content = project_files.SHIPPED.joinpath(name)
        content = content if content.exists() else project_files.SHIPPED / "gazetteer" / name
        text = changed.get(name.replace(".", "_"), content.read_text("utf-8"))
        (shipped / name).parent.mkdir(parents=True, exist_ok=True)
        (shipped / name).write_text(text, "utf-8")
    for module in (project_files, folders):
        monkeypatch.setattr(module, "shipped_path", lambda name: shipped / name)


def text_of(name: str) -> str:
    return read_shipped().text(name)


def test_the_folder_has_every_default_and_says_the_same(folder: Path) -> None:
    held = read_folder(folder)
    assert held.own == set(FILES)
    assert held.hash == read_shipped().hash
    assert list_pieces(folder) == []


def test_a_folder_that_is_there_stays_as_it_is(folder: Path) -> None:
    (folder / "project.toml").write_text("mine", "utf-8")
    assert not make_folder(folder)
    assert (folder / "project.toml").read_text("utf-8") == "mine"


def test_where_no_folder_can_be_made_one_sentence_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SimaError, match=r"The project folder .*file/project cannot be made"):
        make_folder(tmp_path / "file" / "project")


def test_a_file_that_the_folder_lacks_has_its_default(folder: Path) -> None:
    (folder / "ladder.toml").unlink()
    held = read_folder(folder)
    assert "ladder.toml" not in held.own
    assert held.text("ladder.toml") == text_of("ladder.toml")
    assert list_pieces(folder) == []


def test_a_newer_default_is_shown_and_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = text_of("project.toml").replace("years_after = 2", "years_after = 3") + "\n# more\n"
    newer(monkeypatch, tmp_path, project_toml=text)
    first, second = list_pieces(folder)
    assert (first.label, first.old, first.new) == (
        "project.toml:1", ("years_after = 2",), ("years_after = 3",)
    )  # fmt: skip
    assert settle_pieces(folder, take=["project.toml:2"], keep=["project.toml:1"]) == (
        ["project.toml:2"], ["project.toml:1"],
    )  # fmt: skip
    mine = (folder / "project.toml").read_text("utf-8")
    assert "years_after = 2" in mine
    assert mine.endswith("# more\n")
    assert list_pieces(folder) == []
    assert second.clear


def test_what_the_project_wrote_elsewhere_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = "# ours\n" + text_of("project.toml").replace('licence = "CC-BY-4.0"', 'licence = ""')
    write_file(folder, "project.toml", mine.encode())
    newer(
        monkeypatch, tmp_path,
        project_toml=text_of("project.toml").replace("years_after = 2", "years_after = 3"),
    )  # fmt: skip
    settle_pieces(folder, take=["project.toml"])
    assert (folder / "project.toml").read_text("utf-8") == mine.replace(
        "years_after = 2", "years_after = 3"
    )


def test_lines_that_the_project_changed_itself_are_never_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = text_of("project.toml").replace("years_after = 2", "years_after = 1")
    write_file(folder, "project.toml", mine.encode())
    newer(
        monkeypatch, tmp_path,
        project_toml=text_of("project.toml").replace("years_after = 2", "years_after = 3"),
    )  # fmt: skip
    (piece,) = list_pieces(folder)
    assert not piece.clear
    with pytest.raises(SimaError, match="changed these lines itself"):
        settle_pieces(folder, take=["project.toml:1"])
    assert (folder / "project.toml").read_text("utf-8") == mine
    settle_pieces(folder, keep=["project.toml:1"])
    assert list_pieces(folder) == []
    assert (folder / "project.toml").read_text("utf-8") == mine


def test_what_the_project_wrote_alike_is_not_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = text_of("project.toml").replace("years_after = 2", "years_after = 3")
    write_file(folder, "project.toml", text.encode())
    newer(monkeypatch, tmp_path, project_toml=text)
    assert list_pieces(folder) == []


@pytest.mark.parametrize("labels", [["project.toml:9"], ["nothing.toml"]])
def test_a_change_that_there_is_not_is_refused(folder: Path, labels: list[str]) -> None:
    with pytest.raises(SimaError, match="There is no change"):
        settle_pieces(folder, take=labels)


def test_a_change_cannot_be_taken_and_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer(monkeypatch, tmp_path, project_toml=text_of("project.toml") + "# more\n")
    with pytest.raises(SimaError, match="not both"):
        settle_pieces(folder, take=["project.toml"], keep=["project.toml:1"])


_KILLED = """
import os, sys
from pathlib import Path
from data.projects import folder
count, at = 0, int(sys.argv[2])
really = os.fsync
def fsync(number):
    global count
    count += 1
    if count == at:
        os.kill(os.getpid(), 9)
    really(number)
os.fsync = fsync
folder.make_folder(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("at", [1, 17, 30, 31])
def test_a_killed_set_up_leaves_no_half_folder(tmp_path: Path, at: int) -> None:
    place = tmp_path / "project"
    done = subprocess.run([sys.executable, "-c", _KILLED, str(place), str(at)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not place.exists() or read_folder(place).own == set(FILES)
    make_folder(place)
    assert read_folder(place).hash == read_shipped().hash
    assert len(list((place / BASE).iterdir())) == len(FILES)
