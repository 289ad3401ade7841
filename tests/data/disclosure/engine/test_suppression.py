"""What is hidden besides the small: enough for everybody to stay in doubt, and little more."""

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import intervals
from data.disclosure.engine.insider_groups import InsiderGroups
from data.disclosure.engine.insider_protection import (
    find_exposed_cells,
    protect_from_insiders,
    suppress_enough_parts,
)
from data.disclosure.engine.protection import Task, draw_by_key
from data.disclosure.engine.suppression import Pattern, extend_suppression, suppress
from tests.support.examples import examples

T, PARTS = 5, 3
WEIGHTS = {0: 1000.0, 1: 30.0, 2: 1.0}  # by depth: the whole, a district, a place
TOTAL = 3.0


class Country:
    """Places in districts, crossed with sex and age, as a table whose names say where cells stand.

    ``T`` is the whole, ``Ta`` a district, ``Ta1`` a place; ``Ta1 f u18`` is a cell of it.
    """

    def __init__(
        self, figures: Mapping[str, Sequence[int]], categories: Sequence[str] = ("",)
    ) -> None:
        """Take by place the counts of the finest categories."""
        self.value: dict[str, int] = {}
        rows: dict[tuple[str, str], list[str]] = {}
        for place, counts in figures.items():
            for category, count in zip(categories, counts, strict=True):
                for unit in (place[:1], place[:2], place):
                    for wider in self.wider(category):
                        name = f"{unit} {wider}".strip()
                        self.value[name] = self.value.get(name, 0) + count
        for name in self.value:
            unit, *category = name.split()
            if len(unit) > 1:
                rows.setdefault(("place", " ".join([unit[:-1], *category])), []).append(name)
            for n in range(len(category)):
                other = " ".join([unit, *category[:n], *category[n + 1 :]])
                rows.setdefault(
                    (f"category {len(category)} {n} {self._kinds(category, n)}", other), []
                ).append(name)
        self.rows = [(whole, parts) for (_, whole), parts in rows.items()]

    @staticmethod
    def _kinds(category: list[str], n: int) -> str:
        return "age" if category[n] in ("u18", "18p") else "sex"

    @staticmethod
    def wider(category: str) -> list[str]:
        """The category and all totals that it is in."""
        found = [""]
        for each in category.split():
            found += [f"{one} {each}".strip() for one in found]
        return found

    def table(self, least: int = T, order: Sequence[str] | None = None) -> Table:
        """Hide what is small, and give the table made in any order of names."""
        names = list(order or self.value)
        at = {name: n for n, name in enumerate(names)}
        return Table.of(
            names, [self.value[name] for name in names],
            suppressed=[self.value[name] < least for name in names],
            rows=[(at[whole], [at[part] for part in parts]) for whole, parts in self.rows],
        )  # fmt: skip


def depth(name: str) -> int:
    return len(name.split(maxsplit=1)[0]) - 1


def task(table: Table, *, fixed: str = "", need: int = T, key: bytes = b"secret") -> Task:
    shape = [(depth(name), 2 - len(name.split()[1:])) for name in table.names]
    crossed = any(len(name.split()) > 1 for name in table.names)
    return Task(
        need=np.full(len(table), need, dtype=np.int64),
        weight=np.array([WEIGHTS[d] * (TOTAL**t if crossed else 1) for d, t in shape]),
        coarseness=np.array([2.0 - d for d, _ in shape]),
        fixed=np.array([name in fixed.split(",") for name in table.names]),
        draw=draw_by_key(table.names, key),
    )


def places(table: Table) -> list[Ints]:
    """For every place and district all cells of it and of what is in it."""
    units = sorted({name.split()[0] for name in table.names} - {"T"})
    return [
        np.flatnonzero([name.split()[0].startswith(unit) for name in table.names]) for unit in units
    ]


def shielded(table: Table, what: Task | None = None) -> tuple[Pattern, list[tuple[int, Ints]]]:
    what = what or task(table)
    return protect_from_insiders(
        table, what, places(table), min_parts=PARTS, insider_need=what.need
    )


