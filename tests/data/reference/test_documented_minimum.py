"""The policy shows no more than the documented table says, for every indicator and audience."""

import pytest

from data.model import AdminLevel, Audience, Design, Display, IndicatorClass, PeriodKind
from data.reference.indicators import load_indicators
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "disclosure.md"
LENGTH = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.TRIMESTER: 4, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}  # fmt: skip


def documented() -> dict[str, list[str]]:
    rows = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("| ") and line.count("|") == 8
    ]
    return {row[0]: row[1:] for row in rows[1:]}


def exceeds(design: Design, place: str, period: str) -> list[str]:
    wrong = []
    if max(design.levels) > AdminLevel[place.upper()]:
        wrong.append("place")
    if min(LENGTH[kind] for kind in design.period_kinds) < LENGTH[PeriodKind(period)]:
        wrong.append("period")
    if (
        max([*design.sex_levels, *design.age_levels], default=AdminLevel.COUNTRY)
        > AdminLevel.PALIKA
    ):
        wrong.append("sex or age")
    return wrong


def test_every_indicator_stands_in_the_table_and_no_other() -> None:
    assert list(documented()) == list(load_indicators())


@pytest.mark.parametrize("code", list(load_indicators()))
def test_the_policy_shows_no_more_than_documented(code: str) -> None:
    indicator = load_indicators()[code]
    place, period, shown, later, partner_place, partner_period = documented()[code]
    public = indicator.designs.get(Audience.PUBLIC)
    if place == "–":
        assert public is None
    elif public is not None:
        assert exceeds(public, place, period) == []
        assert public.delay_quarters >= int(later)
        assert not (shown == "class" and public.display is Display.NUMBER)
    partner = indicator.designs.get(Audience.PARTNER)
    if partner is not None:
        assert exceeds(partner, partner_place, partner_period) == []


def test_the_comparison_sees_a_finer_design() -> None:
    wards = load_indicators()["parents_groups"].designs[Audience.PUBLIC]
    assert exceeds(wards, "palika", "year") == ["place", "period"]


def test_what_is_most_sensitive_is_never_a_number_in_public() -> None:
    sensitive = [c for c, row in documented().items() if row[2] == "class"]
    assert {"interceptions", "rescues", "outcome_police", "skills_training_completed"} <= set(
        sensitive
    )
    classes = {load_indicators()[code].indicator_class for code in sensitive}
    assert classes == {IndicatorClass.AT_RISK}
