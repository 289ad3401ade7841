"""Booths: at the border of their district, months that are due, and silence that is never too long."""

from datetime import date

import pandas as pd
import pytest

from data.intake import row_rules, spreadsheet
from data.intake.row_rules import RECORD_COLUMNS, SIGN_COLUMNS
from data.model import SimaError
from data.reference import booths, calendar
from data.reference.booths import Silence
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from tests.support.workbooks import workbook

GAZETTEER = Gazetteer.load()
POINTS = GAZETTEER.border_points
OPENED = date(2019, 7, 1)


def sites(**values: object) -> pd.DataFrame:
    """The list of booths with something else about the first of them."""
    made = GAZETTEER.sites.copy()
    for column, value in values.items():
        made.loc["BANKE-JAMUNAHA", column] = value
    return made


def cells(*rows: tuple[str, str, int | None]) -> pd.DataFrame:
    spans = [calendar.parse_period(period) for period, _status, _value in rows]
    return pd.DataFrame(
        {
            "period": [period for period, _status, _value in rows],
            "period_start": [span.start for span in spans],
            "period_end": [span.end for span in spans],
            "status": [status for _period, status, _value in rows],
            "value": pd.array([value for _period, _status, value in rows], dtype="Int64"),
        }
    )


# ---- at the border


def test_every_booth_of_the_list_lies_at_the_border_of_its_district() -> None:
    assert list(booths.find_booths_off_border(GAZETTEER.sites, POINTS)) == []
    booths.require_at_border(GAZETTEER.sites, POINTS)


@pytest.mark.parametrize(
    "values",
    [{"lat": 28.2}, {"lon": 81.68}, {"palika_code": "11303"}, {"palika_code": "31208"},
     {"lat": 81.62, "lon": 28.01}],
    ids=["to the north", "to the east", "of another district", "of a district without a border point",
         "the other way round"],
)  # fmt: skip
def test_a_booth_away_from_the_border_of_its_district_is_found(values: dict[str, object]) -> None:
    assert list(booths.find_booths_off_border(sites(**values), POINTS)) == ["BANKE-JAMUNAHA"]


def test_five_kilometres_are_near_enough_and_six_are_not() -> None:
    point = POINTS.loc["JAMUNAHA"]
    degree_km = 110.8  # of latitude, at 28 degrees north
    for km, off in ((4.9, 0), (5.1, 1)):
        moved = sites(lon=point["lon"], lat=point["lat"] + km / degree_km)
        assert len(booths.find_booths_off_border(moved, POINTS)) == off


def test_the_refusal_names_the_booth_its_place_and_the_remedy() -> None:
    with pytest.raises(SimaError) as refused:
        booths.require_at_border(sites(lat=28.2), POINTS)
    said = str(refused.value)
    assert said.startswith("BANKE-JAMUNAHA: its position (81.62, 28.2) is more than 5 km from")
    assert "the district 511 (JAMUNAHA)" in said
    assert "border_points.csv" in said


def test_figures_of_a_booth_away_from_the_border_are_refused_by_row() -> None:
    known = pd.DataFrame(columns=RECORD_COLUMNS).astype({"value": "Int64"})
    moved = Gazetteer(
        GAZETTEER.units, sites(lat=28.2), POINTS, GAZETTEER.crosswalk, GAZETTEER.aliases
    )
    for gazetteer, kinds in ((GAZETTEER, []), (moved, [("site-off-border", "Data!A3")])):
        checked = row_rules.check_rows(
            spreadsheet.read_workbook(workbook("booth-month")), gazetteer=gazetteer,
            indicators=load_indicators(), known=known, known_signs=pd.DataFrame(columns=SIGN_COLUMNS),
            relations=load_policy().relations, today=date(2024, 6, 1),
        )  # fmt: skip
        assert [(each.kind, each.where) for each in checked.findings] == kinds
        assert checked.ok == (not kinds)


# ---- months due


@pytest.mark.parametrize(
    ("period", "opened", "closed", "due"),
    [("ad-2023-q4", OPENED, None, 3), ("ad-2023", OPENED, None, 12), ("ad-2023-04", OPENED, None, 1),
     ("ad-2023-q4", date(2023, 11, 15), None, 2), ("ad-2023-q4", date(2024, 1, 1), None, 0),
     ("ad-2023-q4", OPENED, date(2023, 11, 15), 1), ("ad-2023-q4", OPENED, date(2023, 12, 1), 2),
     ("ad-2023-q4", OPENED, date(2023, 9, 1), 0), ("bs-2079-q4", OPENED, None, 3)],
)  # fmt: skip
def test_a_booth_owes_the_months_in_which_it_was_open(
    period: str, opened: date, closed: date | None, due: int
) -> None:
    assert (
        booths.count_months_due(calendar.parse_period(period), opened=opened, closed=closed) == due
    )


# ---- silence


def test_a_booth_that_reports_is_not_silent() -> None:
    found = booths.measure_silence(
        cells(("ad-2023-q3", "published", 3), ("ad-2023-q4", "published", 3))
    )
    assert found == Silence(0, "ad-2023-q4")
    assert not found.is_long


def test_a_quarter_without_a_month_is_silence_for_all_its_days() -> None:
    found = booths.measure_silence(
        cells(
            ("ad-2023-q3", "published", 0),
            ("ad-2023-q2", "published", 2),
            ("ad-2023-q4", "published", 0),
            ("ad-2023", "published", 5),
        )
    )
    assert found == Silence(184, "ad-2023-q2")
    assert found.is_long


def test_some_months_of_the_newest_quarter_end_the_silence() -> None:
    quiet = ("ad-2023-q3", "published", 0)
    assert booths.measure_silence(cells(quiet, ("ad-2023-q4", "published", 1))) == Silence(
        0, "ad-2023-q4"
    )


def test_a_quarter_that_does_not_tell_is_not_called_a_report_nor_silence() -> None:
    found = booths.measure_silence(
        cells(("ad-2023-q3", "not_reported", None), ("ad-2023-q4", "published", 0))
    )
    assert found == Silence(92, None)


def test_a_place_that_never_reported_is_silent_since_its_first_quarter() -> None:
    found = booths.measure_silence(
        cells(("ad-2023-q3", "published", 0), ("ad-2023-q4", "published", 0))
    )
    assert found == Silence(184, None)


@pytest.mark.parametrize("rows", [(), (("ad-2023", "published", 0),)])
def test_without_a_quarter_nothing_is_said(rows: tuple[tuple[str, str, int | None], ...]) -> None:
    assert booths.measure_silence(cells(*rows)) is None


def test_a_booth_is_open_until_the_day_on_which_it_closes() -> None:
    assert booths.is_open(closed="", on=date(2024, 1, 1))
    assert booths.is_open(closed="2024-01-02", on=date(2024, 1, 1))
    assert not booths.is_open(closed="2024-01-01", on=date(2024, 1, 1))
