"""Where booths stop more journeys than their effort explains, and where nobody can say."""

import streamlit as st

from dashboard.i18n import labels
from dashboard.i18n.wording import _
from dashboard.maps import component, hotspot_map, registry
from dashboard.page import controls, layout
from dashboard.released import cache
from dashboard.sections.hotspots import method, places
from data.model import Audience

viewer = st.session_state["viewer"]
st.title(_("Hotspots: more journeys stopped than expected"))
st.html(hotspot_map.STYLE)
layout.write_sentence(hotspot_map.caution_text())
release = layout.open_release(hotspot_map.audience(viewer), viewer.scope)
if said := hotspot_map.own_palika_text(viewer):
    layout.write_sentence(said, kind="sima-plain")


@controls.fragment
def explore() -> None:
    """Draw the map of classes, the places, and for a planner border points and gaps."""
    chosen = registry.choose_view("hotspots", release, viewer, controls.query())
    if chosen is None:
        st.info(
            _(
                "This release has no hotspots yet. They appear with the first period that has both journeys stopped and people informed."
            )
        )
        return
    component.show(registry.map_address("hotspots", release, chosen, viewer), key="hotspots")
    controls.remember(release, {"area": chosen.area, "period": chosen.period})
    units = cache.units(release)
    st.header(_("Places"))
    told = hotspot_map.hotspots_on_map(release, chosen)
    places.places(
        release, told, chosen.level, chosen.period, lambda code: labels.unit_name(units, code)
    )
    if release.audience is Audience.PARTNER:
        st.header(_("Border points"))
        layer = hotspot_map.BORDER_POINT
        places.places(
            release,
            places.points_in_view(release, chosen),
            layer,
            chosen.period,
            places.point_name(release),
        )
    places.show_elsewhere(release, chosen)
    if district := places.gap_district(release, viewer, chosen):
        st.header(_("Border palikas not covered by a booth"))
        places.show_gaps(release, district, chosen.period)


explore()
st.header(_("How this is worked out"))
layout.write_markup(hotspot_map.FAMILY, method.method())
