"""A table says what is wrong with it by the names of its cells, and splits where nothing links."""

import re
from collections.abc import Callable

import numpy as np
import pytest

from data.disclosure.engine.additive_table import UNBOUNDED, Table, TableError

NAMES = ["all", "girls", "boys", "north", "south"]
ROWS = [(0, [1, 2]), (0, [3, 4])]
FIGURES = [90, 37, 53, 41, 49]


def make(**changes: object) -> Table:
    given = {
        "names": NAMES, "value": FIGURES, "suppressed": [False, True, True, False, False], "rows": ROWS,
    }  # fmt: skip
    given.update(changes)
    names, value = given.pop("names"), given.pop("value")
    return Table.of(names, value, **given)


def test_cells_stand_in_the_order_of_their_names_whatever_order_they_came_in() -> None:
    table = make()
    assert table.names == ("all", "boys", "girls", "north", "south")
    assert table.value.tolist() == [90, 53, 37, 41, 49]
    assert table.suppressed.tolist() == [False, True, True, False, False]
    assert len(table) == 5
    assert table.row_count == 2
    assert [(whole, parts.tolist()) for whole, parts in table.rows()] == [(0, [1, 2]), (0, [3, 4])]
    assert table.most.tolist() == [UNBOUNDED] * 5


def test_rows_and_cells_say_the_same_of_each_other() -> None:
    table = make()
    for row in range(table.row_count):
        whole, parts = table.rows()[row]
        assert table.parts(row).tolist() == parts.tolist()
        assert table.cells_of(row).tolist() == [whole, *parts]
        for cell in table.cells_of(row):
            assert row in table.rows_with(int(cell))
    assert table.rows_with(0).tolist() == [0, 1]
    assert table.cell_sign[table.cell_start[0] : table.cell_start[1]].tolist() == [1, 1]
    assert table.cell_sign[table.cell_start[1] : table.cell_start[2]].tolist() == [-1]


def test_a_table_without_rows_is_a_table() -> None:
    table = make(rows=[])
    assert table.rows() == []
    assert table.rows_with(2).tolist() == []


def test_the_callers_arrays_stay_the_callers() -> None:
    value = np.array(FIGURES)
    table = make(value=value)
    value[:] = 0
    assert table.value.sum() == sum(FIGURES)


WRONG = {
    "no cell": ({"names": [], "value": [], "suppressed": [], "rows": []}, "empty"),
    "a cell twice": ({"names": ["all", "boys", "boys", "north", "south"]}, "boys is there twice"),
    "a row without parts": ({"rows": [*ROWS, (3, [])]}, "north has no parts"),
    "a part twice": ({"rows": [(0, [1, 2, 1])]}, "row of all names girls twice"),
    "a whole of itself": (
        {"rows": [(0, [0])]},
        "all is a part of itself",
    ),
    "a circle": (
        {"names": ["x", "y"], "value": [7, 7], "suppressed": [True, True], "rows": [(0, [1]), (1, [0])]},
        "is a part of itself",
    ),
    "a count below zero": ({"value": [90, 97, -7, 41, 49]}, "count of boys is below zero"),
    "a wrong total": ({"value": [90, 37, 53, 41, 48]}, "all is not the sum of its parts"),
    "a hidden count below the least": ({"least": [0, 38, 0, 0, 0]}, "count of girls lies outside"),
    "a hidden count above the most": ({"most": [90, 90, 52, 90, 90]}, "count of boys lies outside"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_by_name_and_without_a_figure(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(TableError, match=words) as wrong:
        make(**changes)
    assert not re.search(r"[1-9]", str(wrong.value))


def test_what_is_known_of_published_cells_does_not_matter() -> None:
    assert len(make(least=[99, 0, 0, 99, 99], most=[1, 99, 99, 1, 1])) == 5


def test_hiding_other_cells_changes_nothing_else() -> None:
    table = make()
    other = table.with_suppressed(np.array([True, False, False, False, True]))
    assert other.suppressed.tolist() == [True, False, False, False, True]
    assert table.suppressed.tolist() == [False, True, True, False, False]
    assert other.value.tolist() == table.value.tolist()


LADDER = Table.of(
    ["country", "p", "p1", "p2", "q", "q1", "q2", "lone"],
    [21, 9, 4, 5, 12, 6, 6, 3],
    suppressed=[False, False, True, True, False, True, True, True],
    rows=[(0, [1, 4]), (1, [2, 3]), (4, [5, 6])],
)


def named(table: Table) -> Callable[[np.ndarray], list[str]]:
    return lambda cells: [table.names[n] for n in cells]


def test_hidden_cells_that_no_row_links_are_components_of_their_own() -> None:
    split = [named(LADDER)(part) for part in LADDER.components(LADDER.suppressed)]
    assert split == [["lone"], ["p1", "p2"], ["q1", "q2"]]


def test_hiding_the_wholes_links_the_components() -> None:
    hidden = LADDER.suppressed.copy()
    hidden[[LADDER.names.index("p"), LADDER.names.index("q")]] = True
    split = [named(LADDER)(part) for part in LADDER.components(hidden)]
    assert split == [["lone"], ["p", "p1", "p2", "q", "q1", "q2"]]


def test_a_published_cell_does_not_link_components() -> None:
    hidden = LADDER.suppressed.copy()
    hidden[LADDER.names.index("p")] = True  # beside q, which is published
    split = [named(LADDER)(part) for part in LADDER.components(hidden)]
    assert split == [["lone"], ["p", "p1", "p2"], ["q1", "q2"]]


def test_nothing_chosen_has_no_components() -> None:
    assert LADDER.components(np.zeros(len(LADDER), dtype=bool)) == []


def test_a_part_of_a_table_holds_its_cells_rows_and_publishes_the_rest() -> None:
    cells = np.array([LADDER.names.index("p1")])
    part, there = LADDER.subtable(cells)
    assert part.names == ("p", "p1", "p2")
    assert named(LADDER)(there) == ["p", "p1", "p2"]
    assert part.suppressed.tolist() == [False, True, False]
    assert part.value.tolist() == [9, 4, 5]
    assert [(whole, parts.tolist()) for whole, parts in part.rows()] == [(0, [1, 2])]
    assert part.rows_with(1).tolist() == [0]


def test_a_part_without_rows_is_its_cells() -> None:
    lone = np.array([LADDER.names.index("lone")])
    part, there = LADDER.subtable(lone)
    assert part.names == ("lone",)
    assert there.tolist() == lone.tolist()
    assert part.rows() == []
    assert part.components(part.suppressed)[0].tolist() == [0]


def test_a_part_of_all_cells_is_the_table() -> None:
    part, there = LADDER.subtable(np.arange(len(LADDER)))
    assert there.tolist() == list(range(len(LADDER)))
    for name in ("row_start", "row_cell", "row_sign", "cell_start", "cell_row", "cell_sign"):
        assert getattr(part, name).tolist() == getattr(LADDER, name).tolist()
