"""Hotspots on a page: whose release, the map of classes, and their words.

The public sees districts, a planner palikas and border points. A release holds every class,
interval and history; nothing here is estimated.
"""

from typing import Any

import pandas as pd

from dashboard.auth.viewer import Viewer
from dashboard.i18n import wording
from dashboard.i18n.wording import _
from dashboard.maps import figure_map, scene
from dashboard.maps.scene import Notes, SceneRequest
from dashboard.released import cache, selection
from dashboard.released.released_view import ReleasedView
from dashboard.released.selection import Selection
from dashboard.static_assets import ASSETS
from data.model import Audience, ReleaseInfo, Role, Status
from data.reference import calendar
from geo.emerging import EmergingClass
from geo.hotspots import HotspotClass, Reason

STYLE = ASSETS / "hotspots.css"
FAMILY = "sima-hotspots"
DISTRICT, PALIKA, BORDER_POINT = "district", "palika", "border_point"
HIGHER, SAME, TOO_LITTLE = (each.value for each in HotspotClass)


def audience(viewer: Viewer) -> Audience:
    """Return whose hotspots a viewer sees: a planner the partners', others the public ones."""
    return Audience.PARTNER if viewer.role is Role.PLANNER else Audience.PUBLIC


def layer_of(release: ReleaseInfo) -> str:
    """Return the layer that the map draws, `PALIKA` or `DISTRICT`."""
    return PALIKA if release.audience is Audience.PARTNER else DISTRICT


def periods(release: ReleaseInfo) -> list[str]:
    """Return the codes of the periods that have hotspots in the map's layer, oldest first."""
    hotspots = cache.hotspots(release)
    codes = hotspots.loc[hotspots["layer"].eq(layer_of(release)), "period"].unique()
    return sorted(map(str, codes), key=lambda code: (calendar.parse_period(code).end, code))


def choose_hotspots(release: ReleaseInfo, area: str, period: str) -> Selection | None:
    """Return the view asked for, by default of the border districts in the newest period.

    None where the release has no hotspots.
    """
    known = periods(release)
    if not known:
        return None
    units = cache.units(release)
    is_known = area in selection.AREA_GROUPS or selection.is_area(units, area)
    return Selection(
        area if is_known else selection.BORDER,
        "",
        period if period in known else known[-1],
        layer_of(release),
    )


def class_name(hotspot_class: str) -> str:
    """Return the name of a class in the language in use."""
    return {
        HIGHER: _("clearly higher"),
        SAME: _("not different"),
        TOO_LITTLE: _("too little data"),
    }[hotspot_class]


def history_name(history: str) -> str:
    """Return the name of a history; empty where it is too short or was never higher."""
    return {
        EmergingClass.NEW.value: _("new"),
        EmergingClass.PERSISTENT.value: _("continues"),
        EmergingClass.FADING.value: _("fades"),
    }.get(history, "")


def reason_name(reason: str) -> str:
    """Return the reason for too little data as text."""
    return {
        Reason.NO_FIGURE.value: _("no figure, or one hidden to keep people safe"),
        Reason.NO_EXPOSURE.value: _("no count of the people informed there"),
        Reason.NO_NEIGHBOUR.value: _("no place near it to compare with"),
        Reason.NOTHING_VARIES.value: _("all places are alike"),
        Reason.SMALL_MAP.value: _("too few places to compare"),
        Reason.FEW_EXPECTED.value: _("too few cases"),
    }.get(reason, _("the figures are not exact enough"))


def hotspots_of_period(release: ReleaseInfo, layer: str, period: str) -> pd.DataFrame:
    """Return the hotspots of a layer and period by ``unit_code``; see `ReleaseReader.hotspots`."""
    hotspots = cache.hotspots(release)
    mine = hotspots[hotspots["layer"].eq(layer) & hotspots["period"].eq(period)]
    return mine.set_index("unit_code").drop(columns=["layer", "period"])


def hotspots_on_map(release: ReleaseInfo, chosen: Selection) -> pd.DataFrame:
    """Return the hotspots of the units on the map; see `hotspots_of_period`."""
    hotspots = hotspots_of_period(release, chosen.level, chosen.period)
    return hotspots[hotspots.index.isin(selection.shown_units(cache.units(release), chosen))]


# ---- the map


