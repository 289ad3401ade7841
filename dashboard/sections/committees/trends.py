"""The committees of an area in time: what lapses soon, rungs by quarter, own budgets.

Markup with its texts escaped and no script: it is light on a phone and prints as it stands.
"""

import html
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices
from dashboard.page import layout
from dashboard.released import cache, committee_status, selection
from dashboard.released.committee_status import made_on, rung_of
from dashboard.released.selection import Selection
from dashboard.sections.committees import status as committee_views
from dashboard.sections.committees.status import (
    fiscal_year_label,
    paragraph,
    sign_name,
    source,
    write,
)
from data.committees import history
from data.committees import status as committees
from data.committees.history import OwnBudget
from data.committees.ladder import NO_RECORD, TOP
from data.model import Calendar, ReleaseInfo
from data.reference import calendar
from data.reference.project import load_project

_QUARTERS, _NEWEST = 8, 4
_ROOM = 0.07  # of a bar: less has no room for its number
_DARK_FROM = 5  # rungs whose colour asks for light letters
_BUDGET = "committee_budget_npr"


# ---- what lapses soon -----------------------------------------------------------------------


def lapsing(release: ReleaseInfo, chosen: Selection, on: date) -> None:
    """List the signs of an area that lapse within the time of notice, by day."""
    units = cache.units(release)
    palikas = selection.shown_units(units, chosen)
    soon = committees.lapsing(cache.signs(release), palikas=palikas, on=on)
    notice = committees.load_ladder().notice_days
    days = wording.in_digits(str(notice))
    if soon.empty:
        said = _("No evidence that is valid today expires here within {days} days.").format(
            days=days
        )
        write(paragraph(said), "soon")
    else:
        said = _("Evidence that expires within {days} days unless it is renewed: {count}.").format(
            count=wording.number(len(soon)), days=days
        )
        write(paragraph(said) + _lapsing_table(soon, units, on), "soon")
    if on + timedelta(days=notice) > (last := committee_status.last_known_day()):
        layout.write_sentence(
            _(
                "Evidence that expires after {day} is not listed, because the Nepali calendar is"
                " not confirmed after that day."
            ).format(day=wording.day_label(last))
        )


