"""Who works where: which organisations reported about the same kind of work in the same palika."""

from typing import Any

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps.figure_map import View
from dashboard.page.markup import render
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.reference.unit_codes import district_of

MANY = 3  # so many organisations with the same kind of work in one palika are marked


def in_area(
    presence: pd.DataFrame, units: pd.DataFrame, area: str, *, year: int, language: str
) -> pd.DataFrame:
    """Return who reported from an area in a year.

    Parameters
    ----------
    presence
        As `ReleaseReader.presence` returns it.
    year
        Gregorian year in which the reported periods ended.

    Returns
    -------
    Frame with one row for each palika and kind of work: ``palika_code``, ``theme``, ``place`` and
    ``within`` (names of palika and district), ``names`` (of the organisations, in order),
    ``many`` (they are `MANY` or more). Ordered by district, place and the list of indicators.
    """
    inside = units.index[selection.in_area(units, area)]
    mine = presence[presence["palika_code"].isin(inside) & presence["year"].eq(year)]
    name = f"name_{language}"
    found = [
        (palika, theme, tuple(sorted(set(work[name]))))
        for (palika, theme), work in mine.groupby(["palika_code", "theme"])
    ]
    rows = pd.DataFrame(found, columns=["palika_code", "theme", "names"])
    order = {each.theme: n for n, each in enumerate(load_indicators().values())}
    rows = rows.assign(
        place=units[name].reindex(rows["palika_code"]).to_numpy(),
        within=units[name].reindex(district_of(rows["palika_code"])).to_numpy(),
        many=rows["names"].map(len) >= MANY,
        at=rows["theme"].map(order).fillna(len(order)),
    )
    rows = rows.sort_values(["within", "place", "palika_code", "at"], ignore_index=True)
    return rows[["palika_code", "theme", "place", "within", "names", "many"]]


def overlap(view: View, chosen: Selection) -> None:
    """Write who works in each palika of the chosen area, and where many do the same."""
    year = calendar.parse_period(chosen.period).end.year
    rows = in_area(
        cache.presence(view.release),
        cache.units(view.release),
        chosen.area,
        year=year,
        language=wording.language(),
    )
    if rows.empty:
        text = _(
            "No named organisation reported from here in {year}. An organisation appears here"
            " after a report with its name is released."
        )
        st.info(text.format(year=wording.in_digits(str(year))))
        return
    crowded = rows[rows["many"]]
    if crowded.empty:
        text = _(
            "In {year}, no palika here had {many} or more organisations doing the same kind of"
            " work."
        )
    else:
        text = wording.ngettext(
            "In {year}, {places} palika had {many} or more organisations doing the same kind of"
            " work.",
            "In {year}, {places} palikas had {many} or more organisations doing the same kind of"
            " work.",
            crowded["palika_code"].nunique(),
        )
    st.markdown(
        text.format(
            places=wording.number(crowded["palika_code"].nunique()),
            many=wording.number(MANY),
            year=wording.in_digits(str(year)),
        )
    )
    st.html(_table(rows))
    st.caption(
        _(
            "The list shows who reported, whatever the number. It leaves out organisations that"
            " did not report or did not give their name. Services for survivors are not listed by"
            " place."
        )
    )


def _table(rows: pd.DataFrame) -> Markup:
    """Return who works where as a table, each palika once."""
    by_palika = rows.groupby(["within", "place", "palika_code"], sort=False)
    return render(
        "planner/overlap.html.j2",
        label=_("Who works where"),
        heads=(_("Place"), _("Who does what")),
        rows=[
            (str(place), str(within), list(map(_line, work.to_dict("records"))))
            for (within, place, _code), work in by_palika
        ],
    )


def _line(row: dict[Any, Any]) -> tuple[str, str, str]:
    """Return a kind of work, who does it, and how many they are where they are many."""
    mark = ""
    if row["many"]:
        mark = _("{count} organisations").format(count=wording.number(len(row["names"])))
    return labels.theme_name(row["theme"]), ", ".join(row["names"]), mark
