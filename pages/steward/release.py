"""Ask for a release, see what it would change, decide what another account asked, withdraw one."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.steward import release_decisions, release_withdrawal
from data.pipeline import Sima

sima = Sima(cache.settings())
viewer = st.session_state["viewer"]
st.title(_("Release"))
release_decisions.show_done()
if sima.holdings.last_batch() == 0:
    st.info(_("Nothing has been stored yet. A data steward must upload a filled template first."))
    st.stop()

st.header(_("Request"))
release_decisions.offer_request(sima, viewer)

st.header(_("Approve"))
release_decisions.offer_decisions(sima, viewer)

st.header(_("Withdraw"))
release_withdrawal.offer_withdrawal(sima, viewer)
