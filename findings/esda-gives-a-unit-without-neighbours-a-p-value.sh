#!/usr/bin/env bash
# esda: a unit without neighbours gets the smallest p-value there is; so does a constant map.
#
# A good guess: where nothing can be tested, p is missing, as z is.
# What happens: `G_Local` gives the unit z = NaN and p = 1 / (permutations + 1), the most
#   significant value possible, with any seed; `island_weight=NaN` changes nothing. On a constant
#   map every unit has that p. Whoever colours by p <= 0.05 draws hot spots there.
# What to do: set aside `graph.isolates`, and units whose z is not finite, before p is read
#   or adjusted for many tests; a constant map has no hot spots.
# Why it matters to us: a border post far from the others would be a hot spot in every period.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  esda==2.9.0 libpysal==4.14.1 geopandas==1.2.0 pandas==3.1.1 numpy==2.4.6

venv/bin/python -W ignore - <<'PYTHON'
import sys
import esda, geopandas, libpysal, numpy, pandas
from shapely.geometry import box

print("esda", esda.__version__, "libpysal", libpysal.__version__)
grid = [box(x, y, x + 1, y + 1) for x in range(5) for y in range(5)]
far = box(30, 30, 31, 31)
units = geopandas.GeoDataFrame(geometry=[*grid, far])
graph = libpysal.graph.Graph.build_contiguity(units, rook=False)
print("without neighbours:", graph.isolates.tolist())


def test(values, **options):
    result = esda.G_Local(pandas.Series(values), graph, permutations=999, **options)
    return result.Zs, [round(float(p), 3) for p in result.p_sim]


changed = graph.isolates.tolist() != [25]
ordinary = numpy.append(numpy.arange(25.0) % 7, 3.0)  # the far unit has a value in the middle
for star in (True, False):
    for weight in (0, numpy.nan):
        for seed in (1, 2, 3):
            z, p = test(ordinary, star=star, island_weight=weight, seed=seed)
            changed |= bool(numpy.isfinite(z[25])) or p[25] != 0.001
        print(f"star={star}, island_weight={weight}: z {z[25]}, p {p[25]};",
              f"the least p of the others is {min(p[:25])}")
z, p = test(numpy.full(26, 3.0), star=True, seed=1)
print("constant map: p of all units", set(p))
changed |= set(p) != {0.001}
print("CHANGED: look again" if changed else "Seen: where nothing is tested, p is the smallest.")
sys.exit(changed)
PYTHON
