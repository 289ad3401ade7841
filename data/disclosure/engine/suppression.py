"""Complementary suppression: suppress as few more cells as make the disclosure audit pass."""

import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.pattern_search import PatternSearch
from data.disclosure.engine.protection import Task
from data.disclosure.engine.prover import Witness

_MAX_PART = 3_000  # cells of a part of the table that is searched on its own


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Which cells of a table are suppressed.

    Attributes
    ----------
    suppressed
        For each cell, whether it is suppressed: primary or complementary.
    unprotectable
        Positions of the cells that no permitted suppression gives their width.
    alternatives
        Alternative tables that change suppressed cells only. The audit starts from them.
    """

    suppressed: Bools
    unprotectable: Ints
    alternatives: list[Witness]


def suppress(table: Table, task: Task, known: Sequence[Witness] = ()) -> Pattern:
    """Suppress more cells of a table until every suppressed cell has the width it needs.

    Parts of the table are searched in parallel, then what they leave open in the whole table. The
    result does not depend on the order in which the parts finish.

    Parameters
    ----------
    table
        The table with its primary suppressions.
    task
        What protection it needs.
    known
        Alternative tables that change suppressed cells only.

    Examples
    --------
    Two girls are too few to be shown. The boys must be suppressed with them, because they are the
    difference to all children:

    >>> from data.disclosure.engine.protection import draw_by_key
    >>> table = Table.of(
    ...     ["all", "boys", "girls"],
    ...     [14, 12, 2],
    ...     suppressed=[False, False, True],
    ...     rows=[(0, [1, 2])],
    ... )
    >>> task = Task(
    ...     need=np.full(3, 5),
    ...     weight=np.array([3.0, 1.0, 1.0]),
    ...     coarseness=np.array([1.0, 0.0, 0.0]),
    ...     fixed=np.zeros(3, dtype=bool),
    ...     draw=draw_by_key(table.names, b"a secret"),
    ... )
    >>> suppress(table, task).suppressed.tolist()
    [False, True, True]
    """
    search = PatternSearch(table, task)
    search.merge(np.zeros(0, dtype=np.int64), known)
    narrow = search.suppressed & (search.high - search.low < task.need)
    parts = [cells for cells in _split(table, task) if narrow[cells].any()]
    inside = _known_inside(table, parts, known)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        done = workers.map(
            lambda n: _suppress_part(table, task, parts[n], inside.get(n, [])), range(len(parts))
        )
        for suppressed, witnesses in done:
            search.merge(suppressed, witnesses)
    search.prepare_initial_pattern()
    return _finish(search)


def extend_suppression(table: Table, task: Task, known: Sequence[Witness]) -> Pattern:
    """Suppress more cells of a table for which most alternative tables are known.

    Parameters
    ----------
    table
        The table with all cells that must stay suppressed.
    task
        What protection it needs.
    known
        Alternative tables that were found before.
    """
    search = PatternSearch(table, task)
    search.merge(np.zeros(0, dtype=np.int64), known)
    return _finish(search)


def _split(table: Table, task: Task) -> list[Ints]:
    """Return the largest parts that are small enough to be searched on their own."""
    for coarsest in np.unique(task.coarseness)[::-1]:
        parts = table.components(task.coarseness <= coarsest)
        if max(len(part) for part in parts) <= _MAX_PART:
            return parts
    return []


def _known_inside(
    table: Table, parts: Sequence[Ints], known: Sequence[Witness]
) -> dict[int, list[Witness]]:
    """Return the alternative tables that change cells of one part only, by its number."""
    label = table.labels(parts)
    inside: dict[int, list[Witness]] = defaultdict(list)
    for witness in known:
        part = label[witness.cells]
        if part[0] >= 0 and (part == part[0]).all():
            inside[int(part[0])].append(witness)
    return inside


def _suppress_part(
    table: Table, task: Task, cells: Ints, known: Sequence[Witness]
) -> tuple[Ints, list[Witness]]:
    """Search one part of the table, with all other cells known and unchanged.

    ``known``: alternative tables that change cells of the part only.
    """
    part, kept = table.subtable(cells)
    inner = np.isin(kept, cells)
    search = PatternSearch(
        part,
        Task(
            need=task.need[kept],
            weight=task.weight[kept],
            coarseness=task.coarseness[kept],
            fixed=task.fixed[kept] | ~inner,
            draw=task.draw[kept],
        ),
    )
    position = np.full(len(table), -1, dtype=np.int64)
    position[cells] = np.searchsorted(kept, cells)
    search.merge(
        np.zeros(0, dtype=np.int64), [Witness(position[each.cells], each.change) for each in known]
    )
    search.prepare_initial_pattern()
    search.suppress_complementary()
    search.remove_redundant(search.suppressed & ~part.suppressed)
    new = search.alternatives()[len(known) :]
    witnesses = [Witness(kept[each.cells], each.change) for each in new]
    return kept[search.suppressed], witnesses


def _finish(search: PatternSearch) -> Pattern:
    before = search.suppressed.copy()
    unprotectable = search.suppress_complementary()
    search.remove_redundant(search.suppressed & ~before)
    return Pattern(search.suppressed, unprotectable, search.alternatives())
