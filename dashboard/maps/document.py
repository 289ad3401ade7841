"""A scene as a folium document of its own."""

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
    """A folium layer of ours: geometry by address, figures as one sign for each unit.

    Added to a map that has it already, with other figures, it restyles what is drawn and keeps the
    place. The map fires ``sima:picked`` with ``code`` when a unit is picked.
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
        """Take a scene as `scene` makes it."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ReleasedLayer"
        self.engine = _script(asset_url("engine/view.js"))
        self.scene = _script(dict(drawn))


def _script(value: object) -> str:
    """Write a value for a script in HTML: names come from outside the program."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def folium_page(drawn: Mapping[str, Any]) -> str:
    """Draw a scene as an HTML document of its own, for a frame of our own origin.

    Leaflet comes from our own server, there are no tiles, and nothing names another host.
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
    """Show a scene as a map alone in a frame, with one sentence for those who do not see it."""
    st.iframe(folium_page(scene), height=_DOCUMENT_HEIGHT, alt=alternative)
