"""What the overview says, as markup with its texts escaped."""

import html
from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import quote, urlsplit

import streamlit as st

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.maps import choices
from dashboard.page import markup
from dashboard.released import figure_text, headline_figures
from dashboard.released.headline_figures import Figure, Headline
from data.model import ReleaseInfo
from data.publications.targets import Target
from data.reference.indicators import load_indicators

_MEGABYTE_FROM = 995_000  # bytes: less is said in KB
_NAMED_PERIODS = 4  # more of them are not read
# Drawn by us: a booth, people in a circle, a table with seats around it.
PICTURES = {
    "booth": '<path d="M8 28 32 10l24 18M14 26v28h36V26M24 54V38h16v16M19 32h26"/>',
    "group": "".join(
        f'<circle cx="{x}" cy="{y}" r="4.5"/><path d="M{x - 8} {y + 14}a8 8 0 0 1 16 0"/>'
        for x, y in ((32, 8), (11, 25), (53, 25), (32, 44))
    ),
    "committee": '<rect x="18" y="24" width="28" height="16" rx="4"/>'
    + "".join(
        f'<circle cx="{x}" cy="{y}" r="5"/>'
        for x, y in ((24, 13), (40, 13), (24, 51), (40, 51), (9, 32), (55, 32))
    ),
}


# ---- words for a figure


def title(headline: Headline) -> str:
    """Name what a headline counts."""
    if headline.places:
        return _("Local committees that met")
    name = labels.indicator_name(headline.indicator)
    if not headline.whom:
        return name
    return f"{name}, {choices.whom_name(headline.whom)}"


def unit(headline: Headline) -> str:
    """Say what a headline's figure is a number of."""
    return _("committees") if headline.places else labels.indicator_unit(headline.indicator)


def amount(figure: Figure) -> str:
    """Write the number or the class; only of a figure that is shown."""
    if figure.value is not None:
        return number(figure.value)
    return status_text.class_name(figure.value_class or "")


def cite(release: ReleaseInfo, what: str, query: str = "", page: str = "") -> str:
    """Write what to cite: source, what, release, day, address."""
    made = date.fromisoformat(release.created[:10])
    text = _("Sima ({year}): {what}. Public release {number}, {day}.").format(
        year=wording.in_digits(str(made.year)),
        what=what,
        number=wording.in_digits(str(release.number)),
        day=wording.day_label(made),
    )
    if release.synthetic:
        text = f"{text} {_('Synthetic demonstration data, not about any real place or person.')}"
    here = st.context.url
    if not here:
        return text
    place = urlsplit(here)
    root = place.path.rpartition("/")[0]
    address = f"{place.scheme}://{place.netloc}{root}/{page}?{query}release={release.number}"
    return f"{text} {address}"


def copied(text: str) -> str:
    """Write a text that one tap chooses as a whole."""
    return f'<p class="cite" tabindex="0">{html.escape(text)}</p>'


def cited(headline: Headline, figure: Figure, release: ReleaseInfo) -> str:
    """Write the citation of a headline's figure."""
    what = _("{what}, Nepal, {period}: {amount} {unit}").format(
        what=title(headline),
        period=figure_text.period_text(headline, figure),
        amount=amount(figure),
        unit=unit(headline),
    )
    query = f"indicator={headline.indicator}&period={figure.periods[-1]}&"
    return copied(cite(release, what, query, "map"))


# ---- headline figures


def card(headline: Headline, figure: Figure, release: ReleaseInfo) -> str:
    """Write one figure with its unit, period, place, source, and what it lacks."""
    name = f"<h3>{html.escape(title(headline))}</h3>"
    if figure.shown:
        big = (
            f'<p class="figure"><b>{html.escape(amount(figure))}</b> '
            f"{html.escape(unit(headline))}</p>"
        )
        where = _("Nepal · {period}").format(period=figure_text.period_text(headline, figure))
    else:
        nothing = (
            _("not shown")
            if figure_text.missing_reasons(figure)
            else _("no figure in this release")
        )
        big = f'<p class="figure none"><b>{html.escape(nothing)}</b></p>'
        where = _("In the whole country")
    source = _("Source: release {number}").format(number=wording.in_digits(str(release.number)))
    lacks = "".join(markup.paragraph(line, "lacks") for line in figure_text.missing_reasons(figure))
    indicator = load_indicators()[headline.indicator]
    more = markup.paragraph(indicator.definition[wording.language()])
    if headline.places and figure.reported is not None:
        more = markup.paragraph(
            _(
                "Palikas whose committee held at least one meeting with minutes, of {count} that"
                " reported."
            ).format(count=number(figure.reported))
        )
    if figure.shown:
        more += markup.paragraph(_("To cite: tap to select the text, then copy it."), "hint")
        more += cited(headline, figure, release)
    details = (
        f"<details><summary>{html.escape(_('Details and citation'))}</summary>{more}</details>"
    )
    return f"{name}{big}{markup.paragraph(where, 'where')}{lacks}{markup.paragraph(source, 'where')}{details}"


# ---- target and actual


