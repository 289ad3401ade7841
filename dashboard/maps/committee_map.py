"""The map of the committees' rungs on the day of viewing."""

from datetime import date
from typing import Any

import pandas as pd

from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import figure_map
from dashboard.maps import scene as maps
from dashboard.maps.scene import Notes
from dashboard.released import cache, committee_status, selection
from dashboard.released.selection import Selection
from data.committees import status
from data.committees.ladder import NO_RECORD
from data.model import AdminLevel, ReleaseInfo, Status

_KEY = "committees"


def rung_scene(release: ReleaseInfo, chosen: Selection, on: date) -> dict[str, Any]:
    """Make the map of rungs of an area; a committee without a record is dotted, never a rung."""

    def make() -> dict[str, Any]:
        units = cache.units(release)
        codes = selection.shown_units(units, chosen)
        stood = committee_status.standing(release, codes, on)
        known = stood["rung"].notna()
        layer = pd.DataFrame(
            {
                "status": known.map(
                    {True: Status.PUBLISHED.value, False: Status.NOT_REPORTED.value}
                ),
                "value": stood["rung"],
                "value_class": None,
            },
            index=codes,
        )
        names = status.load_ladder().rung_name
        scene = maps.build_scene(
            layer,
            figure_map.map_files(release, units, chosen),
            area=f"{chosen.area}.{chosen.level}.outline",
            notes=_notes(release, on),
            around=layer.iloc[:0],
            steps=[names[rung][wording.language()] for rung in committee_status.RUNGS],
            numeral="value",
        )
        return scene | {"silent": names[NO_RECORD][wording.language()]}

    key = (_KEY, chosen.area, wording.language(), on.isoformat())
    return cache.remembered(release, key, make)


def _notes(release: ReleaseInfo, on: date) -> Notes:
    listed = cache.attributions(release)
    listed = listed[listed["admin_level"] < AdminLevel.WARD]
    version = wording.in_digits(status.load_ladder().version)
    return Notes(
        title=_("Committees against trafficking"),
        unit="",
        period=_("Situation on {day}").format(day=wording.day_label(on)),
        caution=_(
            "Shows how a committee works, not how safe a place is. Ladder version {version}."
        ).format(version=version),
        attribution=" · ".join(dict.fromkeys(listed["attribution"])),
        release=wording.release_label(release.number, synthetic=release.synthetic),
        name=f"committees-{on.isoformat()}-release-{release.number}",
    )
