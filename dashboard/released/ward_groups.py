"""Wards of a palika without a parents' group."""

import pandas as pd

from data.model import Status

PARENTS_GROUPS = "parents_groups"


def wards_without_group(layer: pd.DataFrame) -> pd.Index:
    """Return the codes of the wards whose published number of groups is zero, in order.

    ``layer``: the wards' rows of the indicator `PARENTS_GROUPS`, see `selection.layer`.
    """
    zero = layer["status"].eq(Status.PUBLISHED) & layer["value"].eq(0)
    return layer.index[zero.fillna(False)].sort_values()  # noqa: FBT003  # a fill value
