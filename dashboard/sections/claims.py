"""What the page of published figures says, as markup with its texts escaped."""

import html
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _, number
from dashboard.page.markup import paragraph
from dashboard.released import cache, figure_text
from dashboard.released.headline_figures import Figure, Headline
from dashboard.released.ledger_text import (
    claim_in_short,
    claim_source,
    claimed_amount,
    ledger_by_number,
)
from dashboard.static_assets import ASSETS
from data.model import UNBOUNDED, Aggregation, ReleaseInfo
from data.publications import ledger, ledger_check
from data.publications.ledger import PublishedFigure, Qualifier
from data.publications.ledger_check import Check, Reason, State
from data.reference import calendar
from data.reference.indicators import load_indicators
from data.reference.policy import parse_policy

STYLE = ASSETS / "claims.css"
# Which published figure stands behind a headline of the overview, by the headline's key.
OF_HEADLINES = {
    "informed": "F1",
    "informed-u18": "F2",
    "children": "F10",
    "members": "F6",
}
# A sign beside the word: a state is never told by colour alone.
SIGNS = {
    State.AS_PUBLISHED: "=",
    State.AGREES: "≈",
    State.DIFFERS: "≠",
    State.NOT_CHECKABLE: "?",
}


def checks(release: ReleaseInfo | None) -> Mapping[str, Check]:
    """Say what a release tells of every published figure; of none where there is no release."""
    if release is None:
        return {
            n: ledger_check.check_figure(c, None, classes={}) for n, c in ledger_by_number().items()
        }
    return cache.remembered(release, ("claims",), lambda: dict(_checks(release)))


def _checks(release: ReleaseInfo) -> Iterable[tuple[str, Any]]:
    store = cache.reader(release)
    policy = parse_policy(store.policy_text(release.number))
    classes = policy.class_bounds(release.audience)
    for number_, claim in ledger_by_number().items():
        asked = claim.comparison
        cells = store.cells(release.number, indicator=asked.indicator) if asked else None
        yield number_, ledger_check.check_figure(claim, cells, classes=classes)


# ---- words


def topic_name(topic: str) -> str:
    """Name what a group of figures is about."""
    return {
        "booths": _("Booths at the border"),
        "groups": _("Parents' groups"),
        "committees": _("Local committees"),
        "training": _("Training of children"),
        "livelihood": _("Livelihoods"),
        "coordination": _("Working together"),
        "rescues": _("Rescues"),
        "organisation": _("The organisation"),
    }[topic]


def state_name(state: State) -> str:
    """Name a state."""
    return {
        State.AS_PUBLISHED: _("as published"),
        State.AGREES: _("agrees"),
        State.DIFFERS: _("does not agree"),
        State.NOT_CHECKABLE: _("cannot be checked"),
    }[state]


def state_meaning(state: State) -> str:
    """Say what a state means."""
    return {
        State.AS_PUBLISHED: _("The release shows exactly this number."),
        State.AGREES: _(
            "The source says “about” or “more than”, or the release shows a class. The release"
            " fits the published figure."
        ),
        State.DIFFERS: _("The release shows a number that cannot be the published figure."),
        State.NOT_CHECKABLE: _(
            "Part of it is hidden or missing in the release, or a release never contains such a"
            " figure. The published figure may still be right."
        ),
    }[state]


def qualifier_said(claim: PublishedFigure) -> str:
    """Say in words how exactly the source gives a figure."""
    return {
        Qualifier.EXACT: _("exact, as the source gives it"),
        Qualifier.ABOUT: _("about: the source rounded it to the nearest {count}").format(
            count=number(claim.round_to)
        ),
        Qualifier.OVER: _("more than: at least this number"),
        Qualifier.RANGE: _("a range, from the smallest to the largest"),
        Qualifier.WORDS: _("said in words, without a number"),
        Qualifier.WITHHELD: _("the number and the sentence are not repeated here"),
    }[claim.qualifier]


def link_label(number_: str) -> str:
    """Say where a link from elsewhere leads, short enough for a card on a phone."""
    claim = ledger_by_number()[number_]
    sign = {Qualifier.ABOUT: "≈ ", Qualifier.OVER: "> "}.get(claim.qualifier, "")
    return _("Published: {figure}").format(figure=f"{sign}{number(claim.figure or 0)}")


def _between(least: int, most: int) -> str:
    if least == most:
        return number(least)
    if most >= UNBOUNDED:
        return _("{count} or more").format(count=number(least))
    return _("{low} to {high}").format(low=number(least), high=number(most))


