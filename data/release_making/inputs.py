"""Reads everything that a release is made of, once; the only module here that opens the holdings.

What it returns are values: `data.release_making.build` makes a release of them without a store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import pandas as pd

from data.disclosure import certificate
from data.disclosure.attacker_table import nothing_published
from data.disclosure.cell_totals import Places
from data.disclosure.certificate import Certificate
from data.disclosure.engine.carried_witnesses import FoundTables
from data.disclosure.frozen_periods import (
    FROZEN_COLUMNS,
    is_within,
    newest_entries,
    unfreeze_year,
)
from data.disclosure.withheld_figures import FIGURE_KEY, NOTHING_WITHHELD, Withheld
from data.holdings import KEY, RECORD_COLUMNS, Holdings
from data.model import AdminLevel, Audience, SimaError
from data.reference.indicators import load_indicators
from data.reference.organisations import Organisation
from data.reference.policy import Protection, load_protection
from data.reference.project import FiguresLicence, in_programme, load_project
from data.reference.project_files import project_files
from data.release_making.hotspots import HOTSPOT_COLUMNS, RUN_COLUMNS, Found, no_hotspots
from data.release_making.release_choice import NO_CHOICE, Choice
from data.release_making.writer import Boundaries
from data.releases.reader import ReleaseReader

Readers = Mapping[Audience, ReleaseReader]


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What earlier releases showed, and which records count as they were then.

    ``cells``: by audience, every cell shown to it so far (`PUBLISHED_COLUMNS`, with true counts),
    from the certificate of its newest release. ``frozen``: periods whose records count as they
    were (`FROZEN_COLUMNS`). ``follows``: by audience the number of its newest release, withdrawn
    or not; 0 before the first. ``protection``: that of the own newest release, None before
    the first. ``hotspots``: those of the own newest release. ``withheld``: figures that must not
    be shown again to this audience, see `read_withheld`. ``found``: by reader the
    alternative tables of the newest release of the own audience, or else of the other one.
    """

    cells: Mapping[Audience, pd.DataFrame]
    frozen: pd.DataFrame
    follows: Mapping[Audience, int]
    protection: Protection | None
    hotspots: Found
    withheld: Withheld = NOTHING_WITHHELD
    found: Mapping[Audience, FoundTables] = field(default_factory=dict)


def _no_records() -> pd.DataFrame:
    return pd.DataFrame(columns=[*RECORD_COLUMNS, "batch_id"]).astype({"value": "Int64"})


