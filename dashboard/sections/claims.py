"""What the page of published figures says: each sentence, its source, and what a release shows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _, number
from dashboard.page import addresses, layout
from dashboard.page.markup import render
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
# A sign beside the word: a state is never shown by colour alone.
SIGNS = {
    State.AS_PUBLISHED: "=",
    State.AGREES: "≈",
    State.DIFFERS: "≠",
    State.NOT_CHECKABLE: "?",
}
_write = partial(layout.write_markup, "sima-claims")


def checks(release: ReleaseInfo | None) -> Mapping[str, Check]:
    """Return what a release shows of every published figure; nothing where there is no release."""
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
    """Return what a group of figures is about."""
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
    """Return the name of a state."""
    return {
        State.AS_PUBLISHED: _("as published"),
        State.AGREES: _("agrees"),
        State.DIFFERS: _("does not agree"),
        State.NOT_CHECKABLE: _("cannot be checked"),
    }[state]


def state_meaning(state: State) -> str:
    """Return what a state means."""
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
    """Return in words how exactly the source gives a figure."""
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


def _between(least: int, most: int) -> str:
    if least == most:
        return number(least)
    if most >= UNBOUNDED:
        return _("{count} or more").format(count=number(least))
    return _("{low} to {high}").format(low=number(least), high=number(most))


def released(claim: PublishedFigure, check: Check, release: ReleaseInfo) -> str:
    """Return what the release shows beside a figure; empty if nothing was compared."""
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
    """Return why a state is what it is, with what the release shows."""
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
    """Return which Nepali quarters the time of a figure overlaps in part."""
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


def _claim_address(number_: str) -> str:
    """Return the address, from this page, that opens it with one figure first.

    A fragment alone would not do: the page is drawn after the browser has looked for it.
    """
    return f"{addresses.link(claim=number_)}#claim-{number_}"


def relations(claim: PublishedFigure) -> Markup:
    """Return with which other figures this one shares people, with links to them."""
    texts = (
        (claim.subset_of, _("Part of {claims}, and counted there already.")),
        (ledger.list_parts(ledger_by_number(), claim.number), _("Contains {claims}.")),
        (
            claim.overlaps_with,
            _("May count the same people as {claims}. Do not add them up."),
        ),
    )
    lines = []
    for numbers, text in texts:
        if numbers:
            before, _slot, after = text.partition("{claims}")
            linked = [(n, claim_in_short(ledger_by_number()[n])) for n in numbers]
            lines.append((before, linked, after))
    return render("claims/relations.html.j2", lines=lines, nothing=_("none known"))


def badge(state: State) -> Markup:
    """Return a state as a sign and a word."""
    return render("claims/badge.html.j2", state=state, sign=SIGNS[state], name=state_name(state))


def _claim_citation(claim: PublishedFigure, check: Check, release: ReleaseInfo | None) -> str:
    """Format what follows the source in a citation: the state, the release, the address."""
    text = _("Sima, published figure {number}.").format(number=claim.number)
    query = {"claim": claim.number}
    if release is not None:
        query["release"] = str(release.number)
        text = _(
            "Sima, published figure {number}: {state}, public release {release}, {day}."
        ).format(
            number=claim.number,
            state=state_name(check.state),
            release=wording.in_digits(str(release.number)),
            day=wording.day_label(date.fromisoformat(release.created[:10])),
        )
        if release.synthetic:
            text += " " + labels.synthetic_note()
    address = addresses.whole_address("claims", query)
    return f"{text} {address}#claim-{claim.number}" if address else text


def _cited_source(claim: PublishedFigure) -> str:
    """Format the source of a figure and its sentences, as they are."""
    quoted = " ".join(f"“{sentence}”" for sentence in claim.wording)
    return f"{claim_source(claim)}: {quoted}" if quoted else f"{claim_source(claim)}."


def article(claim: PublishedFigure, check: Check, release: ReleaseInfo | None) -> Markup:
    """Return everything about one published figure."""
    language = wording.language()
    return render(
        "claims/article.html.j2",
        number=claim.number,
        state=check.state,
        address=_claim_address(claim.number),
        amount=claimed_amount(claim),
        counted=claim.counted.get(language, ""),
        quotes=claim.wording,
        badge=badge(check.state),
        reasons=why(claim, check, release),
        facts=(
            (_("How exact"), [qualifier_said(claim)]),
            (_("Period"), [claim.period[language], *across(claim)]),
            (_("Place"), [claim.place[language]]),
            (_("What it counts"), [claim.definition[language]]),
        ),
        relations_label=_("Related figures"),
        relations=relations(claim),
        source_label=_("Source"),
        source=claim_source(claim),
        citing=_("To cite this figure"),
        hint=_("To cite: tap to select the text, then copy it."),
        cited_source=_cited_source(claim),
        citation=_claim_citation(claim, check, release),
    )


# ---- the page


def index(found: Mapping[str, Check]) -> Markup:
    """Return how many figures are in which state, and all figures, each with a link to its text."""
    counted = Counter(check.state for check in found.values())
    return render(
        "claims/index.html.j2",
        counts=[(badge(state), counted[state]) for state in State if counted[state]],
        heads=(_("Published figure"), _("Status")),
        rows=[
            (claim.number, claim_in_short(claim), badge(found[claim.number].state))
            for claim in in_order()
        ],
    )


def in_order() -> list[PublishedFigure]:
    """Return all figures by topic, in the ledger's order within each."""
    return sorted(ledger_by_number().values(), key=lambda claim: ledger.TOPICS.index(claim.topic))