def released(claim: PublishedFigure, check: Check, release: ReleaseInfo) -> str:
    """Say what the release shows beside a figure; only where something was compared."""
    asked = claim.comparison
    if asked is None or check.least is None or check.most is None:
        return ""
    unit = labels.indicator_unit(asked.indicator)
    if asked.places:
        unit = _("palikas with more than zero: {what}").format(
            what=labels.indicator_name(asked.indicator)
        )
    when = figure_text.period_text(Headline("", asked.indicator), Figure(asked.periods))
    return _("Release {number} shows {amount} {unit}, {period}.").format(
        number=wording.in_digits(str(release.number)),
        amount=_between(check.least, check.most),
        unit=unit,
        period=when,
    )


def why(claim: PublishedFigure, check: Check, release: ReleaseInfo | None) -> list[str]:
    """Say why a state is what it is, with what the release shows."""
    match check.reason:
        case Reason.NO_COUNTERPART:
            return [claim.unchecked[wording.language()]]
        case Reason.ABSENT:
            return [_("This release has no figure on this.")]
        case Reason.STRADDLES:
            text = _(
                "The release has only periods of the other calendar: {periods}. The published"
                " period overlaps them only in part, so we do not compare."
            )
            return [text.format(periods=figure_text.period_list(check.crossing))]
        case Reason.NOT_SHOWN:
            missing = Figure(hidden=check.hidden, silent=check.silent)
            lines = figure_text.missing_reasons(missing)
            if check.absent:
                lines.append(
                    _("{periods}: not in the release.").format(
                        periods=figure_text.period_list(check.absent)
                    )
                )
            return [_("Part of the period is not shown, so we do not compare."), *lines]
    if release is None:
        return [_("There is no release to compare with.")]
    lines = [released(claim, check, release)]
    if check.reason is Reason.COARSE:
        lines.append(_("The release shows only classes, which are not exact enough to compare."))
    elif check.least != check.most:
        lines.append(_("The release shows classes, not exact numbers."))
    return lines


def across(claim: PublishedFigure) -> list[str]:
    """Say which Nepali quarters the time of a figure lies across."""
    asked = claim.comparison
    if asked is None or load_indicators()[asked.indicator].aggregation is Aggregation.STOCK:
        return []
    text = _(
        "{period} runs from {first} to {last}. It falls in two Nepali quarters, {quarters}, so we"
        " do not compare it with either."
    )
    asked_for = [calendar.parse_period(code) for code in asked.periods]
    return [
        text.format(
            period=wording.period_label(period.code),
            first=wording.day_label(period.start),
            last=wording.day_label(period.end),
            quarters=figure_text.period_list([each.code for each in quarters]),
        )
        for period in asked_for
        if (quarters := ledger_check.list_straddled_quarters(period))
    ]


# ---- one figure


def _links(numbers: Iterable[str]) -> str:
    listed = {n: html.escape(claim_in_short(ledger_by_number()[n])) for n in numbers}
    return ", ".join(
        f'<a href="#claim-{n}" target="_self">{n}</a> ({text})' for n, text in listed.items()
    )


def relations(claim: PublishedFigure) -> str:
    """Say with which other figures this one shares people, as markup with links to them."""
    texts = (
        (claim.subset_of, _("Part of {claims}, and counted there already.")),
        (ledger.list_parts(ledger_by_number(), claim.number), _("Contains {claims}.")),
        (
            claim.overlaps_with,
            _("May count the same people as {claims}. Do not add them up."),
        ),
    )
    lines = [html.escape(text).format(claims=_links(numbers)) for numbers, text in texts if numbers]
    return "".join(f"<p>{line}</p>" for line in lines) or paragraph(_("none known"))


def _alone(number_: str) -> str:
    """Give the address, from this page, that opens it with one figure first.

    A fragment alone would not do: the page is drawn after the browser has looked for it.
    """
    more = "" if wording.language() == "en" else f"&amp;lang={wording.language()}"
    return f"?claim={number_}{more}#claim-{number_}"


def badge(state: State) -> str:
    """Write a state as a sign and a word."""
    return (
        f'<span class="badge {state}"><i aria-hidden="true">{SIGNS[state]}</i>'
        f"{html.escape(state_name(state))}</span>"
    )


def address(number_: str, release: ReleaseInfo | None) -> str:
    """Give the address of one figure, empty where the page does not know its own."""
    here = st.context.url
    if not here:
        return ""
    place = urlsplit(here)
    root = place.path.rpartition("/")[0]
    asked = f"&release={release.number}" if release else ""
    return f"{place.scheme}://{place.netloc}{root}/claims?claim={number_}{asked}#claim-{number_}"


