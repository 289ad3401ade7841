"""Protection from insiders (rule 5): whoever knows some suppressed cells must not compute others.

A booth knows its own count. So every published whole has at least a minimum number of suppressed
parts, or none; and the audit is repeated for every insider, with all cells of their own place
known.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import group_by_component
from data.disclosure.engine.insider_prover import InsiderProver
from data.disclosure.engine.pattern_search import PatternSearch
from data.disclosure.engine.protection import Task
from data.disclosure.engine.prover import Witness
from data.disclosure.engine.solver import Floats
from data.disclosure.engine.suppression import Pattern, extend_suppression, suppress

_FURTHER = 8.0  # one of so many wholes asks for one part more
_LEAST_SUM = 3  # times the width: people that the suppressed parts of a row have together


def suppress_enough_parts(table: Table, task: Task, suppressed: Bools, *, min_parts: int) -> Bools:
    """Suppress more cells until every published whole has enough suppressed parts, or none.

    Each row is closed in the cheaper way: more parts are suppressed, in the order of their draws,
    or the whole is. Cells without a weight belong to no place and do not count. If the whole is
    fixed and too few parts may be suppressed, the row stays as it is; the audit for the insiders
    decides about it.

    Some rows get more parts than the minimum, by a draw of their whole. Otherwise a fourth part
    would tell that three were not enough, and so how small they are. And the parts of a row have
    at least `_LEAST_SUM` times the width together. Otherwise whoever knows that the pattern passed
    could conclude that no part is much larger than the others.

    Parameters
    ----------
    table, task
        The table, and what protection it needs.
    suppressed
        The pattern to start from, for each cell.
    min_parts
        Fewest suppressed parts of a published whole.

    Returns
    -------
    The larger pattern, for each cell.
    """
    pattern = suppressed.copy()
    rows = table.rows()
    more = further_parts(task.draw)
    waiting = list(range(len(rows)))[::-1]
    while waiting:
        whole, parts = rows[waiting.pop()]
        if pattern[whole]:
            continue
        counted = parts[task.weight[parts] > 0]
        there = counted[pattern[counted]]
        if not len(there):
            continue
        free = counted[~pattern[counted] & ~task.fixed[counted]]
        free = free[np.lexsort((task.draw[free], task.weight[free]))]
        chosen = _parts_or_whole(
            table, task, whole, there, free, least=min_parts, more=int(more[whole])
        )
        pattern[chosen] = True
        waiting.extend(int(row) for cell in chosen for row in table.rows_with(int(cell)))
    return pattern


def _parts_or_whole(
    table: Table, task: Task, whole: int, there: Ints, free: Ints, *, least: int, more: int
) -> Ints:
    """Return what to suppress so that a row has enough suppressed parts, or its whole is.

    Parameters
    ----------
    there
        Parts that are suppressed already.
    free
        Parts that may be suppressed, in the order in which they are.
    least, more
        Fewest suppressed parts, and how many more the row asks for if it has them.
    """
    lacking = max(least - len(there), min(least + more - len(there), len(free)), 0)
    # So many that the parts have enough people together.
    short = _LEAST_SUM * int(task.need[there].max()) - int(table.value[there].sum())
    if short > 0:
        lacking = max(lacking, int(np.searchsorted(np.cumsum(table.value[free]), short)) + 1)
    price = task.weight[free[:lacking]].sum() if len(free) >= lacking else np.inf
    if lacking and not task.fixed[whole] and task.weight[whole] < price:
        return np.array([whole])
    return free[:lacking] if len(there) + len(free) >= least else free[:0]


def further_parts(draw: Floats) -> Ints:
    """Return how many parts a whole asks for beyond the minimum, by its draw.

    One of `_FURTHER` wholes asks for one more, one of its square for two, and so on.

    Examples
    --------
    >>> further_parts(np.array([0.9, 0.1, 0.01])).tolist()
    [0, 1, 2]
    """
    least = 2.0**-53  # of a draw of 0
    return np.floor(-np.log(np.maximum(draw, least)) / np.log(_FURTHER)).astype(np.int64)


def find_exposed_cells(
    table: Table,
    task: Task,
    insiders: Sequence[Ints],
    known: list[Witness],
    *,
    thorough: bool = True,
    safe: set[bytes] | None = None,
) -> tuple[list[tuple[int, Ints]], list[Witness]]:
    """Find the cells that each insider could narrow too far.

    Parameters
    ----------
    table
        The table with its suppression pattern.
    task
        ``task.need`` is the width that each cell must keep when one insider's cells are known.
    insiders
        For each insider the positions of the cells they know.
    known
        Alternative tables found before.
    thorough
        Whether to search in the whole of huge components. Without it, some of the returned cells
        may not be exposed.
    safe
        Components in which earlier calls found no exposed cell; they are not searched again, and
        more are added. The calls must agree in all but ``table.suppressed``.

    Returns
    -------
    Pairs of the number of an insider and the positions of the exposed cells; and the alternative
    tables found on the way.
    """
    exposed: list[tuple[int, Ints]] = []
    found: list[Witness] = []
    components = table.components(table.suppressed)
    usable = group_by_component(table, components, known)
    label = table.labels(components)
    insiders_of: dict[int, list[int]] = defaultdict(list)
    for insider, cells_known in enumerate(insiders):
        for number in np.unique(label[cells_known[table.suppressed[cells_known]]]).tolist():
            insiders_of[number].append(insider)
    for number, cells in enumerate(components):
        name = cells.tobytes()
        if not task.need[cells].any() or number not in insiders_of or (safe and name in safe):
            continue
        known_here = [
            np.isin(cells, insiders[insider], assume_unique=True) for insider in insiders_of[number]
        ]
        prover = InsiderProver(table, cells, task.need[cells], task.coarseness[cells], known_here)
        prover.add_witnesses(usable[number], every=True)
        before, so_far = prover.witnesses.count, len(exposed)
        prover.prepare()
        for insider, unchanged in zip(insiders_of[number], known_here, strict=True):
            prover.keep_unchanged(unchanged)
            if prover.lacking().any():
                failed = prover.widen_all(thorough=thorough)
                if len(failed):
                    exposed.append((insider, cells[failed]))
        for places, change in prover.witnesses.since(before):
            found.append(Witness(cells[places], change))
        if safe is not None and len(exposed) == so_far:
            safe.add(name)
    return exposed, found


def protect_from_insiders(
    table: Table,
    task: Task,
    insiders: Sequence[Ints],
    *,
    min_parts: int,
    insider_need: Ints,
    known: Sequence[Witness] = (),
) -> tuple[Pattern, list[tuple[int, Ints]]]:
    """Suppress more cells until the audit passes, for an outsider and for every insider.

    Parameters
    ----------
    table
        The table with its primary suppressions.
    task
        What protection it needs from outsiders.
    insiders
        For each insider the positions of the cells they know.
    min_parts
        Fewest suppressed parts of a published whole.
    insider_need
        Width that each cell must keep when one insider's cells are known, in people.
    known
        Alternative tables that change suppressed cells only.

    Returns
    -------
    The pattern, and pairs of the number of an insider and the positions of cells that they can
    still narrow too far because no permitted suppression helps.
    """
    while True:
        pattern, exposed = _protect(table, task, insiders, min_parts, insider_need, known)
        public = np.isin(np.arange(len(table)), pattern.unprotectable)
        public &= ~table.suppressed & ~task.fixed
        if not public.any():
            return pattern, exposed
        # These cells can be computed from what is public already, so suppressing them protects no
        # other cell.
        task = replace(task, fixed=task.fixed | public)


def _protect(
    table: Table,
    task: Task,
    insiders: Sequence[Ints],
    min_parts: int,
    insider_need: Ints,
    known: Sequence[Witness],
) -> tuple[Pattern, list[tuple[int, Ints]]]:
    """Search as `protect_from_insiders`; stop where a further cell turns out to be public."""
    closed = suppress_enough_parts(table, task, table.suppressed, min_parts=min_parts)
    pattern = suppress(table.with_suppressed(closed), task, known)
    insider_task = replace(task, need=insider_need)
    given_up: set[tuple[int, int]] = set()
    safe: set[bytes] = set()
    thorough = False  # most cells get their width, so it is shown last that others do not
    while True:  # every round suppresses more cells or gives up some pairs, so it ends
        if (~table.suppressed & ~task.fixed)[pattern.unprotectable].any():
            return pattern, []
        closed = suppress_enough_parts(table, task, pattern.suppressed, min_parts=min_parts)
        if (closed & ~pattern.suppressed).any():
            pattern = extend_suppression(table.with_suppressed(closed), task, pattern.alternatives)
            continue
        current = table.with_suppressed(pattern.suppressed)
        exposed, found = find_exposed_cells(
            current, insider_task, insiders, pattern.alternatives, thorough=thorough, safe=safe
        )
        open_pairs = [
            (insider, int(cell))
            for insider, cells in exposed
            for cell in cells
            if (insider, int(cell)) not in given_up
        ]
        if not open_pairs and (thorough or not exposed):
            return replace(pattern, alternatives=[*pattern.alternatives, *found]), exposed
        if not open_pairs:
            thorough = True  # what is left may still have its width
            continue
        suppressed, witnesses, hopeless = _suppress_against_insiders(
            current, insider_task, insiders, open_pairs, [*pattern.alternatives, *found]
        )
        given_up |= hopeless
        if (suppressed == current.suppressed).all():
            given_up.update(open_pairs)
        pattern = extend_suppression(table.with_suppressed(suppressed), task, witnesses)


def _suppress_against_insiders(
    table: Table,
    task: Task,
    insiders: Sequence[Ints],
    open_pairs: list[tuple[int, int]],
    known: list[Witness],
) -> tuple[Bools, list[Witness], set[tuple[int, int]]]:
    """Suppress more for cells that an insider could narrow too far.

    Returns the larger pattern, all alternative tables, and the pairs of insider and cell for which
    no permitted suppression helps.
    """
    search = PatternSearch(table, task)
    search.merge(np.zeros(0, dtype=np.int64), known)
    hopeless: set[tuple[int, int]] = set()
    for insider in sorted({insider for insider, _ in open_pairs}):
        cells = [cell for each, cell in open_pairs if each == insider]
        left = search.suppress_against_insider(insiders[insider], cells)
        hopeless.update((insider, cell) for cell in left)
    return search.suppressed, search.witnesses, hopeless
