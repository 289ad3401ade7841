"""What the page of one place says: what a release has of it, what it lacks, what comes next."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pandas as pd
import streamlit as st
from markupsafe import Markup

from dashboard.auth.viewer import Viewer
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _, number
from dashboard.page import addresses, controls, layout
from dashboard.page.markup import render
from dashboard.released import cache, committee_status, figure_text, place_profile
from dashboard.released.headline_figures import Figure, Headline
from dashboard.released.place_profile import Known, Profile, map_query, ward_group_gaps
from dashboard.released.ward_groups import PARENTS_GROUPS
from dashboard.static_assets import ASSETS
from data.committees.ladder import load_ladder
from data.model import AdminLevel, Audience, ReleaseInfo, Status
from data.reference import unit_codes
from data.reference.indicators import load_indicators
from data.reference.unit_codes import district_of

STYLE = ASSETS / "place.css"
_MEMBERS = "parents_members"
_THEMES = (
    "groups", "committees", "training", "youth", "awareness", "coordination", "booths", "elsewhere",
    "outcomes", "livelihood", "reporting",
)  # fmt: skip


def _write(markup: Markup, kind: str = "", *, figures: bool = False) -> None:
    """Write markup of ours in the language in use; ``figures``: the skip link leads there."""
    if markup:
        name = layout.FIGURES if figures else ""
        language = wording.language()
        st.html(
            render("place/part.html.j2", markup=markup, kind=kind, name=name, language=language)
        )


def kind_name(units: pd.DataFrame, unit: str) -> str:
    """Return what kind of place it is."""
    if units.at[unit, "admin_level"] == AdminLevel.WARD:
        return _("Ward")
    return {
        "Metropolitan City": _("Metropolitan city"),
        "Sub-Metropolitan City": _("Sub-metropolitan city"),
        "Municipality": _("Municipality"),
        "Rural Municipality": _("Rural municipality"),
    }.get(str(units.at[unit, "palika_type"]), _("Palika"))


def place_name(units: pd.DataFrame, unit: str) -> str:
    """Return the name of a place; of a ward with its palika."""
    name = labels.unit_name(units, unit)
    if units.at[unit, "admin_level"] != AdminLevel.WARD:
        return name
    ward = wording.in_digits(str(units.at[unit, "ward_number"]))
    return _("{palika}, ward {number}").format(
        palika=labels.unit_name(units, unit_codes.palika_of(unit)), number=ward
    )


def facts(found: Profile) -> str:
    """Return where a place lies, what it is, and how many people live there, with the source."""
    units = cache.units(found.release)
    row = units.loc[found.unit]
    district = labels.unit_name(units, district_of(found.unit))
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
    if units.at[district_of(found.unit), "programme_district"]:
        lines.append(_("In a programme district"))
    return " · ".join(lines)


def _source(source: str) -> str:
    return _("National Statistics Office") if source == "National Statistics Office" else source


def next_step(found: Profile, on: date) -> str:
    """Return the next step of a place: its committee's, a group's or a report's."""
    if committees_step := committee_step(found, on):
        return committees_step
    if found.release.audience is Audience.PARTNER:
        _period, lacking, _silent = ward_group_gaps(found)
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
    """Return the next step of a palika's committee; empty for a ward, or if it is to keep going.

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
    """Return the next step, which opens the page; empty if the committee's card says it."""
    return "" if committee_step(found, on) else next_step(found, on)


def of_groups(found: Profile) -> list[Known]:
    """Return what is shown of groups and their members."""
    listed = (found.of(PARENTS_GROUPS), found.of(_MEMBERS))
    return [each for each in listed if each is not None and each.shown]


def groups(found: Profile) -> Markup:
    """Return how many parents' groups and members there are; for partners, wards without a group.

    Empty if nothing is known of them.
    """
    counted = (found.of(PARENTS_GROUPS), found.of(_MEMBERS))
    return render(
        "place/groups.html.j2",
        facts=[_fact(each) for each in counted if each is not None],
        lists=_ward_lists(found),
    )


