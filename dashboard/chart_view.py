"""A chart on a page, to be kept as a picture: as PNG from Streamlit's bar, as SVG from ours."""

import altair as alt
import streamlit as st

from dashboard.assets_address import asset_url
from dashboard.wording import _

_HTML = "<div data-sima-chart></div>"
_JS = (
    "export default function(c) {{\nimport(new URL({address!r}, location.href).href)"
    ".then((m) => m.offer(c)); }}"
)


def show(chart: alt.LayerChart, name: str) -> None:
    """Show a chart with a button below it; ``name`` is that of the file, without its ending."""
    st.altair_chart(chart, theme=None, width="stretch")
    component = st.components.v2.component(
        "sima_chart",
        html=_HTML,
        js=_JS.format(address=asset_url("engine/chart.js")),
        isolate_styles=False,
    )
    component(data={"name": name, "text": _("Save this chart as SVG")}, key=f"keep-{name}")
