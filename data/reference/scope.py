"""Which places somebody may see, as codes; the one filter by place of every query of a release.

A scope is a tuple of unit codes. Whoever has a unit sees it, everything within it, and the coarser
places that it lies in: a palika of a scope brings its wards, its district, its province and the
country, but no neighbour. Codes nest: a unit's code begins with that of every place it lies in.
`EVERYTHING` is the country's code; nothing at all is the empty scope, which is where one begins.
"""

import re
from collections.abc import Iterable

import sqlalchemy as sa

from data.reference.unit_codes import COUNTRY, ancestors

Scope = tuple[str, ...]
EVERYTHING: Scope = (COUNTRY,)
NOTHING: Scope = ()
_CODE = re.compile(r"[0-9]([0-9]{2}){0,3}")  # of any unit but the country

# The name by which a PostgreSQL server is told the scope of a transaction.
SETTING = "sima.scope"

# The same in SQL, for the server's own row-level security; `{column}` is a unit's code. A scope
# that was not told is NULL, of which nothing is true: no row is given.
POLICY = """EXISTS (
    SELECT 1 FROM unnest(string_to_array(current_setting('{setting}', true), ',')) AS held
    WHERE held = '{country}' OR (held ~ '^[0-9]([0-9][0-9])*$' AND length(held) <= 7 AND (
        {column} = '{country}' OR starts_with({column}, held) OR starts_with(held, {column})
    ))
)"""


def is_everything(scope: Scope) -> bool:
    """Say whether a scope is the whole country."""
    return COUNTRY in scope


def covers(scope: Scope, code: str) -> bool:
    """Say whether a unit is one of a scope's or within one; what is coarser is not."""
    return is_everything(scope) or any(code.startswith(held) for held in _codes(scope))


def sees(scope: Scope, code: str) -> bool:
    """Say whether somebody with a scope sees figures of a unit: `covers`, or it is coarser."""
    return covers(scope, code) or any(code in ancestors(held) for held in _codes(scope))


def scope_condition(scope: Scope, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Give the condition by which a query keeps to a scope; see `sees`."""
    if is_everything(scope):
        return sa.true()
    held = _codes(scope)
    wider = {code for each in held for code in ancestors(each)}
    within = [column.startswith(each, autoescape=True) for each in held]
    return sa.or_(sa.false(), column.in_(sorted(wider)), *within)


def _codes(scope: Scope) -> list[str]:
    """Give what of a scope is a code: half of one, or nothing, would be the beginning of many."""
    return [held for held in scope if _CODE.fullmatch(held)]


def row_security_policy(column: str) -> str:
    """Give `POLICY` for a column of ours."""
    return POLICY.format(setting=SETTING, country=COUNTRY, column=column)


def scope_text(scope: Scope) -> str:
    """Write a scope as the server is told it."""
    return ",".join(scope)


def read_scope(codes: Iterable[str]) -> Scope:
    """Give a scope of codes, each once, in order."""
    return tuple(sorted(set(codes)))
