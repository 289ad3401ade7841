"""The local committees: where each stands on its ladder today, and what the rungs mean."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import committee_views, controls, selection, session, views
from dashboard.selection import Selection
from dashboard.wording import _
from data.model import Audience, Role

viewer = st.session_state["viewer"]
audience = Audience.PUBLIC if viewer.role is Role.PUBLIC else Audience.PARTNER
st.title(_("Committees against trafficking"))
release = views.opened(audience)
views.say(
    _(
        "A committee climbs as it forms, meets, learns, plans, gets a budget and works. Every step needs a dated sign, and every sign lapses."
    ),
    kind="sima-plain",
)
on = datetime.now(UTC).date()


@controls.part
def explore() -> None:
    """Draw the map of rungs of an area with its table, and how many stand on each."""
    units = session.units(release)
    area = controls.query().get("area", "")
    if area not in selection.GROUPS and not selection.is_area(units, area):
        area = selection.PROGRAMME
    areas = controls.area_names(units)
    if area not in areas:
        areas[area] = views.unit_name(units, area)
    controls.select("area", _("Where"), list(areas), area, areas.__getitem__)
    chosen = Selection(area, "", "", "palika")
    controls.remember(release, {"area": area})
    committee_views.show_map(release, chosen, on)
    stood = committee_views.standing(release, selection.shown_units(units, chosen), on)
    st.header(_("Committees by rung"))
    st.html(committee_views.counts(stood))


explore()
