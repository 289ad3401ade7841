"""Makes a release of its inputs: values in, values out, and no store is opened.

The steps: derive figures, form cells, let the gate decide what is hidden, find hotspots, list who
works where, and write the certificate on which all of it rests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from data.committees.status import sign_holds_until
from data.disclosure import certificate, certificate_check, release_gate
from data.disclosure.cells import CELL_KEY
from data.disclosure.frozen_periods import freeze
from data.disclosure.reader_audit import Exposure
from data.disclosure.release_gate import Decision
from data.model import Audience, Claim, Indicator, SimaError, Status
from data.reference import organisations
from data.reference.calendar import UnverifiedYearError
from data.reference.indicators import load_assumed_intervals, load_indicators
from data.reference.policy import Policy
from data.release_making import derived_figures, hotspots, presence, release_cells
from data.release_making.consent import require_consent
from data.release_making.inputs import ReleaseInputs
from data.release_making.writer import ReleaseContent

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
    newest release when this one was made.
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


def build_release(inputs: ReleaseInputs, policy: Policy) -> Preview:
    """Return the release that the inputs make under a policy. Nothing is read or written.

    Raises
    ------
    SimaError
        If there is nothing to release, the policy was lowered without consent, or the proof of
        the release does not hold.
    """
    require_consent(inputs.published.policy_text, policy, inputs.consents)
    audience, published = inputs.audience, inputs.published
    indicators, claims = load_indicators(), load_assumed_intervals()
    figures = derived_figures.add_derived_figures(
        inputs.records, inputs.signs, inputs.places.sites, today=inputs.today
    )
    candidates = release_cells.candidate_cells(
        figures, inputs, indicators=indicators, policy=policy
    )
    decision = release_gate.decide(
        candidates.new,
        audience=audience,
        published=published.cells,
        unpublished=candidates.unpublished,
        indicators=indicators,
        policy=policy,
        claims=claims,
    )
    parts = [part for part in (published.cells[audience], decision.cells) if len(part)]
    seen = pd.concat(parts, ignore_index=True)
    content = _content(inputs, decision, seen, indicators, policy)
    sealed = _sealed(inputs, decision, seen, figures, candidates, policy, claims)
    if not decision.exposures:
        _require_proof(sealed, inputs, seen, content, indicators, policy)
    return _preview(inputs, decision, content, sealed)


def _content(
    inputs: ReleaseInputs,
    decision: Decision,
    seen: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
) -> ReleaseContent:
    """Return everything that is written of the release; ``seen`` with the cells of this one."""
    latest = certificate.latest_versions(seen)
    shown = release_cells.as_released(latest)
    boundaries, follows = inputs.boundaries, inputs.published.follows[inputs.audience]
    return ReleaseContent(
        cells=shown,
        periods=release_cells.released_periods(shown, indicators, inputs.audience),
        sites=_shown_sites(inputs.places.sites, inputs.audience),
        signs=_with_last_days(inputs),
        boundaries_id=boundaries.name,
        policy_version=policy.version,
        policy_text=policy.text,
        synthetic=inputs.synthetic,
        follows=follows,
        licence=inputs.licence,
        presence=_presence(inputs, indicators),
        hotspots=hotspots.release_hotspots(
            shown.assign(band=latest["band"]),
            fresh=decision.cells,
            before=inputs.published.hotspots,
            audience=inputs.audience,
            policy=policy.hotspots,
            area=hotspots.StudyArea(boundaries.units, inputs.places.sites, boundaries.shapes),
            number=follows + 1,
            restates=inputs.restates,
        ),
    )


def _shown_sites(sites: pd.DataFrame, audience: Audience) -> pd.DataFrame:
    """Return booths; for the public their positions are rounded and details are left out."""
    if audience is Audience.PARTNER:
        return sites
    rounded = sites[["lon", "lat"]].round(PUBLIC_DECIMALS)
    return sites.assign(**rounded, opened="", closed="", operator_en="", operator_ne="")


def _with_last_days(inputs: ReleaseInputs) -> pd.DataFrame:
    """Add to each sign the last day on which it holds, unless that is after the calendar's end."""
    try:
        return inputs.signs.join(sign_holds_until(inputs.signs, on=inputs.today))
    except UnverifiedYearError:
        return inputs.signs


def _presence(inputs: ReleaseInputs, indicators: Mapping[str, Indicator]) -> pd.DataFrame:
    """Return which organisations work where; for partners only."""
    if inputs.audience is not Audience.PARTNER:
        return organisations.empty_presence()
    return presence.presence(
        inputs.records,
        inputs.signs,
        of_batch=inputs.organisations,
        sites=inputs.places.sites,
        indicators=indicators,
    )


def _sealed(
    inputs: ReleaseInputs,
    decision: Decision,
    seen: pd.DataFrame,
    figures: pd.DataFrame,
    candidates: release_cells.Candidates,
    policy: Policy,
    claims: tuple[Claim, ...],
) -> bytes:
    """Return the certificate of the release, with every period that is frozen from now on."""
    return certificate.build_certificate(
        decision,
        audience=inputs.audience,
        published=seen,
        frozen=freeze(
            inputs.published.frozen,
            decision.cells,
            figures,
            inputs.last_batch,
            inputs.request_id,
            inputs.restates,
        ),
        follows=inputs.published.follows,
        policy=policy,
        claims=claims,
        unpublished=candidates.unpublished,
    )


def _require_proof(
    sealed: bytes,
    inputs: ReleaseInputs,
    seen: pd.DataFrame,
    content: ReleaseContent,
    indicators: Mapping[str, Indicator],
    policy: Policy,
) -> None:
    """Check the certificate by addition, without the solver that made it; SimaError if wrong."""
    wrong = certificate_check.check_certificate(
        certificate.read_certificate(sealed),
        content.cells,
        published={**inputs.published.cells, inputs.audience: seen},
        before=inputs.published.cells[inputs.audience],
        indicators=indicators,
        policy=policy,
        hotspots=content.hotspots.table,
    )
    if wrong:
        raise SimaError(f"The proof of this release does not hold: {'; '.join(wrong[:5])}.")


def _preview(
    inputs: ReleaseInputs, decision: Decision, content: ReleaseContent, sealed: bytes
) -> Preview:
    levels = pd.crosstab(content.cells["admin_level"], content.cells["status"])
    changed = release_cells.as_released(decision.cells)
    return Preview(
        levels=levels.reindex(columns=[status.value for status in Status], fill_value=0),
        new_periods=tuple(sorted(set(decision.cells["period"]))),
        waiting=inputs.waiting,
        changed=changed[[*CELL_KEY, "admin_level", "status"]],
        narrowest={reader: each.narrowest for reader, each in decision.audits.items()},
        exposures=decision.exposures,
        strays=decision.inconsistent_claims,
        content=content,
        certificate=sealed,
        follows=inputs.published.follows,
    )
