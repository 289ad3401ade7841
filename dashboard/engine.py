"""Parts of a page that a script of ours draws: Streamlit components around engine modules."""

from typing import Any

import streamlit as st

from dashboard.assets_address import asset_url

# Sent again at every run: no more than where the programme is. (In one line it would be a path.)
_JS = (
    "export default function(c) {{\nimport(new URL({address!r}, location.href).href)"
    ".then((m) => m.{entry}(c)); }}"
)


def component(name: str, html: str, module: str, entry: str) -> Any:  # noqa: ANN401  # Streamlit has no public name for it
    """Give a component that calls ``entry`` of a module below ``assets/engine`` at each run."""
    return st.components.v2.component(
        name,
        html=html,
        js=_JS.format(address=asset_url(f"engine/{module}"), entry=entry),
        isolate_styles=False,
    )
