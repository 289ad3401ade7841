"""A figure that was shown by mistake stays away: withdrawal, next release, restatement, audit."""

import pytest

from data.accounts.audit_log import AuditLog, EventKind
from data.database.withdrawal_store import Withdrawal
from data.disclosure.certificate import read_certificate
from data.model import Audience, SimaError
from data.pipeline import MEANWHILE_WITHDRAWN, Sima
from data.release_making import withdrawal
from data.release_making.withdrawal import NamedFigure, Withdrawer, read_hide_list
from tests.conftest import Stores
from tests.data.test_pipeline import WARDS, make, release, store
from tests.support.workbooks import changed, workbook

PUBLIC, PARTNER = Audience.PUBLIC, Audience.PARTNER
MEMBERS, HETAUDA, QUARTER = "parents_members", "31206", "ad-2023-q2"
FIGURE = (MEMBERS, HETAUDA, QUARTER)
WARD = (MEMBERS, "3120604", QUARTER)


def members(women: int = 12, *, period: str = "2023-Q2", other: int | None = None) -> bytes:
    """Members of the groups of every ward; of ward 4 ``other`` women."""
    rows = [
        changed(
            "groups",
            ward=ward,
            period=period,
            members_women=women if other is None or ward != 4 else other,
            members_men=12,
        )
        for ward in WARDS
    ]
    return workbook("groups", rows)


@pytest.fixture
def sima(stores: Stores) -> Sima:
    sima = make(stores, synthetic=True)
    store(sima, members())
    release(sima, PUBLIC)
    release(sima, PARTNER)
    return sima


def name(*figures: tuple[str, str, str]) -> list[NamedFigure]:
    return [NamedFigure(figure, "here") for figure in figures]


def take_back(sima: Sima, audience: Audience, *figures: tuple[str, str, str]) -> int | None:
    return sima.withdraw(audience, 1, by="approves", why="shows_too_much", hide=name(*figures))


def status(sima: Sima, audience: Audience, figure: tuple[str, str, str]) -> set[str]:
    """How all cells of a figure stand in the current release."""
    reader = sima.writer(audience).reader
    code, unit, period = figure
    cells = reader.cells(reader.current().number, indicator=code, period=period)
    mine = cells[cells["unit_code"] == unit]
    assert len(mine)
    assert mine.loc[mine["status"] != "published", "value"].isna().all()
    return set(mine["status"])


def entries(sima: Sima, kind: EventKind = EventKind.RELEASE_WITHDRAWN) -> list[tuple[str, int]]:
    log = AuditLog(sima.accounts.engine).list_entries(kind=kind)
    return list(zip(log["account"], log["number"], strict=True))


def test_a_figure_that_was_named_is_hidden_by_the_next_release(sima: Sima) -> None:
    assert status(sima, PUBLIC, FIGURE) == {"published"}
    assert take_back(sima, PUBLIC, FIGURE) is None
    preview = sima.preview(sima.request(PUBLIC, by="asks"))
    assert preview.stays_hidden == 1
    assert not preview.exposures
    assert release(sima, PUBLIC) == 2
    assert status(sima, PUBLIC, FIGURE) == {"suppressed"}
    assert status(sima, PUBLIC, (MEMBERS, "312", QUARTER)) == {"published"}, "nothing else"
    assert sima.check_certificate(PUBLIC, 2) == []
    # It stays so in every release after that one.
    store(sima, members(period="2023-Q3"))
    assert release(sima, PUBLIC) == 3
    assert status(sima, PUBLIC, FIGURE) == {"suppressed"}
    assert status(sima, PUBLIC, (MEMBERS, HETAUDA, "ad-2023-q3")) == {"published"}
    assert sima.check_certificate(PUBLIC, 3) == []


@pytest.mark.alike
def test_what_is_hidden_from_the_public_only_is_shown_to_partners(sima: Sima) -> None:
    take_back(sima, PUBLIC, FIGURE)
    release(sima, PARTNER)
    assert status(sima, PARTNER, FIGURE) == {"published"}


