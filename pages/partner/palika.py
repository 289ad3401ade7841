"""A deputy mayor's page: her committee and her wards first, then everything else of her palika."""

import streamlit as st

from dashboard.i18n import labels
from dashboard.i18n.wording import _
from dashboard.maps import component, registry
from dashboard.page import controls, layout, markup
from dashboard.released import cache, ward_groups
from dashboard.sections import palika as palika_views
from dashboard.sections.committees import status, timeline
from data.model import Audience

viewer = st.session_state["viewer"].at(st.query_params.get("palika", ""))
palika = viewer.home
if not palika:
    st.title(_("My palika"))
    st.info(_("This account is not linked to a palika yet. Ask your administrator."))
    st.stop()
release = cache.asked(Audience.PARTNER, st.query_params.get("release"), viewer.scope)
if release is None:
    st.title(_("My palika"))
    layout.write_no_release()
    st.stop()
units = cache.units(release)
st.title(labels.unit_name(units, palika))
layout.write_older_notice(release)
layout.write_skip_link()
on = registry.today()
cells = cache.cells_within(release, palika)

st.header(_("Committee"))
status.card(release, palika, on)
timeline.budget_card(release, palika, on)
timeline.life(release, palika, on)


@controls.fragment
def wards() -> None:
    """Draw the wards with their table, and the profile of one that was picked."""
    asked = controls.query()
    chosen = registry.choose_view("palika", release, viewer, asked)
    if chosen is None:
        st.info(
            _(
                "No figures by ward have been released for this palika yet. They will appear here after a report on parents' groups is released."
            )
        )
        return
    said, picture = st.container(), st.container()
    picked = asked.get("unit", "")
    if picked not in units.index or units.at[picked, "parent_code"] != palika:
        picked = ""
    with picture:
        address = registry.map_address("palika", release, chosen, viewer)
        tapped = component.show(address, key="wards", picked=picked)
        picked = tapped or picked
    with said:
        if chosen.indicator == ward_groups.PARENTS_GROUPS:
            palika_views.say_groups(release, palika, chosen.period)
    query = chosen.as_query() | ({"unit": picked} if picked else {})
    del query["area"], query["level"]
    controls.remember(release, query, picked=bool(tapped))
    if picked:
        st.subheader(labels.unit_name(units, picked))
        rows = palika_views.newest_figures(release, picked, cells)
        markup.write_rows_table(rows, labels.unit_name(units, picked))
    else:
        st.caption(
            _("To see everything released about a ward, choose it on the map or in the list.")
        )


st.header(_("Ward by ward"))
wards()

st.header(_("Compared with the district"))
palika_views.compare_with_district(release, palika)

st.header(_("New in this release"))
palika_views.changes(release, palika)

st.header(_("The whole palika"))
whole = palika_views.newest_figures(release, palika, cache.cells_around(release, palika))
if whole:
    markup.write_rows_table(whole, _("The whole palika"))
else:
    st.info(_("No other figures have been released for this palika yet."))
