"""What the overview says: headline figures, targets, how it works together, files, releases."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from urllib.parse import quote

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
_MEGABYTE_FROM = 995_000  # bytes: less is given in KB
_NAMED_PERIODS = 4  # more of them are not read
_write = partial(layout.write_markup, "sima-overview")


def _write_paragraphs(*texts: str, kind: str = "") -> None:
    _write(render("page/paragraphs.html.j2", texts=texts, kind=""), kind)


def write_lead() -> None:
    """Write the answer that the page opens with."""
    _write_paragraphs(
        _(
            "Along Nepal's open border, communities inform travellers, meet, train and plan. Here"
            " is what they did, in numbers that cannot identify anyone."
        ),
        kind="lead",
    )


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
        text += " " + _("Synthetic demonstration data, not about any real place or person.")
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
            "Palikas whose committee held at least one meeting with minutes, of {count} that"
            " reported."
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
        source=_("Source: release {number}").format(number=wording.in_digits(str(release.number))),
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


def _link_to_claim(release: ReleaseInfo, claim: str | None) -> None:
    """Write the link to the sentence in which a figure was published, where there is one."""
    if claim is None:
        return
    query = addresses.in_language({"claim": claim, "release": str(release.number)})
    label = ledger_text.claim_link_label(claim)
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
        for headline in headline_figures.HEADLINES:
            figure = figures[headline.key]
            with st.container(key=f"overview-card-{headline.key}"):
                _write(card(headline, figure, release), "card")
                if figure.shown or figure_text.missing_reasons(figure):
                    _link_to_map(release, headline, figure)
                _link_to_claim(release, CLAIMS_OF_HEADLINES.get(headline.key))


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
        reached_label=_("Reached in this release"),
        target_label=_("Target"),
        target=number(target.target),
        counted=target.counted[language],
        caveat=target.caveat[language],
        wording=target.wording,
        source=_("Target: {source}. Reached: Sima, release {number}.").format(
            source=target.source, number=wording.in_digits(str(release.number))
        ),
        **found,
    )


def write_targets(release: ReleaseInfo) -> None:
    """Write each target beside what was reached, with a link to where it was published."""
    for target in headline_figures.targets():
        reached = headline_figures.reached_of_target(release, target)
        _write(comparison(target, reached, release), "target")
        _link_to_claim(release, target.ledger_number)


# ---- how it works together


def _figure_line(headline: Headline, figure: Figure) -> tuple[str, str]:
    """Format a headline's figure for a line of the story: its amount, and the rest of the line."""
    if not figure.shown:
        return "", _("{what}: not shown in this release").format(what=title(headline))
    period = figure_text.period_text(headline, figure)
    return amount(figure), f"{unit(headline)} · {title(headline)}, {period}"


def picture_address(name: str) -> str:
    """Return a drawing of ours as an address that holds it."""
    return f"data:image/svg+xml,{quote(render('overview/picture.svg.j2', name=name))}"


def story(figures: Mapping[str, Figure]) -> Markup:
    """Return in three steps how a booth, a parents' group and a committee work together."""
    by_key = {headline.key: headline for headline in headline_figures.HEADLINES}
    steps = (
        (
            "booth",
            _("The booth: a place to ask"),
            _(
                "Travellers stop at a booth before they cross the border. Staff talk with them"
                " about the route, the work and the papers, and give them a number to call. The"
                " booths pass on to the palikas what travellers ask most often."
            ),
            ("informed",),
        ),
        (
            "group",
            _("The parents' group: informed neighbours"),
            _(
                "In the wards, parents and caregivers meet in groups. They bring what the booths"
                " learn to families, and talk about safe ways to travel, study and work before"
                " anyone leaves home."
            ),
            ("groups", "members"),
        ),
        (
            "committee",
            _("The committee: a plan and a budget"),
            _(
                "The groups take their questions to the palika's committee. The committee meets,"
                " plans, and asks for money in the palika's own budget, so that booths, groups and"
                " schools can continue when a project ends."
            ),
            ("committees",),
        ),
    )
    drawn = [
        {
            "picture": picture_address(picture),
            "name": name,
            "text": text,
            "figures": [_figure_line(by_key[key], figures[key]) for key in keys],
        }
        for picture, name, text, keys in steps
    ]
    return render("overview/story.html.j2", steps=drawn)


