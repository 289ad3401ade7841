"""The demonstration: SYNTHETIC workbooks whose totals agree with the published figures.

Nothing here is about a real person or place: the thirteen palikas and every figure below a total
are drawn by a seeded generator. The workbooks are uploaded like any steward's file.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from openpyxl import load_workbook

from data.intake import template_files
from data.model import AdminLevel
from data.reference import calendar, templates
from data.reference.gazetteer import Gazetteer
from data.reference.unit_codes import district_of

SEED = 2019
UNTIL = date(2026, 11, 15)  # the last day of the demonstration's data
# Synthetic selection: which thirteen of the thirty palikas took part is not published.
PALIKAS = (
    "31204", "31205", "31206", "31208",
    "51102", "51104", "51105", "51106", "51107",
    "11303", "11309", "11310", "11312",
)  # fmt: skip
CONTACTS, CONTACTS_UNDER_18, CONTACTS_SPRING_2023 = 13_211, 2_301, 1_417
PARENTS, WOMEN_AMONG_PARENTS = 780, 664
CHILDREN = 4_562
BOOTHS = ("BANKE-JAMUNAHA", "SUNSARI-BHANTABARI")
YEARS = range(2019, 2024)
ORGANISATIONS = ("org-a", "org-b", "org-c", "org-d")  # of organisations.toml, made up as well
_IN_BANKE = {"school-training": "org-a", "teachers": "org-b", "awareness": "org-b"}
_ELSEWHERE = (
    "interaction", "skills", "enterprise", "seed-funds", "seed-funds-cash", "seed-funds-in-kind",
    "forums", "joint-plans", "state-actors", "non-state-actors", "cross-border",
)  # fmt: skip
_STOPPED_BY = {"police": 6.0, "groups": 2.0, "others": 4.0}  # girls in a palika and quarter
_MEDIA = ("street-drama", "radio", "murals")
# A palika of each district where organisations meet, with its state and other actors; 178 in all.
_MEET_AT = {"31206": (24, 31), "51106": (29, 38), "11309": (23, 33)}
# Seed funds of 2022 in a palika: in cash, in kind.
_SEED_FUNDS = {"31206": (5, 15), "51106": (4, 14), "11309": (3, 12)}
_FIRST_MONTH = (2019, 7)
_SPRING_2023 = {(2023, 4), (2023, 5), (2023, 6)}
_LOCKDOWN = {(2020, month) for month in (4, 5, 6)}
_SILENT = ("31205", "2021-Q3")  # one palika that did not report its groups once
_TOO_SMALL = (
    "31208",
    "51105",
)  # palikas whose groups have so few men that the figure must be hidden


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A filled template with its file name."""

    name: str
    content: bytes


def _place(name: pd.Series, palika: str) -> list[object]:
    """Return what a workbook says of a palika: its district's name and its own."""
    return [name[district_of(palika)], name[palika]]


