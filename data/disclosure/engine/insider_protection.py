"""Rule 5: somebody who knows some hidden cells must not work out another.

A booth knows its own count. So a published whole has at least three hidden parts, or none, or is
hidden itself; and the audit is made again for every insider with all cells of their place known,
those of the places in it too.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.disclosure.engine.additive_table import Bools, Ints, Table
from data.disclosure.engine.audit import Prover, Witness, by_component
from data.disclosure.engine.suppression import Pattern, Search, Task, extend_suppression, suppress


def close_lines(table: Table, task: Task, hidden: Bools, *, parts: int) -> Bools:
    """Hide more until every published whole has no hidden part, or at least so many.

    The cheaper way is taken: further parts, the smallest first, or the whole. Cells without a
    weight are no place's and do not count. A whole that is fixed and lacks parts to hide stays as
    it is: the audit of the insiders decides about it.
    """
    state = hidden.copy()
    rows = table.rows()
    waiting = list(range(len(rows)))[::-1]
    while waiting:
        whole, members = rows[waiting.pop()]
        if state[whole]:
            continue
        own = members[task.weight[members] > 0]
        lacking = parts - int(state[own].sum())
        if lacking in (0, parts) or lacking < 0:
            continue
        free = own[~state[own] & ~task.fixed[own]]
        free = free[np.lexsort((free, table.value[free], task.weight[free]))]
        price = task.weight[free[:lacking]].sum() if len(free) >= lacking else np.inf
        if not task.fixed[whole] and task.weight[whole] < price:
            chosen = np.array([whole])
        elif len(free) >= lacking:
            chosen = free[:lacking]
        else:
            continue
        state[chosen] = True
        waiting.extend(int(row) for cell in chosen for row in table.rows_with(int(cell)))
    return state


def exposed(
    table: Table, task: Task, insiders: Sequence[Ints], known: list[Witness]
) -> tuple[list[tuple[int, Ints]], list[Witness]]:
    """Find what insiders could work out: pairs of an insider and the cells that lack width.

    ``task.need`` is the width that must be left to each cell when one insider's cells are known.
    Gives the moves found on the way, too.
    """
    found: list[tuple[int, Ints]] = []
    learned: list[Witness] = []
    components = table.components(table.hidden)
    usable = by_component(table, components, known)
    home = table.labels(components)
    present: dict[int, list[int]] = defaultdict(list)
    for one, own in enumerate(insiders):
        for number in np.unique(home[own[table.hidden[own]]]).tolist():
            present[number].append(one)
    for number, cells in enumerate(components):
        if not task.need[cells].any() or number not in present:
            continue
        prover = Prover(table, cells, task.need[cells], task.grain[cells])
        prover.learn(usable[number])
        before = len(prover.pool)
        for one in present[number]:
            prover.hold(np.isin(cells, insiders[one], assume_unique=True))
            if prover.open().any():
                failed = prover.settle()
                if len(failed):
                    found.append((one, cells[failed]))
        for move in prover.pool[before:]:
            changed = np.flatnonzero(move)
            learned.append(Witness(cells[changed], move[changed]))
    return found, learned


def protect_from_insiders(
    table: Table, task: Task, insiders: Sequence[Ints], *, parts: int, insider_need: Ints
) -> tuple[Pattern, list[tuple[int, Ints]]]:
    """Hide more until the audit passes, for an outsider and for every insider.

    Parameters
    ----------
    table
        What must be hidden is hidden in it.
    insiders
        For each insider the positions of the cells that they know.
    parts
        Fewest hidden parts of a published whole.
    insider_need
        Width that must be left to each cell when one insider's cells are known.

    Returns
    -------
    The pattern, and what insiders could still work out because nothing that may be hidden helps.
    """
    while True:
        closed = close_lines(table, task, table.hidden, parts=parts)
        pattern = suppress(table.with_hidden(closed), task)
        told = np.isin(np.arange(len(table)), pattern.hopeless) & ~table.hidden
        if not told.any():
            break
        # What is public tells these cells anyway: they cannot be hidden for another's sake.
        task = replace(task, fixed=task.fixed | told)
    inside = replace(task, need=insider_need)
    given_up: set[tuple[int, int]] = set()
    while True:  # every round hides more or gives up a pair
        closed = close_lines(table, task, pattern.hidden, parts=parts)
        if (closed & ~pattern.hidden).any():
            pattern = extend_suppression(table.with_hidden(closed), task, pattern.moves)
            continue
        current = table.with_hidden(pattern.hidden)
        left, learned = exposed(current, inside, insiders, pattern.moves)
        todo = [
            (one, int(cell))
            for one, cells in left
            for cell in cells
            if (one, int(cell)) not in given_up
        ]
        if not todo:
            return pattern, left
        known = [*pattern.moves, *learned]
        hidden, moves = _against(current, inside, insiders, todo, known, given_up)
        if (hidden == current.hidden).all():
            given_up.update(todo)  # so that there is an end whatever the two find
        pattern = extend_suppression(table.with_hidden(hidden), task, moves)


def _against(
    table: Table,
    task: Task,
    insiders: Sequence[Ints],
    todo: list[tuple[int, int]],
    known: list[Witness],
    given_up: set[tuple[int, int]],
) -> tuple[Bools, list[Witness]]:
    """Hide more for cells that an insider could work out; note those for which nothing helps."""
    search = Search(table, task)
    search.take(np.zeros(0, dtype=np.int64), known)
    for one in sorted({one for one, _ in todo}):
        asked = [cell for who, cell in todo if who == one]
        given_up.update((one, cell) for cell in search.widen_against(insiders[one], asked))
    return search.hidden, search.moves
