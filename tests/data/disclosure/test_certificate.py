"""A certificate speaks for its release, and only for that one: clean, then one mutation per rule."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from data.disclosure import certificate, certificate_check
from data.disclosure.attacker_table import nothing_published
from data.disclosure.certificate import FROZEN_COLUMNS, Certificate
from data.disclosure.engine.carried_witnesses import NOTHING_FOUND, FoundTables
from data.disclosure.insider_knowledge import VERSION_CHANGE_PREFIX
from data.disclosure.release_gate import Decision
from data.model import AgeBand, Audience, Claim, Sex, SimaError
from data.reference.policy import Protection
from tests.support.small_countries import (
    HIDDEN,
    INDICATORS,
    POLICY,
    QUARTERS,
    SHOWN,
    SMALL_QUARTER,
    after,
    cells,
    classes,
    one_quarter,
    release,
    seen,
)

PUBLIC, PARTNER = Audience.PUBLIC, Audience.PARTNER
Raw = dict[str, Any]
CLAIM = Claim("F1", "contacts", "NP", ("ad-2023",), Sex.ALL, AgeBand.ALL, 1, 10**9)


def frozen() -> pd.DataFrame:
    rows = [("contacts", "ad-2023-q1", 3, 0, 1, ""), ("contacts", "ad-2023-q2", 3, 0, 1, "")]
    return pd.DataFrame(rows, columns=FROZEN_COLUMNS)


def write(
    decision: Decision, audience: Audience, everything: pd.DataFrame, **more: object
) -> bytes:
    options = {
        "frozen": frozen(),
        "follows": dict.fromkeys(Audience, 0),
        "unpublished": nothing_published(),
    }
    claims = tuple(more.pop("claims", [CLAIM]))
    protection = Protection(POLICY.text, {"children_trained": "people"}, claims)
    return certificate.build_certificate(
        decision, audience=audience, published=everything, protection=protection, **(options | more)
    )


def as_released(everything: pd.DataFrame) -> pd.DataFrame:
    """The release's cells as a reader gets them."""
    now = certificate.latest_versions(everything)
    shown = now["status"].eq(SHOWN) & now["display"].eq("number")
    classed = now["status"].eq(SHOWN) & now["display"].eq("class")
    return now.assign(
        value=now["value"].where(shown), value_class=now["value_class"].where(classed, None)
    ).drop(columns=["display", "version"])


def check(content: bytes, released: pd.DataFrame, **others: pd.DataFrame) -> list[str]:
    held = certificate.read_certificate(content)
    shown = seen(**others) | {held.audience: held.published}
    return certificate_check.check_certificate(
        held,
        released,
        published={each: shown[each] for each in Audience},
        before=nothing_published(),
        indicators=INDICATORS,
        policy=POLICY,
    )


DECISION = release(cells(SMALL_QUARTER), claims=[CLAIM])
CONTENT = write(DECISION, PARTNER, DECISION.cells)
RELEASED = as_released(DECISION.cells)


def mutated(change: Callable[[Raw], object], content: bytes = CONTENT) -> bytes:
    raw = json.loads(zlib.decompress(content))
    change(raw)
    return zlib.compress(json.dumps(raw).encode())


def view(raw: Raw, reader: Audience = PARTNER) -> Raw:
    return raw["views"][reader.value]


# --- clean --------------------------------------------------------------------------------------


def test_an_honest_certificate_holds() -> None:
    assert check(CONTENT, RELEASED) == []
    assert mutated(lambda _: None) != b""
    assert check(mutated(lambda _: None), RELEASED) == []


def test_what_is_written_is_read_again() -> None:
    held = certificate.read_certificate(CONTENT)
    assert isinstance(held, Certificate)
    assert held.audience is PARTNER
    assert held.claims == (CLAIM,)
    assert held.follows == dict.fromkeys(Audience, 0)
    assert held.protection == Protection(POLICY.text, {"children_trained": "people"}, (CLAIM,))
    pd.testing.assert_frame_equal(held.frozen, frozen())
    pd.testing.assert_frame_equal(held.published, DECISION.cells, check_dtype=False)


