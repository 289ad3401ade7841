"""A planner's analyses of the map: trend, ranking, two periods, small maps, silence, files."""

import dataclasses

import pandas as pd
import streamlit as st

from dashboard.auth import page_visit
from dashboard.charts import charts
from dashboard.charts import component as chart_view
from dashboard.charts.frame import Caption
from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices, figure_map, table_files
from dashboard.maps import component as map_view
from dashboard.maps.figure_map import View
from dashboard.page import controls
from dashboard.released import cache, comparisons, selection
from dashboard.released.selection import Selection
from data.model import AdminLevel
from data.reference.gazetteer import COUNTRY

_STRIP = 4  # small maps
_LONGEST = 60  # rows of a chart; the table has all of them
_RECENT = 8  # periods that are searched for missing reports


def _place_of(chosen: Selection, picked: str) -> str:
    """Return the unit of a trend: the one picked, else the area itself, else the country."""
    if picked:
        return picked
    return chosen.area if chosen.area not in selection.AREA_GROUPS else COUNTRY


def caption_of(view: View, place: str) -> Caption:
    """Return the caption of a chart of one unit, or of the places of an area."""
    units = cache.units(view.release)
    named = choices.area_names(units).get(place) or labels.unit_name(units, place)
    return Caption(view.indicator, named, view.release, labels.indicator_caution(view.indicator))


def same_kind(catalogue: pd.DataFrame, chosen: Selection) -> list[str]:
    """Return the indicator's periods of the same length and calendar, oldest first."""
    mine = catalogue[catalogue["indicator"] == chosen.indicator].drop_duplicates("period")
    now = mine[mine["period"] == chosen.period].iloc[0]
    same = mine[mine["kind"].eq(now["kind"]) & mine["calendar"].eq(now["calendar"])]
    return [str(code) for code in same.sort_values("period_start")["period"]]


def trend(view: View, chosen: Selection, picked: str) -> None:
    """Draw a place's figures over time, and their parts by sex and age."""
    place = _place_of(chosen, picked)
    cells = cache.cells(view.release, indicator=chosen.indicator)
    catalogue = cache.catalogue(view.release)
    sex, age_band = selection.WHOM[chosen.whom]
    series = comparisons.series(
        cells, place, same_kind(catalogue, chosen), sex=sex, age_band=age_band
    )
    if not series["status"].ne(selection.NO_CELL).any():
        st.info(_("No figure has been released here for this place. Choose another place."))
        return
    name = f"{place}-{figure_map.file_stem(view)}"
    chart_view.show(charts.trend(series, caption_of(view, place)), f"sima-trend-{name}")
    for by in ("sex", "age_band"):
        parts = comparisons.split(cells, place, chosen.period, by=by)
        if len(parts) > 1:
            drawn = charts.disaggregation(parts, caption_of(view, place), period=chosen.period)
            chart_view.show(drawn, f"sima-{by}-{name}")
    if not picked:
        st.caption(_("To see a place over time, choose it on the map or in the table."))


def ranking(view: View, chosen: Selection, layer: pd.DataFrame) -> None:
    """Draw the places in order, unless places may not be ranked by the indicator."""
    if not comparisons.may_rank(view.indicator):
        st.info(
            _("We do not rank places by people at risk: a high number is neither good nor bad.")
        )
        return
    ranked = comparisons.rank_units(layer[layer["status"] != selection.NO_CELL], view.indicator)
    if ranked.empty:
        st.info(_("Nothing was reported here for this figure and period."))
        return
    caption = caption_of(view, chosen.area)
    drawn = charts.ranking(ranked.head(_LONGEST), caption, period=chosen.period)
    chart_view.show(drawn, f"sima-order-{chosen.area}-{figure_map.file_stem(view)}")
    if len(ranked) > _LONGEST:
        st.caption(_("Only the first places are shown. The table next to the map has all of them."))


