"""What the people of a place know without any release: their own figures, and what follows."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.disclosure.table import Bools, Ints, Table
from data.model import AdminLevel

# Levels whose people can know all of their own place; above them are those who know everything.
_INSIDERS = {AdminLevel.DISTRICT: 3, AdminLevel.PALIKA: 5, AdminLevel.WARD: 7}


def insiders(cells: pd.DataFrame, table: Table) -> tuple[Ints, ...]:
    """Cells of each ward, of each palika with its wards, and of each district with its palikas.

    With them goes what is theirs alone: a province's figures are no other's than the district's
    where only that one reported, and who counts a figure counts those within it.
    """
    real = cells["real"].to_numpy(dtype=bool)
    units = cells["unit_code"].where(real).fillna("").to_numpy(dtype=str)
    own = _Own(cells, table, units, real)
    owners = []
    for level, length in _INSIDERS.items():
        inside = (cells["admin_level"].to_numpy() >= int(level)) & real
        prefix = pd.Series(np.where(inside, [unit[:length] for unit in units], ""))
        owners += [
            own.of(np.array(sorted(places), dtype=np.int64))
            for code, places in prefix.groupby(prefix).groups.items()
            if code
        ]
    return tuple(owners)


class _Own:
    """What somebody knows who knows some cells, without any reader's help."""

    def __init__(
        self, cells: pd.DataFrame, table: Table, units: npt.NDArray[np.str_], real: Bools
    ) -> None:
        self._table, self._units = table, units
        self._parts = np.diff(table.row_start) - 1
        kind = cells["indicator"].where(real).fillna("").to_numpy(dtype=str)
        self._within = {
            row
            for row, (whole, members) in enumerate(table.rows())
            if kind[whole] and any(kind[part] not in ("", kind[whole]) for part in members)
        }
        period = cells["period"].where(real).fillna("").to_numpy(dtype=str)
        self._group = list(zip(kind.tolist(), units.tolist(), period.tolist(), strict=True))
        self._members: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for cell, group in enumerate(self._group):
            self._members[group].append(cell)

    def of(self, cells: Ints) -> Ints:
        """Close a set of cells over what is known with them."""
        table, units = self._table, self._units
        known = set(cells.tolist())
        waiting = list(known)
        count: dict[int, int] = defaultdict(int)

        def learn(more: Iterable[int]) -> None:
            for cell in more:
                if cell not in known:
                    known.add(cell)
                    waiting.append(cell)

        while waiting:
            cell = waiting.pop()
            for at in range(table.cell_start[cell], table.cell_start[cell + 1]):
                row = int(table.cell_row[at])
                whole = int(table.row_cell[table.row_start[row]])
                if table.cell_sign[at] > 0:
                    learn(table.parts(row).tolist() if row in self._within else ())
                    continue
                count[row] += 1
                if count[row] == self._parts[row]:
                    # The only place of a larger one knows how its figure is made up, too.
                    above = units[whole] != units[cell] and units[whole]
                    learn(self._members[self._group[whole]] if above else (whole,))
        return np.array(sorted(known), dtype=np.int64)
