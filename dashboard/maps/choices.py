"""The choices that a map offers, as codes, and the words for them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.i18n import labels, wording
from dashboard.i18n.wording import _
from dashboard.released import selection
from dashboard.released.selection import LEVELS, Selection
from data.boundaries.browser_files import OUTLINE, TILES
from data.model import AdminLevel
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators


def offered_choices(
    chosen: Selection,
    catalogue: pd.DataFrame,
    units: pd.DataFrame,
    files: pd.DataFrame,
    *,
    where: bool = True,
    kinds: bool = False,
    only: Sequence[str] = (),
) -> list[list[Any]]:
    """Return the choices that a map offers in a view.

    Indicator, period and place come first; level, people, form, kind and display follow where there
    is more than one.

    Parameters
    ----------
    catalogue
        What can be chosen; see `ReleaseReader.catalogue`.
    units
        Units by ``unit_code``.
    files
        Geometry files; see `ReleaseReader.geometry_files`.
    where
        Whether the place can be chosen.
    kinds
        Whether the kind of palikas can be chosen.
    only
        The only places that can be chosen; empty where all can.

    Returns
    -------
    For each choice its name (a word of the address), its value and its options: codes that
    `choice_words` names, or pairs of a code and its name. For the place see `place_choice`.
    """
    now = catalogue[
        (catalogue["indicator"] == chosen.indicator) & (catalogue["period"] == chosen.period)
    ]
    at_level = now[now["admin_level"] == LEVELS.get(chosen.level, AdminLevel.COUNTRY)]
    periods = selection.periods_of(catalogue, chosen.indicator)
    offered: list[list[Any]] = [
        ["indicator", chosen.indicator, selection.indicators_of(catalogue)],
        ["period", chosen.period, [[code, wording.period_label(code)] for code in periods]],
    ]
    if where:
        offered.append(place_choice(chosen.area, units, only))
    offered += _if_several("level", chosen.level, selection.levels_of(now, chosen.area))
    offered += _if_several("whom", chosen.whom, selection.whom_of(at_level))
    if chosen.level == "ward" and _both_forms(chosen, units, files):
        offered.append(["form", chosen.form, list(_FORMS)])
    if kinds and chosen.level == "palika":
        offered.append(["kind", chosen.kind, ["", selection.AT_BORDER, *selection.KINDS]])
    displays = ["", "circles"] + (["rate"] if chosen.level in ("district", "palika") else [])
    shown = chosen.display if chosen.display in displays else ""
    offered.append(["display", shown, displays])
    return offered


def place_choice(area: str, units: pd.DataFrame, only: Sequence[str] = ()) -> list[Any]:
    """Return the choice of the place.

    Its options are empty where everybody has the same areas: those are in `choice_words`. Palikas
    are not among them, so the palika that an address asks for comes with its name. With ``only``,
    the options are the whole list, and a fourth item, ``only``, says so.
    """
    if only:
        named = dict.fromkeys((*only, area))
        name = units[f"name_{wording.language()}"]
        return ["area", area, [[code, str(name[code])] for code in named], "only"]
    if area in selection.AREA_GROUPS or units.at[area, "admin_level"] != AdminLevel.PALIKA:
        return ["area", area, []]
    return ["area", area, [[area, str(units.at[area, f"name_{wording.language()}"])]]]


def _if_several(name: str, value: str, options: Sequence[str]) -> list[list[Any]]:
    return [[name, value, list(options)]] if len(options) > 1 else []


def _both_forms(chosen: Selection, units: pd.DataFrame, files: pd.DataFrame) -> bool:
    wards = files[files["admin_level"] == AdminLevel.WARD]
    mine = wards[wards["within"].isin(selection.districts_of(units, chosen.area))]
    return {OUTLINE, TILES} <= set(mine["form"])


_FORMS = ("", "tiles")


def choice_words() -> dict[str, Any]:
    """Return the words for every choice, and for the options that are the same on every map."""
    indicators = load_indicators()
    return {
        "labels": {
            "indicator": _("What"),
            "period": _("When"),
            "area": _("Where"),
            "level": _("Shown by"),
            "whom": _("People"),
            "form": _("Wards as"),
            "kind": _("Which palikas"),
            "display": _("Shown as"),
        },
        "options": {
            "indicator": {code: each.name[wording.language()] for code, each in indicators.items()},
            "level": {level.name.lower(): name for level, name in labels.level_options().items()},
            "whom": {code: whom_name(code) for code in selection.WHOM},
            "form": {"": _("Boundaries"), "tiles": _("Diagram")},
            "kind": kind_names(),
            "display": {
                "": _("Colours"),
                "circles": _("Circles"),
                "rate": _("Per 1,000 residents"),
            },
        },
        "areas": _areas(Gazetteer.load().units),
    }


def _areas(units: pd.DataFrame) -> list[list[Any]]:
    """Return the areas to choose from: for each group its name, then codes with their names."""
    named = area_names(units)
    groups = {"": selection.AREA_GROUPS, _("Provinces"): _of(units, AdminLevel.PROVINCE)}
    groups[_("Districts")] = _of(units, AdminLevel.DISTRICT)
    return [
        [name, [[code, named[code]] for code in named if code in set(codes)]]
        for name, codes in groups.items()
    ]


def _of(units: pd.DataFrame, level: AdminLevel) -> Sequence[str]:
    return [str(code) for code in units.index[units["admin_level"] == level]]


def area_names(units: pd.DataFrame) -> Mapping[str, str]:
    """Return the names of the areas by code: groups of districts, provinces, districts."""
    name = units[f"name_{wording.language()}"]
    level = units["admin_level"]
    provinces = name[level == AdminLevel.PROVINCE].sort_index()
    districts = name[level == AdminLevel.DISTRICT].sort_values()
    return {
        selection.PROGRAMME: _("Programme districts"),
        selection.BORDER: _("Border districts"),
        selection.NEPAL: _("All of Nepal"),
        **{str(code): _province_name(str(each)) for code, each in provinces.items()},
        **{str(code): str(each) for code, each in districts.items()},
    }


def _province_name(name: str) -> str:
    """Return a name that says that it is a province's; the Nepali names say it already."""
    said = _("{name} Province").format(name="").strip()
    return name if name.endswith(said) else _("{name} Province").format(name=name)


def kind_names() -> dict[str, str]:
    """Return the names of the kinds of palikas, the keys of `selection.KINDS`."""
    return {
        "": _("All palikas"),
        selection.AT_BORDER: _("At the border"),
        "metropolitan": _("Metropolitan"),
        "submetropolitan": _("Sub-metropolitan"),
        "municipality": _("Municipalities"),
        "rural": _("Rural municipalities"),
    }


def whom_name(whom: str) -> str:
    """Return the name of the people that a key of `selection.WHOM` counts."""
    return labels.people_name(*selection.WHOM[whom])
