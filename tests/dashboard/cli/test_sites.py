"""`sima sites`: booths are listed, added from a file and closed."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from data.model import Role
from data.pipeline import Sima
from data.projects.site_list import COLUMNS
from tests.dashboard.cli.test_main import Run, runner
from tests.data.projects.test_site_list import CLEAN, as_csv
from tests.support import programmes
from tests.support.workbooks import changed, workbook

BY = ("--by", "demo-steward")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command on a store that has accounts and no figure."""
    made = programmes.begin(tmp_path / "var")
    Sima(made).accounts.add("demo-steward", Role.STEWARD)
    return runner(tmp_path / "var")


@pytest.fixture
def listed(tmp_path: Path) -> str:
    path = tmp_path / "new.csv"
    path.write_bytes(as_csv(CLEAN))
    return str(path)


def test_booths_are_added_listed_and_closed(run: Run, listed: str) -> None:
    assert "Would add: BANKE-NEW" in run("sites", "add", listed, *BY, "--dry-run").stderr
    assert "BANKE-NEW" not in run("sites", "list").stdout
    assert "Added: BANKE-NEW" in run("sites", "add", listed, *BY).stderr
    assert "Nothing was changed." in run("sites", "add", listed, *BY).stderr
    closed = run("sites", "close", "BANKE-NEW", "--on", "2025-05-31", *BY)
    assert "BANKE-NEW closes on 2025-05-31." in closed.stderr
    (new,) = (
        each
        for each in json.loads(run("sites", "list", "--json").stdout)
        if each["site_code"] == "BANKE-NEW"
    )
    assert set(COLUMNS) <= set(new)
    assert new["closed"] == "2025-05-31"
    kinds = [each["kind"] for each in json.loads(run("audit-log", "list", "--json").stdout)]
    assert kinds[:2] == ["site_closed", "sites_added"]


def test_an_added_booth_is_suggested_by_name_and_in_the_template(
    run: Run, listed: str, tmp_path: Path
) -> None:
    run("sites", "add", listed, *BY)
    report = tmp_path / "report.xlsx"
    report.write_bytes(workbook("booth-month", [changed("booth-month", booth="Newer booth here")]))
    assert "BANKE-NEW  New booth" in run("stage", str(report)).stdout
    template = tmp_path / "template.xlsx"
    run("template", "booth-month", str(template))
    cells = list(load_workbook(template)["Codes"].iter_rows(values_only=True))
    assert any("BANKE-NEW" in row for row in cells)


def test_the_results_are_json_for_scripts(run: Run, listed: str) -> None:
    added = run("sites", "add", listed, *BY, "--json")
    assert json.loads(added.stdout) == {"added": ["BANKE-NEW"], "dry_run": False}
    closed = run("sites", "close", "BANKE-NEW", "--on", "2025-05-31", *BY, "--json")
    assert json.loads(closed.stdout) == {"closed": "BANKE-NEW", "on": "2025-05-31"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("close", "NOWHERE", "--on", "2025-05-31", *BY), "There is no booth NOWHERE."),
        (("close", "BANKE-JAMUNAHA", "--on", "2025-05-31", "--by", "nobody"), "no account nobody"),
        (("close", "BANKE-JAMUNAHA", "--on", "yesterday", *BY), "yesterday"),
        (("close", "BANKE-JAMUNAHA", "--on", "2025-05-31"), "--by"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, line: tuple[str, ...], said: str) -> None:
    refused = run("sites", *line)
    assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
