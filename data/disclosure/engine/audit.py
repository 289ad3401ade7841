"""The audit: what an attacker can work out of a table, proved by tables he cannot rule out.

He knows every published cell, that all rows add up, and that counts are whole and not below zero.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints, Table
from data.disclosure.engine.solver import AlternativeTables, Floats

_SMALL = 60  # cells from which on finer ones are asked among themselves first
_ROUNDS = 200  # of asking for many cells at once
_IDLE = 2  # rounds without much gain after which each open cell is asked for alone
_WORTHWHILE = 3  # cells settled in a round that are worth its time
_ROUNDING = 1e-6
_SEED = 2064


@dataclass(frozen=True, slots=True, eq=False)
class Witness:
    """A move: the truth plus ``change`` at ``cells`` is a table that cannot be ruled out."""

    cells: Ints
    change: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """What moves show about each cell of a table, by position.

    ``low`` and ``high`` are changes of the cell (0 or less, 0 or more) that ``witnesses`` number
    ``low_by`` and ``high_by`` make; -1 stands for the truth itself, which makes none.
    """

    low: Ints
    high: Ints
    low_by: Ints
    high_by: Ints
    witnesses: tuple[Witness, ...]

    @property
    def width(self) -> Ints:
        """Proved width of each cell's interval."""
        return self.high - self.low


class _Part:
    """Some cells of a component, between which moves are sought while the others keep still."""

    def __init__(self, table: Table, cells: Ints, places: Ints) -> None:
        self.places = places  # positions within the component
        self._table, self._cells = table, cells
        self._moves: AlternativeTables | None = None

    @property
    def moves(self) -> AlternativeTables:
        if self._moves is None:
            self._moves = AlternativeTables(self._table, self._cells[self.places])
        return self._moves


