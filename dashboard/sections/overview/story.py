"""What the work is, how it fits together, and how people stay safe."""

from collections.abc import Mapping
from urllib.parse import quote

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.page import addresses
from dashboard.page.markup import render
from dashboard.released import figure_text, headline_figures
from dashboard.released.headline_figures import Figure, Headline
from dashboard.sections.overview.figures import amount, title, unit, write
from data.reference.project import load_project


def _write_paragraphs(*texts: str, kind: str = "") -> None:
    write(render("page/paragraphs.html.j2", texts=texts, kind=""), kind)


def write_lead() -> None:
    """Write the title and first sentence of the page, in the project's own words if it has any."""
    own, language = load_project().words, wording.language()
    heading = _("Working together against human trafficking")
    lead = _(
        "Along Nepal's open border, communities inform travellers, hold meetings, train people"
        " and make plans. Here is what they did, in numbers that cannot identify anyone."
    )
    st.title(own["title"][language] if "title" in own else heading, anchor=False)
    _write_paragraphs(own["lead"][language] if "lead" in own else lead, kind="lead")


def _figure_line(headline: Headline, figure: Figure) -> tuple[str, str]:
    """Format a headline's figure for a line of the story: its amount, and the rest of the line."""
    if not figure.shown:
        return "", _("{what}: not shown in this release").format(what=title(headline))
    period = figure_text.period_text(headline, figure)
    return amount(figure), f"{unit(headline)} · {title(headline)}, {period}"


def picture_address(name: str) -> str:
    """Return a drawing of ours as an address that holds it."""
    return f"data:image/svg+xml,{quote(render('overview/picture.svg.j2', name=name))}"


def is_told(figures: Mapping[str, Figure]) -> bool:
    """Return whether the project counts everything that the story tells about."""
    return {"informed", "groups", "members", "committees"} <= set(figures)


def story(figures: Mapping[str, Figure]) -> Markup:
    """Return in three steps how a booth, a parents' group and a committee work together.

    Parameters
    ----------
    figures
        The figures of all `HEADLINES` by key, see `is_told`.
    """
    by_key = {headline.key: headline for headline in headline_figures.HEADLINES}
    steps = (
        (
            "booth",
            _("The booth: a place to ask"),
            _(
                "Travellers stop at a booth before they cross the border. Staff talk with them"
                " about the route, the work and the papers, and give them a number to call. The"
                " booths tell the palikas which questions travellers ask most often."
            ),
            ("informed",),
        ),
        (
            "group",
            _("The parents' group: informed neighbours"),
            _(
                "In the wards, parents and caregivers meet in groups. They tell families what the"
                " booths have learned, and talk about safe ways to travel, study and work before"
                " anyone leaves home."
            ),
            ("groups", "members"),
        ),
        (
            "committee",
            _("The committee: a plan and a budget"),
            _(
                "The groups take their questions to the palika's committee. The committee meets,"
                " plans, and asks for money in the palika's own budget, so that the work of booths,"
                " groups and schools can go on after a project ends."
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
    write(story(figures), "story")


def write_safety() -> None:
    """Write in two sentences how people stay safe, with a link to the page about it."""
    no_names = _("We store no names, exact ages or stories, and we hide small numbers.")
    checked = _(
        "Before we publish figures, a computer tests whether anybody could work out the hidden"
        " numbers from the others. One member of the team proposes to publish them, and a second"
        " one must agree."
    )
    _write_paragraphs(f"{no_names} {checked}")
    with st.container(key="overview-safe"):
        st.page_link(addresses.SAFETY, label=_("How we do this, step by step"))
