"""Which organisations may be named, and who reported from where, without a look at any figure."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pytest

from dashboard.sections.planner import overlap
from data.model import SimaError
from data.reference import organisations
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.organisations import PRESENCE_COLUMNS
from data.release_making import presence as release_making_presence

GAZETTEER = Gazetteer.load()
OF_BATCH = {1: "org-a", 2: "org-b", 3: "org-c"}
NO_SIGNS = pd.DataFrame(columns=["unit_code", "sign", "signed_on", "number", "value", "batch_id"])


def records(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Records of April 2023: place, indicator, batch."""
    table = [
        (place, indicator, date(2023, 4, 1), date(2023, 4, 30), "reported", 7, batch)
        for place, indicator, batch in rows
    ]
    names = ["place_code", "indicator", "period_start", "period_end", "state", "value", "batch_id"]
    return pd.DataFrame(table, columns=names).astype({"value": "Int64"})


def presence(
    told: pd.DataFrame, signs: pd.DataFrame = NO_SIGNS, of_batch: Mapping[int, str] = OF_BATCH
) -> pd.DataFrame:
    return release_making_presence.presence(
        told, signs, of_batch=of_batch, known=organisations.load_organisations(),
        sites=GAZETTEER.sites, indicators=load_indicators(),
    )  # fmt: skip


def who(found: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    return list(found[PRESENCE_COLUMNS[:4]].itertuples(index=False, name=None))


def test_a_store_names_organisations_of_its_own_kind_of_data() -> None:
    made_up = organisations.list_organisations(synthetic=True)
    assert len(made_up) >= 3
    assert all("synthetic" in each.name["en"] for each in made_up.values())
    assert not set(made_up) & set(organisations.list_organisations(synthetic=False))


@pytest.mark.parametrize(
    "entry",
    [{}, {"name": {"en": "A"}, "synthetic": True}, {"name": {"en": "A", "ne": "क"}},
     {"name": "A", "synthetic": True}, {"name": {"en": "A", "ne": "क"}, "synthetic": "yes"}],
)  # fmt: skip
def test_a_wrong_entry_is_named(entry: dict[str, object]) -> None:
    with pytest.raises(SimaError, match=r"organisations\.toml, org-x"):
        organisations.read_organisations({"org-x": entry})


def test_reports_of_a_booth_a_ward_and_a_palika_are_from_the_palika() -> None:
    told = records(
        ("BANKE-JAMUNAHA", "booth_contacts", 1), ("5110602", "parents_groups", 2),
        ("51106", "children_trained", 3), ("51106", "police_trained", 3),
    )  # fmt: skip
    assert who(presence(told)) == [
        ("51106", "booths", 2023, "org-a"),
        ("51106", "groups", 2023, "org-b"),
        ("51106", "training", 2023, "org-c"),
    ]


def test_a_sign_is_work_for_the_committee() -> None:
    sign = pd.DataFrame(
        [("51106", "meeting", date(2022, 8, 28), "1/2079", None, 2)], columns=NO_SIGNS.columns
    )
    assert who(presence(records(), sign)) == [("51106", "committees", 2022, "org-b")]


def test_no_figure_changes_who_is_listed() -> None:
    told = records(("51106", "children_trained", 1), ("51107", "sbcc_audience", 2))
    for value in (0, 1, 4, 99_999):
        assert who(presence(told.assign(value=value))) == who(presence(told))


def test_services_for_survivors_are_tied_to_no_place() -> None:
    told = records(
        ("51106", "skills_training_completed", 1), ("51106", "seed_funds_given", 1),
        ("BANKE-JAMUNAHA", "rescues", 1), ("BANKE-JAMUNAHA", "outcome_shelter", 1),
        ("BANKE-JAMUNAHA", "repatriated", 1),
    )  # fmt: skip
    assert presence(told).empty


def test_what_does_not_apply_or_names_nobody_is_left_out() -> None:
    told = records(("51106", "children_trained", 1))
    assert presence(told.assign(state="not_applicable", value=pd.NA)).empty
    assert presence(told, of_batch={}).empty
    assert presence(told, of_batch={1: "somebody else"}).empty
    assert list(presence(told.iloc[:0]).columns) == PRESENCE_COLUMNS


# ---- the planner's view


def test_three_or_more_of_the_same_kind_of_work_are_marked() -> None:
    told = records(
        ("51106", "children_trained", 1), ("51106", "teachers_trained", 2), ("51106", "police_trained", 3),
        ("51106", "sbcc_sessions", 1), ("51107", "children_trained", 1), ("51107", "teachers_trained", 2),
        ("11303", "children_trained", 1),
    )  # fmt: skip
    rows = overlap.in_area(
        presence(told), GAZETTEER.units, "511", year=2023, language="en"
    ).set_index(["palika_code", "theme"])
    assert rows["many"].to_dict() == {
        ("51106", "training"): True, ("51106", "awareness"): False, ("51107", "training"): False,
    }  # fmt: skip
    assert rows.at[("51107", "training"), "names"] == (
        "Organisation A (synthetic)", "Organisation B (synthetic)",
    )  # fmt: skip
    assert list(rows["within"].unique()) == ["Banke"]


def test_another_year_or_area_has_nobody() -> None:
    told = presence(records(("51106", "children_trained", 1)))
    for area, year in (("511", 2022), ("113", 2023)):
        found = overlap.in_area(told, GAZETTEER.units, area, year=year, language="ne")
        assert found.empty
        assert list(found.columns) == ["palika_code", "theme", "place", "within", "names", "many"]


def test_who_brought_what_between_two_batches() -> None:
    batches = pd.DataFrame(
        {
            "batch_id": [5, 4, 3, 2, 1],
            "organisation": ["org-a", None, "org-b", "org-a", "org-c"],
            "figures": [50, 4, 30, 20, 10],
        }
    )
    told = organisations.count_uploads(batches, after=1, upto=4)
    assert list(told.itertuples(name=None)) == [("org-a", 1, 20), ("org-b", 1, 30), ("", 1, 4)]
    assert organisations.count_uploads(batches, after=5, upto=5).empty
    assert organisations.count_uploads(batches, after=0, upto=5)["figures"].sum() == 114
