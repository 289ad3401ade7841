"""A released layer to a folium map, its legend, and the ways to have no figure; pure.

The map is one HTML document for a frame of our own origin: Leaflet comes from our own server, there
are no tiles, and nothing in it names another host.
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass

import folium
import geopandas as gpd
import pandas as pd
from branca.element import MacroElement
from folium.template import Template

from dashboard import wording
from dashboard.wording import _
from data.model import Status

AMOUNTS = ("#e8f1f4", "#b9d7df", "#7fb4c4", "#3f879e", "#0b5d7a")
CLASSES = {"none": "#ffffff", "lower": "#b9d7df", "middle": "#7fb4c4", "higher": "#0b5d7a"}
INK, SECOND_INK, LINE, PAPER, ACCENT = "#1d2a33", "#51626d", "#8fa0aa", "#fbfaf7", "#0b5d7a"
_DARK = frozenset({"#3f879e", "#0b5d7a"})
NO_CELL = "no_cell"
GROUND = "#f1eee7"  # where the map has nothing to say; a true zero is white
TABLE_ID = "sima-figures"
_WITHOUT_FIGURE = {
    Status.SUPPRESSED.value: "url(#sima-hidden)",
    Status.NOT_REPORTED.value: "url(#sima-silent)",
    Status.NOT_APPLICABLE.value: "url(#sima-apart)",
    NO_CELL: GROUND,
}

folium.Map.default_js = [("leaflet", "/assets/leaflet/leaflet.js")]
folium.Map.default_css = [
    ("leaflet_css", "/assets/leaflet/leaflet.css"),
    ("sima_map", "/assets/map.css"),
]


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands in the map beside the drawing, in the language in use."""

    title: str
    period: str
    caution: str
    attribution: str
    release: str
    diagram: bool = False


