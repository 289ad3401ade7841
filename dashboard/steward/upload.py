"""An upload: template, everything that is wrong at once, what would change, confirm."""

from collections.abc import Sequence

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from data.intake import template_files
from data.intake.staging import Staged
from data.model import Finding, Severity, SimaError
from data.pipeline import REASONS, Sima
from data.reference import findings

_MOST_FINDINGS = 60
_MOST_QUESTIONS = 5
_DONE, _STAGED, _REFUSED, _UPLOADER = "done", "staged", "refused", "uploader"


def _kinds() -> dict[str, str]:
    return {
        "booth-month": _("Booths by month"),
        "groups": _("Parents' groups by ward"),
        "committee-signs": _("Committee evidence"),
        "trainings": _("Training and activities"),
    }


def _reasons() -> dict[str, str]:
    return {
        "late-report": _("A report arrived late"),
        "counting-error": _("Counting error"),
        "wrong-place": _("Wrong place"),
        "wrong-period": _("Wrong period"),
        "double-count": _("Counted twice"),
    }


def show_done() -> None:
    """Show what was just stored, once."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done)


def offer_template(sima: Sima) -> None:
    """Offer an empty template of a kind of report."""
    kinds = _kinds()
    with st.expander(_("Get a template")):
        kind = st.selectbox(_("Kind of report"), list(kinds), format_func=kinds.__getitem__)
        hxl = st.checkbox(_("With a row of HXL tags"))
        content = template_files.build_template(
            kind,
            "xlsx",
            gazetteer=sima.gazetteer,
            synthetic=sima.holdings.synthetic,
            hxl=hxl,
            known=sima.holdings.listed_organisations(),
        )
        st.download_button(_("Download the template"), content, f"{kind}.xlsx")


# ---- the file


def _drop_file() -> None:
    """Let go of the file: a new key gives an empty widget."""
    st.session_state[_UPLOADER] = st.session_state.get(_UPLOADER, 0) + 1
    st.session_state.pop(_STAGED, None)


def ask_file(sima: Sima) -> tuple[Staged | None, Sequence[Finding]]:
    """Ask for a filled template and check it; return it, and everything that was found.

    A file with personal data is refused: it is not kept, and only what was found in it is returned.
    """
    file = st.file_uploader(
        _("Filled template (.xlsx or .csv)"),
        type=["xlsx", "csv"],
        key=f"file-{st.session_state.get(_UPLOADER, 0)}",
    )
    if file is None:
        return None, st.session_state.get(_REFUSED, ())
    with st.status(_("Reading and checking"), expanded=False) as progress:
        declared = sima.holdings.synthetic if file.name.lower().endswith(".csv") else None
        staged = sima.stage(file.getvalue(), synthetic=declared)
        progress.update(label=_("Checked; nothing is stored yet"), state="complete")
    st.session_state[_STAGED] = staged
    if any(finding.kind.startswith("personal-") for finding in staged.findings):
        # The bytes must not stay in the widget's memory until the visit ends.
        _drop_file()
        st.session_state[_REFUSED] = staged.findings
        st.rerun()
    st.session_state.pop(_REFUSED, None)
    return staged, staged.findings


# ---- what was found in it


def _write_finding(finding: Finding) -> None:
    """Write one finding in both languages, the one in use first."""
    language = wording.language()
    other = wording.other_language()
    st.html(
        render(
            "steward/finding.html.j2",
            severity=finding.severity.value,
            where=finding.where,
            sentence=findings.finding_sentence(finding, language),
            remedy=findings.finding_remedy(finding, language),
            other=findings.finding_sentence(finding, other) if other else "",
        )
    )


def write_findings(found: Sequence[Finding]) -> None:
    """Write everything that was found, up to a length that can be read."""
    for finding in found[:_MOST_FINDINGS]:
        _write_finding(finding)
    if len(found) > _MOST_FINDINGS:
        more = wording.number(len(found) - _MOST_FINDINGS)
        st.caption(_("… and {more} more like this.").format(more=more))


def ask_places(sima: Sima, staged: Staged, account: str) -> None:
    """Ask which of several places a cell means, and remember the answer."""
    gazetteer, language = sima.gazetteer, wording.language()
    questions = [f for f in staged.findings if f.severity is Severity.QUESTION and f.suggestions]
    for finding in questions[:_MOST_QUESTIONS]:
        with st.form(f"choose-{finding.where}"):
            code = st.radio(
                _("What do you mean in {where}?").format(where=finding.where),
                finding.suggestions,
                format_func=lambda code: f"{gazetteer.name(code, language)} ({code})",
            )
            if st.form_submit_button(_("Remember this choice")):
                sima.choose_at(staged, finding.where, code=str(code), by=account)
                st.rerun()


# ---- what it would change


def offer_storing(sima: Sima, staged: Staged, account: str) -> None:
    """Write what the file would change, and offer to store it, for a reason if it corrects."""
    text = _("Rows: {rows}. New figures: {new}. Changed figures: {changed}.").format(
        rows=wording.number(len(staged.reading.rows)),
        new=wording.number(staged.new_figures),
        changed=wording.number(len(staged.difference)),
    )
    st.markdown(text)
    reason = None
    if staged.needs_reason:
        st.dataframe(staged.difference, hide_index=True)
        reason = st.selectbox(
            _("Why are you correcting stored figures?"),
            REASONS,
            format_func=_reasons().__getitem__,
        )
    if staged.known_batch is not None:
        st.info(_("These figures are stored already. Nothing would change."))
    elif not staged.ok:
        st.warning(_("Correct the file and upload it again. Nothing was stored."))
    elif st.button(_("Store these figures"), type="primary"):
        try:
            batch = sima.confirm(staged, by=account, reason=reason)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            done = _("Stored as batch {batch}. To publish it, request a release.")
            st.session_state[_DONE] = done.format(batch=wording.in_digits(str(batch)))
            _drop_file()
            st.rerun()
