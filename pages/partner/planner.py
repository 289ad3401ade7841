"""A planner's page: filter the map, then ask in time, in order, side by side, and who is silent."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.maps import component, figure_map, registry
from dashboard.page import controls, layout
from dashboard.released import cache, selection
from dashboard.sections.planner import ways
from data.model import Audience
from data.reference.indicators import load_indicators

st.title(_("Explore and compare"))
viewer = st.session_state["viewer"]
release = layout.open_release(Audience.PARTNER, viewer.scope)


@controls.fragment
def explore() -> None:
    """Draw the filters, the map with its table, and one way to analyse it further."""
    asked = controls.query()
    chosen = registry.choose_view("planner", release, viewer, asked)
    if chosen is None:
        return
    picked = asked.get("unit", "")
    if not selection.is_shown(cache.units(release), chosen, picked):
        picked = ""
    with st.container(key="picture"):
        address = registry.map_address("planner", release, chosen, viewer)
        tapped = component.show(address, key="planner", picked=picked)
        picked = tapped or picked
    way = ways.way_query(asked)
    query = chosen.as_query() | ({"unit": picked} if picked else {}) | way
    controls.remember(release, query, picked=bool(tapped))
    view = figure_map.View(release, load_indicators()[chosen.indicator], chosen.period)
    with st.container(key="more"):
        ways.draw_way(view, chosen, picked, way)


explore()
