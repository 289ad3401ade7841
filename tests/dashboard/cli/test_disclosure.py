"""`sima audit`: intervals of any table, and one sentence for what is wrong with its files."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.cli.disclosure import audit
from data.disclosure.engine import table_files
from data.disclosure.engine.additive_table import TableError
from tests.support.commands import Run, alone, runner

# the first table of the GaussSuppression vignette (R, MIT), as somebody else sees it
CELLS = """cell,value,primary,suppressed
TT,20,0,0
TI,5,0,0
TP,4,0,0
TS,11,0,0
oT,13,0,0
oI,,0,1
oP,,0,1
oS,6,0,0
yT,7,0,0
yI,,0,1
yP,,1,1
yS,5,0,0
"""
ROWS = """parent,children
TT,TI|TP|TS
oT,oI|oP|oS
yT,yI|yP|yS
TT,oT|yT
TI,oI|yI
TP,oP|yP
TS,oS|yS
"""
INTERVALS = {"oI": (3, 5), "oP": (2, 4), "yI": (0, 2), "yP": (0, 2)}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write the two files and attack them."""
    return runner(tmp_path, audit, {"cells": CELLS, "rows": ROWS})


def test_json_is_one_document_with_the_interval_of_every_suppressed_cell(run: Run) -> None:
    result = run("--json")
    assert json.loads(result.stdout) == {"cells": {k: list(v) for k, v in INTERVALS.items()}}
    assert result.stderr == ""
    assert result.exit_code == 0


@pytest.mark.parametrize(("need", "code"), [("2", 0), ("3", 1)])
def test_json_fails_only_for_a_width_that_was_asked_for(run: Run, need: str, code: int) -> None:
    result = run("--json", "--need", need)
    assert result.exit_code == code
    assert set(json.loads(result.stdout)["cells"]) == set(INTERVALS)


def test_the_text_gives_each_interval_marks_the_narrow_and_sums_up(run: Run) -> None:
    result = run()
    assert result.exit_code == 1
    heading, *lines, summary = result.stdout.splitlines()
    assert heading.split() == ["cell", "least", "greatest", "width"]
    assert [line.split()[:4] for line in lines] == [
        [name, str(least), str(most), str(most - least)]
        for name, (least, most) in INTERVALS.items()
    ]
    assert all(line.endswith("← narrow") for line in lines)
    assert summary == "4 of 4 suppressed cells have an interval narrower than 5."


def test_the_text_of_a_safe_table_has_no_mark(run: Run) -> None:
    result = run("--need", "2")
    assert result.exit_code == 0
    assert "←" not in result.stdout
    assert (
        result.stdout.splitlines()[-1] == "All 4 suppressed cells have an interval of 2 or wider."
    )


def test_without_hidden_cells_there_is_nothing_to_work_out(run: Run) -> None:
    files_of = {"cells": "cell,value,suppressed\na,4,0\nb,4,0\n", "rows": "parent,children\na,b\n"}
    assert run(**files_of).stdout == "No cell of this table is suppressed.\n"
    assert run(**files_of).exit_code == 0
    assert json.loads(run("--json", **files_of).stdout) == {"cells": {}}


OPEN = {
    "cells": "cell,value,suppressed\nall,,1\na,,1\nb,7,0\nlone,,1\n",
    "rows": "parent,children\nall,a|b\n",
}


def test_no_upper_end_is_null_in_json(run: Run) -> None:
    result = run("--json", "--need", "5", **OPEN)
    assert json.loads(result.stdout)["cells"] == {
        "a": [0, None],
        "all": [7, None],
        "lone": [0, None],
    }
    assert result.exit_code == 0


def test_no_upper_end_is_said_in_the_text(run: Run) -> None:
    result = run(**OPEN)
    assert result.exit_code == 0
    assert re.search(r"^all +7 +no upper limit +–$", result.stdout, re.MULTILINE)


