"""Making a release: from what is held to what may be seen, with what it rests on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import pandas as pd

from data.committees.status import sign_holds_until
from data.disclosure import certificate, certificate_check, release_gate
from data.disclosure.attacker_table import PUBLISHED_COLUMNS, nothing_published
from data.disclosure.cell_totals import Places
from data.disclosure.cells import CELL_COLUMNS, CELL_KEY, build_cells, design_periods
from data.disclosure.certificate import Certificate
from data.disclosure.frozen_periods import (
    FROZEN_COLUMNS,
    freeze,
    is_within,
    restatement_versions,
    unfreeze_year,
)
from data.disclosure.reader_audit import Exposure
from data.holdings import KEY as RECORD_KEY
from data.holdings import Holdings
from data.model import (
    AdminLevel,
    Audience,
    Display,
    Indicator,
    IndicatorClass,
    PeriodKind,
    SimaError,
    Status,
)
from data.reference import organisations
from data.reference.calendar import UnverifiedYearError
from data.reference.indicators import load_assumed_intervals, load_indicators
from data.reference.policy import Policy, list_weakened_rules, load_policy, parse_policy
from data.release_making import derived_figures, hotspots, presence
from data.release_making.writer import ReleaseContent, ReleaseWriter

PUBLIC_DECIMALS = 2  # of a booth's position, about a kilometre
TWO_PEOPLE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What a release would change for its readers, seen before anybody decides.

    ``levels``: index admin level, columns by status. ``new_periods``: codes that an indicator has
    for the first time. ``waiting``: records that wait for the yearly restatement. ``changed``:
    status and value class of the cells that were not in the last release, without figures of
    hidden ones: `CELL_KEY`, ``admin_level``, ``status``. ``narrowest``: by reader the narrowest
    width that was proved for a hidden cell. ``exposures``: what stands in the way; empty if the
    release may be made. ``strays``: claims that cannot agree with the figures.
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


@dataclass(frozen=True, slots=True, eq=False)
class _Memory:
    """What both audiences were shown, and which records count as they were."""

    published: Mapping[Audience, pd.DataFrame]
    frozen: pd.DataFrame
    follows: Mapping[Audience, int]
    policy: str


def newest_certificate(holdings: Holdings, writer: ReleaseWriter) -> Certificate | None:
    """Give the certificate of an audience's newest release, withdrawn or not.

    Raises
    ------
    SimaError
        Where the release is there and its certificate is not.
    """
    released = writer.reader.releases()
    return certificate_of(holdings, writer, released[0].number) if released else None


def certificate_of(holdings: Holdings, writer: ReleaseWriter, number: int) -> Certificate:
    """Give the certificate of a release; SimaError where the holdings have none."""
    content = holdings.certificate(writer.reader.request_of(number))
    if content is None:
        raise SimaError(
            f"The holdings do not hold the certificate of release {number}: they are older than"
            " it. Restore the holdings that made it; without them nothing can be released safely."
        )
    return certificate.read_certificate(content)


def frozen_periods(
    holdings: Holdings, writers: Mapping[Audience, ReleaseWriter]
) -> set[tuple[str, str]]:
    """Give the pairs of indicator and native period of which records count as they were."""
    found: set[tuple[str, str]] = set()
    for writer in writers.values():
        newest = newest_certificate(holdings, writer)
        if newest is not None:
            found |= set(zip(newest.frozen["indicator"], newest.frozen["period"], strict=True))
    return found


def _remember(
    holdings: Holdings, writers: Mapping[Audience, ReleaseWriter], mine: Audience
) -> _Memory:
    newest = {each: newest_certificate(holdings, writer) for each, writer in writers.items()}
    frozen = pd.concat(
        [each.frozen for each in newest.values() if each is not None and len(each.frozen)]
        or [pd.DataFrame(columns=FROZEN_COLUMNS)]
    )
    # Of two sayings about a period the later one counts: a restatement thaws for both audiences.
    frozen = frozen.sort_values("set_by", kind="stable")
    own = newest[mine]
    return _Memory(
        published={
            a: c.published if c is not None else nothing_published() for a, c in newest.items()
        },
        frozen=frozen.drop_duplicates(["indicator", "period"], keep="last").reset_index(drop=True),
        follows={a: writer.newest() for a, writer in writers.items()},
        policy=own.policy_text if own is not None else "",
    )


def policy_hash(text: str) -> str:
    """Name a policy by its text."""
    return hashlib.sha256(text.encode()).hexdigest()


def require_consent(holdings: Holdings, before: str, policy: Policy) -> None:
    """Refuse a policy that protects less than the last one, unless two people agreed to it.

    Raises
    ------
    SimaError
        Naming what it lowers.
    """
    if not before or before == policy.text:
        return
    less = list_weakened_rules(before, policy.text)
    agreed = holdings.consents(policy_hash(policy.text))
    if less and len(agreed) < TWO_PEOPLE:
        raise SimaError(
            f"The policy protects less than the last release's ({'; '.join(less[:5])})."
            f" Two people must agree to that, {len(agreed)} did:"
            " sima policy agree --by ACCOUNT"
        )


def build_release(
    request: Mapping[str, object],
    *,
    holdings: Holdings,
    writers: Mapping[Audience, ReleaseWriter],
    today: date,
) -> Preview:
    """Make the release of a request without publishing it.

    Raises
    ------
    SimaError
        Where there is nothing to release, or the policy was lowered without consent.
    """
    audience = Audience(str(request["audience"]))
    policy, indicators = load_policy(), load_indicators()
    memory = _remember(holdings, writers, audience)
    require_consent(holdings, memory.policy, policy)
    number, last_batch = int(str(request["request_id"])), int(str(request["last_batch"]))
    restates = str(request["restates"]) if request.get("restates") else None
    frozen = unfreeze_year(memory.frozen, restates)
    records = holdings.records_as_of(frozen, last_batch=last_batch)
    waiting = _waiting(records, holdings.current_records(last_batch=last_batch))
    signs = holdings.current_signs(last_batch=last_batch)
    places = Places(holdings.units(), holdings.sites(), holdings.successions())
    everything = _with_derived(records, signs, places, today)
    own = memory.published[audience]
    new = _new_cells(everything, audience, indicators, policy, places, today)
    new = new[~_released(new, own, restates)].reset_index(drop=True)
    new["version"] = restatement_versions(new, frozen, restates, number)
    if audience is Audience.PUBLIC and policy.hotspots is not None:
        new = hotspots.with_bands(new, policy.hotspots.rules.get(audience))
    if not len(new) and not len(own):
        raise SimaError(
            "There is nothing to release to this audience yet: no period that was reported is"
            " over and old enough."
        )
    unseen = nothing_published()
    if audience is Audience.PUBLIC:
        finer = _new_cells(everything, Audience.PARTNER, indicators, policy, places, today)
        unseen = finer[~_released(finer, memory.published[Audience.PARTNER], None)]
    decision = release_gate.decide(
        new,
        audience=audience,
        published=memory.published,
        unpublished=unseen,
        indicators=indicators,
        policy=policy,
        claims=load_assumed_intervals(),
    )
    seen = pd.concat([part for part in (own, decision.cells) if len(part)], ignore_index=True)
    remembered = certificate.latest_versions(seen)
    shown = _as_released(remembered)
    partner = audience is Audience.PARTNER
    content = ReleaseContent(
        cells=shown,
        periods=_periods(shown, indicators, audience),
        sites=_sites(places.sites, audience),
        signs=_with_last_days(signs, today),
        boundaries_id=put_boundaries(holdings, writers[audience], today=today),
        policy_version=policy.version,
        policy_text=policy.text,
        synthetic=holdings.synthetic,
        follows=memory.follows[audience],
        presence=_presence(holdings, records, signs, places)
        if partner
        else organisations.empty_presence(),
        hotspots=hotspots.release_hotspots(
            shown.assign(band=remembered["band"]),
            fresh=decision.cells,
            before=_hotspots_before(writers[audience], memory.follows[audience]),
            audience=audience,
            policy=policy.hotspots,
            ground=_ground(holdings, places, today),
            number=memory.follows[audience] + 1,
            restates=restates,
        ),
    )
    sealed = certificate.build_certificate(
        decision,
        audience=audience,
        published=seen,
        frozen=freeze(frozen, decision.cells, everything, last_batch, number, restates),
        follows=memory.follows,
        policy=policy,
        claims=load_assumed_intervals(),
        unpublished=unseen,
    )
    if not decision.exposures:
        # Hide, then prove, then check the proof: by addition, without the solver that made it.
        wrong = certificate_check.check_certificate(
            certificate.read_certificate(sealed),
            shown,
            published={**memory.published, audience: seen},
            before=own,
            indicators=indicators,
            policy=policy,
            hotspots=content.hotspots.table,
        )
        if wrong:
            raise SimaError(f"The proof of this release does not hold: {'; '.join(wrong[:5])}.")
    levels = pd.crosstab(shown["admin_level"], shown["status"])
    return Preview(
        levels=levels.reindex(columns=[status.value for status in Status], fill_value=0),
        new_periods=tuple(sorted(set(decision.cells["period"]))),
        waiting=waiting,
        changed=_as_released(decision.cells)[[*CELL_KEY, "admin_level", "status"]],
        narrowest={reader: each.narrowest for reader, each in decision.audits.items()},
        exposures=decision.exposures,
        strays=decision.inconsistent_claims,
        content=content,
        certificate=sealed,
        follows=memory.follows,
    )


def _hotspots_before(writer: ReleaseWriter, follows: int) -> hotspots.Found:
    if not follows:
        return hotspots.no_hotspots()
    reader = writer.reader
    table, runs = reader.hotspots(follows), reader.hotspot_runs(follows)
    return hotspots.Found(table[hotspots.HOTSPOT_COLUMNS], runs[hotspots.RUN_COLUMNS])


def _ground(holdings: Holdings, places: Places, today: date) -> hotspots.Ground:
    def shapes(level: AdminLevel) -> gpd.GeoSeries:
        return holdings.boundaries(level, on=today).geometry

    return hotspots.Ground(holdings.units(on=today), places.sites, shapes)


def _released(new: pd.DataFrame, own: pd.DataFrame, restates: str | None) -> pd.Series:
    """Say which cells are of a figure and period that was released and is not restated."""
    pairs = set(zip(own["indicator"], own["period"], strict=True))
    done = [pair in pairs for pair in zip(new["indicator"], new["period"], strict=True)]
    if restates is not None:
        inside = {code for code in new["period"].unique() if is_within(code, restates)}
        done = [d and p not in inside for d, p in zip(done, new["period"], strict=True)]
    return pd.Series(done, index=new.index, dtype=bool)


def _waiting(used: pd.DataFrame, current: pd.DataFrame) -> int:
    """Count the records that say something else by now than what is used."""
    names = [*RECORD_KEY, "state", "value"]
    both = current[names].merge(used[names], on=names, how="left", indicator=True)
    return int(both["_merge"].eq("left_only").sum())


def _with_last_days(signs: pd.DataFrame, today: date) -> pd.DataFrame:
    """Say of each sign until which day it holds; of none after the calendar's end."""
    try:
        return signs.join(sign_holds_until(signs, on=today))
    except UnverifiedYearError:
        return signs


