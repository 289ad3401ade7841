"""What a steward chooses for a release: kept with the request, used by it, told to the approver."""

import pytest

from data.accounts.audit_log import AuditLog, EventKind
from data.holdings import Holdings
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.release_making import choosing
from data.release_making.choosing import MEANWHILE_CHOSEN
from data.release_making.release_choice import Choice
from data.release_making.withdrawal import NamedFigure
from tests.conftest import Stores
from tests.data.test_pipeline import make, release, shown, store
from tests.data.test_withheld_figures import members

PUBLIC, PARTNER = Audience.PUBLIC, Audience.PARTNER
MEMBERS, WARD, QUARTER, YEAR = "parents_members", "3120604", "ad-2023-q2", "ad-2023"
REPORT = (MEMBERS, WARD, QUARTER)


@pytest.fixture
def sima(stores: Stores) -> Sima:
    sima = make(stores, synthetic=True)
    store(sima, members())
    release(sima, PARTNER)
    store(sima, members(other=30), reason="counting-error")
    return sima


def again(sima: Sima, audience: Audience = PARTNER) -> int:
    return sima.request(audience, by="asks", restates=YEAR)


def name(*figures: tuple[str, str, str]) -> list[NamedFigure]:
    return [NamedFigure(figure, "here") for figure in figures]


def value(sima: Sima, unit: str = WARD) -> list[int]:
    return shown(sima, unit, indicator=MEMBERS)


def test_what_waits_stays_as_it_was_until_the_year_is_published_again(sima: Sima) -> None:
    request = again(sima)
    assert sima.preview(request).waiting == 0
    assert sima.adjust(request, by="asks", wait=name(REPORT)) == Choice(frozenset({REPORT}))
    preview = sima.preview(request)
    assert (preview.waiting, preview.waiting_by_choice) == (1, 1)
    sima.approve(request, by="approves", preview=preview)
    assert sima.check_certificate(PARTNER, 2) == []
    assert value(sima) == [24]
    # It goes on waiting, also for figures that are made of it later.
    store(sima, members(period="2023-Q3"))
    later = sima.preview(sima.request(PARTNER, by="asks"))
    assert (later.waiting, later.waiting_by_choice) == (1, 0)
    sima.approve(again(sima), by="approves")
    assert value(sima) == [42]
    assert sima.check_certificate(PARTNER, 3) == []


def test_a_report_waits_as_its_audience_was_shown_it(sima: Sima) -> None:
    """A restatement for partners does not change what the public was shown."""
    release(sima, PUBLIC)  # of the first figures, which are frozen
    sima.approve(again(sima), by="approves")
    release(sima, PUBLIC)  # follows the partners' restatement, and changes nothing
    store(sima, members(other=31), reason="counting-error")
    request = again(sima, PUBLIC)
    sima.adjust(request, by="asks", wait=name((MEMBERS, "NP", YEAR)))
    sima.approve(request, by="approves")
    reader = sima.writer(PUBLIC).reader
    first, last = (
        reader.cells(number, indicator=MEMBERS).drop(columns="release_number", errors="ignore")
        for number in (1, reader.newest())
    )
    assert last.equals(first)
    assert value(sima) == [42]


@pytest.mark.alike
def test_a_choice_is_kept_told_and_taken_back(sima: Sima) -> None:
    request = again(sima)
    sima.adjust(request, by="asks", wait=name(REPORT), hide=name((MEMBERS, "31206", QUARTER)))
    held = sima.holdings.choices
    assert held.chosen_by(request) == "asks"
    assert held.get(request) == {
        "wait": frozenset({REPORT}),
        "hide": frozenset({(MEMBERS, "31206", QUARTER)}),
    }
    log = AuditLog(sima.accounts.engine).list_entries(kind=EventKind.RELEASE_ADJUSTED)
    chosen = Choice(**held.get(request))
    assert log[["account", "number", "subject"]].to_numpy().tolist() == [
        ["asks", request, choosing.digest_of(chosen)]
    ]
    sima.adjust(request, by="asks")
    assert held.chosen_by(request) == ""
    assert not sima.preview(request).choice


@pytest.mark.alike
def test_a_release_is_not_published_with_another_choice_than_was_looked_at(sima: Sima) -> None:
    request = again(sima)
    preview = sima.preview(request)
    sima.adjust(request, by="asks", wait=name(REPORT))
    with pytest.raises(SimaError, match=MEANWHILE_CHOSEN[:20]):
        sima.approve(request, by="approves", preview=preview)
    assert sima.writer(PARTNER).reader.newest() == 1


@pytest.mark.alike
@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (("riches", WARD, QUARTER), "there is no indicator riches"),
        ((MEMBERS, "99999", QUARTER), "there is no place with the code 99999"),
        ((MEMBERS, WARD, "spring"), "spring is not a period"),
        ((MEMBERS, "3120605", QUARTER), "there is no correction or late report"),
        ((MEMBERS, WARD, "ad-2022-q1"), "Write NP as the place"),
    ],
)
def test_an_entry_that_is_wrong_is_one_sentence_and_nothing_is_chosen(
    sima: Sima, figure: tuple[str, str, str], said: str
) -> None:
    request = again(sima)
    with pytest.raises(SimaError, match=f"^here: .*{said}"):
        sima.adjust(request, by="asks", wait=name(REPORT, figure))
    assert not any(sima.holdings.choices.get(request).values())


@pytest.mark.alike
def test_a_figure_that_is_not_published_again_cannot_wait(sima: Sima) -> None:
    request = sima.request(PARTNER, by="asks")
    with pytest.raises(SimaError, match="was released and this release does not change it"):
        sima.adjust(request, by="asks", wait=name((MEMBERS, "NP", QUARTER)))


@pytest.mark.alike
def test_who_chose_does_not_approve_and_a_reader_does_not_choose(
    sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = again(sima)
    sima.accounts.add("plans", Role.PLANNER)
    with pytest.raises(SimaError, match="has the role planner"):
        sima.adjust(request, by="plans", wait=name(REPORT))
    sima.adjust(request, by="approves", wait=name(REPORT))
    monkeypatch.setattr(Holdings, "synthetic", False)
    with pytest.raises(SimaError, match="Another person must approve a release for which you"):
        sima.require_approval(request, by="approves")


@pytest.mark.alike
def test_a_request_that_is_decided_is_not_adjusted(sima: Sima) -> None:
    request = again(sima)
    sima.decline(request, by="approves")
    with pytest.raises(SimaError, match="has already been decided"):
        sima.adjust(request, by="asks", wait=name(REPORT))
