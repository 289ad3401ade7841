#!/usr/bin/env bash
# GDAL, pyogrio, GeoPandas: a Nepali day kept as text in GeoJSON becomes a Gregorian date.
#
# A good guess: GeoJSON has no dates, so "2080-01-05" (Bikram Sambat, April 2023) stays a string.
# What happens: GDAL looks at all values of a property. If each looks like a date, the column is
#   one, about 57 years late. Jestha 2080 has 32 days: one "2080-02-31" makes the file unreadable
#   or, with `use_arrow=True`, silently the second of March; one "2080-02-32" and all stays text.
# What to do: write "2080-02-31 BS" or "bs-2080-02-31"; or keep the days out of the file.
#   `datetime_as_string=True` does not help, the file still raises.
# Why it matters to us: reports are in Nepali days, and others read our files with GDAL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  geopandas==1.2.0 pyogrio==0.13.0 pandas==3.1.1 pyarrow==26.0.1

venv/bin/python - <<'PYTHON'
import json, sys
import geopandas, pyogrio

print("pyogrio", pyogrio.__version__, "GDAL", pyogrio.__gdal_version__)


def read(days, **options):
    point = {"type": "Point", "coordinates": [85.3, 27.7]}
    features = [{"type": "Feature", "properties": {"day": day}, "geometry": point} for day in days]
    with open("days.geojson", "w") as file:
        json.dump({"type": "FeatureCollection", "features": features}, file)
    try:
        values = geopandas.read_file("days.geojson", **options).day.tolist()
        seen = [v if isinstance(v, str) else f"date {v:%Y-%m-%d}" for v in values]
    except ValueError as error:
        seen = str(error)
    print(days, options or "", "->", seen)
    return seen


changed = any((
    read(["2080-01-05"]) != ["date 2080-01-05"],
    read(["2080-01-05", "2080-02-31"]) != "day is out of range for month",
    read(["2080-01-05", "2080-02-31"], datetime_as_string=True) != "day is out of range for month",
    read(["2080-01-05", "2080-02-31"], use_arrow=True) != ["date 2080-01-05", "date 2080-03-02"],
    read(["2080-01-05", "2080-02-32"]) != ["2080-01-05", "2080-02-32"],
    read(["2080-02-31 BS"]) != ["2080-02-31 BS"],
))
print("CHANGED: look again" if changed else "Seen: text became a date of another calendar.")
sys.exit(changed)
PYTHON
