"""Every fault of a project's files is found, with its file and line."""

import re
from dataclasses import replace
from types import MappingProxyType

import pytest

from data.committees.ladder import load_ladder
from data.model import SimaError
from data.projects.check import check_project, require_sound
from data.reference import minimum
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.project_files import ProjectFiles, pinned, read_shipped

SHIPPED = read_shipped()


def changed(name: str, old: str, new: str) -> ProjectFiles:
    text = SHIPPED.text(name)
    assert old in text
    content = dict(SHIPPED.content) | {name: text.replace(old, new, 1).encode()}
    return ProjectFiles(None, MappingProxyType(content), frozenset())


def test_the_shipped_files_have_no_fault() -> None:
    assert check_project(SHIPPED) == []


WRONG = [
    ("policy.toml", 'version = "6"', 'version = "6', "cannot be read"),
    ("policy.toml", "people = 10", "people = 9", "threshold.public.people: must be at least 10"),
    ("policy.toml", "hidden_parts = 3", "hidden_parts = 2", "insiders.hidden_parts"),
    ("policy.toml", "[design.interceptions.public]", "[design.ghost.public]", "ghost"),
    ("policy.toml", "interceptions = [", "ghost = [", "ghost does not stand in indicators.toml"),
    ("policy.toml", "bands = [24,", "bands = [19,", "must be at least 10 wide"),
    ("indicators.toml", 'class = "at_risk"', 'class = "secret"', "secret"),
    ("indicators.toml", 'class = "at_risk"', 'class = "people"', "must be at_risk"),
    ("indicators.toml", 'aggregation = "flow"', 'aggregation = "mean"', "mean"),
    ("templates.toml", '"interceptions"', '"ghost"', "ghost does not stand in indicators.toml"),
    ("templates.toml", 'split = "people"', 'split = "all"', "`split` must be"),
    ("templates.toml", 'ages = ["u18"]', "ages = []", "`people` needs `ages`"),
    (
        "templates.toml",
        'amount = "seed_funds_cash_npr"',
        'amount = "seed_funds_given"',
        "seed_funds_given needs `most_per_person`",
    ),
    ("indicators.toml", "most_per_person = 40000", "most_per_person = 0", "at least 1"),
    ("organisations.toml", "synthetic = true", 'synthetic = "yes"', "`synthetic` must be"),
    ("project.toml", "ad-2023-12", "ad-2023-13", "not a period"),
    ("ladder.toml", "2 = { en", "22 = { en", "rung.22"),
    ("claims.toml", "qualifier = ", 'qualifier = "nearly" #', "qualifier must be one of"),
    ("sites.csv", ",51106,", ",99999,", "There is no palika 99999."),
    ("sites.csv", "site_code", "code", "The column site_code is missing."),
    ("sites.csv", "Jamunaha,जमुनाहा", "Jamunaha,", "name_ne is missing."),
    ("border_points.csv", "Pashupatinagar,", ",", "name_en is missing."),
    ("aliases.csv", ",505,", ",599,", "There is no district 599"),
    ("aliases.csv", "Nawalpur,,408", "Nawalpur,,499", "There is no district 499"),
    ("aliases.csv", ",505,50503", ",505,50599", "There is no palika 50599"),
    ("project.toml", '["en", "ne"]', '["en", "hi"]', "one or more of"),
    ("programme.csv", "511", "599", "There is no district or palika 599."),
    ("programme.csv", "511,,", "511,soon,", "since is not a day"),
    ("border_points.csv", ",511,", ",599,", "There is no district 599."),
    ("sites.csv", ",51106,", ",51106,more,", "The row has"),
    ("sites.csv", "81.", "east", "lon is not a number of degrees."),
    ("bs_months.csv", "2075,", "2O75,", "years follow each other"),
    ("bs_months.csv", ",31,", ",36,", "years follow each other"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), WRONG)
