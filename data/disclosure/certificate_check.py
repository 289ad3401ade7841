"""Check a certificate by addition alone, without the solver that made it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import build_attacker_view, known_to
from data.disclosure.cells import CELL_KEY
from data.disclosure.certificate import Certificate, latest_versions
from data.disclosure.engine.additive_table import Ints, Table
from data.disclosure.reader_audit import required_widths
from data.disclosure.related_figures import shown_figures
from data.disclosure.withheld_figures import withhold
from data.model import AgeBand, Audience, Indicator, Sex, Status
from data.reference.policy import Policy


def check_certificate(
    certificate: Certificate,
    released: pd.DataFrame,
    *,
    published: Mapping[Audience, pd.DataFrame],
    before: pd.DataFrame,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    hotspots: pd.DataFrame | None = None,
) -> list[str]:
    """Check a certificate by addition alone, and that it is of this release.

    No solver is needed: the rows are built again from the cells, every witness is added up, and the
    two witnesses of each suppressed cell are compared.

    Parameters
    ----------
    certificate
        The certificate to check.
    released
        Cells of the release, as `ReleaseReader.cells` returns them.
    published
        What each audience was ever shown (`PUBLISHED_COLUMNS`): this release for its own audience,
        and for the other the release that this one follows.
    before
        What its own audience was shown before this release (`PUBLISHED_COLUMNS`).
    indicators, policy
        As for the release.
    hotspots
        Hotspots of the release, as `ReleaseReader.hotspots` returns them; None to skip them.

    Returns
    -------
    Faults, in words that quote no count; empty if the certificate holds.
    """
    wrong = _check_release(certificate, released)
    wrong += _check_record(certificate.published, before)
    if hotspots is not None and certificate.audience is Audience.PUBLIC:
        wrong += _check_hotspots(certificate.published, hotspots, policy)
    protected = {
        code: each
        for code, each in indicators.items()
        if policy.threshold(certificate.audience, each.indicator_class) is not None
    }
    public = certificate.audience is Audience.PUBLIC
    readers = set(Audience) if public else {Audience.PARTNER}
    missing = readers - set(certificate.views)
    counted = certificate.published["indicator"].isin(list(protected))
    if missing and (counted & certificate.published["value"].notna()).any():
        wrong.append(f"there is no proof for the {', '.join(sorted(missing))} reader")
    for reader, stored in certificate.views.items():
        view = build_attacker_view(
            known_to(reader, published, unpublished=certificate.unpublished, indicators=protected),
            indicators=protected,
            class_bounds=policy.class_bounds(Audience.PUBLIC),
            relations=policy.relations,
            shown=shown_figures(reader, published, policy.relations, indicators, hidden_too=True),
            claims=certificate.claims,
        )
        wrong += [f"{reader}: {what}" for what in _check_table(view.table, stored)]
        asked = np.where(
            view.table.suppressed, required_widths(view, policy.width(reader), reader), 0
        )
        need = np.array(stored["need"], dtype=np.int64)
        if len(need) == len(asked) and (need < asked).any():
            wrong.append(f"{reader}: a hidden cell is asked for less width than the policy's")
        wrong += [f"{reader}: {what}" for what in _check_witnesses(stored)]
    return wrong


def _check_record(published: pd.DataFrame, before: pd.DataFrame) -> list[str]:
    """Check that the certificate records everything that was shown before."""
    names = [*CELL_KEY, "version", "status", "value", "band"]
    both = before[names].merge(published[names], on=names, how="left", indicator=True)
    lost = int(both["_merge"].eq("left_only").sum())
    return [f"it has forgotten {lost} cells that were shown before"] if lost else []


def _check_hotspots(published: pd.DataFrame, hotspots: pd.DataFrame, policy: Policy) -> list[str]:
    """Check that hotspots rest only on counts whose bands were audited."""
    rule = policy.hotspots.rules.get(Audience.PUBLIC) if policy.hotspots else None
    with_result = hotspots[hotspots["ratio_low"].notna()]
    if rule is None:
        return ["it has hotspots that its policy says nothing of"] if len(with_result) else []
    audited = published[
        published["indicator"].eq(rule.count)
        & published["sex"].eq(Sex.ALL.value)
        & published["age_band"].eq(AgeBand.ALL.value)
        & published["status"].eq(Status.PUBLISHED.value)
        & published["band"].ne("")
    ]
    pairs = pd.MultiIndex.from_frame(audited[["unit_code", "period"]])
    lost = int((~pd.MultiIndex.from_frame(with_result[["unit_code", "period"]]).isin(pairs)).sum())
    return [f"{lost} hotspots rest on counts whose bands were not audited"] if lost else []


def _check_release(certificate: Certificate, released: pd.DataFrame) -> list[str]:
    """Check that the cells of the certificate are those of the release."""
    ours = withhold(latest_versions(certificate.published), certificate.withheld)
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


def _check_table(table: Table, view: Mapping[str, Any]) -> list[str]:
    """Check that the stored table is the one that follows from what was released."""
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


def _check_witnesses(view: Mapping[str, Any]) -> list[str]:
    """Add up every witness, and compare the two witnesses of each cell."""
    wrong = []
    value = np.array(view["value"], dtype=np.int64)
    suppressed = np.array(view["hidden"], dtype=bool)
    least, most = np.array(view["least"], dtype=np.int64), np.array(view["most"], dtype=np.int64)
    rows = _Rows(view["rows"], len(value))
    if ((value < least) | (value > most))[suppressed].any():
        wrong.append("the true table leaves what is known beforehand")
    if rows.sums_change(np.arange(len(value)), value):
        wrong.append("the true table does not add up")
    ends = {name: np.array(view[name], dtype=np.int64) for name in ("low_by", "high_by")}
    # Which cells have an end in each witness, so that one witness at a time is written out.
    order = {name: np.argsort(by, kind="stable") for name, by in ends.items()}
    found = {name: value.copy() for name in ends}
    change = np.zeros_like(value)
    for number, (listed, by) in enumerate(view["witnesses"]):
        cells = np.array(listed, dtype=np.int64)
        in_order = np.sort(cells)
        if (np.diff(in_order, prepend=-1) <= 0).any() or (cells >= len(value)).any():
            wrong.append(f"witness {number} names a cell twice, or one that there is not")
            continue
        change[cells] = by
        other = value[cells] + change[cells]
        if not suppressed[cells].all():
            wrong.append(f"witness {number} changes a published cell")
        if ((other < least[cells]) | (other > most[cells])).any():
            wrong.append(f"witness {number} leaves what is known beforehand")
        if rows.sums_change(cells, change[cells]):
            wrong.append(f"witness {number} does not add up")
        for name, by_cell in ends.items():
            first, last = np.searchsorted(by_cell, [number, number + 1], sorter=order[name])
            mine = order[name][first:last]
            found[name][mine] += change[mine]
        change[cells] = 0
    need = np.array(view["need"], dtype=np.int64)
    narrow = np.flatnonzero(found["high_by"] - found["low_by"] < need)
    wrong += [f"{view['names'][n]} lacks two tables that differ enough" for n in narrow[:20]]
    return wrong


class _Rows:
    """The rows of a stored table, by cell."""

    def __init__(self, rows: Sequence[Sequence[int]], size: int) -> None:
        cells = np.array([cell for row in rows for cell in row], dtype=np.int64)
        lengths = [len(row) for row in rows]
        sign = np.full(len(cells), -1, dtype=np.int64)
        sign[np.cumsum([0, *lengths[:-1]])[: len(rows)]] = 1
        by_cell = np.argsort(cells, kind="stable")
        self._row = np.repeat(np.arange(len(rows)), lengths)[by_cell]
        self._sign = sign[by_cell]
        self._start = np.searchsorted(cells[by_cell], np.arange(size + 1))

    def sums_change(self, cells: Ints, change: Ints) -> bool:
        """Return whether a row no longer adds up when cells change by so much."""
        first, count = self._start[cells], self._start[cells + 1] - self._start[cells]
        offset = np.repeat(first - (np.cumsum(count) - count), count)
        entries = offset + np.arange(int(count.sum()))
        _, at = np.unique(self._row[entries], return_inverse=True)
        sums = np.zeros(len(entries), dtype=np.int64)
        np.add.at(sums, at, np.repeat(change, count) * self._sign[entries])
        return bool(sums.any())
