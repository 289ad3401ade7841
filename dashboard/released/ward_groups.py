"""Which wards of a palika have parents' groups."""

import pandas as pd

from data.model import Status

PARENTS_GROUPS = "parents_groups"


def wards_without_group(layer: pd.DataFrame) -> pd.Index:
    """Give the wards whose released number of groups is zero, in the order of their codes."""
    zero = layer["status"].eq(Status.PUBLISHED) & layer["value"].eq(0)
    return layer.index[zero.fillna(False)].sort_values()  # noqa: FBT003  # a fill value
