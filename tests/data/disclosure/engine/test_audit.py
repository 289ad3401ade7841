"""The attacker's interval is what counting every table that he cannot rule out gives.

Reference cases: sdcTools/UserSupport, issues 194 and 136; the vignette and the tests of the R
package GaussSuppression (MIT); the cases of releases over time are our own.
"""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.disclosure.engine import table_files
from data.disclosure.engine.additive_table import UNBOUNDED, Table
from data.disclosure.engine.audit import Proof, intervals, prove
from tests.support.examples import examples
from tests.support.paths import ROOT

CASES = ROOT.parent / "shared" / "cases" / "disclosure"
Rows = dict[str, list[list[str]]]


def make(figures: dict[str, int], rows: list[str], hidden: str, *, known_min: int = 0) -> Table:
    """Write a row as ``whole = part + part``."""
    names = list(figures)
    sides = [row.split(" = ") for row in rows]
    return Table.of(
        names,
        list(figures.values()),
        suppressed=[name in hidden.split() for name in names],
        rows=[(names.index(w), [names.index(p) for p in parts.split(" + ")]) for w, parts in sides],
        least=[known_min * (name in hidden.split()) for name in names],
    )


# sdcTools/UserSupport issue 194
TWO_ZEROS = make({"t": 0, "a": 0, "b": 0, "c": 0}, ["t = a + b + c"], "a b")
TWO_ZEROS_OF_MORE = make(
    {"t": 15, "a": 10, "b": 5, "c": 0, "d": 0}, ["t = a + b + c + d"], "c d"
)  # fmt: skip
# sdcTools/UserSupport issue 136
LINKED = make(
    {"A": 2, "B": 2, "I": 8, "J": 8, "K": 3, "L": 3, "M": 3, "N": 7,
     "county1": 20, "county2": 16, "BIG": 6, "small": 30, "Total": 36},
    ["county1 = A + B + I + J", "county2 = K + L + M + N", "Total = county1 + county2",
     "BIG = L + M", "small = A + B + I + J + K + N", "Total = BIG + small"],
    "A B K L M",
)  # fmt: skip
# the first table of the GaussSuppression vignette
VIGNETTE = make(
    {"TT": 20, "TI": 5, "TP": 4, "TS": 11, "oT": 13, "oI": 3, "oP": 4, "oS": 6,
     "yT": 7, "yI": 2, "yP": 0, "yS": 5},
    ["TT = TI + TP + TS", "oT = oI + oP + oS", "yT = yI + yP + yS", "TT = oT + yT",
     "TI = oI + yI", "TP = oP + yP", "TS = oS + yS"],
    "oI oP yI yP",
)  # fmt: skip
# our own: sums over time give a month; shown zeros tell that the hidden are none
CUMULATIVE = make(
    {"m1": 2, "m2": 3, "m3": 4, "c2": 5, "c3": 9}, ["c2 = m1 + m2", "c3 = c2 + m3"], "m1 m2 m3"
)
_ZEROS = ({"T": 14, "a": 4, "b": 2, "c": 1, "d": 7}, ["T = a + b + c + d"], "a b c")

REFERENCE = {
    "us194_1": (TWO_ZEROS, {"a": (0, 0), "b": (0, 0)}),
    "us194_2": (TWO_ZEROS_OF_MORE, {"c": (0, 0), "d": (0, 0)}),
    "us136_linked": (LINKED, {"A": (0, 4), "B": (0, 4), "K": (3, 3), "L": (0, 6), "M": (0, 6)}),
    "gs_vignette_t1": (VIGNETTE, {"oI": (3, 5), "oP": (2, 4), "yI": (0, 2), "yP": (0, 2)}),
    "release_cumulative": (CUMULATIVE, {"m1": (0, 5), "m2": (0, 5), "m3": (4, 4)}),
    "zeros_published_leak_lb0": (make(*_ZEROS), dict.fromkeys("abc", (0, 7))),
    "zeros_published_leak_lb1": (make(*_ZEROS, known_min=1), dict.fromkeys("abc", (1, 5))),
}


