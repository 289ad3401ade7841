"""The profile of one place: who sees whose release, what is newest, what lacks, what comes next."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.released import cache, committee_status, place_profile
from dashboard.released.place_profile import Profile
from dashboard.sections import place
from data.model import Audience, ReleaseInfo, Role
from data.reference.scope import EVERYTHING, Scope

PUBLIC, PARTNER = (
    ReleaseInfo(1, each, "2026-01-02T00:00:00Z", "current", True, "b", "2", 1, 0)  # noqa: FBT003  # a record
    for each in (Audience.PUBLIC, Audience.PARTNER)
)
ON = date(2023, 6, 1)
UNITS = pd.DataFrame(
    [("NP", 0, None, "Nepal", None), ("5", 1, "NP", "Lumbini", None), ("511", 2, "5", "Banke", None),
     ("51106", 3, "511", "Nepalganj", None), ("51107", 3, "511", "Duduwa", None),
     ("5110601", 4, "51106", "Ward 1", 1), ("5110602", 4, "51106", "Ward 2", 2),
     ("5110610", 4, "51106", "Ward 10", 10)],
    columns=["unit_code", "admin_level", "parent_code", "name_en", "ward_number"],
).set_index("unit_code").astype({"ward_number": "Int64"}).assign(name_ne="नाम", population_2021=100, palika_type="Municipality",
    source="<b>x</b>", touches_border=False, programme_district=True)  # fmt: skip


def cell(unit: str, indicator: str, period: str, value: Any) -> dict[str, Any]:
    number = isinstance(value, int)
    year, quarter = period[3:7], period[9:]
    month = 3 * int(quarter) if quarter else 12
    return {
        "unit_code": unit, "admin_level": int(UNITS.at[unit, "admin_level"]),
        "parent_code": UNITS.at[unit, "parent_code"], "indicator": indicator, "period": period,
        "period_start": f"{year}-{month - 2 if quarter else 1:02d}-01", "period_end": f"{year}-{month:02d}-28",
        "sex": "all", "age_band": "all", "status": "published" if number else value,
        "value": value if number else None, "value_class": None,
    }  # fmt: skip


CELLS = [
    cell("51106", "children_trained", "ad-2022", 90),
    cell("51106", "children_trained", "ad-2023", "suppressed"),
    cell("51106", "parents_members", "ad-2023", "suppressed"),
    cell("511", "parents_members", "ad-2023", 305),
    cell("51106", "parents_groups", "ad-2023-q4", 1),
    cell("51106", "sbcc_sessions", "ad-2023", "not_reported"),
    cell("5110601", "parents_groups", "ad-2023-q4", 1),
    cell("5110602", "parents_groups", "ad-2023-q4", 0),
    cell("5110610", "parents_groups", "ad-2023-q4", 0),
    cell("51107", "teachers_trained", "ad-2023", 12),
    cell("511", "police_trained", "ad-2023", 40),
]


@pytest.fixture(autouse=True)
def _released(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    frame = pd.DataFrame(CELLS).astype({"value": "Int64"})
    around = frame[frame["unit_code"].isin(["51106", "511", "5", "NP"])]
    wards = frame[frame["parent_code"].eq("51106") | frame["unit_code"].eq("51106")]
    monkeypatch.setattr(cache, "units", lambda _release: UNITS)
    monkeypatch.setattr(cache, "catalogue", lambda _release: frame)
    monkeypatch.setattr(
        cache, "cells_around",
        lambda _release, unit: around if unit == "51106" else frame[frame["unit_code"] == unit],
    )  # fmt: skip
    monkeypatch.setattr(cache, "cells_within", lambda _release, _unit: wards)
    wording.speak("en")
    yield
    wording.speak("en")


def stand(monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    stood = pd.DataFrame({"next_step": [step]}, index=["51106"])
    monkeypatch.setattr(committee_status, "standing", lambda *_asked: stood)


def found(release: ReleaseInfo = PUBLIC, unit: str = "51106") -> Profile:
    return place_profile.profile_place(release, unit)


# ---- who sees what


@pytest.mark.parametrize(
    ("role", "scope", "unit", "audience"),
    [(Role.PUBLIC, (), "51106", Audience.PUBLIC), (Role.PLANNER, EVERYTHING, "51106", Audience.PARTNER),
     (Role.STEWARD, EVERYTHING, "51106", Audience.PARTNER), (Role.DEPUTY, ("51106",), "51106", Audience.PARTNER),
     (Role.DEPUTY, ("51106",), "5110603", Audience.PARTNER), (Role.DEPUTY, ("51106",), "51107", Audience.PUBLIC),
     (Role.DEPUTY, ("51106",), "511", Audience.PUBLIC), (Role.DEPUTY, ("51106",), "", Audience.PUBLIC)],
)  # fmt: skip
def test_a_place_is_told_from_the_release_that_the_viewer_may_see(
    role: Role, scope: Scope, unit: str, audience: Audience
) -> None:
    assert place_profile.audience(Viewer(role, scope), unit) is audience


@pytest.mark.parametrize("unit", ["", "NP", "5", "511", "99999", "<script>", "51106 ", "../x"])
def test_what_is_no_palika_has_no_page(unit: str) -> None:
    assert not place_profile.is_place(PUBLIC, unit)
    assert not place_profile.is_place(PARTNER, unit)


def test_a_ward_has_a_page_for_partners_alone() -> None:
    assert place_profile.is_place(PUBLIC, "51106")
    assert place_profile.is_place(PARTNER, "5110601")
    assert not place_profile.is_place(PUBLIC, "5110601")


# ---- what there is and what is not


def test_the_newest_figure_that_is_shown_stands_with_what_is_newer() -> None:
    known = found().of("children_trained")
    assert known is not None
    assert (known.period, int(known.row["value"])) == ("ad-2022", 90)
    assert known.newer == (("ad-2023", "suppressed"),)
    assert "2023: hidden to keep people safe" in place.figures("training", [known])


def test_a_hidden_figure_says_that_of_the_district() -> None:
    assert "hidden to keep people safe · Banke as a whole: 305" in place.groups(found())
    assert (
        "Parents and caregivers in groups, at the end of 2023: hidden here; Banke as a whole: 305"
        in place.lacks(found())
    )


def test_what_lacks_is_said_in_words() -> None:
    mine = found()
    assert mine.absent == ("teachers_trained",)
    assert mine.coarser == ("police_trained",)
    said = place.lacks(mine)
    assert "Awareness sessions, 2023" in said.partition("not reported")[2]
    assert "Teachers trained" in said.partition("nothing reported")[2]
    assert "Police trained" in said.partition("shown only for larger areas")[2]


def test_figures_stand_by_theme_and_groups_stand_once() -> None:
    themes = place.by_theme(found())
    assert list(themes) == ["training"]
    assert [each.indicator for each in themes["training"]] == ["children_trained"]


def test_wards_without_a_group_are_for_partners_in_ward_order() -> None:
    said = place.groups(found(PARTNER))
    assert said.index(">Ward 2<") < said.index(">Ward 10<")
    assert ">Ward 1<" not in said
    assert "Ward" not in place.groups(found())


def test_texts_of_units_are_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    stand(monkeypatch, "keep")
    assert "<b>x" not in place.head(found(), ON)
    assert "&lt;b&gt;x" in place.head(found(), ON)


# ---- the next step


def test_the_committees_step_comes_first_and_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stand(monkeypatch, "meeting")
    assert place.next_step(found(PARTNER), ON) == "Hold a meeting with minutes in every trimester."
    assert place.step(found(PARTNER), ON) == "", "its card says it"


def test_where_the_committee_works_the_first_ward_without_a_group_is_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand(monkeypatch, "keep")
    assert place.next_step(found(PARTNER), ON) == "Start a parents' group in ward 2."
    assert place.next_step(found(), ON) == "Report Awareness sessions for 2023."
    assert "Start a parents" in place.step(found(PARTNER), ON)


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("5110602", "Start a parents' group in this ward."),
        ("5110601", "Keep working, and keep reporting."),
    ],
)
def test_a_ward_has_a_step_of_its_own(unit: str, said: str) -> None:
    assert place.next_step(found(PARTNER, unit), ON) == said


# ---- the map


def test_a_map_is_linked_where_it_has_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cache, "current_release", lambda audience, _scope: PUBLIC if audience == "public" else None
    )
    mine = found()
    known = mine.of("children_trained")
    assert known is not None
    query = place_profile.map_query(mine, known, Viewer(Role.PUBLIC))
    assert query == {
        "area": "511", "indicator": "children_trained", "period": "ad-2022", "level": "palika",
        "release": "1",
    }  # fmt: skip
    assert place_profile.map_query(found(PARTNER), known, Viewer(Role.PLANNER, EVERYTHING)) == query
    gone = PUBLIC.__class__(9, Audience.PARTNER, "x", "current", False, "b", "2", 1, 0)  # noqa: FBT003  # a record
    monkeypatch.setattr(cache, "current_release", lambda _audience, _scope: None)
    other = Profile(gone, "51106", mine.known, (), ())
    assert place_profile.map_query(other, known, Viewer(Role.STEWARD, EVERYTHING)) is None


def test_districts_and_palikas_are_in_the_order_of_their_names() -> None:
    assert place_profile.districts_by_name(UNITS) == ["511"]
    assert place_profile.palikas_by_name(UNITS, "511") == ["51107", "51106"]
    assert place_profile.palikas_by_name(UNITS, "") == []
