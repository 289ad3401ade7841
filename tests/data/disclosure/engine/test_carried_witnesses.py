"""Alternative tables of one table serve another one only if they are alternative tables of it."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.disclosure.engine.additive_table import Table
from data.disclosure.engine.audit import prove
from data.disclosure.engine.carried_witnesses import NOTHING_FOUND, FoundTables, carry_over
from data.disclosure.engine.prover import Witness
from tests.support.examples import examples

ROWS = [(0, [1, 2]), (1, [3, 4]), (2, [5, 6])]
NAMES = ["all", "boys", "girls", "boys 1", "boys 2", "girls 1", "girls 2"]


def small_table(
    finest: list[int], hidden: list[bool], *, rows=ROWS, names=NAMES, **bounds
) -> Table:
    boys, girls = sum(finest[:2]), sum(finest[2:])
    return Table.of(
        names, [boys + girls, boys, girls, *finest], suppressed=hidden, rows=rows, **bounds
    )


def is_alternative(table: Table, witness: Witness) -> bool:
    other = table.value.copy()
    other[witness.cells] += witness.change
    inside = (other >= table.least) & (other <= table.most)
    return (
        table.suppressed[witness.cells].all()
        and bool(inside[witness.cells].all())
        and all(other[whole] == other[parts].sum() for whole, parts in table.rows())
    )


def test_what_is_carried_over_is_exactly_what_holds_in_the_other_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("data.disclosure.engine.carried_witnesses._AT_ONCE", 2)

    @examples(30, 600)
    @given(random=st.randoms(use_true_random=False))
    def check(random: Random) -> None:
        first = small_table([random.randrange(9) for _ in range(4)], [True] * 7)
        proof, _ = prove(first, np.full(7, 3), np.zeros(7))
        names = [random.choice([name, name, name, f"other {name}"]) for name in NAMES]
        second = small_table(
            [random.randrange(9) for _ in range(4)],
            [random.random() < 0.8 for _ in NAMES],
            rows=[row for row in ROWS if random.random() < 0.8],
            names=names,
        )
        found = FoundTables(first.names, proof.witnesses)
        at = {name: position for position, name in enumerate(second.names)}
        expected = set()
        for each in proof.witnesses:
            mine = [first.names[cell] for cell in each.cells]
            if set(mine) <= set(at):
                order = sorted(zip((at[n] for n in mine), each.change.tolist(), strict=True))
                moved = Witness(*(np.array(column) for column in zip(*order, strict=True)))
                if is_alternative(second, moved):
                    expected.add(tuple(order))
        carried = carry_over(found, second)
        assert {
            tuple(zip(each.cells.tolist(), each.change.tolist(), strict=True)) for each in carried
        } == expected

    check()


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"hidden": [False, False, False, False, False, True, True]}, False),  # shown
        ({"least": [0, 0, 0, 2, 0, 0, 0]}, False),  # below what is known
        ({"most": [99, 99, 99, 99, 3, 99, 99]}, False),  # above what is known
        ({"rows": [*ROWS, (3, [5])]}, False),  # a row more, which does not add up
        ({"names": ["all", "boys", "girls", "boys 1", "men", "girls 1", "girls 2"]}, False),
    ],
)
def test_one_change_of_the_table_is_enough_to_leave_it_out(change: dict, *, holds: bool) -> None:
    before = small_table([3, 3, 3, 3], [False, False, False, True, True, True, True])
    at = before.names.index
    cells = np.array(sorted([at("boys 1"), at("boys 2")]))
    found = FoundTables(before.names, [Witness(cells, np.array([-2, 2]))])
    after = small_table(
        [3, 3, 3, 3],
        **({"hidden": [False, False, False, True, True, True, True]} | change),
    )
    assert bool(carry_over(found, after)) is holds


def test_where_nothing_was_found_nothing_is_carried_over() -> None:
    assert carry_over(NOTHING_FOUND, small_table([3, 3, 3, 3], [True] * 7)) == []
