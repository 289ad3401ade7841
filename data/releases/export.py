"""Exports a release as plain files: figures, dictionary, units, policy, and how to read them.

With these files someone who has no access to Sima can use a release, or test its protection: every
sum of figures can be derived from the columns of ``cells.csv``.
"""

import contextlib
import csv
import io
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import pandas as pd

from data.model import (
    AdminLevel,
    Aggregation,
    Audience,
    Design,
    Indicator,
    IndicatorClass,
    PeriodKind,
    ReleaseInfo,
    SimaError,
)
from data.reference import calendar, project_files
from data.reference.indicators import read_indicators
from data.reference.policy import Policy, read_policy
from data.reference.project import FiguresLicence
from data.releases.reader import ReleaseReader

ORDER = ["unit_code", "indicator", "period", "sex", "age_band"]
CELL_COLUMNS = [
    *("unit_code", "admin_level", "parent_code", "indicator", "period", "period_start"),
    *("period_end", "parent_period", "sex", "age_band", "status", "value", "class"),
]
UNIT_COLUMNS = [
    *("unit_code", "admin_level", "parent_code", "name_en", "name_ne", "valid_from", "valid_to"),
]
HOTSPOT_COLUMNS = [
    *("layer", "unit_code", "period", "class", "reason", "ratio_low", "ratio_high", "history"),
    *("gi_star", "count_indicator", "exposure_indicator", "permutations", "parameters"),
]
# Spreadsheets read a cell that begins with one of these as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\n")


def export_files(reader: ReleaseReader, number: int) -> dict[str, bytes]:
    """Return the files of one release: content by name.

    The designs are those of the policy recorded with the release, not today's.

    Raises
    ------
    SimaError
        If there is no such release, it was withdrawn, or it did not record its policy.
    """
    info = _to_be_had(reader, number)
    text = reader.policy_text(number)
    if not text.strip():
        raise SimaError(
            f"The {info.audience} release {number} did not record its policy; export a newer one."
        )
    recorded = tomllib.loads(text)
    definitions = project_files.read_table("indicators.toml")
    every = read_indicators(definitions, recorded["design"])
    indicators = {code: each for code, each in every.items() if info.audience in each.designs}
    cells = cell_table(reader.cells(number), indicators, audience=info.audience)
    hotspots = hotspot_table(reader.hotspots(number), reader.hotspot_runs(number))
    known = reader.units(info.boundaries_id)
    named = {*cells["unit_code"], *hotspots["unit_code"]} & set(known.index)
    units = known.loc[sorted(named)]
    return {
        "cells.csv": as_csv(cells),
        "indicators.csv": as_csv(_dictionary(indicators.values(), info.audience)),
        "units.csv": as_csv(units.reset_index()[UNIT_COLUMNS]),
        "hotspots.csv": as_csv(hotspots),
        "policy.toml": text.encode(),
        "README.txt": _readme(
            info,
            read_policy(recorded),
            reader.boundary_sets(info.boundaries_id),
            reader.licence(number),
        ).encode(),
    }


def _to_be_had(reader: ReleaseReader, number: int) -> ReleaseInfo:
    info = next((each for each in reader.releases() if each.number == number), None)
    if info is None:
        raise SimaError(f"There is no {reader.audience} release {number}. See: sima releases")
    if info.state == "withdrawn":
        raise SimaError(
            f"The {reader.audience} release {number} was withdrawn and cannot be exported."
        )
    return info


