"""A release made of values alone: no holdings, no release store, no database."""

import copy
import dataclasses
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from shapely import MultiPolygon, box

from data.disclosure.attacker_table import nothing_published
from data.disclosure.cells import Places
from data.disclosure.certificate import read_certificate
from data.disclosure.frozen_periods import FROZEN_COLUMNS, unfreeze_year
from data.holdings import RECORD_COLUMNS, SIGN_COLUMNS
from data.model import Audience, SimaError
from data.reference import calendar
from data.reference.gazetteer import Gazetteer
from data.reference.organisations import Organisation
from data.reference.policy import load_policy, parse_policy
from data.reference.project import FiguresLicence
from data.release_making import proof
from data.release_making.build import Preview, build_release
from data.release_making.hotspots import no_hotspots
from data.release_making.inputs import Published, ReleaseInputs
from data.release_making.writer import Boundaries

PARTNER, PUBLIC = Audience.PARTNER, Audience.PUBLIC
HETAUDA, MAKAWANPURGADHI = "31206", "31208"
# Girls and boys trained in a quarter; two girls are too few to be shown to anybody.
TRAINED = {
    (HETAUDA, "ad-2023-q1"): (2, 40),
    (HETAUDA, "ad-2023-q2"): (60, 40),
    (MAKAWANPURGADHI, "ad-2023-q1"): (70, 55),
    (MAKAWANPURGADHI, "ad-2023-q2"): (80, 65),
}


