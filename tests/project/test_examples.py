"""Every example in a docstring is run, and its result is the one that the docstring shows."""

import doctest
from importlib import import_module

import pytest

from tests.support.paths import ROOT

LEAST_EXAMPLES = 10
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in ("dashboard", "data", "geo")
    for path in (ROOT / package).rglob("*.py")
    if ">>>" in path.read_text(encoding="utf-8")
)


def docstrings_with_examples(module: str) -> list[doctest.DocTest]:
    found = doctest.DocTestFinder(exclude_empty=True).find(import_module(module))
    return [each for each in found if each.examples]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_true(module: str) -> None:
    tests = docstrings_with_examples(module)
    assert tests, "the examples are not in a docstring"
    for test in tests:
        report: list[str] = []
        result = doctest.DocTestRunner().run(test, out=report.append)
        assert result.failed == 0, "".join(report)


def test_at_least_ten_docstrings_have_examples() -> None:
    assert sum(len(docstrings_with_examples(each)) for each in MODULES) >= LEAST_EXAMPLES