def named(found: FoundTables) -> list[dict[str, int]]:
    return [
        dict(zip((found.names[n] for n in each.cells), each.change.tolist(), strict=True))
        for each in found.witnesses
    ]


def test_the_next_release_begins_with_the_tables_that_were_found() -> None:
    held = certificate.read_certificate(CONTENT)
    assert named(held.found(PARTNER)) == named(DECISION.found[PARTNER]) != []
    assert held.found(PUBLIC) is NOTHING_FOUND
    before_it_was_kept = mutated(lambda raw: view(raw).pop("found"))
    assert certificate.read_certificate(before_it_was_kept).found(PARTNER) is NOTHING_FOUND
    assert check(before_it_was_kept, RELEASED) == []


def test_tables_that_are_none_prove_nothing_in_the_next_release() -> None:
    """A stored table with one person more, or of one person less than nobody."""

    def spoil(raw: Raw) -> None:
        found = view(raw)["found"]
        found["change"] = [by + 40 for by in found["change"]]

    spoilt = certificate.read_certificate(mutated(spoil)).found(PARTNER)
    plain = release(cells(SMALL_QUARTER), claims=[CLAIM])
    for found in (spoilt, DECISION.found[PARTNER]):
        again = release(cells(SMALL_QUARTER), claims=[CLAIM], found={PARTNER: found})
        assert again.exposures == ()
        assert check(write(again, PARTNER, again.cells), as_released(again.cells)) == []
        if found is spoilt:
            pd.testing.assert_frame_equal(again.cells, plain.cells)


def test_the_same_decision_is_written_the_same() -> None:
    assert write(DECISION, PARTNER, DECISION.cells) == CONTENT


def test_a_public_certificate_holds_before_both_readers() -> None:
    decision = release(
        cells(SMALL_QUARTER), PUBLIC, past=seen(partner=DECISION.cells), claims=[CLAIM]
    )
    assert decision.exposures == ()
    content = write(decision, PUBLIC, decision.cells)
    assert set(certificate.read_certificate(content).views) == set(Audience)
    assert check(content, as_released(decision.cells), partner=DECISION.cells) == []


def test_a_certificate_of_classes_holds() -> None:
    decision = release(classes({"101": 40, "102": 120, "103": 300, "104": 3}), PUBLIC)
    content = write(decision, PUBLIC, decision.cells, claims=[])
    assert check(content, as_released(decision.cells)) == []


def restated() -> tuple[bytes, pd.DataFrame]:
    was = release(
        one_quarter({"10101": 60, "10102": 2, "10103": 80, "10104": 90, "10105": 3})
    ).cells
    new = one_quarter({"10101": 72, "10102": 4, "10103": 95, "10104": 90, "10105": 3}, version=1)
    decision = release(new, past=seen(partner=was))
    everything = after(was, decision)
    return write(decision, PARTNER, everything, claims=[]), as_released(everything)


def test_a_certificate_of_two_versions_holds() -> None:
    content, released = restated()
    assert any(
        name.startswith(VERSION_CHANGE_PREFIX)
        for name in certificate.read_certificate(content).views[PARTNER]["names"]
    )
    assert check(content, released) == []


def test_no_solver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a check must not need a solver")

    monkeypatch.setattr("data.disclosure.engine.solver.AlternativeTables.__init__", refuse)
    monkeypatch.setattr("data.disclosure.engine.prover.AlternativeTables", refuse)
    monkeypatch.setattr("data.disclosure.engine.protection.AlternativeTables", refuse)
    assert check(CONTENT, RELEASED) == []


# --- one mutation per rule ----------------------------------------------------------------------


def hidden_at(raw: Raw) -> int:
    """Position of the cell of four people, whose width needs a witness above it."""
    return view(raw)["names"].index("contacts|10101|ad-2023-q1|all|all")


def change_value(raw: Raw) -> None:
    view(raw)["value"][hidden_at(raw)] += 1


def drop_witness(raw: Raw) -> None:
    view(raw)["witnesses"][view(raw)["high_by"][hidden_at(raw)]] = [[], []]


