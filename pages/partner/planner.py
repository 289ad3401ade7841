"""A planner's page: filter the map, then ask in time, in order, side by side, and who is silent."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.maps import component, figure_map, registry
from dashboard.page import controls, layout
from dashboard.released import cache, selection
from dashboard.sections.planner import filters, overlap, side_by_side
from data.model import Audience
from data.reference.indicators import load_indicators

st.title(_("Explore and compare"))
viewer = st.session_state["viewer"]
release = layout.open_release(Audience.PARTNER, viewer.scope)
WAYS = ("trend", "ranking", "compare", "places", "strip", "silence", "overlap", "files")


@controls.fragment
def explore() -> None:
    """Draw the filters, the map with its table, and one way to ask on."""
    units = cache.units(release)
    asked = controls.query()
    chosen = registry.choose_view("planner", release, viewer, asked)
    if chosen is None:
        return
    picture = st.container(key="picture")
    view = figure_map.View(release, load_indicators()[chosen.indicator], chosen.period)
    picked = asked.get("unit", "")
    if not selection.is_shown(units, chosen, picked):
        picked = ""
    with picture:
        address = registry.map_address("planner", release, chosen, viewer)
        tapped = component.show(address, key="planner", picked=picked)
        picked = tapped or picked
    way = asked.get("way", "")
    way = way if way in WAYS else WAYS[0]
    names = {
        "trend": _("Over time"),
        "ranking": _("Ranking"),
        "compare": _("Two periods"),
        "places": _("Two places"),
        "strip": _("Maps by period"),
        "silence": _("Who has not reported"),
        "overlap": _("Who works where"),
        "files": _("Download"),
    }
    query = chosen.as_query() | ({"unit": picked} if picked else {}) | {"way": way}
    other = {"compare": "with", "places": "against"}.get(way, "")
    query |= {other: asked[other]} if other in asked else {}
    controls.remember(release, query, picked=bool(tapped))
    with st.container(key="more"):
        controls.choose_one("way", _("More analysis"), WAYS, way, names.__getitem__)
        cells = cache.cells(release, indicator=chosen.indicator, period=chosen.period)
        layer = selection.layer(cells, units, selection.shown_units(units, chosen), chosen.whom)
        match way:
            case "trend":
                filters.trend(view, chosen, picked)
            case "ranking":
                filters.ranking(view, chosen, layer)
            case "compare":
                filters.side_by_side(view, chosen, layer, asked.get("with", ""))
            case "places":
                side_by_side.two_places(view, chosen, layer, picked, asked.get("against", ""))
            case "strip":
                filters.strip(view, chosen)
            case "silence":
                filters.silence(view, chosen)
            case "overlap":
                overlap.overlap(view, chosen)
            case _:
                filters.files(view, chosen, layer, controls.page_address())


explore()
