"""Widgets that write the address, and parts of a page that draw alone.

A view is kept in the address and nowhere else. A widget shows what the address says and writes the
choice there, so a link, Back and a reload give the same view.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec

import streamlit as st

from dashboard.auth import page_visit
from dashboard.i18n import wording
from data.model import ReleaseInfo, SimaError
from data.reference import project_files
from data.reference.project_files import ProjectFiles

P = ParamSpec("P")
_ASKED, _CHOSE = "asked", "chose"


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """Turn a function into a part of a page that is redrawn alone when something in it changes."""

    @st.fragment
    @functools.wraps(draw)
    def drawn(held: ProjectFiles, /, *args: P.args, **kwargs: P.kwargs) -> None:
        # The entry sets the language, checks the viewer and keeps to one state of the project's
        # files, but does not run for a part alone.
        project_files.pin(held)
        wording.speak(st.session_state.get("language", ""))
        try:
            if not page_visit.stands():
                st.rerun()
            page_visit.seen()
            draw(*args, **kwargs)
        except SimaError as wrong:
            st.error(str(wrong))

    @functools.wraps(draw)
    def drawn_first(*args: P.args, **kwargs: P.kwargs) -> None:
        drawn(project_files.project_files(), *args, **kwargs)

    return drawn_first


def remember_choice(query: Mapping[str, str]) -> None:
    """Keep words of the address that were just chosen; an empty one is the default."""
    st.session_state.setdefault(_ASKED, {}).update(
        {str(name): str(value) for name, value in query.items()}
    )


def _ask(name: str, key: str) -> None:
    remember_choice({name: st.session_state[key]})


def query() -> dict[str, str]:
    """Return the words of the address, with what was just chosen.

    A choice is not in the address yet: `remember` writes it with all that follows from it, so that
    Back undoes one choice at a time.
    """
    asked = st.session_state.pop(_ASKED, {})
    st.session_state[_CHOSE] = bool(asked)
    return st.query_params.to_dict() | asked


def select(
    name: str,
    label: str,
    options: Sequence[str],
    value: str,
    say: Callable[[str], str],
) -> None:
    """Offer options for one word of the address.

    The key holds the language, because Streamlit keeps the shown texts of a widget by its key.
    """
    key = f"{name}-{wording.language()}"
    st.session_state[key] = value
    st.selectbox(label, options, format_func=say, key=key, on_change=_ask, args=(name, key))


def choose_one(
    name: str, label: str, options: Sequence[str], value: str, say: Callable[[str], str]
) -> None:
    """Offer a few options side by side for one word of the address."""
    key = f"{name}-{wording.language()}"
    st.session_state[key] = value
    st.radio(
        label,
        options,
        format_func=say,
        key=key,
        horizontal=True,
        on_change=_ask,
        args=(name, key),
    )


def remember(release: ReleaseInfo, view: Mapping[str, str], *, picked: bool = False) -> None:
    """Write a view and the number of its release into the address, if something was chosen.

    Until then the address stays as it came: without a release it follows the newest, and Back
    leaves the page. ``picked`` is set for a choice that no widget here reported. The language
    stays; other words, which belong to another page, are dropped.
    """
    if not (st.session_state.pop(_CHOSE, False) or picked):
        return
    kept = {name: value for name, value in st.query_params.items() if name == "lang"}
    said = {name: value for name, value in view.items() if value}
    wanted = kept | {"release": str(release.number)} | said
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
