"""What the gate remembers, on both engines: frozen records, restatement, certificates, consent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from data.disclosure.engine.additive_table import Table
from data.disclosure.engine.audit import intervals
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.reference import indicators
from data.reference import policy as reference_policy
from data.release_making import build
from data.release_making.build import Preview
from tests.conftest import Stores
from tests.data.test_pipeline import TODAY, make
from tests.support.workbooks import changed, workbook

WARDS = range(1, 9)  # of Makawanpurgadhi
PALIKA = "31208"


@pytest.fixture
def sima(stores: Stores) -> Sima:
    return make(stores, synthetic=True)


def members(period: str, women: dict[int, int], *, men: int = 20) -> bytes:
    rows = [
        changed(
            "groups", palika="Makawanpurgadhi", ward=ward, groups=1, period=period,
            members_women=women.get(ward, 20), members_men=men,
        )
        for ward in WARDS
    ]  # fmt: skip
    return workbook("groups", rows)


def store(sima: Sima, content: bytes, reason: str | None = None) -> None:
    staged = sima.stage(content)
    assert staged.ok, staged.findings
    sima.confirm(staged, by="asks", reason=reason)


def release(sima: Sima, audience: Audience = Audience.PARTNER, restates: str | None = None) -> int:
    return sima.approve(sima.request(audience, by="asks", restates=restates), by="approves")


def shown(sima: Sima, unit: str, period: str, *, sex: str = "all", number: int | None = None):
    reader = sima.writer(Audience.PARTNER).reader
    cells = reader.cells(
        number or reader.releases()[0].number, indicator="parents_members", period=period
    )
    mine = cells[(cells["unit_code"] == unit) & (cells["sex"] == sex)]
    return [
        (row["status"], None if pd.isna(row["value"]) else row["value"])
        for _, row in mine.iterrows()
    ]


@pytest.mark.alike
def test_a_release_says_until_when_each_sign_holds(sima: Sima) -> None:
    rows = [["Makwanpur", "Hetauda", sign, day, "1", value] for sign, day, value in (
        ("formed", "2023-01-10", None), ("budget", "2023-08-01", 100_000),
        ("review", "2024-01-20", None), ("proposed", "2024-05-20", 120_000),
    )]  # fmt: skip
    store(sima, workbook("committee-signs", rows))
    store(sima, members("2023-Q2", {}))
    release(sima)
    signs = sima.writer(Audience.PARTNER).reader.signs(1).set_index("sign")
    assert signs["holds_until"].map(str).to_dict() | {"formed": ""} == {
        "formed": "", "budget": "2024-07-15", "review": "2024-07-20", "proposed": "None",
    }  # fmt: skip
    assert set(signs["beyond_calendar"]) <= {True, False}
    assert signs["beyond_calendar"].to_dict()["formed"] or signs.at["formed", "holds_until"]


@pytest.mark.alike
def test_a_late_report_is_announced_and_waits_for_the_restatement(sima: Sima) -> None:
    store(sima, members("2023-Q2", {}))
    release(sima)
    late = sima.stage(members("2023-Q2", {1: 55}))
    assert [finding.kind for finding in late.findings] == ["period-released"]
    assert late.findings[0].params == {"figures": 1, "periods": "ad-2023-q2"}
    store(sima, members("2023-Q2", {1: 55}), reason="late-report")
    assert sima.preview(sima.request(Audience.PARTNER, by="asks")).waiting == 1
    release(sima)
    assert shown(sima, PALIKA, "ad-2023-q2") == [("published", 320)]
    # The other audience's first release is made of the same frozen records.
    release(sima, Audience.PUBLIC)
    public = sima.writer(Audience.PUBLIC).reader.cells(
        1, indicator="parents_members", period="ad-2023-q2"
    )
    assert public.loc[public["unit_code"] == PALIKA, "value"].max() == 320
    release(sima, restates="ad-2023")
    assert shown(sima, PALIKA, "ad-2023-q2") == [("published", 355)]
    for audience in Audience:
        newest = sima.writer(audience).newest()
        assert sima.check_certificate(audience, newest) == []


@pytest.mark.alike
def test_a_correction_of_one_person_is_not_restated_in_sight(sima: Sima) -> None:
    """7 to 8 in one ward: both totals shown would tell of a late report of exactly one."""
    store(sima, members("2023-Q2", {1: 27}))
    release(sima)
    store(sima, members("2023-Q2", {1: 28}), reason="late-report")
    release(sima, restates="ad-2023")
    for unit in ("3120801", PALIKA, "312", "3", "NP"):
        before = shown(sima, unit, "ad-2023-q2", number=1)
        after = shown(sima, unit, "ad-2023-q2", number=2)
        assert before[0][0] == "published"
        assert after[0][0] == "suppressed", unit
    assert sima.check_certificate(Audience.PARTNER, 2) == []


@pytest.mark.alike
def test_a_hidden_quarter_is_not_told_by_the_year(sima: Sima, stores: Stores) -> None:
    """The year's total comes with the last quarter: one hidden quarter would follow from it."""
    days = [date(2022, 4, 15), date(2022, 7, 15), date(2022, 10, 15), date(2023, 1, 15)]
    in_time = [Sima(stores.settings, today=day) for day in days]
    rows = [
        changed(
            "trainings", district="Makwanpur", palika="Makawanpurgadhi", activity="school-training", period=f"2022-Q{q}",
            girls=girls, boys=40,
        )
        for q, girls in ((1, 2), (2, 60), (3, 60), (4, 60))
    ]  # fmt: skip
    for then, row in zip(in_time, rows, strict=True):
        store(then, workbook("trainings", [row]))
        release(then)
    cells = sima.writer(Audience.PARTNER).reader.cells(4, indicator="children_trained")
    mine = cells[(cells["unit_code"] == PALIKA) & (cells["sex"] == "f")].set_index("period")
    assert mine["status"].to_dict()["ad-2022-q1"] == "suppressed"
    hidden = mine["status"].eq("suppressed")
    assert hidden["ad-2022"] or hidden[[f"ad-2022-q{q}" for q in range(1, 5)]].sum() >= 3
    figures = {"q1": 2, "q2": 60, "q3": 60, "q4": 60, "year": 182}
    names = list(figures)
    table = Table.of(
        names, list(figures.values()), rows=[(4, [0, 1, 2, 3])],
        suppressed=[hidden[f"ad-2022-{n}"] if n != "year" else hidden["ad-2022"] for n in names],
    )  # fmt: skip
    least, greatest = intervals(table)["q1"]
    assert greatest - least >= 5


