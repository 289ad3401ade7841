"""Planted leaks: each is one without the gate, and none with it."""

from dataclasses import replace

import pandas as pd
import pytest

from data.disclosure.attacker_table import nothing_published
from data.disclosure.engine.additive_table import UNBOUNDED, Table
from data.disclosure.engine.audit import intervals
from data.model import Audience, Claim
from data.reference.relations import Relations
from tests.support.small_countries import (
    ABSENT,
    HIDDEN,
    OUTCOMES,
    PALIKAS,
    POLICY,
    PUBLIC,
    QUARTERS,
    SHOWN,
    SMALL_QUARTER,
    attack,
    cells,
    change,
    claim,
    class_halves,
    classes,
    hidden_names,
    hide_small,
    insiders_find,
    members,
    moved_cells,
    narrow,
    one_quarter,
    outcomes,
    palikas_of,
    release,
    seen,
    smallest_change,
    status,
    steady,
)


@pytest.mark.parametrize("audience", Audience)
def test_where_nothing_is_small_nothing_is_hidden(audience: Audience) -> None:
    new = cells(steady())
    decision = release(new, audience)
    assert decision.exposures == ()
    assert not hidden_names(decision.cells)
    pd.testing.assert_frame_equal(decision.cells, new)


@pytest.mark.parametrize("audience", Audience)
def test_where_there_is_nothing_new_nothing_is_decided(audience: Audience) -> None:
    decision = release(nothing_published(), audience)
    assert decision.cells.empty
    assert decision.exposures == ()


def test_one_small_figure_hides_few_and_leaves_everybody_in_doubt() -> None:
    new = cells(steady(p10101=[3, 80, 90, 85]))
    assert narrow(attack(hide_small(new, 5)), 5) == ["contacts 10101 ad-2023-q1 all"]
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []
    assert len(hidden_names(decision.cells)) <= 8, "three places in a quarter and its year"
    assert status(decision.cells, "101", "ad-2023-q1") == SHOWN


def test_nothing_small_is_shown_by_sex_either() -> None:
    new = cells(
        {p: [(40 + n, 50 + n), (41, 52)] for n, p in enumerate(PALIKAS[:8])}
        | {"10101": [(2, 50), (44, 44)]},
        periods=["ad-2023-h1", "ad-2023-h2"],
    )
    assert narrow(attack(hide_small(new, 5)), 5)
    decision = release(new)
    assert decision.exposures == ()
    shown = decision.cells[decision.cells["status"] == SHOWN]
    assert shown["value"].min() >= 5
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []


def test_a_year_does_not_tell_a_quarter_that_was_hidden_earlier() -> None:
    quarters = release(cells(SMALL_QUARTER, show=QUARTERS)).cells
    year = cells(SMALL_QUARTER, show=["ad-2023"])
    found = attack(quarters, hide_small(year, 5))
    assert found["contacts 10101 ad-2023-q1 all"] == (4, 4)
    decision = release(year, past=seen(partner=quarters))
    assert decision.exposures == ()
    assert status(decision.cells, "10101", "ad-2023") == HIDDEN
    both = pd.concat([quarters, decision.cells])
    assert narrow(attack(both), 5) == []
    assert insiders_find(both, 5) == []


def test_a_quarter_that_comes_last_does_not_tell_one_that_was_hidden_earlier() -> None:
    early = release(cells(SMALL_QUARTER, show=QUARTERS[:2])).cells
    late = cells(SMALL_QUARTER, show=[*QUARTERS[2:], "ad-2023"])
    decision = release(late, past=seen(partner=early))
    assert decision.exposures == ()
    assert narrow(attack(early, late), 5)
    assert narrow(attack(early, decision.cells), 5) == []


def test_a_correction_of_one_person_is_not_shown_beside_what_it_corrects() -> None:
    assert change(7, 8) == {"added": (1, 1)}
    was = release(cells(steady(p10101=[7, 80, 90, 85]))).cells
    assert status(was, "10101", "ad-2023-q1") == SHOWN
    revised = cells(steady(p10101=[8, 80, 90, 85]), version=1)
    assert smallest_change(was, revised) == 1
    decision = release(revised, past=seen(partner=was))
    assert status(decision.cells, "10101", "ad-2023-q1") == HIDDEN
    assert smallest_change(was, decision.cells) >= 5


