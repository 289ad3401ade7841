"""The map of the committees' rungs on the day of viewing."""

from datetime import date
from typing import Any

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import figure_map, scene
from dashboard.maps.scene import Notes, SceneRequest
from dashboard.released import cache, committee_status, selection
from dashboard.released.released_view import ReleasedView
from dashboard.released.selection import Selection
from data.committees import status
from data.committees.ladder import NO_RECORD
from data.model import ReleaseInfo, Status

_KEY = "committees"


def rung_scene(release: ReleaseInfo, chosen: Selection, on: date) -> dict[str, Any]:
    """Return the scene of the rungs in an area; a committee without a record has no rung.

    ``chosen.level`` says whose committees are drawn: the palikas', or the wards' of one palika.
    """

    def draw(released: ReleasedView) -> dict[str, Any]:
        places = selection.shown_units(released.units, chosen)
        standing = committee_status.standing(release, places, on)
        known = standing["rung"].notna()
        layer = pd.DataFrame(
            {
                "status": known.map(
                    {True: Status.PUBLISHED.value, False: Status.NOT_REPORTED.value}
                ),
                "value": standing["rung"],
                "value_class": None,
            },
            index=places,
        )
        districts = selection.districts_of(released.units, chosen.area)
        diagram = figure_map.is_diagram(released.geometry, chosen, districts)
        names = status.load_ladder().rung_name
        request = SceneRequest(
            layer=layer,
            files=figure_map.map_files(released.geometry, chosen, districts),
            area=f"{chosen.area}.{chosen.level}.{'tiles' if diagram else 'outline'}",
            notes=_notes(release, chosen, released.attributions, on, diagram=diagram),
            around=layer.iloc[:0],
            steps=[names[rung][wording.language()] for rung in committee_status.RUNGS],
            numeral="value",
        )
        return scene.build_scene(request) | {"silent": names[NO_RECORD][wording.language()]}

    key = (_KEY, chosen.area, chosen.level, wording.language(), on.isoformat())
    return cache.remembered_view(release, chosen, key, draw)


def _notes(
    release: ReleaseInfo,
    chosen: Selection,
    attributions: pd.DataFrame,
    on: date,
    *,
    diagram: bool,
) -> Notes:
    wards = chosen.level == "ward"
    version = wording.in_digits(status.load_ladder().version)
    return Notes(
        title=_("Step of each ward's committee against trafficking")
        if wards
        else _("Step of the committee against trafficking"),
        unit="",
        period=_("Situation on {day}").format(day=wording.day_label(on)),
        caution=_(
            "The map shows how far a committee has come, not how safe a place is. Rules for the"
            " steps: version {version}."
        ).format(version=version),
        attribution=figure_map.attribution(attributions, wards=wards and not diagram),
        release=wording.release_label(release.number, synthetic=release.synthetic),
        diagram=diagram,
        name=f"{'ward-' if wards else ''}committees-{on.isoformat()}-release-{release.number}",
    )
