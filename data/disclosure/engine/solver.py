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

    The methods return changes by position in ``cells``, and take the bounds of each change.

    Parameters
    ----------
    table
        The true table.
    cells
        Positions of the cells that may change; all others keep their counts.
    split_signs
        Give every cell one column for an increase and one for a decrease, so that the size of a
        change can have a cost. `minimise_cost` needs it.

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

    def __init__(self, table: Table, cells: Ints, *, split_signs: bool = False) -> None:
        self.cells = cells
        starts, ends = table.cell_start[cells], table.cell_start[cells + 1]
        count = ends - starts
        first = np.concatenate([[0], np.cumsum(count)])
        entries = np.repeat(starts - first[:-1], count) + np.arange(first[-1])
        rows, row = np.unique(table.cell_row[entries], return_inverse=True)
        sign = table.cell_sign[entries].astype(float)
        if split_signs:
            first = np.concatenate([first, first[1:] + first[-1]])
            row, sign = np.concatenate([row, row]), np.concatenate([sign, -sign])
        self._column_count = len(cells) * (2 if split_signs else 1)
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
        # Each programme starts from the last solution, which presolve would throw away.
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("presolve", "off"),
            # Without ``split_signs`` mostly the gains change between programmes, so the last
            # solution stays feasible for the primal simplex (4). With it the bounds change, and
            # the last solution stays feasible for the dual simplex (1).
            ("simplex_strategy", 1 if split_signs else 4),
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
        found = self._solve(gain.astype(float), least.astype(float), most.astype(float))
        if found is None:
            return np.inf, None
        integers = np.rint(found)
        if np.abs(found - integers).max() < _INTEGER_TOLERANCE:
            return float(integers @ gain), integers.astype(np.int64)
        return float(found @ gain), None

    def maximise_integer(self, gain: Floats | Ints, least: Ints, most: Ints) -> Ints | None:
        """Return a change in whole numbers with a large gain; None if the node limit is reached.

        The parameters are those of `maximise`; this is slower, by branch and bound.
        """
        return self._branch_and_bound(
            gain.astype(float), least.astype(float), most.astype(float), gap=0.0
        )

    def _branch_and_bound(
        self, gain: Floats, least: Floats, most: Floats, *, gap: float
    ) -> Ints | None:
        kinds, solver = highspy.HighsVarType, self._solver
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("presolve", "on")
        integer = np.full(self._column_count, kinds.kInteger)
        solver.changeColsIntegrality(self._column_count, self._columns, integer)
        self._solve(gain, least, most)
        solver.setOptionValue("presolve", "off")
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        solved = solver.getInfo().primal_solution_status == feasible
        found = np.array(solver.getSolution().col_value) if solved else None
        continuous = np.full(self._column_count, kinds.kContinuous)
        solver.changeColsIntegrality(self._column_count, self._columns, continuous)
        return None if found is None else np.rint(found).astype(np.int64)

    def minimise_cost(self, cost: Floats, least: Ints, most: Ints) -> Ints | None:
        """Return a change in whole numbers with a small cost; needs ``split_signs``.

        Parameters
        ----------
        cost
            Cost per person by which a cell increases or decreases.
        least, most
            Bounds of each change, both inclusive.

        Returns
        -------
        The change, or None if there is none or the node limit is reached.
        """
        lower = np.concatenate([np.maximum(least, 0), np.maximum(-most, 0)]).astype(float)
        upper = np.concatenate([np.maximum(most, 0), np.maximum(-least, 0)]).astype(float)
        gain = -np.concatenate([cost, cost])
        found = self._solve(gain, lower, upper)
        if found is None:
            return None
        integers = np.rint(found).astype(np.int64)
        if np.abs(found - integers).max() >= _INTEGER_TOLERANCE:
            branched = self._branch_and_bound(gain, lower, upper, gap=_RELATIVE_GAP)
            if branched is None:
                return None
            integers = branched
        return integers[: len(cost)] - integers[len(cost) :]