def bar(reached: int, target: int) -> str:
    """Draw what was reached with a mark at the target; of borders, so that it prints as it is."""
    most = max(reached, target)
    width, mark = 100 * reached / most, 100 * target / most
    return (
        '<div class="bar" aria-hidden="true">'
        f'<div class="full" style="width: {width:.2f}%"></div>'
        f'<div class="mark" style="left: {mark:.2f}%"></div></div>'
    )


def comparison(target: Target, figure: Figure, release: ReleaseInfo) -> str:
    """Write one target beside what the release says was reached."""
    language = wording.language()
    name = f"<h3>{html.escape(target.name[language])}</h3>"
    aim = f"<b>{number(target.target)}</b> {html.escape(target.counted[language])}"
    if figure.value is not None:
        headline = Headline("", target.indicator)
        got = (
            f"<b>{number(figure.value)}</b> {html.escape(labels.indicator_unit(target.indicator))}"
            f" <small>{html.escape(figure_text.period_text(headline, figure))}</small>"
        )
        share = _("{percent} % of the target").format(
            percent=number(round(100 * figure.value / target.target))
        )
        drawn = bar(figure.value, target.target) + markup.paragraph(share, "share")
    else:
        got = f"<b>{html.escape(_('not shown'))}</b>"
        why = figure_text.missing_reasons(figure) or [_("This release has no figure on this.")]
        drawn = "".join(markup.paragraph(line, "lacks") for line in why)
    rows = (
        (_("Reached in this release"), f"reached {'shown' if figure.shown else ''}", got),
        (_("Target"), "aim", aim),
    )
    facts = "".join(
        f'<div class="{kind}"><dt>{html.escape(what)}</dt><dd>{value}</dd></div>'
        for what, kind, value in rows
    )
    source = _("Target: {source}. Reached: Sima, release {number}.").format(
        source=target.source, number=wording.in_digits(str(release.number))
    )
    return (
        f"{name}<dl>{facts}</dl>{drawn}{markup.paragraph(target.caveat[language])}"
        f'<blockquote lang="en">{html.escape(target.wording)}</blockquote>'
        f"{markup.paragraph(source, 'where')}"
    )


# ---- how it works together


def live(headline: Headline, figure: Figure) -> str:
    """Write a headline's figure in a line of a story."""
    if not figure.shown:
        text = _("{what}: not shown in this release").format(what=title(headline))
        return markup.paragraph(text, "live")
    text = f"{unit(headline)} · {title(headline)}, {figure_text.period_text(headline, figure)}"
    return f'<p class="live"><b>{html.escape(amount(figure))}</b> {html.escape(text)}</p>'


def drawn(picture: str) -> str:
    """Give a drawing of ours as an address that holds it."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" fill="none" '
        'stroke="#0b5d7a" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round">'
        f"{PICTURES[picture]}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg)}"


def story(figures: Mapping[str, Figure]) -> str:
    """Tell in three steps how a booth, a parents' group and a committee work together."""
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
    parts = []
    for n, (picture, name, text, keys) in enumerate(steps, start=1):
        drawing = f'<img class="picture" alt="" width="52" height="52" src="{drawn(picture)}">'
        facts = "".join(live(by_key[key], figures[key]) for key in keys)
        parts.append(
            f"<li><h3>{drawing}<span>{number(n)}. {html.escape(name)}</span></h3>"
            f"{markup.paragraph(text)}{facts}</li>"
        )
    return f"<ol>{''.join(parts)}</ol>"


# ---- releases


def size(count: int) -> str:
    """Write about how large a file is."""
    if count < _MEGABYTE_FROM:
        return _("about {count} KB").format(count=number(max(1, round(count / 10_000)) * 10))
    whole, part = divmod(round(count / 10**5), 10)
    return _("about {count} MB").format(count=wording.in_digits(f"{whole}.{part}"))


def state(step: headline_figures.Step, seen: ReleaseInfo | None) -> str:
    """Say what became of a release."""
    names = {
        "current": _("current"),
        "superseded": _("replaced by a newer one"),
        "withdrawn": _("withdrawn"),
    }
    name = names[step.release.state]
    return _("{state} (shown here)").format(state=name) if step.release == seen else name


def changes(step: headline_figures.Step) -> str:
    """Say what a release has beyond the one before."""
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


def releases(released: Sequence[ReleaseInfo], seen: ReleaseInfo | None) -> str:
    """Write the history of releases, newest first, as a table."""
    heads = (_("Release"), _("Made on"), _("Status"), _("What is new"))
    more = "" if wording.language() == "en" else f"&amp;lang={wording.language()}"
    rows = []
    for step in headline_figures.history(released):
        info = step.release
        name = f"{html.escape(_('Release'))} {wording.in_digits(str(info.number))}"
        if info.state != "withdrawn":
            name = f'<a href="?release={info.number}{more}" target="_self">{name}</a>'
        day = wording.day_label(date.fromisoformat(info.created[:10]))
        cells = "".join(
            f"<td>{html.escape(text)}</td>" for text in (day, state(step, seen), changes(step))
        )
        rows.append(f'<tr class="{info.state}"><th scope="row">{name}</th>{cells}</tr>')
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    table = (
        f'<div class="sima-table short words"><table><thead><tr>{columns}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
    earlier = len(released) - headline_figures.NEWEST
    if earlier > 0:
        table += markup.paragraph(
            _("Earlier releases: {count}.").format(count=number(earlier)), "where"
        )
    return table
