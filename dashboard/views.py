"""Pieces of page that several pages show: the map, its table, and what to say about them."""

import html
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import streamlit as st

from dashboard import maps, selection, session, wording
from dashboard.maps import Notes
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import AdminLevel, Indicator, IndicatorClass, ReleaseInfo, Status
from geo import classify

MAP_HEIGHT = 560
_CLASSES = 5
_WIDE_TOLERANCE_M = 400.0  # for a view of many districts


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


def notes(view: View, *, diagram: bool = False, sources: pd.DataFrame | None = None) -> Notes:
    """Gather what stands in the map beside the drawing."""
    release = _("Release {number}").format(number=wording.in_digits(str(view.release.number)))
    if view.release.synthetic:
        release = f"{_('SYNTHETIC DATA')} · {release}"
    listed = session.attributions(view.release) if sources is None else sources
    return Notes(
        title=f"{name(view.indicator.code)} ({unit_of(view.indicator.code)})",
        period=wording.period_label(view.period),
        caution=caution(view.indicator),
        attribution=" · ".join(dict.fromkeys(listed["attribution"])),
        release=release,
        diagram=diagram,
    )


def edges_of(layer: pd.DataFrame) -> tuple[int, ...]:
    """Choose class breaks from the released values of a layer."""
    shown = layer.loc[layer["status"] == Status.PUBLISHED, "value"]
    return classify.breaks(shown.astype("Float64"), classes=_CLASSES)


def shapes_for(
    release: ReleaseInfo, *, level: AdminLevel, codes: pd.Index, wide: bool
) -> gpd.GeoDataFrame:
    """Give the shapes of the units on a map, as detailed as its width needs."""
    districts = set(codes.str[:3])
    within = districts.pop() if len(districts) == 1 and level >= AdminLevel.DISTRICT else None
    tolerance = _WIDE_TOLERANCE_M if wide else 0.0
    return session.boundaries(release, level=level, within=within, tolerance_m=tolerance)


def area_map(
    view: View,
    layer: pd.DataFrame,
    units: pd.DataFrame,
    *,
    area: str,
    level: AdminLevel,
    notes: Notes,
    booths: pd.DataFrame | None = None,
) -> str:
    """Draw the units of an area within its districts; a wide one within the country, too."""
    wide = area in (selection.BORDER, selection.PROGRAMME) or level < AdminLevel.DISTRICT
    districts = units[
        selection.in_area(units, area) & (units["admin_level"] == AdminLevel.DISTRICT)
    ]
    outline = shapes_for(view.release, level=AdminLevel.DISTRICT, codes=districts.index, wide=wide)
    context = None
    if wide:
        context = session.boundaries(view.release, level=AdminLevel.COUNTRY, tolerance_m=800.0)
    if booths is not None:
        booths = booths[booths["palika_code"].str[:3].isin(districts.index)]
    return maps.choropleth(
        layer,
        shapes_for(view.release, level=level, codes=layer.index, wide=wide),
        edges=edges_of(layer),
        notes=notes,
        outline=outline.loc[outline.index.intersection(districts.index)],
        context=context,
        booths=booths,
    )


def draw(document: str, alternative: str) -> None:
    """Show a map in its frame, with one sentence for those who do not see it.

    Every place on it is a stop for the keyboard; the link leads past them.
    """
    skip = html.escape(_("Skip the map and go to the table"))
    st.html(f'<a class="sima-skip" href="#{maps.TABLE_ID}">{skip}</a>')
    st.iframe(document, height=MAP_HEIGHT, alt=alternative)


def write_table(layer: pd.DataFrame, indicator: str) -> None:
    """Write the figures of the map beside it."""
    st.html(maps.table(layer, place=_("Place"), what=f"{name(indicator)} ({unit_of(indicator)})"))


def say(text: str, *, kind: str = "sima-caution") -> None:
    """Write one sentence in a style of ours; the text is not markup."""
    st.html(f'<div class="{kind}">{html.escape(text)}</div>')


def no_release() -> None:
    """Say what will appear here, and how."""
    st.info(_("No release is being served. Maps appear here when a steward's release is approved."))


def total_sentence(view: View, cells: pd.DataFrame) -> str:
    """Say the country's figure for the period as HTML, or why it is not shown."""
    total = selection.total_of(cells)
    if total is None or total["status"] != Status.PUBLISHED or pd.isna(total["value"]):
        text = _("The total for Nepal is not shown: a part of it is hidden or was not reported.")
        return html.escape(text)
    figure = wording.number(int(total["value"]))
    said = _("{what} in Nepal, {period}").format(
        what=name(view.indicator.code),
        period=wording.period_label(view.period),
    )
    counted = unit_of(view.indicator.code)
    return f"<b>{html.escape(figure)}</b> {html.escape(counted)} · {html.escape(said)}"
