"""The maps of the pages by address: which view an address asks for, and the scene a browser draws.

A page gives its map an address only, and the browser fetches the scene from there: no other way
brings figures to a map. A choice on the map fetches the next scene in the same way, without waiting
for the page. Page and address choose and check with the same functions.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from dashboard.auth.viewer import Viewer
from dashboard.http_coding import compress
from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import choices, committee_map, figure_map, hotspot_map
from dashboard.maps.figure_map import View
from dashboard.released import cache, headline_figures, selection
from dashboard.released.selection import Selection
from data.model import AdminLevel, Audience, ReleaseInfo, Role
from data.reference.indicators import load_indicators
from data.reference.scope import Scope, covers, is_everything

SCENE = "/scene/"
PARENTS_GROUPS = "parents_groups"  # the indicator that a palika's page opens with
_WORDS = {field.name for field in fields(Selection)}
_MADE = str.maketrans("", "", "-:+T")


class MapDefinition(ABC):
    """One map of a page: who may see it, which view is chosen, and its scene.

    Attributes
    ----------
    daily
        Whether the scene depends on the day of viewing.
    restricted
        Whether partners must first state a purpose for its figures.
    """

    daily = False
    restricted = True

    @abstractmethod
    def audience(self, viewer: Viewer) -> Audience | None:
        """Return whose release it draws for a viewer, or None where they may not see the map."""

    def fixed(self, viewer: Viewer) -> Mapping[str, str]:
        """Return the words of the address that a viewer cannot choose."""
        del viewer
        return {}

    @abstractmethod
    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """Return the view that an address asks for, or None where nothing can be chosen."""

    @abstractmethod
    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """Return the scene of a view with ``questions``, ``lead``, ``empty``; see `map_message`."""


def _only(release: ReleaseInfo, viewer: Viewer) -> Scope:
    """Return the only places that a viewer can choose; empty where every place can be chosen."""
    whole = release.audience is Audience.PUBLIC or is_everything(viewer.scope)
    return () if whole else viewer.scope


@dataclass(frozen=True)
class FigureMap(MapDefinition):
    """A map of the figures of one indicator and period.

    Attributes
    ----------
    whose
        Whose release a viewer sees, or None where they may not see the map.
    catalogue
        What can be chosen; columns as `ReleaseReader.catalogue`.
    opens
        Words of the address as the map opens.
    held
        Words of the address that a viewer cannot choose.
    within
        Whether only the places of the viewer's scope can be chosen.
    asks
        Names of the choices that are offered, all where None.
    picks
        Whether the page is sent a click on a unit.
    kinds
        Whether the kind of palikas can be chosen.
    total
        Whether the country's figure is shown first.
    """

    whose: Callable[[Viewer], Audience | None]
    catalogue: Callable[[ReleaseInfo, Viewer], pd.DataFrame]
    opens: Mapping[str, str]
    held: Callable[[Viewer], Mapping[str, str]] = lambda _viewer: {}
    within: bool = False
    asks: frozenset[str] | None = None
    picks: bool = False
    kinds: bool = False
    total: bool = False

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `MapDefinition.audience`."""
        return self.whose(viewer)

    def fixed(self, viewer: Viewer) -> Mapping[str, str]:
        """See `MapDefinition.fixed`."""
        return self.held(viewer)

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `MapDefinition.choose`."""
        words = {name: value for name, value in query.items() if value and name in _WORDS}
        wanted = {**self.opens, **words, **self.fixed(viewer)}
        default = self.fixed(viewer).get("area") or self.opens["area"]
        if only := _only(release, viewer) if self.within else ():
            default = only[0]
            wanted["area"] = wanted["area"] if covers(only, wanted["area"]) else default

        def choose() -> Selection | None:
            catalogue = self.catalogue(release, viewer)
            if catalogue.empty:
                return None
            units = cache.units(release)
            return selection.choose_selection(wanted, catalogue, units, default_area=default)

        key = (self.catalogue.__name__, viewer.scope, viewer.home, *sorted(wanted.items()))
        return cache.remembered_selection(release, key, choose)

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `MapDefinition.draw`."""
        view = View(release, load_indicators()[chosen.indicator], chosen.period)
        scene = figure_map.map_scene(view, chosen, picks=self.picks)
        fixed = self.fixed(viewer)
        every = choices.offered_choices(
            chosen,
            self.catalogue(release, viewer),
            cache.units(release),
            cache.geometry_files(release),
            where="area" not in fixed,
            kinds=self.kinds,
            only=_only(release, viewer) if self.within else (),
        )
        offered = [
            each
            for each in every
            if each[0] not in fixed and (self.asks is None or each[0] in self.asks)
        ]
        lead = figure_map.country_total(view) if self.total else None
        beside: dict[str, Any] = {"questions": offered, "lead": lead}
        if figure_map.is_empty_scene(scene):
            beside["empty"] = _(
                "Nothing was reported here for this figure and period."
                " Choose another place or period."
            )
        return scene | beside