def names_of(table: Table, chosen: Bools | Ints) -> set[str]:
    at = np.flatnonzero(chosen) if np.asarray(chosen).dtype == bool else chosen
    return {table.names[int(n)] for n in at}


def lacking(table: Table, hidden: Bools, width: int = T) -> set[str]:
    """Names of hidden cells that an outsider narrows too far, by the intervals themselves."""
    found = intervals(table.with_suppressed(hidden))
    return {name for name, (least, most) in found.items() if most - least < width}


def found_inside(table: Table, hidden: Bools, own: Ints, width: int = T) -> set[str]:
    """The same for somebody for whom some cells are as if published."""
    left = hidden.copy()
    left[own] = False
    return lacking(table, left, width)


FLAT = Country({"Ta1": [3], "Ta2": [20], "Ta3": [30], "Ta4": [40]})
SEXES = Country(
    {"Ta1": [2, 30], "Ta2": [15, 16], "Ta3": [17, 18], "Tb1": [19, 20], "Tb2": [21, 22], "Tb3": [23, 24]},
    ("f", "m"),
)  # fmt: skip
CROSSED = Country(
    {f"T{d}{n}": [9 + n, 12 + n, 2 * n, 15 + n] for d in "ab" for n in (1, 2, 3)},
    ("f u18", "m u18", "f 18p", "m 18p"),
)
COUNTRIES = {"flat": FLAT, "sexes": SEXES, "crossed": CROSSED}


@pytest.fixture(params=COUNTRIES)
def country(request: pytest.FixtureRequest) -> Country:
    return COUNTRIES[request.param]


# --- hide ---------------------------------------------------------------------------------------


def test_every_hidden_cell_has_its_width(country: Country) -> None:
    table = country.table()
    assert lacking(table, table.suppressed)
    pattern = suppress(table, task(table))
    assert pattern.unprotectable.tolist() == []
    assert lacking(table, pattern.suppressed) == set()


def test_nothing_that_is_shown_is_small_and_what_was_hidden_stays_so(country: Country) -> None:
    table = country.table()
    for pattern in (suppress(table, task(table)), shielded(table)[0]):
        assert (table.value[~pattern.suppressed] >= T).all()
        assert pattern.suppressed[table.suppressed].all()


def test_the_moves_found_change_nothing_that_is_shown_and_add_up(country: Country) -> None:
    table = country.table()
    pattern = suppress(table, task(table))
    for move in pattern.alternatives:
        other = table.value.copy()
        other[move.cells] += move.change
        assert (other >= 0).all()
        for whole, parts in table.rows():
            assert other[whole] == other[parts].sum()


def test_where_nothing_is_hidden_nothing_is_hidden_more() -> None:
    table = Country({"Ta1": [20], "Ta2": [30]}).table()
    assert not suppress(table, task(table)).suppressed.any()
    pattern, left = shielded(table)
    assert not pattern.suppressed.any()
    assert left == []


def test_one_more_place_is_hidden_rather_than_the_whole() -> None:
    table = FLAT.table()
    hidden = names_of(table, suppress(table, task(table)).suppressed)
    assert len(hidden) == 2
    assert {"Ta1"} < hidden <= {"Ta1", "Ta2", "Ta3", "Ta4"}


def test_fine_cells_are_hidden_before_coarse_ones() -> None:
    table = SEXES.table()
    hidden = names_of(table, suppress(table, task(table)).suppressed)
    assert {depth(name) for name in hidden} == {2}
    assert all(len(name.split()) == 2 for name in hidden)
    assert len(hidden) == 4  # a rectangle: two places by two sexes


def test_what_is_fixed_is_never_hidden() -> None:
    table = FLAT.table()
    for fixed in ("T,Ta", "T,Ta,Ta2", "T,Ta,Ta2,Ta3"):
        what = task(table, fixed=fixed)
        for pattern in (suppress(table, what), shielded(table, what)[0]):
            assert not (pattern.suppressed & what.fixed).any()
        assert lacking(table, suppress(table, what).suppressed) == set()