def test_who_knows_that_hidden_cells_are_not_zero_knows_more(run: Run) -> None:
    files_of = {
        "cells": "cell,value,suppressed\nT,14,0\na,4,1\nb,2,1\nc,1,1\nd,7,0\n",
        "rows": "parent,children\nT,a|b|c|d\n",
    }
    at_0, at_1 = (
        json.loads(run("--json", "--known-min", known, **files_of).stdout)["cells"]
        for known in ("0", "1")
    )
    assert at_0 == {name: [0, 7] for name in "abc"}
    assert at_1 == {name: [1, 5] for name in "abc"}


def test_many_hidden_cells_are_announced_beside_the_result(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.cli.disclosure._MANY", 3)
    result = run("--json")
    assert result.stderr == "Attacking 4 suppressed cells; this takes a while.\n"
    assert json.loads(result.stdout)["cells"]


def test_the_solver_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    table = table_files.read_table_file(CELLS.encode(), ROWS.encode(), known_min=0)
    assert table_files.intervals(table) == INTERVALS
    assert capfd.readouterr() == ("", "")


def test_a_missing_file_is_said_by_its_name(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.csv")
    result = CliRunner().invoke(alone(audit), ["audit", "--cells", gone, "--rows", gone])
    assert result.exit_code == 2
    assert "gone.csv' does not exist" in result.stderr


def test_help_shows_both_files() -> None:
    result = CliRunner().invoke(alone(audit), ["audit", "--help"])
    assert result.exit_code == 0
    lines = [line.strip() for line in result.stdout.splitlines()]
    for file in (["all,14,0", "girls,,1", "boys,,1"], ["parent,children", "all,girls|boys"]):
        start = lines.index(file[0])
        assert lines[start : start + len(file)] == file
    assert "--known-min" in result.stdout


SAME = {
    "a byte order mark": ("﻿" + CELLS, "﻿" + ROWS),
    "Windows line ends": (CELLS.replace("\n", "\r\n"), ROWS.replace("\n", "\r\n")),
    "no last line end": (CELLS.rstrip(), ROWS.rstrip()),
    "blank lines": (CELLS.replace("\n", "\n\n"), ROWS + "\n , \n"),
    "flags as words": (CELLS.replace(",1\n", ",TRUE\n").replace(",0\n", ",False\n"), ROWS),
    "spaces around": (CELLS.replace(",", " , "), ROWS.replace("|", " | ")),
    "figures with .0": (CELLS.replace(",20,", ",20.0,"), ROWS),
    "no primary column": (re.sub(r",[01]," , ",", CELLS).replace("primary,", ""), ROWS),
    "a heading in capitals": (CELLS.replace("cell,value", "Cell,VALUE"), ROWS),
    "names in quotes": (
        re.sub(r"^(\w\w),", r'"\1",', CELLS, flags=re.MULTILINE), ROWS.replace("TI|TP|TS", '"TI|TP|TS"'),
    ),
    "hidden values given": (
        CELLS.replace("oI,,", "oI,3,").replace("oP,,", "oP,4,").replace("yI,,", "yI,2,").replace("yP,,", "yP,0,"),
        ROWS,
    ),
    "some hidden values given": (CELLS.replace("oI,,", "oI,3,"), ROWS),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "rows"), SAME.values(), ids=SAME.keys())
def test_what_spreadsheets_make_of_the_files_is_read(run: Run, cells: str, rows: str) -> None:
    result = run("--json", cells=cells, rows=rows)
    assert {k: tuple(v) for k, v in json.loads(result.stdout)["cells"].items()} == INTERVALS


HIDDEN = [
    "",
    "*",
    "c",
    "[c]",
    "C",
    ":",
    ": c",
    "x",
    "[x]",
    "..",
    ".",
    "…",
    "D",
    "(D)",
    "np",
    "n.p.",
    "s",
    "**",
]


@pytest.mark.parametrize("sign", HIDDEN)
@pytest.mark.parametrize("columns", ["with the column", "without it"])
def test_a_sign_for_a_hidden_figure_is_read(run: Run, sign: str, columns: str) -> None:
    lines = ["cell,value,suppressed", "all,14,0", f'girls,"{sign}",1', f"boys, {sign} ,1"]
    short = [line.rpartition(",")[0] for line in lines]
    cells = "\n".join(short if columns == "without it" else lines)
    result = run("--json", cells=cells, rows="parent,children\nall,girls|boys\n")
    assert json.loads(result.stdout) == {"cells": {"boys": [0, 14], "girls": [0, 14]}}


BOUNDS = {
    "<5": (0, 4), "< 5": (0, 4), "<=5": (0, 5), "≤5": (0, 5), "≤ 5": (0, 5), "5-9": (5, 9), "5–9": (5, 9),
    "5 to 9": (5, 9), ">9": (10, 14), ">=9": (9, 14), "≥9": (9, 14), "9+": (9, 14), "<१०": (0, 9), "0-0": (0, 0),
}  # fmt: skip


@pytest.mark.parametrize(("text", "interval"), BOUNDS.items())
def test_a_bound_in_place_of_a_figure_is_known_to_the_attacker(
    run: Run, text: str, interval: tuple[int, int]
) -> None:
    files_of = {
        "cells": f"cell,value\nall,14\ngirls,{text}\nboys,*\n",
        "rows": "parent,children\nall,girls|boys\n",
    }
    least, most = interval
    assert json.loads(run("--json", **files_of).stdout) == {
        "cells": {"boys": [14 - most, 14 - least], "girls": [least, most]}
    }


def test_a_bound_gives_a_cell_that_no_total_bounds_an_upper_end(run: Run) -> None:
    cells = "cell,value\nall,*\ngirls,<5\nboys,7\nlone,≤3\nopen,c\n"
    result = run("--json", cells=cells, rows="parent,children\nall,girls|boys\n")
    assert json.loads(result.stdout)["cells"] == {
        "all": [7, 11], "girls": [0, 4], "lone": [0, 3], "open": [0, None],
    }  # fmt: skip


def test_who_knows_that_hidden_cells_are_not_zero_knows_it_of_a_bound_too(run: Run) -> None:
    files_of = {
        "cells": "cell,value\nall,14\ngirls,<5\nboys,*\n",
        "rows": "parent,children\nall,girls|boys\n",
    }
    found = json.loads(run("--json", "--known-min", "1", **files_of).stdout)["cells"]
    assert found == {"boys": [10, 13], "girls": [1, 4]}


def test_nepali_names_are_names(run: Run) -> None:
    result = run(
        "--json",
        cells="cell,value,suppressed\nजम्मा,१२,0\nकेटी,,1\nकेटा,,1\n",
        rows="parent,children\nजम्मा,केटी|केटा\n",
    )
    assert json.loads(result.stdout) == {"cells": {"केटा": [0, 12], "केटी": [0, 12]}}


def test_a_whole_of_thousands_of_parts_is_read() -> None:
    names = [f"a ward with a name that is rather long, number {n}" for n in range(3_000)]
    cells = "cell,value,suppressed\nall,3000,0\n" + "".join(f'"{name}",1,0\n' for name in names)
    rows = f'parent,children\nall,"{"|".join(names)}"\n'
    assert len(table_files.read_table_file(cells.encode(), rows.encode(), known_min=0)) == 3_001


def cells_with(old: str, new: str) -> tuple[str, str]:
    assert old in CELLS
    return CELLS.replace(old, new), ROWS


def rows_with(old: str, new: str) -> tuple[str, str]:
    assert old in ROWS
    return CELLS, ROWS.replace(old, new)


KNOWN = SAME["hidden values given"][0]
WRONG = {
    "no column": (cells_with("value", "count"), "cells file, line 1: there is no column value"),
    "semicolons": ((CELLS.replace(",", ";"), ROWS), "cells file, line 1: there is no column cell"),
    "a column twice": (cells_with("primary", "value"), "line 1: there is more than one column value"),
    "no column of rows": (rows_with("children", "parts"), "rows file, line 1: there is no column children"),
    "an empty file": (("", ROWS), "cells file, line 1: the file is empty"),
    "an empty file of rows": ((CELLS, "﻿\r\n"), "rows file, line 1: the file is empty"),
    "no cells": ((CELLS.splitlines()[0], ROWS), "cells file, line 1: no line follows the heading"),
    "no rows": ((CELLS, ROWS.splitlines()[0]), "rows file, line 1: no line follows the heading"),
    "a cell twice": (cells_with("TS,11", "TP,11"), "cells file, line 5, TP: the cell is there already, in line 4"),
    "no name": (cells_with("TS,11", ",11"), "cells file, line 5: no cell"),
    "too many columns": (cells_with("TS,11,0,0", "TS,1,100,0,0"), "cells file, line 5: more columns"),
    "an unknown whole": (rows_with("TS,oS", "TX,oS"), "rows file, line 8, TX: TX is not in the cells file"),
    "an unknown part": (rows_with("oS|yS", "oS|yX"), "rows file, line 8, TS: yX is not in the cells file"),
    "a count below zero": (cells_with("TS,11", "TS,-11"), "cells file, line 5, TS: the value is below zero"),
    "a fraction": (cells_with("TS,11", "TS,11.5"), "cells file, line 5, TS: the value has a fraction"),
    "a hidden fraction": (cells_with("oI,", "oI,13.5"), "cells file, line 7, oI: the value has a fraction"),
    "no value": (cells_with("TS,11", "TS,"), "cells file, line 5, TS: a published cell without a value"),
    "not a number": (cells_with("TS,11", "TS,11k"), "cells file, line 5, TS: the value is not a number"),
    "a separator": (cells_with("TS,11", 'TS,"1,100"'), "cells file, line 5, TS: the value is not a number"),
    "not a number either": (cells_with("TS,11", "TS,nan"), "line 5, TS: the value is not a number"),
    "too large": (cells_with("TS,11", "TS,1000000001"), "cells file, line 5, TS: the value is too large"),
    "far too large": (cells_with("TS,11", f"TS,{'9' * 5000}"), "cells file, line 5, TS: the value is too large"),
    "a wrong total": (cells_with("TS,11", "TS,12"), "rows file, line 2: TT is not the sum of its children"),
    "a wrong hidden value": ((KNOWN.replace("yI,2", "yI,1"), ROWS), "rows file, line 4: yT is not the sum"),
    "a circle": (rows_with("TI,oI|yI", "TI,oI|yI\nyI,TI"), "rows file, line 7: TI is a part of itself, by way of yI"),
    "a whole in itself": (rows_with("TI,oI|yI", "TI,TI|yI"), "rows file, line 6: TI is a part of itself"),
    "no children": (rows_with("TS,oS|yS", "TS,"), "rows file, line 8, TS: no children"),
    "a child without a name": (rows_with("oS|yS", "oS||yS"), "rows file, line 8, TS: a child without a name"),
    "a child twice": (rows_with("oS|yS", "oS|yS|oS"), "rows file, line 8, TS: oS is there twice"),
    "commas for |": (rows_with("oS|yS", "oS,yS"), "rows file, line 8: more columns than the heading"),
    "a flag not understood": (cells_with("TS,11,0,0", "TS,11,0,yes"), "line 5, TS: suppressed must be 1 or true"),
    "no flag": (cells_with("TS,11,0,0", "TS,11"), "cells file, line 5, TS: suppressed must be 1 or true"),
    "a dash": (cells_with("oI,,0,1", "oI,-,0,1"), "cells file, line 7, oI: a dash is a zero in some tables"),
    "a long dash": (cells_with("TS,11", "TS,–"), "cells file, line 5, TS: a dash is a zero in some tables"),
    "a sign that is published": (cells_with("TS,11", "TS,*"), "cells file, line 5, TS: a published cell without a value"),
    "a bound that is published": (cells_with("TS,11", "TS,<5"), "cells file, line 5, TS: a published cell without"),
    "an empty range": (cells_with("oI,,0,1", "oI,9-5,0,1"), "cells file, line 7, oI: no count can be as this says"),
    "below nothing": (cells_with("oI,,0,1", "oI,<0,0,1"), "cells file, line 7, oI: no count can be as this says"),
    "a bound with a fraction": (cells_with("oI,,0,1", "oI,<5.5,0,1"), "cells file, line 7, oI: the value has a fraction"),
    "an unknown sign": (cells_with("oI,,0,1", "oI,?,0,1"), "cells file, line 7, oI: the value is not a number"),
    "a bound that cannot be": (cells_with("oI,,0,1", "oI,<2,0,1"), ": the published figures cannot all be true"),
    "a name in two lines": (cells_with("TS,11", '"T\nS",11'), "cells file, line 6: a name with a line break"),
    "columns that end early": (
        ("value,cell,suppressed\n5\n", ROWS), "cells file, line 2: no cell",
    ),
    "an open quotation": (cells_with("TS,11", '"TS,11'), "not to be read as CSV"),
    "not UTF-8": ((CELLS.replace("TS", "T\xe9").encode("latin-1"), ROWS), "cells file, line 5: not UTF-8"),
    "UTF-16": ((CELLS.encode("utf-16"), ROWS), "cells file, line 1: not UTF-8"),
    "a total below what is shown": (
        (CELLS.replace("oT,13", "oT,5").replace("yT,7", "yT,15"), ROWS),
        "rows file, line 3, oT: the published figures cannot all be true",
    ),
    "halves of people": (
        (
            "cell,value,suppressed\na,,1\nb,,1\nc,,1\nP,11,0\nQ,11,0\nR,11,0\n",
            "parent,children\nP,a|b\nQ,b|c\nR,a|c\n",
        ),
        ": the published figures cannot all be true, or counts that fit them are too hard to find",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_one_sentence_with_its_place_and_without_a_figure(
    run: Run, content: tuple[str, str], words: str
) -> None:
    cells, rows = content
    result = run("--json", cells=cells, rows=rows)
    assert result.exit_code == 2
    assert result.stdout == ""
    said = result.stderr
    assert said.startswith("sima: ")
    assert said.count("\n") == 1
    assert words in said
    assert re.search(r"[;:,] ", said.split(words)[1] or "; "), "there is a remedy"
    assert not set(
        re.findall(
            r"\d+", re.sub(r"line \d+|UTF-8|0 or more|write 0, or|[01] or (true|false)", "", said)
        )
    )


def test_a_hidden_value_below_what_is_known_is_said(run: Run) -> None:
    result = run("--known-min", "1", cells=KNOWN)
    assert result.exit_code == 2
    assert "cells file, line 12, yP: hidden, and below" in result.stderr


def test_what_is_known_of_hidden_cells_may_contradict_the_published(run: Run) -> None:
    files_of = {
        "cells": "cell,value,suppressed\nT,1,0\na,,1\nb,,1\n",
        "rows": "parent,children\nT,a|b\n",
    }
    assert run(**files_of).exit_code == 1
    result = run("--known-min", "1", **files_of)
    assert result.exit_code == 2
    assert "rows file, line 2, T: the published figures cannot all be true" in result.stderr


def test_rows_that_only_together_contradict_are_found() -> None:
    cells = "cell,value,suppressed\nT,30,0\nx,4,0\ny,5,0\na,,1\nb,,1\nc,,1\n"
    rows = "parent,children\nx,a|b\ny,b|c\nT,a|b|c\n"  # each two fit
    with pytest.raises(
        TableError, match=r"rows file, line [234], [xyT]: the .* cannot all be true"
    ):
        table_files.read_table_file(cells.encode(), rows.encode(), known_min=0)
