"""A restatement that is refused is offered as a choice that passes: some reports wait."""

import dataclasses
import random
from datetime import date
from itertools import product

import pandas as pd
import pytest

from data.disclosure.cell_totals import Places
from data.disclosure.cells import CELL_KEY
from data.disclosure.certificate import latest_versions, read_certificate
from data.holdings import RECORD_COLUMNS
from data.model import Audience
from data.reference.gazetteer import Gazetteer
from data.reference.policy import load_policy
from data.release_making.build import Preview, build_release
from data.release_making.inputs import ReleaseInputs
from data.release_making.offers import find_offers
from data.release_making.release_choice import Choice
from data.release_making.waiting import changed_reports, find_reports, let_wait
from tests.data.release_making.test_build_without_store import after, boundaries, inputs, records
from tests.support.restatements import (
    YEAR,
    Figures,
    draw_changes,
    draw_figures,
    programme,
    restating,
)

PUBLIC, PARTNER = Audience.PUBLIC, Audience.PARTNER
TRAINED = "children_trained"
QUARTER = f"{YEAR}-q3"
BEFORE: Figures = {
    (place, QUARTER): (31 + 7 * n, 64 - 3 * n)
    for n, place in enumerate(["30501", "30502", "31201", "31202"])
}
# Three boys fewer in one palika, two more in another one: each palika knows its own change, and so
# computes the other one's.
NOW: Figures = BEFORE | {("30501", QUARTER): (31, 61), ("31201", QUARTER): (45, 60)}


def restatement(before: Figures, now: Figures, audience: Audience = PARTNER) -> ReleaseInputs:
    first = programme(before, audience)
    return restating(after(build_release(first, load_policy()), first), now)


def with_choice(given: ReleaseInputs, choice: Choice) -> Preview:
    return build_release(dataclasses.replace(given, choice=choice), load_policy())


def shown(made: Preview) -> pd.DataFrame:
    names = ["unit_code", "period", "sex", "age_band", "status", "value"]
    return made.content.cells[names].sort_values(names[:4], ignore_index=True)


def offered(given: ReleaseInputs, refused: Preview) -> Preview:
    """The release with the first offer, which must pass and cost what it says."""
    offer = find_offers(given, refused, load_policy())[0]
    made = with_choice(given, offer.choice)
    assert made.exposures == ()
    assert made.waiting_by_choice == offer.corrections
    return made


def test_what_cannot_pass_is_offered_with_reports_that_wait() -> None:
    given = restatement(BEFORE, NOW)
    refused = build_release(given, load_policy())
    assert {each.insider for each in refused.exposures} <= {"305", "30501", "312", "31201"}
    assert refused.exposures
    (offer,) = find_offers(given, refused, load_policy())
    ((indicator, place, period),) = offer.choice.wait
    assert (indicator, period) == (TRAINED, QUARTER)
    assert place in {"30501", "31201"}
    assert (offer.corrections, offer.of_corrections, offer.new_figures) == (1, 2, 0)
    made = offered(given, refused)
    assert made.waiting == 1
    # All of it is as if nobody had corrected the report that waits.
    alone = dataclasses.replace(
        given, records=records(NOW | {(place, period): BEFORE[place, period]}, batch=2)
    )
    pd.testing.assert_frame_equal(shown(made), shown(build_release(alone, load_policy())))
    # The certificate says of which batch its records are.
    frozen = read_certificate(made.certificate).frozen.set_index("place_code")["last_batch"]
    assert frozen[place] == 1
    assert frozen[""] == 2


def test_if_everything_waits_the_year_stays_as_it_was() -> None:
    given = restatement(BEFORE, NOW)
    made = with_choice(given, Choice(frozenset({(TRAINED, "NP", YEAR)})))
    assert made.exposures == ()
    assert made.waiting_by_choice == 2
    before = latest_versions(given.published.cells[PARTNER])
    names = [*CELL_KEY, "status"]
    after_it = latest_versions(read_certificate(made.certificate).published)
    pd.testing.assert_frame_equal(after_it[names], before[names])


def test_a_new_version_that_is_chosen_is_hidden() -> None:
    given = restatement(BEFORE, BEFORE | {("30501", QUARTER): (61, 94)})
    assert figure(build_release(given, load_policy()), "30501") == "published"
    made = with_choice(given, Choice(hide=frozenset({(TRAINED, "30501", QUARTER)})))
    assert made.exposures == ()
    assert figure(made, "30501") == "suppressed"


def figure(made: Preview, unit: str) -> str:
    cells = made.content.cells
    mine = cells[cells["unit_code"].eq(unit) & cells["sex"].eq("all") & cells["period"].eq(QUARTER)]
    return str(mine["status"].item())


def test_a_new_period_waits_as_a_whole() -> None:
    first = programme(BEFORE, PARTNER)
    later = {(place, f"{YEAR}-q4"): counts for (place, _), counts in BEFORE.items()}
    given = after(
        build_release(first, load_policy()), first, records=records(BEFORE | later, batch=2),
        last_batch=2,
    )  # fmt: skip
    assert build_release(given, load_policy()).new_periods == (f"{YEAR}-q4",)
    made = with_choice(given, Choice(frozenset({(TRAINED, "NP", f"{YEAR}-q4")})))
    assert made.new_periods == ()
    assert set(read_certificate(made.certificate).frozen["period"]) == {QUARTER}


