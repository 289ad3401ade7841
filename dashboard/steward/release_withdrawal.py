"""Withdraw a release, and name the figures of it that no later release may show again."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.steward import release_preview
from dashboard.steward.release_decisions import ask_reason, finish
from data.model import Audience, ReleaseInfo, SimaError, Status
from data.pipeline import Sima
from data.reference import calendar
from data.reference.scope import EVERYTHING
from data.release_making.withdrawal import SHOWS_TOO_MUCH, NamedFigure

_REASONS = (SHOWS_TOO_MUCH, "figures_wrong")
_MOST_LISTED = 50
Figure = tuple[str, str, str]


def offer_withdrawal(sima: Sima, viewer: Viewer) -> None:
    """Show which release each audience sees, and offer to withdraw it."""
    for audience, name in labels.audience_names().items():
        listed = cache.list_releases(audience, EVERYTHING)
        release = next((each for each in listed if each.state == "current"), None)
        if release is None:
            text = _("No release is shown to the {audience} at the moment.")
            st.markdown(text.format(audience=name))
            continue
        text = _("Release {number} is shown to the {audience}.").format(
            number=wording.in_digits(str(release.number)), audience=name
        )
        with st.popover(text + " " + _("Withdraw …")):
            _offer(sima, viewer, audience, release)


def _offer(sima: Sima, viewer: Viewer, audience: Audience, release: ReleaseInfo) -> None:
    st.markdown(_("Readers will see the previous release, or a notice if there is none."))
    # By the release, so that a second tap does not withdraw the one that is served then.
    this = f"{audience}-{release.number}"
    reason = ask_reason(f"w-{this}", _REASONS)
    named = _ask_figures(this, release) if reason == SHOWS_TOO_MUCH else []
    if st.button(_("Withdraw now"), key=f"withdraw-{this}", disabled=not reason):
        hide = [NamedFigure(figure, _named(figure)) for figure in named]
        try:
            sima.withdraw(audience, release.number, by=viewer.account, why=reason, hide=hide)
        except SimaError as wrong:
            st.error(str(wrong))
        else:
            st.session_state.pop(f"hide-{this}", None)
            finish(_("Withdrawn."))


def _ask_figures(this: str, release: ReleaseInfo) -> list[Figure]:
    """Ask which figures must not be shown again, and return those on the list."""
    kept: list[Figure] = st.session_state.setdefault(f"hide-{this}", [])
    st.markdown(
        _(
            "The next release shows the same figures again. Name those that must stay hidden. If a"
            " hidden figure is the total of others, name these others, too: who adds them up would"
            " find it."
        )
    )
    found = _choose(this, release)
    if st.button(_("Add to the list"), key=f"add-{this}", disabled=not found):
        kept += [each for each in found if each not in kept]
    if not kept:
        st.caption(_("No figure is named."))
        return kept
    rows = [_in_words(figure) for figure in kept[:_MOST_LISTED]]
    head = [_("Place"), _("What"), _("When")]
    release_preview.write_table(head, rows, label=_("Figures that stay hidden"))
    if len(kept) > _MOST_LISTED:
        more = wording.number(len(kept) - _MOST_LISTED)
        st.caption(_("… and {more} more like this.").format(more=more))
    if st.button(_("Empty the list"), key=f"empty-{this}"):
        st.session_state[f"hide-{this}"] = []
        st.rerun()
    return kept


def _choose(this: str, release: ReleaseInfo) -> list[Figure]:
    """Offer what the release shows, and return the figures that are chosen."""
    key = f"{this}-{wording.language()}"
    indicator = st.selectbox(
        _("What"),
        list(dict.fromkeys(cache.catalogue(release)["indicator"])),
        index=None,
        format_func=labels.indicator_name,
        placeholder=_("Choose"),
        key=f"hide-what-{key}",
    )
    if indicator is None:
        return []
    shown = _shown(release, indicator)
    if shown.empty:
        st.caption(_("The release shows no figure of this."))
        return []
    periods = st.multiselect(
        _("When"),
        sorted(shown["period"].unique(), key=lambda code: calendar.parse_period(code).start),
        format_func=wording.period_label,
        placeholder=_("Choose"),
        key=f"hide-when-{indicator}-{key}",
    )
    there = shown[shown["period"].isin(periods)]
    places = st.multiselect(
        _("Place"),
        list(dict.fromkeys(there["unit_code"])),
        format_func=release_preview.place_name,
        placeholder=_("Choose"),
        key=f"hide-where-{indicator}-{key}",
    )
    chosen = there[there["unit_code"].isin(places)]
    pairs = zip(chosen["unit_code"], chosen["period"], strict=True)
    return [(indicator, unit, period) for unit, period in dict.fromkeys(pairs)]


def _shown(release: ReleaseInfo, indicator: str) -> pd.DataFrame:
    cells = cache.cells(release, indicator=indicator)
    return cells[cells["status"].eq(Status.PUBLISHED.value)]


def _in_words(figure: Figure) -> Sequence[str]:
    indicator, unit, period = figure
    place, what = release_preview.place_name(unit), labels.indicator_name(indicator)
    return [place, what, wording.period_label(period)]


def _named(figure: Figure) -> str:
    return ", ".join(_in_words(figure))
