"""Cells of releases as one table: everything that was, is and will be seen, and how it adds up.

Cells of several audiences and versions that say the same about the same are one variable: a reader
of both knows that. A version is the number of the restatement that made it, 0 before any.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.disclosure.additive_rows import additive_rows
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.insider_knowledge import CHANGE, insider_knowledge_of
from data.model import Audience, Claim, Indicator, Period, Relation, Status
from data.reference import calendar
from data.reference.hotspot_policy import band_bounds

# ``band``: what a hotspot class says about the count behind it, "" where it says nothing; see
# `data.reference.hotspot_policy`.
SEEN_COLUMNS = [
    *CELL_KEY, "admin_level", "parent_code", "status", "value", "display", "value_class", "version",
    "band",
]  # fmt: skip
_SHOWN, _HIDDEN = Status.PUBLISHED.value, Status.SUPPRESSED.value
_NUMBER, _CLASS = "number", "class"
REST = "rest "  # begins the name of what lacks to a whole, where parts have no figure


@dataclass(frozen=True, slots=True, eq=False)
class AttackerView:
    """A table with what its cells stand for.

    ``cells`` by position in the table: ``CELL_KEY``, ``admin_level``, ``version``, ``value``,
    ``number`` (whether its number is known to this reader), ``told`` (by a claim), ``classed``
    (whether the public sees its class), ``kept_back`` (whether an audience is not shown it),
    ``real`` (whether it is a cell and not a remainder or a claim). ``insiders`` are cells that one
    place knows. ``strays`` are claims that cannot agree with the figures, by their code.
    """

    table: Table
    cells: pd.DataFrame
    insiders: tuple[Ints, ...]
    strays: tuple[str, ...]


def nothing_published() -> pd.DataFrame:
    """Give an empty frame of cells."""
    return pd.DataFrame(columns=SEEN_COLUMNS).astype({"value": "Int64", "version": "int64"})


def known_to(
    reader: Audience,
    seen: Mapping[Audience, pd.DataFrame],
    *,
    unseen: pd.DataFrame,
    indicators: Iterable[str],
) -> dict[Audience, pd.DataFrame]:
    """Give what a reader knows of the cells of some indicators.

    What nobody was shown yet (``unseen``) is hidden from everybody, and partners' cells from the
    public: they must not be worked out either.
    """
    partner = pd.concat(
        [part for part in (seen[Audience.PARTNER], unseen.assign(status=_HIDDEN)) if len(part)]
        or [nothing_published()]
    )
    if reader is Audience.PUBLIC:
        partner = partner.assign(status=_HIDDEN)
    frames = {Audience.PUBLIC: seen[Audience.PUBLIC], Audience.PARTNER: partner}
    return {
        each: frame[frame["indicator"].isin(list(indicators))] for each, frame in frames.items()
    }


def join(
    seen: Mapping[Audience, pd.DataFrame],
    *,
    indicators: Mapping[str, Indicator],
    class_bounds: Mapping[str, tuple[int, int]],
    relations: Sequence[Relation],
    claims: Sequence[Claim],
) -> AttackerView:
    """Make the table of one reader, who sees the cells of these audiences.

    Parameters
    ----------
    seen
        For each audience frames with `SEEN_COLUMNS`. Cells without a figure take no part, nor do
        indicators without people.
    class_bounds
        Least and greatest count of each class.
    """
    cells, entries = _merge(seen, class_bounds)
    rows: set[tuple[int, tuple[int, ...]]] = set()
    rest: set[tuple[int, tuple[int, ...]]] = set()
    for version in sorted(entries["version"].unique()):
        now = entries[entries["version"] <= version].drop_duplicates(CELL_KEY, keep="last")
        layer = now.set_index("variable")
        for whole, parts in additive_rows(layer, indicators, set(seen), relations):
            _sort_in(cells, whole, parts, rows, rest)
    return _assemble(cells, rows, rest, claims)


def _merge(
    seen: Mapping[Audience, pd.DataFrame], class_bounds: Mapping[str, tuple[int, int]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make one variable of what says the same; and say which one each version of a cell is."""
    every = pd.concat(list(seen.values()), ignore_index=True)
    every = every[every["value"].notna()].astype({"value": "int64"})
    shown = every["status"].eq(_SHOWN)
    classed = shown & every["display"].eq(_CLASS)
    bounds = every["value_class"].where(classed).map(class_bounds).tolist()
    # A hotspot tells no more of a count than its band: everything of it is worked out from that.
    bands = [band_bounds(band) for band in every["band"].where(classed, "")]
    value = every["value"].tolist()
    every = every.assign(
        number=shown & every["display"].eq(_NUMBER),
        classed=classed,
        kept_back=every["status"].eq(_HIDDEN),
        # A class of an earlier policy may have had other edges.
        least=[
            max(band[0], min(b[0], v) if isinstance(b, tuple) else 0)
            for b, band, v in zip(bounds, bands, value, strict=True)
        ],
        most=[
            min(band[1], max(b[1], v) if isinstance(b, tuple) else UNBOUNDED)
            for b, band, v in zip(bounds, bands, value, strict=True)
        ],
    )
    # One variable for what says the same: of equal ones the first version, and all that is known.
    ordered = every.sort_values([*CELL_KEY, "value", "version"], kind="stable", ignore_index=True)
    same = ordered.duplicated([*CELL_KEY, "value"]).to_numpy()
    starts = np.flatnonzero(~same)
    merged = ordered.loc[starts].reset_index(drop=True)
    merged = merged.assign(
        **{
            name: np.logical_or.reduceat(ordered[name].to_numpy(dtype=bool), starts)
            for name in ("number", "classed", "kept_back")
        },
        least=np.maximum.reduceat(ordered["least"].to_numpy(), starts),
        most=np.minimum.reduceat(ordered["most"].to_numpy(), starts),
    )
    ordered = merged.sort_values([*CELL_KEY, "version", "number"], kind="stable", ignore_index=True)
    again = ordered.groupby(CELL_KEY).cumcount()
    names = pd.Series(
        ["|".join(key) for key in zip(*(ordered[n].tolist() for n in CELL_KEY), strict=True)],
        index=ordered.index,
    )
    cells = ordered.assign(name=names.where(again == 0, names + "@" + again.astype(str)))
    numbered = cells[[*CELL_KEY, "value"]].assign(variable=cells.index)
    entries = every[[*CELL_KEY, "parent_code", "value", "version"]].merge(
        numbered, on=[*CELL_KEY, "value"]
    )
    entries = entries.sort_values([*CELL_KEY, "version", "variable"], kind="stable")
    return cells, entries


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
        self.level = cells["admin_level"].tolist()
        self.rows: list[tuple[int, Sequence[int]]] = []
        self.told: set[str] = set()  # cells that a claim says exactly

    def add(
        self, name: str, value: int, *, like: Sequence[int], least: int = 0, most: int = UNBOUNDED
    ) -> int:
        """Add what is no cell of a release: nobody publishes it, but it is a part of a row.

        It is as fine as the finest of the cells that it is ``like``.
        """
        self.level.append(max(self.level[n] for n in like))
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
) -> AttackerView:
    draft = _Draft(cells)
    value, names = draft.value, draft.names
    draft.rows += sorted(rows)
    for number, (whole, parts) in enumerate(sorted(rest)):
        lacking = value[whole] - sum(value[part] for part in parts)
        other = draft.add(f"{REST}{number} of {names[whole]}", lacking, like=parts)
        draft.rows.append((whole, (*parts, other)))
    _add_changes(draft, cells)
    strays = [claim.code for claim in claims if not _add_claim(draft, cells, claim)]
    table = Table.of(
        names, value, suppressed=draft.hidden, rows=draft.rows, least=draft.least, most=draft.most
    )
    level = dict(zip(names, draft.level, strict=True))
    described = cells.drop(columns=["least", "most", "value"]).assign(real=True)
    described = described.set_index("name").reindex(list(table.names))
    described = described.assign(
        real=described["real"].notna(),
        value=table.value,
        number=~table.suppressed,
        told=[name in draft.told for name in table.names],
        admin_level=[level[name] for name in table.names],
        version=described["version"].fillna(0).astype(int),
    )
    return AttackerView(
        table,
        described.reset_index(names="name"),
        insider_knowledge_of(described, table),
        tuple(strays),
    )


