"""The certificate of a release: the proof that its suppressed cells are protected.

For every suppressed cell it holds two alternative tables, which can be checked by addition alone.
It holds true counts and shows which cells are small, so it stays in the holdings. It also records
what each audience was ever shown, which the next release must not contradict.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import PUBLISHED_COLUMNS
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.carried_witnesses import NOTHING_FOUND, FoundTables
from data.disclosure.engine.prover import Witness
from data.disclosure.frozen_periods import EVERY_PLACE, FROZEN_COLUMNS
from data.disclosure.reader_audit import ReaderAudit
from data.disclosure.release_gate import Decision
from data.disclosure.withheld_figures import NOTHING_WITHHELD, Withheld
from data.model import AgeBand, Audience, Claim, Sex, SimaError
from data.reference.policy import Protection

FORMAT = 2
_READABLE_FORMATS = {1, 2}  # 1 is from before hotspots


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """The proof of one release, and what it was made from.

    Attributes
    ----------
    audience
        Whom the release is for.
    published
        Every cell that the audience was ever shown, this release included; `PUBLISHED_COLUMNS`,
        with true counts.
    frozen
        Native periods whose records count as they were; `FROZEN_COLUMNS`.
    follows
        Number of the newest release of each audience when this one was made, 0 for none.
    policy_text
        The policy, word for word.
    classes
        The class of each indicator; empty in a certificate from before it was recorded.
    claims
        Figures published elsewhere.
    unpublished
        Finer cells that no audience was shown yet; `PUBLISHED_COLUMNS`, with true counts.
    views
        Table and proof of each reader, as stored: see `_stored_view`.
    withheld
        Figures that the release does not show, because an earlier one showed them by mistake. In
        ``published`` they are as they were shown.
    """

    audience: Audience
    published: pd.DataFrame
    frozen: pd.DataFrame
    follows: Mapping[Audience, int]
    policy_text: str
    classes: Mapping[str, str]
    claims: tuple[Claim, ...]
    unpublished: pd.DataFrame
    views: Mapping[Audience, Mapping[str, Any]]
    withheld: Withheld = NOTHING_WITHHELD

    def found(self, reader: Audience) -> FoundTables:
        """Return the alternative tables that were found for a reader.

        They are no part of the proof: whoever uses them checks that they are alternative tables.
        """
        view = self.views.get(reader, {})
        if "found" not in view:
            return NOTHING_FOUND
        cells, change, lengths = (
            np.array(view["found"][name], dtype=np.int64) for name in ("cells", "change", "lengths")
        )
        ends = np.cumsum(lengths)[:-1]
        pairs = zip(np.split(cells, ends), np.split(change, ends), strict=True)
        return FoundTables(tuple(view["names"]), [Witness(*pair) for pair in pairs if len(pair[0])])

    @property
    def protection(self) -> Protection:
        """How the project protected people when the release was made."""
        return Protection(self.policy_text, self.classes, self.claims)


def build_certificate(
    decision: Decision,
    *,
    audience: Audience,
    published: pd.DataFrame,
    frozen: pd.DataFrame,
    follows: Mapping[Audience, int],
    protection: Protection,
    unpublished: pd.DataFrame,
    withheld: Withheld = NOTHING_WITHHELD,
) -> bytes:
    """Return a certificate as compressed JSON; `Certificate` describes the arguments.

    ``decision`` is that of the release gate. The same arguments give the same bytes.
    """
    content: dict[str, object] = {
        "format": FORMAT,
        "audience": audience.value,
        "seen": _columns(published[PUBLISHED_COLUMNS]),
        "frozen": _columns(frozen[FROZEN_COLUMNS]),
        "follows": {each.value: number for each, number in follows.items()},
        "policy": protection.rules,
        "classes": dict(protection.classes),
        "claims": [asdict(claim) for claim in protection.claims],
        "unseen": _columns(unpublished[PUBLISHED_COLUMNS]),
        "views": {
            reader.value: _stored_view(audit) | {"found": _stored_tables(decision, reader)}
            for reader, audit in decision.audits.items()
        },
    }
    if withheld:
        content["withheld"] = sorted(withheld)
    return zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 6)


def _columns(frame: pd.DataFrame) -> dict[str, list[object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {
        str(name): [v.item() if isinstance(v, np.generic) else v for v in plain[name]]
        for name in plain
    }


def _stored_view(audit: ReaderAudit) -> dict[str, Any]:
    """Return the table and the proof of one reader; rows and witnesses refer to positions."""
    table, proof = audit.view.table, audit.proof
    return {
        "names": list(table.names),
        "value": table.value.tolist(),
        "hidden": table.suppressed.astype(int).tolist(),
        "least": table.least.tolist(),
        "most": table.most.tolist(),
        "rows": [[whole, *parts.tolist()] for whole, parts in table.rows()],
        "need": audit.need.tolist(),
        "low_by": proof.low_by.tolist(),
        "high_by": proof.high_by.tolist(),
        "witnesses": [[w.cells.tolist(), w.change.tolist()] for w in proof.witnesses],
    }


def _stored_tables(decision: Decision, reader: Audience) -> dict[str, list[int]]:
    """Return all alternative tables that were found for a reader, one after the other."""
    found = decision.found[reader].witnesses if reader in decision.found else ()
    nothing = np.zeros(0, dtype=np.int64)
    return {
        "lengths": [len(each.cells) for each in found],
        "cells": np.concatenate([nothing, *(each.cells for each in found)]).tolist(),
        "change": np.concatenate([nothing, *(each.change for each in found)]).tolist(),
    }


def read_certificate(content: bytes) -> Certificate:
    """Read a certificate from what `build_certificate` returned.

    Raises
    ------
    SimaError
        If the certificate is damaged or has another format.
    """
    try:
        raw = json.loads(zlib.decompress(content))
    except (zlib.error, ValueError) as wrong:
        raise SimaError("The certificate is damaged. Restore the holdings from a copy.") from wrong
    if not isinstance(raw, dict):
        raise SimaError("The certificate is damaged. Restore the holdings from a copy.")
    if raw.get("format") not in _READABLE_FORMATS or "unseen" not in raw:
        raise SimaError("The certificate is of another version of Sima.")
    claims = tuple(
        Claim(
            **{
                **c,
                "periods": tuple(c["periods"]),
                "sex": Sex(c["sex"]),
                "age_band": AgeBand(c["age_band"]),
            }
        )
        for c in raw["claims"]
    )
    kinds = {"value": "Int64", "version": "int64", "admin_level": "int64"}
    published, unpublished = (
        pd.DataFrame(raw[name], columns=PUBLISHED_COLUMNS).astype(kinds).fillna({"band": ""})
        for name in ("seen", "unseen")
    )
    # Before reports could wait, an entry was for every place.
    frozen = pd.DataFrame(raw["frozen"], columns=FROZEN_COLUMNS).fillna({"place_code": EVERY_PLACE})
    return Certificate(
        audience=Audience(raw["audience"]),
        published=published,
        unpublished=unpublished,
        frozen=frozen.astype({"last_batch": "int64", "version": "int64", "set_by": "int64"}),
        follows={Audience(name): number for name, number in raw["follows"].items()},
        policy_text=raw["policy"],
        classes=raw.get("classes", {}),
        claims=claims,
        views={Audience(name): view for name, view in raw["views"].items()},
        withheld=frozenset((code, unit, period) for code, unit, period in raw.get("withheld", [])),
    )


def latest_versions(published: pd.DataFrame) -> pd.DataFrame:
    """Return the newest version of every cell, ordered by `CELL_KEY` on a new index."""
    ordered = published.sort_values([*CELL_KEY, "version"], kind="stable")
    return ordered.drop_duplicates(CELL_KEY, keep="last").reset_index(drop=True)
