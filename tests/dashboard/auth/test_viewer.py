"""Who looks: an account as it stands, its places, and whose release of a place it sees."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.auth import viewer
from dashboard.auth.viewer import PUBLIC, Viewer
from data.accounts.accounts import Accounts
from data.accounts.visits import LOCAL, Visits
from data.model import Audience, Role, Service
from data.reference.scope import EVERYTHING, NOTHING

NOW = datetime.now(UTC)


def test_the_public_sees_the_publics_releases_of_every_place() -> None:
    assert (PUBLIC.role, PUBLIC.scope, PUBLIC.audience) == (Role.PUBLIC, NOTHING, Audience.PUBLIC)
    assert PUBLIC.audience_of("51106") is Audience.PUBLIC


@pytest.mark.parametrize(
    ("viewer", "own", "foreign"),
    [(Viewer(Role.DEPUTY, ("51106",)), ["51106", "5110603"], ["51105", "511", "5110501", "NP"]),
     (Viewer(Role.PLANNER, ("511",)), ["511", "51106", "5110603"], ["312", "5", "NP"]),
     (Viewer(Role.PLANNER, EVERYTHING), ["511", "51106", "NP"], []),
     (Viewer(Role.PLANNER, NOTHING), [], ["511", "51106", "NP"]),
     (Viewer(Role.AUDITOR, NOTHING), [], ["511", "51106", "NP"])],
)  # fmt: skip
def test_partners_see_their_releases_of_their_own_places(
    viewer: Viewer, own: list[str], foreign: list[str]
) -> None:
    assert {viewer.audience_of(code) for code in own} <= {Audience.PARTNER}
    assert {viewer.audience_of(code) for code in foreign} <= {Audience.PUBLIC}


def test_a_deputy_of_two_palikas_stands_before_one_of_them() -> None:
    both = Viewer(Role.DEPUTY, ("51105", "51106"), home="51105")
    assert both.at("51106").home == "51106"
    assert both.at("51107") == both
    assert both.at("") == both


# ---- by the cookies of a request


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Accounts:
    """An access store, as the partners' service has it."""
    address = str(tmp_path / "access.sqlite")
    for name, value in {
        "SIMA_SERVICE": "partner", "SIMA_ACCESS": address, "SIMA_PUBLIC": str(tmp_path / "public"),
        "SIMA_PARTNER": str(tmp_path / "partner"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    accounts = Accounts.create(address)
    for name, role, places in [
        ("deputy", Role.DEPUTY, ["51106"]), ("planner", Role.PLANNER, ["511"]), ("auditor", Role.AUDITOR, []),
        ("steward", Role.STEWARD, []), ("approver", Role.APPROVER, []), ("admin", Role.ADMINISTRATOR, []),
    ]:  # fmt: skip
        accounts.add(name, role, places)
    viewer._sessions.cache_clear()  # noqa: SLF001  # another store than the test before
    return accounts


def begun(store: Accounts, name: str) -> dict[str, str]:
    """The cookies of somebody who signed in."""
    sessions = Visits(store.engine, idle=timedelta(minutes=30), absolute=timedelta(hours=12))
    return {"sima_session": sessions.begin(name, LOCAL, datetime.now(UTC))}


@pytest.mark.parametrize(
    ("service", "enter"),
    [(Service.PARTNER, {"deputy", "planner", "auditor"}), (Service.STEWARD, {"steward", "approver"})],
)  # fmt: skip
def test_a_service_lets_in_whom_it_is_for(
    store: Accounts,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    service: Service,
    enter: set[str],
) -> None:
    monkeypatch.setenv("SIMA_SERVICE", service.value)
    if service is Service.STEWARD:
        monkeypatch.setenv("SIMA_HOLDINGS", str(tmp_path / "h.sqlite"))
    names = store.list_accounts()["account"].to_list()
    assert {name for name in names if viewer.viewer_of(begun(store, name)) is not None} == enter


def test_the_public_service_asks_no_cookie(
    store: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookies = begun(store, "planner")
    for name in ("SIMA_ACCESS", "SIMA_PARTNER"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("SIMA_SERVICE", "public")
    assert viewer.viewer_of(cookies) == PUBLIC


def test_an_account_is_as_it_stands_now(store: Accounts) -> None:
    cookies = begun(store, "deputy")
    assert viewer.viewer_of(cookies) == Viewer(Role.DEPUTY, ("51106",), "deputy", "", "51106")
    store.set_scope("deputy", ["51105"])
    assert viewer.viewer_of(cookies) == Viewer(Role.DEPUTY, ("51105",), "deputy", "", "51105")
    store.set_role("deputy", Role.AUDITOR)
    assert viewer.viewer_of(cookies) == Viewer(Role.AUDITOR, NOTHING, "deputy")
    store.disable("deputy")
    assert viewer.viewer_of(cookies) is None
    store.enable("deputy")
    cookies = begun(store, "deputy")
    store.set_role("deputy", Role.STEWARD)
    store.set_role("deputy", Role.AUDITOR)
    assert viewer.viewer_of(cookies) is None, "a visit without second proof ended with the role"


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "a" * 5000, "नेपाल"])
def test_a_forged_cookie_is_nobody(store: Accounts, token: str) -> None:
    begun(store, "planner")
    assert viewer.viewer_of({"sima_session": token}) is None
    assert viewer.viewer_of({}) is None


def test_a_stewards_viewer_sees_every_place(store: Accounts) -> None:
    session = Visits(store.engine, idle=timedelta(1), absolute=timedelta(1))
    found = session.find(session.begin("steward", LOCAL, NOW), NOW)
    assert found is not None
    assert viewer.viewer_for(found).scope == EVERYTHING
