"""Which organisations may be named, and who reported from where.

An organisation is not a person, and where several do the same work is what a planner must know
(docs/booths.md). Who reported is worked out from the being of reports and never from a figure in
them: a report of nobody and a report of many look the same here.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from data.model import SimaError

REFERENCE = Path(__file__).parent
PRESENCE_COLUMNS = ["palika_code", "theme", "year", "organisation", "name_en", "name_ne"]
COMMITTEES = "committees"  # the theme of signs


@dataclass(frozen=True, slots=True)
class Organisation:
    """One entry of ``organisations.toml``; the name by language (``en``, ``ne``)."""

    code: str
    name: Mapping[str, str]
    synthetic: bool


@cache
def load_organisations() -> Mapping[str, Organisation]:
    """Read the list of organisations by code (once a process)."""
    with (REFERENCE / "organisations.toml").open("rb") as file:
        return read_organisations(tomllib.load(file))


def read_organisations(table: Mapping[str, Mapping[str, object]]) -> Mapping[str, Organisation]:
    """Build the organisations from their table; SimaError naming the entry that is wrong."""
    found = {}
    for code, entry in table.items():
        name, synthetic = entry.get("name"), entry.get("synthetic")
        if not isinstance(name, Mapping) or not (name.get("en") and name.get("ne")):
            raise SimaError(f"organisations.toml, {code}: needs a name in en and in ne.")
        if not isinstance(synthetic, bool) or code != code.lower():
            raise SimaError(
                f"organisations.toml, {code}: `synthetic` is true or false, the code in small"
                " letters."
            )
        found[code] = Organisation(code, MappingProxyType(dict(name)), synthetic)
    return MappingProxyType(found)


def list_organisations(*, synthetic: bool) -> Mapping[str, Organisation]:
    """Give the organisations by code that a store of synthetic, or of real, data may name."""
    return {
        code: each for code, each in load_organisations().items() if each.synthetic == synthetic
    }


def count_uploads(batches: pd.DataFrame, *, after: int, upto: int) -> pd.DataFrame:
    """Say who made the uploads between two batches, ``upto`` among them and ``after`` not.

    Parameters
    ----------
    batches
        As `Holdings.batches`: ``batch_id``, ``organisation`` (missing where not told), ``figures``.

    Returns
    -------
    Index: code of the organisation in order of code, the empty string where it is not told, last.
    Columns: ``files``, ``figures``.
    """
    new = batches[batches["batch_id"].gt(after) & batches["batch_id"].le(upto)]
    sums = new.groupby(new["organisation"].fillna("").astype(str))["figures"].agg(["count", "sum"])
    told = sums.set_axis(["files", "figures"], axis=1)
    order = sorted(told.index, key=lambda code: (code == "", code))
    return told.reindex(order).rename_axis("organisation")


def empty_presence() -> pd.DataFrame:
    """Give the table of who reported from where without a row."""
    return pd.DataFrame(columns=PRESENCE_COLUMNS).astype({"year": "int64"})