@pytest.mark.parametrize(("added", "shown"), [(4, False), (5, True), (40, True)])
def test_a_restatement_is_shown_where_it_changes_as_many_as_the_threshold(
    added: int, *, shown: bool
) -> None:
    was = release(cells(steady(p10101=[60, 80, 90, 85]))).cells
    decision = release(
        cells(steady(p10101=[60 + added, 80, 90, 85]), version=1), past=seen(partner=was)
    )
    assert (status(decision.cells, "10101", "ad-2023-q1") == SHOWN) is shown
    assert smallest_change(was, decision.cells) >= 5


def test_a_late_report_to_a_hidden_cell_is_not_told_by_what_is_around_it() -> None:
    was = release(cells(steady(p10101=[3, 80, 90, 85]))).cells
    decision = release(cells(steady(p10101=[4, 80, 90, 85]), version=1), past=seen(partner=was))
    assert smallest_change(was, decision.cells) >= 5
    assert status(decision.cells, "NP", "ad-2023-q1") == HIDDEN


def test_corrections_that_are_many_together_are_shown_together() -> None:
    was = release(one_quarter({"10101": 60, "10102": 70, "10103": 80, "10104": 90})).cells
    new = one_quarter({"10101": 62, "10102": 72, "10103": 82, "10104": 92}, version=1)
    decision = release(new, past=seen(partner=was))
    assert decision.exposures == ()
    assert smallest_change(was, decision.cells) >= 5
    assert status(decision.cells, "101", "ad-2023-q1") == SHOWN


def test_what_was_not_changed_is_shown_again_as_it_was() -> None:
    was = release(cells(SMALL_QUARTER)).cells
    decision = release(cells(SMALL_QUARTER, version=1), past=seen(partner=was))
    assert decision.exposures == ()
    pd.testing.assert_series_equal(decision.cells["status"], was["status"])


def test_a_moved_ward_is_not_the_difference_of_a_palika_before_and_after() -> None:
    naive = moved_cells(said=False).set_index(["unit_code", "period"])["value"]
    quarters = [int(naive["10101", q]) for q in QUARTERS]
    year = int(naive["10101", "ad-2023"])
    table = Table.of(
        [*QUARTERS, "by quarters", "year", "moved"], [*quarters, sum(quarters), year, 4],
        suppressed=[False] * 6 + [True], rows=[(4, [0, 1, 2, 3]), (4, [5, 6])],
    )  # fmt: skip
    assert intervals(table) == {"moved": (4, 4)}
    decision = release(moved_cells(said=True))
    assert decision.exposures == ()
    for palika in ("10101", "10102"):
        assert status(decision.cells, palika, "ad-2023") == ABSENT
    assert status(decision.cells, "1010103", "ad-2023-q1") == HIDDEN
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []


def test_a_figure_published_elsewhere_does_not_make_a_hidden_one_computable() -> None:
    new = cells(SMALL_QUARTER)
    unaware = release(new).cells
    assert status(unaware, "10101", "ad-2023") == HIDDEN
    told = claim(259, ["ad-2023"])
    assert narrow(attack(unaware), 5) == []
    assert attack(unaware, claims=[told])["contacts 10101 ad-2023-q1 all"] == (4, 4)
    decision = release(new, claims=[told])
    assert decision.inconsistent_claims == ()
    assert decision.exposures or narrow(attack(decision.cells, claims=[told]), 5) == []


def test_a_claim_over_several_years_is_one_sum() -> None:
    years = [f"ad-{y}" for y in (2021, 2022, 2023)]
    figures = {p: [60 + n, 70 + n, 80 + n] for n, p in enumerate(PALIKAS)} | {"10101": [3, 70, 80]}
    new = cells(figures, periods=years, show=years)
    told = claim(153, years)
    unaware = release(new).cells
    assert attack(unaware, claims=[told])["contacts 10101 ad-2021 all"] == (3, 3)
    decision = release(new, claims=[told])
    assert decision.exposures == ()
    assert narrow(attack(decision.cells, claims=[told]), 5) == []


@pytest.mark.parametrize(
    "stray",
    [claim(1, ["ad-2023"]), claim(5000, ["ad-2023"]), claim(9999, ["ad-2023"], most=UNBOUNDED)],
)
def test_a_claim_that_cannot_agree_is_reported_and_blocks_nothing(stray: Claim) -> None:
    decision = release(cells(SMALL_QUARTER), claims=[stray])
    assert decision.inconsistent_claims == ("F1",)
    assert decision.exposures == ()
    assert hidden_names(decision.cells) == hidden_names(release(cells(SMALL_QUARTER)).cells)


@pytest.mark.parametrize("bounds", [{"least": 200, "most": 300}, {"least": 1, "most": UNBOUNDED}])
def test_a_vague_claim_stands_in_nobodys_way(bounds: dict[str, int]) -> None:
    decision = release(cells(SMALL_QUARTER), claims=[claim(0, ["ad-2023"], **bounds)])
    assert decision.inconsistent_claims == ()
    assert decision.exposures == ()


