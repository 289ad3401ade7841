"""Addresses of pages: links that keep the language in use, and addresses to share and to cite."""

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
    """Return words of an address, and with them the language in use unless pages begin with it."""
    language = wording.language()
    return dict(query) if language == wording.offered()[0] else {**query, "lang": language}


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


def this_page(query: Mapping[str, str]) -> str:
    """Return the address of this page with other words; without its host if that is not known."""
    return f"{st.context.url or ''}?{urlencode(query)}"


def this_view() -> str:
    """Return the address of this page as it is, to be shared."""
    return this_page(dict(sorted(st.query_params.items())))


def this_path() -> str:
    """Return the path and the words of this page's address, to come back to after signing in."""
    path = urlsplit(st.context.url or "/").path or "/"
    query = urlencode(sorted(st.query_params.items()))
    return f"{path}?{query}" if query else path
