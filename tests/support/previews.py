"""Previews that a page makes in the process of the test, where nothing of the process is asked."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import pytest

from dashboard.steward import preview_process
from dashboard.steward.preview_process import Making
from data.model import SimaError
from data.pipeline import Sima
from data.settings import Settings

_IN_A_PROCESS = preview_process.start


def _start(settings: Settings, number: int, rests_on: Hashable) -> Making:
    making = Making(rests_on)
    try:
        making.preview = Sima(settings).preview(number)
    except SimaError as wrong:
        making.refused = str(wrong)
    making.over = True
    return making


@contextmanager
def made_here() -> Iterator[None]:
    """Have previews made at once, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview_process, "start", _start)
        yield


@contextmanager
def made_beside() -> Iterator[None]:
    """Have previews made as in use, within `made_here`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preview_process, "start", _IN_A_PROCESS)
        yield
