"""A chart on a page, with ways to save it: as PNG from Streamlit's bar, as SVG from our button."""

import altair as alt
import streamlit as st

from dashboard import static_assets
from dashboard.i18n.wording import _

_HTML = "<div data-sima-chart></div>"


def show(chart: alt.LayerChart, name: str) -> None:
    """Show a chart with a button to save it; ``name`` is that of the file, without its ending."""
    st.altair_chart(chart, theme=None, width="stretch")
    data = {"name": name, "text": _("Save this chart as SVG")}
    static_assets.component("sima_chart", _HTML, "chart.js", "offer")(data=data, key=f"keep-{name}")
