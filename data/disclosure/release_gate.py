"""The release gate: hide, then prove. Values in, values out; it knows no store.

A release passes if nobody who sees it, together with everything that was released before, can
narrow a hidden count too far: the public with what is public, at the public's threshold; partners
with what both audiences were ever shown, at theirs; and every insider with their own place known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import REST, AttackerView, hidden_cells, join, known_to
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools, Ints
from data.disclosure.engine.audit import Proof, prove
from data.disclosure.engine.insider_protection import protect_from_insiders
from data.disclosure.engine.protection import Task
from data.disclosure.engine.suppression import Pattern
from data.disclosure.insider_knowledge import CHANGE
from data.model import (
    AdminLevel,
    AgeBand,
    Audience,
    Claim,
    Indicator,
    IndicatorClass,
    Sex,
    Status,
)
from data.reference.policy import Policy

_SHOWN, _HIDDEN = Status.PUBLISHED.value, Status.SUPPRESSED.value
_SILENT = Status.NOT_REPORTED.value


@dataclass(frozen=True, slots=True)
class Exposure:
    """A hidden cell that somebody could narrow too far, without its figure.

    ``insider`` is the code of the place whose people could, empty for an outsider. ``in_the_way``
    are cells that are public already and would have had to be hidden.
    """

    reader: Audience
    cell: str
    insider: str
    in_the_way: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sealed:
    """What one reader's audit rests on: the table, the width asked for, and the proof."""

    joint: AttackerView
    need: Ints
    proof: Proof

    @property
    def narrowest(self) -> int | None:
        """Narrowest width that was proved for a hidden cell; None where none is hidden."""
        asked = self.need > 0
        return int(self.proof.width[asked].min()) if asked.any() else None


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The cells as they may be released, and why.

    ``cells`` have `SEEN_COLUMNS`; ``value`` stands on hidden ones, too. ``exposures`` are empty
    if the release may be made. ``strays`` are claims that cannot agree with the figures.
    """

    cells: pd.DataFrame
    exposures: tuple[Exposure, ...]
    strays: tuple[str, ...]
    sealed: Mapping[Audience, Sealed]


def decide(
    new: pd.DataFrame,
    *,
    audience: Audience,
    seen: Mapping[Audience, pd.DataFrame],
    unseen: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    claims: Sequence[Claim],
) -> Decision:
    """Decide what of new cells may be seen.

    Parameters
    ----------
    new
        `SEEN_COLUMNS`, status ``published`` wherever there is a figure.
    seen
        Everything that each audience was ever shown, withdrawn releases too (`SEEN_COLUMNS`).
    unseen
        Finer cells that nobody was shown yet, in the same form: a ward's people know their own
        before partners see it, and may not find another's in a public total.

    Returns
    -------
    The decision; its cells are in the order and on the index of ``new``.
    """
    cells = _first(new, audience, seen, indicators, policy)
    gate = _Gate(audience, seen, unseen, indicators, policy, claims)
    verdicts: dict[Audience, _Verdict | None] = {}
    while stale := [reader for reader in gate.readers() if reader not in verdicts]:
        verdict = verdicts[stale[0]] = gate.examine(cells, stale[0])
        more, final = verdict.to_hide(cells) if verdict else (None, True)
        if more is not None and more.any():
            cells = cells.assign(status=cells["status"].mask(more, _HIDDEN))
            # What one reader may not see is hidden from all: the others are asked again.
            verdicts = {stale[0]: verdict} if final else {}
    exposures: list[Exposure] = []
    strays: set[str] = set()
    sealed = {}
    for reader in gate.readers():
        if (verdict := verdicts[reader]) is not None:
            exposures += verdict.exposures()
            strays.update(verdict.joint.strays)
            sealed[reader] = verdict.seal()
    silent = audience is Audience.PUBLIC and cells["status"].eq(_SILENT)
    at_risk = cells["indicator"].map(
        lambda code: indicators[code].indicator_class is IndicatorClass.AT_RISK
    )
    folded = cells["status"].mask(silent & at_risk.astype(bool), _HIDDEN)
    return Decision(cells.assign(status=folded), tuple(exposures), tuple(sorted(strays)), sealed)


def _first(
    new: pd.DataFrame,
    audience: Audience,
    seen: Mapping[Audience, pd.DataFrame],
    indicators: Mapping[str, Indicator],
    policy: Policy,
) -> pd.DataFrame:
    """Hide what is small, what was hidden before, and from the public what partners may not see."""
    least = new["indicator"].map(
        lambda code: policy.threshold(audience, indicators[code].indicator_class) or 0
    )
    small = new["value"].notna() & new["value"].fillna(0).lt(least.astype("int64"))
    keys = pd.MultiIndex.from_frame(new[CELL_KEY])
    public, partner = seen[Audience.PUBLIC], seen[Audience.PARTNER]
    with_figure = partner[partner["value"].notna()]
    if audience is Audience.PUBLIC:
        # Silence about people at risk looked hidden: a late report must not tell that it was not.
        hidden = small | _hidden_in(keys, public) | _hidden_in(keys, with_figure)
    else:
        numbers = public[public["status"].eq(_SHOWN) & public["display"].eq("number")]
        known = pd.MultiIndex.from_frame(numbers[[*CELL_KEY, "value"]])
        told = pd.MultiIndex.from_frame(new[[*CELL_KEY, "value"]]).isin(known)
        hidden = (small | _hidden_in(keys, with_figure)) & ~told
    guarded = least > 0
    status = new["status"].mask(hidden & guarded & new["status"].eq(_SHOWN), _HIDDEN)
    return new.assign(status=status)


def _hidden_in(keys: pd.MultiIndex, seen: pd.DataFrame) -> Bools:
    """Say which keys were seen as hidden."""
    hidden = pd.MultiIndex.from_frame(seen.loc[seen["status"].eq(_HIDDEN), CELL_KEY])
    return np.asarray(keys.isin(hidden), dtype=bool)


def needs(joint: AttackerView, width: int, reader: Audience) -> Ints:
    """Give the width that each cell's interval must have if it is hidden from a reader.

    A change between versions, or what lacks to a whole, is a small count itself where it is small.
    Partners may know what the public sees as a class, unless it is hidden from them.
    """
    cells = joint.cells
    real = cells["real"].to_numpy(dtype=bool)
    other = cells["name"].str.startswith((CHANGE, REST)).to_numpy() & (joint.table.value < width)
    return np.where((real & ~_free(cells, reader)) | other, width, 0)


def _free(cells: pd.DataFrame, reader: Audience) -> Bools:
    if reader is Audience.PUBLIC:
        return np.zeros(len(cells), dtype=bool)
    return (cells["classed"].eq(other=True) & ~cells["kept_back"].eq(other=True)).to_numpy()


class _Gate:
    """One audience's release, before the eyes of each of its readers."""

    def __init__(
        self,
        audience: Audience,
        seen: Mapping[Audience, pd.DataFrame],
        unseen: pd.DataFrame,
        indicators: Mapping[str, Indicator],
        policy: Policy,
        claims: Sequence[Claim],
    ) -> None:
        self.audience, self.seen, self.unseen, self.policy = audience, seen, unseen, policy
        self.guarded = {
            code: each
            for code, each in indicators.items()
            if policy.threshold(audience, each.indicator_class) is not None
        }
        self.claims = claims

    def readers(self) -> tuple[Audience, ...]:
        """Whoever sees more by this release: partners see the public side, too."""
        if self.audience is Audience.PUBLIC:
            return (Audience.PUBLIC, Audience.PARTNER)
        return (Audience.PARTNER,)

    def examine(self, cells: pd.DataFrame, reader: Audience) -> "_Verdict | None":
        """Hide and prove for one reader; None where nothing that needs it is seen."""
        now = dict(self.seen)
        before = self.seen[self.audience]
        now[self.audience] = pd.concat([f for f in (before, cells) if len(f)] or [before])
        known = known_to(reader, now, unseen=self.unseen, indicators=self.guarded)
        if not any(frame["value"].notna().any() for frame in known.values()):
            return None
        joint = join(
            known,
            indicators=self.guarded,
            class_bounds=self.policy.class_bounds(Audience.PUBLIC),
            relations=self.policy.relations,
            claims=self.claims,
        )
        # The line rule is about what this reader is shown; what no design of theirs has is only
        # guarded.
        sides = tuple(Audience) if reader is Audience.PARTNER else (Audience.PUBLIC,)
        old = pd.concat([self.seen[each] for each in sides])
        old = old[old["status"].eq(_SHOWN) & old["display"].eq("number") & old["value"].notna()]
        return _Verdict(joint, reader, self, old, pd.concat([now[each] for each in sides]))


