"""The stock way: a folium choropleth in ``st_folium``, drawn anew for every indicator.

As tutorials do it, with what makes it faster or smaller than theirs: no answer from the map
(``returned_objects``), which would run the script once more, no legend (it would ask another host
for d3), no tooltips, no table beside it, and coordinates of five decimals.
"""

import os

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium  # type: ignore[import-untyped]  # it has no types

from tests.bench import wards as bench_wards

folium.Map.default_js = [("leaflet", "/leaflet/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/leaflet/leaflet.css")]


@st.cache_data
def load(wards: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    shapes = bench_wards.wards(wards)
    return shapes.reset_index(), bench_wards.table(shapes.index).astype(float).reset_index()


st.title("Wards")
shapes, table = load(int(os.environ["BENCH_WARDS"]))
what = st.selectbox("What", list(bench_wards.names().values()))
west, south, east, north = shapes.total_bounds
picture = folium.Map(tiles=None)
picture.fit_bounds([[south, west], [north, east]])
layer = folium.Choropleth(
    geo_data=shapes,
    data=table,
    columns=["unit_code", what],
    key_on="feature.properties.unit_code",
    fill_color="YlGnBu",
    nan_fill_color="white",
    fill_opacity=1,
    line_weight=0.8,
)
for name in [name for name in layer._children if name.startswith("color_map")]:  # noqa: SLF001
    del layer._children[name]  # noqa: SLF001  # the usual way to leave the legend out
layer.add_to(picture)
st_folium(picture, width=760, height=560, returned_objects=[])