def class_scene(release: ReleaseInfo, chosen: Selection) -> dict[str, Any]:
    """Return the scene of the hotspot classes in an area and period.

    Besides `scene.build_scene` it has ``silent`` (the name of the class without an answer),
    ``summary``, ``empty`` and ``lead``.
    """

    def draw(released: ReleasedView) -> dict[str, Any]:
        shown = selection.shown_units(released.units, chosen)
        districts = selection.districts_of(released.units, chosen.area)
        found = hotspots_on_map(release, chosen)
        known = found["hotspot_class"].ne(TOO_LITTLE)
        layer = pd.DataFrame(
            {
                "status": known.map(
                    {True: Status.PUBLISHED.value, False: Status.NOT_REPORTED.value}
                ),
                "value": found["hotspot_class"].map({HIGHER: 1, SAME: 0}),
                "value_class": None,
            },
            index=found.index,
        ).reindex(shown)
        layer["status"] = layer["status"].fillna(selection.NO_CELL)
        request = SceneRequest(
            layer=layer,
            files=figure_map.map_files(released.geometry, chosen, districts),
            area=f"{chosen.area}.{chosen.level}.outline",
            notes=_notes(release, released.attributions, chosen.period),
            around=layer.iloc[:0],
            classes=[class_name(SAME), class_name(HIGHER)],
        )
        return scene.build_scene(request) | {
            "silent": class_name(TOO_LITTLE),
            "summary": summary_text(found),
            "empty": too_little_data_text(found),
            "lead": lead_figure(found),
        }

    key = ("hotspots", chosen.area, chosen.period, chosen.level, wording.language())
    return cache.remembered_view(release, chosen, key, draw)


def caution_text() -> str:
    """Return the sentence on what the map does not show."""
    return _(
        "This does not show where trafficking happens. It shows where booths stopped more journeys"
        " than we would expect from the number of people they informed."
    )


def _notes(release: ReleaseInfo, attributions: pd.DataFrame, period: str) -> Notes:
    return Notes(
        title=_("Journeys stopped per person informed"),
        unit="",
        period=wording.period_label(period),
        caution=_(
            "More staff can also mean more journeys stopped. Too little data does not mean that"
            " there is no problem."
        ),
        attribution=figure_map.attribution(attributions, wards=False),
        release=wording.release_label(release.number, synthetic=release.synthetic),
        name=f"hotspots-{period}-release-{release.number}",
    )


def summary_text(hotspots: pd.DataFrame) -> str:
    """Return the number of places in each class as one sentence."""
    counts = hotspots["hotspot_class"].value_counts()
    text = _("Clearly higher: {higher}. Not different: {same}. Too little data: {untold}.")
    return text.format(
        higher=wording.number(int(counts.get(HIGHER, 0))),
        same=wording.number(int(counts.get(SAME, 0))),
        untold=wording.number(int(counts.get(TOO_LITTLE, 0))),
    )


def lead_figure(hotspots: pd.DataFrame) -> dict[str, str] | None:
    """Return the number of clearly higher places as ``figure`` and ``text``.

    None where there is too little data on every place.
    """
    counts = hotspots["hotspot_class"].value_counts()
    if counts.index.isin([HIGHER, SAME]).any():
        text = _("places clearly higher. Not different: {same}. Too little data: {untold}.")
        return {
            "figure": wording.number(int(counts.get(HIGHER, 0))),
            "text": text.format(
                same=wording.number(int(counts.get(SAME, 0))),
                untold=wording.number(int(counts.get(TOO_LITTLE, 0))),
            ),
        }
    return None


def too_little_data_text(hotspots: pd.DataFrame) -> str:
    """Return a sentence for where there is too little data on every place, else an empty text."""
    if hotspots["hotspot_class"].ne(TOO_LITTLE).any():
        return ""
    return _(
        "There is not enough data to compare places in this period: too few booths, or too few"
        " figures that may be shown. This does not mean that there is no problem."
    )


# ---- in words


def interval_text(low: float, high: float) -> str:
    """Return an interval as text; its ends are multiples of the rate of all places together.

    A missing ``low`` is too little data, a missing ``high`` an open end.
    """
    if pd.isna(low):
        return _("not enough data")
    if pd.isna(high):
        return _("at least {low} times as many as in all places together").format(low=_times(low))
    if low == 0:
        return _("at most {high} times as many as in all places together").format(high=_times(high))
    return _("{low} to {high} times as many as in all places together").format(
        low=_times(low), high=_times(high)
    )


def _times(ratio: float) -> str:
    """Return a multiple to the nearest quarter: ¼, ½, 1, 1½, 2."""
    whole, part = divmod(round(float(ratio) * 4), 4)
    fraction = ("", "¼", "½", "¾")[part]
    return wording.in_digits(str(whole)) * bool(whole or not part) + fraction


def own_palika_text(viewer: Viewer) -> str:
    """Return a deputy mayor's text about her own palika; empty for others and without hotspots."""
    release = cache.current_release(Audience.PARTNER, viewer.scope)
    if viewer.role is not Role.DEPUTY or release is None or not (known := periods(release)):
        return ""
    hotspots = hotspots_of_period(release, PALIKA, known[-1])
    if viewer.home not in hotspots.index:
        return ""
    row = hotspots.loc[viewer.home]
    text = _("Your palika, {period}: {told}.").format(
        period=wording.period_label(known[-1]), told=class_name(str(row["hotspot_class"]))
    )
    if row["hotspot_class"] == TOO_LITTLE:
        return f"{text} {_('Why')}: {reason_name(str(row['reason']))}."
    ends = hotspots[["ratio_low", "ratio_high"]].loc[viewer.home].to_numpy(dtype=float)
    return f"{text} {interval_text(ends[0], ends[1])}."
