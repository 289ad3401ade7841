"""What every page uses: its release, notices and sentences."""

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.released import cache
from data.model import Audience, ReleaseInfo
from data.reference.scope import NOTHING, Scope

FIGURES = "sima-figures"  # where the table begins, for a link


def write_skip_link() -> None:
    """Write the link that takes readers with a keyboard past the controls to the figures."""
    st.html(render("page/skip_link.html.j2", target=FIGURES, text=_("Go to the figures")))


def write_sentence(text: str, *, kind: str = "sima-caution") -> None:
    """Write one sentence in a style of ours; the text is not markup."""
    st.html(render("page/sentence.html.j2", text=text, kind=kind))


def write_markup(family: str, markup: Markup, kind: str = "") -> None:
    """Write what `render` made in the style of a family of pages.

    ``family`` is its class in the style sheets, such as ``sima-committees``; ``kind`` a second
    class, of the piece within the family.
    """
    language = wording.language()
    st.html(render("page/family.html.j2", family=family, kind=kind, language=language, body=markup))


def write_older_notice(release: ReleaseInfo) -> None:
    """Say that a link leads to an older release, and offer the newest."""
    newest = cache.current_release(release.audience, release.scope)
    if newest is None or newest == release:
        return
    text = _("You see release {number}, as in the link. Release {newest} is newer.").format(
        number=wording.in_digits(str(release.number)),
        newest=wording.in_digits(str(newest.number)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(render("page/sentence.html.j2", text=text, kind="sima-notice"), width="content")
        if st.button(_("Show the newest release"), type="tertiary"):
            st.query_params["release"] = str(newest.number)
            st.rerun()


def open_release(audience: Audience, scope: Scope = NOTHING) -> ReleaseInfo:
    """Return the release that the address asks for; end the page if there is nothing to show."""
    release = cache.requested_release(audience, st.query_params.get("release"), scope)
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
    """Write that nothing is published yet, and what will appear here."""
    st.info(
        _(
            "No figures are published at the moment. Maps will appear here when a release is"
            " approved."
        )
    )