def test_a_place_that_knows_its_own_figure_does_not_find_its_only_hidden_neighbour() -> None:
    new = one_quarter({"10101": 3, "10102": 40, "10103": 60, "10104": 70})
    naive = hide_small(new, 5)
    naive.loc[naive["unit_code"].eq("10102"), "status"] = HIDDEN
    assert narrow(attack(naive), 5) == []
    assert insiders_find(naive, 5)
    decision = release(new)
    assert decision.exposures == ()
    assert insiders_find(decision.cells, 5) == []
    assert status(decision.cells, "101", "ad-2023-q1") == SHOWN
    assert len(hidden_names(decision.cells)) == 3


def test_of_three_wards_all_are_hidden_or_the_whole_is() -> None:
    new = one_quarter({"1010101": 3, "1010102": 40, "1010103": 60}, indicator="members")
    naive = hide_small(new, 5)
    naive.loc[naive["unit_code"].eq("1010102"), "status"] = HIDDEN
    assert insiders_find(naive, 5)
    decision = release(new)
    assert decision.exposures == ()
    assert insiders_find(decision.cells, 5) == []
    wards = hidden_names(decision.cells[decision.cells["admin_level"].eq(4)])
    whole = status(decision.cells, "10101", "ad-2023-q1", indicator="members")
    assert len(wards) == 3 or whole == HIDDEN


def test_three_hidden_parts_with_hardly_anybody_in_them_are_not_enough() -> None:
    new = one_quarter({"10101": 0, "10102": 3, "10103": 1, "10104": 70, "10105": 80})
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []


def test_a_public_total_does_not_tell_partners_what_their_release_hides() -> None:
    figures = SMALL_QUARTER
    partner = release(cells(figures, show=QUARTERS)).cells
    public = cells(figures, show=["ad-2023"])
    naive = hide_small(public, 10)
    assert narrow(attack(naive), 10) == []
    assert narrow(attack(partner, naive), 5)
    decision = release(public, PUBLIC, past=seen(partner=partner))
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 10) == []
    assert narrow(attack(partner, decision.cells), 5) == []
    assert insiders_find(pd.concat([partner, decision.cells]), 5) == []


def test_partners_figures_do_not_tell_what_a_public_total_holds_besides() -> None:
    new = one_quarter(members(2), indicator="members")
    public = release(palikas_of(new), PUBLIC).cells
    assert not hidden_names(public)
    assert narrow(attack(public, hide_small(new, 5)), 5)
    decision = release(new, past=seen(public=public))
    assert decision.exposures == ()
    both = pd.concat([public, decision.cells])
    assert narrow(attack(both), 5) == []
    assert insiders_find(decision.cells, 5) == []


def test_what_partners_may_not_see_is_hidden_from_the_public_too() -> None:
    partner = release(cells(SMALL_QUARTER)).cells
    decision = release(cells(SMALL_QUARTER), PUBLIC, past=seen(partner=partner))
    assert decision.exposures == ()
    assert hidden_names(decision.cells) >= hidden_names(partner)


def test_partners_may_see_what_is_too_small_for_the_public() -> None:
    figures = steady(p10101=[7, 80, 90, 85])
    public = release(cells(figures), PUBLIC).cells
    assert status(public, "10101", "ad-2023-q1") == HIDDEN
    decision = release(cells(figures), past=seen(public=public))
    assert decision.exposures == ()
    assert not hidden_names(decision.cells)


def test_what_is_public_is_not_hidden_from_partners() -> None:
    figures = steady(p10101=[4, 80, 90, 85])
    public = release(cells(figures), PUBLIC).cells
    decision = release(cells(figures), past=seen(public=public))
    assert decision.exposures == ()
    assert hidden_names(decision.cells) <= hidden_names(public)
    assert narrow(attack(public, decision.cells), 5) == []


def test_figures_shown_to_partners_by_quarter_and_public_classes_do_not_tell_another() -> None:
    """48 of a half-year's 50 at most leave two for its other quarter."""
    small = steady(p10101=[48, 2, 60, 60], p10102=[0] * 4, p10103=[0] * 4, p10104=[0] * 4)
    public = release(class_halves(small), PUBLIC).cells
    assert status(public, "101", "ad-2023-h1", indicator="halves") == SHOWN
    new = cells(small, indicator="halves")
    found = attack(public, hide_small(new, 5))
    assert found["halves 10101 ad-2023-q2 all"] == (2, 2)
    decision = release(new, past=seen(public=public))
    assert decision.exposures or narrow(attack(public, decision.cells), 5) == []
    assert status(decision.cells, "101", "ad-2023-q1", indicator="halves") == HIDDEN


