"""Every sentence that a reader of a project's file can say has its Nepali."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.projects.check import check_project
from data.projects.fault_words import in_nepali
from tests.data.projects.test_check import WRONG, changed
from tests.support.paths import ROOT

READERS = [
    "data/committees/ladder.py", "data/publications/ledger.py", "data/publications/logframe.py",
    "data/publications/targets.py", "data/reference/hotspot_policy.py", "data/reference/indicators.py",
    "data/reference/organisations.py", "data/reference/policy.py", "data/reference/project.py",
    "data/reference/relations.py",
    "data/reference/templates.py",
]  # fmt: skip
# What is no sentence about an entry: it passes on another one, or is said to a caller in the code.
ELSEWHERE = re.compile(
    r"x|x: x|.*problems.*|There is no template .*|x is not a count and cannot be added"
    r"|x and x (may count the same people|count different things) and cannot be added"
    r"|x is not valid TOML.*|The policy .*|indicators.toml or policy.toml, x: x|`name` has x"
)


def _plain(node: ast.expr) -> str | None:
    """The text of a string in code, with x where a value is put in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values
        )
    return None


def _sentences(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        said = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            if node.func.id in {"SimaError", "ValueError", "_wrong"}:
                said = _plain(node.args[-1])
        elif isinstance(node, ast.Yield) and node.value is not None and "ledger" in path.name:
            said = _plain(node.value)
        if said:
            yield re.sub(r"^(x|[\w-]+)( or [\w-]+)?(\.toml)?(, [^:]+)?: (?=.)", "", said).rstrip(
                "."
            )


SAID = sorted({(name, said) for name in READERS for said in _sentences(ROOT / name)})


@pytest.mark.parametrize(("name", "said"), SAID)
def test_a_sentence_of_a_reader_has_its_nepali(name: str, said: str) -> None:
    if ELSEWHERE.fullmatch(said):
        return
    assert in_nepali(said) is not None, name


def test_there_are_sentences_to_look_at() -> None:
    told = [said for _name, said in SAID if not ELSEWHERE.fullmatch(said)]
    assert len(told) > 60


@pytest.mark.parametrize(("name", "old", "new"), [case[:3] for case in WRONG])
def test_no_fault_quotes_english_in_its_nepali(name: str, old: str, new: str) -> None:
    for fault in check_project(changed(name, old, new)):
        assert "अङ्ग्रेजीमा" not in fault.ne, fault


def test_several_faults_of_one_entry_are_said_one_after_the_other() -> None:
    assert (
        in_nepali("F1: page must be a whole number above 0; F2: state the periods.")
        == "F1: page ० भन्दा ठूलो पूर्ण सङ्ख्या हुनुपर्छ। F2: periods लेख्नुहोस्।"
    )
    assert in_nepali("something else.") is None
