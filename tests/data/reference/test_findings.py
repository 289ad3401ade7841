"""Every finding can be said in both languages, with a remedy, and holds only what it may hold."""

import re
import string

import pytest

from data.model import Severity
from data.reference import findings
from tests.support.paths import ROOT

KINDS = findings.load_finding_kinds()


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def of_any_language(text: str) -> set[str]:
    """Names of what is filled in; a name in one language counts as that in the other."""
    return {re.sub("_(en|ne)$", "", name) for name in fields(text)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_is_said_in_both_languages_with_a_remedy(kind: str) -> None:
    entry = KINDS[kind]
    for language in ("en", "ne"):
        assert entry.message[language].strip()
        assert entry.remedy[language].strip()
    assert of_any_language(entry.message["en"]) == of_any_language(entry.message["ne"])
    assert re.search("[\u0900-\u097f]", entry.message["ne"])
    params = {
        name: "7" for text in (*entry.message.values(), *entry.remedy.values())
        for name in fields(text)
    }  # fmt: skip
    finding = findings.make_finding(kind, "Data!B4", **params)
    assert "{" not in findings.finding_sentence(finding, "en") + findings.finding_remedy(
        finding, "ne"
    )


def test_every_kind_is_used_and_every_used_kind_is_there() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("data", "dashboard")
        for path in (ROOT / folder).rglob("*.py")
    )
    unused = {kind for kind in KINDS if f'"{kind}"' not in sources}
    # Built from the name of a column: district-unknown, palika-unknown.
    assert unused == {"district-unknown", "palika-unknown"}


def test_only_a_question_offers_a_choice() -> None:
    assert {k for k, e in KINDS.items() if e.severity is Severity.QUESTION} == {
        "district-unknown", "palika-unknown", "site-unknown",
        "ward-district-unknown", "ward-palika-unknown",
    }  # fmt: skip


def test_an_unknown_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        findings.make_finding("no-such-kind", "file")
