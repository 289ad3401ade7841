"""When a sign of a local committee expires: from rows of dated evidence to the last day of each.

The terms are those of ``reference/ladder.toml``; fiscal years and trimesters are the calendar's. A
last day beyond the verified calendar is later than any day that can be asked for; it is `BEYOND`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from data.committees.ladder import Ladder, SignRule, Term
from data.reference import calendar
from data.reference.calendar import UnverifiedYearError

BEYOND = pd.Timestamp(2200, 1, 1)
DAYS: Final = "datetime64[us]"
_NEEDED = ("unit_code", "sign", "signed_on", "value")
_SHRAWAN, _MONTHS_IN_TRIMESTER, _TRIMESTERS, _MONTHS_IN_YEAR = 4, 4, 3, 12


def prepare_evidence(signs: pd.DataFrame, on: date) -> pd.DataFrame:
    """Return the signs up to a day, oldest first.

    Returns
    -------
    A frame with ``at`` (position in ``signs``), ``palika``, ``sign``, ``day``, ``value`` and
    ``voided``: the last day before the palika reports that it has no committee or, for such a
    report, before a committee is formed. `BEYOND` where neither follows.

    Raises
    ------
    ValueError
        For a missing column or a sign without a day.
    """
    if missing := [name for name in _NEEDED if name not in signs]:
        raise ValueError(f"signs: no column {', '.join(missing)}")
    rows = pd.DataFrame(
        {
            "at": np.arange(len(signs)),
            "palika": signs["unit_code"].astype(str).to_numpy(),
            "sign": signs["sign"].astype(str).to_numpy(),
            "day": pd.to_datetime(signs["signed_on"]).astype(DAYS).to_numpy(),
            "value": pd.to_numeric(signs["value"])
            .astype("Float64")
            .to_numpy(float, na_value=np.nan),
        }
    )
    if rows["day"].isna().any():
        raise ValueError("signs: a sign has no day")
    rows = rows[rows["day"] <= pd.Timestamp(on)].sort_values(["day", "at"], ignore_index=True)
    rows["voided"] = pd.Series(BEYOND, index=rows.index, dtype=DAYS)
    denied = rows["sign"] == "not_formed"
    if denied.any():
        # A committee formed on the same day overrides the report that there is none.
        formed = _day_before(rows, "formed", same_day=True)
        rows["voided"] = _day_before(rows, "not_formed", same_day=False).mask(denied, formed)
    return rows


def _day_before(rows: pd.DataFrame, sign: str, *, same_day: bool) -> pd.Series:
    """Return the day before the palika's next row of a sign, `BEYOND` if there is none."""
    following = rows.loc[rows["sign"] == sign, ["palika", "day"]].assign(next=lambda f: f["day"])
    met = pd.merge_asof(
        rows[["palika", "day"]],
        following,
        on="day",
        by="palika",
        direction="forward",
        allow_exact_matches=same_day,
    )
    return (met["next"] - pd.Timedelta(days=1)).fillna(BEYOND).astype(DAYS)


def _trimester(day: date) -> int:
    """Return the number of a day's trimester, from fiscal year 0; 0 before the verified calendar.

    `calendar.containing` would refuse the last trimester of the table, whose end is not in it.
    """
    try:
        bs = calendar.to_bs(day)
    except UnverifiedYearError:
        return 0
    part = (bs.month - _SHRAWAN) % _MONTHS_IN_YEAR // _MONTHS_IN_TRIMESTER
    return (bs.year - (bs.month < _SHRAWAN)) * _TRIMESTERS + part


def fiscal_year(day: date) -> int:
    """Return the Nepali year in which a day's fiscal year begins; 0 before the calendar."""
    return _trimester(day) // _TRIMESTERS


def last_day_of(code: str) -> date | None:
    """Return the last day of a Nepali period, given its code.

    `BEYOND` for a period after the verified calendar, None for one before it.
    """
    try:
        return calendar.parse_period(code).end
    except UnverifiedYearError:
        # A period before the calendar has no last day here; its sign no longer holds.
        known = int(code.split("-")[1]) >= calendar.verified_years()[0]
        return BEYOND.date() if known else None


