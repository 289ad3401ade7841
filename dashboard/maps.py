"""A released layer to what a map and its table are drawn from, and to words; pure.

A scene is one small value that a browser draws: which geometry files, one sign for each unit, and
what stands in the map beside the drawing. `dashboard.map_view` shows it in a page, `folium_page`
makes a document of its own of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import pandas as pd
from branca.element import MacroElement
from folium.template import Template

from dashboard import geometry, packing, wording
from dashboard.assets_address import asset_url
from dashboard.packing import NO_CELL
from dashboard.wording import _
from data.model import Status

CIRCLE = 26  # pixels: radius of the largest
__all__ = ["NO_CELL", "Files", "Notes", "class_name", "figure", "folium_page", "scene", "summary"]


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands in the map beside the drawing, in the language in use."""

    title: str
    unit: str
    period: str
    caution: str
    attribution: str
    release: str
    name: str  # of a picture that is kept
    diagram: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """Geometry files of a map, by address below `geometry.GEOMETRY`.

    ``units``: address to the codes it lists, in its order. ``outlines``: address to the beginnings
    of the codes to draw around. ``above``: as ``units``, of the levels around, finest first.
    """

    units: Mapping[str, Sequence[str]]
    outlines: Mapping[str, Sequence[str]]
    above: Mapping[str, Sequence[str]]
    ground: str | None


def scene(  # noqa: PLR0913  # one value of many parts
    layer: pd.DataFrame,
    files: Files,
    *,
    area: str,
    notes: Notes,
    around: pd.DataFrame,
    nation: pd.Series | None = None,
    edges: Sequence[int] = (),
    steps: Sequence[str] = (),
    classes: Sequence[str] = (),
    decimals: int = 0,
    points: pd.DataFrame | None = None,
    circles: bool = False,
    numeral: str = "",
    picks: bool = False,
    picked: str = "",
) -> dict[str, Any]:
    """Make what a browser draws.

    Parameters
    ----------
    layer
        ``status``, ``value``, ``value_class`` by unit code, of the units on the map.
    area
        Names the view: where it stays the same a map keeps its place.
    around
        The same columns, of every unit that has a cell: a hidden unit's tooltip says which coarser
        figure there is.
    nation
        The same, of the country.
    edges
        Upper edges of the classes, from released values; or ``steps``, names of a status's steps;
        or ``classes``, names of what is told of a hotspot, the plain one first.
    decimals
        Places of a rate: its values are given in tenths or hundredths.
    points
        Booths, with ``lon``, ``lat`` and names.
    numeral
        ``ward`` for its number in each unit, ``value`` for its figure.
    picks
        Whether a click is told to the page.

    Returns
    -------
    Values that JSON can hold; no figure but those of ``layer``, ``around`` and ``nation``.
    """
    language = wording.language()
    hidden = layer.index[layer["status"] == Status.SUPPRESSED]
    needed = {str(code)[:length] for code in hidden for length in (1, 3, 5)}
    coarser = around[around.index.isin(needed)]
    drawn, above = packing.signs(layer), packing.signs(coarser)
    scale: dict[str, Any] = {"kind": "steps" if steps else "amount", "edges": list(edges)}
    scale |= {"names": list(steps)} if steps else {}
    scale = {"kind": "classes", "edges": [], "names": list(classes)} if classes else scale
    scale |= {"decimals": decimals} if decimals else {}
    return {
        "area": area,
        "geometry": geometry.GEOMETRY,
        "words": geometry.words_address(),
        "files": list(files.units),
        "values": [packing.line(drawn, codes) for codes in files.units.values()],
        "outlines": [[name, list(beginnings)] for name, beginnings in files.outlines.items()],
        "above": [
            [name, packing.line(above, codes).rstrip()] for name, codes in files.above.items()
        ],
        "nation": _nation(nation) if len(hidden) else None,
        "ground": files.ground,
        "scale": scale,
        "circles": CIRCLE if circles else 0,
        "numeral": numeral,
        "points": _points(points),
        "title": notes.title,
        "unit": notes.unit,
        "period": notes.period,
        "caution": notes.caution,
        "attribution": notes.attribution,
        "release": notes.release,
        "name": notes.name,
        "diagram": notes.diagram,
        "place": _("Place"),
        "trouble": _("The map could not be loaded. Check the connection; what you see is older."),
        "language": language,
        "picks": picks,
        "picked": picked,
    }