def publish_under_witness(raw: Raw) -> None:
    view(raw)["hidden"][hidden_at(raw)] = 0


def move_published(raw: Raw) -> None:
    cells_, change = view(raw)["witnesses"][0]
    cells_.append(view(raw)["hidden"].index(0))
    change.append(1)


def name_a_cell_twice(raw: Raw) -> None:
    for entries in view(raw)["witnesses"][0]:
        entries.append(entries[0])


def name_no_cell(raw: Raw) -> None:
    cells_, change = view(raw)["witnesses"][0]
    cells_.append(len(view(raw)["names"]))
    change.append(0)


def break_sum(raw: Raw) -> None:
    view(raw)["witnesses"][0][1][0] += 1


def below_zero(raw: Raw) -> None:
    at = hidden_at(raw)
    view(raw)["witnesses"][0] = [[at], [-view(raw)["value"][at] - 1]]


def lower_need(raw: Raw) -> None:
    view(raw)["need"][hidden_at(raw)] -= 1


def credit_nobody(raw: Raw) -> None:
    view(raw)["high_by"][hidden_at(raw)] = view(raw)["low_by"][hidden_at(raw)] = -1


def leave_a_row_out(raw: Raw) -> None:
    view(raw)["rows"].pop()


def loosen_bounds(raw: Raw) -> None:
    view(raw)["least"][hidden_at(raw)] = -100


def rename_a_cell(raw: Raw) -> None:
    view(raw)["names"][0] += "x"


def forget_a_seen_cell(raw: Raw) -> None:
    for column in raw["seen"].values():
        column.pop()


def show_a_hidden_cell(raw: Raw) -> None:
    raw["seen"]["status"][raw["seen"]["status"].index(HIDDEN)] = SHOWN


def forget_a_claim(raw: Raw) -> None:
    raw["claims"].clear()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_value, "its cells are not those that were released"),
        (drop_witness, "lacks two tables that differ enough"),
        (publish_under_witness, "changes a published cell"),
        (move_published, "changes a published cell"),
        (name_a_cell_twice, "names a cell twice"),
        (name_no_cell, "one that there is not"),
        (break_sum, "does not add up"),
        (below_zero, "leaves what is known beforehand"),
        (lower_need, "asked for less width than the policy's"),
        (credit_nobody, "lacks two tables that differ enough"),
        (leave_a_row_out, "its rows are not those"),
        (loosen_bounds, "its cells are not those"),
        (rename_a_cell, "its rows are not those"),
        (forget_a_seen_cell, "speaks of other cells"),
        (show_a_hidden_cell, "differ from the release"),
        (forget_a_claim, "its rows are not those"),
    ],
    ids=lambda v: v.__name__ if callable(v) else "",
)
def test_a_changed_certificate_does_not_hold(change: Callable[[Raw], object], said: str) -> None:
    assert any(said in line for line in check(mutated(change), RELEASED))


def test_what_is_wrong_is_said_without_figures() -> None:
    for change in (change_value, drop_witness, lower_need):
        for line in check(mutated(change), RELEASED):
            assert "4" not in line.replace("4 cells", "").split("|")[0]


@pytest.mark.parametrize("column", ["status", "value"])
def test_a_changed_release_is_noticed(column: str) -> None:
    at = RELEASED.index[RELEASED["status"].eq(SHOWN)][0]
    other = RELEASED.copy()
    other.loc[at, column] = HIDDEN if column == "status" else RELEASED.loc[at, "value"] + 1
    assert check(CONTENT, other) == ["1 cells differ from the release"]


def test_a_figure_on_a_hidden_cell_of_the_release_is_noticed() -> None:
    at = RELEASED.index[RELEASED["status"].eq(HIDDEN)][0]
    other = RELEASED.copy()
    other.loc[at, "value"] = 4
    assert check(CONTENT, other) == ["1 cells differ from the release"]


