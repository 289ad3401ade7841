"""One sign for each unit: what a browser is sent of a layer, where it knows the units already.

A published number is written in base 36, its last digit from `_LAST`, those before it from `_MORE`,
so that no separator is needed; a class and each way to have no figure have a sign of their own.
``dashboard/assets/engine/codec.js`` reads it.
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
    """Write a whole number, 0 or more."""
    if value < 0:
        raise ValueError(f"not a count: {value}")
    value, last = divmod(value, len(_LAST))
    text = _LAST[last]
    while value:
        value, more = divmod(value, len(_MORE))
        text = _MORE[more] + text
    return text


def encode_unit(status: str, value: object, value_class: object) -> str:
    """Write one figure; of a unit without a published one, the way in which it has none."""
    if status != Status.PUBLISHED:
        return _WITHOUT[status]
    return _CLASSES[value_class] if isinstance(value_class, str) else encode_number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def encode_units(layer: pd.DataFrame) -> dict[str, str]:
    """Write each unit of a layer: ``status``, ``value``, ``value_class`` by unit code."""
    rows = zip(layer["status"], layer["value"], layer["value_class"], strict=True)
    return {str(code): encode_unit(*row) for code, row in zip(layer.index, rows, strict=True)}


def encode_line(written: Mapping[str, str], codes: Iterable[str]) -> str:
    """Put signs in the order of a geometry file's units; one without lies outside the map."""
    return "".join(written.get(code, _OUTSIDE) for code in codes)


def encode_scene(layer: pd.DataFrame, codes: pd.Index) -> str:
    """Write a layer for the units of one geometry file, in its order."""
    return encode_line(encode_units(layer), codes)
