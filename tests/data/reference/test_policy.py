"""A policy never protects less than documented; one that protects less than before is noticed."""

import copy
import json
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from data.model import UNBOUNDED, AdminLevel, Audience, SimaError
from data.reference import indicators
from data.reference.indicators import REFERENCE, load_assumed_intervals, read_claim
from data.reference.policy import (
    list_weakened,
    list_weakened_rules,
    load_policy,
    load_protection,
    read_policy,
)
from data.reference.relations import RELATIONS

TEXT = (REFERENCE / "policy.toml").read_text("utf-8")
Table = dict[str, Any]


def policy() -> Table:
    return copy.deepcopy(tomllib.loads(TEXT))


def written(table: Table) -> str:
    """Write as much of TOML as a policy needs."""
    lines: list[str] = []

    def section(name: str, entries: Table) -> None:
        lists = {
            k for k, v in entries.items() if isinstance(v, list) and v and isinstance(v[0], dict)
        }
        plain = {k: v for k, v in entries.items() if not isinstance(v, dict) and k not in lists}
        if name:
            lines.append(f"[{name}]")
        lines.extend(
            f"{k} = {str(v).replace(chr(39), chr(34))}"
            if not isinstance(v, str)
            else f'{k} = "{v}"'
            for k, v in plain.items()
        )
        for key, value in entries.items():
            if isinstance(value, dict):
                section(f"{name}.{key}".lstrip("."), value)

    section("", table)
    for name in RELATIONS:
        for entry in table.get(name, ()):
            lines.append(f"[[{name}]]")
            lines.extend(f"{key} = {json.dumps(value)}" for key, value in entry.items())
    return "\n".join(lines)


def after(change: Callable[[Table], object]) -> list[str]:
    table = policy()
    change(table)
    return list_weakened_rules(TEXT, written(table))


def put(path: str, value: object) -> Callable[[Table], None]:
    """Set an entry, or take it out where the value is None."""

    def change(table: Table) -> None:
        *sections, last = path.split(".")
        for section in sections:
            table = table[section]
        if value is None:
            del table[last]
        else:
            table[last] = value

    return change


def test_the_same_policy_lowers_nothing() -> None:
    assert tomllib.loads(written(policy())) == policy()
    assert after(lambda _: None) == []


