"""One table of everything that an attacker knows: cells of all releases, and how they add up.

Cells of several audiences and versions are one variable if they have the same key and the same
count, because a reader of both knows that they are equal. The version of a cell is the number of
the restatement that made it, 0 before any.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.disclosure.additive_rows import additive_rows
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.insider_knowledge import insider_knowledge_of
from data.disclosure.related_figures import bounds_of
from data.disclosure.table_draft import Row, TableDraft
from data.model import Audience, Claim, Indicator, Status
from data.reference.hotspot_policy import band_bounds
from data.reference.relations import Relations

# Columns of the cells that an audience was ever shown, suppressed cells with their true counts.
# ``band`` is what a hotspot class tells about the count behind it, "" for nothing; see
# `data.reference.hotspot_policy`.
PUBLISHED_COLUMNS = [
    *CELL_KEY, "admin_level", "parent_code", "status", "value", "display", "value_class", "version",
    "band",
]  # fmt: skip
_PUBLISHED, _SUPPRESSED = Status.PUBLISHED.value, Status.SUPPRESSED.value
_NUMBER, _CLASS = "number", "class"


@dataclass(frozen=True, slots=True, eq=False)
class AttackerView:
    """The table of one reader, and what its cells stand for.

    Attributes
    ----------
    table
        The table; a cell is suppressed if the reader is not shown its number.
    cells
        Frame by position in the table, with `CELL_KEY`, ``admin_level``, ``version``, ``value``,
        and as booleans (some missing if ``real`` is False):
        ``number``, the reader knows the number; ``disclosed``, a claim or a related figure tells
        it; ``classed``, an audience is shown its class; ``suppressed``, it is suppressed for an
        audience; ``real``, it is a cell and not a remainder, a change between versions or a claim;
        ``computable``, the public is denied it, and partners add it up from what they are shown.
    insiders
        For each place the positions of the cells that its people know.
    inconsistent_claims
        Codes of the claims that cannot agree with the counts; they are not in the table.
    """

    table: Table
    cells: pd.DataFrame
    insiders: tuple[Ints, ...]
    inconsistent_claims: tuple[str, ...]


def nothing_published() -> pd.DataFrame:
    """Return an empty frame with `PUBLISHED_COLUMNS`."""
    return pd.DataFrame(columns=PUBLISHED_COLUMNS).astype({"value": "Int64", "version": "int64"})


def known_to(
    reader: Audience,
    published: Mapping[Audience, pd.DataFrame],
    *,
    unpublished: pd.DataFrame,
    indicators: Iterable[str],
) -> dict[Audience, pd.DataFrame]:
    """Return the cells of some indicators as one reader knows them.

    Unpublished cells are suppressed for every reader, and partners' cells for the public, because
    nobody may be able to compute them either.

    Parameters
    ----------
    reader
        Whose knowledge.
    published
        What each audience was ever shown (`PUBLISHED_COLUMNS`).
    unpublished
        Cells that no audience was shown yet (`PUBLISHED_COLUMNS`).
    indicators
        Codes of the indicators to keep.

    Returns
    -------
    Frames with `PUBLISHED_COLUMNS` by audience; those of partners for the public also have
    ``told``, whether partners are shown the number.
    """
    parts = (published[Audience.PARTNER], unpublished.assign(status=_SUPPRESSED))
    partner = pd.concat([part for part in parts if len(part)] or [nothing_published()])
    if reader is Audience.PUBLIC:
        told = partner["status"].eq(_PUBLISHED) & partner["display"].eq(_NUMBER)
        partner = partner.assign(told=told, status=_SUPPRESSED)
    public = published[Audience.PUBLIC]
    if reader is Audience.PARTNER:
        public = public[~_known_to_be_none(public, published[Audience.PARTNER])]
    frames = {Audience.PUBLIC: public, Audience.PARTNER: partner}
    return {
        each: frame[frame["indicator"].isin(list(indicators))] for each, frame in frames.items()
    }


def _known_to_be_none(public: pd.DataFrame, partner: pd.DataFrame) -> Bools:
    """Return which public zeros partners know: those of cells that do not apply for partners.

    These are cells of a booth that has closed: partners see that it closed, the public does not.
    """
    absent = partner.loc[partner["status"].eq(Status.NOT_APPLICABLE.value), CELL_KEY]
    keys = pd.MultiIndex.from_frame(public[CELL_KEY])
    none = public["value"].eq(0).fillna(value=False).to_numpy(dtype=bool)
    return none & np.asarray(keys.isin(pd.MultiIndex.from_frame(absent)), dtype=bool)


def build_attacker_view(
    known: Mapping[Audience, pd.DataFrame],
    *,
    indicators: Mapping[str, Indicator],
    class_bounds: Mapping[str, tuple[int, int]],
    relations: Relations,
    shown: pd.DataFrame,
    claims: Sequence[Claim],
) -> AttackerView:
    """Build the table of one reader.

    Parameters
    ----------
    known
        What the reader knows, from `known_to`. Cells without a figure are left out.
    indicators
        Indicators about people, by code.
    class_bounds
        Least and greatest count of each class, both inclusive.
    relations
        What one figure says of another.
    shown
        Published figures that say something of others; see `related_figures.shown_figures`.
    claims
        Figures published elsewhere, as intervals.
    """
    cells, entries = _merge_equal_cells(known, class_bounds)
    complete: set[Row] = set()
    incomplete: set[Row] = set()
    for version in sorted(entries["version"].unique()):
        newest = entries[entries["version"] <= version].drop_duplicates(CELL_KEY, keep="last")
        layer = newest.set_index("variable")
        for whole, parts in additive_rows(layer, indicators, set(known), relations.part_of):
            _sort_row(cells, whole, parts, complete, incomplete)
    most = cells["indicator"].map(lambda code: indicators[code].most_per_person)
    cells = _with_related(
        cells.assign(most_per_person=most.astype("int64")), entries, shown, relations
    )
    cells = _with_computable(cells, complete)
    draft = TableDraft(cells)
    draft.add_rows(complete, incomplete)
    draft.add_version_changes()
    inconsistent = [claim.code for claim in claims if not draft.add_claim(claim)]
    table = draft.table()
    described = _describe_cells(cells, table, draft)
    return AttackerView(
        table, described, insider_knowledge_of(described, table), tuple(inconsistent)
    )


def _merge_equal_cells(
    known: Mapping[Audience, pd.DataFrame], class_bounds: Mapping[str, tuple[int, int]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make one variable of the cells with the same key and count.

    Returns the variables, and for each version of a cell the variable that it is.
    """
    every = pd.concat(list(known.values()), ignore_index=True)
    every = every[every["value"].notna()].astype({"value": "int64"})
    published = every["status"].eq(_PUBLISHED)
    classed = published & every["display"].eq(_CLASS)
    bounds = every["value_class"].where(classed).map(class_bounds).tolist()
    # A public hotspot is computed from the band of its count, so it tells no more than the band.
    bands = [band_bounds(band) for band in every["band"].where(classed, "")]
    value = every["value"].tolist()
    every = every.assign(
        number=published & every["display"].eq(_NUMBER),
        classed=classed,
        suppressed=every["status"].eq(_SUPPRESSED),
        told=every["told"].eq(other=True) if "told" in every else False,
        # A class of an earlier policy may have had other bounds, so they are widened to the count.
        least=[
            max(band[0], min(b[0], v) if isinstance(b, tuple) else 0)
            for b, band, v in zip(bounds, bands, value, strict=True)
        ],
        most=[
            min(band[1], max(b[1], v) if isinstance(b, tuple) else UNBOUNDED)
            for b, band, v in zip(bounds, bands, value, strict=True)
        ],
    )
    # Of equal cells the first version is kept, with everything that is known of any of them.
    ordered = every.sort_values([*CELL_KEY, "value", "version"], kind="stable", ignore_index=True)
    same = ordered.duplicated([*CELL_KEY, "value"]).to_numpy()
    starts = np.flatnonzero(~same)
    merged = ordered.loc[starts].reset_index(drop=True)
    merged = merged.assign(
        **{
            name: np.logical_or.reduceat(ordered[name].to_numpy(dtype=bool), starts)
            for name in ("number", "classed", "suppressed", "told")
        },
        least=np.maximum.reduceat(ordered["least"].to_numpy(), starts),
        most=np.minimum.reduceat(ordered["most"].to_numpy(), starts),
    )
    ordered = merged.sort_values([*CELL_KEY, "version", "number"], kind="stable", ignore_index=True)
    repeat = ordered.groupby(CELL_KEY).cumcount()
    names = pd.Series(
        ["|".join(key) for key in zip(*(ordered[n].tolist() for n in CELL_KEY), strict=True)],
        index=ordered.index,
    )
    cells = ordered.assign(name=names.where(repeat == 0, names + "@" + repeat.astype(str)))
    numbered = cells[[*CELL_KEY, "value"]].assign(variable=cells.index)
    entries = every[[*CELL_KEY, "parent_code", "value", "version"]].merge(
        numbered, on=[*CELL_KEY, "value"]
    )
    entries = entries.sort_values([*CELL_KEY, "version", "variable"], kind="stable")
    return cells, entries


