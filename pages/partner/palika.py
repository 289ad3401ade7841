"""A deputy mayor's page: her palika's ward map first, then ward by ward, then what else is released."""

import html

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard import maps, selection, session, views, wording
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import AdminLevel, AgeBand, Audience, Sex
from geo.topology import ward_tiles

viewer = st.session_state["viewer"]
release = session.current(Audience.PARTNER)
units = session.units(release) if release else None
if release is None or units is None:
    st.title(_("My palika"))
    views.no_release()
    st.stop()

palika = units.loc[viewer.scope]
st.title(palika[f"name_{wording.language()}"])
catalogue = session.catalogue(release)
everything = session.cells(release)
mine = everything[
    (everything["unit_code"] == viewer.scope) | (everything["parent_code"] == viewer.scope)
]
by_ward = mine[mine["admin_level"] == AdminLevel.WARD]

st.header(_("Ward by ward"))
known = [code for code in selection.indicators_of(catalogue) if code in set(by_ward["indicator"])]
wards = units[(units["parent_code"] == viewer.scope) & (units["admin_level"] == AdminLevel.WARD)]
if not known:
    st.info(
        _(
            "No figure by ward was released for this palika yet. It appears here after an upload of groups is released."
        )
    )
    known = ["parents_groups"]
asked = st.query_params.get("indicator", "parents_groups")
what, when, how = st.columns(3)
indicator = what.selectbox(
    _("What"),
    known,
    index=known.index(asked) if asked in known else 0,
    format_func=views.name,
    key=f"what-{wording.language()}",
)
periods = selection.periods_of(catalogue, indicator)
quarters = [code for code in periods if "-q" in code] or periods
asked = st.query_params.get("period", "")
period = when.selectbox(
    _("When"),
    quarters,
    index=quarters.index(asked) if asked in quarters else 0,
    format_func=wording.period_label,
    key=f"when-{indicator}-{wording.language()}",
)
st.query_params.update({"indicator": indicator, "period": period})

view = views.View(release, load_indicators()[indicator], period)
cells = session.cells(release, indicator=indicator, period=period)
layer = selection.layer(cells, units, wards.index)
real = session.boundaries(release, level=AdminLevel.WARD, within=viewer.scope)
as_tiles = real.empty
if not real.empty:
    as_tiles = how.toggle(
        _("Show as diagram"), help=_("Small wards are easier to see as numbered tiles.")
    )
outline = session.boundaries(release, level=AdminLevel.PALIKA, within=viewer.scope)
if as_tiles:
    tiles = ward_tiles(outline.geometry.iloc[0], wards["ward_number"].astype(int).tolist())
    codes = [f"{viewer.scope}{number:02d}" for number in tiles.index]
    real = gpd.GeoDataFrame(
        geometry=tiles.geometry.to_numpy(), index=pd.Index(codes), crs=tiles.crs
    )
sources = session.attributions(release)
if as_tiles:
    sources = sources[sources["admin_level"] < AdminLevel.WARD]
document = maps.choropleth(
    layer,
    real,
    edges=views.edges_of(layer),
    notes=views.notes(view, diagram=as_tiles, sources=sources),
    outline=outline,
    numbered=True,
)
left, right = st.columns([3, 2])
with left:
    views.draw(document, maps.summary(layer))
    views.say(views.caution(view.indicator))
with right:
    views.write_table(layer, indicator)


def figure_of(row: pd.Series) -> str:
    """Say a figure of the palika; of a hidden one, where a coarser one stands."""
    same = everything["indicator"].eq(row["indicator"]) & everything["period"].eq(row["period"])
    return maps.figure(selection.layer(everything[same], units, pd.Index([viewer.scope])).iloc[0])


st.header(_("The whole palika"))
whole = mine[
    (mine["unit_code"] == viewer.scope)
    & (mine["sex"] == Sex.ALL)
    & (mine["age_band"] == AgeBand.ALL)
]
newest = whole.sort_values(["period_end", "period_start"]).drop_duplicates("indicator", keep="last")
if newest.empty:
    st.info(_("Nothing else was released for this palika yet."))
else:
    rows = "".join(
        f'<tr class="{row["status"]}"><th scope="row">{html.escape(views.name(row["indicator"]))}<br>'
        f"<small>{html.escape(wording.period_label(row['period']))}</small></th>"
        f"<td>{html.escape(figure_of(row))}</td></tr>"
        for _code, row in newest.iterrows()
    )
    st.html(f'<div class="sima-table" tabindex="0"><table><tbody>{rows}</tbody></table></div>')

st.header(_("Committee"))
signs = session.signs(release)
signs = signs[signs["palika_code"] == viewer.scope].sort_values("signed_on", ascending=False)
if signs.empty:
    st.info(_("No record of the committee has been reported."))
else:
    names = {
        "formed": _("Committee formed"),
        "not_formed": _("Palika says: no committee"),
        "meeting": _("Minuted meeting"),
        "trained": _("Members trained, percent"),
        "baseline": _("Local data collected"),
        "plan": _("Plan endorsed"),
        "budget": _("Own budget, rupees"),
        "spent": _("Budget spent, percent"),
        "review": _("Review meeting"),
    }
    rows = "".join(
        f'<tr><th scope="row">{html.escape(names[row["sign"]])}<br>'
        f"<small>{html.escape(wording.day_label(pd.Timestamp(row['signed_on']).date()))}</small></th>"
        f"<td>{'' if pd.isna(row['value']) else html.escape(wording.number(int(row['value'])))}</td></tr>"
        for _code, row in signs.iterrows()
    )
    st.html(f'<div class="sima-table" tabindex="0"><table><tbody>{rows}</tbody></table></div>')
