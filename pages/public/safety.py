"""How people are kept safe: an answer, an invented example step by step, and what is not promised."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.sections import safety
from data.model import Audience

st.title(_("How we keep people safe"))
safety.write_answer()

st.header(_("Which numbers are small"))
safety.write_thresholds()

st.header(_("An example, step by step"))
safety.write_example()

also, limits = st.columns([3, 2], gap="medium")
with also:
    st.header(_("What we also do"))
    safety.write_measures()
with limits:
    st.header(_("What this protection cannot do"))
    safety.write_limits()

st.header(_("The public release"))
release = cache.current_release(Audience.PUBLIC)
if release is None:
    st.info(
        _(
            "No figures are published at the moment. When a release is approved, its number and how much of it is hidden will appear here."
        )
    )
else:
    safety.write_release(release)
