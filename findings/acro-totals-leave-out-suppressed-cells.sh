#!/usr/bin/env bash
# ACRO: with suppression on, the totals of a table are not the totals.
#
# A good guess: a suppressed cell is blank, and the margins keep their values.
# What happens: the margins are added up anew from the cells that are left, and are still called
#   "All". A table by another variable, where nothing is suppressed, shows another grand total
#   for the same people.
# What to do: take published totals from a table of their own, say under the table that "All" is
#   without suppressed cells, and compare the totals of all tables before they go out.
# Why it matters to us: offices publish linked tables, and readers add them up.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  acro==1.0.2 pandas==2.3.3 numpy==2.3.5

venv/bin/python -W ignore - <<'PYTHON'
import logging, sys
from importlib.metadata import version

logging.disable(logging.CRITICAL)
import acro, pandas

print("acro", version("acro"))
people = pandas.DataFrame({
    "ward": ["A"] * 33 + ["B"] * 55,
    "kind": ["x"] * 30 + ["y"] * 3 + ["x"] * 30 + ["y"] * 25,
    "half": ["first", "second"] * 44,
})
print(pandas.crosstab(people.ward, people.kind, margins=True), "\n")
session = acro.ACRO(suppress=True)
by_kind = session.crosstab(people.ward, people.kind, margins=True)
by_half = session.crosstab(people.ward, people.half, margins=True)
print(by_kind, "\n")
print(by_half, "\n")
hidden = int(by_kind.isna().sum().sum())
totals = int(by_kind.loc["All", "All"]), int(by_half.loc["All", "All"])
print(f"cells hidden: {hidden}; people: {len(people)}; grand totals shown: {totals}")
changed = hidden != 1 or totals != (85, 88) or int(by_kind.loc["A", "All"]) != 30
print("CHANGED: look again" if changed else "Seen: the same people have two grand totals.")
sys.exit(changed)
PYTHON
