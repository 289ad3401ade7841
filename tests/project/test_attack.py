"""An outsider with the exported files alone: nothing hidden in the demonstration can be narrowed.

The rows are made anew here, from the columns of ``cells.csv``, so that a mistake of the gate's own
rows would show. The true counts serve as one table that fits; intervals do not depend on it.
"""

import csv
import io
from collections import defaultdict

import numpy as np
import pytest

from data.disclosure import certificate
from data.disclosure.engine.additive_table import UNBOUNDED, Table
from data.disclosure.engine.audit import prove
from data.model import Audience
from data.pipeline import Sima
from data.releases import export
from data.releases.reader import ReleaseReader
from data.settings import Settings

KEY = ("unit_code", "indicator", "period", "sex", "age_band")
CLASSES = {"lower": (10, 50), "middle": (51, 200), "higher": (201, UNBOUNDED)}
Key = tuple[str, ...]


def exported(demo: Settings, audience: Audience) -> list[dict[str, str]]:
    reader = ReleaseReader.open(demo.releases(audience), audience)
    files = export.export_files(reader, reader.releases()[0].number)
    rows = {
        name: list(csv.DictReader(io.StringIO(files[name].decode())))
        for name in ("cells.csv", "indicators.csv")
    }
    people = {row["code"] for row in rows["indicators.csv"] if row["class"] != "organisational"}
    return [row for row in rows["cells.csv"] if row["indicator"] in people]


@pytest.fixture(scope="module")
def truth(demo: Settings) -> dict[Key, int]:
    sima = Sima(demo)
    found = {}
    for request in sima.holdings.requests()["request_id"]:
        seen = certificate.read_certificate(sima.holdings.certificate(int(request))).published
        seen = seen[seen["value"].notna()]
        found |= dict(
            zip(zip(*(seen[n] for n in KEY), strict=True), seen["value"].astype(int), strict=True)
        )
    return found


def wholes(row: dict[str, str]) -> list[tuple[str, Key]]:
    unit, indicator, period, sex, age = (row[name] for name in KEY)
    found = []
    if row["parent_code"]:
        found.append(("place", (row["parent_code"], indicator, period, sex, age)))
    if row["parent_period"]:
        found.append(
            (f"time {row['parent_period']}", (unit, indicator, row["parent_period"], sex, age))
        )
    if sex != "all":
        found.append(("sex", (unit, indicator, period, "all", age)))
    if age != "all":
        found.append(("age", (unit, indicator, period, sex, "all")))
    return found


def table_of(rows: list[dict[str, str]], truth: dict[Key, int]) -> Table:
    known: dict[Key, int] = {}
    bounds: dict[Key, tuple[int, int]] = {}
    parts: dict[tuple[str, Key], set[Key]] = defaultdict(set)
    cells: set[Key] = set()
    for row in rows:
        key = tuple(row[name] for name in KEY)
        if row["status"] not in ("published", "suppressed") or key not in truth:
            continue  # nothing was reported, which in public may look like hidden
        cells.add(key)
        if row["value"]:
            known[key] = int(row["value"])
        elif row["class"]:
            bounds[key] = CLASSES[row["class"]]
        for axis, whole in wholes(row):
            parts[axis, whole].add(key)
    names = sorted(cells)
    at = {key: n for n, key in enumerate(names)}
    listed = [
        (at[whole], sorted(at[part] for part in members))
        for (_, whole), members in parts.items()
        if whole in at and truth[whole] == sum(truth[part] for part in members)
    ]
    assert known == {key: truth[key] for key in known}
    return Table.of(
        ["|".join(key) for key in names], [truth[key] for key in names], rows=listed,
        suppressed=[key not in known for key in names],
        least=[bounds.get(key, (0, 0))[0] if key not in known else 0 for key in names],
        most=[bounds.get(key, (0, UNBOUNDED))[1] if key not in known else UNBOUNDED for key in names],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("audiences", "width", "most"),
    [((Audience.PUBLIC,), 10, 500), ((Audience.PUBLIC, Audience.PARTNER), 5, 1_000)],
    ids=["the public", "a partner, who sees both"],
)
def test_no_hidden_figure_of_the_demonstration_can_be_narrowed(
    demo: Settings, truth: dict[Key, int], audiences: tuple[Audience, ...], width: int, most: int
) -> None:
    table = table_of([row for a in audiences for row in exported(demo, a)], truth)
    hidden = int(table.suppressed.sum())
    assert hidden > most
    assert table.row_count > 3_000
    _, failed = prove(table, np.where(table.suppressed, width, 0), np.zeros(len(table)))
    assert [table.names[n] for n in failed] == []


def test_the_attack_finds_what_is_not_protected(demo: Settings, truth: dict[Key, int]) -> None:
    rows = exported(demo, Audience.PUBLIC)
    small = next(
        r
        for r in rows
        if r["status"] == "suppressed"
        and r["sex"] == "m"
        and truth.get(tuple(r[n] for n in KEY), 99) < 10
    )
    alike = [small["unit_code"], small["indicator"], small["period"]]
    for row in rows:
        key = tuple(row[name] for name in KEY)
        if [row["unit_code"], row["indicator"], row["period"]] == alike and row is not small:
            row.update(status="published", value=str(truth[key]))
    table = table_of(rows, truth)
    _, failed = prove(table, np.where(table.suppressed, 10, 0), np.zeros(len(table)))
    assert "|".join(small[name] for name in KEY) in {table.names[n] for n in failed}
