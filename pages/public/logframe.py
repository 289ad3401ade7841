"""The logframe: what was to be reached, and what the public release shows of it."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import cache
from dashboard.sections import targets
from data.model import Audience

st.html(targets.STYLE)
st.title(_("Targets and results"), anchor=False)
release = cache.requested_release(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    layout.write_no_release()
    st.stop()
layout.write_older_notice(release)
listed = targets.parts(release)
targets.write_table(listed)
targets.write_downloads(listed, release)
st.header(_("Where baselines and targets were published"), anchor=False)
targets.write_sentences(listed)
