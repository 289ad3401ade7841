"""The plain way to suppress, to compare with: publish whatever gives no hidden count away exactly.

The idea is that of GaussSuppression (Langsrud 2024, an R package): each cell is a sum of inner
cells, that is a column of zeros and ones. Candidates are published from the dearest and largest
down, each only if no primary cell enters the span of what is published. Our own short version, not
a port: nothing of the package's code, its short cuts or its rules for singletons is in here.

It guards against *exact* computation only. That a cell must be between 3 and 4, because counts are
not negative, it does not see; the audit does.
"""

from collections.abc import Sequence

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints
from data.disclosure.engine.solver import Floats

# Elimination over the rationals would need fractions of any length, and floating point would guess
# what is zero. Modulo a prime it is exact, and 31 bits keep every product within 64. A span can
# come out larger modulo a prime than it is only if the prime divides a determinant by chance.
PRIME = 2**31 - 1

Rows = Sequence[tuple[int, Sequence[int]]]


def suppress(value: Ints, rows: Rows, *, primary: Bools, weight: Floats) -> Bools:
    """Say which cells are hidden: the primary ones, and those for their sake.

    Parameters
    ----------
    rows
        The position of each whole and those of its parts.
    weight
        Price of hiding each cell. Dear ones are published first, then large ones.
    """
    left = columns(len(value), rows)  # each cell, less its share in what is published
    secret = np.unique(left[:, primary], axis=1)  # the same for the primary cells, each once
    hidden = primary.copy()
    for cell in np.lexsort((np.arange(len(value)), -value, -weight)):
        places = np.flatnonzero(left[:, cell])
        if primary[cell] or not len(places):
            continue  # must be hidden, or follows from what is published, so it may be, too
        pivot = places[0]
        unit = left[:, cell] * pow(int(left[pivot, cell]), -1, PRIME) % PRIME
        met = np.flatnonzero(secret[pivot])
        reduced = _without(unit, secret[:, met], pivot)
        if not reduced.any(axis=0).all():  # a secret would be a sum of published cells
            hidden[cell] = True
            continue
        secret[:, met] = reduced
        met = np.flatnonzero(left[pivot])
        left[:, met] = _without(unit, left[:, met], pivot)
    return hidden


def _without(unit: Ints, columns: Ints, pivot: int) -> Ints:
    """Take the multiple of a published column away that leaves nothing at its pivot."""
    return (columns - unit[:, None] * columns[pivot] % PRIME) % PRIME


def columns(count: int, rows: Rows) -> Ints:
    """Write each cell as a sum of inner cells (those that have no parts): one column a cell."""
    parts_of: dict[int, Sequence[int]] = {}
    for whole, parts in rows:
        parts_of.setdefault(whole, parts)  # tables are consistent: any one row of a whole will do
    inner = [cell for cell in range(count) if cell not in parts_of]
    matrix = np.zeros((len(inner), count), dtype=np.int64)
    matrix[np.arange(len(inner)), inner] = 1
    done = set(inner)

    def write(cell: int) -> None:
        if cell in done:
            return
        for part in parts_of[cell]:
            write(part)
        matrix[:, cell] = matrix[:, parts_of[cell]].sum(axis=1)
        done.add(cell)

    for cell in range(count):
        write(cell)
    return matrix