class Prover:
    """Collects moves of one component until every cell has the width it needs.

    ``cells`` are positions that no row links to another hidden cell. Moves are sought among the
    finer cells first, with coarser ones keeping still: such questions are small.
    """

    def __init__(self, table: Table, cells: Ints, need: Ints, grain: Floats) -> None:
        """Take cells and, for each, the width it needs (0 for none) and how coarse it is."""
        self.cells, self.need = cells, need
        self.floor = table.least[cells] - table.value[cells]
        self.ceiling = table.most[cells] - table.value[cells]
        self.still = np.zeros(len(cells), dtype=bool)
        self.low = np.zeros(len(cells), dtype=np.int64)
        self.high = np.zeros(len(cells), dtype=np.int64)
        self._pool = np.zeros((16, len(cells)), dtype=np.int64)
        self._used = 0
        self._draw = np.random.default_rng(_SEED)
        self._whole = _Part(table, cells, np.arange(len(cells)))
        self._parts = []
        coarse = np.unique(grain)
        if len(cells) > _SMALL:
            for most in coarse[:-1]:
                chosen = np.zeros(len(table), dtype=bool)
                chosen[cells[grain <= most]] = True
                self._parts += [
                    _Part(table, cells, np.searchsorted(cells, part))
                    for part in table.components(chosen)
                    if len(part) > 1
                ]

    @property
    def pool(self) -> Ints:
        """Moves found so far, one a line."""
        return self._pool[: self._used]

    def open(self) -> Bools:
        """Say which cells lack width as yet."""
        return (self.high - self.low < self.need) & ~self.still

    def keep(self, move: Ints) -> bool:
        """Add a move to the pool where it widens anything."""
        if not ((move < self.low) | (move > self.high)).any():
            return False
        if self._used == len(self._pool):
            self._pool = np.vstack([self._pool, np.zeros_like(self._pool)])
        self._pool[self._used] = move
        self._used += 1
        np.minimum(self.low, move, out=self.low)
        np.maximum(self.high, move, out=self.high)
        return True

    def hold(self, still: Bools) -> None:
        """Keep these cells still from here on, and count only moves that do."""
        self.still = still
        usable = self.pool[~self.pool[:, still].any(axis=1)]
        self.low = np.minimum(usable.min(axis=0, initial=0), 0)
        self.high = np.maximum(usable.max(axis=0, initial=0), 0)

    def learn(self, moves: Iterable[Witness]) -> None:
        """Take over moves of these cells that were found before."""
        for witness in moves:
            move = np.zeros(len(self.cells), dtype=np.int64)
            move[np.searchsorted(self.cells, witness.cells)] = witness.change
            self.keep(move)

    def _ask(self, part: _Part, gain: Ints, reach: int) -> float:
        """Ask for the largest gain in a part, cells moving no further than ``reach``."""
        low, high = self._bounds(reach)
        at = part.places
        bound, found = part.moves.best(gain[at], low[at], high[at])
        if found is not None:
            move = np.zeros(len(self.cells), dtype=np.int64)
            move[at] = found
            self.keep(move)
        return bound

    def _bounds(self, reach: int) -> tuple[Ints, Ints]:
        low, high = np.maximum(self.floor, -reach), np.minimum(self.ceiling, reach)
        return np.where(self.still, 0, low), np.where(self.still, 0, high)

    def _together(self, part: _Part) -> None:
        """Widen many cells at once: push the open ones up, then down, by chance in the gains."""
        reach = max(int(self.need.max()), 1)
        for way in (1, -1):
            idle = 0
            for _ in range(_ROUNDS):
                lacking = np.zeros(len(self.cells), dtype=bool)
                lacking[part.places] = self.open()[part.places]
                before = int(lacking.sum())
                if not before or idle == _IDLE:
                    break
                gain = way * self._draw.integers(1, 4, len(self.cells))
                self._ask(part, np.where(lacking, gain, 0), reach)
                settled = before - int(self.open()[part.places].sum())
                idle = idle + 1 if settled < min(_WORTHWHILE, before) else 0

    def _alone(self, at: int, part: _Part, reach: int) -> tuple[bool, float]:
        """Push one cell up and down in a part; say whether that did, and how far it could go."""
        gain = np.zeros(len(self.cells), dtype=np.int64)
        bound = 0.0
        for way in (1, -1):
            gain[at] = way
            bound += self._ask(part, gain, reach)
            if self.high[at] - self.low[at] >= self.need[at]:
                return True, bound
        return False, bound

    def alone(self, at: int) -> bool:
        """Ask for one cell; say whether it has its width now.

        Short moves first: they are found sooner, and are of whole numbers more often.
        """
        near = 2 * max(int(self.need.max()), 1)
        if self._alone(at, self._whole, near)[0]:
            return True
        far = max(int(self.need.max()), 1) * (len(self.cells) + 1)
        done, bound = self._alone(at, self._whole, far)
        if done:
            return True
        if bound + _ROUNDING < self.need[at]:
            return False  # not even fractions of people would do
        for way in (1, -1):
            low, high = self._bounds(far)
            if way > 0:
                low[at] = max(low[at], self.low[at] + self.need[at])
            else:
                high[at] = min(high[at], self.high[at] - self.need[at])
            if low[at] <= high[at]:
                nothing = np.zeros(len(self.cells), dtype=np.int64)
                move = self._whole.moves.whole(nothing, low, high)
                if move is not None and self.keep(move):
                    return True
        self.furthest(at)
        return bool(self.high[at] - self.low[at] >= self.need[at])

    def furthest(self, at: int) -> None:
        """Find how far one cell can move at all, down and up."""
        gain = np.zeros(len(self.cells), dtype=np.int64)
        for way in (1, -1):
            gain[at] = way
            bound = self._ask(self._whole, gain, UNBOUNDED)
            if (self.high[at] if way > 0 else -self.low[at]) + 1 <= bound + _ROUNDING:
                move = self._whole.moves.whole(gain, *self._bounds(UNBOUNDED))
                if move is not None:
                    self.keep(move)

    def sketch(self) -> None:
        """Ask for many cells at once only: quick, and most get their width."""
        for part in (*self._parts, self._whole):
            self._together(part)

    def settle(self) -> Ints:
        """Ask until every cell has its width or has not; give those that have not."""
        near = 2 * max(int(self.need.max()), 1)
        for part in self._parts:
            if not self.open()[part.places].any():
                continue
            self._together(part)
            for at in part.places[self.open()[part.places]]:
                if self.open()[at]:
                    self._alone(int(at), part, near)
        self._together(self._whole)
        lacking = np.flatnonzero(self.open())
        failed = [at for at in lacking if self.open()[at] and not self.alone(int(at))]
        return np.array(failed, dtype=np.int64)