def test_the_outcomes_of_stopped_journeys_do_not_tell_the_one_that_is_small() -> None:
    new = outcomes(2)
    alone = pd.concat(
        [release(part.reset_index(drop=True)).cells for _, part in new.groupby("indicator")]
    )
    assert narrow(attack(alone), 5) == []
    assert "outcome_5 10101 ad-2023-q1 all" in narrow(
        attack(alone, relations=POLICY.relations.part_of), 5
    )
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells, relations=POLICY.relations.part_of), 5) == []


def test_outcomes_that_never_came_about_leave_the_others_within_the_whole() -> None:
    new = outcomes(2, of=OUTCOMES[:2])
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells, relations=POLICY.relations.part_of), 5) == []


def test_classes_that_pin_each_other_are_not_shown() -> None:
    """Five districts of at least 10 in a province of at most 50 have 10 each."""
    new = classes({f"1{n:02d}": 10 for n in range(1, 6)})
    assert set(new["value_class"]) == {"lower"}
    assert len(narrow(attack(new), 10)) == len(new)
    decision = release(new, PUBLIC)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 10) == []
    assert insiders_find(decision.cells, 10) == []


def test_districts_in_classes_do_not_pin_the_one_that_is_hidden_between_them() -> None:
    """Five districts of at least 10 leave nobody of the province's 50 for the sixth."""
    new = classes({f"1{n:02d}": 10 for n in range(1, 6)} | {"106": 0})
    assert attack(hide_small(new, 10))["trained 106 ad-2023 all"] == (0, 0)
    decision = release(new, PUBLIC)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 10) == []
    assert insiders_find(decision.cells, 10) == []


def test_classes_that_leave_everybody_in_doubt_are_shown() -> None:
    new = classes({"101": 40, "102": 120, "103": 300, "104": 80})
    decision = release(new, PUBLIC)
    assert decision.exposures == ()
    assert not hidden_names(decision.cells)


# --- what one figure tells of another -------------------------------------------------------------


def both(audience: list[int], sessions: list[int], *, quarters: int = 1) -> pd.DataFrame:
    """People and events of the first palikas, quarter by quarter; large figures elsewhere."""
    usual = {p: [60 + 7 * n] * quarters for n, p in enumerate(PALIKAS)}
    held = {p: [5 + n] * quarters for n, p in enumerate(PALIKAS)}
    for palika, people, events in zip(PALIKAS, audience, sessions, strict=False):
        usual[palika], held[palika] = [people] * quarters, [events] * quarters
    periods = QUARTERS[:quarters]
    return pd.concat(
        [
            cells(usual, indicator="audience", periods=periods),
            cells(held, indicator="sessions", periods=periods),
        ],
        ignore_index=True,
    )


def without_secret(frame: pd.DataFrame) -> pd.DataFrame:
    """What an attacker adds to a release: where no session was, nobody was at one."""
    shown = frame[frame["status"].eq(SHOWN) & frame["value"].eq(0).fillna(value=False)]
    none = set(zip(shown["unit_code"], shown["period"], strict=True))
    told = pd.MultiIndex.from_frame(frame[["unit_code", "period"]]).isin(list(none))
    told &= frame["indicator"].eq("audience") & frame["value"].eq(0).fillna(value=False)
    return frame.assign(status=frame["status"].mask(told, SHOWN))


@pytest.mark.parametrize("audience", Audience)
def test_events_tell_people(audience: Audience) -> None:
    """Without sessions there is no audience: two places of 0 are no parts that hide a third."""
    new = both([0, 0, 3, 90], [0, 0, 3, 7])
    width = POLICY.width(audience)
    blind = release(new, audience, policy=replace(POLICY, relations=Relations()))
    decision = release(new, audience)
    assert decision.exposures == ()
    for palika in PALIKAS[:2]:
        hidden = status(blind.cells, palika, QUARTERS[0], indicator="audience")
        assert hidden == HIDDEN, (
            "without the relation, a zero that everybody knows is a hidden part"
        )
        seen_now = status(decision.cells, palika, QUARTERS[0], indicator="audience")
        assert seen_now == SHOWN, "nobody, because nothing took place, is no small count"
    known = without_secret(decision.cells)
    mine = known[known["indicator"].eq("audience")]
    assert narrow(attack(mine), width) == []
    assert insiders_find(mine, POLICY.insider_width[audience]) == []


