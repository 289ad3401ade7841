"""The local committees: where each stands on its ladder today, and what the rungs mean."""

import streamlit as st

from dashboard import (
    committee_history_views,
    committee_views,
    controls,
    map_view,
    scenes,
    selection,
    session,
    views,
)
from dashboard.wording import _

viewer = st.session_state["viewer"]
st.title(_("Committees against trafficking"))
release = views.opened(viewer.audience, viewer.scope)
views.say(
    _(
        "A committee climbs as it forms, meets, learns, plans, gets a budget and works. Every step needs a dated sign, and every sign lapses."
    ),
    kind="sima-plain",
)
on = scenes.today()
committee_views.open_on(on)


@controls.part
def explore() -> None:
    """Draw the map of rungs of an area with its table, how many stand on each, what lapses."""
    units = session.units(release)
    chosen = scenes.pick("committees", release, viewer, controls.query())
    map_view.show(scenes.address("committees", release, chosen, viewer), key="rungs")
    controls.remember(release, {"area": chosen.area})
    stood = committee_views.standing(release, selection.shown_units(units, chosen), on)
    st.header(_("Committees by rung"))
    st.html(committee_views.counts(stood))
    st.header(_("In the last two years"))
    committee_history_views.over_time(release, chosen, on)
    st.header(_("What lapses soon"))
    committee_history_views.lapsing(release, chosen, on)


explore()

st.header(_("Own budget after the project"))
committee_history_views.own_budget(release, on)
