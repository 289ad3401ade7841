"""Makes a release of its inputs: values in, values out, and no store is opened.

The steps: derive figures, form cells, let the gate decide what is hidden, find hotspots, list who
works where, and write the certificate on which all of it rests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from data.disclosure import release_gate
from data.disclosure.reader_audit import Exposure
from data.disclosure.release_gate import Decision
from data.disclosure.withheld_figures import NOTHING_WITHHELD, Withheld
from data.model import Audience, SimaError, Status
from data.reference.indicators import load_assumed_intervals, load_indicators
from data.reference.policy import Policy, Protection, list_weakened, protection_of
from data.release_making import derived_figures, hotspots, presence, release_cells
from data.release_making.inputs import ReleaseInputs
from data.release_making.progress import Progress, Report, Step
from data.release_making.proof import build_proof
from data.release_making.release_cells import ReleaseCells
from data.release_making.release_choice import NO_CHOICE, Choice, Offer
from data.release_making.waiting import let_wait
from data.release_making.writer import ReleaseContent

TWO_PEOPLE = 2  # approvers, must agree to a policy that protects less than the last release's
PUBLIC_DECIMALS = 2  # of a booth's position in degrees, about a kilometre


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a release would change for its readers, to be looked at before it is approved.

    ``levels``: index admin level, columns by status. ``new_periods``: codes that an indicator has
    for the first time. ``waiting``: records that wait for the yearly restatement. ``changed``:
    status of the cells that were not in the last release: `CELL_KEY`, ``admin_level``, ``status``.
    ``narrowest``: by reader the narrowest width that was proved for a hidden cell. ``exposures``:
    why the release may not be made; empty if it may. ``strays``: claims that cannot agree with the
    figures. ``certificate``: CONFIDENTIAL, true counts. ``follows``: by audience the number of the
    newest release when this one was made. ``withheld``: figures that must not be shown to the
    audience again, and ``stays_hidden``: how many of them this release hides. ``choice``: what was
    chosen to wait or to be hidden, and ``waiting_by_choice``: how many of ``waiting`` wait for that
    reason. ``offers``: choices with which a release that is refused would pass.
    """

    levels: pd.DataFrame
    new_periods: tuple[str, ...]
    waiting: int
    changed: pd.DataFrame
    narrowest: Mapping[Audience, int | None]
    exposures: tuple[Exposure, ...]
    strays: tuple[str, ...]
    content: ReleaseContent
    certificate: bytes
    follows: Mapping[Audience, int]
    withheld: Withheld = NOTHING_WITHHELD
    stays_hidden: int = 0
    choice: Choice = NO_CHOICE
    waiting_by_choice: int = 0
    offers: tuple[Offer, ...] = ()


def build_release(inputs: ReleaseInputs, policy: Policy, report: Report | None = None) -> Preview:
    """Return the release that the inputs make under a policy. Nothing is read or written.

    ``report`` is told how far it is.

    Raises
    ------
    SimaError
        If there is nothing to release, the policy was lowered without consent, or the proof of
        the release does not hold.
    """
    progress = Progress(report)
    progress.at(Step.ADDING_UP)
    inputs = let_wait(inputs, policy.relations)
    audience, published = inputs.audience, inputs.published
    indicators, claims = load_indicators(), load_assumed_intervals()
    now = protection_of(policy, indicators, claims)
    _require_consent(published.protection, now, inputs.consents)
    sites = inputs.places.sites
    figures = derived_figures.add_derived_figures(
        inputs.records, inputs.signs, sites, today=inputs.today
    )
    signs = derived_figures.add_last_days(inputs.signs, today=inputs.today)
    candidates = release_cells.candidate_cells(
        figures,
        inputs,
        indicators=indicators,
        policy=policy,
        report=progress.within(Step.ADDING_UP),
    )
    progress.at(Step.HIDING)
    decision = release_gate.decide(
        candidates.new,
        audience=audience,
        published=published.cells,
        unpublished=candidates.unpublished,
        indicators=indicators,
        policy=policy,
        claims=claims,
        key=inputs.key,
        found=published.found,
        report=progress.within(Step.HIDING),
    )
    progress.at(Step.HOTSPOTS)
    cells = release_cells.release_cells(
        published.cells[audience],
        decision.cells,
        indicators=indicators,
        audience=audience,
        withheld=published.withheld,
    )
    found = hotspots.release_hotspots(
        cells.released.assign(band=cells.bands),
        fresh=decision.cells,
        before=published.hotspots,
        audience=audience,
        policy=policy.hotspots,
        area=hotspots.StudyArea(inputs.boundaries.units, sites, inputs.boundaries.shapes),
        number=published.follows[audience] + 1,
        restates=inputs.restates,
    )
    at_work = presence.presence_for(
        audience,
        inputs.records,
        inputs.signs,
        of_batch=inputs.organisations,
        known=inputs.makers,
        sites=sites,
        indicators=indicators,
    )
    progress.at(Step.PROVING)
    sealed = build_proof(
        inputs,
        decision,
        candidates=candidates,
        cells=cells,
        hotspots=found.table,
        indicators=indicators,
        policy=policy,
        claims=claims,
    )
    content = ReleaseContent(
        cells=cells.released,
        periods=cells.periods,
        sites=_shown_sites(sites, audience),
        signs=signs,
        boundaries_id=inputs.boundaries.name,
        policy_version=policy.version,
        policy_text=policy.text,
        project=inputs.project,
        meaning=inputs.meaning,
        synthetic=inputs.synthetic,
        follows=published.follows[audience],
        licence=inputs.licence,
        presence=at_work,
        hotspots=found,
    )
    return _preview(inputs, decision, cells, content, sealed)


def _require_consent(before: Protection | None, now: Protection, agreed: Sequence[str]) -> None:
    """Refuse a project that protects less than the last one, unless two approvers agreed to it.

    ``before`` is that of the audience's last release, None before the first; ``agreed`` are the
    accounts that agreed to ``now``.
    """
    less = list_weakened(before, now) if before is not None else []
    if less and len(agreed) < TWO_PEOPLE:
        raise SimaError(
            f"The policy protects less than the last release's ({'; '.join(less[:5])})."
            f" Two approvers must agree to that, {len(agreed)} did:"
            " sima policy agree --by ACCOUNT"
        )


def _shown_sites(sites: pd.DataFrame, audience: Audience) -> pd.DataFrame:
    """Return booths; for the public their positions are rounded and details are left out."""
    if audience is Audience.PARTNER:
        return sites
    rounded = sites[["lon", "lat"]].round(PUBLIC_DECIMALS)
    return sites.assign(**rounded, opened="", closed="", operator_en="", operator_ne="")


def _preview(
    inputs: ReleaseInputs,
    decision: Decision,
    cells: ReleaseCells,
    content: ReleaseContent,
    sealed: bytes,
) -> Preview:
    levels = pd.crosstab(content.cells["admin_level"], content.cells["status"])
    return Preview(
        levels=levels.reindex(columns=[status.value for status in Status], fill_value=0),
        new_periods=tuple(sorted(set(decision.cells["period"]))),
        waiting=inputs.waiting,
        changed=cells.changed,
        narrowest={reader: each.narrowest for reader, each in decision.audits.items()},
        exposures=decision.exposures,
        strays=decision.inconsistent_claims,
        content=content,
        certificate=sealed,
        follows=inputs.published.follows,
        withheld=inputs.published.withheld,
        stays_hidden=cells.withheld,
        choice=inputs.choice,
        waiting_by_choice=inputs.waiting_by_choice,
    )
