"""One committee in time: its rises and falls with their reasons, and its budgets by fiscal year.

Markup with its texts escaped and no script: it is light on a phone and prints as it stands.
"""

import html
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.released import cache, committee_status, selection
from dashboard.released.committee_status import rung_of
from dashboard.sections.committees import status as committee_views
from dashboard.sections.committees.status import (
    fiscal_year_label,
    paragraph,
    sign_name,
    source,
    write,
)
from data.committees import history, status
from data.committees.history import RECORD, Cause, Span
from data.committees.ladder import NO_RECORD, TOP
from data.model import AgeBand, ReleaseInfo, Sex, Status
from data.reference import calendar

_NEWEST = 4
_LAST_YEAR = 93  # percent across: farther right is no room for a year
_BUDGET = "committee_budget_npr"


# ---- one committee's past -------------------------------------------------------------------


def life(release: ReleaseInfo, palika: str, on: date) -> None:
    """Draw one committee's rung as steps in time, and say why it rose and fell."""
    if not committee_status.is_known(on):
        return
    changes = history.list_rung_changes(cache.signs(release), palika=palika, until=on)
    if changes.empty:
        said = _(
            "No evidence of this committee has been reported yet. That does not mean that there is"
            " no committee."
        )
        write(paragraph(said), "life")
        return
    stretches = history.list_spans(changes, until=on)
    title = _("History since {day}").format(day=wording.day_label(stretches[0].first))
    listed = [_change(row) for row in reversed(list(changes.itertuples()))]
    older = ""
    if rest := listed[_NEWEST:]:
        text = _("Earlier changes: {count}").format(count=wording.number(len(rest)))
        older = (
            f"<details><summary>{html.escape(text)}</summary>"
            f'<ol class="changes">{"".join(rest)}</ol></details>'
        )
    write(
        f'<details class="past"><summary>{html.escape(title)}</summary>{_steps(stretches)}'
        f'<ol class="changes">{"".join(listed[:_NEWEST])}</ol>{older}{source(release)}</details>',
        "life",
    )


def _change(row: Any) -> str:  # noqa: ANN401  # a row of `committee_history.life`
    rose = (NO_RECORD if pd.isna(row.before) else row.before) < (
        NO_RECORD if pd.isna(row.after) else row.after
    )
    if pd.isna(row.after):
        said = _("Not reported from here on")
    else:
        text = _("Rose to {rung}") if rose else _("Fell to {rung}")
        said = text.format(rung=committee_status.rung_name(row.after))
    return (
        f'<li class="{"up" if rose else "down"}"><b>{html.escape(said)}</b>'
        f"<small>{html.escape(wording.day_label(row.day))}</small>"
        f"<span>{html.escape(_why(row))}</span></li>"
    )


def _why(row: Any) -> str:  # noqa: ANN401  # as above
    if row.signs == (RECORD,):
        months = wording.in_digits(str(status.load_ladder().record_months))
        silent = _("Nobody reported for {months} months.").format(months=months)
        return _("A new report came in.") if row.cause == Cause.SIGNED else silent
    form = {
        Cause.SIGNED: _("New: {signs}"),
        Cause.LAPSED: _("Expired: {signs}"),
        Cause.ELECTION: _("After the local election of {day}, no longer valid: {signs}"),
        Cause.DENIED: _("The palika reported that there is no committee."),
        Cause.REVISED: _("The latest figure is too small: {signs}"),
    }[row.cause]
    day = wording.day_label(row.election) if row.election else ""
    return form.format(signs=" · ".join(sign_name(key) for key in row.signs), day=day)