def test_a_hopeless_cell_is_reported_and_not_passed_over() -> None:
    table = FLAT.table()
    what = task(table, fixed="T,Ta,Ta2,Ta3,Ta4")
    pattern = suppress(table, what)
    assert names_of(table, pattern.unprotectable) == {"Ta1"}
    assert names_of(table, pattern.suppressed) == {"Ta1"}
    pattern, _ = shielded(table, what)
    assert names_of(table, pattern.unprotectable) == {"Ta1"}


def test_a_part_of_so_few_that_none_could_be_wider_is_hopeless() -> None:
    table = Country({"Ta1": [1], "Ta2": [2]}).table(least=3)
    what = task(table, fixed="T,Ta")
    assert names_of(table, suppress(table, what).unprotectable) == {"Ta1", "Ta2"}


def test_what_other_moves_do_without_is_shown_again() -> None:
    """Three small places hide each other: nothing more is needed."""
    table = Country({"Ta1": [4], "Ta2": [3], "Ta3": [4], "Ta4": [40], "Ta5": [50]}).table()
    assert names_of(table, suppress(table, task(table)).suppressed) == {"Ta1", "Ta2", "Ta3"}


def test_nothing_that_was_hidden_for_others_could_be_shown_again(country: Country) -> None:
    table = country.table()
    pattern = suppress(table, task(table))
    for cell in np.flatnonzero(pattern.suppressed & ~table.suppressed):
        fewer = pattern.suppressed.copy()
        fewer[cell] = False
        assert lacking(table, fewer)


def test_more_may_be_hidden_from_what_is_known() -> None:
    table = SEXES.table()
    first = suppress(table, task(table))
    more = first.suppressed.copy()
    more[table.names.index("Tb2 f")] = True
    pattern = extend_suppression(table.with_suppressed(more), task(table), first.alternatives)
    assert pattern.suppressed[more].all()
    assert lacking(table, pattern.suppressed) == set()


# --- lines --------------------------------------------------------------------------------------


def lines(table: Table, hidden: Bools) -> list[tuple[str, int, int]]:
    """Every published whole with how many of its parts are hidden, and how many there are."""
    return [
        (table.names[whole], int(hidden[parts].sum()), len(parts))
        for whole, parts in table.rows()
        if not hidden[whole]
    ]


def test_a_published_whole_has_three_hidden_parts_or_none(country: Country) -> None:
    table = country.table()
    for state in (
        suppress_enough_parts(table, task(table), table.suppressed, min_parts=PARTS),
        shielded(table)[0].suppressed,
    ):
        assert state[table.suppressed].all()
        assert all(count == 0 or count >= PARTS for _, count, _ in lines(table, state))


