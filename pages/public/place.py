"""Everything that was released about one place, on one page of paper."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.maps import registry
from dashboard.page import controls, layout
from dashboard.released import cache, place_profile
from dashboard.sections import place
from dashboard.sections.committees import status, wards

viewer = st.session_state["viewer"]
st.html(place.STYLE)
asked = place.asked_place()
unit = asked.get("unit", "")
title = st.empty()
title.title(_("Everything about one place"), anchor=False)
release = layout.open_release(place_profile.audience(viewer, unit), viewer.scope)
if place_profile.is_place(release, unit):
    controls.remember(release, {"unit": unit})
    title.title(place.place_name(cache.units(release), unit), anchor=False)
    found, on = place_profile.profile_place(release, unit), registry.today()
    place.write_head(found, on)
    st.header(place.committee_title(found), anchor=False)
    status.card(release, found.palika, on)
    if found.is_ward and wards.has_committee(release, unit):
        st.header(_("Committee of this ward"), anchor=False)
        status.card(release, unit, on)
    elif not found.is_ward:
        wards.write(release, viewer, unit, on)
    place.write_figures(found, viewer)
    with st.container(key="place-other"):
        st.header(_("Another place"), anchor=False)
        place.choose(release, {"unit": unit})
else:
    controls.remember(release, {"district": asked.get("district", "")})
    place.write_invitation(unit)
    place.choose(release, asked)
