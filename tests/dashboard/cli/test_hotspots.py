"""`sima hotspots`: a clean table, then one mutation for each rule."""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.cli.hotspots import hotspots_command
from tests.support.commands import Run, runner
from tests.support.hotspot_maps import codes, lattice

CORNER = [0, 1, 2, 10, 11, 12, 20, 21, 22]
EXPECTED = np.where(np.isin(np.arange(100), CORNER), 24, 8)
COUNTS = np.random.default_rng(5).poisson(EXPECTED).tolist()
VALUES = "unit,count,exposure\n" + "".join(
    f"{u},{c},100\n" for u, c in zip(codes(100), COUNTS, strict=True)
)
NEIGHBOURS = "unit,neighbour\n" + "".join(f"{a},{b}\n" for a, b in lattice(10, 10).pairs() if a < b)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write the two files and test them."""
    return runner(tmp_path, hotspots_command, {"values": VALUES, "neighbours": NEIGHBOURS})


def test_json_has_every_unit_in_the_files_order_and_the_parameters(run: Run) -> None:
    result = run("--json", "--seed", "7")
    assert result.exit_code == 0
    assert result.stderr == ""
    found = json.loads(result.stdout)
    assert [row["unit"] for row in found["units"]] == codes(100)
    assert list(found["units"][0])[:7] == [
        "unit", "rate", "eb_rate", "gi_star", "p", "significant", "class",
    ]  # fmt: skip
    higher = [row["unit"] for row in found["units"] if row["class"] == "clearly higher"]
    assert higher == [codes(100)[n] for n in CORNER]
    assert found["parameters"]["seed"] == 7
    assert found["parameters"]["permutations"] == 9_999


def test_the_text_has_a_line_for_each_unit_and_says_what_it_does_not_show(run: Run) -> None:
    result = run()
    assert len(result.stdout.splitlines()) == 101
    assert result.stdout.split()[:7] == [
        "unit", "rate", "eb_rate", "gi_star", "p", "significant", "class",
    ]  # fmt: skip
    assert "9 clearly higher" in result.stderr
    assert "does not say why" in result.stderr


def test_the_same_seed_prints_the_same(run: Run) -> None:
    assert run("--json").stdout == run("--json", "--seed", "1").stdout
    assert run("--json").stdout != run("--json", "--seed", "2").stdout


def test_a_byte_order_mark_other_columns_spaces_and_empty_lines_do_no_harm(run: Run) -> None:
    lines = VALUES.splitlines()
    messy = (
        "\ufeffname," + lines[0] + "\r\n\r\n" + "".join(f'"a, b", {line}\r\n' for line in lines[1:])
    )
    assert run("--json", values=messy).stdout == run("--json").stdout


def test_no_figure_is_null_and_too_little_data(run: Run) -> None:
    values = VALUES.replace(f"U00055,{COUNTS[55]},100", "U00055,,100")
    row = json.loads(run("--json", values=values).stdout)["units"][55]
    assert (row["rate"], row["p"], row["class"]) == (None, None, "too little data")
    assert row["reason"] == "no figure"


def test_units_without_a_line_are_named_and_taken_as_not_known(run: Run) -> None:
    values = VALUES.replace(f"U00055,{COUNTS[55]},100\n", "")
    result = run("--json", values=values)
    assert result.exit_code == 0
    assert "count as unknown: U00055" in result.stderr
    assert json.loads(result.stdout)["units"][-1]["class"] == "too little data"


def test_a_unit_may_be_listed_as_without_neighbour(run: Run) -> None:
    result = run("--json", values="unit,count,exposure\nA,9,1\n", neighbours="unit,neighbour\nA,\n")
    assert json.loads(result.stdout)["units"][0]["class"] == "too little data"


FIRST = f"U00000,{COUNTS[0]},100"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("values", "unit,count", "unit,cases", "values.csv, line 1: there is no column count"),
        ("values", "unit,count", "count,unit,count", "line 1: there is more than one column count"),
        ("values", FIRST, f",{COUNTS[0]},100", "values.csv, line 2: the unit is missing"),
        ("values", FIRST, "U00001,1,1", "values.csv, line 3: U00001 is already in line 2"),
        ("values", FIRST, "U00000,-1,100", "line 2: the count of U00000 is not a whole number"),
        ("values", FIRST, "U00000,1.5,100", "line 2: the count of U00000 is not a whole number"),
        ("values", FIRST, "U00000,nan,100", "line 2: the count of U00000 is not a whole number"),
        ("values", FIRST, 'U00000,"1,000",100', "the count of U00000 is not a whole number"),
        ("values", FIRST, f"U00000,{'9' * 16},100", "the count of U00000 is not a whole number"),
        ("values", FIRST, "U00000,1,-100", "line 2: the exposure of U00000 is not a number"),
        ("values", FIRST, "U00000,1,inf", "line 2: the exposure of U00000 is not a number"),
        ("values", FIRST, "U00000,1", "values.csv, line 2: 2 cells, but the header has 3"),
        ("values", FIRST, 'U00000,"1"2,3', "line 2: this is not CSV"),
        ("values", VALUES, "unit,count,exposure\n", "values.csv has no units"),
        ("values", VALUES, "", "values.csv, line 1: there is no column unit"),
        ("neighbours", "neighbour", "near", "line 1: there is no column neighbour"),
        ("neighbours", "U00000,U00001", ",U00001", "neighbours.csv, line 2: the unit is missing"),
        ("neighbours", "U000", "W000", "No unit of neighbours.csv is in values.csv"),
    ],
)
def test_each_mistake_has_one_sentence_with_file_line_and_remedy(
    run: Run, name: str, old: str, new: str, said: str
) -> None:
    clean = {"values": VALUES, "neighbours": NEIGHBOURS}[name]
    assert old in clean
    result = run(**{name: clean.replace(old, new) if old == "U000" else clean.replace(old, new, 1)})
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["values", "neighbours"])
def test_another_encoding_is_said(run: Run, name: str) -> None:
    result = run(**{name: "unit,count,exposure,neighbour\né,1,1,\n".encode("utf-16")})
    assert result.exit_code == 2
    assert f"{name}.csv is not text in UTF-8. Save it as CSV (UTF-8)." in result.stderr
