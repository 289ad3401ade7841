"""Ask for a release, see what it would change, decide what another account asked, withdraw one."""

import contextlib
import html
from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.steward import release_preview
from data.model import Audience, Role, SimaError
from data.pipeline import Sima
from data.reference import calendar
from data.reference.policy import load_policy
from data.reference.scope import EVERYTHING
from data.release_making import consent
from data.release_making.build import Preview

sima = Sima(cache.settings())
audiences = release_preview.audience_names()
me = st.session_state["viewer"].account
approver = st.session_state["viewer"].role is Role.APPROVER
whys = wording.decision_reasons()


def why(key: str, options: Sequence[str]) -> str:
    """Ask why a decision is taken, which the record keeps; nothing while nothing was chosen."""
    said = st.selectbox(
        _("Why"),
        options,
        index=None,
        format_func=whys.__getitem__,
        placeholder=_("Choose"),
        key=f"{key}-{wording.language()}",
    )
    return str(said or "")


def finished_years(audience: Audience) -> list[str]:
    """Give the years that are over and were released to an audience, newest first."""
    released = cache.releases(audience, EVERYTHING)
    periods = cache.catalogue(released[0])["period"].unique() if released else []
    over = []
    for code in {str(code)[:7] for code in periods}:
        # A year whose end the calendar does not know is not over.
        with contextlib.suppress(calendar.UnverifiedYearError):
            year = calendar.parse_period(code)
            over += [year] if year.end < sima.today else []
    return [year.code for year in sorted(over, key=lambda year: year.end, reverse=True)]


def preview_of(number: int) -> Preview:
    """Make a preview, once for what it is made of. It holds confidential figures: never cached."""
    newest = [(r[0].number, r[0].created) if (r := cache.releases(a)) else None for a in Audience]
    policy = consent.policy_hash(load_policy().text)
    rests_on = (sima.holdings.last_batch(), newest, policy, sima.today)
    kept = st.session_state.get(f"preview-{number}")
    if kept is not None and kept[0] == rests_on:
        return kept[1]
    with st.status(_("Making the preview"), expanded=True) as progress:
        st.write(_("1. Adding up, hiding, and checking that nobody can work out a hidden figure"))
        st.caption(_("This takes up to half a minute. Nothing is published yet."))
        try:
            made = sima.preview(number)
        except SimaError:
            progress.update(label=_("The preview could not be made"), state="error", expanded=False)
            raise
        st.write(_("2. Comparing with the previous release"))
        label = _("What the release would contain")
        progress.update(label=label, state="complete", expanded=False)
    st.session_state[f"preview-{number}"] = (rests_on, made)
    return made


def write_consent(audience: Audience) -> None:
    """Say what the policy lowers, and let two people agree to it."""
    try:
        less = sima.lowered(audience)
    except SimaError as wrong:
        st.error(str(wrong))
        return
    if not less:
        return
    names = dict.fromkeys(release_preview.write_lowered_policy(name) for name in less)
    lines = "".join(f"<li>{html.escape(name)}</li>" for name in names)
    said = _(
        "The policy would protect figures for the {audience} less than the previous release did."
    ).format(audience=audiences[audience])
    agreed = sima.holdings.consents(consent.policy_hash(load_policy().text))
    more = _("Two people must agree before anything is released. So far: {accounts}.").format(
        accounts=", ".join(agreed) or _("nobody")
    )
    st.html(
        f'<div class="sima-finding error"><p><b>{html.escape(said)}</b></p><ul>{lines}</ul>'
        f"<p>{html.escape(more)}</p></div>"
    )
    if len(agreed) >= consent.TWO_PEOPLE:
        return
    if me in agreed:
        st.caption(_("You agreed. Another person must agree as well."))
        return
    if st.button(_("Agree to less protection"), key=f"agree-{audience}"):
        try:
            sima.agree(by=me)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            st.rerun()


def write_preview(preview: Preview, request: Mapping[str, object]) -> None:
    """Show everything that an approver decides about."""
    number, audience = int(str(request["request_id"])), Audience(str(request["audience"]))
    restates = request["restates"] if isinstance(request["restates"], str) else None
    if preview.exposures:
        release_preview.write_exposures(preview)
    st.subheader(_("What changes for readers"))
    release_preview.write_changes(preview, restates=restates)
    release_preview.write_warnings(preview)
    st.subheader(_("New uploads in this release"))
    release_preview.write_new_uploads(sima.newly_in(number), synthetic=sima.holdings.synthetic)
    st.subheader(_("What is hidden"))
    if not preview.exposures:
        release_preview.write_proof(preview)
    release_preview.write_levels(preview)
    st.subheader(_("What will be visible"))
    release_preview.write_map(preview, audience, number)


