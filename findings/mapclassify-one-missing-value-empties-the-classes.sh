#!/usr/bin/env bash
# mapclassify: one missing value puts every place of a map into one class.
#
# A good guess: a missing value is left out or refused, as `NaturalBreaks` refuses it.
# What happens: `FisherJenks` returns the maximum as its first break, so all 753 places fall into
#   the first class; `Quantiles` has its last break missing, and the places that belong above it
#   are counted in the first class. No error and no warning.
#   (GeoDataFrame.plot drops missing values itself; whoever calls `classify` must do it.)
# What to do: classify `values[~isnan(values)]` and place the missing ones in a class of their own.
# Why it matters to us: a suppressed figure is a missing value, and every map has some.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  mapclassify==2.10.0 numpy==2.4.6 pandas==3.1.1

venv/bin/python - <<'PYTHON'
import sys, warnings
import mapclassify, numpy

print("mapclassify", mapclassify.__version__)
whole = numpy.random.default_rng(1).lognormal(size=753)
gap = whole.copy()
gap[3] = numpy.nan
changed = False
for name in ("FisherJenks", "Quantiles"):
    for values, words in ((whole, "all there"), (gap, "one missing")):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            classes = mapclassify.classify(values, name, k=5)
        warned = [str(w.message) for w in caught if "Numba" not in str(w.message)]
        print(f"{name}, {words}: breaks {classes.bins.round(2)}, places {classes.counts}", *warned)
    in_first = 753 if name == "FisherJenks" else 302
    changed |= bool(warned) or int(classes.counts[0]) != in_first
    changed |= not numpy.isnan(classes.bins[-1])
print("CHANGED: look again" if changed else "Seen: one gap, and the classes are gone.")
sys.exit(changed)
PYTHON
