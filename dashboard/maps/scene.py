"""A released layer to what a map and its table are drawn from, and to words; pure.

A scene is one small value that a browser draws: which geometry files, one sign for each unit, and
what stands in the map beside the drawing. `dashboard.maps.component` shows it in a page;
`dashboard.maps.document` makes an HTML document of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import encoding, words
from data.model import Status

CIRCLE = 26  # pixels: radius of the largest


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


def build_scene(  # noqa: PLR0913  # one value of many parts
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
    drawn, above = encoding.encode_units(layer), encoding.encode_units(coarser)
    scale: dict[str, Any] = {"kind": "steps" if steps else "amount", "edges": list(edges)}
    scale |= {"names": list(steps)} if steps else {}
    scale = {"kind": "classes", "edges": [], "names": list(classes)} if classes else scale
    scale |= {"decimals": decimals} if decimals else {}
    return {
        "area": area,
        "geometry": words.GEOMETRY,
        "words": words.words_address(),
        "files": list(files.units),
        "values": [encoding.encode_line(drawn, codes) for codes in files.units.values()],
        "outlines": [[name, list(beginnings)] for name, beginnings in files.outlines.items()],
        "above": [
            [name, encoding.encode_line(above, codes).rstrip()]
            for name, codes in files.above.items()
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
        "trouble": _(
            "The map could not be loaded. Check your connection. The map you see is older."
        ),
        "language": language,
        "picks": picks,
        "picked": picked,
    }


def _nation(cell: pd.Series | None) -> list[str] | None:
    if cell is None:
        return None
    return [_("Nepal"), encoding.encode_unit(cell["status"], cell["value"], cell["value_class"])]


def _points(booths: pd.DataFrame | None) -> list[list[Any]]:
    if booths is None:
        return []
    name = f"name_{wording.language()}"
    return [[row["lon"], row["lat"], row[name]] for _code, row in booths.iterrows()]
