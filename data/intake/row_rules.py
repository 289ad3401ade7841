"""Rules for the rows of a template: from rows to records and signs, with all findings at once.

Each rule is a small function from a row to findings. None quotes what a cell holds unless the
gazetteer recognised it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from data.intake.cell_values import name_count_finding, plain_text, read_day, read_whole_number
from data.intake.cross_row_rules import (
    find_contradicted_relations,
    find_overlaps,
    find_overlaps_of_refused,
    find_repeated_rows,
    find_signs_before_formation,
)
from data.intake.spreadsheet import Reading
from data.model import Finding, Indicator, Period, PeriodKind, Severity
from data.reference import booths, calendar, templates
from data.reference.calendar import UnverifiedYearError
from data.reference.findings import make_finding
from data.reference.gazetteer import Gazetteer, Match
from data.reference.relations import Relations
from data.reference.templates import SIGNS, Column, activities

KEY = ["place_code", "indicator", "period", "sex", "age_band"]
RECORD_COLUMNS = [*KEY, "period_start", "period_end", "state", "value", "where"]
SIGN_COLUMNS = ["unit_code", "sign", "signed_on", "number", "value", "where"]
LARGEST_COUNT = 1_000_000
LARGEST_VALUE = 10_000_000_000  # rupees
_NOT_APPLICABLE = frozenset({"na", "n/a", "n.a.", "x", "लागू नहुने", "लागू हुँदैन"})
_NUMBER = re.compile(r"[0-9][0-9/.-]{0,19}")


@dataclass(frozen=True, slots=True)
class Checked:
    """The records and signs of a file, and everything found wrong with it.

    ``records`` has `RECORD_COLUMNS`, ``signs`` has `SIGN_COLUMNS`; both are complete only if `ok`.
    """

    records: pd.DataFrame
    signs: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Return whether the file can be stored: all findings are notices."""
        return all(finding.severity is Severity.NOTICE for finding in self.findings)


class _SkipCellError(Exception):
    """Raised where a cell gives no value; its finding, if any, is noted already."""