def write_story(figures: Mapping[str, Figure]) -> None:
    """Write how a booth, a parents' group and a committee work together."""
    _write(story(figures), "story")


def write_safety() -> None:
    """Write in two sentences how people stay safe, with a link to the page about it."""
    no_names = _("We store no names, ages or stories, and we hide small numbers.")
    checked = _(
        "Before every release a computer tries to work out what is hidden, and two people must"
        " agree."
    )
    _write_paragraphs(f"{no_names} {checked}")
    with st.container(key="overview-safe"):
        st.page_link(addresses.SAFETY, label=_("How we do this, step by step"))


# ---- files and releases


def size(count: int) -> str:
    """Format about how large a file is."""
    if count < _MEGABYTE_FROM:
        return _("about {count} KB").format(count=number(max(1, round(count / 10_000)) * 10))
    whole, part = divmod(round(count / 10**5), 10)
    return _("about {count} MB").format(count=wording.in_digits(f"{whole}.{part}"))


def state(step: headline_figures.Step, seen: ReleaseInfo | None) -> str:
    """Return what became of a release."""
    names = {
        "current": _("current"),
        "superseded": _("replaced by a newer one"),
        "withdrawn": _("withdrawn"),
    }
    name = names[step.release.state]
    return _("{state} (shown here)").format(state=name) if step.release == seen else name


def changes(step: headline_figures.Step) -> str:
    """Return what a release has beyond the one before."""
    if step.cells is None:
        return _("Its figures are no longer shown.")
    if step.first:
        return _("First release. Figures: {cells}; periods: {periods}").format(
            cells=number(step.cells), periods=number(len(step.periods))
        )
    more = number(abs(step.cells))
    text = _("Figures: {change}; new periods: {periods}").format(
        change=f"+{more}" if step.cells >= 0 else f"−{more}", periods=number(len(step.periods))
    )
    named = 0 < len(step.periods) <= _NAMED_PERIODS
    return f"{text} ({figure_text.period_list(step.periods)})" if named else text


def releases(released: Sequence[ReleaseInfo], seen: ReleaseInfo | None) -> Markup:
    """Return the history of releases, newest first, as a table."""
    rows = []
    for step in headline_figures.release_history(released):
        info = step.release
        withdrawn = info.state == "withdrawn"
        day = wording.day_label(date.fromisoformat(info.created[:10]))
        rows.append(
            {
                "state": info.state,
                "name": f"{_('Release')} {wording.in_digits(str(info.number))}",
                "address": "" if withdrawn else addresses.link(release=str(info.number)),
                "texts": (day, state(step, seen), changes(step)),
            }
        )
    more = len(released) - headline_figures.NEWEST
    return render(
        "overview/releases.html.j2",
        heads=(_("Release"), _("Made on"), _("Status"), _("What is new")),
        rows=rows,
        earlier=_("Earlier releases: {count}.").format(count=number(more)) if more > 0 else "",
    )


def write_releases(released: Sequence[ReleaseInfo], seen: ReleaseInfo | None) -> None:
    """Write the history of releases; ``seen`` is the one that the page shows."""
    _write(releases(released, seen))


def write_downloads(release: ReleaseInfo) -> None:
    """Offer the release's files, which are made when somebody asks for them, and what to cite."""
    packed, plain = headline_figures.estimated_sizes(release)
    stem = headline_figures.file_stem(release)
    with st.container(horizontal=True, key="overview-files"):
        st.download_button(
            _("Everything in one ZIP file ({size})").format(size=size(packed)),
            partial(headline_figures.release_archive, release),
            file_name=f"{stem}.zip",
            mime="application/zip",
            on_click="ignore",
            type="primary",
        )
        st.download_button(
            _("Only the figures, cells.csv ({size})").format(size=size(plain)),
            partial(headline_figures.cells_file, release),
            file_name=f"{stem}-cells.csv",
            mime="text/csv",
            on_click="ignore",
        )
    _write(
        render(
            "overview/cite_release.html.j2",
            contents=_(
                "The ZIP file contains the figures, what each one counts, the places, the release"
                " policy, how to read the figures, and information about the licence."
            ),
            heading=_("To cite this release"),
            citation=citation(release, _("Community work against human trafficking in Nepal")),
        )
    )
