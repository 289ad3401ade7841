"""Which places a reader may see, as unit codes: the filter by place of every query of a release.

A scope is a tuple of unit codes. A reader who has a unit sees it, everything within it, and the
units that contain it: a palika brings its wards, its district, its province and the country, but
no neighbour. `EVERYTHING` is the country's code. `NOTHING`, the empty scope, is the default.
"""

import re
from collections.abc import Iterable

import sqlalchemy as sa

from data.reference.unit_codes import COUNTRY, ancestors

Scope = tuple[str, ...]
EVERYTHING: Scope = (COUNTRY,)
NOTHING: Scope = ()
_CODE = re.compile(r"[0-9]([0-9]{2}){0,3}")  # of any unit but the country

# PostgreSQL's setting that holds the scope of a transaction.
SETTING = "sima.scope"

# `sees` in SQL, for PostgreSQL's row-level security; `{column}` holds a unit code. A scope that was
# not set is NULL, which makes the condition false: no row is returned.
POLICY = """EXISTS (
    SELECT 1 FROM unnest(string_to_array(current_setting('{setting}', true), ',')) AS held
    WHERE held = '{country}' OR (held ~ '^[0-9]([0-9][0-9])*$' AND length(held) <= 7 AND (
        {column} = '{country}' OR starts_with({column}, held) OR starts_with(held, {column})
    ))
)"""


def is_everything(scope: Scope) -> bool:
    """Return whether a scope is the whole country."""
    return COUNTRY in scope


def covers(scope: Scope, code: str) -> bool:
    """Return whether a unit is in a scope or within a unit of it; a coarser unit is not."""
    return is_everything(scope) or any(code.startswith(held) for held in _codes(scope))


def sees(scope: Scope, code: str) -> bool:
    """Return whether a scope shows the figures of a unit: `covers`, or the unit is coarser."""
    return covers(scope, code) or any(code in ancestors(held) for held in _codes(scope))


def scope_condition(scope: Scope, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the SQL condition that keeps a query within a scope; see `sees`."""
    if is_everything(scope):
        return sa.true()
    held = _codes(scope)
    wider = {code for each in held for code in ancestors(each)}
    within = [column.startswith(each, autoescape=True) for each in held]
    return sa.or_(sa.false(), column.in_(sorted(wider)), *within)


def _codes(scope: Scope) -> list[str]:
    """Return the well-formed codes of a scope: a partial or empty one would be a prefix of many."""
    return [held for held in scope if _CODE.fullmatch(held)]


def row_security_policy(column: str) -> str:
    """Return `POLICY` for a column; its name must come from our own code."""
    return POLICY.format(setting=SETTING, country=COUNTRY, column=column)


def scope_text(scope: Scope) -> str:
    """Return a scope as text, which PostgreSQL and the access store take."""
    return ",".join(scope)


def read_scope(codes: Iterable[str]) -> Scope:
    """Return the scope of some codes, each once, in order."""
    return tuple(sorted(set(codes)))
