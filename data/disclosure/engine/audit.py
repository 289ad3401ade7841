"""The disclosure audit: how closely an attacker can compute the suppressed cells of a table.

The attacker knows every published cell, that all rows add up, and that counts are whole numbers of
zero or more. Widths are proved by alternative tables, which agree with all of that.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Ints, Table
from data.disclosure.engine.prover import Prover, Witness
from data.disclosure.engine.solver import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Proved interval of each cell of a table, with the witnesses that prove it.

    Attributes
    ----------
    low, high
        Ends of each cell's interval, as differences from its true count: 0 or less, 0 or more.
    low_by, high_by
        Number of the witness in which the cell has its low or high end; -1 is the true table.
    witnesses
        The alternative tables.
    """

    low: Ints
    high: Ints
    low_by: Ints
    high_by: Ints
    witnesses: tuple[Witness, ...]

    @property
    def width(self) -> Ints:
        """Proved width of each cell's interval, in people."""
        return self.high - self.low


def prove(
    table: Table, need: Ints, coarseness: Floats, known: Iterable[Witness] = ()
) -> tuple[Proof, Ints]:
    """Search, for each suppressed cell, two alternative tables that differ in it by its width.

    Parameters
    ----------
    table
        The table; all cells that are not suppressed are known to the attacker.
    need
        Width that each cell of the table needs, in people; 0 for none.
    coarseness
        How coarse each cell is, on any increasing scale. The finer cells are searched first: that
        saves time and changes no result.
    known
        Alternative tables found before. Those that change a published cell are left out.

    Returns
    -------
    The proof, and the positions of the cells for which it fails. It fails if there are no two such
    tables in whole numbers, or if the solver reached its limit before it found them.

    Examples
    --------
    >>> table = Table.of(
    ...     ["all", "boys", "girls"],
    ...     [14, 11, 3],
    ...     suppressed=[False, True, True],
    ...     rows=[(0, [1, 2])],
    ... )
    >>> proof, failed = prove(table, np.array([0, 10, 10]), np.zeros(3))
    >>> bool((proof.width[1:] >= 10).all()), failed.tolist()
    (True, [])
    """
    size = len(table)
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    low_by, high_by = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    witnesses: list[Witness] = []
    failed: list[Ints] = []
    components = table.components(table.suppressed)
    usable = group_by_component(table, components, known)
    for number, cells in enumerate(components):
        if not need[cells].any():
            continue
        prover = Prover(table, cells, need[cells], coarseness[cells])
        prover.add_witnesses(usable[number])
        failed.append(cells[prover.widen_all()])
        low[cells], high[cells] = prover.low, prover.high
        _record_witnesses(prover, low_by, high_by, witnesses)
    proof = Proof(low, high, low_by, high_by, tuple(witnesses))
    return proof, np.concatenate(failed) if failed else np.zeros(0, dtype=np.int64)


def group_by_component(
    table: Table, components: list[Ints], known: Iterable[Witness]
) -> dict[int, list[Witness]]:
    """Return witnesses by the number of the component whose cells they change.

    A witness that changes several components is split, because no row links them. A witness that
    changes a published cell is left out.
    """
    label = table.labels(components)
    usable: dict[int, list[Witness]] = defaultdict(list)
    for witness in known:
        if not table.suppressed[witness.cells].all():
            continue
        component = label[witness.cells]
        for number in np.unique(component):
            mine = component == number
            usable[int(number)].append(Witness(witness.cells[mine], witness.change[mine]))
    return usable


def _record_witnesses(
    prover: Prover, low_by: Ints, high_by: Ints, witnesses: list[Witness]
) -> None:
    """Append the alternative tables that make the widths, and record which makes which end."""
    known = prover.witnesses
    wanted = prover.need > 0
    down, up = wanted & (prover.low < 0), wanted & (prover.high > 0)
    every = np.ones(known.count, dtype=bool)
    lowest, highest = known.first_at(prover.low, every), known.first_at(prover.high, every)
    used = np.unique(np.concatenate([lowest[down], highest[up]]))
    place = np.zeros(known.count, dtype=np.int64)
    place[used] = len(witnesses) + np.arange(len(used))
    tables = known.since(0)
    witnesses += [Witness(prover.cells[tables[n][0]], tables[n][1]) for n in used.tolist()]
    low_by[prover.cells[down]] = place[lowest[down]]
    high_by[prover.cells[up]] = place[highest[up]]


def intervals(
    table: Table, cells: Sequence[int] | Ints | None = None
) -> dict[str, tuple[int, int]]:
    """Return the least and the greatest count that each suppressed cell can have.

    Parameters
    ----------
    table
        The table; all cells that are not suppressed are known to the attacker.
    cells
        Positions of the cells to compute; by default all suppressed cells.

    Returns
    -------
    Both ends of the attacker's interval, inclusive, by name of the cell and sorted by name. They
    are exact unless the solver reaches its limit; then the true interval may be wider, never
    narrower. Counts are taken to be at most ``UNBOUNDED``, so an end near it means no upper end.

    Examples
    --------
    >>> table = Table.of(
    ...     ["all", "boys", "girls"],
    ...     [14, 11, 3],
    ...     suppressed=[False, True, True],
    ...     rows=[(0, [1, 2])],
    ... )
    >>> intervals(table)
    {'boys': (0, 14), 'girls': (0, 14)}
    """
    found: dict[str, tuple[int, int]] = {}
    wanted = None if cells is None else {int(n) for n in cells}
    for component in table.components(table.suppressed):
        positions = [n for n, c in enumerate(component) if wanted is None or int(c) in wanted]
        if not positions:
            continue
        no_need = np.zeros(len(component), dtype=np.int64)
        prover = Prover(table, component, no_need, no_need.astype(float))
        for at in positions:
            prover.find_extremes(at)
            value = int(table.value[component[at]])
            found[table.names[int(component[at])]] = (
                value + int(prover.low[at]),
                value + int(prover.high[at]),
            )
    return dict(sorted(found.items()))
