"""The ledger of published figures: its rules, what is added, and what a release says of each."""

import re
from typing import Any

import pandas as pd
import pytest

from data.model import AgeBand, Claim, Sex, SimaError
from data.publications.ledger import (
    Ledger,
    OverlapError,
    add_figures,
    load_ledger,
    may_count_same_people,
    parse_ledger,
)
from data.publications.ledger_check import (
    Check,
    Reason,
    State,
    check_figure,
    list_straddled_quarters,
)
from data.reference import calendar
from data.reference.indicators import REFERENCE, load_assumed_intervals

LEDGER = load_ledger()
CLASSES = {"lower": (10, 50), "middle": (51, 200), "higher": (201, 10**9)}
# Every figure of the founding document that we list, with its words as they stand there; "…" where
# the list leaves words out. F20 is withheld, and is not repeated here either.
WORDS = {
    "F1": "A total of 13,211 individuals, including approximately 2,300 under the age of 18, received information from project-supported information booths and assistance centers.",
    "F2": "approximately 2,300 under the age of 18",
    "F3": "in April-June 2023 alone, these information booths and assistance centers engaged with 1417 individuals",
    "F4": "Since 2019, the PROTECT project has facilitated the rescue of over 800 people from trafficking situations, including children, women, and men at high risk of exploitation.",
    "F5": "I am sure the 164 girls who were rescued would still be in India…In the last 5 years, in Koshi Palika, there has been a rescue of 164 girls",
    "F6": "780 parents and caregivers, predominantly women, have established anti-trafficking groups across 13 municipalities",
    "F7": "across 13 municipalities",
    "F8": "Over 400 individuals have participated in interaction events facilitated by the project, representing 178 state and non-state actors.",
    "F9": "representing 178 state and non-state actors.",
    "F10": "over 4500 children completing the training",
    "F11": "originally aimed to reach 1600 students",
    "F12": "Over 50 survivors completed this skills training program",
    "F13": "ranging from 15,000 to 40,000 Nepali rupees (approximately 112 to 300 USD)",
    "F14": "conducted over 4 to 5 days",
    "F15": "established and operated two Information and Assistance Centres…at Jamunaha border in Banke and Bhandabari border in Sunsari",
    "F16": "a loosely structured forum…facilitating monthly meetings",
    "F17": "took a year to start",
    "F18": "defunct and inactive in all the targeted municipalities…most LCCHTs were nonfunctional",
    "F19": "we run programmes in 23 districts…since 1978",
}  # fmt: skip
FIGURES = {
    "F1": ("exact", 13211), "F2": ("about", 2300), "F3": ("exact", 1417), "F4": ("over", 800),
    "F5": ("exact", 164), "F6": ("exact", 780), "F7": ("exact", 13), "F8": ("over", 400),
    "F9": ("exact", 178), "F10": ("over", 4500), "F11": ("exact", 1600), "F12": ("over", 50),
    "F13": ("range", 15000), "F14": ("range", 4), "F15": ("exact", 2), "F16": ("words", None),
    "F17": ("words", None), "F18": ("words", None), "F19": ("exact", 23), "F20": ("withheld", None),
}  # fmt: skip


# ---- what is in it


def test_every_figure_of_the_founding_document_is_listed() -> None:
    assert {n: (c.qualifier.value, c.figure) for n, c in LEDGER.items()} == FIGURES


@pytest.mark.parametrize("number", WORDS)
def test_a_figure_stands_in_the_exact_words_of_the_source(number: str) -> None:
    sentences = " ".join(LEDGER[number].wording)
    for words in WORDS[number].split("…"):
        assert words in sentences


def test_the_account_of_one_case_is_not_repeated() -> None:
    assert LEDGER["F20"].wording == ()
    assert LEDGER["F20"].figure is None
    assert "can identify a person" in LEDGER["F20"].definition["en"]
    text = (REFERENCE / "ledger.toml").read_text("utf-8")
    assert not re.search(r"\baged? (of )?\d|hotel|\bNepalgunj\b", text.replace("age of 18", ""))


def test_what_the_gate_takes_in_is_what_it_was() -> None:
    assert [claim.code for claim in load_assumed_intervals()] == [
        "F1",
        "F2",
        "F3",
        "F4",
        "F6",
        "F8",
        "F10",
        "F12",
    ]
    for claim in load_assumed_intervals():
        compared = LEDGER[claim.code].comparison
        assert compared is not None
        assert compared.periods == claim.periods
        assert LEDGER[claim.code].bounds == (claim.least, claim.most)


