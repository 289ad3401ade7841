"""The logframe: what was to be reached, and what the public release shows of it."""

import html
from functools import partial

import streamlit as st

from dashboard import logframe_views, session, views, wording
from dashboard.wording import _
from data.model import Audience

write = partial(views.write, "sima-logframe")


st.html(logframe_views.STYLE)
st.title(_("Targets, and what was reached"), anchor=False)
release = session.asked(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    views.no_release()
    st.stop()
views.say_older(release)
listed = logframe_views.parts(release)
write(logframe_views.lead(listed), "lead")
views.say(logframe_views.caution())
write(logframe_views.table(listed), "table")
address = f"{st.context.url or ''}?release={release.number}"
with st.container(horizontal=True, key="logframe-files"):
    st.download_button(
        _("This table as XLSX"),
        partial(logframe_views.workbook, listed, release, address, wording.language()),
        file_name=f"{logframe_views.stem(release)}.xlsx",
        on_click="ignore",
    )
    st.download_button(
        _("This table as CSV"),
        partial(logframe_views.csv, listed, wording.language()),
        file_name=f"{logframe_views.stem(release)}.csv",
        mime="text/csv",
        on_click="ignore",
    )
st.header(_("Where baselines and targets were published"), anchor=False)
write(logframe_views.sentences(listed))
note = _(
    "“None published” means that no source we know of says one. Nothing is estimated in its place. A target or a baseline that was agreed elsewhere can be added with its source."
)
write(f'<p class="hint">{html.escape(note)}</p>')
