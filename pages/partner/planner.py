"""A planner's page: filter the map, then ask in time, in order, side by side, and who is silent."""

import streamlit as st

from dashboard import (
    controls,
    map_view,
    overlap_views,
    planner_views,
    scenes,
    selection,
    session,
    two_places_views,
    views,
)
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import Audience

st.title(_("Plan"))
viewer = st.session_state["viewer"]
release = views.opened(Audience.PARTNER, viewer.scope)
WAYS = ("trend", "ranking", "compare", "places", "strip", "silence", "overlap", "files")


@controls.part
def explore() -> None:
    """Draw the filters, the map with its table, and one way to ask on."""
    units = session.units(release)
    asked = controls.query()
    chosen = scenes.pick("planner", release, viewer, asked)
    if chosen is None:
        return
    picture = st.container(key="picture")
    view = views.View(release, load_indicators()[chosen.indicator], chosen.period)
    picked = asked.get("unit", "")
    if not selection.is_shown(units, chosen, picked):
        picked = ""
    with picture:
        address = scenes.address("planner", release, chosen, viewer)
        tapped = map_view.show(address, key="planner", picked=picked)
        picked = tapped or picked
    way = asked.get("way", "")
    way = way if way in WAYS else WAYS[0]
    names = {
        "trend": _("In time"),
        "ranking": _("In order"),
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
        controls.choose_one("way", _("Ask on"), WAYS, way, names.__getitem__)
        cells = session.cells(release, indicator=chosen.indicator, period=chosen.period)
        layer = selection.layer(cells, units, selection.shown_units(units, chosen), chosen.whom)
        match way:
            case "trend":
                planner_views.trend(view, chosen, picked)
            case "ranking":
                planner_views.ranking(view, chosen, layer)
            case "compare":
                planner_views.side_by_side(view, chosen, layer, asked.get("with", ""))
            case "places":
                two_places_views.two_places(view, chosen, layer, picked, asked.get("against", ""))
            case "strip":
                planner_views.strip(view, chosen)
            case "silence":
                planner_views.silence(view, chosen)
            case "overlap":
                overlap_views.overlap(view, chosen)
            case _:
                planner_views.files(view, chosen, layer, controls.address())


explore()
