"""Decisions about releases: request one, approve or decline what another person asked."""

import contextlib
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.released import cache
from dashboard.steward import preview_waiting, release_choice, release_preview
from data.model import Audience, Role, SimaError
from data.pipeline import MAY_LOWER, WHY_APPROVED, WHY_DECLINED, Sima
from data.reference import calendar
from data.reference.project_files import project_files
from data.reference.scope import EVERYTHING
from data.release_making import build
from data.release_making.build import Preview

_DONE = "done"  # what was decided, shown once the page is drawn anew


def show_done() -> None:
    """Show what was just decided, once."""
    if done := st.session_state.pop(_DONE, None):
        st.success(done)


def finish(text: str) -> None:
    """Draw the page anew, with what was decided above it."""
    st.session_state[_DONE] = text
    st.rerun()


def ask_reason(key: str, options: Sequence[str]) -> str:
    """Ask why a decision is taken, for the record; empty while nothing is chosen."""
    reason = st.selectbox(
        _("Why"),
        options,
        index=None,
        format_func=labels.decision_reasons().__getitem__,
        placeholder=_("Choose"),
        key=f"{key}-{wording.language()}",
    )
    return str(reason or "")


# ---- request


def _finished_years(sima: Sima, audience: Audience) -> list[str]:
    """Return the years that are over and were released to an audience, newest first."""
    released = cache.list_releases(audience, EVERYTHING)
    if not released:
        return []
    over = []
    for code in {str(code)[:7] for code in cache.catalogue(released[0])["period"].unique()}:
        # A year whose end the calendar does not know is not over.
        with contextlib.suppress(calendar.UnverifiedYearError):
            year = calendar.parse_period(code)
            over += [year] if year.end < sima.today else []
    return [year.code for year in sorted(over, key=lambda year: year.end, reverse=True)]


def _offer_consent(sima: Sima, audience: Audience, account: str) -> None:
    """Write what the policy lowers, and let two approvers agree to it."""
    try:
        less = sima.lowered(audience)
    except SimaError as wrong:
        st.error(str(wrong))
        return
    if not less:
        return
    agreed = sima.agreed()
    st.html(
        render(
            "steward/lowered_policy.html.j2",
            title=_(
                "The policy would protect figures for the {audience} less than the previous release"
                " did."
            ).format(audience=labels.audience_names()[audience]),
            lines=dict.fromkeys(release_preview.format_lowered_policy(name) for name in less),
            agreed=_(
                "Two approvers must agree before anything is released. So far: {accounts}."
            ).format(accounts=", ".join(agreed) or _("nobody")),
        )
    )
    if len(agreed) >= build.TWO_PEOPLE:
        return
    if account in agreed:
        st.caption(_("You agreed. Another approver must agree as well."))
        return
    if sima.accounts.role(account) not in MAY_LOWER:
        return
    if st.button(_("Agree to less protection"), key=f"agree-{audience}"):
        try:
            sima.agree(by=account)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            st.rerun()


def offer_request(sima: Sima, viewer: Viewer) -> None:
    """Offer to request a release for an audience, or a year to be published again."""
    audiences = labels.audience_names()
    with st.container(border=True):
        left, right = st.columns(2)
        audience = left.selectbox(
            _("For whom"),
            list(audiences),
            format_func=audiences.__getitem__,
            key=f"for-whom-{wording.language()}",
        )
        restates = right.selectbox(
            _("Publish a year again, with its corrections"),
            ["", *_finished_years(sima, audience)],
            format_func=lambda code: wording.period_label(code) if code else _("no"),
            key=f"restates-{audience}-{wording.language()}",
        )
        _offer_consent(sima, audience, viewer.account)
        if st.button(_("Request a release")):
            try:
                number = sima.request(audience, by=viewer.account, restates=restates or None)
            except SimaError as wrong:
                st.error(str(wrong))
            else:
                text = _("Request {number} is waiting for another person to approve it.")
                finish(text.format(number=wording.in_digits(str(number))))


# ---- approve or decline


def _rests_on(sima: Sima, number: int) -> tuple[object, ...]:
    """Return what a preview is made of: if it changes, the preview is out of date."""
    newest = tuple(
        (r[0].number, r[0].created) if (r := cache.list_releases(a)) else None for a in Audience
    )
    project = (project_files().hash, sima.holdings.project.count_agreed())
    withheld = tuple(sima.withheld(each) for each in Audience)
    chosen = tuple(sima.holdings.choices.get(number).values())
    return (sima.holdings.last_batch(), newest, project, withheld, chosen, sima.today)


