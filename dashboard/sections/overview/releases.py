"""The files of a release, what to cite, and the history of releases."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import wording
from dashboard.i18n.wording import _, number
from dashboard.page import addresses
from dashboard.page.markup import render
from dashboard.released import figure_text, headline_figures
from dashboard.sections.overview.figures import citation, write
from data.model import ReleaseInfo

_MEGABYTE_FROM = 995_000  # bytes: less is given in KB
_NAMED_PERIODS = 4  # more of them are not read


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
        return _(
            "First release. Figures: {cells}. Periods (quarters, years and others): {periods}"
        ).format(cells=number(step.cells), periods=number(len(step.periods)))
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
        meaning=_(
            "A release is a numbered set of figures. It is checked as a whole before it is"
            " published, and does not change afterwards."
        ),
        heads=(_("Release"), _("Made on"), _("Status"), _("What is new")),
        rows=rows,
        earlier=_("Earlier releases: {count}.").format(count=number(more)) if more > 0 else "",
    )


def write_releases(released: Sequence[ReleaseInfo], seen: ReleaseInfo | None) -> None:
    """Write the history of releases; ``seen`` is the one that the page shows."""
    write(releases(released, seen))


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
    write(
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
