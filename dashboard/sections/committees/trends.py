"""The committees of an area over time: what expires soon, rungs by quarter, own budgets.

Markup without a script: it is light on a phone and prints as it is.
"""

from datetime import date, timedelta
from typing import Any

import pandas as pd
from markupsafe import Markup

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices
from dashboard.page import layout
from dashboard.page.markup import render
from dashboard.released import cache, committee_status, selection
from dashboard.released.committee_status import made_on, rung_of
from dashboard.released.selection import Selection
from dashboard.sections.committees import status as committee_views
from dashboard.sections.committees.status import (
    fiscal_year_label,
    sign_name,
    source,
    write,
    write_sentence,
)
from data.committees import history, status
from data.committees.history import OwnBudget
from data.committees.ladder import NO_RECORD, TOP
from data.model import Calendar, ReleaseInfo
from data.reference import calendar
from data.reference.project import load_project
from data.reference.unit_codes import district_of

_QUARTERS, _NEWEST = 8, 4
_ROOM = 0.07  # share of a bar: a smaller one has no room for its number
_DARK_FROM = 5  # rungs whose colour needs light letters
_BUDGET = "committee_budget_npr"


# ---- what lapses soon -----------------------------------------------------------------------


def lapsing(release: ReleaseInfo, chosen: Selection, on: date) -> None:
    """List the evidence of an area that expires within the time of notice, by day."""
    units = cache.units(release)
    palikas = selection.shown_units(units, chosen)
    soon = status.list_lapsing_signs(cache.committee_evidence(release), palikas=palikas, on=on)
    notice = status.load_ladder().notice_days
    days = wording.in_digits(str(notice))
    if soon.empty:
        said = _("No evidence that is valid today expires here within {days} days.").format(
            days=days
        )
        write_sentence(said, "soon")
    else:
        said = _("Evidence that expires within {days} days unless it is renewed: {count}.").format(
            count=wording.number(len(soon)), days=days
        )
        write(_lapsing_table(said, soon, units, on), "soon")
    if on + timedelta(days=notice) > (last := committee_status.last_known_day()):
        layout.write_sentence(
            _(
                "Evidence that expires after {day} is not listed, because the Nepali calendar is"
                " not confirmed after that day."
            ).format(day=wording.day_label(last))
        )


def _lapsing_table(said: str, soon: pd.DataFrame, units: pd.DataFrame, on: date) -> Markup:
    listed = zip(soon["unit_code"], soon["sign"], soon["lapses_on"], strict=True)
    rows = [
        (
            labels.unit_name(units, palika),
            labels.unit_name(units, district_of(palika)),
            sign_name(sign),
            wording.day_label(last),
            committee_views.days_left(last, on),
        )
        for palika, sign, last in listed
    ]
    return render(
        "committees/lapsing.html.j2",
        said=said,
        label=_("Expiring soon"),
        heads=(_("Palika"), _("Evidence"), _("Valid until"), _("Days left")),
        rows=rows,
    )


# ---- rungs by quarter -----------------------------------------------------------------------


def over_time(release: ReleaseInfo, chosen: Selection, on: date) -> None:
    """Draw how many committees of an area stood on each rung at the end of the last quarters."""
    units = cache.units(release)

    def make() -> dict[str, Any]:
        quarters = history.closed_quarters(on, count=_QUARTERS)
        counts = history.counts_by_quarter(
            cache.committee_evidence(release),
            palikas=selection.shown_units(units, chosen),
            quarters=quarters,
        )
        return {str(code): row.astype("int64").to_dict() for code, row in counts.iterrows()}

    counts = cache.remembered(release, ("committees-in-time", chosen.area, on.isoformat()), make)
    place = choices.area_names(units).get(chosen.area) or labels.unit_name(units, chosen.area)
    said = _(
        "{place}, on the last day of each Nepali quarter. “Not reported” does not mean “not"
        " formed”."
    ).format(place=place)
    write(_quarters(counts, source(release, said)), "time")


