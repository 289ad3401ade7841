"""What the gate shows, keeps, hides and refuses, beyond the planted leaks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.disclosure.attacker_table import nothing_published
from data.disclosure.cells import CELL_KEY
from data.disclosure.engine.additive_table import UNBOUNDED
from data.model import Audience
from tests.support.small_countries import (
    ABSENT,
    HIDDEN,
    INDICATORS,
    NOTHING,
    PALIKAS,
    PARTNER,
    POLICY,
    PUBLIC,
    QUARTERS,
    SHOWN,
    SILENCE,
    SILENT,
    SMALL_QUARTER,
    T,
    after,
    attack,
    cells,
    claim,
    class_halves,
    classes,
    hidden_names,
    insiders_find,
    narrow,
    one_quarter,
    palikas_of,
    release,
    seen,
    status,
    steady,
)


def test_zeros_are_hidden_with_what_is_small_in_one_status() -> None:
    decision = release(cells(steady(p10101=[0, 80, 90, 85], p10204=[2, 80, 90, 85])))
    for palika in ("10101", "10204"):
        assert status(decision.cells, palika, "ad-2023-q1") == HIDDEN
    shown = decision.cells[decision.cells["status"].eq(SHOWN)]
    assert (shown["value"] > 0).all()


def test_silence_about_people_at_risk_looks_hidden_in_public_and_not_to_partners() -> None:
    public = release(cells(SILENCE), PUBLIC).cells
    assert not public["status"].eq(SILENT).any()
    assert status(public, "10101", "ad-2023-q1") == HIDDEN
    partner = release(cells(SILENCE)).cells
    assert status(partner, "10101", "ad-2023-q1") == SILENT


def test_silence_about_other_people_is_said() -> None:
    new = one_quarter({"10101": None, "10102": 40}, indicator="members")
    assert release(new, PUBLIC).cells["status"].eq(SILENT).any()


@pytest.mark.parametrize("audience", Audience)
def test_later_periods_change_nothing_that_was_decided(audience: Audience) -> None:
    figures = steady(p10101=[4, 80, 90, 3], p10203=[60, 2, 0, 85], p10301=[60, 61, 6, 63])
    past = nothing_published()
    for show in ([QUARTERS[0]], QUARTERS[1:3], [QUARTERS[3], "ad-2023"]):
        both = {**NOTHING, audience: past}
        decision = release(cells(figures, show=show), audience, past=both)
        assert decision.exposures == ()
        past = after(past, decision)
    assert not past.duplicated(CELL_KEY).any()
    assert narrow(attack(past), T[audience]) == []
    assert insiders_find(past, T[audience]) == []


def test_what_was_hidden_stays_hidden_when_it_has_grown() -> None:
    was = release(cells(steady(p10101=[3, 80, 90, 85]))).cells
    grown = cells(steady(p10101=[70, 80, 90, 85]), version=1)
    decision = release(grown, past=seen(partner=was))
    assert decision.exposures == ()
    assert hidden_names(decision.cells) >= hidden_names(was)


def test_an_amount_is_hidden_unless_enough_people_stand_behind_it() -> None:
    most = 100
    money = {**INDICATORS, "contacts": replace(INDICATORS["contacts"], most_per_person=most)}
    figures = steady(
        many=6000,
        p10101=[5 * most - 1, 8000, 9000, 8500],
        p10204=[5 * most, 8000, 9000, 8500],
    )
    decision = release(cells(figures), indicators=money)
    assert status(decision.cells, "10101", "ad-2023-q1") == HIDDEN
    assert decision.exposures == ()
    hidden = decision.cells[decision.cells["status"].eq(HIDDEN)]
    assert len(hidden) > 1, "a whole would give it away"
    assert narrow(attack(decision.cells), 5 * most) == []
    assert insiders_find(decision.cells, 5 * most) == []
    counted = release(cells(figures))
    assert counted.cells["status"].ne(HIDDEN).all(), "as a count it would be shown"


def test_organisational_figures_are_never_hidden() -> None:
    groups = cells({p: [n % 3, 0, 1, 2] for n, p in enumerate(PALIKAS)}, indicator="groups")
    new = pd.concat([groups, cells(SMALL_QUARTER)], ignore_index=True)
    decision = release(new)
    assert decision.exposures == ()
    assert decision.cells[decision.cells["indicator"].eq("groups")]["status"].eq(SHOWN).all()
    assert hidden_names(decision.cells) == hidden_names(release(cells(SMALL_QUARTER)).cells)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    new = cells(steady(p10101=[4, 80, 90, 3], p10203=[60, 2, 0, 85]))
    shuffled = new.sample(frac=1, random_state=seed)
    decision = release(shuffled)
    assert decision.cells.index.tolist() == shuffled.index.tolist()
    pd.testing.assert_frame_equal(decision.cells.sort_index(), release(new).cells)


def test_the_same_input_twice_gives_the_same_release_and_proof() -> None:
    new = cells(steady(p10101=[4, 80, 90, 3], p10203=[60, 2, 0, 85]))
    first, second = release(new), release(new)
    pd.testing.assert_frame_equal(first.cells, second.cells)
    one, other = first.audits[PARTNER], second.audits[PARTNER]
    assert one.view.table.names == other.view.table.names
    for a, b in zip(one.proof.witnesses, other.proof.witnesses, strict=True):
        assert (a.cells.tolist(), a.change.tolist()) == (b.cells.tolist(), b.change.tolist())


def test_the_seal_has_its_width_for_every_hidden_cell() -> None:
    decision = release(cells(steady(p10101=[4, 80, 90, 3])))
    assert decision.audits[PARTNER].narrowest >= 5
    assert list(decision.audits) == [PARTNER]
    public = release(cells(steady(p10101=[4, 80, 90, 3])), PUBLIC)
    assert public.audits[PUBLIC].narrowest >= 10
    assert list(public.audits) == [PUBLIC, PARTNER]


def test_what_is_public_already_and_in_the_way_is_named() -> None:
    new = one_quarter({"1010101": 17, "1010102": 3}, indicator="members")
    public = release(palikas_of(new), PUBLIC).cells
    assert not hidden_names(public)
    decision = release(new, past=seen(public=public))
    assert decision.exposures
    assert {e.reader for e in decision.exposures} == {PARTNER}
    assert any(e.cell.startswith("members|1010102|ad-2023-q1") for e in decision.exposures)
    for exposure in decision.exposures:
        assert "members|10101|ad-2023-q1|all|all" in exposure.blocked_by


def test_an_insider_who_would_find_out_is_named() -> None:
    new = one_quarter({"1010101": 30, "1010102": 2, "1010103": 2}, indicator="members")
    public = release(palikas_of(new), PUBLIC).cells
    decision = release(new, past=seen(public=public))
    insiders = {e.insider for e in decision.exposures if e.insider}
    assert "1010101" in insiders
    assert all(e.cell.split("|")[1] != e.insider for e in decision.exposures)


def test_more_places_that_could_be_hidden_repair_it() -> None:
    new = one_quarter(
        {"1010101": 30, "1010102": 2, "1010103": 2, "1010104": 25}, indicator="members"
    )
    public = release(palikas_of(new), PUBLIC).cells
    assert release(new, past=seen(public=public)).exposures == ()


def test_a_claim_for_a_year_that_is_not_complete_bounds_its_quarters() -> None:
    new = cells(
        {"10101": [20, 20, 3, None], "10102": [100, 90, 80, None], "10103": [70, 80, 90, None]}
    )
    decision = release(new, claims=[claim(45, ["ad-2023"])])
    # 45 in the year less the quarters that are shown leave at most 5 for the third
    shown = [q for q in QUARTERS[:2] if status(decision.cells, "10101", q) == SHOWN]
    assert decision.exposures or 45 - 20 * len(shown) >= 5 + 5


def test_a_claim_for_a_length_of_period_that_is_not_published_bounds_shorter_ones() -> None:
    new = cells(steady(p10101=[60, 3, 70, 70]))
    decision = release(new, claims=[claim(63, ["ad-2023-h1"])])
    both = {status(decision.cells, "10101", q) for q in QUARTERS[:2]}
    assert decision.exposures or SHOWN not in both


def test_a_claim_that_agrees_with_a_restatement_is_no_stray() -> None:
    was = release(cells(steady(p10101=[60, 3, 70, 70]))).cells
    new = cells(steady(p10101=[60, 40, 70, 70]), version=1)
    assert (
        release(new, past=seen(partner=was), claims=[claim(240, ["ad-2023"])]).inconsistent_claims
        == ()
    )


def test_a_figure_that_was_changed_and_changed_back_still_adds_up() -> None:
    """Of 23 more in the district in the end 20 were shown to be 10103's: 3 are 10102's."""
    told = [
        {"10101": 20, "10102": 30, "10103": 40, "10104": 2},
        {"10101": 40, "10102": 30, "10103": 40, "10104": 2},
        {"10101": 20, "10102": 33, "10103": 80, "10104": 2},
    ]
    past = nothing_published()
    for version, figures in enumerate(told):
        decision = release(one_quarter(figures, version=version), past={**NOTHING, PARTNER: past})
        assert decision.exposures == ()
        past = after(past, decision)
    last = decision.cells
    assert HIDDEN in {status(last, "101", "ad-2023-q1"), status(last, "10103", "ad-2023-q1")}


def test_a_place_that_knows_its_own_correction_does_not_find_its_neighbours() -> None:
    """11 more in the district, 10 of them its own: one late report elsewhere."""
    was = release(one_quarter({"10101": 30, "10102": 2, "10103": 3, "10104": 4, "10105": 60})).cells
    new = one_quarter({"10101": 30, "10102": 12, "10103": 4, "10104": 4, "10105": 60}, version=1)
    decision = release(new, past=seen(partner=was))
    assert decision.exposures or status(decision.cells, "101", "ad-2023-q1") == HIDDEN


def test_who_corrected_the_men_is_not_taken_to_know_who_corrected_the_women() -> None:
    """The only palika with other men knows the men above it, and not who has other women."""
    told = {p: [(30 + 3 * n, 40 + 2 * n)] for n, p in enumerate(PALIKAS)}
    mended = told | {"10101": [(30, 41)], "10103": [(38, 44)]}
    was, new = (
        cells(figures, periods=QUARTERS[:1], show=QUARTERS[:1], version=version)
        for version, figures in enumerate((told, mended))
    )
    past = seen(partner=release(was).cells)
    decision = release(new, past=past)
    assert decision.exposures == ()
    # Where nobody else corrected anything, the whole change is known to be one's own.
    view = decision.audits[PARTNER].view
    names = view.cells["name"].tolist()
    (men,) = [set(own.tolist()) for own in view.insiders if _is_of(view.cells, own, "10101")]
    assert names.index("contacts|NP|ad-2023-q1|m|all@1") in men
    assert names.index("contacts|NP|ad-2023-q1|f|all@1") not in men
    assert names.index("contacts|NP|ad-2023-q1|all|all@1") not in men


def _is_of(cells: pd.DataFrame, own: np.ndarray, palika: str) -> bool:
    units = cells["unit_code"].iloc[own].dropna()
    return set(units[units.str.len().eq(5) & units.ne("NP")]) == {palika}


def test_two_palikas_that_exchanged_a_ward_are_not_counted_together() -> None:
    new = one_quarter({"10101": 1, "10102": 1, "10103": 40, "10104": 50})
    mixed = new["unit_code"].isin(["10101", "10102"])
    new = new.assign(status=new["status"].mask(mixed, ABSENT), value=new["value"].mask(mixed))
    decision = release(new)
    shown = {status(decision.cells, unit, "ad-2023-q1") for unit in ("101", "10103", "10104")}
    assert decision.exposures or shown != {SHOWN}


def test_a_ward_does_not_find_the_only_other_one_from_a_public_total() -> None:
    new = one_quarter(
        {"1010101": 17, "1010102": 3, "1010201": 60, "1010202": 70}, indicator="members"
    )
    assert (
        status(release(palikas_of(new), PUBLIC).cells, "10101", "ad-2023-q1", indicator="members")
        == SHOWN
    )
    decision = release(palikas_of(new), PUBLIC, unpublished=new)
    assert status(decision.cells, "10101", "ad-2023-q1", indicator="members") == HIDDEN


@pytest.mark.xfail(
    strict=True, reason="hidden wholes above a place are hidden only where it was silent"
)
def test_silence_hides_no_more_wholes_than_a_small_figure_does() -> None:
    silent = hidden_names(release(cells(SILENCE), PUBLIC).cells)
    small = hidden_names(release(cells(steady(p10101=[0, 80, 90, 85])), PUBLIC).cells)
    wholes = ("NP", "1", "101")
    assert {key[1] for key in silent if key[1] in wholes} == {
        key[1] for key in small if key[1] in wholes
    }


def test_what_looked_hidden_in_public_stays_so_when_it_is_reported_late() -> None:
    public = release(cells(SILENCE), PUBLIC).cells
    late = cells(steady(p10101=[60, 80, 90, 85]), version=1)
    decision = release(late, PUBLIC, past=seen(public=public))
    assert hidden_names(decision.cells) >= hidden_names(public)


def test_one_place_may_correct_one_person_and_the_year_is_restated() -> None:
    was = release(one_quarter({"10101": 60, "10102": 70, "10103": 80, "10104": 90})).cells
    new = one_quarter({"10101": 61, "10102": 70, "10103": 80, "10104": 90}, version=1)
    assert release(new, past=seen(partner=was)).exposures == ()


def test_a_large_figure_that_was_published_elsewhere_blocks_nothing() -> None:
    assert release(cells(SMALL_QUARTER), claims=[claim(259, ["ad-2023"])]).exposures == ()


def test_a_claim_that_says_nothing_hides_nothing_more() -> None:
    decision = release(cells(SMALL_QUARTER), claims=[claim(1, ["ad-2023"], most=UNBOUNDED)])
    assert hidden_names(decision.cells) == hidden_names(release(cells(SMALL_QUARTER)).cells)


def test_classes_of_what_partners_were_shown_in_numbers_may_be_public() -> None:
    partner = release(cells(steady(), indicator="halves")).cells
    assert not hidden_names(partner)
    decision = release(class_halves(steady()), PUBLIC, past=seen(partner=partner))
    assert decision.exposures == ()


def test_numbers_of_what_is_public_in_classes_may_be_shown_to_partners() -> None:
    public = release(class_halves(steady()), PUBLIC).cells
    decision = release(cells(steady(), indicator="halves"), past=seen(public=public))
    assert not hidden_names(decision.cells)


def test_classes_of_an_earlier_release_keep_the_bounds_they_had() -> None:
    public = release(classes({"101": 40, "102": 45, "103": 30}), PUBLIC).cells
    wider = replace(POLICY, class_edges=(35, 400))
    new = cells(
        {f"{d}01": [40] for d in (101, 102, 103)}, indicator="trained",
        periods=["ad-2024"], show=["ad-2024"], display="class",
    )  # fmt: skip
    new = new[new["admin_level"] <= 2].reset_index(drop=True)
    assert release(new, PUBLIC, past=seen(public=public), policy=wider).exposures == ()


def test_the_index_may_have_a_name() -> None:
    new = cells(steady()).rename_axis("cell")
    pd.testing.assert_frame_equal(release(new).cells, new)


def test_a_cell_that_is_public_by_its_year_is_not_hidden_for_a_line() -> None:
    figures = {"10101": [29, 10], "10102": [8, 3], "10201": [37, 24], "10202": [10, 10], "10203": [49, 25],
               "10301": [0, 4], "10302": [42, 28], "10303": [9, 3]}  # fmt: skip
    halves = ["ad-2023-h1", "ad-2023-h2"]
    was = release(cells(figures, periods=halves, show=["ad-2023-h2", "ad-2023"])).cells
    new = cells(figures, periods=halves, show=halves[:1])
    assert release(new, past=seen(partner=was)).exposures == ()
