"""Who works where: organisations by palika, theme and year."""

from collections.abc import Mapping

import pandas as pd

from data.model import AdminLevel, Audience, Indicator
from data.reference import organisations
from data.reference.unit_codes import DIGITS, palika_of


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
    known = organisations.load_organisations()
    by_palika = {
        code: each.theme
        for code, each in indicators.items()
        if (design := each.designs.get(Audience.PARTNER)) and AdminLevel.PALIKA in design.levels
    }
    told = records[records["state"].eq("reported") & records["indicator"].isin(list(by_palika))]
    palika = told["place_code"].map(sites["palika_code"]).fillna(told["place_code"])
    reports = pd.DataFrame(
        {
            "palika_code": palika_of(palika),
            "theme": told["indicator"].map(by_palika),
            "year": _years(told["period_end"]),
            "organisation": told["batch_id"].map(of_batch),
        }
    )
    given = pd.DataFrame(
        {
            "palika_code": signs["palika_code"],
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
