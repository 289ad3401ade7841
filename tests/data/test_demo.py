"""The demonstration's workbooks, checked as an upload is; nothing is stored."""

from datetime import timedelta
from functools import cache

import pandas as pd
import pytest

from data import demo
from data.intake import row_rules, spreadsheet
from data.intake.row_rules import RECORD_COLUMNS, SIGN_COLUMNS
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy

NOTHING = pd.DataFrame(columns=RECORD_COLUMNS).astype({"value": "Int64"})
NO_SIGNS = pd.DataFrame(columns=SIGN_COLUMNS)
ACTORS_PUBLISHED = 178


@cache
def trainings() -> pd.DataFrame:
    """Records of the trainings of the thirteen palikas; fails where a file has a finding."""
    gazetteer = Gazetteer.load()
    parts = []
    for file in demo.files(gazetteer):
        if file.name.startswith("trainings"):
            checked = row_rules.check_rows(
                spreadsheet.read_workbook(file.content),
                gazetteer=gazetteer,
                indicators=load_indicators(),
                known=NOTHING,
                known_signs=NO_SIGNS,
                relations=load_policy().relations,
                today=demo.UNTIL + timedelta(days=1),
            )
            assert checked.findings == ()
            parts.append(checked.records)
    return pd.concat(parts, ignore_index=True)


def test_actors_of_the_last_year_are_the_published_number() -> None:
    records = trainings()
    last = records["period"].eq("ad-2023")
    actors = records[last & records["indicator"].isin(["actors_state", "actors_non_state"])]
    assert actors["value"].sum() == ACTORS_PUBLISHED
    assert actors["indicator"].nunique() == 2


def test_media_are_among_the_sessions_of_their_quarter() -> None:
    sums = trainings().pivot_table(
        index=["place_code", "period"], columns="indicator", values="value", aggfunc="sum"
    )
    media = sums[["sbcc_theatre", "sbcc_radio", "sbcc_murals"]].dropna()
    assert len(media) == len(demo.PALIKAS) * 16
    assert media.sum(axis=1).le(sums.loc[media.index, "sbcc_sessions"]).all()
    assert media.sum().gt(0).all()


@pytest.mark.parametrize("indicator", ["forum_meetings", "joint_plans", "cross_border_meetings"])
def test_every_district_coordinates(indicator: str) -> None:
    records = trainings()
    told = records[records["indicator"].eq(indicator) & records["value"].gt(0)]
    assert set(told["place_code"].str[:3]) == {"113", "312", "511"}
