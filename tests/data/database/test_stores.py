"""The stores, the same on SQLite and PostGIS."""

import dataclasses
import gzip
import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import brotli
import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from shapely import MultiPolygon, box

from data.accounts.accounts import Accounts
from data.boundaries import browser_files
from data.database import engines, tables
from data.database.tables import Store
from data.holdings import RECORD_COLUMNS, SIGN_COLUMNS, BatchInfo, BoundarySet, Holdings
from data.model import AdminLevel, Audience, Role, SimaError
from data.reference.gazetteer import Alias, Gazetteer
from data.reference.project import FiguresLicence
from data.release_making.writer import Boundaries, ReleaseContent, ReleaseWriter
from data.releases.reader import ReleaseReader, geometry_store, release_file
from tests.conftest import Stores

DAY = date(2024, 1, 1)
UNTIL = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def holdings(stores: Stores) -> Holdings:
    return Holdings.create(str(stores.settings.holdings), synthetic=True)


def some_units() -> pd.DataFrame:
    units = Gazetteer.load().units.loc[["NP", "3", "312", "31206"]]
    return units.assign(valid_from=date(2017, 3, 10), valid_to=None, source="test")


def crosswalk() -> pd.DataFrame:
    return pd.DataFrame({"scheme": ["cod-ab"], "code": ["NP0331"], "unit_code": ["312"]})


def records(value: int = 12, period: str = "ad-2023-04") -> pd.DataFrame:
    row = (
        "31206",
        "sbcc_sessions",
        period,
        "all",
        "all",
        date(2023, 4, 1),
        date(2023, 4, 30),
        "reported",
        value,
    )
    return pd.DataFrame([row], columns=RECORD_COLUMNS).astype({"value": "Int64"})


def no_signs() -> pd.DataFrame:
    return pd.DataFrame(columns=SIGN_COLUMNS)


def one_sign() -> pd.DataFrame:
    row = ("31206", "meeting", date(2023, 5, 1), "3/2080", None)
    return pd.DataFrame([row], columns=SIGN_COLUMNS).astype({"value": "Int64"})


def add(
    holdings: Holdings, frame: pd.DataFrame, content_hash: str = "a", *, synthetic: bool = True
) -> int:
    info = BatchInfo("trainings", content_hash, "steward", synthetic, None)
    return holdings.add_batch(
        info, frame, no_signs(), content=b"rows", suffix=".csv", delete_after=UNTIL,
    )  # fmt: skip


def square(x: float, y: float = 27.0) -> MultiPolygon:
    return MultiPolygon([box(x, y, x + 0.1, y + 0.1)])


def boundaries(x: float = 85.0) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"geometry": [square(x)]}, index=pd.Index(["31206"], name="unit_code"), crs="EPSG:4326",
    )  # fmt: skip


def boundary_set(vintage: date) -> BoundarySet:
    return BoundarySet(AdminLevel.PALIKA, "test", "none", "test", vintage)


def content(value: int = 12, *, follows: int = 0) -> ReleaseContent:
    cells = pd.DataFrame(
        [
            ("31206", 3, "312", "sbcc_sessions", "ad-2023", "all", "all", "published", value, None),
            ("312", 2, "3", "sbcc_sessions", "ad-2023", "all", "all", "suppressed", None, None),
        ],
        columns=["unit_code", "admin_level", "parent_code", "indicator", "period", "sex", "age_band",
                 "status", "value", "value_class"],
    ).astype({"value": "Int64"})  # fmt: skip
    periods = pd.DataFrame(
        [("ad-2023", date(2023, 1, 1), date(2023, 12, 31), "ad", "year", None)],
        columns=["period", "period_start", "period_end", "calendar", "kind", "parent_period"],
    )
    sites = Gazetteer.load().sites
    return ReleaseContent(
        cells,
        periods,
        sites,
        no_signs(),
        "none",
        "1",
        "version = 1",
        synthetic=True,
        follows=follows,
    )


