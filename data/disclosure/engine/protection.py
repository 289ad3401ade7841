"""What protection a table needs, and the cheapest change that gives one cell its width.

To change a published cell means to suppress it, and costs its weight; to change a suppressed cell
costs almost nothing. Each search is a linear programme in the size of the changes. It is solved
again with each price divided by the distance that the cell changed, which favours few cells
(Candès, Wakin and Boyd 2008).
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.solver import AlternativeTables, Floats

# Prices per person of changing a suppressed cell. They are above 0, so that changes stay small.
_PRIMARY_PRICE = 1e-3
_COMPLEMENTARY_PRICE = 1e-2  # dearer, because the cell may be published again
_REWEIGHTINGS = 1
# By so much of itself the draw raises the price of a cell. It is too little for two cells to be
# dearer than three, so the number of further cells hardly grows.
_SPREAD = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What protection a table needs; all arrays have the shape (cells,).

    Attributes
    ----------
    need
        Width that the interval of a cell must have if the cell is suppressed, in people; 0 for
        none.
    weight
        Cost of suppressing the cell.
    coarseness
        How coarse the cell is, on any increasing scale. Changes are searched among cells that are
        no coarser first.
    fixed
        Cells that may not be suppressed, because they are public already.
    draw
        A secret number of each cell from 0 to 1, see `draw_by_key`. Among cells of one weight it
        decides which is suppressed, so that the choice tells nothing of their counts.
    """

    need: Ints
    weight: Floats
    coarseness: Floats
    fixed: Bools
    draw: Floats

    @property
    def price(self) -> Floats:
        """Weight of each cell, raised by up to `_SPREAD` of itself by its draw."""
        return self.weight * (1 + _SPREAD * self.draw)


def draw_by_key(names: Sequence[str], key: bytes) -> Floats:
    """Return a number from 0 to 1 for each cell, which nobody can know without the key.

    Whoever knows the program, the policy and all releases, but not the key, cannot compute which
    cells it would choose. The number of a cell is the same in every table (HMAC-SHA-256 of its
    name).

    Parameters
    ----------
    names
        Names of the cells.
    key
        The secret.

    Examples
    --------
    >>> draw_by_key(["boys", "girls"], b"secret").round(3).tolist()
    [0.209, 0.299]
    """
    digests = b"".join(hmac.digest(key, name.encode(), hashlib.sha256)[:8] for name in names)
    return np.frombuffer(digests, dtype=">u8").astype(float) / 2.0**64


class Region:
    """Some cells of a table; its changes leave all other cells unchanged."""

    def __init__(self, table: Table, cells: Ints, task: Task) -> None:
        self.cells = cells
        self._least = table.least[cells] - table.value[cells]
        self._most = table.most[cells] - table.value[cells]
        self._fixed, self._weight = task.fixed[cells], task.price[cells]
        self._primary = table.suppressed[cells]
        self._alternatives = AlternativeTables(table, cells)

    def cheapest_change(
        self, cell: int, goal: int, *, suppressed: Bools, unchanged: Bools, may_suppress: bool
    ) -> tuple[float, Ints] | None:
        """Search a cheap change in which a cell differs by ``goal`` people.

        Parameters
        ----------
        cell
            Position of the cell in the table.
        suppressed, unchanged
            For each cell of the table, whether it is suppressed now, and whether it must keep its
            count.
        may_suppress
            Whether published cells may change, which suppresses them.

        Returns
        -------
        The weight of the cells that must be suppressed, and the change of each cell of the region;
        None if no change was found.
        """
        at = int(np.searchsorted(self.cells, cell))
        if not self._least[at] <= goal <= self._most[at]:
            return None
        now = suppressed[self.cells]
        stop = unchanged[self.cells] | (~now & (self._fixed | (not may_suppress)))
        least, most = np.where(stop, 0, self._least), np.where(stop, 0, self._most)
        least[at] = most[at] = goal
        low_price = np.where(self._primary, _PRIMARY_PRICE, _COMPLEMENTARY_PRICE)
        price = np.where(now, low_price, self._weight)
        best: tuple[float, Ints] | None = None
        for round_ in range(1 + _REWEIGHTINGS):
            change = self._alternatives.minimise_cost(price, least, most, go_on=round_ > 0)
            if change is None:
                break
            cost = float(self._weight[(change != 0) & ~now].sum())
            if best is None or cost < best[0]:
                best = (cost, change)
            if cost == 0:
                break
            price = np.where(now, low_price, self._weight * abs(goal) / (np.abs(change) + 0.5))
        return best
