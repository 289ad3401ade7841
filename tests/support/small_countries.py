"""A made country of few places, its releases, and an attacker of them who shares no code with the gate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from data.disclosure.attacker_table import PUBLISHED_COLUMNS, nothing_published
from data.disclosure.cell_totals import Places
from data.disclosure.cells import CELL_KEY, build_cells
from data.disclosure.engine.additive_table import UNBOUNDED, Table
from data.disclosure.engine.audit import intervals
from data.disclosure.engine.carried_witnesses import FoundTables
from data.disclosure.release_gate import Decision, decide
from data.model import AgeBand, Audience, Claim, Sex, Status
from data.reference import calendar
from data.reference.indicators import read_indicators
from data.reference.policy import load_policy
from data.reference.relations import AtLeast, NoneWithout, PartOf, Relations

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
        "sessions": definition("sessions", "organisational"),
        "audience": definition("audience", "people"),
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
        "sessions": {"public": _WHOLE, "partner": _WHOLE},
        "audience": {"public": _WHOLE, "partner": _WHOLE},
        **{code: {"public": _WHOLE, "partner": _WHOLE} for code in OUTCOMES},
        "trained": {"public": {"finest": "district", "periods": ["year"], "display": "class"}},
        "halves": {
            "public": {"finest": "district", "periods": ["half", "year"], "display": "class"},
            "partner": _WHOLE,
        },
    },
)

POLICY = replace(
    load_policy(),
    relations=Relations(
        part_of=(PartOf("stopped", OUTCOMES),),
        none_without=(NoneWithout("groups", ("members",)), NoneWithout("sessions", ("audience",))),
        at_least=(AtLeast("members", "groups", 1),),
    ),
)

T = {each: POLICY.width(each) for each in Audience}

NOTHING = {each: nothing_published() for each in Audience}


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
                inside = calendar.parse_period(period).within(calendar.parse_period(target))
                last = calendar.parse_period(period).end == calendar.parse_period(target).end
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
            "version": version, "band": "",
        }
        for (unit, period, sex), parts in sorted(found.items())
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=PUBLISHED_COLUMNS).astype(
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
    unpublished: pd.DataFrame | None = None,
    key: bytes = b"the secret of a test",
    found: Mapping[Audience, FoundTables] = {},
) -> Decision:
    return decide(
        new, audience=audience, published=past, indicators=indicators, policy=policy, claims=claims,
        key=key, found=found,
        unpublished=nothing_published() if unpublished is None else unpublished,
    )  # fmt: skip


def seen(partner: pd.DataFrame | None = None, public: pd.DataFrame | None = None):
    frames = {PARTNER: partner, PUBLIC: public}
    return {each: nothing_published() if f is None else f for each, f in frames.items()}


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


Key = tuple[str, ...]


def attack(*frames: pd.DataFrame, **more: object) -> dict[str, tuple[int, int]]:
    """Interval of every hidden cell for one who sees these, as ``indicator unit period sex``."""
    return cell_intervals(as_attacked(*frames, **more))


def cell_intervals(table: Table) -> dict[str, tuple[int, int]]:
    cells = [n for n, name in enumerate(table.names) if name.split()[0] not in ("rest", "claim")]
    return intervals(table, cells)


def as_attacked(
    *frames: pd.DataFrame, relations: Sequence[PartOf] = (), claims: Sequence[Claim] = ()
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
        names, figures, rows=listed, suppressed=[low < high for low, high in limits],
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
    value: Mapping[Key, int], relations: Sequence[PartOf]
) -> dict[tuple[str, Key], list[Key]]:
    """All ways in which a cell is the sum of others: by the way and the whole, the parts."""
    found: dict[tuple[str, Key], list[Key]] = {}
    for key in value:
        indicator, unit, period, sex = key
        stock = INDICATORS[indicator].aggregation.value == "stock"
        short = calendar.parse_period(period)
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
        if (own & table.suppressed).any():
            found += narrow(cell_intervals(table.with_suppressed(table.suppressed & ~own)), width)
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


SMALL_QUARTER = steady(p10101=[4, 80, 90, 85])


def change(before: int, later: int) -> dict[str, tuple[int, int]]:
    """What two numbers of one cell tell of those who were added."""
    table = Table.of(
        ["before", "later", "added"], [before, later, later - before],
        suppressed=[False, False, True], rows=[(1, [0, 2])],
    )  # fmt: skip
    return intervals(table)


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
            span = calendar.parse_period(period)
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
    made = build_cells(
        records, indicator, design=indicator.designs[PARTNER], places=places,
        today=calendar.parse_period("ad-2025").end,
    )  # fmt: skip
    return made.assign(
        indicator="contacts", display="number", value_class=None, version=0, band=""
    )[PUBLISHED_COLUMNS]


def _to_ward() -> frozenset:
    return INDICATORS["members"].designs[PARTNER].levels


def claim(figure: int, periods: Sequence[str], unit: str = "10101", **bounds: int) -> Claim:
    ends = {"least": figure, "most": figure} | bounds
    return Claim("F1", "contacts", unit, tuple(periods), Sex.ALL, AgeBand.ALL, **ends)


def class_halves(figures: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    spans = ["ad-2023-h1", "ad-2023-h2", "ad-2023"]
    halves = cells(figures, indicator="halves", show=spans, display="class")
    return halves[halves["admin_level"] <= 2].reset_index(drop=True)


def members(*small: int, first: int = 40) -> dict[str, int]:
    """Wards of four palikas; the first wards of the first palika are small."""
    wards = {f"101{p:02d}{w:02d}": first + 9 * p + w for p in (1, 2, 3, 4) for w in range(1, 6)}
    return wards | {f"10101{w:02d}": value for w, value in enumerate(small, start=1)}


def palikas_of(new: pd.DataFrame) -> pd.DataFrame:
    return new[new["admin_level"] <= 3].reset_index(drop=True)


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


def classes(figures: Mapping[str, int]) -> pd.DataFrame:
    new = cells(
        {f"{d}01": [n] for d, n in figures.items()}, indicator="trained",
        periods=["ad-2023"], show=["ad-2023"], display="class",
    )  # fmt: skip
    return new[new["admin_level"] <= 2].reset_index(drop=True)


SILENCE = steady(p10101=[None, 80, 90, 85])
