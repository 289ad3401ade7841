"""The auditor's page: who did what, and whether the log is whole."""

import streamlit as st

from dashboard.auth import page_visit
from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.sections import audit_log

MOST = 500

st.title(_("Audit log"))
st.markdown(
    _(
        "Who opened or downloaded what only partners may see, and who decided about releases. The log contains no figures and no network addresses."
    )
)
record = page_visit.log()
wrong = record.verify()
if wrong:
    st.error(_("The log is damaged: {what}").format(what=wrong))
head = record.head()
if head.seq == 0:
    st.info(_("No entries yet. They appear here as people sign in and make decisions."))
    st.stop()
if not wrong:
    st.success(
        _("The log is complete. Entries: {count}, each linked to the one before.").format(
            count=wording.number(head.seq)
        )
    )
kinds = {"": _("All"), **audit_log.kinds()}
kind = st.selectbox(
    _("Which entries"),
    list(kinds),
    format_func=kinds.__getitem__,
    key=f"kind-{wording.language()}",
)
entries = record.list_entries(most=MOST, kind=kind or None)
if entries.empty:
    st.info(_("There are no entries of this kind."))
    st.stop()
if len(entries) == MOST:
    st.caption(_("The newest {count} are shown.").format(count=wording.number(MOST)))
st.dataframe(audit_log.table(entries), hide_index=True)
st.caption(
    _(
        "End of the log. Write it down where nobody with access to this machine can change it:"
        " {head}"
    ).format(head=f"{head.seq}:{head.hash}")
)