def _nothing_frozen() -> pd.DataFrame:
    return pd.DataFrame(columns=FROZEN_COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseInputs:
    """Everything that the release of one request is made of.

    ``records`` as `Holdings.current_records`, up to ``last_batch``; of a frozen period those that
    counted when it was frozen. ``waiting``: how many records are different by now. ``signs`` as
    `Holdings.current_signs`. ``organisations``: code by batch. ``makers``: the organisations
    that may be named. ``project``: hash of the project's files, and ``meaning`` those of them that
    say what the figures mean, see `ProjectFiles.meaning`. ``places``: all units ever, booths,
    successions. ``boundaries``: those of ``today``. ``published.frozen`` is without the periods of
    the year ``restates``, which is a period code or None. ``consents``: accounts that agreed to
    the policy in force. ``key`` is the store's secret for this release, see
    `Holdings.suppression_key`.

    ``choice``: what somebody chose to let wait or to hide. ``earlier``: the records of the year
    ``restates`` as they were when it was last released to the audience, and ``last_shown`` the
    frozen periods of it then; both are empty without a restatement. The rest is filled in by
    `data.release_making.waiting`: ``waiting_by_choice``, ``waits`` (`FROZEN_COLUMNS`) and ``held``,
    pairs of an indicator and a new period that is not released yet.
    """

    audience: Audience
    request_id: int
    last_batch: int
    restates: str | None
    today: date
    synthetic: bool
    records: pd.DataFrame
    waiting: int
    signs: pd.DataFrame
    organisations: Mapping[int, str]
    makers: Mapping[str, Organisation]
    project: str
    meaning: str
    places: Places
    boundaries: Boundaries
    published: Published
    consents: tuple[str, ...]
    licence: FiguresLicence
    key: bytes
    choice: Choice = NO_CHOICE
    earlier: pd.DataFrame = field(default_factory=_no_records)
    last_shown: pd.DataFrame = field(default_factory=_nothing_frozen)
    waiting_by_choice: int = 0
    waits: pd.DataFrame = field(default_factory=_nothing_frozen)
    held: frozenset[tuple[str, str]] = frozenset()


def read_inputs(
    request_id: int, *, holdings: Holdings, readers: Readers, today: date
) -> ReleaseInputs:
    """Read the inputs of a request's release from the holdings and the earlier releases.

    Raises
    ------
    SimaError
        If there is no such request, a certificate is missing, no boundary is in force, or the
        project lacks an indicator or a booth that has figures.
    """
    request = holdings.request(request_id)
    audience, last_batch = Audience(str(request["audience"])), int(request["last_batch"])
    restates = str(request["restates"]) if request["restates"] else None
    published = _read_published(holdings, readers, audience, restates)
    records = holdings.records_as_of(published.frozen, last_batch=last_batch)
    current = holdings.current_records(last_batch=last_batch)
    last_shown = _last_shown(holdings, readers[audience], restates)
    places = Places(holdings.units(), holdings.sites(), holdings.successions())
    _require_known(records, published, places)
    return ReleaseInputs(
        audience=audience,
        request_id=request_id,
        last_batch=last_batch,
        restates=restates,
        today=today,
        synthetic=holdings.synthetic,
        records=records,
        signs=holdings.current_signs(last_batch=last_batch),
        organisations=holdings.organisations(),
        makers=holdings.listed_organisations(),
        project=project_files().hash,
        meaning=project_files().meaning(),
        places=places,
        consents=tuple(holdings.consents(load_protection().hash)),
        boundaries=read_boundaries(holdings, today=today),
        waiting=_count_waiting(records, current),
        published=published,
        licence=load_project().figures,
        key=holdings.suppression_key(request_id),
        choice=Choice(**holdings.choices.get(request_id)),
        earlier=_records_of(holdings, last_shown, last_batch),
        last_shown=last_shown,
    )


def _require_known(records: pd.DataFrame, published: Published, places: Places) -> None:
    """Refuse figures of an indicator or a place that is unknown: the gate could not protect them.

    Raises
    ------
    SimaError
        Naming what is unknown, and the remedy.
    """
    counted = set(records["indicator"]).union(*(c["indicator"] for c in published.cells.values()))
    if unknown := sorted(counted - set(load_indicators())):
        raise SimaError(
            f"There are figures of {', '.join(unknown[:5])}, which the project no longer counts."
            " Put it back into indicators.toml of the project's folder."
        )
    there = set(records["place_code"])
    if unknown := sorted(there - set(places.sites.index) - set(places.units.index)):
        raise SimaError(
            f"There are figures of {', '.join(unknown[:5])}, which is no booth or unit of the"
            " stores. Add it with: sima sites add FILE.csv --by ACCOUNT"
        )


def read_boundaries(holdings: Holdings, *, today: date) -> Boundaries:
    """Read the units and boundaries in force on a day.

    Raises
    ------
    SimaError
        If no boundary is in force on that day.
    """
    levels = [holdings.boundaries(level, on=today) for level in AdminLevel]
    if not any(map(len, levels)):
        raise SimaError(f"No boundaries are in force on {today}. Check this computer's clock.")
    shapes = gpd.GeoDataFrame(pd.concat([part for part in levels if len(part)]))
    sets = holdings.boundary_sets()
    return Boundaries(
        units=_in_programme(holdings.units(on=today), holdings.programme(), today),
        crosswalk=holdings.crosswalk(),
        sets=sets[sets["boundary_set"].isin(shapes["boundary_set"])],
        shapes=shapes,
    )


def _in_programme(units: pd.DataFrame, places: pd.DataFrame, today: date) -> pd.DataFrame:
    """Return units with the programme's places of a day marked."""
    return units.assign(programme_district=in_programme(units.index, places, on=today))


def _count_waiting(used: pd.DataFrame, current: pd.DataFrame) -> int:
    """Return how many current records differ from the ones that the release uses."""
    names = [*KEY, "state", "value"]
    both = current[names].merge(used[names], on=names, how="left", indicator=True)
    return int(both["_merge"].eq("left_only").sum())


def _read_published(
    holdings: Holdings, readers: Readers, mine: Audience, restates: str | None
) -> Published:
    follows = {audience: reader.newest() for audience, reader in readers.items()}
    hotspots = _read_hotspots(readers[mine], follows[mine])
    newest = {
        audience: read_certificate_of(holdings, readers[audience], number) if number else None
        for audience, number in follows.items()
    }
    frozen = newest_entries(
        pd.concat(
            [each.frozen for each in newest.values() if each is not None and len(each.frozen)]
            or [_nothing_frozen()]
        )
    )
    own = newest[mine]
    return Published(
        cells={a: c.published if c is not None else nothing_published() for a, c in newest.items()},
        frozen=unfreeze_year(frozen, restates),
        follows=follows,
        protection=own.protection if own is not None else None,
        hotspots=hotspots,
        withheld=read_withheld(holdings, readers, mine),
        found=_found_tables(newest, mine),
    )


def _found_tables(
    newest: Mapping[Audience, Certificate | None], mine: Audience
) -> dict[Audience, FoundTables]:
    """Return the alternative tables of the newest own release, or else of the other audience's."""
    found: dict[Audience, FoundTables] = {}
    for audience in sorted(newest, key=lambda each: each is not mine):
        made = newest[audience]
        if made is not None:
            for reader in made.views:
                found.setdefault(reader, made.found(reader))
    return found


def _last_shown(holdings: Holdings, reader: ReleaseReader, restates: str | None) -> pd.DataFrame:
    """Return the frozen periods of a year as they were when it was last released to an audience.

    A restatement for the other audience changes the frozen periods in later certificates, but not
    what this audience was shown. So the newest certificate counts whose figures are as new.
    """
    found = _nothing_frozen()
    if restates is None:
        return found
    for number in range(reader.newest(), 0, -1):
        made = read_certificate_of(holdings, reader, number)
        found = made.frozen[_within(made.frozen["period"], restates)]
        shown = made.published.loc[_within(made.published["period"], restates), "version"]
        if found["version"].max() <= shown.max():
            break
    return found.reset_index(drop=True)


def _within(periods: pd.Series, longer: str) -> pd.Series:
    inside = {code: is_within(str(code), longer) for code in periods.unique()}
    return periods.map(inside).astype(bool)


def _records_of(holdings: Holdings, frozen: pd.DataFrame, last_batch: int) -> pd.DataFrame:
    """Return the records of frozen periods as they were, and no others."""
    if frozen.empty:
        return _no_records()
    records = holdings.records_as_of(frozen, last_batch=last_batch)
    there = set(zip(frozen["indicator"], frozen["period"], strict=True))
    keys = zip(records["indicator"], records["period"], strict=True)
    return records[[key in there for key in keys]].reset_index(drop=True)


def read_withheld(holdings: Holdings, readers: Readers, audience: Audience) -> Withheld:
    """Return the figures that must not be shown to an audience again.

    Those that the withdrawal of a release of its own named, and for the public also those that the
    withdrawal of a partners' release named. What was named counts once the release is withdrawn.
    """
    named = holdings.withdrawals.figures()
    found: set[tuple[str, str, str]] = set()
    for each in (audience, Audience.PARTNER):
        mine = named[named["audience"].eq(each.value)]
        if mine.empty:
            continue
        gone = {info.number for info in readers[each].releases() if info.state == "withdrawn"}
        mine = mine[mine["release_number"].isin(gone)]
        found.update(zip(*(mine[name] for name in FIGURE_KEY), strict=True))
    return frozenset(found)


def _read_hotspots(reader: ReleaseReader, number: int) -> Found:
    if not number:
        return no_hotspots()
    table, runs = reader.hotspots(number), reader.hotspot_runs(number)
    return Found(table[HOTSPOT_COLUMNS], runs[RUN_COLUMNS])


# ---- certificates


def newest_certificate(holdings: Holdings, reader: ReleaseReader) -> Certificate | None:
    """Return the certificate of an audience's newest release, withdrawn or not; None before it.

    Raises
    ------
    SimaError
        If the release exists and its certificate does not.
    """
    number = reader.newest()
    return read_certificate_of(holdings, reader, number) if number else None


def read_certificate_of(holdings: Holdings, reader: ReleaseReader, number: int) -> Certificate:
    """Return the certificate of a release.

    Raises
    ------
    SimaError
        If there is no such release, or the holdings do not hold its certificate.
    """
    content = holdings.certificate(reader.request_of(number))
    if content is None:
        raise SimaError(
            f"The holdings do not hold the certificate of release {number}: they are older than"
            " it. Restore the holdings that made it; without them nothing can be released safely."
        )
    return certificate.read_certificate(content)


def frozen_periods(holdings: Holdings, readers: Readers) -> set[tuple[str, str]]:
    """Return the pairs of indicator and native period whose records count as they were."""
    found: set[tuple[str, str]] = set()
    for reader in readers.values():
        newest = newest_certificate(holdings, reader)
        if newest is not None:
            found |= set(zip(newest.frozen["indicator"], newest.frozen["period"], strict=True))
    return found