def side_by_side(view: View, chosen: Selection, layer: pd.DataFrame, asked: str) -> None:
    """Compare the places of the map in two periods; ``asked`` is the other one, or nothing."""
    catalogue, units = cache.catalogue(view.release), cache.units(view.release)
    others = [code for code in same_kind(catalogue, chosen)[::-1] if code != chosen.period]
    if not others:
        st.info(_("There is no other period of this length to compare with."))
        return
    other = asked if asked in others else others[0]
    controls.select("with", _("Compared with"), others, other, wording.period_label)
    cells = cache.cells(view.release, indicator=chosen.indicator, period=other)
    before = selection.layer(cells, units, layer.index, chosen.whom)
    there = layer["status"].ne(selection.NO_CELL) | before["status"].ne(selection.NO_CELL)
    compared = comparisons.compare_layers(before[there], layer[there])
    if compared.empty:
        st.info(_("Nothing was reported here for this figure and period."))
        return
    drawn = charts.compare(
        compared.head(_LONGEST // 2),
        caption_of(view, chosen.area),
        periods=(other, chosen.period),
    )
    chart_view.show(drawn, f"sima-{other}-to-{figure_map.file_stem(view)}")
    st.caption(
        _(
            "No change is shown if one of the two figures is hidden or was not reported. A missing"
            " figure is never a zero."
        )
    )


def strip(view: View, chosen: Selection) -> None:
    """Draw small maps of the newest periods, all in the same classes."""
    catalogue, units = cache.catalogue(view.release), cache.units(view.release)
    periods = same_kind(catalogue, chosen)
    at = periods.index(chosen.period)
    shown = periods[max(0, at - _STRIP + 1) : at + 1]
    key = ("strip", *dataclasses.astuple(chosen), wording.language())

    def make() -> dict[str, object]:
        cells = cache.cells(view.release, indicator=chosen.indicator)
        layers = comparisons.small_multiples(
            cells, units, list(selection.shown_units(units, chosen)), shown
        )
        return {"edges": selection.class_edges(pd.concat(layers.values()))}

    edges = cache.remembered(view.release, key, make)["edges"]
    columns = st.columns(len(shown))
    for column, period in zip(columns, shown, strict=True):
        then = dataclasses.replace(chosen, period=period)
        scene = figure_map.map_scene(View(view.release, view.indicator, period), then)
        with column:
            st.markdown(f"**{wording.period_label(period)}**")
            same = {"scale": scene["scale"] | {"edges": edges}, "mini": True}
            map_view.show_scene(scene | same, key=f"strip-{period}")


def silence(view: View, chosen: Selection) -> None:
    """Write who has not reported, newest first; for partners only."""
    catalogue, units = cache.catalogue(view.release), cache.units(view.release)
    periods = same_kind(catalogue, chosen)[-_RECENT:]
    inside = units[
        selection.in_area(units, chosen.area) & (units["admin_level"] == AdminLevel.PALIKA)
    ]
    cells = cache.cells(view.release, indicator=chosen.indicator)
    silent = comparisons.unreported(cells, inside, since_periods=periods)
    if silent.empty:
        first, last = wording.period_label(periods[0]), wording.period_label(periods[-1])
        st.success(_("Everybody reported from {first} to {last}.").format(first=first, last=last))
        return
    name = f"name_{wording.language()}"
    table = pd.DataFrame(
        {
            _("Place"): silent[name],
            _("District"): units[name].reindex(silent["parent_code"]).to_numpy(),
            _("Latest period without a report"): silent["period"].map(wording.period_label),
            _("Periods in a row"): silent["in_a_row"].map(wording.number),
        }
    )
    st.dataframe(table, hide_index=True, width="stretch")


def files(view: View, chosen: Selection, layer: pd.DataFrame, address: str) -> None:
    """Offer what is on the screen as files; the map itself offers its picture."""
    units = cache.units(view.release)
    name = f"name_{wording.language()}"
    order = layer[layer["status"] != selection.NO_CELL]
    order = order.assign(
        within=units[name].reindex(order["parent_code"]).to_numpy(),
        at=order.index if chosen.level == "ward" else order[name],
    ).sort_values(["within", "at"])
    frame = table_files.table_rows(order, units)
    notes = figure_map.table_notes(view, chosen)
    language, viewer = wording.language(), st.session_state["viewer"]
    cookies, place = dict(st.context.cookies), chosen.area if chosen.area.isdigit() else ""

    # A file is made when it is downloaded, outside the run of the page; the download is logged.
    def workbook() -> bytes:
        wording.speak(language)
        page_visit.exported(viewer, f"{chosen.indicator}.xlsx", view.release, cookies, place)
        licence = cache.reader(view.release).licence(view.release.number)
        return table_files.table_workbook(frame, notes, address, licence)

    def plain() -> bytes:
        page_visit.exported(viewer, f"{chosen.indicator}.csv", view.release, cookies, place)
        return table_files.table_csv(frame)

    with st.container(horizontal=True):
        st.download_button(
            _("Figures as XLSX"),
            workbook,
            file_name=f"sima-{notes.name}.xlsx",
            on_click="ignore",
        )
        st.download_button(
            _("Figures as CSV"),
            plain,
            file_name=f"sima-{notes.name}.csv",
            mime="text/csv",
            on_click="ignore",
        )
    st.caption(_("To save the map as PNG or SVG, use the arrow in its corner."))
