"""Arithmetic of unit codes: a unit's code begins with the code of every unit that contains it.

A province has one digit, each finer level two more; the country has letters. ``5110603`` is a ward
of palika ``51106`` in district ``511`` of province ``5`` in ``NP``. Nothing here looks up a list,
so a well-formed code of no real unit is answered as well; see `data.reference.gazetteer` for that.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar, overload

import pandas as pd

from data.model import AdminLevel

COUNTRY = "NP"
DIGITS: Mapping[AdminLevel, int] = MappingProxyType(
    {AdminLevel.PROVINCE: 1, AdminLevel.DISTRICT: 3, AdminLevel.PALIKA: 5, AdminLevel.WARD: 7}
)
_LEVELS = {digits: level for level, digits in DIGITS.items()}
_CODE = re.compile(r"[0-9]([0-9]{2}){0,3}", re.ASCII)  # of any unit but the country

Codes = TypeVar("Codes", str, pd.Series, pd.Index)


def district_of(codes: Codes) -> Codes:
    """Return the district that contains each unit; a district is its own.

    Parameters
    ----------
    codes
        One unit code, or a Series or Index of them.

    Returns
    -------
    The same type, a Series on the same index. The code of a coarser unit comes back unchanged, a
    missing one stays missing.

    Examples
    --------
    >>> district_of("5110603")
    '511'
    >>> district_of("5")
    '5'
    >>> district_of(pd.Series(["5110603", "31206"])).to_list()
    ['511', '312']
    """
    return _first_digits(codes, DIGITS[AdminLevel.DISTRICT])


def palika_of(codes: Codes) -> Codes:
    """Return the palika that contains each unit; a palika is its own.

    Parameters and result as in `district_of`.

    Examples
    --------
    >>> palika_of("5110603")
    '51106'
    >>> palika_of("511")
    '511'
    >>> palika_of(pd.Index(["5110603", "5110604"])).unique().to_list()
    ['51106']
    """
    return _first_digits(codes, DIGITS[AdminLevel.PALIKA])


def _first_digits(codes: Codes, digits: int) -> Codes:
    if isinstance(codes, str):
        return codes[:digits]
    return codes.str[:digits]


def ancestors(code: str) -> tuple[str, ...]:
    """Return the codes of the units that contain a unit, the country first.

    Examples
    --------
    >>> ancestors("5110603")
    ('NP', '5', '511', '51106')
    >>> ancestors("NP")
    ()
    """
    if code == COUNTRY:
        return ()
    return (COUNTRY, *(code[:digits] for digits in DIGITS.values() if digits < len(code)))


@overload
def level_of(codes: str) -> AdminLevel: ...
@overload
def level_of(codes: pd.Series) -> pd.Series: ...


def level_of(codes: str | pd.Series) -> AdminLevel | pd.Series:
    """Return the administrative level of each unit.

    Parameters
    ----------
    codes
        One unit code, or a Series of them.

    Returns
    -------
    An `AdminLevel`, or an int64 Series of its values on the same index.

    Raises
    ------
    ValueError
        Naming a code that no unit can have.

    Examples
    --------
    >>> level_of("31206")
    <AdminLevel.PALIKA: 3>
    >>> level_of(pd.Series(["NP", "3", "312"])).to_list()
    [0, 1, 2]
    """
    if isinstance(codes, pd.Series):
        levels = {code: int(level_of(code)) for code in codes.unique()}
        return codes.map(levels).astype("int64")
    if codes == COUNTRY:
        return AdminLevel.COUNTRY
    if not isinstance(codes, str) or not _CODE.fullmatch(codes):
        raise ValueError(f"not a unit code: {codes!r}")
    return _LEVELS[len(codes)]
