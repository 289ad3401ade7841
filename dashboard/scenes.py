"""The maps of the pages by address: which view an address asks for, and what a browser draws of it.

A page tells its map an address alone; the browser fetches what stands there, the only way by which
figures come to a map of a page. Whoever chooses on the map gets the next view the same way, without
waiting for the page. Page and address choose and check by the same functions here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from dashboard import committee_views, overview, questions, selection, session, views, wording
from dashboard.access import Viewer
from dashboard.compression import compress
from dashboard.selection import Selection
from dashboard.views import View
from dashboard.wording import _
from data.indicators import load_indicators
from data.model import AdminLevel, Audience, ReleaseInfo, Role

SCENE = "/scene/"
GROUPS = "parents_groups"  # what a palika's page opens on
_WORDS = {field.name for field in fields(Selection)}
_MADE = str.maketrans("", "", "-:+T")


@dataclass(frozen=True, slots=True)
class Plan:
    """A map of a page.

    ``audience``: whose release it draws, by who looks; None where it is not for them.
    ``catalogue``: what may be chosen. ``fixed``: words of the address that nobody chooses.
    """

    audience: Callable[[Viewer], Audience | None]
    catalogue: Callable[[ReleaseInfo, Viewer], pd.DataFrame]
    opens: Callable[[Viewer], Mapping[str, str]]
    fixed: Callable[[Viewer], Mapping[str, str]] = lambda _viewer: {}
    picks: bool = False
    kinds: bool = False
    total: bool = False


def _public(_viewer: Viewer) -> Audience | None:
    return Audience.PUBLIC


def _for(*roles: Role) -> Callable[[Viewer], Audience | None]:
    return lambda viewer: Audience.PARTNER if viewer.role in roles else None


def _everything(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    return session.catalogue(release)


def _mapped(release: ReleaseInfo, _viewer: Viewer) -> pd.DataFrame:
    catalogue = session.catalogue(release)
    few = catalogue[catalogue["indicator"].isin(overview.MAPPED)]
    return few[few["admin_level"].isin([AdminLevel.DISTRICT, AdminLevel.PALIKA])]


def _by_ward(release: ReleaseInfo, viewer: Viewer) -> pd.DataFrame:
    """Take what has a cell of a ward of the viewer's palika."""
    catalogue = session.catalogue(release)
    cells = session.cells_within(release, viewer.scope)
    known = set(cells.loc[cells["admin_level"] == AdminLevel.WARD, "indicator"])
    by_ward = catalogue["admin_level"] == AdminLevel.WARD
    return catalogue[by_ward & catalogue["indicator"].isin(known)]


def _audience_of(viewer: Viewer) -> Audience | None:
    return Audience.PUBLIC if viewer.role is Role.PUBLIC else Audience.PARTNER


PLANS = {
    "overview": Plan(
        _public, _mapped, lambda _viewer: {"area": selection.PROGRAMME, "level": "district"}
    ),
    "map": Plan(
        _public, _everything, lambda _viewer: {"area": selection.PROGRAMME}, total=True
    ),
    "planner": Plan(
        _for(Role.PLANNER),
        _everything,
        lambda _viewer: {"area": selection.BORDER},
        picks=True,
        kinds=True,
    ),
    "palika": Plan(
        _for(Role.DEPUTY),
        _by_ward,
        lambda _viewer: {"indicator": GROUPS},
        fixed=lambda viewer: {"area": viewer.scope, "level": "ward"},
        picks=True,
    ),
}  # fmt: skip
COMMITTEES = "committees"
_OF_THE_PAGE = {"trouble", "picked"}  # the page says it with the address


def audience(plan: str, viewer: Viewer) -> Audience | None:
    """Say whose release a map draws for a viewer; None where there is no such map for them."""
    if plan == COMMITTEES:
        return _audience_of(viewer)
    return PLANS[plan].audience(viewer) if plan in PLANS else None


def today() -> date:
    """Give the day of viewing."""
    return datetime.now(UTC).date()


