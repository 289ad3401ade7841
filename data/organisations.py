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

from data.model import AdminLevel, Audience, Indicator, SimaError

REFERENCE = Path(__file__).parent / "reference"
PRESENCE_COLUMNS = ["palika_code", "theme", "year", "organisation", "name_en", "name_ne"]
COMMITTEES = "committees"  # the theme of signs
_PALIKA_DIGITS = 5  # of the code of a palika, and of its wards' codes


@dataclass(frozen=True, slots=True)
class Organisation:
    """One entry of ``organisations.toml``; the name by language (``en``, ``ne``)."""

    code: str
    name: Mapping[str, str]
    synthetic: bool


@cache
def _load() -> Mapping[str, Organisation]:
    with (REFERENCE / "organisations.toml").open("rb") as file:
        return read(tomllib.load(file))


def read(table: Mapping[str, Mapping[str, object]]) -> Mapping[str, Organisation]:
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


def listed(*, synthetic: bool) -> Mapping[str, Organisation]:
    """Give the organisations by code that a store of synthetic, or of real, data may name."""
    return {code: each for code, each in _load().items() if each.synthetic == synthetic}


def brought(batches: pd.DataFrame, *, after: int, upto: int) -> pd.DataFrame:
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


def nobody() -> pd.DataFrame:
    """Give the table of who reported from where without a row."""
    return pd.DataFrame(columns=PRESENCE_COLUMNS).astype({"year": "int64"})


def presence(
    records: pd.DataFrame,
    signs: pd.DataFrame,
    *,
    of_batch: Mapping[int, str],
    sites: pd.DataFrame,
    indicators: Mapping[str, Indicator],
) -> pd.DataFrame:
    """Say which organisation reported about which kind of work from which palika in which year.

    Named is only work whose figures a partner may see by palika: the services for survivors, which
    stand at a district or the country, are not tied to a place and an organisation here either.

    Parameters
    ----------
    records, signs
        As they count for the release, with ``batch_id``. No value in them is read.
    of_batch
        Code of the organisation by batch; batches without one are left out.
    sites
        Booths by ``site_code``: a booth's report is from its palika.

    Returns
    -------
    Frame with `PRESENCE_COLUMNS`, one row each, ordered by them; ``year`` is the Gregorian one in
    which the period reported about ends, or the sign was given.
    """
    known = _load()
    by_palika = {
        code: each.theme
        for code, each in indicators.items()
        if (design := each.designs.get(Audience.PARTNER)) and AdminLevel.PALIKA in design.levels
    }
    told = records[records["state"].eq("reported") & records["indicator"].isin(list(by_palika))]
    palika = told["place_code"].map(sites["palika_code"]).fillna(told["place_code"])
    reports = pd.DataFrame(
        {
            "palika_code": palika.str[:_PALIKA_DIGITS],
            "theme": told["indicator"].map(by_palika),
            "year": _years(told["period_end"]),
            "organisation": told["batch_id"].map(of_batch),
        }
    )
    given = pd.DataFrame(
        {
            "palika_code": signs["palika_code"],
            "theme": COMMITTEES,
            "year": _years(signs["signed_on"]),
            "organisation": signs["batch_id"].map(of_batch),
        }
    )
    every = [part for part in (reports, given) if len(part)]
    if not every:
        return nobody()
    rows = pd.concat(every, ignore_index=True)
    rows = rows[rows["organisation"].isin(list(known))].drop_duplicates()
    rows = rows[rows["palika_code"].str.len() == _PALIKA_DIGITS]
    named = rows.assign(
        name_en=[known[code].name["en"] for code in rows["organisation"]],
        name_ne=[known[code].name["ne"] for code in rows["organisation"]],
    )[PRESENCE_COLUMNS]
    return named.sort_values(PRESENCE_COLUMNS).reset_index(drop=True).astype({"year": "int64"})


def _years(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).dt.year
