"""Alternative tables that were found for one table and are used for another one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Ints, Table
from data.disclosure.engine.prover import Witness

_AT_ONCE = 200  # alternative tables that are checked together; more take more memory


@dataclass(frozen=True, slots=True, eq=False)
class FoundTables:
    """Alternative tables of a table that had other cells, rows or bounds.

    Attributes
    ----------
    names
        Names of the cells of that table.
    witnesses
        The alternative tables; positions are those in ``names``.
    """

    names: tuple[str, ...]
    witnesses: Sequence[Witness]


NOTHING_FOUND = FoundTables((), ())


def carry_over(found: FoundTables, table: Table) -> list[Witness]:
    """Return the alternative tables that are alternative tables of another table too.

    Parameters
    ----------
    found
        Alternative tables of a table with some of the same cells, by their names.
    table
        The other table.

    Returns
    -------
    Those whose cells are all suppressed in ``table``, and with which its rows still add up within
    its bounds; positions are those in ``table``.

    Examples
    --------
    >>> table = Table.of(
    ...     ["all", "boys", "girls"],
    ...     [14, 11, 3],
    ...     suppressed=[False, True, True],
    ...     rows=[(0, [1, 2])],
    ... )
    >>> found = FoundTables(
    ...     ("boys", "girls", "others"),
    ...     [
    ...         Witness(np.array([0, 1]), np.array([2, -2])),
    ...         Witness(np.array([0, 2]), np.array([2, -2])),
    ...     ],
    ... )
    >>> [(each.cells.tolist(), each.change.tolist()) for each in carry_over(found, table)]
    [([1, 2], [2, -2])]
    """
    at = {name: position for position, name in enumerate(table.names)}
    position = np.array([at.get(name, -1) for name in found.names], dtype=np.int64)
    return [
        each
        for first in range(0, len(found.witnesses), _AT_ONCE)
        for each in _carry_over_some(found.witnesses[first : first + _AT_ONCE], position, table)
    ]


def _carry_over_some(witnesses: Sequence[Witness], position: Ints, table: Table) -> list[Witness]:
    """Return as `carry_over`; ``position`` is that of each cell in ``table``, or -1."""
    lengths = np.array([len(each.cells) for each in witnesses])
    number = np.repeat(np.arange(len(lengths)), lengths)
    cell = position[np.concatenate([each.cells for each in witnesses])]
    change = np.concatenate([each.change for each in witnesses])
    value = table.value[cell] + change
    wrong = (cell < 0) | ~table.suppressed[cell]
    wrong |= (value < table.least[cell]) | (value > table.most[cell])
    good = np.ones(len(lengths), dtype=bool)
    good[number[wrong]] = False
    good[_not_adding_up(table, number[good[number]], cell[good[number]], change[good[number]])] = (
        False
    )
    starts = np.concatenate([[0], np.cumsum(lengths)])
    carried = []
    for each in np.flatnonzero(good).tolist():
        cells = cell[starts[each] : starts[each + 1]]
        order = np.argsort(cells)
        carried.append(Witness(cells[order], change[starts[each] : starts[each + 1]][order]))
    return carried


def _not_adding_up(table: Table, number: Ints, cell: Ints, change: Ints) -> Ints:
    """Return the numbers of the changes that break a row of the table.

    Entry by entry: the number of a change, a cell, and by how much it changes the cell.
    """
    rows = table.cell_start[cell + 1] - table.cell_start[cell]
    first = np.cumsum(rows) - rows
    entry = np.repeat(table.cell_start[cell] - first, rows) + np.arange(int(rows.sum()))
    key = np.repeat(number, rows) * max(table.row_count, 1) + table.cell_row[entry]
    by = np.repeat(change, rows) * table.cell_sign[entry]
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    if not len(starts):
        return np.zeros(0, dtype=np.int64)
    broken = np.add.reduceat(by[order], starts) != 0
    found: Ints = np.unique(key[order][starts[broken]] // max(table.row_count, 1))
    return found
