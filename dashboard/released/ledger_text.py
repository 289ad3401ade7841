"""Entries of the ledger of published figures in words."""

from dashboard.i18n import wording
from dashboard.i18n.wording import _, number
from data.publications import ledger
from data.publications.ledger import Ledger, PublishedFigure, Qualifier
from data.reference import calendar

# ---- what a release says


def ledger_by_number() -> Ledger:
    """Return the published figures by their number."""
    return ledger.load_ledger()


def claimed_amount(claim: PublishedFigure) -> str:
    """Format the figure as it was published: 13,211, about 2,300, more than 800."""
    count = number(claim.figure or 0)
    match claim.qualifier:
        case Qualifier.ABOUT:
            return _("about {count}").format(count=count)
        case Qualifier.OVER:
            return _("more than {count}").format(count=count)
        case Qualifier.RANGE:
            return _("{low} to {high}").format(low=count, high=number(claim.upto or 0))
        case Qualifier.WORDS:
            return claim.said[wording.language()]
        case Qualifier.WITHHELD:
            return _("not repeated here")
        case _:
            return count


def claim_in_short(claim: PublishedFigure) -> str:
    """Format the figure and what it counts in one line."""
    return f"{claimed_amount(claim)} {claim.counted.get(wording.language(), '')}".strip()


def claim_source(claim: PublishedFigure) -> str:
    """Return the source of a figure and the place in it, in the words of the source."""
    page = f", page {claim.page}" if claim.page else ""
    return f"{claim.source}, under “{claim.section}”{page}"


def claim_link_label(number_: str) -> str:
    """Format where a link from a figure leads: what was published, and for which years."""
    claim = ledger_by_number()[number_]
    sign = {Qualifier.ABOUT: "≈ ", Qualifier.OVER: "> "}.get(claim.qualifier, "")
    figure = f"{sign}{number(claim.figure or 0)}"
    periods = claim.comparison.periods if claim.comparison else ()
    if not periods:
        return _("In the project's report: {figure}").format(figure=figure)
    years = sorted({calendar.parse_period(period).end.year for period in periods})
    if len(years) == 1:
        return _("In the project's report: {figure} ({year})").format(
            figure=figure, year=wording.in_digits(str(years[0]))
        )
    return _("In the project's report: {figure} (for {first} to {last} together)").format(
        figure=figure,
        first=wording.in_digits(str(years[0])),
        last=wording.in_digits(str(years[-1])),
    )


def target_link_label(number_: str) -> str:
    """Format where a link from a target leads."""
    figure = number(ledger_by_number()[number_].figure or 0)
    return _("In the project's report: the target of {figure}").format(figure=figure)