@dataclass
class _Check:
    reading: Reading
    gazetteer: Gazetteer
    indicators: Mapping[str, Indicator]
    today: date
    findings: list[Finding] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    signs: list[dict[str, Any]] = field(default_factory=list)
    # Periods of a booth that are refused for their length; they are compared with others anyway.
    refused: list[tuple[str, Period, str]] = field(default_factory=list)
    # The cell of its date or period, by the cell of a sign or figure.
    dated: dict[str, str] = field(default_factory=dict)

    def note(self, kind: str, row: int, key: str, **params: Any) -> None:  # noqa: ANN401  # as `find`
        self.findings.append(make_finding(kind, self.reading.where(row, key), **params))

    # ---- cells

    def needed(self, row: int, values: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401  # as typed
        value = values.get(key)
        if value is None or not str(value).strip():
            column = next(c for c in templates.columns(str(self.reading.kind)) if c.key == key)
            if key in self.reading.positions:
                self.note("cell-missing", row, key, column=column.en)
            raise _SkipCellError
        return value

    def place(self, row: int, key: str, match: Match) -> str:
        if match.code is None:
            codes = [suggestion.code for suggestion in match.suggestions]
            self.note(
                f"{key}-unknown" if key != "booth" else "site-unknown", row, key, suggestions=codes
            )
            raise _SkipCellError
        return match.code

    @staticmethod
    def both(place: Callable[[], str], period: Callable[[], Period]) -> tuple[str, Period]:
        """Return place and period; try both, so that a row reports everything wrong with it."""
        try:
            found = place()
        except _SkipCellError:
            period()
            raise
        return found, period()

    def site(self, row: int, values: Mapping[str, Any]) -> str:
        written = plain_text(self.needed(row, values, "booth"))
        site = self.place(row, "booth", self.gazetteer.site(written, district_code=None))
        if site in self.off_border:
            self.note("site-off-border", row, "booth", limit=f"{booths.LIMIT_KM:g}")
            raise _SkipCellError
        return site

    @cached_property
    def off_border(self) -> frozenset[str]:
        return frozenset(
            booths.find_booths_off_border(self.gazetteer.sites, self.gazetteer.border_points)
        )

    def palika(self, row: int, values: Mapping[str, Any]) -> str:
        written = plain_text(self.needed(row, values, "district"))
        district = self.place(row, "district", self.gazetteer.district(written))
        written = plain_text(self.needed(row, values, "palika"))
        return self.place(row, "palika", self.gazetteer.palika(written, district_code=district))

    def ward(self, row: int, values: Mapping[str, Any]) -> str:
        palika = self.palika(row, values)
        number = read_whole_number(self.needed(row, values, "ward"))
        code = self.gazetteer.ward(palika, number) if number is not None else None
        if code is None:
            wards = len(self.gazetteer.ward_numbers(palika))
            name = self.gazetteer.name(palika, "en")
            self.note("ward-unknown", row, "ward", palika=name, wards=wards)
            raise _SkipCellError
        return code

    def period(self, row: int, values: Mapping[str, Any], key: str) -> Period:
        written = self.needed(row, values, key)
        try:
            period = calendar.read_period(written)
        except UnverifiedYearError:
            years = calendar.verified_years()
            self.note("period-unverified", row, key, first=years[0], last=years[-1])
            raise _SkipCellError from None
        except ValueError:
            self.note("period-unreadable", row, key)
            raise _SkipCellError from None
        if key == "month" and period.kind is not PeriodKind.MONTH:
            self.note("period-not-a-month", row, key)
            site = self.gazetteer.site(
                plain_text(values.get("booth") or ""), district_code=None
            ).code
            if site is not None:
                self.refused.append((site, period, self.reading.where(row, key)))
            raise _SkipCellError
        if period.end >= self.today:
            self.note("period-future", row, key)
            raise _SkipCellError
        return period

    def day(self, row: int, values: Mapping[str, Any], key: str) -> date:
        written = self.needed(row, values, key)
        try:
            day = read_day(written)
            calendar.to_bs(day)  # the ladder counts in Nepali months and fiscal years
        except UnverifiedYearError:
            years = calendar.verified_years()
            self.note("period-unverified", row, key, first=years[0], last=years[-1])
            raise _SkipCellError from None
        except ValueError:
            self.note("day-unreadable", row, key)
            raise _SkipCellError from None
        if day > self.today:
            self.note("day-future", row, key)
            raise _SkipCellError
        return day

    def count(
        self,
        row: int,
        values: Mapping[str, Any],
        key: str,
        *,
        largest: int = LARGEST_COUNT,
    ) -> int | str | None:
        """Return a whole number, ``na`` if not applicable, None for an empty or invalid cell."""
        written = values.get(key)
        if written is None or not str(written).strip():
            return None
        if isinstance(written, str) and plain_text(written).lower() in _NOT_APPLICABLE:
            return "na"
        number = read_whole_number(written)
        if number is not None and number <= largest:
            return number
        kind = "count-too-large" if number is not None else name_count_finding(written)
        self.note(kind, row, key, **({"limit": largest} if number is not None else {}))
        return None

    # ---- rows

    def add(
        self,
        row: int,
        place: str,
        period: Period,
        column: Column,
        indicator: str,
        figure: int | str,
    ) -> None:
        where = self.reading.where(row, column.key)
        period_key = "month" if "month" in self.reading.positions else "period"
        self.dated[where] = self.reading.where(row, period_key)
        self.records.append(
            {
                "place_code": place,
                "indicator": indicator,
                "period": period.code,
                "sex": column.sex.value,
                "age_band": column.age_band.value,
                "period_start": period.start,
                "period_end": period.end,
                "state": "not_applicable" if figure == "na" else "reported",
                "value": None if figure == "na" else figure,
                "where": where,
            },
        )

    def counts(self, row: int, values: Mapping[str, Any]) -> dict[str, int | str]:
        figures = {
            c.key: self.count(
                row, values, c.key, largest=LARGEST_VALUE if c.key == "amount" else LARGEST_COUNT
            )
            for c in self.reading.columns
            if c.holds == "count"
        }
        return {key: figure for key, figure in figures.items() if figure is not None}

    def booth_month(self, row: int, values: Mapping[str, Any]) -> None:
        figures = self.counts(row, values)
        site, period = self.both(
            lambda: self.site(row, values),
            lambda: self.period(row, values, "month"),
        )
        opens, closes = map(str, self.gazetteer.sites.loc[site, ["opened", "closed"]])
        closed = date.fromisoformat(closes) if closes else date.max
        if period.end < date.fromisoformat(opens) or period.start > closed:
            self.note("booth-closed", row, "month", open=f"{opens} – {closes or '…'}")
            raise _SkipCellError
        days = (period.end - period.start).days + 1
        if isinstance(open_days := figures.get("open_days"), int) and open_days > days:
            self.note("days-too-many", row, "open_days", limit=days)
        self.all_counts(row, site, period, figures)

    def all_counts(
        self, row: int, place: str, period: Period, figures: Mapping[str, int | str]
    ) -> None:
        for column in self.reading.columns:
            if column.key in figures:
                self.add(row, place, period, column, column.indicator, figures[column.key])

    def groups(self, row: int, values: Mapping[str, Any]) -> None:
        figures = self.counts(row, values)
        ward, period = self.both(
            lambda: self.ward(row, values),
            lambda: self.period(row, values, "period"),
        )
        self.all_counts(row, ward, period, figures)

    def trainings(self, row: int, values: Mapping[str, Any]) -> None:
        figures = self.counts(row, values)
        palika, period = self.both(
            lambda: self.palika(row, values),
            lambda: self.period(row, values, "period"),
        )
        activity = plain_text(self.needed(row, values, "activity")).lower()
        if activity not in activities():
            self.note("activity-unknown", row, "activity")
            raise _SkipCellError
        counted = activities()[activity]
        for column in self.reading.columns:
            if column.key not in figures:
                continue
            figure = figures[column.key]
            if column.key in ("events", "amount"):
                indicator = counted.events if column.key == "events" else counted.amount
            else:
                indicator = counted.people if column.age_band in counted.ages else ""
            if indicator:
                self.add(row, palika, period, column, indicator, figure)
            elif figure not in (0, "na"):
                self.note("count-not-for-activity", row, column.key)

    def committee_signs(self, row: int, values: Mapping[str, Any]) -> None:
        written = values.get("ward")
        of_ward = written is not None and bool(plain_text(written))
        place = self.ward(row, values) if of_ward else self.palika(row, values)
        sign = plain_text(self.needed(row, values, "sign")).lower()
        if sign not in SIGNS:
            self.note("sign-unknown", row, "sign")
            raise _SkipCellError
        day = self.day(row, values, "date")
        number = plain_text(values.get("decision") or "").removesuffix(".0")
        if number and not _NUMBER.fullmatch(number):
            self.note("number-unreadable", row, "decision")
            raise _SkipCellError
        largest = (
            LARGEST_VALUE
            if sign in ("budget", "proposed")
            else 100
            if sign in ("trained", "spent")
            else LARGEST_COUNT
        )
        value = self.count(row, values, "value", largest=largest)
        self.dated[self.reading.where(row, "sign")] = self.reading.where(row, "date")
        self.signs.append(
            {
                "unit_code": place,
                "sign": sign,
                "signed_on": day,
                "number": number,
                "value": value if isinstance(value, int) else None,
                "where": self.reading.where(row, "sign"),
            },
        )


_ROW_RULES: Mapping[str, Callable[[_Check, int, Mapping[str, Any]], None]] = {
    "booth-month": _Check.booth_month,
    "groups": _Check.groups,
    "trainings": _Check.trainings,
    "committee-signs": _Check.committee_signs,
}


def check_rows(
    reading: Reading,
    *,
    gazetteer: Gazetteer,
    indicators: Mapping[str, Indicator],
    known: pd.DataFrame,
    known_signs: pd.DataFrame,
    relations: Relations,
    today: date,
) -> Checked:
    """Return the records and signs of the rows, and everything that is wrong with them.

    Parameters
    ----------
    reading
        The rows as they were read.
    known
        Records that are held already, with `RECORD_COLUMNS` except ``where``: a new period must
        not share days with another period of the same place and indicator.
    known_signs
        Signs that are held already, with `SIGN_COLUMNS` except ``where``: a committee's first
        formation may be among them.
    relations
        What one figure says of another at the same place and time.
    today
        Day of the upload; a period that is not over is refused.
    """
    found = _Check(reading, gazetteer, indicators, today, list(reading.findings))
    rule = _ROW_RULES.get(str(reading.kind))
    if rule is not None:
        for row, values in zip(reading.rows.index, reading.rows.to_dict("records"), strict=True):
            try:
                rule(found, int(row), {str(key): value for key, value in values.items()})
            except _SkipCellError:
                continue
    records = pd.DataFrame(found.records, columns=RECORD_COLUMNS).astype({"value": "Int64"})
    signs = pd.DataFrame(found.signs, columns=SIGN_COLUMNS).astype({"value": "Int64"})
    more = [
        *find_repeated_rows(records, KEY),
        *find_repeated_rows(signs, ["unit_code", "sign", "signed_on", "number"]),
        *find_overlaps(records, known, found.dated),
        *find_overlaps_of_refused(found.refused, records, known),
        *find_signs_before_formation(signs, known_signs, found.dated),
        *find_contradicted_relations(
            records,
            # A figure of the file that could not be read would seem to be the one that is held.
            known if Checked(records, signs, tuple(found.findings)).ok else known.iloc[:0],
            relations=relations,
            categories=templates.categories,
            indicators=indicators,
        ),
    ]
    return Checked(records, signs, (*found.findings, *more))