def pick(
    plan: str, release: ReleaseInfo, viewer: Viewer, query: Mapping[str, str]
) -> Selection | None:
    """Give the view that an address asks for; None where there is nothing to choose from.

    What an address does not say, or says wrongly, is chosen; see `selection.pick`.
    """
    units = session.units(release)
    if plan == COMMITTEES:
        area = query.get("area", "")
        known = area in selection.GROUPS or selection.is_area(units, area)
        return Selection(area if known else selection.PROGRAMME, "", "", "palika")
    mine = PLANS[plan]
    opens, fixed = mine.opens(viewer), mine.fixed(viewer)
    words = {name: value for name, value in query.items() if value and name in _WORDS}
    asked = {**opens, **words, **fixed}

    def choose() -> Selection | None:
        catalogue = mine.catalogue(release, viewer)
        if catalogue.empty:
            return None
        default = fixed.get("area") or opens["area"]
        return selection.pick(asked, catalogue, units, default_area=default)

    return session.picked(release, (plan, viewer.scope, *sorted(asked.items())), choose)


def chosen_query(plan: str, chosen: Selection, viewer: Viewer) -> dict[str, str]:
    """Write a view for the address, every word of it; empty where it is as it opens."""
    if plan == COMMITTEES:
        return {"area": chosen.area}
    fixed = PLANS[plan].fixed(viewer)
    return {name: value for name, value in asdict(chosen).items() if name not in fixed}


def address(plan: str, release: ReleaseInfo, chosen: Selection, viewer: Viewer) -> str:
    """Give the address of what a browser draws of a view.

    Release, language and day are in it, so that it leads to the same for as long as it may be kept.
    """
    query = {name: value for name, value in chosen_query(plan, chosen, viewer).items() if value}
    query |= {
        "release": str(release.number),
        "made": release.created.translate(_MADE)[2:12],
        "lang": wording.language(),
    }
    if plan == COMMITTEES:
        query["day"] = today().isoformat()
    return f"{SCENE}{plan}?{urlencode(sorted(query.items()))}"


def message(plan: str, release: ReleaseInfo, viewer: Viewer, chosen: Selection) -> dict[str, bytes]:
    """Give what a browser draws of a view, with all that can be asked of it, as JSON.

    By coding: ``identity``, and ``br``, which is made once for everybody.

    Besides `maps.scene`: ``address`` of this view, ``questions`` (see `questions.asked`),
    ``lead`` (the country's figure and its words) and ``empty`` (what to
    say where nothing is there).
    """
    fixed = () if plan == COMMITTEES else tuple(PLANS[plan].fixed(viewer).items())
    key = ("message", plan, fixed, *asdict(chosen).values(), wording.language(), today())

    def make() -> dict[str, Any]:
        made = _committees(release, chosen) if plan == COMMITTEES else _figures(
            plan, release, viewer, chosen
        )  # fmt: skip
        made = {name: value for name, value in made.items() if name not in _OF_THE_PAGE}
        made["address"] = address(plan, release, chosen, viewer)
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
        return {"identity": text, "br": compress(text, "br", best=True)}

    return session.remembered(release, key, make)


def _figures(
    plan: str, release: ReleaseInfo, viewer: Viewer, chosen: Selection
) -> dict[str, Any]:  # fmt: skip
    mine, units = PLANS[plan], session.units(release)
    view = View(release, load_indicators()[chosen.indicator], chosen.period)
    made = views.map_scene(view, chosen, picks=mine.picks)
    files = session.geometry_files(release)
    catalogue = mine.catalogue(release, viewer)
    fixed = mine.fixed(viewer)
    asked = questions.asked(
        chosen, catalogue, units, files, where="area" not in fixed, kinds=mine.kinds
    )
    if plan == "overview":
        asked = [each for each in asked if each[0] in ("indicator", "period", "level")]
    said: dict[str, Any] = {
        "questions": [each for each in asked if each[0] not in fixed],
        "lead": views.total_said(view) if mine.total else None,
    }
    if views.is_empty(made):
        said["empty"] = _(
            "Nothing was reported here for this figure and period. Choose another place or period."
        )
    return made | said


def _committees(release: ReleaseInfo, chosen: Selection) -> dict[str, Any]:
    made = committee_views.rung_scene(release, chosen, today())
    asked = questions.place(chosen.area, session.units(release))
    return made | {"questions": [asked], "lead": None}
