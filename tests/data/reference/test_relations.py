"""What one figure says of another: every pair that is reported together is spoken of."""

from itertools import combinations

import pytest

from data.model import SimaError
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from data.reference.relations import Relations, named_in, read_relations, unexplained_pairs
from data.reference.templates import load_templates


def reported_together() -> list[list[str]]:
    """Indicators of one row of a template, and of one activity, as the shipped project has them."""
    shipped = load_templates()
    rows = [[column.indicator for column in columns] for columns in shipped.counts.values()]
    rows += [
        [code for code in (each.people, each.events, each.amount) if code]
        for each in shipped.activities.values()
    ]
    return rows


def test_the_project_speaks_of_every_pair_that_is_reported_together() -> None:
    together = reported_together()
    assert sum(len(set(codes)) > 1 for codes in together) >= 4, "rows and activities with a pair"
    assert unexplained_pairs(together, load_policy().relations) == []


@pytest.mark.parametrize("codes", [each for each in reported_together() if len(set(each)) > 1])
def test_without_its_relations_every_pair_of_a_row_is_open(codes: list[str]) -> None:
    pairs = [list(pair) for pair in combinations(sorted(set(codes)), 2)]
    assert unexplained_pairs([codes], Relations()) == pairs


def test_whoever_tells_how_many_people_there_are_is_no_secret() -> None:
    """A relation to a suppressed figure would need more than bounds."""
    for code in load_policy().relations.telling():
        assert load_indicators()[code].indicator_class == "organisational"


def test_every_named_indicator_is_found() -> None:
    table = {
        "relations": {"a": ["b"]},
        "none_without": [{"events": "c", "people": ["d", "e"]}],
        "at_least": [{"figure": "f", "each": "g", "least": 3}],
        "apart": [{"of": ["h"], "beside": ["i"], "why": "w"}, {"of": ["j", "k"], "why": "w"}],
    }
    assert {code for _key, code in named_in(table)} == set("abcdefghijk")
    found = read_relations(table)
    assert found.telling() == {"c", "g"}
    assert found.pairs() == set(map(frozenset, ("ab", "cd", "ce", "fg", "hi", "jk")))


TWO = ["sbcc_audience", "rescues"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"none_without": [{"events": "c"}]}, "none_without.1: `people` is missing"),
        ({"none_without": {"events": "c"}}, r"write each entry under \[\[none_without\]\]"),
        ({"none_without": [{"events": "c", "people": "d"}]}, "`people` must be a list of codes"),
        ({"none_without": [{"events": ["c"], "people": ["d"]}]}, "`events` must be the code"),
        ({"none_without": [{"events": 1, "people": ["d"]}]}, "`events` must be the code"),
        ({"none_without": [{"events": "c", "people": [2]}]}, "`people` must be a list of codes"),
        ({"none_without": [{"events": "c", "people": ["c"]}]}, "two or more different indicators"),
        ({"part_of": [{"whole": "c", "parts": []}]}, "`parts` must be a list of codes"),
        ({"relations": {"c": "d"}}, "relations.c: `parts` must be a list of codes"),
        ({"relations": ["c"]}, "relations: write it as a table"),
        (
            {"relations": {"c": ["d"]}, "part_of": [{"whole": "d", "parts": ["c"]}]},
            "counted within itself",
        ),
        ({"at_least": [{"figure": "f", "each": "g", "least": 0}]}, "whole number of at least 1"),
        ({"at_least": [{"figure": "f", "each": "g", "least": True}]}, "whole number of at least 1"),
        ({"at_least": [{"figure": "f", "each": "g", "least": "x"}]}, "whole number of at least 1"),
        ({"apart": [{"of": TWO, "why": " "}]}, "must say why"),
        ({"apart": [{"of": ["h"], "why": "w"}]}, "two or more different indicators"),
        (
            {"apart": [{"of": TWO, "why": "w"}, {"of": TWO, "why": "w", "b": 1}]},
            "apart.2: b is not",
        ),
    ],
)
def test_a_wrong_relation_is_named(table: dict, said: str) -> None:
    with pytest.raises(SimaError, match=said):
        read_relations(table)
