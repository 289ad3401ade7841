"""What the people of a place know without any release: their own figures, and what follows."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.model import AdminLevel

CHANGE = "change to "  # begins the name of a difference between two versions of a cell
# Levels whose people can know all of their own place; above them are those who know everything.
_INSIDERS = {AdminLevel.DISTRICT: 3, AdminLevel.PALIKA: 5, AdminLevel.WARD: 7}


def insider_knowledge_of(cells: pd.DataFrame, table: Table) -> tuple[Ints, ...]:
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
        self._asked = [set(parts.tolist()) for _, parts in table.rows()]
        self._changes = self._rows_of_changes(cells, real)
        self._differences = {
            row: part
            for row, (_, parts) in enumerate(table.rows())
            for part in parts.tolist()
            if table.names[part].startswith(CHANGE)
        }
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

    def _rows_of_changes(self, cells: pd.DataFrame, real: Bools) -> set[int]:
        """Find rows whose whole was published before and is another now: its change is its parts'.

        Whoever knows how all changed parts changed knows the new whole, which is no other's then.
        """
        order = cells.assign(at=np.arange(len(cells)))[real].sort_values([*CELL_KEY, "version"])
        before = order.groupby(CELL_KEY, sort=False)["at"].shift()
        again = order[before.notna()]
        old = dict(zip(again["at"].tolist(), before.dropna().astype(int).tolist(), strict=True))
        found = set()
        for row, (whole, parts) in enumerate(self._table.rows()):
            changed = {part for part in parts.tolist() if part in old}
            if changed and whole in old and not self._table.suppressed[old[whole]]:
                found.add(row)
                self._asked[row] = changed
        self._changed = set(old)
        return found

    def of(self, cells: Ints) -> Ints:
        """Close a set of cells over what is known with them."""
        table = self._table
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
                if row in self._differences:
                    learn(self._difference(row, known))
                elif table.cell_sign[at] > 0:
                    learn(table.parts(row).tolist() if row in self._within else ())
                else:
                    count[row] += cell in self._asked[row]
                    if count[row] == len(self._asked[row]):
                        learn(self._whole(row, cell))
        return np.array(sorted(known), dtype=np.int64)

    def _difference(self, row: int, known: set[int]) -> list[int]:
        """Give a change between versions, if both are known or public."""
        part = self._differences[row]
        ends = [n for n in self._table.cells_of(row).tolist() if n != part]
        return [part] if all(n in known or not self._table.suppressed[n] for n in ends) else []

    def _whole(self, row: int, part: int) -> list[int]:
        """Give what is known with a whole of which all that is asked is known."""
        whole = int(self._table.row_cell[self._table.row_start[row]])
        above = self._units[whole] != self._units[part] and self._units[whole]
        # The only place of a larger one knows how its figure is made up, too.
        theirs = self._members[self._group[whole]] if above else [whole]
        if row in self._changes:
            return [one for one in theirs if one in self._changed]
        return theirs
