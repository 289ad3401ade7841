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
        st.info(
            _("No released booth is in your palika. A booth will appear here after it is released.")
        )
    else:
        st.info(_("This release has no booths. They will appear here with the next release."))
    st.stop()
if len(booths) > 1:
    st.markdown(booth_views.said_first(booths))
for counted in booth_views.list_counted()[:1]:
    layout.write_sentence(labels.indicator_caution(load_indicators()[counted]))
st.caption(
    _(
        "Days without a report are counted up to the end of the latest released quarter. A late report counts only after the yearly restatement."
    )
)
for booth in booths:
    booth_views.card(release, booth)
