"""What the page about Sima says of boundaries."""

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.released import cache
from data.model import ReleaseInfo


def write_boundaries(release: ReleaseInfo) -> None:
    """Write where the boundaries of a release come from, source by source."""
    st.header(_("Boundaries"))
    rows = cache.attributions(release).drop_duplicates(["source", "licence"])
    for _n, row in rows.iterrows():
        text = f"{row['attribution']} · {row['source']} · {row['licence']} · {row['vintage']}"
        texts = [wording.in_digits(text)]
        st.html(render("page/paragraphs.html.j2", texts=texts, kind=""))
    st.caption(_("Boundaries shown do not imply any opinion on their legal status."))