def _lapsing_table(soon: pd.DataFrame, units: pd.DataFrame, on: date) -> str:
    heads = (_("Palika"), _("Evidence"), _("Valid until"), _("Days left"))
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in heads)
    listed = zip(soon["palika_code"], soon["sign"], soon["lapses_on"], strict=True)
    body = "".join(
        f'<tr><th scope="row">{html.escape(labels.unit_name(units, palika))}'
        f"<small>{html.escape(labels.unit_name(units, palika[:3]))}</small></th>"
        f"<td>{html.escape(sign_name(sign))}</td>"
        f"<td>{html.escape(wording.day_label(last))}</td>"
        f"<td>{html.escape(committee_views.days_left(last, on))}</td></tr>"
        for palika, sign, last in listed
    )
    label = html.escape(_("Expiring soon"))
    return (
        f'<div class="list" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


# ---- rungs by quarter -----------------------------------------------------------------------


def over_time(release: ReleaseInfo, chosen: Selection, on: date) -> None:
    """Draw how many committees of an area stood on each rung at the end of the last quarters."""
    units = cache.units(release)

    def make() -> dict[str, Any]:
        quarters = history.closed_quarters(on, count=_QUARTERS)
        counts = history.counts_by_quarter(
            cache.signs(release),
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
    write(_stacks(counts) + _numbers(counts) + source(release, said), "time")


# From the top: what works stands at the left and grows from there.
_ORDER = (*range(TOP, -1, -1), NO_RECORD)


def _quarter_end(code: str) -> str:
    month = calendar.month_of(calendar.parse_period(code).end, Calendar.BS)
    return wording.period_label(month.code)


def _stacks(counts: dict[str, dict[int, int]]) -> str:
    legend = "".join(f'<li><i class="rung{r}"></i>{html.escape(rung_of(r))}</li>' for r in _ORDER)
    rows = "".join(
        f'<tr><th scope="row">{html.escape(_quarter_end(code))}</th><td>{_stack(row)}</td></tr>'
        for code, row in counts.items()
    )
    label = html.escape(_("Committees by rung, quarter by quarter"))
    return (
        f'<ul class="legend">{legend}</ul>'
        f'<table class="stacks" aria-label="{label}"><tbody>{rows}</tbody></table>'
    )


def _stack(row: dict[int, int]) -> str:
    total = sum(row.values()) or 1
    parts = [(rung, row[rung]) for rung in _ORDER if row[rung]]
    said = "; ".join(f"{rung_of(rung)}: {wording.number(many)}" for rung, many in parts)
    bars = "".join(
        f'<i class="rung{rung}{" dark" if rung >= _DARK_FROM else ""}"'
        f' style="width:{100 * many / total:.2f}%">'
        f"{f'<b>{wording.number(many)}</b>' if many / total > _ROOM else ''}</i>"
        for rung, many in parts
    )
    return f'<span class="stack" role="img" aria-label="{html.escape(said)}">{bars}</span>'


def _numbers(counts: dict[str, dict[int, int]]) -> str:
    heads = "".join(
        f'<th scope="col"><abbr title="{html.escape(rung_of(rung))}">'
        f"{html.escape(_('none') if rung == NO_RECORD else wording.in_digits(str(rung)))}"
        "</abbr></th>"
        for rung in _ORDER
    )
    body = "".join(
        f'<tr><th scope="row">{html.escape(_quarter_end(code))}</th>'
        + "".join(f"<td>{wording.number(row[rung])}</td>" for rung in _ORDER)
        + "</tr>"
        for code, row in counts.items()
    )
    return (
        f"<details><summary>{html.escape(_('The numbers as a table'))}</summary>"
        f'<table class="numbers"><thead><tr><th scope="col">{html.escape(_("End of"))}</th>{heads}'
        f"</tr></thead><tbody>{body}</tbody></table></details>"
    )


# ---- own budget after the project -----------------------------------------------------------


def own_budget(release: ReleaseInfo, on: date) -> None:
    """Say how many palikas of the programme districts had an own budget after the project."""
    project = load_project()
    asked = history.asked_year(project)
    units = cache.units(release)
    found = history.own_budget(
        cache.signs(release),
        palikas=selection.shown_units(units, Selection(selection.PROGRAMME, "", "")),
        year=asked,
        known_until=min(on, made_on(release)),
    )
    words = {
        "year": fiscal_year_label(asked),
        "years": wording.in_digits(str(project.years_after)),
        "month": wording.period_label(project.ended.code),
    }
    said = own_budget_said(found, words)
    about = _(
        "A committee has its own budget if the palika's own budget of {year} has an amount above"
        " zero for it. That is {years} years after the project, which ended in {month}. The list"
        " of participating palikas was not published, so we count every palika in the programme"
        " districts."
    ).format(**words)
    write(said + source(release, about), "share")


def own_budget_said(found: OwnBudget | None, words: dict[str, str]) -> str:
    """Write the share as HTML, or why there is none."""
    if found is None:
        return paragraph(
            _(
                "Not known yet: this release was made before {year} began, or our Nepali calendar"
                " does not reach that far."
            ).format(**words)
        )
    silent = ""
    if found.silent:
        silent = paragraph(
            _("{count} more did not report. They may or may not have a budget.").format(
                count=wording.number(found.silent)
            )
        )
    if not found.recorded:
        return paragraph(_("Not known: no palika reported for {year}.").format(**words)) + (silent)
    figure = _("{funded} of {recorded}").format(
        funded=wording.number(found.funded), recorded=wording.number(found.recorded)
    )
    percent = wording.in_digits(f"{100 * found.funded / found.recorded:.0f}")
    text = _(
        "palikas that reported had a committee with its own budget in {year}: {percent} percent."
    ).format(year=words["year"], percent=percent)
    running = "" if found.closed else paragraph(
        _("The fiscal year was not over when this was calculated, so the number can still grow.")
    )  # fmt: skip
    return (
        f"<p><b>{html.escape(figure)}</b> <span>{html.escape(text)}</span></p>" + running + silent
    )
