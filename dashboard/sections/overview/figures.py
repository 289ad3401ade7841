"""Headline figures, a small map, and targets beside what was reached."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.maps import choices, component, registry
from dashboard.page import addresses, controls, layout
from dashboard.page.markup import render
from dashboard.released import figure_text, headline_figures, ledger_text
from dashboard.released.headline_figures import Figure, Headline
from data.model import ReleaseInfo
from data.publications.targets import Target
from data.reference.indicators import load_indicators

# Which published figure stands behind a headline, by the headline's key.
CLAIMS_OF_HEADLINES = {
    "informed": "F1",
    "informed-u18": "F2",
    "children": "F10",
    "members": "F6",
}
write = partial(layout.write_markup, "sima-overview")


# ---- words for a figure


def title(headline: Headline) -> str:
    """Return the name of what a headline counts."""
    if headline.places:
        return _("Local committees that met")
    name = labels.indicator_name(headline.indicator)
    if not headline.whom:
        return name
    return f"{name}, {choices.whom_name(headline.whom)}"


def unit(headline: Headline) -> str:
    """Return the unit of a headline's figure."""
    return _("committees") if headline.places else labels.indicator_unit(headline.indicator)


def amount(figure: Figure) -> str:
    """Format the number or the class of a figure that is shown."""
    if figure.value is not None:
        return number(figure.value)
    return status_text.class_name(figure.value_class or "")


def citation(
    release: ReleaseInfo, what: str, query: Mapping[str, str] | None = None, page: str = ""
) -> str:
    """Format what to cite: source, what it is, release, day and address."""
    made = date.fromisoformat(release.created[:10])
    text = _("Sima ({year}): {what}. Public release {number}, {day}.").format(
        year=wording.in_digits(str(made.year)),
        what=what,
        number=wording.in_digits(str(release.number)),
        day=wording.day_label(made),
    )
    if release.synthetic:
        text += " " + labels.synthetic_note()
    asked = {**(query or {}), "release": str(release.number)}
    return f"{text} {addresses.whole_address(page, asked)}".strip()


def figure_citation(headline: Headline, figure: Figure, release: ReleaseInfo) -> str:
    """Format the citation of a headline's figure, with the address of its map."""
    what = _("{what}, Nepal, {period}: {amount} {unit}").format(
        what=title(headline),
        period=figure_text.period_text(headline, figure),
        amount=amount(figure),
        unit=unit(headline),
    )
    query = {"indicator": headline.indicator, "period": figure.periods[-1]}
    return citation(release, what, query, "map")


# ---- headline figures


def _definition(headline: Headline, figure: Figure) -> str:
    if headline.places and figure.reported is not None:
        return _(
            "Number of palikas whose committee held at least one meeting with minutes."
            " {count} palikas sent a report."
        ).format(count=number(figure.reported))
    return load_indicators()[headline.indicator].definition[wording.language()]


def card(headline: Headline, figure: Figure, release: ReleaseInfo) -> Markup:
    """Return one figure with its unit, period, place, source, and what it lacks."""
    missing = figure_text.missing_reasons(figure)
    where = _("In the whole country")
    if figure.shown:
        where = _("Nepal · {period}").format(period=figure_text.period_text(headline, figure))
    return render(
        "overview/card.html.j2",
        title=title(headline),
        amount=amount(figure) if figure.shown else "",
        unit=unit(headline),
        nothing=_("not shown") if missing else _("no figure in this release"),
        where=where,
        missing=missing,
        source=_("Source: figures published by Sima, release {number}").format(
            number=wording.in_digits(str(release.number))
        ),
        details=_("Details and citation"),
        definition=_definition(headline, figure),
        hint=_("To cite: tap to select the text, then copy it."),
        citation=figure_citation(headline, figure, release) if figure.shown else "",
    )


def _link_to_map(release: ReleaseInfo, headline: Headline, figure: Figure) -> None:
    """Write the link to the map of a headline's newest figure."""
    query = {"indicator": headline.indicator, "release": str(release.number)}
    if figure.periods:
        query["period"] = figure.periods[-1]
    if headline.whom:
        query["whom"] = headline.whom
    label = _("See it on the map")
    st.page_link(addresses.MAP, label=label, query_params=addresses.in_language(query))