def test_the_parts_that_are_hidden_with_a_small_one_follow_from_the_key() -> None:
    table = FLAT.table()
    chosen = set()
    for key in (b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"):
        what = task(table, key=key)
        state = suppress_enough_parts(table, what, table.suppressed, min_parts=PARTS)
        names = names_of(table, state)
        drawn = dict(zip(table.names, what.draw, strict=True))
        others = sorted(("Ta2", "Ta3", "Ta4"), key=drawn.__getitem__)
        assert names == {"Ta1", *others[: len(names) - 1]}
        chosen.add(frozenset(names))
    assert len(chosen) >= 3, "every pair of the others can be chosen"


def test_a_whole_of_too_few_parts_is_hidden_itself() -> None:
    table = Country({"Ta1": [3], "Ta2": [20], "Tb1": [20], "Tc1": [30], "Td1": [40]}).table()
    state = suppress_enough_parts(table, task(table), table.suppressed, min_parts=PARTS)
    assert "Ta" in names_of(table, state)
    assert "Ta2" not in names_of(table, state)
    assert "T" not in names_of(table, state)


def test_a_fixed_whole_of_too_few_parts_is_left_to_the_audit() -> None:
    table = Country({"Ta1": [3], "Ta2": [20]}).table()
    what = task(table, fixed="T,Ta")
    assert names_of(
        table, suppress_enough_parts(table, what, table.suppressed, min_parts=PARTS)
    ) == {"Ta1"}
    _, left = shielded(table, what)
    found = {(one, name) for one, cells in left for name in names_of(table, cells)}
    assert {name for _, name in found} == {"Ta1", "Ta2"}


# --- insiders -----------------------------------------------------------------------------------


def test_no_insider_finds_another_places_cell(country: Country) -> None:
    table = country.table()
    pattern, left = shielded(table)
    assert left == []
    assert lacking(table, pattern.suppressed) == set()
    for own in places(table):
        assert found_inside(table, pattern.suppressed, own) == set()


def test_an_insider_finds_the_one_other_hidden_cell() -> None:
    table = FLAT.table()
    hidden = table.suppressed | np.array([name == "Ta2" for name in table.names])
    found, _ = find_exposed_cells(table.with_suppressed(hidden), task(table), places(table), [])
    insiders = sorted({name.split()[0] for name in table.names} - {"T"})
    assert {(insiders[one], *sorted(names_of(table, cells))) for one, cells in found} == {
        ("Ta1", "Ta2"),
        ("Ta2", "Ta1"),
    }


@pytest.mark.parametrize("small", [60, 0])
def test_what_is_said_to_be_exposed_is_what_the_intervals_say(
    country: Country, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 0: around the places of each cell first, as in tables that are too large to count
    for module in ("prover._LARGE_COMPONENT", "insider_prover._SMALL_COMPONENT"):
        monkeypatch.setattr(f"data.disclosure.engine.{module}", small)
    table = country.table()
    hidden = suppress(table, task(table)).suppressed
    found, _ = find_exposed_cells(table.with_suppressed(hidden), task(table), places(table), [])
    said = {one: names_of(table, cells) for one, cells in found}
    for one, own in enumerate(places(table)):
        assert said.get(one, set()) == found_inside(table, hidden, own)


def test_a_component_that_is_safe_is_not_searched_again() -> None:
    table, safe = FLAT.table(), set()
    for more, exposed in (("Ta2 Ta3", set()), ("Ta2", {"Ta1", "Ta2"})):
        hidden = table.suppressed | np.array([name in more.split() for name in table.names])
        for _ in range(2):
            found, _ = find_exposed_cells(
                table.with_suppressed(hidden), task(table), places(table), [], safe=safe
            )
            assert {name for _, cells in found for name in names_of(table, cells)} == exposed
    assert len(safe) == 1


def test_no_two_groups_of_places_meet_in_two_rounds() -> None:
    table = Country({f"T{d}{n}": [3] for d in "abcdefg" for n in range(2)}).table()
    cells = np.flatnonzero(table.suppressed)
    districts = {name[:2] for name in names_of(table, table.suppressed) if name != "T"}
    known = [
        np.array([table.names[cell].startswith(each) for cell in cells])
        for each in (*sorted(districts), *(f"{each}1" for each in sorted(districts)))
    ]
    groups = InsiderGroups(table, cells, known)
    assert groups.count == len(districts) == 7
    met = []
    for blocks in groups.rounds():
        for own, every in blocks:
            (group,) = set(groups.label[own])
            others = set(groups.label[every]) - {group, groups.count}
            assert 1 <= len(others) <= 2
            assert set(own) <= set(every) >= set(np.flatnonzero(groups.label == groups.count))
            met += [frozenset({group, other}) for other in others]
    assert len(met) == len(set(met)) >= 14
    stuck = np.isin(groups.label, [0, 1])
    around = groups.around(int(np.flatnonzero(groups.label == 2)[0]), stuck, 2)
    assert around[0] == 2
    assert not {0, 1} & set(around)
    assert len(around) == 3


def test_three_hidden_places_with_nearly_nobody_are_not_enough_for_an_insider() -> None:
    table = Country({"Ta1": [4], "Ta2": [0], "Ta3": [1], "Ta4": [40], "Ta5": [50]}).table()
    assert found_inside(table, table.suppressed, places(table)[1]) == {"Ta2", "Ta3"}
    pattern, left = shielded(table)
    assert left == []
    assert names_of(table, pattern.suppressed) > names_of(table, table.suppressed)


def test_a_move_through_a_cell_that_was_published_again_protects_nobody() -> None:
    figures = {"Ta1": [32, 30], "Ta2": [41, 10], "Ta3": [7, 15], "Ta4": [7, 4]}
    table = Country(figures, ("f", "m")).table()
    what = task(table, fixed="T,T f,T m,Ta,Ta f,Ta1,Ta4,Ta2 m")
    pattern, left = shielded(table, what)  # went round for ever while such a move counted
    assert all(pattern.suppressed[move.cells].all() for move in pattern.alternatives)
    assert [(one, names_of(table, cells)) for one, cells in left] == [
        (2, {"Ta3"}),
        (3, {"Ta2", "Ta2 f"}),
    ]


# --- always -------------------------------------------------------------------------------------


def test_the_same_table_twice_is_hidden_the_same(country: Country) -> None:
    table = country.table()
    one, other = shielded(table), shielded(country.table())
    assert one[0].suppressed.tolist() == other[0].suppressed.tolist()
    assert len(one[0].alternatives) == len(other[0].alternatives)


small = st.one_of(st.integers(0, 12), st.integers(0, 60))


@st.composite
def countries(draw: st.DrawFn) -> Country:
    categories = draw(st.sampled_from([("",), ("f", "m")]))
    figures = {
        f"T{district}{n}": [draw(small) for _ in categories]
        for district in "abc"[: draw(st.integers(1, 3))]
        for n in range(1, draw(st.integers(1, 4)) + 1)
    }
    return Country(figures, categories)


@examples(3, 48)
@given(country=countries(), random=st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(country: Country, random: Random) -> None:
    table = country.table()
    shuffled = Country.__new__(Country)
    shuffled.value = country.value
    shuffled.rows = [(w, random.sample(p, len(p))) for w, p in country.rows]
    random.shuffle(shuffled.rows)
    other = shuffled.table(order=random.sample(list(country.value), len(country.value)))
    assert names_of(other, shielded(other)[0].suppressed) == names_of(
        table, shielded(table)[0].suppressed
    )
    assert names_of(other, suppress(other, task(other)).suppressed) == names_of(
        table, suppress(table, task(table)).suppressed
    )


@examples(4, 80)
@given(country=countries())
def test_nobody_narrows_a_hidden_cell_unless_it_is_reported(country: Country) -> None:
    table = country.table()
    pattern, left = shielded(table)
    hopeless = names_of(table, pattern.unprotectable)
    assert lacking(table, pattern.suppressed) <= hopeless
    reported = {one: names_of(table, cells) for one, cells in left}
    for one, own in enumerate(places(table)):
        found = found_inside(table, pattern.suppressed, own)
        assert found <= reported.get(one, set()) | hopeless
        assert reported.get(one, set()) <= found
    assert (table.value[~pattern.suppressed] >= T).all()
    assert all(count == 0 or count >= PARTS for _, count, _ in lines(table, pattern.suppressed))


@examples(6, 120)
@given(country=countries(), random=st.randoms(use_true_random=False))
def test_what_is_fixed_stays_and_what_that_exposes_is_reported(
    country: Country, random: Random
) -> None:
    table = country.table()
    may = [name for name in table.names if country.value[name] >= T]
    what = task(table, fixed=",".join(random.sample(may, len(may) // 2)))
    pattern, left = shielded(table, what)
    assert not (pattern.suppressed & what.fixed).any()
    hopeless = names_of(table, pattern.unprotectable)
    assert lacking(table, pattern.suppressed) <= hopeless
    reported = {one: names_of(table, cells) for one, cells in left}
    for one, own in enumerate(places(table)):
        assert found_inside(table, pattern.suppressed, own) <= reported.get(one, set()) | hopeless