def _share_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Divide a whole number by weights with the largest-remainder method; the parts add up."""
    exact = total * weights / weights.sum()
    parts = np.floor(exact).astype(int)
    rest = np.argsort(parts - exact, kind="stable")[: total - parts.sum()]
    parts[rest] += 1
    return parts


def _booth_months(rng: np.random.Generator) -> Iterator[list[object]]:
    months = [(y, m) for y in YEARS for m in range(1, 13) if (y, m) >= _FIRST_MONTH]
    keys = [(booth, month) for booth in BOOTHS for month in months]
    weights = rng.gamma(12.0, 1.0, len(keys))
    weights *= np.array([1.35 if booth == BOOTHS[0] else 1.0 for booth, _ in keys])
    weights *= np.array([0.05 if month in _LOCKDOWN else 1.0 for _, month in keys])
    spring = np.array([month in _SPRING_2023 for _, month in keys])
    contacts = np.zeros(len(keys), dtype=int)
    contacts[spring] = _share_out(CONTACTS_SPRING_2023, weights[spring])
    contacts[~spring] = _share_out(CONTACTS - CONTACTS_SPRING_2023, weights[~spring])
    young = _share_out(CONTACTS_UNDER_18, contacts * rng.uniform(0.9, 1.1, len(keys)))
    for (booth, (year, month)), all_ages, under_18 in zip(keys, contacts, young, strict=True):
        under = min(int(under_18), int(all_ages))
        girls = int(rng.binomial(under, 0.64))
        women = int(rng.binomial(all_ages - under, 0.57))
        people = [girls, under - girls, women, int(all_ages) - under - women]
        stopped = [int(rng.binomial(n, 0.06)) for n in people]
        freed = [int(rng.binomial(n, 0.15)) for n in stopped]
        outcomes = rng.multinomial(sum(stopped), [0.62, 0.12, 0.12, 0.08, 0.06]).tolist()
        open_days = 9 if (year, month) in _LOCKDOWN else int(rng.integers(26, 29))
        yield [
            booth, f"{year}-{month:02d}", *people, *stopped, *freed, *outcomes,
            int(rng.binomial(sum(freed), 0.5)), open_days * int(rng.integers(2, 4)), open_days,
        ]  # fmt: skip


def _groups(
    rng: np.random.Generator,
    gazetteer: Gazetteer,
    palikas: Sequence[str],
    members: dict[str, tuple[int, int]],
) -> Iterator[list[object]]:
    units = gazetteer.units
    quarters = [f"{year}-Q{q}" for year in range(2020, 2024) for q in range(1, 5)]
    for palika in palikas:
        wards = list(gazetteer.ward_numbers(palika))
        chosen = sorted(rng.choice(wards, size=max(2, min(len(wards), 4)), replace=False).tolist())
        women, men = (
            _share_out(total, rng.uniform(2, 3, len(chosen))) for total in members[palika]
        )
        begins = {ward: int(rng.integers(0, 8)) for ward in chosen}
        begins[chosen[0]] = 0
        for position, quarter in enumerate(quarters):
            if (palika, quarter) == _SILENT:
                continue
            grown = 0.7 + 0.3 * position / (len(quarters) - 1)
            for ward in wards:
                place = [*_place(units["name_en"], palika), ward, quarter]
                if ward in begins and position >= begins[ward]:
                    n = chosen.index(ward)
                    full = position == len(quarters) - 1
                    sizes = [
                        int(c[n]) if full else max(1, round(int(c[n]) * grown))
                        for c in (women, men)
                    ]
                    yield [*place, 1 + (sum(sizes) > 30), *sizes]  # noqa: PLR2004  # a large group is two
                else:
                    yield [*place, 0, "NA", "NA"]


def _members(rng: np.random.Generator) -> dict[str, tuple[int, int]]:
    """Return women and men in the groups of each palika; a few have too few men to be shown."""
    weights = rng.uniform(0.9, 1.2, len(PALIKAS))
    women = _share_out(WOMEN_AMONG_PARENTS, weights)
    few = np.array([palika in _TOO_SMALL for palika in PALIKAS])
    men = np.where(few, 6, 0)
    rest = PARENTS - WOMEN_AMONG_PARENTS - men.sum()
    men[~few] = _share_out(int(rest), np.ones((~few).sum()))
    return {p: (int(w), int(m)) for p, w, m in zip(PALIKAS, women, men, strict=True)}


def _trainings(rng: np.random.Generator, gazetteer: Gazetteer) -> Iterator[list[object]]:
    name = gazetteer.units["name_en"]
    quarters = [f"{year}-Q{q}" for year in range(2020, 2024) for q in range(1, 5)]
    keys = [(p, q) for p in PALIKAS for q in quarters]
    weights = rng.gamma(6.0, 1.0, len(keys)) * [0.15 if q == "2020-Q2" else 1.0 for _, q in keys]
    for (palika, quarter), children in zip(keys, _share_out(CHILDREN, weights), strict=True):
        place = [*_place(name, palika), quarter]
        girls = int(rng.binomial(children, 0.54))
        yield [*place, "school-training", girls, int(children) - girls]
        sessions = int(rng.integers(2, 9))
        audience = [int(rng.poisson(sessions * mean)) for mean in (4, 3, 7, 5)]
        yield [*place, "awareness", *audience, sessions]
    for year in range(2020, 2024):
        for palika in PALIKAS:
            place = [*_place(name, palika), str(year)]
            yield [*place, "teachers", None, None, *rng.integers(10, 26, 2).tolist()]
            yield [*place, "duty-bearers", None, None, *rng.integers(5, 19, 2).tolist()]
            yield [*place, "youth-ambassadors", *rng.integers(4, 11, 4).tolist()]
            yield [*place, "child-clubs", None, None, None, None, int(rng.integers(2, 9))]
        for palika in ("31206", "51106", "11309"):
            place = [*_place(name, palika), str(year)]
            yield [*place, "interaction", None, None, *rng.integers(12, 24, 2).tolist(), 3]
            yield [*place, "police", None, None, *rng.integers(10, 25, 2).tolist()]
    for palika, survivors in (("31206", 20), ("51106", 18), ("11309", 15)):
        yield [*_place(name, palika), "2022", "skills", None, None, survivors - 4, 4]
        yield [
            *_place(name, palika),
            "2022",
            "seed-funds",
            None,
            None,
            None,
            None,
            survivors,
        ]


def _coordination(rng: np.random.Generator, gazetteer: Gazetteer) -> Iterator[list[object]]:
    """Yield the campaign's media in every palika, and forums, plans and actors in `_MEET_AT`."""
    name = gazetteer.units["name_en"]
    nobody = [None] * 4
    for year in range(2020, 2024):
        for palika in PALIKAS:
            place = _place(name, palika)
            for quarter in range(1, 5):
                # At most the fewest sessions of a quarter, because each of them is a session too.
                many = rng.multinomial(int(rng.integers(0, 3)), [0.5, 0.3, 0.2])
                for activity, number in zip(_MEDIA, many, strict=True):
                    yield [*place, f"{year}-Q{quarter}", activity, *nobody, int(number)]
        for palika, (state, others) in _MEET_AT.items():
            place = _place(name, palika)
            share = 1 - (2023 - year) * 0.15  # more join every year
            for quarter in range(1, 5):
                yield [*place, f"{year}-Q{quarter}", "forums", *nobody, 3]
            yield [*place, str(year), "joint-plans", *nobody, int(rng.integers(1, 4))]
            yield [*place, str(year), "state-actors", *nobody, round(state * share)]
            yield [*place, str(year), "non-state-actors", *nobody, round(others * share)]
            yield [*place, str(year), "cross-border", *nobody, int(rng.integers(1, 5))]


