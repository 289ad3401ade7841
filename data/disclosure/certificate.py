"""The certificate of a release: two tables for every hidden cell, to be checked by addition alone.

It holds true counts and which cells are small, so it stays in the holdings. It is also their
memory of what each audience was shown, which the next release may not contradict.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import SEEN_COLUMNS, join, known_to
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import Ints, Table
from data.disclosure.frozen_periods import FROZEN_COLUMNS
from data.disclosure.release_gate import Decision, Sealed, needs
from data.model import AgeBand, Audience, Claim, Indicator, Sex, SimaError, Status
from data.reference.policy import Policy

FORMAT = 2
_READ = {1, 2}  # 1 is from before hotspots


@dataclass(frozen=True, slots=True, eq=False)
class Certificate:
    """What one release rests on.

    ``seen``: every cell that the audience was ever shown (`SEEN_COLUMNS`, with true counts).
    ``frozen``: native periods whose records count as they were (`FROZEN_COLUMNS`). ``follows``:
    newest release of each audience when it was made. ``unseen``: finer cells that nobody was shown
    yet. ``views``: by reader the table and proof.
    """

    audience: Audience
    seen: pd.DataFrame
    frozen: pd.DataFrame
    follows: Mapping[Audience, int]
    policy_text: str
    claims: tuple[Claim, ...]
    unseen: pd.DataFrame
    views: Mapping[Audience, Mapping[str, Any]]


def build_certificate(
    decision: Decision,
    *,
    audience: Audience,
    seen: pd.DataFrame,
    frozen: pd.DataFrame,
    follows: Mapping[Audience, int],
    policy: Policy,
    claims: Sequence[Claim],
    unseen: pd.DataFrame,
) -> bytes:
    """Write a certificate down."""
    content = {
        "format": FORMAT,
        "audience": audience.value,
        "seen": _columns(seen[SEEN_COLUMNS]),
        "frozen": _columns(frozen[FROZEN_COLUMNS]),
        "follows": {each.value: number for each, number in follows.items()},
        "policy": policy.text,
        "claims": [asdict(claim) for claim in claims],
        "unseen": _columns(unseen[SEEN_COLUMNS]),
        "views": {reader.value: _view(sealed) for reader, sealed in decision.sealed.items()},
    }
    return zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 6)


def _columns(frame: pd.DataFrame) -> dict[str, list[object]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return {
        str(name): [v.item() if isinstance(v, np.generic) else v for v in plain[name]]
        for name in plain
    }


def _view(sealed: Sealed) -> dict[str, Any]:
    table, proof = sealed.joint.table, sealed.proof
    return {
        "names": list(table.names),
        "value": table.value.tolist(),
        "hidden": table.suppressed.astype(int).tolist(),
        "least": table.least.tolist(),
        "most": table.most.tolist(),
        "rows": [[whole, *parts.tolist()] for whole, parts in table.rows()],
        "need": sealed.need.tolist(),
        "low_by": proof.low_by.tolist(),
        "high_by": proof.high_by.tolist(),
        "witnesses": [[w.cells.tolist(), w.change.tolist()] for w in proof.witnesses],
    }


def read_certificate(content: bytes) -> Certificate:
    """Read a certificate; SimaError where it is damaged or of another version."""
    try:
        raw = json.loads(zlib.decompress(content))
    except (zlib.error, ValueError) as wrong:
        raise SimaError("The certificate is damaged. Restore the holdings from a copy.") from wrong
    if not isinstance(raw, dict):
        raise SimaError("The certificate is damaged. Restore the holdings from a copy.")
    if raw.get("format") not in _READ or "unseen" not in raw:
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
    seen, unseen = (
        pd.DataFrame(raw[name], columns=SEEN_COLUMNS).astype(kinds).fillna({"band": ""})
        for name in ("seen", "unseen")
    )
    frozen = pd.DataFrame(raw["frozen"], columns=FROZEN_COLUMNS)
    return Certificate(
        audience=Audience(raw["audience"]),
        seen=seen,
        unseen=unseen,
        frozen=frozen.astype({"last_batch": "int64", "version": "int64", "set_by": "int64"}),
        follows={Audience(name): number for name, number in raw["follows"].items()},
        policy_text=raw["policy"],
        claims=claims,
        views={Audience(name): view for name, view in raw["views"].items()},
    )


def latest_part(seen: pd.DataFrame) -> pd.DataFrame:
    """Give of every cell the version that is shown now."""
    ordered = seen.sort_values([*CELL_KEY, "version"], kind="stable")
    return ordered.drop_duplicates(CELL_KEY, keep="last").reset_index(drop=True)


def check_certificate(
    certificate: Certificate,
    released: pd.DataFrame,
    *,
    seen: Mapping[Audience, pd.DataFrame],
    before: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    hotspots: pd.DataFrame | None = None,
) -> list[str]:
    """Check a certificate by addition alone, and that it speaks of this release.

    Parameters
    ----------
    released
        The release's cells as `ReleaseReader.cells` gives them.
    seen
        What each audience had been shown, by the certificates of the releases that it follows.
    before
        What its own audience had been shown before.
    hotspots
        The release's, as `ReleaseReader.hotspots` gives them.

    Returns
    -------
    What is wrong, in words without figures; empty where it holds.
    """
    wrong = _same_release(certificate, released)
    wrong += _remembers(certificate.seen, before)
    if hotspots is not None and certificate.audience is Audience.PUBLIC:
        wrong += _bounded(certificate.seen, hotspots, policy)
    guarded = {
        code: each
        for code, each in indicators.items()
        if policy.threshold(certificate.audience, each.indicator_class) is not None
    }
    public = certificate.audience is Audience.PUBLIC
    readers = set(Audience) if public else {Audience.PARTNER}
    missing = readers - set(certificate.views)
    if missing and guarded and certificate.seen["indicator"].isin(list(guarded)).any():
        wrong.append(f"there is no proof for the {', '.join(sorted(missing))} reader")
    for reader, view in certificate.views.items():
        joint = join(
            known_to(reader, seen, unseen=certificate.unseen, indicators=guarded),
            indicators=guarded,
            class_bounds=policy.class_bounds(Audience.PUBLIC),
            relations=policy.relations,
            claims=certificate.claims,
        )
        wrong += [f"{reader}: {what}" for what in _same_table(joint.table, view)]
        asked = np.where(joint.table.suppressed, needs(joint, policy.width(reader), reader), 0)
        need = np.array(view["need"], dtype=np.int64)
        if len(need) == len(asked) and (need < asked).any():
            wrong.append(f"{reader}: a hidden cell is asked for less width than the policy's")
        wrong += [f"{reader}: {what}" for what in _by_addition(view)]
    return wrong


def _remembers(seen: pd.DataFrame, before: pd.DataFrame) -> list[str]:
    """Say whether something that was shown before is missing from what a certificate remembers."""
    names = [*CELL_KEY, "version", "status", "value", "band"]
    both = before[names].merge(seen[names], on=names, how="left", indicator=True)
    lost = int(both["_merge"].eq("left_only").sum())
    return [f"it has forgotten {lost} cells that were shown before"] if lost else []


def _bounded(seen: pd.DataFrame, hotspots: pd.DataFrame, policy: Policy) -> list[str]:
    """Say whether a hotspot tells of a count whose band was not audited."""
    rule = policy.hotspots.rules.get(Audience.PUBLIC) if policy.hotspots else None
    told = hotspots[hotspots["ratio_low"].notna()]
    if rule is None:
        return ["it has hotspots that its policy says nothing of"] if len(told) else []
    audited = seen[
        seen["indicator"].eq(rule.count)
        & seen["sex"].eq(Sex.ALL.value)
        & seen["age_band"].eq(AgeBand.ALL.value)
        & seen["status"].eq(Status.PUBLISHED.value)
        & seen["band"].ne("")
    ]
    pairs = pd.MultiIndex.from_frame(audited[["unit_code", "period"]])
    lost = int((~pd.MultiIndex.from_frame(told[["unit_code", "period"]]).isin(pairs)).sum())
    return [f"{lost} hotspots rest on counts whose bands were not audited"] if lost else []


def _same_release(certificate: Certificate, released: pd.DataFrame) -> list[str]:
    ours = latest_part(certificate.seen)
    shown = ours["status"].eq(Status.PUBLISHED.value) & ours["display"].eq("number")
    ours = ours.assign(value=ours["value"].where(shown))
    both = ours.merge(released, on=CELL_KEY, how="outer", suffixes=("", "_r"), indicator=True)
    if (both["_merge"] != "both").any():
        return ["the certificate speaks of other cells than the release has"]
    in_class = both["status"].eq(Status.PUBLISHED.value) & both["display"].eq("class")
    classes = both["value_class"].where(in_class).fillna("")
    same = (
        both["status"].eq(both["status_r"])
        & classes.eq(both["value_class_r"].fillna(""))
        & (
            both["value"].eq(both["value_r"]).fillna(value=False)
            | (both["value"].isna() & both["value_r"].isna())
        )
    )
    return [] if same.all() else [f"{(~same).sum()} cells differ from the release"]


def _same_table(table: Table, view: Mapping[str, Any]) -> list[str]:
    if (
        list(table.names) != view["names"]
        or [[w, *p.tolist()] for w, p in table.rows()] != view["rows"]
    ):
        return ["its rows are not those that follow from what was released"]
    if (
        table.value.tolist() != view["value"]
        or table.suppressed.astype(int).tolist() != view["hidden"]
        or table.least.tolist() != view["least"]
        or table.most.tolist() != view["most"]
    ):
        return ["its cells are not those that were released"]
    return []


def _by_addition(view: Mapping[str, Any]) -> list[str]:
    """Add up every witness and compare the two of each cell."""
    wrong = []
    value, hidden = np.array(view["value"], dtype=np.int64), np.array(view["hidden"], dtype=bool)
    least, most = np.array(view["least"], dtype=np.int64), np.array(view["most"], dtype=np.int64)
    start = np.cumsum([0, *(len(row) for row in view["rows"])])
    flat = np.array([cell for row in view["rows"] for cell in row], dtype=np.int64)
    sign = np.full(len(flat), -1, dtype=np.int64)
    sign[start[:-1]] = 1
    tables: list[Ints] = [value]
    for number, (cells, change) in enumerate(view["witnesses"]):
        other = value.copy()
        other[cells] += np.array(change, dtype=np.int64)
        if not hidden[cells].all():
            wrong.append(f"witness {number} changes a published cell")
        if ((other < least) | (other > most))[hidden].any():
            wrong.append(f"witness {number} leaves what is known beforehand")
        tables.append(other)
    for number, table in enumerate(tables):
        if len(flat) and np.add.reduceat(table[flat] * sign, start[:-1]).any():
            wrong.append(f"witness {number - 1} does not add up")
    need = np.array(view["need"], dtype=np.int64)
    low = np.array([tables[by + 1][n] for n, by in enumerate(view["low_by"])])
    high = np.array([tables[by + 1][n] for n, by in enumerate(view["high_by"])])
    narrow = np.flatnonzero(high - low < need)
    wrong += [f"{view['names'][n]} lacks two tables that differ enough" for n in narrow[:20]]
    return wrong
