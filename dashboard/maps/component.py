"""The interactive map and its table in a page: a component that keeps its geometry between runs.

What is asked on the map itself comes back to the page as a whole view; the browser has drawn it by
then. See `dashboard.maps.registry`.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import static_assets
from dashboard.i18n.wording import _
from dashboard.page import controls

_HTML = '<div class="sima-view" data-sima-map></div>'


def show(address: str, *, key: str, picked: str = "") -> str | None:
    """Show the view at an address, see `scenes.address`; give the unit picked in this run, if any.

    The map keeps its place and its geometry as long as the page and the key are the same.
    ``picked``: the unit that is marked.
    """
    data = {
        "scene": address,
        "picked": picked,
        "trouble": _(
            "The map could not be loaded. Check your connection. The map you see is older."
        ),
        "again": _("Try again"),
        "waiting": _("The map is loading."),
    }
    return _show(data, key)


def show_scene(scene: Mapping[str, Any], *, key: str) -> None:
    """Show a scene, as `maps.scene` makes it, in which nothing is asked."""
    _show(dict(scene), key)


def _show(data: dict[str, Any], key: str) -> str | None:
    def asked() -> None:
        controls.remember_choice(dict(st.session_state[key]["asked"] or {}))

    drawn = static_assets.component("sima_map", _HTML, "view.js", "show")
    result = drawn(data=data, key=key, on_picked_change=_nothing, on_asked_change=asked)
    picked = getattr(result, "picked", None)
    return str(picked) if picked else None


def _nothing() -> None:
    """Streamlit gives a trigger only to those who name a callback."""
