"""A deputy mayor's page: her committee and her wards first, then everything else of her palika."""

import streamlit as st

from dashboard import (
    committee_past_views,
    committee_views,
    controls,
    map_view,
    palika_views,
    scenes,
    session,
    views,
)
from dashboard.wording import _
from data.model import Audience

viewer = st.session_state["viewer"].at(st.query_params.get("palika", ""))
palika = viewer.home
if not palika:
    st.title(_("My palika"))
    st.info(_("No palika is tied to this account yet. Ask your administrator."))
    st.stop()
release = session.asked(Audience.PARTNER, st.query_params.get("release"), viewer.scope)
if release is None:
    st.title(_("My palika"))
    views.no_release()
    st.stop()
units = session.units(release)
st.title(views.unit_name(units, palika))
views.say_older(release)
views.skip_link()
on = scenes.today()
cells = session.cells_within(release, palika)

st.header(_("Committee"))
committee_views.card(release, palika, on)
committee_past_views.budget_card(release, palika, on)
committee_past_views.life(release, palika, on)


@controls.part
def wards() -> None:
    """Draw the wards with their table, and the profile of one that was picked."""
    asked = controls.query()
    chosen = scenes.pick("palika", release, viewer, asked)
    if chosen is None:
        st.info(
            _(
                "No figure by ward was released for this palika yet. It appears here after an upload of groups is released."
            )
        )
        return
    said, picture = st.container(), st.container()
    picked = asked.get("unit", "")
    if picked not in units.index or units.at[picked, "parent_code"] != palika:
        picked = ""
    with picture:
        address = scenes.address("palika", release, chosen, viewer)
        tapped = map_view.show(address, key="wards", picked=picked)
        picked = tapped or picked
    with said:
        if chosen.indicator == palika_views.GROUPS:
            palika_views.say_groups(release, palika, chosen.period)
    query = chosen.as_query() | ({"unit": picked} if picked else {})
    del query["area"], query["level"]
    controls.remember(release, query, picked=bool(tapped))
    if picked:
        st.subheader(views.unit_name(units, picked))
        rows = palika_views.newest_figures(release, picked, cells)
        palika_views.rows_as_table(rows, views.unit_name(units, picked))
    else:
        st.caption(
            _("Choose a ward on the map or in the list to see everything released about it.")
        )


st.header(_("Ward by ward"))
wards()

st.header(_("Compared with the district"))
palika_views.compare_with_district(release, palika)

st.header(_("New since the release before"))
palika_views.changes(release, palika)

st.header(_("The whole palika"))
whole = palika_views.newest_figures(release, palika, session.cells_around(release, palika))
if whole:
    palika_views.rows_as_table(whole, _("The whole palika"))
else:
    st.info(_("Nothing else was released for this palika yet."))
