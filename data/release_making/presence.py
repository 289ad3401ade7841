"""Lists which organisations work where, by palika, theme and year."""

from collections.abc import Mapping

import pandas as pd

from data.model import AdminLevel, Audience, Indicator
from data.reference import organisations
from data.reference.organisations import Organisation
from data.reference.unit_codes import DIGITS, palika_of


def presence_for(
    audience: Audience,
    records: pd.DataFrame,
    signs: pd.DataFrame,
    *,
    of_batch: Mapping[int, str],
    known: Mapping[str, Organisation],
    sites: pd.DataFrame,
    indicators: Mapping[str, Indicator],
) -> pd.DataFrame:
    """Return what an audience may know of `presence`: partners all of it, the public nothing."""
    if audience is not Audience.PARTNER:
        return organisations.empty_presence()
    return presence(
        records, signs, of_batch=of_batch, known=known, sites=sites, indicators=indicators
    )


def presence(
    records: pd.DataFrame,
    signs: pd.DataFrame,
    *,
    of_batch: Mapping[int, str],
    known: Mapping[str, Organisation],
    sites: pd.DataFrame,
    indicators: Mapping[str, Indicator],
) -> pd.DataFrame:
    """Return which organisation reported which kind of work from which palika in which year.

    Only work whose figures partners may see by palika is listed. Services for survivors, whose
    figures stand at a district or the country, are not tied to a palika here either.

    Parameters
    ----------
    records, signs
        As they count for the release, with ``batch_id``. Their values are not used.
    of_batch
        Organisation code by batch; batches without one are left out.
    known
        Organisations that may be named, by code; reports of others are left out.
    sites
        Booths by ``site_code``: a booth's report is from its palika.

    Returns
    -------
    Frame with `PRESENCE_COLUMNS`, distinct rows, ordered by these columns. ``year`` is the
    Gregorian year in which the reported period ends, or in which the sign is dated.
    """
    by_palika = {
        code: each.theme
        for code, each in indicators.items()
        if (design := each.designs.get(Audience.PARTNER)) and AdminLevel.PALIKA in design.levels
    }
    reported = records[records["state"].eq("reported") & records["indicator"].isin(list(by_palika))]
    palika = reported["place_code"].map(sites["palika_code"]).fillna(reported["place_code"])
    reports = pd.DataFrame(
        {
            "palika_code": palika_of(palika),
            "theme": reported["indicator"].map(by_palika),
            "year": _years(reported["period_end"]),
            "organisation": reported["batch_id"].map(of_batch),
        }
    )
    given = pd.DataFrame(
        {
            "palika_code": palika_of(signs["unit_code"]),
            "theme": organisations.COMMITTEES,
            "year": _years(signs["signed_on"]),
            "organisation": signs["batch_id"].map(of_batch),
        }
    )
    every = [part for part in (reports, given) if len(part)]
    if not every:
        return organisations.empty_presence()
    rows = pd.concat(every, ignore_index=True)
    rows = rows[rows["organisation"].isin(list(known))].drop_duplicates()
    rows = rows[rows["palika_code"].str.len() == DIGITS[AdminLevel.PALIKA]]
    named = rows.assign(
        name_en=[known[code].name["en"] for code in rows["organisation"]],
        name_ne=[known[code].name["ne"] for code in rows["organisation"]],
    )[organisations.PRESENCE_COLUMNS]
    return (
        named.sort_values(organisations.PRESENCE_COLUMNS)
        .reset_index(drop=True)
        .astype({"year": "int64"})
    )


def _years(days: pd.Series) -> pd.Series:
    return pd.to_datetime(days).dt.year
