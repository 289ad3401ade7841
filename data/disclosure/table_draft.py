"""The table of an attacker while it is built: cells of releases, and what adds up with them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import UNBOUNDED, Table
from data.disclosure.insider_knowledge import VERSION_CHANGE_PREFIX
from data.model import Claim, Period
from data.reference import calendar

# Begins the name of the part of a whole that belongs to parts without a figure. A certificate
# stores names, so this text must not change.
REMAINDER_PREFIX = "rest "
Row = tuple[int, tuple[int, ...]]


class TableDraft:
    """Cells and rows of a table to which more can be added.

    Parameters
    ----------
    cells
        On a range index: `CELL_KEY`, ``name``, ``value``, ``least``, ``most``, ``number``,
        ``admin_level``, ``parent_code``, ``most_per_person``; see `data.disclosure.attacker_table`.

    Attributes
    ----------
    names
        Names of all cells so far, by position.
    admin_levels
        Administrative level of each cell; what is no cell of a release is as fine as its finest
        part.
    most_per_person
        The most of each cell that one person can account for; of what is no cell of a release, that
        of its parts.
    disclosed
        Names of cells whose exact value a claim discloses.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self._cells = cells
        self.names: list[str] = cells["name"].tolist()
        self.admin_levels: list[int] = cells["admin_level"].tolist()
        self.most_per_person: list[int] = cells["most_per_person"].tolist()
        self.disclosed: set[str] = set()
        self._value = cells["value"].tolist()
        self._least, self._most = cells["least"].tolist(), cells["most"].tolist()
        self._suppressed = (~cells["number"].to_numpy(dtype=bool)).tolist()
        self._rows: list[tuple[int, Sequence[int]]] = []

    def table(self) -> Table:
        """Return the table of all cells and rows."""
        return Table.of(
            self.names,
            self._value,
            suppressed=self._suppressed,
            rows=self._rows,
            least=self._least,
            most=self._most,
        )

    def _add(
        self, name: str, value: int, *, parts: Sequence[int], least: int = 0, most: int = UNBOUNDED
    ) -> int:
        """Add a variable that no release publishes; return its position.

        It is suppressed unless its bounds are equal.
        """
        self.admin_levels.append(max(self.admin_levels[n] for n in parts))
        self.most_per_person.append(max(self.most_per_person[n] for n in parts))
        self.names.append(name)
        self._value.append(value)
        self._least.append(least)
        self._most.append(most)
        self._suppressed.append(least < most)
        return len(self.names) - 1

    def add_rows(self, complete: Iterable[Row], incomplete: Iterable[Row]) -> None:
        """Add rows that add up, and rows that need a remainder for parts without a figure."""
        self._rows += sorted(complete)
        for number, (whole, parts) in enumerate(sorted(incomplete)):
            lacking = self._value[whole] - sum(self._value[part] for part in parts)
            name = f"{REMAINDER_PREFIX}{number} of {self.names[whole]}"
            self._rows.append((whole, (*parts, self._add(name, lacking, parts=parts))))

    def add_version_changes(self) -> None:
        """Add the difference between two versions of a cell as a cell.

        A late report of one person is a person, so the difference needs protection like a count.
        """
        cells = self._cells
        restated = cells[cells.duplicated(CELL_KEY, keep=False)]
        for _key, versions in restated.groupby(CELL_KEY, sort=True):
            for old, new in zip(versions.index, versions.index[1:], strict=False):
                low, high = sorted((int(old), int(new)), key=self._value.__getitem__)
                change = self._value[high] - self._value[low]
                name = f"{VERSION_CHANGE_PREFIX}{self.names[new]}"
                self._rows.append((high, (low, self._add(name, change, parts=[high]))))

    def add_claim(self, claim: Claim) -> bool:
        """Add a published claim as an interval; return whether any version can agree with it."""
        cells = self._cells
        category = cells["sex"].eq(claim.sex.value) & cells["age_band"].eq(claim.age_band.value)
        mine = cells[category & cells["indicator"].eq(claim.indicator)]
        if mine.empty:
            return True
        return any(
            self._add_claim_about(mine.drop_duplicates(CELL_KEY, keep=which), claim)
            for which in ("first", "last")
        )

    def _add_claim_about(self, cells: pd.DataFrame, claim: Claim) -> bool:
        cover = _Cover(cells)
        parts = [part for period in claim.periods for part in cover.of(claim.unit_code, period)]
        complete = all((claim.unit_code, period) in cover.positions for period in claim.periods)
        total = sum(self._value[n] for n in parts)
        if not parts:
            return True
        if total > claim.most or (complete and total < claim.least):
            return False
        if complete and len(parts) == 1 and claim.least == claim.most:
            # This figure is public, whatever the releases show.
            self._suppressed[parts[0]] = False
            self.disclosed.add(self.names[parts[0]])
            return True
        if not complete:
            lacking = max(claim.least - total, 0)
            parts.append(self._add(f"remainder of claim {claim.code}", lacking, parts=parts))
            total += lacking
        position = self._add(
            f"claim {claim.code}", total, parts=parts, least=claim.least, most=claim.most
        )
        self._rows.append((position, parts))
        return True


class _Cover:
    """Cells that do not overlap and lie within a unit and period that has no cell itself.

    ``positions`` are those of the cells by unit code and period.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        keys = zip(cells["unit_code"], cells["period"], strict=True)
        self.positions = {
            (str(unit), str(period)): int(n)
            for (unit, period), n in zip(keys, cells.index, strict=True)
        }
        self._units_within: dict[str, set[str]] = defaultdict(set)
        for unit, parent in zip(cells["unit_code"], cells["parent_code"], strict=True):
            if parent:
                self._units_within[str(parent)].add(str(unit))
        self._periods = [
            calendar.parse_period(str(code)) for code in sorted(cells["period"].unique())
        ]

    def of(self, unit: str, period: str) -> list[int]:
        """Return the cell itself, else shorter periods of the unit, else the units within it."""
        if (unit, period) in self.positions:
            return [self.positions[unit, period]]
        whole = calendar.parse_period(period)
        shorter = [
            each
            for each in self._periods
            if each.within(whole)
            and each.calendar is whole.calendar
            and (unit, each.code) in self.positions
        ]
        taken: list[Period] = []
        for each in sorted(shorter, key=lambda p: (p.start - p.end, p.start)):  # the longest first
            if not any(each.overlaps(other) for other in taken):
                taken.append(each)
        if taken:
            return [self.positions[unit, each.code] for each in taken]
        inner = sorted(self._units_within[unit])
        return [position for each in inner for position in self.of(each, period)]
