"""A scene as an HTML document of its own, made with folium."""

import json
from collections.abc import Mapping
from typing import Any

import folium
import streamlit as st
from branca.element import MacroElement
from folium.template import Template

from dashboard.static_assets import asset_url

_DOCUMENT_HEIGHT = 560


class ReleasedLayer(MacroElement):
    """A folium layer that draws a scene; see `dashboard.maps.scene`.

    Added again with other figures, it restyles the units that are drawn and keeps the position. The
    map fires ``sima:picked`` with ``code`` when a unit is picked.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        import(new URL({{ this.engine }}, document.baseURI).href).then(function (engine) {
          engine.attach({{ this._parent.get_name() }}, {{ this.scene }});
        });
        {% endmacro %}
        """,
    )

    def __init__(self, drawn: Mapping[str, Any]) -> None:
        """Take a scene as `scene.build_scene` returns it."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ReleasedLayer"
        self.engine = _script(asset_url("engine/view.js"))
        self.scene = _script(dict(drawn))


def _script(value: object) -> str:
    """Return a value as JSON that is safe in a script in HTML: names come from outside."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def folium_page(drawn: Mapping[str, Any]) -> str:
    """Return a scene as an HTML document, for a frame of the same origin.

    Leaflet comes from our own server, there are no background tiles, and no other host is named.
    """
    folium.Map.default_js = [("leaflet", asset_url("leaflet/leaflet.js"))]
    folium.Map.default_css = [("leaflet_css", asset_url("leaflet/leaflet.css"))]
    page = folium.Map(
        tiles=None,
        control_scale=False,
        zoom_snap=0.25,
        attribution_control=False,
        location=[28.2, 84.1],
        zoom_start=7,
    )
    page.add_child(ReleasedLayer(drawn))
    return str(page.get_root().render())


def show_document(scene: Mapping[str, Any], alternative: str) -> None:
    """Show a scene in a frame; ``alternative`` is its text for readers who cannot see it."""
    st.iframe(folium_page(scene), height=_DOCUMENT_HEIGHT, alt=alternative)
