"""Booths for partners: what each did in its newest quarter, when it is open, and which is silent.

Figures of booths are released for their palika, outcomes for their district. Booths in the same
palika share its figures, and the page says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices
from dashboard.page import layout, markup
from dashboard.released import cache, selection
from data.model import AgeBand, Indicator, PeriodKind, ReleaseInfo, Sex, Status
from data.reference import booths, calendar
from data.reference.booths import Silence
from data.reference.indicators import load_indicators
from data.reference.unit_codes import district_of

TIMELINESS = "reporting_timeliness"
_PARTS = ("f", "m", "u18")  # of the people informed
_THEME = "booths"
_Row = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Booth:
    """One booth of a release; ``district`` and ``palika`` are codes.

    ``together`` is how many booths share the palika's figures; ``quarter`` the newest quarter with
    a released count of people informed, or empty; ``closed`` is None for an open booth.
    """

    name: str
    palika: str
    district: str
    opened: date
    closed: date | None
    operator: str
    together: int
    quarter: str
    silence: Silence | None

    @property
    def is_silent(self) -> bool:
        """Whether the booth is open and has not reported for `booths.SILENT_DAYS`."""
        return self.closed is None and self.silence is not None and self.silence.is_long


def listed(release: ReleaseInfo, on: date) -> list[Booth]:
    """Return the booths of a release, by district and then by name.

    A release as a viewer reads it holds their places only. A booth that closes after ``on`` is
    open.
    """
    sites, units = cache.sites(release), cache.units(release)
    name = f"name_{wording.language()}"
    sites = sites.assign(
        within=units[name].reindex(district_of(sites["palika_code"])).to_numpy(),
        together=sites.groupby("palika_code")["palika_code"].transform("size"),
    ).sort_values(["within", name])
    months = cache.cells(release, indicator=TIMELINESS)
    counted = list_counted()
    contacts = cache.cells(release, indicator=counted[0]) if counted else months.iloc[:0]
    return [
        Booth(
            name=str(site[name]),
            palika=(palika := str(site["palika_code"])),
            district=district_of(palika),
            opened=date.fromisoformat(str(site["opened"])),
            closed=None
            if booths.is_open(closed=str(site["closed"]), on=on)
            else date.fromisoformat(str(site["closed"])),
            operator=str(site[f"operator_{wording.language()}"] or ""),
            together=int(site["together"]),
            quarter=quarters[-1] if quarters else "",
            silence=booths.measure_silence(_totals(months, palika), told=quarters),
        )
        for _code, site in sites.iterrows()
        for quarters in (_told_quarters(_totals(contacts, str(site["palika_code"]))),)
    ]


def list_counted() -> list[str]:
    """Return the indicators that are counted at booths, the people informed first.

    In the order of the project's list, without what happened after a journey was stopped.
    """
    return [
        code
        for code, each in load_indicators().items()
        if each.booth and not _is_outcome(each) and code != TIMELINESS
    ]


def _is_outcome(indicator: Indicator) -> bool:
    return indicator.code == "rescues" or indicator.theme == "outcomes"


def _totals(cells: pd.DataFrame, unit: str) -> pd.DataFrame:
    return cells[
        cells["unit_code"].eq(unit)
        & cells["sex"].eq(Sex.ALL.value)
        & cells["age_band"].eq(AgeBand.ALL.value)
    ]


def _told_quarters(cells: pd.DataFrame) -> list[str]:
    """Return the quarters with a figure, hidden or not, oldest first."""
    told = cells[cells["status"].isin([Status.PUBLISHED, Status.SUPPRESSED])]
    return [
        code
        for code in told.sort_values("period_end")["period"].astype(str)
        if calendar.parse_period(code).kind is PeriodKind.QUARTER
    ]


def said_first(listed_booths: Iterable[Booth]) -> str:
    """Format how many booths there are and how many are silent."""
    every = list(listed_booths)
    return _("Booths: {count}. Not reported for {days} days or longer: {silent}.").format(
        count=wording.number(len(every)),
        silent=wording.number(sum(each.is_silent for each in every)),
        days=wording.number(booths.SILENT_DAYS),
    )


def card(release: ReleaseInfo, booth: Booth) -> None:
    """Write everything that a release says about one booth."""
    units = cache.units(release)
    with st.container(border=True):
        st.subheader(booth.name)
        place = (
            f"{labels.unit_name(units, booth.palika)}, {labels.unit_name(units, booth.district)}"
        )
        st.markdown(f"{place} · {_times(booth)}")
        _say_silence(booth)
        if not booth.quarter:
            st.info(_("No figures for this booth have been released yet."))
            return
        period = wording.period_label(booth.quarter)
        st.markdown(f"**{period}**")
        if booth.together > 1:
            text = _("These figures are for all {count} booths of this palika together.")
            st.caption(text.format(count=wording.number(booth.together)))
        here, around = st.columns(2)
        with here:
            markup.write_rows_table(figures(release, booth), f"{booth.name}, {period}")
        with around:
            st.markdown(_("What happened next, in the whole district"))
            _say_outcomes(release, booth)
        st.caption(_run_by(booth))
        st.caption(_who(release, booth))


def _times(booth: Booth) -> str:
    opened = wording.day_label(booth.opened)
    if booth.closed is None:
        return _("open since {day}").format(day=opened)
    return _("open from {first} to {last}, now closed").format(
        first=opened, last=wording.day_label(booth.closed)
    )


def _say_silence(booth: Booth) -> None:
    if not booth.is_silent or booth.silence is None:
        return
    days = wording.number(booth.silence.days)
    if booth.silence.since is None:
        text = _("Has not reported for at least {days} days.").format(days=days)
    else:
        text = _("Has not reported for at least {days} days. The last report was for {period}.")
        period = wording.period_label(booth.silence.since)
        text = text.format(days=days, period=period)
    layout.write_sentence(text, kind="sima-finding question")


def figures(release: ReleaseInfo, booth: Booth) -> list[_Row]:
    """Return the figures of the booth's palika in its newest quarter; hidden ones say so."""
    informed, *others = list_counted()
    rows = [_row(release, informed, booth.quarter, booth.palika)]
    for whom in _PARTS:
        _name, unit, figure, status = _row(release, informed, booth.quarter, booth.palika, whom)
        rows.append((f"– {choices.whom_name(whom)}", unit, figure, status))
    rows += [_row(release, each, booth.quarter, booth.palika) for each in others]
    return [*rows, *_months(release, booth)]


