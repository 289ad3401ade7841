"""Reports that wait: a restatement without the changes of some places, all else added up of that.

A report is an indicator, the place that reported it and the native period. If it waits, its records
count as they were when the audience was last shown the year. So every total above it follows, and
nothing that is shown tells that something waits: it looks like a report without a correction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from data.disclosure.engine.additive_table import Bools
from data.disclosure.frozen_periods import FROZEN_COLUMNS, is_within
from data.reference.relations import Relations
from data.reference.unit_codes import COUNTRY
from data.release_making.inputs import ReleaseInputs

Report = tuple[str, str, str]  # an indicator, the place that reported it, a native period
REPORT = ["indicator", "place_code", "period"]
_RECORD = ["place_code", "indicator", "period", "sex", "age_band"]


def changed_reports(inputs: ReleaseInputs) -> pd.DataFrame:
    """Return the reports of the restated year that are not as they were last released.

    Reports of which the audience was shown no figure yet are left out: nothing of them is changed.

    Returns
    -------
    Frame indexed by `REPORT`: ``corrections``, the number of its records that are different;
    ``late``, whether a record is new; ``palika``, the unit of the place. In order; empty if no year
    is restated.
    """
    names = [*_RECORD, "state", "value"]
    now = inputs.records.loc[_are_shown(inputs), names]
    both = now.merge(inputs.earlier[names], on=_RECORD, how="left", suffixes=("", "_before"))
    late = both["state_before"].isna()
    same = both["state"].eq(both["state_before"]) & (
        both["value"].eq(both["value_before"]).fillna(value=False)
        | (both["value"].isna() & both["value_before"].isna())
    )
    different = both.assign(late=late)[~same]
    found = different.groupby(REPORT, sort=True).agg(
        corrections=("late", "size"), late=("late", "any")
    )
    palikas = inputs.places.sites["palika_code"]
    places = found.index.get_level_values("place_code").to_series()
    return found.assign(palika=places.map(palikas).fillna(places).to_numpy())


def _are_shown(inputs: ReleaseInputs) -> Bools:
    """Return which records are of the restated year and of figures that were released of it."""
    records, own = inputs.records, inputs.published.cells[inputs.audience]
    released: dict[str, list[str]] = {}
    if inputs.restates is not None:
        for code, period in set(zip(own["indicator"], own["period"], strict=True)):
            if is_within(period, inputs.restates):
                released.setdefault(code, []).append(period)
    shown = {
        (code, period): any(is_within(period, longer) for longer in released.get(code, []))
        for code, period in set(zip(records["indicator"], records["period"], strict=True))
    }
    keys = zip(records["indicator"], records["period"], strict=True)
    return np.fromiter((shown[key] for key in keys), dtype=bool, count=len(records))


def find_reports(
    changed: pd.DataFrame, entries: Iterable[tuple[str, str, str]], relations: Relations
) -> set[Report]:
    """Return which changed reports wait because of what was chosen.

    Indicators of which one tells something of the other wait together, and so do late reports of
    one place and period. Otherwise they would contradict each other, or a figure that is missing
    beside others of its report would tell that it waits.

    Parameters
    ----------
    changed
        From `changed_reports`.
    entries
        As `Choice.wait`.
    relations
        What one figure says of another.
    """
    indicator, place, period = (changed.index.get_level_values(name) for name in REPORT)
    chosen = np.zeros(len(changed), dtype=bool)
    for code, unit, span in entries:
        chosen |= (indicator == code) & _beneath(changed, unit) & _during(period, span)
    group = relations.linked()
    late = changed["late"].to_numpy(dtype=bool)
    where = list(zip(place, period, strict=True))
    kind = [group.get(code, code) for code in indicator]
    while True:
        links = {(at, k) for at, k, own in zip(where, kind, chosen, strict=True) if own}
        links |= {(at, "") for at, n, own in zip(where, late, chosen, strict=True) if n and own}
        more = np.array(
            [
                (at, k) in links or (n and (at, "") in links)
                for at, k, n in zip(where, kind, late, strict=True)
            ],
            dtype=bool,
        )
        if not (more & ~chosen).any():
            return set(changed.index[chosen].tolist())
        chosen |= more


def _beneath(changed: pd.DataFrame, unit: str) -> Bools:
    """Return which reports are from a unit, or from a place in it."""
    place = changed.index.get_level_values("place_code")
    if unit == COUNTRY:
        return np.ones(len(changed), dtype=bool)
    inside = changed["palika"].str.startswith(unit).to_numpy(dtype=bool)
    return inside | np.asarray(place == unit, dtype=bool)


def _during(periods: pd.Index, span: str) -> Bools:
    inside = {code: is_within(str(code), span) for code in periods.unique()}
    return np.array([inside[code] for code in periods], dtype=bool)


def let_wait(inputs: ReleaseInputs, relations: Relations) -> ReleaseInputs:
    """Return the inputs of the release in which what was chosen waits.

    ``records`` of waiting reports are as they were; ``waits`` says since which batch, for the
    certificate; ``held`` are the indicators and new periods that are not released yet.
    """
    entries = inputs.choice.wait
    if not entries:
        return inputs
    restates = inputs.restates
    held = frozenset(
        (code, period)
        for code, unit, period in entries
        if unit == COUNTRY and not (restates is not None and is_within(period, restates))
    )
    changed = changed_reports(inputs)
    reports = find_reports(changed, entries, relations)
    if not reports:
        return replace(inputs, held=held)
    parts = [
        inputs.records[~_are_of(inputs.records, reports)],
        inputs.earlier[_are_of(inputs.earlier, reports)],
    ]
    corrections = int(changed.loc[changed.index.isin(reports), "corrections"].sum())
    return replace(
        inputs,
        records=pd.concat([part for part in parts if len(part)], ignore_index=True),
        waiting=inputs.waiting + corrections,
        waiting_by_choice=corrections,
        waits=_frozen_reports(reports, inputs.last_shown, inputs.request_id),
        held=held,
    )


def _are_of(records: pd.DataFrame, reports: set[Report]) -> Bools:
    keys = zip(*(records[name] for name in REPORT), strict=True)
    return np.fromiter((key in reports for key in keys), dtype=bool, count=len(records))


def _frozen_reports(reports: set[Report], last_shown: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return `FROZEN_COLUMNS` of waiting reports: each keeps the batch that it was shown of."""
    batches: Mapping[tuple[str, str, str], int] = {
        (code, place, period): int(batch)
        for code, place, period, batch in zip(
            *(last_shown[name] for name in [*REPORT, "last_batch"]), strict=True
        )
    }
    rows = [
        {
            "indicator": code,
            "period": period,
            # None of its records counts if it was never released.
            "last_batch": batches.get((code, place, period), batches.get((code, "", period), 0)),
            "version": number,
            "set_by": number,
            "place_code": place,
        }
        for code, place, period in sorted(reports)
    ]
    return pd.DataFrame(rows, columns=FROZEN_COLUMNS)