# From the top: the committees that work stand at the left, where growth is easy to see.
_ORDER = (*range(TOP, -1, -1), NO_RECORD)


def _quarter_end(code: str) -> str:
    month = calendar.month_of(calendar.parse_period(code).end, Calendar.BS)
    return wording.period_label(month.code)


def _quarters(counts: dict[str, dict[int, int]], source: str) -> Markup:
    """Return the counts of each quarter, as bars and in a table, with their source."""
    rungs = [
        (
            rung,
            rung_of(rung),
            _("not reported") if rung == NO_RECORD else wording.in_digits(str(rung)),
        )
        for rung in _ORDER
    ]
    return render(
        "committees/quarters.html.j2",
        label=_("Committees by rung, quarter by quarter"),
        rungs=rungs,
        quarters=[{"end": _quarter_end(code), **_quarter(row)} for code, row in counts.items()],
        as_table=_("The numbers as a table"),
        end_of=_("End of"),
        source=source,
    )


def _quarter(row: dict[int, int]) -> dict[str, Any]:
    """Return one quarter's bars, its counts in the order of rungs, and the same in words."""
    total = sum(row.values()) or 1
    there = [(rung, row[rung]) for rung in _ORDER if row[rung]]
    bars = [
        {
            "rung": rung,
            "many": many,
            "width": 100 * many / total,
            "dark": rung >= _DARK_FROM,
            "has_room": many / total > _ROOM,
        }
        for rung, many in there
    ]
    said = "; ".join(f"{rung_of(rung)}: {wording.number(many)}" for rung, many in there)
    return {"bars": bars, "counts": [row[rung] for rung in _ORDER], "said": said}


# ---- own budget after the project -----------------------------------------------------------


def own_budget(release: ReleaseInfo, on: date) -> None:
    """Write how many palikas of the programme districts had an own budget after the project."""
    project = load_project()
    asked = history.asked_year(project)
    units = cache.units(release)
    found = history.count_own_budgets(
        cache.committee_evidence(release),
        palikas=selection.shown_units(units, Selection(selection.PROGRAMME, "", "")),
        year=asked,
        known_until=min(on, made_on(release)),
    )
    words = {
        "year": fiscal_year_label(asked),
        "years": wording.in_digits(str(project.years_after)),
        "month": wording.period_label(project.ended.code),
    }
    about = _(
        "We say that a committee has its own budget if the palika's budget for {year} includes"
        " money for it. That year is {years} years after the end of the project ({month}). The list"
        " of participating palikas was not published, so we count every palika in the programme"
        " districts."
    ).format(**words)
    said = own_budget_said(found, words)
    write(render("committees/share.html.j2", said=said, source=source(release, about)), "share")


def own_budget_said(found: OwnBudget | None, words: dict[str, str]) -> Markup:
    """Return the share with what to know about it, or why there is none."""
    if found is None:
        unknown = _(
            "Not known yet: this release was made before {year} began, or our Nepali calendar"
            " does not reach that far."
        )
        return _budget_share(notes=[unknown.format(**words)])
    silent = []
    if found.silent:
        text = _("{count} other palikas did not report. They may or may not have a budget.")
        silent = [text.format(count=wording.number(found.silent))]
    if not found.recorded:
        unknown = _("Not known: no palika reported for {year}.").format(**words)
        return _budget_share(notes=[unknown, *silent])
    figure = _("{funded} of {recorded}").format(
        funded=wording.number(found.funded), recorded=wording.number(found.recorded)
    )
    percent = wording.in_digits(f"{100 * found.funded / found.recorded:.0f}")
    text = _(
        "palikas that reported, in all programme districts together, had a committee with its own"
        " budget in {year}: {percent} percent."
    ).format(year=words["year"], percent=percent)
    running = _(
        "The fiscal year was not over when this was calculated, so the number can still grow."
    )
    return _budget_share(figure, text, notes=[*([] if found.closed else [running]), *silent])


def _budget_share(figure: str = "", text: str = "", *, notes: list[str]) -> Markup:
    return render("committees/own_budget.html.j2", figure=figure, text=text, notes=notes)
