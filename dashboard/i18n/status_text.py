"""Format a figure, its status or its class in words; pure."""

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from data.model import Status


def figure_text(row: pd.Series) -> str:
    """Format a unit's figure in words; of a hidden one, name the larger area that has a figure.

    ``row`` is of a layer, see `selection.layer`.
    """
    status = row["status"]
    if status == Status.PUBLISHED:
        return _amount(row["value"], row["value_class"])
    if status == Status.SUPPRESSED:
        return _hidden(row)
    return status_name(status)


def status_name(status: str, otherwise: str = "") -> str:
    """Return why there is no figure; ``otherwise`` if the release says nothing about the place."""
    return labels.no_figure_reasons().get(status, otherwise or _("not covered by this figure"))


def _amount(value: object, value_class: object) -> str:
    return class_name(value_class) if isinstance(value_class, str) else wording.number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def _hidden(row: pd.Series) -> str:
    hidden = status_name(Status.SUPPRESSED)
    if not isinstance(row["coarser"], str):
        return f"{hidden} · {_('no figure for a larger area in this period')}"
    said = _("{place} as a whole: {figure}").format(
        place=row[f"coarser_name_{wording.language()}"],
        figure=_amount(row["coarser_value"], row["coarser_class"]),
    )
    return f"{hidden} · {said}"


def class_name(value_class: str) -> str:
    """Return the name of a class of a figure that is not shown as a number."""
    return labels.class_names()[value_class]


def layer_summary(layer: pd.DataFrame) -> str:
    """Summarise a map in one sentence, for readers who do not see it."""
    counts = layer["status"].value_counts()
    return _("Places with a figure: {shown}. Hidden: {hidden}. Not reported: {silent}.").format(
        shown=wording.number(int(counts.get(Status.PUBLISHED.value, 0))),
        hidden=wording.number(int(counts.get(Status.SUPPRESSED.value, 0))),
        silent=wording.number(int(counts.get(Status.NOT_REPORTED.value, 0))),
    )
