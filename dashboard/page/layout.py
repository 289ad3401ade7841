"""Pieces of page that every page uses: its release, notices and sentences."""

import html

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from data.model import Audience, ReleaseInfo
from data.reference.scope import NOTHING, Scope

FIGURES = "sima-figures"  # where the table begins, for a link


def write_skip_link() -> None:
    """Lead somebody at a keyboard past the controls to the figures."""
    text = html.escape(_("Go to the figures"))
    st.html(f'<a class="sima-skip" href="#{FIGURES}">{text}</a>')


def write_sentence(text: str, *, kind: str = "sima-caution") -> None:
    """Write one sentence in a style of ours; the text is not markup."""
    st.html(f'<div class="{kind}">{html.escape(text)}</div>')


def write_markup(family: str, markup: str, kind: str = "") -> None:
    """Write markup of ours, its texts escaped, in the style of a family of pages."""
    st.html(f'<div class="{family} {kind}" lang="{wording.language()}">{markup}</div>')


def write_older_notice(release: ReleaseInfo) -> None:
    """Say where a link leads to a release that is no longer the newest, and to the newest."""
    newest = cache.current(release.audience, release.scope)
    if newest is None or newest == release:
        return
    text = _("You see release {number}, as in the link. Release {newest} is newer.").format(
        number=wording.in_digits(str(release.number)),
        newest=wording.in_digits(str(newest.number)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sima-notice">{html.escape(text)}</div>', width="content")
        if st.button(_("Show the newest release"), type="tertiary"):
            st.query_params["release"] = str(newest.number)
            st.rerun()


def open_release(audience: Audience, scope: Scope = NOTHING) -> ReleaseInfo:
    """Give the release that the address asks for; end the page where there is nothing to show."""
    release = cache.asked(audience, st.query_params.get("release"), scope)
    if release is None:
        write_no_release()
        st.stop()
    write_older_notice(release)
    if cache.catalogue(release).empty:
        st.info(_("This release has no figures yet. They will appear here with the next release."))
        st.stop()
    write_skip_link()
    return release


def write_no_release() -> None:
    """Say what will appear here, and how."""
    st.info(
        _(
            "No figures are published at the moment. Maps will appear here when a release is"
            " approved."
        )
    )