def test_parts_and_overlaps_are_said() -> None:
    assert LEDGER["F2"].subset_of == LEDGER["F3"].subset_of == ("F1",)
    assert LEDGER["F4"].overlaps_with == ("F5",)
    assert LEDGER["F5"].overlaps_with == ("F4",), "from both sides"


# ---- rules of the file

ENTRY = """
[figure.{number}]
topic = "training"
figure = {figure}
qualifier = "exact"
counted = {{ en = "children", ne = "बालबालिका" }}
wording = ["We trained {figure} children."]
source = "report"
section = "Training"
period = {{ en = "2022", ne = "२०२२" }}
place = {{ en = "Banke", ne = "बाँके" }}
definition = {{ en = "Children.", ne = "बालबालिका।" }}
compare = {{ indicator = "children_trained", periods = ["ad-2022"] }}
"""
SOURCE = '[source.report]\ntitle = "A report"\n'
CLEAN = SOURCE + ENTRY.format(number="F1", figure=100) + ENTRY.format(number="F2", figure=40)


def read(text: str, gate: tuple[Claim, ...] = ()) -> Ledger:
    return parse_ledger(text, gate)


def test_a_clean_ledger_is_read() -> None:
    ledger = read(CLEAN)
    assert [claim.figure for claim in ledger.values()] == [100, 40]
    assert ledger["F1"].source == "A report"


COMPARE = 'compare = { indicator = "children_trained", periods = ["ad-2022"] }'
LAST = "[figure.F2]\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("[figure.F2]", "[figure.F1]", "occurs twice"), ("[figure.F2]", "[figure.second]", "like F21"),
     ('qualifier = "exact"', 'qualifier = "nearly"', "qualifier must be one of"),
     ('qualifier = "exact"', 'qualifier = "about"', "missing or unknown: round"),
     ('qualifier = "exact"', 'qualifier = "range"', "missing or unknown: upto"),
     ('qualifier = "exact"', 'qualifier = "range"\nupto = 40', "upto must be above figure"),
     ('qualifier = "exact"', 'qualifier = "words"', "missing or unknown: counted, figure, said"),
     ('qualifier = "exact"', 'qualifier = "withheld"', "missing or unknown"),
     ("figure = 40", "figure = 0", "figure must be a whole number above 0"),
     ("figure = 40", 'figure = "forty"', "figure must be a whole number above 0"),
     ('wording = ["We trained 40 children."]\n', "", "missing or unknown: wording"),
     ('wording = ["We trained 40 children."]', "wording = []", "list of sentences"),
     ('wording = ["We trained 40 children."]', 'wording = [" "]', "list of sentences"),
     ('wording = ["We trained 40 children."]', 'wording = "We trained"', "list of sentences"),
     ('topic = "training"', 'topic = "weather"', "topic must be one of"),
     ('topic = "training"', 'topic = "training"\nmood = "good"', "missing or unknown: mood"),
     ('source = "report"', 'source = "hearsay"', "no source hearsay"),
     ('section = "Training"', 'section = ""', "state the heading of the source"),
     ('section = "Training"', 'section = "Training"\npage = 0', "page must be"),
     ('ne = "बाँके"', 'ne = ""', "place: no text in ne"),
     (COMPARE, "", "or why it is not"),
     (COMPARE, COMPARE + '\nunchecked = { en = "No.", ne = "छैन।" }', "or why it is not"),
     ('"children_trained"', '"booth_staff_days"', "not a public indicator"),
     ('["ad-2022"]', "[]", "compare: state the periods"), ('["ad-2022"]', '["2022"]', "not a period"),
     ('["ad-2022"]', '["ad-2022", "bs-2079"]', "two calendars"),
     ('["ad-2022"]', '["ad-2022"], mood = 1', "compare: unknown: mood"),
     ('"children_trained", periods = ["ad-2022"]', '"parents_groups", periods = ["ad-2022", "ad-2023"]', "compared in one period only"),
     ('source = "report"', 'source = "report"\nsubset_of = ["F9"]', "related to F9, which is not in the ledger"),
     ('source = "report"', 'source = "report"\noverlaps_with = ["F9"]', "related to F9, which is not in the ledger"),
     ('source = "report"', 'source = "report"\noverlaps_with = ["F2"]', "related to itself"),
     ('source = "report"', 'source = "report"\nsubset_of = ["F2"]', "related to itself")],
)  # fmt: skip
def test_one_thing_wrong_is_named(old: str, new: str, said: str) -> None:
    head, last = CLEAN.split(LAST)
    changed = head + (LAST + last).replace(old, new, 1)
    assert changed != CLEAN
    with pytest.raises(SimaError, match=re.escape(said)):
        read(changed)


