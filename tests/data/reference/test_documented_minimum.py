"""No project shows more than the table of docs/disclosure.md, for every indicator and audience."""

from copy import deepcopy
from typing import Any

import pytest

from data.model import Audience, IndicatorClass, SimaError
from data.reference import minimum
from data.reference.indicators import load_indicators
from data.reference.minimum import OTHER, find_line, list_excesses, load_minimum
from data.reference.project_files import ProjectFiles, read_shipped
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "disclosure.md"
SHIPPED = read_shipped()
DEFINITIONS = SHIPPED.table("indicators.toml")
DESIGNS = SHIPPED.table("policy.toml")["design"]
NONE = "–"


def documented() -> list[list[str]]:
    """Return the rows of the table, without its header."""
    return [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("| ") and line.count("|") == 8
    ][1:]


def test_the_table_of_the_page_is_what_is_checked() -> None:
    table = load_minimum()
    names = [f"any other, class {care}" if code == OTHER else code for code, care in table.index]
    rows = [[name, *row] for name, row in zip(names, table.to_numpy().tolist(), strict=True)]
    assert documented() == [[cell or NONE for cell in row] for row in rows]
    assert [name for name in names if not name.startswith("any")] == list(load_indicators())
    assert {code: care for code, care in table.index if code != OTHER} == {
        code: each.indicator_class for code, each in load_indicators().items()
    }


def test_the_shipped_policy_shows_no_more_than_documented() -> None:
    assert list_excesses(DEFINITIONS, DESIGNS) == []


WIDER: list[tuple[str, str, dict[str, Any], str]] = [
    ("parents_members", "public", {"finest": "ward"}, "finest"),
    ("parents_members", "public", {"sex": "ward"}, "sex"),
    ("parents_groups", "public", {"periods": ["month"]}, "periods"),
    ("interceptions", "public", {"display": "number"}, "display"),
    ("interceptions", "public", {"delay_quarters": 0}, "delay_quarters"),
    ("interceptions", "public", {"finest": "palika"}, "finest"),
    ("interceptions", "partner", {"finest": "ward"}, "finest"),
    ("interceptions", "partner", {"age": "ward"}, "age"),
    ("booth_staff_days", "public", {"finest": "country", "periods": ["year"]}, ""),
    ("booth_open_days", "partner", {"finest": "ward"}, "finest"),
]


@pytest.mark.parametrize(("code", "audience", "change", "key"), WIDER)
def test_a_wider_design_is_an_excess(
    code: str, audience: str, change: dict[str, Any], key: str
) -> None:
    designs = deepcopy(DESIGNS)
    designs[code].setdefault(audience, {}).update(change)
    found = list_excesses(DEFINITIONS, designs)
    assert f"design.{code}.{audience}{'.' + key if key else ''}" in {each.key for each in found}


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("care", list(IndicatorClass))
def test_an_indicator_of_a_projects_own_is_bounded_by_its_class(
    care: IndicatorClass, audience: Audience
) -> None:
    own = {"ours": {"class": care.value}}
    finest = {"finest": "ward", "periods": ["month"], "sex": "ward", "display": "number"}
    keys = {each.key for each in list_excesses(own, {"ours": {audience.value: finest}})}
    place = f"design.ours.{audience}"
    assert {f"{place}.periods", f"{place}.sex"} <= keys
    wards = care is IndicatorClass.ORGANISATIONAL and audience is Audience.PARTNER
    assert (f"{place}.finest" in keys) is not wards
    classes = care is IndicatorClass.AT_RISK and audience is Audience.PUBLIC
    assert ({f"{place}.display", f"{place}.delay_quarters"} <= keys) is classes


def test_a_class_that_needs_less_care_is_an_excess() -> None:
    definitions = deepcopy(DEFINITIONS)
    definitions["parents_members"]["class"] = "organisational"
    (found,) = list_excesses(definitions, DESIGNS)
    assert (found.name, found.key) == ("indicators.toml", "parents_members.class")


def test_more_care_is_allowed() -> None:
    definitions, designs = deepcopy(DEFINITIONS), deepcopy(DESIGNS)
    definitions["teachers_trained"]["class"] = "at_risk"
    designs["teachers_trained"] = {"partner": {"finest": "country", "periods": ["year"]}}
    assert list_excesses(definitions, designs) == []


def test_the_message_has_file_and_line() -> None:
    text = SHIPPED.text("policy.toml").replace('finest = "district"', 'finest = "palika"', 1)
    wide = ProjectFiles(None, {**SHIPPED.content, "policy.toml": text.encode()}, frozenset())
    line = find_line(text, "design.interceptions.public.finest")
    assert text.splitlines()[line - 1] == 'finest = "palika"'
    with pytest.raises(SimaError, match=rf"policy\.toml, line {line}: design\.interceptions"):
        minimum.require_minimum(wide)


def test_what_is_most_sensitive_is_never_a_number_in_public() -> None:
    sensitive = {
        row[0] for row in documented() if row[3] == "class" and not row[0].startswith("any")
    }
    assert {"interceptions", "rescues", "outcome_police", "skills_training_completed"} <= sensitive
    assert {load_indicators()[code].indicator_class for code in sensitive} == {
        IndicatorClass.AT_RISK
    }
