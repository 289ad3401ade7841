"""Which places a scope gives: itself, what is in it, what it lies in; no neighbour."""

import re

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data.reference import scope
from data.reference.gazetteer import COUNTRY, Gazetteer

UNITS = [str(code) for code in Gazetteer.load().units.index]
CODES = st.sampled_from(UNITS)
LISTED = sa.Table("listed", sa.MetaData(), sa.Column("unit_code", sa.Text))


def in_sql(held: scope.Scope, codes: list[str]) -> set[str]:
    """What a query keeps of a list of units."""
    with sa.create_engine("sqlite://").begin() as connection:
        LISTED.metadata.create_all(connection)
        connection.execute(LISTED.insert(), [{"unit_code": code} for code in codes])
        query = sa.select(LISTED.c.unit_code).where(scope.scope_condition(held, LISTED.c.unit_code))
        return {str(code) for (code,) in connection.execute(query)}


def test_a_palika_brings_its_wards_and_what_it_lies_in_and_no_neighbour() -> None:
    held = ("51106",)
    assert scope.sees(held, "51106")
    assert scope.sees(held, "5110603")
    assert all(scope.sees(held, code) for code in ("511", "5", COUNTRY))
    assert not scope.sees(held, "51105")
    assert not scope.sees(held, "5110501")
    assert not scope.sees(held, "512")
    assert not scope.sees(held, "1")


def test_what_is_coarser_is_seen_and_not_covered() -> None:
    assert scope.covers(("511",), "5110601")
    assert not scope.covers(("51106",), "511")
    assert not scope.covers(("51106",), COUNTRY)
    assert scope.covers(scope.EVERYTHING, COUNTRY)


def test_nothing_is_nothing_and_everything_everything() -> None:
    some = UNITS[:: len(UNITS) // 300]
    assert in_sql(scope.NOTHING, some) == set()
    assert in_sql(scope.EVERYTHING, some) == set(some)
    assert not any(scope.sees(scope.NOTHING, code) for code in UNITS)


@given(st.lists(CODES, max_size=3), st.lists(CODES, min_size=1, max_size=20))
def test_a_query_keeps_just_what_is_seen(held: list[str], asked: list[str]) -> None:
    mine = scope.read_scope(held)
    assert in_sql(mine, asked) == {code for code in asked if scope.sees(mine, code)}


@given(st.one_of(st.text(max_size=8), st.text("0123456789%_", max_size=8)), CODES)
def test_no_text_that_is_no_code_opens_a_place(text: str, code: str) -> None:
    if text != COUNTRY and not re.fullmatch(r"[0-9]([0-9]{2}){0,3}", text, re.ASCII):
        assert not scope.sees((text,), code)
        assert in_sql((text,), [code]) == set()