def _close_trimester(number: int) -> date | None:
    year, part = divmod(number, _TRIMESTERS)
    return last_day_of(f"bs-{year:04d}-t{part + 1}")


def _mapped(numbers: pd.Series, close: dict[int, date | None]) -> pd.Series:
    return numbers.map(close).astype(DAYS)


def _until_trimester(mine: pd.DataFrame, asked: int) -> pd.Series:
    """Return the last day that each meeting supports.

    Meetings must be held in each of ``asked`` trimesters in a row; the sign then holds for one
    trimester more. A report that there is no committee ends such a run.
    """
    # One number line for all committees, far enough apart that no run reaches the next one.
    apart = 100_000
    committee = mine.groupby(["palika", "voided"]).ngroup()
    met, place = np.unique((committee * apart + mine["trimester"]).to_numpy(), return_inverse=True)
    starts = np.flatnonzero(np.diff(met, prepend=-apart) != 1)
    length = np.diff(starts, append=len(met))
    run_end = np.repeat(met[starts] + length - 1, length)
    # A meeting may be the first of `asked` in a row, or near the end of the run.
    newest = np.minimum(met + asked - 1, run_end) % apart
    due = np.where(np.repeat(length, length) >= asked, newest + 1, 0)
    close = {n: _close_trimester(n) for n in np.unique(due).tolist()}
    return _mapped(pd.Series(due[place], index=mine.index), close)


def _until_fiscal_year(mine: pd.DataFrame, years: int) -> pd.Series:
    """Return the last day of each sign of a fiscal year; the year's newest sign counts."""
    year = mine["trimester"] // _TRIMESTERS
    newest = mine.groupby(["palika", year])["day"].transform("max")
    until = _mapped(year, {n: last_day_of(f"bs-{n + years - 1:04d}") for n in year.unique()})
    return until.where(mine["day"] == newest)


def _earlier(until: pd.Series, cap: pd.Series) -> pd.Series:
    return until.mask(until > cap, cap)


def _until(mine: pd.DataFrame, rule: SignRule, elections: Sequence[date]) -> pd.Series:
    """Return the last day on which each row of one sign holds, on the index of ``mine``."""
    stated = mine if rule.least is None else mine[mine["value"].notna()]
    if rule.term is Term.MONTHS:
        until = stated["day"] + pd.DateOffset(months=rule.length)
    elif rule.term is Term.TRIMESTERS:
        until = _until_trimester(stated, rule.length)
    else:
        until = _until_fiscal_year(stated, rule.length)
    if rule.least is not None:
        until = until.where(stated["value"] >= rule.least)
    if rule.after_election_days is not None:
        grace = timedelta(days=rule.after_election_days)
        caps = np.array([*(day + grace for day in elections), BEYOND], dtype=DAYS)
        following = np.searchsorted(np.array(elections, dtype=DAYS), stated["day"].to_numpy())
        until = _earlier(until, pd.Series(caps[following], index=stated.index))
    if rule.committee or rule.rung == 0:
        until = _earlier(until, stated["voided"])
    return until.where(until >= stated["day"]).astype(DAYS)


def add_last_days(rows: pd.DataFrame, ladder: Ladder) -> pd.DataFrame:
    """Return rows of `prepare_evidence` with ``until``, the last day on which each holds its sign.

    Missing where a row supports nothing; `BEYOND` for a day after the verified calendar.
    """
    places = {day: _trimester(day.date()) for day in rows["day"].unique()}
    rows = rows.assign(trimester=rows["day"].map(places).astype("int64"))
    found = [
        _until(mine, rule, ladder.elections)
        for key, rule in ladder.signs.items()
        if len(mine := rows[rows["sign"] == key])
    ]
    until = pd.concat(found) if found else pd.Series(dtype=DAYS)
    return rows.assign(until=until.reindex(rows.index).astype(DAYS))
