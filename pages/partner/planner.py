"""A planner's page: filter the map, then ask in time, in order, side by side, and who is silent."""

import streamlit as st

from dashboard import controls, map_view, planner_views, selection, session, views
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import Audience

st.title(_("Plan"))
release = views.opened(Audience.PARTNER)
WAYS = ("trend", "ranking", "compare", "strip", "silence", "files")


@controls.part
def explore() -> None:
    """Draw the filters, the map with its table, and one way to ask on."""
    catalogue, units = session.catalogue(release), session.units(release)
    asked = controls.query()
    chosen = selection.pick(asked, catalogue, units, default_area=selection.BORDER)
    questions, picture = st.container(key="controls"), st.container(key="picture")
    view = views.View(release, load_indicators()[chosen.indicator], chosen.period)
    picked = asked.get("unit", "")
    if not selection.is_shown(units, chosen, picked):
        picked = ""
    with picture:  # first, as a browser draws what comes first
        scene = views.map_scene(view, chosen, picks=True)
        tapped = map_view.show(scene | {"picked": picked}, key="planner")
        picked = tapped or picked
        views.say(views.caution(view.indicator))
    with questions:
        controls.questions(chosen, catalogue, units, session.geometry_files(release), kinds=True)
    way = asked.get("way", "")
    way = way if way in WAYS else WAYS[0]
    names = {
        "trend": _("In time"),
        "ranking": _("In order"),
        "compare": _("Two periods"),
        "strip": _("Maps by period"),
        "silence": _("Who has not reported"),
        "files": _("Download"),
    }
    query = chosen.as_query() | ({"unit": picked} if picked else {}) | {"way": way}
    query |= {"with": asked["with"]} if way == "compare" and "with" in asked else {}
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
            case "strip":
                planner_views.strip(view, chosen)
            case "silence":
                planner_views.silence(view, chosen)
            case _:
                planner_views.files(view, chosen, layer, controls.address())


explore()
