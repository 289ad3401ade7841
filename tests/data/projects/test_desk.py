"""Booths, organisations, places and indicators: at once by a command, by two accounts on a page."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from data.accounts.audit_log import AuditLog
from data.database.project_store import ChangeKind
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.projects.folder import make_folder
from data.reference import project_files
from data.reference.indicators import load_indicators
from data.reference.project_files import ADDED, read_folder
from tests.conftest import Stores
from tests.data.projects.test_site_list import CLEAN, as_csv
from tests.support import prepared_stores
from tests.support.workbooks import changed, workbook

TODAY = date(2024, 8, 1)
ORGANISATIONS = (
    "code,name_en,name_ne,synthetic\n"
    "child-aid,Child Aid (synthetic),बाल सहयोग (नमुना),true\n"
    "safe-border,Safe Border (synthetic),सुरक्षित सीमा (नमुना),true\n"
).encode()
INDICATOR = """
[indicator.home_visits]
catalogue = "X1"
theme = "youth"
name = { en = "Homes visited", ne = "भेटिएका घर" }
definition = { en = "Homes that a youth ambassador visited.", ne = "युवा दूतले भेटेका घर।" }
unit = { en = "homes", ne = "घर" }
class = "organisational"
aggregation = "flow"

[design.home_visits.public]
finest = "palika"
periods = ["quarter", "year"]

[design.home_visits.partner]
finest = "palika"
periods = ["quarter", "year"]