class _Furniture(MacroElement):
    """Patterns, legend and notes, drawn inside the map so that they are in every print of it."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
          <pattern id="sima-hidden" width="7" height="7" patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"><rect width="7" height="7" fill="#fbfaf7"/>
            <rect width="2" height="7" fill="#51626d"/></pattern>
          <pattern id="sima-silent" width="8" height="8" patternUnits="userSpaceOnUse">
            <rect width="8" height="8" fill="#ffffff"/>
            <circle cx="4" cy="4" r="1.4" fill="#51626d"/></pattern>
          <pattern id="sima-apart" width="6" height="6" patternUnits="userSpaceOnUse">
            <rect width="6" height="6" fill="#ffffff"/>
            <rect width="6" height="0.8" y="2.6" fill="#8fa0aa"/></pattern></defs></svg>
        {{ this.panel }}
        {% endmacro %}
        {% macro script(this, kwargs) %}
        (function () {
          var map = {{ this._parent.get_name() }};
          L.control.scale({imperial: false, position: "bottomright"}).addTo(map);
          document.documentElement.setAttribute("lang", {{ this.language }});
          var box = document.getElementById("sima-legend");
          L.DomEvent.disableClickPropagation(box); L.DomEvent.disableScrollPropagation(box);
          map.whenReady(function () {
            if (map.getSize().x < 480) { box.removeAttribute("open"); }
            document.body.setAttribute("data-painted", "yes"); });
        })();
        {% endmacro %}
        """,
    )

    def __init__(self, panel: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Furniture"
        self.panel = panel
        self.language = json.dumps(wording.language())


def colour(row: pd.Series, edges: Sequence[int]) -> str:
    """Fill of one unit: a colour of the scale, or the pattern of a way to have no figure."""
    if row["status"] != Status.PUBLISHED:
        return _WITHOUT_FIGURE[row["status"]]
    if isinstance(row["value_class"], str):
        return CLASSES[row["value_class"]]
    value = int(row["value"])
    if value == 0:
        return "#ffffff"
    place = next(n for n, edge in enumerate(edges) if value <= edge)
    return AMOUNTS[_spread(place, len(edges))]


def _spread(place: int, classes: int) -> int:
    """Use the whole scale where there are fewer classes than colours."""
    return len(AMOUNTS) - classes + place if classes < len(AMOUNTS) else place


def figure(row: pd.Series) -> str:
    """Say a unit's figure in words, whatever it is; of a hidden one, where a coarser one stands."""
    status = row["status"]
    if status == Status.PUBLISHED:
        return _amount(row["value"], row["value_class"])
    if status == Status.SUPPRESSED:
        return _hidden(row)
    return {
        Status.NOT_REPORTED.value: _("not reported"),
        Status.NOT_APPLICABLE.value: _("does not apply"),
    }.get(status, _("not part of this figure"))


def _amount(value: object, value_class: object) -> str:
    return class_name(value_class) if isinstance(value_class, str) else wording.number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def _hidden(row: pd.Series) -> str:
    if not isinstance(row["coarser"], str):
        return _("hidden to keep people safe · no coarser figure for this period")
    return _("hidden to keep people safe · see {place}: {figure}").format(
        place=row[f"coarser_name_{wording.language()}"],
        figure=_amount(row["coarser_value"], row["coarser_class"]),
    )


def class_name(value_class: str) -> str:
    """Name a class of a figure that is not shown as a number."""
    return {
        "none": _("none"),
        "lower": _("lower"),
        "middle": _("middle"),
        "higher": _("higher"),
    }[value_class]


def _legend_rows(layer: pd.DataFrame, edges: Sequence[int]) -> list[tuple[str, str, str]]:
    """Swatch class, fill and words of each line of the legend; only what the map shows."""
    shown = layer[layer["status"] == Status.PUBLISHED]
    rows: list[tuple[str, str, str]] = []
    if shown["value_class"].notna().any():
        rows += [
            ("", CLASSES[name], class_name(name))
            for name in ("none", "lower", "middle", "higher")
            if (shown["value_class"] == name).any()
        ]
    elif len(shown):
        values = shown["value"].astype(int)
        if (values == 0).any():
            rows.append(("", "#ffffff", wording.in_digits("0")))
        low = 1
        for n, edge in enumerate(edges):
            span = (
                wording.number(edge)
                if low == edge
                else f"{wording.number(low)}–{wording.number(edge)}"
            )
            rows.append(("", AMOUNTS[_spread(n, len(edges))], span))
            low = edge + 1
    statuses = set(layer["status"])
    if Status.SUPPRESSED in statuses:
        rows.append(("hidden", "", _("hidden to keep people safe")))
    if Status.NOT_REPORTED in statuses:
        rows.append(("silent", "", _("not reported")))
    if Status.NOT_APPLICABLE in statuses:
        rows.append(("apart", "", _("does not apply")))
    if NO_CELL in statuses:
        rows.append(("blank", "", _("not part of this figure")))
    return rows


def _panel(layer: pd.DataFrame, edges: Sequence[int], notes: Notes, *, booths: bool) -> str:
    lines = [
        f'<li><i class="{kind}" style="{style}"></i>{html.escape(text)}</li>'
        for kind, fill, text in _legend_rows(layer, edges)
        for style in (f"background:{fill}" if fill else "",)
    ]
    if booths:
        lines.append(f'<li><i class="booth">⌂</i>{html.escape(_("information booth"))}</li>')
    diagram = (
        f'<small class="diagram">{html.escape(_("Diagram, not boundaries"))}</small>'
        if notes.diagram
        else ""
    )
    return (
        '<details id="sima-legend" class="legend" open>'
        f"<summary>{html.escape(notes.title)}<small>{html.escape(notes.period)}</small>"
        f"{diagram}</summary><ul>{''.join(lines)}</ul></details>"
        f'<p class="notes"><b>{html.escape(notes.release)}</b> · {html.escape(notes.caution)} '
        f"{html.escape(_('Boundaries shown do not imply any opinion on their legal status.'))} "
        f"{html.escape(notes.attribution)}</p>"
    )


def choropleth(
    layer: pd.DataFrame,
    shapes: gpd.GeoDataFrame,
    *,
    edges: Sequence[int],
    notes: Notes,
    outline: gpd.GeoDataFrame | None = None,
    context: gpd.GeoDataFrame | None = None,
    booths: pd.DataFrame | None = None,
    numbered: bool = False,
) -> str:
    """Draw a layer.

    Parameters
    ----------
    layer
        As `selection.layer` gives it, indexed by ``unit_code``.
    shapes
        ``geometry`` by ``unit_code``, EPSG:4326; units without a shape are in the table only.
    edges
        Upper edges of the classes, from released values.
    outline
        Shapes drawn around: districts, or the palika of ward tiles.
    context
        Shapes drawn faintly below, so that a wide view shows where it is.
    booths
        Sites to mark, with ``lon``, ``lat`` and names.
    numbered
        Whether each unit carries its ward number.

    Returns
    -------
    An HTML document.
    """
    drawn = shapes.loc[shapes.index.intersection(layer.index)]
    west, south, east, north = (
        outline if outline is not None and len(outline) else drawn
    ).total_bounds
    picture = folium.Map(
        tiles=None,
        control_scale=False,
        zoom_snap=0.25,
        prefer_canvas=False,
        attribution_control=False,
        location=[(south + north) / 2, (west + east) / 2],
    )
    picture.fit_bounds([[south, west], [north, east]], padding=(12, 12))
    if context is not None:
        ground = {
            "color": LINE,
            "weight": 0.8,
            "fillColor": GROUND,
            "fillOpacity": 1,
            "interactive": False,
        }
        folium.GeoJson(
            json.loads(context[["geometry"]].to_json()),
            style_function=lambda _feature: ground,
        ).add_to(picture)
    if len(drawn):
        _add_units(picture, layer, drawn, edges)
    if outline is not None and len(outline):
        style = {"color": INK, "weight": 1.6, "fill": False, "interactive": False}
        folium.GeoJson(
            json.loads(outline[["geometry"]].to_json()),
            style_function=lambda _feature: style,
        ).add_to(picture)
    if numbered:
        _add_numbers(picture, layer, drawn, edges)
    if booths is not None:
        _add_booths(picture, booths)
    there = booths is not None and len(booths) > 0
    picture.add_child(_Furniture(_panel(layer, edges, notes, booths=there)))
    return str(picture.get_root().render())


def _in_script(text: str) -> str:
    """Escape text for HTML inside a template literal, which is how folium writes a tooltip."""
    escaped = html.escape(text).replace("\\", "&#92;")
    return escaped.replace("`", "&#96;").replace("$", "&#36;")


def _name(row: pd.Series) -> str:
    return str(row[f"name_{wording.language()}"])


def _add_units(
    picture: folium.Map, layer: pd.DataFrame, shapes: gpd.GeoDataFrame, edges: Sequence[int]
) -> None:
    rows = layer.loc[shapes.index]
    table = gpd.GeoDataFrame(
        {
            # Names come from outside the program: they are text, not markup.
            "said": [
                f"<b>{html.escape(_name(r))}</b><br>{html.escape(figure(r))}"
                for _code, r in rows.iterrows()
            ],
            "fill": [colour(r, edges) for _code, r in rows.iterrows()],
            "geometry": shapes.geometry,
        },
        index=shapes.index,
        crs=shapes.crs,
    )
    folium.GeoJson(
        json.loads(table.to_json()),
        style_function=lambda feature: {
            "fillColor": feature["properties"]["fill"],
            "fillOpacity": 1,
            "color": LINE,
            "weight": 0.8,
        },
        highlight_function=lambda _feature: {"weight": 2.5, "color": ACCENT},
        tooltip=folium.GeoJsonTooltip(
            fields=["said"], labels=False, sticky=True, class_name="sima-tip"
        ),
    ).add_to(picture)


def _add_numbers(
    picture: folium.Map, layer: pd.DataFrame, shapes: gpd.GeoDataFrame, edges: Sequence[int]
) -> None:
    points = shapes.geometry.representative_point()
    for code, east, north in zip(shapes.index, points.x, points.y, strict=True):
        fill = colour(layer.loc[code], edges)
        tone = "light" if fill in _DARK else "halo" if fill.startswith("url") else ""
        text = wording.in_digits(str(int(str(code)[-2:])))
        icon = folium.DivIcon(
            html=f'<span class="ward {tone}">{text}</span>',
            icon_size=(28, 20),
            icon_anchor=(14, 10),
        )
        folium.Marker([north, east], icon=icon, interactive=False).add_to(picture)


def _add_booths(picture: folium.Map, booths: pd.DataFrame) -> None:
    for _code, booth in booths.iterrows():
        said = f"<b>{_in_script(_name(booth))}</b><br>{_in_script(_('information booth'))}"
        icon = folium.DivIcon(
            html='<span class="booth">⌂</span>', icon_size=(28, 28), icon_anchor=(14, 14)
        )
        folium.Marker([booth["lat"], booth["lon"]], icon=icon, tooltip=folium.Tooltip(said)).add_to(
            picture
        )


def summary(layer: pd.DataFrame) -> str:
    """Say in one sentence what the map shows, for those who do not see it."""
    counts = layer["status"].value_counts()
    return _("{shown} places with a figure, {hidden} hidden, {silent} not reported.").format(
        shown=wording.number(int(counts.get(Status.PUBLISHED.value, 0))),
        hidden=wording.number(int(counts.get(Status.SUPPRESSED.value, 0))),
        silent=wording.number(int(counts.get(Status.NOT_REPORTED.value, 0))),
    )


def table(layer: pd.DataFrame, *, place: str, what: str) -> str:
    """Write the figures of a map as an HTML table, in the same order, reachable by keyboard."""
    spoken = layer[layer["status"] != NO_CELL]
    rows = "".join(
        f'<tr class="{row["status"]}"><th scope="row">{html.escape(_name(row))}</th>'
        f"<td>{html.escape(figure(row))}</td></tr>"
        for _code, row in spoken.iterrows()
    )
    others = len(layer) - len(spoken)
    if others:
        said = _("Other places, not part of this figure: {count}").format(
            count=wording.number(others)
        )
        rows += f'<tr class="no_cell"><td colspan="2">{html.escape(said)}</td></tr>'
    return (
        f'<div id="{TABLE_ID}" class="sima-table" tabindex="0" role="region"'
        f' aria-label="{html.escape(what)}">'
        f'<table><thead><tr><th scope="col">{html.escape(place)}</th>'
        f'<th scope="col">{html.escape(what)}</th></tr>'
        f"</thead><tbody>{rows}</tbody></table></div>"
    )