class CommitteeMap(MapDefinition):
    """The map of the committees' rungs on the day of viewing."""

    daily = True
    restricted = False  # a committee is a public body

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `MapDefinition.audience`."""
        return viewer.audience

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `MapDefinition.choose`."""
        del viewer
        area = query.get("area", "")
        known = area in selection.AREA_GROUPS or selection.is_area(cache.units(release), area)
        return Selection(area if known else selection.PROGRAMME, "", "", "palika")

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `MapDefinition.draw`."""
        del viewer
        scene = committee_map.rung_scene(release, chosen, today())
        place = choices.place_choice(chosen.area, cache.units(release))
        return scene | {"questions": [place], "lead": None}


class WardCommitteeMap(MapDefinition):
    """The map of the rungs of the wards' committees of one palika on the day of viewing."""

    daily = True
    restricted = False  # as `CommitteeMap`

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `MapDefinition.audience`."""
        return viewer.audience

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `MapDefinition.choose`; the area is a palika, else nothing can be chosen."""
        area, units = query.get("area") or viewer.home, cache.units(release)
        if area not in units.index or units.at[area, "admin_level"] != AdminLevel.PALIKA:
            return None
        return Selection(area, "", "", "ward")

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `MapDefinition.draw`."""
        del viewer
        scene = committee_map.rung_scene(release, chosen, today())
        return scene | {"questions": [], "lead": None}


class HotspotMap(MapDefinition):
    """The map of hotspots: districts for the public, palikas for a planner."""

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `MapDefinition.audience`."""
        return hotspot_map.audience(viewer)

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `MapDefinition.choose`."""
        area = query.get("area", "")
        if only := _only(release, viewer):
            known = selection.is_area(cache.units(release), area)
            area = area if known and covers(only, area) else only[0]
        return hotspot_map.choose_hotspots(release, area, query.get("period", ""))

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `MapDefinition.draw`."""
        scene = hotspot_map.class_scene(release, chosen)
        known = hotspot_map.periods(release)
        period = ["period", chosen.period, [[p, wording.period_label(p)] for p in known], "slider"]
        only = _only(release, viewer)
        place = choices.place_choice(chosen.area, cache.units(release), only)
        return scene | {"questions": [place, period]}


def _public(_viewer: Viewer) -> Audience | None:
    return Audience.PUBLIC


def _for(*roles: Role) -> Callable[[Viewer], Audience | None]:
    return lambda viewer: Audience.PARTNER if viewer.role in roles else None


