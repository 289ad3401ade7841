"""The inputs of a release: read from the holdings in one visit, and enough to build it."""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from data.holdings import Holdings
from data.model import Audience, SimaError
from data.pipeline import Sima
from data.reference.policy import load_policy
from data.release_making import build, inputs
from data.releases.reader import ReleaseReader
from tests.conftest import Stores
from tests.data.test_pipeline import WARDS, groups, make, release, store

ONCE = (
    "request", "synthetic", "records_as_of", "current_records", "current_signs", "organisations",
    "units", "sites", "successions", "boundary_sets", "crosswalk", "consents", "certificate",
    "listed_organisations", "programme", "suppression_key", "withdrawals", "choices",
)  # fmt: skip


@pytest.fixture
def sima(stores: Stores) -> Sima:
    return make(stores, synthetic=True)


class Watched:
    """The holdings, with a list of what is asked of them."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> object:
        self.asked.append(name)
        return getattr(self._holdings, name)


def refused(*_args: object, **_more: object) -> None:
    raise AssertionError("a store was asked again")


def read(sima: Sima, request: int, holdings: object = None) -> inputs.ReleaseInputs:
    return inputs.read_inputs(
        request,
        holdings=holdings or sima.holdings,
        readers={each: sima.writer(each).reader for each in Audience},
        today=sima.today,
    )


def test_the_holdings_are_read_in_one_visit(sima: Sima, monkeypatch: pytest.MonkeyPatch) -> None:
    store(sima, groups())
    release(sima)
    store(sima, groups(period="2023-Q3"))
    request = sima.request(Audience.PARTNER, by="asks")
    watched = Watched(sima.holdings)
    given = read(sima, request, watched)
    # Units twice: all that ever were, and those of today; boundaries once for each level.
    assert Counter(watched.asked) == Counter(ONCE) + Counter({"units": 1, "boundaries": 5})
    for closed in (Holdings, ReleaseReader):
        for name, member in vars(closed).items():
            if isinstance(member, Callable) and name != "__init__":
                monkeypatch.setattr(closed, name, refused)
    made = build.build_release(given, load_policy())
    assert made.new_periods == ("ad-2023-q3",)
    assert made.content.follows == 1


@pytest.mark.alike
def test_the_preview_reads_once_and_makes_the_same(
    sima: Sima, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(sima, groups())
    request = sima.request(Audience.PARTNER, by="asks")
    expected = build.build_release(read(sima, request), load_policy())
    visits = []
    really = inputs.read_inputs

    def counted(*args: object, **more: object) -> inputs.ReleaseInputs:
        visits.append(args)
        return really(*args, **more)

    monkeypatch.setattr(inputs, "read_inputs", counted)
    made = sima.preview(request)
    assert visits == [(request,)]
    assert made.certificate == expected.certificate
    pd.testing.assert_frame_equal(made.content.cells, expected.content.cells)


def test_records_that_wait_are_counted_and_not_used(sima: Sima) -> None:
    store(sima, groups())
    release(sima)
    store(sima, groups(4), reason="late-report")
    given = read(sima, sima.request(Audience.PARTNER, by="asks"))
    assert given.waiting == len(WARDS)
    assert set(given.records.loc[given.records["indicator"].eq("parents_groups"), "value"]) == {3}
    again = read(sima, sima.request(Audience.PARTNER, by="asks", restates="ad-2023"))
    assert again.waiting == 0
    assert set(again.records.loc[again.records["indicator"].eq("parents_groups"), "value"]) == {4}


@pytest.mark.alike
def test_before_any_boundary_is_in_force_nothing_is_made(stores: Stores) -> None:
    then = Sima(stores.settings, today=date(2010, 1, 1))
    make(stores, synthetic=True)
    with pytest.raises(SimaError, match="No boundaries are in force on 2010-01-01"):
        inputs.read_boundaries(then.holdings, today=then.today)


@pytest.mark.alike
def test_a_release_that_does_not_exist_has_no_certificate(sima: Sima) -> None:
    with pytest.raises(SimaError, match="no partner release 99"):
        sima.check_certificate(Audience.PARTNER, 99)
