"""Pieces of page that several pages show: the map, its table, and what to say about them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.maps import choices, scene
from dashboard.maps.scene import Files, Notes
from dashboard.released import cache, comparisons, selection
from dashboard.released.selection import Selection
from data.boundaries.browser_files import OUTLINE, TILES, WHOLE
from data.model import AdminLevel, Indicator, ReleaseInfo, Status
from data.reference.gazetteer import COUNTRY
from geo import classify

_CLASSES = 5
_NEAR = 4  # districts: up to here each comes in detail, beyond in one file for the country


@dataclass(frozen=True, slots=True)
class View:
    """What a map is drawn from."""

    release: ReleaseInfo
    indicator: Indicator
    period: str


def file_stem(view: View) -> str:
    """Name a file of a view by codes."""
    return f"{view.indicator.code}-{view.period}-release-{view.release.number}"


def map_notes(view: View, *, diagram: bool = False, sources: pd.DataFrame | None = None) -> Notes:
    """Gather what stands in the map beside the drawing."""
    listed = cache.attributions(view.release) if sources is None else sources
    if diagram:
        listed = listed[listed["admin_level"] < AdminLevel.WARD]
    return Notes(
        title=labels.indicator_name(view.indicator.code),
        unit=labels.indicator_unit(view.indicator.code),
        period=wording.period_label(view.period),
        caution=labels.indicator_caution(view.indicator),
        attribution=" · ".join(dict.fromkeys(listed["attribution"])),
        release=wording.release_label(view.release.number, synthetic=view.release.synthetic),
        name=file_stem(view),
        diagram=diagram,
    )


def class_edges(layer: pd.DataFrame) -> tuple[int, ...]:
    """Choose class breaks from the released values of a layer."""
    shown = layer.loc[layer["status"] == Status.PUBLISHED, "value"]
    return classify.breaks(shown.astype("Float64"), classes=_CLASSES)


def map_files(release: ReleaseInfo, units: pd.DataFrame, chosen: Selection) -> Files:
    """Choose the geometry files of a view: in detail where near, one file where wide."""
    index = cache.geometry_index(release)
    districts = selection.districts_of(units, chosen.area)
    near = len(districts) <= _NEAR

    def listed(level: AdminLevel, within: str, form: str = OUTLINE) -> dict[str, list[str]]:
        return index.get((int(level), within, form), {})

    def of_districts(level: AdminLevel, form: str = OUTLINE) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for district in districts:
            found |= listed(level, district, form) or listed(level, district, TILES)
        return found

    def palikas() -> dict[str, list[str]]:
        return of_districts(AdminLevel.PALIKA) if near else listed(AdminLevel.PALIKA, WHOLE)

    coarse = {level: listed(level, WHOLE) for level in AdminLevel if level < AdminLevel.PALIKA}
    inside = [chosen.area] if chosen.area not in selection.AREA_GROUPS else districts
    match chosen.level:
        case "ward":
            drawn = of_districts(AdminLevel.WARD, TILES if chosen.form == "tiles" else OUTLINE)
            outlines, above = palikas(), [palikas(), coarse[AdminLevel.DISTRICT]]
        case "palika":
            drawn = palikas()
            outlines = of_districts(AdminLevel.DISTRICT) if near else coarse[AdminLevel.DISTRICT]
            above = [coarse[AdminLevel.DISTRICT]]
            inside = districts
        case "district":
            drawn, outlines = coarse[AdminLevel.DISTRICT], {}
            above = [coarse[AdminLevel.PROVINCE]]
        case "province":
            drawn, outlines, above = coarse[AdminLevel.PROVINCE], {}, []
        case _:
            drawn, outlines, above = coarse[AdminLevel.COUNTRY], {}, []
    around = {name: codes for part in above for name, codes in part.items()}
    wide = chosen.area in selection.AREA_GROUPS and chosen.level not in ("country", "province")
    ground = next(iter(coarse[AdminLevel.COUNTRY]), None) if wide else None
    return Files(drawn, dict.fromkeys(outlines, inside), around, ground)


def is_diagram(release: ReleaseInfo, units: pd.DataFrame, chosen: Selection) -> bool:
    """Say whether a view of wards draws tiles: asked for, or no ward boundary is installed."""
    if chosen.level != "ward":
        return False
    index = cache.geometry_files(release)
    real = index[(index["admin_level"] == AdminLevel.WARD) & (index["form"] == OUTLINE)]
    districts = selection.districts_of(units, chosen.area)
    return chosen.form == "tiles" or not real["within"].isin(districts).any()


def map_scene(view: View, chosen: Selection, *, picks: bool = False) -> dict[str, Any]:
    """Make what a browser draws of a view of a release; remembered, as it has no reader in it."""
    key = ("scene", *dataclasses.astuple(chosen), wording.language(), picks)

    def make() -> dict[str, Any]:
        cells = cache.cells(view.release, indicator=chosen.indicator, period=chosen.period)
        return scene_of(view, chosen, cells, cache.units(view.release), picks=picks)

    return cache.remembered(view.release, key, make)


def scene_of(
    view: View,
    chosen: Selection,
    cells: pd.DataFrame,
    units: pd.DataFrame,
    *,
    picks: bool = False,
    release_said: str = "",
) -> dict[str, Any]:
    """Make what a browser draws of cells; ``release_said`` where they are of no release yet."""
    figures = selection.figures(cells, chosen.whom)
    shown = selection.shown_units(units, chosen)
    layer = selection.plain_layer(cells, units, shown, chosen.whom)
    diagram = is_diagram(view.release, units, chosen)
    said = map_notes(view, diagram=diagram)
    if release_said:
        said = dataclasses.replace(said, release=release_said)
    decimals = 0
    if chosen.display == "rate":
        layer = layer.assign(value=comparisons.per_thousand(layer, units["population_2021"]))
        figures = figures.iloc[:0]  # a coarser unit's rate is not its count
        said = dataclasses.replace(
            said, unit=_("{unit} per 1,000 residents").format(unit=said.unit)
        )
        decimals = 1
    if chosen.whom:
        said = dataclasses.replace(said, title=f"{said.title}, {choices.whom_name(chosen.whom)}")
    districts = selection.districts_of(units, chosen.area)
    points = None
    if view.indicator.booth:
        booths = cache.sites(view.release)
        points = booths[booths["palika_code"].str[:3].isin(districts)]
    return scene.build_scene(
        layer,
        map_files(view.release, units, chosen),
        area=f"{chosen.area}.{chosen.level}.{'tiles' if diagram else 'outline'}",
        notes=said,
        around=figures,
        nation=next((row for _code, row in figures[figures.index == COUNTRY].iterrows()), None),
        edges=class_edges(layer),
        decimals=decimals,
        points=points,
        circles=chosen.display == "circles",
        numeral="ward" if chosen.level == "ward" else "",
        picks=picks,
    )


def is_empty_scene(scene: Mapping[str, Any]) -> bool:
    """Say whether a map has nothing to say about any place on it."""
    return not set("".join(scene["values"])) - {" ", "-"}


def country_total(view: View) -> dict[str, str]:
    """Say the country's figure for the period: ``figure`` and ``text``, or why it is not shown."""
    cells = cache.cells(view.release, indicator=view.indicator.code, period=view.period)
    total = selection.total_of(cells)
    if total is None or total["status"] != Status.PUBLISHED or pd.isna(total["value"]):
        text = _(
            "The total for Nepal is not shown, because part of it is hidden or was not reported."
        )
        return {"figure": "", "text": text}
    said = _("{what} in Nepal, {period}").format(
        what=labels.indicator_name(view.indicator.code),
        period=wording.period_label(view.period),
    )
    text = f"{labels.indicator_unit(view.indicator.code)} · {said}"
    return {"figure": wording.number(int(total["value"])), "text": text}
