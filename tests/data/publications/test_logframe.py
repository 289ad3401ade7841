"""The logframe: what is refused, and that a part is never shown as the whole."""

import copy
import io
import tomllib
from dataclasses import dataclass
from typing import Any

import openpyxl
import pandas as pd
import pytest

from dashboard.i18n import wording
from dashboard.sections import targets
from dashboard.sections.targets import Part
from data.model import Audience, ReleaseInfo, SimaError
from data.publications.logframe import (
    FILE,
    Actual,
    Row,
    build_lines,
    load_logframe,
    read_actual,
    read_logframe,
)
from data.reference.indicators import REFERENCE
from data.reference.project import FiguresLicence

TABLE = tomllib.loads((REFERENCE / FILE).read_text("utf-8"))


def row(code: str, **change: Any) -> Row:
    table = copy.deepcopy(TABLE)
    table[code] |= change
    table[code] = {name: value for name, value in table[code].items() if value is not None}
    return next(each for each in read_logframe(table) if each.code == code)


def cells(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Make cells of unit, period and a value, a class or a status."""
    statuses = {"suppressed", "not_reported", "not_applicable"}
    made = [
        {"unit_code": unit, "admin_level": 0 if unit == "NP" else 3, "period": period,
         "sex": "all", "age_band": "all",
         "status": value if value in statuses else "published",
         "value": value if isinstance(value, int) else None,
         "value_class": value if isinstance(value, str) and value not in statuses else None}
        for unit, period, value in rows
    ]  # fmt: skip
    columns = ["unit_code", "admin_level", "period", "sex", "age_band", "status", "value",
               "value_class"]  # fmt: skip
    return pd.DataFrame(made, columns=columns).astype({"value": "Int64"})


YEARS = [f"ad-{year}" for year in range(2020, 2024)]


def years(*values: Any) -> pd.DataFrame:
    return cells(*(("NP", year, value) for year, value in zip(YEARS, values, strict=False)))


# ---- the file


def test_only_published_targets_and_baselines_stand_in_it() -> None:
    rows = {each.code: each for each in load_logframe()}
    assert {code for code, each in rows.items() if each.target} == {"children"}
    assert {code for code, each in rows.items() if each.baseline} == {"committees"}
    target = rows["children"].target
    assert target is not None
    assert (target.target, target.ledger_number) == (1600, "F11")
    assert rows["committees"].baseline == "F18"


@pytest.mark.parametrize(
    ("code", "change", "said"),
    [("members", {"indicator": "nothing"}, "is not released"),
     ("children", {"indicator": "booth_staff_days", "target": None}, "is not released"),
     ("skills", {"unit": "511"}, "is not released"),
     ("children", {"unit": "51106", "target": "sticks_and_stones"}, "belongs to another figure"),
     ("children", {"target": "nothing"}, "not in targets.toml"),
     ("members", {"target": "sticks_and_stones"}, "belongs to another figure"),
     ("children", {"baseline": "F99"}, "baseline F99 is not in the ledger"),
     ("children", {"published": "<b>"}, "not in the ledger"),
     ("children", {"baseline_value": 0}, "missing or unknown: baseline_value"),
     ("children", {"periods": None}, "missing or unknown: periods"),
     ("children", {"periods": ["2023"]}, "not a period"),
     ("children", {"periods": []}, "must be consecutive"),
     ("children", {"periods": ["ad-2020", "ad-2022"]}, "must be consecutive"),
     ("children", {"periods": ["ad-2023", "ad-2022"]}, "must be consecutive"),
     ("children", {"periods": ["ad-2023-q1"]}, "not released for periods of this length"),
     ("informed", {"sex": "x"}, "'x'"), ("skills", {"sex": "f"}, "not released by sex"),
     ("children", {"age": "u18"}, "not released by age"),
     ("groups", {"name": None}, "missing or unknown: name"),
     ("members", {"name": {"en": "a", "ne": "b"}}, "missing or unknown: name"),
     ("rescues", {"caveat": {"en": "English"}}, "no text in ne")],
)  # fmt: skip
def test_a_wrong_entry_is_named(code: str, change: dict[str, Any], said: str) -> None:
    with pytest.raises(SimaError, match=f"logframe.toml, {code}: .*{said}"):
        row(code, **change)


# ---- what was reached


def test_years_that_are_all_shown_are_added_up() -> None:
    whole, *single = build_lines(row("children"), years(1, 20, 300, 4000))
    assert whole.periods == tuple(YEARS)
    assert (whole.actual.value, whole.target and whole.target.target) == (4321, 1600)
    assert [line.actual.value for line in single] == [1, 20, 300, 4000]
    assert [line.target for line in single] == [None] * 4


@pytest.mark.parametrize(
    ("status", "field"), [("suppressed", "hidden"), ("not_reported", "silent"), ("not_applicable", "absent")]
)  # fmt: skip
def test_a_part_is_never_added_up_as_the_whole(status: str, field: str) -> None:
    whole, *single = build_lines(row("children"), years(100, status, 100, 100))
    assert not whole.actual.shown
    assert getattr(whole.actual, field) == ("ad-2021",)
    assert [line.actual.value for line in single] == [100, None, 100, 100]


def test_a_period_that_is_not_in_the_release_is_missing() -> None:
    whole = build_lines(row("children"), years(100, 100))[0].actual
    assert whole == Actual(absent=("ad-2022", "ad-2023"))
    assert build_lines(row("children"), years())[0].actual.absent == tuple(YEARS)


def test_other_units_and_parts_of_people_are_not_added() -> None:
    mine = years(1, 1, 1, 1)
    other = cells(*(("51106", year, 50) for year in YEARS))
    girls = years(9, 9, 9, 9).assign(sex="f")
    found = build_lines(row("children"), pd.concat([mine, other, girls]))
    assert found[0].actual.value == 4


def test_a_stock_is_not_added_up() -> None:
    found = build_lines(row("members"), years(1, 2, 3, 4))
    assert [line.periods for line in found] == [(year,) for year in YEARS]
    assert [line.actual.value for line in found] == [1, 2, 3, 4]


def test_classes_are_shown_and_never_added_up() -> None:
    mine = row("rescues", periods=YEARS)
    whole, *single = build_lines(mine, years("lower", "middle", "higher", "none"))
    assert whole.actual == Actual(in_classes=True)
    assert [line.actual.value_class for line in single] == ["lower", "middle", "higher", "none"]
    assert all(line.actual.value is None for line in single)


def test_palikas_are_counted_where_all_of_them_reported() -> None:
    mine = row("groups")
    found = cells(("51101", "ad-2020", 2), ("51102", "ad-2020", 0), ("51103", "ad-2020", 1))
    assert read_actual(mine, ["ad-2020"], found) == Actual(value=2, reported=3)


def test_a_silent_palika_leaves_the_count_open_and_is_said() -> None:
    found = cells(("51101", "ad-2020", 2), ("51102", "ad-2020", "not_reported"))
    counted = read_actual(row("groups"), ["ad-2020"], found)
    assert (counted.value, counted.silent) == (None, ("ad-2020",))
    assert (counted.reported, counted.unreported) == (1, 1)


def test_a_hidden_palika_leaves_no_count_and_no_number_beside_it() -> None:
    found = cells(("51101", "ad-2020", 2), ("51102", "ad-2020", "suppressed"))
    assert read_actual(row("groups"), ["ad-2020"], found) == Actual(hidden=("ad-2020",))


# ---- the files


@pytest.fixture
def part() -> Part:
    wording.speak("en")
    shown = targets.Shown(
        "2023", whole=True, target=1600, reached=4562, notes=("+cmd|' /C calc'!A0",)
    )
    return Part(row("children"), "=1+1", "people", "@none", (shown,), (("Target", "F11"),))


INFO = ReleaseInfo(3, Audience.PUBLIC, "2026-01-02T00:00:00Z", "current", True, "b", "2", 1, 0)  # noqa: FBT003  # a record


@dataclass(frozen=True)
class Licensed:
    """A store of releases of which only the licence is asked."""

    named: FiguresLicence

    def licence(self, number: int) -> FiguresLicence:
        assert number == INFO.number
        return self.named


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        (FiguresLicence("CC0-1.0", "https://a.example"), "the figures: CC0-1.0, https://a.example"),
        (FiguresLicence("ODbL-1.0"), "Licence of the figures: ODbL-1.0"),
        (FiguresLicence(), "No licence has been chosen yet."),
    ],
)
def test_the_workbook_names_the_licence_that_its_release_recorded(
    part: Part, monkeypatch: pytest.MonkeyPatch, licence: FiguresLicence, said: str
) -> None:
    monkeypatch.setattr(targets.cache, "reader", lambda _release: Licensed(licence))
    book = openpyxl.load_workbook(io.BytesIO(targets.workbook([part], INFO, "", "en")))
    about = [str(cell.value) for (cell,) in book.worksheets[1].iter_rows()]
    assert sum(said in line for line in about) == 1


def test_no_spreadsheet_runs_a_text_of_the_files(
    part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets.cache, "reader", lambda _release: Licensed(FiguresLicence()))
    text = targets.csv([part], "en").decode()
    assert "'=1+1" in text
    assert "'@none" in text
    assert "'+cmd" in text
    book = openpyxl.load_workbook(io.BytesIO(targets.workbook([part], INFO, "=HYPERLINK(1)", "en")))
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:6] == ["'=1+1", "people", "2023", "'@none", 1600, 4562]  # fmt: skip
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}
    about = [cell.value for (cell,) in book.worksheets[1].iter_rows()]
    assert "'=HYPERLINK(1)" in about
    assert any("SYNTHETIC DATA" in str(text) for text in about)


def test_markup_in_a_text_stays_text(part: Part) -> None:
    hostile = Part(part.row, "<script>", "<b>", "<i>", part.shown, part.sources)
    written = targets.table([hostile])
    assert "<script>" not in written
    assert "&lt;script&gt;" in written


def test_files_are_in_the_language_of_the_screen(part: Part) -> None:
    assert "सूचक" in targets.csv([part], "ne").decode()
    wording.speak("en")
    assert "Indicator" in targets.csv([part], "en").decode()
