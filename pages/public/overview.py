"""The overview: what communities do together, for a reader who never heard of a ward."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import cache, headline_figures
from dashboard.sections.overview import figures, releases, story
from data.model import Audience

story.write_lead()
released = cache.list_releases(Audience.PUBLIC)
release = cache.requested_release(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    layout.write_no_release()
    if released:
        st.header(_("The releases so far"), anchor=False)
        releases.write_releases(released, None)
    st.stop()
layout.write_older_notice(release)
headlines = headline_figures.headlines(release)

st.header(_("At a glance"), anchor=False)
figures.write_cards(release, headlines)

st.header(_("Where the work happens"), anchor=False)
figures.write_map(release)

if headline_figures.targets():
    st.header(_("Target and result"), anchor=False)
    figures.write_targets(release)

if story.is_told(headlines):
    st.header(_("How a booth, a parents' group and a committee work together"), anchor=False)
    story.write_story(headlines)

st.header(_("How people stay safe"), anchor=False)
story.write_safety()

st.header(_("Download the figures"), anchor=False)
releases.write_downloads(release)

st.header(_("The releases so far"), anchor=False)
releases.write_releases(released, release)
