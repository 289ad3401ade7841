"""What the page of one place says: what a release has of it, what it lacks, what comes next."""

import html
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.page.markup import paragraph
from dashboard.released import cache, committee_status, figure_text
from dashboard.released.headline_figures import Figure, Headline
from dashboard.released.place_profile import (
    PALIKA_DIGITS,
    Known,
    Profile,
    map_query,
    wards_without_group,
)
from dashboard.released.ward_groups import PARENTS_GROUPS
from dashboard.static_assets import ASSETS
from data.committees.ladder import load_ladder
from data.model import AdminLevel, Audience, ReleaseInfo, Status
from data.reference.indicators import load_indicators

STYLE = ASSETS / "place.css"
_MEMBERS = "parents_members"
_THEMES = (
    "groups", "committees", "training", "youth", "awareness", "coordination", "booths", "elsewhere",
    "outcomes", "livelihood", "reporting",
)  # fmt: skip


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
    name = labels.unit_name(units, unit)
    if units.at[unit, "admin_level"] != AdminLevel.WARD:
        return name
    ward = wording.in_digits(str(units.at[unit, "ward_number"]))
    return _("{palika}, ward {number}").format(
        palika=labels.unit_name(units, unit[:PALIKA_DIGITS]), number=ward
    )


def facts(found: Profile) -> str:
    """Say where a place lies, what it is, and how many people live there, with the source."""
    units = cache.units(found.release)
    row = units.loc[found.unit]
    district = labels.unit_name(units, found.unit[:3])
    place = _("{kind} in {district} District").format(
        kind=kind_name(units, found.unit), district=district
    )
    lines = [place]
    if pd.isna(row["population_2021"]):
        lines.append(_("Population: not available"))
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
    return paragraph(" · ".join(lines), "facts")


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
            units = cache.units(found.release)
            first = wording.in_digits(str(units.at[lacking[0], "ward_number"]))
            return _("Start a parents' group in ward {number}.").format(number=first)
    silent = [each for each in found.known if each.row["status"] == Status.NOT_REPORTED]
    if silent:
        return _("Report {what} for {period}.").format(
            what=labels.indicator_name(silent[0].indicator),
            period=wording.period_label(silent[0].period),
        )
    if not found.known:
        return _("Report the work done here.")
    return _("Keep working, and keep reporting.")


def committee_step(found: Profile, on: date) -> str:
    """Say the next step of a palika's committee; nothing where it is to keep going, or of a ward.

    The committee's card says it, too.
    """
    if found.is_ward or not committee_status.is_known(on):
        return ""
    row = committee_status.standing(found.release, pd.Index([found.palika]), on).iloc[0]
    if row["next_step"] == "keep":
        return ""
    return load_ladder().next_step[row["next_step"]][wording.language()]


# ---- parts of the page


def step(found: Profile, on: date) -> str:
    """Write the next step before everything else, where the committee's card does not say it."""
    if committee_step(found, on):
        return ""
    label = html.escape(_("Next step"))
    return f'<p class="step"><b>{label}</b> {html.escape(next_step(found, on))}</p>'


def of_groups(found: Profile) -> list[Known]:
    """Give what is shown of groups and their members."""
    listed = (found.of(PARENTS_GROUPS), found.of(_MEMBERS))
    return [each for each in listed if each is not None and each.shown]


def groups(found: Profile) -> str:
    """Say how many parents' groups and members there are; for partners, wards without a group."""
    number_of, members = found.of(PARENTS_GROUPS), found.of(_MEMBERS)
    parts = [_fact(each) for each in (number_of, members) if each is not None]
    written = f"<dl>{''.join(parts)}</dl>" if parts else ""
    if found.is_ward or found.release.audience is not Audience.PARTNER:
        return written
    period, lacking, silent = wards_without_group(found)
    if not period:
        return written
    when = wording.period_label(period)
    if lacking.empty and silent.empty:
        written += paragraph(_("Every ward has a parents' group ({period}).").format(period=when))
    if len(lacking):
        text = _("Wards without a parents' group ({period}):").format(period=when)
        written += paragraph(text) + _wards(found.release, lacking)
    if len(silent):
        text = _("Wards that did not report groups ({period}):").format(period=when)
        written += paragraph(text) + _wards(found.release, silent)
    return written


