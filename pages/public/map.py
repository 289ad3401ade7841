"""The public map: one question at a time, opening on an answer."""

from pathlib import Path

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import controls, layout
from data.model import Audience

st.title(_("Map of activities"))
release = layout.open_release(Audience.PUBLIC)
viewer = st.session_state["viewer"]


@controls.fragment
def explore() -> None:
    """Show the map with its questions, its answer and its table; a change runs this alone."""
    chosen = registry.choose_view("map", release, viewer, controls.query())
    if chosen is not None:
        component.show(registry.map_address("map", release, chosen, viewer), key="map")
        controls.remember(release, chosen.as_query())


explore()
st.page_link(Path(__file__).with_name("place.py"), label=_("Everything about one place"))
