"""Linear and integer programmes over alternative tables, solved with HiGHS.

An alternative table agrees with everything published: every row adds up and no published cell
differs from the true table. It is written as its *change*, the difference from the true table. The
solver uses one thread, a fixed seed, and limits in nodes instead of seconds, so the same programme
always has the same result.
"""

import highspy
import numpy as np
import numpy.typing as npt
from highspy._core import _Highs  # highspy.Highs prints a banner and starts callbacks

from data.disclosure.engine.additive_table import Ints, Table

_NODE_LIMIT = 2_000
_RELATIVE_GAP = 0.3  # a cheap change may cost this share more than the cheapest
_INTEGER_TOLERANCE = 1e-6
Floats = npt.NDArray[np.float64]


class AlternativeTables:
    """The alternative tables that differ from the true table in some cells only.

    The methods return changes by position in ``cells``, and take the bounds of each change. Every
    cell has one column for an increase and one for a decrease. So no change is where the solver
    begins, and the size of a change can have a cost.

    Parameters
    ----------
    table
        The true table.
    cells
        Positions of the cells that may change; all others keep their counts.

    Examples
    --------
    If all children are published and boys and girls are suppressed, one more girl is one boy less:

    >>> table = Table.of(
    ...     ["all", "boys", "girls"],
    ...     [14, 11, 3],
    ...     suppressed=[False, True, True],
    ...     rows=[(0, [1, 2])],
    ... )
    >>> alternatives = AlternativeTables(table, np.array([1, 2]))
    >>> gain, least, most = np.array([0, 1]), np.array([-11, -3]), np.array([99, 99])
    >>> bound, change = alternatives.maximise(gain, least, most)
    >>> bound, change.tolist()
    (11.0, [-11, 11])
    """

    def __init__(self, table: Table, cells: Ints) -> None:
        self.cells = cells
        starts, ends = table.cell_start[cells], table.cell_start[cells + 1]
        count = ends - starts
        first = np.concatenate([[0], np.cumsum(count)])
        entries = np.repeat(starts - first[:-1], count) + np.arange(first[-1])
        rows, row = np.unique(table.cell_row[entries], return_inverse=True)
        sign = table.cell_sign[entries].astype(float)
        first = np.concatenate([first, first[1:] + first[-1]])
        row, sign = np.concatenate([row, row]), np.concatenate([sign, -sign])
        self._column_count = 2 * len(cells)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = self._column_count, len(rows)
        zeros = np.zeros(self._column_count)
        program.col_cost_, program.col_lower_, program.col_upper_ = zeros, zeros, zeros
        program.row_lower_ = program.row_upper_ = np.zeros(len(rows))
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_, matrix.index_, matrix.value_ = first, row.astype(np.int32), sign
        program.sense_ = highspy.ObjSense.kMaximize
        self._columns = np.arange(self._column_count, dtype=np.int32)
        self._solver = _Highs()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "off"),
            ("simplex_strategy", 1),  # dual
            ("mip_max_nodes", _NODE_LIMIT),
        ):
            self._solver.setOptionValue(name, value)
        self._solver.passModel(program)
        self._programme = (zeros.copy(), zeros.copy(), zeros.copy())

    def _solve(self, gain: Floats, least: Floats, most: Floats) -> Floats | None:
        before, self._programme = self._programme, (gain, least, most)
        new = self._columns[gain != before[0]]
        if len(new):
            self._solver.changeColsCost(len(new), new, gain[new])
        new = self._columns[(least != before[1]) | (most != before[2])]
        if len(new):
            self._solver.changeColsBounds(len(new), new, least[new], most[new])
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)

    def maximise(self, gain: Ints, least: Ints, most: Ints) -> tuple[float, Ints | None]:
        """Find the change with the largest total gain, by linear programming.

        Parameters
        ----------
        gain
            Gain per person by which a cell increases.
        least, most
            Bounds of each change, both inclusive.

        Returns
        -------
        A gain that no change exceeds (infinity if the solver found no solution), and the change
        itself if it has whole numbers only, else None.
        """
        self._forget_solution()
        found = self._solve(_columns(gain, -gain), *_column_bounds(least, most))
        if found is None:
            return np.inf, None
        change = _changes(found)
        integers = np.rint(change)
        if np.abs(change - integers).max() < _INTEGER_TOLERANCE:
            return float(integers @ gain), integers.astype(np.int64)
        return float(change @ gain), None

    def maximise_integer(self, gain: Floats | Ints, least: Ints, most: Ints) -> Ints | None:
        """Return a change in whole numbers with a large gain; None if the node limit is reached.

        The parameters are those of `maximise`; this is slower, by branch and bound.
        """
        bounds = _column_bounds(least, most)
        return self._branch_and_bound(_columns(gain, -gain), *bounds, gap=0.0)

    def _forget_solution(self) -> None:
        """Begin at no change. The way from the last solution is longer in most programmes."""
        self._solver.clearSolver()

    def _branch_and_bound(
        self, gain: Floats, lower: Floats, upper: Floats, *, gap: float
    ) -> Ints | None:
        kinds, solver = highspy.HighsVarType, self._solver
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("presolve", "on")
        integer = np.full(self._column_count, kinds.kInteger)
        solver.changeColsIntegrality(self._column_count, self._columns, integer)
        self._solve(gain, lower, upper)
        solver.setOptionValue("presolve", "off")
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        solved = solver.getInfo().primal_solution_status == feasible
        found = np.array(solver.getSolution().col_value) if solved else None
        continuous = np.full(self._column_count, kinds.kContinuous)
        solver.changeColsIntegrality(self._column_count, self._columns, continuous)
        return None if found is None else np.rint(_changes(found)).astype(np.int64)

    def minimise_cost(
        self, cost: Floats, least: Ints, most: Ints, *, go_on: bool = False
    ) -> Ints | None:
        """Return a change in whole numbers with a small cost.

        Parameters
        ----------
        cost
            Cost per person by which a cell increases or decreases.
        least, most
            Bounds of each change, both inclusive.
        go_on
            Whether to begin at the last change, because only the costs are new.

        Returns
        -------
        The change, or None if there is none or the node limit is reached.
        """
        if not go_on:
            self._forget_solution()
        gain, bounds = -_columns(cost, cost), _column_bounds(least, most)
        found = self._solve(gain, *bounds)
        if found is None:
            return None
        integers = np.rint(found)
        if np.abs(found - integers).max() >= _INTEGER_TOLERANCE:
            return self._branch_and_bound(gain, *bounds, gap=_RELATIVE_GAP)
        return _changes(integers).astype(np.int64)


def _columns(increase: Floats | Ints, decrease: Floats | Ints) -> Floats:
    return np.concatenate([increase, decrease]).astype(float)


def _column_bounds(least: Ints, most: Ints) -> tuple[Floats, Floats]:
    """Return the bounds of the columns for changes within bounds."""
    lower = _columns(np.maximum(least, 0), np.maximum(-most, 0))
    return lower, _columns(np.maximum(most, 0), np.maximum(-least, 0))


def _changes(columns: Floats) -> Floats:
    """Return the change of each cell: its increase less its decrease."""
    count = len(columns) // 2
    return columns[:count] - columns[count:]