st.title(_("Release"))
if done := st.session_state.pop("done", None):
    st.success(done)
if sima.holdings.last_batch() == 0:
    st.info(_("Nothing has been stored yet. Upload a filled template first."))
    st.stop()

st.header(_("Request"))
with st.container(border=True):
    whom, anew = st.columns(2)
    audience = whom.selectbox(
        _("For whom"),
        list(audiences),
        format_func=audiences.__getitem__,
        key=f"for-whom-{wording.language()}",
    )
    restates = anew.selectbox(
        _("Publish a year again, with its corrections"),
        ["", *finished_years(audience)],
        format_func=lambda code: wording.period_label(code) if code else _("no"),
        key=f"restates-{audience}-{wording.language()}",
    )
    write_consent(audience)
    if st.button(_("Request a release")):
        try:
            number = sima.request(audience, by=me, restates=restates or None)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            said = _("Request {number} is waiting for another person to approve it.")
            st.session_state["done"] = said.format(number=wording.in_digits(str(number)))
            st.rerun()


def offer_approval(number: int, preview: Preview) -> None:
    """Offer to publish what was previewed, for a reason."""
    reason = why(f"why-{number}", ["planned", "needed_soon"])
    blocked = bool(preview.exposures) or not reason
    label = _("Approve and publish")
    if st.button(label, type="primary", key=f"yes-{number}", disabled=blocked):
        try:
            made = sima.approve(number, by=me, preview=preview, why=reason)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            said = _("Release {number} is published.")
            st.session_state["done"] = said.format(number=wording.in_digits(str(made)))
            st.rerun()


st.header(_("Approve"))
requests = sima.holdings.requests()
waiting = requests[requests["state"] == "asked"]
open_keys = {f"preview-{number}" for number in waiting["request_id"]}
for key in [k for k in st.session_state if str(k).startswith("preview-") and k not in open_keys]:
    del st.session_state[key]
if waiting.empty:
    st.info(_("No requests to review. New release requests will appear here."))
for row in waiting.to_dict("records"):
    number, wanted = int(row["request_id"]), Audience(row["audience"])
    title = _("Request {number} for the {audience}, made by {account}").format(
        number=wording.in_digits(str(number)),
        audience=audiences[wanted],
        account=row["asked_by"],
    )
    with st.container(border=True):
        st.markdown(f"**{title}**")
        if isinstance(row["restates"], str):
            year = wording.period_label(row["restates"])
            st.markdown(_("It publishes {year} again, with its corrections.").format(year=year))
        shows = st.toggle(_("Show what it would change"), key=f"see-{number}")
        preview = None
        if shows:
            try:
                preview = preview_of(number)
            except SimaError as wrong:
                st.error(str(wrong))
            else:
                write_preview(preview, row)
        if not sima.holdings.synthetic and not approver:
            st.info(_("Someone with the role of approver must approve it."))
        elif not sima.holdings.synthetic and row["asked_by"] == me:
            st.info(_("You requested this. Another person must approve it."))
        elif preview is not None:
            offer_approval(number, preview)
        with st.popover(_("Decline …")):
            wrong_with_it = ["figures_wrong", "not_complete", "shows_too_much", "asked_by_mistake"]
            reason = why(f"why-not-{number}", wrong_with_it)
            if st.button(_("Decline"), key=f"no-{number}", disabled=not reason):
                try:
                    sima.decline(number, by=me, why=reason)
                except SimaError as wrong:
                    st.error(str(wrong))
                else:
                    st.rerun()

st.header(_("Withdraw"))
for audience, said in audiences.items():
    release = cache.current(audience)
    if release is None:
        st.markdown(_("No release is shown to the {audience} at the moment.").format(audience=said))
        continue
    text = _("Release {number} is shown to the {audience}.").format(
        number=wording.in_digits(str(release.number)),
        audience=said,
    )
    with st.popover(f"{text} {_('Withdraw …')}"):
        st.markdown(_("Readers will see the previous release, or a notice if there is none."))
        # By the release, so that a second tap does not withdraw the one that is served then.
        this = f"{audience}-{release.number}"
        reason = why(f"w-{this}", ["shows_too_much", "figures_wrong"])
        if st.button(_("Withdraw now"), key=f"withdraw-{this}", disabled=not reason):
            try:
                sima.withdraw(audience, release.number, by=me, why=reason)
            except SimaError as wrong:
                st.error(str(wrong))
            else:
                st.session_state["done"] = _("Withdrawn.")
                st.rerun()