def _with_related(
    cells: pd.DataFrame, entries: pd.DataFrame, shown: pd.DataFrame, relations: Relations
) -> pd.DataFrame:
    """Return the variables with what related figures tell of them.

    ``implied``: it is known that there is nobody, so it is no secret and protects no other cell.
    """
    bounds = bounds_of(
        entries, cells["value"].to_numpy(dtype=np.int64), shown=shown, relations=relations
    )
    implied = bounds.known
    return cells.assign(
        least=np.maximum(cells["least"], bounds.least),
        most=np.minimum(cells["most"], bounds.most),
        number=cells["number"] | implied,
        implied=implied,
    )


def _with_computable(cells: pd.DataFrame, complete: Iterable[Row]) -> pd.DataFrame:
    """Return the variables with which of them partners can add up from what they are shown.

    A year is one, of which they see every quarter. To deny it to the public protects nothing.
    """
    before = cells["told"].to_numpy(dtype=bool)
    known, rows = before.tolist(), [(whole, *parts) for whole, parts in complete]
    found = bool(before.any())
    while found:
        found = False
        for row in rows:
            unknown = [cell for cell in row if not known[cell]]
            if len(unknown) == 1:
                known[unknown[0]] = found = True
    return cells.assign(computable=np.array(known, dtype=bool) & ~before)


