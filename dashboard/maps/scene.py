"""Build a scene: everything that a browser needs to draw one map, as one value that JSON can hold.

A scene names the geometry files, has one sign for each unit (see `dashboard.maps.encoding`) and the
texts beside the drawing. `dashboard.maps.component` shows it in a page;
`dashboard.maps.document` makes an HTML document of it. Nothing here reads a release.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import encoding, words
from data.model import Status
from data.reference import unit_codes

CIRCLE = 26  # pixels: radius of the largest


@dataclass(frozen=True, slots=True)
class Notes:
    """Texts beside the drawing, in the language in use.

    ``name`` names the file of a saved picture. ``diagram``: the units are drawn as tiles, not by
    their boundaries.
    """

    title: str
    unit: str
    period: str
    caution: str
    attribution: str
    release: str
    name: str
    diagram: bool = False


@dataclass(frozen=True, slots=True)
class Files:
    """Geometry files of a map, by address below `words.GEOMETRY`.

    Attributes
    ----------
    units
        Address to the codes of the units in that file, in its order.
    outlines
        Address to code prefixes: units that begin with one of them are outlined.
    above
        As ``units``, of the coarser levels, finest first.
    ground
        Address of the country's outline below everything, or None.
    """

    units: Mapping[str, Sequence[str]]
    outlines: Mapping[str, Sequence[str]]
    above: Mapping[str, Sequence[str]]
    ground: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneRequest:
    """What one scene is built from.

    Attributes
    ----------
    layer
        ``status``, ``value``, ``value_class`` by ``unit_code``, of the units on the map.
    files
        Geometry files to draw.
    area
        Name of the view: while it stays the same, the map keeps its position and zoom.
    notes
        Texts beside the drawing.
    around
        Columns as ``layer``, of every unit with a cell, the country too: the tooltip of a
        suppressed unit points at the coarser figures among them.
    edges
        Upper edges of the colour classes, from released values.
    steps
        Names of the steps of a status, instead of ``edges``.
    classes
        Names of the hotspot classes, the plain one first, instead of ``edges``.
    decimals
        Decimal places of a rate: with 1, its values are tenths.
    points
        Booths: ``lon``, ``lat`` (EPSG:4326, degrees), ``name_en``, ``name_ne``.
    circles
        Whether amounts are drawn as circles instead of colours.
    numeral
        What stands in each unit: ``ward`` for its number, ``value`` for its figure.
    picks
        Whether the page is sent a click on a unit.
    picked
        Code of the unit that is marked.
    """

    layer: pd.DataFrame
    files: Files
    area: str
    notes: Notes
    around: pd.DataFrame
    edges: Sequence[int] = ()
    steps: Sequence[str] = ()
    classes: Sequence[str] = ()
    decimals: int = 0
    points: pd.DataFrame | None = None
    circles: bool = False
    numeral: str = ""
    picks: bool = False
    picked: str = ""


def build_scene(request: SceneRequest) -> dict[str, Any]:
    """Return what a browser draws, as values that JSON can hold.

    It holds no figure but those of the request's ``layer`` and, where a unit of it is suppressed,
    those of ``around`` for the units that contain it.
    """
    files, notes, scale = request.files, request.notes, _scale(request)
    suppressed = request.layer.index[request.layer["status"] == Status.SUPPRESSED]
    containing = {code for unit in suppressed for code in unit_codes.ancestors(str(unit))}
    containing |= {unit_codes.COUNTRY} if len(suppressed) else set()
    coarser = request.around[request.around.index.isin(containing)]
    drawn, above = encoding.encode_units(request.layer), encoding.encode_units(coarser)
    values = [encoding.encode_line(drawn, codes) for codes in files.units.values()]
    signs_above = [
        [address, encoding.encode_line(above, codes).rstrip()]
        for address, codes in files.above.items()
    ]
    nation = above.get(unit_codes.COUNTRY)
    address, language = words.words_address(), wording.language()
    booths = [] if request.points is None else request.points.iterrows()
    return {
        "area": request.area,
        "geometry": words.GEOMETRY,
        "words": address,
        "files": list(files.units),
        "values": values,
        "outlines": [[address, list(prefixes)] for address, prefixes in files.outlines.items()],
        "above": signs_above,
        "nation": [_("Nepal"), nation] if nation else None,
        "ground": files.ground,
        "scale": scale,
        "circles": CIRCLE if request.circles else 0,
        "numeral": request.numeral,
        "points": [[row["lon"], row["lat"], row[f"name_{language}"]] for _code, row in booths],
        "title": notes.title,
        "unit": notes.unit,
        "period": notes.period,
        "caution": notes.caution,
        "attribution": notes.attribution,
        "release": notes.release,
        "name": notes.name,
        "diagram": notes.diagram,
        "place": _("Place"),
        "trouble": _(
            "The map could not be loaded. Check your connection. The map you see is older."
        ),
        "language": language,
        "picks": request.picks,
        "picked": request.picked,
    }


def _scale(request: SceneRequest) -> dict[str, Any]:
    if request.classes:
        scale: dict[str, Any] = {"kind": "classes", "edges": [], "names": list(request.classes)}
    elif request.steps:
        edges, names = list(request.edges), list(request.steps)
        scale = {"kind": "steps", "edges": edges, "names": names}
    else:
        scale = {"kind": "amount", "edges": list(request.edges)}
    return scale | ({"decimals": request.decimals} if request.decimals else {})
