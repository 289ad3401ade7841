"""The solver that plays the attacker: HiGHS on changes of a table that no reader would notice.

A *move* is a change of hidden cells after which every row still adds up and every published
figure is the same. The truth plus a move is a table that an attacker cannot rule out. One thread,
a fixed seed, limits in nodes and never in seconds: the same question gets the same answer.
"""

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import _Highs  # highspy.Highs prints a banner, and callbacks are not wanted

from data.disclosure.engine.additive_table import Ints, Table

_NODES = 2_000
_NEARLY = 0.3  # share by which a cheap move may be dearer than the cheapest
_WHOLE = 1e-6  # a figure this near a whole number is one
Floats = npt.NDArray[np.float64]


class AlternativeTables:
    """The moves of some cells of a table, all others kept as they are.

    ``split`` gives every cell a column for its rise and one for its fall, so that a gain can be
    stated for the size of a change.
    """

    def __init__(self, table: Table, cells: Ints, *, split: bool = False) -> None:
        """Take the cells that may change; bounds are given with each question."""
        self.cells, self.split = cells, split
        starts, ends = table.cell_start[cells], table.cell_start[cells + 1]
        count = ends - starts
        first = np.concatenate([[0], np.cumsum(count)])
        entries = np.repeat(starts - first[:-1], count) + np.arange(first[-1])
        rows, row = np.unique(table.cell_row[entries], return_inverse=True)
        sign = table.cell_sign[entries].astype(float)
        if split:
            first = np.concatenate([first, first[1:] + first[-1]])
            row, sign = np.concatenate([row, row]), np.concatenate([sign, -sign])
        self._width = len(cells) * (2 if split else 1)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self._width, len(rows)
        nothing = np.zeros(self._width)
        program.col_cost_, program.col_lower_, program.col_upper_ = nothing, nothing, nothing
        program.row_lower_ = program.row_upper_ = np.zeros(len(rows))
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_, matrix.index_, matrix.value_ = first, row.astype(np.int32), sign
        program.sense_ = highspy.ObjSense.kMaximize
        self._columns = np.arange(self._width, dtype=np.int32)
        self._solver = _Highs()
        # The next question starts from the last answer, which presolve would throw away.
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "off"),
            # Between questions gains change without ``split``, bounds with it: the last answer then
            # stays feasible for the primal simplex, or of the best gain for the dual.
            ("simplex_strategy", 1 if split else 4),
            ("mip_max_nodes", _NODES),
        ):
            self._solver.setOptionValue(name, value)
        self._solver.passModel(program)
        self._asked = (nothing.copy(), nothing.copy(), nothing.copy())

    def _solve(self, gain: Floats, low: Floats, high: Floats) -> Floats | None:
        before, self._asked = self._asked, (gain, low, high)
        new = self._columns[gain != before[0]]
        if len(new):
            self._solver.changeColsCost(len(new), new, gain[new])
        new = self._columns[(low != before[1]) | (high != before[2])]
        if len(new):
            self._solver.changeColsBounds(len(new), new, low[new], high[new])
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)

    def best(self, gain: Ints, low: Ints, high: Ints) -> tuple[float, Ints | None]:
        """Find the move from ``low`` to ``high`` with the largest gain.

        Gives a gain that no move exceeds (infinity where the solver gave no answer), and the move
        itself where it is of whole numbers.
        """
        found = self._solve(gain.astype(float), low.astype(float), high.astype(float))
        if found is None:
            return np.inf, None
        whole = np.rint(found)
        if np.abs(found - whole).max() < _WHOLE:
            return float(whole @ gain), whole.astype(np.int64)
        return float(found @ gain), None

    def whole(self, gain: Floats | Ints, low: Ints, high: Ints) -> Ints | None:
        """Find a move of whole numbers with a large gain; None where none is found in the limit."""
        return self._branch(gain.astype(float), low.astype(float), high.astype(float), gap=0.0)

    def _branch(self, gain: Floats, low: Floats, high: Floats, *, gap: float) -> Ints | None:
        kinds, solver = highspy.HighsVarType, self._solver
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("presolve", "on")
        integer = np.full(self._width, kinds.kInteger)
        solver.changeColsIntegrality(self._width, self._columns, integer)
        self._solve(gain, low, high)
        solver.setOptionValue("presolve", "off")
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        there = solver.getInfo().primal_solution_status == feasible
        found = np.array(solver.getSolution().col_value) if there else None
        continuous = np.full(self._width, kinds.kContinuous)
        solver.changeColsIntegrality(self._width, self._columns, continuous)
        return None if found is None else np.rint(found).astype(np.int64)

    def cheapest(self, cost: Floats, low: Ints, high: Ints) -> Ints | None:
        """Find a move of whole numbers of small cost by size of change (with ``split``).

        ``low`` and ``high`` bound each cell's change. None where there is none, or none was found
        within the limit.
        """
        least = np.concatenate([np.maximum(low, 0), np.maximum(-high, 0)]).astype(float)
        most = np.concatenate([np.maximum(high, 0), np.maximum(-low, 0)]).astype(float)
        gain = -np.concatenate([cost, cost])
        found = self._solve(gain, least, most)
        if found is None:
            return None
        whole = np.rint(found).astype(np.int64)
        if np.abs(found - whole).max() >= _WHOLE:
            branched = self._branch(gain, least, most, gap=_NEARLY)
            if branched is None:
                return None
            whole = branched
        return whole[: len(cost)] - whole[len(cost) :]
