"""Choose what to hide in any table of counts, so that nobody comes too close to a hidden count.

Every hidden cell, small or not, gets an interval of the threshold's width: for somebody who knows
only what is shown, and for every contributor, who also knows their own cell. This is the rule for
releases with the widths of the shipped policy, in which the widths equal the threshold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.disclosure.any_table.contributors import find_contributors
from data.disclosure.any_table.counts_file import CountTable
from data.disclosure.any_table.widths import ComponentAudit
from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import group_by_component
from data.disclosure.engine.insider_protection import protect_from_insiders
from data.disclosure.engine.protection import Task, draw_by_key
from data.disclosure.engine.prover import Witness
from data.disclosure.engine.solver import Floats


@dataclass(frozen=True, slots=True)
class Exposed:
    """A hidden cell that stays too narrow; ``known`` is what its reader knows, "" for nothing."""

    cell: str
    known: str


@dataclass(frozen=True, slots=True, eq=False)
class Protected:
    """A table in which enough is hidden, with the proof.

    Attributes
    ----------
    table
        The table; ``suppressed`` are all hidden cells.
    primary
        Which cells are hidden because they are below the threshold.
    exposed
        Hidden cells that no permitted choice protects; if there are any, nothing may be shown.
    witnesses
        Alternative tables that prove the width of every hidden cell for every reader.
    narrowest
        Least width of a hidden cell for any reader, in people: greatest possible count minus least
        possible count, exactly. None if no cell is hidden, or no hidden cell has an upper end.
    """

    table: Table
    primary: Bools
    exposed: tuple[Exposed, ...]
    witnesses: tuple[Witness, ...]
    narrowest: int | None

    @property
    def hidden(self) -> list[str]:
        """Names of the hidden cells, sorted."""
        return [self.table.names[n] for n in np.flatnonzero(self.table.suppressed)]

    def changes(self) -> list[dict[str, int]]:
        """Return the witnesses by name: alternative count minus true count of each cell."""
        names = self.table.names
        return [
            {names[n]: by for n, by in zip(each.cells.tolist(), each.change.tolist(), strict=True)}
            for each in self.witnesses
        ]


def suppress_counts(
    counts: CountTable,
    *,
    threshold: int,
    hidden_parts: int,
    key: bytes,
    progress: Callable[[str], None],
) -> Protected:
    """Hide the small cells of a table, and as many others as their protection needs.

    Parameters
    ----------
    counts
        The table.
    threshold
        Least count that may be shown, in people. Every hidden cell gets an interval of this width.
    hidden_parts
        A shown whole has at least so many hidden parts, or none.
    key
        The secret that decides between cells of one weight. The same key and table always give the
        same hidden cells.
    progress
        Told what is done next.

    Examples
    --------
    >>> counts = CountTable.of(
    ...     ["all", "north", "east", "south", "west"],
    ...     [100, 3, 20, 33, 44],
    ...     rows=[("all", ["north", "east", "south", "west"])],
    ...     free=[True, False, False, False, False],
    ...     weight=[1, 1, 2, 3, 4],
    ... )
    >>> done = suppress_counts(
    ...     counts, threshold=5, hidden_parts=3, key=bytes(32), progress=lambda _: None
    ... )
    >>> done.hidden, done.narrowest
    (['east', 'north', 'south'], 23)
    """
    primary = counts.small(threshold)
    table = counts.table.with_suppressed(primary)
    if not primary.any():
        return Protected(table, primary, (), (), None)
    progress("Choosing which cells to hide")
    size = len(table)
    task = Task(
        need=np.where(counts.free, 0, threshold),
        weight=counts.weight / counts.weight.min(),
        coarseness=_coarseness(table),
        fixed=counts.free,
        draw=draw_by_key(table.names, key),
    )
    contributors = find_contributors(table)
    pattern, _ = protect_from_insiders(
        table,
        task,
        contributors,
        min_parts=min(hidden_parts, size),
        insider_need=task.need,
    )
    hidden = table.with_suppressed(pattern.suppressed)
    return _audit(hidden, primary, task, contributors, pattern.alternatives, threshold, progress)


def _coarseness(table: Table) -> Floats:
    """Return how many wholes lie between a cell and the finest of its parts, at most."""
    height = np.zeros(len(table))
    changed = True
    while changed:  # there is no cycle, so it ends
        changed = False
        for whole, parts in table.rows():
            above = height[parts].max() + 1
            if above > height[whole]:
                height[whole], changed = above, True
    return height


def _audit(
    table: Table,
    primary: Bools,
    task: Task,
    contributors: list[Ints],
    known: list[Witness],
    threshold: int,
    progress: Callable[[str], None],
) -> Protected:
    """Prove the width of every hidden cell for every reader, and measure the narrowest."""
    progress("Checking what can be known of the hidden cells")
    components = table.components(table.suppressed)
    usable = group_by_component(table, components, known)
    audits = [
        ComponentAudit(table, cells, contributors, task.coarseness[cells], usable[number])
        for number, cells in enumerate(components)
    ]
    exposed: list[Exposed] = []
    for audit in audits:
        for cell, own in audit.find_narrow(threshold):
            exposed.append(Exposed(table.names[cell], "" if own is None else table.names[own]))
    if exposed:
        return Protected(table, primary, tuple(exposed), (), None)
    witnesses = [witness for audit in audits for witness in audit.needed_witnesses()]
    progress("Measuring the narrowest interval")
    narrowest: int | None = None
    for audit in audits:
        if narrowest == threshold:
            break  # every width is at least that
        narrowest = audit.narrowest(narrowest)
    return Protected(table, primary, (), tuple(witnesses), narrowest)
