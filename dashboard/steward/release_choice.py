"""Offers of what would make a refused release pass, and what somebody chose of them."""

from collections.abc import Collection, Mapping, Sequence

import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.steward.release_preview import place_name, write_table
from data.model import SimaError
from data.pipeline import Sima
from data.release_making.build import Preview
from data.release_making.release_choice import NO_CHOICE, Choice, Offer
from data.release_making.withdrawal import NamedFigure

_MOST_LISTED = 50
Figure = tuple[str, str, str]


def offer_choices(sima: Sima, preview: Preview, number: int, account: str) -> bool:
    """Write each offer with what it costs, and return whether one was chosen."""
    for n, offer in enumerate(preview.offers, start=1):
        st.markdown(f"**{_title(offer)}**")
        st.markdown(" ".join(_costs(offer)))
        _write_choice(sima, offer.choice)
        if st.button(_("Choose this"), key=f"offer-{number}-{n}"):
            return _choose(sima, number, offer.choice, account)
    return False


def offer_to_take_back(sima: Sima, preview: Preview, number: int, account: str) -> bool:
    """Write what was chosen for a release and by whom; return whether it was taken back."""
    if not preview.choice:
        return False
    said = _("{account} chose that in this release the following waits or is hidden:")
    st.markdown(said.format(account=sima.holdings.choices.chosen_by(number)))
    _write_choice(sima, preview.choice)
    if st.button(_("Take the choice back"), key=f"no-choice-{number}"):
        return _choose(sima, number, NO_CHOICE, account)
    return False


def _choose(sima: Sima, number: int, choice: Choice, account: str) -> bool:
    try:
        sima.adjust(number, by=account, wait=_named(choice.wait), hide=_named(choice.hide))
    except SimaError as wrong:
        st.error(str(wrong))
        return False
    return True


def _named(figures: Collection[Figure]) -> list[NamedFigure]:
    return [NamedFigure(figure, ", ".join(figure)) for figure in sorted(figures)]


def _title(offer: Offer) -> str:
    if offer.choice.wait and offer.choice.hide:
        return _("The release passes if some reports wait and more figures are hidden.")
    if offer.choice.wait:
        return _("The release passes if some reports wait.")
    return _("The release passes if more figures are hidden.")


def _costs(offer: Offer) -> Sequence[str]:
    """Return what an offer costs, in sentences."""
    said = []
    if offer.corrections:
        text = wording.ngettext(
            "{count} of {all} corrections waits: readers see the figure as it was released last.",
            "{count} of {all} corrections wait: readers see the figures as they were released"
            " last.",
            offer.corrections,
        )
        said.append(
            text.format(
                count=wording.number(offer.corrections), all=wording.number(offer.of_corrections)
            )
        )
        if offer.corrections == offer.of_corrections:
            said.append(_("So the figures of the year stay as they are."))
    if offer.new_figures:
        text = wording.ngettext(
            "{count} new figure is not released yet.",
            "{count} new figures are not released yet.",
            offer.new_figures,
        )
        said.append(text.format(count=wording.number(offer.new_figures)))
    text = wording.ngettext(
        "{count} more figure is hidden.", "{count} more figures are hidden.", offer.hidden
    )
    return [*said, text.format(count=wording.number(offer.hidden))]


def _write_choice(sima: Sima, choice: Choice) -> None:
    head = [_("Place"), _("What"), _("When")]
    for figures, label in (
        (choice.wait, _("Reports that wait")),
        (choice.hide, _("Figures that are hidden")),
    ):
        if not figures:
            continue
        sites = sima.holdings.sites()
        booths = dict(zip(sites.index, sites[f"name_{wording.language()}"], strict=True))
        rows = [_in_words(figure, booths) for figure in sorted(figures)[:_MOST_LISTED]]
        st.caption(label)
        write_table(head, rows, label=label)
        if len(figures) > _MOST_LISTED:
            more = wording.number(len(figures) - _MOST_LISTED)
            st.caption(_("… and {more} more like this.").format(more=more))


def _in_words(figure: Figure, booths: Mapping[str, str]) -> Sequence[str]:
    """Return place, indicator and period in words; ``booths`` are their names by code."""
    indicator, place, period = figure
    name = booths.get(place) or place_name(place)
    return [name, labels.indicator_name(indicator), wording.period_label(period)]
