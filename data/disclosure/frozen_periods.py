"""Which records count as they were: a period that was released keeps its figures for everybody.

A frame of frozen periods has ``indicator``, native ``period``, ``last_batch`` (what came later
waits), ``version`` (the restatement that it was last changed by) and ``set_by`` (a request).
"""

import pandas as pd

from data.reference import calendar

FROZEN_COLUMNS = ["indicator", "period", "last_batch", "version", "set_by"]


def is_within(period: str, longer: str) -> bool:
    """Say whether a period is part of a longer one of the same calendar."""
    return (
        calendar.parse_period(period).within(calendar.parse_period(longer))
        and period[:2] == longer[:2]
    )


def unfreeze_year(frozen: pd.DataFrame, restates: str | None) -> pd.DataFrame:
    """Leave out the periods of a year that is to be restated."""
    if restates is None:
        return frozen
    inside = {code for code in frozen["period"].unique() if is_within(code, restates)}
    return frozen[~frozen["period"].isin(inside)].reset_index(drop=True)


def restatement_versions(
    new: pd.DataFrame, frozen: pd.DataFrame, restates: str | None, number: int
) -> pd.Series:
    """Give each cell the restatement that its records were last changed by, 0 for none."""
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
) -> pd.DataFrame:
    """Freeze every native period that a new cell was made of."""
    natives: dict[str, list[str]] = {
        str(code): sorted(group["period"].unique()) for code, group in records.groupby("indicator")
    }
    known = set(zip(frozen["indicator"], frozen["period"], strict=True))
    rows = []
    for indicator, period in sorted(set(zip(cells["indicator"], cells["period"], strict=True))):
        for native in natives.get(indicator, []):
            if (indicator, native) not in known and is_within(native, period):
                known.add((indicator, native))
                version = number if restates is not None and is_within(native, restates) else 0
                rows.append((indicator, native, last_batch, version, number))
    more = pd.DataFrame(rows, columns=FROZEN_COLUMNS)
    return pd.concat([part for part in (frozen, more) if len(part)] or [more], ignore_index=True)
