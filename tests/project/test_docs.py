"""The documentation is part of the product: what it names exists, and what it lists is complete."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.cli import main
from data import documentation
from data.projects import folder
from data.projects.changes import new_indicator
from tests.support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("findings/*.md")])
WRITTEN = [
    page for page in PAGES if page.name not in ("data-dictionary.md", "findings.md")
]  # by hand
WIDEST = 120  # columns of text
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(
        r"`((?:tests|data|dashboard|geo|pages|docs)/[\w./-]+\.\w+)`", page.read_text("utf-8")
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_decision_is_listed() -> None:
    listed = LINK.findall((ROOT / "docs/decisions/README.md").read_text(encoding="utf-8"))
    there = [path.name for path in sorted((ROOT / "docs/decisions").glob("0*.md"))]
    assert listed == there


def test_every_indicator_of_the_page_about_projects_can_be_added_as_it_stands(
    tmp_path: Path,
) -> None:
    folder.make_folder(tmp_path / "project")
    page = (ROOT / "docs/project.md").read_text("utf-8")
    examples = [each for each in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if each]
    added = [new_indicator(text, project=tmp_path / "project").codes for text in examples]
    assert added == [("home_visits",), ("people_helped",)]


def test_every_setting_is_documented() -> None:
    sources = (ROOT / "data/settings.py").read_text(encoding="utf-8")
    settings = set(re.findall(r"\"(SIMA_[A-Z_]+)\"", sources))
    assert len(settings) >= 4
    manual = (ROOT / "docs/operators.md").read_text(encoding="utf-8")
    assert {name for name in settings if name not in manual} == set()


def test_generated_pages_are_what_the_tables_say() -> None:
    assert documentation.out_of_date() == [], "run: make docs"


def test_the_project_speaks_of_itself_alone() -> None:
    folders = "|".join(
        ("home", "mnt", "opt", "root", "srv", "tmp", "work", re.escape(ROOT.parts[1]))
    )
    registry = r"\b[\w-]+(?:\.[\w-]+)+/simple\b"
    elsewhere = re.compile(
        rf"(?<![\w.:/-])/(?:{folders})/|{registry}|\bsession was cut\b", re.IGNORECASE
    )
    assert elsewhere.search("see /tmp/plan")
    assert elsewhere.search("from index.example.org/simple")
    assert [str(p) for p in PAGES if elsewhere.search(p.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_text_of_a_page_is_no_wider_than_its_editor(page: Path) -> None:
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), start=1)
    wide = [n for n, line in lines if len(line) > WIDEST and not line.lstrip().startswith("|")]
    assert wide == [], "wrap these lines; rows of a table may be wider"


def test_the_example_of_a_table_to_protect_is_true_word_by_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/statisticians.md").read_text("utf-8")
    section = page.partition("## Protect a table of your own\n")[2].partition("\n## ")[0]
    for name, content in re.findall(r"This is `(\w+\.csv)`:\n\n```\n(.*?)```", section, re.DOTALL):
        Path(name).write_text(content, "utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    (printed,) = re.findall(r"Sima prints:\n\n```\n(.*?)```", section, re.DOTALL)
    said = ""
    for command in commands.splitlines():
        program, *arguments = command.replace("KEY", "0" * 64).split()
        assert program == "sima"
        result = CliRunner().invoke(main.main, arguments)
        assert result.exit_code == 0, result.output
        said += result.output
    assert said == printed.replace("KEY", "0" * 64)


def test_the_example_of_a_table_to_attack_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs/statisticians.md").read_text("utf-8")
    section = page.partition("## Attack a table\n")[2].partition("\n## ")[0]
    for name, content in re.findall(r"This is `(\w+\.csv)`:\n\n```\n(.*?)```", section, re.DOTALL):
        Path(name).write_text(content, "utf-8")
    (commands,) = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    for command in commands.splitlines():
        line, _, said = command.partition("#")
        result = CliRunner().invoke(
            main.main, [*line.split()[1:], *([] if "--json" in line else ["--json"])]
        )
        least, most = json.loads(result.stdout)["cells"]["a"]
        assert f"[{least}, {most}]" in said or f"{least} to {most}" in said
