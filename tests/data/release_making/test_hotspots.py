"""Hotspots of a release: what they rest on, what they tell, and that they are frozen."""

import copy
import dataclasses
import math
import tomllib

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from data.disclosure.attacker_table import PUBLISHED_COLUMNS
from data.model import UNBOUNDED, AdminLevel, Audience, SimaError
from data.reference import hotspot_policy
from data.reference.hotspot_policy import HotspotPolicy, band_bounds
from data.reference.indicators import REFERENCE
from data.reference.policy import list_weakened_rules, load_policy, read_policy
from data.release_making import hotspots
from data.release_making.hotspots import Found, StudyArea
from tests.support.examples import examples
from tests.support.small_countries import PALIKAS, PUBLIC, T, class_halves, release

TEXT = (REFERENCE / "policy.toml").read_text("utf-8")
FULL = load_policy().hotspots
assert FULL is not None
# Fewer draws: what is tested here does not hang on them.
QUICK = dataclasses.replace(
    FULL, parameters=dataclasses.replace(FULL.parameters, permutations=999, simulations=199)
)
PARTNER = Audience.PARTNER
WIDE, HIGH = 8, 8  # a made-up border of palikas, square beside square
UNITS = [f"1{d:02d}{n:02d}" for d in range(1, HIGH + 1) for n in range(1, WIDE + 1)]
DISTRICTS = [f"1{d:02d}" for d in range(1, 10)] + [f"2{d:02d}" for d in range(1, 10)]
HOT = {f"1{d:02d}{n:02d}" for d in (2, 3, 4) for n in (2, 3, 4)}