def test_a_circle_and_a_part_that_is_larger_are_named() -> None:
    larger = CLEAN.replace(LAST, 'subset_of = ["F2"]\n' + LAST)
    with pytest.raises(SimaError, match="F1: a part of F2, but larger"):
        read(larger)
    with pytest.raises(SimaError, match="in a circle"):
        read(larger + 'subset_of = ["F1"]\n')


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(SimaError, match=r"F1: topic.*F2: topic"):
        read(CLEAN.replace('topic = "training"', 'topic = "weather"'))


def gate(least: int, code: str = "F2") -> tuple[Claim, ...]:
    return (
        Claim(code, "children_trained", "NP", ("ad-2022",), Sex.ALL, AgeBand.ALL, least, least),
    )


def test_the_gate_and_the_ledger_say_the_same() -> None:
    head, last = CLEAN.split(LAST)
    without = head + LAST + last.replace(COMPARE, "")
    assert read(without, gate(40))["F2"].comparison is not None
    with pytest.raises(SimaError, match=r"F2: claims\.toml has another figure"):
        read(without, gate(41))
    with pytest.raises(SimaError, match="remove compare and unchecked"):
        read(CLEAN, gate(40))
    with pytest.raises(SimaError, match=r"F7: is in claims\.toml but not here"):
        read(CLEAN, gate(40, "F7"))


# ---- adding


@pytest.mark.parametrize("numbers", [("F4", "F5"), ("F5", "F4"), ("F1", "F3"), ("F2", "F3"), ("F4", "F4")])  # fmt: skip
def test_figures_that_may_count_the_same_people_are_not_added(numbers: tuple[str, str]) -> None:
    with pytest.raises(OverlapError, match="may count the same people"):
        add_figures(LEDGER, numbers)


def test_other_things_and_what_is_no_count_are_not_added() -> None:
    with pytest.raises(OverlapError, match="different things"):
        add_figures(LEDGER, ("F6", "F9"))
    for number in ("F13", "F16", "F20"):
        with pytest.raises(OverlapError, match="not a count"):
            add_figures(LEDGER, (number,))


def test_figures_apart_are_added() -> None:
    assert add_figures(read(CLEAN), ("F1", "F2")) == (140, 140)


def test_a_part_shares_what_its_whole_shares() -> None:
    text = CLEAN + ENTRY.format(number="F3", figure=30) + 'subset_of = ["F2"]\n'
    text = text.replace(LAST, 'overlaps_with = ["F2"]\n' + LAST)
    ledger = read(text)
    assert may_count_same_people(ledger, "F1", "F3")
    with pytest.raises(OverlapError):
        add_figures(ledger, ("F3", "F1"))


# ---- periods


def test_april_to_june_2023_lies_across_two_nepali_quarters() -> None:
    period = calendar.parse_period("ad-2023-q2")
    assert [each.code for each in list_straddled_quarters(period)] == ["bs-2079-q3", "bs-2079-q4"]
    assert [(calendar.to_bs(day).month, calendar.to_bs(day).day) for day in (period.start, period.end)] == [(12, 18), (3, 15)]  # fmt: skip


@pytest.mark.parametrize("code", ["ad-2023", "bs-2079-q4", "ad-2023-05", "ad-1999-q2"])
def test_other_periods_are_not_said_to_lie_across(code: str) -> None:
    assert list_straddled_quarters(calendar.parse_period(code)) == ()


# ---- states


def cells(number: str, *rows: tuple[str, Any], level: int = 0) -> pd.DataFrame:
    """Make a row a period; a text is a status, or a class after a colon."""
    compared = LEDGER[number].comparison
    assert compared is not None
    made = []
    for place, (period, told) in enumerate(rows):
        text = told if isinstance(told, str) else ""
        value_class = text.removeprefix("class:") if text.startswith("class:") else None
        made.append(
            {"unit_code": "NP" if level == 0 else f"511{place:02d}", "admin_level": level, "period": period,
             "sex": compared.sex.value, "age_band": compared.age_band.value,
             "status": "published" if value_class or not text else text,
             "value": told if isinstance(told, int) else None, "value_class": value_class}
        )  # fmt: skip
    names = ("unit_code", "admin_level", "period", "sex", "age_band", "status", "value", "value_class")  # fmt: skip
    return pd.DataFrame(made, columns=list(names)).astype({"value": "Int64"})


def told(number: str, *rows: tuple[str, Any], level: int = 0) -> Check:
    return check_figure(LEDGER[number], cells(number, *rows, level=level), classes=CLASSES)