def outcomes(release: ReleaseInfo, booth: Booth) -> list[_Row]:
    """Return what happened after stopped journeys, by district: the policy releases no finer."""
    codes = [code for code, each in load_indicators().items() if _is_outcome(each)]
    rows = [_row(release, code, booth.quarter, booth.district) for code in codes]
    return [row for row in rows if row[3] != selection.NO_CELL]


def _say_outcomes(release: ReleaseInfo, booth: Booth) -> None:
    """Write the outcomes as a table, and the hidden ones in one sentence."""
    rows = outcomes(release, booth)
    hidden = [name for name, _unit, _figure, status in rows if status == Status.SUPPRESSED]
    others = [row for row in rows if row[3] != Status.SUPPRESSED]
    if others:
        label = labels.unit_name(cache.units(release), booth.district)
        markup.write_rows_table(others, label)
    if hidden:
        st.markdown(_("Hidden to keep people safe: {names}.").format(names=" · ".join(hidden)))
    if not rows:
        st.caption(_("No figures of this kind were released for this quarter."))


def _row(release: ReleaseInfo, indicator: str, period: str, unit: str, whom: str = "") -> _Row:
    cells = cache.cells(release, period=period)
    cells = cells[cells["indicator"] == indicator]
    row = selection.layer(cells, cache.units(release), pd.Index([unit]), whom).iloc[0]
    return (
        labels.indicator_name(indicator),
        labels.indicator_unit(indicator),
        status_text.figure_text(row),
        str(row["status"]),
    )


def _months(release: ReleaseInfo, booth: Booth) -> list[_Row]:
    """Return how many of the months due were reported, in the newest quarter with a figure."""
    cells = _totals(cache.cells(release, indicator=TIMELINESS), booth.palika)
    quarters = _told_quarters(cells)
    if not quarters:
        return []
    period = quarters[-1]
    name, unit, figure, status = _row(release, TIMELINESS, period, booth.palika)
    if status == Status.PUBLISHED and booth.together == 1:
        due = booths.count_months_due(
            calendar.parse_period(period), opened=booth.opened, closed=booth.closed
        )
        if not due:
            return []
        figure = _("{reported} of {due}").format(reported=figure, due=wording.number(due))
    return [(name, f"{wording.period_label(period)} · {unit}", figure, status)]


def _run_by(booth: Booth) -> str:
    """Format who runs a booth, as far as we know it."""
    if not booth.operator:
        return _("We do not know who runs this booth.")
    return _("Run by: {operator}.").format(operator=booth.operator)


def _who(release: ReleaseInfo, booth: Booth) -> str:
    """Format which organisations report on the palika's booths, as far as it is released."""
    told = cache.presence(release)
    mine = told[told["palika_code"].eq(booth.palika) & told["theme"].eq(_THEME)]
    if mine.empty:
        return _("The release does not say which organisation reports from here.")
    newest = mine[mine["year"] == mine["year"].max()]
    names = sorted(newest[f"name_{wording.language()}"].unique())
    return _("Reports come from: {names} ({year}).").format(
        names=", ".join(names), year=wording.in_digits(str(newest["year"].iloc[0]))
    )
