#!/usr/bin/env bash
# RapidFuzz: its default processor takes the vowel signs out of Nepali names.
#
# A good guess: `utils.default_process` lowers the case and removes punctuation, so it is safe to
#   use before any comparison of names.
# What happens: it keeps letters and digits only. A vowel sign or a virama of Devanagari is a
#   combining mark and not a letter, so each becomes a space. Two places become the same string
#   and score 100, as sure as a name beside itself.
# What to do: compare without a processor, or with one that keeps categories Mn and Mc
#   (`unicodedata.category`); normalise to NFC first.
# Why it matters to us: the names below are those of different palikas.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check rapidfuzz==3.14.6

PYTHONIOENCODING=utf-8 venv/bin/python - <<'PYTHON'
import sys
import rapidfuzz
from rapidfuzz import fuzz, process, utils

print("rapidfuzz", rapidfuzz.__version__)
changed = False
for one, other in (("मादी", "मोदी"), ("कमल", "कमला"), ("मेलुङ्ग", "मोलुङ्ग")):
    plain = fuzz.ratio(one, other)
    processed = fuzz.ratio(one, other, processor=utils.default_process)
    print(f"{one} / {other}: ratio {plain:.0f}, with default_process {processed:.0f},",
          "which compared", repr(utils.default_process(one)), repr(utils.default_process(other)))
    changed |= processed != 100 or plain > 90

names = ["मोदी", "मादी"]
found = process.extractOne("मादी", names, processor=utils.default_process)
print("looking for मादी among", names, "finds", found)
changed |= found[0] != "मोदी" or found[1] != 100
print("CHANGED: look again" if changed else "Seen: names of different places score 100.")
sys.exit(changed)
PYTHON