def test_figures_that_tell_of_each_other_wait_together() -> None:
    given = with_reports(("sbcc_sessions", 2, 3), ("sbcc_audience", 40, 41), (TRAINED, 60, 61))
    changed = changed_reports(given)
    relations = load_policy().relations
    assert changed["corrections"].tolist() == [1, 1, 1]
    one = [("sbcc_audience", "30501", QUARTER)]
    assert {code for code, _, _ in find_reports(changed, one, relations)} == {
        "sbcc_audience", "sbcc_sessions",
    }  # fmt: skip
    for unit, period in [("NP", YEAR), ("305", QUARTER), ("30501", YEAR)]:
        assert find_reports(changed, [(TRAINED, unit, period)], relations) == {
            (TRAINED, "30501", QUARTER)
        }
    assert not find_reports(changed, [(TRAINED, "312", YEAR)], relations)
    assert not find_reports(changed, [(TRAINED, "NP", f"{YEAR}-q4")], relations)


def test_late_reports_of_a_place_wait_together() -> None:
    """If one figure of a report were missing beside the others, it would tell that it waits."""
    given = with_reports(("sbcc_theatre", None, 3), (TRAINED, None, 61), ("child_clubs", 1, 2))
    changed = changed_reports(given)
    found = find_reports(changed, [(TRAINED, "NP", YEAR)], load_policy().relations)
    assert {code for code, _, _ in found} == {"sbcc_theatre", TRAINED}
    waiting = let_wait(
        dataclasses.replace(given, choice=Choice(frozenset({(TRAINED, "NP", YEAR)}))),
        load_policy().relations,
    )
    assert set(waiting.records["indicator"]) == {"child_clubs"}
    assert waiting.waits["last_batch"].tolist() == [0, 0], "none of it was ever released"


def with_reports(*reports: tuple[str, int | None, int]) -> ReleaseInputs:
    """One palika that reported some figures, and corrected or reported them late."""
    given = programme(BEFORE, PARTNER)
    one = given.records.iloc[[0]].assign(place_code="30501", period=QUARTER, sex="all")
    was, now = (
        pd.concat([one.assign(indicator=r[0], value=r[n]) for r in reports if r[n] is not None])
        if any(r[n] is not None for r in reports)
        else one.iloc[:0]
        for n in (1, 2)
    )
    of_year = pd.DataFrame({"indicator": [r[0] for r in reports], "period": QUARTER})
    published = dataclasses.replace(given.published, cells={PARTNER: of_year})
    return dataclasses.replace(
        given, restates=YEAR, records=now, earlier=was, published=published, last_batch=2
    )


def test_a_report_of_which_nothing_was_released_does_not_wait() -> None:
    """It would be missing in its first release."""
    given = with_reports(("sbcc_theatre", None, 3), (TRAINED, None, 61))
    own = given.published.cells[PARTNER]
    published = dataclasses.replace(
        given.published, cells={PARTNER: own[own["indicator"].eq(TRAINED)]}
    )
    changed = changed_reports(dataclasses.replace(given, published=published))
    assert changed.index.tolist() == [(TRAINED, "30501", QUARTER)]


@pytest.mark.property
@pytest.mark.parametrize("seed", [4])
def test_a_random_restatement_passes_with_its_offer(seed: int) -> None:
    passes_with_its_offer(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(100, 130))
def test_every_random_restatement_passes_with_its_offer(seed: int) -> None:
    passes_with_its_offer(seed)


def passes_with_its_offer(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # no secret
    before = draw_figures(chance)
    for audience in Audience:
        given = restatement(before, draw_changes(chance, before), audience)
        made = build_release(given, load_policy())
        if made.exposures:
            offered(given, made)


def test_figures_that_tell_hidden_people_wait_until_the_year_is_published_again() -> None:
    """People were released first. Then events are reported, and two places had none."""
    places = [f"511{n:02d}" for n in range(1, 9)]
    people = dict(zip(places, (0, 0, 14, 60, 75, 90, 55, 44), strict=True))
    events = dict(zip(places, (0, 0, 3, 5, 6, 7, 4, 4), strict=True))
    start, end = date(2023, 1, 1), date(2023, 3, 31)
    period = "ad-2023-q1"
    rows = [
        (place, "sbcc_audience", period, sex, age, start, end, "reported", (count + n) // 4)
        for place, count in people.items()
        for n, (sex, age) in enumerate(product("fm", ("u18", "18p")))
    ]
    more = [
        (place, "sbcc_sessions", period, "all", "all", start, end, "reported", count)
        for place, count in events.items()
    ]

    def frame(entries: list[tuple[object, ...]], batch: int) -> pd.DataFrame:
        made = pd.DataFrame(entries, columns=RECORD_COLUMNS).astype({"value": "Int64"})
        return made.assign(batch_id=batch)

    around = boundaries(tuple(places))
    first = inputs(
        PUBLIC,
        records=frame(rows, 1),
        boundaries=around,
        places=Places(around.units, Gazetteer.load().sites),
    )
    given = after(
        build_release(first, load_policy()),
        first,
        records=pd.concat([frame(rows, 1), frame(more, 2)], ignore_index=True),
        last_batch=2,
    )
    refused = build_release(given, load_policy())
    assert refused.exposures
    offers = find_offers(given, refused, load_policy())
    assert offers
    assert ("sbcc_sessions", "NP", period) in offers[0].choice.wait
    assert with_choice(given, offers[0].choice).exposures == ()