def _add_changes(draft: _Draft, cells: pd.DataFrame) -> None:
    """Let the difference of two versions be a cell: a late report of one person is a person."""
    again = cells[cells.duplicated(CELL_KEY, keep=False)]
    for _key, versions in again.groupby(CELL_KEY, sort=True):
        for old, new in zip(versions.index, versions.index[1:], strict=False):
            low, high = sorted((int(old), int(new)), key=draft.value.__getitem__)
            change = draft.value[high] - draft.value[low]
            part = draft.add(f"{CHANGE}{draft.names[new]}", change, like=[high])
            draft.rows.append((high, (low, part)))


def _add_claim(draft: _Draft, cells: pd.DataFrame, claim: Claim) -> bool:
    """Add a published claim as an interval; False where it cannot agree with any version."""
    category = cells["sex"].eq(claim.sex.value) & cells["age_band"].eq(claim.age_band.value)
    mine = cells[category & cells["indicator"].eq(claim.indicator)]
    if mine.empty:
        return True
    return any(
        _add_claim_to(draft, mine.drop_duplicates(CELL_KEY, keep=which), claim)
        for which in ("first", "last")
    )


def _add_claim_to(draft: _Draft, cells: pd.DataFrame, claim: Claim) -> bool:
    whole = _Tiles(cells)
    found = [tile for period in claim.periods for tile in whole.of(claim.unit_code, period)]
    complete = all((claim.unit_code, period) in whole.at for period in claim.periods)
    total = sum(draft.value[n] for n in found)
    if not found:
        return True
    if total > claim.most or (complete and total < claim.least):
        return False
    if complete and len(found) == 1 and claim.least == claim.most:
        draft.hidden[found[0]] = False  # whatever the releases say, this very figure is public
        draft.told.add(draft.names[found[0]])
        return True
    if not complete:
        lacking = max(claim.least - total, 0)
        found.append(draft.add(f"remainder of claim {claim.code}", lacking, like=found))
        total += lacking
    bounds = {"least": claim.least, "most": claim.most}
    position = draft.add(f"claim {claim.code}", total, like=found, **bounds)
    draft.rows.append((position, found))
    return True


