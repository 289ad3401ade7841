"""Pieces of page that several pages show: the map, its table, and what to say about them."""

import dataclasses
import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import analysis, maps, questions, selection, session, wording
from dashboard.maps import Files, Notes
from dashboard.selection import Selection
from dashboard.wording import _
from data.gazetteer import COUNTRY
from data.geometry_files import OUTLINE, TILES, WHOLE
from data.indicators import load_indicators
from data.model import AdminLevel, Audience, Indicator, IndicatorClass, ReleaseInfo, Status
from data.scope import NOTHING, Scope
from geo import classify

FIGURES = "sima-figures"  # where the table begins, for a link
_CLASSES = 5
_DOCUMENT_HEIGHT = 560
_NEAR = 4  # districts: up to here each comes in detail, beyond in one file for the country


@dataclass(frozen=True, slots=True)
class View:
    """What a map is drawn from."""

    release: ReleaseInfo
    indicator: Indicator
    period: str


def name(indicator: str) -> str:
    """Name an indicator in the language in use."""
    return load_indicators()[indicator].name[wording.language()]


def unit_of(indicator: str) -> str:
    """Say what an indicator counts, in the language in use."""
    return load_indicators()[indicator].unit[wording.language()]


def caution(indicator: Indicator) -> str:
    """Say what a map of this indicator does not show."""
    if indicator.booth:
        return _("Counts work done at booths. More contacts can mean more staff, not more risk.")
    if indicator.indicator_class is IndicatorClass.PEOPLE:
        return _(
            "Counts people reached, not people at risk. A person can be counted more than once."
        )
    return _("Counts what was reported. It says nothing about the people who live there.")


def stem(view: View) -> str:
    """Name a file of a view by codes."""
    return f"{view.indicator.code}-{view.period}-release-{view.release.number}"


def notes(view: View, *, diagram: bool = False, sources: pd.DataFrame | None = None) -> Notes:
    """Gather what stands in the map beside the drawing."""
    listed = session.attributions(view.release) if sources is None else sources
    if diagram:
        listed = listed[listed["admin_level"] < AdminLevel.WARD]
    return Notes(
        title=name(view.indicator.code),
        unit=unit_of(view.indicator.code),
        period=wording.period_label(view.period),
        caution=caution(view.indicator),
        attribution=" · ".join(dict.fromkeys(listed["attribution"])),
        release=wording.release_label(view.release.number, synthetic=view.release.synthetic),
        name=stem(view),
        diagram=diagram,
    )


def edges_of(layer: pd.DataFrame) -> tuple[int, ...]:
    """Choose class breaks from the released values of a layer."""
    shown = layer.loc[layer["status"] == Status.PUBLISHED, "value"]
    return classify.breaks(shown.astype("Float64"), classes=_CLASSES)


def map_files(release: ReleaseInfo, units: pd.DataFrame, chosen: Selection) -> Files:
    """Choose the geometry files of a view: in detail where near, one file where wide."""
    index = session.geometry_index(release)
    districts = selection.districts_of(units, chosen.area)
    near = len(districts) <= _NEAR

    def listed(level: AdminLevel, within: str, form: str = OUTLINE) -> dict[str, list[str]]:
        return index.get((int(level), within, form), {})

    def of_districts(level: AdminLevel, form: str = OUTLINE) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for district in districts:
            found |= listed(level, district, form) or listed(level, district, TILES)
        return found

    def palikas() -> dict[str, list[str]]:
        return of_districts(AdminLevel.PALIKA) if near else listed(AdminLevel.PALIKA, WHOLE)

    coarse = {level: listed(level, WHOLE) for level in AdminLevel if level < AdminLevel.PALIKA}
    inside = [chosen.area] if chosen.area not in selection.GROUPS else districts
    match chosen.level:
        case "ward":
            drawn = of_districts(AdminLevel.WARD, TILES if chosen.form == "tiles" else OUTLINE)
            outlines, above = palikas(), [palikas(), coarse[AdminLevel.DISTRICT]]
        case "palika":
            drawn = palikas()
            outlines = of_districts(AdminLevel.DISTRICT) if near else coarse[AdminLevel.DISTRICT]
            above = [coarse[AdminLevel.DISTRICT]]
            inside = districts
        case "district":
            drawn, outlines = coarse[AdminLevel.DISTRICT], {}
            above = [coarse[AdminLevel.PROVINCE]]
        case "province":
            drawn, outlines, above = coarse[AdminLevel.PROVINCE], {}, []
        case _:
            drawn, outlines, above = coarse[AdminLevel.COUNTRY], {}, []
    around = {name: codes for part in above for name, codes in part.items()}
    wide = chosen.area in selection.GROUPS and chosen.level not in ("country", "province")
    ground = next(iter(coarse[AdminLevel.COUNTRY]), None) if wide else None
    return Files(drawn, dict.fromkeys(outlines, inside), around, ground)


def as_diagram(release: ReleaseInfo, units: pd.DataFrame, chosen: Selection) -> bool:
    """Say whether a view of wards draws tiles: asked for, or no ward boundary is installed."""
    if chosen.level != "ward":
        return False
    index = session.geometry_files(release)
    real = index[(index["admin_level"] == AdminLevel.WARD) & (index["form"] == OUTLINE)]
    districts = selection.districts_of(units, chosen.area)
    return chosen.form == "tiles" or not real["within"].isin(districts).any()