def _claim_of(headline: Headline) -> str:
    """Return the number of the published figure behind a headline; empty if there is none.

    In the ledger of another project the same number may belong to something else.
    """
    number_ = CLAIMS_OF_HEADLINES.get(headline.key, "")
    claim = ledger_text.ledger_by_number().get(number_)
    compared = claim.comparison if claim else None
    return number_ if compared and compared.indicator == headline.indicator else ""


def _link_to_claim(release: ReleaseInfo, claim: str, label: str) -> None:
    """Write the link to the sentence in which a figure was published."""
    query = addresses.in_language({"claim": claim, "release": str(release.number)})
    st.page_link(addresses.CLAIMS, label=label, query_params=query)


def write_cards(release: ReleaseInfo, figures: Mapping[str, Figure]) -> None:
    """Write the headline figures, each with a link to its map."""
    if not any(figure.shown for figure in figures.values()):
        st.info(
            _(
                "This release shows no figure for the whole country. The map may have figures for"
                " single places."
            )
        )
    with st.container(key="overview-cards"):
        for headline in headline_figures.list_headlines(release):
            figure = figures[headline.key]
            with st.container(key=f"overview-card-{headline.key}"):
                write(card(headline, figure, release), "card")
                if figure.shown or figure_text.missing_reasons(figure):
                    _link_to_map(release, headline, figure)
                if claim := _claim_of(headline):
                    _link_to_claim(release, claim, ledger_text.claim_link_label(claim))


# ---- where the work happens


@controls.fragment
def _explore(release: ReleaseInfo) -> None:
    """Draw a small map by district or palika; a change runs this alone."""
    viewer = st.session_state["viewer"]
    chosen = registry.choose_view("overview", release, viewer, controls.query())
    if chosen is None:
        st.info(
            _(
                "There is nothing to show here yet in this release. The map page has everything"
                " else."
            )
        )
        return
    component.show(registry.map_address("overview", release, chosen, viewer), key="overview-map")
    controls.remember(release, chosen.as_query())
    st.page_link(
        addresses.MAP,
        label=_("Full map: more places, figures and ways to show them"),
        query_params=addresses.in_language({"release": str(release.number), **chosen.as_query()}),
    )


def write_map(release: ReleaseInfo) -> None:
    """Draw the map of the overview, with links to the full map and to the page of one place."""
    with st.container(key="overview-map-part"):
        _explore(release)
        st.page_link(addresses.PLACE, label=_("Everything about one place"))


# ---- target and result


def bar(reached: int, target: int) -> Markup:
    """Draw what was reached, and a mark at the target; of borders, so that it prints as it is."""
    most = max(reached, target)
    return render("overview/bar.html.j2", width=100 * reached / most, mark=100 * target / most)


def comparison(target: Target, figure: Figure, release: ReleaseInfo) -> Markup:
    """Return one target beside what the release shows was reached."""
    language = wording.language()
    found: dict[str, object] = {"amount": "", "missing": figure_text.missing_reasons(figure)}
    if figure.value is not None:
        percent = number(round(100 * figure.value / target.target))
        found = {
            "amount": number(figure.value),
            "unit": labels.indicator_unit(target.indicator),
            "period": figure_text.period_text(Headline("", target.indicator), figure),
            "bar": bar(figure.value, target.target),
            "share": _("{percent} % of the target").format(percent=percent),
            "missing": [],
        }
    elif not found["missing"]:
        found["missing"] = [_("This release has no figure on this.")]
    return render(
        "overview/comparison.html.j2",
        name=target.name[language],
        shown=figure.shown,
        nothing=_("not shown"),
        reached_label=_("Result in Sima"),
        says=_("The source of the target says:"),
        target_label=_("Target"),
        target=number(target.target),
        counted=target.counted[language],
        caveat=target.caveat[language],
        wording=target.wording,
        source=_(
            "Source of the target: {source}. Source of the result: Sima, release {number}."
        ).format(source=target.source, number=wording.in_digits(str(release.number))),
        **found,
    )


def write_targets(release: ReleaseInfo) -> None:
    """Write each target beside what was reached, with a link to where it was published."""
    for target in headline_figures.targets():
        reached = headline_figures.reached_of_target(release, target)
        write(comparison(target, reached, release), "target")
        label = ledger_text.target_link_label(target.ledger_number)
        _link_to_claim(release, target.ledger_number, label)