@pytest.mark.alike
def test_what_is_hidden_from_partners_is_hidden_from_the_public(sima: Sima) -> None:
    take_back(sima, PARTNER, FIGURE, WARD)
    for audience in (PUBLIC, PARTNER):
        release(sima, audience)
        assert status(sima, audience, FIGURE) == {"suppressed"}
        assert sima.check_certificate(audience, 2) == []
    assert status(sima, PARTNER, WARD) == {"suppressed"}


@pytest.mark.alike
def test_the_audit_counts_the_figure_as_known_and_relies_on_it_for_nothing(sima: Sima) -> None:
    """The tables of the two audits are the same, with and without the figure that stays hidden."""
    before = sima.preview(sima.request(PUBLIC, by="asks"))
    take_back(sima, PUBLIC, FIGURE)
    after = sima.preview(sima.request(PUBLIC, by="asks"))
    one, two = (read_certificate(each.certificate) for each in (before, after))
    assert one.views == two.views
    assert one.published.equals(two.published)
    assert (one.withheld, two.withheld) == (frozenset(), {FIGURE})


def test_a_restatement_hides_it_whether_it_changed_or_not(sima: Sima) -> None:
    take_back(sima, PUBLIC, FIGURE, (MEMBERS, "312", QUARTER))
    store(sima, members(other=40), reason="counting-error")
    request = sima.request(PUBLIC, by="asks", restates="ad-2023")
    preview = sima.preview(request)
    assert not preview.exposures
    sima.approve(request, by="approves", preview=preview)
    assert status(sima, PUBLIC, FIGURE) == {"suppressed"}
    assert sima.check_certificate(PUBLIC, 2) == []
    held = read_certificate(preview.certificate).published
    mine = held[held["unit_code"].eq(HETAUDA) & held["indicator"].eq(MEMBERS)]
    mine = mine[mine["period"].eq(QUARTER) & mine["version"].gt(0)].set_index("sex")["status"]
    assert mine["f"] == "suppressed", "it changed, so nobody was ever shown it"
    assert mine["m"] == "published", "it is as it was shown, so it is known"


@pytest.mark.alike
def test_a_preview_from_before_the_withdrawal_is_not_published(sima: Sima) -> None:
    store(sima, members(period="2023-Q3"))
    request = sima.request(PUBLIC, by="asks")
    preview = sima.preview(request)
    take_back(sima, PUBLIC, FIGURE)
    with pytest.raises(SimaError, match="was withdrawn meanwhile"):
        sima.approve(request, by="approves", preview=preview)
    assert MEANWHILE_WITHDRAWN.count("Review") == 1
    assert sima.approve(request, by="approves") == 2


@pytest.mark.alike
@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (("nothing", HETAUDA, QUARTER), "there is no indicator nothing. See: sima indicators"),
        ((MEMBERS, "99999", QUARTER), "there is no place with the code 99999"),
        ((MEMBERS, HETAUDA, "spring"), "spring is not a period. Write it"),
        ((MEMBERS, HETAUDA, "ad-2021-q1"), "release 1 did not show this figure"),
    ],
)
def test_an_entry_that_is_wrong_is_one_sentence_and_nothing_is_withdrawn(
    sima: Sima, figure: tuple[str, str, str], said: str
) -> None:
    with pytest.raises(SimaError, match=f"^here: .*{said}"):
        take_back(sima, PUBLIC, FIGURE, figure)
    assert sima.writer(PUBLIC).reader.current() is not None
    assert sima.holdings.withdrawals.figures().empty


@pytest.mark.alike
def test_figures_are_named_with_one_reason_only(sima: Sima) -> None:
    with pytest.raises(SimaError, match="with the reason shows_too_much only"):
        sima.withdraw(PUBLIC, 1, by="approves", why="figures_wrong", hide=name(FIGURE))


