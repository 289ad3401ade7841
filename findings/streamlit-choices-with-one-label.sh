#!/usr/bin/env bash
# Streamlit: of two choices with the same label, only one can be chosen.
#
# A good guess: a choice is known by its value or its position, and `format_func` only writes it.
# What happens: the browser sends the label back. Where two values share a label, `selectbox` and
#   `radio` give the last of them and `multiselect` gives the first, whichever the reader picked.
#   No warning, no error. The same was seen in Chromium with real clicks.
# What to do: make every label unique before it is shown ("Madi (Chitwan)"), and test for it.
# Why it matters to us: four palikas of Nepal are called Madi, and other names occur twice.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check streamlit==1.67.0

cat > app.py <<'PYTHON'
import streamlit as st

names = {"10209": "Madi", "41001": "Modi", "31307": "Madi"}
st.write(st.selectbox("One", list(names), format_func=names.get))
st.write(st.radio("One of few", list(names), format_func=names.get))
st.write(",".join(st.multiselect("Several", list(names), format_func=names.get)))
PYTHON

venv/bin/python - <<'PYTHON'
import logging, sys

logging.disable(logging.WARNING)
import streamlit
from streamlit.testing.v1 import AppTest

print("streamlit", streamlit.__version__)
expected = {"selectbox": "31307", "radio": "31307", "multiselect": "10209"}
changed = False
for place, (kind, seen_before) in enumerate(expected.items()):
    for picked in ("10209", "41001", "31307"):
        app = AppTest.from_file("app.py").run()
        widget = getattr(app, kind)[0]
        (widget.select if kind == "multiselect" else widget.set_value)(picked)
        given = app.run().markdown[place].value
        print(f"{kind}: picked {picked}, the script is given {given}")
        changed |= given != ("41001" if picked == "41001" else seen_before)
print("CHANGED: look again" if changed else "Seen: the label decides, not the choice.")
sys.exit(changed)
PYTHON
