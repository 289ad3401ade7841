"""What Sima is, where its figures and boundaries come from, and how people are kept safe."""

import html
from pathlib import Path

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from data.model import Audience

st.title(_("About these maps"))
st.markdown(
    _(
        "Sima shows what communities do against human trafficking along the open border: information booths, parents' groups, local committees, training."
    )
)
st.markdown(
    _(
        "It counts work, not danger. A place with many contacts has a booth with many hours; it is not a worse place."
    )
)

st.header(_("How people are kept safe"))
st.markdown(
    _(
        "Nobody's name is stored, small numbers are hidden, and nothing hidden can be worked out from what is shown."
    )
)
st.page_link(Path(__file__).with_name("safety.py"), label=_("How we keep people safe"))

st.header(_("How to read the map"))
st.markdown(
    _(
        "Hatched: hidden to keep people safe. Dotted: not reported. Lines: does not apply. The colour of the ground: not part of this figure. White: a true zero."
    )
)
st.markdown(
    _(
        "Beside every map stands a table with the same figures, to be sorted and read without the map. A tap on a place says its figure; of a hidden one it says where a coarser figure stands."
    )
)

st.header(_("Hotspots"))
st.markdown(
    _(
        "Raw numbers of journeys stopped map the booths. One page shows where more is found than effort explains, and how that is worked out."
    )
)
st.page_link(
    Path(__file__).with_name("hotspots.py"), label=_("Where more is found than effort explains")
)

release = cache.current(Audience.PUBLIC)
if release is not None:
    st.header(_("Boundaries"))
    rows = cache.attributions(release)
    for _n, row in rows.drop_duplicates(["source", "licence"]).iterrows():
        text = f"{row['attribution']} · {row['source']} · {row['licence']} · {row['vintage']}"
        st.html(f"<p>{html.escape(wording.in_digits(text))}</p>")
    st.caption(_("Boundaries shown do not imply any opinion on their legal status."))
