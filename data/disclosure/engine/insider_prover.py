"""The search for alternative tables that are of use to the audits for many insiders."""

from collections.abc import Sequence

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.insider_groups import InsiderGroups
from data.disclosure.engine.prover import Block, Prover
from data.disclosure.engine.solver import Floats

_SMALL_COMPONENT = 60  # cells; a smaller one is searched whole
_NEIGHBOURS = (2, 6)  # groups around a cell that are searched with it


class InsiderProver(Prover):
    """Collect alternative tables of one component for every insider.

    An alternative table serves an insider if it changes no cell that they know. So tables that
    change cells of few places are searched first: among the cells of a place, of a few places that
    share rows with it, and those that no insider knows.

    Parameters
    ----------
    table, cells, need, coarseness
        As for `Prover`.
    known
        For each insider, which of these cells they know.
    """

    def __init__(
        self, table: Table, cells: Ints, need: Ints, coarseness: Floats, known: Sequence[Bools]
    ) -> None:
        super().__init__(table, cells, need, coarseness)
        self._block_of: dict[tuple[int, ...], Block] = {}
        groups = InsiderGroups(table, cells, known) if len(cells) > _SMALL_COMPONENT else None
        self._groups = groups if groups is not None and groups.useful else None

    def prepare(self) -> None:
        """Search, for each cell, some alternative tables that change few places."""
        for blocks in self._groups.rounds() if self._groups else ():
            # Each round has to find tables for all cells again.
            self.low, self.high = np.zeros_like(self.low), np.zeros_like(self.high)
            for group, cells in blocks:
                if self.lacking()[group].any():
                    self.widen_many(Block(self._table, self.cells, cells))

    def widen_all(self, *, thorough: bool = True) -> Ints:
        """Search as `Prover.widen_all`, but around the places of each cell first."""
        if self._groups is not None:
            for neighbours in _NEIGHBOURS:
                self._widen_by_groups(self._groups, neighbours)
        return super().widen_all(thorough=thorough)

    def _widen_by_groups(self, groups: InsiderGroups, neighbours: int) -> None:
        near = 2 * max(int(self.need.max()), 1)
        searched = set()
        for at in np.flatnonzero(self.lacking()).tolist():
            if not self.lacking()[at]:
                continue
            key = groups.around(at, self.unchanged, neighbours)
            if key not in self._block_of:
                self._block_of[key] = Block(self._table, self.cells, groups.cells_of(key))
            if key not in searched:
                searched.add(key)
                self.widen_many(self._block_of[key])
            if self.lacking()[at]:
                self.widen_within(at, self._block_of[key], near)
