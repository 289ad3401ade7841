"""The suppression pattern and the disclosure audit for one reader of a release."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import AttackerView, suppressed_cells
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools, Ints
from data.disclosure.engine.audit import Proof, prove
from data.disclosure.engine.carried_witnesses import NOTHING_FOUND, FoundTables, carry_over
from data.disclosure.engine.insider_protection import protect_from_insiders
from data.disclosure.engine.protection import Task, draw_by_key
from data.disclosure.engine.prover import Witness
from data.disclosure.engine.suppression import Pattern
from data.disclosure.insider_knowledge import VERSION_CHANGE_PREFIX
from data.disclosure.table_draft import REMAINDER_PREFIX
from data.model import AdminLevel, AgeBand, Audience, Sex, Status
from data.reference.policy import Policy
from data.reference.unit_codes import COUNTRY


@dataclass(frozen=True, slots=True)
class Exposure:
    """A suppressed cell that somebody could narrow too far; it holds no count.

    Attributes
    ----------
    reader
        Whose audit fails.
    cell
        Name of the cell.
    insider
        Code of the place whose people could narrow it; empty for an outsider.
    blocked_by
        Names of the cells that are public already and would have to be suppressed.
    """

    reader: Audience
    cell: str
    insider: str
    blocked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ReaderAudit:
    """The result of one reader's audit, as a certificate stores it.

    Attributes
    ----------
    view
        The reader's table with its suppression pattern.
    need
        Width that each cell of the table needs, in people; 0 for cells that are not suppressed.
    proof
        The proved widths, with their witnesses.
    """

    view: AttackerView
    need: Ints
    proof: Proof

    @property
    def narrowest(self) -> int | None:
        """Least proved width of a suppressed cell, in people; None if no cell is suppressed."""
        needed = self.need > 0
        return int(self.proof.width[needed].min()) if needed.any() else None


@dataclass(frozen=True, slots=True, eq=False)
class AuditedPattern:
    """A suppression pattern for one reader, and what its audit found.

    Attributes
    ----------
    reader, policy, view, task
        What the pattern was made for. ``view`` has the suppressions from before the pattern.
    pattern
        The suppression pattern.
    audit
        The audit of the pattern, for an outsider.
    unproved
        Positions of the cells that an outsider could narrow too far.
    exposed_to_insiders
        Pairs of the number of an insider and the positions of cells they could narrow too far.
    """

    reader: Audience
    policy: Policy
    view: AttackerView
    task: Task
    pattern: Pattern
    audit: ReaderAudit
    unproved: Ints
    exposed_to_insiders: list[tuple[int, Ints]]

    @property
    def found(self) -> FoundTables:
        """The alternative tables that were found."""
        return FoundTables(self.view.table.names, self.pattern.alternatives)

    def cells_to_suppress(self, cells: pd.DataFrame) -> tuple[pd.Series, bool]:
        """Return which published cells of a release must be suppressed for this reader.

        Returns
        -------
        Boolean Series on the index of ``cells``; and whether the audit holds once they are
        suppressed. If not, the release must be audited again with them.
        """
        table = self.view.table
        new = self.pattern.suppressed & ~table.suppressed
        failed = {*self.unproved.tolist()}
        failed.update(int(cell) for _, cells_ in self.exposed_to_insiders for cell in cells_)
        # Partners may know the number of a public class. Once the class is suppressed, the number
        # needs protection from them.
        classed = self.view.cells["classed"].eq(other=True).to_numpy()
        again = bool(failed) or bool((new & classed).any())
        if failed:
            # Classes bound a suppressed count. If that is too narrow, no class of the component
            # may be shown either.
            component_failed = np.zeros(len(table), dtype=bool)
            for component in table.components(self.pattern.suppressed):
                if failed & set(component.tolist()):
                    component_failed[component] = True
            new |= component_failed & suppressed_cells(self.view)
        keys = pd.MultiIndex.from_frame(self.view.cells.loc[new, [*CELL_KEY, "value"]])
        chosen = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(keys)
        published = cells["status"].eq(Status.PUBLISHED.value) & cells["value"].notna()
        return published & chosen, not again

    def exposures(self) -> list[Exposure]:
        """Return every cell that stays exposed, with the published cells that block protection."""
        if not (len(self.unproved) or self.exposed_to_insiders):
            return []
        names = self.view.table.names
        known = ~self.view.cells["real"] | self.view.cells["disclosed"]
        unblocked = replace(self.task, fixed=known.to_numpy(dtype=bool))
        wanted, _ = _find_pattern(
            self.view,
            unblocked,
            self.reader,
            self.policy,
            carry_over(self.found, self.view.table),
        )
        missing = wanted.suppressed & ~self.pattern.suppressed
        blocked_by = tuple(names[n] for n in np.flatnonzero(missing))
        units = self.view.cells["unit_code"]
        found = [Exposure(self.reader, names[n], "", blocked_by) for n in self.unproved]
        for insider, cells in self.exposed_to_insiders:
            place = _own_place(units.iloc[self.view.insiders[insider]].dropna().unique())
            found += [Exposure(self.reader, names[n], place, blocked_by) for n in cells]
        return found


def audit_reader(
    view: AttackerView,
    *,
    reader: Audience,
    policy: Policy,
    shown: pd.DataFrame,
    numbers_before: pd.DataFrame,
    key: bytes,
    found: FoundTables = NOTHING_FOUND,
) -> AuditedPattern:
    """Find a suppression pattern for one reader, and audit it.

    Parameters
    ----------
    view
        The reader's table.
    shown
        Cells that the reader is shown, in this release or before. Only these count as suppressed
        parts of a whole; all other cells are protected only.
    numbers_before
        Cells whose numbers the reader was shown before; they cannot be suppressed any more.
    key
        The store's secret, which decides between cells of one weight.
    found
        Alternative tables of an earlier audit. They save time and change no width.
    """
    task = _build_task(view, reader, policy, shown, numbers_before, key)
    pattern, exposed = _find_pattern(view, task, reader, policy, carry_over(found, view.table))
    table = view.table.with_suppressed(pattern.suppressed)
    need = np.where(pattern.suppressed, task.need, 0)
    proof, failed = prove(table, need, task.coarseness, pattern.alternatives)
    return AuditedPattern(
        reader=reader,
        policy=policy,
        view=view,
        task=task,
        pattern=pattern,
        audit=ReaderAudit(replace(view, table=table), need, proof),
        unproved=np.unique(np.concatenate([failed, pattern.unprotectable])),
        exposed_to_insiders=exposed,
    )


def _own_place(known: Iterable[str]) -> str:
    """Return whose people know the cells of some units: their own place, and what is in it.

    They may know cells of larger places too, which follow from theirs.
    """
    codes = sorted((code for code in known if code != COUNTRY), key=len, reverse=True)
    for code in codes:
        if all(other.startswith(code) or code.startswith(other) for other in codes):
            return str(code)
    return str(codes[-1]) if codes else ""


def required_widths(view: AttackerView, width: int, reader: Audience) -> Ints:
    """Return the width that each cell's interval needs if it is suppressed for a reader.

    A change between versions and a remainder are counts of people, so they need protection if they
    are below the width. Of an amount, the width is as many times the most that one person can
    account for. Partners may know the number of a public class, unless it is suppressed.

    Parameters
    ----------
    view
        The reader's table.
    width
        Width that the policy asks, in people.

    Returns
    -------
    The width, or 0, for each cell of the table.
    """
    cells = view.cells
    wide = width * cells["most_per_person"].to_numpy()
    real = cells["real"].to_numpy(dtype=bool)
    derived = cells["name"].str.startswith((VERSION_CHANGE_PREFIX, REMAINDER_PREFIX)).to_numpy()
    small = derived & (view.table.value < wide)
    return np.where((real & ~_may_be_known(cells, reader)) | small, wide, 0)


def _may_be_known(cells: pd.DataFrame, reader: Audience) -> Bools:
    """Return which cells a partner may know because the public is shown their class."""
    if reader is Audience.PUBLIC:
        return np.zeros(len(cells), dtype=bool)
    return (cells["classed"].eq(other=True) & ~cells["suppressed"].eq(other=True)).to_numpy()


def _build_task(
    view: AttackerView,
    reader: Audience,
    policy: Policy,
    shown: pd.DataFrame,
    numbers_before: pd.DataFrame,
    key: bytes,
) -> Task:
    cells = view.cells
    real = cells["real"].to_numpy(dtype=bool)
    level = cells["admin_level"].map(lambda n: policy.weights[AdminLevel(n)])
    totals = cells["sex"].eq(Sex.ALL.value).astype(int)
    totals += cells["age_band"].eq(AgeBand.ALL.value).astype(int)
    weight = level.to_numpy(dtype=float) * policy.total_weight ** totals.to_numpy()
    is_shown = pd.MultiIndex.from_frame(cells[CELL_KEY]).isin(
        pd.MultiIndex.from_frame(shown[CELL_KEY])
    )
    before = pd.MultiIndex.from_frame(numbers_before[[*CELL_KEY, "value"]])
    was_shown = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(before)
    known = (cells["disclosed"] | cells["computable"].eq(other=True)).to_numpy(dtype=bool)
    return Task(
        need=required_widths(view, policy.width(reader), reader),
        weight=np.where(real & is_shown & ~_may_be_known(cells, reader), weight, 0.0),
        coarseness=(AdminLevel.WARD - cells["admin_level"]).to_numpy(dtype=float),
        fixed=~real | known | (~view.table.suppressed & was_shown),
        draw=draw_by_key(view.table.names, key),
    )


def _find_pattern(
    view: AttackerView, task: Task, reader: Audience, policy: Policy, known: Sequence[Witness]
) -> tuple[Pattern, list[tuple[int, Ints]]]:
    return protect_from_insiders(
        view.table,
        task,
        view.insiders,
        min_parts=policy.hidden_parts,
        insider_need=np.minimum(
            task.need,
            policy.insider_width[reader] * view.cells["most_per_person"].to_numpy(),
        ),
        known=known,
    )