def _with_derived(
    records: pd.DataFrame, signs: pd.DataFrame, places: Places, today: date
) -> pd.DataFrame:
    parts = [records, derived_figures.from_reports(records, places.sites, today=today)]
    if len(signs):
        parts.append(derived_figures.from_signs(signs, today=today))
    return pd.concat([part for part in parts if len(part)] or [records], ignore_index=True)


def _new_cells(
    records: pd.DataFrame,
    audience: Audience,
    indicators: Mapping[str, Indicator],
    policy: Policy,
    places: Places,
    today: date,
) -> pd.DataFrame:
    """Make every cell that the design lets exist, with its figure (`PUBLISHED_COLUMNS`)."""
    made = []
    for indicator in indicators.values():
        design = indicator.designs.get(audience)
        if design is None:
            continue
        cells = build_cells(records, indicator, design=design, places=places, today=today)
        if not len(cells):
            continue
        classes: list[str | None] = [None] * len(cells)
        if design.display is Display.CLASS:
            organisational = indicator.indicator_class is IndicatorClass.ORGANISATIONAL
            classes = [
                None
                if pd.isna(value)
                else "none"
                if organisational and value == 0
                else policy.value_class(int(value))
                for value in cells["value"]
            ]
        made.append(
            cells[CELL_COLUMNS].assign(
                indicator=indicator.code,
                display=design.display.value,
                value_class=pd.Series(classes, index=cells.index, dtype=object),
                version=0,
                band="",
            )
        )
    if not made:
        return nothing_published()
    return pd.concat(made, ignore_index=True)[PUBLISHED_COLUMNS].astype({"version": "int64"})


