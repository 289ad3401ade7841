"""Who works where: which organisations reported about the same kind of work in the same palika."""

import html

import pandas as pd
import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps.figure_map import View
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from data.reference import calendar
from data.reference.indicators import load_indicators

MANY = 3  # organisations that do the same kind of work in one palika, from here on marked


def in_area(
    presence: pd.DataFrame, units: pd.DataFrame, area: str, *, year: int, language: str
) -> pd.DataFrame:
    """Gather who reported from an area in a year.

    Parameters
    ----------
    presence
        As `ReleaseReader.presence` gives it.
    year
        Gregorian year in which what was reported about ended.

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
        within=units[name].reindex(rows["palika_code"].str[:3]).to_numpy(),
        many=rows["names"].map(len) >= MANY,
        at=rows["theme"].map(order).fillna(len(order)),
    )
    rows = rows.sort_values(["within", "place", "palika_code", "at"], ignore_index=True)
    return rows[["palika_code", "theme", "place", "within", "names", "many"]]


def overlap(view: View, chosen: Selection) -> None:
    """List the palikas of the chosen area with who works there, and where many do the same."""
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
        text = _(
            "In {year}, {places} palikas had {many} or more organisations doing the same kind of"
            " work."
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


def _table(rows: pd.DataFrame) -> str:
    """Write who works where as HTML, each palika once."""
    heads = "".join(
        f'<th scope="col">{html.escape(head)}</th>' for head in (_("Place"), _("Who does what"))
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(str(place))}<small>{html.escape(str(within))}</small>'
        f"</th><td>{''.join(_line(row) for _n, row in work.iterrows())}</td></tr>"
        for (within, place, _code), work in rows.groupby(
            ["within", "place", "palika_code"], sort=False
        )
    )
    label = html.escape(_("Who works where"))
    return (
        f'<div class="sima-table words" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(row: pd.Series) -> str:
    names = html.escape(", ".join(row["names"]))
    mark = ""
    if row["many"]:
        said = _("{count} organisations").format(count=wording.number(len(row["names"])))
        mark = f" <strong>▲ {html.escape(said)}</strong>"
    return f"<div>{html.escape(labels.theme_name(row['theme']))}: {names}{mark}</div>"
