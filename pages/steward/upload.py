"""A steward's upload: template, everything that is wrong at once, what would change, confirm."""

import html

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from data.intake import template_files
from data.model import Severity, SimaError
from data.pipeline import REASONS, Sima
from data.reference import findings
from data.reference.gazetteer import Gazetteer

MOST_FINDINGS = 60
sima = Sima(cache.settings())
gazetteer = Gazetteer.load()
kinds = {
    "booth-month": _("Booths by month"),
    "groups": _("Parents' groups by ward"),
    "committee-signs": _("Committee evidence"),
    "trainings": _("Training and activities"),
}
reasons = {
    "late-report": _("A report arrived late"),
    "counting-error": _("Counting error"),
    "wrong-place": _("Wrong place"),
    "wrong-period": _("Wrong period"),
    "double-count": _("Counted twice"),
}
by = st.session_state["viewer"].account


def new_uploader() -> None:
    """Let go of the file: a new key gives an empty widget."""
    st.session_state["uploader"] = st.session_state.get("uploader", 0) + 1
    st.session_state.pop("staged", None)


st.title(_("Upload"))
if done := st.session_state.pop("done", None):
    st.success(done)
with st.expander(_("Get a template")):
    kind = st.selectbox(_("Kind of report"), list(kinds), format_func=kinds.__getitem__)
    hxl = st.checkbox(_("With a row of HXL tags"))
    content = template_files.build_template(
        kind,
        "xlsx",
        gazetteer=gazetteer,
        synthetic=sima.holdings.synthetic,
        hxl=hxl,
    )
    st.download_button(_("Download the template"), content, f"{kind}.xlsx")

file = st.file_uploader(
    _("Filled template (.xlsx or .csv)"),
    type=["xlsx", "csv"],
    key=f"file-{st.session_state.get('uploader', 0)}",
)
if file is not None:
    with st.status(_("Reading and checking"), expanded=False) as progress:
        declared = sima.holdings.synthetic if file.name.lower().endswith(".csv") else None
        staged = sima.stage(file.getvalue(), synthetic=declared)
        progress.update(label=_("Checked; nothing is stored yet"), state="complete")
    st.session_state["staged"] = staged
    if any(finding.kind.startswith("personal-") for finding in staged.findings):
        # The bytes must not stay in the widget's memory until the visit ends.
        refused = staged.findings
        new_uploader()
        st.session_state["refused"] = refused
        st.rerun()
    st.session_state.pop("refused", None)

staged = st.session_state.get("staged") if file is not None else None
found = staged.findings if staged else st.session_state.get("refused", ())
if not found and staged is None:
    st.info(_("All problems are shown at once, cell by cell. Nothing is stored until you confirm."))
    st.stop()
if staged is None:
    st.error(_("The file was refused and not kept."))

language = wording.language()
for finding in found[:MOST_FINDINGS]:
    other = "ne" if language == "en" else "en"
    st.html(
        f'<div class="sima-finding {finding.severity.value}"><p><code>{html.escape(finding.where)}</code> '
        f"{html.escape(findings.finding_sentence(finding, language))}</p>"
        f"<p>{html.escape(findings.finding_remedy(finding, language))}</p>"
        f"<p>{html.escape(findings.finding_sentence(finding, other))}</p></div>",
    )
if len(found) > MOST_FINDINGS:
    more = wording.number(len(found) - MOST_FINDINGS)
    st.caption(_("… and {more} more like this.").format(more=more))
if staged is None:
    st.stop()

questions = [f for f in found if f.severity is Severity.QUESTION and f.suggestions]
for finding in questions[:5]:
    with st.form(f"choose-{finding.where}"):
        code = st.radio(
            _("What do you mean in {where}?").format(where=finding.where),
            finding.suggestions,
            format_func=lambda c: f"{gazetteer.name(c, language)} ({c})",
        )
        if st.form_submit_button(_("Remember this choice")):
            sima.choose_at(staged, finding.where, code=str(code), by=by)
            st.rerun()

rows = wording.number(len(staged.reading.rows))
new, changed = wording.number(staged.new_figures), wording.number(len(staged.difference))
st.markdown(
    _("{rows} rows: {new} new figures, {changed} changed.").format(
        rows=rows, new=new, changed=changed
    ),
)
if staged.needs_reason:
    st.dataframe(staged.difference, hide_index=True)
reason = None
if staged.needs_reason:
    reason = st.selectbox(
        _("Why are you correcting stored figures?"), REASONS, format_func=reasons.__getitem__
    )
if staged.known_batch is not None:
    st.info(_("These figures are stored already. Nothing would change."))
elif staged.ok and st.button(_("Store these figures"), type="primary"):
    try:
        batch = sima.confirm(staged, by=by, reason=reason)
    except SimaError as wrong:
        st.error(str(wrong))
    else:
        st.session_state["done"] = _(
            "Stored as batch {batch}. To publish it, request a release."
        ).format(
            batch=wording.in_digits(str(batch)),
        )
        new_uploader()
        st.rerun()
elif not staged.ok:
    st.warning(_("Correct the file and upload it again. Nothing was stored."))
