"""The map of a figure: which units, geometry files and texts a view of a release is drawn with."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import scene
from dashboard.maps.scene import Files, Notes, SceneRequest
from dashboard.released import cache, comparisons, selection
from dashboard.released.released_view import GeometryIndex, ReleasedView
from dashboard.released.selection import Selection
from data.boundaries.browser_files import OUTLINE, TILES, WHOLE
from data.model import AdminLevel, Indicator, ReleaseInfo, Status

_NEAR = 4  # districts: up to here each comes in detail, beyond in one file for the country


@dataclass(frozen=True, slots=True)
class View:
    """A release, an indicator and a period: what a map is drawn from."""

    release: ReleaseInfo
    indicator: Indicator
    period: str


def file_stem(view: View) -> str:
    """Return the name of a view's files without their ending, made of codes."""
    return f"{view.indicator.code}-{view.period}-release-{view.release.number}"


# ---- texts


def table_notes(view: View, chosen: Selection) -> Notes:
    """Return the texts that go with the table of a view: it holds counts, for rates too."""
    released = cache.view(view.release, chosen)
    districts = selection.districts_of(released.units, chosen.area)
    plain = dataclasses.replace(chosen, whom="", display="")
    return _notes(view, plain, released, diagram=is_diagram(released.geometry, chosen, districts))


def _notes(
    view: View,
    chosen: Selection,
    released: ReleasedView,
    *,
    diagram: bool,
    release_label: str = "",
) -> Notes:
    release, name = view.release, file_stem(view)
    sources = attribution(released.attributions, wards=not diagram)
    figure = labels.figure_labels(
        view.indicator,
        people=selection.WHOM[chosen.whom] if chosen.whom else None,
        rate=chosen.display == "rate",
    )
    return Notes(
        title=figure.title,
        unit=figure.unit,
        period=wording.period_label(view.period),
        caution=figure.caution,
        attribution=sources,
        release=release_label or wording.release_label(release.number, synthetic=release.synthetic),
        name=name,
        diagram=diagram,
    )


def attribution(attributions: pd.DataFrame, *, wards: bool) -> str:
    """Return the sources of the boundaries in one line, each once.

    Parameters
    ----------
    attributions
        As `cache.attributions` returns them.
    wards
        Whether ward boundaries are among those drawn.
    """
    if not wards:
        attributions = attributions[attributions["admin_level"] < AdminLevel.WARD]
    return " · ".join(dict.fromkeys(attributions["attribution"]))


# ---- geometry


def map_files(geometry: GeometryIndex, chosen: Selection, districts: Sequence[str]) -> Files:
    """Return the geometry files of a view: one for each district, or one file where there are many.

    Parameters
    ----------
    districts
        Codes of the districts of the view's area, see `selection.districts_of`.
    """
    near = len(districts) <= _NEAR

    def whole(level: AdminLevel) -> Mapping[str, Sequence[str]]:
        return geometry.get((int(level), WHOLE, OUTLINE), {})

    def by_district(level: AdminLevel, form: str = OUTLINE) -> dict[str, Sequence[str]]:
        files: dict[str, Sequence[str]] = {}
        for district in districts:
            here = (int(level), district, form)
            files |= geometry.get(here) or geometry.get((int(level), district, TILES), {})
        return files

    def palikas() -> Mapping[str, Sequence[str]]:
        return by_district(AdminLevel.PALIKA) if near else whole(AdminLevel.PALIKA)

    inside = districts if chosen.area in selection.AREA_GROUPS else [chosen.area]
    drawn: Mapping[str, Sequence[str]]
    outlines: Mapping[str, Sequence[str]] = {}
    match chosen.level:
        case "ward":
            drawn = by_district(AdminLevel.WARD, TILES if chosen.form == "tiles" else OUTLINE)
            outlines, above = palikas(), [palikas(), whole(AdminLevel.DISTRICT)]
        case "palika":
            drawn, above = palikas(), [whole(AdminLevel.DISTRICT)]
            outlines = by_district(AdminLevel.DISTRICT) if near else whole(AdminLevel.DISTRICT)
            inside = districts
        case "district":
            drawn, above = whole(AdminLevel.DISTRICT), [whole(AdminLevel.PROVINCE)]
        case "province":
            drawn, above = whole(AdminLevel.PROVINCE), []
        case _:
            drawn, above = whole(AdminLevel.COUNTRY), []
    around = {address: codes for files in above for address, codes in files.items()}
    wide = chosen.area in selection.AREA_GROUPS and chosen.level not in ("country", "province")
    ground = next(iter(whole(AdminLevel.COUNTRY)), None) if wide else None
    return Files(drawn, dict.fromkeys(outlines, inside), around, ground)