def test_a_fault_is_named_with_its_line(name: str, old: str, new: str, said: str) -> None:
    wrong = changed(name, old, new)
    faults = check_project(wrong)
    found = [fault for fault in faults if said in fault.en]
    assert found, [(fault.where, fault.en) for fault in faults]
    assert found[0].ne != found[0].en
    line = SHIPPED.text(name)[: SHIPPED.text(name).index(old)].count("\n") + 1
    # The line of the entry, or of the key in it.
    assert line - 14 <= found[0].line <= line + 1, found[0].where
    with pytest.raises(SimaError, match=r"line \d+: .* sima project check"):
        require_sound(wrong)


def test_one_wrong_entry_does_not_hide_another() -> None:
    once = changed("indicators.toml", 'class = "at_risk"', 'class = "secret"')
    text = once.text("indicators.toml").replace('aggregation = "stock"', 'aggregation = "mean"', 1)
    both = replace(once, content=dict(once.content) | {"indicators.toml": text.encode()})
    assert len(check_project(both)) == 2


def test_a_project_of_one_language_needs_texts_in_it_alone() -> None:
    english = changed("project.toml", '["en", "ne"]', '["en"]')
    without = {
        name: re.sub(r', ne = "[^"]*"', "", text) if name.endswith(".toml") else text
        for name, text in ((name, english.text(name)) for name in english.content)
    }
    without["sites.csv"] = without["sites.csv"].replace("जमुनाहा", "")
    content = {name: text.encode() for name, text in without.items()}
    files = replace(english, content=content)
    assert check_project(files) == []
    with pinned(files):
        assert load_indicators()["booth_contacts"].name["ne"] == "People informed at booths"
        assert load_ladder().rung_name[0]["ne"] == load_ladder().rung_name[0]["en"]
        assert Gazetteer.load().name("BANKE-JAMUNAHA", "ne") == "Jamunaha"
        assert Gazetteer.load().name("SUNSARI-BHANTABARI", "ne") == "भन्टाबारी"
    two = replace(files, content=content | {"project.toml": SHIPPED.content["project.toml"]})
    assert any("no text in ne" in fault.en for fault in check_project(two))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("policy.toml", "people = 10", 'people = "many"'),
        ("policy.toml", "hidden_parts = 3", "hidden_parts = [3]"),
        ("policy.toml", "[insiders.width]\npublic = 10", "[insiders.width]\npublic = {}"),
        ("policy.toml", 'display = "class"', 'display = ["class"]'),
        ("indicators.toml", 'class = "at_risk"', 'class = ["at_risk"]'),
        ("claims.toml", "figure = 13211", 'figure = "many"'),
        ("project.toml", '["en", "ne"]', "[[]]"),
    ],
)
def test_a_value_of_another_kind_is_a_fault_and_no_traceback(name: str, old: str, new: str) -> None:
    assert name in {fault.name for fault in check_project(changed(name, old, new))}


def test_what_a_release_kept_in_one_language_is_read_by_a_project_of_two() -> None:
    english = re.sub(r', ne = "[^"]*"', "", SHIPPED.text("indicators.toml"))
    once = replace(SHIPPED, content={**SHIPPED.content, "indicators.toml": english.encode()})
    with pinned(SHIPPED.with_meaning(once.meaning())):
        assert load_indicators()["booth_contacts"].name["ne"] == "People informed at booths"
    with pinned(once), pytest.raises(SimaError, match="no text in ne"):
        load_indicators()


def test_every_rule_below_the_minimum_is_told() -> None:
    text = SHIPPED.text("policy.toml").replace("people = 5", "people = 4", 1)
    text = text.replace("hidden_parts = 3", "hidden_parts = 2")
    text = text.replace('finest = "district"', 'finest = "palika"', 1)
    wrong = replace(SHIPPED, content=dict(SHIPPED.content) | {"policy.toml": text.encode()})
    told = [fault.en.split(":")[0] for fault in check_project(wrong)]
    assert told[:2] == ["threshold.partner.people", "insiders.hidden_parts"]
    assert told[2].startswith("design.interceptions.public")