@pytest.mark.parametrize("audience", Audience)
def test_events_that_somebody_chose_to_hide_tell_people_all_the_same(audience: Audience) -> None:
    """No audit protects counts of events: their total less those that are shown leaves none."""
    new = both([0, 0, 14, 60, 75, 90, 55, 44], [0, 0, 3, 5, 6, 7, 4, 4])
    none = new["indicator"].eq("sessions") & new["unit_code"].isin(PALIKAS[:2])
    decision = release(new.assign(status=new["status"].mask(none, HIDDEN)), audience)
    assert decision.exposures == ()
    mine = decision.cells[decision.cells["indicator"].eq("audience")]
    nobody = mine["unit_code"].isin(PALIKAS[:2])
    assert set(mine.loc[nobody, "status"]) == {HIDDEN}
    known = mine.assign(status=mine["status"].mask(nobody, SHOWN))
    assert narrow(attack(known), POLICY.width(audience)) == []
    assert insiders_find(known, POLICY.insider_width[audience]) == []


def test_people_hidden_beside_events_do_not_count_as_parts() -> None:
    new = both([0, 0, 3, 90, 40], [0, 0, 3, 7, 5])
    decision = release(new)
    mine = decision.cells[decision.cells["indicator"].eq("audience")]
    hidden = mine[mine["status"].eq(HIDDEN) & mine["unit_code"].str.len().eq(5)]
    assert len(hidden) >= 3, "three parts of the district besides those without any session"
    assert not set(PALIKAS[:2]) & set(hidden["unit_code"])


def test_no_events_in_a_year_tell_its_quarters_and_no_events_of_a_district_its_palikas() -> None:
    people = {p: [0, 0, 0, 0] if p.startswith("101") else [60, 61, 62, 63] for p in PALIKAS}
    held = {p: [0] * 4 if p.startswith("101") else [5] * 4 for p in PALIKAS}
    new = pd.concat(
        [
            cells(people, indicator="audience"),
            cells(held, indicator="sessions", show=["ad-2023"]).query("admin_level <= 2"),
        ],
        ignore_index=True,
    )
    decision = release(new)
    mine = decision.cells[decision.cells["indicator"].eq("audience")]
    assert set(mine["status"]) == {SHOWN}


def test_groups_say_how_many_members_there_are_at_least() -> None:
    """Three groups have three members or more, so a hidden count of four is not one to two."""
    names = [f"10101{n:02d}" for n in (1, 2, 3, 4, 5)]
    show = QUARTERS[:1]
    of_members = dict(zip(names, ([4], [20], [30], [40], [50]), strict=True))
    of_groups = dict(zip(names, ([3], [2], [2], [3], [3]), strict=True))
    new = pd.concat(
        [
            cells(of_members, indicator="members", periods=show, show=show),
            cells(of_groups, indicator="groups", periods=show, show=show),
        ],
        ignore_index=True,
    )
    decision = release(new)
    assert decision.exposures == ()
    assert status(decision.cells, names[0], show[0], indicator="members") == HIDDEN
    audit = decision.audits[Audience.PARTNER]
    at = audit.view.table.names.index(f"members|{names[0]}|{show[0]}|all|all")
    assert audit.view.table.least[at] == 3
    assert audit.proof.low[at] >= 3 - 4, "no witness has fewer members than groups"
    assert audit.proof.width[at] >= 5


@pytest.mark.parametrize("audience", Audience)
def test_the_only_ward_with_groups_knows_its_palika_and_that_exposes_nobody(
    audience: Audience,
) -> None:
    """The other wards have no group, as everybody sees. So the palika's members are the ward's."""
    show = QUARTERS[:1]
    wards = {p: [f"{p}{n:02d}" for n in (1, 2, 3)] for p in PALIKAS[:4]}
    of_members = {w: [40 + n] for p in PALIKAS[1:4] for n, w in enumerate(wards[p])}
    of_groups = {key: [2] for key in of_members}
    only, *others = wards[PALIKAS[0]]
    of_members |= {only: [4]} | {key: [0] for key in others}
    of_groups |= {only: [1]} | {key: [0] for key in others}
    new = pd.concat(
        [
            cells(of_members, indicator="members", periods=show, show=show),
            cells(of_groups, indicator="groups", periods=show, show=show),
        ],
        ignore_index=True,
    )
    decision = release(new, audience)
    assert decision.exposures == ()
    for place in (only, PALIKAS[0]):
        assert status(decision.cells, place, show[0], indicator="members") == HIDDEN
    assert status(decision.cells, others[0], show[0], indicator="members") == SHOWN
