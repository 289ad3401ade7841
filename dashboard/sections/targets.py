"""What the page of targets says, as rows of texts: the table, its cards and its files are the same.

Every number of what was reached is the public release's; see `data.publications.logframe`.
"""

import html
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.i18n import status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.maps import choices, table_files
from dashboard.maps.scene import Notes
from dashboard.page.markup import paragraph
from dashboard.released import cache, figure_text
from dashboard.released.headline_figures import Figure, Headline
from dashboard.released.ledger_text import (
    claim_in_short,
    claim_source,
    claimed_amount,
    ledger_by_number,
)
from dashboard.released.selection import WHOM
from dashboard.static_assets import ASSETS
from data.model import UNBOUNDED, ReleaseInfo
from data.publications import logframe
from data.publications.logframe import Actual, Line, Row
from data.reference.indicators import load_indicators
from data.reference.policy import parse_policy

STYLE = ASSETS / "place.css"
Classes = Mapping[str, tuple[int, int]]  # least and greatest count of each
_WHOM = {parts: code for code, parts in WHOM.items()}


@dataclass(frozen=True, slots=True)
class Shown:
    """One line as it stands on the screen; a number is a number, everything else is words.

    ``notes`` say what must be known of the figure, or why there is none.
    """

    when: str
    whole: bool
    target: int | str
    reached: int | str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One indicator as it stands on the screen; ``sources``: what, and the number or the words."""

    row: Row
    name: str
    counted: str
    baseline: str
    shown: tuple[Shown, ...]
    sources: tuple[tuple[str, str], ...]


# ---- words


def none_published() -> str:
    """Say that nothing was published: no figure is made up in its place."""
    return _("none published")


def _no_target(row: Row) -> str:
    return _("none published for a single period") if row.target else none_published()


def name(row: Row) -> str:
    """Name a row in the language in use."""
    language = wording.language()
    if row.name:
        return row.name[language]
    named = load_indicators()[row.indicator].name[language]
    whom = _WHOM[row.sex, row.age_band]
    return f"{named}, {choices.whom_name(whom)}" if whom else named


def counted(row: Row) -> str:
    """Say what a row counts, in the language in use."""
    texts = row.counted or load_indicators()[row.indicator].unit
    return texts[wording.language()]


def when(row: Row, line: Line) -> str:
    """Say of which time a line is: of a stock and of places, of the end of it."""
    if row.places:
        return wording.period_label(line.periods[0])
    return figure_text.period_text(Headline("", row.indicator), Figure(line.periods))


def reasons(actual: Actual, *, single: bool) -> list[str]:
    """Say why there is no figure, or what it knows of; of a ``single`` period without naming it."""
    if actual.reported is not None:
        if actual.unreported:
            text = _("not every palika reported: {count} did, {others} did not")
        else:
            text = _("of {count} palikas that reported")
        return [text.format(count=number(actual.reported), others=number(actual.unreported))]
    missing = (actual.hidden, actual.silent, actual.absent)
    if single and any(missing):
        whys = (_("hidden to keep people safe"), _("not reported"), _("not in the release"))
        return [why for why, periods in zip(whys, missing, strict=True) if periods]
    lines = figure_text.missing_reasons(Figure(hidden=actual.hidden, silent=actual.silent))
    if actual.absent:
        periods = figure_text.period_list(actual.absent)
        lines.append(_("{periods}: not in the release.").format(periods=periods))
    if actual.in_classes:
        lines.append(_("Each period is shown as a class. Classes are not added up."))
    return lines


def _class_said(value_class: str, classes: Classes) -> str:
    """Say between which counts a class lies, by the policy of the release."""
    least, most = classes.get(value_class, (0, 0))
    if most >= UNBOUNDED:
        return _("a class: {count} or more").format(count=number(least))
    return _("a class: {low} to {high}").format(low=number(least), high=number(most))


def _reached(actual: Actual) -> int | str:
    if actual.value is not None:
        return actual.value
    return (
        _("not shown") if actual.value_class is None else status_text.class_name(actual.value_class)
    )


def _shown(row: Row, line: Line, classes: Classes) -> Shown:
    notes = reasons(line.actual, single=len(line.periods) == 1)
    if line.actual.value_class is not None:
        notes.append(_class_said(line.actual.value_class, classes))
    if line.target is not None:
        if line.actual.value is not None:
            share = round(100 * line.actual.value / line.target.target)
            notes.append(_("{percent} % of the target").format(percent=number(share)))
        notes.append(line.target.caveat[wording.language()])
    return Shown(
        when=when(row, line),
        whole=len(line.periods) > 1,
        target=_no_target(row) if line.target is None else line.target.target,
        reached=_reached(line.actual),
        notes=tuple(notes),
    )


def _sources(row: Row, release: ReleaseInfo) -> tuple[tuple[str, str], ...]:
    numbers = [(_("Baseline"), row.baseline)]
    numbers += [(_("Target"), row.target.claim)] if row.target else []
    numbers += [(_("Published result"), row.published)]
    told = _("Sima, public release {number}").format(number=wording.in_digits(str(release.number)))
    return (*((what, claim) for what, claim in numbers if claim), (_("Reached"), told))


def _classes(release: ReleaseInfo) -> Classes:
    policy = parse_policy(cache.reader(release).policy_text(release.number))
    return policy.class_bounds(release.audience)


def parts(release: ReleaseInfo) -> list[Part]:
    """Give the logframe as it stands on the screen, of a public release."""
    found, classes = [], _classes(release)
    for row in logframe.load_logframe():
        lines = logframe.lines(row, cache.cells(release, indicator=row.indicator))
        baseline = none_published()
        if row.baseline:
            baseline = claimed_amount(ledger_by_number()[row.baseline])
        found.append(
            Part(
                row=row,
                name=name(row),
                counted=counted(row),
                baseline=baseline,
                shown=tuple(_shown(row, line, classes) for line in lines),
                sources=_sources(row, release),
            )
        )
    return found


# ---- the table


def _said(value: int | str) -> str:
    return f"<b>{number(value)}</b>" if isinstance(value, int) else html.escape(value)


def _cell(label: str, content: str, kind: str = "", *, rows: int = 1) -> str:
    """Write a cell that says its heading itself, where a narrow screen has no row of headings."""
    spans = f' rowspan="{rows}"' if rows > 1 else ""
    return f'<td class="{kind}" data-label="{html.escape(label)}"{spans}>{content}</td>'


def _claim(claim: str) -> str:
    """Link a published figure to its exact sentence."""
    more = "" if wording.language() == "en" else f"&amp;lang={wording.language()}"
    label = html.escape(claim_in_short(ledger_by_number()[claim]))
    return f'<a href="claims?claim={claim}{more}" target="_self">{claim}: {label}</a>'


def _sources_said(part: Part) -> str:
    claims = ledger_by_number()
    return "".join(
        f"<p><span>{html.escape(what)}:</span> "
        f"{_claim(source) if source in claims else html.escape(source)}</p>"
        for what, source in part.sources
    )


def _targets(part: Part) -> dict[int, str]:
    """Write the cells of targets by the line where each begins; lines without one share a cell."""
    aimed = [n for n, line in enumerate(part.shown) if isinstance(line.target, int)]
    cells = {n: _cell(_("Target"), _said(part.shown[n].target)) for n in aimed}
    bounds = [-1, *aimed, len(part.shown)]
    for before, after in itertools.pairwise(bounds):
        if count := after - before - 1:
            kind = "none of-lines" if aimed else "none of-all"
            said_ = _said(part.shown[before + 1].target)
            cells[before + 1] = _cell(_("Target"), said_, kind, rows=count)
    return cells


def _rows(part: Part) -> str:
    count = len(part.shown)
    caveat = part.row.caveat.get(wording.language(), "")
    more = f"<small>{html.escape(caveat)}</small>" if caveat else ""
    head = (
        f'<tr class="name"><th scope="rowgroup" colspan="5">{html.escape(part.name)}'
        f" <i>({html.escape(part.counted)})</i>{more}</th></tr>"
    )
    rows = [head]
    targets = _targets(part)
    for n, line in enumerate(part.shown):
        baseline = source = ""
        if n == 0:
            kind = "" if part.row.baseline else "none"
            baseline = _cell(_("Baseline"), _said(part.baseline), f"of-all {kind}", rows=count)
            source = _cell(_("Source"), _sources_said(part), "of-all source", rows=count)
        kind = "" if isinstance(line.reached, int) else "lacks"
        notes = "".join(f"<small>{html.escape(note)}</small>" for note in line.notes)
        reached = _cell(_("Reached"), _said(line.reached) + notes, f"reached {kind}")
        rows.append(
            f'<tr class="{"whole" if line.whole else "period"}">'
            f'<th scope="row">{html.escape(line.when)}</th>'
            f"{baseline}{targets.get(n, '')}{reached}{source}</tr>"
        )
    return f'<tbody id="{html.escape(part.row.code)}">{"".join(rows)}</tbody>'


def table(listed: Sequence[Part]) -> str:
    """Write the logframe: a table where there is room, a card an indicator where there is none."""
    heads = (_("Period"), _("Baseline"), _("Target"), _("Reached"), _("Source"))
    columns = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    body = "".join(_rows(part) for part in listed)
    label = html.escape(_("Baseline, target and what was reached"))
    return f'<table aria-label="{label}"><thead><tr>{columns}</tr></thead>{body}</table>'


def sentences(listed: Sequence[Part]) -> str:
    """Quote the sentences in which the baselines and targets were published."""
    claims = dict.fromkeys(
        claim
        for part in listed
        for claim in (part.row.baseline, part.row.target.claim if part.row.target else "")
        if claim
    )
    written = []
    for claim in claims:
        figure = ledger_by_number()[claim]
        quotes = "".join(
            f'<blockquote lang="en">{html.escape(sentence)}</blockquote>'
            for sentence in figure.wording
        )
        source = f'<p class="hint" lang="en">{html.escape(claim_source(figure))}</p>'
        written.append(f"<div><p>{_claim(claim)}</p>{quotes}{source}</div>")
    return "".join(written)


# ---- the files


def frame(listed: Sequence[Part]) -> pd.DataFrame:
    """Give the rows as they are shown, one a line, under the headings of the screen."""
    heads = (
        _("Indicator"), _("What it counts"), _("Period"), _("Baseline"), _("Target"), _("Reached"),
        _("Notes"), _("Source"),
    )  # fmt: skip
    rows = [
        (
            part.name,
            part.counted,
            line.when,
            part.baseline,
            line.target,
            line.reached,
            " · ".join(filter(None, (*line.notes, part.row.caveat.get(wording.language())))),
            "; ".join(f"{what}: {_source(source)}" for what, source in part.sources),
        )
        for part in listed
        for line in part.shown
    ]
    return pd.DataFrame(rows, columns=heads, dtype=object)


def _source(source: str) -> str:
    figure = ledger_by_number().get(source)
    return source if figure is None else f"{source}, {claim_source(figure)}"


def csv(listed: Sequence[Part], language: str) -> bytes:
    """Write the page's rows as CSV, in the language in which they were made."""
    wording.speak(language)  # a file is made when it is asked for, outside of a run of the page
    return table_files.csv(frame(listed))