def is_diagram(geometry: GeometryIndex, chosen: Selection, districts: Sequence[str]) -> bool:
    """Return whether a view draws wards as tiles: asked for, or without any ward boundary here."""
    if chosen.level != "ward":
        return False
    real = any((int(AdminLevel.WARD), district, OUTLINE) in geometry for district in districts)
    return chosen.form == "tiles" or not real


# ---- scenes


def map_scene(view: View, chosen: Selection, *, picks: bool = False) -> dict[str, Any]:
    """Return the scene of a view of a release, made once for all readers; see `build_scene`.

    Parameters
    ----------
    picks
        Whether the page is sent a click on a unit.
    """
    key = ("scene", *dataclasses.astuple(chosen), wording.language(), picks)

    def draw(released: ReleasedView) -> dict[str, Any]:
        return scene.build_scene(scene_request(view, chosen, released, picks=picks))

    return cache.remembered_view(view.release, chosen, key, draw)


def preview_scene(
    view: View, chosen: Selection, cells: pd.DataFrame, release_label: str
) -> dict[str, Any]:
    """Return the scene of cells that are not published yet, on the boundaries of a release.

    Parameters
    ----------
    view
        Its release is the one with the boundaries.
    cells
        Cells of the view's indicator and period.
    release_label
        What stands in the map where a release is named.
    """
    released = cache.view(view.release, chosen, cells=cells)
    return scene.build_scene(scene_request(view, chosen, released, release_label=release_label))


def scene_request(
    view: View,
    chosen: Selection,
    released: ReleasedView,
    *,
    picks: bool = False,
    release_label: str = "",
) -> SceneRequest:
    """Return what the scene of a view is built from; parameters as in `preview_scene`."""
    units = released.units
    shown = selection.shown_units(units, chosen)
    figures = selection.figures(released.cells, chosen.whom)
    layer = selection.plain_layer(released.cells, units, shown, chosen.whom)
    districts = selection.districts_of(units, chosen.area)
    booths = view.indicator.booth
    points = selection.sites_in(released.sites, districts) if booths else None
    rate = chosen.display == "rate"
    if rate:
        layer = comparisons.rate_layer(layer, units["population_2021"])
        figures = figures.iloc[:0]  # a coarser unit's rate is not its count
    edges = selection.class_edges(layer)
    diagram = is_diagram(released.geometry, chosen, districts)
    return SceneRequest(
        layer=layer,
        files=map_files(released.geometry, chosen, districts),
        area=f"{chosen.area}.{chosen.level}.{'tiles' if diagram else 'outline'}",
        around=figures,
        edges=edges,
        decimals=1 if rate else 0,
        points=points,
        circles=chosen.display == "circles",
        numeral="ward" if chosen.level == "ward" else "",
        picks=picks,
        notes=_notes(view, chosen, released, diagram=diagram, release_label=release_label),
    )


def is_empty_scene(scene: Mapping[str, Any]) -> bool:
    """Return whether no unit of a scene has a figure or a reason for none."""
    return not set("".join(scene["values"])) - {" ", "-"}


def country_total(view: View) -> dict[str, str]:
    """Return the country's ``figure`` for the period and its ``text``.

    Where the figure is not published, ``figure`` is empty and ``text`` says why.
    """
    cells = cache.cells(view.release, indicator=view.indicator.code, period=view.period)
    total = selection.total_of(cells)
    if total is None or total["status"] != Status.PUBLISHED or pd.isna(total["value"]):
        text = _(
            "The total for Nepal is not shown, because part of it is hidden or was not reported."
        )
        return {"figure": "", "text": text}
    counted = _("{what} in Nepal, {period}").format(
        what=labels.indicator_name(view.indicator.code),
        period=wording.period_label(view.period),
    )
    text = f"{labels.indicator_unit(view.indicator.code)} · {counted}"
    return {"figure": wording.number(int(total["value"])), "text": text}