def _sort_row(
    cells: pd.DataFrame, whole: int, parts: list[int], complete: set[Row], incomplete: set[Row]
) -> None:
    """Add a row to those that add up, or to those with parts missing.

    A row whose parts exceed their whole does not hold, so it is left out.
    """
    value = cells["value"].to_numpy()
    row = (int(whole), tuple(sorted(int(part) for part in parts)))
    lacking = int(value[whole] - value[list(parts)].sum())
    if lacking == 0:
        complete.add(row)
    elif lacking > 0:
        incomplete.add(row)


def _describe_cells(cells: pd.DataFrame, table: Table, draft: TableDraft) -> pd.DataFrame:
    """Return `AttackerView.cells`."""
    level = dict(zip(draft.names, draft.admin_levels, strict=True))
    most = dict(zip(draft.names, draft.most_per_person, strict=True))
    described = cells.drop(columns=["least", "most", "value"]).assign(real=True)
    described = described.set_index("name").reindex(list(table.names))
    described = described.assign(
        real=described["real"].notna(),
        value=table.value,
        number=~table.suppressed,
        disclosed=described["implied"].eq(other=True)
        | pd.Series([name in draft.disclosed for name in table.names], index=described.index),
        admin_level=[level[name] for name in table.names],
        most_per_person=[most[name] for name in table.names],
        version=described["version"].fillna(0).astype(int),
    )
    return described.reset_index(names="name")


def suppressed_cells(view: AttackerView) -> Bools:
    """Return which cells of the table are real and suppressed for its reader."""
    return view.table.suppressed & view.cells["real"].to_numpy(dtype=bool)
