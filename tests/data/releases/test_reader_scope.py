"""Of the partners' releases a reader is given its own places, by every query and by the server."""

import dataclasses
from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from data.database import engines, tables
from data.model import Audience, SimaError
from data.reference import organisations, scope
from data.reference.gazetteer import COUNTRY
from data.release_making.writer import ReleaseWriter
from data.releases.reader import ReleaseReader, require_reading_only
from tests.conftest import Stores
from tests.data.database.test_stores import content

# A palika and one of its wards, a neighbour and its ward, their district, another district.
UNITS = {"51106": "511", "5110601": "51106", "51105": "511", "5110501": "51105", "511": "5",
         "312": "3", "31206": "312", "5": COUNTRY, COUNTRY: None}  # fmt: skip
OF_51106 = {"51106", "5110601", "511", "5", COUNTRY}
OF_511 = OF_51106 | {"51105", "5110501"}
LEVELS = {2: 0, 1: 1, 3: 2, 5: 3, 7: 4}


def some_content() -> object:
    made = content()
    first = made.cells.iloc[0].to_dict()
    rows = [
        {**first, "unit_code": code, "parent_code": parent,
         "admin_level": LEVELS[2 if code == COUNTRY else len(code)]}
        for code, parent in UNITS.items()
    ]  # fmt: skip
    present = [
        (palika, "training", 2023, "org-a", "A", "क") for palika in ("51106", "51105", "31206")
    ]
    return dataclasses.replace(
        made,
        cells=pd.DataFrame(rows).astype({"value": "Int64"}),
        presence=pd.DataFrame(present, columns=organisations.PRESENCE_COLUMNS),
    )


@pytest.fixture
def address(stores: Stores) -> str:
    address = str(stores.settings.partner)
    writer = ReleaseWriter(address, Audience.PARTNER)
    writer.publish(some_content(), request_id=1)  # type: ignore[arg-type]
    return address


def given(reader: ReleaseReader) -> dict[str, set[str]]:
    """Every place that a reader is told of, by what tells it."""
    cells = reader.cells(1)
    return {
        "cells": set(cells["unit_code"]),
        "cells within": set(reader.cells(1, within=["51105", "312", "511"])["unit_code"]),
        "sites": set(reader.sites(1)["palika_code"]),
        "presence": set(reader.presence(1)["palika_code"]),
    }


@pytest.mark.parametrize(
    ("held", "seen"), [(("51106",), OF_51106), (("511",), OF_511), ((), set()), (("99",), set())]
)
def test_a_reader_is_told_of_its_places_alone(
    address: str, held: scope.Scope, seen: set[str]
) -> None:
    told = given(ReleaseReader.open(address, Audience.PARTNER, held))
    assert told["cells"] == seen
    for where, places in told.items():
        assert all(scope.sees(held, place) for place in places), where
    assert told["presence"] == {"51106", "51105", "31206"} & seen
    whole = given(ReleaseReader.open(address, Audience.PARTNER))
    assert whole["cells"] == set(UNITS)
    assert whole["sites"] > told["sites"]


def test_what_there_is_to_choose_from_is_of_its_places(address: str) -> None:
    mine = ReleaseReader.open(address, Audience.PARTNER, ("312",)).catalogue(1)
    assert set(mine["admin_level"]) == {0, 2, 3}, "neither its province nor a ward has a figure"
    assert ReleaseReader.open(address, Audience.PARTNER, ()).catalogue(1).empty


# A file has no roles: there the queries alone carry the condition.
on_the_server = pytest.mark.parametrize("stores", ["postgis"], indirect=True)


@pytest.fixture
def restricted(address: str) -> Iterator[str]:
    """The address as a role has it that may only read."""
    name = "only_reads"
    engine = engines.connect(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP ROLE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    yield make_url(address).set(username=name).render_as_string(hide_password=False)
    engines.close_all()
    with engines.connect(address).begin() as connection:
        connection.exec_driver_sql(f"DROP OWNED BY {name}")
        connection.exec_driver_sql(f"DROP ROLE {name}")


def codes(connection: sa.Connection) -> set[str]:
    return set(connection.execute(sa.select(tables.cell.c.unit_code)).scalars())


@on_the_server
def test_a_service_starts_with_a_role_that_only_reads(restricted: str, address: str) -> None:
    require_reading_only(ReleaseReader.open(restricted, Audience.PARTNER))
    with pytest.raises(SimaError, match="may do more than read"):
        require_reading_only(ReleaseReader.open(address, Audience.PARTNER))
    name = make_url(restricted).username
    for change in ("GRANT INSERT ON cell TO {}", "ALTER ROLE {} BYPASSRLS", "GRANT sima TO {}"):
        with engines.connect(address).begin() as connection:
            connection.exec_driver_sql(change.format(name))
        with pytest.raises(SimaError, match="may do more than read"):
            require_reading_only(ReleaseReader.open(restricted, Audience.PARTNER))
        with engines.connect(address).begin() as connection:
            undo = change.replace("GRANT", "REVOKE").replace(" TO ", " FROM ")
            undo = undo.replace(" BYPASSRLS", " NOBYPASSRLS")
            connection.exec_driver_sql(undo.format(name))
    require_reading_only(ReleaseReader.open(restricted, Audience.PARTNER))


@on_the_server
def test_the_server_itself_gives_nothing_without_a_scope(restricted: str) -> None:
    with engines.connect(restricted, read_only=True).connect() as connection:
        assert codes(connection) == set()
        for table, column in tables.PLACE_OF.items():
            rows = connection.exec_driver_sql(f"SELECT {column} FROM {table}").all()  # noqa: S608  # our own names
            assert rows == [], table


@on_the_server
@pytest.mark.parametrize(
    ("told", "seen"),
    [("51106", OF_51106), ("511", OF_511), (COUNTRY, set(UNITS)), ("", set()), ("%", set()),
     ("51", set()), ("51106,312", OF_51106 | {"312", "31206", "3"}), ("' OR true --", set())],
)  # fmt: skip
def test_the_server_itself_keeps_to_a_scope_that_it_was_told(
    restricted: str, told: str, seen: set[str]
) -> None:
    with engines.connect(restricted, read_only=True).connect() as connection:
        connection.execute(sa.select(sa.func.set_config(scope.SETTING, told, sa.true())))
        assert codes(connection) == seen & set(UNITS)


@on_the_server
def test_a_reader_of_a_server_sees_the_same_through_both(restricted: str) -> None:
    for held, seen in ((("51106",), OF_51106), (scope.EVERYTHING, set(UNITS)), ((), set())):
        told = given(ReleaseReader.open(restricted, Audience.PARTNER, held))
        assert told["cells"] == seen


@on_the_server
def test_a_scope_is_told_for_one_transaction_alone(restricted: str) -> None:
    ReleaseReader.open(restricted, Audience.PARTNER).cells(1)
    with engines.connect(restricted, read_only=True).connect() as connection:
        assert codes(connection) == set(), (
            "the next query of a pooled connection begins with nothing"
        )
