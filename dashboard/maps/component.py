"""The interactive map and its table in a page: a component that keeps its geometry between runs.

A choice on the map comes back to the page as a whole view, which the browser has drawn by then; see
`dashboard.maps.registry`.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import static_assets
from dashboard.i18n.wording import _
from dashboard.page import controls

_HTML = '<div class="sima-view" data-sima-map></div>'


def show(address: str, *, key: str, picked: str = "", beside: bool = False) -> str | None:
    """Show the scene at an address; return the code of the unit picked in this run, or None.

    Parameters
    ----------
    address
        As `registry.map_address` returns it.
    key
        While page and key stay the same, the map keeps its position and its geometry.
    picked
        Code of the unit that is marked.
    beside
        Whether another part of the page is where the skip link leads.
    """
    data = {
        "scene": address,
        "picked": picked,
        "beside": beside,
        "trouble": _(
            "The map could not be loaded. Check your connection. The map you see is older."
        ),
        "again": _("Try again"),
        "waiting": _("The map is loading."),
    }
    return _show(data, key)


def show_scene(scene: Mapping[str, Any], *, key: str) -> None:
    """Show a scene, as `scene.build_scene` returns it, without choices."""
    _show(dict(scene), key)


def _show(data: dict[str, Any], key: str) -> str | None:
    def remember() -> None:
        controls.remember_choice(dict(st.session_state[key]["asked"] or {}))

    drawn = static_assets.component("sima_map", _HTML, "view.js", "show")
    result = drawn(data=data, key=key, on_picked_change=_nothing, on_asked_change=remember)
    picked = getattr(result, "picked", None)
    return str(picked) if picked else None


def _nothing() -> None:
    """Do nothing: Streamlit reports a trigger only where a callback is given."""
