#!/usr/bin/env bash
# nepali-datetime, nepali, bikram: three calendar packages, and days of the past that differ.
#
# A good guess: a Bikram Sambat month has the length the printed calendar gave it, so packages can
#   differ only about years to come.
# What happens: each carries a table of its own. They differ about one month's worth of days in
#   2005 (Jestha 2062) and two in 2025 (Jestha and Shrawan 2082), and about far more to come.
# What to do: keep the day as it was reported; convert with one stated table, checked against the
#   printed calendar of the years in use; never compare days that two packages converted.
# Why it matters to us: a report of 14 May 2025 falls into one month or the next.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  nepali-datetime==1.0.8.5 nepali==1.2.0 bikram==2.1.4

venv/bin/python - <<'PYTHON'
import collections, datetime, sys
from importlib.metadata import version
import nepali_datetime
from bikram import samwat
from nepali.datetime import nepalidate

ways = {
    "nepali-datetime": nepali_datetime.date.from_datetime_date,
    "nepali": nepalidate.from_date,
    "bikram": samwat.from_ad,
}
print(*(f"{name} {version(name)}" for name in ways))


def convert(day):
    found = (way(day) for way in ways.values())
    return [f"{there.year}-{there.month:02}-{there.day:02}" for there in found]


differing = collections.Counter()
day = datetime.date(2000, 1, 1)
while day < datetime.date(2034, 1, 1):
    found = convert(day)
    if len(set(found)) > 1:
        if not differing[day.year]:
            print(day, dict(zip(ways, found)))
        differing[day.year] += 1
    day += datetime.timedelta(days=1)
print("days that differ, by year:", dict(differing))
past = {year: days for year, days in differing.items() if year <= 2025}
changed = past != {2005: 32, 2025: 64}
print("CHANGED: look again" if changed else "Seen: 96 days of the past have two Nepali dates.")
sys.exit(changed)
PYTHON
