"""The places of a programme: where it works, since when, and until when."""

from collections.abc import Collection
from datetime import date

import pandas as pd

from data.reference.unit_codes import district_of

COLUMNS = ("unit_code", "since", "until")


def in_programme(codes: pd.Index, places: pd.DataFrame, *, on: date | None) -> pd.Series:
    """Return which units belong to the programme on a day.

    A unit belongs to it if it is one of the programme's places, lies within one, or is the district
    of one.

    Parameters
    ----------
    codes
        Unit codes.
    places
        Columns `COLUMNS`: code of a district or palika, and its first and last day as
        ``YYYY-MM-DD``; an empty text is open.
    on
        The day; without it every place counts that has no last day.

    Returns
    -------
    Boolean Series indexed by ``codes``.

    Examples
    --------
    >>> places = pd.DataFrame([["51106", "2024-01-01", ""]], columns=COLUMNS)
    >>> found = in_programme(pd.Index(["511", "51106", "5110604", "51107"]), places, on=None)
    >>> found.tolist()
    [True, True, True, False]
    """
    current = tuple(_current(places, on))
    districts = {district_of(code) for code in current}
    inside = [code in districts or code.startswith(current) for code in map(str, codes)]
    return pd.Series(inside, index=codes, dtype=bool)


def _current(places: pd.DataFrame, on: date | None) -> Collection[str]:
    ended = places["until"].ne("")
    if on is not None:
        ended = (ended & places["until"].lt(on.isoformat())) | places["since"].gt(on.isoformat())
    return list(places.loc[~ended, "unit_code"])
