"""Figures that were shown by mistake, and that later releases withhold.

A figure is an indicator, a unit and a period, with all its cells by sex and age. Whoever saw it
knows it, so the audit goes on counting it as known: it needs no width, it is no hidden part of a
whole, and no other figure relies on it. It is taken out of what is shown, and out of that alone. A
figure that was never shown, because a restatement changed it, is suppressed like any other one.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools
from data.model import Audience, Status

FIGURE_KEY = ["indicator", "unit_code", "period"]
Withheld = frozenset[tuple[str, str, str]]
NOTHING_WITHHELD: Withheld = frozenset()


def are_withheld(cells: pd.DataFrame, withheld: Withheld) -> Bools:
    """Return which cells belong to a withheld figure.

    Parameters
    ----------
    cells
        Frame with `FIGURE_KEY`.
    withheld
        Codes of indicator, unit and period.
    """
    if not withheld:
        return np.zeros(len(cells), dtype=bool)
    keys = zip(*(cells[name] for name in FIGURE_KEY), strict=True)
    return np.fromiter((key in withheld for key in keys), dtype=bool, count=len(cells))


def suppress_unseen(
    new: pd.DataFrame,
    *,
    audience: Audience,
    published: Mapping[Audience, pd.DataFrame],
    withheld: Withheld,
) -> pd.DataFrame:
    """Suppress the new cells of withheld figures, unless the audience was shown the same before.

    Parameters
    ----------
    new
        Cells of the release, before the gate (`PUBLISHED_COLUMNS`).
    audience
        Whom the release is for.
    published
        Everything that each audience was ever shown (`PUBLISHED_COLUMNS`).
    withheld
        What is withheld from the audience.

    Returns
    -------
    The new cells with their statuses, on the index of ``new``.
    """
    mine = are_withheld(new, withheld)
    if not mine.any():
        return new
    sides = tuple(Audience) if audience is Audience.PARTNER else (Audience.PUBLIC,)
    names = [*CELL_KEY, "display", "value"]
    seen: set[tuple[object, ...]] = set()
    for side in sides:
        before = published[side]
        shown = before[before["status"].eq(Status.PUBLISHED.value) & before["value"].notna()]
        seen.update(zip(*(shown[name] for name in names), strict=True))
    rows = zip(*(new[name] for name in names), strict=True)
    unseen = [own and row not in seen for own, row in zip(mine.tolist(), rows, strict=True)]
    hide = new["status"].eq(Status.PUBLISHED.value) & np.array(unseen, dtype=bool)
    return new.assign(status=new["status"].mask(hide, Status.SUPPRESSED.value))


def withhold(cells: pd.DataFrame, withheld: Withheld) -> pd.DataFrame:
    """Return cells as they are shown: those of withheld figures are suppressed.

    Parameters
    ----------
    cells
        Frame with `FIGURE_KEY` and ``status``.
    withheld
        What is withheld from the audience.
    """
    hide = cells["status"].eq(Status.PUBLISHED.value) & are_withheld(cells, withheld)
    return cells.assign(status=cells["status"].mask(hide, Status.SUPPRESSED.value))


def count_withheld(cells: pd.DataFrame, withheld: Withheld) -> int:
    """Return how many withheld figures have a suppressed cell in a release.

    Parameters
    ----------
    cells
        Cells as they are shown, from `withhold`.
    withheld
        What is withheld from the audience.
    """
    mine = are_withheld(cells, withheld) & cells["status"].eq(Status.SUPPRESSED.value)
    return len(cells.loc[mine, FIGURE_KEY].drop_duplicates())
