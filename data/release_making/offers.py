"""Finds what would make a refused release pass: reports that wait, or figures that are hidden.

Every offer was made again and passed the gate and the check of its certificate. The search is
bounded: it makes the release again at most `_MOST_TRIES` times.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

import pandas as pd

from data.disclosure.cells import CELL_KEY
from data.disclosure.frozen_periods import is_within
from data.disclosure.insider_knowledge import VERSION_CHANGE_PREFIX
from data.disclosure.reader_audit import Exposure
from data.disclosure.table_draft import REMAINDER_PREFIX
from data.disclosure.withheld_figures import FIGURE_KEY
from data.model import SimaError, Status
from data.reference.policy import Policy
from data.reference.unit_codes import COUNTRY
from data.release_making.build import Preview, build_release
from data.release_making.inputs import ReleaseInputs
from data.release_making.release_choice import Choice, Offer
from data.release_making.waiting import changed_reports, find_reports

_ROUNDS = 3  # in which more reports wait
_BACK = 3  # tries to take a report back
_MOST_TRIES = 2 * (_ROUNDS + 1) + _BACK + 1
_PARTS = len(CELL_KEY)
Entry = tuple[str, str, str]
Make = Callable[[Choice], Preview]


def find_offers(inputs: ReleaseInputs, refused: Preview, policy: Policy) -> tuple[Offer, ...]:
    """Return what would make a refused release pass, the offers with the least cost first.

    Parameters
    ----------
    inputs
        What the release is made of, as `build_release` takes it.
    refused
        The release, which has exposures.
    policy
        The policy.

    Returns
    -------
    At most two offers, one in which reports wait and one in which figures are hidden; none if
    neither was found, or if the release passes. The gate has hidden already what it may, so hiding
    seldom helps: it is tried if nothing can wait, or all would have to.
    """
    if not refused.exposures:
        return ()
    search = _Search(inputs, refused, policy)
    waiting = search.let_wait()
    if waiting is not None and waiting.corrections < waiting.of_corrections:
        return (waiting,)
    found = [waiting, search.hide()]
    return tuple(each for each in found if each is not None)


class _Search:
    """The search for the offers of one release."""

    def __init__(self, inputs: ReleaseInputs, refused: Preview, policy: Policy) -> None:
        self._inputs, self._refused, self._policy = inputs, refused, policy
        self._changed = changed_reports(inputs)
        self._made: dict[Choice, Preview | None] = {}

    def _make(self, choice: Choice) -> Preview | None:
        """Make the release with a choice; None if there is nothing to release, or no proof."""
        if choice not in self._made:
            try:
                self._made[choice] = build_release(
                    replace(self._inputs, choice=choice), self._policy
                )
            except SimaError:
                self._made[choice] = None
        return self._made[choice]

    def _passes(self, choice: Choice) -> bool:
        made = self._make(choice)
        return made is not None and not made.exposures

    def _offer(self, choice: Choice) -> Offer:
        made = self._make(choice)
        if made is None:
            raise AssertionError("only what passed is offered")
        waiting = self._changed.index.isin(self._reports(choice.wait))
        return Offer(
            choice=choice,
            corrections=int(self._changed.loc[waiting, "corrections"].sum()),
            of_corrections=int(self._changed["corrections"].sum()),
            new_figures=max(0, len(self._fresh(self._refused)) - len(self._fresh(made))),
            hidden=max(0, _count_hidden(made) - _count_hidden(self._refused)),
        )

    def _fresh(self, made: Preview) -> pd.DataFrame:
        """Return the cells of periods that are not restated."""
        restates = self._inputs.restates
        cells = made.changed
        if restates is None:
            return cells
        inside = {code: is_within(code, restates) for code in cells["period"].unique()}
        return cells[~cells["period"].map(inside).astype(bool)]

    def _reports(self, entries: Iterable[Entry]) -> set[Entry]:
        return find_reports(self._changed, entries, self._policy.relations)

    # ---- reports that wait

    def let_wait(self) -> Offer | None:
        """Let reports beneath the exposed cells wait, the fewest first, until the release passes.

        If that does not suffice, every change of the year waits; then the year stays as it was.
        """
        before = self._inputs.choice
        entries = set(before.wait)
        exposures: Collection[Exposure] = self._refused.exposures
        for _ in range(_ROUNDS):
            more = self._beneath(exposures, entries)
            if not more:
                break
            entries |= more
            made = self._make(Choice(frozenset(entries), before.hide))
            if made is None:
                break
            if not made.exposures:
                return self._offer(self._smaller(entries))
            exposures = made.exposures
        entries |= set(self._changed.index.tolist())
        everything = Choice(frozenset(entries), before.hide)
        return self._offer(everything) if self._passes(everything) else None

    def _smaller(self, entries: set[Entry]) -> Choice:
        """Take reports back that need not wait, in a few tries."""
        before = self._inputs.choice
        kept = set(entries)
        more = sorted(entries - before.wait, key=lambda entry: (len(entry[1]), entry))
        for entry in more[:_BACK] if len(more) > 1 else []:
            less = kept - {entry}
            if self._reports(less) == self._reports(kept) and entry in self._changed.index:
                continue
            if self._passes(Choice(frozenset(less), before.hide)):
                kept = less
        return Choice(frozenset(kept), before.hide)

    def _beneath(self, exposures: Collection[Exposure], entries: set[Entry]) -> set[Entry]:
        """Return reports that wait besides, so that something waits beneath each exposed cell."""
        waiting = self._reports(entries)
        sets: list[set[Entry]] = []
        held: set[Entry] = set()
        for cell in dict.fromkeys(_cell_of(exposure.cell) for exposure in exposures):
            if cell is None:
                continue
            # A figure that was released before can be exposed by one that tells something of it.
            related = [(code, *cell[1:]) for code in (cell[0], *self._telling_of(cell[0]))]
            found = self._reports(related) - waiting
            if found:
                sets.append(found)
            else:
                held.update((each[0], COUNTRY, each[2]) for each in related if self._is_new(each))
        more: set[Entry] = set()
        for found in sorted(sets, key=lambda found: (len(found), sorted(found))):
            if not found & more:
                more |= found
        return more or held - entries

    def _telling_of(self, indicator: str) -> list[str]:
        """Return the indicators whose figures tell something of those of another one."""
        relations = self._policy.relations
        return [
            *(each.events for each in relations.none_without if indicator in each.people),
            *(each.each for each in relations.at_least if each.figure == indicator),
        ]

    def _is_new(self, cell: Entry) -> bool:
        """Return whether a cell is of a period that this release shows for the first time."""
        fresh = self._fresh(self._refused)
        return bool((fresh["indicator"].eq(cell[0]) & fresh["period"].eq(cell[2])).any())

    # ---- figures that are hidden

    def hide(self) -> Offer | None:
        """Hide the new versions of the exposed figures, then of all of their indicators."""
        before = self._inputs.choice
        cells = {_cell_of(exposure.cell) for exposure in self._refused.exposures} - {None}
        named = {cell for cell in cells if cell is not None}
        shown = self._refused.changed
        shown = shown[shown["status"].eq(Status.PUBLISHED.value)]
        codes = {code for code, _unit, _period in named}
        mine = shown[shown["indicator"].isin(codes)]
        wider = set(zip(*(mine[name] for name in FIGURE_KEY), strict=True))
        for figures in (named, wider):
            choice = Choice(before.wait, before.hide | figures)
            if choice != before and self._passes(choice):
                return self._offer(choice)
        return None


def _count_hidden(made: Preview) -> int:
    return int(made.changed["status"].eq(Status.SUPPRESSED.value).sum())


def _cell_of(name: str) -> Entry | None:
    """Return indicator, unit and period of a cell in an audit; None if it is no cell of ours."""
    cell = name.removeprefix(VERSION_CHANGE_PREFIX)
    if cell.startswith(REMAINDER_PREFIX):
        cell = cell.partition(" of ")[2]
    parts = cell.split("@")[0].split("|")
    return (parts[0], parts[1], parts[2]) if len(parts) == _PARTS else None
