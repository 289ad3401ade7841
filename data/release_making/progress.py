"""How far the making of a release is: the step, and the share of the whole that is done."""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """What is being done; a code, which pages and commands put into words."""

    READING = "reading"
    ADDING_UP = "adding_up"
    HIDING = "hiding"
    HOTSPOTS = "hotspots"
    PROVING = "proving"
    OFFERING = "offering"
    MAPS = "maps"


Report = Callable[[Step, float], None]  # takes the step, and the share that is done, from 0 to 1

# The time that each step takes of the whole, as measured on the demonstration and on a country.
_TIMES = {
    Step.READING: 0.02,
    Step.ADDING_UP: 0.20,
    Step.HIDING: 0.55,
    Step.HOTSPOTS: 0.03,
    Step.PROVING: 0.12,
    Step.OFFERING: 0.0,  # only of a release that is refused
    Step.MAPS: 0.08,
}


class Progress:
    """Tells a report how far the whole is; the share never becomes smaller."""

    def __init__(self, report: Report | None = None) -> None:
        """Tell ``report``; nobody if it is None."""
        self._report, self._share = report, 0.0

    def at(self, step: Step, part: float = 0.0) -> None:
        """Say that a part of a step is done, from 0 to 1."""
        if self._report is None:
            return
        steps = list(Step)
        before = sum(_TIMES[each] for each in steps[: steps.index(step)])
        self._share = max(self._share, min(1.0, before + part * _TIMES[step]))
        self._report(step, self._share)

    def within(self, step: Step) -> Callable[[float], None]:
        """Return what takes the part of a step that is done."""
        return lambda part: self.at(step, part)