def citation(claim: PublishedFigure, check: Check, release: ReleaseInfo | None) -> str:
    """Write what to cite: the source and its sentence as they are, the state, the address."""
    quoted = " ".join(f"“{sentence}”" for sentence in claim.wording)
    source = f"{claim_source(claim)}: {quoted}" if quoted else f"{claim_source(claim)}."
    text = _("Sima, published figure {number}.").format(number=claim.number)
    if release is not None:
        text = _(
            "Sima, published figure {number}: {state}, public release {release}, {day}."
        ).format(
            number=claim.number,
            state=state_name(check.state),
            release=wording.in_digits(str(release.number)),
            day=wording.day_label(date.fromisoformat(release.created[:10])),
        )
        if release.synthetic:
            text = (
                f"{text} {_('Synthetic demonstration data, not about any real place or person.')}"
            )
    rest = html.escape(f"{text} {address(claim.number, release)}".strip())
    return f'<p class="cite" tabindex="0"><span lang="en">{html.escape(source)}</span> {rest}</p>'


def article(claim: PublishedFigure, check: Check, release: ReleaseInfo | None) -> str:
    """Write everything about one published figure."""
    language = wording.language()
    counted = html.escape(claim.counted.get(language, ""))
    name = (
        f'<h3><a class="number" href="{_alone(claim.number)}" target="_self">{claim.number}</a>'
        f'<span><b class="figure">{html.escape(claimed_amount(claim))}</b> {counted}</span></h3>'
    )
    quotes = "".join(
        f'<blockquote lang="en">{html.escape(sentence)}</blockquote>' for sentence in claim.wording
    )
    lines = "".join(paragraph(line) for line in why(claim, check, release))
    facts = (
        (_("How exact"), paragraph(qualifier_said(claim))),
        (_("Period"), "".join(map(paragraph, (claim.period[language], *across(claim))))),
        (_("Place"), paragraph(claim.place[language])),
        (_("What it counts"), paragraph(claim.definition[language])),
        (_("Related figures"), relations(claim)),
        (_("Source"), f'<p lang="en">{html.escape(claim_source(claim))}</p>'),
    )
    listed = "".join(
        f"<div><dt>{html.escape(what)}</dt><dd>{value}</dd></div>" for what, value in facts
    )
    hint = paragraph(_("To cite: tap to select the text, then copy it."), "hint")
    return (
        f'<article id="claim-{claim.number}" class="{check.state}">{name}{quotes}'
        f'<div class="state">{badge(check.state)}<div>{lines}</div></div><dl>{listed}</dl>'
        f"<details><summary>{html.escape(_('To cite this figure'))}</summary>{hint}"
        f"{citation(claim, check, release)}</details></article>"
    )


# ---- the page


def summary(found: Mapping[str, Check]) -> str:
    """Say how many figures are in which state."""
    counted = Counter(check.state for check in found.values())
    parts = "".join(
        f"<li>{badge(state)} <b>{number(counted[state])}</b></li>"
        for state in State
        if counted[state]
    )
    return f'<ul class="counts">{parts}</ul>'


def index(found: Mapping[str, Check]) -> str:
    """List all figures with their states, each leading to what is said about it."""
    rows = "".join(
        f'<tr><th scope="row"><a href="#claim-{claim.number}" target="_self">{claim.number}</a> '
        f"{html.escape(claim_in_short(claim))}</th><td>{badge(found[claim.number].state)}</td></tr>"
        for claim in in_order()
    )
    heads = "".join(
        f'<th scope="col">{html.escape(head)}</th>' for head in (_("Published figure"), _("Status"))
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def in_order() -> list[PublishedFigure]:
    """Give all figures by topic, in the ledger's order within each."""
    return sorted(ledger_by_number().values(), key=lambda claim: ledger.TOPICS.index(claim.topic))


def by_topic() -> dict[str, list[PublishedFigure]]:
    """Give the figures of each topic."""
    found: dict[str, list[PublishedFigure]] = {}
    for claim in in_order():
        found.setdefault(claim.topic, []).append(claim)
    return found


def meanings() -> str:
    """Say what each state means."""
    parts = "".join(
        f"<div><dt>{badge(state)}</dt><dd>{html.escape(state_meaning(state))}</dd></div>"
        for state in State
    )
    return f'<dl class="meanings">{parts}</dl>'
