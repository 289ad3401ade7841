"""Published figures: the exact sentence of each, its source, and what a release shows of it."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import cache
from dashboard.sections import claims
from data.model import Audience

st.html(claims.STYLE)
st.title(_("Published figures, word for word"), anchor=False)
release = cache.requested_release(Audience.PUBLIC, st.query_params.get("release"))
found = claims.checks(release)
if release is not None:
    layout.write_older_notice(release)
wanted = st.query_params.get("claim", "")
claims.write_wanted(wanted, found, release)
claims.write_lead(release)

st.header(_("All published figures"), anchor=False)
claims.write_index(found)
st.header(_("What each status means"), anchor=False)
claims.write_meanings()
claims.write_figures(found, release, wanted)
claims.write_note()
