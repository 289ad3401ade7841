"""The public map: one question at a time, opening on an answer."""

import streamlit as st

from dashboard import controls, map_view, selection, session, views
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import Audience

st.title(_("What communities do at the border"))
release = views.opened(Audience.PUBLIC)


@controls.part
def explore() -> None:
    """Draw the question, the answer, the map and its table; a change draws this alone."""
    catalogue, units = session.catalogue(release), session.units(release)
    chosen = selection.pick(controls.query(), catalogue, units, default_area=selection.PROGRAMME)
    answer, picture = st.container(key="answer"), st.container(key="picture")
    view = views.View(release, load_indicators()[chosen.indicator], chosen.period)
    with picture:  # first, as a browser draws what comes first
        scene = views.map_scene(view, chosen)
        map_view.show(scene, key="map")
        if views.is_empty(scene):
            st.info(
                _(
                    "Nothing was reported here for this figure and period. Choose another place or period."
                )
            )
        views.say(views.caution(view.indicator))
    answer.html(f'<p class="sima-lead">{views.total_sentence(view)}</p>')
    with st.container(key="controls"):
        controls.questions(chosen, catalogue, units, session.geometry_files(release))
    controls.remember(release, chosen.as_query())


explore()