[activity.home-visits]
name = { en = "Home visits", ne = "घरभेट" }
events = "home_visits"
"""


@pytest.fixture
def sima(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Sima:
    prepared_stores.fill(stores, synthetic=True)
    made = Sima(stores.settings, today=TODAY)
    for name, role in (
        ("asks", Role.STEWARD),
        ("other", Role.STEWARD),
        ("approves", Role.APPROVER),
    ):
        made.accounts.add(name, role)
    made.accounts.add("reads", Role.PLANNER, ("511",))
    folder = Path(stores.settings.project)
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    monkeypatch.setenv("SIMA_PROJECT", str(folder))
    project_files.forget()
    yield made
    monkeypatch.undo()
    project_files.forget()


def kinds(sima: Sima) -> list[str]:
    return list(AuditLog(sima.accounts.engine).list_entries(most=9)["kind"])


# ---- organisations


def test_an_organisation_is_known_at_once_and_named_in_the_release(sima: Sima) -> None:
    change = sima.project.new_organisations(ORGANISATIONS, name="new.csv")
    assert change.codes == ("child-aid", "safe-border")
    sima.project.make(change, by="asks")
    assert kinds(sima)[0] == "organisations_added"
    row = changed("trainings", activity="school-training", events="", men="", women="")
    staged = sima.stage(workbook("trainings", [row], organisation="child-aid"))
    assert staged.ok, [each.kind for each in staged.findings]
    sima.confirm(staged, by="asks")
    sima.approve(sima.request(Audience.PARTNER, by="asks"), by="approves", why="planned")
    told = sima.writer(Audience.PARTNER).reader.presence(1)
    assert set(told["name_en"]) == {"Child Aid (synthetic)"}


@pytest.mark.alike
def test_the_same_organisations_twice_change_nothing(sima: Sima) -> None:
    desk = sima.project
    desk.make(desk.new_organisations(ORGANISATIONS, name="n"), by="asks")
    again = desk.new_organisations(ORGANISATIONS, name="n")
    assert again.codes == ()
    assert desk.make(again, by="asks") is None
    assert len(desk.list_changes()) == 1


@pytest.mark.alike
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("child-aid,", "Child Aid,", "line 2: code must be small letters"),
        ("safe-border,", "child-aid,", "line 3: child-aid stands in the list twice"),
        ("बाल सहयोग (नमुना)", "", "line 2: name_ne is missing"),
        (",true\n", ",perhaps\n", "line 2: synthetic must be true or false"),
        (",true\n", ",false\n", "line 2: this store is for synthetic data"),
        (",true\n", ",true,more\n", "line 2: there are more cells than columns"),
        ("code,", "key,", "line 1: the columns must be code, name_en, name_ne, synthetic"),
        ("child-aid,Child", "org-a,Child", "org-a is known already, under another name"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_added(
    sima: Sima, old: str, new: str, said: str
) -> None:
    wrong = ORGANISATIONS.decode().replace(old, new, 1).encode()
    with pytest.raises(SimaError, match=said):
        sima.project.new_organisations(wrong, name="new.csv")


def test_every_wrong_line_of_a_list_is_named(sima: Sima) -> None:
    wrong = ORGANISATIONS.replace(b"child-aid,", b"Child Aid,").replace(b",true", b",perhaps")
    with pytest.raises(SimaError) as refused:
        sima.project.new_organisations(wrong, name="new.csv")
    said = str(refused.value)
    assert "line 2: code must be" in said
    assert "line 2: synthetic must be" in said
    assert "line 3: synthetic must be" in said


@pytest.mark.alike
@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"code,name_en,name_ne,synthetic\n", b'a,"b']
)
def test_a_file_that_is_no_list_is_refused(sima: Sima, content: bytes) -> None:
    with pytest.raises(SimaError, match=r"new\.csv"):
        sima.project.new_organisations(content, name="new.csv")


# ---- places


def test_a_place_that_was_added_by_mistake_can_be_taken_back(sima: Sima) -> None:
    desk = sima.project
    desk.make(desk.place_added("20201", since=date(2024, 1, 1)), by="asks")
    with pytest.raises(SimaError, match="let it end on 2023-12-31, the day before it begins"):
        desk.place_ended("20201", on=date(2023, 6, 1))
    desk.make(desk.place_ended("20201", on=date(2023, 12, 31)), by="asks")
    assert not sima.gazetteer.units.at["20201", "programme_district"]
    assert not sima.gazetteer.units.at["202", "programme_district"]


def test_a_place_joins_and_ends_and_the_release_shows_it(sima: Sima) -> None:
    desk = sima.project
    desk.make(desk.place_added("20201", since=date(2024, 1, 1)), by="asks")
    assert kinds(sima)[0] == "programme_changed"
    assert sima.gazetteer.units.loc[["20201", "202", "20202"], "programme_district"].tolist() == [
        True, True, False,
    ]  # fmt: skip
    row = changed("trainings", activity="school-training", events="", men="", women="")
    sima.confirm(sima.stage(workbook("trainings", [row])), by="asks")
    sima.approve(sima.request(Audience.PARTNER, by="asks"), by="approves", why="planned")
    reader = sima.writer(Audience.PARTNER).reader
    units = reader.units(reader.releases()[0].boundaries_id)
    assert bool(units.at["20201", "programme_district"])
    assert not bool(units.at["20202", "programme_district"])
    desk.make(desk.place_ended("20201", on=date(2024, 7, 31)), by="asks")
    assert not sima.gazetteer.units.at["20201", "programme_district"]
    assert sima.gazetteer.units.at["511", "programme_district"]


@pytest.mark.alike
def test_a_place_that_is_wrong_or_known_is_told(sima: Sima) -> None:
    desk = sima.project
    for code in ("99999", "5110601", "5", "NP"):
        with pytest.raises(SimaError, match="no district or palika"):
            desk.place_added(code, since=TODAY)
    assert desk.place_added("51106", since=TODAY).codes == (), "its district is one"
    with pytest.raises(SimaError, match="It belongs to 511"):
        desk.place_ended("51106", on=TODAY)
    desk.make(desk.place_added("20201", since=TODAY), by="asks")
    with pytest.raises(SimaError, match="cannot end before"):
        desk.place_ended("20201", on=date(2024, 1, 1))


# ---- indicators


def test_an_indicator_is_reported_and_released_without_a_restart(sima: Sima) -> None:
    desk = sima.project
    desk.make(desk.new_indicator(INDICATOR), by="asks")
    assert "home_visits" in load_indicators()
    staged = sima.stage(
        workbook(
            "trainings",
            [
                changed(
                    "trainings",
                    activity="home-visits",
                    events=7,
                    girls="",
                    boys="",
                    men="",
                    women="",
                )
            ],
        )
    )
    assert staged.ok, [each.kind for each in staged.findings]
    sima.confirm(staged, by="asks")
    sima.approve(sima.request(Audience.PUBLIC, by="asks"), by="approves", why="planned")
    reader = sima.writer(Audience.PUBLIC).reader
    cells = reader.cells(1, indicator="home_visits")
    assert 7 in set(cells["value"].dropna())
    assert "[design.home_visits.public]" in reader.policy_text(1)
    held = read_folder(Path(desk.folder))
    assert reader.project(1) == held.hash
    assert sima.holdings.project.packed_files(held.hash) == held.packed()


@pytest.mark.alike
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'finest = "palika"',
            'finest = "ward"',
            r"line \d+: .*finest: must not be finer than palika",
        ),
        ('"organisational"', '"secret"', r"line \d+: "),
        ('theme = "youth"', 'theme = "new"', r"line \d+: home_visits\.theme: must be one of"),
        ('events = "home_visits"', 'events = "ghost"', "ghost does not stand in indicators.toml"),
        ("home_visits", "booth_contacts", "There is an indicator booth_contacts already"),
        ("[activity.home-visits]", "[activity.teachers]", "there is one already"),
        ("[activity.home-visits]", "[policy.x]", "policy is not a known table"),
        ("[indicator.home_visits]", "[indicator.home_visits", "This is not TOML"),
        (', ne = "घर"', "", "no text in ne"),
    ],
)
def test_a_wrong_indicator_is_refused_and_nothing_is_written(
    sima: Sima, old: str, new: str, said: str
) -> None:
    before = read_folder(Path(sima.project.folder)).hash
    with pytest.raises(SimaError, match=said):
        sima.project.new_indicator(INDICATOR.replace(old, new))
    assert read_folder(Path(sima.project.folder)).hash == before


# ---- two accounts


CHANGES = [
    ChangeKind.SITES, ChangeKind.SITE_CLOSED, ChangeKind.ORGANISATIONS, ChangeKind.PLACE, ChangeKind.INDICATOR,
]  # fmt: skip


def propose(sima: Sima, kind: ChangeKind) -> int:
    desk = sima.project
    made = {
        ChangeKind.SITES: lambda: desk.new_sites(as_csv(CLEAN), name="n"),
        ChangeKind.SITE_CLOSED: lambda: desk.closing("BANKE-JAMUNAHA", on=TODAY),
        ChangeKind.ORGANISATIONS: lambda: desk.new_organisations(ORGANISATIONS, name="n"),
        ChangeKind.PLACE: lambda: desk.place_added("20201", since=TODAY),
        ChangeKind.INDICATOR: lambda: desk.new_indicator(INDICATOR),
    }
    return desk.ask(made[kind](), by="asks")


def state(sima: Sima) -> tuple[object, ...]:
    holdings = sima.holdings
    return (
        holdings.sites().to_csv(), sorted(holdings.listed_organisations()), holdings.programme().to_csv(),
        read_folder(Path(sima.project.folder)).content[ADDED],
    )  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_what_one_account_asks_for_takes_effect_when_another_agrees(
    sima: Sima, kind: ChangeKind
) -> None:
    before = state(sima)
    number = propose(sima, kind)
    assert state(sima) == before, "asked for, and nothing more"
    with pytest.raises(SimaError, match="Another account must agree"):
        sima.project.agree(number, by="asks")
    with pytest.raises(SimaError, match="this needs one of"):
        sima.project.agree(number, by="reads")
    assert state(sima) == before
    sima.project.agree(number, by="other")
    assert state(sima) != before
    with pytest.raises(SimaError, match="already been decided"):
        sima.project.agree(number, by="approves")
    newest = sima.project.list_changes().iloc[0]
    assert (newest["asked_by"], newest["decided_by"], newest["state"]) == (
        "asks",
        "other",
        "agreed",
    )


@pytest.mark.alike
def test_a_declined_change_has_no_effect(sima: Sima) -> None:
    before = state(sima)
    number = propose(sima, ChangeKind.SITES)
    sima.project.decline(number, by="asks")
    assert state(sima) == before
    with pytest.raises(SimaError, match="already been decided"):
        sima.project.agree(number, by="other")
    assert kinds(sima)[:2] == ["change_declined", "change_asked"]


@pytest.mark.alike
def test_a_change_is_checked_again_when_it_is_agreed_to(sima: Sima) -> None:
    number = propose(sima, ChangeKind.SITES)
    desk = sima.project
    desk.make(desk.new_sites(as_csv(CLEAN | {"name_en": "Another"}), name="n"), by="asks")
    with pytest.raises(SimaError, match="known already, with other facts"):
        desk.agree(number, by="other")


@pytest.mark.alike
def test_there_is_no_change_of_that_number(sima: Sima) -> None:
    for act in (sima.project.agree, sima.project.decline):
        with pytest.raises(SimaError, match="There is no change 7"):
            act(7, by="other")


# ---- what is unknown never reaches the gate


def test_an_indicator_that_was_taken_out_is_named_before_a_release(sima: Sima) -> None:
    desk = sima.project
    desk.make(desk.new_indicator(INDICATOR), by="asks")
    row = changed(
        "trainings", activity="home-visits", events=7, girls="", boys="", men="", women=""
    )
    sima.confirm(sima.stage(workbook("trainings", [row])), by="asks")
    request = sima.request(Audience.PUBLIC, by="asks")
    (Path(desk.folder) / ADDED).unlink()
    project_files.forget()
    with pytest.raises(SimaError, match="figures of home_visits, which the project no longer"):
        sima.approve(request, by="approves", why="planned")
    refused = sima.stage(workbook("trainings", [row]))
    assert not refused.ok, "an upload about it is refused as well"


# ---- a booth that closed


def test_a_closed_booth_leaves_no_hole_for_partners_and_no_sign_for_the_public(sima: Sima) -> None:
    def rows(booth: str, months: range) -> list[list[object]]:
        return [changed("booth-month", booth=booth, month=f"2023-{n:02}") for n in months]

    months = rows("BANKE-JAMUNAHA", range(1, 7)) + rows("SUNSARI-BHANTABARI", range(1, 4))
    sima.confirm(sima.stage(workbook("booth-month", months)), by="asks")
    sima.project.make(sima.project.closing("SUNSARI-BHANTABARI", on=date(2023, 3, 31)), by="asks")
    found = {}
    for audience in Audience:
        number = sima.approve(sima.request(audience, by="asks"), by="approves", why="planned")
        cells = sima.writer(audience).reader.cells(number, indicator="booth_contacts")
        whole = cells[cells["sex"].eq("all") & cells["age_band"].eq("all")]
        found[audience] = whole.set_index(["unit_code", "period"])["status"]
    assert found[Audience.PARTNER]["11303", "ad-2023-q2"] == "not_applicable"
    assert found[Audience.PARTNER]["NP", "ad-2023-q2"] == "published"
    assert found[Audience.PUBLIC]["11303", "ad-2023-q2"] == "suppressed"
    assert "not_applicable" not in set(found[Audience.PUBLIC])
    assert "not_reported" not in set(found[Audience.PUBLIC])