def _stopped_elsewhere(rng: np.random.Generator, gazetteer: Gazetteer) -> Iterator[list[object]]:
    """Yield the journeys that police, groups and others stop in the border palikas."""
    name = gazetteer.units["name_en"]
    at_border = [palika for palika in PALIKAS if gazetteer.units.at[palika, "touches_border"]]
    for year in range(2020, 2024):
        for palika in at_border:
            place = _place(name, palika)
            for quarter in range(1, 5):
                for by, mean in _STOPPED_BY.items():
                    people = rng.poisson([mean, mean / 2, mean * 1.5, mean / 3]).tolist()
                    yield [*place, f"{year}-Q{quarter}", f"stopped-by-{by}", *people]


def _others(rng: np.random.Generator, gazetteer: Gazetteer) -> Iterator[list[object]]:
    """Yield youth clubs, facilitators, and trainings at the border and for enterprise."""
    name = gazetteer.units["name_en"]
    nobody = [None] * 2
    for year in range(2020, 2024):
        for palika in PALIKAS:
            place = [*_place(name, palika), str(year)]
            yield [*place, "youth-clubs", *nobody, *nobody, int(rng.integers(1, 6))]
            yield [*place, "facilitators", *nobody, *rng.integers(6, 14, 2).tolist()]
        for palika in ("51106", "11309"):
            place = [*_place(name, palika), str(year)]
            yield [*place, "border-forces", *nobody, *rng.integers(10, 22, 2).tolist()]
            yield [*place, "booth-staff", *nobody, *rng.integers(10, 16, 2).tolist()]
    for palika, survivors in (("31206", 17), ("51106", 16), ("11309", 14)):
        yield [*_place(name, palika), "2022", "enterprise", *nobody, survivors - 3, 3]


