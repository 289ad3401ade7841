"""Measurements of the hotspots: time, false discoveries, power, beside PySAL's esda.

``python -m tests.bench.hotspots``. Times are those of a program of its own, the first use of
everything included. The comparison needs esda, best in a folder of its own, because what it brings
along makes osmnx, and with it every command, start two seconds later::

    pip install --target FOLDER esda libpysal numba
    PYTHONPATH=FOLDER python -m tests.bench.hotspots esda
"""

import json
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass, replace
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd

from data.boundaries import national
from data.reference.gazetteer import Gazetteer
from geo.hotspots import HotspotClass, find_hotspots
from geo.permutation import benjamini_hochberg, permutation_p
from geo.shrinkage import empirical_bayes, empirical_bayes_local
from geo.weights import Weights, points_inside, queen
from tests.support.hotspot_maps import PARAMETERS, codes, lattice
from tests.support.paths import ROOT

FULL = replace(PARAMETERS, permutations=9_999, simulations=999)
SIZES = {2_700: (54, 50, 2.0), 6_743: (107, 64, 5.0)}  # rows, columns, seconds allowed
MAPS = 200
MEAN = 30  # cases of a unit
WITHIN_M = 100_000  # neighbours of a border point's palika that has no neighbour with exposure
NEAREST = 2


@dataclass(frozen=True, slots=True)
class Border:
    """The palikas on the border with their neighbours, and those of them that have exposure."""

    every: Weights
    exposed: Weights


def border() -> Border:
    """Read the real map: border palikas, and the nearest one of each border point."""
    gazetteer = Gazetteer.load()
    units, points = gazetteer.units, gazetteer.border_points
    shapes = national.read_national().boundaries.geometry.loc[units.index[units["touches_border"]]]
    places = gpd.points_from_xy(points["lon"], points["lat"], crs="EPSG:4326").to_crs("EPSG:32645")
    flat = shapes.to_crs("EPSG:32645")
    homes = {str(flat.distance(place).idxmin()) for place in places}
    every = queen(shapes)
    exposed = every.subset(homes).with_nearest(
        points_inside(shapes), nearest=NEAREST, within_m=WITHIN_M
    )  # fmt: skip
    return Border(every, exposed)


