"""The entry: page frame, viewer, language, and navigation by role."""

from urllib.parse import quote

import streamlit as st

from dashboard.auth import page_access, page_visit
from dashboard.auth.page_access import Door
from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.page import addresses
from dashboard.page.markup import render
from dashboard.released import cache
from dashboard.static_assets import ASSETS
from data.model import Audience, ReleaseInfo, SimaError
from data.reference import project_files

LOOK_EVERY_S = 30  # an open page asks this often whether its release is still the one served


def _speak() -> None:
    """Take the language from the address, else from this visit, else the project's first one."""
    asked = st.query_params.get("lang") or st.session_state.get("language", "")
    wording.speak(asked)
    st.session_state["language"] = wording.language()
    if (
        wording.language() != wording.offered()[0]
        and st.query_params.get("lang") != wording.language()
    ):
        st.query_params["lang"] = wording.language()


def _switch_language() -> None:
    other = wording.other_language()
    if other and st.button(wording.LANGUAGES[other], key="language_switch", type="tertiary"):
        st.session_state["language"] = other
        st.query_params["lang"] = other
        st.rerun()


def _account(viewer: Viewer) -> None:
    """Show who is signed in, and offer to sign out."""
    if viewer.account:
        st.html(
            render(
                "entry/account.html.j2",
                account=viewer.account,
                label=_("Sign out"),
                language=wording.language(),
            ),
            width="content",
        )


def _banner(viewer: Viewer, release: ReleaseInfo | None) -> None:
    """Write that the data is synthetic, and offer the other language, in one line."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        if release is not None and release.synthetic:
            text = _(
                "Synthetic demonstration data: the figures about this work are invented. What is"
                " quoted from a report was really published."
            )
            note = render("entry/note.html.j2", kind="sima-banner", role="note", text=text)
            st.html(note, width="content")
        else:
            st.space("small")
        with st.container(
            horizontal=True, width="content", vertical_alignment="center", gap="medium"
        ):
            _account(viewer)
            _switch_language()


def _withdrawn(released: list[ReleaseInfo]) -> ReleaseInfo | None:
    """Return the withdrawn release to speak of: the newest one made, or one seen in this visit."""
    seen: set[tuple[str, int, str]] = st.session_state.setdefault("seen", set())
    seen.update(_key(info) for info in released if info.state == "current")
    gone = [info for info in released if info.state == "withdrawn"]
    return next((i for i in gone if i is released[0] or _key(i) in seen), None)


def _key(info: ReleaseInfo) -> tuple[str, int, str]:
    """Return a key of a release across stores; one that is made anew numbers from 1 again."""
    return (info.audience.value, info.number, info.created)


def _notice(gone: ReleaseInfo | None, release: ReleaseInfo | None) -> None:
    """Write above every page that a release was withdrawn, and what is seen instead."""
    if gone is None:
        return
    number = wording.in_digits(str(gone.number))
    if release is None:
        text = _("Release {number} was withdrawn. No figures are published at the moment.").format(
            number=number
        )
    else:
        text = _("Release {number} was withdrawn. You see release {current}.").format(
            number=number, current=wording.in_digits(str(release.number))
        )
    st.html(render("entry/note.html.j2", kind="sima-notice", role="alert", text=text))


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(viewer: Viewer, drawn: ReleaseInfo | None) -> None:
    """Draw the page anew where another release is served than it was drawn with, or nobody may look.

    It does not count as somebody being there: a visit that is only watched ends when it is idle.
    """
    if not page_visit.stands() or cache.current_release(viewer.audience, viewer.scope) != drawn:
        st.rerun()


def _foot(release: ReleaseInfo | None) -> None:
    if release is None:
        return
    text = _(
        "Release {number} for the {audience}, made on {day}. Version of the rules for hiding small"
        " numbers: {policy}."
    ).format(
        number=wording.in_digits(str(release.number)),
        audience=labels.audience_names()[release.audience],
        day=wording.in_digits(release.created[:10]),
        policy=wording.in_digits(release.policy_version),
    )
    helplines = _("Help: 1098 (children), 100 (police).")
    with st.container(key="foot"):
        st.html(render("entry/foot.html.j2", text=text, helplines=helplines))


def _navigation(viewer: Viewer) -> tuple[st.Page, Door]:
    """Offer a viewer's pages, and return the one that is asked for; no other one can run."""
    pages = {
        st.Page(door.path, title=door.title(), url_path=door.address, default=n == 0): door
        for n, door in enumerate(page_access.of_role(viewer.role))
    }
    page = st.navigation(list(pages), position="top")
    return page, next(door for each, door in pages.items() if each == page)


def _signed_out() -> None:
    """Tell somebody whose visit ended, or who may not be here, how to sign in."""
    text = _("You are not signed in, or your session has ended.")
    address = f"/sign-in?lang={wording.language()}&next={quote(addresses.this_path(), safe='')}"
    label = _("Sign in")
    st.title(_("Sign in"))
    st.html(render("entry/signed_out.html.j2", text=text, address=address, label=label))


def _purpose(viewer: Viewer, door: Door) -> None:
    """Ask once in a visit what the figures are for; end the page until it is answered."""
    if not door.restricted or viewer.purpose or viewer.audience is Audience.PUBLIC:
        return
    st.title(door.title())
    with st.form("purpose"):
        chosen = st.radio(
            _("What do you need these figures for?"),
            list(labels.purposes()),
            format_func=labels.purposes().__getitem__,
            index=None,
        )
        st.caption(
            _(
                "Only partners may see these figures. Under the programme's rules, we keep your answer"
                " with the record of what was opened and downloaded."
            )
        )
        said = st.form_submit_button(_("Continue"), type="primary")
    if said and not chosen:
        st.warning(_("Choose a purpose to continue."))
    elif said:
        page_visit.say_purpose(str(chosen))
        st.rerun()
    st.stop()


def main() -> None:
    """Draw one page for one viewer."""
    st.set_page_config(
        page_title="Sima सीमा",
        page_icon=ASSETS / "icon.svg",
        layout="wide",
    )
    st.html(ASSETS / "app.css")
    _speak()
    st.logo(ASSETS / "logo.svg", size="large")
    try:
        project_files.pin()  # one page shows one state of the project's files
        viewer = page_visit.viewer()
        if viewer is None:
            st.session_state.clear()  # what the visit before left is nobody's
            _signed_out()
            st.stop()
        page_visit.seen()
        released = cache.list_releases(viewer.audience, viewer.scope)
    except SimaError as wrong:
        st.error(str(wrong))
        st.stop()
    release = next((info for info in released if info.state == "current"), None)
    st.session_state["viewer"] = viewer
    page, door = _navigation(viewer)
    _banner(viewer, release)
    _notice(_withdrawn(released), release)
    _watch(viewer, release)
    try:
        _purpose(viewer, door)
        page_visit.opened(viewer, door, release)
        page.run()
    except SimaError as wrong:
        st.error(str(wrong))
    _foot(release)
    cache.freeze_loaded_objects()


main()