class _Tiles:
    """Cells that together are a part of a figure which has no cell itself."""

    def __init__(self, cells: pd.DataFrame) -> None:
        places = zip(cells["unit_code"], cells["period"], strict=True)
        self.at = {
            (str(unit), str(period)): int(n)
            for (unit, period), n in zip(places, cells.index, strict=True)
        }
        self._inside: dict[str, set[str]] = defaultdict(set)
        for unit, parent in zip(cells["unit_code"], cells["parent_code"], strict=True):
            if parent:
                self._inside[str(parent)].add(str(unit))
        self._periods = [
            calendar.parse_period(str(code)) for code in sorted(cells["period"].unique())
        ]

    def of(self, unit: str, period: str) -> list[int]:
        """Give the cell itself, else shorter periods of the unit, else the units within it."""
        if (unit, period) in self.at:
            return [self.at[unit, period]]
        whole = calendar.parse_period(period)
        shorter = [
            each
            for each in self._periods
            if each.within(whole)
            and each.calendar is whole.calendar
            and (unit, each.code) in self.at
        ]
        taken: list[Period] = []
        for each in sorted(shorter, key=lambda p: (p.start - p.end, p.start)):  # the longest first
            if not any(each.overlaps(other) for other in taken):
                taken.append(each)
        if taken:
            return [self.at[unit, each.code] for each in taken]
        return [tile for inner in sorted(self._inside[unit]) for tile in self.of(inner, period)]


def hidden_cells(joint: AttackerView) -> Bools:
    """Say which cells of the table are real and hidden from its reader."""
    return joint.table.suppressed & joint.cells["real"].to_numpy(dtype=bool)
