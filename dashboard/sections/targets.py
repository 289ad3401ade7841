"""What the page of targets says, as rows of texts: table, cards and files show the same.

Every number of what was reached is the public release's; see `data.publications.logframe`.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.i18n import status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.maps import choices, table_files
from dashboard.maps.scene import Notes
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
_write = partial(layout.write_markup, "sima-logframe")


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
    """Return that nothing was published: no figure is made up in its place."""
    return _("none published")


def _no_target(row: Row) -> str:
    return _("none published for a single period") if row.target else none_published()


def name(row: Row) -> str:
    """Return the name of a row in the language in use."""
    language = wording.language()
    if row.name:
        return row.name[language]
    named = load_indicators()[row.indicator].name[language]
    whom = _WHOM[row.sex, row.age_band]
    return f"{named}, {choices.whom_name(whom)}" if whom else named


def counted(row: Row) -> str:
    """Return what a row counts, in the language in use."""
    texts = row.counted or load_indicators()[row.indicator].unit
    return texts[wording.language()]


def when(row: Row, line: Line) -> str:
    """Return the period of a line; of a stock and of places, its end."""
    if row.places:
        return wording.period_label(line.periods[0])
    return figure_text.period_text(Headline("", row.indicator), Figure(line.periods))


def reasons(actual: Actual, *, single: bool) -> list[str]:
    """Return why there is no figure, or what it covers; a ``single`` period is not named."""
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
    """Return between which counts a class lies, by the policy of the release."""
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
    numbers += [(_("Target"), row.target.ledger_number)] if row.target else []
    numbers += [(_("Published result"), row.published)]
    source = _("Sima, public release {number}").format(
        number=wording.in_digits(str(release.number))
    )
    return (*((what, claim) for what, claim in numbers if claim), (_("Reached"), source))


def _classes(release: ReleaseInfo) -> Classes:
    policy = parse_policy(cache.reader(release).policy_text(release.number))
    return policy.class_bounds(release.audience)


def parts(release: ReleaseInfo) -> list[Part]:
    """Return the logframe as it stands on the screen, of a public release."""
    found, classes = [], _classes(release)
    for row in logframe.load_logframe():
        lines = logframe.build_lines(row, cache.cells(release, indicator=row.indicator))
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


def _in_words(value: int | str) -> dict[str, str]:
    """Return a number or words for a cell: only a number is set in bold."""
    if isinstance(value, int):
        return {"number": number(value), "words": ""}
    return {"number": "", "words": value}


def _claim_link(claim: str) -> dict[str, str]:
    """Return a published figure in short, with the address of its exact sentence."""
    label = claim_in_short(ledger_by_number()[claim])
    return {"address": addresses.link("claims", claim=claim), "text": f"{claim}: {label}"}


def _source_line(what: str, source: str) -> dict[str, str]:
    if source in ledger_by_number():
        return {"what": what, **_claim_link(source)}
    return {"what": what, "address": "", "text": source}


def _targets(part: Part) -> dict[int, dict[str, object]]:
    """Return the cells of targets by the line where each begins; lines without one share a cell."""
    aimed = [n for n, line in enumerate(part.shown) if isinstance(line.target, int)]
    cells: dict[int, dict[str, object]] = {
        n: {"kind": "", "rows": 1, **_in_words(part.shown[n].target)} for n in aimed
    }
    bounds = [-1, *aimed, len(part.shown)]
    for before, after in itertools.pairwise(bounds):
        if count := after - before - 1:
            kind = "none of-lines" if aimed else "none of-all"
            words = _in_words(part.shown[before + 1].target)
            cells[before + 1] = {"kind": kind, "rows": count, **words}
    return cells


def _table_part(part: Part) -> dict[str, object]:
    """Return one indicator in words, for ``targets/table.html.j2``."""
    targets = _targets(part)
    return {
        "code": part.row.code,
        "name": part.name,
        "counted": part.counted,
        "caveat": part.row.caveat.get(wording.language(), ""),
        "baseline": part.baseline,
        "has_baseline": bool(part.row.baseline),
        "sources": [_source_line(what, source) for what, source in part.sources],
        "lines": [
            {
                "kind": "whole" if line.whole else "period",
                "when": line.when,
                "target": targets.get(n),
                "reached": _in_words(line.reached),
                "notes": line.notes,
            }
            for n, line in enumerate(part.shown)
        ],
    }


def table(listed: Sequence[Part]) -> Markup:
    """Return the logframe: a table where there is room, a card an indicator where there is none."""
    heads = {
        "period": _("Period"),
        "baseline": _("Baseline"),
        "target": _("Target"),
        "reached": _("Reached"),
        "source": _("Source"),
    }
    return render(
        "targets/table.html.j2",
        label=_("Baseline, target and what was reached"),
        heads=heads,
        parts=[_table_part(part) for part in listed],
    )


def sentences(listed: Sequence[Part]) -> Markup:
    """Return the sentences in which the baselines and targets were published."""
    claims = dict.fromkeys(
        claim
        for part in listed
        for claim in (part.row.baseline, part.row.target.ledger_number if part.row.target else "")
        if claim
    )
    figures = [
        {
            **_claim_link(claim),
            "quotes": ledger_by_number()[claim].wording,
            "source": claim_source(ledger_by_number()[claim]),
        }
        for claim in claims
    ]
    return render("targets/sentences.html.j2", figures=figures)


# ---- the files


def frame(listed: Sequence[Part]) -> pd.DataFrame:
    """Return the rows as they are shown, one a line, under the headings of the screen."""
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
    """Return the page's rows as CSV, in the language in which they were made."""
    wording.speak(language)  # a file is made when it is asked for, outside of a run of the page
    return table_files.table_csv(frame(listed))