def prove(
    table: Table, need: Ints, grain: Floats, known: Iterable[Witness] = ()
) -> tuple[Proof, Ints]:
    """Look for two tables for each hidden cell that differ in it by the width it needs.

    Parameters
    ----------
    need
        Width in people for each cell, 0 where none is asked.
    grain
        How coarse each cell is, in any increasing scale: finer cells are asked among themselves
        first. It saves time and changes no answer.
    known
        Moves found before, to start from; those that would move a published cell are left out.

    Returns
    -------
    The proof, and the positions of cells for which it fails. A cell fails where no such tables of
    whole numbers exist, or where none were found within the solver's limit.
    """
    size = len(table)
    low, high = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    low_by, high_by = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    witnesses: list[Witness] = []
    failed: list[Ints] = []
    components = table.components(table.hidden)
    usable = by_component(table, components, known)
    for number, cells in enumerate(components):
        if not need[cells].any():
            continue
        prover = Prover(table, cells, need[cells], grain[cells])
        prover.learn(usable[number])
        failed.append(cells[prover.settle()])
        low[cells], high[cells] = prover.low, prover.high
        _credit(prover, low_by, high_by, witnesses)
    proof = Proof(low, high, low_by, high_by, tuple(witnesses))
    return proof, np.concatenate(failed) if failed else np.zeros(0, dtype=np.int64)


def by_component(
    table: Table, components: list[Ints], known: Iterable[Witness]
) -> dict[int, list[Witness]]:
    """Sort moves by the component they move in; those of published cells are left out."""
    label = table.labels(components)
    usable: dict[int, list[Witness]] = defaultdict(list)
    for witness in known:
        if not table.hidden[witness.cells].all():
            continue
        home = label[witness.cells]
        for number in np.unique(home):  # what no row links moves on its own, too
            mine = home == number
            usable[int(number)].append(Witness(witness.cells[mine], witness.change[mine]))
    return usable


def _credit(prover: Prover, low_by: Ints, high_by: Ints, witnesses: list[Witness]) -> None:
    """Note which moves made the widths, and keep only those."""
    if not len(prover.pool):
        return
    wanted = prover.need > 0
    lowest, highest = prover.pool.argmin(axis=0), prover.pool.argmax(axis=0)
    down, up = wanted & (prover.low < 0), wanted & (prover.high > 0)
    used = np.unique(np.concatenate([lowest[down], highest[up]]))
    number = {int(at): len(witnesses) + n for n, at in enumerate(used)}
    for at in used:
        changed = np.flatnonzero(prover.pool[at])
        witnesses.append(Witness(prover.cells[changed], prover.pool[at][changed]))
    low_by[prover.cells[down]] = [number[int(at)] for at in lowest[down]]
    high_by[prover.cells[up]] = [number[int(at)] for at in highest[up]]


def intervals(
    table: Table, cells: Sequence[int] | Ints | None = None
) -> dict[str, tuple[int, int]]:
    """Work out the least and the greatest count that each hidden cell can have.

    Exact where the solver's limit is not reached; beyond it the interval may be wider than said,
    never narrower. Counts are taken to be at most ``UNBOUNDED``, so an end near it is none.
    """
    found: dict[str, tuple[int, int]] = {}
    wanted = None if cells is None else {int(n) for n in cells}
    for component in table.components(table.hidden):
        asked = [n for n, c in enumerate(component) if wanted is None or int(c) in wanted]
        if not asked:
            continue
        nothing = np.zeros(len(component), dtype=np.int64)
        prover = Prover(table, component, nothing, nothing.astype(float))
        for at in asked:
            prover.furthest(at)
            value = int(table.value[component[at]])
            found[table.names[int(component[at])]] = (
                value + int(prover.low[at]),
                value + int(prover.high[at]),
            )
    return dict(sorted(found.items()))
