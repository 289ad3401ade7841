"""The local committees: where each stands on its ladder today, and what the rungs mean."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import controls, layout
from dashboard.released import cache, committee_status, selection
from dashboard.sections.committees import status, trends

viewer = st.session_state["viewer"]
st.title(_("Committees against trafficking"))
release = layout.open_release(viewer.audience, viewer.scope)
layout.write_sentence(
    _(
        "A committee moves up step by step: it is formed, meets regularly, is trained, makes a plan, gets a budget and does its work. Each step needs recent, dated evidence. Old evidence expires."
    ),
    kind="sima-plain",
)
on = registry.today()
status.open_on(on)


@controls.fragment
def explore() -> None:
    """Draw the map of rungs of an area with its table, how many stand on each, what lapses."""
    units = cache.units(release)
    chosen = registry.choose_view("committees", release, viewer, controls.query())
    component.show(registry.map_address("committees", release, chosen, viewer), key="rungs")
    controls.remember(release, {"area": chosen.area})
    stood = committee_status.standing(release, selection.shown_units(units, chosen), on)
    st.header(_("How many committees are at each step"))
    st.html(status.counts(stood))
    st.header(_("In the last two years"))
    trends.over_time(release, chosen, on)
    st.header(_("Expiring soon"))
    trends.lapsing(release, chosen, on)


explore()

st.header(_("Own budget after the project"))
trends.own_budget(release, on)