def _everything(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    return cache.catalogue(release)


def _mapped(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    catalogue = cache.catalogue(release)
    few = catalogue[catalogue["indicator"].isin(headline_figures.list_mapped(release))]
    return few[few["admin_level"].isin([AdminLevel.DISTRICT, AdminLevel.PALIKA])]


def _by_ward(release: ReleaseInfo, viewer: Viewer) -> pd.DataFrame:
    """Return the ward rows of the indicators that have a cell in the viewer's palika."""
    catalogue = cache.catalogue(release)
    cells = cache.cells_within(release, viewer.home)
    known = set(cells.loc[cells["admin_level"] == AdminLevel.WARD, "indicator"])
    by_ward = catalogue["admin_level"] == AdminLevel.WARD
    return catalogue[by_ward & catalogue["indicator"].isin(known)]


MAPS: Mapping[str, MapDefinition] = {
    "overview": FigureMap(
        _public,
        _mapped,
        {"area": selection.PROGRAMME, "level": "district"},
        asks=frozenset({"indicator", "period", "level"}),
    ),
    "map": FigureMap(_public, _everything, {"area": selection.PROGRAMME}, total=True),
    "planner": FigureMap(
        _for(Role.PLANNER),
        _everything,
        {"area": selection.BORDER},
        picks=True,
        kinds=True,
        within=True,
    ),
    "palika": FigureMap(
        _for(Role.DEPUTY),
        _by_ward,
        {"indicator": PARENTS_GROUPS},
        held=lambda viewer: {"area": viewer.home, "level": "ward"},
        picks=True,
    ),
    "committees": CommitteeMap(),
    "ward-committees": WardCommitteeMap(),
    "hotspots": HotspotMap(),
}
_OF_THE_PAGE = {"trouble", "picked"}  # keys that the page sends with the address


def audience(plan: str, viewer: Viewer) -> Audience | None:
    """Return whose release a map draws for a viewer, or None where they have no such map."""
    return MAPS[plan].audience(viewer) if plan in MAPS else None


def today() -> date:
    """Return the day of viewing (UTC)."""
    return datetime.now(UTC).date()


def choose_view(
    plan: str, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
) -> Selection | None:
    """Return the view that an address asks for, or None where nothing can be chosen.

    What is missing or wrong in the address gets a default; see `selection.choose_selection`.
    """
    return MAPS[plan].choose(release, viewer, query)


def map_address(plan: str, release: ReleaseInfo, chosen: Selection, viewer: Viewer) -> str:
    """Return the address of the scene of a view.

    It names the release, the language and, where it matters, the day: the scene there never changes
    while a browser may keep it.
    """
    fixed = MAPS[plan].fixed(viewer)
    query = {name: value for name, value in chosen.as_query().items() if name not in fixed}
    query |= {
        "release": str(release.number),
        "made": release.created.translate(_MADE)[2:12],
        "lang": wording.language(),
    }
    if len(viewer.scope) > 1 and "area" in fixed:
        query["palika"] = viewer.home
    if MAPS[plan].daily:
        query["day"] = today().isoformat()
    return f"{SCENE}{plan}?{urlencode(sorted(query.items()))}"


def map_message(
    plan: str, release: ReleaseInfo, viewer: Viewer, chosen: Selection
) -> dict[str, bytes]:
    """Return the scene of a view and the choices it offers as JSON, made once for all readers.

    Returns
    -------
    Content by coding, ``identity`` and ``br``. Besides `scene.build_scene` it has ``address`` (of
    this view), ``questions`` (see `choices.offered_choices`), ``lead`` (the country's figure and
    its text) and, where the map has no figure, ``empty`` (a sentence instead).
    """
    fixed = tuple(MAPS[plan].fixed(viewer).items())
    key = ("message", plan, fixed, *asdict(chosen).values(), wording.language(), today())

    def make() -> dict[str, Any]:
        drawn = MAPS[plan].draw(release, viewer, chosen)
        message = {name: value for name, value in drawn.items() if name not in _OF_THE_PAGE}
        message["address"] = map_address(plan, release, chosen, viewer)
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        return {"identity": text, "br": compress(text, "br", best=True)}

    return cache.remembered(release, key, make)