def workbook(listed: Sequence[Part], release: ReleaseInfo, address: str, language: str) -> bytes:
    """Return the page's rows as a workbook; its second sheet says what they are."""
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
    return table_files.table_workbook(frame(listed), notes, address, licence)


def caution() -> str:
    """Return what the figures are and are not."""
    return _(
        "“Reached” shows what the public release shows. If part of it is hidden or was not"
        " reported, we give no total, because a partial total would look like a missed target."
    )


def stem(release: ReleaseInfo) -> str:
    """Return what the names of the files begin with."""
    return f"sima-logframe-release-{release.number}"


# ---- the page


def lead(listed: Sequence[Part]) -> list[str]:
    """Return the answer first: the targets that were published, and what was reached of them."""
    return [
        _("{what}: target {target}, reached {reached} ({when}).").format(
            what=part.name,
            target=number(line.target),
            reached=number(line.reached) if isinstance(line.reached, int) else line.reached,
            when=line.when,
        )
        for part in listed
        for line in part.shown
        if isinstance(line.target, int)
    ]


def write_table(listed: Sequence[Part]) -> None:
    """Write the answer, what the figures are, and the table."""
    _write(render("page/paragraphs.html.j2", texts=lead(listed), kind=""), "lead")
    layout.write_sentence(caution())
    _write(table(listed), "table")


def write_downloads(listed: Sequence[Part], release: ReleaseInfo) -> None:
    """Offer the table as files, which are made when somebody asks for them."""
    address = addresses.this_page({"release": str(release.number)})
    with st.container(horizontal=True, key="logframe-files"):
        st.download_button(
            _("This table as XLSX"),
            partial(workbook, listed, release, address, wording.language()),
            file_name=f"{stem(release)}.xlsx",
            on_click="ignore",
        )
        st.download_button(
            _("This table as CSV"),
            partial(csv, listed, wording.language()),
            file_name=f"{stem(release)}.csv",
            mime="text/csv",
            on_click="ignore",
        )


def write_sentences(listed: Sequence[Part]) -> None:
    """Write where baselines and targets were published, and what "none published" means."""
    _write(sentences(listed))
    note = _(
        "“None published” means that we know of no source that gives one. We do not estimate it. If"
        " a target or baseline was agreed elsewhere, it can be added with its source."
    )
    _write(render("page/paragraphs.html.j2", texts=[note], kind="hint"))
