"""Published figures: the exact sentence of each, its source, and what a release says of it."""

import html
from functools import partial

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.page import layout
from dashboard.page.markup import paragraph
from dashboard.released import cache, ledger_text
from dashboard.sections import claims
from data.model import Audience

write = partial(layout.write_markup, "sima-claims")


st.html(claims.STYLE)
st.title(_("Published figures, word for word"), anchor=False)
release = cache.asked(Audience.PUBLIC, st.query_params.get("release"))
ledger, found = ledger_text.ledger_by_number(), claims.checks(release)
if release is not None:
    layout.write_older_notice(release)
wanted = st.query_params.get("claim", "")
if wanted in ledger:
    write(claims.article(ledger[wanted], found[wanted], release), "wanted")
write(
    paragraph(
        _(
            "What was published about this work, in its exact words, with its source, and what a release says of it today. Figures that may count the same people are never added."
        )
    ),
    "lead",
)
if release is None:
    st.info(
        _(
            "No release is being served, so no figure can be checked. The states appear here when a steward's release is approved."
        )
    )
elif release.synthetic:
    layout.write_sentence(
        _(
            "The release is made-up data. The states show how figures are compared; they say nothing about the published ones."
        )
    )

st.header(_("All of them"), anchor=False)
write(claims.summary(found) + claims.index(found), "index")
st.header(_("What the states mean"), anchor=False)
write(claims.meanings())
for topic, figures in claims.by_topic().items():
    listed = [claim for claim in figures if claim.number != wanted]
    if listed:
        st.header(claims.topic_name(topic), anchor=False)
        write(
            "".join(claims.article(claim, found[claim.number], release) for claim in listed),
            "figures",
        )
note = _(
    "A source is named with the heading under which the sentence stands, and with its page where our copy has page numbers. Sentences of the sources are in their own language."
)
write(f'<p class="hint">{html.escape(note)}</p>')
