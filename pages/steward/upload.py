"""A steward's upload: template, everything that is wrong at once, what would change, confirm."""

import streamlit as st

from dashboard.i18n.wording import _
from dashboard.released import cache
from dashboard.steward import upload
from data.pipeline import Sima

sima = Sima(cache.settings())
account = st.session_state["viewer"].account
st.title(_("Upload"))
upload.show_done()
upload.offer_template(sima)
staged, found = upload.ask_file(sima)
if staged is None and not found:
    st.info(_("All problems are shown at once, cell by cell. Nothing is stored until you confirm."))
    st.stop()
if staged is None:
    st.error(_("The file was refused and not kept."))
upload.write_findings(found)
if staged is None:
    st.stop()
upload.ask_places(sima, staged, account)
upload.offer_storing(sima, staged, account)
