"""Names of indicators, units and other terms in the language in use."""

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from data.model import (
    Indicator,
    IndicatorClass,
)
from data.reference.indicators import load_indicators
from data.reference.project import FiguresLicence

# ---- words


def theme_name(theme: str) -> str:
    """Name a theme of the list of indicators."""
    return {
        "groups": _("Parents' groups"),
        "committees": _("The committee's work"),
        "training": _("Training"),
        "youth": _("Children and youth"),
        "awareness": _("Awareness"),
        "coordination": _("Working together"),
        "booths": _("Booths at the border"),
        "elsewhere": _("Journeys stopped away from booths"),
        "outcomes": _("After a journey was stopped"),
        "livelihood": _("Livelihoods"),
        "reporting": _("Reports"),
    }.get(theme, theme)


def indicator_name(indicator: str) -> str:
    """Name an indicator in the language in use."""
    return load_indicators()[indicator].name[wording.language()]


def indicator_unit(indicator: str) -> str:
    """Say what an indicator counts, in the language in use."""
    return load_indicators()[indicator].unit[wording.language()]


def indicator_caution(indicator: Indicator) -> str:
    """Say what a map of this indicator does not show."""
    if indicator.booth:
        return _("Counts work done at booths. More contacts can mean more staff, not more risk.")
    if indicator.indicator_class is IndicatorClass.PEOPLE:
        return _(
            "Counts people reached, not people at risk. A person can be counted more than once."
        )
    return _("Shows reported activity, not the people who live there.")


def figures_licence(licence: FiguresLicence) -> str:
    """Name the licence of a release's figures and the address of its text."""
    if not licence.licence:
        return _("No licence has been chosen yet. Ask the owners of this data before re-use.")
    named = ", ".join(filter(None, (licence.licence, licence.address)))
    return _("Licence of the figures: {licence}").format(licence=named)


def unit_name(units: pd.DataFrame, code: str) -> str:
    """Name a unit in the language in use."""
    return str(units.at[code, f"name_{wording.language()}"])


def purposes() -> dict[str, str]:
    """Return the purposes of a visit in words, keyed by `data.accounts.visits.PURPOSES`."""
    return {
        "planning": _("Planning work in my area"),
        "coordination_meeting": _("A meeting of a coordination committee"),
        "reporting": _("A report to the programme or a donor"),
        "safeguarding": _("Safeguarding"),
        "audit": _("Audit"),
    }