def cell_table(
    cells: pd.DataFrame, indicators: Mapping[str, Indicator], *, audience: Audience
) -> pd.DataFrame:
    """Return cells with `CELL_COLUMNS`, ordered by `ORDER`.

    ``cells`` as `ReleaseReader.cells`. ``parent_period`` is the shortest longer period of the
    indicator's design to whose figure the cell adds up. The longer period of a stock equals its
    last part, so its other parts have none. It is set only if the release has that longer cell.

    Raises
    ------
    SimaError
        If cells are of an indicator without a design for the audience.
    """
    if strange := sorted(set(cells["indicator"]) - set(indicators)):
        raise SimaError(f"The policy of this release has no design for {', '.join(strange)}.")
    wholes = {
        (code, period): _whole(indicators[code], period, audience)
        for code, period in cells[["indicator", "period"]].drop_duplicates().to_numpy()
    }
    pairs = zip(cells["indicator"], cells["period"], strict=True)
    whole = pd.Series([wholes[pair] for pair in pairs], index=cells.index, dtype=object)
    there = pd.MultiIndex.from_frame(cells[ORDER])
    above = pd.MultiIndex.from_frame(cells.assign(period=whole)[ORDER])
    named = cells.assign(parent_period=whole.where(above.isin(there), None))
    named = named.rename(columns={"value_class": "class"})[CELL_COLUMNS]
    # Ordered here, by code point: a database orders as its language says.
    return named.sort_values(ORDER).reset_index(drop=True)