def by_topic() -> dict[str, list[PublishedFigure]]:
    """Return the figures of each topic."""
    found: dict[str, list[PublishedFigure]] = {}
    for claim in in_order():
        found.setdefault(claim.topic, []).append(claim)
    return found


def write_wanted(wanted: str, found: Mapping[str, Check], release: ReleaseInfo | None) -> None:
    """Write the figure that the address asks for above all others, if there is one."""
    claim = ledger_by_number().get(wanted)
    if claim is not None:
        _write(article(claim, found[wanted], release), "wanted")


def write_lead(release: ReleaseInfo | None) -> None:
    """Write what the page is about, and what its states say without a release or of a demo's."""
    lead = _(
        "What was published about this work, in the exact words of the source, and how it compares"
        " with the current release. We never add up figures that may count the same people."
    )
    _write(render("page/paragraphs.html.j2", texts=[lead], kind=""), "lead")
    if release is None:
        st.info(
            _(
                "No release is published at the moment, so no figure can be checked. Each status"
                " will appear here when a release is approved."
            )
        )
    elif release.synthetic:
        layout.write_sentence(
            _(
                "This release contains synthetic data. Each status shows how figures are compared."
                " It says nothing about whether the published figures are right."
            )
        )


def write_index(found: Mapping[str, Check]) -> None:
    """Write how many figures are in which state, and the list of all."""
    _write(index(found), "index")


def write_meanings() -> None:
    """Write what each state means."""
    rows = [(badge(state), state_meaning(state)) for state in State]
    _write(render("claims/meanings.html.j2", rows=rows))


def write_figures(found: Mapping[str, Check], release: ReleaseInfo | None, wanted: str) -> None:
    """Write the figures by topic, but for the ``wanted`` one, which stands above."""
    for topic, figures in by_topic().items():
        listed = [claim for claim in figures if claim.number != wanted]
        if listed:
            st.header(topic_name(topic), anchor=False)
            articles = [article(claim, found[claim.number], release) for claim in listed]
            _write(render("page/pieces.html.j2", pieces=articles), "figures")


def write_note() -> None:
    """Write how places in a source are given, and in which language sentences are quoted."""
    note = _(
        "For each source we give the heading above the sentence, and the page if our copy has page"
        " numbers. Sentences are quoted in the language of the source."
    )
    _write(render("page/paragraphs.html.j2", texts=[note], kind="hint"))
