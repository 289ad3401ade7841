"""Two places side by side, period by period: what was released of each, nothing calculated."""

import pandas as pd
import streamlit as st

from dashboard.charts import charts, component
from dashboard.i18n import labels, status_text, wording
from dashboard.i18n.wording import _
from dashboard.maps import figure_map
from dashboard.maps.figure_map import View
from dashboard.page import controls
from dashboard.page.markup import render
from dashboard.released import cache, comparisons, selection
from dashboard.released.selection import Selection
from dashboard.sections.planner import filters

_NEWEST = 8  # periods


def two_places(view: View, chosen: Selection, layer: pd.DataFrame, picked: str, asked: str) -> None:
    """Compare a place with another one of the map.

    ``picked`` is the first place, by default the first with a figure; ``asked`` the other, or "".
    """
    there = layer[layer["status"] != selection.NO_CELL]
    name = f"name_{wording.language()}"
    named = there[name].sort_values()
    if len(named) < 2:  # noqa: PLR2004  # two places
        st.info(_("This area has no two places to compare. Choose a larger area above."))
        return
    first = picked if picked in named.index else str(named.index[0])
    others = [str(code) for code in named.index if code != first]
    second = asked if asked in others else others[0]
    said = {code: _said(view, code) for code in named.index}
    every = [str(code) for code in named.index]
    columns = st.columns(2)
    with columns[0]:
        controls.select("unit", _("One place"), every, first, said.__getitem__)
    with columns[1]:
        controls.select("against", _("The other place"), others, second, said.__getitem__)
    catalogue = cache.catalogue(view.release)
    periods = filters.same_kind(catalogue, chosen)
    cells = cache.cells(view.release, indicator=chosen.indicator)
    for column, code in zip(columns, (first, second), strict=True):
        sex, age_band = selection.WHOM[chosen.whom]
        series = comparisons.series(cells, code, periods, sex=sex, age_band=age_band)
        with column:
            drawn = charts.trend(series, filters.caption_of(view, code))
            component.show(drawn, f"sima-trend-{code}-{figure_map.file_stem(view)}")
    _table(view, chosen, (first, second), periods[::-1][:_NEWEST])


def _said(view: View, code: str) -> str:
    units = cache.units(view.release)
    parent = units.at[code, "parent_code"]
    return f"{labels.unit_name(units, code)}, {labels.unit_name(units, str(parent))}"


def _table(view: View, chosen: Selection, places: tuple[str, str], periods: list[str]) -> None:
    units = cache.units(view.release)
    rows = []
    for period in periods:
        cells = cache.cells(view.release, indicator=chosen.indicator, period=period)
        layer = selection.layer(cells, units, pd.Index(list(places)), chosen.whom)
        figures = [(row["status"], status_text.figure_text(row)) for _code, row in layer.iterrows()]
        rows.append((wording.period_label(period), figures))
    name, unit = labels.indicator_name(chosen.indicator), labels.indicator_unit(chosen.indicator)
    st.html(
        render(
            "planner/two_places.html.j2",
            label=f"{name} ({unit})",
            heads=[_("Period"), *(_said(view, code) for code in places)],
            rows=rows,
        )
    )
