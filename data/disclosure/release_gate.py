"""The release gate: suppress, then audit. It takes and returns values, and knows no store.

A release passes if no reader of it can narrow a suppressed count too far, together with everything
released before. The public is audited with what is public, at the public's threshold. Partners are
audited with what both audiences were ever shown, at theirs. Both audits are repeated for the people
of every place, who know all cells of their own place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import build_attacker_view, known_to
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Bools
from data.disclosure.engine.carried_witnesses import NOTHING_FOUND, FoundTables
from data.disclosure.reader_audit import AuditedPattern, Exposure, ReaderAudit, audit_reader
from data.disclosure.related_figures import known_to_be_none, shown_figures
from data.model import Audience, Claim, Indicator, IndicatorClass, Status
from data.reference.policy import Policy

_PUBLISHED, _SUPPRESSED = Status.PUBLISHED.value, Status.SUPPRESSED.value
_NOT_REPORTED = Status.NOT_REPORTED.value


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """The cells of a release with their suppressions, and the audits of them.

    Attributes
    ----------
    cells
        Frame with `PUBLISHED_COLUMNS`; suppressed cells keep their ``value``.
    exposures
        Cells that somebody could narrow too far; empty if the release may be made.
    inconsistent_claims
        Codes of the claims that cannot agree with the counts, sorted.
    audits
        The audit of each reader who is shown a cell that needs protection.
    found
        All alternative tables that were found for each of these readers. They save time in the
        next release.
    """

    cells: pd.DataFrame
    exposures: tuple[Exposure, ...]
    inconsistent_claims: tuple[str, ...]
    audits: Mapping[Audience, ReaderAudit]
    found: Mapping[Audience, FoundTables] = field(default_factory=dict)


def decide(  # noqa: PLR0913  # all that a decision follows from, and its progress
    new: pd.DataFrame,
    *,
    audience: Audience,
    published: Mapping[Audience, pd.DataFrame],
    unpublished: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    claims: Sequence[Claim],
    key: bytes,
    found: Mapping[Audience, FoundTables] = MappingProxyType({}),
    report: Callable[[float], None] = lambda _share: None,
) -> Decision:
    """Decide which new cells may be published.

    Parameters
    ----------
    new
        Cells of the release (`PUBLISHED_COLUMNS`), status ``published`` wherever there is a figure,
        or ``suppressed`` if it is withheld (`data.disclosure.withheld_figures`).
    audience
        Whom the release is for.
    published
        Everything that each audience was ever shown, withdrawn releases too (`PUBLISHED_COLUMNS`).
    unpublished
        Finer cells that no audience was shown yet (`PUBLISHED_COLUMNS`). The people of a ward know
        their own cells before partners see them, and must not find another ward's in a public
        total.
    indicators
        All indicators, by code.
    policy
        Thresholds, widths and weights.
    claims
        Figures published elsewhere.
    key
        The store's secret. It decides which of several cells of one weight is suppressed to protect
        others, so that nobody who knows this program learns from the choice.
    report
        Is told after each audit of a reader which share of the audits is done. If audits must be
        repeated, the share can be smaller than before.

    Returns
    -------
    The decision; its cells are in the order and on the index of ``new``.
    """
    cells = suppress_primary(
        new, audience=audience, published=published, indicators=indicators, policy=policy
    )
    gate = _Gate(audience, published, unpublished, indicators, policy, claims, key)
    gate.found.update(found)
    audited: dict[Audience, AuditedPattern | None] = {}
    done = 0
    while waiting := [reader for reader in gate.readers() if reader not in audited]:
        reader = waiting[0]
        result = audited[reader] = gate.audit(cells, reader)
        more, final = result.cells_to_suppress(cells) if result else (None, True)
        if more is not None and more.any():
            cells = cells.assign(status=cells["status"].mask(more, _SUPPRESSED))
            # A cell that is suppressed for one reader is suppressed for all, so the other audits
            # must be repeated.
            audited = {reader: result} if final else {}
        done += 1
        report(done / (done + len(gate.readers()) - len(audited)))
    exposures: list[Exposure] = []
    inconsistent: set[str] = set()
    audits = {}
    for reader in gate.readers():
        if (result := audited[reader]) is not None:
            exposures += result.exposures()
            inconsistent.update(result.view.inconsistent_claims)
            audits[reader] = result.audit
    silent = audience is Audience.PUBLIC and cells["status"].eq(_NOT_REPORTED)
    at_risk = cells["indicator"].map(
        lambda code: indicators[code].indicator_class is IndicatorClass.AT_RISK
    )
    status = cells["status"].mask(silent & at_risk.astype(bool), _SUPPRESSED)
    return Decision(
        cells.assign(status=status),
        tuple(exposures),
        tuple(sorted(inconsistent)),
        audits,
        {reader: gate.found[reader] for reader in audits},
    )


def suppress_primary(
    new: pd.DataFrame,
    *,
    audience: Audience,
    published: Mapping[Audience, pd.DataFrame],
    indicators: Mapping[str, Indicator],
    policy: Policy,
) -> pd.DataFrame:
    """Suppress counts below the threshold and what must stay suppressed.

    What was suppressed before stays suppressed, and what is suppressed for partners is suppressed
    for the public. What the public was shown as a number is not suppressed for partners. A count
    that is 0 because a related figure is shown as 0 is not suppressed.

    Parameters
    ----------
    new, audience, published, indicators, policy
        As for `decide`.

    Returns
    -------
    The new cells with their statuses, on the index of ``new``.
    """
    threshold = new["indicator"].map(lambda code: policy.least_shown(audience, indicators[code]))
    small = new["value"].notna() & new["value"].fillna(0).lt(threshold.astype("int64"))
    keys = pd.MultiIndex.from_frame(new[CELL_KEY])
    public, partner = published[Audience.PUBLIC], published[Audience.PARTNER]
    with_figure = partner[partner["value"].notna()]
    if audience is Audience.PUBLIC:
        # Silence about people at risk was published as suppressed. A late report stays suppressed,
        # so that it does not tell that there was silence.
        primary = small | _suppressed_in(keys, public) | _suppressed_in(keys, with_figure)
    else:
        numbers = public[public["status"].eq(_PUBLISHED) & public["display"].eq("number")]
        known = pd.MultiIndex.from_frame(numbers[[*CELL_KEY, "value"]])
        disclosed = pd.MultiIndex.from_frame(new[[*CELL_KEY, "value"]]).isin(known)
        primary = (small | _suppressed_in(keys, with_figure)) & ~disclosed
    # Where no event took place nobody took part. This is no small count of people.
    with_new = {
        **published,
        audience: pd.concat([f for f in (published[audience], new) if len(f)] or [new]),
    }
    shown = shown_figures(audience, with_new, policy.relations, indicators)
    primary &= ~known_to_be_none(new, shown, policy.relations)
    protected = (threshold > 0) & new["status"].eq(_PUBLISHED)
    return new.assign(status=new["status"].mask(primary & protected, _SUPPRESSED))


def _suppressed_in(keys: pd.MultiIndex, cells: pd.DataFrame) -> Bools:
    """Return which keys are suppressed among some cells."""
    suppressed = pd.MultiIndex.from_frame(cells.loc[cells["status"].eq(_SUPPRESSED), CELL_KEY])
    return np.asarray(keys.isin(suppressed), dtype=bool)


class _Gate:
    """The release of one audience, to be audited for each of its readers."""

    def __init__(
        self,
        audience: Audience,
        published: Mapping[Audience, pd.DataFrame],
        unpublished: pd.DataFrame,
        indicators: Mapping[str, Indicator],
        policy: Policy,
        claims: Sequence[Claim],
        key: bytes,
    ) -> None:
        self._key = key
        self.found: dict[Audience, FoundTables] = {}  # by the last audit of each reader
        self._audience, self._published, self._unpublished = audience, published, unpublished
        self._policy, self._claims, self._indicators = policy, claims, indicators
        self._protected = {
            code: each
            for code, each in indicators.items()
            if policy.threshold(audience, each.indicator_class) is not None
        }

    def readers(self) -> tuple[Audience, ...]:
        """Return the readers who see more because of the release; partners see the public side."""
        if self._audience is Audience.PUBLIC:
            return (Audience.PUBLIC, Audience.PARTNER)
        return (Audience.PARTNER,)

    def audit(self, cells: pd.DataFrame, reader: Audience) -> AuditedPattern | None:
        """Suppress and audit for one reader; None if no figure needs protection."""
        now = dict(self._published)
        before = self._published[self._audience]
        now[self._audience] = pd.concat([f for f in (before, cells) if len(f)] or [before])
        known = known_to(reader, now, unpublished=self._unpublished, indicators=self._protected)
        if not any(frame["value"].notna().any() for frame in known.values()):
            return None
        view = build_attacker_view(
            known,
            indicators=self._protected,
            class_bounds=self._policy.class_bounds(Audience.PUBLIC),
            relations=self._policy.relations,
            shown=shown_figures(
                reader, now, self._policy.relations, self._indicators, hidden_too=True
            ),
            claims=self._claims,
        )
        sides = tuple(Audience) if reader is Audience.PARTNER else (Audience.PUBLIC,)
        old = pd.concat([self._published[each] for each in sides])
        is_number = old["status"].eq(_PUBLISHED) & old["display"].eq("number")
        audited = audit_reader(
            view,
            reader=reader,
            policy=self._policy,
            shown=pd.concat([now[each] for each in sides]),
            numbers_before=old[is_number & old["value"].notna()],
            key=self._key,
            found=self.found.get(reader, next(iter(self.found.values()), NOTHING_FOUND)),
        )
        self.found[reader] = audited.found
        return audited
