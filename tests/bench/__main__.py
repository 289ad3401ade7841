"""Measurements against the stock way of doing the same, in one run, as ratios: ``make bench``.

A ratio below 1 means that Sima is faster. Times depend on the machine; ratios much less.
"""

import io
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data import setup
from data.boundaries import national
from data.intake import row_rules, spreadsheet
from data.intake.row_rules import RECORD_COLUMNS
from data.model import AdminLevel, Audience
from data.reference.gazetteer import Gazetteer
from data.reference.indicators import load_indicators
from data.reference.policy import load_policy
from data.releases.reader import ReleaseReader
from data.settings import Settings
from geo.boundaries import generalise
from tests.bench import before, gate, maps
from tests.support.workbooks import changed, workbook

ROWS = 5_000
WARDS = 19


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Give the shortest of several runs."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


def report(name: str, ours: float, stock: float, what: str) -> None:
    print(f"{name:34} {ours:8.3f} s   {ours / stock:6.2f} x  {what} ({stock:.3f} s)")


def upload() -> None:
    """Reading and checking 5,000 rows against pandas reading the same sheet unchecked."""
    periods = [f"{year}-{month:02d}" for year in range(2000, 2022) for month in range(1, 13)]
    rows = [changed("groups", ward=1 + n % WARDS, period=periods[n // WARDS]) for n in range(ROWS)]
    content = workbook("groups", rows)
    nothing = pd.DataFrame(columns=RECORD_COLUMNS).astype({"value": "Int64"})

    def ours() -> None:
        reading = spreadsheet.read_workbook(content)
        row_rules.check_rows(
            reading, gazetteer=Gazetteer.load(), indicators=load_indicators(),
            known=nothing, known_signs=pd.DataFrame(columns=row_rules.SIGN_COLUMNS), relations=load_policy().relations, today=date(2024, 1, 1),
        )  # fmt: skip

    stock = seconds(lambda: pd.read_excel(io.BytesIO(content), sheet_name="Data"))
    report("upload, 5,000 rows, checked", seconds(ours), stock, "of pandas.read_excel, unchecked")


def shapes() -> None:
    """Generalising the palikas as a coverage against simplifying each for itself."""
    every = national.read_national().boundaries
    palikas = gpd.GeoDataFrame(every[every["admin_level"] == AdminLevel.PALIKA])
    flat = palikas.to_crs("EPSG:32645")
    report(
        "753 palikas generalised",
        seconds(lambda: generalise(palikas, tolerance_m=400)),
        seconds(lambda: flat.simplify(400).to_crs("EPSG:4326")),
        "of GeoSeries.simplify, which tears borders apart",
    )


def reading() -> None:
    """Reading one layer of a release against reading all its cells and filtering."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_environment({"SIMA_VAR": f"{folder}/var"})
        begin = time.perf_counter()
        setup.make_stores(settings, synthetic=True, progress=lambda _m: None)
        setup.fill_demo(settings, progress=lambda _m: None)
        print(f"{'stores and demonstration, once':34} {time.perf_counter() - begin:8.3f} s")
        reader = ReleaseReader.open(settings.releases(Audience.PARTNER), Audience.PARTNER)
        size = sum(p.stat().st_size for p in Path(reader.address).iterdir())

        def all_then_filter() -> pd.DataFrame:
            cells = reader.cells(1)
            return cells[(cells["indicator"] == "sbcc_sessions") & (cells["period"] == "ad-2023")]

        report(
            "one layer of a release",
            seconds(lambda: reader.cells(1, indicator="sbcc_sessions", period="ad-2023")),
            seconds(all_then_filter),
            f"of reading all of it; the store is {size / 1e6:.1f} MB",
        )


if __name__ == "__main__":
    upload()
    shapes()
    reading()
    gate.gate()
    before.before()
    maps.maps()