def workbook(listed: Sequence[Part], release: ReleaseInfo, address: str, language: str) -> bytes:
    """Write the page's rows as a workbook; its second sheet says what they are and whence."""
    wording.speak(language)
    notes = Notes(
        title=_("Targets and results"),
        unit=_("Nepal"),
        period=wording.day_label(date.fromisoformat(release.created[:10])),
        caution=caution(),
        attribution=_("Baselines and targets as they were published. See “Published figures”."),
        release=wording.release_label(release.number, synthetic=release.synthetic),
        name=stem(release),
    )
    licence = cache.reader(release).licence(release.number)
    return table_files.workbook(frame(listed), notes, address, licence)


def caution() -> str:
    """Say what the figures are and are not."""
    return _(
        "“Reached” shows what the public release shows. If part of it is hidden or was not"
        " reported, we give no total, because a partial total would look like a missed target."
    )


def stem(release: ReleaseInfo) -> str:
    """Give what the names of the files begin with."""
    return f"sima-logframe-release-{release.number}"


def lead(listed: Sequence[Part]) -> str:
    """Answer first: the targets that were published, and what was reached of them."""
    lines = []
    for part in listed:
        for line in part.shown:
            if not isinstance(line.target, int):
                continue
            aim = _("{what}: target {target}, reached {reached} ({when}).").format(
                what=part.name,
                target=number(line.target),
                reached=number(line.reached) if isinstance(line.reached, int) else line.reached,
                when=line.when,
            )
            lines.append(paragraph(aim))
    return "".join(lines)
