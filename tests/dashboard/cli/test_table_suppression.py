"""`sima suppress`: what is hidden, the certificate, and one sentence for what is wrong."""

import json
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dashboard.cli import table_suppression
from dashboard.cli.disclosure import certificate
from dashboard.cli.table_suppression import suppress
from tests.support.commands import Run, alone, runner
from tests.support.paths import ROOT

CELLS = """cell,value,class,weight,note
all,100,risk,50,
a,3,risk,,x
b,20,,1,x
c,33,people,1.5,x
d,40,at_risk,9,x
e,4,free,1,x
"""
ROWS = "parent,children\nall,a|b|c|d|e\n"
KEY = "ab" * 32


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write the two files and protect the table."""
    return runner(tmp_path, suppress, {"cells": CELLS, "rows": ROWS})


def test_json_is_one_document_with_these_keys(run: Run) -> None:
    result = run("--threshold", "5", "--key", KEY, "--json")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "suppressed": ["a", "b", "c"], "primary": 1, "complementary": 2, "narrowest": 23, "key": KEY,
    }  # fmt: skip
    assert list(json.loads(result.stdout)) == [
        "suppressed",
        "primary",
        "complementary",
        "narrowest",
        "key",
    ]


def test_the_text_names_the_hidden_cells_and_counts_them(run: Run) -> None:
    result = run("--threshold", "5", "--key", KEY.upper())
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "hidden",
        "  a",
        "  b",
        "  c",
        "3 of 6 cells are hidden: 1 below the threshold, 2 to protect them.",
        "The least and the greatest possible count of every hidden cell are at least 23 apart.",
        f"Key (secret, needed to repeat this): {KEY}",
    ]


def test_without_a_key_a_new_one_is_printed_that_repeats_the_choice(run: Run) -> None:
    first, second = (json.loads(run("--threshold", "5", "--json").stdout) for _ in range(2))
    assert first["key"] != second["key"]
    assert re.fullmatch("[0-9a-f]{64}", first["key"])
    again = json.loads(run("--threshold", "5", "--json", "--key", first["key"]).stdout)
    assert again == first


def test_the_order_of_the_lines_makes_no_difference(run: Run) -> None:
    heading, *lines = CELLS.splitlines()
    cells = "\n".join([heading, *lines[::-1]])
    rows = "parent,children\nall,e|d|c|b|a\n"
    options = ("--threshold", "5", "--key", KEY, "--json")
    assert run(*options, cells=cells, rows=rows).stdout == run(*options).stdout


def test_nothing_small_hides_nothing(run: Run) -> None:
    result = run("--threshold", "1", "--key", KEY, "--json")
    assert json.loads(result.stdout) == {
        "suppressed": [], "primary": 0, "complementary": 0, "narrowest": None, "key": KEY,
    }  # fmt: skip
    assert (
        run("--threshold", "1").stdout
        == "No cell is below the threshold, so nothing must be hidden.\n"
    )


def test_zeros_are_small(run: Run) -> None:
    cells = CELLS.replace("a,3", "a,0").replace("d,40", "d,43")
    result = run("--threshold", "1", "--json", cells=cells)
    assert json.loads(result.stdout)["primary"] == 1


def test_more_hidden_parts_are_hidden(run: Run) -> None:
    few, many = (
        json.loads(run("--threshold", "5", "--key", KEY, "--json", "--hidden-parts", n).stdout)
        for n in ("3", "4")
    )
    assert few["suppressed"] == ["a", "b", "c"]
    assert many["suppressed"] == ["a", "b", "c", "d"]


def test_cells_that_cannot_be_protected_are_named_without_a_count(run: Run, tmp_path: Path) -> None:
    cells = "cell,value,class\nall,43,free\nnorth,3,\nsouth,40,\n"
    proof = tmp_path / "proof.json"
    for options in ((), ("--json",)):
        result = run(
            "--threshold", "5", "--certificate", str(proof), *options,
            cells=cells, rows="parent,children\nall,north|south\n",
        )  # fmt: skip
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "✗ north: whoever knows south could come too close" in result.stderr
        assert "lower --threshold" in result.stderr
        assert not re.findall(r"\d", result.stderr)
        assert not proof.exists()


def test_people_who_wait_are_told_what_is_done(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--threshold", "5").stderr == ""
    monkeypatch.setattr(table_suppression, "_SAY_AFTER", 0.05)
    counted = table_suppression.certificate_check.check_certificate

    def slow(*arguments: Any) -> list[str]:
        time.sleep(0.3)
        return counted(*arguments)

    monkeypatch.setattr(table_suppression.certificate_check, "check_certificate", slow)
    result = run("--threshold", "5", "--json", "--key", KEY)
    assert "this takes a while." in result.stderr
    assert json.loads(result.stdout)["suppressed"] == ["a", "b", "c"]


def cells_with(old: str, new: str) -> tuple[str, str]:
    assert old in CELLS
    return CELLS.replace(old, new), ROWS


WRONG = {
    "an empty file": (("", ROWS), "cells file, line 1: the file is empty"),
    "no column": (cells_with("value", "count"), "cells file, line 1: there is no column value"),
    "a column twice": (cells_with("note", "weight"), "line 1: there is more than one column weight"),
    "a cell twice": (cells_with("d,40", "c,40"), "cells file, line 6, c: the cell is there already, in line 5"),
    "no count": (cells_with("d,40", "d,"), "cells file, line 6, d: no count; give the true count"),
    "a hidden count": (cells_with("d,40", "d,<5"), "cells file, line 6, d: no count; give the true count"),
    "below zero": (cells_with("d,40", "d,-40"), "cells file, line 6, d: the value is below zero"),
    "a fraction": (cells_with("d,40", "d,40.5"), "cells file, line 6, d: the value has a fraction"),
    "not a number": (cells_with("d,40", "d,forty"), "cells file, line 6, d: the value is not a number"),
    "huge": (cells_with("d,40", f"d,{'9' * 400}"), "cells file, line 6, d: the value is too large"),
    "an unknown class": (cells_with("free", "secret"), "cells file, line 7, e: the class is not known"),
    "a weight of nothing": (cells_with("risk,50", "risk,0"), "cells file, line 2, all: the weight must be"),
    "a weight below zero": (cells_with("risk,50", "risk,-1"), "cells file, line 2, all: the weight must be"),
    "a weight in words": (cells_with("risk,50", "risk,nan"), "cells file, line 2, all: the weight must be"),
    "a huge weight": (cells_with("risk,50", "risk,1e9"), "cells file, line 2, all: the weight must be"),
    "a wrong total": (cells_with("d,40", "d,41"), "rows file, line 2: all is not the sum of its children"),
    "no rows": ((CELLS, "parent,children\n"), "rows file, line 1: no line follows the heading"),
    "an unknown part": ((CELLS, ROWS + "a,x\n"), "rows file, line 3, a: x is not in the cells file"),
    "a circle": ((CELLS, ROWS + "a,all\n"), "is a part of itself"),
    "a child twice": ((CELLS, ROWS + "all,a|a\n"), "rows file, line 3, all: a is there twice"),
    "a row twice": ((CELLS, ROWS + "all,e|d|c|b|a\n"), "rows file, line 3, all: the same row is in line 2"),
    "rows that contradict": ((CELLS, ROWS + "all,a|b|c|d\n"), "rows file, line 3: all is not the sum"),
    "not UTF-8": ((CELLS.encode("utf-16"), ROWS), "cells file, line 1: not UTF-8"),
    "a NUL": ((CELLS.replace("d,", "d\0,"), ROWS), "cells file, line 6"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_sentence_with_its_place_and_a_remedy(
    run: Run, content: tuple[str, str], words: str
) -> None:
    cells, rows = content
    result = run("--threshold", "5", "--json", cells=cells, rows=rows)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("sima: ")
    assert result.stderr.count("\n") == 1
    assert words in result.stderr
    assert re.search("[;,] ", result.stderr), "there is a remedy"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Missing option '--threshold'"),
        (("--threshold", "0"), "0 is not in the range"),
        (("--threshold", "-5"), "-5 is not in the range"),
        (("--threshold", "2.5"), "is not a valid integer"),
        (("--threshold", "1" + "0" * 30), "is not in the range"),
        (("--threshold", "5", "--hidden-parts", "0"), "0 is not in the range"),
        (("--threshold", "5", "--key", "12"), "64 hexadecimal digits"),
        (("--threshold", "5", "--key", "g" * 64), "64 hexadecimal digits"),
        (("--threshold", "5", "--key", "ab" * 33), "64 hexadecimal digits"),
        (("--threshold", "5", "--key", ""), "64 hexadecimal digits"),
        (("--threshold", "5", "--certificate", "no/such/folder/proof.json"), "There is no folder"),
        (("--threshold", "5", "--certificate", "/dev/null"), "is not an ordinary file"),
    ],
)
def test_a_wrong_option_has_exit_code_2(run: Run, options: tuple[str, ...], words: str) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in result.stderr


# ---- the certificate ------------------------------------------------------------------------
@pytest.fixture
def proof(run: Run, tmp_path: Path) -> Path:
    path = tmp_path / "proof.json"
    path.write_text("an older file that others can read", "utf-8")
    path.chmod(0o644)
    result = run("--threshold", "5", "--key", KEY, "--json", "--certificate", str(path))
    assert result.exit_code == 0
    assert "confidential" in result.stderr
    assert json.loads(result.stdout)["suppressed"] == ["a", "b", "c"]
    return path


def check(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(alone(certificate), ["certificate", "check", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_certificate_is_for_its_owner_alone_and_says_so(proof: Path) -> None:
    assert stat.S_IMODE(proof.stat().st_mode) == 0o600
    assert "Confidential" in proof.read_text("utf-8")
    assert KEY not in proof.read_text("utf-8")
    assert "confidential" in CliRunner().invoke(alone(suppress), ["suppress", "--help"]).stdout


def test_a_certificate_holds_with_its_tables_and_without(proof: Path, tmp_path: Path) -> None:
    result = check(proof)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "The certificate holds for the table in it: 3 of 6 cells are hidden, threshold 5, hidden parts 3."
    )
    files = ("--cells", tmp_path / "cells.csv", "--rows", tmp_path / "rows.csv")
    result = check(proof, *files)
    assert result.exit_code == 0
    assert "for the table of these files" in result.stdout


def test_a_certificate_of_another_table_fails(proof: Path, tmp_path: Path) -> None:
    cells = tmp_path / "other.csv"
    cells.write_text(CELLS.replace("a,3", "a,2").replace("b,20", "b,21"), "utf-8")
    result = check(proof, "--cells", cells, "--rows", tmp_path / "rows.csv")
    assert result.exit_code == 1
    assert result.stdout == "✗ a, b: another count than in the cells file\n"


def test_a_certificate_that_proves_less_fails(proof: Path) -> None:
    raw = json.loads(proof.read_text("utf-8"))
    raw["hidden"].remove("a")
    proof.write_text(json.dumps(raw), "utf-8")
    result = check(proof)
    assert result.exit_code == 1
    assert "✗ a: below the threshold, and not hidden" in result.stdout


def test_a_damaged_certificate_is_refused(proof: Path) -> None:
    proof.write_text(proof.read_text("utf-8")[:-9], "utf-8")
    result = check(proof)
    assert result.exit_code == 2
    assert result.stderr.startswith("sima: The file is no certificate")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gone.json"], "gone.json is neither the number of a release nor a file"),
        (["PROOF", "--audience", "public"], "--audience is for releases"),
        (["PROOF", "--cells", "PROOF"], "Give --cells and --rows together"),
        (
            ["7", "--cells", "PROOF", "--rows", "PROOF"],
            "--cells and --rows are for the certificate of a file",
        ),
    ],
)
def test_options_of_the_other_kind_of_certificate_are_refused(
    proof: Path, arguments: list[str], words: str
) -> None:
    result = check(*(str(proof) if each == "PROOF" else each for each in arguments))
    assert result.exit_code == 2
    assert words in result.stderr


def test_the_certificate_does_not_replace_a_file_of_the_table(run: Run, tmp_path: Path) -> None:
    result = run("--threshold", "5", "--certificate", str(tmp_path / "cells.csv"))
    assert result.exit_code == 2
    assert "is a file of the table itself" in result.stderr
    assert (tmp_path / "cells.csv").read_text("utf-8") == CELLS


# ---- a tool of its own ----------------------------------------------------------------------
@pytest.mark.parametrize("command", ["suppress", "audit"])
def test_the_command_runs_where_streamlit_cannot_be_imported(tmp_path: Path, command: str) -> None:
    (tmp_path / "cells.csv").write_text(
        CELLS if command == "suppress" else "cell,value\nall,14\ngirls,<5\nboys,*\n", "utf-8"
    )
    (tmp_path / "rows.csv").write_text(
        ROWS if command == "suppress" else "parent,children\nall,girls|boys\n", "utf-8"
    )
    program = (
        "import sys\n"
        "sys.modules['streamlit'] = None  # an import of it fails\n"
        "from dashboard.cli.main import main\n"
        "main(sys.argv[1:])\n"
    )
    options = ["--threshold", "5"] if command == "suppress" else []
    done = subprocess.run(
        [sys.executable, "-c", program, command, "--cells", str(tmp_path / "cells.csv"),
         "--rows", str(tmp_path / "rows.csv"), "--json", *options],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
