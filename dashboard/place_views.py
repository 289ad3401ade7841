"""What the page of one place says: what a release has of it, what it lacks, what comes next."""

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import (
    committee_views,
    maps,
    overview_views,
    palika_views,
    selection,
    session,
    views,
    wording,
)
from dashboard.access import Viewer
from dashboard.overview import Figure, Headline
from dashboard.overview_views import said
from dashboard.selection import Selection
from dashboard.wording import _, number
from data import committees
from data.indicators import load_indicators
from data.model import AdminLevel, AgeBand, Audience, ReleaseInfo, Role, Sex, Status

STYLE = Path(__file__).parent / "assets" / "place.css"
_PALIKA_DIGITS = 5
_GROUPS, _MEMBERS = "parents_groups", "parents_members"
_THEMES = (
    "groups", "committees", "training", "youth", "awareness", "coordination", "booths", "outcomes",
    "livelihood", "reporting",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What a release says of one indicator of a place.

    ``period`` and ``row`` (see `selection.layer`) are of the newest figure that is shown, else of
    the newest period; ``newer`` are later periods without a figure, with their status.
    """

    indicator: str
    period: str
    row: pd.Series
    newer: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> bool:
        """Say whether there is a number or a class."""
        return bool(self.row["status"] == Status.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that a release says of one place, or does not.

    ``absent`` are indicators that others of its level have and this place does not; ``coarser``
    those that are released for larger places only.
    """

    release: ReleaseInfo
    unit: str
    known: tuple[Known, ...]
    absent: tuple[str, ...]
    coarser: tuple[str, ...]

    @property
    def palika(self) -> str:
        """Give the palika that the place is, or lies in."""
        return self.unit[:_PALIKA_DIGITS]

    @property
    def is_ward(self) -> bool:
        """Say whether the place is a ward."""
        return len(self.unit) > _PALIKA_DIGITS

    def of(self, indicator: str) -> Known | None:
        """Give what is known of an indicator, None where nothing is."""
        return next((each for each in self.known if each.indicator == indicator), None)


# ---- who sees what


def audience(viewer: Viewer, unit: str) -> Audience:
    """Say whose release of a place a viewer sees.

    A deputy mayor sees the partners' of her own palika and its wards; of every other place what
    everybody sees.
    """
    if viewer.role is Role.PUBLIC:
        return Audience.PUBLIC
    if viewer.role is Role.DEPUTY and unit[:_PALIKA_DIGITS] != viewer.scope:
        return Audience.PUBLIC
    return Audience.PARTNER


def is_place(release: ReleaseInfo, unit: str) -> bool:
    """Say whether a release's readers have a page of a unit: a palika, and of partners a ward."""
    units = session.units(release)
    if unit not in units.index:
        return False
    level = units.at[unit, "admin_level"]
    return bool(
        level == AdminLevel.PALIKA
        or (level == AdminLevel.WARD and release.audience is Audience.PARTNER)
    )


# ---- from a release


def profile(release: ReleaseInfo, unit: str) -> Profile:
    """Gather what a release says of a place, in the order of the reference list."""
    units, catalogue = session.units(release), session.catalogue(release)
    cells = session.cells_around(release, unit)
    mine = cells[
        (cells["unit_code"] == unit)
        & (cells["sex"] == Sex.ALL)
        & (cells["age_band"] == AgeBand.ALL)
    ].sort_values(["period_end", "period_start"])
    of_indicator = {str(code): rows for code, rows in mine.groupby("indicator")}
    at_level = set(
        catalogue.loc[catalogue["admin_level"] == units.at[unit, "admin_level"], "indicator"]
    )
    released = set(catalogue["indicator"])
    order = list(load_indicators())
    known = tuple(
        _known(code, of_indicator[code], cells, units, unit)
        for code in order
        if code in of_indicator
    )
    absent = tuple(code for code in order if code in at_level - set(of_indicator))
    coarser = tuple(code for code in order if code in released - at_level)
    return Profile(release, unit, known, absent, coarser)


def _known(
    indicator: str, rows: pd.DataFrame, cells: pd.DataFrame, units: pd.DataFrame, unit: str
) -> Known:
    shown = rows[rows["status"] == Status.PUBLISHED]
    newest = (shown if len(shown) else rows).iloc[-1]
    later = rows[rows["period_start"] > newest["period_end"]] if len(shown) else rows.iloc[:0]
    same = cells[cells["indicator"].eq(indicator) & cells["period"].eq(newest["period"])]
    row = selection.layer(same, units, pd.Index([unit])).iloc[0]
    newer = tuple((str(each["period"]), str(each["status"])) for _n, each in later.iterrows())
    return Known(indicator, str(newest["period"]), row, newer)


def wards_without_group(found: Profile) -> tuple[str, pd.Index, pd.Index]:
    """Give the newest period of groups by ward, the wards without one, and those that are silent.

    In ward order; empty where the release has no wards of the palika.
    """
    release = found.release
    units = session.units(release)
    wards = units.index[
        (units["parent_code"] == found.palika) & units["admin_level"].eq(AdminLevel.WARD)
    ].sort_values()
    cells = session.cells_within(release, found.palika)
    mine = cells[cells["indicator"].eq(_GROUPS) & cells["unit_code"].isin(wards)]
    shown = mine[mine["status"] == Status.PUBLISHED].sort_values(["period_end", "period_start"])
    if shown.empty:
        return "", wards[:0], wards[:0]
    period = str(shown["period"].iloc[-1])
    layer = selection.layer(mine[mine["period"] == period], units, wards)
    silent = layer.index[layer["status"] != Status.PUBLISHED]
    return period, palika_views.without_group(layer), silent


# ---- words


def theme_name(theme: str) -> str:
    """Name a theme of the list of indicators."""
    return {
        "groups": _("Parents' groups"),
        "committees": _("The committee's work"),
        "training": _("Training"),
        "youth": _("Children and youth"),
        "awareness": _("Awareness"),
        "coordination": _("Working together"),
        "booths": _("Booths at the border"),
        "outcomes": _("After a journey was stopped"),
        "livelihood": _("Livelihoods"),
        "reporting": _("Reports"),
    }.get(theme, theme)


def kind_name(units: pd.DataFrame, unit: str) -> str:
    """Say what kind of place it is."""
    if units.at[unit, "admin_level"] == AdminLevel.WARD:
        return _("Ward")
    return {
        "Metropolitan City": _("Metropolitan city"),
        "Sub-Metropolitan City": _("Sub-metropolitan city"),
        "Municipality": _("Municipality"),
        "Rural Municipality": _("Rural municipality"),
    }.get(str(units.at[unit, "palika_type"]), _("Palika"))


def place_name(units: pd.DataFrame, unit: str) -> str:
    """Name a place; a ward with its palika."""
    name = views.unit_name(units, unit)
    if units.at[unit, "admin_level"] != AdminLevel.WARD:
        return name
    ward = wording.in_digits(str(units.at[unit, "ward_number"]))
    return _("{palika}, ward {number}").format(
        palika=views.unit_name(units, unit[:_PALIKA_DIGITS]), number=ward
    )


def status_said(status: str) -> str:
    """Say why there is no figure."""
    return {
        Status.SUPPRESSED.value: _("hidden to keep people safe"),
        Status.NOT_REPORTED.value: _("not reported"),
        Status.NOT_APPLICABLE.value: _("does not apply"),
    }.get(status, _("no record"))


def facts(found: Profile) -> str:
    """Say where a place lies, what it is, and how many people live there, with the source."""
    units = session.units(found.release)
    row = units.loc[found.unit]
    district = views.unit_name(units, found.unit[:3])
    place = _("{kind} in {district} District").format(
        kind=kind_name(units, found.unit), district=district
    )
    lines = [place]
    if pd.isna(row["population_2021"]):
        lines.append(_("Population: no figure"))
    else:
        lines.append(
            _("Population: {count} (census 2021; {source})").format(
                count=number(int(row["population_2021"])), source=_source(str(row["source"]))
            )
        )
    if row["touches_border"]:
        lines.append(_("At the border with India"))
    if units.at[found.unit[:3], "programme_district"]:
        lines.append(_("In a programme district"))
    return said(" · ".join(lines), "facts")


def _source(source: str) -> str:
    return _("National Statistics Office") if source == "National Statistics Office" else source


def next_step(found: Profile, on: date) -> str:
    """Say the next step of a place in one sentence: its committee's, a group's, a report's."""
    if committees_step := committee_step(found, on):
        return committees_step
    if found.release.audience is Audience.PARTNER:
        _period, lacking, _silent = wards_without_group(found)
        if found.is_ward and found.unit in lacking:
            return _("Start a parents' group in this ward.")
        if not found.is_ward and len(lacking):
            units = session.units(found.release)
            first = wording.in_digits(str(units.at[lacking[0], "ward_number"]))
            return _("Start a parents' group in ward {number}.").format(number=first)
    silent = [each for each in found.known if each.row["status"] == Status.NOT_REPORTED]
    if silent:
        return _("Report {what} for {period}.").format(
            what=views.name(silent[0].indicator), period=wording.period_label(silent[0].period)
        )
    if not found.known:
        return _("Report what is being done here.")
    return _("Keep going, and report.")


def committee_step(found: Profile, on: date) -> str:
    """Say the next step of a palika's committee; nothing where it is to keep going, or of a ward.

    The committee's card says it, too.
    """
    if found.is_ward or not committee_views.is_known(on):
        return ""
    row = committee_views.standing(found.release, pd.Index([found.palika]), on).iloc[0]
    if row["next_step"] == "keep":
        return ""
    return committees.load_ladder().next_step[row["next_step"]][wording.language()]


# ---- parts of the page


def step(found: Profile, on: date) -> str:
    """Write the next step before everything else, where the committee's card does not say it."""
    if committee_step(found, on):
        return ""
    label = html.escape(_("Next step"))
    return f'<p class="step"><b>{label}</b> {html.escape(next_step(found, on))}</p>'


def of_groups(found: Profile) -> list[Known]:
    """Give what is shown of groups and their members."""
    listed = (found.of(_GROUPS), found.of(_MEMBERS))
    return [each for each in listed if each is not None and each.shown]


def groups(found: Profile) -> str:
    """Say how many parents' groups and members there are; for partners, wards without a group."""
    number_of, members = found.of(_GROUPS), found.of(_MEMBERS)
    parts = [_fact(each) for each in (number_of, members) if each is not None]
    written = f"<dl>{''.join(parts)}</dl>" if parts else ""
    if found.is_ward or found.release.audience is not Audience.PARTNER:
        return written
    period, lacking, silent = wards_without_group(found)
    if not period:
        return written
    when = wording.period_label(period)
    if lacking.empty and silent.empty:
        written += said(_("Every ward has a parents' group ({period}).").format(period=when))
    if len(lacking):
        text = _("Wards without a parents' group ({period}):").format(period=when)
        written += said(text) + _wards(found.release, lacking)
    if len(silent):
        text = _("Wards that did not report groups ({period}):").format(period=when)
        written += said(text) + _wards(found.release, silent)
    return written


def _wards(release: ReleaseInfo, wards: Iterable[str]) -> str:
    units = session.units(release)
    more = "" if wording.language() == "en" else f"&amp;lang={wording.language()}"
    items = "".join(
        f'<li><a href="?unit={code}{more}" target="_self">{html.escape(text)}</a></li>'
        for code in wards
        for text in [
            _("Ward {number}").format(number=wording.in_digits(str(units.at[code, "ward_number"])))
        ]
    )
    return f'<ul class="wards">{items}</ul>'


def _fact(known: Known) -> str:
    figure = html.escape(maps.figure(known.row))
    kind = "shown" if known.shown else "lacks"
    amount = f"<b>{figure}</b>" if known.shown else figure
    unit = f" {html.escape(views.unit_of(known.indicator))}" if known.shown else ""
    said_when = overview_views.when(Headline("", known.indicator), Figure((known.period,)))
    when = html.escape(said_when)
    return (
        f'<div class="{kind}"><dt>{html.escape(views.name(known.indicator))}</dt>'
        f"<dd>{amount}{unit} <small>{when}</small>{_newer(known)}</dd></div>"
    )


def _newer(known: Known) -> str:
    """Say which later periods have no figure, so that an old one is not taken for today's."""
    by_status: dict[str, list[str]] = {}
    for period, status in known.newer:
        by_status.setdefault(status, []).append(wording.period_label(period))
    texts = (f"{', '.join(when)}: {status_said(status)}" for status, when in by_status.items())
    return "".join(f"<small>{html.escape(text)}</small>" for text in texts)


def by_theme(found: Profile) -> dict[str, list[Known]]:
    """Give the figures that are shown, by theme; groups and members stand above them already."""
    above = {_GROUPS, _MEMBERS}
    rows: dict[str, list[Known]] = {}
    for known in found.known:
        theme = load_indicators()[known.indicator].theme
        if known.shown and known.indicator not in above:
            rows.setdefault(theme, []).append(known)
    return {theme: rows[theme] for theme in _THEMES if theme in rows}


def figures(theme: str, rows: Sequence[Known]) -> str:
    """Write the newest figure of each indicator of a theme."""
    return f"<h3>{html.escape(theme_name(theme))}</h3><dl>{''.join(map(_fact, rows))}</dl>"


def lacks(found: Profile) -> str:
    """Say in words what is not known of a place, and why."""
    parts = []
    for status in (Status.SUPPRESSED, Status.NOT_REPORTED, Status.NOT_APPLICABLE):
        rows = [each for each in found.known if each.row["status"] == status]
        if rows:
            items = "".join(f"<li>{html.escape(_lacking(each))}</li>" for each in rows)
            name = html.escape(status_said(status.value))
            parts.append(f"<div><h3>{name}</h3><ul>{items}</ul></div>")
    named = (
        (_("no record"), found.absent),
        (_("released for larger places only"), found.coarser),
    )
    for what, codes in named:
        if codes:
            listed = ", ".join(views.name(code) for code in codes)
            parts.append(f"<div><h3>{html.escape(what)}</h3>{said(listed)}</div>")
    return "".join(parts)


def _lacking(known: Known) -> str:
    text = f"{views.name(known.indicator)}, {wording.period_label(known.period)}"
    if known.row["status"] != Status.SUPPRESSED:
        return text
    _hidden, _mark, coarser = maps.figure(known.row).partition(" · ")
    return f"{text}: {coarser}"


# ---- to the maps


def map_query(found: Profile, known: Known, viewer: Viewer) -> Mapping[str, str] | None:
    """Give the view of a figure on the map of this viewer; None where that map does not have it."""
    mapped = session.current(map_audience(viewer))
    if found.release.audience is map_audience(viewer):
        mapped = found.release
    if mapped is None:
        return None
    catalogue = session.catalogue(mapped)
    level = AdminLevel.WARD if found.is_ward else AdminLevel.PALIKA
    there = catalogue["indicator"].eq(known.indicator) & catalogue["admin_level"].eq(level)
    if not there.any():
        return None
    period = known.period if catalogue.loc[there, "period"].eq(known.period).any() else ""
    chosen = Selection(
        area=found.palika if found.is_ward else found.unit[:3],
        indicator=known.indicator,
        period=period,
        level="ward" if found.is_ward else "palika",
    )
    query = chosen.as_query() | {"release": str(mapped.number)}
    return query if wording.language() == "en" else query | {"lang": wording.language()}


def map_audience(viewer: Viewer) -> Audience:
    """Say whose release the map draws to which a viewer is led: a planner's own, or everybody's."""
    return Audience.PARTNER if viewer.role is Role.PLANNER else Audience.PUBLIC


def links(found: Profile, rows: Sequence[Known], viewer: Viewer, page: Path, *, key: str) -> None:
    """Lead to the map of each figure."""
    asked = [(each, map_query(found, each, viewer)) for each in rows]
    if not any(query for _each, query in asked):
        return
    with st.container(horizontal=True, key=f"place-links-{key}"):
        for each, query in asked:
            if query:
                label = _("Map: {what}").format(what=views.name(each.indicator))
                st.page_link(page, label=label, query_params=dict(query))


# ---- to choose a place


def districts(units: pd.DataFrame) -> list[str]:
    """Give the districts in the order of their names."""
    return _named(units, units["admin_level"].eq(AdminLevel.DISTRICT))


def palikas(units: pd.DataFrame, district: str) -> list[str]:
    """Give the palikas of a district in the order of their names."""
    inside = units["admin_level"].eq(AdminLevel.PALIKA) & units["parent_code"].eq(district)
    return _named(units, inside)


def _named(units: pd.DataFrame, those: pd.Series) -> list[str]:
    names = units.loc[those, f"name_{wording.language()}"].sort_values()
    return [str(code) for code in names.index]