def map_scene(view: View, chosen: Selection, *, picks: bool = False) -> dict[str, Any]:
    """Make what a browser draws of a view of a release; remembered, as it has no reader in it."""
    key = ("scene", *dataclasses.astuple(chosen), wording.language(), picks)

    def make() -> dict[str, Any]:
        cells = session.cells(view.release, indicator=chosen.indicator, period=chosen.period)
        return scene_of(view, chosen, cells, session.units(view.release), picks=picks)

    return session.remembered(view.release, key, make)


def scene_of(
    view: View,
    chosen: Selection,
    cells: pd.DataFrame,
    units: pd.DataFrame,
    *,
    picks: bool = False,
    release_said: str = "",
) -> dict[str, Any]:
    """Make what a browser draws of cells; ``release_said`` where they are of no release yet."""
    figures = selection.figures(cells, chosen.whom)
    shown = selection.shown_units(units, chosen)
    layer = selection.plain_layer(cells, units, shown, chosen.whom)
    diagram = as_diagram(view.release, units, chosen)
    said = notes(view, diagram=diagram)
    if release_said:
        said = dataclasses.replace(said, release=release_said)
    decimals = 0
    if chosen.display == "rate":
        layer = layer.assign(value=analysis.per_thousand(layer, units["population_2021"]))
        figures = figures.iloc[:0]  # a coarser unit's rate is not its count
        said = dataclasses.replace(
            said, unit=_("{unit} for 1,000 residents").format(unit=said.unit)
        )
        decimals = 1
    if chosen.whom:
        said = dataclasses.replace(said, title=f"{said.title}, {questions.whom_name(chosen.whom)}")
    districts = selection.districts_of(units, chosen.area)
    points = None
    if view.indicator.booth:
        booths = session.sites(view.release)
        points = booths[booths["palika_code"].str[:3].isin(districts)]
    return maps.scene(
        layer,
        map_files(view.release, units, chosen),
        area=f"{chosen.area}.{chosen.level}.{'tiles' if diagram else 'outline'}",
        notes=said,
        around=figures,
        nation=next((row for _code, row in figures[figures.index == COUNTRY].iterrows()), None),
        edges=edges_of(layer),
        decimals=decimals,
        points=points,
        circles=chosen.display == "circles",
        numeral="ward" if chosen.level == "ward" else "",
        picks=picks,
    )


def unit_name(units: pd.DataFrame, code: str) -> str:
    """Name a unit in the language in use."""
    return str(units.at[code, f"name_{wording.language()}"])


def skip_link() -> None:
    """Lead somebody at a keyboard past the controls to the figures."""
    text = html.escape(_("Go to the figures"))
    st.html(f'<a class="sima-skip" href="#{FIGURES}">{text}</a>')


def say(text: str, *, kind: str = "sima-caution") -> None:
    """Write one sentence in a style of ours; the text is not markup."""
    st.html(f'<div class="{kind}">{html.escape(text)}</div>')


def write(family: str, markup: str, kind: str = "") -> None:
    """Write markup of ours, its texts escaped, in the style of a family of pages."""
    st.html(f'<div class="{family} {kind}" lang="{wording.language()}">{markup}</div>')


def say_older(release: ReleaseInfo) -> None:
    """Say where a link leads to a release that is no longer the newest, and to the newest."""
    newest = session.current(release.audience, release.scope)
    if newest is None or newest == release:
        return
    text = _("You see release {number}, as the link says. Release {newest} is newer.").format(
        number=wording.in_digits(str(release.number)),
        newest=wording.in_digits(str(newest.number)),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sima-notice">{html.escape(text)}</div>', width="content")
        if st.button(_("Show the newest"), type="tertiary"):
            st.query_params["release"] = str(newest.number)
            st.rerun()


def opened(audience: Audience, scope: Scope = NOTHING) -> ReleaseInfo:
    """Give the release that the address asks for; end the page where there is nothing to show."""
    release = session.asked(audience, st.query_params.get("release"), scope)
    if release is None:
        no_release()
        st.stop()
    say_older(release)
    if session.catalogue(release).empty:
        st.info(_("This release has no figures yet. They appear here with the next one."))
        st.stop()
    skip_link()
    return release


def is_empty(scene: Mapping[str, Any]) -> bool:
    """Say whether a map has nothing to say about any place on it."""
    return not set("".join(scene["values"])) - {" ", "-"}


def show_document(scene: Mapping[str, Any], alternative: str) -> None:
    """Show a scene as a map alone in a frame, with one sentence for those who do not see it."""
    st.iframe(maps.folium_page(scene), height=_DOCUMENT_HEIGHT, alt=alternative)


def no_release() -> None:
    """Say what will appear here, and how."""
    st.info(_("No release is being served. Maps appear here when a steward's release is approved."))


def total_said(view: View) -> dict[str, str]:
    """Say the country's figure for the period: ``figure`` and ``text``, or why it is not shown."""
    cells = session.cells(view.release, indicator=view.indicator.code, period=view.period)
    total = selection.total_of(cells)
    if total is None or total["status"] != Status.PUBLISHED or pd.isna(total["value"]):
        text = _("The total for Nepal is not shown: a part of it is hidden or was not reported.")
        return {"figure": "", "text": text}
    said = _("{what} in Nepal, {period}").format(
        what=name(view.indicator.code),
        period=wording.period_label(view.period),
    )
    text = f"{unit_of(view.indicator.code)} · {said}"
    return {"figure": wording.number(int(total["value"])), "text": text}
