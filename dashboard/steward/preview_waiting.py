"""Waits on a page for a preview: what is done, how far it is, and a button that stops it."""

from collections.abc import Hashable, Sequence

import streamlit as st

from dashboard.auth.viewer import settings
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.steward import preview_process
from dashboard.steward.preview_process import Making
from data.release_making.build import Preview

_LOOK_S = 1.0
_KEPT, _MADE = "preview-", "making-"  # begin keys of the session, before the number of a request


def preview_of(number: int, rests_on: Hashable) -> Preview | None:
    """Return the preview of a request; None while it is made, and if it cannot be made.

    It is made once for what it rests on, in a process of its own. It is confidential: only the
    session of who looks at it keeps it. Meanwhile the page shows how far it is.
    """
    kept = st.session_state.get(f"{_KEPT}{number}")
    if kept is not None and kept[0] == rests_on:
        return kept[1]
    making: Making | None = st.session_state.get(f"{_MADE}{number}")
    if making is None or making.rests_on != rests_on or making.stopped:
        making = preview_process.start(settings(), number, rests_on)
        st.session_state[f"{_MADE}{number}"] = making
    if not making.over:
        _watch(number)
        return None
    if fault := making.fault():
        st.error(fault)
        st.button(_("Try again"), key=f"again-{number}", on_click=_forget, args=(number,))
        return None
    del st.session_state[f"{_MADE}{number}"]
    if making.preview is not None:
        st.session_state[f"{_KEPT}{number}"] = (rests_on, making.preview)
    return making.preview


def drop_closed(waiting: Sequence[int]) -> None:
    """Forget the previews of requests that no longer wait, and stop making them."""
    for key in list(map(str, st.session_state)):
        start = next((each for each in (_KEPT, _MADE) if key.startswith(each)), None)
        if start is None or key in {f"{start}{number}" for number in waiting}:
            continue
        thing = st.session_state.pop(key)
        if isinstance(thing, Making):
            thing.stop()


@st.fragment(run_every=_LOOK_S)
def _watch(number: int) -> None:
    """Show how far a preview is; draw the page anew once it is over."""
    making: Making | None = st.session_state.get(f"{_MADE}{number}")
    if making is None or making.over:
        st.rerun()
        return
    step = labels.release_steps().get(making.step, _("Beginning"))
    done = wording.number(round(making.share * 100))
    st.progress(making.share, f"{step}: {done} %")
    st.caption(_("This can take some minutes. Nothing is published yet."))
    st.button(_("Stop"), key=f"stop-{number}", on_click=_stop, args=(number,))


def _stop(number: int) -> None:
    making: Making | None = st.session_state.pop(f"{_MADE}{number}", None)
    if making is not None:
        making.stop()
    st.session_state[f"see-{number}"] = False  # else the page would begin again
    st.session_state["done"] = _("Stopped. Nothing was published.")


def _forget(number: int) -> None:
    st.session_state.pop(f"{_MADE}{number}", None)
