"""Rules about several rows together: repeated rows, overlapping periods, a wrong order."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized

import pandas as pd

from data.model import Finding, Indicator, Period
from data.reference.findings import make_finding
from data.reference.relations import AtLeast, NoneWithout, PartOf, Relations

_FIGURE = ["place_code", "period", "indicator"]
_Figure = tuple[str, str, str]  # codes of the place, the period and the indicator


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


def find_contradicted_relations(
    records: pd.DataFrame,
    known: pd.DataFrame,
    *,
    relations: Relations,
    categories: Callable[[str], Sized],
    indicators: Mapping[str, Indicator],
) -> Iterator[Finding]:
    """Yield a finding for each figure that contradicts another one of the same place and period.

    A figure that is held already counts where the file has none. What is not reported or does not
    apply contradicts nothing.

    Parameters
    ----------
    records
        Records of the file, with the cell of each in ``where``.
    known
        Records that are held already.
    relations
        What one figure says of another.
    categories
        Returns the categories of sex and age in which an indicator is reported. A sum of fewer is
        no whole.
    indicators
        All indicators, by code.
    """
    named = {code for pair in relations.pairs() - relations.apart for code in pair}
    mine = records[records["indicator"].isin(named)]
    if mine.empty:
        return
    held = known[known["indicator"].isin(named)]
    totals = _Totals(mine, held, categories, indicators)
    for place, period in totals.places:
        for whole in relations.part_of:
            yield from totals.find_parts_too_many(place, period, whole)
        for none in relations.none_without:
            yield from totals.find_people_without_events(place, period, none)
        for least in relations.at_least:
            yield from totals.find_too_few(place, period, least)


class _Totals:
    """Figures by place, period and indicator: those of a file, and those held where it has none."""

    def __init__(
        self,
        records: pd.DataFrame,
        known: pd.DataFrame,
        categories: Callable[[str], Sized],
        indicators: Mapping[str, Indicator],
    ) -> None:
        self._name = {code: each.name for code, each in indicators.items()}
        places = zip(records["place_code"], records["period"], strict=True)
        self.places: list[tuple[str, str]] = list(dict.fromkeys(places))
        near = pd.MultiIndex.from_frame(known[["place_code", "period"]]).isin(self.places)
        figures: dict[_Figure, dict[tuple[str, str], int | None]] = defaultdict(dict)
        # The cell to look at: the first of the file with somebody in it, else its first.
        self._where: dict[_Figure, str] = {}
        full: set[_Figure] = set()
        names = [*_FIGURE, "sex", "age_band", "value"]
        for place, period, code, sex, age, value, where in zip(
            *(records[name] for name in (*names, "where")), strict=True
        ):
            at, figure = (place, period, code), None if pd.isna(value) else int(value)
            figures[at][sex, age] = figure
            if at not in self._where or (figure and at not in full):
                self._where[at] = where
            if figure:
                full.add(at)
        for place, period, code, sex, age, value in zip(
            *(known.loc[near, name] for name in names), strict=True
        ):
            figures[place, period, code].setdefault(
                (sex, age), None if pd.isna(value) else int(value)
            )
        size = {code: len(categories(code)) for code in {at[2] for at in figures}}
        self._sum = {at: sum(filter(None, each.values())) for at, each in figures.items()}
        self._complete = {
            at: len(each) == size[at[2]] and None not in each.values()
            for at, each in figures.items()
        }

    def _note(self, kind: str, where: str, code: str, **params: float) -> Finding:
        name = self._name[code]
        return make_finding(
            kind, where, suggestions=(), other_en=name["en"], other_ne=name["ne"], **params
        )

    def _cell(self, place: str, period: str, codes: Sequence[str]) -> str:
        """Return the cell of the file that is about the first of some indicators; else empty."""
        return next((w for code in codes if (w := self._where.get((place, period, code)))), "")

    def find_parts_too_many(self, place: str, period: str, of: PartOf) -> Iterator[Finding]:
        whole = (place, period, of.whole)
        there = [code for code in of.parts if self._sum.get((place, period, code))]
        total = sum(self._sum[place, period, code] for code in there)
        where = self._cell(place, period, (*there, of.whole))
        if where and self._complete.get(whole) and total > self._sum[whole]:
            yield self._note("outcomes-too-many", where, of.whole)

    def find_people_without_events(
        self, place: str, period: str, of: NoneWithout
    ) -> Iterator[Finding]:
        events = (place, period, of.events)
        if not self._complete.get(events) or self._sum[events] > 0:
            return
        people = [code for code in of.people if self._sum.get((place, period, code))]
        where = self._cell(place, period, (*people, of.events))
        if people and where:
            yield self._note("people-without-events", where, of.events)

    def find_too_few(self, place: str, period: str, of: AtLeast) -> Iterator[Finding]:
        figure, each = (place, period, of.figure), (place, period, of.each)
        if not (self._complete.get(figure) and self._complete.get(each)):
            return
        where = self._cell(place, period, (of.figure, of.each))
        if where and self._sum[figure] < of.least * self._sum[each]:
            yield self._note("fewer-than-least", where, of.each, least=of.least)
