"""Encode the figures of a layer for a browser that knows the units already.

A published number is written in base 36: its last digit with a character of `_LAST`, those before
it with characters of `_MORE`, so no separator is needed. Each class and each status without a
figure is one character of its own. ``dashboard/assets/engine/codec.js`` decodes it.
"""

from collections.abc import Iterable, Mapping

import pandas as pd

from dashboard.released import selection
from data.model import Status

_LAST = "0123456789abcdefghijklmnopqrstuvwxyz"
_MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ#$%&'()*+,"
_OUTSIDE = " "
_WITHOUT = {
    Status.SUPPRESSED.value: "!",
    Status.NOT_REPORTED.value: "?",
    Status.NOT_APPLICABLE.value: "~",
    selection.NO_CELL: "-",
}
_CLASSES = {"none": "_", "lower": ":", "middle": ";", "higher": "<"}


def encode_number(value: int) -> str:
    """Return the characters of a whole number, 0 or more.

    Raises
    ------
    ValueError
        The number is negative.
    """
    if value < 0:
        raise ValueError(f"not a count: {value}")
    value, last = divmod(value, len(_LAST))
    text = _LAST[last]
    while value:
        value, more = divmod(value, len(_MORE))
        text = _MORE[more] + text
    return text


def encode_unit(status: str, value: object, value_class: object) -> str:
    """Return the characters of one figure; without a published figure, that of its status."""
    if status != Status.PUBLISHED:
        return _WITHOUT[status]
    return _CLASSES[value_class] if isinstance(value_class, str) else encode_number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def encode_units(layer: pd.DataFrame) -> dict[str, str]:
    """Return the characters of each unit by its code.

    ``layer``: ``status``, ``value``, ``value_class`` by ``unit_code``.
    """
    rows = zip(layer["status"], layer["value"], layer["value_class"], strict=True)
    return {str(code): encode_unit(*row) for code, row in zip(layer.index, rows, strict=True)}


def encode_line(written: Mapping[str, str], codes: Iterable[str]) -> str:
    """Return the units of a geometry file, in its order, as one text.

    A unit that is not among ``written`` is outside the map.
    """
    return "".join(written.get(code, _OUTSIDE) for code in codes)


def encode_scene(layer: pd.DataFrame, codes: pd.Index) -> str:
    """Return a layer for the units of one geometry file, in its order, as one text."""
    return encode_line(encode_units(layer), codes)
