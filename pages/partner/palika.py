"""A deputy mayor's page: her committee and her wards first, then everything else of her palika."""

import streamlit as st

from dashboard.i18n import labels
from dashboard.i18n.wording import _
from dashboard.maps import registry
from dashboard.page import layout
from dashboard.released import cache
from dashboard.sections import palika as palika_section
from dashboard.sections.committees import status, timeline, wards
from data.model import Audience

viewer = st.session_state["viewer"].at(st.query_params.get("palika", ""))
palika = viewer.home
if not palika:
    st.title(_("My palika"))
    st.info(_("This account is not linked to a palika yet. Ask your administrator."))
    st.stop()
release = cache.requested_release(Audience.PARTNER, st.query_params.get("release"), viewer.scope)
if release is None:
    st.title(_("My palika"))
    layout.write_no_release()
    st.stop()
st.title(labels.unit_name(cache.units(release), palika))
layout.write_older_notice(release)
layout.write_skip_link()
on = registry.today()

st.header(_("Committee"))
status.card(release, palika, on)
timeline.budget_card(release, palika, on)
timeline.life(release, palika, on)

st.header(_("Ward by ward"))
palika_section.write_wards(release, viewer)
wards.write(release, viewer, palika, on)

st.header(_("Compared with the district"))
palika_section.compare_with_district(release, palika)

st.header(_("New in this release"))
palika_section.write_changes(release, palika)

st.header(_("The whole palika"))
palika_section.write_whole(release, palika)