def _ward_lists(found: Profile) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return sentences about wards without a group, each with the wards that it is about."""
    if found.is_ward or found.release.audience is not Audience.PARTNER:
        return []
    period, lacking, silent = ward_group_gaps(found)
    if not period:
        return []
    when = wording.period_label(period)
    if lacking.empty and silent.empty:
        return [(_("Every ward has a parents' group ({period}).").format(period=when), [])]
    listed = []
    if len(lacking):
        text = _("Wards without a parents' group ({period}):").format(period=when)
        listed.append((text, _ward_links(found.release, lacking)))
    if len(silent):
        text = _("Wards that did not report groups ({period}):").format(period=when)
        listed.append((text, _ward_links(found.release, silent)))
    return listed


def _ward_links(release: ReleaseInfo, wards: Iterable[str]) -> list[tuple[str, str]]:
    """Return the address and the name of each ward."""
    numbers = cache.units(release)["ward_number"]
    return [
        (
            addresses.link(unit=str(code)),
            _("Ward {number}").format(number=wording.in_digits(str(numbers[code]))),
        )
        for code in wards
    ]


def _fact(known: Known) -> Mapping[str, object]:
    """Return a figure in words, for ``place/facts.html.j2``."""
    return {
        "shown": known.shown,
        "name": labels.indicator_name(known.indicator),
        "figure": status_text.figure_text(known.row),
        "unit": labels.indicator_unit(known.indicator),
        "when": _when(known),
        "newer": _newer(known),
    }


def _when(known: Known) -> str:
    """Return the time that a figure is for: a period, or its end."""
    return figure_text.period_text(Headline("", known.indicator), Figure((known.period,)))


def _newer(known: Known) -> list[str]:
    """Return which later periods have no figure, so that no old one is taken for today's."""
    by_status: dict[str, list[str]] = {}
    for period, newer in known.newer:
        by_status.setdefault(newer, []).append(wording.period_label(period))
    return [
        f"{', '.join(when)}: {status_text.status_name(status, _('nothing reported'))}"
        for status, when in by_status.items()
    ]


def by_theme(found: Profile) -> dict[str, list[Known]]:
    """Return the figures that are shown, by theme; groups and members stand above them already."""
    above = {PARENTS_GROUPS, _MEMBERS}
    rows: dict[str, list[Known]] = {}
    for known in found.known:
        theme = load_indicators()[known.indicator].theme
        if known.shown and known.indicator not in above:
            rows.setdefault(theme, []).append(known)
    return {theme: rows[theme] for theme in _THEMES if theme in rows}


def figures(theme: str, rows: Sequence[Known]) -> Markup:
    """Return the newest figure of each indicator of a theme."""
    return render(
        "place/theme.html.j2", name=labels.theme_name(theme), facts=[_fact(each) for each in rows]
    )


def lacks(found: Profile) -> Markup:
    """Return in words what is not known of a place, and why."""
    parts = []
    for status in (Status.SUPPRESSED, Status.NOT_REPORTED, Status.NOT_APPLICABLE):
        rows = [_lacking(each) for each in found.known if each.row["status"] == status]
        if rows:
            parts.append({"name": status_text.status_name(status), "rows": rows, "text": ""})
    named = (
        (_("nothing reported"), found.absent),
        (_("shown only for larger areas"), found.coarser),
    )
    for what, codes in named:
        if codes:
            text = ", ".join(labels.indicator_name(code) for code in codes)
            parts.append({"name": what, "rows": [], "text": text})
    return render("place/lacks.html.j2", parts=parts)


def _lacking(known: Known) -> str:
    text = f"{labels.indicator_name(known.indicator)}, {_when(known)}"
    if known.row["status"] != Status.SUPPRESSED:
        return text
    _hidden, _mark, coarser = status_text.figure_text(known.row).partition(" · ")
    hidden = _("hidden here; {larger}").format(larger=coarser)
    return f"{text}: {hidden}"