def _steps(stretches: Iterable[Span]) -> str:
    """Draw stretches side by side, each as high as its rung; no record is dots, not a height."""
    drawn = list(stretches)
    opens, whole = drawn[0].first, (drawn[-1].last - drawn[0].first).days + 1

    def across(day: date) -> float:
        return 100 * (day - opens).days / whole

    parts = "".join(
        f'<i class="rung{NO_RECORD if span.rung is None else span.rung}"'
        f' style="left:{across(span.first):.2f}%;'
        f"width:{across(span.last + timedelta(days=1)) - across(span.first):.2f}%;"
        f'--rung:{TOP if span.rung is None else span.rung}"'
        f' title="{html.escape(_span_said(span))}"></i>'
        for span in drawn
    )
    scale = "".join(f"<b>{wording.in_digits(str(rung))}</b>" for rung in range(TOP, -1, -1))
    years = "".join(
        f'<b style="left:{across(day):.2f}%">{wording.in_digits(str(year))}</b>'
        for year, day in _new_years(opens, drawn[-1].last)
        if across(day) < _LAST_YEAR
    )
    said = "; ".join(_span_said(span) for span in drawn)
    return (
        f'<div class="steps" role="img" aria-label="{html.escape(said)}">'
        f'<div class="scale">{scale}</div><div class="plot">{parts}</div>'
        f'<div class="years">{years}</div></div>'
    )


def _span_said(span: Span) -> str:
    return _("{rung}, {first} to {last}").format(
        rung=rung_of(span.rung),
        first=wording.day_label(span.first),
        last=wording.day_label(span.last),
    )


def _new_years(first: date, last: date) -> list[tuple[int, date]]:
    """Give the Nepali years that begin within some days, with their first days."""
    years = range(calendar.to_bs(first).year, calendar.to_bs(last).year + 1)
    days = [(year, calendar.from_bs(year, 1, 1)) for year in years]
    return [(year, day) for year, day in days if first <= day]


# ---- the season of the budget ---------------------------------------------------------------


def budget_card(release: ReleaseInfo, palika: str, on: date) -> None:
    """From Baisakh to 10 Asar, say what last year's budget was, and how many days are left."""
    season = history.budget_season(on) if committee_status.is_known(on) else None
    if season is None:
        return
    years = [(season.coming - 2, _("last year")), (season.coming - 1, _("this year"))]
    rows = [(year, said, *_budget_and_spent(release, palika, year, on)) for year, said in years]
    signs = cache.signs(release)
    now = history.year_of_signs(signs, palika=palika, year=season.coming - 1, on=on)
    asked = _("nothing reported")
    if now.proposed is not None:
        asked = f"{labels.indicator_unit(_BUDGET)} {wording.number(now.proposed)}"
    rows.append((season.coming, _("proposed"), asked, ""))
    body = "".join(
        f'<tr><th scope="row">{html.escape(fiscal_year_label(year))}'
        f"<small>{html.escape(said)}</small></th><td>{html.escape(budget)}</td><td>{html.escape(spent)}</td></tr>"
        for year, said, budget, spent in rows
    )
    heads = (_("Year"), _("Committee budget"), _("Spent"))
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    due = _("Budget due at the assembly by {day}: {left}").format(
        day=wording.day_label(season.due), left=committee_views.days_left(season.due, on)
    )
    note = _(
        "A proposed line counts on the ladder only after the budget is passed and reported."
        " “Nothing reported” means that nobody sent a figure, not that there is no money."
    )
    write(
        f"{paragraph(due, 'due')}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + source(release, note),
        "season",
    )


def _budget_and_spent(
    release: ReleaseInfo, palika: str, year: int, on: date
) -> tuple[str, str]:  # fmt: skip
    """Say a fiscal year's budget, as released or else as a sign tells, and the share spent."""
    told = history.year_of_signs(cache.signs(release), palika=palika, year=year, on=on)
    cells = cache.cells_within(release, palika)
    same = cells[
        cells["indicator"].eq(_BUDGET)
        & cells["period"].eq(f"bs-{year:04d}")
        & cells["unit_code"].eq(palika)
        & cells["sex"].eq(Sex.ALL)
        & cells["age_band"].eq(AgeBand.ALL)
    ]
    figure, unit = _("nothing reported"), labels.indicator_unit(_BUDGET)
    row = selection.layer(same, cache.units(release), pd.Index([palika])).iloc[0]
    if row["status"] == Status.PUBLISHED:
        figure = f"{unit} {wording.number(int(row['value']))}"
    elif told.budget is not None:
        figure = f"{unit} {wording.number(told.budget)}"
    elif not same.empty:
        figure = status_text.figure_text(row)
    spent = _("nothing reported")
    if told.spent is not None:
        spent = _("{percent} percent").format(percent=wording.in_digits(str(told.spent)))
    return figure, spent
