"""The interactive map and its table in a page: a component that keeps its geometry between runs."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard.assets_address import asset_url

_HTML = '<div class="sima-view" data-sima-map></div>'
# Sent again at every run: no more than where the programme is. (In one line it would be a path.)
_JS = (
    "export default function(c) {{\nimport(new URL({address!r}, location.href).href)"
    ".then((m) => m.show(c)); }}"
)


def show(scene: Mapping[str, Any], *, key: str) -> str | None:
    """Show a scene, as `maps.scene` makes it; give the unit that was picked in this run, if any.

    The map keeps its place and its geometry as long as the page and the key are the same.
    """
    component = st.components.v2.component(
        "sima_map",
        html=_HTML,
        js=_JS.format(address=asset_url("engine/view.js")),
        isolate_styles=False,
    )
    result = component(data=dict(scene), key=key, on_picked_change=_nothing)
    picked = getattr(result, "picked", None)
    return str(picked) if picked else None


def _nothing() -> None:
    """Streamlit gives a trigger only to those who name a callback."""