@pytest.mark.parametrize("store", list(Store))
def test_the_migrations_make_what_the_model_says(
    stores: Stores, store: Store, tmp_path: Path
) -> None:
    address = {
        Store.HOLDINGS: stores.settings.holdings,
        Store.RELEASED: stores.settings.public,
        Store.ACCESS: stores.settings.access,
    }[store]
    if not engines.is_server(str(address)):
        address = str(tmp_path / f"{store}.sqlite")
    engine = engines.connect(str(address))
    engines.upgrade(engine, store)
    with engine.connect() as connection:
        options = {"include_object": alembic_helpers.include_object, "compare_type": False}
        context = MigrationContext.configure(connection, opts=options)
        mine = [
            change
            for change in compare_metadata(context, tables.METADATA[store])
            # PostGIS brings a table, and the spatial index has no like on SQLite.
            if getattr(change[1], "name", "") not in ("spatial_ref_sys", "idx_boundary_geometry")
        ]
    assert mine == []


def test_units_are_added_once_and_keep_what_they_say(holdings: Holdings) -> None:
    assert holdings.add_units(some_units(), crosswalk()) == 4
    assert holdings.add_units(some_units(), crosswalk()) == 0
    units = holdings.units()
    assert units.loc["31206", "name_ne"] == "हेटौडा"
    assert units.loc["31206", "parent_code"] == "312"
    assert bool(units.loc["312", "programme_district"])
    assert not bool(units.loc["312", "border_district"])
    assert holdings.crosswalk()["unit_code"].tolist() == ["312"]


def test_a_merged_unit_ends_and_its_successor_is_on_record(holdings: Holdings) -> None:
    units = some_units()
    new = units.loc[["31206"]].rename(index={"31206": "31299"}).rename_axis("unit_code")
    holdings.add_units(pd.concat([units, new.assign(valid_from=date(2024, 1, 1))]), crosswalk())
    holdings.add_boundary_set(boundary_set(date(2018, 1, 1)), boundaries())
    holdings.add_succession(["31206"], ["31299"], on=date(2024, 1, 1), source="gazette")
    assert "31206" in holdings.units(on=date(2023, 12, 31)).index
    assert "31206" not in holdings.units(on=date(2024, 1, 1)).index
    assert len(holdings.boundaries(AdminLevel.PALIKA, on=date(2023, 12, 31))) == 1
    assert len(holdings.boundaries(AdminLevel.PALIKA, on=date(2024, 1, 1))) == 0


def test_a_shape_comes_back_as_it_was_and_a_newer_vintage_takes_over(holdings: Holdings) -> None:
    holdings.add_units(some_units(), crosswalk())
    first = holdings.add_boundary_set(boundary_set(date(2018, 1, 1)), boundaries())
    assert holdings.add_boundary_set(boundary_set(date(2018, 1, 1)), boundaries()) == first
    held = holdings.boundaries(AdminLevel.PALIKA, on=date(2019, 1, 1))
    assert held.geometry["31206"].equals(square(85.0))
    assert held.crs == "EPSG:4326"
    second = holdings.add_boundary_set(boundary_set(date(2020, 1, 1)), boundaries(85.5))
    assert second != first
    assert holdings.boundaries(AdminLevel.PALIKA, on=DAY).geometry["31206"].equals(square(85.5))
    before = holdings.boundaries(AdminLevel.PALIKA, on=date(2019, 12, 31))
    assert before.geometry["31206"].equals(square(85.0))
    assert len(holdings.boundary_sets()) == 2


def test_the_newest_record_counts_and_the_older_stays(holdings: Holdings) -> None:
    add(holdings, records(12), "a")
    add(holdings, records(15), "b")
    assert holdings.current_records()["value"].tolist() == [15]
    assert holdings.current_records(last_batch=1)["value"].tolist() == [12]
    assert holdings.last_batch() == 2


def test_the_same_file_cannot_be_stored_twice(holdings: Holdings) -> None:
    add(holdings, records())
    with pytest.raises(SimaError, match="already stored"):
        add(holdings, records(13))
    assert holdings.current_records()["value"].tolist() == [12]