def hotspot_table(hotspots: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Return hotspots with `HOTSPOT_COLUMNS`: each with how it was calculated.

    ``hotspots`` and ``runs`` as `ReleaseReader.hotspots` and `ReleaseReader.hotspot_runs`.
    """
    both = hotspots.merge(runs, on=["layer", "period"], how="left")
    named = both.rename(columns={"hotspot_class": "class"})[HOTSPOT_COLUMNS]
    return named.sort_values(["layer", "period", "unit_code"]).reset_index(drop=True)


def _whole(indicator: Indicator, period: str, audience: Audience) -> str | None:
    """Return the period to whose figure a shorter one adds up; None if there is none."""
    whole = calendar.parent_period(period, indicator.designs[audience].period_kinds)
    if whole is None or indicator.aggregation is Aggregation.FLOW:
        return whole
    return whole if calendar.parse_period(whole).end == calendar.parse_period(period).end else None


def as_text(value: object) -> str:
    """Return a value as text that no spreadsheet reads as a formula; empty if it is missing.

    Text that begins like a formula gets an apostrophe before it; line breaks become LF.
    """
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV without its index: UTF-8, LF, missing values are empty."""
    plain = frame.astype(object).where(frame.notna(), None)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(plain.columns)
    for row in plain.itertuples(index=False, name=None):
        writer.writerow([as_text(value) for value in row])
    return text.getvalue().encode()


def _dictionary(indicators: Iterable[Indicator], audience: Audience) -> pd.DataFrame:
    return pd.DataFrame([_entry(each, each.designs[audience]) for each in indicators])


def _entry(indicator: Indicator, design: Design) -> dict[str, object]:
    return {
        "code": indicator.code,
        "catalogue": indicator.catalogue,
        "name_en": indicator.name["en"],
        "name_ne": indicator.name["ne"],
        "definition_en": indicator.definition["en"],
        "unit_en": indicator.unit["en"],
        "class": indicator.indicator_class.value,
        "aggregation": indicator.aggregation.value,
        "levels": _levels(design.levels),
        "periods": " ".join(kind.value for kind in PeriodKind if kind in design.period_kinds),
        "sex_levels": _levels(design.sex_levels),
        "age_levels": _levels(design.age_levels),
        "display": design.display.value,
        "delay_quarters": design.delay_quarters,
    }


def _levels(levels: frozenset[AdminLevel]) -> str:
    return " ".join(level.name.lower() for level in sorted(levels))


_README = """\
SIMA RELEASE {number} FOR THE AUDIENCE {audience}
Made {created}. State: {state}. Policy version {policy_version}.
{cells} cells, {suppressed} of them suppressed.
{kind}

FILES (UTF-8, comma, LF; a text that could be taken for a formula has an apostrophe before it)
  cells.csv       one figure a row, see below
  indicators.csv  what is counted, and at which levels, for which periods and in which crossings
                  figures exist for this audience. aggregation: a flow adds up over time, a stock
                  keeps its last state. delay_quarters: whole quarters that pass after the end of a
                  period before it is released.
  units.csv       country, provinces, districts, palikas and wards that have a cell or a class;
                  valid_from and valid_to are the days between which the unit exists
  hotspots.csv    where more is found than the effort explains, see below
  policy.toml     the policy this release was made under, word for word

COLUMNS OF CELLS.CSV
  unit_code, admin_level (0 country, 1 province, 2 district, 3 palika, 4 ward), parent_code
  indicator       code, see indicators.csv
  period          code; ad- is the Gregorian calendar, bs- the Nepali one (a Nepali year is the
                  fiscal year that begins in it); period_start and period_end are both included
  parent_period   see "rows that add up"
  sex             f, m; all is the total
  age_band        u18 (under 18), 18p (18 and over); all is the total
  status          published       the figure is shown: value has it, or class has its class
                  suppressed      there is a figure, and the policy hides it.{silence}
                  not_reported    a report was due and did not come, for the unit or a part of it
                  not_applicable  reported as something that the place does not have
  value           a whole number, 0 or more; only where the number is published
  class           only where an indicator is shown in classes (display in indicators.csv)
A place that never had to report an indicator has no cell of it.

COLUMNS OF HOTSPOTS.CSV (method: docs/hotspots.md)
  layer           {layers}
  class           clearly higher, not different, or too little data, which is most of them
  ratio_low, ratio_high
                  95 % interval of the unit's own rate, in multiples of the rate of all units of the
                  layer together, widened to fixed edges; an empty ratio_high is open
  history         new, persistent, fading, never higher, or too little data
  count_indicator, exposure_indicator
                  the rate is count_indicator for exposure_indicator
  permutations, parameters
                  of the test{hotspot_note}
More cases for the effort do not say why. A hotspot is not changed by a later release, either.

CLASSES (both edges belong to the class)
  none            0; only of organisational figures
  lower           up to {lower}
  middle          {above_lower} to {middle}
  higher          {above_middle} and more

WHAT IS SMALL IS SUPPRESSED, ZEROS TOO (class of the indicator, for this audience)
{thresholds}
More is suppressed besides, so that the small figures cannot be worked out.

ROWS THAT ADD UP
Every row is a whole and its parts; the whole is the sum of the parts. It holds for the true
figures, the suppressed ones and those shown as a class included. Everything not named is equal.
  place  the whole is a unit; its parts are the cells with that parent_code
  time   the whole is a period; its parts are the cells with that parent_period. It is the shortest
         longer period of the same indicator to which the cell adds up, and given where the release
         has that longer cell. The longer period of a stock equals its last part, so only the last
         part (same period_end) names it.
  sex    the whole is sex all; its parts are f and m, where there are such cells
  age    the whole is age_band all; its parts are u18 and 18p, where there are such cells
A part that is not_applicable adds nothing. A whole with a part that is not_reported has no figure.
Figures that are counted within another one, at the same place and time: policy.toml, [relations].
A period that was once released is never changed by a later release, but by the yearly restatement.
Signs of committees, positions of booths and shapes of units are not in this export.

ATTRIBUTION OF THE BOUNDARIES that the units and their codes follow
{boundaries}

LICENCE
{licence}
The licences above are of the boundaries alone.
"""
NO_LICENCE = "No licence has been chosen yet by the owners of this data; ask them before re-use."
_LICENCE = "The figures may be used under this licence (SPDX identifier): "
_SILENCE = """ A missing
                                  report about people at risk (class at_risk in
                                  indicators.csv) is suppressed, too"""


_PARTNER_NOTE = """; reason: why there is too little data; gi_star: the statistic"""
_BANDS = """
A count was coarsened to its band ({bands}) before
anything was worked out, so that a class tells no more of it. reason and gi_star are partners'."""


def _bands(policy: Policy) -> str:
    rule = policy.hotspots.rules.get(Audience.PUBLIC) if policy.hotspots else None
    if rule is None:
        return "none"
    lows = [rule.least, *(edge + 1 for edge in rule.edges)]
    return ", ".join(
        [*(f"{a}-{b}" for a, b in zip(lows, rule.edges, strict=False)), f"{lows[-1]}-"]
    )


def _readme(info: ReleaseInfo, policy: Policy, sets: pd.DataFrame, licence: FiguresLicence) -> str:
    lower, middle = policy.class_edges
    public = info.audience is Audience.PUBLIC
    made_up = "SYNTHETIC: every figure is made up for demonstration and is about nobody."
    return _README.format(
        number=info.number,
        audience=info.audience.value,
        created=info.created,
        state=info.state,
        policy_version=info.policy_version,
        cells=info.cells,
        suppressed=info.suppressed,
        kind=made_up if info.synthetic else "REAL: the figures were reported to the programme.",
        silence=_SILENCE if public else "",
        lower=lower,
        above_lower=lower + 1,
        middle=middle,
        above_middle=middle + 1,
        layers="district" if public else "palika or border_point (unit_code is then its name)",
        hotspot_note=_BANDS.format(bands=_bands(policy)) if public else _PARTNER_NOTE,
        thresholds="\n".join(_threshold(policy, info.audience, each) for each in IndicatorClass),
        boundaries="\n".join(_attribution(sets)),
        licence=_licence(licence),
    )


def _licence(licence: FiguresLicence) -> str:
    if not licence.licence:
        return NO_LICENCE
    return "\n  ".join(filter(None, (f"{_LICENCE}{licence.licence}", licence.address)))


def _threshold(policy: Policy, audience: Audience, indicator_class: IndicatorClass) -> str:
    least = policy.threshold(audience, indicator_class)
    said = f"smallest count that is shown: {least}" if least else "any count is shown, zero too"
    return f"  {indicator_class.value:15} {said}"


def _attribution(sets: pd.DataFrame) -> Iterable[str]:
    """Return the lines of attribution, once for all levels that share a source."""
    shared = ["attribution", "source", "vintage", "licence"]
    for (attribution, source, vintage, licence), mine in sets.groupby(shared):
        levels = _levels(frozenset(AdminLevel(n) for n in mine["admin_level"])).replace(" ", ", ")
        yield f"  {levels}\n    {attribution}\n    source: {source}, as of {vintage}"
        yield f"    licence: {licence}"


def write_export(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files to a folder, which is created if missing, and return their paths.

    Every file is written as a draft, flushed to the disk and then renamed, so that a process that
    dies leaves no half-written file. Drafts of such a process are removed.

    Raises
    ------
    SimaError
        If the folder holds anything but an earlier export, or cannot be written.
    """
    drafts = {name: folder / f".{name}.{os.getpid()}.draft" for name in contents}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _clear(folder, contents)
        for name, content in contents.items():
            with drafts[name].open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        for name, draft in drafts.items():
            draft.replace(folder / name)
    except OSError as wrong:
        raise SimaError(f"The folder {folder} cannot be written: {wrong.strerror}.") from wrong
    finally:
        for draft in drafts.values():
            with contextlib.suppress(OSError):  # renamed, as it should be
                draft.unlink()
    return [folder / name for name in contents]


def _clear(folder: Path, names: Collection[str]) -> None:
    """Remove drafts of a process that died; SimaError if the folder holds other files."""
    draft = re.compile(rf"\.({'|'.join(map(re.escape, names))})\.\d+\.draft")
    there = sorted(folder.iterdir())
    left = [path for path in there if draft.fullmatch(path.name)]
    for path in there:
        if path not in left and not (path.name in names and path.is_file()):
            raise SimaError(
                f"The folder {folder} holds files that are not from an export ({path.name})."
                " Choose an empty or a new folder."
            )
    for path in left:
        path.unlink()
