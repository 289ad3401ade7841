"""The project: changes that wait for a second account, forms to ask for one, what there is."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.steward import project_changes, project_forms, project_lists
from data.pipeline import Sima

sima = Sima(cache.settings())
account = st.session_state["viewer"].account
st.title(_("Project"))
project_changes.show_done()
st.markdown(
    _(
        "Booths, organisations, places and indicators of the project. You ask for a change, and"
        " another account agrees. Then uploads know it at once, and maps from the next release on."
    )
)
st.header(_("Waiting changes"))
project_changes.offer_decisions(sima, account)
st.header(_("Ask for a change"))
project_forms.offer_change(sima, account)
st.header(_("What there is"))
project_lists.write_lists(sima)