def years(*values: Any, first: int = 2019) -> list[tuple[str, Any]]:
    return [(f"ad-{first + n}", value) for n, value in enumerate(values)]


def test_an_exact_number_is_as_published() -> None:
    found = told("F3", ("ad-2023-q2", 1417), ("ad-2023", 3718))
    assert (found.state, found.least, found.most) == (State.AS_PUBLISHED, 1417, 1417)
    assert told("F1", *years(211, 3000, 3000, 3000, 4000)).state is State.AS_PUBLISHED


@pytest.mark.parametrize(("value", "state"), [(2250, State.AGREES), (2350, State.AGREES),
                                              (2249, State.DIFFERS), (2351, State.DIFFERS)])  # fmt: skip
def test_about_is_what_rounds_to_it(value: int, state: State) -> None:
    assert told("F2", *years(value, 0, 0, 0, 0)).state is state


@pytest.mark.parametrize(
    ("value", "state"), [(4501, State.AGREES), (4500, State.DIFFERS), (12, State.DIFFERS)]
)
def test_over_is_more_than_it(value: int, state: State) -> None:
    assert told("F10", *years(value, 0, 0, 0, first=2020)).state is state


def test_another_number_differs() -> None:
    assert told("F6", ("ad-2023-q4", 781)).state is State.DIFFERS


@pytest.mark.parametrize(
    ("value_class", "state", "reason"),
    [("none", State.DIFFERS, Reason.COMPARED), ("lower", State.DIFFERS, Reason.COMPARED),
     ("middle", State.AGREES, Reason.COMPARED), ("higher", State.AGREES, Reason.COMPARED)],
)  # fmt: skip
def test_a_class_is_an_interval(value_class: str, state: State, reason: Reason) -> None:
    found = told("F12", ("ad-2022", f"class:{value_class}"))
    assert (found.state, found.reason) == (state, reason)


def test_classes_that_hold_both_are_too_coarse() -> None:
    found = told("F4", *years(*["class:middle"] * 5))
    assert (found.state, found.reason) == (State.NOT_CHECKABLE, Reason.COARSE)
    assert (found.least, found.most) == (255, 1000)
    assert told("F4", *years(*["class:higher"] * 5)).state is State.AGREES


@pytest.mark.parametrize("status", ["suppressed", "not_reported"])
def test_a_part_is_never_set_against_the_whole(status: str) -> None:
    found = told("F1", *years(9000, status, 9000, 9000, 9000))
    assert (found.state, found.reason) == (State.NOT_CHECKABLE, Reason.NOT_SHOWN)
    assert found.hidden + found.silent == ("ad-2020",)
    assert found.least is None, "no sum of the rest"


def test_a_year_that_is_not_there_is_named() -> None:
    found = told("F1", *years(1, 2, 3, 4))
    assert (found.state, found.reason, found.absent) == (
        State.NOT_CHECKABLE,
        Reason.ABSENT,
        ("ad-2023",),
    )


def test_nepali_quarters_are_never_compared_as_if_they_were_the_quarter() -> None:
    found = told("F3", ("bs-2079-q2", 1), ("bs-2079-q3", 1417), ("bs-2079-q4", 1417))
    assert (found.state, found.reason) == (State.NOT_CHECKABLE, Reason.STRADDLES)
    assert found.crossing == ("bs-2079-q3", "bs-2079-q4")
    assert found.least is None


def test_palikas_are_counted_where_all_are_shown() -> None:
    thirteen = [("ad-2023-q4", 4)] * 13
    assert told("F7", *thirteen, ("ad-2023-q4", 0), level=3).state is State.AS_PUBLISHED
    assert told("F7", *thirteen[1:], level=3).state is State.DIFFERS
    for status in ("suppressed", "not_reported"):
        assert told("F7", *thirteen, ("ad-2023-q4", status), level=3).state is State.NOT_CHECKABLE


def test_other_people_and_places_are_not_taken() -> None:
    rows = cells("F2", *years(2300, 0, 0, 0, 0))
    assert (
        check_figure(LEDGER["F2"], rows.assign(age_band="all"), classes=CLASSES).reason
        is Reason.ABSENT
    )
    assert (
        check_figure(LEDGER["F2"], rows.assign(unit_code="3"), classes=CLASSES).reason
        is Reason.ABSENT
    )


def test_without_a_release_or_a_counterpart_nothing_is_checkable() -> None:
    for claim in LEDGER.values():
        found = check_figure(claim, None, classes={})
        assert found.state is State.NOT_CHECKABLE
        expected = Reason.NO_RELEASE if claim.comparison else Reason.NO_COUNTERPART
        assert found.reason is expected