def study_area(
    level: AdminLevel = AdminLevel.PALIKA, sites: pd.DataFrame | None = None
) -> StudyArea:
    codes = UNITS if level is AdminLevel.PALIKA else DISTRICTS
    wide = WIDE if level is AdminLevel.PALIKA else 6
    shapes = gpd.GeoDataFrame({"admin_level": int(level)}, geometry=
        [box(80 + 0.2 * (n % wide), 27 + 0.2 * (n // wide), 80.2 + 0.2 * (n % wide), 27.2 + 0.2 * (n // wide)) for n in range(len(codes))],
        index=codes, crs="EPSG:4326",
    )  # fmt: skip
    units = pd.DataFrame(
        {"admin_level": int(level), "touches_border": True, "border_district": True}, index=codes
    )
    none = pd.DataFrame(columns=["palika_code", "border_point", "lon", "lat"])
    return StudyArea(units, none if sites is None else sites, shapes)


def cells(
    figures: dict[str, tuple[int | None, int | None]],
    *,
    period: str = "ad-2023-q1",
    level: AdminLevel = AdminLevel.PALIKA,
) -> pd.DataFrame:
    """Cells of stopped journeys and contacts as partners see them; None is hidden."""
    rows = [
        {
            "indicator": indicator, "unit_code": unit, "period": period, "sex": "all",
            "age_band": "all", "admin_level": int(level), "parent_code": unit[:-2],
            "status": "suppressed" if value is None else "published", "value": value,
            "value_class": None, "display": "number", "version": 0, "band": "",
        }
        for unit, pair in figures.items()
        for indicator, value in zip(("interceptions", "booth_contacts"), pair, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=PUBLISHED_COLUMNS).astype({"value": "Int64"})


def usual(
    hot: set[str] = HOT, units: list[str] = UNITS
) -> dict[str, tuple[int | None, int | None]]:
    return {
        unit: ((160 if unit in hot else 40) + n % 5, 1000 + 7 * n) for n, unit in enumerate(units)
    }


def made(
    shown: pd.DataFrame,
    *,
    audience: Audience = PARTNER,
    before: Found | None = None,
    where: StudyArea | None = None,
    policy: HotspotPolicy | None = QUICK,
    fresh: pd.DataFrame | None = None,
    restates: str | None = None,
    number: int = 1,
) -> Found:
    return hotspots.release_hotspots(
        shown, fresh=shown if fresh is None else fresh,
        before=before or hotspots.no_hotspots(), audience=audience, policy=policy,
        area=where or study_area(), number=number, restates=restates,
    )  # fmt: skip


def classes(found: Found, layer: str = "palika", period: str = "ad-2023-q1") -> pd.Series:
    mine = found.table[found.table["layer"].eq(layer) & found.table["period"].eq(period)]
    return mine.set_index("unit_code")["hotspot_class"]


def higher(found: Found, **which: str) -> set[str]:
    told = classes(found, **which)
    return set(told.index[told.eq("clearly higher")])


def is_planted(told: set[str]) -> bool:
    """Say whether what was planted was found: its corners have few neighbours in it."""
    return len(told) >= 7 and told <= HOT


# ---- what they rest on


def test_a_planted_cluster_is_found_from_what_partners_see() -> None:
    found = made(cells(usual()))
    assert is_planted(higher(found))
    assert list(found.table.columns) == hotspots.HOTSPOT_COLUMNS
    told = found.table[found.table["hotspot_class"].eq("clearly higher")]
    assert (told["ratio_low"] >= 1).all()
    assert found.runs.loc[0, ["tested", "first_release"]].tolist() == [len(UNITS), 1]


def test_a_hidden_count_or_a_hidden_exposure_is_too_little_data() -> None:
    figures = usual() | {"10202": (None, 1000), "10303": (160, None)}
    found = made(cells(figures)).table.set_index("unit_code")
    for unit in ("10202", "10303"):
        assert found.at[unit, "hotspot_class"] == "too little data"
        assert found.at[unit, "reason"] == "no figure"
        assert found.loc[unit, ["ratio_low", "ratio_high", "gi_star"]].isna().all()


def test_what_is_stopped_away_from_booths_lacks_exposure_and_is_compared_with_nothing() -> None:
    shown = cells({unit: pair for unit, pair in usual().items() if unit not in ("10202", "10303")})
    # The last two have a booth: what they lack is hidden.
    lacking = {"10404": (None, 1000), "10405": (None, None)}
    shown = pd.concat([shown, cells(lacking)], ignore_index=True)
    shown = shown.drop_duplicates(["indicator", "unit_code"], keep="last")
    others = cells(
        {"10202": (60, None), "10303": (None, None), "10404": (40, None), "10405": (40, None)}
    )
    others = others[others["indicator"].eq("interceptions")]
    both = pd.concat([shown, others.assign(indicator="interceptions_police")], ignore_index=True)
    found = made(both).table.set_index("unit_code")
    reasons = {"10202": "no exposure", "10303": "no figure", "10404": "no figure"}
    for unit, reason in {**reasons, "10405": "no figure"}.items():
        assert found.loc[unit, ["hotspot_class", "reason"]].tolist() == ["too little data", reason]
    told = made(shown).table.set_index("unit_code")
    figures = ["hotspot_class", "ratio_low", "ratio_high", "gi_star"]
    assert found[figures].equals(told[figures].reindex(found.index))


@examples(3, 60)
@given(st.lists(st.integers(5, 10**6), min_size=2, max_size=2))
def test_what_is_hidden_changes_nothing(secret: list[int]) -> None:
    figures = usual() | {"10202": (None, None)}
    with_secret = cells(figures)
    hidden = with_secret["status"].eq("suppressed")
    planted = with_secret.assign(value=with_secret["value"].mask(hidden, secret[0]))
    assert made(planted).table.equals(made(with_secret).table)


def test_the_order_of_rows_does_not_matter() -> None:
    shown = cells(usual())
    mixed = made(shown.sample(frac=1, random_state=3).reset_index(drop=True))
    assert made(shown).table.equals(mixed.table)


@pytest.mark.parametrize(
    "figures",
    [
        {},
        dict.fromkeys(UNITS, (None, None)),
        dict.fromkeys(UNITS, (0, 1000)),
        dict.fromkeys(UNITS, (40, 1000)),
        dict.fromkeys(UNITS, (40, 0)),
        {"10101": (160, 1000)},
        {"10101": (160, 1000), "10102": (40, 1000)},
        {unit: (n % 2, 10) for n, unit in enumerate(UNITS)},
    ],
    ids=["empty", "hidden", "zeros", "constant", "no exposure", "single", "two", "tiny"],
)
def test_poor_input_is_too_little_data_and_never_a_hotspot(figures) -> None:
    found = made(cells(figures))
    assert set(found.table["hotspot_class"]) <= {"too little data"}
    assert set(found.table["history"]) <= {"too little data"}
    assert len(found.table) == (len(UNITS) if figures else 0)


def test_an_isolated_palika_far_from_the_others_is_too_little_data() -> None:
    far = study_area()
    shapes = far.shapes.copy()
    shapes.loc["10101", "geometry"] = box(87, 26, 87.1, 26.1)
    away = dataclasses.replace(far, shapes=shapes)
    found = made(cells(usual()), where=away).table.set_index("unit_code")
    assert found.at["10101", "hotspot_class"] == "too little data"
    assert found.at["10101", "reason"] == "no neighbour with a rate"


def test_a_unit_without_a_shape_is_no_error() -> None:
    here = study_area()
    some = here.shapes.drop("10101")
    found = made(cells(usual()), where=dataclasses.replace(here, shapes=some))
    assert classes(found)["10101"] == "too little data"
    assert is_planted(higher(found))


# ---- border points


def booths(*of: tuple[str, str]) -> pd.DataFrame:
    rows = [
        {"palika_code": p, "border_point": b, "lon": 80.1 + 0.2 * n, "lat": 27.0}
        for n, (p, b) in enumerate(of)
    ]
    return pd.DataFrame(rows, index=[f"S{n}" for n in range(len(of))])


def test_a_border_point_has_the_figures_of_palikas_with_booths_at_it_alone() -> None:
    where = study_area(sites=booths(*((unit, f"P{unit}") for unit in UNITS)))
    found = made(cells(usual()), where=where)
    assert set(classes(found, "border_point").index) == {f"P{unit}" for unit in UNITS}
    two = [*((unit, f"P{unit}") for unit in UNITS), ("10202", "P10203")]
    shared = made(cells(usual()), where=study_area(sites=booths(*two))).table
    shared = shared[shared["layer"].eq("border_point")].set_index("unit_code")
    for point in ("P10202", "P10203"):
        assert shared.at[point, "reason"] == "no figure", (
            "of which point the figure is nobody is told"
        )
    assert shared["reason"].ne("no figure").sum() == len(UNITS) - 2


# ---- frozen, and their history


def history(found: Found, unit: str) -> list[str]:
    mine = found.table[found.table["unit_code"].eq(unit)]
    return mine.sort_values("period")["history"].tolist()


def test_a_period_is_frozen_whatever_comes_later() -> None:
    first = made(cells(usual()))
    later = pd.concat([cells(usual(set())), cells(usual(), period="ad-2023-q2")])
    second = made(later, before=first, number=2)
    old = second.table[second.table["period"].eq("ad-2023-q1")].reset_index(drop=True)
    assert old.equals(first.table)
    assert second.runs.set_index("period")["first_release"].to_dict() == {
        "ad-2023-q1": 1, "ad-2023-q2": 2,
    }  # fmt: skip


def test_a_restated_year_is_worked_out_again_and_another_is_not() -> None:
    both = pd.concat([cells(usual()), cells(usual(), period="ad-2022-q4")])
    first = made(both)
    changed = pd.concat([cells(usual(set())), cells(usual(set()), period="ad-2022-q4")])
    second = made(changed, before=first, number=2, restates="ad-2023")
    assert higher(second) == set()
    assert is_planted(higher(second, period="ad-2022-q4"))


def test_a_year_without_hotspots_can_be_restated() -> None:
    found = made(cells({}), restates="ad-2023")
    assert found.table.empty
    assert list(found.runs.columns) == hotspots.RUN_COLUMNS


def test_a_hotspot_is_new_then_stays_then_fades() -> None:
    quarters = [f"ad-2023-q{n}" for n in range(1, 5)]
    hot = [set(), set(), HOT, HOT]
    shown = pd.concat([cells(usual(h), period=q) for h, q in zip(hot, quarters, strict=True)])
    found = made(shown)
    assert history(found, "10202") == ["too little data", "too little data", "new", "persistent"]
    after = made(cells(usual(set()), period="ad-2024-q1"), before=found, number=2)
    assert history(after, "10202")[-1] == "fading"
    assert history(after, "10101")[-1] == "never higher"


# ---- the public


def halves(figures: dict[str, tuple[int | None, int | None]], period: str = "ad-2023-h1"):
    """Cells of districts as the public sees them, with bands, contacts by quarter."""
    rule = QUICK.rules[Audience.PUBLIC]
    whole = cells(figures, period=period, level=AdminLevel.DISTRICT)
    counts = whole[whole["indicator"].eq("interceptions")]
    counts = hotspots.with_bands(counts.assign(display="class", value_class="lower"), rule)
    first = 1 if period.endswith("h1") else 3
    parts = []
    for n in (0, 1):
        part = whole[whole["indicator"].eq("booth_contacts")]
        value = part["value"] // 2 + n * (part["value"] % 2)
        parts.append(part.assign(value=value, period=f"{period[:8]}q{first + n}"))
    every = pd.concat([counts, *parts], ignore_index=True)
    shown = every.assign(value=every["value"].mask(every["display"].eq("class")))
    return shown.astype({"value": "Int64"})


NEAR = {"102", "103", "108", "109"}


def public(figures, **more) -> Found:
    return made(
        halves(figures), audience=Audience.PUBLIC, where=study_area(AdminLevel.DISTRICT), **more
    )


def test_a_district_is_told_by_class_and_interval_alone() -> None:
    found = public(usual(NEAR, DISTRICTS))
    assert higher(found, layer="district", period="ad-2023-h1")
    assert higher(found, layer="district", period="ad-2023-h1") <= NEAR
    assert found.table["reason"].isna().all()
    assert found.table["gi_star"].isna().all()
    told = found.table[found.table["hotspot_class"].ne("too little data")]
    edges = {*QUICK.ratios, math.inf}
    assert set(told["ratio_low"]) | set(told["ratio_high"].fillna(math.inf)) <= edges


@examples(3, 48)
@given(st.data())
def test_nothing_of_the_public_hotspots_tells_two_counts_of_a_band_apart(data) -> None:
    figures = usual(NEAR, DISTRICTS)
    rule = QUICK.rules[Audience.PUBLIC]
    other = {}
    for unit, (count, contacts) in figures.items():
        assert count is not None
        low, high = band_bounds(rule.band(count))
        other[unit] = (data.draw(st.integers(low, min(high, 900))), contacts)
    assert public(figures).table.equals(public(other).table)


def test_a_public_period_that_was_released_before_is_not_told_later() -> None:
    shown = halves(usual(NEAR, DISTRICTS))
    old = shown[shown["indicator"].ne("interceptions")]
    found = made(
        shown, fresh=old, audience=Audience.PUBLIC, where=study_area(AdminLevel.DISTRICT), number=2
    )
    assert found.table.empty, "its bands were not audited"


def test_a_district_whose_half_year_lacks_a_quarter_is_too_little_data() -> None:
    shown = halves(usual(NEAR, DISTRICTS))
    gone = shown["indicator"].eq("booth_contacts") & shown["unit_code"].eq("102")
    gone &= shown["period"].eq("ad-2023-q2")
    hidden = shown.assign(status=shown["status"].mask(gone, "suppressed"))
    for less in (hidden, shown[~gone]):
        found = made(less, audience=Audience.PUBLIC, where=study_area(AdminLevel.DISTRICT))
        assert classes(found, "district", "ad-2023-h1")["102"] == "too little data"


def test_a_class_that_hangs_on_where_in_its_band_a_count_is_is_not_told() -> None:
    wide = dataclasses.replace(QUICK.rules[Audience.PUBLIC], edges=(20_000,))
    policy = dataclasses.replace(QUICK, rules={Audience.PUBLIC: wide})
    figures = usual(NEAR, DISTRICTS)
    figures = {u: (c, 40 if u in NEAR else e) for u, (c, e) in figures.items()}
    shown = halves(figures)
    shown = shown.assign(band=shown["band"].mask(shown["band"].ne(""), "10-20000"))
    found = made(
        shown, audience=Audience.PUBLIC, where=study_area(AdminLevel.DISTRICT), policy=policy
    )
    assert higher(found, layer="district", period="ad-2023-h1") <= NEAR


# ---- bands in the gate


def test_a_band_is_an_inequality_of_the_audit() -> None:
    new = class_halves({p: [30, 30, 35, 35] for p in PALIKAS})
    rule = QUICK.rules[Audience.PUBLIC]
    of_half = new["period"].str.contains("h")
    bands = [rule.band(v) if h else "" for v, h in zip(new["value"], of_half, strict=True)]
    ends = {}
    for name, cells_ in (("plain", new), ("told", new.assign(band=bands))):
        joint = release(cells_, PUBLIC).audits[PUBLIC].view
        classed = joint.cells["classed"].fillna(value=False).astype(bool)
        at = (classed & joint.cells["period"].str.contains("-h")).to_numpy()
        ends[name] = set(
            zip(joint.table.least[at].tolist(), joint.table.most[at].tolist(), strict=True)
        )
    assert (201, 400) in ends["told"]
    assert (201, 400) not in ends["plain"]
    assert (201, UNBOUNDED) in ends["plain"]


def test_a_band_too_narrow_to_hide_a_count_hides_its_cell() -> None:
    new = class_halves({p: [30, 30, 35, 35] for p in PALIKAS})
    halves_ = new["period"].str.contains("h")
    narrow = new.assign(
        band=[
            f"{v}-{v + T[PUBLIC] - 2}" if h else ""
            for v, h in zip(new["value"], halves_, strict=True)
        ]
    )
    told = release(narrow, PUBLIC)
    assert not told.exposures
    assert told.cells.loc[halves_, "status"].eq("suppressed").all(), (
        "no band is told of a hidden cell"
    )
    assert release(new, PUBLIC).cells.loc[halves_, "status"].eq("published").any()


# ---- the policy


def table() -> dict:
    return copy.deepcopy(tomllib.loads(TEXT))


def change(**entries: object) -> dict:
    changed = table()
    for name, value in entries.items():
        *path, last = name.split("__")
        at = changed["hotspots"]
        for step in path:
            at = at[step]
        at[last] = value
    return changed


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"public__exposure": "booth_staff_days"}, "booth_staff_days has no design"),
        (
            {"public__level": "palika"},
            "interceptions is released only at a level coarser than palika",
        ),
        ({"public__bands": []}, "counts must be coarsened first"),
        ({"public__bands": [24, 30]}, "band up to 30 must be at least 10 wide"),
        ({"public__period": "quarter"}, "interceptions is not released by quarter"),
        (
            {"public__count": "booth_contacts", "public__period": "quarter"},
            "at least one full quarter",
        ),
        ({"public__exposure": "interceptions"}, "not shown to this audience as a number"),
        ({"public__more": 1}, "unknown keys more"),
        ({"ratios": [1, 2]}, "ratios must rise from 0"),
        ({"q": 2}, "alpha must lie"),
        ({"periods": 1}, "periods must be 2 or more"),
    ],
)
def test_a_policy_that_tells_too_much_of_hotspots_is_refused(entries, said: str) -> None:
    with pytest.raises(SimaError, match=said):
        read_policy(change(**entries))


