"""What published tables write in place of a figure that they hide, and what it tells.

The signs are those of statistical offices: ``[c]`` of the British Government Statistical Service,
``c`` and ``:`` of Eurostat, ``x`` of Statistics Canada, ``.`` of the German offices, ``…`` of the
Hungarian one, ``D`` of the United States Census Bureau, ``np`` of the Australian one. A figure that
is only missing is unknown to an attacker as well, so ``..`` and ``[x]`` are read in the same way.
"""

import re

from data.disclosure.engine.additive_table import UNBOUNDED, TableError
from data.disclosure.engine.csv_tables import read_count

_MARKS = {
    "*", "**", "***", "c", "[c]", "(c)", ":", ":c", "x", "[x]", "(x)", ".", "·", "..", "…",
    "d", "(d)", "s", "[s]", "(s)", "np", "n.p.", "[np]", "suppressed",
}  # fmt: skip
# In some tables a dash is a zero, in others it is nothing at all.
_DASHES = frozenset(("-", "--", "\N{EN DASH}", "\N{EM DASH}", "\N{MINUS SIGN}"))
_UP_TO, _FROM = ("<", "<=", "≤", "=<"), (">", ">=", "≥", "=>")
_COMPARED = re.compile(r"([<>≤≥=]{1,2})\s*(\d.*)")
_RANGE = re.compile("(\\d+(?:\\.0*)?)\\s*(?:-|\N{EN DASH}|to)\\s*(\\d+(?:\\.0*)?)")
_AND_MORE = re.compile(r"(\d+)\s*\+")


def read_bounds(text: str, where: str) -> tuple[int, int] | None:
    """Return what a published table tells of a hidden count.

    Parameters
    ----------
    text
        What stands in place of the figure.
    where
        File, line and cell, for the message.

    Returns
    -------
    The least and the greatest count, both inclusive; None if the text is no sign of a hidden
    figure, so it must be the figure itself.

    Raises
    ------
    TableError
        If the sign has two meanings, or if no count can be as it says.

    Examples
    --------
    >>> read_bounds("<5", "line 2"), read_bounds("5-9", "line 3")
    ((0, 4), (5, 9))
    >>> read_bounds("[c]", "line 4") == (0, UNBOUNDED), read_bounds("7", "line 5")
    (True, None)
    """
    sign = re.sub(r"\s+", "", text).casefold()
    if not sign or sign in _MARKS:
        return 0, UNBOUNDED
    if sign in _DASHES:
        raise TableError(
            f"{where}: a dash is a zero in some tables, and in others there is no figure; write 0, "
            "or write * for a hidden figure."
        )
    bounds = _bounds(text, where)
    if bounds is not None and bounds[0] > bounds[1]:
        raise TableError(
            f"{where}: no count can be as this says; correct it, a range from its smaller number."
        )
    return bounds


def _bounds(text: str, where: str) -> tuple[int, int] | None:
    if match := _COMPARED.fullmatch(text):
        sign, number = match.group(1), read_count(match.group(2), where)
        if sign in _UP_TO:
            return 0, number - (sign == "<")
        if sign in _FROM:
            return number + (sign == ">"), UNBOUNDED
    if match := _RANGE.fullmatch(text):
        return read_count(match.group(1), where), read_count(match.group(2), where)
    if match := _AND_MORE.fullmatch(text):
        return read_count(match.group(1), where), UNBOUNDED
    return None