def _write_preview(
    sima: Sima, preview: Preview, request: Mapping[str, object], account: str
) -> None:
    """Write everything that an approver decides about."""
    number, audience = int(str(request["request_id"])), Audience(str(request["audience"]))
    restates = request["restates"] if isinstance(request["restates"], str) else None
    if preview.exposures:
        release_preview.write_exposures(preview)
        if release_choice.offer_choices(sima, preview, number, account):
            finish(_("Chosen. The preview shows the release with it."))
    if release_choice.offer_to_take_back(sima, preview, number, account):
        finish(_("Taken back."))
    st.subheader(_("What changes for readers"))
    release_preview.write_changes(preview, restates=restates)
    release_preview.write_warnings(preview)
    st.subheader(_("New uploads in this release"))
    release_preview.write_new_uploads(sima.newly_in(number), sima.holdings.listed_organisations())
    st.subheader(_("What is hidden"))
    if not preview.exposures:
        release_preview.write_proof(preview)
    release_preview.write_levels(preview)
    st.subheader(_("What will be visible"))
    release_preview.write_map(preview, audience, number)


def _show_preview(sima: Sima, request: Mapping[str, object], account: str) -> Preview | None:
    """Show what a request would change, if that is wanted and possible."""
    number = int(str(request["request_id"]))
    if not st.toggle(_("Show what it would change"), key=f"see-{number}"):
        return None
    try:
        preview = preview_waiting.preview_of(number, _rests_on(sima, number))
    except SimaError as wrong:
        st.error(str(wrong))
        return None
    if preview is not None:
        _write_preview(sima, preview, request, account)
    return preview


def _offer_approval(sima: Sima, number: int, preview: Preview, account: str) -> None:
    """Offer to publish what was previewed, for a reason."""
    reason = ask_reason(f"why-{number}", WHY_APPROVED)
    blocked = bool(preview.exposures) or not reason
    label = _("Approve and publish")
    if st.button(label, type="primary", key=f"yes-{number}", disabled=blocked):
        try:
            made = sima.approve(number, by=account, preview=preview, why=reason)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            text = _("Release {number} is published.")
            finish(text.format(number=wording.in_digits(str(made))))


def _offer_decline(sima: Sima, number: int, account: str) -> None:
    """Offer to decline a request, for a reason."""
    with st.popover(_("Decline …")):
        reason = ask_reason(f"why-not-{number}", WHY_DECLINED)
        if st.button(_("Decline"), key=f"no-{number}", disabled=not reason):
            try:
                sima.decline(number, by=account, why=reason)
            except SimaError as wrong:
                st.error(str(wrong))
            else:
                st.rerun()


def _offer_decision(sima: Sima, request: Mapping[str, object], viewer: Viewer) -> None:
    """Show one request that waits, and offer to approve or decline it."""
    number, account = int(str(request["request_id"])), viewer.account
    audience = labels.audience_names()[Audience(str(request["audience"]))]
    title = _("Request {number} for the {audience}, made by {account}").format(
        number=wording.in_digits(str(number)), audience=audience, account=request["asked_by"]
    )
    with st.container(border=True):
        st.markdown(f"**{title}**")
        if isinstance(request["restates"], str):
            year = wording.period_label(request["restates"])
            st.markdown(_("It publishes {year} again, with its corrections.").format(year=year))
        preview = _show_preview(sima, request, account)
        if not sima.holdings.synthetic and viewer.role is not Role.APPROVER:
            st.info(_("Someone with the role of approver must approve it."))
        elif not sima.holdings.synthetic and request["asked_by"] == account:
            st.info(_("You requested this. Another person must approve it."))
        elif not sima.holdings.synthetic and sima.holdings.choices.chosen_by(number) == account:
            st.info(_("You chose what waits in it. Another person must approve it."))
        elif preview is not None:
            _offer_approval(sima, number, preview, account)
        _offer_decline(sima, number, account)


def offer_decisions(sima: Sima, viewer: Viewer) -> None:
    """Show the requests that wait, and offer to approve or decline each."""
    requests = sima.holdings.requests()
    waiting = requests[requests["state"] == "asked"]
    preview_waiting.drop_closed([int(number) for number in waiting["request_id"]])
    if waiting.empty:
        st.info(_("No requests to review. New release requests will appear here."))
    for request in waiting.to_dict("records"):
        _offer_decision(sima, {str(name): value for name, value in request.items()}, viewer)
