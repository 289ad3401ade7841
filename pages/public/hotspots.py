"""Where booths stop more journeys than their effort explains, and where nobody can say."""

import streamlit as st

from dashboard import (
    controls,
    hotspot_method_views,
    hotspot_place_views,
    hotspot_views,
    map_view,
    scenes,
    session,
    views,
)
from dashboard.wording import _
from data.model import Audience

viewer = st.session_state["viewer"]
st.title(_("Where more is found than effort explains"))
st.html(hotspot_views.STYLE)
views.say(hotspot_views.caution())
release = views.opened(hotspot_views.audience(viewer), viewer.scope)
if said := hotspot_views.own(viewer):
    views.say(said, kind="sima-plain")


@controls.part
def explore() -> None:
    """Draw the map of classes, the places, and for a planner border points and gaps."""
    chosen = scenes.pick("hotspots", release, viewer, controls.query())
    if chosen is None:
        st.info(
            _(
                "This release tells of no hotspots yet. They appear with the first period for which both journeys stopped and people informed are released."
            )
        )
        return
    map_view.show(scenes.address("hotspots", release, chosen, viewer), key="hotspots")
    controls.remember(release, {"area": chosen.area, "period": chosen.period})
    units = session.units(release)
    st.header(_("Places"))
    told = hotspot_views.in_view(release, chosen)
    hotspot_place_views.places(
        release, told, chosen.level, chosen.period, lambda code: views.unit_name(units, code)
    )
    if release.audience is Audience.PARTNER:
        st.header(_("Border points"))
        layer = hotspot_views.BORDER_POINT
        hotspot_place_views.places(
            release,
            hotspot_place_views.points_in_view(release, chosen),
            layer,
            chosen.period,
            hotspot_place_views.point_name(release),
        )
    hotspot_place_views.show_elsewhere(release, chosen)
    if district := hotspot_place_views.gap_district(release, viewer, chosen):
        st.header(_("Where nobody could say"))
        hotspot_place_views.show_gaps(release, district, chosen.period)


explore()
st.header(_("How this is worked out"))
views.write(hotspot_views.FAMILY, hotspot_method_views.method())
