"""What must hold for every protected table, counted by hand: every table that somebody may think of."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.disclosure.any_table import certificate_check
from data.disclosure.any_table.certificate import TableCertificate
from data.disclosure.any_table.contributors import find_contributors
from data.disclosure.any_table.counts_file import CountTable, read_counts
from data.disclosure.any_table.suppress import Protected, suppress_counts
from tests.support.examples import examples
from tests.support.paths import ROOT

CASES = ROOT.parent / "shared" / "cases" / "disclosure"
KEY = bytes(range(32))
T = 3
Counts = dict[str, int]
Rows = list[tuple[str, list[str]]]


def table_of(
    value: Counts, rows: Rows, *, free: str = "", weight: dict[str, float] | None = None
) -> CountTable:
    return CountTable.of(
        list(value),
        list(value.values()),
        rows=rows,
        free=[name in free.split() for name in value],
        weight=[(weight or {}).get(name, 1.0) for name in value],
    )


def protect(
    counts: CountTable, *, threshold: int = T, parts: int = 3, key: bytes = KEY
) -> Protected:
    return suppress_counts(
        counts, threshold=threshold, hidden_parts=parts, key=key, progress=lambda _: None
    )


def line(*values: int, free: str = "whole") -> CountTable:
    names = [f"p{n}" for n in range(len(values))]
    value = dict(zip(names, values, strict=True)) | {"whole": sum(values)}
    return table_of(value, [("whole", names)], free=free, weight={"whole": 9})


def grid(*lines: Sequence[int], free: str = "whole") -> CountTable:
    """Rows and columns with all totals; the grand total is shown, so that everything is bounded."""
    wide, high = range(len(lines[0])), range(len(lines))
    value = {f"c{r}{c}": lines[r][c] for r in high for c in wide}
    rows: Rows = [(f"r{r}", [f"c{r}{c}" for c in wide]) for r in high]
    rows += [(f"k{c}", [f"c{r}{c}" for r in high]) for c in wide]
    value |= {whole: sum(value[part] for part in parts) for whole, parts in rows}
    value["whole"] = sum(value[f"r{r}"] for r in high)
    rows += [("whole", [f"r{r}" for r in high]), ("whole", [f"k{c}" for c in wide])]
    return table_of(value, rows, free=free, weight={"whole": 90} | {f"r{r}": 5 for r in high})


def possible(done: Protected) -> Iterator[list[int]]:
    """Count through every table that agrees with what is shown, with additions only.

    Only for tables whose grand total is shown, so that no count is larger.
    """
    table = done.table
    row_of = {whole: parts.tolist() for whole, parts in table.rows()}  # one row of each is enough

    def leaves(cell: int) -> list[int]:
        return (
            [leaf for part in row_of[cell] for leaf in leaves(part)] if cell in row_of else [cell]
        )

    hidden = [n for n in range(len(table)) if n not in row_of and table.suppressed[n]]
    below = {n: leaves(n) for n in range(len(table))}
    shown = [n for n in row_of if not table.suppressed[n]]
    # For each shown whole: what its hidden leaves have together.
    left = {
        n: int(table.value[n]) - sum(int(table.value[m]) for m in below[n] if m not in hidden)
        for n in shown
    }
    wholes_of = {leaf: [n for n in shown if leaf in below[n]] for leaf in hidden}
    last = {n: max((hidden.index(m) for m in below[n] if m in hidden), default=-1) for n in shown}
    count = {n: int(table.value[n]) for n in range(len(table))}

    def fill(at: int) -> Iterator[list[int]]:
        if at == len(hidden):
            every = [sum(count[m] for m in below[n]) for n in range(len(table))]
            if all(every[w] == sum(every[p] for p in parts) for w, parts in rows):
                yield every
            return
        leaf = hidden[at]
        closing = [left[n] for n in wholes_of[leaf] if last[n] == at]
        most = min(left[n] for n in wholes_of[leaf])
        for value in range(closing[0], closing[0] + 1) if closing else range(most + 1):
            if value > most or any(value != each for each in closing):
                continue
            count[leaf] = value
            for n in wholes_of[leaf]:
                left[n] -= value
            yield from fill(at + 1)
            for n in wholes_of[leaf]:
                left[n] += value

    rows = [(whole, parts.tolist()) for whole, parts in table.rows()]
    yield from fill(0)


def counted_widths(done: Protected) -> Iterator[int]:
    """Give the width of every hidden cell, for everybody and for every contributor."""
    table = done.table
    hidden = np.flatnonzero(table.suppressed)
    if not len(hidden):
        return
    every = np.array(list(possible(done)))
    assert (every == table.value).all(axis=1).any(), "the true table is possible"
    readers = [np.zeros(0, dtype=int)]
    readers += [own for own in find_contributors(table) if table.suppressed[own].any()]
    for own in readers:
        kept = every[(every[:, own] == table.value[own]).all(axis=1)]
        for cell in hidden:
            if cell not in own:
                yield int(kept[:, cell].max() - kept[:, cell].min())


def as_certificate(counts: CountTable, done: Protected, parts: int = 3) -> TableCertificate:
    return TableCertificate(counts, tuple(done.hidden), T, parts, tuple(done.changes()))


LINES = [
    line(0, 4, 5, 3), line(1, 2, 2), line(2, 2, 4, 3), line(1, 9, 4), line(0, 0, 0, 9), line(4, 5, 6, 3), line(2, 3, 3, 3, 3),
]  # fmt: skip
GRIDS = [
    grid([1, 3], [2, 4]), grid([0, 3], [3, 3], [1, 1]), grid([2, 2], [3, 3]), grid([1, 2, 3], [2, 0, 3]),
]  # fmt: skip


@pytest.mark.parametrize("counts", [*LINES, *GRIDS])
@pytest.mark.parametrize("parts", [1, 2, 3])
def test_the_narrowest_interval_is_what_counting_every_table_gives(
    counts: CountTable, parts: int
) -> None:
    done = protect(counts, parts=parts)
    widths = list(counted_widths(done))
    if done.exposed:
        assert min(widths) < T, "it is refused for a reason"
    else:
        assert done.narrowest == min(widths, default=None)
        assert done.narrowest is None or done.narrowest >= T


@st.composite
def small_tables(draw: st.DrawFn) -> CountTable:
    """Draw a line or a small grid; its grand total is shown."""
    count = st.integers(0, 4)
    if draw(st.booleans()):
        return line(*draw(st.lists(count, min_size=2, max_size=5)))
    wide = draw(st.integers(2, 3))
    rows = draw(st.lists(st.lists(count, min_size=wide, max_size=wide), min_size=2, max_size=2))
    return grid(*rows)


@given(small_tables(), st.integers(1, 3), st.binary(min_size=32, max_size=32))
@examples(20, 300)
def test_every_hidden_cell_of_a_small_table_is_wide_for_every_reader(
    counts: CountTable, parts: int, key: bytes
) -> None:
    done = protect(counts, parts=parts, key=key)
    table = done.table
    assert (table.suppressed >= counts.small(T)).all(), "small cells are hidden"
    assert not (table.suppressed & counts.free).any()
    if done.exposed:
        assert done.witnesses == ()
        return
    widths = list(counted_widths(done))
    assert all(width >= T for width in widths)
    assert done.narrowest == min(widths, default=None)
    for witness in done.witnesses:
        other = table.value.copy()
        other[witness.cells] += witness.change
        assert table.suppressed[witness.cells].all()
        assert (other >= 0).all()
        assert all(other[whole] == other[parts_].sum() for whole, parts_ in table.rows())
    for whole, parts_ in table.rows():
        many = int(table.suppressed[parts_].sum())
        assert table.suppressed[whole] or counts.free[whole] or many == 0 or many >= parts
    assert certificate_check.check_certificate(as_certificate(counts, done, parts)) == []


@given(small_tables(), st.randoms(use_true_random=False))
@examples(10, 100)
def test_the_order_of_cells_and_rows_makes_no_difference(
    counts: CountTable, random: object
) -> None:
    table = counts.table
    order = list(range(len(table)))
    random.shuffle(order)  # type: ignore[attr-defined]
    rows = [(table.names[w], [table.names[p] for p in parts]) for w, parts in table.rows()]
    random.shuffle(rows)  # type: ignore[attr-defined]
    other = CountTable.of(
        [table.names[n] for n in order],
        table.value[order].tolist(),
        rows=[(whole, parts[::-1]) for whole, parts in rows],
        free=counts.free[order].tolist(),
        weight=counts.weight[order].tolist(),
    )
    first, second = protect(counts), protect(other)
    assert first.hidden == second.hidden
    assert first.narrowest == second.narrowest
    assert first.changes() == second.changes()


def test_the_key_alone_decides_between_cells_of_one_weight() -> None:
    counts = line(2, 30, 30, 30, 30, 30, 30)
    patterns = {tuple(protect(counts, key=bytes([n] * 32)).hidden) for n in range(12)}
    assert len(patterns) > 4
    assert protect(counts).hidden == protect(counts).hidden


def test_a_cell_of_a_higher_weight_is_rather_shown() -> None:
    value = {"whole": 100, "a": 2, "b": 30, "c": 30, "d": 38}
    rows: Rows = [("whole", ["a", "b", "c", "d"])]
    for dear in "bcd":
        counts = table_of(value, rows, weight={dear: 4, "whole": 50})
        found = [protect(counts, key=bytes([n] * 32)).hidden for n in range(8)]
        # By a draw, a row may have one more hidden part than it needs: then all are hidden.
        assert {tuple(each) for each in found if len(each) < 4} == {
            tuple(sorted({*"abcd"} - {dear}))
        }


def test_the_scale_of_the_weights_makes_no_difference() -> None:
    value = {"whole": 100, "a": 2, "b": 30, "c": 30, "d": 38}
    rows: Rows = [("whole", ["a", "b", "c", "d"])]
    one, other = (
        table_of(value, rows, weight={name: scale * n for n, name in enumerate(value, start=1)})
        for scale in (1, 0.01)
    )
    assert protect(one).hidden == protect(other).hidden


def test_a_free_cell_is_shown_however_small_it_is() -> None:
    value = {"whole": 60, "a": 1, "b": 2, "c": 20, "d": 37}
    counts = table_of(value, [("whole", ["a", "b", "c", "d"])], free="a whole")
    done = protect(counts)
    assert "a" not in done.hidden
    assert "b" in done.hidden


def test_nothing_small_hides_nothing() -> None:
    done = protect(line(9, 8, 7))
    assert (done.hidden, done.narrowest, done.witnesses) == ([], None, ())


def test_where_no_total_bounds_the_hidden_cells_there_is_no_narrowest() -> None:
    done = protect(table_of({"whole": 3, "a": 1, "b": 2}, [("whole", ["a", "b"])]), threshold=5)
    assert done.hidden == ["a", "b", "whole"]
    assert done.narrowest is None


def test_a_bounded_cell_beside_an_unbounded_one_is_measured() -> None:
    value = {"whole": 40, "a": 1, "b": 20, "c": 19, "open": 2, "lone": 2}
    counts = table_of(value, [("whole", ["a", "b", "c"]), ("open", ["lone"])], weight={"whole": 50})
    done = protect(counts)
    assert done.hidden == ["a", "b", "c", "lone", "open"]
    assert done.narrowest == 20, "whoever knows b"


def test_what_is_always_one_number_cannot_be_protected() -> None:
    value = {"whole": 9, "a": 9, "nobody": 0}
    counts = table_of(value, [("whole", ["a", "nobody"]), ("whole", ["a"])])
    done = protect(counts)
    assert [(each.cell, each.known) for each in done.exposed] == [("nobody", "")]
    assert done.witnesses == ()


def test_two_parts_of_a_shown_whole_tell_each_other() -> None:
    done = protect(line(1, 9))
    assert {(each.cell, each.known) for each in done.exposed} == {("p0", "p1"), ("p1", "p0")}


def test_the_only_part_of_a_whole_knows_the_whole() -> None:
    value = {"whole": 60, "village": 2, "shop": 2, "b": 20, "c": 38}
    rows: Rows = [("whole", ["village", "b", "c"]), ("village", ["shop"])]
    done = protect(table_of(value, rows, weight={"whole": 50}))
    assert {"shop", "village"} <= set(done.hidden)
    assert done.exposed == ()


def test_a_row_of_two_equal_parts_tells_nobody_of_a_third() -> None:
    value = {"t": 8, "x": 4, "a": 4, "y": 4}
    table = table_of(value, [("x", ["a"]), ("y", ["a"]), ("t", ["x", "y"])]).table
    known = [[table.names[n] for n in own] for own in find_contributors(table)]
    assert known == [["a", "t", "x", "y"]]


@pytest.mark.parametrize("name", ["us136_linked", "gs_vignette_t1", "us194_1", "us194_2"])
def test_the_reference_cases_are_protected(name: str) -> None:
    if not CASES.exists():
        pytest.skip(f"NOT TESTED: the reference files are not beside the project ({CASES})")
    cells, rows = (CASES / f"{name}_{each}.csv" for each in ("cells", "rows"))
    counts = read_counts(cells.read_bytes(), rows.read_bytes())
    done = protect(counts)
    assert done.exposed == ()
    assert certificate_check.check_certificate(as_certificate(counts, done)) == []