def _write_links(found: Profile, rows: Sequence[Known], viewer: Viewer, *, key: str) -> None:
    """Write a link to the map of each figure, on the map that the viewer has."""
    asked = [(each, map_query(found, each, viewer)) for each in rows]
    if not any(query for _each, query in asked):
        return
    planner = place_profile.map_audience(viewer, found.unit) is Audience.PARTNER
    page = addresses.PLANNER if planner else addresses.MAP
    with st.container(horizontal=True, key=f"place-links-{key}"):
        for each, query in asked:
            if query:
                label = _("Map: {what}").format(what=labels.indicator_name(each.indicator))
                st.page_link(page, label=label, query_params=addresses.in_language(query))


# ---- the page


def asked_place() -> dict[str, str]:
    """Return what the reader asks for; a district that was just chosen lets go of the place."""
    asked = controls.query()
    if asked.get("district", "") != district_of(asked.get("unit", "")) and "district" in asked:
        asked["unit"] = ""
    return asked


def head(found: Profile, on: date) -> Markup:
    """Return what a place is, and its next step."""
    return render(
        "place/head.html.j2", facts=facts(found), label=_("Next step"), step=step(found, on)
    )


def write_head(found: Profile, on: date) -> None:
    """Write what a place is, and its next step."""
    _write(head(found, on), "head", figures=True)


def committee_title(found: Profile) -> str:
    """Return the heading above the committee's card; of a ward it names the palika."""
    if not found.is_ward:
        return _("Committee")
    palika = labels.unit_name(cache.units(found.release), found.palika)
    return _("Committee of {palika}").format(palika=palika)


def write_figures(found: Profile, viewer: Viewer) -> None:
    """Write the figures of a place with links to their maps, then what is not known of it."""
    if not found.known:
        st.info(
            _(
                "No figures have been released for this place yet. They will appear here after a"
                " report about it is released."
            )
        )
        _write(lacks(found), "lacking")
        return
    of_parents = groups(found)
    if of_parents:
        st.header(labels.theme_name("groups"), anchor=False)
        _write(of_parents)
        _write_links(found, of_groups(found), viewer, key="groups")
    themes = by_theme(found)
    if themes:
        st.header(_("Latest figures on the work done"), anchor=False)
        with st.container(key="place-themes"):
            for theme, rows in themes.items():
                with st.container(key=f"place-theme-{theme}"):
                    _write(figures(theme, rows))
                    _write_links(found, rows, viewer, key=theme)
    st.header(_("What this page does not show, and why"), anchor=False)
    _write(lacks(found), "lacking")


def write_invitation(unit: str) -> None:
    """Ask for a place; ``unit`` is one that the address names and nobody knows, or nothing."""
    text = _("Choose a district and a palika to read everything released about it.")
    if unit:
        text = _("We cannot find that place. Choose one below.")
    _write(render("page/paragraphs.html.j2", texts=[text], kind=""), figures=True)


def choose(release: ReleaseInfo, asked: Mapping[str, str]) -> None:
    """Offer the districts, then the palikas of the one that was chosen."""
    units = cache.units(release)
    unit = asked.get("unit", "")
    district = asked.get("district", "") or district_of(unit)
    districts = place_profile.districts_by_name(units)
    district = district if district in districts else ""
    palikas = place_profile.palikas_by_name(units, district)
    palika = unit_codes.palika_of(unit)
    palika = palika if palika in palikas else ""

    def named(code: str) -> str:
        return labels.unit_name(units, code) if code else _("Choose")

    with st.container(key="place-choice"):
        controls.select("district", _("District"), ["", *districts], district, named)
        if district:
            controls.select("unit", _("Palika"), ["", *palikas], palika, named)
