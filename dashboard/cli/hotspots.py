"""`sima hotspots`: units with a clearly higher rate, in any table of counts and exposures."""

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import pandas as pd

from dashboard.cli.output import as_json, echo
from data.model import SimaError
from geo.hotspots import HotspotClass, Hotspots, Parameters, find_hotspots
from geo.weights import Weights

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COUNT = re.compile(r"\d+(?:\.0*)?")
_EXPOSURE = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_MOST_DIGITS = 15  # a double is exact up to here
_FEW = 10  # units named in a note
_DEFAULT = Parameters(
    alpha=0.05,
    permutations=9_999,
    simulations=999,
    seed=1,
    least_tested=1,
    least_told=5,
    most_share=0.25,
    most_units=30,
    confidence=0.95,
)
_COLUMNS = (
    "rate", "eb_rate", "gi_star", "p", "significant", "class",
    "lower", "upper", "confirmed", "reason",
)  # fmt: skip
_HELP = """Find the units whose rate is clearly higher, and those with too little data.

It reads and writes no store. The values file has a line for each unit. Exposure is the effort
behind the count, such as contacts or staff-days. Leave unknown figures empty; do not write 0.

\b
    unit,count,exposure
    A,12,340
    B,,200

The neighbours file has a line for each pair of neighbours; one direction is enough. For a unit
without neighbours, leave the neighbour empty. Both files are CSV in UTF-8; other columns are not
read.

\b
    unit,neighbour
    A,B

\b
Printed for each unit, in the order of the values file:
    rate         count / exposure
    eb_rate      rate moved towards the rate of the whole map, more so where exposure is small
                 (empirical Bayes, Marshall 1991)
    gi_star      Getis-Ord Gi* of eb_rate, binary weights
    p            chance of a sum this high in the neighbourhood, one-sided; empty if not tested
    significant  p passes Benjamini-Hochberg with a false-discovery rate of 5 %
    class        clearly higher: significant, confirmed, eb_rate above the rate of the whole map;
                 not different; or too little data
    lower upper  95 % interval of the unit's own rate
    confirmed    the unit is in a significant cluster of a Poisson scan
    reason       why there is too little data

A higher rate means more cases for the effort made. It does not say why. See docs/hotspots.md for
the method and for a check with R. Exit code 2: a file cannot be read as described.
"""


@click.command("hotspots", help=_HELP)
@click.option("--values", type=_FILE, required=True, help="File of counts and exposures.")
@click.option("--neighbours", type=_FILE, required=True, help="File of pairs of neighbours.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=_DEFAULT.seed,
    show_default=True,
    help="Seed of the permutations: the same seed and files give the same figures.",
)
@click.option("--json", "json_", is_flag=True, help="Print units and parameters as JSON only.")
def hotspots_command(*, values: Path, neighbours: Path, seed: int, json_: bool) -> None:
    """Read the files, test and print; `_HELP` explains it."""
    cases = _read_values(values)
    pairs, listed = _read_neighbours(neighbours)
    extra = [unit for unit in listed if unit not in cases.index]
    if listed and len(extra) == len(listed):
        raise SimaError(
            f"No unit of {neighbours.name} is in {values.name}. Use the same codes in both."
        )
    if extra:
        more = f" and {len(extra) - _FEW} more" if len(extra) > _FEW else ""
        echo(
            f"Units of {neighbours.name} without a line in {values.name} count as unknown: "
            f"{', '.join(extra[:_FEW])}{more}"
        )
        cases = cases.reindex([*cases.index, *extra])
    parameters = Parameters(**{**asdict(_DEFAULT), "seed": seed})
    found = find_hotspots(cases, Weights.from_pairs(cases.index, pairs), parameters)
    if json_:
        as_json(_json(found))
    else:
        _print(found)


def _json(found: Hotspots) -> dict[str, Any]:
    units = found.table[list(_COLUMNS)].astype(object)
    units = units.where(units.notna(), None).rename_axis("unit").reset_index()
    return {
        "units": units.to_dict("records"),
        "clusters": [asdict(cluster) for cluster in found.clusters],
        "overall_rate": None if math.isnan(found.overall) else found.overall,
        "tested": found.tested,
        "parameters": {**asdict(found.parameters), "permutations": found.permutations},
    }


