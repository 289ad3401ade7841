"""How far a release is: steps in their order, and a share that only grows."""

import pytest

from data.model import Audience
from data.reference.policy import load_policy
from data.release_making.build import build_release
from data.release_making.progress import Progress, Step
from tests.data.release_making.test_build_without_store import inputs


@pytest.mark.parametrize("audience", list(Audience))
def test_a_release_tells_its_steps_and_how_far_it_is(audience: Audience) -> None:
    told: list[tuple[Step, float]] = []
    build_release(inputs(audience), load_policy(), lambda *each: told.append(each))
    steps = [step for step, _share in told]
    wanted = [Step.ADDING_UP, Step.HIDING, Step.HOTSPOTS, Step.PROVING]
    assert list(dict.fromkeys(steps)) == wanted
    shares = [share for _step, share in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert steps.count(Step.HIDING) > 1, "each audit of a reader"


def test_the_share_ends_at_one_and_never_becomes_smaller() -> None:
    shares: list[float] = []
    progress = Progress(lambda _step, share: shares.append(share))
    progress.within(Step.HIDING)(0.5)
    progress.at(Step.HIDING, 0.2)
    progress.at(Step.MAPS, 1.0)
    assert shares[0] == shares[1]
    assert shares[2] == pytest.approx(1.0)
    Progress().at(Step.MAPS)  # nobody is told
