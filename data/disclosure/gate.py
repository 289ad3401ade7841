"""The release gate: hide, then prove. Values in, values out; it knows no store.

A release passes if nobody who sees it, together with everything that was released before, can
narrow a hidden count too far: the public with what is public, at the public's threshold; partners
with what both audiences were ever shown, at theirs; and every insider with their own place known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.disclosure.audit import Proof, prove
from data.disclosure.cells import CELL_KEY
from data.disclosure.insiders import shield
from data.disclosure.joint import CHANGE, SEEN_COLUMNS, Joint, hidden_cells, join
from data.disclosure.suppress import Pattern, Task
from data.disclosure.table import Bools, Ints
from data.indicators import Policy
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

_SHOWN, _HIDDEN = Status.PUBLISHED.value, Status.SUPPRESSED.value
_SILENT = Status.NOT_REPORTED.value
_PASSES = 12


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

    joint: Joint
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


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Everything that each audience was ever shown, withdrawn releases too (`SEEN_COLUMNS`)."""

    seen: Mapping[Audience, pd.DataFrame]


def nothing_seen() -> pd.DataFrame:
    """Give an empty frame of cells."""
    return pd.DataFrame(columns=SEEN_COLUMNS).astype({"value": "Int64", "version": "int64"})


def decide(
    new: pd.DataFrame,
    *,
    audience: Audience,
    past: Past,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    claims: Sequence[Claim],
) -> Decision:
    """Decide what of new cells may be seen.

    Parameters
    ----------
    new
        `SEEN_COLUMNS`, status ``published`` wherever there is a figure.

    Returns
    -------
    The decision; its cells are in the order and on the index of ``new``.
    """
    cells = _first(new, audience, past, indicators, policy)
    gate = _Gate(audience, past, indicators, policy, claims)
    verdicts: dict[Audience, _Verdict | None] = {}
    for _ in range(_PASSES):
        stale = [reader for reader in gate.readers() if reader not in verdicts]
        if not stale:
            break
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
        verdict = verdicts[reader] if reader in verdicts else gate.examine(cells, reader)
        if verdict is not None:
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
    past: Past,
    indicators: Mapping[str, Indicator],
    policy: Policy,
) -> pd.DataFrame:
    """Hide what is small, what was hidden before, and from the public what partners may not see."""
    least = new["indicator"].map(
        lambda code: policy.threshold(audience, indicators[code].indicator_class) or 0
    )
    small = new["value"].notna() & new["value"].fillna(0).lt(least.astype("int64"))
    keys = pd.MultiIndex.from_frame(new[CELL_KEY])
    hidden = small | _there(keys, past.seen[audience], _HIDDEN)
    other = Audience.PARTNER if audience is Audience.PUBLIC else Audience.PUBLIC
    if audience is Audience.PUBLIC:
        hidden |= _there(keys, past.seen[other], _HIDDEN)
    else:
        known = past.seen[other]
        numbers = known[known["display"] == "number"].merge(
            new.reset_index()[[*CELL_KEY, "value", "index"]], on=[*CELL_KEY, "value"]
        )
        public = numbers.loc[numbers["status"] == _SHOWN, "index"]
        hidden &= ~new.index.isin(public)
    guarded = least > 0
    status = new["status"].mask(hidden & guarded & new["status"].eq(_SHOWN), _HIDDEN)
    return new.assign(status=status)


def _there(keys: pd.MultiIndex, seen: pd.DataFrame, status: str) -> Bools:
    """Say which keys were seen with a status and a figure behind it."""
    chosen = seen[seen["status"].eq(status) & seen["value"].notna()]
    return np.asarray(keys.isin(pd.MultiIndex.from_frame(chosen[CELL_KEY])), dtype=bool)


class _Gate:
    """One audience's release, before the eyes of each of its readers."""

    def __init__(
        self,
        audience: Audience,
        past: Past,
        indicators: Mapping[str, Indicator],
        policy: Policy,
        claims: Sequence[Claim],
    ) -> None:
        self.audience, self.past, self.policy = audience, past, policy
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
        guarded = cells["indicator"].isin(list(self.guarded))
        seen = {}
        for audience in (Audience.PUBLIC, Audience.PARTNER):
            if reader is Audience.PUBLIC and audience is Audience.PARTNER:
                continue
            before = self.past.seen[audience]
            before = before[before["indicator"].isin(list(self.guarded))]
            parts = [before, cells[guarded]] if audience is self.audience else [before]
            seen[audience] = pd.concat([part for part in parts if len(part)] or [nothing_seen()])
        if not sum(frame["value"].notna().sum() for frame in seen.values()):
            return None
        joint = join(
            seen,
            indicators=self.guarded,
            class_bounds=self.policy.class_bounds(Audience.PUBLIC),
            relations=self.policy.relations,
            claims=self.claims,
        )
        old = [
            self.past.seen[a].loc[
                lambda f: f["status"].eq(_SHOWN) & f["display"].eq("number"), [*CELL_KEY, "value"]
            ]
            for a in seen
        ]
        return _Verdict(joint, reader, self, pd.concat(old).dropna())


