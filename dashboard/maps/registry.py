"""The maps of the pages by address: which view an address asks for, and what a browser draws of it.

A page tells its map an address alone; the browser fetches what stands there, the only way by which
figures come to a map of a page. Whoever chooses on the map gets the next view the same way, without
waiting for the page. Page and address choose and check by the same functions here.
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
PARENTS_GROUPS = "parents_groups"  # what a palika's page opens on
_WORDS = {field.name for field in fields(Selection)}
_MADE = str.maketrans("", "", "-:+T")


class MapDefinition(ABC):
    """A map of a page: for whom, what is chosen, what is drawn and asked."""

    daily = False  # whether it is another one tomorrow
    restricted = True  # whether partners say first what they need its figures for

    @abstractmethod
    def audience(self, viewer: Viewer) -> Audience | None:
        """Say whose release it draws for a viewer; None where it is not for them."""

    def fixed(self, viewer: Viewer) -> Mapping[str, str]:
        """Give the words of the address that nobody chooses."""
        del viewer
        return {}

    @abstractmethod
    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """Give the view that an address asks for; None where there is nothing to choose from."""

    @abstractmethod
    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """Give a scene, with ``questions``, ``lead`` and ``empty``; see `message`."""


def _only(release: ReleaseInfo, viewer: Viewer) -> Scope:
    """Give the places that alone can be asked for; none where every place can."""
    whole = release.audience is Audience.PUBLIC or is_everything(viewer.scope)
    return () if whole else viewer.scope


@dataclass(frozen=True)
class FigureMap(MapDefinition):
    """A map of figures.

    ``catalogue``: what may be chosen; ``opens``: the words of the address as it opens; ``held``:
    those that nobody chooses; ``asks``: the questions that are asked, all where None.
    """

    whose: Callable[[Viewer], Audience | None]
    catalogue: Callable[[ReleaseInfo, Viewer], pd.DataFrame]
    opens: Mapping[str, str]
    held: Callable[[Viewer], Mapping[str, str]] = lambda _viewer: {}
    within: bool = False  # the viewer's places are all that can be asked for
    asks: frozenset[str] | None = None
    picks: bool = False
    kinds: bool = False
    total: bool = False

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `Plan.audience`."""
        return self.whose(viewer)

    def fixed(self, viewer: Viewer) -> Mapping[str, str]:
        """See `Plan.fixed`."""
        return self.held(viewer)

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `Plan.choose`."""
        words = {name: value for name, value in query.items() if value and name in _WORDS}
        asked = {**self.opens, **words, **self.fixed(viewer)}
        default = self.fixed(viewer).get("area") or self.opens["area"]
        if only := _only(release, viewer) if self.within else ():
            default = only[0]
            asked["area"] = asked["area"] if covers(only, asked["area"]) else default

        def found() -> Selection | None:
            catalogue = self.catalogue(release, viewer)
            if catalogue.empty:
                return None
            units = cache.units(release)
            return selection.choose_selection(asked, catalogue, units, default_area=default)

        key = (self.catalogue.__name__, viewer.scope, viewer.home, *sorted(asked.items()))
        return cache.picked(release, key, found)

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `Plan.draw`."""
        view = View(release, load_indicators()[chosen.indicator], chosen.period)
        made = figure_map.map_scene(view, chosen, picks=self.picks)
        fixed = self.fixed(viewer)
        asked = choices.offered_choices(
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
            for each in asked
            if each[0] not in fixed and (self.asks is None or each[0] in self.asks)
        ]
        lead = figure_map.country_total(view) if self.total else None
        said: dict[str, Any] = {"questions": offered, "lead": lead}
        if figure_map.is_empty_scene(made):
            said["empty"] = _(
                "Nothing was reported here for this figure and period."
                " Choose another place or period."
            )
        return made | said


