"""The booths at the border: what each did, when it is open, and which has not reported."""

import streamlit as st

from dashboard.i18n import labels
from dashboard.i18n.wording import _
from dashboard.maps import registry
from dashboard.page import layout
from dashboard.sections import booths as booth_views
from data.model import Audience, Role
from data.reference.indicators import load_indicators

viewer = st.session_state["viewer"]
st.title(_("Booths"))
release = layout.open_release(Audience.PARTNER, viewer.scope)
booths = booth_views.listed(release, registry.today())
if not booths:
    if viewer.role is Role.DEPUTY:
        st.info(_("No booth stands in your palika. One appears here when it is in a release."))
    else:
        st.info(_("No booth is in this release. Booths appear here with the next one."))
    st.stop()
if len(booths) > 1:
    st.markdown(booth_views.said_first(booths))
layout.write_sentence(labels.indicator_caution(load_indicators()[booth_views.CONTACTS]))
st.caption(
    _(
        "Silence is counted up to the end of the newest released quarter. A report that comes late counts from the yearly restatement on."
    )
)
for booth in booths:
    booth_views.card(release, booth)