class _Verdict:
    """What one reader's audit says."""

    def __init__(self, joint: Joint, reader: Audience, gate: _Gate, old: pd.DataFrame) -> None:
        self.joint, self.reader, self._gate = joint, reader, gate
        self._task = self._make_task(old)
        self.pattern, self.left = self._shield(self._task)
        table = joint.table.with_hidden(self.pattern.hidden)
        self._need = np.where(self.pattern.hidden, self._task.need, 0)
        self._proof, failed = prove(table, self._need, self._task.grain, self.pattern.moves)
        self.open = np.unique(np.concatenate([failed, self.pattern.hopeless]))

    def _shield(self, task: Task) -> tuple[Pattern, list[tuple[int, Ints]]]:
        width = self._gate.policy.insider_width[self.reader]
        return shield(
            self.joint.table,
            task,
            self.joint.insiders,
            parts=self._gate.policy.hidden_parts,
            insider_need=np.where(self.joint.cells["real"], np.minimum(task.need, width), 0),
        )

    def _make_task(self, old: pd.DataFrame) -> Task:
        joint, policy = self.joint, self._gate.policy
        cells = joint.cells
        real = cells["real"].to_numpy(dtype=bool)
        level = cells["admin_level"].map(lambda n: policy.weights[AdminLevel(n)])
        totals = cells["sex"].eq(Sex.ALL.value).astype(int)
        totals += cells["age_band"].eq(AgeBand.ALL.value).astype(int)
        weight = level.to_numpy(dtype=float) * policy.total_weight ** totals.to_numpy()
        width = policy.width(self.reader)
        # A change between versions that is smaller than the threshold is a small count itself.
        change = cells["name"].str.startswith(CHANGE).to_numpy() & (joint.table.value < width)
        before = pd.MultiIndex.from_frame(old[[*CELL_KEY, "value"]])
        seen = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(before)
        return Task(
            need=np.where(real | change, width, 0),
            weight=np.where(real, weight, 0.0),
            grain=(AdminLevel.WARD - cells["admin_level"]).to_numpy(dtype=float),
            fixed=~real | (cells["number"].to_numpy(dtype=bool) & seen),
        )

    def to_hide(self, cells: pd.DataFrame) -> tuple[pd.Series, bool]:
        """Say which cells of the release must be hidden, besides those that are.

        And whether that settles it; it does not where classes had to be taken away, too.
        """
        table = self.joint.table
        fresh = self.pattern.hidden & ~table.hidden
        asked = {*self.open.tolist(), *(int(c) for _, cs in self.left for c in cs)}
        tight = bool(asked)
        if tight:
            # Classes bound a hidden count: where that is too tight they are not shown either.
            label = np.zeros(len(table), dtype=bool)
            for component in table.components(self.pattern.hidden):
                if asked & set(component.tolist()):
                    label[component] = True
            fresh |= label & hidden_cells(self.joint)
        keys = pd.MultiIndex.from_frame(self.joint.cells.loc[fresh, [*CELL_KEY, "value"]])
        chosen = pd.MultiIndex.from_frame(cells[[*CELL_KEY, "value"]]).isin(keys)
        return cells["status"].eq(_SHOWN) & cells["value"].notna() & chosen, not tight

    def exposures(self) -> list[Exposure]:
        """Name every cell that stays exposed, and what would have to be hidden for it."""
        if not (len(self.open) or self.left):
            return []
        names = self.joint.table.names
        free = replace(self._task, fixed=~self.joint.cells["real"].to_numpy(dtype=bool))
        wished, _ = self._shield(free)
        way = tuple(names[n] for n in np.flatnonzero(wished.hidden & ~self.pattern.hidden))
        units = self.joint.cells["unit_code"]
        found = [Exposure(self.reader, names[n], "", way) for n in self.open]
        for insider, cells in self.left:
            codes = units.iloc[self.joint.insiders[insider]].dropna()
            place = min(codes, key=len, default="")
            found += [Exposure(self.reader, names[n], str(place), way) for n in cells]
        return found

    def seal(self) -> Sealed:
        """Give what the audit rests on."""
        table = self.joint.table.with_hidden(self.pattern.hidden)
        return Sealed(replace(self.joint, table=table), self._need, self._proof)
