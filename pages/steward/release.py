"""Ask for a release, see what it would change, approve it as another account, withdraw one."""

import streamlit as st

from dashboard import session, wording
from dashboard.wording import _
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import Sima

sima = Sima(session.settings())
audiences = {Audience.PUBLIC: _("public"), Audience.PARTNER: _("partners")}
levels = {
    AdminLevel.COUNTRY: _("country"),
    AdminLevel.PROVINCE: _("province"),
    AdminLevel.DISTRICT: _("district"),
    AdminLevel.PALIKA: _("palika"),
    AdminLevel.WARD: _("ward"),
}
accounts = sima.accounts.listed()


def of_role(*roles: Role) -> list[str]:
    """Give the accounts that have one of the roles, in the order of the roles."""
    return [name for role in roles for name in accounts.loc[accounts["role"] == role, "account"]]


st.title(_("Release"))
if done := st.session_state.pop("done", None):
    st.success(done)
if sima.holdings.last_batch() == 0:
    st.info(_("Nothing has been stored yet. Upload a filled template first."))
    st.stop()

st.header(_("Ask"))
with st.form("ask"):
    audience = st.selectbox(_("For whom"), list(audiences), format_func=audiences.__getitem__)
    asks = st.selectbox(_("Asked by"), of_role(Role.STEWARD, Role.APPROVER))
    if st.form_submit_button(_("Ask for a release")):
        number = sima.request(audience, by=str(asks))
        st.session_state["done"] = _(
            "Request {number} waits for another person's approval."
        ).format(
            number=wording.in_digits(str(number)),
        )
        st.rerun()

st.header(_("Approve"))
requests = sima.holdings.requests()
waiting = requests[requests["state"] == "asked"]
if waiting.empty:
    st.info(_("No request waits. It appears here when somebody asks for a release."))
for row in waiting.to_dict("records"):
    number, wanted = int(row["request_id"]), Audience(row["audience"])
    title = _("Request {number} for the {audience}, asked by {account}").format(
        number=wording.in_digits(str(number)),
        audience=audiences[wanted],
        account=row["asked_by"],
    )
    with st.container(border=True):
        st.markdown(f"**{title}**")
        if not st.toggle(_("Show what it would change"), key=f"see-{number}"):
            continue
        with st.status(_("Aggregating and hiding"), expanded=False) as progress:
            preview = sima.preview(number)
            progress.update(label=_("This is what the release would hold"), state="complete")
        table = preview.levels.rename(index=lambda level: levels[AdminLevel(level)])
        table.columns = [_("shown"), _("hidden"), _("not reported"), _("does not apply")]
        st.dataframe(table)
        new = ", ".join(wording.period_label(code) for code in preview.new_periods[:12]) or _(
            "none"
        )
        st.markdown(_("New periods: {periods}").format(periods=new))
        if preview.waiting:
            count = wording.number(preview.waiting)
            st.warning(
                _(
                    "{count} corrections to periods already released wait for the yearly restatement."
                ).format(count=count),
            )
        approver = st.selectbox(
            _("Approved by"),
            of_role(Role.APPROVER, Role.STEWARD),
            key=f"by-{number}",
        )
        yes, no = st.columns(2)
        if yes.button(_("Approve and publish"), type="primary", key=f"yes-{number}"):
            try:
                made = sima.approve(number, by=str(approver), preview=preview)
            except SimaError as wrong:
                st.error(str(wrong))
            else:
                st.session_state["done"] = _("Release {number} is being served.").format(
                    number=wording.in_digits(str(made)),
                )
                st.rerun()
        if no.button(_("Decline"), key=f"no-{number}"):
            sima.decline(number, by=str(approver))
            st.rerun()

st.header(_("Withdraw"))
for audience, said in audiences.items():
    release = session.current(audience)
    if release is None:
        st.markdown(_("No release is served to the {audience}.").format(audience=said))
        continue
    text = _("Release {number} is served to the {audience}.").format(
        number=wording.in_digits(str(release.number)),
        audience=said,
    )
    with st.popover(f"{text} {_('Withdraw it …')}"):
        st.markdown(_("Readers see the release before it, or a notice where there is none."))
        approver = st.selectbox(_("Withdrawn by"), of_role(Role.APPROVER), key=f"w-{audience}")
        if st.button(_("Withdraw now"), key=f"withdraw-{audience}"):
            sima.withdraw(audience, release.number, by=str(approver))
            st.session_state["done"] = _("Withdrawn.")
            st.rerun()