def _as_released(cells: pd.DataFrame) -> pd.DataFrame:
    """Strip what a release must not carry: hidden figures, and numbers where classes are shown."""
    shown = cells["status"].eq(Status.PUBLISHED.value)
    number = shown & cells["display"].eq(Display.NUMBER.value)
    in_class = shown & cells["display"].eq(Display.CLASS.value)
    names = ["indicator", *CELL_COLUMNS, "value_class"]
    return cells.assign(
        value=cells["value"].where(number),
        value_class=cells["value_class"].astype(object).where(in_class, None),
    )[names].reset_index(drop=True)


def _periods(
    cells: pd.DataFrame, indicators: Mapping[str, Indicator], audience: Audience
) -> pd.DataFrame:
    used = cells.groupby("period")["indicator"].unique()
    kinds: dict[str, frozenset[PeriodKind]] = {
        str(code): frozenset[PeriodKind]().union(
            *(indicators[i].designs[audience].period_kinds for i in names)
        )
        for code, names in used.items()
    }
    return design_periods(cells["period"], kinds)


def _sites(sites: pd.DataFrame, audience: Audience) -> pd.DataFrame:
    if audience is Audience.PARTNER:
        return sites
    rounded = sites[["lon", "lat"]].round(PUBLIC_DECIMALS)
    return sites.assign(**rounded, opened="", closed="", operator_en="", operator_ne="")


