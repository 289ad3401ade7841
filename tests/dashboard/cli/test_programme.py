"""`sima organisations|programme|indicators …`: added at once, checked as a whole."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.cli.main import main
from data.model import Role
from data.pipeline import Sima
from data.projects.folder import make_folder
from data.reference import project_files
from tests.conftest import Stores
from tests.data.projects.test_desk import INDICATOR, ORGANISATIONS
from tests.support import prepared_stores

pytestmark = pytest.mark.alike


class Commands:
    def __init__(self, stores: Stores, folder: Path) -> None:
        self.stores, self.folder = stores, folder

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), env=self.stores.env)


@pytest.fixture
def sima(stores: Stores, tmp_path: Path) -> Commands:
    prepared_stores.fill(stores, synthetic=True)
    Sima(stores.settings).accounts.add("s1", Role.STEWARD)
    folder = Path(stores.settings.project)
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    (tmp_path / "o.csv").write_bytes(ORGANISATIONS)
    (tmp_path / "i.toml").write_text(INDICATOR, "utf-8")
    project_files.forget()
    yield Commands(stores, tmp_path)
    project_files.forget()


def test_organisations_are_added_and_listed(sima: Commands) -> None:
    file = str(sima.folder / "o.csv")
    tried = sima("organisations", "add", file, "--by", "s1", "--dry-run")
    assert tried.output == "Would add: child-aid, safe-border\n"
    assert "child-aid" not in sima("organisations", "list").output
    done = json.loads(sima("organisations", "add", file, "--by", "s1", "--json").output)
    assert done == {"added": ["child-aid", "safe-border"], "dry_run": False}
    assert "child-aid        Child Aid (synthetic)" in sima("organisations", "list").output
    assert "Nothing was changed" in sima("organisations", "add", file, "--by", "s1").output
    listed = json.loads(sima("organisations", "list", "--json").output)
    assert {row["code"] for row in listed} >= {"child-aid", "org-a"}


def test_a_place_is_named_by_code_or_name(sima: Commands) -> None:
    assert sima("programme", "add", "Lahan", "--by", "s1").output == "Added: 20201 (palika Lahan)\n"
    assert "20201  Lahan" in sima("programme", "list").output
    ended = sima("programme", "end", "20201", "--by", "s1", "--on", "2099-01-01", "--json")
    assert json.loads(ended.output) == {"ended": "20201", "on": "2099-01-01"}
    rows = json.loads(sima("programme", "list", "--json").output)
    assert next(row for row in rows if row["unit_code"] == "20201")["until"] == "2099-01-01"
    wrong = sima("programme", "add", "Lahaan", "--by", "s1")
    assert wrong.exit_code == 2
    assert (
        "There is no district or palika called Lahaan. Did you mean 20201 (Lahan)" in wrong.output
    )


def test_an_indicator_is_added_and_listed(sima: Commands) -> None:
    file = str(sima.folder / "i.toml")
    assert (
        sima("indicators", "add", file, "--by", "s1", "--dry-run").output
        == "Would add: home_visits\n"
    )
    assert "home_visits" not in sima("indicators", "list").output
    assert sima("indicators", "add", file, "--by", "s1").output == "Added: home_visits\n"
    assert "home_visits" in sima("indicators", "list").output
    codes = {row["code"] for row in json.loads(sima("indicators", "list", "--json").output)}
    assert "home_visits" in codes
    template = sima.folder / "t.xlsx"
    assert sima("template", "trainings", str(template)).exit_code == 0


def test_a_wrong_indicator_is_named_by_its_line(sima: Commands) -> None:
    (sima.folder / "i.toml").write_text(INDICATOR.replace('"palika"', '"ward"', 1), "utf-8")
    wrong = sima("indicators", "add", str(sima.folder / "i.toml"), "--by", "s1")
    assert wrong.exit_code == 2
    line = INDICATOR.strip()[: INDICATOR.strip().index("finest")].count("\n") + 1
    assert f"i.toml, line {line}: design.home_visits.public.finest" in wrong.output


def test_nobody_without_the_role_changes_the_project(sima: Commands) -> None:
    Sima(sima.stores.settings).accounts.add("reads", Role.AUDITOR)
    for arguments in (
        ("organisations", "add", str(sima.folder / "o.csv")),
        ("programme", "add", "Lahan"),
        ("indicators", "add", str(sima.folder / "i.toml")),
    ):
        refused = sima(*arguments, "--by", "reads")
        assert refused.exit_code == 2
        assert "this needs one of" in refused.output


def test_a_name_of_a_district_and_a_palika_is_asked_about(sima: Commands) -> None:
    done = sima("programme", "add", "Siraha", "--by", "s1")
    assert done.exit_code == 2
    assert "202 is the district, 20217 the palika" in done.output
    done = sima("programme", "add", "20217", "--since", "2024-01-01", "--by", "s1")
    assert done.output == "Added: 20217 (palika Siraha)\n"
    done = sima("programme", "end", "20217", "--on", "2023-12-31", "--by", "s1")
    assert done.output == "20217 (palika Siraha) ends on 2023-12-31.\n"