def _wards(release: ReleaseInfo, wards: Iterable[str]) -> str:
    units = cache.units(release)
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
    figure = html.escape(status_text.figure_text(known.row))
    kind = "shown" if known.shown else "lacks"
    amount = f"<b>{figure}</b>" if known.shown else figure
    unit = f" {html.escape(labels.indicator_unit(known.indicator))}" if known.shown else ""
    said_when = figure_text.period_text(Headline("", known.indicator), Figure((known.period,)))
    when = html.escape(said_when)
    return (
        f'<div class="{kind}"><dt>{html.escape(labels.indicator_name(known.indicator))}</dt>'
        f"<dd>{amount}{unit} <small>{when}</small>{_newer(known)}</dd></div>"
    )


def _newer(known: Known) -> str:
    """Say which later periods have no figure, so that an old one is not taken for today's."""
    by_status: dict[str, list[str]] = {}
    for period, newer in known.newer:
        by_status.setdefault(newer, []).append(wording.period_label(period))
    texts = (
        f"{', '.join(when)}: {status_text.status_name(status, _('nothing reported'))}"
        for status, when in by_status.items()
    )
    return "".join(f"<small>{html.escape(text)}</small>" for text in texts)


def by_theme(found: Profile) -> dict[str, list[Known]]:
    """Give the figures that are shown, by theme; groups and members stand above them already."""
    above = {PARENTS_GROUPS, _MEMBERS}
    rows: dict[str, list[Known]] = {}
    for known in found.known:
        theme = load_indicators()[known.indicator].theme
        if known.shown and known.indicator not in above:
            rows.setdefault(theme, []).append(known)
    return {theme: rows[theme] for theme in _THEMES if theme in rows}


def figures(theme: str, rows: Sequence[Known]) -> str:
    """Write the newest figure of each indicator of a theme."""
    return f"<h3>{html.escape(labels.theme_name(theme))}</h3><dl>{''.join(map(_fact, rows))}</dl>"


def lacks(found: Profile) -> str:
    """Say in words what is not known of a place, and why."""
    parts = []
    for status in (Status.SUPPRESSED, Status.NOT_REPORTED, Status.NOT_APPLICABLE):
        rows = [each for each in found.known if each.row["status"] == status]
        if rows:
            items = "".join(f"<li>{html.escape(_lacking(each))}</li>" for each in rows)
            name = html.escape(status_text.status_name(status))
            parts.append(f"<div><h3>{name}</h3><ul>{items}</ul></div>")
    named = (
        (_("nothing reported"), found.absent),
        (_("released for larger places only"), found.coarser),
    )
    for what, codes in named:
        if codes:
            listed = ", ".join(labels.indicator_name(code) for code in codes)
            parts.append(f"<div><h3>{html.escape(what)}</h3>{paragraph(listed)}</div>")
    return "".join(parts)


def _lacking(known: Known) -> str:
    text = f"{labels.indicator_name(known.indicator)}, {wording.period_label(known.period)}"
    if known.row["status"] != Status.SUPPRESSED:
        return text
    _hidden, _mark, coarser = status_text.figure_text(known.row).partition(" · ")
    return f"{text}: {coarser}"


# ---- to the maps


def links(found: Profile, rows: Sequence[Known], viewer: Viewer, page: Path, *, key: str) -> None:
    """Lead to the map of each figure."""
    asked = [(each, map_query(found, each, viewer)) for each in rows]
    if not any(query for _each, query in asked):
        return
    with st.container(horizontal=True, key=f"place-links-{key}"):
        for each, query in asked:
            if query:
                label = _("Map: {what}").format(what=labels.indicator_name(each.indicator))
                st.page_link(page, label=label, query_params=dict(query))
