"""The overview: what communities do together, for a reader who never heard of a ward."""

import html
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import controls, layout
from dashboard.page.markup import paragraph
from dashboard.released import cache, figure_text, headline_figures
from dashboard.released.headline_figures import Figure, Headline
from dashboard.sections import claims, overview
from data.model import Audience, ReleaseInfo

MAP, SAFETY, CLAIMS, PLACE = (
    Path(__file__).with_name(name) for name in ("map.py", "safety.py", "claims.py", "place.py")
)

write = partial(layout.write_markup, "sima-overview")


def to_map(release: ReleaseInfo, headline: Headline, figure: Figure) -> None:
    """Lead to the map of a headline's newest figure."""
    query = {"indicator": headline.indicator, "release": str(release.number)}
    if figure.periods:
        query["period"] = figure.periods[-1]
    if headline.whom:
        query["whom"] = headline.whom
    if wording.language() != "en":
        query["lang"] = wording.language()
    st.page_link(MAP, label=_("See it on the map"), query_params=query)


def to_claim(release: ReleaseInfo, number: str | None) -> None:
    """Lead to the sentence in which a figure was published, where there is one."""
    if number is None:
        return
    query = {"claim": number, "release": str(release.number)}
    if wording.language() != "en":
        query["lang"] = wording.language()
    st.page_link(CLAIMS, label=claims.link_label(number), query_params=query)


def cards(release: ReleaseInfo, figures: Mapping[str, Figure]) -> None:
    """Draw the headline figures, each leading to its map."""
    with st.container(key="overview-cards"):
        for headline in headline_figures.HEADLINES:
            figure = figures[headline.key]
            with st.container(key=f"overview-card-{headline.key}"):
                write(overview.card(headline, figure, release), "card")
                if figure.shown or figure_text.missing_reasons(figure):
                    to_map(release, headline, figure)
                to_claim(release, claims.OF_HEADLINES.get(headline.key))


@controls.fragment
def explore(release: ReleaseInfo) -> None:
    """Show a small map by district or palika; a change runs this alone."""
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
    query = {"release": str(release.number), **chosen.as_query()}
    if wording.language() != "en":
        query["lang"] = wording.language()
    st.page_link(
        MAP, label=_("Full map: more places, figures and ways to show them"), query_params=query
    )


def downloads(release: ReleaseInfo) -> None:
    """Offer the release's files; they are made when somebody asks for them."""
    packed, plain = headline_figures.sizes(release)
    stem = headline_figures.stem(release)
    with st.container(horizontal=True, key="overview-files"):
        st.download_button(
            _("Everything in one ZIP file ({size})").format(size=overview.size(packed)),
            partial(headline_figures.archive, release),
            file_name=f"{stem}.zip",
            mime="application/zip",
            on_click="ignore",
            type="primary",
        )
        st.download_button(
            _("Only the figures, cells.csv ({size})").format(size=overview.size(plain)),
            partial(headline_figures.figures_file, release),
            file_name=f"{stem}-cells.csv",
            mime="text/csv",
            on_click="ignore",
        )
    write(
        paragraph(
            _(
                "The ZIP file contains the figures, what each one counts, the places, the release policy, how to read the figures, and information about the licence."
            )
        )
        + f"<h3>{html.escape(_('To cite this release'))}</h3>"
        + overview.copied(
            overview.cite(release, _("Community work against human trafficking in Nepal"))
        )
    )


# ---- the page


st.title(_("Working together against human trafficking"), anchor=False)
write(
    paragraph(
        _(
            "Along Nepal's open border, communities inform travellers, meet, train and plan. Here is what they did, in numbers that cannot identify anyone."
        )
    ),
    "lead",
)
released = cache.releases(Audience.PUBLIC)
release = cache.asked(Audience.PUBLIC, st.query_params.get("release"))
if release is None:
    layout.write_no_release()
    if released:
        st.header(_("The releases so far"), anchor=False)
        write(overview.releases(released, None))
    st.stop()
layout.write_older_notice(release)
figures = headline_figures.headlines(release)

st.header(_("At a glance"), anchor=False)
if not any(figure.shown for figure in figures.values()):
    st.info(
        _(
            "This release shows no figure for the whole country. The map may have figures for single places."
        )
    )
cards(release, figures)

st.header(_("Where the work happens"), anchor=False)
with st.container(key="overview-map-part"):
    explore(release)
    st.page_link(PLACE, label=_("Everything about one place"))

st.header(_("Target and result"), anchor=False)
for target in headline_figures.targets():
    reached = headline_figures.reached(release, target)
    write(overview.comparison(target, reached, release), "target")
    to_claim(release, target.claim)

st.header(_("How a booth, a parents' group and a committee work together"), anchor=False)
write(overview.story(figures), "story")

st.header(_("How people stay safe"), anchor=False)
write(
    paragraph(
        _("We store no names, ages or stories, and we hide small numbers.")
        + " "
        + _("Before every release a computer tries to work out what is hidden, and two people must agree.")
    )
)  # fmt: skip
with st.container(key="overview-safe"):
    st.page_link(SAFETY, label=_("How we do this, step by step"))

st.header(_("Download the figures"), anchor=False)
downloads(release)

st.header(_("The releases so far"), anchor=False)
write(overview.releases(released, release))