def test_a_synthetic_store_refuses_real_data(holdings: Holdings, stores: Stores) -> None:
    with pytest.raises(SimaError, match="synthetic data only"):
        add(holdings, records(), synthetic=False)
    with pytest.raises(SimaError, match="created for synthetic"):
        Holdings.create(str(stores.settings.holdings), synthetic=False)
    assert holdings.last_batch() == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE record SET value = 1", "DELETE FROM record", "DELETE FROM batch"]
)
def test_the_database_itself_refuses_to_change_what_was_stored(
    holdings: Holdings, stores: Stores, statement: str,
) -> None:  # fmt: skip
    add(holdings, records())
    engine = engines.connect(str(stores.settings.holdings))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert holdings.current_records()["value"].tolist() == [12]


@pytest.mark.parametrize(
    ("column", "value"), [("state", "guessed"), ("value", -1), ("value", None)]
)
def test_the_database_refuses_an_impossible_record(
    holdings: Holdings, column: str, value: object,
) -> None:  # fmt: skip
    wrong = records().astype(object)
    wrong.loc[0, column] = value
    with pytest.raises(sa.exc.IntegrityError):
        add(holdings, wrong)
    assert holdings.last_batch() == 0


@pytest.mark.parametrize(
    ("status", "value", "value_class"),
    [("suppressed", 3, None), ("suppressed", None, "lower"), ("published", None, None),
     ("published", 3, "lower"), ("not_reported", 0, None), ("published", -1, None), ("known", 3, None)],
)  # fmt: skip
def test_the_database_refuses_a_figure_on_a_cell_that_must_not_carry_one(
    stores: Stores, tmp_path: Path, status: str, value: int | None, value_class: str | None,
) -> None:  # fmt: skip
    address = (
        stores.settings.public if stores.engine == "postgis" else str(tmp_path / "cells.sqlite")
    )
    engine = engines.connect(str(address))
    engines.upgrade(engine, Store.RELEASED)
    row = {
        "release_number": 1, "indicator": "i", "period": "p", "unit_code": "1", "sex": "all",
        "age_band": "all", "admin_level": 1, "status": status, "value": value, "value_class": value_class,
    }  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(tables.cell.insert(), row)


def test_an_uploaded_file_is_deleted_after_its_time_and_that_is_recorded(
    holdings: Holdings,
) -> None:
    add(holdings, records())
    assert holdings.purge_uploads(UNTIL - timedelta(hours=1)) == 0
    assert holdings.purge_uploads(UNTIL + timedelta(hours=1)) == 1
    assert holdings.purge_uploads(UNTIL + timedelta(hours=1)) == 0
    assert holdings.uploads()["deleted_at"].notna().all()
    assert len(holdings.current_records()) == 1


def test_a_decided_spelling_is_remembered_and_can_be_decided_anew(holdings: Holdings) -> None:
    holdings.add_alias(Alias("palika", "Gadi", "312", "31208"), by="steward")
    holdings.add_alias(Alias("palika", "Gadi", "312", "31206"), by="steward")
    assert holdings.aliases() == [Alias("palika", "Gadi", "312", "31206")]


def test_a_request_is_decided_once(holdings: Holdings) -> None:
    number = holdings.add_request(Audience.PUBLIC, by="steward")
    holdings.decide(number, by="approver", state="approved", release_number=7)
    with pytest.raises(SimaError, match="already been decided"):
        holdings.decide(number, by="other", state="declined")
    assert holdings.request(number)["release_number"] == 7
    with pytest.raises(SimaError, match="no request 99"):
        holdings.request(99)


def test_accounts_have_one_role(stores: Stores) -> None:
    accounts = Accounts.create(str(stores.settings.access))
    accounts.add("ana", Role.STEWARD)
    accounts.add("ana", Role.STEWARD)
    with pytest.raises(SimaError, match="already, as steward"):
        accounts.add("ana", Role.APPROVER)
    assert accounts.role("ana") is Role.STEWARD
    with pytest.raises(SimaError, match="no account bo"):
        accounts.role("bo")