@pytest.mark.parametrize(("table", "expected"), REFERENCE.values(), ids=REFERENCE.keys())
def test_a_reference_case_has_its_published_intervals(
    table: Table, expected: dict[str, tuple[int, int]]
) -> None:
    assert intervals(table) == expected


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_files_have_their_published_intervals(name: str) -> None:
    cells, rows = CASES / f"{name}_cells.csv", CASES / f"{name}_rows.csv"
    if not cells.exists():
        pytest.skip(f"NOT TESTED: the reference files are not beside the project ({CASES})")
    known_min = int(name.endswith("_lb1"))
    table = table_files.read_table_file(cells.read_bytes(), rows.read_bytes(), known_min=known_min)
    assert intervals(table) == REFERENCE[name][1]


# the z1 table of GaussSuppression's tests, and the six cells that its published answer hides
Z1 = {
    "annet": [11, 7, 5, 13, 9, 12, 6, 9], "arbeid": [11, 1, 8, 2, 14, 9, 4, 3],
    "soshjelp": [55, 29, 35, 17, 63, 24, 22, 38], "trygd": [36, 18, 25, 13, 52, 22, 8, 15],
}  # fmt: skip


def z1() -> Table:
    figures = {
        f"{region}-{kind}": n
        for kind, column in Z1.items()
        for region, n in zip("ABCDEFGH", column, strict=True)
    }
    rows = [(f"Total-{kind}", [f"{region}-{kind}" for region in "ABCDEFGH"]) for kind in Z1]
    rows += [(f"{region}-Total", [f"{region}-{kind}" for kind in Z1]) for region in "ABCDEFGH"]
    rows += [("Total-Total", [f"Total-{kind}" for kind in Z1])]
    rows += [("Total-Total", [f"{region}-Total" for region in "ABCDEFGH"])]
    for whole, parts in rows:
        figures[whole] = sum(figures[part] for part in parts)
    hidden = " ".join(f"{region}-{kind}" for region in "BDH" for kind in ("annet", "arbeid"))
    return make(figures, [f"{whole} = {' + '.join(parts)}" for whole, parts in rows], hidden)


def test_the_published_answer_to_z1_leaves_every_primary_cell_some_width() -> None:
    table = z1()
    found = intervals(table)
    assert table.value[table.names.index("Total-Total")] == 596
    assert len(found) == 6
    for primary in ("B-arbeid", "D-arbeid", "H-arbeid"):
        least, greatest = found[primary]
        assert least < greatest
    assert found["B-arbeid"] == (0, 6)


def test_only_the_cells_asked_for_are_worked_out() -> None:
    assert intervals(LINKED, [LINKED.names.index("K")]) == {"K": (3, 3)}


def test_a_cell_that_nothing_adds_up_to_has_no_upper_end() -> None:
    assert intervals(make({"a": 4}, [], "a")) == {"a": (0, UNBOUNDED)}


HALVES = make(
    {"a": 2, "b": 2, "c": 2, "e": 0, "g": 3, "P": 4, "Q": 4, "R": 4, "S": 3},
    ["P = a + b", "Q = b + c", "R = a + c + e", "S = e + g"],
    "a b c e g",
)


def test_half_people_are_nobody() -> None:
    """In halves ``e`` could be 0 to 3; but P + Q + R = 2(a + b + c) + e, so ``e`` is even."""
    assert intervals(HALVES) == {"a": (1, 2), "b": (2, 3), "c": (1, 2), "e": (0, 2), "g": (1, 3)}
    proof, failed = prove(HALVES, np.where(HALVES.suppressed, 2, 0), np.zeros(len(HALVES)))
    assert [HALVES.names[cell] for cell in failed] == ["a", "b", "c"]
    assert len(list(valid_witnesses(HALVES, proof))) > 0


# --- counting every table -----------------------------------------------------------------------


