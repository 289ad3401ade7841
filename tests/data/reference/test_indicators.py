"""What is counted, and that the policy never protects less than is documented."""

import tomllib
from copy import deepcopy

import pytest

from data.model import AdminLevel, Audience, Display, IndicatorClass, PeriodKind, SimaError
from data.reference import indicators, templates
from data.reference.indicators import load_indicators, read_indicators
from data.reference.policy import load_policy, read_policy

POLICY = tomllib.loads((indicators.REFERENCE / "policy.toml").read_text(encoding="utf-8"))
DEFINITIONS = tomllib.loads((indicators.REFERENCE / "indicators.toml").read_text(encoding="utf-8"))
SENSITIVE = ("interceptions", "rescues", "outcome_guardian", "outcome_police", "outcome_shelter", "outcome_referred",
             "outcome_continued", "repatriated", "skills_training_completed")  # fmt: skip


def test_every_indicator_of_a_template_is_defined() -> None:
    assert templates.reported_indicators() <= set(load_indicators())


@pytest.mark.parametrize("audience", list(Audience))
def test_a_policy_below_the_documented_minimum_is_refused(audience: Audience) -> None:
    weaker = deepcopy(POLICY)
    weaker["threshold"][audience]["people"] -= 1
    with pytest.raises(SimaError, match="at least"):
        read_policy(weaker)
    stronger = deepcopy(POLICY)
    stronger["threshold"][audience]["people"] += 1
    assert read_policy(stronger).threshold(audience, IndicatorClass.PEOPLE) is not None


def test_thresholds_are_ten_in_public_and_five_for_partners() -> None:
    policy = load_policy()
    for protected in (IndicatorClass.AT_RISK, IndicatorClass.PEOPLE):
        assert policy.threshold(Audience.PUBLIC, protected) == 10
        assert policy.threshold(Audience.PARTNER, protected) == 5
    assert policy.threshold(Audience.PUBLIC, IndicatorClass.ORGANISATIONAL) is None


@pytest.mark.parametrize("code", SENSITIVE)
def test_sensitive_figures_are_coarse_late_and_without_numbers_in_public(code: str) -> None:
    design = load_indicators()[code].designs[Audience.PUBLIC]
    assert max(design.levels) <= AdminLevel.DISTRICT
    assert design.display is Display.CLASS
    assert design.delay_quarters >= 1
    assert not design.period_kinds & {PeriodKind.MONTH, PeriodKind.QUARTER}


def test_effort_and_timeliness_are_never_public() -> None:
    for code in ("booth_staff_days", "booth_open_days", "reporting_timeliness"):
        assert Audience.PUBLIC not in load_indicators()[code].designs


def test_no_booth_figure_stands_below_a_palika_and_no_person_is_split_below_it() -> None:
    for indicator in load_indicators().values():
        for design in indicator.designs.values():
            if indicator.booth:
                assert AdminLevel.WARD not in design.levels
            if indicator.indicator_class is not IndicatorClass.ORGANISATIONAL:
                assert AdminLevel.WARD not in design.sex_levels | design.age_levels


def test_every_text_is_there_in_both_languages() -> None:
    for indicator in load_indicators().values():
        for texts in (indicator.name, indicator.definition, indicator.unit):
            assert set(texts) == {"en", "ne"}


@pytest.mark.parametrize(
    "change", [{"class": "secret"}, {"name": {"en": "x"}}, {"aggregation": "mean"}]
)
def test_a_wrong_entry_is_named(change: dict) -> None:
    wrong = deepcopy(DEFINITIONS)
    wrong["parents_groups"] |= change
    with pytest.raises(SimaError, match="parents_groups"):
        read_indicators(wrong, POLICY["design"])


def test_a_design_without_an_indicator_is_refused() -> None:
    with pytest.raises(SimaError, match="ghosts"):
        read_indicators(DEFINITIONS, POLICY["design"] | {"ghosts": {}})