def test_figures_can_be_named_after_the_withdrawal(sima: Sima) -> None:
    take_back(sima, PUBLIC)
    assert sima.withheld(PUBLIC) == frozenset()
    assert take_back(sima, PUBLIC, FIGURE) is None
    assert sima.withheld(PUBLIC) == {FIGURE}
    assert entries(sima) == [("approves", 1)]
    assert entries(sima, EventKind.FIGURES_WITHHELD) == [("approves", 1)]
    with pytest.raises(SimaError, match="is withdrawn already"):
        take_back(sima, PUBLIC, FIGURE)
    kept = sima.holdings.withdrawals.figures()
    assert kept[["audience", "release_number", "account"]].to_numpy().tolist() == [
        ["public", 1, "approves"]
    ]


class KilledError(BaseException):
    """The process ends here."""


def _die(*_a: object, **_k: object) -> None:
    raise KilledError


def test_a_withdrawal_that_ends_before_it_counts_leaves_nothing(
    sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("data.release_making.writer.ReleaseWriter.withdraw", _die)
        with pytest.raises(KilledError):
            take_back(sima, PUBLIC, FIGURE)
    assert sima.writer(PUBLIC).reader.current() is not None
    assert sima.withheld(PUBLIC) == frozenset()
    assert entries(sima) == []
    take_back(sima, PUBLIC, WARD[:1] + FIGURE[1:])
    assert sima.withheld(PUBLIC) == {FIGURE}


def test_a_withdrawal_that_ends_before_its_entry_gets_it_with_the_next_try(
    sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Withdrawer, "_note", _die)
        with pytest.raises(KilledError):
            take_back(sima, PUBLIC, FIGURE)
    assert sima.writer(PUBLIC).reader.current() is None
    assert sima.withheld(PUBLIC) == {FIGURE}
    assert entries(sima) == []
    with pytest.raises(SimaError, match="is withdrawn already"):
        sima.withdraw(PUBLIC, 1, by="asks", why="figures_wrong")
    assert entries(sima) == [("approves", 1)], "by whom it was withdrawn"
    log = AuditLog(sima.accounts.engine)
    assert log.list_entries(most=1)["purpose"].tolist() == ["shows_too_much"]
    with pytest.raises(SimaError, match="is withdrawn already"):
        sima.withdraw(PUBLIC, 1, by="asks", why="figures_wrong")
    assert len(entries(sima)) == 1
    assert log.verify() == ""


def test_the_store_replaces_an_earlier_try_and_adds_to_a_withdrawal(sima: Sima) -> None:
    held = sima.holdings.withdrawals
    first = Withdrawal(PARTNER, 1, "asks", "figures_wrong", "2024-01-01T00:00:00Z")
    second = Withdrawal(PARTNER, 1, "approves", "shows_too_much", "2024-01-02T00:00:00Z")
    held.put(first, [WARD])
    held.put(second, [FIGURE, FIGURE])
    assert held.get(PARTNER, 1) == second
    assert held.get(PUBLIC, 1) is None
    assert held.add_figures(second, [FIGURE, WARD]) == 1
    assert sorted(held.figures()["unit_code"]) == [HETAUDA, WARD[1]]
    assert sima.withheld(PARTNER) == frozenset(), "the release is not withdrawn"


LISTS = [
    (b"\xff\xfe", "not a CSV file in UTF-8"),
    (b"indicator,place,period\n", "line 1: the columns must be indicator, place_code, period"),
    (b"indicator,place_code,period\n", "names no figure"),
    (b"indicator,place_code,period\na,b\n", "line 2: the line needs a cell for each of"),
    (b"indicator,place_code,period\na,b,c,d\n", "line 2: the line needs a cell for each of"),
]


@pytest.mark.parametrize(("content", "said"), LISTS)
def test_a_wrong_list_is_told_with_file_and_line(content: bytes, said: str) -> None:
    with pytest.raises(SimaError, match=f"hide.csv.*{said}"):
        read_hide_list(content, name="hide.csv")


def test_a_list_may_have_its_columns_in_any_order() -> None:
    content = "\ufeffperiod, indicator ,place_code\nad-2023-q2,parents_members,31206\n"
    (named,) = read_hide_list(content.encode(), name="hide.csv")
    assert named == NamedFigure(FIGURE, "hide.csv, line 2")
    with pytest.raises(SimaError, match=r"--hide a,b: write INDICATOR,PLACE,PERIOD"):
        withdrawal.read_hide_options(["a,b"])
