"""Checks of the rows: a clean row of each kind, then one mutation for each rule."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

from data.intake import row_rules, spreadsheet
from data.intake.cross_row_rules import find_contradicted_relations
from data.intake.row_rules import RECORD_COLUMNS, SIGN_COLUMNS, Checked
from data.reference import templates
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from tests.support import workbooks
from tests.support.workbooks import changed, workbook

TODAY = date(2024, 6, 1)
GAZETTEER = Gazetteer.load()
NOTHING = pd.DataFrame(columns=RECORD_COLUMNS).astype({"value": "Int64"})
NO_SIGNS = pd.DataFrame(columns=SIGN_COLUMNS).astype({"value": "Int64"})


def check(
    kind: str,
    *rows: list[Any],
    known: pd.DataFrame = NOTHING,
    known_signs: pd.DataFrame = NO_SIGNS,
) -> Checked:
    reading = spreadsheet.read_workbook(workbook(kind, rows or None))
    return row_rules.check_rows(
        reading,
        gazetteer=GAZETTEER,
        indicators=load_indicators(),
        known=known,
        known_signs=known_signs,
        relations=load_policy().relations,
        today=TODAY,
    )


def found(checked: Checked) -> list[tuple[str, str]]:
    return [(finding.kind, finding.where) for finding in checked.findings]


@pytest.mark.parametrize(
    ("kind", "figures"), [("booth-month", 20), ("groups", 3), ("trainings", 2)]
)
def test_a_clean_row_becomes_records(kind: str, figures: int) -> None:
    checked = check(kind)
    assert checked.ok
    assert checked.findings == ()
    assert len(checked.records) == figures
    assert checked.records["value"].notna().all()


def test_a_clean_sign_becomes_a_sign() -> None:
    sign = check("committee-signs").signs.iloc[0]
    assert (sign["unit_code"], sign["sign"], sign["number"]) == ("11308", "meeting", "14/2079")
    assert sign["signed_on"] == date(2022, 8, 28)


def test_figures_go_to_the_indicator_of_their_column() -> None:
    records = check("booth-month").records.set_index(["indicator", "sex", "age_band"])["value"]
    assert records["booth_contacts", "f", "u18"] == 40
    assert records["interceptions", "m", "18p"] == 4
    assert records["outcome_guardian", "all", "all"] == 8
    assert records["booth_staff_days", "all", "all"] == 60


def test_the_activity_decides_what_is_counted() -> None:
    row = changed("trainings", activity="awareness", women=9, men=4, events=3)
    records = check("trainings", row).records
    by_indicator = records.groupby("indicator")["value"].sum()
    assert by_indicator.to_dict() == {"sbcc_audience": 88, "sbcc_sessions": 3}


def test_seed_funds_are_rupees_by_their_kind() -> None:
    usual = {"girls": None, "boys": None, "women": None, "men": None}
    rows = [
        changed("trainings", activity=f"seed-funds-{kind}", amount=rupees, **usual)
        for kind, rupees in (("cash", 330_000), ("in-kind", 12_000_000))
    ]
    checked = check("trainings", *rows)
    assert checked.findings == ()
    assert checked.records.set_index("indicator")["value"].to_dict() == {
        "seed_funds_cash_npr": 330_000,
        "seed_funds_in_kind_npr": 12_000_000,
    }


def test_an_amount_of_an_activity_without_one_is_questioned() -> None:
    checked = check("trainings", changed("trainings", amount=5000))
    assert [finding.kind for finding in checked.findings] == ["count-not-for-activity"]


def test_a_sign_of_a_ward_is_of_its_own_committee() -> None:
    rows = [changed("committee-signs"), changed("committee-signs", ward="३")]
    checked = check("committee-signs", *rows)
    assert checked.findings == ()
    assert checked.signs["unit_code"].tolist() == ["11308", "1130803"]


def test_a_ward_that_the_palika_lacks_is_named() -> None:
    checked = check("committee-signs", changed("committee-signs", ward=40))
    assert [finding.kind for finding in checked.findings] == ["ward-unknown"]
    assert checked.signs.empty


@pytest.mark.parametrize(("kind", "newer"), [("trainings", "amount"), ("committee-signs", "ward")])
def test_a_file_of_an_older_template_is_read(kind: str, newer: str) -> None:
    reading = spreadsheet.read_workbook(workbook(kind, None))
    older = replace(
        reading,
        rows=reading.rows.drop(columns=newer),
        positions={key: at for key, at in reading.positions.items() if key != newer},
    )
    checked = row_rules.check_rows(
        older,
        gazetteer=GAZETTEER,
        indicators=load_indicators(),
        known=NOTHING,
        known_signs=NO_SIGNS,
        relations=load_policy().relations,
        today=TODAY,
    )
    assert checked.findings == ()
    assert len(checked.records) + len(checked.signs) == (2 if kind == "trainings" else 1)


def test_zero_missing_and_not_applicable_are_three_things() -> None:
    rows = [
        changed("groups", ward=1, groups=0, members_women="NA", members_men=None),
        changed("groups", ward=2, groups="०", members_women="n/a", members_men=" "),
    ]
    records = check("groups", *rows).records
    assert records["state"].tolist() == ["reported", "not_applicable"] * 2
    assert records["value"].fillna(-1).tolist() == [0, -1] * 2


@pytest.mark.parametrize(
    ("written", "value"),
    [("४२", 42), ("1,234", 1234), ("1,23,456", 123456), ("१,२३,४५६", 123456), (42.0, 42), ("42.0", 42), (" 42 ", 42)],
)  # fmt: skip
def test_a_count_is_read_as_people_write_it(written: object, value: int) -> None:
    records = check("groups", changed("groups", groups=written)).records
    assert records.loc[records["indicator"] == "parents_groups", "value"].tolist() == [value]


@pytest.mark.parametrize(
    ("kind", "change", "finding", "cell"),
    [
        ("groups", {"groups": -1}, "count-negative", "E3"),
        ("groups", {"groups": "-1"}, "count-negative", "E3"),
        ("groups", {"groups": "2.5"}, "count-fraction", "E3"),
        ("groups", {"groups": 2.5}, "count-fraction", "E3"),
        ("groups", {"groups": "many"}, "count-unreadable", "E3"),
        ("groups", {"groups": "1,2"}, "count-unreadable", "E3"),
        ("groups", {"groups": True}, "count-unreadable", "E3"),
        ("groups", {"groups": 2_000_000}, "count-too-large", "E3"),
        ("groups", {"district": None}, "cell-missing", "A3"),
        ("groups", {"palika": None}, "cell-missing", "B3"),
        ("groups", {"ward": None}, "cell-missing", "C3"),
        ("groups", {"period": None}, "cell-missing", "D3"),
        ("groups", {"district": "Atlantis"}, "district-unknown", "A3"),
        ("groups", {"palika": "Gadi Municipality"}, "palika-unknown", "B3"),
        ("groups", {"ward": 20}, "ward-unknown", "C3"),
        ("groups", {"ward": 0}, "ward-unknown", "C3"),
        ("groups", {"period": "soon"}, "period-unreadable", "D3"),
        ("groups", {"period": "2095/96"}, "period-unverified", "D3"),
        ("groups", {"period": "2024-Q2"}, "period-future", "D3"),
        ("booth-month", {"booth": "Nowhere"}, "site-unknown", "A3"),
        ("booth-month", {"month": "2023-Q2"}, "period-not-a-month", "B3"),
        ("booth-month", {"month": "2014-01"}, "booth-closed", "B3"),
        ("booth-month", {"open_days": 31}, "days-too-many", "V3"),
        ("booth-month", {"guardian": 100}, "outcomes-too-many", "O3"),
        ("booth-month", {"guardian": 0, "police": 100}, "outcomes-too-many", "P3"),
        ("booth-month", {"open_days": 0}, "people-without-events", "C3"),
        ("booth-month", {"staff_days": 0}, "people-without-events", "C3"),
        ("groups", {"groups": 0}, "people-without-events", "F3"),
        ("groups", {"groups": 90}, "fewer-than-least", "F3"),
        ("trainings", {"activity": "dancing"}, "activity-unknown", "D3"),
        ("trainings", {"women": 3}, "count-not-for-activity", "G3"),
        ("trainings", {"events": 3}, "count-not-for-activity", "I3"),
        ("committee-signs", {"sign": "wedding"}, "sign-unknown", "C3"),
        ("committee-signs", {"date": "yesterday"}, "day-unreadable", "D3"),
        ("committee-signs", {"date": "2079-13-01 BS"}, "day-unreadable", "D3"),
        ("committee-signs", {"date": "2095-01-01 BS"}, "period-unverified", "D3"),
        ("committee-signs", {"date": "2024-06-02"}, "day-future", "D3"),
        ("committee-signs", {"date": "2081-02-20 BS"}, "day-future", "D3"),
        ("committee-signs", {"date": "2044-01-01"}, "period-unverified", "D3"),
        ("committee-signs", {"date": "2099-12-31 AD"}, "period-unverified", "D3"),
        ("committee-signs", {"date": datetime(2044, 1, 1)}, "period-unverified", "D3"),  # noqa: DTZ001
        ("committee-signs", {"date": "2012-01-01"}, "period-unverified", "D3"),
        ("committee-signs", {"date": "२०९५-०१-०१"}, "period-unverified", "D3"),
        ("committee-signs", {"date": "2023-02-30"}, "day-unreadable", "D3"),
        ("committee-signs", {"decision": "by all"}, "number-unreadable", "E3"),
        ("committee-signs", {"sign": "trained", "value": 101}, "count-too-large", "F3"),
    ],
)
def test_one_mutation_gives_one_finding_at_its_cell(
    kind: str, change: dict[str, Any], finding: str, cell: str
) -> None:
    checked = check(kind, changed(kind, **change))
    assert found(checked) == [(finding, f"Data!{cell}")]
    assert not checked.ok


def test_everything_wrong_is_said_at_once() -> None:
    row = changed("groups", district="Atlantis", period="soon", groups="many")
    assert {kind for kind, _ in found(check("groups", row))} == {
        "district-unknown", "period-unreadable", "count-unreadable",
    }  # fmt: skip


def test_the_same_row_twice_is_named_with_the_other() -> None:
    checked = check("groups", workbooks.GROUPS_ROW, workbooks.GROUPS_ROW)
    assert ("row-twice", "Data!E4") in found(checked)
    assert checked.findings[0].params["other"] == "Data!E3"


def test_periods_that_share_days_are_found_in_a_file_and_with_what_is_held() -> None:
    quarter, year = workbooks.GROUPS_ROW, changed("groups", period="2023")
    in_file = check("groups", quarter, year)
    assert {kind for kind, _ in found(in_file)} == {"period-overlap"}
    held = check("groups", quarter).records.drop(columns="where")
    assert {kind for kind, _ in found(check("groups", year, known=held))} == {"period-overlap"}
    nepali = changed("groups", period="Q4 2079/80")
    overlap = check("groups", nepali, known=held)
    assert {kind for kind, _ in found(overlap)} == {"period-overlap"}
    assert overlap.findings[0].params["other"] == "ad-2023-q2"
    assert check("groups", changed("groups", period="2023-Q3"), known=held).ok


QUARTERS = ("2023-Q2", "Q4 2079/80")


def test_two_quarters_of_one_booth_that_share_days_are_named_and_not_added() -> None:
    rows = [changed("booth-month", month=written) for written in QUARTERS]
    checked = check("booth-month", *rows)
    assert set(found(checked)) == {
        ("period-not-a-month", "Data!B3"), ("period-not-a-month", "Data!B4"),
        ("period-overlap", "Data!B3"), ("period-overlap", "Data!B4"),
    }  # fmt: skip
    others = {f.where: f.params["other"] for f in checked.findings if f.kind == "period-overlap"}
    assert others == {"Data!B3": "bs-2079-q4", "Data!B4": "ad-2023-q2"}
    assert checked.records.empty
    elsewhere = changed("booth-month", month=QUARTERS[1], booth="SUNSARI-BHANTABARI")
    kinds = [kind for kind, _ in found(check("booth-month", rows[0], elsewhere))]
    assert kinds == ["period-not-a-month"] * 2


@pytest.mark.parametrize("written", ["Q4 2079/80", "Chaitra 2079", "Baisakh 2080"])
def test_a_period_of_a_booth_that_shares_days_with_stored_figures_is_found(written: str) -> None:
    held = check("booth-month").records.drop(columns="where")
    again = check("booth-month", changed("booth-month", month=written), known=held)
    overlaps = [each for each in again.findings if each.kind == "period-overlap"]
    assert not again.ok
    assert [(each.where, each.params["other"]) for each in overlaps] == [("Data!B3", "ad-2023-04")]
    later = changed("booth-month", month="Asar 2080")
    assert check("booth-month", later, known=held).ok


FORMED = changed("committee-signs", sign="formed", date="2079-05-12 BS")


@pytest.mark.parametrize(("day", "wrong"), [("2079-05-11 BS", True), ("2079-05-12 BS", False)])
def test_a_sign_dated_before_the_committee_was_formed_is_found_at_its_date(
    day: str,
    wrong: bool,  # noqa: FBT001  # as parametrised
) -> None:
    meeting = changed("committee-signs", date=day)
    expected = [("sign-before-formation", "Data!D4")] if wrong else []
    assert found(check("committee-signs", FORMED, meeting)) == expected
    held = check("committee-signs", FORMED).signs.drop(columns="where")
    stored = check("committee-signs", meeting, known_signs=held)
    assert found(stored) == ([("sign-before-formation", "Data!D3")] if wrong else [])


def test_the_first_formation_counts_and_no_committee_is_no_sign_of_one() -> None:
    again = changed("committee-signs", sign="formed", date="2080-01-10 BS")
    between = changed("committee-signs", date="2079-10-01 BS")
    none_yet = changed("committee-signs", sign="not_formed", date="2078-01-01 BS")
    assert check("committee-signs", FORMED, again, between, none_yet).ok
    assert check("committee-signs", between).ok, "of its formation nothing is known"


def test_bhandabari_is_a_booth_and_gadi_in_makwanpur_is_asked() -> None:
    assert check("booth-month", changed("booth-month", booth="Bhandabari")).ok
    asked = check("groups", changed("groups", palika="Gadi Municipality")).findings[0]
    assert asked.suggestions[0] == "31208"
    assert "Gadi" not in repr(asked), "what stands in a cell is not quoted"


def test_no_finding_quotes_a_cell() -> None:
    strange = "Zyzzyva"
    for kind in templates.KINDS:
        for column in templates.columns(kind):
            checked = check(kind, changed(kind, **{column.key: strange}))
            assert checked.findings
            assert strange not in repr(checked.findings)


def test_a_figure_that_is_held_contradicts_one_of_a_later_file() -> None:
    """The groups of a ward came first; a correction of its members alone must agree with them."""
    first = check("groups")
    assert first.ok
    held = first.records.drop(columns="where")
    none = held.assign(value=held["value"].mask(held["indicator"].eq("parents_groups"), 0))
    assert found(check("groups", known=none)) == [], "the file's own groups count"
    members = check("groups", known=NOTHING)
    of_members = members.records[members.records["indicator"].eq("parents_members")]
    again = list(
        find_contradicted_relations(
            of_members,
            none,
            relations=load_policy().relations,
            categories=templates.categories,
            indicators=load_indicators(),
        )
    )
    assert [(each.kind, each.where) for each in again] == [("people-without-events", "Data!F3")]


def test_what_is_counted_within_sessions_cannot_be_more_than_the_sessions() -> None:
    place = ["Banke", "Nepalgunj", "2023-Q2"]
    sessions = [*place, "awareness", None, None, None, None, 4, None]
    dramas = [*place, "street-drama", None, None, None, None, 3, None]
    murals = [*place, "murals", None, None, None, None, 2, None]
    assert found(check("trainings", sessions, dramas)) == []
    assert found(check("trainings", sessions, dramas, murals)) == [("outcomes-too-many", "Data!I4")]
    assert found(check("trainings", dramas, murals)) == [], "nobody said how many sessions"