def _seed_funds(rng: np.random.Generator, gazetteer: Gazetteer) -> Iterator[list[object]]:
    """Yield the rupees of the seed funds of 2022, whose number `_trainings` yields."""
    name = gazetteer.units["name_en"]
    nobody = [None] * 4
    for palika, (cash, in_kind) in _SEED_FUNDS.items():
        for kind, many in (("cash", cash), ("in-kind", in_kind)):
            rupees = int((rng.integers(30, 81, many) * 500).sum())  # 15,000 to 40,000 each
            yield [*_place(name, palika), "2022", f"seed-funds-{kind}", *nobody, None, rupees]


def _ward_signs(
    rng: np.random.Generator, gazetteer: Gazetteer, until: date
) -> Iterator[list[object]]:
    """Yield dated signs of the committees of some wards, as `_signs` does of palikas."""
    name = gazetteer.units["name_en"]
    for palika in _MEET_AT:
        for ward in gazetteer.ward_numbers(palika)[::3]:
            for sign, year, month, day, number, value in _signs_of(rng, 0.9):
                # A ward has no budget of its own.
                if sign in ("budget", "proposed", "spent"):
                    continue
                if calendar.from_bs(year, month, day) <= until:
                    written = f"{year}-{month:02d}-{day:02d} BS"
                    yield [*_place(name, palika), sign, written, number, value, ward]


def _signs(
    rng: np.random.Generator,
    gazetteer: Gazetteer,
    palikas: Sequence[str],
    alive: float,
    until: date,
) -> Iterator[list[object]]:
    """Yield dated signs of committees up to a day; ``alive`` is the share that was formed again.

    Each committee renews its signs every year, up to the rung that is drawn for it.
    """
    name = gazetteer.units["name_en"]
    for palika in palikas:
        place = _place(name, palika)
        signs = list(_signs_of(rng, alive))
        for sign, year, month, day, number, value in signs:
            if calendar.from_bs(year, month, day) <= until:
                written = f"{year}-{month:02d}-{day:02d} BS"
                yield [*place, sign, written, number, *([] if value is None else [value])]


_Sign = tuple[str, int, int, int, str, int | None]


def _signs_of(rng: np.random.Generator, alive: float) -> Iterator[_Sign]:
    formed = int(rng.integers(2076, 2079))
    yield "formed", formed, int(rng.integers(4, 12)), 15, f"{rng.integers(1, 90)}/{formed}", None
    if rng.random() > alive:
        if rng.random() < 0.3:  # noqa: PLR2004  # some palikas report that there is none
            for year in (2081, 2082, 2083):
                yield "not_formed", year, 6, int(rng.integers(1, 29)), "", None
        return
    again = int(rng.integers(1, 28))
    yield "formed", 2079, 2, again, f"{rng.integers(1, 90)}/2079", None
    reach = int(rng.choice([1, 2, 3, 4, 5, 6, 6], p=[0.1, 0.2, 0.2, 0.15, 0.15, 0.1, 0.1]))
    for year in range(formed + 1, 2084):
        for month in (1, 5, 9):
            if reach > 1 or rng.random() < 0.15:  # noqa: PLR2004  # some meet now and then
                day = int(rng.integers(1, 29))
                yield "meeting", year, month, day, f"{rng.integers(1, 90)}/{year}", None
        yield from _yearly_signs(rng, year, reach)


def _yearly_signs(rng: np.random.Generator, year: int, reach: int) -> Iterator[_Sign]:
    """Yield the signs that a committee renews in a year, up to the rung that it reaches."""
    if reach > 2:  # noqa: PLR2004  # trained
        share = int(rng.integers(50, 101))
        if reach > 3:  # noqa: PLR2004  # committees that go no further train every second year only
            yield "trained", year, 6, 10, "", share
        elif year % 2:
            yield "trained", year, 9, 20, "", share
        yield "baseline", year, 7, int(rng.integers(1, 29)), "", None
    if reach > 3:  # noqa: PLR2004  # planned
        yield "plan", year, 4, int(rng.integers(1, 29)), f"{rng.integers(1, 90)}/{year}", None
    if reach > 4:  # noqa: PLR2004  # funded: a budget is dated in its own year
        yield "budget", year, 4, int(rng.integers(1, 12)), "", int(rng.integers(2, 13)) * 50_000
        yield "proposed", year, 2, 20, "", (4 + year % 5) * 50_000
    if reach > 5:  # noqa: PLR2004  # functional
        for month in (1, 6, 10):
            yield (
                "review",
                year,
                month,
                int(rng.integers(1, 29)),
                f"{rng.integers(1, 90)}/{year}",
                None,
            )
        yield "spent", year, 7, int(rng.integers(1, 28)), "", int(rng.integers(10, 60))


