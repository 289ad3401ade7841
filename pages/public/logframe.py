"""The logframe: what was to be reached, and what the public release shows of it."""

import html
from functools import partial

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.released import cache
from dashboard.sections import targets
from data.model import Audience

write = partial(layout.write_markup, "sima-logframe")


st.html(targets.STYLE)
st.title(_("Targets and results"), anchor=False)
release = cache.asked(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    layout.write_no_release()
    st.stop()
layout.write_older_notice(release)
listed = targets.parts(release)
write(targets.lead(listed), "lead")
layout.write_sentence(targets.caution())
write(targets.table(listed), "table")
address = f"{st.context.url or ''}?release={release.number}"
with st.container(horizontal=True, key="logframe-files"):
    st.download_button(
        _("This table as XLSX"),
        partial(targets.workbook, listed, release, address, wording.language()),
        file_name=f"{targets.stem(release)}.xlsx",
        on_click="ignore",
    )
    st.download_button(
        _("This table as CSV"),
        partial(targets.csv, listed, wording.language()),
        file_name=f"{targets.stem(release)}.csv",
        mime="text/csv",
        on_click="ignore",
    )
st.header(_("Where baselines and targets were published"), anchor=False)
write(targets.sentences(listed))
note = _(
    "“None published” means that we know of no source that gives one. We do not estimate it. If a target or baseline was agreed elsewhere, it can be added with its source."
)
write(f'<p class="hint">{html.escape(note)}</p>')
