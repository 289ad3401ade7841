"""The project's settings: when it ended, and the licence of its figures."""

import pytest

from data.model import SimaError
from data.reference.project import FiguresLicence, load_project, read_project

ENDED = {"ended": "ad-2023-12", "years_after": 2}


def test_the_demonstration_names_its_licence_and_where_its_text_stands() -> None:
    assert load_project().figures == FiguresLicence(
        "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"
    )


@pytest.mark.parametrize("languages", [["ne"], ["ne", "en"]])
def test_the_languages_are_stated_with_the_one_to_begin_with_first(languages: list[str]) -> None:
    assert read_project(ENDED | {"languages": languages}).languages == tuple(languages)
    assert read_project(ENDED).languages == ("en", "ne")


@pytest.mark.parametrize("figures", [{}, {"figures": {}}, {"figures": {"licence": ""}}])
def test_without_a_licence_none_is_claimed(figures: dict[str, object]) -> None:
    assert read_project(ENDED | figures).figures == FiguresLicence("", "")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ({"years_after": 2}, "needs ended"),
        (ENDED | {"ended": "December"}, "ended"),
        ({"ended": "ad-2023-12"}, "years_after"),
        (ENDED | {"note": 1}, "note"),
        (ENDED | {"years_after": 0}, "from 1 on"),
        (ENDED | {"years_after": True}, "from 1 on"),
        (ENDED | {"colour": "red"}, "colour"),
        (ENDED | {"words": {"slogan": {}}}, "words: can have lead and title only"),
        (ENDED | {"words": {"lead": {"en": "Here."}}}, "words.lead: no text in ne"),
        (ENDED | {"words": {"title": "Here"}}, "words.title: no text in en, ne"),
        (ENDED | {"languages": []}, 'languages: must be a list of one or more of "en", "ne"'),
        (ENDED | {"languages": "en"}, "languages: must be a list"),
        (ENDED | {"languages": ["en", "en"]}, "languages: must be a list"),
        (ENDED | {"languages": ["en", "mai"]}, "languages: must be a list"),
        (ENDED | {"figures": {"license": "CC-BY-4.0"}}, "license is not a known key"),
        (ENDED | {"figures": {"licence": "Creative Commons"}}, "SPDX"),
        (ENDED | {"figures": {"licence": "CC0-1.0", "address": "http://a.example"}}, "https://"),
        (ENDED | {"figures": {"address": "https://a.example"}}, "needs a licence"),
    ],
)
def test_a_wrong_setting_is_refused_and_named(table: dict[str, object], named: str) -> None:
    with pytest.raises(SimaError, match=named):
        read_project(table)