def _sessions(
    rng: np.random.Generator, gazetteer: Gazetteer, palikas: Sequence[str]
) -> Iterator[list[object]]:
    name = gazetteer.units["name_en"]
    for palika in palikas:
        for quarter in (f"{year}-Q{q}" for year in (2022, 2023) for q in range(1, 5)):
            place = [*_place(name, palika), quarter, "awareness"]
            yield [*place, None, None, None, None, int(rng.integers(0, 7))]


def _fill(
    kind: str, rows: Iterable[list[object]], gazetteer: Gazetteer, organisation: str
) -> bytes:
    empty = template_files.build_template(
        kind, "xlsx", gazetteer=gazetteer, synthetic=True, hxl=False, organisation=organisation
    )
    book = load_workbook(io.BytesIO(empty))
    sheet = book[templates.DATA_SHEET]
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def files(gazetteer: Gazetteer, until: date = UNTIL) -> Iterator[DemoFile]:
    """Yield the workbooks of the demonstration; the same day gives the same workbooks."""
    rng = np.random.default_rng(SEED)
    units = gazetteer.units
    border = units[units["touches_border"] & units["admin_level"].eq(int(AdminLevel.PALIKA))].index
    others = [palika for palika in border if palika not in PALIKAS]
    yield _file("booths", "booth-month", _booth_months(rng), gazetteer, "org-a")
    members = _members(rng)
    for district, organisation in (("312", "org-b"), ("511", "org-c"), ("113", "org-a")):
        mine = [palika for palika in PALIKAS if palika.startswith(district)]
        rows = _groups(rng, gazetteer, mine, members)
        yield _file(f"groups-{district}", "groups", rows, gazetteer, organisation)
    trainings = list(_trainings(rng, gazetteer))
    # Each has its own generator, so that adding one does not change what is drawn after it.
    trainings += _coordination(np.random.default_rng(SEED + 1), gazetteer)
    trainings += _stopped_elsewhere(np.random.default_rng(SEED + 2), gazetteer)
    trainings += _others(np.random.default_rng(SEED + 3), gazetteer)
    trainings += _seed_funds(np.random.default_rng(SEED + 4), gazetteer)
    for organisation in ORGANISATIONS:
        part = [row for row in trainings if _trainer(row, gazetteer) == organisation]
        yield _file(f"trainings-{organisation}", "trainings", part, gazetteer, organisation)
    rows = _signs(rng, gazetteer, PALIKAS, 0.9, until)
    yield _file("committees", "committee-signs", rows, gazetteer, "org-a")
    rows = _sessions(rng, gazetteer, others)
    yield _file("border-sessions", "trainings", rows, gazetteer, "org-d")
    rows = _signs(rng, gazetteer, others, 0.6, until)
    yield _file("border-committees", "committee-signs", rows, gazetteer, "org-d")
    rows = _ward_signs(np.random.default_rng(SEED + 5), gazetteer, until)
    yield _file("ward-committees", "committee-signs", rows, gazetteer, "org-a")


def _file(
    name: str,
    kind: str,
    rows: Iterable[list[object]],
    gazetteer: Gazetteer,
    organisation: str,
) -> DemoFile:
    return DemoFile(f"{name}.xlsx", _fill(kind, rows, gazetteer, organisation))


def _trainer(row: list[object], gazetteer: Gazetteer) -> str:
    """Return the organisation that reports a row; in Banke several share the work."""
    district, activity = row[0], str(row[3])
    name = gazetteer.units["name_en"]
    if activity in _ELSEWHERE:
        return "org-d"
    if district == name["511"]:
        return _IN_BANKE.get(activity, "org-c")
    return "org-b" if district == name["312"] or activity in ("awareness", *_MEDIA) else "org-a"
