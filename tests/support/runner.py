"""Streamlit's own test runner, without a search that it repeats at every run of a page."""

import functools

from streamlit.components.v2 import manifest_scanner


def find_components_once() -> None:
    """Have the installed packages searched for components once in a process.

    The runner reads what every installed package says of itself at each run, which takes longer
    than most of our pages.
    """
    if not hasattr(manifest_scanner.scan_component_manifests, "cache_info"):
        once = functools.cache(manifest_scanner.scan_component_manifests)
        manifest_scanner.scan_component_manifests = once
