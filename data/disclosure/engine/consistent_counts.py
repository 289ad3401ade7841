"""Find counts that agree with everything published, for tables whose suppressed values are unknown.

Counts that add up are an alternative table of a table of zeros.
"""

from collections.abc import Sequence

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Ints, Table
from data.disclosure.engine.solver import AlternativeTables

Rows = Sequence[tuple[int, Sequence[int]]]


def find_counts(rows: Rows, lower: Ints, upper: Ints) -> tuple[Ints | None, bool]:
    """Find whole numbers within bounds that add up in every row.

    Parameters
    ----------
    rows
        Each row as the position of its whole and the positions of its parts.
    lower, upper
        Bounds of each cell, both inclusive; shape (cells,).

    Returns
    -------
    The counts, or None if none were found; and whether fractions could add up. If they could and
    no counts were found, the solver may have reached its limit.

    Examples
    --------
    >>> counts, _ = find_counts([(0, [1, 2])], np.array([14, 11, 0]), np.array([14, 11, 99]))
    >>> counts.tolist()
    [14, 11, 3]
    """
    alternatives = AlternativeTables(_zero_table(len(lower), rows), np.arange(len(lower)))
    no_gain = np.zeros(len(lower), dtype=np.int64)
    bound, found = alternatives.maximise(no_gain, lower, upper)
    if found is None:
        found = alternatives.maximise_integer(no_gain, lower, upper)
    return found, bool(np.isfinite(bound))


def contradicting_row(rows: Rows, lower: Ints, upper: Ints) -> int | None:
    """Return the number of a row without which the others can add up.

    As few rows as possible are left out, and the first of them is returned; None if the solver
    reached its limit. The parameters are those of `find_counts`.
    """
    size, more = len(lower), len(rows)
    # Every row gets an extra part that may take any value, at a cost.
    relaxed = [(whole, [*parts, size + n]) for n, (whole, parts) in enumerate(rows)]
    table = _zero_table(size + more, relaxed)
    alternatives = AlternativeTables(table, np.arange(size + more))
    far = np.full(more, UNBOUNDED)
    cost = np.repeat([0.0, 1.0], [size, more])
    change = alternatives.minimise_cost(
        cost, np.concatenate([lower, -far]), np.concatenate([upper, far])
    )
    if change is None or not change[size:].any():
        return None
    return int(np.argmax(change[size:] != 0))


def _zero_table(size: int, rows: Rows) -> Table:
    names = [f"{n:010}" for n in range(size)]
    return Table.of(names, [0] * size, suppressed=[True] * size, rows=rows)
