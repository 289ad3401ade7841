"""`sima project …` shows, checks and upgrades the folder of a project."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.cli.main import main
from data.projects.folder import BASE, make_folder
from data.reference.project_files import FILES, read_folder, read_shipped


@pytest.fixture
def var(tmp_path: Path) -> Path:
    make_folder(tmp_path / "project")
    return tmp_path


def sima(var: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["project", *arguments], env={"SIMA_VAR": str(var)})


def test_show_says_where_the_files_are_and_what_was_changed(var: Path) -> None:
    (var / "project" / "sites.csv").write_bytes(read_shipped().content["sites.csv"] + b"\n")
    found = json.loads(sima(var, "show", "--json").output)
    assert found["folder"] == str(var / "project")
    assert {name for name, state in found["files"].items() if state == "changed"} == {"sites.csv"}
    assert set(found["files"]) == set(FILES)
    assert found["hash"] != read_shipped().hash
    assert found["hash"] in sima(var, "show").output


def test_check_lists_faults_in_both_languages_and_exits_with_1(var: Path) -> None:
    assert sima(var, "check").exit_code == 0
    (var / "project" / "polcy.toml").write_text("")
    assert "Files that Sima does not use: polcy.toml" in sima(var, "check").output
    policy = var / "project" / "policy.toml"
    policy.write_text(policy.read_text("utf-8").replace("people = 10", "people = 9", 1), "utf-8")
    done = sima(var, "check")
    assert done.exit_code == 1
    assert "policy.toml, line 9: threshold.public.people: must be at least 10." in done.output
    assert "कम्तीमा १० हुनुपर्छ" in done.output
    (fault,) = json.loads(sima(var, "check", "--json").output)["faults"]
    assert (fault["file"], fault["line"]) == ("policy.toml", 9)


def test_upgrade_shows_and_takes_what_a_newer_default_changes(var: Path) -> None:
    """An older default: the kept one and the project's file lack a line that is shipped."""
    shipped = read_shipped().text("policy.toml")
    older = shipped.replace("hidden_parts = 3\n", "hidden_parts = 4\n")
    for path in (var / "project" / "policy.toml", var / "project" / BASE / "policy.toml"):
        path.write_text(older, "utf-8")
    said = sima(var, "upgrade").output
    assert "policy.toml:1, line" in said
    assert "- hidden_parts = 4" in said
    assert "+ hidden_parts = 3" in said
    assert (var / "project" / "policy.toml").read_text("utf-8") == older, "nothing was written"
    taken = sima(var, "upgrade", "--take", "policy.toml:1")
    assert "Taken: policy.toml:1" in taken.output
    assert (var / "project" / "policy.toml").read_text("utf-8") == shipped
    assert json.loads(sima(var, "upgrade", "--json").output)["changes"] == []


def test_a_wrong_change_or_folder_is_one_sentence(var: Path) -> None:
    wrong = sima(var, "upgrade", "--take", "policy.toml:7")
    assert wrong.exit_code == 2
    assert "There is no change policy.toml:7" in wrong.output
    none = sima(var / "nowhere", "check")
    assert none.exit_code == 2
    assert "Make it with: sima setup" in none.output


def test_get_writes_the_files_under_which_a_release_was_made(
    small_var: Path, tmp_path: Path
) -> None:
    shutil.copytree(small_var, tmp_path / "var")
    made = tmp_path / "old"
    asked = ("get", "1", "--audience", "public", "--to", str(made))
    done = sima(tmp_path / "var", *asked)
    assert done.exit_code == 0, done.output
    assert {path.name for path in made.iterdir()} == set(FILES)
    assert read_folder(made).hash == read_shipped().hash
    assert read_shipped().hash in done.output
    again = sima(tmp_path / "var", *asked)
    assert again.exit_code == 2
    assert "exists already" in again.output
    none = sima(tmp_path / "var", "get", "7", "--audience", "public", "--to", str(tmp_path / "b"))
    assert none.exit_code == 2
    assert "release 7" in none.output
    assert not (tmp_path / "b").exists()
