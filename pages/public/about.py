"""What Sima is, where its figures and boundaries come from, and how people are kept safe."""

import html

import streamlit as st

from dashboard import session, wording
from dashboard.wording import _
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
for sentence in (
    _(
        "No name, age, phone number, address or story is ever stored. A file with such a thing is refused and not kept."
    ),
    _("Small numbers are hidden, zeros with them: in public anything under 10 people."),
    _(
        "A total with a hidden part is hidden too, so that nothing can be worked out by subtraction."
    ),
    _("What is hidden is not in the release. There is nothing behind the page to find."),
    _("A second person approves every release, and a release can be withdrawn at once."),
):
    st.markdown(f"- {sentence}")

st.header(_("How to read the map"))
st.markdown(
    _(
        "Hatched: hidden to keep people safe. Dotted: not reported. Lines: does not apply. The colour of the ground: not part of this figure. White: a true zero."
    )
)

release = session.current(Audience.PUBLIC)
if release is not None:
    st.header(_("Boundaries"))
    rows = session.attributions(release)
    for _n, row in rows.drop_duplicates(["source", "licence"]).iterrows():
        text = f"{row['attribution']} · {row['source']} · {row['licence']} · {row['vintage']}"
        st.html(f"<p>{html.escape(wording.in_digits(text))}</p>")
    st.caption(_("Boundaries shown do not imply any opinion on their legal status."))