@pytest.fixture(autouse=True)
def _no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any attempt to open a database fail."""

    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a store was opened")

    monkeypatch.setattr(sa, "create_engine", refuse)
    monkeypatch.setattr(sa.Engine, "connect", refuse)


def records(trained: dict[tuple[str, str], tuple[int, int]], batch: int = 1) -> pd.DataFrame:
    rows = [
        (place, "children_trained", code, sex, "u18", period.start, period.end, "reported", value)
        for (place, code), both in trained.items()
        for period in (calendar.parse_period(code),)
        for sex, value in zip(("f", "m"), both, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=RECORD_COLUMNS).astype({"value": "Int64"})
    return frame.assign(batch_id=batch)


def boundaries(places: tuple[str, ...] = (HETAUDA, MAKAWANPURGADHI)) -> Boundaries:
    units = Gazetteer.load().units.assign(
        valid_from=date(2017, 3, 10), valid_to=None, source="test"
    )
    mine = units.loc[["NP", *sorted({place[:n] for place in places for n in (1, 3)}), *places]]
    shapes = [MultiPolygon([box(85 + n, 27, 86 + n, 28)]) for n in range(len(mine))]
    return Boundaries(
        units=mine,
        crosswalk=pd.DataFrame(columns=["scheme", "code", "unit_code"]),
        sets=pd.DataFrame({"boundary_set": ["a"]}),
        shapes=gpd.GeoDataFrame(
            {"admin_level": mine["admin_level"].astype(int), "boundary_set": "a"},
            geometry=shapes, index=mine.index, crs="EPSG:4326",
        ),
    )  # fmt: skip


def inputs(audience: Audience = PARTNER, **change: object) -> ReleaseInputs:
    """A small programme of two palikas before its first release."""
    around, signs = boundaries(), pd.DataFrame(columns=[*SIGN_COLUMNS, "batch_id"])
    sites = Gazetteer.load().sites
    usual = ReleaseInputs(
        audience=audience,
        request_id=1,
        last_batch=1,
        restates=None,
        today=date(2024, 6, 1),
        synthetic=True,
        records=records(TRAINED),
        waiting=0,
        signs=signs,
        organisations={1: "org-a"},
        makers={"org-a": Organisation("org-a", {"en": "A", "ne": "क"}, synthetic=True)},
        project="5" * 64,
        meaning="{}",
        places=Places(around.units, sites),
        boundaries=around,
        published=Published(
            cells={each: nothing_published() for each in Audience},
            frozen=pd.DataFrame(columns=FROZEN_COLUMNS),
            follows=dict.fromkeys(Audience, 0),
            protection=None,
            hotspots=no_hotspots(),
        ),
        consents=(),
        licence=FiguresLicence("CC0-1.0", "https://a.example"),
        key=b"the secret of a test",
    )
    return dataclasses.replace(usual, **change)


def after(preview: Preview, first: ReleaseInputs, **change: object) -> ReleaseInputs:
    """The same programme after a release of its own was approved."""
    held = read_certificate(preview.certificate)
    published = Published(
        cells={**first.published.cells, first.audience: held.published},
        frozen=held.frozen,
        follows={
            **first.published.follows,
            first.audience: first.published.follows[first.audience] + 1,
        },
        protection=held.protection,
        hotspots=preview.content.hotspots,
    )
    return dataclasses.replace(
        first, request_id=first.request_id + 1, published=published, **change
    )


def figure(preview: Preview, unit: str, period: str, sex: str = "all") -> tuple[str, object]:
    cells = preview.content.cells
    key = cells["unit_code"].eq(unit) & cells["period"].eq(period) & cells["sex"].eq(sex)
    (row,) = cells[key & cells["indicator"].eq("children_trained")].to_dict("records")
    return row["status"], None if pd.isna(row["value"]) else row["value"]


def test_a_release_is_made_of_values_alone() -> None:
    made = build_release(inputs(), load_policy())
    assert made.exposures == ()
    assert figure(made, HETAUDA, "ad-2023-q2", "f") == ("published", 60)
    assert figure(made, MAKAWANPURGADHI, "ad-2023-q2") == ("published", 145)
    assert figure(made, "NP", "ad-2023-q2") == ("published", 245)
    content = made.content
    assert (content.policy_text, content.follows) == (load_policy().text, 0)
    assert content.licence == FiguresLicence("CC0-1.0", "https://a.example")
    assert content.boundaries_id == boundaries().name
    assert set(content.presence["palika_code"]) == {HETAUDA, MAKAWANPURGADHI}
    assert made.new_periods == ("ad-2023", "ad-2023-q1", "ad-2023-q2")
    assert made.narrowest[PARTNER] is not None


def test_what_is_hidden_is_in_the_certificate_and_not_in_the_release() -> None:
    made = build_release(inputs(), load_policy())
    assert figure(made, HETAUDA, "ad-2023-q1", "f") == ("suppressed", None)
    # One hidden part of a published whole would follow from it: more is hidden.
    hidden = made.content.cells["status"].eq("suppressed")
    assert hidden.sum() > 1
    assert made.content.cells.loc[hidden, ["value", "value_class"]].isna().all(axis=None)
    held = read_certificate(made.certificate).published.set_index(["unit_code", "period", "sex"])
    assert held.at[(HETAUDA, "ad-2023-q1", "f"), "value"] == 2


def test_the_public_is_shown_less_and_not_who_works_where() -> None:
    year = {
        (place, f"ad-2022-q{q}"): (30 * q, 25 * q)
        for place in (HETAUDA, MAKAWANPURGADHI)
        for q in (1, 2, 3, 4)
    }
    made = build_release(inputs(PUBLIC, records=records(year)), load_policy())
    assert set(made.content.periods["period"]) == {"ad-2022"}
    assert figure(made, HETAUDA, "ad-2022") == ("published", 550)
    assert made.content.presence.empty
    assert set(made.narrowest) == set(Audience)


def test_the_same_inputs_make_the_same_release_and_are_left_as_they_were() -> None:
    given = inputs()
    before = copy.deepcopy(given)
    one, two = (build_release(given, load_policy()) for _ in range(2))
    assert one.certificate == two.certificate
    pd.testing.assert_frame_equal(one.content.cells, two.content.cells)
    for name in ("records", "signs"):
        pd.testing.assert_frame_equal(getattr(given, name), getattr(before, name))
    pd.testing.assert_frame_equal(given.places.units, before.places.units)
    pd.testing.assert_frame_equal(given.boundaries.shapes, before.boundaries.shapes)
    for audience in Audience:
        pd.testing.assert_frame_equal(
            given.published.cells[audience], before.published.cells[audience]
        )


def test_a_later_release_keeps_what_the_earlier_one_showed() -> None:
    first = inputs()
    made = build_release(first, load_policy())
    more = {(HETAUDA, "ad-2023-q3"): (50, 45), (MAKAWANPURGADHI, "ad-2023-q3"): (90, 75)}
    later = records(TRAINED | more, batch=2)
    second = build_release(after(made, first, records=later, last_batch=2), load_policy())
    assert second.new_periods == ("ad-2023-q3",)
    assert second.content.follows == 1
    names = ["unit_code", "period", "sex", "status", "value"]
    old = second.content.cells[second.content.cells["period"].ne("ad-2023-q3")]
    pd.testing.assert_frame_equal(
        old[names].sort_values(names[:3], ignore_index=True),
        made.content.cells[names].sort_values(names[:3], ignore_index=True),
    )


def test_the_public_is_shown_a_year_again_before_partners_saw_it() -> None:
    """Quarters that nobody was shown are parts of the year as it is now, not as it was."""
    places = (HETAUDA, MAKAWANPURGADHI)
    year = {(place, f"ad-2022-q{q}"): (30 * q, 25 * q) for place in places for q in (1, 2, 3, 4)}
    first = inputs(PUBLIC, records=records(year))
    made = build_release(first, load_policy())
    mended = records(year | {(HETAUDA, "ad-2022-q2"): (61, 50)}, batch=2)
    given = after(made, first, records=mended, last_batch=2, restates="ad-2022")
    frozen = unfreeze_year(given.published.frozen, "ad-2022")
    published = dataclasses.replace(given.published, frozen=frozen)
    again = build_release(dataclasses.replace(given, published=published), load_policy())
    assert again.exposures == ()
    assert figure(again, HETAUDA, "ad-2022") == ("suppressed", None)


def test_nothing_old_enough_is_no_release() -> None:
    with pytest.raises(SimaError, match="nothing to release"):
        build_release(inputs(today=date(2023, 2, 1)), load_policy())


def test_a_lower_policy_takes_the_consent_of_two() -> None:
    first = inputs()
    higher = parse_policy(load_policy().text.replace("people = 5", "people = 8"))
    made = build_release(first, higher)
    later = after(made, first)
    for consents in ((), ("one",)):
        with pytest.raises(SimaError, match=f"{len(consents)} did"):
            build_release(dataclasses.replace(later, consents=consents), load_policy())
    agreed = dataclasses.replace(later, consents=("one", "two"))
    assert build_release(agreed, load_policy()).exposures == ()


def test_a_proof_that_does_not_hold_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        proof.certificate_check, "check_certificate", lambda *_a, **_k: ["a cell is too narrow"]
    )
    with pytest.raises(SimaError, match="proof of this release does not hold: a cell is too"):
        build_release(inputs(), load_policy())