class Everything:
    """All tables that an attacker cannot rule out, found by trying; it shares nothing with HiGHS.

    It narrows ranges by addition alone, then tries every value that is left.
    """

    def __init__(self, table: Table) -> None:
        self.rows = [(whole, parts.tolist()) for whole, parts in table.rows()]
        self.low = np.where(table.suppressed, table.least, table.value).tolist()
        self.high = np.where(table.suppressed, table.most, table.value).tolist()
        self.names, self.suppressed = table.names, np.flatnonzero(table.suppressed).tolist()

    def narrowed(self, low: list[int], high: list[int]) -> bool:
        """Narrow in place; say whether anything can be left."""
        changed = True
        while changed:
            changed = False
            for whole, parts in self.rows:
                least, most = sum(low[p] for p in parts), sum(high[p] for p in parts)
                bounds = [(whole, least, most)]
                bounds += [
                    (p, low[whole] - most + high[p], high[whole] - least + low[p]) for p in parts
                ]
                for cell, floor, ceiling in bounds:
                    if floor > low[cell] or ceiling < high[cell]:
                        low[cell], high[cell] = max(low[cell], floor), min(high[cell], ceiling)
                        changed = True
                    if low[cell] > high[cell]:
                        return False
        return True

    def exists(self, low: list[int], high: list[int]) -> bool:
        low, high = low.copy(), high.copy()
        if not self.narrowed(low, high):
            return False
        open_cells = [cell for cell in self.suppressed if low[cell] < high[cell]]
        if not open_cells:
            return all(low[w] == sum(low[p] for p in parts) for w, parts in self.rows)
        cell = min(open_cells, key=lambda c: high[c] - low[c])
        return any(
            self.exists([*low[:cell], v, *low[cell + 1 :]], [*high[:cell], v, *high[cell + 1 :]])
            for v in range(low[cell], high[cell] + 1)
        )

    def possible(self, cell: int, values: range) -> int:
        """Give the first of these values that the cell can have."""
        for v in values:
            low, high = self.low.copy(), self.high.copy()
            low[cell] = high[cell] = v
            if self.exists(low, high):
                return v
        raise AssertionError("not even the truth is possible")

    def intervals(self) -> dict[str, tuple[int, int]]:
        low, high = self.low.copy(), self.high.copy()
        assert self.narrowed(low, high)
        self.low, self.high = low, high
        return {
            self.names[cell]: (
                self.possible(cell, range(low[cell], high[cell] + 1)),
                self.possible(cell, range(high[cell], low[cell] - 1, -1)),
            )
            for cell in self.suppressed
        }


# --- tables to attack ---------------------------------------------------------------------------

counts = st.integers(0, 4)


def flat_row(draw: st.DrawFn) -> tuple[list[str], Rows]:
    leaves = [f"a{n}" for n in range(draw(st.integers(1, 6)))]
    return leaves, {"all": [leaves]}


def two_way(draw: st.DrawFn) -> tuple[list[str], Rows]:
    down, across = draw(st.integers(2, 3)), draw(st.integers(2, 3))
    lines = [[f"r{i}c{j}" for j in range(across)] for i in range(down)]
    rows: Rows = {f"r{i}": [line] for i, line in enumerate(lines)}
    rows |= {f"c{j}": [[line[j] for line in lines]] for j in range(across)}
    rows["all"] = [[f"r{i}" for i in range(down)], [f"c{j}" for j in range(across)]]
    return [name for line in lines for name in line], rows


def three_levels(draw: st.DrawFn) -> tuple[list[str], Rows]:
    wards = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    rows: Rows = {f"p{i}": [[f"p{i}w{j}" for j in range(n)]] for i, n in enumerate(wards)}
    leaves = [name for parts in rows.values() for name in parts[0]]
    rows["all"] = [list(rows)]
    return leaves, rows


def linked(draw: st.DrawFn) -> tuple[list[str], Rows]:
    leaves = [f"a{n}" for n in range(draw(st.integers(3, 7)))]
    rows: Rows = {}
    for one in ("x", "y"):  # two ways to sort the same cells
        group = [draw(st.integers(0, 2)) for _ in leaves]
        kinds = sorted(set(group))
        for kind in kinds:
            parts = [leaf for leaf, of in zip(leaves, group, strict=True) if of == kind]
            rows[f"{one}{kind}"] = [parts]
        rows.setdefault("all", []).append([f"{one}{kind}" for kind in kinds])
    rows["all"] = rows.pop("all")  # after its parts
    return leaves, rows


def overlapping(draw: st.DrawFn) -> tuple[list[str], Rows]:
    """Sums of whatever cells: halves of people would fit these where whole people do not."""
    leaves = [f"a{n}" for n in range(draw(st.integers(3, 7)))]
    few = st.lists(st.sampled_from(leaves), min_size=2, max_size=3, unique=True)
    sums = draw(st.lists(few, min_size=3, max_size=6))
    return leaves, {f"s{n}": [parts] for n, parts in enumerate(sums)}