def _presence(
    holdings: Holdings, records: pd.DataFrame, signs: pd.DataFrame, places: Places
) -> pd.DataFrame:
    return presence.presence(
        records,
        signs,
        of_batch=holdings.organisations(),
        sites=places.sites,
        indicators=load_indicators(),
    )


def put_boundaries(holdings: Holdings, writer: ReleaseWriter, *, today: date) -> str:
    """Put units and boundaries of a day, and what browsers are sent of them, into a release store.

    Gives the name that they have there; a release of the same units and boundaries finds them.
    """
    units = holdings.units(on=today)
    parts = [holdings.boundaries(level, on=today) for level in AdminLevel]
    boundaries = pd.concat([part for part in parts if len(part)])
    used = holdings.boundary_sets()
    used = used[used["boundary_set"].isin(boundaries["boundary_set"])]
    return writer.put_boundaries(units, holdings.crosswalk(), used, boundaries)


def check_certificate(
    holdings: Holdings, writers: Mapping[Audience, ReleaseWriter], audience: Audience, number: int
) -> list[str]:
    """Check the certificate of a release without a solver; give what is wrong with it."""
    held = certificate_of(holdings, writers[audience], number)
    seen = {audience: held.published}
    for other, follows in held.follows.items():
        if other is not audience:
            seen[other] = (
                certificate_of(holdings, writers[other], follows).published
                if follows
                else nothing_published()
            )
    follows = held.follows[audience]
    before = nothing_published()
    if follows:
        before = certificate_of(holdings, writers[audience], follows).published
    return certificate_check.check_certificate(
        held,
        writers[audience].reader.cells(number),
        published={each: seen[each] for each in Audience},
        before=before,
        indicators=load_indicators(),
        policy=parse_policy(held.policy_text),
        hotspots=writers[audience].reader.hotspots(number),
    )
