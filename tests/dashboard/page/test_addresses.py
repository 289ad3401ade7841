"""Addresses of pages: they keep the language, and a whole one has the host of this page."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import streamlit as st

from dashboard.i18n import wording
from dashboard.page import addresses


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    wording.speak("en")
    yield
    wording.speak("en")


def test_a_link_keeps_the_language_unless_it_is_english() -> None:
    assert addresses.link(unit="31206") == "?unit=31206"
    assert addresses.link("claims", claim="F6") == "claims?claim=F6"
    wording.speak("ne")
    assert addresses.link(unit="31206") == "?unit=31206&lang=ne"
    assert addresses.in_language({"release": "1"}) == {"release": "1", "lang": "ne"}


def test_words_of_an_address_are_encoded() -> None:
    assert addresses.link(unit='"><b>&') == "?unit=%22%3E%3Cb%3E%26"


@pytest.mark.parametrize(
    ("here", "whole"),
    [
        ("https://example.org/overview?lang=ne", "https://example.org/map?release=1"),
        ("https://example.org/sima/overview", "https://example.org/sima/map?release=1"),
        ("http://127.0.0.1:8501/", "http://127.0.0.1:8501/map?release=1"),
        (None, ""),
    ],
)
def test_a_whole_address_is_on_the_host_of_this_page(
    monkeypatch: pytest.MonkeyPatch, here: str | None, whole: str
) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(url=here))
    assert addresses.whole_address("map", {"release": "1"}) == whole


@pytest.mark.parametrize(
    "page",
    [
        addresses.MAP,
        addresses.PLACE,
        addresses.CLAIMS,
        addresses.SAFETY,
        addresses.PLANNER,
    ],
    ids=lambda page: page.stem,
)
def test_pages_that_are_linked_exist(page: object) -> None:
    assert page in {door.path for door in addresses.page_access.DOORS}
