"""Hotspots of a release, on both engines: for partners, for the public, frozen, and never a leak."""

import dataclasses
import json

import pandas as pd
import pytest
import sqlalchemy as sa

from data.database import engines
from data.database.tables import hotspot, hotspot_run
from data.model import Audience
from data.pipeline import Sima
from data.release_making import hotspots
from data.releases import export
from data.releases.reader import release_file
from tests.conftest import Stores
from tests.data.test_pipeline import make
from tests.support.workbooks import changed, workbook

PARTNER, PUBLIC = Audience.PARTNER, Audience.PUBLIC


@pytest.fixture
def sima(stores: Stores) -> Sima:
    return make(stores, synthetic=True)


def booths(*months: str, organisation: str = "") -> bytes:
    rows = [
        changed("booth-month", booth=site, month=month)
        for site in ("BANKE-JAMUNAHA", "SUNSARI-BHANTABARI")
        for month in months
    ]
    return workbook("booth-month", rows, organisation=organisation)


def store(sima: Sima, content: bytes) -> None:
    staged = sima.stage(content)
    assert staged.ok, staged.findings
    sima.confirm(staged, by="asks")


def release(sima: Sima, audience: Audience) -> int:
    return sima.approve(sima.request(audience, by="asks"), by="approves")


HALF = tuple(f"2023-{month:02d}" for month in range(1, 7))


@pytest.mark.alike
def test_two_booths_are_too_little_data_for_everybody(sima: Sima) -> None:
    store(sima, booths(*HALF))
    for audience, layers, period in (
        (PARTNER, {"palika", "border_point"}, "ad-2023-q2"),
        (PUBLIC, {"district"}, "ad-2023-h1"),
    ):
        number = release(sima, audience)
        reader = sima.writer(audience).reader
        told, runs = reader.hotspots(number), reader.hotspot_runs(number)
        assert set(told["layer"]) == layers
        assert period in set(told["period"])
        assert set(told["hotspot_class"]) == {"too little data"}
        assert told[["ratio_low", "ratio_high", "gi_star"]].isna().all(axis=None)
        assert json.loads(runs["parameters"].iloc[0])["seed"] == 1
        files = export.export_files(reader, number)
        assert files["hotspots.csv"].decode().count("\n") == len(told) + 1
        assert sima.check_certificate(audience, number) == []


@pytest.mark.alike
def test_a_later_release_keeps_the_hotspots_of_the_earlier_one(sima: Sima) -> None:
    store(sima, booths(*HALF[:3]))
    release(sima, PARTNER)
    reader = sima.writer(PARTNER).reader
    first = reader.hotspots(1)
    store(sima, booths(*HALF[3:]))
    release(sima, PARTNER)
    second, runs = reader.hotspots(2), reader.hotspot_runs(2)
    key = ["layer", "period", "unit_code"]
    old = second[second["period"].isin(first["period"])].sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(old, first.sort_values(key, ignore_index=True))
    assert set(zip(runs["period"], runs["first_release"], strict=True)) == {
        ("ad-2023-q1", 1), ("ad-2023-q2", 2),
    }  # fmt: skip


def row(**values: object) -> pd.DataFrame:
    usual = {
        "layer": "district", "unit_code": "511", "period": "ad-2023-h1",
        "hotspot_class": "clearly higher", "reason": None, "ratio_low": 1.5, "ratio_high": 3.0,
        "history": "new", "gi_star": None,
    }  # fmt: skip
    return pd.DataFrame([usual | values])[hotspots.HOTSPOT_COLUMNS]


@pytest.mark.alike
def test_more_than_a_class_and_an_interval_is_not_written_for_the_public(sima: Sima) -> None:
    store(sima, booths(*HALF))
    request = sima.request(PUBLIC, by="asks")
    content = sima.preview(request).content
    for values in (
        {"layer": "palika", "unit_code": "51106"}, {"gi_star": 2.5}, {"reason": "no figure"},
    ):  # fmt: skip
        found = dataclasses.replace(content.hotspots, table=row(**values))
        with pytest.raises(ValueError, match="for the public"):
            sima.writer(PUBLIC).publish(
                dataclasses.replace(content, hotspots=found), request_id=request
            )
        assert sima.writer(PUBLIC).newest() == 0


@pytest.mark.alike
def test_a_certificate_says_when_a_band_was_not_audited(sima: Sima) -> None:
    store(sima, booths(*HALF))
    request = sima.request(PUBLIC, by="asks")
    preview = sima.preview(request)
    content = preview.content
    told = dataclasses.replace(content.hotspots, table=row(unit_code="313"))
    sima.holdings.put_certificate(request, PUBLIC, preview.certificate)
    number = sima.writer(PUBLIC).publish(
        dataclasses.replace(content, hotspots=told), request_id=request
    )
    wrong = sima.check_certificate(PUBLIC, number)
    assert any("bands were not audited" in each for each in wrong)


@pytest.mark.parametrize(
    "values",
    [
        {"hotspot_class": "hot"},
        {"layer": "ward"},
        {"history": "old"},
        {"ratio_low": None},
        {"hotspot_class": "too little data"},
        {"hotspot_class": "too little data", "ratio_low": None, "ratio_high": None, "gi_star": 1.0},
        {"ratio_high": 1.0},
    ],
)
def test_a_hotspot_that_contradicts_itself_cannot_be_stored(
    stores: Stores, values: dict[str, object]
) -> None:
    sima = make(stores, synthetic=True)
    engine = sima.writer(PARTNER)._state  # noqa: SLF001  # the schema of both engines
    names = [column.name for column in hotspot.c]
    frame = row(**values).assign(release_number=1)[names]
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(hotspot.insert(), engines.rows_of(frame))


def test_a_release_from_before_has_none_and_the_next_one_has_them(sima: Sima) -> None:
    writer = sima.writer(PARTNER)
    if not writer._embedded:  # noqa: SLF001  # there the migration makes the table
        pytest.skip("a server has one table for all releases")
    store(sima, booths(*HALF[:3]))
    release(sima, PARTNER)
    path = release_file(writer.reader._folder, 1)  # noqa: SLF001  # as an older version wrote it
    engine = engines.connect(str(path))
    for table in (hotspot, hotspot_run):
        table.drop(engine)
    engine.dispose()
    engines.close_all()
    assert writer.reader.hotspots(1).empty
    assert writer.reader.hotspot_runs(1).empty
    assert list(writer.reader.hotspots(1).columns) == hotspots.HOTSPOT_COLUMNS
    store(sima, booths(*HALF[3:]))
    release(sima, PARTNER)
    assert set(writer.reader.hotspots(2)["period"]) == {"ad-2023-q1", "ad-2023-q2"}
