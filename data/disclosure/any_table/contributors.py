"""The insiders of any table: whoever is behind the figure of a single cell knows this cell."""

import numpy as np

from data.disclosure.engine.additive_table import Ints, Table


def find_contributors(table: Table) -> list[Ints]:
    """Return what each contributor knows: one cell that has no parts, and what follows from it.

    A shop knows its own figure. If it is the only shop of its village, it also knows the figure of
    the village, because their row has no other cell.

    Parameters
    ----------
    table
        The table; what is suppressed in it makes no difference.

    Returns
    -------
    Positions of the known cells, increasing, for each cell that is no whole, in their order.

    Examples
    --------
    >>> table = Table.of(
    ...     ["all", "shop", "village", "town"],
    ...     [9, 4, 4, 5],
    ...     suppressed=[True] * 4,
    ...     rows=[(0, [2, 3]), (2, [1])],
    ... )
    >>> [[table.names[n] for n in known] for known in find_contributors(table)]
    [['shop', 'village'], ['town']]
    """
    wholes = {whole for whole, _ in table.rows()}
    size = np.diff(table.row_start)
    return [_implied(table, size, cell) for cell in range(len(table)) if cell not in wholes]


def _implied(table: Table, size: Ints, cell: int) -> Ints:
    """Return a cell and all that follows: the last cell of a row follows from the others."""
    known, waiting = {cell}, [cell]
    unknown_in: dict[int, int] = {}
    while waiting:
        for row in table.rows_with(waiting.pop()).tolist():
            unknown_in[row] = unknown_in.get(row, int(size[row])) - 1
            if unknown_in[row] == 1:
                last = set(table.cells_of(row).tolist()) - known
                known |= last
                waiting += last
    return np.array(sorted(known), dtype=np.int64)
