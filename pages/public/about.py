"""What Sima is, where its figures and boundaries come from, and how people are kept safe."""

from pathlib import Path

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.sections import about
from data.model import Audience

st.title(_("About these maps"))
st.markdown(
    _(
        "Sima shows what communities along the open border do against human trafficking: information booths, parents' groups, local committees and training."
    )
)
st.markdown(
    _("It counts work, not danger. Many contacts mean a busy booth, not a more dangerous place.")
)

st.header(_("How people are kept safe"))
st.markdown(
    _(
        "We store no names and hide small numbers. Nobody can work out a hidden number from the numbers shown."
    )
)
st.page_link(Path(__file__).with_name("safety.py"), label=_("How we keep people safe"))

st.header(_("How to read the map"))
st.markdown(
    _(
        "Hatched: hidden to keep people safe. Dotted: not reported. Lines: does not apply. Background colour: not covered by this figure. White: a true zero."
    )
)
st.markdown(
    _(
        "Each map has a table of the same figures, which you can sort and read without the map. Tap a place for its figure. If it is hidden, you see the nearest larger area that has one."
    )
)

st.header(_("Hotspots"))
st.markdown(
    _(
        "The number of journeys stopped mainly shows where the booths are. The hotspots page shows where booths stopped more journeys than expected, and how we work that out."
    )
)
st.page_link(
    Path(__file__).with_name("hotspots.py"),
    label=_("Hotspots: more journeys stopped than expected"),
)

release = cache.current_release(Audience.PUBLIC)
if release is not None:
    about.write_boundaries(release)
