"""The command line: help that helps, JSON alone on its stream, one sentence for what is wrong."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dashboard.cli.main import main
from data.database import engines
from data.disclosure.reader_audit import Exposure
from data.model import Audience
from data.reference import templates
from data.release_making import build, offers
from data.release_making.release_choice import Choice, Offer
from data.settings import Settings
from tests.support.paths import ROOT
from tests.support.workbooks import as_csv, changed, workbook

Run = Callable[..., Result]


@pytest.fixture
def run(own_demo: Settings) -> Run:
    """Run a command on a copy of the demonstration."""
    return runner(Path(str(own_demo.holdings)).parents[1])


@pytest.fixture
def run_small(small_var: Path, tmp_path: Path) -> Run:
    """Run a command on a copy of the small programme."""
    shutil.copytree(small_var, tmp_path / "var")
    return runner(tmp_path / "var")


def runner(var: Path) -> Run:
    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(main, list(arguments), env={"SIMA_VAR": str(var)})
        engines.close_all()
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        deeper = isinstance(command, click.Group)
        found += commands(command, (*path, name)) if deeper else [(*path, name)]
    return found


@pytest.mark.parametrize("path", commands(main), ids=" ".join)
def test_help_helps(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4
    command = main
    for name in path:
        command = command.commands[name]
    assert command.help


def test_every_command_stands_in_the_manual() -> None:
    manual = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))
    missing = [
        " ".join(path) for path in commands(main)
        if path and f"sima {' '.join(path)}" not in manual
        and not any(other[: len(path)] == path and other != path for other in commands(main))
    ]  # fmt: skip
    assert missing == []


@pytest.mark.parametrize("kind", templates.KINDS)
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_template_is_written_and_can_be_staged(
    run: Run, tmp_path: Path, kind: str, suffix: str
) -> None:
    file = tmp_path / f"t.{suffix}"
    assert run("template", kind, str(file), "--hxl", "--district", "Banke").exit_code == 0
    staged = run("stage", str(file), "--json")
    found = json.loads(staged.stdout)
    assert found["kind"] == kind
    assert [finding["kind"] for finding in found["findings"]] == ["file-no-rows"]
    assert staged.exit_code == 1


def test_the_whole_way_by_command(run_small: Run, tmp_path: Path) -> None:
    file = tmp_path / "groups.xlsx"
    file.write_bytes(workbook("groups", [changed("groups", period="2024-Q1")]))
    dry = json.loads(run_small("stage", str(file), "--json").stdout)
    assert (dry["ok"], dry["new_figures"], dry["batch"]) == (True, 3, None)
    stored = run_small("stage", str(file), "--confirm", "--by", "demo-steward")
    assert "Stored as batch" in stored.stdout
    again = run_small("stage", str(file), "--confirm")
    assert "Nothing new" in again.stdout
    asked = run_small("release", "--audience", "partner")
    assert "Request 3." in asked.stdout
    waiting = json.loads(run_small("requests", "--json").stdout)
    assert (waiting[0]["request_id"], waiting[0]["state"]) == (3, "asked")
    dry_run = run_small("approve", "3", "--by", "demo-approver", "--dry-run")
    assert "published" in dry_run.stdout
    unsaid = run_small("approve", "3", "--by", "demo-approver")
    assert "The audit log needs a reason: --why, one of planned, needed_soon" in unsaid.stderr
    made = run_small("approve", "3", "--by", "demo-approver", "--why", "planned")
    assert "Release 2 is published." in made.stdout
    listed = json.loads(run_small("releases", "--audience", "partner", "--json").stdout)
    assert [(r["number"], r["state"]) for r in listed] == [(2, "current"), (1, "superseded")]
    gone = ("withdraw", "2", "--audience", "partner", "--by", "demo-approver")
    assert "The audit log needs a reason: --why" in run_small(*gone).stderr
    withdrawn = run_small(*gone, "--why", "figures_wrong")
    assert "Release 1 is shown now." in withdrawn.stdout
    purged = run_small("purge").stdout
    assert "0 uploaded files deleted" in purged
    assert "0 names removed" in purged


def test_a_figure_that_is_named_at_a_withdrawal_stays_hidden(
    run_small: Run, tmp_path: Path
) -> None:
    gone = ("withdraw", "1", "--audience", "partner", "--by", "demo-approver")
    much = (*gone, "--why", "shows_too_much")
    wrong = run_small(*much, "--hide", "parents_members,31206,ad-2020-q1")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("sima: --hide parents_members,31206,ad-2020-q1: release 1 did")
    figure = "parents_members,31206,ad-2023-q4"
    early = run_small(*gone, "--why", "figures_wrong", "--hide", figure)
    assert "with the reason shows_too_much only" in early.stderr
    plain = run_small(*much)
    assert (plain.exit_code, plain.stdout) == (0, "Withdrawn. No release is shown now.\n")
    assert "--why shows_too_much --hide INDICATOR,PLACE,PERIOD" in plain.stderr
    assert len(plain.stderr.splitlines()) == 1
    file = tmp_path / "hide.csv"
    file.write_text(f"indicator,place_code,period\n{figure}\n")
    named = run_small(*much, "--hide", figure, "--hide-list", str(file))
    assert (named.exit_code, named.stderr) == (0, "Figures that no later release shows again: 1.\n")
    again = run_small(*much)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "partner release 1 is withdrawn already." in again.stderr
    run_small("release", "--audience", "partner", "--by", "demo-steward")
    shown = run_small("approve", "3", "--by", "demo-approver", "--dry-run").stdout
    assert "1 figures stay hidden because an earlier release showed them by mistake." in shown


def test_what_waits_in_a_release_is_chosen_and_taken_back(
    run_small: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "groups.xlsx"
    file.write_bytes(workbook("groups", [changed("groups", period="2024-Q1")]))
    run_small("stage", str(file), "--confirm", "--by", "demo-steward")
    run_small("release", "--audience", "partner", "--by", "demo-steward")
    mine = ("adjust", "3", "--by", "demo-steward")
    look = ("approve", "3", "--by", "demo-approver", "--dry-run")
    assert "Say one of these: --offer NUMBER" in run_small(*mine).stderr
    assert "Say one of these" in run_small(*mine, "--nothing", "--offer", "1").stderr
    wrong = run_small(*mine, "--let-wait", "parents_members,31206")
    assert (wrong.exit_code, "--let-wait parents_members,31206: write" in wrong.stderr) == (2, True)
    figure = "parents_members,NP,ad-2024-q1"
    listed = tmp_path / "wait.csv"
    listed.write_text(f"indicator,place_code,period\n{figure}\n")
    for way in (["--let-wait", figure], ["--let-wait-list", str(listed)]):
        chosen = run_small(*mine, *way)
        assert chosen.stdout == (
            "Chosen. Look at the release again: sima approve 3 --by ACCOUNT --dry-run\n"
        )
    hidden = run_small(*mine, "--hide", figure, "--hide-list", str(listed))
    assert hidden.exit_code == 0
    assert "Somebody chose that these are hidden:" in run_small(*look).stdout
    taken_back = run_small(*mine, "--nothing").stdout
    assert taken_back == "Nothing waits and nothing is hidden by choice.\n"
    # A release that is refused names the choices with which it passes.
    wait = Choice(frozenset({("parents_members", "NP", "ad-2024-q1")}))
    really = build.build_release
    exposed = Exposure(Audience.PARTNER, "parents_members|31206|ad-2024-q1|all|all", "", ())
    monkeypatch.setattr(
        build,
        "build_release",
        lambda *a: made if (made := really(*a)).choice else replace(made, exposures=(exposed,)),
    )
    monkeypatch.setattr(offers, "find_offers", lambda *_a: (Offer(wait, 2, 5, 1, 3),))
    refused = run_small(*look)
    assert refused.exit_code == 1
    assert refused.stdout.endswith(
        "Offer 1: with this choice the release passes.\n"
        "  Corrections that would wait: 2 of 5.\n"
        "  New figures that would not be released yet: 1.\n"
        "  Figures that would be hidden besides: 3.\n"
        "  Waiting:\n"
        f"    {figure}\n"
        "  To choose it: sima adjust 3 --by ACCOUNT --offer 1\n"
    )
    blocked = run_small("approve", "3", "--by", "demo-approver", "--why", "planned")
    assert "It would pass if some reports waited or more figures were hidden." in blocked.stderr
    assert "There is no offer 2" in run_small(*mine, "--offer", "2").stderr
    assert run_small(*mine, "--offer", "1").exit_code == 0
    assert run_small(*look).exit_code == 0
    assert "Somebody chose that these wait (corrections: 0):" in run_small(*look).stdout


def test_a_partners_release_is_taken_away_by_somebody_and_for_something(
    run: Run, tmp_path: Path
) -> None:
    line = ["export", "1", "--audience", "partner", "--out", str(tmp_path / "out")]
    by, purpose = ["--by", "demo-planner"], ["--purpose", "reporting"]
    for more, said in (([], "which account"), (by, "what for"), (purpose, "which account"),
                       (["--by", "nobody", *purpose], "no account nobody")):  # fmt: skip
        refused = run(*line, *more)
        assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
        assert not (tmp_path / "out").exists()
    assert run(*line, *by, *purpose).exit_code == 0
    newest = json.loads(run("audit-log", "list", "--json").stdout)[0]
    told = [newest[name] for name in ("account", "kind", "audience", "number", "purpose")]
    assert told == ["demo-planner", "exported", "partner", 1, "reporting"]


def test_findings_are_told_with_cell_remedy_and_exit_code(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "groups.xlsx"
    file.write_bytes(workbook("groups", [changed("groups", palika="Gadi", groups=-2)]))
    result = run("stage", str(file))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "✗ Data!E3: A count cannot be negative."
    assert "? Data!B3: We are not sure which palika this is." in lines
    assert any(line.strip().startswith("31208") for line in lines)
    chosen = run("stage", str(file), "--json", "--choose", "Data!B3=31208")
    assert [f["kind"] for f in json.loads(chosen.stdout)["findings"]] == ["count-negative"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("release", "--audience", "public", "--by", "nobody"), "no account"),
        (("approve", "99", "--by", "demo-approver"), "no request 99"),
        (
            ("withdraw", "9", "--audience", "public", "--by", "demo-approver", "--why", "planned"),
            "release 9",
        ),
        (("template", "groups", "x.pdf"), "xlsx or csv"),
        (("template", "groups", "x.csv", "--district", "Atlantis"), "no district called"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.output


def test_a_reason_that_does_not_fit_is_refused_with_those_that_do(run: Run) -> None:
    result = run("approve", "99", "--by", "demo-approver", "--why", "shows_too_much")
    assert result.exit_code == 2
    assert "is not one of 'planned', 'needed_soon'" in result.stderr
    assert "Traceback" not in result.output


def test_a_file_that_is_too_large_is_refused_before_it_is_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("wb") as sparse:
        sparse.truncate(200_000_000)
    result = run("stage", str(file))
    assert result.exit_code == 2
    assert "larger than 20 MB" in result.stderr


def test_a_csv_file_is_declared_on_the_command_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    file.write_text(as_csv("groups", [changed("groups", period="2024-Q1")]), encoding="utf-8")
    assert "declare it" in run("stage", str(file), "--confirm").stderr
    assert "Stored as batch" in run("stage", str(file), "--confirm", "--synthetic").stdout


def test_accounts_are_added_and_listed(run: Run) -> None:
    assert "Added new as approver" in run("accounts", "add", "new", "--role", "approver").stdout
    assert "new" in run("accounts", "list").stdout


def test_setting_up_again_changes_nothing(run: Run) -> None:
    before = run("releases", "--json").stdout
    assert run("setup", "--demo").exit_code == 0
    assert run("releases", "--json").stdout == before
    refused = run("setup")
    assert refused.exit_code == 2
    assert "cannot be changed" in refused.stderr


def test_wards_are_imported_and_only_checked_on_a_dry_run(run: Run, ward_file: Path) -> None:
    common = ("--source", "test", "--licence", "test", "--vintage", "2021-01-01", "--json")
    result = run("boundaries", "import", str(ward_file), *common, "--align", "--dry-run")
    found = json.loads(result.stdout)
    assert found["matched_palikas"] == 257
    assert found["matched_wards"] == 2309
    assert len(found["rejected_palikas"]) == 3
    assert found["boundary_set"] is None
    assert "test" not in run("boundaries", "list").stdout