class _Verdict:
    """What one reader's audit says."""

    def __init__(
        self,
        joint: AttackerView,
        reader: Audience,
        gate: _Gate,
        old: pd.DataFrame,
        shown: pd.DataFrame,
    ) -> None:
        self.joint, self.reader, self._gate = joint, reader, gate
        self._task = self._make_task(old, shown)
        self.pattern, self.left = self._shield(self._task)
        table = joint.table.with_suppressed(self.pattern.suppressed)
        self._need = np.where(self.pattern.suppressed, self._task.need, 0)
        self._proof, failed = prove(
            table, self._need, self._task.coarseness, self.pattern.alternatives
        )
        self.open = np.unique(np.concatenate([failed, self.pattern.unprotectable]))

    def _shield(self, task: Task) -> tuple[Pattern, list[tuple[int, Ints]]]:
        width = self._gate.policy.insider_width[self.reader]
        return protect_from_insiders(
            self.joint.table,
            task,
            self.joint.insiders,
            min_parts=self._gate.policy.hidden_parts,
            insider_need=np.minimum(task.need, width),
        )

    def _make_task(self, old: pd.DataFrame, shown: pd.DataFrame) -> Task:
        joint, policy = self.joint, self._gate.policy
        cells = joint.cells
        real = cells["real"].to_numpy(dtype=bool)
        level = cells["admin_level"].map(lambda n: policy.weights[AdminLevel(n)])
        totals = cells["sex"].eq(Sex.ALL.value).astype(int)
        totals += cells["age_band"].eq(AgeBand.ALL.value).astype(int)
        weight = level.to_numpy(dtype=float) * policy.total_weight ** totals.to_numpy()
        counts = pd.MultiIndex.from_frame(cells[CELL_KEY]).isin(
            pd.MultiIndex.from_frame(shown[CELL_KEY])
        )
        before = pd.MultiIndex.from_frame(old[[*CELL_KEY, "value"]])
        seen = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(before)
        return Task(
            need=needs(joint, policy.width(self.reader), self.reader),
            weight=np.where(real & counts & ~_free(cells, self.reader), weight, 0.0),
            coarseness=(AdminLevel.WARD - cells["admin_level"]).to_numpy(dtype=float),
            fixed=~real | cells["told"].to_numpy(dtype=bool) | (~joint.table.suppressed & seen),
        )

    def to_hide(self, cells: pd.DataFrame) -> tuple[pd.Series, bool]:
        """Say which cells of the release must be hidden, besides those that are.

        And whether that settles it; it does not where classes had to be taken away, too.
        """
        table = self.joint.table
        fresh = self.pattern.suppressed & ~table.suppressed
        asked = {*self.open.tolist(), *(int(c) for _, cs in self.left for c in cs)}
        # A class that partners may know the number of is guarded from them once that is hidden.
        classed = self.joint.cells["classed"].eq(other=True).to_numpy()
        again = bool(asked) or bool((fresh & classed).any())
        if asked:
            # Classes bound a hidden count: where that is too tight they are not shown either.
            label = np.zeros(len(table), dtype=bool)
            for component in table.components(self.pattern.suppressed):
                if asked & set(component.tolist()):
                    label[component] = True
            fresh |= label & hidden_cells(self.joint)
        keys = pd.MultiIndex.from_frame(self.joint.cells.loc[fresh, [*CELL_KEY, "value"]])
        chosen = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(keys)
        return cells["status"].eq(_SHOWN) & cells["value"].notna() & chosen, not again

    def exposures(self) -> list[Exposure]:
        """Name every cell that stays exposed, and what would have to be hidden for it."""
        if not (len(self.open) or self.left):
            return []
        names = self.joint.table.names
        known = ~self.joint.cells["real"] | self.joint.cells["told"]
        free = replace(self._task, fixed=known.to_numpy(dtype=bool))
        wished, _ = self._shield(free)
        way = tuple(names[n] for n in np.flatnonzero(wished.suppressed & ~self.pattern.suppressed))
        units = self.joint.cells["unit_code"]
        found = [Exposure(self.reader, names[n], "", way) for n in self.open]
        for insider, cells in self.left:
            codes = units.iloc[self.joint.insiders[insider]].dropna()
            place = min(codes, key=len, default="")
            found += [Exposure(self.reader, names[n], str(place), way) for n in cells]
        return found

    def seal(self) -> Sealed:
        """Give what the audit rests on."""
        table = self.joint.table.with_suppressed(self.pattern.suppressed)
        return Sealed(replace(self.joint, table=table), self._need, self._proof)
