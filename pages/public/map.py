"""The public map: one question at a time, opening on an answer."""

from pathlib import Path

import streamlit as st

from dashboard import controls, map_view, scenes, views
from dashboard.wording import _
from data.model import Audience

st.title(_("What communities do at the border"))
release = views.opened(Audience.PUBLIC)
viewer = st.session_state["viewer"]


@controls.part
def explore() -> None:
    """Show the map with its questions, its answer and its table; a change runs this alone."""
    chosen = scenes.pick("map", release, viewer, controls.query())
    if chosen is not None:
        map_view.show(scenes.address("map", release, chosen, viewer), key="map")
        controls.remember(release, chosen.as_query())


explore()
st.page_link(Path(__file__).with_name("place.py"), label=_("Everything about one place"))
