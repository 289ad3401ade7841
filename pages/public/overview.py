"""The overview: what communities do together, for a reader who never heard of a ward."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import cache, headline_figures
from dashboard.sections import overview
from data.model import Audience

st.title(_("Working together against human trafficking"), anchor=False)
overview.write_lead()
released = cache.list_releases(Audience.PUBLIC)
release = cache.requested_release(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    layout.write_no_release()
    if released:
        st.header(_("The releases so far"), anchor=False)
        overview.write_releases(released, None)
    st.stop()
layout.write_older_notice(release)
figures = headline_figures.headlines(release)

st.header(_("At a glance"), anchor=False)
overview.write_cards(release, figures)

st.header(_("Where the work happens"), anchor=False)
overview.write_map(release)

st.header(_("Target and result"), anchor=False)
overview.write_targets(release)

st.header(_("How a booth, a parents' group and a committee work together"), anchor=False)
overview.write_story(figures)

st.header(_("How people stay safe"), anchor=False)
overview.write_safety()

st.header(_("Download the figures"), anchor=False)
overview.write_downloads(release)

st.header(_("The releases so far"), anchor=False)
overview.write_releases(released, release)