def test_a_missing_store_is_said_and_not_made(stores: Stores) -> None:
    with pytest.raises(SimaError, match="sima setup"):
        Holdings.open(str(stores.settings.holdings))
    if stores.engine == "sqlite":
        with pytest.raises(SimaError, match="sima setup"):
            ReleaseReader.open(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
        assert not Path(str(stores.settings.public)).exists()


def test_a_release_is_read_as_it_was_written_and_a_newer_one_is_current(stores: Stores) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    reader = writer.reader
    assert reader.current() is None
    assert writer.publish(content(), request_id=1) == 1
    cells = reader.cells(1)
    assert cells["status"].tolist() == ["suppressed", "published"]
    assert cells["value"].isna().tolist() == [True, False]
    assert reader.cells(1, within=["312"])["unit_code"].tolist() == ["312", "31206"]
    assert reader.cells(1, admin_level=AdminLevel.PALIKA)["value"].tolist() == [12]
    assert writer.publish(content(13, follows=1), request_id=2) == 2
    assert [info.state for info in reader.releases()] == ["current", "superseded"]
    assert reader.cells(1)["value"].dropna().tolist() == [12]
    assert reader.current().number == 2


LICENCE = FiguresLicence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/")


def test_a_release_records_the_licence_of_its_figures(stores: Stores) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    writer.publish(dataclasses.replace(content(), licence=LICENCE), request_id=1)
    writer.publish(content(13, follows=1), request_id=2)
    assert writer.reader.licence(1) == LICENCE
    assert writer.reader.licence(2) == FiguresLicence("", "")


def test_a_release_from_before_licences_has_none(stores: Stores) -> None:
    address = stores.settings.releases(Audience.PUBLIC)
    writer = ReleaseWriter(address, Audience.PUBLIC)
    first = dataclasses.replace(content(), licence=LICENCE, signs=one_sign())
    writer.publish(first, request_id=1)
    server = stores.engine == "postgis"
    file = str(release_file(Path(address), 1))
    engine = writer._state if server else engines.connect(file)  # noqa: SLF001  # as it was then
    with engine.begin() as connection:
        for name in ("figures_licence", "licence_address", "project", "project_files"):
            connection.exec_driver_sql(f"ALTER TABLE policy DROP COLUMN {name}")
        connection.exec_driver_sql("ALTER TABLE sign RENAME COLUMN unit_code TO palika_code")
        if server:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'released_0008'")
    upgraded = ReleaseWriter(address, Audience.PUBLIC)
    assert upgraded.reader.licence(1) == FiguresLicence("", "")
    assert upgraded.reader.project(1) == ""
    assert upgraded.reader.project_files(1) == ""
    assert upgraded.reader.signs(1)["unit_code"].tolist() == ["31206"]
    assert upgraded.reader.policy_text(1) == "version = 1"
    upgraded.publish(dataclasses.replace(content(follows=1), licence=LICENCE), request_id=2)
    assert upgraded.reader.licence(2) == LICENCE


def test_a_request_gives_one_release_however_often_it_is_published(stores: Stores) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    assert writer.publish(content(), request_id=5) == 1
    assert writer.publish(content(), request_id=5) == 1
    assert len(writer.reader.releases()) == 1


def test_of_two_releases_at_once_one_must_look_again(stores: Stores) -> None:
    # Both were made to be the first: the second would not keep what the first one froze.
    address = stores.settings.releases(Audience.PARTNER)
    ReleaseWriter(address, Audience.PARTNER)
    made: list[int] = []
    refused: list[str] = []

    def publish(request: int) -> None:
        writer = ReleaseWriter(address, Audience.PARTNER)
        try:
            made.append(writer.publish(content(), request_id=request))
        except SimaError as wrong:
            refused.append(str(wrong))

    threads = [threading.Thread(target=publish, args=(request,)) for request in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]
    assert ["Another release was made meanwhile" in text for text in refused] == [True]
    writer = ReleaseWriter(address, Audience.PARTNER)
    assert writer.publish(content(13, follows=1), request_id=3) == 2
    states = [i.state for i in writer.reader.releases()]
    assert states == ["current", "superseded"]


def test_a_withdrawn_release_gives_way_to_the_one_before(stores: Stores) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    reader = writer.reader
    writer.publish(content(), request_id=1)
    writer.publish(content(follows=1), request_id=2)
    assert writer.withdraw(2) == 1
    assert reader.current().number == 1
    assert writer.withdraw(1) is None
    assert reader.current() is None
    with pytest.raises(SimaError, match="to withdraw"):
        writer.withdraw(1)


# ---- what browsers are sent of the boundaries


def put_boundaries(writer: ReleaseWriter) -> str:
    shapes = boundaries().assign(admin_level=int(AdminLevel.PALIKA), boundary_set="s")
    sets = pd.DataFrame(
        [("s", 3, "test", "none", "test", date(2020, 1, 1), 1)],
        columns=[
            "boundary_set",
            "admin_level",
            "source",
            "licence",
            "attribution",
            "vintage",
            "units",
        ],
    )
    units = some_units().rename_axis("unit_code")
    return writer.put_boundaries(Boundaries(units, crosswalk(), sets, shapes))


def forget_geometry(stores: Stores, name: str) -> None:
    """Make a store as it was before geometry files were made."""
    address = stores.settings.releases(Audience.PUBLIC)
    if stores.engine == "sqlite":
        geometry_store(Path(address), name).unlink()
        return
    with engines.writing(engines.connect(address)) as connection:
        connection.execute(tables.geometry_file.delete())


def test_geometry_files_are_made_once_with_the_boundaries(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    name = put_boundaries(writer)
    listed = writer.reader.geometry_files(name)
    places = listed[["admin_level", "within", "form", "units"]].itertuples(index=False, name=None)
    assert list(places) == [(3, "", "outline", 1), (3, "312", "outline", 1)]

    def again(*_args: object) -> None:
        raise AssertionError("made a second time")

    monkeypatch.setattr(browser_files, "build_geometry_files_once", again)
    assert put_boundaries(writer) == name
    writer.put_geometry(name)
    assert writer.reader.geometry_files(name).equals(listed)


def test_a_store_without_geometry_files_gets_those_it_would_have_had(stores: Stores) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    name = put_boundaries(writer)
    before = writer.reader.geometry_files(name)
    forget_geometry(stores, name)
    assert writer.reader.geometry_files(name).empty
    browser_files._last().clear()  # noqa: SLF001  # as in another process
    writer.put_geometry(name)
    assert writer.reader.geometry_files(name).equals(before)
    forget_geometry(stores, name)
    assert put_boundaries(writer) == name
    assert writer.reader.geometry_files(name).equals(before), "with the next release, too"


def test_a_geometry_file_is_read_as_it_was_made_and_what_is_not_there_is_none(
    stores: Stores,
) -> None:
    writer = ReleaseWriter(stores.settings.releases(Audience.PUBLIC), Audience.PUBLIC)
    reader = writer.reader
    assert reader.geometry_files("0" * 16).empty
    assert reader.geometry_content("0" * 16, "0" * 16, "brotli") is None
    name = put_boundaries(writer)
    for file in reader.geometry_files(name)["name"]:
        small = reader.geometry_content(name, file, "brotli")
        other = reader.geometry_content(name, file, "gzip")
        assert small is not None
        assert other is not None
        whole = brotli.decompress(small)
        assert gzip.decompress(other) == whole
        (unit,) = json.loads(whole)["objects"]["units"]["geometries"]
        assert (unit["id"], unit["type"]) == ("31206", "MultiPolygon")
    assert reader.geometry_content(name, "0" * 16, "gzip") is None
    assert reader.geometry_content("0" * 16, file, "gzip") is None


def test_a_reader_cannot_write(stores: Stores) -> None:
    address = stores.settings.releases(Audience.PUBLIC)
    ReleaseWriter(address, Audience.PUBLIC).publish(content(), request_id=1)
    reader = ReleaseReader.open(address, Audience.PUBLIC)
    engine = reader._engine(None)  # noqa: SLF001  # what it holds is the question
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        connection.execute(sa.update(tables.release).values(state="withdrawn"))
    assert reader.current().number == 1
