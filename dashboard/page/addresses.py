"""Addresses of pages: links that keep the language in use, and whole addresses to be cited."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard.auth import page_access
from dashboard.i18n import wording

MAP = page_access.PAGES / "public" / "map.py"
PLACE = page_access.PAGES / "public" / "place.py"
CLAIMS = page_access.PAGES / "public" / "claims.py"
SAFETY = page_access.PAGES / "public" / "safety.py"
PLANNER = page_access.PAGES / "partner" / "planner.py"


def in_language(query: Mapping[str, str]) -> dict[str, str]:
    """Return words of an address, and with them the language in use unless it is English."""
    language = wording.language()
    return dict(query) if language == "en" else {**query, "lang": language}


def link(page: str = "", **query: str) -> str:
    """Return the address of a page as another page links to it; without ``page`` of this one."""
    return f"{page}?{urlencode(in_language(query))}"


def whole_address(page: str, query: Mapping[str, str]) -> str:
    """Return the address of a page with its host; empty if this page does not know its own."""
    here = st.context.url
    if not here:
        return ""
    parts = urlsplit(here)
    root = parts.path.rpartition("/")[0]
    return f"{parts.scheme}://{parts.netloc}{root}/{page}?{urlencode(query)}"
