"""The entry: page frame, viewer, language, and navigation by role."""

import html
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import streamlit as st

from dashboard.auth import page_access, page_visit
from dashboard.auth.page_access import Door
from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from data.model import Audience, ReleaseInfo, SimaError

LOOK_EVERY_S = 30  # an open page asks this often whether its release is still the one served


def _speak() -> None:
    """Take the language from the address, else from this visit; English to begin with."""
    asked = st.query_params.get("lang") or st.session_state.get("language", "en")
    wording.speak(asked)
    st.session_state["language"] = wording.language()
    if wording.language() != "en" and st.query_params.get("lang") != wording.language():
        st.query_params["lang"] = wording.language()


def _switch_language() -> None:
    other = "ne" if wording.language() == "en" else "en"
    if st.button(wording.LANGUAGES[other], key="language_switch", type="tertiary"):
        st.session_state["language"] = other
        st.query_params["lang"] = other
        st.rerun()


def _account(viewer: Viewer) -> None:
    """Say who is signed in, and offer to sign out."""
    if viewer.account:
        name, label = html.escape(viewer.account), html.escape(_("Sign out"))
        there = f"/sign-out?lang={wording.language()}"
        st.html(
            f'<form method="post" action="{there}" class="sima-account"><span>{name}</span>'
            f'<button type="submit">{label}</button></form>',
            width="content",
        )


def _banner(viewer: Viewer, release: ReleaseInfo | None) -> None:
    """Say that the data is synthetic, and offer the other language, in one line."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        if release is not None and release.synthetic:
            text = _(
                "Synthetic demonstration data: no figure here is about a real place or person."
            )
            st.html(
                f'<div class="sima-banner" role="note">{html.escape(text)}</div>', width="content"
            )
        else:
            st.space("small")
        with st.container(
            horizontal=True, width="content", vertical_alignment="center", gap="medium"
        ):
            _account(viewer)
            _switch_language()


def _withdrawn(released: list[ReleaseInfo]) -> ReleaseInfo | None:
    """Give the withdrawn release to speak of: the newest one made, or one seen in this visit."""
    seen: set[tuple[str, int, str]] = st.session_state.setdefault("seen", set())
    seen.update(_key(info) for info in released if info.state == "current")
    gone = [info for info in released if info.state == "withdrawn"]
    return next((i for i in gone if i is released[0] or _key(i) in seen), None)


def _key(info: ReleaseInfo) -> tuple[str, int, str]:
    """Name a release across stores; one made anew numbers from 1 again."""
    return (info.audience.value, info.number, info.created)


def _notice(gone: ReleaseInfo | None, release: ReleaseInfo | None) -> None:
    """Say above every page that a release was withdrawn, and what is seen instead."""
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
    st.html(f'<div class="sima-notice" role="alert">{html.escape(text)}</div>')


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(viewer: Viewer, drawn: ReleaseInfo | None) -> None:
    """Draw the page anew where another release is served than it was drawn with, or nobody may look.

    It does not count as somebody being there: a visit that is only watched ends when it is idle.
    """
    if not page_visit.stands() or cache.current(viewer.audience, viewer.scope) != drawn:
        st.rerun()


def _foot(release: ReleaseInfo | None) -> None:
    if release is None:
        return
    text = _("Release {number} for the {audience}, made on {day}. Policy version {policy}.").format(
        number=wording.in_digits(str(release.number)),
        audience=_("public") if release.audience is Audience.PUBLIC else _("partners"),
        day=wording.in_digits(release.created[:10]),
        policy=wording.in_digits(release.policy_version),
    )
    helplines = _("Help: 1098 (children), 100 (police).")
    with st.container(key="foot"):
        st.html(f'<div class="sima-foot">{html.escape(text)} {html.escape(helplines)}</div>')


def _navigation(viewer: Viewer) -> tuple[st.Page, Door]:
    """Offer a viewer's pages, and give the one that is asked for; no other one can run."""
    pages = {
        st.Page(door.path, title=door.title(), url_path=door.address, default=n == 0): door
        for n, door in enumerate(page_access.of_role(viewer.role))
    }
    page = st.navigation(list(pages), position="top")
    return page, next(door for each, door in pages.items() if each == page)


def _signed_out() -> None:
    """Say to somebody whose visit ended, or who may not be here, how to sign in."""
    text = _("You are not signed in, or your session has ended.")
    address = f"/sign-in?lang={wording.language()}&next={quote(_here(), safe='')}"
    label = _("Sign in")
    st.title(_("Sign in"))
    st.html(
        f'<p class="sima-plain">{html.escape(text)}</p>'
        f'<p><a class="sima-button" href="{html.escape(address)}" target="_self">'
        f"{html.escape(label)}</a></p>"
    )


def _here() -> str:
    """Give the path and the words of the page's address."""
    parts = urlsplit(st.context.url or "/")
    query = urlencode(sorted(st.query_params.items()))
    return (parts.path or "/") + (f"?{query}" if query else "")


def _purpose(viewer: Viewer, door: Door) -> None:
    """Ask once in a visit what for; end the page where it was not said."""
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
                "Only partners may see these figures. Under the programme's rules, we keep your answer with the record of what was opened and downloaded."
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
        page_icon=Path(__file__).parent / "assets" / "icon.svg",
        layout="wide",
    )
    st.html(f"<style>{(Path(__file__).parent / 'assets' / 'app.css').read_text('utf-8')}</style>")
    _speak()
    st.logo(Path(__file__).parent / "assets" / "logo.svg", size="large")
    try:
        viewer = page_visit.viewer()
        if viewer is None:
            st.session_state.clear()  # what the visit before left is nobody's
            _signed_out()
            st.stop()
        page_visit.seen()
        released = cache.releases(viewer.audience, viewer.scope)
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
    cache.settle()


main()
