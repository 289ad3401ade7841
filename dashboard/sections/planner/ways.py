"""The ways in which a planner analyses the figures on the map further: one is chosen and drawn."""

from collections.abc import Mapping

from dashboard.i18n.wording import _
from dashboard.maps.figure_map import View
from dashboard.page import addresses, controls
from dashboard.released import cache, selection
from dashboard.released.selection import Selection
from dashboard.sections.planner import filters, overlap, side_by_side

WAYS = ("trend", "ranking", "compare", "places", "strip", "silence", "overlap", "files")
_OTHER = {"compare": "with", "places": "against"}  # the word of the address for what is compared


def way_names() -> dict[str, str]:
    """Return the names of the ways."""
    return {
        "trend": _("Over time"),
        "ranking": _("Ranking"),
        "compare": _("Two periods"),
        "places": _("Two places"),
        "strip": _("Maps by period"),
        "silence": _("Who has not reported"),
        "overlap": _("Who works where"),
        "files": _("Download"),
    }


def way_query(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the words of the address for the way that is asked for: it, and what it compares."""
    way = asked.get("way", "")
    way = way if way in WAYS else WAYS[0]
    other = _OTHER.get(way, "")
    return {"way": way} | ({other: asked[other]} if other in asked else {})


def draw_way(view: View, chosen: Selection, picked: str, query: Mapping[str, str]) -> None:
    """Offer the ways, and draw the one of ``query``, which is as `way_query` returns it."""
    way, units = query["way"], cache.units(view.release)
    controls.choose_one("way", _("More analysis"), WAYS, way, way_names().__getitem__)
    cells = cache.cells(view.release, indicator=chosen.indicator, period=chosen.period)
    layer = selection.layer(cells, units, selection.shown_units(units, chosen), chosen.whom)
    match way:
        case "trend":
            filters.trend(view, chosen, picked)
        case "ranking":
            filters.ranking(view, chosen, layer)
        case "compare":
            filters.side_by_side(view, chosen, layer, query.get("with", ""))
        case "places":
            side_by_side.two_places(view, chosen, layer, picked, query.get("against", ""))
        case "strip":
            filters.strip(view, chosen)
        case "silence":
            filters.silence(view, chosen)
        case "overlap":
            overlap.overlap(view, chosen)
        case _:
            filters.files(view, chosen, layer, addresses.this_view())
