"""Frozen periods: a period that was released keeps its records until the yearly restatement.

A frame of frozen periods has `FROZEN_COLUMNS`: ``indicator``; ``period``, the code of a native
period; ``last_batch``, the last batch whose records count; ``version``, the number of the
restatement that changed it last, 0 for none; ``set_by``, the number of the request that froze it;
``place_code``, empty for every place, or the place whose report waits since a restatement.
"""

import contextlib
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from data.model import Calendar, Indicator, PeriodKind
from data.reference import calendar

FROZEN_COLUMNS = ["indicator", "period", "last_batch", "version", "set_by", "place_code"]
EVERY_PLACE = ""


def is_within(period: str, longer: str) -> bool:
    """Return whether a period is part of a longer one of the same calendar, or is the same.

    Parameters
    ----------
    period, longer
        Codes of periods.

    Examples
    --------
    >>> is_within("ad-2023-q2", "ad-2023")
    True
    >>> is_within("ad-2023-q2", "bs-2080")
    False
    """
    return (
        calendar.parse_period(period).within(calendar.parse_period(longer))
        and period[:2] == longer[:2]
    )


def unfreeze_year(frozen: pd.DataFrame, restates: str | None) -> pd.DataFrame:
    """Return the frozen periods that stay frozen.

    Parameters
    ----------
    frozen
        Frozen periods (`FROZEN_COLUMNS`).
    restates
        Code of the year to restate, whose periods are left out; None for no restatement.
    """
    if restates is None:
        return frozen
    inside = {code for code in frozen["period"].unique() if is_within(code, restates)}
    return frozen[~frozen["period"].isin(inside)].reset_index(drop=True)


def newest_entries(frozen: pd.DataFrame) -> pd.DataFrame:
    """Return the entries that count among those of several certificates.

    The later entry of a period counts, because a restatement is for both audiences. It ends what
    waited since an earlier restatement.

    Parameters
    ----------
    frozen
        Frozen periods (`FROZEN_COLUMNS`).
    """
    ordered = frozen.sort_values("set_by", kind="stable")
    ordered = ordered.drop_duplicates(["indicator", "period", "place_code"], keep="last")
    whole = ordered[ordered["place_code"].eq(EVERY_PLACE)].set_index(["indicator", "period"])
    keys = pd.MultiIndex.from_frame(ordered[["indicator", "period"]])
    restated = whole["version"].reindex(keys).fillna(0).to_numpy()
    over = ordered["place_code"].ne(EVERY_PLACE) & (ordered["version"] < restated)
    return ordered[~over].reset_index(drop=True)


def last_entries(frozen: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """Return the last batch that counts for each record, missing if its period is not frozen.

    Parameters
    ----------
    frozen
        Frozen periods (`FROZEN_COLUMNS`), one entry each.
    records
        Frame with ``indicator``, ``period`` and ``place_code``.
    """
    of_place = frozen["place_code"].ne(EVERY_PLACE)
    names = ["indicator", "period", "place_code"]
    whole = frozen[~of_place].set_index(names[:2])["last_batch"]
    own = frozen[of_place].set_index(names)["last_batch"]
    until = whole.reindex(pd.MultiIndex.from_frame(records[names[:2]])).to_numpy(dtype=float)
    if len(own):
        mine = own.reindex(pd.MultiIndex.from_frame(records[names])).to_numpy(dtype=float)
        until = np.where(np.isnan(mine), until, mine)
    return pd.Series(until, index=records.index)


def restatement_versions(
    new: pd.DataFrame, frozen: pd.DataFrame, restates: str | None, number: int
) -> pd.Series:
    """Return the number of the restatement that changed the records of each cell last.

    Parameters
    ----------
    new
        Cells with ``indicator`` and ``period``.
    frozen
        Frozen periods (`FROZEN_COLUMNS`).
    restates
        Code of the year that this release restates, or None.
    number
        Number of this release's request, for the cells of that year.

    Returns
    -------
    Integers on the index of ``new``, 0 for cells that were never restated.
    """
    inside = {
        code: restates is not None and is_within(code, restates) for code in new["period"].unique()
    }
    restated = frozen[frozen["version"] > 0]
    found: dict[tuple[str, str], int] = {}
    for indicator, period in set(zip(new["indicator"], new["period"], strict=True)):
        mine = restated[restated["indicator"] == indicator]
        numbers = [
            int(version)
            for native, version in zip(mine["period"], mine["version"], strict=True)
            if is_within(native, period)
        ]
        found[indicator, period] = number if inside[period] else max(numbers, default=0)
    pairs = zip(new["indicator"], new["period"], strict=True)
    return pd.Series([found[pair] for pair in pairs], index=new.index, dtype="int64")


def freeze(
    frozen: pd.DataFrame,
    cells: pd.DataFrame,
    records: pd.DataFrame,
    last_batch: int,
    number: int,
    restates: str | None,
    indicators: Mapping[str, Indicator],
) -> pd.DataFrame:
    """Freeze every native period from which a new cell was made, or would have been.

    A month that nobody reported is frozen with its quarter, if no shorter period has cells of its
    own: a later report of it would change the quarter, so it waits for the restatement.

    Parameters
    ----------
    frozen
        Periods that are frozen already (`FROZEN_COLUMNS`).
    cells
        New cells with ``indicator`` and ``period``.
    records
        Records they were made from, with ``indicator`` and native ``period``.
    last_batch
        Last batch whose records count.
    number
        Number of the request.
    restates
        Code of the year that the release restates, or None.
    indicators
        All indicators, by code: their designs say which periods have cells.

    Returns
    -------
    All frozen periods (`FROZEN_COLUMNS`) on a new index.
    """
    native_periods: dict[str, list[str]] = {
        str(code): sorted(group["period"].unique()) for code, group in records.groupby("indicator")
    }
    month = PeriodKind.MONTH
    in_months = {
        code: {each.calendar for each in map(calendar.parse_period, natives) if each.kind is month}
        for code, natives in native_periods.items()
    }
    whole = frozen[frozen["place_code"].eq(EVERY_PLACE)]
    known = set(zip(whole["indicator"], whole["period"], strict=True))
    rows = []
    for indicator, period in sorted(set(zip(cells["indicator"], cells["period"], strict=True))):
        inside = set()
        if _is_shortest(period, indicators[indicator]):
            inside = _months_of(period, in_months.get(indicator, set()))
        inside |= {each for each in native_periods.get(indicator, []) if is_within(each, period)}
        for native in sorted(inside):
            if (indicator, native) not in known:
                known.add((indicator, native))
                version = number if restates is not None and is_within(native, restates) else 0
                rows.append((indicator, native, last_batch, version, number, EVERY_PLACE))
    more = pd.DataFrame(rows, columns=FROZEN_COLUMNS)
    return pd.concat([part for part in (frozen, more) if len(part)] or [more], ignore_index=True)


def _is_shortest(period: str, indicator: Indicator) -> bool:
    """Return whether no shorter period within a period can have a cell of the indicator."""
    whole = calendar.parse_period(period)
    for kind in {kind for design in indicator.designs.values() for kind in design.period_kinds}:
        with contextlib.suppress(ValueError):  # it is no part of the period
            if kind is not whole.kind and calendar.parts(whole, kind):
                return False
    return True


def _months_of(period: str, calendars: Collection[Calendar]) -> set[str]:
    """Return the months of a period, if it is of one of some calendars."""
    whole = calendar.parse_period(period)
    if whole.calendar not in calendars:
        return set()
    return {part.code for part in calendar.parts(whole, PeriodKind.MONTH)}
