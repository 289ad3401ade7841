"""What the people of a place know without any release: their own cells, and what follows."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.model import AdminLevel
from data.reference.unit_codes import DIGITS

# Begins the name of a difference between two versions of a cell. A certificate stores names, so
# this text must not change.
VERSION_CHANGE_PREFIX = "change to "
# Levels whose people can know all cells of their own place. The people of the levels above are
# those who collect the reports.
_INSIDER_LEVELS = (AdminLevel.DISTRICT, AdminLevel.PALIKA, AdminLevel.WARD)


def insider_knowledge_of(cells: pd.DataFrame, table: Table) -> tuple[Ints, ...]:
    """Return the cells that the people of each place know.

    The people of a ward know its cells, those of a palika also its wards', those of a district also
    its palikas'. What follows from these cells alone is added: if only one district of a province
    reported, its people know the province's figure, and whoever knows a figure knows the figures
    counted within it.

    Parameters
    ----------
    cells
        `data.disclosure.attacker_table.AttackerView.cells`.
    table
        The table, with its cells in the same order.

    Returns
    -------
    Positions of the known cells, increasing, for each district, palika and ward that has a cell.
    """
    real = cells["real"].to_numpy(dtype=bool)
    units = cells["unit_code"].where(real).fillna("").to_numpy(dtype=str)
    implied = _ImpliedKnowledge(cells, table, units, real)
    insiders = []
    for level in _INSIDER_LEVELS:
        inside = (cells["admin_level"].to_numpy() >= int(level)) & real
        place = pd.Series(np.where(inside, [unit[: DIGITS[level]] for unit in units], ""))
        insiders += [
            implied.of(np.array(sorted(positions), dtype=np.int64))
            for code, positions in place.groupby(place).groups.items()
            if code
        ]
    return tuple(insiders)


class _ImpliedKnowledge:
    """Everything that somebody who knows some cells can compute from them alone."""

    def __init__(
        self, cells: pd.DataFrame, table: Table, units: npt.NDArray[np.str_], real: Bools
    ) -> None:
        self._table, self._units = table, units
        # For each row, the parts that one must know to compute its whole. Everybody knows that
        # there is nobody where a related figure tells it.
        nobody = cells["implied"].eq(other=True).to_numpy()
        self._needed_parts = [set(parts[~nobody[parts]].tolist()) for _, parts in table.rows()]
        self._rows_with_known_past = self._find_rows_with_known_past(cells, real)
        # Rows between two versions of a cell, with the position of their difference.
        self._difference_in = {
            row: part
            for row, (_, parts) in enumerate(table.rows())
            for part in parts.tolist()
            if table.names[part].startswith(VERSION_CHANGE_PREFIX)
        }
        indicator = cells["indicator"].where(real).fillna("").to_numpy(dtype=str)
        # Rows whose parts are other indicators, counted within that of the whole.
        self._nested_rows = {
            row
            for row, (whole, members) in enumerate(table.rows())
            if indicator[whole]
            and any(indicator[part] not in ("", indicator[whole]) for part in members)
        }
        period = cells["period"].where(real).fillna("").to_numpy(dtype=str)
        self._group = list(zip(indicator.tolist(), units.tolist(), period.tolist(), strict=True))
        self._members: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for cell, group in enumerate(self._group):
            self._members[group].append(cell)

    def _find_rows_with_known_past(self, cells: pd.DataFrame, real: Bools) -> set[int]:
        """Find the rows with a restated whole whose earlier version was published.

        The change of such a whole is the sum of its parts' changes. So whoever knows all restated
        parts can compute the new whole, and these parts are all that one needs to know.
        """
        order = cells.assign(at=np.arange(len(cells)))[real].sort_values([*CELL_KEY, "version"])
        before = order.groupby(CELL_KEY, sort=False)["at"].shift()
        restated = order[before.notna()]
        old = dict(zip(restated["at"].tolist(), before.dropna().astype(int).tolist(), strict=True))
        found = set()
        # Restated wholes that follow from the changes of the places within them.
        self._changed_by_places = set()
        for row, (whole, parts) in enumerate(self._table.rows()):
            changed = {part for part in parts.tolist() if part in old}
            if changed and whole in old and not self._table.suppressed[old[whole]]:
                found.add(row)
                self._needed_parts[row] = changed
                if any(self._units[part] != self._units[whole] for part in changed):
                    self._changed_by_places.add(whole)
        self._restated = set(old)
        return found

    def of(self, cells: Ints) -> Ints:
        """Return these cells and all that follow from them; positions, increasing."""
        table = self._table
        known = set(cells.tolist())
        waiting = list(known)
        known_parts: dict[int, int] = defaultdict(int)

        def learn(more: Iterable[int]) -> None:
            for cell in more:
                if cell not in known:
                    known.add(cell)
                    waiting.append(cell)

        while waiting:
            cell = waiting.pop()
            for at in range(table.cell_start[cell], table.cell_start[cell + 1]):
                row = int(table.cell_row[at])
                if row in self._difference_in:
                    learn(self._known_difference(row, known))
                elif table.cell_sign[at] > 0:
                    learn(table.parts(row).tolist() if row in self._nested_rows else ())
                else:
                    known_parts[row] += cell in self._needed_parts[row]
                    if known_parts[row] == len(self._needed_parts[row]):
                        learn(self._known_with_whole(row, cell))
        return np.array(sorted(known), dtype=np.int64)

    def _known_difference(self, row: int, known: set[int]) -> list[int]:
        """Return the difference of two versions if both are known or published."""
        part = self._difference_in[row]
        versions = [n for n in self._table.cells_of(row).tolist() if n != part]
        both = all(n in known or not self._table.suppressed[n] for n in versions)
        return [part] if both else []

    def _known_with_whole(self, row: int, part: int) -> list[int]:
        """Return what one knows who can compute the whole of a row from a part of it."""
        whole = int(self._table.row_cell[self._table.row_start[row]])
        above = self._units[whole] != self._units[part] and self._units[whole]
        # The only place within a larger one also knows the larger one's split by sex and age.
        cells = self._members[self._group[whole]] if above else [whole]
        if row in self._rows_with_known_past:
            # Who changed the men's figure alone need not know who changed the women's: where a
            # cell follows from the changes of places, these must be known.
            return [
                cell
                for cell in cells
                if cell == whole or cell in self._restated - self._changed_by_places
            ]
        return cells