SHAPES = [flat_row, two_way, three_levels, linked, overlapping]


@st.composite
def tables(draw: st.DrawFn, shape) -> Table:
    leaves, rows = shape(draw)
    figures = {name: draw(counts) for name in leaves}
    for whole, ways in rows.items():
        for parts in ways:
            figures[whole] = sum(figures[part] for part in parts)
    names = list(figures)
    known_min = draw(st.sampled_from([0, 1]))
    may_hide = [name for name in names if figures[name] >= known_min]
    chosen = draw(st.sets(st.sampled_from(may_hide), max_size=4)) if may_hide else set()
    if draw(st.booleans()):
        chosen |= set(may_hide) & set(leaves)
    # where no published whole bounds the rest, counting needs to be told an end
    ended = "all" not in set(rows) - chosen or draw(st.booleans())
    top = max(figures.values()) + draw(st.integers(0, 2)) if ended else UNBOUNDED
    return Table.of(
        names,
        list(figures.values()),
        suppressed=[name in chosen for name in names],
        rows=[
            (names.index(whole), [names.index(part) for part in parts])
            for whole, ways in rows.items()
            for parts in ways
        ],
        least=known_min,
        most=top,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_intervals_are_those_of_counting_every_table(shape) -> None:
    @examples(16, 320)
    @given(table=tables(shape))
    def check(table: Table) -> None:
        assert intervals(table) == Everything(table).intervals()

    check()


def valid_witnesses(table: Table, proof: Proof) -> Iterator[np.ndarray]:
    """Check every witness by addition; give each as a change of all cells."""
    for witness in proof.witnesses:
        change = np.zeros(len(table), dtype=np.int64)
        change[witness.cells] = witness.change
        other = table.value + change
        assert table.suppressed[witness.cells].all()
        assert (other[table.suppressed] >= table.least[table.suppressed]).all()
        assert (other[table.suppressed] <= table.most[table.suppressed]).all()
        for whole, parts in table.rows():
            assert other[whole] == other[parts].sum()
        yield change


@pytest.mark.parametrize("small", [60, 0])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_proved_width_is_there_and_a_failed_one_is_not(
    shape, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0: finer cells first, as in tables that are too large to count
    monkeypatch.setattr("data.disclosure.engine.prover._LARGE_COMPONENT", small)

    @examples(7, 140)
    @given(table=tables(shape), width=st.integers(1, 6), random=st.randoms(use_true_random=False))
    def check(table: Table, width: int, random: Random) -> None:
        need = np.where(table.suppressed, width, 0)
        coarseness = np.array([float(random.randrange(3)) for _ in table.names])
        proof, failed = prove(table, need, coarseness)
        changes = list(valid_witnesses(table, proof))
        widths = {
            name: most - least for name, (least, most) in Everything(table).intervals().items()
        }
        for cell, name in enumerate(table.names):
            for by, bound in (
                (proof.low_by[cell], proof.low[cell]),
                (proof.high_by[cell], proof.high[cell]),
            ):
                assert bound == (changes[by][cell] if by >= 0 else 0)
            assert proof.low[cell] <= 0 <= proof.high[cell]
            assert proof.width[cell] <= widths.get(name, 0)
            if table.suppressed[cell]:
                assert (cell in failed) == (widths[name] < width)
                assert cell in failed or proof.width[cell] >= width

    check()


def test_a_width_that_needs_both_ends_in_whole_numbers_is_proved() -> None:
    table = make(
        {"a": 1, "b": 3, "c": 4, "d": 1, "s": 6, "g": 3, "P": 4, "Q": 8, "T": 9},
        ["P = a + b", "Q = b + c + d", "s = a + c + d", "T = s + g"],
        "a b c d s g",
    )
    assert intervals(table)["c"] == (0, 6)
    proof, failed = prove(table, np.where(table.suppressed, 6, 0), np.zeros(len(table)))
    list(valid_witnesses(table, proof))
    assert [table.names[cell] for cell in failed] == ["a", "b", "g", "s"]


@pytest.mark.parametrize("shape", SHAPES)
def test_moves_known_before_are_used_and_change_no_answer(shape) -> None:
    @examples(4, 80)
    @given(table=tables(shape), random=st.randoms(use_true_random=False))
    def check(table: Table, random: Random) -> None:
        coarseness = np.zeros(len(table))
        proof, failed = prove(table, np.where(table.suppressed, 3, 0), coarseness)
        fewer = table.with_suppressed(
            table.suppressed & [random.random() < 0.8 for _ in table.names]
        )
        need = np.where(fewer.suppressed, 3, 0)
        again, now_failed = prove(fewer, need, coarseness, proof.witnesses)
        list(valid_witnesses(fewer, again))
        assert now_failed.tolist() == prove(fewer, need, coarseness)[1].tolist()
        assert set(failed) & set(np.flatnonzero(fewer.suppressed)) <= set(now_failed)

    check()


def test_a_cell_of_which_no_width_is_asked_never_fails() -> None:
    proof, failed = prove(LINKED, np.zeros(len(LINKED), dtype=np.int64), np.zeros(len(LINKED)))
    assert failed.tolist() == []
    assert proof.witnesses == ()


def test_the_linked_case_fails_for_the_one_cell_that_can_be_computed() -> None:
    need = np.where(LINKED.suppressed, 4, 0)
    proof, failed = prove(LINKED, need, np.zeros(len(LINKED)))
    assert [LINKED.names[cell] for cell in failed] == ["K"]
    assert len(list(valid_witnesses(LINKED, proof))) > 0


@pytest.mark.parametrize("shape", SHAPES)
def test_order_and_names_do_not_matter(shape) -> None:
    @examples(4, 80)
    @given(table=tables(shape), random=st.randoms(use_true_random=False))
    def check(table: Table, random: Random) -> None:
        order = random.sample(range(len(table)), len(table))
        place = {cell: n for n, cell in enumerate(order)}
        renamed = {f"{random.random()}-{n}": name for n, name in enumerate(table.names)}
        new = list(renamed)
        rows = [
            (place[whole], random.sample([place[p] for p in parts.tolist()], len(parts)))
            for whole, parts in table.rows()
        ]
        other = Table.of(
            [new[cell] for cell in order],
            table.value[order],
            suppressed=table.suppressed[order],
            rows=random.sample(rows, len(rows)),
            least=table.least[order],
            most=table.most[order],
        )
        found = {renamed[name]: interval for name, interval in intervals(other).items()}
        assert found == intervals(table)

    check()


def as_files(table: Table, *, blank: bool) -> tuple[bytes, bytes]:
    """Write the two files of a table, the hidden values left out if wished."""
    cells = ["cell,value,suppressed"] + [
        f"{name},{'' if blank and hidden else value},{int(hidden)}"
        for name, value, hidden in zip(table.names, table.value, table.suppressed, strict=True)
    ]
    rows = ["parent,children"] + [
        f"{table.names[whole]},{'|'.join(table.names[part] for part in parts)}"
        for whole, parts in table.rows()
    ]
    return "\n".join(cells).encode(), "\n".join(rows).encode()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_outsider_without_the_hidden_values_finds_the_same_intervals(shape) -> None:
    @examples(5, 100)
    @given(table=tables(shape))
    def check(table: Table) -> None:
        known_min = int(table.least[0])
        inside = table_files.read_table_file(*as_files(table, blank=False), known_min=known_min)
        outside = table_files.read_table_file(*as_files(table, blank=True), known_min=known_min)
        assert inside.value.tolist() == table.value.tolist()
        assert table_files.intervals(outside) == table_files.intervals(inside)

    check()


@pytest.mark.parametrize("shape", SHAPES)
def test_no_upper_end_is_said_where_the_greatest_count_grows_with_what_is_allowed(shape) -> None:
    @examples(5, 100)
    @given(table=tables(shape))
    def check(table: Table) -> None:
        near, far = (
            intervals(replace(table, most=np.full(len(table), most))) for most in (1_000, 2_000)
        )
        expected = {
            name: (least, greatest if greatest == far[name][1] else None)
            for name, (least, greatest) in near.items()
        }
        assert (
            table_files.intervals(replace(table, most=np.full(len(table), UNBOUNDED))) == expected
        )

    check()
