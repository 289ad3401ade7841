"""Rules about several rows together: repeated rows, overlapping periods, a wrong order."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from data.model import Finding, Period
from data.reference.findings import make_finding


def find_repeated_rows(frame: pd.DataFrame, key: list[str]) -> Iterator[Finding]:
    """Yield a finding for each row whose ``key`` is that of a row above."""
    again = frame[frame.duplicated(key, keep="first")]
    if again.empty:
        return
    first = frame.drop_duplicates(key).set_index(key)["where"]
    for row in again.itertuples():
        place = first.loc[tuple(getattr(row, name) for name in key)]
        yield make_finding("row-twice", str(row.where), other=str(place))


def find_overlaps(
    records: pd.DataFrame, known: pd.DataFrame, dated: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each period that shares days with another one of the same figure.

    Parameters
    ----------
    records
        Records of the file, with the cell of each in ``where``.
    known
        Records that are held already.
    dated
        The cell of its period, by the cell of a figure. Each cell gets one finding at most.
    """
    figure = ["place_code", "indicator", "sex", "age_band"]
    names = [*figure, "period", "period_start", "period_end"]
    held = known[names].assign(where="")
    every = pd.concat(
        [records[[*names, "where"]], held] if len(held) else [records[[*names, "where"]]]
    )
    if every.empty:
        return
    spans = every.drop_duplicates([*names, "where"]).sort_values(
        [*figure, "period_start", "period_end"]
    )
    # Comparing neighbours is enough: if any two spans share days, two adjacent ones do.
    after = spans.groupby(figure).shift(-1)
    clash = (after["period_start"].notna()) & (after["period"] != spans["period"])
    clash &= pd.to_datetime(after["period_start"]) <= pd.to_datetime(spans["period_end"])
    reported = set()
    for here, there in zip(spans[clash].itertuples(), after[clash].itertuples(), strict=True):
        new, other = (there, here) if there.where else (here, there)
        cell = dated.get(str(new.where))
        if cell is not None and (cell, other.period) not in reported:
            reported.add((cell, other.period))
            yield make_finding("period-overlap", cell, other=str(other.period))


def find_overlaps_of_refused(
    refused: Sequence[tuple[str, Period, str]], records: pd.DataFrame, known: pd.DataFrame
) -> Iterator[Finding]:
    """Yield a finding for each refused period of a booth that overlaps another of its periods.

    Parameters
    ----------
    refused
        Booth, period and cell of every period that was refused because it is not a month.
    records, known
        Records of the file, and those that are held already.
    """
    if not refused:
        return
    names = ["place_code", "period", "period_start", "period_end"]
    spans = [
        *((site, period.code, period.start, period.end) for site, period, _where in refused),
        *pd.concat([each[names] for each in (records, known) if len(each)] or [records[names]])
        .drop_duplicates()
        .itertuples(index=False, name=None),
    ]
    for site, period, where in refused:
        others = (
            code
            for place, code, start, end in spans
            if place == site
            and code != period.code
            and pd.Timestamp(start) <= pd.Timestamp(period.end)
            and pd.Timestamp(end) >= pd.Timestamp(period.start)
        )
        if other := next(others, None):
            yield make_finding("period-overlap", where, other=str(other))


def find_signs_before_formation(
    signs: pd.DataFrame, known: pd.DataFrame, dated: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each sign of a committee that is dated before its first known formation.

    Parameters
    ----------
    signs, known
        Signs of the file, and those that are held already.
    dated
        The cell of its date, by the cell of a sign.
    """
    names = ["unit_code", "sign", "signed_on"]
    every = pd.concat([each[names] for each in (signs, known) if len(each)] or [signs[names]])
    formed = every[every["sign"] == "formed"]
    first = pd.to_datetime(formed["signed_on"]).groupby(formed["unit_code"]).min()
    for row in signs[~signs["sign"].isin(["formed", "not_formed"])].itertuples():
        if pd.Timestamp(str(row.signed_on)) < first.get(row.unit_code, pd.Timestamp.min):
            yield make_finding("sign-before-formation", dated[str(row.where)])
