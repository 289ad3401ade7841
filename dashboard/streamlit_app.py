"""The entry: page frame, viewer, language, and navigation by role."""

import html
from pathlib import Path

import streamlit as st

from dashboard import access, session, wording
from dashboard.wording import _
from data.model import Audience, ReleaseInfo, Role, SimaError

PAGES = Path(__file__).parents[1] / "pages"
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


def _banner(release: ReleaseInfo | None) -> None:
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
        text = _("Release {number} was withdrawn. No release is being served.").format(
            number=number
        )
    else:
        text = _("Release {number} was withdrawn. You see release {current}.").format(
            number=number, current=wording.in_digits(str(release.number))
        )
    st.html(f'<div class="sima-notice" role="alert">{html.escape(text)}</div>')


@st.fragment(run_every=LOOK_EVERY_S)
def _watch(audience: Audience, drawn: ReleaseInfo | None) -> None:
    """Draw the page anew where another release is being served than it was drawn with."""
    if session.current(audience) != drawn:
        st.rerun()


def _foot(release: ReleaseInfo | None) -> None:
    if release is None:
        return
    text = _("Release {number} for the {audience}, made {day}. Policy version {policy}.").format(
        number=wording.in_digits(str(release.number)),
        audience=_("public") if release.audience is Audience.PUBLIC else _("partners"),
        day=wording.in_digits(release.created[:10]),
        policy=wording.in_digits(release.policy_version),
    )
    helplines = _("Help: 1098 (children), 100 (police).")
    with st.container(key="foot"):
        st.html(f'<div class="sima-foot">{html.escape(text)} {html.escape(helplines)}</div>')


def _pages(role: Role) -> list[st.navigation]:  # type: ignore[valid-type]  # pages, not the function
    """Name the pages of a role; a page that is not in this list cannot run."""
    overview = PAGES / "public" / "overview.py"
    pages = [
        st.Page(overview, title=_("Overview"), url_path="overview", default=role is Role.PUBLIC),
        st.Page(PAGES / "public" / "map.py", title=_("Map"), url_path="map"),
        st.Page(PAGES / "public" / "place.py", title=_("Place"), url_path="place"),
        st.Page(PAGES / "public" / "committees.py", title=_("Committees"), url_path="committees"),
        st.Page(PAGES / "public" / "hotspots.py", title=_("Hotspots"), url_path="hotspots"),
        st.Page(PAGES / "public" / "logframe.py", title=_("Targets"), url_path="logframe"),
        st.Page(PAGES / "public" / "about.py", title=_("About"), url_path="about"),
        st.Page(PAGES / "public" / "safety.py", title=_("Safety"), url_path="safety"),
        st.Page(PAGES / "public" / "claims.py", title=_("Claims"), url_path="claims"),
    ]
    if role is Role.DEPUTY:
        palika = PAGES / "partner" / "palika.py"
        pages.insert(0, st.Page(palika, title=_("My palika"), url_path="palika", default=True))
    if role is Role.PLANNER:
        planner = PAGES / "partner" / "planner.py"
        pages.insert(0, st.Page(planner, title=_("Planner"), url_path="planner", default=True))
    if role in (Role.PLANNER, Role.DEPUTY):
        booths = PAGES / "partner" / "booths.py"
        pages.insert(1, st.Page(booths, title=_("Booths"), url_path="booths"))
    if role is Role.STEWARD:
        upload, release = PAGES / "steward" / "upload.py", PAGES / "steward" / "release.py"
        pages = [
            st.Page(upload, title=_("Upload"), url_path="upload", default=True),
            st.Page(release, title=_("Release"), url_path="release"),
            *pages,
        ]
    return pages


def main() -> None:
    """Draw one page for one viewer."""
    st.set_page_config(
        page_title="Sima सीमा",
        page_icon=Path(__file__).parent / "assets" / "icon.svg",
        layout="wide",
    )
    st.html(f"<style>{(Path(__file__).parent / 'assets' / 'app.css').read_text('utf-8')}</style>")
    _speak()
    try:
        viewer = access.read_viewer(session.settings().dev_viewer, host=access.bound_to())
        audience = Audience.PUBLIC if viewer.role is Role.PUBLIC else Audience.PARTNER
        released = session.releases(audience)
    except SimaError as wrong:
        st.error(str(wrong))
        st.stop()
    release = next((info for info in released if info.state == "current"), None)
    st.session_state["viewer"] = viewer
    st.logo(Path(__file__).parent / "assets" / "logo.svg", size="large")
    page = st.navigation(_pages(viewer.role), position="top")
    _banner(release)
    _notice(_withdrawn(released), release)
    _watch(audience, release)
    try:
        page.run()
    except SimaError as wrong:
        st.error(str(wrong))
    _foot(release)
    session.settle()


main()
