"""One sign for each unit: what a browser is sent of a layer, where it knows the units already.

A published number is written in base 36, its last digit from `_LAST`, those before it from `_MORE`,
so that no separator is needed; a class and each way to have no figure have a sign of their own.
``dashboard/assets/engine/codec.js`` reads it.
"""

import pandas as pd

from data.model import Status

_LAST = "0123456789abcdefghijklmnopqrstuvwxyz"
_MORE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ#$%&'()*+,"
NO_CELL = "no_cell"
_OUTSIDE = " "
_WITHOUT = {
    Status.SUPPRESSED.value: "!",
    Status.NOT_REPORTED.value: "?",
    Status.NOT_APPLICABLE.value: "~",
    NO_CELL: "-",
}
_CLASSES = {"none": "_", "lower": ":", "middle": ";", "higher": "<"}


def number(value: int) -> str:
    """Write a whole number, 0 or more."""
    if value < 0:
        raise ValueError(f"not a count: {value}")
    value, last = divmod(value, len(_LAST))
    text = _LAST[last]
    while value:
        value, more = divmod(value, len(_MORE))
        text = _MORE[more] + text
    return text


def sign(status: str, value: object, value_class: object) -> str:
    """Write one figure; of a unit without a published one, the way in which it has none."""
    if status != Status.PUBLISHED:
        return _WITHOUT[status]
    return _CLASSES[value_class] if isinstance(value_class, str) else number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def pack(layer: pd.DataFrame, codes: pd.Index) -> str:
    """Write a layer for a list of units; a unit that is not in the layer lies outside the map.

    ``layer``: ``status``, ``value``, ``value_class`` by unit code. ``codes``: the units of a
    geometry file, in its order.
    """
    signs = pd.Series(
        [
            sign(*row)
            for row in zip(layer["status"], layer["value"], layer["value_class"], strict=True)
        ],
        index=layer.index,
        dtype=object,
    )
    return "".join(signs.reindex(codes, fill_value=_OUTSIDE))
