"""Organisations that may be named, and who reported from where.

An organisation is not a person, and a planner must know where several do the same work
(docs/booths.md). Who reported follows from the fact that a report exists, never from a figure in
it: a report about nobody and a report about many people look the same here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from data.model import SimaError
from data.reference import project_files

PRESENCE_COLUMNS = ["palika_code", "theme", "year", "organisation", "name_en", "name_ne"]
COMMITTEES = "committees"  # the theme of signs


@dataclass(frozen=True, slots=True)
class Organisation:
    """One entry of ``organisations.toml``; the name by language (``en``, ``ne``)."""

    code: str
    name: Mapping[str, str]
    synthetic: bool


@project_files.remembered("organisations.toml")
def load_organisations() -> Mapping[str, Organisation]:
    """Read ``organisations.toml`` by code of the project."""
    return read_organisations(project_files.read_table("organisations.toml"))


def read_organisations(table: Mapping[str, Mapping[str, object]]) -> Mapping[str, Organisation]:
    """Build the organisations from their table.

    Raises
    ------
    SimaError
        Naming the entry that is wrong.
    """
    found = {}
    for code, entry in table.items():
        name, synthetic = entry.get("name"), entry.get("synthetic")
        needed = project_files.languages()
        if not isinstance(name, Mapping) or not all(name.get(each) for each in needed):
            said = " and in ".join(needed)
            raise SimaError(f"organisations.toml, {code}: `name` must have a text in {said}.")
        if not isinstance(synthetic, bool) or code != code.lower():
            raise SimaError(
                f"organisations.toml, {code}: `synthetic` must be true or false, and the code"
                " must be in lower case."
            )
        found[code] = Organisation(code, MappingProxyType(dict(name)), synthetic)
    return MappingProxyType(found)


def list_organisations(*, synthetic: bool) -> Mapping[str, Organisation]:
    """Return the organisations that a store may name, by code.

    A store of synthetic data names only synthetic ones, a store of real data only real ones.
    """
    return {
        code: each for code, each in load_organisations().items() if each.synthetic == synthetic
    }


def count_uploads(batches: pd.DataFrame, *, after: int, upto: int) -> pd.DataFrame:
    """Count the uploads of each organisation after one batch and up to another, which is included.

    Parameters
    ----------
    batches
        As `Holdings.batches`: ``batch_id``, ``organisation`` (missing if unknown), ``figures``.

    Returns
    -------
    Frame indexed by ``organisation`` in order of code; the empty string, for unknown, comes last.
    Columns: ``files`` and ``figures``, their numbers.
    """
    new = batches[batches["batch_id"].gt(after) & batches["batch_id"].le(upto)]
    sums = new.groupby(new["organisation"].fillna("").astype(str))["figures"].agg(["count", "sum"])
    counts = sums.set_axis(["files", "figures"], axis=1)
    order = sorted(counts.index, key=lambda code: (code == "", code))
    return counts.reindex(order).rename_axis("organisation")


def empty_presence() -> pd.DataFrame:
    """Return the table of who reported from where without rows, see `PRESENCE_COLUMNS`."""
    return pd.DataFrame(columns=PRESENCE_COLUMNS).astype({"year": "int64"})
