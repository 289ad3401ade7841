"""Writes the certificate of a release, and checks it before anything is released."""

from collections.abc import Mapping, Sequence

import pandas as pd

from data.disclosure import certificate, certificate_check
from data.disclosure.frozen_periods import freeze
from data.disclosure.release_gate import Decision
from data.model import Claim, Indicator, SimaError
from data.reference.policy import Policy, protection_of
from data.release_making.inputs import ReleaseInputs
from data.release_making.release_cells import Candidates, ReleaseCells


def build_proof(
    inputs: ReleaseInputs,
    decision: Decision,
    *,
    candidates: Candidates,
    cells: ReleaseCells,
    hotspots: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    claims: Sequence[Claim],
) -> bytes:
    """Return the certificate of a release, with every period that is frozen from now on.

    It is checked by addition, without the solver that made it, unless the release has exposures
    and will not be made. ``hotspots`` as `ReleaseReader.hotspots`.

    Raises
    ------
    SimaError
        If the certificate does not hold.
    """
    published = inputs.published
    frozen = freeze(
        published.frozen,
        decision.cells,
        candidates.figures,
        inputs.last_batch,
        inputs.request_id,
        inputs.restates,
        indicators,
    )
    if len(inputs.waits):
        frozen = pd.concat([frozen, inputs.waits], ignore_index=True)
    sealed = certificate.build_certificate(
        decision,
        audience=inputs.audience,
        published=cells.published,
        frozen=frozen,
        follows=published.follows,
        protection=protection_of(policy, indicators, claims),
        unpublished=candidates.unpublished,
        withheld=published.withheld,
    )
    if decision.exposures:
        return sealed
    wrong = certificate_check.check_certificate(
        certificate.read_certificate(sealed),
        cells.released,
        published={**published.cells, inputs.audience: cells.published},
        before=published.cells[inputs.audience],
        indicators=indicators,
        policy=policy,
        hotspots=hotspots,
    )
    if wrong:
        raise SimaError(f"The proof of this release does not hold: {'; '.join(wrong[:5])}.")
    return sealed
