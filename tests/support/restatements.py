"""Random programmes, and corrections and late reports of a year that was released; no store."""

import dataclasses
import random

from data.disclosure.cell_totals import Places
from data.disclosure.frozen_periods import unfreeze_year
from data.model import Audience
from data.reference.gazetteer import Gazetteer
from data.release_making.inputs import ReleaseInputs
from tests.data.release_making.test_build_without_store import boundaries, inputs, records

YEAR = "ad-2022"
QUARTERS = [f"{YEAR}-q{n}" for n in (1, 2, 3, 4)]
PALIKAS = (
    "30501", "30502", "30503", "30504", "31201", "31202", "31203", "31204",
)  # fmt: skip
Figures = dict[tuple[str, str], tuple[int, int]]  # girls and boys by palika and quarter


def draw_figures(chance: random.Random) -> Figures:
    """Counts of which some are small; some palikas did not report some quarters."""
    return {
        (place, quarter): (_draw_count(chance), _draw_count(chance))
        for place in PALIKAS
        for quarter in QUARTERS
        if chance.random() >= 0.05
    }


def _draw_count(chance: random.Random) -> int:
    return chance.randint(0, 6) if chance.random() < 0.15 else chance.randint(12, 90)


def draw_changes(chance: random.Random, before: Figures) -> Figures:
    """The figures after one to five corrections by few people, or late reports."""
    after = dict(before)
    for _ in range(chance.randint(1, 5)):
        where = chance.choice(PALIKAS), chance.choice(QUARTERS)
        if where not in before:
            after[where] = chance.choice([0, 1, 2, 20, 60]), chance.choice([0, 1, 2, 20, 60])
            continue
        step = chance.choice([1, 1, -1, -1, 2, -3, 30])
        girls, boys = after[where]
        boys_change = chance.random() < 0.5
        after[where] = (girls, max(0, boys + step)) if boys_change else (max(0, girls + step), boys)
    return after


def programme(figures: Figures, audience: Audience) -> ReleaseInputs:
    """Eight palikas of two districts before their first release."""
    around = boundaries(PALIKAS)
    return inputs(
        audience,
        records=records(figures),
        boundaries=around,
        places=Places(around.units, Gazetteer.load().sites),
    )


def restating(given: ReleaseInputs, figures: Figures) -> ReleaseInputs:
    """The restatement of the year with other figures, after a release with those of ``given``."""
    batch = given.last_batch + 1
    frozen = given.published.frozen
    published = dataclasses.replace(given.published, frozen=unfreeze_year(frozen, YEAR))
    now = records(figures, batch=batch)
    return dataclasses.replace(
        given, restates=YEAR, last_batch=batch, records=now, earlier=given.records,
        last_shown=frozen, published=published, key=b"the secret of a restatement",
    )  # fmt: skip