class CommitteeMap(MapDefinition):
    """The map of the committees' rungs, as they stand on the day of viewing."""

    daily = True
    restricted = False  # a committee is a public body

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `Plan.audience`."""
        return viewer.audience

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `Plan.choose`."""
        del viewer
        area = query.get("area", "")
        known = area in selection.AREA_GROUPS or selection.is_area(cache.units(release), area)
        return Selection(area if known else selection.PROGRAMME, "", "", "palika")

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `Plan.draw`."""
        del viewer
        made = committee_map.rung_scene(release, chosen, today())
        asked = choices.place_choice(chosen.area, cache.units(release))
        return made | {"questions": [asked], "lead": None}


class HotspotMap(MapDefinition):
    """The map of hotspots: districts for the public, palikas for a planner."""

    def audience(self, viewer: Viewer) -> Audience | None:
        """See `Plan.audience`."""
        return hotspot_map.audience(viewer)

    def choose(
        self, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
    ) -> Selection | None:
        """See `Plan.choose`."""
        area = query.get("area", "")
        if only := _only(release, viewer):
            known = selection.is_area(cache.units(release), area)
            area = area if known and covers(only, area) else only[0]
        return hotspot_map.pick(release, area, query.get("period", ""))

    def draw(self, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, Any]:
        """See `Plan.draw`."""
        made = hotspot_map.class_scene(release, chosen)
        known = hotspot_map.periods(release)
        when = ["period", chosen.period, [[p, wording.period_label(p)] for p in known], "slider"]
        only = _only(release, viewer)
        asked = [choices.place_choice(chosen.area, cache.units(release), only), when]
        return made | {"questions": asked}


def _public(_viewer: Viewer) -> Audience | None:
    return Audience.PUBLIC


def _for(*roles: Role) -> Callable[[Viewer], Audience | None]:
    return lambda viewer: Audience.PARTNER if viewer.role in roles else None


def _everything(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    return cache.catalogue(release)


def _mapped(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    catalogue = cache.catalogue(release)
    few = catalogue[catalogue["indicator"].isin(headline_figures.MAPPED)]
    return few[few["admin_level"].isin([AdminLevel.DISTRICT, AdminLevel.PALIKA])]


def _by_ward(release: ReleaseInfo, viewer: Viewer) -> pd.DataFrame:
    """Take what has a cell of a ward of the viewer's palika."""
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
    "hotspots": HotspotMap(),
}
_OF_THE_PAGE = {"trouble", "picked"}  # the page says it with the address


def audience(plan: str, viewer: Viewer) -> Audience | None:
    """Say whose release a map draws for a viewer; None where there is no such map for them."""
    return MAPS[plan].audience(viewer) if plan in MAPS else None


def today() -> date:
    """Give the day of viewing."""
    return datetime.now(UTC).date()


def choose_view(
    plan: str, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
) -> Selection | None:
    """Give the view that an address asks for; None where there is nothing to choose from.

    What an address does not say, or says wrongly, is chosen; see `selection.pick`.
    """
    return MAPS[plan].choose(release, viewer, query)


def map_address(plan: str, release: ReleaseInfo, chosen: Selection, viewer: Viewer) -> str:
    """Give the address of what a browser draws of a view.

    Release, language and day are in it, so that it leads to the same for as long as it may be kept.
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
    """Give what a browser draws of a view, with all that can be asked of it, as JSON.

    By coding: ``identity``, and ``br``, which is made once for everybody.

    Besides `maps.scene`: ``address`` of this view, ``questions`` (see `questions.asked`), ``lead``
    (the country's figure and its words) and ``empty`` (what to say where nothing is there).
    """
    fixed = tuple(MAPS[plan].fixed(viewer).items())
    key = ("message", plan, fixed, *asdict(chosen).values(), wording.language(), today())

    def make() -> dict[str, Any]:
        drawn = MAPS[plan].draw(release, viewer, chosen)
        made = {name: value for name, value in drawn.items() if name not in _OF_THE_PAGE}
        made["address"] = map_address(plan, release, chosen, viewer)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
        return {"identity": text, "br": compress(text, "br", best=True)}

    return cache.remembered(release, key, make)