def test_a_cell_more_or_less_in_the_release_is_noticed() -> None:
    said = ["the certificate speaks of other cells than the release has"]
    assert check(CONTENT, RELEASED.iloc[1:]) == said
    more = pd.concat([RELEASED, RELEASED.iloc[:1].assign(unit_code="999")], ignore_index=True)
    assert check(CONTENT, more) == said


def test_the_certificate_of_another_past_does_not_hold() -> None:
    past = release(cells(SMALL_QUARTER, show=QUARTERS), claims=[CLAIM]).cells
    decision = release(
        cells(SMALL_QUARTER, show=["ad-2023"]), PUBLIC, past=seen(partner=past), claims=[CLAIM]
    )
    content, released = write(decision, PUBLIC, decision.cells), as_released(decision.cells)
    assert check(content, released, partner=past) == []
    assert any(line.startswith("partner") for line in check(content, released))


@pytest.mark.parametrize(
    "content", [CONTENT[:-4], CONTENT[: len(CONTENT) // 2], b"", b"none", zlib.compress(b"{")]
)
def test_damaged_bytes_are_said_to_be_damaged(content: bytes) -> None:
    with pytest.raises(SimaError, match="damaged"):
        certificate.read_certificate(content)


def test_another_format_is_said_to_be_another_version() -> None:
    with pytest.raises(SimaError, match="another version"):
        certificate.read_certificate(mutated(lambda raw: raw.update(format=certificate.FORMAT + 1)))


def test_in_a_certificate_from_before_reports_could_wait_entries_are_for_every_place() -> None:
    content = mutated(lambda raw: raw["frozen"].pop("place_code"))
    assert certificate.read_certificate(content).frozen["place_code"].tolist() == ["", ""]


# --- what is not noticed yet --------------------------------------------------------------------


@pytest.mark.parametrize("reader", Audience)
def test_a_certificate_without_one_of_its_readers_does_not_hold(reader: Audience) -> None:
    decision = release(
        cells(SMALL_QUARTER), PUBLIC, past=seen(partner=DECISION.cells), claims=[CLAIM]
    )
    content = write(decision, PUBLIC, decision.cells)
    less = mutated(lambda raw: raw["views"].pop(reader.value), content)
    assert check(less, as_released(decision.cells), partner=DECISION.cells)


def test_a_changed_class_in_the_release_is_noticed() -> None:
    decision = release(classes({"101": 40, "102": 120, "103": 300, "104": 3}), PUBLIC)
    content = write(decision, PUBLIC, decision.cells, claims=[])
    released = as_released(decision.cells)
    other = released.assign(value_class=released["value_class"].replace("lower", "higher"))
    assert check(content, other)


def test_a_change_that_is_asked_for_no_width_is_noticed() -> None:
    content, released = restated()

    def lower(raw: Raw) -> None:
        for at, name in enumerate(view(raw)["names"]):
            if name.startswith(VERSION_CHANGE_PREFIX):
                view(raw)["need"][at] = 0

    assert mutated(lower, content) != mutated(lambda _: None, content)
    assert check(mutated(lower, content), released)


@pytest.mark.parametrize("content", [b"[]", b"7"])
def test_bytes_that_hold_something_else_are_said_to_be_damaged(content: bytes) -> None:
    with pytest.raises(SimaError):
        certificate.read_certificate(zlib.compress(content))


def test_a_version_that_was_shown_before_must_be_among_what_was_seen() -> None:
    was = release(one_quarter({"10101": 60, "10102": 70, "10103": 80, "10104": 90})).cells
    told = seen(partner=was)
    new = one_quarter({"10101": 61, "10102": 70, "10103": 80, "10104": 90}, version=1)
    forgetful = release(new)  # as if nothing had been shown before
    content = write(forgetful, PARTNER, forgetful.cells, claims=[], follows={PUBLIC: 0, PARTNER: 1})
    held = certificate.read_certificate(content)
    wrong = certificate_check.check_certificate(
        replace(held, claims=()), as_released(forgetful.cells),
        published=told | {PARTNER: held.published}, before=was, indicators=INDICATORS, policy=POLICY,
    )  # fmt: skip
    assert wrong
