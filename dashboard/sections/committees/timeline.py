"""One committee over time: its rises and falls with their reasons, and its budgets by fiscal year.

Markup without a script: it is light on a phone and prints as it is.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.page.markup import render
from dashboard.released import cache, committee_status, selection
from dashboard.released.committee_status import rung_of
from dashboard.sections.committees import status as committee_views
from dashboard.sections.committees.status import (
    fiscal_year_label,
    sign_name,
    source,
    write,
    write_sentence,
)
from data.committees import history, status
from data.committees.history import RECORD, Cause, Span
from data.committees.ladder import NO_RECORD, TOP
from data.model import AgeBand, ReleaseInfo, Sex, Status
from data.reference import calendar

_NEWEST = 4
_LAST_YEAR = 93  # percent across: there is no room for a year farther right
_BUDGET = "committee_budget_npr"


# ---- one committee's past -------------------------------------------------------------------


def life(release: ReleaseInfo, palika: str, on: date) -> None:
    """Draw one committee's rung as steps in time, and say why it rose or fell."""
    if not committee_status.is_known(on):
        return
    changes = history.list_rung_changes(cache.committee_evidence(release), palika=palika, until=on)
    if changes.empty:
        said = _(
            "No evidence of this committee has been reported yet. That does not mean that there is"
            " no committee."
        )
        write_sentence(said, "life")
        return
    stretches = history.list_spans(changes, until=on)
    listed = [_change(row) for row in reversed(list(changes.itertuples()))]
    older = listed[_NEWEST:]
    write(
        render(
            "committees/life.html.j2",
            title=_("History since {day}").format(day=wording.day_label(stretches[0].first)),
            said="; ".join(_span_said(span) for span in stretches),
            scale=[wording.in_digits(str(rung)) for rung in range(TOP, -1, -1)],
            steps=_steps(stretches),
            years=_years(stretches),
            newest=listed[:_NEWEST],
            older=older,
            earlier=_("Earlier changes: {count}").format(count=wording.number(len(older))),
            source=source(release),
        ),
        "life",
    )


def _change(row: Any) -> tuple[bool, str, str, str]:  # noqa: ANN401  # a row of `history.life`
    """Return whether a committee rose, then in words to what, when and why."""
    rose = (NO_RECORD if pd.isna(row.before) else row.before) < (
        NO_RECORD if pd.isna(row.after) else row.after
    )
    if pd.isna(row.after):
        said = _("Not reported from here on")
    else:
        text = _("Rose to {rung}") if rose else _("Fell to {rung}")
        said = text.format(rung=committee_status.rung_name(row.after))
    return rose, said, wording.day_label(row.day), _why(row)


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


def _across(day: date, spans: Sequence[Span]) -> float:
    """Return where a day stands between the first day and the last, in percent."""
    opens = spans[0].first
    return 100 * (day - opens).days / ((spans[-1].last - opens).days + 1)


def _steps(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Place stretches side by side, each as high as its rung; one without a report is dotted."""
    steps = []
    for span in spans:
        left = _across(span.first, spans)
        steps.append(
            {
                "rung": NO_RECORD if span.rung is None else span.rung,
                "height": TOP if span.rung is None else span.rung,
                "left": left,
                "width": _across(span.last + timedelta(days=1), spans) - left,
                "said": _span_said(span),
            }
        )
    return steps


def _years(spans: Sequence[Span]) -> list[tuple[float, str]]:
    """Place the Nepali years that begin within the stretches, as far as there is room."""
    begun = _new_years(spans[0].first, spans[-1].last)
    placed = [(_across(day, spans), wording.in_digits(str(year))) for year, day in begun]
    return [(left, year) for left, year in placed if left < _LAST_YEAR]


def _span_said(span: Span) -> str:
    return _("{rung}, {first} to {last}").format(
        rung=rung_of(span.rung),
        first=wording.day_label(span.first),
        last=wording.day_label(span.last),
    )


def _new_years(first: date, last: date) -> list[tuple[int, date]]:
    """Return the Nepali years that begin between two days, with their first days."""
    years = range(calendar.to_bs(first).year, calendar.to_bs(last).year + 1)
    days = [(year, calendar.from_bs(year, 1, 1)) for year in years]
    return [(year, day) for year, day in days if first <= day]


# ---- the season of the budget ---------------------------------------------------------------


def budget_card(release: ReleaseInfo, palika: str, on: date) -> None:
    """From Baisakh to 10 Asar, write what last year's budget was, and how many days are left."""
    season = history.budget_season(on) if committee_status.is_known(on) else None
    if season is None:
        return
    years = [(season.coming - 2, _("last year")), (season.coming - 1, _("this year"))]
    rows = [
        (fiscal_year_label(year), said, *_budget_and_spent(release, palika, year, on))
        for year, said in years
    ]
    signs = cache.committee_evidence(release)
    now = history.year_of_signs(signs, palika=palika, year=season.coming - 1, on=on)
    asked = _("nothing reported")
    if now.proposed is not None:
        asked = f"{labels.indicator_unit(_BUDGET)} {wording.number(now.proposed)}"
    rows.append((fiscal_year_label(season.coming), _("proposed"), asked, ""))
    due = _("Budget due at the assembly by {day}: {left}").format(
        day=wording.day_label(season.due), left=committee_views.days_left(season.due, on)
    )
    note = _(
        "A proposed line counts on the ladder only after the budget is passed and reported."
        " “Nothing reported” means that nobody sent a figure, not that there is no money."
    )
    write(
        render(
            "committees/budget.html.j2",
            due=due,
            heads=(_("Year"), _("Committee budget"), _("Spent")),
            rows=rows,
            source=source(release, note),
        ),
        "season",
    )


def _budget_and_spent(release: ReleaseInfo, palika: str, year: int, on: date) -> tuple[str, str]:
    """Return a fiscal year's budget, as released or else as evidence says, and the share spent."""
    told = history.year_of_signs(cache.committee_evidence(release), palika=palika, year=year, on=on)
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
