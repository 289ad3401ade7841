"""A made-up programme with a booth at every border point, three of them with more than effort explains.

``python -m tests.support.hotspot_world FOLDER`` makes its stores, to be looked at.
"""

import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from data.holdings import SIGN_COLUMNS, BatchInfo
from data.model import AdminLevel, Audience, Role
from data.pipeline import Sima
from data.reference import calendar
from data.reference.gazetteer import Gazetteer
from data.reference.templates import categories
from data.settings import Settings
from tests.support import programmes

TODAY = date(2024, 11, 15)
MONTHS = tuple(f"ad-{year}-{month:02d}" for year in (2022, 2023) for month in range(1, 13))
STEWARD, APPROVER = "made-up-steward", "made-up-approver"
CONTACTS = 400  # a month and booth


def sites(holdings) -> pd.DataFrame:
    """Put a booth at every border point, in the border palika nearest to it."""
    gazetteer = Gazetteer.load()
    units, points = gazetteer.units, gazetteer.border_points
    border = units.index[units["touches_border"] & units["admin_level"].eq(3)]
    shapes = (
        holdings.boundaries(AdminLevel.PALIKA, on=TODAY).geometry.loc[border].to_crs("EPSG:32645")
    )
    places = gpd.points_from_xy(points["lon"], points["lat"], crs="EPSG:4326").to_crs("EPSG:32645")
    homes = [str(shapes.distance(place).idxmin()) for place in places]
    frame = pd.DataFrame(
        {
            "name_en": points["name_en"].to_numpy(), "name_ne": points["name_ne"].to_numpy(),
            "palika_code": homes, "border_point": points.index,
            "lon": points["lon"].to_numpy(), "lat": points["lat"].to_numpy(),
            "opened": "2021-12-01", "closed": "",
        },
        index=pd.Index([f"BOOTH-{code}" for code in points.index], name="site_code"),
    )  # fmt: skip
    held = holdings.sites()
    return frame[~frame["border_point"].isin(held["border_point"])]


def records(
    places: Sequence[str], hot: Sequence[str], *, months: Sequence[str] = MONTHS
) -> pd.DataFrame:
    """Draw contacts and stopped journeys by booth and month; ``hot`` stop four times as many."""
    rng = np.random.default_rng(7)
    rows = []
    for place in places:
        size = CONTACTS * rng.uniform(0.6, 1.6)
        risk = 0.03 * (4 if place in hot else 1)
        for code in months:
            period = calendar.parse_period(code)
            for indicator, mean in (
                ("booth_contacts", size), ("interceptions", size * risk), ("booth_staff_days", 60),
                ("booth_open_days", 26),
            ):  # fmt: skip
                split = sorted(categories(indicator))
                shares = rng.multinomial(rng.poisson(mean), [1 / len(split)] * len(split))
                rows += [
                    {
                        "place_code": place, "indicator": indicator, "period": code,
                        "sex": sex.value, "age_band": age.value, "period_start": period.start,
                        "period_end": period.end, "state": "reported", "value": int(value),
                    }
                    for (sex, age), value in zip(split, shares, strict=True)
                ]  # fmt: skip
    return pd.DataFrame(rows).astype({"value": "Int64"})


def store(sima: Sima, frame: pd.DataFrame, name: str) -> None:
    """Put records into the holdings as an accepted upload."""
    info = BatchInfo(
        "booth-month", hashlib.sha256(name.encode()).hexdigest(), STEWARD, synthetic=True, reason=None
    )  # fmt: skip
    sima.holdings.add_batch(
        info, frame, pd.DataFrame(columns=SIGN_COLUMNS), content=b"", suffix=".xlsx",
        delete_after=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip


def prepare(folder: Path, *, today: date = TODAY) -> tuple[Sima, list[str], list[str]]:
    """Make stores with a booth at every border point; give them, all booths, and the hot ones."""
    sima = Sima(programmes.begin(folder), today=today)
    sima.accounts.add(STEWARD, Role.STEWARD)
    sima.accounts.add(APPROVER, Role.APPROVER)
    sima.holdings.add_sites(sites(sima.holdings))
    every = sima.holdings.sites().sort_values("lon")
    middle = len(every) // 2
    return sima, sorted(every.index), list(every.index[middle : middle + 3])


def release(sima: Sima, audience: Audience) -> int:
    """Make a release."""
    return sima.approve(sima.request(audience, by=STEWARD), by=APPROVER)


def make(folder: Path) -> Sima:
    """Make the whole programme, with the newest months in a second release."""
    sima, places, hot = prepare(folder)
    store(sima, records(places, hot), "all")
    for audience in Audience:
        release(sima, audience)
    return sima


def withdraw(folder: Path) -> None:
    """Withdraw both releases of a programme that was made."""
    sima = Sima(Settings.from_environment({"SIMA_VAR": str(folder)}), today=TODAY)
    for audience in Audience:
        sima.withdraw(audience, 1, by=APPROVER)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
