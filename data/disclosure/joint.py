"""Cells of releases as one table: everything that was, is and will be seen, and how it adds up.

Cells of several audiences and versions that say the same about the same are one variable: a reader
of both knows that. A version is the number of the restatement that made it, 0 before any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.own import insiders
from data.disclosure.rows import additive_rows
from data.disclosure.table import UNBOUNDED, Bools, Ints, Table
from data.model import (
    AdminLevel,
    Audience,
    Claim,
    Indicator,
    Relation,
    Status,
)

SEEN_COLUMNS = [
    *CELL_KEY, "admin_level", "parent_code", "status", "value", "display", "value_class", "version",
]  # fmt: skip
_SHOWN = Status.PUBLISHED.value
_NUMBER, _CLASS = "number", "class"
CHANGE = "change to "  # begins the name of a difference between two versions of a cell


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """A table with what its cells stand for.

    ``cells`` by position in the table: ``CELL_KEY``, ``admin_level``, ``version``, ``value``,
    ``number`` (whether a number of it is public to this reader), ``real`` (whether it is a cell
    and not a remainder or a claim). ``insiders`` are cells that one place knows. ``strays`` are
    claims that cannot agree with the figures, by their code.
    """

    table: Table
    cells: pd.DataFrame
    insiders: tuple[Ints, ...]
    strays: tuple[str, ...]


def join(
    seen: Mapping[Audience, pd.DataFrame],
    *,
    indicators: Mapping[str, Indicator],
    class_bounds: Mapping[str, tuple[int, int]],
    relations: Sequence[Relation],
    claims: Sequence[Claim],
) -> Joint:
    """Make the table of one reader, who sees the cells of these audiences.

    Parameters
    ----------
    seen
        For each audience frames with `SEEN_COLUMNS`. Cells without a figure take no part, nor do
        indicators without people.
    class_bounds
        Least and greatest count of each class.
    """
    cells = _merge(seen, class_bounds)
    rows: set[tuple[int, tuple[int, ...]]] = set()
    rest: set[tuple[int, tuple[int, ...]]] = set()
    for version in sorted(cells["version"].unique()):
        layer = cells[cells["version"] <= version].drop_duplicates(CELL_KEY, keep="last")
        for whole, parts in additive_rows(layer, indicators, set(seen), relations):
            _sort_in(cells, whole, parts, rows, rest)
    return _assemble(cells, rows, rest, claims)


def _merge(
    seen: Mapping[Audience, pd.DataFrame], class_bounds: Mapping[str, tuple[int, int]]
) -> pd.DataFrame:
    every = pd.concat(list(seen.values()), ignore_index=True)
    every = every[every["value"].notna()].astype({"value": "int64"})
    shown = every["status"].eq(_SHOWN)
    bounds = every["value_class"].where(shown & every["display"].eq(_CLASS)).map(class_bounds)
    every = every.assign(
        number=shown & every["display"].eq(_NUMBER),
        least=[b[0] if isinstance(b, tuple) else 0 for b in bounds.tolist()],
        most=[b[1] if isinstance(b, tuple) else UNBOUNDED for b in bounds.tolist()],
    )
    # One variable for what says the same: of equal ones the first version, and all that is known.
    ordered = every.sort_values([*CELL_KEY, "value", "version"], kind="stable", ignore_index=True)
    same = ordered.duplicated([*CELL_KEY, "value"]).to_numpy()
    starts = np.flatnonzero(~same)
    merged = ordered.loc[starts].reset_index(drop=True)
    merged = merged.assign(
        number=np.logical_or.reduceat(ordered["number"].to_numpy(dtype=bool), starts),
        least=np.maximum.reduceat(ordered["least"].to_numpy(), starts),
        most=np.minimum.reduceat(ordered["most"].to_numpy(), starts),
    )
    ordered = merged.sort_values([*CELL_KEY, "version", "number"], kind="stable", ignore_index=True)
    again = ordered.groupby(CELL_KEY).cumcount()
    names = pd.Series(
        ["|".join(key) for key in zip(*(ordered[n].tolist() for n in CELL_KEY), strict=True)],
        index=ordered.index,
    )
    return ordered.assign(name=names.where(again == 0, names + "@" + again.astype(str)))


def _sort_in(
    cells: pd.DataFrame,
    whole: int,
    parts: list[int],
    rows: set[tuple[int, tuple[int, ...]]],
    rest: set[tuple[int, tuple[int, ...]]],
) -> None:
    """Take a row as it is where it holds, with a remainder where parts are missing, else not."""
    value = cells["value"].to_numpy()
    row = (int(whole), tuple(sorted(int(part) for part in parts)))
    lacking = int(value[whole] - value[list(parts)].sum())
    if lacking == 0:
        rows.add(row)
    elif lacking > 0:
        rest.add(row)


class _Draft:
    """Cells and rows of a table in the making."""

    def __init__(self, cells: pd.DataFrame) -> None:
        self.names = cells["name"].tolist()
        self.value = cells["value"].tolist()
        self.least, self.most = cells["least"].tolist(), cells["most"].tolist()
        self.hidden = (~cells["number"].to_numpy(dtype=bool)).tolist()
        self.rows: list[tuple[int, Sequence[int]]] = []

    def add(self, name: str, value: int, *, least: int = 0, most: int = UNBOUNDED) -> int:
        """Add what is no cell of a release: nobody publishes it, but it is a part of a row."""
        self.names.append(name)
        self.value.append(value)
        self.least.append(least)
        self.most.append(most)
        self.hidden.append(least < most)
        return len(self.names) - 1


def _assemble(
    cells: pd.DataFrame,
    rows: Iterable[tuple[int, tuple[int, ...]]],
    rest: Iterable[tuple[int, tuple[int, ...]]],
    claims: Sequence[Claim],
) -> Joint:
    draft = _Draft(cells)
    value, names = draft.value, draft.names
    draft.rows += sorted(rows)
    for number, (whole, parts) in enumerate(sorted(rest)):
        lacking = value[whole] - sum(value[part] for part in parts)
        other = draft.add(f"rest {number} of {names[whole]}", lacking)
        draft.rows.append((whole, (*parts, other)))
    _add_changes(draft, cells)
    strays = [claim.code for claim in claims if not _add_claim(draft, cells, claim)]
    table = Table.of(
        names, value, hidden=draft.hidden, rows=draft.rows, least=draft.least, most=draft.most
    )
    described = cells.drop(columns=["least", "most", "value"]).assign(real=True)
    described = described.set_index("name").reindex(list(table.names))
    described = described.assign(
        real=described["real"].notna(),
        value=table.value,
        number=~table.hidden,
        admin_level=described["admin_level"].fillna(int(AdminLevel.COUNTRY)).astype(int),
        version=described["version"].fillna(0).astype(int),
    )
    return Joint(
        table, described.reset_index(names="name"), insiders(described, table), tuple(strays)
    )


def _add_changes(draft: _Draft, cells: pd.DataFrame) -> None:
    """Let the difference of two versions be a cell: a late report of one person is a person."""
    again = cells[cells.duplicated(CELL_KEY, keep=False)]
    for _key, versions in again.groupby(CELL_KEY, sort=True):
        for old, new in zip(versions.index, versions.index[1:], strict=False):
            low, high = sorted((int(old), int(new)), key=draft.value.__getitem__)
            change = draft.value[high] - draft.value[low]
            part = draft.add(f"{CHANGE}{draft.names[new]}", change)
            draft.rows.append((high, (low, part)))


def _add_claim(draft: _Draft, cells: pd.DataFrame, claim: Claim) -> bool:
    """Add a published claim as an interval; False where it cannot agree with the figures."""
    first = cells.drop_duplicates(CELL_KEY)
    at = dict(zip(zip(*(first[n] for n in CELL_KEY), strict=True), first.index, strict=True))
    category = (claim.sex.value, claim.age_band.value)
    keys = [(claim.indicator, claim.unit_code, period, *category) for period in claim.periods]
    found = [int(at[key]) for key in keys if key in at]
    if not found:
        return True
    total = sum(draft.value[n] for n in found)
    complete = len(found) == len(keys)
    if total > claim.most or (complete and total < claim.least):
        return False
    if not complete:
        lacking = max(claim.least - total, 0)
        found.append(draft.add(f"rest of claim {claim.code}", lacking))
        total += lacking
    whole = draft.add(f"claim {claim.code}", total, least=claim.least, most=claim.most)
    draft.rows.append((whole, found))
    return True


def hidden_cells(joint: Joint) -> Bools:
    """Say which cells of the table are real and hidden from its reader."""
    return joint.table.hidden & joint.cells["real"].to_numpy(dtype=bool)
