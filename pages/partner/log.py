"""The auditor's page: who did what, and whether the log is whole."""

import streamlit as st

from dashboard import log_views, visit, wording
from dashboard.wording import _

MOST = 500

st.title(_("Audit log"))
st.markdown(
    _(
        "Who opened or took away what only partners may see, and who decided about releases. No figure and no network address is in it."
    )
)
record = visit.log()
wrong = record.verify()
if wrong:
    st.error(_("The log is not whole: {what}").format(what=wrong))
head = record.head()
if head.seq == 0:
    st.info(_("Nothing was written down yet. Entries appear here as people sign in and decide."))
    st.stop()
if not wrong:
    st.success(
        _("The log is whole: {count} entries, each tied to the one before.").format(
            count=wording.number(head.seq)
        )
    )
kinds = {"": _("All"), **log_views.kinds()}
kind = st.selectbox(
    _("Which entries"),
    list(kinds),
    format_func=kinds.__getitem__,
    key=f"kind-{wording.language()}",
)
entries = record.listed(most=MOST, kind=kind or None)
if entries.empty:
    st.info(_("There is no entry of this kind."))
    st.stop()
if len(entries) == MOST:
    st.caption(_("The newest {count} are shown.").format(count=wording.number(MOST)))
st.dataframe(log_views.table(entries), hide_index=True)
st.caption(
    _("End of the log, to be noted where nobody of this machine can change it: {head}").format(
        head=f"{head.seq}:{head.hash}"
    )
)