def _print(found: Hotspots) -> None:
    rows = zip(found.table.index, found.table.to_dict("records"), strict=True)
    lines = [["unit", *_COLUMNS]]
    lines += [[str(unit), *(_text(row[name]) for name in _COLUMNS)] for unit, row in rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        padded = [f"{text:<{width}}" for text, width in zip(line, widths, strict=True)]
        click.echo("  ".join(padded).rstrip())
    classes = found.table["class"].value_counts()
    echo(", ".join(f"{classes.get(each.value, 0)} {each}" for each in HotspotClass) + ".")
    echo(
        f"{found.tested} units tested with {found.permutations:,} permutations,"
        f" seed {found.parameters.seed}. A higher rate means more cases for the effort made;"
        " it does not say why."
    )


def _text(value: object) -> str:
    """Format a cell; a missing figure is a dash."""
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.6g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _read_values(path: Path) -> pd.DataFrame:
    """Read counts and exposures, indexed by unit; NaN for an empty cell."""
    lines: dict[str, int] = {}
    figures: list[tuple[float, float]] = []
    for line, unit, count, exposure in _rows(path, ("unit", "count", "exposure")):
        place = f"{path.name}, line {line}"
        if not unit:
            raise SimaError(f"{place}: the unit is missing. Write its code.")
        if unit in lines:
            raise SimaError(
                f"{place}: {unit} is already in line {lines[unit]}. Keep one line for each unit."
            )
        lines[unit] = line
        if count and not _plain(count, _COUNT):
            raise SimaError(
                f"{place}: the count of {unit} is not a whole number, 0 or more. Write digits only,"
                " or leave it empty if it is not known."
            )
        if exposure and not _plain(exposure, _EXPOSURE):
            raise SimaError(
                f"{place}: the exposure of {unit} is not a number, 0 or more. Write digits with a"
                " point for decimals, or leave it empty if it is not known."
            )
        figures.append((float(count or "nan"), float(exposure or "nan")))
    if not lines:
        raise SimaError(f"{path.name} has no units. Write a line for each below the header.")
    return pd.DataFrame(figures, index=pd.Index(lines, name="unit"), columns=["count", "exposure"])


def _read_neighbours(path: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Read the pairs of neighbours, and all units in the order of the file."""
    pairs: list[tuple[str, str]] = []
    named: dict[str, None] = {}
    for line, unit, neighbour in _rows(path, ("unit", "neighbour")):
        if not unit:
            raise SimaError(
                f"{path.name}, line {line}: the unit is missing. Write its code; only the"
                " neighbour may be left empty."
            )
        named[unit] = None
        if neighbour:
            named[neighbour] = None
            pairs.append((unit, neighbour))
    return pairs, list(named)


def _plain(text: str, form: re.Pattern[str]) -> bool:
    return form.fullmatch(text) is not None and sum(map(str.isdigit, text)) <= _MOST_DIGITS


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the number of each line and its cells in the named columns, without outer spaces."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise SimaError(f"{path.name} is not text in UTF-8. Save it as CSV (UTF-8).") from wrong
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        for name in columns:
            if header.count(name) != 1:
                many = "no column" if name not in header else "more than one column"
                raise SimaError(
                    f"{path.name}, line 1: there is {many} {name}. The header must have"
                    f" {','.join(columns)}, separated by commas, each once."
                )
        at = [header.index(name) for name in columns]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                raise SimaError(
                    f"{path.name}, line {reader.line_num}: {len(row)} cells, but the header has"
                    f" {len(header)}. Put a text that contains a comma in quotes."
                )
            yield (reader.line_num, *(row[n].strip() for n in at))
    except csv.Error as wrong:
        raise SimaError(
            f"{path.name}, line {reader.line_num}: this is not CSV ({wrong}). Save it as CSV again."
        ) from wrong