LOWERED = [
    ("threshold.public.at_risk", 9, "threshold.public.at_risk"),
    ("threshold.public.people", 9, "threshold.public.people"),
    ("threshold.partner.at_risk", 4, "threshold.partner.at_risk"),
    ("threshold.partner.people", None, "threshold.partner.people"),
    ("insiders.hidden_parts", 2, "insiders.hidden_parts"),
    ("insiders.width.public", 9, "insiders.width.public"),
    ("insiders.width.partner", None, "insiders.width.partner"),
    ("insiders", None, "insiders.hidden_parts"),
    ("classes.lower", 20, "classes"),
    ("relations.interceptions", ["outcome_guardian"], "relations.interceptions"),
    ("relations", None, "relations.interceptions"),
    ("design.interceptions.public.finest", "palika", "design.interceptions.public"),
    ("design.interceptions.public.periods", ["month", "year"], "design.interceptions.public"),
    ("design.interceptions.public.display", None, "design.interceptions.public"),
    ("design.interceptions.public.delay_quarters", 0, "design.interceptions.public"),
    ("design.interceptions.public.sex", "country", "design.interceptions.public"),
    ("design.rescues.partner.age", "palika", "design.rescues.partner"),
    ("design.booth_staff_days.public", {"finest": "country", "periods": ["year"]}, "design.booth_staff_days.public"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value", "name"), LOWERED, ids=[f"{p}={v}" for p, v, _ in LOWERED]
)
def test_what_protects_less_is_named(path: str, value: object, name: str) -> None:
    assert name in after(put(path, value))


RAISED = [
    ("threshold.public.at_risk", 20),
    ("threshold.partner.people", 6),
    ("insiders.hidden_parts", 4),
    ("insiders.width.public", 15),
    ("relations.booth_contacts", ["interceptions"]),
    ("design.parents_members.partner.finest", "palika"),
    ("design.booth_contacts.public.periods", ["year"]),
    ("design.booth_contacts.public.sex", None),
    ("design.booth_contacts.public.age", "district"),
    ("design.booth_contacts.public.display", "class"),
    ("design.booth_contacts.public.delay_quarters", 2),
    ("design.booth_contacts.public", None),
    ("design.an_indicator_that_is_new", {"public": {"finest": "ward", "periods": ["year"]}}),
    ("weights.ward", 2),
    ("version", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value"), RAISED, ids=[f"{p}={v}" for p, v in RAISED])
def test_what_protects_more_is_free(path: str, value: object) -> None:
    assert after(put(path, value)) == []


def without(name: str, **entry: object) -> Callable[[Table], None]:
    """Take the entry of a relation out."""

    def change(table: Table) -> None:
        (at,) = [n for n, each in enumerate(table[name]) if entry.items() <= each.items()]
        del table[name][at]

    return change


def test_a_relation_that_is_no_longer_known_protects_less() -> None:
    assert after(without("none_without", events="sbcc_sessions")) == ["none_without.sbcc_sessions"]
    assert after(without("at_least", figure="parents_members")) == ["at_least.parents_members"]
    assert after(without("apart", of=["booth_open_days", "booth_staff_days"])) == []

    def smaller(table: Table) -> None:
        table["none_without"][0]["people"] = ["teachers_trained"]
        table["at_least"].append({"figure": "parents_members", "each": "child_clubs", "least": 2})

    assert after(smaller) == ["none_without.sbcc_sessions"]


def test_a_first_policy_with_insiders_lowers_nothing() -> None:
    before = policy()
    del before["insiders"]
    assert list_weakened_rules(written(before), TEXT) == []


def test_several_changes_are_all_named() -> None:
    def change(table: Table) -> None:
        put("threshold.public.at_risk", 9)(table)
        put("insiders.hidden_parts", 2)(table)

    assert after(change) == ["threshold.public.at_risk", "insiders.hidden_parts"]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [0, 1, 2])
def test_fewer_than_three_hidden_parts_are_refused(parts: int) -> None:
    table = policy()
    table["insiders"]["hidden_parts"] = parts
    with pytest.raises(SimaError, match=r"insiders\.hidden_parts: must be at least 3"):
        read_policy(table)


@pytest.mark.parametrize("protected", ["at_risk", "people"])
@pytest.mark.parametrize(("audience", "minimum"), [("public", 10), ("partner", 5)])
def test_a_threshold_below_the_documented_one_is_refused(
    audience: str, minimum: int, protected: str
) -> None:
    table = policy()
    table["threshold"][audience][protected] = minimum
    assert read_policy(table).thresholds[Audience(audience)][protected] == minimum
    for less in (minimum - 1, 0, None):
        put(f"threshold.{audience}.{protected}", less)(table)
        with pytest.raises(
            SimaError, match=f"threshold.{audience}.{protected}: must be at least {minimum}"
        ):
            read_policy(table)


def test_a_threshold_for_organisational_figures_is_refused() -> None:
    table = policy()
    table["threshold"]["public"]["organisational"] = 10
    with pytest.raises(SimaError, match="organisational"):
        read_policy(table)


def test_the_policy_in_use_is_as_documented() -> None:
    ours = load_policy()
    assert {each: ours.width(each) for each in Audience} == {"public": 10, "partner": 5}
    assert ours.insider_width == {"public": 10, "partner": 5}
    assert ours.hidden_parts == 3
    assert min(ours.weights.values()) > 0
    assert set(ours.weights) == set(AdminLevel)
    assert ours.text == TEXT


def test_classes_touch_and_begin_at_the_threshold() -> None:
    bounds = load_policy().class_bounds(Audience.PUBLIC)
    assert bounds == {"lower": (10, 50), "middle": (51, 200), "higher": (201, UNBOUNDED)}
    for name, (least, most) in bounds.items():
        assert {load_policy().value_class(n) for n in (least, most)} == {name}


# --- claims -------------------------------------------------------------------------------------

ENTRY = {"figure": 2300, "indicator": "booth_contacts", "unit": "NP", "periods": ["ad-2023"]}


@pytest.mark.parametrize(
    ("more", "bounds"),
    [
        ({"qualifier": "exact"}, (2300, 2300)),
        ({"qualifier": "about", "round": 100}, (2250, 2350)),
        ({"qualifier": "about"}, (2300, 2300)),
        ({"qualifier": "over"}, (2301, UNBOUNDED)),
    ],
)
def test_a_claim_is_an_interval_by_its_qualifier(more: Table, bounds: tuple[int, int]) -> None:
    claim = read_claim("F9", ENTRY | more)
    assert (claim.least, claim.most) == bounds
    assert (claim.sex, claim.age_band) == ("all", "all")


def test_a_qualifier_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SimaError, match="F9: qualifier must be one of exact, about, over"):
        read_claim("F9", ENTRY | {"qualifier": "nearly"})


def test_the_claims_in_use_are_about_indicators_we_have() -> None:
    known = indicators.load_indicators()
    for claim in load_assumed_intervals():
        assert claim.indicator in known
        assert 0 <= claim.least <= claim.most


# --- all that protects ---------------------------------------------------------------------------

USUAL = load_protection()


def test_a_project_that_stays_as_it_is_protects_no_less() -> None:
    assert list_weakened(USUAL, USUAL) == []
    assert list_weakened(replace(USUAL, classes={}), USUAL) == [], "from before classes were kept"


def test_a_class_that_needs_less_care_protects_less_and_one_that_needs_more_does_not() -> None:
    less = replace(USUAL, classes={**USUAL.classes, "booth_contacts": "people"})
    assert list_weakened(USUAL, less) == ["class.booth_contacts"]
    assert list_weakened(less, USUAL) == []


def test_an_amount_that_fewer_people_can_account_for_protects_less() -> None:
    amount = "seed_funds_cash_npr"
    assert USUAL.classes[amount] == "at_risk:40000"
    less = replace(USUAL, classes={**USUAL.classes, amount: "at_risk:30000"})
    assert list_weakened(USUAL, less) == [f"class.{amount}"]
    assert list_weakened(less, USUAL) == []
    counted = replace(USUAL, classes={**USUAL.classes, amount: "at_risk"})
    assert list_weakened(USUAL, counted) == [f"class.{amount}"]


def test_the_smallest_amount_shown_is_that_of_the_fewest_people() -> None:
    amount, people = (
        indicators.load_indicators()[code] for code in ("seed_funds_cash_npr", "rescues")
    )
    shown = [load_policy().least_shown(audience, amount) for audience in Audience]
    counts = [load_policy().least_shown(audience, people) for audience in Audience]
    assert shown == [40_000 * count for count in counts]
    assert sorted(counts) == [5, 10]


def test_a_claim_that_is_gone_or_says_less_protects_less() -> None:
    first, *others = USUAL.claims
    assert list_weakened(USUAL, replace(USUAL, claims=tuple(others))) == [f"claim.{first.code}"]
    wider = replace(first, least=first.least - 1)
    assert list_weakened(USUAL, replace(USUAL, claims=(wider, *others))) == [f"claim.{first.code}"]
    other_place = replace(first, unit_code="1")
    assert list_weakened(USUAL, replace(USUAL, claims=(other_place, *others)))
    more = replace(first, code="F999")
    assert list_weakened(USUAL, replace(USUAL, claims=(more, *USUAL.claims))) == []
    assert list_weakened(replace(USUAL, claims=(wider, *others)), USUAL) == [], "says more"


def test_a_rule_that_protects_less_is_among_them() -> None:
    weaker = replace(USUAL, rules=TEXT.replace("middle = 200", "middle = 201"))
    assert list_weakened(USUAL, weaker) == ["classes"]


def test_consents_are_kept_under_all_that_protects() -> None:
    others = [
        replace(USUAL, rules=USUAL.rules + "#"),
        replace(USUAL, classes={**USUAL.classes, "booth_contacts": "people"}),
        replace(USUAL, claims=USUAL.claims[1:]),
    ]
    assert len({USUAL.hash, *(each.hash for each in others)}) == 1 + len(others)
    assert USUAL.hash == replace(USUAL, claims=USUAL.claims[::-1]).hash


# --- what is not noticed yet --------------------------------------------------------------------


def test_an_insiders_width_below_the_threshold_is_refused() -> None:
    table = policy()
    table["insiders"]["width"] = {"public": 0, "partner": 0}
    with pytest.raises(SimaError):
        read_policy(table)


def test_a_level_without_a_price_is_refused() -> None:
    table = policy()
    table["weights"]["ward"] = 0
    with pytest.raises(SimaError):
        read_policy(table)


def test_a_policy_without_an_audience_is_refused_in_words() -> None:
    table = policy()
    del table["threshold"]["partner"]
    with pytest.raises(SimaError):
        read_policy(table)


def test_edges_of_classes_that_cross_are_refused() -> None:
    table = policy()
    table["classes"] = {"lower": 200, "middle": 50}
    with pytest.raises(SimaError):
        read_policy(table)
