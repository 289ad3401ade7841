"""The state of the local committees (LCCHT) on their ladder, from dated evidence that expires.

Every function takes ``signs``, the frame of `Holdings.current_signs` or of a release: one row per
sign with ``unit_code``, ``sign``, ``signed_on`` and ``value`` (percent or rupees). Other columns
are ignored. Only rows dated up to the day asked for count, in any order. The rules and their
numbers are those of ``reference/ladder.toml``.

Some things the evidence cannot show, and nothing here claims them: that somebody asked and there
was nothing new (a report is a dated sign); the fiscal year of a budget or of a share spent (it is
the one in which the sign is dated, as in `data.release_making.derived_figures`); until when a plan
is in force; whether project money was included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from data.committees.expiry import (
    BEYOND,
    DAYS,
    add_last_days,
    fiscal_year,
    last_day_of,
    prepare_evidence,
)
from data.committees.ladder import NO_RECORD, TOP, Ladder, SignRule, load_ladder
from data.reference import calendar

__all__ = [
    "NO_RECORD", "Ladder", "counts_by_rung", "find_rungs", "find_standing", "find_state_by_day",
    "list_lapsing_signs", "list_rungs_by_day", "load_ladder", "sign_holds_until",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _State:
    """What holds on a day, by palika.

    ``last`` has a column per sign with its last day: missing where the sign does not count,
    `BEYOND` for a day after the calendar. ``held`` is which signs hold. ``recorded`` is the last
    day of the record, ``formed`` the newest formation that no later report ended.
    """

    last: pd.DataFrame
    held: pd.DataFrame
    recorded: pd.Series
    formed: pd.Series
    rung: pd.Series


def _state(rows: pd.DataFrame, on: pd.Series, ladder: Ladder) -> _State:
    """Return what holds by palika, each on its day; ``rows`` are those dated up to it."""
    rows, palikas = add_last_days(rows, ladder), on.index
    last = (
        rows.pivot_table(index="palika", columns="sign", values="until", aggfunc="max")
        .reindex(index=palikas, columns=list(ladder.signs))
        .astype(DAYS)
    )
    held = last.ge(on, axis=0)
    newest = rows.groupby("palika")["day"].max().reindex(palikas).astype(DAYS)
    recorded = newest + pd.DateOffset(months=ladder.record_months)
    made = rows[(rows["sign"] == "formed") & (rows["voided"] == BEYOND)]
    formed = made.groupby("palika")["day"].max().reindex(palikas).astype(DAYS)
    of = np.array([rule.rung for rule in ladder.signs.values()])
    whole = [held.to_numpy()[:, of == step].all(axis=1) for step in range(1, TOP + 1)]
    rung = pd.Series(np.cumprod(whole, axis=0).sum(axis=0), index=palikas, name="rung")
    known = (recorded >= on) & (held["formed"] | held["not_formed"])
    return _State(last, held, recorded, formed, rung.astype("Int64").where(known))


def _each(palikas: pd.Index, on: date) -> pd.Series:
    return pd.Series(pd.Timestamp(on), index=palikas, dtype=DAYS)


def _asked(palikas: Sequence[str] | pd.Index) -> pd.Index:
    index = pd.Index([str(code) for code in palikas], dtype="str", name="unit_code")
    if not index.is_unique:
        raise ValueError(f"palikas: {index[index.duplicated()][0]} is listed twice")
    return index


def _on_top(state: _State) -> pd.Series:
    return state.rung.eq(TOP).fillna(value=False).astype(bool)


def _stars(rows: pd.DataFrame, state: _State, on: date, ladder: Ladder) -> pd.Series:
    """Return who is on rung 6 now and was at the end of each of the last fiscal years.

    The days between do not count: on 1 Shrawan nobody has a budget of the new year yet.
    """
    star = _on_top(state).rename("star")
    running = fiscal_year(on)
    for year in range(running - ladder.star_fiscal_years, running):
        if not star.any():
            break
        close = last_day_of(f"bs-{year:04d}")
        if close is None:  # before the verified calendar
            return star & False
        until_then = rows[rows["day"] <= pd.Timestamp(close)]
        then = _on_top(_state(until_then, _each(star.index[star], close), ladder))
        star &= then.reindex(star.index, fill_value=False)
    return star


def _reform_by(state: _State, on: date, ladder: Ladder) -> list[date | None]:
    """Return the day by which a committee from before the last election must be formed again."""
    past = [day for day in ladder.elections if day < on]
    if not past:
        return [None] * len(state.formed)
    by = past[-1] + timedelta(days=ladder.signs["formed"].after_election_days or 0)
    flagged = (state.formed <= pd.Timestamp(past[-1])) & (state.recorded >= pd.Timestamp(on))
    return [by if flag else None for flag in flagged]


def _next_step(held: Sequence[bool], rules: Sequence[SignRule]) -> str:
    return next((r.key for r, h in zip(rules, held, strict=True) if r.rung and not h), "keep")


def _resting(state: _State, ladder: Ladder) -> pd.DataFrame:
    """Return the last days of the signs on which each rung rests; missing elsewhere or if unknown.

    An inactive committee also rests on the fact that somebody reported at all.
    """
    level = state.rung.fillna(NO_RECORD).astype("int64")
    needed = {key: level.ge(rule.rung) for key, rule in ladder.signs.items() if rule.rung}
    needed |= {"not_formed": level.eq(0), "record": level.eq(1)}
    last = state.last.assign(record=state.recorded)
    return last.where(pd.DataFrame(needed)[list(last)] & (last < BEYOND))


# ---- public ---------------------------------------------------------------------------------


def find_standing(
    signs: pd.DataFrame,
    *,
    palikas: Sequence[str] | pd.Index,
    on: date,
    ladder: Ladder | None = None,
) -> pd.DataFrame:
    """Return the rung of each committee on a day, and the reasons.

    Parameters
    ----------
    signs
        As described for the module.
    palikas
        Codes of the palikas asked for, each once; others in ``signs`` are ignored.
    on
        The day.
    ladder
        The ladder to use; that of ``ladder.toml`` by default.

    Returns
    -------
    A frame indexed by ``unit_code`` in the order asked, with the columns

    ``rung``
        Int64, 0 to 6; missing for no record: nothing dated within ``record_months``, or neither a
        formation nor a report that there is no committee.
    ``star``
        Rung 6 now and at the end of each of the last ``star_fiscal_years`` fiscal years.
    ``holds``
        Tuple of the signs that hold, in ladder order; ``not_formed`` counts as one.
    ``out_of_order``
        Those among them that a rung above requires. Without a record all are.
    ``next_step``
        A key of `Ladder.next_step`: ``record`` where nobody reported, ``reform`` where
        ``reform_by`` is set, else the first missing sign; ``keep`` on rung 6.
    ``lapses_sign``, ``lapses_on``
        The next sign to expire of those on which the rung rests, and the last day on which it
        holds (``record``: somebody must report); None if there is none, or all are beyond the
        calendar.
    ``reform_by``
        The day, past or future, by which to form the committee again after the last election;
        else None.

    Raises
    ------
    ValueError
        For a missing column, a sign without its day, or a palika asked for twice.
    UnverifiedYearError
        For a day outside the verified Nepali calendar. A sign whose end lies there holds.
    """
    calendar.to_bs(on)  # outside the calendar no fiscal year or trimester is known
    ladder, index = ladder or load_ladder(), _asked(palikas)
    rows = prepare_evidence(signs, on)
    rows = rows[rows["palika"].isin(index)]
    state = _state(rows, _each(index, on), ladder)
    rules = tuple(ladder.signs.values())
    held = state.held.to_numpy(dtype=bool).tolist()
    level = state.rung.fillna(NO_RECORD).astype("int64").tolist()
    reform = _reform_by(state, on, ladder)
    recorded = (state.recorded >= pd.Timestamp(on)).tolist()
    resting = _resting(state, ladder)
    first = resting.min(axis=1)
    lapses = resting.eq(first, axis=0).idxmax(axis=1)
    found = pd.DataFrame({"rung": state.rung, "star": _stars(rows, state, on, ladder)}, index=index)
    texts: dict[str, list[object]] = {
        "holds": [tuple(r.key for r, h in zip(rules, row, strict=True) if h) for row in held],
        "out_of_order": [
            tuple(r.key for r, h in zip(rules, row, strict=True) if h and r.rung > rung)
            for row, rung in zip(held, level, strict=True)
        ],
        "next_step": [
            "record" if not known else "reform" if by else _next_step(row, rules)
            for row, by, known in zip(held, reform, recorded, strict=True)
        ],
        "lapses_sign": [
            None if pd.isna(day) else sign for sign, day in zip(lapses, first, strict=True)
        ],
        "lapses_on": [None if pd.isna(day) else day.date() for day in first],
        "reform_by": list(reform),
    }
    return found.assign(
        **{name: pd.Series(column, index=index, dtype=object) for name, column in texts.items()}
    )


def find_rungs(
    signs: pd.DataFrame,
    *,
    palikas: Sequence[str] | pd.Index,
    on: date,
    ladder: Ladder | None = None,
) -> pd.DataFrame:
    """Return the column ``rung`` of `find_standing` alone, which is faster for many days."""
    calendar.to_bs(on)
    index = _asked(palikas)
    rows = prepare_evidence(signs, on)
    rows = rows[rows["palika"].isin(index)]
    return _state(rows, _each(index, on), ladder or load_ladder()).rung.to_frame()


def list_lapsing_signs(
    signs: pd.DataFrame,
    *,
    palikas: Sequence[str] | pd.Index,
    on: date,
    within_days: int | None = None,
    ladder: Ladder | None = None,
) -> pd.DataFrame:
    """Return the signs that hold on a day and expire soon: the notices to the owners.

    Signs out of order are listed too, since every sign expires; ``record`` only where the rung
    rests on it. ``within_days`` is `Ladder.notice_days` by default.

    Returns
    -------
    A frame with ``unit_code``, ``sign``, ``lapses_on`` (the last day on which the sign holds) and
    ``days`` until then (0: today is the last), sorted by day, palika and ladder order. Errors are
    those of `find_standing`.
    """
    calendar.to_bs(on)
    ladder, index = ladder or load_ladder(), _asked(palikas)
    state = _state(prepare_evidence(signs, on), _each(index, on), ladder)
    last = state.last.assign(record=_resting(state, ladder)["record"])
    long = last.where(last < BEYOND).melt(
        var_name="sign", value_name="lapses_on", ignore_index=False
    )
    long["days"] = (long["lapses_on"] - pd.Timestamp(on)).dt.days
    notice = ladder.notice_days if within_days is None else within_days
    soon = long[long["days"].between(0, notice)].reset_index().astype({"days": "int64"})
    soon["lapses_on"] = soon["lapses_on"].dt.date.astype(object)
    soon["order"] = soon["sign"].map({key: place for place, key in enumerate(last.columns)})
    soon = soon.sort_values(["days", "unit_code", "order"], ignore_index=True)
    return soon[["unit_code", "sign", "lapses_on", "days"]]


def list_rungs_by_day(
    signs: pd.DataFrame, *, palika: str, days: Sequence[date], ladder: Ladder | None = None
) -> pd.Series:
    """Return the rung of one palika on each of some days, from what is dated up to that day.

    Returns
    -------
    Int64 Series named by the palika on an index of the days in their order; missing for no record.
    Errors are those of `find_standing`.
    """
    return find_state_by_day(signs, palika=palika, days=days, ladder=ladder)["rung"].rename(palika)


def find_state_by_day(
    signs: pd.DataFrame, *, palika: str, days: Sequence[date], ladder: Ladder | None = None
) -> pd.DataFrame:
    """Return the rung of one palika on each of some days, and which signs hold.

    Returns
    -------
    A frame on an index of the days in their order: ``rung`` as in `list_rungs_by_day`, and a
    boolean column for each sign of the ladder and for ``record``, whether a report is recent
    enough.
    """
    ladder = ladder or load_ladder()
    index = pd.Index(list(days), dtype=object, name="day")
    if index.empty:
        empty = pd.DataFrame(index=index, columns=[*ladder.signs, "record"], dtype=bool)
        return empty.assign(rung=pd.Series(index=index, dtype="Int64"))
    for day in days:
        calendar.to_bs(day)
    # Each day gets its own copy of the committee, so that all states are computed at once.
    on = pd.Series(pd.to_datetime(index), index=[str(n) for n in range(len(index))], dtype=DAYS)
    mine = prepare_evidence(signs[signs["unit_code"].astype(str) == palika], max(days))
    copies = mine.drop(columns="palika").merge(
        on.rename("on").rename_axis("palika").reset_index(), how="cross"
    )
    copies = copies[copies["day"] <= copies["on"]].reset_index(drop=True)
    state = _state(copies, on, ladder)
    found = state.held.assign(record=state.recorded.ge(on), rung=state.rung)
    return found.set_axis(index, axis="index")


def sign_holds_until(
    signs: pd.DataFrame, *, on: date, ladder: Ladder | None = None
) -> pd.DataFrame:
    """Return the last day on which each row supports its sign, as known on a day.

    Returns
    -------
    A frame on the index of ``signs``: ``holds_until`` (date, or None), and ``beyond_calendar``,
    True where the row holds beyond the verified Nepali calendar. A row with None and False
    supports nothing: it is dated after ``on``, lacks its value or is too small, is not the newest
    figure of its fiscal year, is a meeting without another in a neighbouring trimester, or is not
    on the ladder. The day may be before ``on``. Errors are those of `find_standing`.
    """
    calendar.to_bs(on)
    rows = add_last_days(prepare_evidence(signs, on), ladder or load_ladder())
    until = rows.set_index("at")["until"].reindex(np.arange(len(signs)))
    known = [None if pd.isna(day) or day == BEYOND else day.date() for day in until]
    return pd.DataFrame(
        {
            "holds_until": pd.Series(known, index=signs.index, dtype=object),
            "beyond_calendar": (until == BEYOND).to_numpy(),
        },
        index=signs.index,
    )


def counts_by_rung(standing: pd.DataFrame) -> pd.Series:
    """Count the committees on each rung: an Int64 Series on `NO_RECORD` and 0 to 6, with zeros."""
    level = standing["rung"].fillna(NO_RECORD).astype("int64")
    counted = level.value_counts().reindex(range(NO_RECORD, TOP + 1), fill_value=0)
    return counted.astype("Int64").rename_axis("rung").rename("committees")
