"""Figures that nobody types."""

from datetime import date

import pandas as pd

from data.intake.row_rules import RECORD_COLUMNS
from data.reference import calendar
from data.reference.gazetteer import Gazetteer
from data.release_making import derived_figures

TODAY = date(2024, 1, 1)


def signs(*rows: tuple[str, date, int | None]) -> pd.DataFrame:
    table = [("31206", sign, day, "", value) for sign, day, value in rows]
    columns = ["unit_code", "sign", "signed_on", "number", "value"]
    return pd.DataFrame(table, columns=columns).astype({"value": "Int64"})


def test_meetings_are_counted_by_trimester_from_the_first_sign_with_true_zeros() -> None:
    found = derived_figures.from_signs(
        signs(
            ("formed", date(2022, 8, 1), None),
            ("meeting", date(2022, 9, 1), None),
            ("meeting", date(2022, 10, 1), None),
            ("meeting", date(2023, 5, 1), None),
        ),
        today=TODAY,
    )
    meetings = found[found["indicator"] == "committee_meetings"].set_index("period")["value"]
    assert meetings.to_dict() == {
        "bs-2079-t1": 2, "bs-2079-t2": 0, "bs-2079-t3": 1, "bs-2080-t1": 0,
    }  # fmt: skip


def test_a_committee_of_a_ward_is_not_the_palikas() -> None:
    of_palika = signs(("formed", date(2022, 8, 1), None), ("meeting", date(2022, 9, 1), None))
    of_ward = signs(("meeting", date(2022, 9, 2), None), ("budget", date(2022, 9, 2), 9000))
    both = pd.concat([of_palika, of_ward.assign(unit_code="3120604")], ignore_index=True)
    found = derived_figures.from_signs(both, today=TODAY)
    pd.testing.assert_frame_equal(found, derived_figures.from_signs(of_palika, today=TODAY))


def test_the_last_budget_of_a_fiscal_year_counts() -> None:
    found = derived_figures.from_signs(
        signs(("budget", date(2022, 8, 1), 100_000), ("budget", date(2023, 2, 1), 150_000)),
        today=TODAY,
    )
    budgets = found[found["indicator"] == "committee_budget_npr"]
    assert budgets[["period", "value"]].to_numpy().tolist() == [["bs-2079", 150_000]]


def test_timeliness_says_for_every_month_of_an_open_booth_whether_it_reported() -> None:
    sites = Gazetteer.load().sites.loc[["BANKE-JAMUNAHA"]].assign(opened="2023-01-01", closed="")
    row = ("BANKE-JAMUNAHA", "booth_contacts", "ad-2023-02", "f", "u18", None, None, "reported", 1)
    records = pd.DataFrame([row], columns=[c for c in RECORD_COLUMNS if c != "where"])
    found = derived_figures.from_reports(records, sites, today=date(2023, 4, 15))
    assert found.set_index("period")["value"].to_dict() == {
        "ad-2023-01": 0, "ad-2023-02": 1, "ad-2023-03": 0,
    }  # fmt: skip


def test_a_booth_that_never_reported_is_not_late() -> None:
    nothing = pd.DataFrame(columns=RECORD_COLUMNS)
    assert derived_figures.from_reports(nothing, Gazetteer.load().sites, today=TODAY).empty


def test_a_budget_of_a_fiscal_year_that_ends_outside_the_calendar_waits() -> None:
    last = calendar.verified_years()[-1]
    known = calendar.from_bs(last, 1, 10)  # its fiscal year ends in Asar of the same year
    beyond = calendar.from_bs(last, 5, 10)  # this one ends in a year that nobody vouches for yet
    signs = pd.DataFrame(
        {
            "unit_code": "31206",
            "sign": "budget",
            "signed_on": [known, beyond],
            "value": [100_000, 200_000],
        }
    )
    found = derived_figures.from_signs(signs, today=beyond)
    budgets = found[found["indicator"] == "committee_budget_npr"]
    assert budgets["value"].tolist() == [100_000]