def simulated(
    weights: Weights, rng: np.random.Generator, *, spread: float, times: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Simulate cases by effort alone, with risks that differ by ``spread``, and a planted cluster.

    The cluster is a unit and up to three neighbours with ``times`` the risk; 1 is none.
    """
    units = len(weights)
    exposure = rng.lognormal(0, 0.8, units)
    exposure *= 1_000 / exposure.mean()
    risk = np.full(units, MEAN / 1_000)
    if spread:
        risk *= rng.gamma(1 / spread**2, spread**2, units)
    true = np.zeros(units, dtype=bool)
    if times > 1:
        centre = int(rng.choice(np.flatnonzero(weights.counts >= 2)))
        near = weights.neighbour[weights.start[centre] : weights.start[centre + 1]]
        true[[centre, *near[:3]]] = True
        risk[true] *= times
    figures = {"count": rng.poisson(risk * exposure).astype(float), "exposure": exposure}
    return pd.DataFrame(figures, index=weights.units), true


def false_and_found(name: str, weights: Weights, *, spread: float, times: float) -> None:
    """Print the false-discovery rate over units with exposure, and the share of the cluster found."""
    rng = np.random.default_rng(11)
    false, found, told = [], [], []
    for seed in range(MAPS):
        table, true = simulated(weights, rng, spread=spread, times=times)
        classes = find_hotspots(table, weights, replace(FULL, seed=seed)).table["class"]
        hot = classes.eq(HotspotClass.CLEARLY_HIGHER.value).to_numpy()
        false.append((hot & ~true).sum() / max(1, hot.sum()))
        told.append(classes.ne(HotspotClass.TOO_LITTLE_DATA.value).mean())
        if times > 1:
            found.append(hot[true].mean())
    error = np.std(false) / np.sqrt(MAPS)
    power = f"  power {np.mean(found):5.1%}" if found else ""
    print(f"{name:62} FDR {np.mean(false):5.1%} ± {error:.1%}  told {np.mean(told):4.0%}{power}")


def local_shrinkage(weights: Weights) -> None:
    """Show why the test is made on globally shrunken rates: maps without hotspots, both ways."""
    rng = np.random.default_rng(11)
    wrong = {"global": 0, "local": 0}
    for seed in range(MAPS):
        table, _ = simulated(weights, rng, spread=0.5, times=1)
        rates = {
            "global": empirical_bayes(table),
            "local": empirical_bayes_local(table, weights),
        }
        for name, values in rates.items():
            p = permutation_p(values, weights, permutations=9_999, seed=seed)
            wrong[name] += bool((benjamini_hochberg(p) <= FULL.alpha).any())
    for name, maps in wrong.items():
        print(f"Gi* alone on {name} rates, maps without hotspots that show one: {maps / MAPS:.1%}")


def one_time(units: int) -> None:
    """Time the first use at one size; run in a program of its own."""
    begin = time.perf_counter()
    rows, columns, _ = SIZES[units]
    kept = codes(rows * columns)[:units]
    weights = lattice(rows, columns).subset(kept)
    made = time.perf_counter() - begin
    rng = np.random.default_rng(3)
    exposure = rng.gamma(2, 500, units) + 50
    # Risks that differ by half: of equal ones the shrunken rates are all alike, and nothing is drawn.
    risk = 0.02 * rng.gamma(4, 0.25, units)
    figures = {"count": rng.poisson(risk * exposure).astype(float), "exposure": exposure}
    table = pd.DataFrame(figures, index=kept)
    begin = time.perf_counter()
    permutation_p(empirical_bayes(table), weights, permutations=FULL.permutations, seed=1)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    permutation_p(empirical_bayes(table), weights, permutations=FULL.permutations, seed=1)
    second = time.perf_counter() - begin
    begin = time.perf_counter()
    found = find_hotspots(table, weights, FULL)
    everything = time.perf_counter() - begin
    measured = {"weights": made, "first": first, "second": second, "all": everything}
    print(json.dumps({**measured, "draws": found.permutations}))


def times() -> None:
    """Print the times at both sizes."""
    for units, (_, _, allowed) in SIZES.items():
        run = subprocess.run(
            [sys.executable, "-m", "tests.bench.hotspots", str(units)],
            cwd=ROOT, capture_output=True, check=True, text=True,
        )  # fmt: skip
        took = json.loads(run.stdout)
        print(
            f"{units:,} units: EB and 9,999 permutations {took['first']:.3f} s at first use, again"
            f" {took['second']:.3f} s; with {took['draws']:,} permutations, intervals and scan"
            f" {took['all']:.2f} s (allowed {allowed} s); weights from a list {took['weights']:.2f} s"
        )


def beside_esda(every: Weights, exposed: Weights) -> None:
    """Compare with esda's own G_Local: time at 2,700 units, and findings on a sparse map."""
    if find_spec("esda") is None:
        print("esda is not installed; nothing to compare with")
        return
    from esda.getisord import G_Local  # noqa: PLC0415  # not a dependency
    from libpysal.graph import Graph  # noqa: PLC0415

    warnings.simplefilter("ignore")

    def stock(values: pd.Series, weights: Weights, permutations: int) -> np.ndarray:
        unit, neighbour = weights.ends()
        ends = weights.units[unit], weights.units[neighbour]
        isolates = weights.isolates
        graph = Graph.from_arrays(
            np.append(ends[0], isolates), np.append(ends[1], isolates),
            np.append(np.ones(len(unit)), np.zeros(len(isolates))),
        )  # fmt: skip
        # in the graph's own order, because another one is accepted in silence
        y = values.loc[graph.unique_ids]
        test = G_Local(y, graph, transform="B", star=True, permutations=permutations, seed=1)
        high = pd.Series(test.p_sim, graph.unique_ids).where(test.Zs > 0, 1.0)
        return high.loc[weights.units].to_numpy()

    weights = lattice(54, 50)
    rng = np.random.default_rng(3)
    values = pd.Series(rng.gamma(2, 500, len(weights)), weights.units)
    stock(values, weights, 9)  # whatever it compiles is not in the time
    begin = time.perf_counter()
    stock(values, weights, FULL.permutations)
    theirs = time.perf_counter() - begin
    begin = time.perf_counter()
    permutation_p(values, weights, permutations=FULL.permutations, seed=1)
    ours = time.perf_counter() - begin
    numba = "with" if find_spec("numba") else "without"
    print(
        f"2,700 units, 9,999 permutations: {ours:.3f} s, {ours / theirs:.3f} x of esda's {theirs:.2f} s"
        f" ({numba} numba)"
    )
    maps = MAPS // 4
    named: dict[str, list[int]] = {}
    for seed in range(maps):
        table, _ = simulated(exposed, np.random.default_rng([11, seed]), spread=0.5, times=1)
        rate = table["count"] / table["exposure"]
        filled = rate.reindex(every.units, fill_value=0.0)
        sparse = table.reindex(every.units)
        joined = Weights.from_pairs(every.units, [*every.pairs(), *exposed.pairs()])
        classes = find_hotspots(sparse, joined, replace(FULL, seed=seed)).table["class"]
        p = {
            "esda, zeros filled in": pd.Series(stock(filled, every, 9_999)),
            "esda, exposed units only": pd.Series(stock(rate, exposed, 9_999)),
        }
        hits = {name: (each <= FULL.alpha).to_numpy() for name, each in p.items()}
        hits |= {
            f"{name}, BH": (benjamini_hochberg(each) <= FULL.alpha).to_numpy()
            for name, each in p.items()
        }
        hits["Sima"] = classes.eq(HotspotClass.CLEARLY_HIGHER.value).to_numpy()
        for name, hit in hits.items():
            shown, units = named.get(name, [0, 0])
            named[name] = [shown + int(hit.any()), units + int(hit.sum())]
    print(f"{maps} sparse maps without hotspots, 123 border palikas of which 22 have exposure:")
    for name, (shown, units) in sorted(named.items()):
        print(
            f"  {name:30} a hotspot on {shown / maps:4.0%} of maps, {units / maps:5.2f} units a map"
        )


def main() -> None:
    """Print everything."""
    times()
    real = border()
    near = f"{len(real.exposed)} palikas with exposure"
    for spread, risks in ((0.0, "equal risk"), (0.5, "risks that differ by half")):
        for boost in (1, 2, 3):
            planted = f", planted x {boost}" if boost > 1 else ", no hotspot"
            false_and_found(near + ", " + risks + planted, real.exposed, spread=spread, times=boost)
        for boost in (1, 2):
            planted = f", planted x {boost}" if boost > 1 else ", no hotspot"
            name = f"all {len(real.every)} with exposure, {risks}{planted}"
            false_and_found(name, real.every, spread=spread, times=boost)
    local_shrinkage(real.every)
    beside_esda(real.every, real.exposed)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["esda"]:
            real_map = border()
            beside_esda(real_map.every, real_map.exposed)
        case [size]:
            one_time(int(size))
        case _:
            main()
