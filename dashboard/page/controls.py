"""What a reader chooses with: widgets that write the address, and parts of a page that draw alone.

The address is the one place where a view is kept. A widget shows what the address says and writes
there what is chosen; so a link, Back and a reload give the same view.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec

import streamlit as st

from dashboard.auth import page_visit
from dashboard.i18n import wording
from data.model import ReleaseInfo, SimaError

P = ParamSpec("P")
_ASKED, _CHOSE = "asked", "chose"


def fragment(draw: Callable[P, None]) -> Callable[P, None]:
    """Make a part of a page that a change inside it draws anew without the rest of the page."""

    @st.fragment
    @functools.wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        # The entry, which sets the language and looks who is there, does not run for a part alone.
        wording.speak(st.session_state.get("language", "en"))
        try:
            if not page_visit.stands():
                st.rerun()
            page_visit.seen()
            draw(*args, **kwargs)
        except SimaError as wrong:
            st.error(str(wrong))

    return drawn


def remember_choice(query: Mapping[str, str]) -> None:
    """Note words of the address that were just chosen; an empty one is as it opens."""
    st.session_state.setdefault(_ASKED, {}).update(
        {str(name): str(value) for name, value in query.items()}
    )


def _ask(name: str, key: str) -> None:
    remember_choice({name: st.session_state[key]})


def query() -> dict[str, str]:
    """Give what the reader asks for: what the address says, and what was just chosen.

    What was chosen is not in the address yet: `remember` writes it with all that follows from it,
    so that Back undoes one choice at a time.
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

    Streamlit keeps what a widget shows by its key, and a shown text by its language.
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


def page_address() -> str:
    """Give the address of the page as it can be shared."""
    query = "&".join(f"{name}={value}" for name, value in sorted(st.query_params.items()))
    return f"{st.context.url or ''}?{query}"


def remember(release: ReleaseInfo, view: Mapping[str, str], *, picked: bool = False) -> None:
    """Write a whole view into the address, with the number of the release, once one was chosen.

    As long as nothing was, an address stays as it came: one without a release follows the newest,
    and Back leads out of the page. ``picked``: a choice that no widget here told of. The language
    stays; everything else of another page goes.
    """
    if not (st.session_state.pop(_CHOSE, False) or picked):
        return
    kept = {name: value for name, value in st.query_params.items() if name == "lang"}
    said = {name: value for name, value in view.items() if value}
    wanted = kept | {"release": str(release.number)} | said
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
