"""How many examples are tried of a property: few in every run, many in the deep lane.

``SIMA_EXAMPLES=deep`` asks for many. Few are the same in every run, so that a failure belongs to
the change that is tested; many are drawn anew each time, and a failure prints how to repeat it.
"""

import os
from collections.abc import Iterable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T")
PROFILES = ("fast", "deep")
PROFILE = os.environ.get("SIMA_EXAMPLES", "fast")
if PROFILE not in PROFILES:
    raise ValueError(f"SIMA_EXAMPLES is {PROFILE!r}; it is one of {', '.join(PROFILES)}")

_FAST, _DEEP = 15, 300  # where a test names no number of its own


def register() -> None:
    """Register both profiles and load the one that is asked for."""
    # How fast the machine is at the moment says nothing about the code under test.
    settings.register_profile(
        "fast",
        deadline=None,
        max_examples=_FAST,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.register_profile(
        "deep",
        deadline=None,
        max_examples=_DEEP,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile(PROFILE)


def some(every: int, of: Iterable[T]) -> list[T]:
    """Return all cases in the deep lane, and in every other run each ``every``-th from the first."""
    return list(of)[:: 1 if PROFILE == "deep" else every]


def examples(fast: int, deep: int, **more: Any) -> settings:
    """Return settings with a number of examples for each profile.

    Parameters
    ----------
    fast, deep
        How many examples are tried in every run, and in the deep lane.
    more
        Further settings of Hypothesis, the same for both profiles.
    """
    return settings(max_examples=deep if PROFILE == "deep" else fast, **more)