def test_a_missing_word_is_named() -> None:
    less = table()
    del less["hotspots"]["seed"]
    with pytest.raises(SimaError, match="'seed' is missing"):
        read_policy(less)


@pytest.mark.parametrize(
    ("entries", "less"),
    [
        ({"public__bands": [24, 35, 50, 100, 200, 400, 800]}, ["hotspots.public"]),
        ({"public__bands": [24, 50]}, []),
        ({"partner__exposure": "booth_staff_days"}, ["hotspots.partner"]),
        ({"partner__period": "year"}, []),
        ({"ratios": [0, 0.3, 1]}, ["hotspots.ratios"]),
        ({"ratios": [0, 1, 2]}, []),
    ],
)
def test_a_policy_that_tells_more_is_noticed(entries, less: list[str]) -> None:
    assert hotspot_policy.list_weakened_hotspot_rules(table(), change(**entries)) == less


def test_hotspots_where_there_were_none_need_two_people() -> None:
    before = (
        TEXT[: TEXT.index("# Where more is found")] + TEXT[TEXT.index("# The publication design") :]
    )
    assert read_policy(tomllib.loads(before)).hotspots is None
    assert {"hotspots.public", "hotspots.partner"} <= set(list_weakened_rules(before, TEXT))
    assert list_weakened_rules(TEXT, before) == []


@given(st.integers(0, 3000))
def test_a_count_lies_in_its_band(count: int) -> None:
    rule = FULL.rules[Audience.PUBLIC]
    band = rule.band(count)
    low, high = band_bounds(band)
    assert low <= count <= high
    assert (band == "") == (count < 10)
    assert not band or high - low >= 10


def test_without_a_policy_of_hotspots_there_are_none() -> None:
    assert made(cells(usual()), policy=None).table.empty
