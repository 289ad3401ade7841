"""Names of indicators, units, statuses, readers and other terms in the language in use.

Every value of a list in `data.model` that a reader sees has its words here and nowhere else.
"""

from typing import NamedTuple

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from data.model import AdminLevel, AgeBand, Audience, Indicator, IndicatorClass, Sex, Status
from data.reference.indicators import load_indicators
from data.reference.project import FiguresLicence

# ---- indicators and units


def theme_name(theme: str) -> str:
    """Return the name of a theme of the list of indicators."""
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
    """Return the name of an indicator."""
    return load_indicators()[indicator].name[wording.language()]


def indicator_unit(indicator: str) -> str:
    """Return what an indicator counts, such as people."""
    return load_indicators()[indicator].unit[wording.language()]


def indicator_caution(indicator: Indicator) -> str:
    """Return the sentence on what figures of an indicator do not show."""
    if indicator.booth:
        return _(
            "The figure counts work done at booths. More contacts can mean more staff, not more"
            " risk."
        )
    if indicator.indicator_class is IndicatorClass.PEOPLE:
        return _(
            "The figure counts people reached, not people at risk. A person can be counted more"
            " than once."
        )
    return _("The figure shows reported activity, not the people who live there.")


class FigureLabels(NamedTuple):
    """What a map and its table say of a figure: what it is, what it counts, what it is not."""

    title: str
    unit: str
    caution: str


def figure_labels(
    indicator: Indicator, *, people: tuple[str, str] | None, rate: bool
) -> FigureLabels:
    """Return the labels of a figure.

    Parameters
    ----------
    people
        Sex and age band that are counted; None where everybody is.
    rate
        Whether the figure is divided by the number of residents.
    """
    caution = indicator_caution(indicator)
    named = people_name(*people) if people else ""
    language = wording.language()
    title, unit = indicator.name[language], indicator.unit[language]
    return FigureLabels(
        title=f"{title}, {named}" if named else title,
        unit=_("{unit} per 1,000 residents").format(unit=unit) if rate else unit,
        caution=caution,
    )


def figures_licence(licence: FiguresLicence) -> str:
    """Name the licence of a release's figures and the address of its text."""
    if not licence.licence:
        return _("No licence has been chosen yet. Ask the owners of this data before re-use.")
    named = ", ".join(filter(None, (licence.licence, licence.address)))
    return _("Licence of the figures: {licence}").format(licence=named)


def unit_name(units: pd.DataFrame, code: str) -> str:
    """Return the name of a unit; ``units`` is indexed by unit code."""
    return str(units.at[code, f"name_{wording.language()}"])


def level_names() -> dict[AdminLevel, str]:
    """Return the names of the levels, as inside a sentence."""
    return {
        AdminLevel.COUNTRY: _("country"),
        AdminLevel.PROVINCE: _("province"),
        AdminLevel.DISTRICT: _("district"),
        AdminLevel.PALIKA: _("palika"),
        AdminLevel.WARD: _("ward"),
    }


def level_options() -> dict[AdminLevel, str]:
    """Return the names of the levels, as one chooses among them."""
    return {
        AdminLevel.COUNTRY: _("Country"),
        AdminLevel.PROVINCE: _("Province"),
        AdminLevel.DISTRICT: _("District"),
        AdminLevel.PALIKA: _("Palika"),
        AdminLevel.WARD: _("Ward"),
    }


# ---- what a figure is, and of whom


def status_names() -> dict[str, str]:
    """Return the names of the statuses by `Status`, in one or two words: heads of columns."""
    return {
        Status.PUBLISHED.value: _("shown"),
        Status.SUPPRESSED.value: _("hidden"),
        Status.NOT_REPORTED.value: _("not reported"),
        Status.NOT_APPLICABLE.value: _("does not apply"),
    }


def no_figure_reasons() -> dict[str, str]:
    """Return why there is no figure by `Status`, as it stands in place of the figure."""
    return {
        Status.SUPPRESSED.value: _("hidden to keep people safe"),
        Status.NOT_REPORTED.value: _("not reported"),
        Status.NOT_APPLICABLE.value: _("does not apply"),
    }


def class_names() -> dict[str, str]:
    """Return the names of the classes of figures that are not shown as numbers."""
    return {
        "none": _("none"),
        "lower": _("lower"),
        "middle": _("middle"),
        "higher": _("higher"),
    }


def part_names() -> dict[str, str]:
    """Return the names of the parts of a figure by `Sex` and by `AgeBand`, without the totals."""
    return {
        Sex.FEMALE.value: _("women and girls"),
        Sex.MALE.value: _("men and boys"),
        AgeBand.UNDER_18.value: _("under 18"),
        AgeBand.ADULT.value: _("18 and older"),
    }


def people_name(sex: str, age_band: str) -> str:
    """Return the name of the people of one sex and age band; of the total, everybody."""
    of_both = {
        (Sex.FEMALE.value, AgeBand.UNDER_18.value): _("girls under 18"),
        (Sex.MALE.value, AgeBand.UNDER_18.value): _("boys under 18"),
        (Sex.FEMALE.value, AgeBand.ADULT.value): _("women"),
        (Sex.MALE.value, AgeBand.ADULT.value): _("men"),
    }
    parts = part_names()
    return of_both.get((sex, age_band)) or parts.get(sex) or parts.get(age_band) or _("everybody")


# ---- who reads, and why


def audience_names() -> dict[Audience, str]:
    """Return the names of the audiences, as after "for the"."""
    return {Audience.PUBLIC: _("public"), Audience.PARTNER: _("partners")}


def reader_names() -> dict[Audience, str]:
    """Return the names of one reader of each audience."""
    return {Audience.PUBLIC: _("a public reader"), Audience.PARTNER: _("a partner")}


def purposes() -> dict[str, str]:
    """Return the purposes of a visit in words, keyed by `data.accounts.visits.PURPOSES`."""
    return {
        "planning": _("Planning work in my area"),
        "coordination_meeting": _("A meeting of a coordination committee"),
        "reporting": _("A report to the programme or a donor"),
        "safeguarding": _("Safeguarding"),
        "audit": _("Audit"),
    }


def synthetic_note() -> str:
    """Return the sentence that a citation of a synthetic release ends with."""
    return _(
        "Synthetic demonstration data: the figures are invented. The names of places are real."
    )


def release_steps() -> dict[str, str]:
    """Return what is done while a release is made, keyed by `data.release_making.progress.Step`."""
    return {
        "reading": _("Reading what is stored"),
        "adding_up": _("Adding up"),
        "hiding": _("Hiding figures, and checking that nobody can work them out"),
        "hotspots": _("Looking for hotspots"),
        "proving": _("Writing and checking the proof"),
        "offering": _("Looking for a release that passes"),
        "maps": _("Preparing the map"),
    }


def decision_reasons() -> dict[str, str]:
    """Return the reasons for a decision about a release, keyed by `data.pipeline.WHY`."""
    return {
        "planned": _("As planned"),
        "needed_soon": _("Needed for a meeting or report"),
        "figures_wrong": _("Figures are wrong"),
        "not_complete": _("Reports are missing"),
        "shows_too_much": _("It could show too much"),
        "asked_by_mistake": _("Requested by mistake"),
    }
