"""What published figures of one indicator tell of suppressed figures of another.

Where no session was held, nobody was present at one; and every group has members. Everybody who is
shown the one figure knows this of the other (`data.reference.relations`).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import UNBOUNDED, Bools, Ints
from data.model import AgeBand, Aggregation, Audience, Indicator, Sex, Status
from data.reference import calendar
from data.reference.relations import Relations
from data.reference.unit_codes import ancestors

Place = tuple[str, str]  # codes of a unit and a period


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Bounds that follow from related figures; arrays of shape (variables,), both inclusive."""

    least: Ints
    most: Ints

    @property
    def known(self) -> Bools:
        """Which variables are known exactly."""
        return self.least == self.most


def shown_figures(
    reader: Audience,
    published: Mapping[Audience, pd.DataFrame],
    relations: Relations,
    indicators: Mapping[str, Indicator],
    *,
    hidden_too: bool = False,
) -> pd.DataFrame:
    """Return the figures that tell one reader something of others.

    Parameters
    ----------
    reader
        Whose knowledge; partners see the public side too.
    published
        What each audience was ever shown (`PUBLISHED_COLUMNS` of `data.disclosure.attacker_table`).
    relations
        Relations of the policy.
    indicators
        All indicators, by code.
    hidden_too
        Whether figures that somebody chose to hide are among them. No audit protects a count of
        events, so an attacker can work it out from the total. An audit must ask for them.

    Returns
    -------
    Frame with the columns of ``published``, wholes over sex and age that are shown as numbers; and
    ``stock``, whether the figure is counted at the end of its period.
    """
    sides = tuple(Audience) if reader is Audience.PARTNER else (Audience.PUBLIC,)
    telling = relations.telling()
    statuses = [Status.PUBLISHED.value, *([Status.SUPPRESSED.value] if hidden_too else [])]
    found = []
    for side in sides:
        cells = published[side]
        mine = cells["indicator"].isin(telling) & cells["value"].notna()
        mine &= cells["status"].isin(statuses) & cells["display"].eq("number")
        mine &= cells["sex"].eq(Sex.ALL.value) & cells["age_band"].eq(AgeBand.ALL.value)
        found.append(cells[mine])
    shown = pd.concat(found).drop_duplicates([*CELL_KEY, "version"])
    stocks = {c for c, each in indicators.items() if each.aggregation is Aggregation.STOCK}
    return shown.assign(stock=shown["indicator"].isin(stocks))


def bounds_of(
    entries: pd.DataFrame,
    values: Ints,
    *,
    shown: pd.DataFrame,
    relations: Relations,
) -> Bounds:
    """Return what related figures tell of the variables of an attacker's table.

    Parameters
    ----------
    entries
        Versions of cells: `CELL_KEY`, ``version``, and ``variable``, a position in ``values``.
    values
        True value of each variable. What a relation says wrongly of it is left out, because an
        attacker would find a contradiction there and not a bound.
    shown
        From `shown_figures`.
    """
    least = np.zeros(len(values), dtype=np.int64)
    most = np.full(len(values), UNBOUNDED, dtype=np.int64)
    people = {code for each in relations.none_without for code in each.people}
    people |= {each.figure for each in relations.at_least}
    entries = entries[entries["indicator"].isin(people)]
    if shown.empty or entries.empty:
        return Bounds(least, most)
    for version in sorted({*entries["version"], *shown["version"]}):
        told = _Told(_newest(shown, version), relations)
        cells = _newest(entries, version)
        columns = [*CELL_KEY, "variable"]
        for code, unit, period, sex, age, at in zip(*(cells[c] for c in columns), strict=True):
            if told.is_none(code, unit, period) and values[at] == 0:
                most[at] = 0
            elif sex == Sex.ALL.value and age == AgeBand.ALL.value:
                low = told.least(code, unit, period)
                if least[at] < low <= values[at]:
                    least[at] = low
    return Bounds(least, most)


def known_to_be_none(cells: pd.DataFrame, shown: pd.DataFrame, relations: Relations) -> Bools:
    """Return which cells are 0 because a related figure that is shown is 0.

    Parameters
    ----------
    cells
        `CELL_KEY`, ``version`` and ``value``.
    shown, relations
        As for `bounds_of`.
    """
    values = cells["value"].fillna(-1).to_numpy(dtype=np.int64)
    entries = cells[[*CELL_KEY, "version"]].assign(variable=np.arange(len(cells)))
    bounds = bounds_of(entries, values, shown=shown, relations=relations)
    return (values == 0) & bounds.known


class _Told:
    """What related figures of one time tell, by the indicator that they tell something of."""

    def __init__(self, shown: pd.DataFrame, relations: Relations) -> None:
        by_code: dict[str, dict[Place, int]] = defaultdict(dict)
        columns = ("indicator", "unit_code", "period", "value")
        for code, unit, period, value in zip(*(shown[c] for c in columns), strict=True):
            by_code[code][unit, period] = int(value)
        self._none: dict[str, list[tuple[frozenset[Place], frozenset[str], bool]]] = defaultdict(
            list
        )
        for relation in relations.none_without:
            none = frozenset(at for at, value in by_code[relation.events].items() if value == 0)
            if not none:
                continue
            # What is counted at the end of a period says nothing of an earlier day.
            stock = bool(shown.loc[shown["indicator"].eq(relation.events), "stock"].any())
            periods = frozenset(period for _unit, period in none)
            for code in relation.people:
                self._none[code].append((none, periods, stock))
        self._least = [(each.figure, by_code[each.each], each.least) for each in relations.at_least]

    def is_none(self, code: str, unit: str, period: str) -> bool:
        """Return whether a figure must be 0, because events of it or of what holds it are."""
        for none, periods, stock in self._none.get(code, ()):
            longer = [period] if stock else _around(period, periods)
            units = (unit, *ancestors(unit))
            if any((place, span) in none for span in longer for place in units):
                return True
        return False

    def least(self, code: str, unit: str, period: str) -> int:
        """Return the least that a figure can be."""
        found = (
            least * by_place.get((unit, period), 0)
            for figure, by_place, least in self._least
            if figure == code
        )
        return max(found, default=0)


@cache
def _around(period: str, periods: frozenset[str]) -> tuple[str, ...]:
    """Return those of some periods that a period is or lies in."""
    own = calendar.parse_period(period)
    return tuple(code for code in sorted(periods) if own.within(calendar.parse_period(code)))


def _newest(cells: pd.DataFrame, version: int) -> pd.DataFrame:
    """Return the version of each cell that was the newest one at a time."""
    known = cells[cells["version"] <= version].sort_values("version", kind="stable")
    return known.drop_duplicates(CELL_KEY, keep="last")