def test_faults_of_files_that_do_not_rest_on_each_other_are_told_together() -> None:
    swapped = {
        "added.toml": ("", '[indicator.x]\ntheme = "none"\n'),
        "programme.csv": ("511,", "599,"),
        "project.toml": ('["en", "ne"]', '["en", "fr"]'),
        "sites.csv": ("2019-07-01", "2019-13-01"),
        "claims.toml": ("figure = 13211", "figures = 13211"),
        "ladder.toml": ("2 = { en", "22 = { en"),
    }
    content = dict(SHIPPED.content)
    for name, (old, new) in swapped.items():
        text = SHIPPED.text(name)
        content[name] = (text.replace(old, new, 1) if old else text + new).encode()
    told = {fault.name for fault in check_project(replace(SHIPPED, content=content))}
    assert told == set(swapped)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("indicators.toml", '"at_risk"', '"at_rsk"', "must be one of at_risk, people"),
        ("indicators.toml", '"stock"', '"mean"', "must be one of flow, stock"),
        ("policy.toml", 'finest = "district"', 'finest = "village"', "must be one of country"),
        ("policy.toml", '["half", "year"]', '["week"]', "must be one of month, quarter"),
        ("policy.toml", '"class"', '"colour"', "must be one of"),
        ("claims.toml", "figure = 13211", "figures = 13211", "missing or unknown: figure, figures"),
    ],
)
def test_a_word_that_is_not_known_is_told_with_those_that_are(
    name: str, old: str, new: str, said: str
) -> None:
    assert any(said in fault.en for fault in check_project(changed(name, old, new)))


def test_a_project_wider_than_the_minimum_does_not_start() -> None:
    wide = changed("policy.toml", 'finest = "district"', 'finest = "palika"')
    with pinned(wide), pytest.raises(SimaError, match=r"policy\.toml, line \d+: design\."):
        minimum.require_minimum()


def test_figures_of_one_row_of_which_the_policy_says_nothing_are_named() -> None:
    found = check_project(
        changed("policy.toml", 'people = ["sbcc_audience"]', 'people = ["rescues"]')
    )
    (fault,) = found
    assert fault.name == "templates.toml"
    assert fault.en.startswith("activity.awareness: policy.toml does not say what figures tell")
    assert "(sbcc_audience, sbcc_sessions)" in fault.en
    without = check_project(changed("policy.toml", 'of = ["booth_contacts"]', 'of = ["rescues"]'))
    (fault,) = without
    assert fault.en.count("; ") == 5, "one fault a row, with its six pairs"
    text = SHIPPED.text("policy.toml")
    nothing = text[text.index("# No events, no people") : text.index("# Where more is found")]
    faults = check_project(changed("policy.toml", nothing, ""))
    assert len(faults) == 4, "one fault a row or activity, however many pairs"
    assert "and 28 more pairs" in faults[0].en


def test_only_an_organisational_figure_can_tell_something_of_others() -> None:
    found = check_project(
        changed("policy.toml", 'events = "sbcc_sessions"', 'events = "interceptions"')
    )
    told = [fault for fault in found if "must be an organisational figure" in fault.en]
    assert [fault.en.partition(":")[0] for fault in told] == ["none_without.1"]
    line = SHIPPED.text("policy.toml").splitlines()[told[0].line - 1]
    assert line == "[[none_without]]"


def test_a_wrong_relation_has_its_line_also_where_it_was_added() -> None:
    wrong = '\n[[none_without]]\nevents = "sbcc_sessions"\npeople = "sbcc_audience"\n'
    text = SHIPPED.text("policy.toml") + wrong
    (fault,) = check_project(changed("policy.toml", SHIPPED.text("policy.toml"), text))
    assert (fault.name, text.splitlines()[fault.line - 1]) == ("policy.toml", "[[none_without]]")
    text = SHIPPED.text("added.toml") + wrong
    (fault,) = check_project(changed("added.toml", SHIPPED.text("added.toml"), text))
    assert (fault.name, text.splitlines()[fault.line - 1]) == ("added.toml", "[[none_without]]")
