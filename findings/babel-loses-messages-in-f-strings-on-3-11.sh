#!/usr/bin/env bash
# Babel: which messages a catalogue gets depends on the version of Python that runs the extraction.
#
# A good guess: `pybabel extract` reads the source and finds every call of `_`, also one within the
#   braces of an f-string, with every version of Python that can run the source.
# What happens: with Python 3.11 and older, a call within an f-string is not found, and nothing is
#   said about it. With Python 3.12 and newer it is found. `pybabel update --ignore-obsolete` with
#   the older Python then removes a translation that the newer one put there.
# What to do: no call of `_` within an f-string: `text + " " + _("…")`. A test compares what the
#   extraction finds with the calls in the syntax tree.
# Why it matters to us: sentences in Nepali would fall back to English after an update.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check babel==2.18.0

cat > page.py <<'SOURCE'
plain = _("a call by itself")
nested = f"{plain} {_('a call within an f-string')}"
SOURCE

venv/bin/python - <<'PYTHON'
import ast
import sys

import babel
from babel.messages.extract import extract

print("babel", babel.__version__, "python", sys.version.split()[0])
with open("page.py", "rb") as source:
    found = [message for _line, message, _comments, _context in extract("python", source)]
with open("page.py", encoding="utf-8") as source:
    tree = ast.parse(source.read())
calls = [
    node.args[0].value
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and node.func.id == "_"
]
print("calls in the source:", sorted(calls))
print("found by Babel:     ", sorted(found))
lost = sorted(set(calls) - set(found))
expected = ["a call within an f-string"] if sys.version_info < (3, 12) else []
changed = len(calls) != 2 or lost != expected
print("CHANGED: look again" if changed else f"Seen: {len(lost)} of {len(calls)} calls are lost.")
sys.exit(changed)
PYTHON
