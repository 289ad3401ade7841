"""Planted leaks: each is one without the gate, and none with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from data import calendar
from data.disclosure.audit import intervals
from data.disclosure.cells import CELL_KEY, Places, build
from data.disclosure.gate import Decision, Past, decide, nothing_seen
from data.disclosure.joint import SEEN_COLUMNS
from data.disclosure.table import UNBOUNDED, Table
from data.indicators import load_policy, read_indicators
from data.model import AgeBand, Audience, Claim, Relation, Sex, Status

PUBLIC, PARTNER = Audience.PUBLIC, Audience.PARTNER
SHOWN, HIDDEN = Status.PUBLISHED.value, Status.SUPPRESSED.value
SILENT, ABSENT = Status.NOT_REPORTED.value, Status.NOT_APPLICABLE.value
QUARTERS = [f"ad-2023-q{n}" for n in (1, 2, 3, 4)]
PALIKAS = [f"1{d:02d}{p:02d}" for d in (1, 2, 3) for p in (1, 2, 3, 4)]
LEVEL = {"NP": 0, 1: 1, 3: 2, 5: 3, 7: 4}


def text(code: str) -> dict[str, str]:
    return {"en": code, "ne": code}


def definition(code: str, protected: str = "at_risk", aggregation: str = "flow") -> dict:
    texts = {"name": text(code), "definition": text(code), "unit": text("people")}
    rest = {"catalogue": "T1", "theme": "t", "class": protected, "aggregation": aggregation}
    return texts | rest


OUTCOMES = tuple(f"outcome_{n}" for n in range(1, 6))
_NUMBERS = {"finest": "palika", "periods": ["quarter", "year"], "sex": "palika"}
_WHOLE = {"finest": "palika", "periods": ["quarter", "year"]}
INDICATORS = read_indicators(
    {
        "contacts": definition("contacts"),
        "members": definition("members", "people", "stock"),
        "groups": definition("groups", "organisational", "stock"),
        "stopped": definition("stopped"),
        **{code: definition(code) for code in OUTCOMES},
        "trained": definition("trained"),
        "halves": definition("halves"),
    },
    {
        "contacts": {"public": _NUMBERS, "partner": _NUMBERS},
        "members": {
            "public": {"finest": "palika", "periods": ["quarter", "year"]},
            "partner": {"finest": "ward", "periods": ["quarter", "year"]},
        },
        "groups": {"public": _WHOLE, "partner": _WHOLE},
        "stopped": {"public": _WHOLE, "partner": _WHOLE},
        **{code: {"public": _WHOLE, "partner": _WHOLE} for code in OUTCOMES},
        "trained": {"public": {"finest": "district", "periods": ["year"], "display": "class"}},
        "halves": {
            "public": {"finest": "district", "periods": ["half", "year"], "display": "class"},
            "partner": _WHOLE,
        },
    },
)
POLICY = replace(load_policy(), relations=(Relation("stopped", OUTCOMES),))
T = {each: POLICY.width(each) for each in Audience}
NOTHING = {each: nothing_seen() for each in Audience}


# --- a country ----------------------------------------------------------------------------------


def level(unit: str) -> int:
    return LEVEL["NP" if unit == "NP" else len(unit)]


def above(unit: str) -> str | None:
    return None if unit == "NP" else "NP" if len(unit) == 1 else unit[:-2] or unit


def cells(
    figures: Mapping[str, Sequence[object]],
    *,
    indicator: str = "contacts",
    periods: Sequence[str] = QUARTERS,
    show: Iterable[str] | None = None,
    display: str = "number",
    version: int = 0,
) -> pd.DataFrame:
    """Cells of a whole country from its finest places.

    ``figures`` are by place and then by ``periods``: a count, a pair of women and men, or None
    where nothing was reported. Wholes are those of ``show``, or of the periods and their year.
    """
    leaves: dict[tuple[str, str, str], int | None] = {}
    for unit, row in figures.items():
        for period, figure in zip(periods, row, strict=True):
            pair = {"f": figure[0], "m": figure[1]} if isinstance(figure, tuple) else {}
            for sex, value in (pair | {"all": sum(figure) if pair else figure}).items():
                leaves[unit, period, sex] = value
    shown = list(show) if show is not None else [*periods, *({p[:7] for p in periods})]
    stock = INDICATORS[indicator].aggregation.value == "stock"
    found: dict[tuple[str, str, str], list[int | None]] = {}
    for (unit, period, sex), value in leaves.items():
        place: str | None = unit
        while place is not None:
            for target in shown:
                inside = calendar.parse(period).within(calendar.parse(target))
                last = calendar.parse(period).end == calendar.parse(target).end
                if inside and (last or not stock):
                    found.setdefault((place, target, sex), []).append(value)
            place = above(place)
    rows = [
        {
            "indicator": indicator, "unit_code": unit, "period": period, "sex": sex,
            "age_band": "all", "admin_level": level(unit), "parent_code": above(unit),
            "status": SILENT if None in parts else SHOWN,
            "value": None if None in parts else sum(parts), "display": display,
            "value_class": POLICY.value_class(sum(parts)) if display == "class" else None,
            "version": version,
        }
        for (unit, period, sex), parts in sorted(found.items())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=SEEN_COLUMNS).astype(
        {"value": "Int64", "value_class": object}
    )


def steady(many: int = 60, **other: Sequence[object]) -> dict[str, Sequence[object]]:
    """Large figures in every palika and quarter, all different, but for those that are named."""
    usual = {p: [many + 7 * n + q for q in range(4)] for n, p in enumerate(PALIKAS)}
    return usual | {name.removeprefix("p"): row for name, row in other.items()}


def release(
    new: pd.DataFrame,
    audience: Audience = PARTNER,
    *,
    past: Mapping[Audience, pd.DataFrame] = NOTHING,
    policy=POLICY,
    claims: Sequence[Claim] = (),
    indicators=INDICATORS,
    unseen: pd.DataFrame | None = None,
) -> Decision:
    return decide(
        new, audience=audience, past=Past(past), indicators=indicators, policy=policy, claims=claims,
        unseen=unseen,
    )  # fmt: skip


def seen(partner: pd.DataFrame | None = None, public: pd.DataFrame | None = None):
    frames = {PARTNER: partner, PUBLIC: public}
    return {each: nothing_seen() if f is None else f for each, f in frames.items()}


def after(past: pd.DataFrame, decision: Decision) -> pd.DataFrame:
    return pd.concat([past, decision.cells], ignore_index=True) if len(past) else decision.cells


def hide_small(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    """The naive release: what is small is hidden, and nothing else."""
    small = frame["value"].notna() & frame["value"].fillna(0).lt(least)
    return frame.assign(status=frame["status"].mask(small, HIDDEN))


def status(
    frame: pd.DataFrame, unit: str, period: str, sex: str = "all", indicator: str = "contacts"
):
    key = (indicator, unit, period, sex, "all")
    return frame.set_index(CELL_KEY)["status"].sort_index().loc[[key]].tolist()[-1]


def hidden_names(frame: pd.DataFrame) -> set[tuple[str, ...]]:
    return set(frame[frame["status"].eq(HIDDEN)][CELL_KEY].itertuples(index=False, name=None))


# --- an attacker who shares nothing with the gate but the solver --------------------------------


Key = tuple[str, ...]


def attack(*frames: pd.DataFrame, **more: object) -> dict[str, tuple[int, int]]:
    """Interval of every hidden cell for one who sees these, as ``indicator unit period sex``."""
    return cell_intervals(as_attacked(*frames, **more))


def cell_intervals(table: Table) -> dict[str, tuple[int, int]]:
    cells = [n for n, name in enumerate(table.names) if name.split()[0] not in ("rest", "claim")]
    return intervals(table, cells)


def as_attacked(
    *frames: pd.DataFrame, relations: Sequence[Relation] = (), claims: Sequence[Claim] = ()
) -> Table:
    """One version of each cell; every whole is at least the sum of the parts that have a figure."""
    value, bounds = read_cells(pd.concat(frames))
    rows = [(whole, parts) for (_, whole), parts in wholes_of(value, relations).items()]
    for told in claims:
        of = {(told.indicator, told.unit_code, p, told.sex.value) for p in told.periods}
        if parts := [key for key in value if key in of]:
            value["claim", told.code] = sum(value[key] for key in parts)
            bounds["claim", told.code] = told.least, told.most
            rows.append((("claim", told.code), parts))
    order = {key: n for n, key in enumerate(value)}
    names, figures, limits = [" ".join(key) for key in value], [*value.values()], [*bounds.values()]
    listed = []
    for whole, parts in rows:
        lacking = value[whole] - sum(value[part] for part in parts)
        members = [order[part] for part in parts]
        if lacking > 0:
            members.append(len(names))
            names.append(f"rest {len(names)}")
            figures.append(lacking)
            limits.append((0, UNBOUNDED))
        if lacking >= 0:
            listed.append((order[whole], members))
    return Table.of(
        names, figures, rows=listed, hidden=[low < high for low, high in limits],
        least=[low for low, _ in limits], most=[high for _, high in limits],
    )  # fmt: skip


def read_cells(frame: pd.DataFrame) -> tuple[dict[Key, int], dict[Key, tuple[int, int]]]:
    """What is behind every cell, and what all its rows in the frame tell of it."""
    value: dict[Key, int] = {}
    bounds: dict[Key, tuple[int, int]] = {}
    for row in frame[frame["value"].notna()].itertuples(index=False):
        key = (row.indicator, row.unit_code, row.period, row.sex)
        assert value.setdefault(key, int(row.value)) == row.value
        least, most = 0, UNBOUNDED
        if row.status == SHOWN:
            exact = (value[key], value[key])
            is_class = row.display == "class"
            least, most = POLICY.class_bounds(PUBLIC)[row.value_class] if is_class else exact
        low, high = bounds.get(key, (0, UNBOUNDED))
        bounds[key] = max(low, least), min(high, most)
    return value, bounds


def wholes_of(
    value: Mapping[Key, int], relations: Sequence[Relation]
) -> dict[tuple[str, Key], list[Key]]:
    """All ways in which a cell is the sum of others: by the way and the whole, the parts."""
    found: dict[tuple[str, Key], list[Key]] = {}
    for key in value:
        indicator, unit, period, sex = key
        stock = INDICATORS[indicator].aggregation.value == "stock"
        short = calendar.parse(period)
        ways = [("place", (indicator, above(unit) or "", period, sex))]
        ways += [("sex", (indicator, unit, period, "all"))] if sex != "all" else []
        ways += [
            (f"{short.kind} {period if stock else ''}", (indicator, unit, longer.code, sex))
            for longer in calendar.parents(short)
            if not stock or short.end == longer.end
        ]
        ways += [("within", (r.whole, *key[1:])) for r in relations if indicator in r.parts]
        for way, whole in ways:
            if whole in value:
                found.setdefault((way, whole), []).append(key)
    return found


def narrow(found: Mapping[str, tuple[int, int]], width: int) -> list[str]:
    return [name for name, (least, most) in found.items() if most - least < width]


def insiders_find(frame: pd.DataFrame, width: int, **more: object) -> list[str]:
    """What somebody who knows all of one place's own cells finds out about others.

    The figures of a larger place are his own where all that is in it is his.
    """
    table = as_attacked(frame, **more)
    place = [name.split()[1] for name in table.names]
    real = [name.split()[0] not in ("rest", "claim") for name in table.names]
    units = {unit for unit, r in zip(place, real, strict=True) if r}
    finest = units - {above(unit) for unit in units}
    found = []
    for insider in sorted(units - {"NP", "1"}):
        his = {
            unit
            for unit in units
            if all(f.startswith(insider) for f in finest if unit == "NP" or f.startswith(unit))
        }
        own = np.array([r and unit in his for unit, r in zip(place, real, strict=True)])
        if (own & table.hidden).any():
            found += narrow(cell_intervals(table.with_hidden(table.hidden & ~own)), width)
    return found


def versions_shown(*frames: pd.DataFrame) -> dict[tuple[str, ...], list[int]]:
    """Numbers that were ever shown of each cell, each once."""
    every = pd.concat(frames)
    shown = every[every["status"].eq(SHOWN) & every["value"].notna()]
    return {
        key: list(dict.fromkeys(group["value"].tolist())) for key, group in shown.groupby(CELL_KEY)
    }


def smallest_change(*frames: pd.DataFrame) -> int:
    changes = [
        abs(later - earlier)
        for numbers in versions_shown(*frames).values()
        for earlier, later in pairwise(numbers)
    ]
    return min(changes, default=UNBOUNDED)


Q1 = QUARTERS[:1]


def one_quarter(figures: Mapping[str, int | None], **options: object) -> pd.DataFrame:
    rows = {place: [figure] for place, figure in figures.items()}
    return cells(rows, periods=Q1, show=Q1, **options)


# --- without anything small ---------------------------------------------------------------------


@pytest.mark.parametrize("audience", Audience)
def test_where_nothing_is_small_nothing_is_hidden(audience: Audience) -> None:
    new = cells(steady())
    decision = release(new, audience)
    assert decision.exposures == ()
    assert not hidden_names(decision.cells)
    pd.testing.assert_frame_equal(decision.cells, new)


@pytest.mark.parametrize("audience", Audience)
def test_where_there_is_nothing_new_nothing_is_decided(audience: Audience) -> None:
    decision = release(nothing_seen(), audience)
    assert decision.cells.empty
    assert decision.exposures == ()


def test_one_small_figure_hides_few_and_leaves_everybody_in_doubt() -> None:
    new = cells(steady(p10101=[3, 80, 90, 85]))
    assert narrow(attack(hide_small(new, 5)), 5) == ["contacts 10101 ad-2023-q1 all"]
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []
    assert len(hidden_names(decision.cells)) == 6
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


# --- planted leak 1: a year-to-date total -------------------------------------------------------

SMALL_QUARTER = steady(p10101=[4, 80, 90, 85])


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


# --- planted leak 2: a revised quarter ----------------------------------------------------------


def change(before: int, later: int) -> dict[str, tuple[int, int]]:
    """What two numbers of one cell tell of those who were added."""
    table = Table.of(
        ["before", "later", "added"], [before, later, later - before],
        hidden=[False, False, True], rows=[(1, [0, 2])],
    )  # fmt: skip
    return intervals(table)


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


# --- planted leak 3: a changed boundary ---------------------------------------------------------

MOVED = "2023-07-01"


def moving_places(*, said: bool) -> Places:
    """Palikas 10101 to 10104 of two wards each; a third ward of the first moves to the second."""
    wards = [f"101{p:02d}{w:02d}" for p in (1, 2, 3, 4) for w in (1, 2)]
    always = ["NP", "1", "101", *(f"101{p:02d}" for p in (1, 2, 3, 4)), *wards]
    times = {"1010103": ("2000-01-01", "2023-06-30"), "1010203": (MOVED, None)}
    codes = [*always, *times]
    units = pd.DataFrame(
        {
            "admin_level": [level(code) for code in codes],
            "parent_code": [above(code) for code in codes],
            "valid_from": [times.get(code, ("2000-01-01",))[0] for code in codes],
            "valid_to": [times.get(code, (None, None))[1] for code in codes],
        },
        index=pd.Index(codes, name="unit_code"),
    )
    sites = pd.DataFrame(columns=["palika_code", "opened", "closed"])
    if not said:
        return Places(units, sites)
    changes = pd.DataFrame(
        {"predecessor": ["1010103"], "successor": ["1010203"], "on_day": [MOVED]}
    )
    return Places(units, sites, changes)


def moved_cells(*, said: bool) -> pd.DataFrame:
    places = moving_places(said=said)
    indicator = replace(
        INDICATORS["contacts"],
        designs={PARTNER: replace(INDICATORS["contacts"].designs[PARTNER], levels=_to_ward())},
    )
    rows = []
    for n, unit in enumerate(u for u in places.units.index if len(u) == 7):
        for m, period in enumerate(QUARTERS):
            span = calendar.parse(period)
            since, until = places.units.loc[unit, ["valid_from", "valid_to"]]
            if str(span.start) < since or (pd.notna(until) and str(span.end) > until):
                continue
            value = 2 if unit in ("1010103", "1010203") else 60 + 7 * n + m
            rows.append(
                {"place_code": unit, "indicator": "contacts", "period": period, "sex": "all",
                 "age_band": "all", "period_start": span.start, "period_end": span.end,
                 "state": "reported", "value": value}
            )  # fmt: skip
    records = pd.DataFrame(rows).astype({"value": "Int64"})
    made = build(
        records, indicator, design=indicator.designs[PARTNER], places=places,
        today=calendar.parse("ad-2025").end,
    )  # fmt: skip
    return made.assign(indicator="contacts", display="number", value_class=None, version=0)[
        SEEN_COLUMNS
    ]


def _to_ward() -> frozenset:
    return INDICATORS["members"].designs[PARTNER].levels


def test_a_moved_ward_is_not_the_difference_of_a_palika_before_and_after() -> None:
    naive = moved_cells(said=False).set_index(["unit_code", "period"])["value"]
    quarters = [int(naive["10101", q]) for q in QUARTERS]
    year = int(naive["10101", "ad-2023"])
    table = Table.of(
        [*QUARTERS, "by quarters", "year", "moved"], [*quarters, sum(quarters), year, 4],
        hidden=[False] * 6 + [True], rows=[(4, [0, 1, 2, 3]), (4, [5, 6])],
    )  # fmt: skip
    assert intervals(table) == {"moved": (4, 4)}
    decision = release(moved_cells(said=True))
    assert decision.exposures == ()
    for palika in ("10101", "10102"):
        assert status(decision.cells, palika, "ad-2023") == ABSENT
    assert status(decision.cells, "1010103", "ad-2023-q1") == HIDDEN
    assert narrow(attack(decision.cells), 5) == []
    assert insiders_find(decision.cells, 5) == []


# --- planted leak 4: a claim --------------------------------------------------------------------


def claim(figure: int, periods: Sequence[str], unit: str = "10101", **bounds: int) -> Claim:
    ends = {"least": figure, "most": figure} | bounds
    return Claim("F1", "contacts", unit, tuple(periods), Sex.ALL, AgeBand.ALL, **ends)


def test_a_figure_published_elsewhere_does_not_make_a_hidden_one_computable() -> None:
    new = cells(SMALL_QUARTER)
    unaware = release(new).cells
    assert status(unaware, "10101", "ad-2023") == HIDDEN
    told = claim(259, ["ad-2023"])
    assert narrow(attack(unaware), 5) == []
    assert attack(unaware, claims=[told])["contacts 10101 ad-2023-q1 all"] == (4, 4)
    decision = release(new, claims=[told])
    assert decision.strays == ()
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
    assert decision.strays == ("F1",)
    assert decision.exposures == ()
    assert hidden_names(decision.cells) == hidden_names(release(cells(SMALL_QUARTER)).cells)


@pytest.mark.parametrize("bounds", [{"least": 200, "most": 300}, {"least": 1, "most": UNBOUNDED}])
def test_a_vague_claim_stands_in_nobodys_way(bounds: dict[str, int]) -> None:
    decision = release(cells(SMALL_QUARTER), claims=[claim(0, ["ad-2023"], **bounds)])
    assert decision.strays == ()
    assert decision.exposures == ()


# --- planted leak 5: an insider -----------------------------------------------------------------


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


def class_halves(figures: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    spans = ["ad-2023-h1", "ad-2023-h2", "ad-2023"]
    halves = cells(figures, indicator="halves", show=spans, display="class")
    return halves[halves["admin_level"] <= 2].reset_index(drop=True)


# --- planted leak 6: two audiences --------------------------------------------------------------


def members(*small: int, first: int = 40) -> dict[str, int]:
    """Wards of four palikas; the first wards of the first palika are small."""
    wards = {f"101{p:02d}{w:02d}": first + 9 * p + w for p in (1, 2, 3, 4) for w in range(1, 6)}
    return wards | {f"10101{w:02d}": value for w, value in enumerate(small, start=1)}


def palikas_of(new: pd.DataFrame) -> pd.DataFrame:
    return new[new["admin_level"] <= 3].reset_index(drop=True)


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


# --- planted leak 7: another indicator ----------------------------------------------------------


def outcomes(small: int | None, *, of: Sequence[str] = OUTCOMES) -> pd.DataFrame:
    """Journeys stopped, and what became of everybody: the last outcome of the first palika is small."""
    frames = []
    whole = dict.fromkeys(PALIKAS, 0)
    for m, code in enumerate(of):
        figures = {p: 20 + n + 3 * m for n, p in enumerate(PALIKAS)}
        if code == of[-1] and small is not None:
            figures["10101"] = small
        whole = {p: whole[p] + figures[p] for p in PALIKAS}
        frames.append(one_quarter(figures, indicator=code))
    return pd.concat([one_quarter(whole, indicator="stopped"), *frames], ignore_index=True)


def test_the_outcomes_of_stopped_journeys_do_not_tell_the_one_that_is_small() -> None:
    new = outcomes(2)
    alone = pd.concat(
        [release(part.reset_index(drop=True)).cells for _, part in new.groupby("indicator")]
    )
    assert narrow(attack(alone), 5) == []
    assert "outcome_5 10101 ad-2023-q1 all" in narrow(attack(alone, relations=POLICY.relations), 5)
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells, relations=POLICY.relations), 5) == []


def test_outcomes_that_never_came_about_leave_the_others_within_the_whole() -> None:
    new = outcomes(2, of=OUTCOMES[:2])
    decision = release(new)
    assert decision.exposures == ()
    assert narrow(attack(decision.cells, relations=POLICY.relations), 5) == []


# --- planted leak 8: classes --------------------------------------------------------------------


def classes(figures: Mapping[str, int]) -> pd.DataFrame:
    new = cells(
        {f"{d}01": [n] for d, n in figures.items()}, indicator="trained",
        periods=["ad-2023"], show=["ad-2023"], display="class",
    )  # fmt: skip
    return new[new["admin_level"] <= 2].reset_index(drop=True)


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


# --- planted leak 9: zeros and silence ----------------------------------------------------------


def test_zeros_are_hidden_with_what_is_small_in_one_status() -> None:
    decision = release(cells(steady(p10101=[0, 80, 90, 85], p10204=[2, 80, 90, 85])))
    for palika in ("10101", "10204"):
        assert status(decision.cells, palika, "ad-2023-q1") == HIDDEN
    shown = decision.cells[decision.cells["status"].eq(SHOWN)]
    assert (shown["value"] > 0).all()


SILENCE = steady(p10101=[None, 80, 90, 85])


def test_silence_about_people_at_risk_looks_hidden_in_public_and_not_to_partners() -> None:
    public = release(cells(SILENCE), PUBLIC).cells
    assert not public["status"].eq(SILENT).any()
    assert status(public, "10101", "ad-2023-q1") == HIDDEN
    partner = release(cells(SILENCE)).cells
    assert status(partner, "10101", "ad-2023-q1") == SILENT


def test_silence_about_other_people_is_said() -> None:
    new = one_quarter({"10101": None, "10102": 40}, indicator="members")
    assert release(new, PUBLIC).cells["status"].eq(SILENT).any()


# --- time, order, what is exempt ----------------------------------------------------------------


@pytest.mark.parametrize("audience", Audience)
def test_later_periods_change_nothing_that_was_decided(audience: Audience) -> None:
    figures = steady(p10101=[4, 80, 90, 3], p10203=[60, 2, 0, 85], p10301=[60, 61, 6, 63])
    past = nothing_seen()
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
    one, other = first.sealed[PARTNER], second.sealed[PARTNER]
    assert one.joint.table.names == other.joint.table.names
    for a, b in zip(one.proof.witnesses, other.proof.witnesses, strict=True):
        assert (a.cells.tolist(), a.change.tolist()) == (b.cells.tolist(), b.change.tolist())


def test_the_seal_has_its_width_for_every_hidden_cell() -> None:
    decision = release(cells(steady(p10101=[4, 80, 90, 3])))
    assert decision.sealed[PARTNER].narrowest >= 5
    assert list(decision.sealed) == [PARTNER]
    public = release(cells(steady(p10101=[4, 80, 90, 3])), PUBLIC)
    assert public.sealed[PUBLIC].narrowest >= 10
    assert list(public.sealed) == [PUBLIC, PARTNER]


# --- what cannot be repaired --------------------------------------------------------------------


def test_what_is_public_already_and_in_the_way_is_named() -> None:
    new = one_quarter({"1010101": 17, "1010102": 3}, indicator="members")
    public = release(palikas_of(new), PUBLIC).cells
    assert not hidden_names(public)
    decision = release(new, past=seen(public=public))
    assert decision.exposures
    assert {e.reader for e in decision.exposures} == {PARTNER}
    assert any(e.cell.startswith("members|1010102|ad-2023-q1") for e in decision.exposures)
    for exposure in decision.exposures:
        assert "members|10101|ad-2023-q1|all|all" in exposure.in_the_way


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


# --- leaks that pass: each a release without exposures ------------------------------------------


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
    assert release(new, past=seen(partner=was), claims=[claim(240, ["ad-2023"])]).strays == ()


def test_a_figure_that_was_changed_and_changed_back_still_adds_up() -> None:
    """Of 23 more in the district in the end 20 were shown to be 10103's: 3 are 10102's."""
    told = [
        {"10101": 20, "10102": 30, "10103": 40, "10104": 2},
        {"10101": 40, "10102": 30, "10103": 40, "10104": 2},
        {"10101": 20, "10102": 33, "10103": 80, "10104": 2},
    ]
    past = nothing_seen()
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
    decision = release(palikas_of(new), PUBLIC, unseen=new)
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


# --- releases that are refused without need -----------------------------------------------------


def test_one_place_may_correct_one_person_and_the_year_is_restated() -> None:
    was = release(one_quarter({"10101": 60, "10102": 70, "10103": 80, "10104": 90})).cells
    new = one_quarter({"10101": 61, "10102": 70, "10103": 80, "10104": 90}, version=1)
    assert release(new, past=seen(partner=was)).exposures == ()


def test_a_large_figure_that_was_published_elsewhere_blocks_nothing() -> None:
    assert release(cells(SMALL_QUARTER), claims=[claim(259, ["ad-2023"])]).exposures == ()


@pytest.mark.xfail(
    strict=True, reason="moves of claimed cells are sought in the whole country only"
)
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


@pytest.mark.xfail(
    strict=True, reason="lines are closed with cells that what is public already tells"
)
def test_a_cell_that_is_public_by_its_year_is_not_hidden_for_a_line() -> None:
    figures = {"10101": [29, 10], "10102": [8, 3], "10201": [37, 24], "10202": [10, 10], "10203": [49, 25],
               "10301": [0, 4], "10302": [42, 28], "10303": [9, 3]}  # fmt: skip
    halves = ["ad-2023-h1", "ad-2023-h2"]
    was = release(cells(figures, periods=halves, show=["ad-2023-h2", "ad-2023"])).cells
    new = cells(figures, periods=halves, show=halves[:1])
    assert release(new, past=seen(partner=was)).exposures == ()