@pytest.mark.alike
def test_what_a_withdrawn_release_showed_stays_known(sima: Sima) -> None:
    store(sima, members("2023-Q2", {}))
    first = release(sima)
    sima.withdraw(Audience.PARTNER, first, by="approves")
    store(sima, members("2023-Q2", {1: 90}), reason="late-report")
    release(sima)
    assert shown(sima, PALIKA, "ad-2023-q2") == [("published", 320)]


@pytest.mark.parametrize("other", list(Audience))
def test_two_releases_made_at_once_cannot_both_win(sima: Sima, other: Audience) -> None:
    store(sima, members("2023-Q2", {}))
    first = sima.request(Audience.PARTNER, by="asks")
    second = sima.request(other, by="asks")
    made = {number: sima.preview(number) for number in (first, second)}
    results: list[object] = []

    def approve(number: int) -> None:
        try:
            results.append(sima.approve(number, by="approves", preview=made[number]))
        except SimaError as refused:
            results.append(str(refused))

    threads = [threading.Thread(target=approve, args=(number,)) for number in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(type(result)) for result in results) == ["<class 'int'>", "<class 'str'>"]
    assert "meanwhile" in next(str(r) for r in results if isinstance(r, str))
    releases = [len(sima.writer(audience).reader.releases()) for audience in Audience]
    assert sum(releases) == 1


@pytest.mark.alike
def test_a_release_that_the_audit_refuses_leaves_nothing(
    sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(sima, members("2023-Q2", {}))
    request = sima.request(Audience.PARTNER, by="asks")
    made = sima.preview(request)
    exposed = build.Exposure(Audience.PARTNER, "parents_members|31208|ad-2023-q2|f|all", "", ("x",))
    refused = Preview(
        **{f: getattr(made, f) for f in Preview.__slots__} | {"exposures": (exposed,)}
    )
    with pytest.raises(SimaError, match="nothing is released") as said:
        sima.approve(request, by="approves", preview=refused)
    assert "would pass if these were hidden" in str(said.value)
    assert sima.writer(Audience.PARTNER).reader.releases() == []
    assert sima.holdings.request(request)["state"] == "asked"
    del monkeypatch


def test_without_the_certificate_nothing_more_is_released(sima: Sima, stores: Stores) -> None:
    store(sima, members("2023-Q2", {}))
    release(sima)
    with sima.holdings._engine.begin() as connection:  # noqa: SLF001  # holdings older than the release
        connection.exec_driver_sql("DELETE FROM certificate")
    with pytest.raises(SimaError, match="certificate of release 1"):
        sima.preview(sima.request(Audience.PARTNER, by="asks"))
    del stores


@pytest.mark.alike
def test_only_a_finished_released_year_is_restated(sima: Sima) -> None:
    store(sima, members("2023-Q2", {}))
    for code, why in (
        ("ad-2023", "No figures of ad-2023"), ("ad-2024", "not over"), ("ad-2023-q2", "whole years"), ("x", "not a period"),
    ):  # fmt: skip
        with pytest.raises(SimaError, match=why):
            sima.request(Audience.PARTNER, by="asks", restates=code)


@contextmanager
def policy(text: str) -> Iterator[None]:
    """Work under another policy for a while."""
    with pytest.MonkeyPatch.context() as patch:
        other = reference_policy.parse_policy(text)
        for module in ("data.pipeline", "data.reference.policy"):
            patch.setattr(f"{module}.load_policy", lambda: other)
        yield


@pytest.mark.alike
def test_a_lower_policy_takes_two_people_and_a_higher_one_none(sima: Sima) -> None:
    text = Path(indicators.REFERENCE / "policy.toml").read_text("utf-8")
    higher = text.replace("people = 5", "people = 8")
    store(sima, members("2023-Q2", {}))
    with policy(higher):
        release(sima)
        store(sima, members("2023-Q3", {}))
    request = sima.request(Audience.PARTNER, by="asks")
    assert sima.lowered(Audience.PARTNER) == ["threshold.partner.people"]
    with pytest.raises(SimaError, match="Two approvers must agree"):
        sima.preview(request)
    sima.agree(by="approves")
    sima.agree(by="approves")
    with pytest.raises(SimaError, match="1 did"):
        sima.preview(request)
    sima.accounts.add("second", Role.APPROVER)
    assert sima.agree(by="second") == ["approves", "second"]
    sima.accounts.disable("second")
    with pytest.raises(SimaError, match="1 did"):
        sima.preview(request)
    sima.accounts.enable("second")
    assert sima.approve(request, by="approves") == 2
    assert date(2024, 1, 1) < TODAY