def _nation(cell: pd.Series | None) -> list[str] | None:
    if cell is None:
        return None
    return [_("Nepal"), packing.sign(cell["status"], cell["value"], cell["value_class"])]


def _points(booths: pd.DataFrame | None) -> list[list[Any]]:
    if booths is None:
        return []
    name = f"name_{wording.language()}"
    return [[row["lon"], row["lat"], row[name]] for _code, row in booths.iterrows()]


def figure(row: pd.Series) -> str:
    """Say a unit's figure in words, whatever it is; of a hidden one, where a coarser one stands."""
    status = row["status"]
    if status == Status.PUBLISHED:
        return _amount(row["value"], row["value_class"])
    if status == Status.SUPPRESSED:
        return _hidden(row)
    return no_figure(status)


def no_figure(status: str, otherwise: str = "") -> str:
    """Say why there is no figure; ``otherwise`` of a place that a release says nothing of."""
    return {
        Status.SUPPRESSED.value: _("hidden to keep people safe"),
        Status.NOT_REPORTED.value: _("not reported"),
        Status.NOT_APPLICABLE.value: _("does not apply"),
    }.get(status, otherwise or _("not part of this figure"))


def _amount(value: object, value_class: object) -> str:
    return class_name(value_class) if isinstance(value_class, str) else wording.number(int(value))  # type: ignore[call-overload]  # a published cell has one of the two


def _hidden(row: pd.Series) -> str:
    hidden = no_figure(Status.SUPPRESSED)
    if not isinstance(row["coarser"], str):
        return f"{hidden} · {_('no coarser figure for this period')}"
    said = _("see {place}: {figure}").format(
        place=row[f"coarser_name_{wording.language()}"],
        figure=_amount(row["coarser_value"], row["coarser_class"]),
    )
    return f"{hidden} · {said}"


def class_name(value_class: str) -> str:
    """Name a class of a figure that is not shown as a number."""
    return {
        "none": _("none"),
        "lower": _("lower"),
        "middle": _("middle"),
        "higher": _("higher"),
    }[value_class]


def summary(layer: pd.DataFrame) -> str:
    """Say in one sentence what the map shows, for those who do not see it."""
    counts = layer["status"].value_counts()
    return _("Places with a figure: {shown}. Hidden: {hidden}. Not reported: {silent}.").format(
        shown=wording.number(int(counts.get(Status.PUBLISHED.value, 0))),
        hidden=wording.number(int(counts.get(Status.SUPPRESSED.value, 0))),
        silent=wording.number(int(counts.get(Status.NOT_REPORTED.value, 0))),
    )


class ReleasedLayer(MacroElement):
    """A folium layer of ours: geometry by address, figures as one sign for each unit.

    Added to a map that has it already, with other figures, it restyles what is drawn and keeps the
    place. The map fires ``sima:picked`` with ``code`` when a unit is picked.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        import(new URL({{ this.engine }}, document.baseURI).href).then(function (engine) {
          engine.attach({{ this._parent.get_name() }}, {{ this.scene }});
        });
        {% endmacro %}
        """,
    )

    def __init__(self, drawn: Mapping[str, Any]) -> None:
        """Take a scene as `scene` makes it."""
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "ReleasedLayer"
        self.engine = _script(asset_url("engine/view.js"))
        self.scene = _script(dict(drawn))


def _script(value: object) -> str:
    """Write a value for a script in HTML: names come from outside the program."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def folium_page(drawn: Mapping[str, Any]) -> str:
    """Draw a scene as an HTML document of its own, for a frame of our own origin.

    Leaflet comes from our own server, there are no tiles, and nothing names another host.
    """
    folium.Map.default_js = [("leaflet", asset_url("leaflet/leaflet.js"))]
    folium.Map.default_css = [("leaflet_css", asset_url("leaflet/leaflet.css"))]
    page = folium.Map(
        tiles=None,
        control_scale=False,
        zoom_snap=0.25,
        attribution_control=False,
        location=[28.2, 84.1],
        zoom_start=7,
    )
    page.add_child(ReleasedLayer(drawn))
    return str(page.get_root().render())
