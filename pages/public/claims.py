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
            "What was published about this work, in the exact words of the source, and how it compares with the current release. We never add up figures that may count the same people."
        )
    ),
    "lead",
)
if release is None:
    st.info(
        _(
            "No release is published at the moment, so no figure can be checked. Each status will appear here when a release is approved."
        )
    )
elif release.synthetic:
    layout.write_sentence(
        _(
            "This release contains synthetic data. Each status shows how figures are compared. It says nothing about whether the published figures are right."
        )
    )

st.header(_("All published figures"), anchor=False)
write(claims.summary(found) + claims.index(found), "index")
st.header(_("What each status means"), anchor=False)
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
    "For each source we give the heading above the sentence, and the page if our copy has page numbers. Sentences are quoted in the language of the source."
)
write(f'<p class="hint">{html.escape(note)}</p>')
