"""The page that opens after signing in is one of ours, and its address fits into a header."""

import pytest

from dashboard.server.routes.sign_in import after


@pytest.mark.parametrize(
    "text",
    [
        "/",
        "/map",
        "/map?unit=101",
        "/place?unit=10101&period=ad-2023#figures",
        "/map?area=%E0%A4%A8",
    ],
)
def test_a_page_of_ours_is_opened_as_it_was_asked_for(text: str) -> None:
    assert after(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "//map", "///map", "////map", "///place?x=1", "///", "https://map/", "https:/map", "map",
        "", "/unknown", "/\\map", "\\\\map", "/map\n", "/map\r\nx: y", " /map", "javascript:/map",
    ],
)  # fmt: skip
def test_any_other_address_is_left_for_the_first_page(text: str) -> None:
    assert after(text) == "/"


def test_letters_of_other_scripts_are_written_as_in_an_address() -> None:
    said = after("/map?area=नेपाल")
    assert said == "/map?area=%E0%A4%A8%E0%A5%87%E0%A4%AA%E0%A4%BE%E0%A4%B2"
    assert after(said) == said
    assert said.encode("latin-1")
