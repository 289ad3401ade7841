"""What a person chooses for one release so that the gate lets it pass, and the gate's offers."""

from dataclasses import dataclass

from data.disclosure.withheld_figures import NOTHING_WITHHELD, Withheld

Waiting = frozenset[tuple[str, str, str]]  # codes of an indicator, a place and a period


@dataclass(frozen=True, slots=True)
class Choice:
    """What waits and what is hidden in one release.

    Attributes
    ----------
    wait
        Reports whose changes do not enter the release: an indicator, a place with all places in it
        (a booth's code too) and a period with all shorter ones. Of a year that is not restated: the
        whole country and a new period, whose figures are not released yet.
    hide
        Figures whose new version is hidden; what readers were shown before stays known to them.
    """

    wait: Waiting = frozenset()
    hide: Withheld = NOTHING_WITHHELD

    def __bool__(self) -> bool:
        """Return whether anything was chosen."""
        return bool(self.wait or self.hide)


NO_CHOICE = Choice()


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice with which the release was made again and passed the gate; it holds no figure.

    Attributes
    ----------
    choice
        The choice, with all of an earlier choice for the same release.
    corrections, of_corrections
        How many corrections and late reports of the year wait with it, and how many there are.
    new_figures
        How many figures of new periods are not released with it.
    hidden
        How many figures more than in the refused release are hidden.
    """

    choice: Choice
    corrections: int
    of_corrections: int
    new_figures: int
    hidden: int
