"""Release stores to measure our pages with: wards, figures and their sums, written as they are.

They do not come through the gate: nothing in them is about anybody, and the stores say that they
are synthetic.
"""

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd

from data.boundaries import national
from data.disclosure.cells import design_periods
from data.holdings import SIGN_COLUMNS
from data.model import AdminLevel, AgeBand, Audience, PeriodKind, Sex, Status
from data.reference.gazetteer import COUNTRY, Gazetteer
from data.reference.policy import load_policy
from data.release_making.writer import Boundaries, ReleaseContent, ReleaseWriter
from data.settings import Settings
from tests.bench import wards as bench_wards

NATIONAL, INVENTED = "bench-national", "bench-wards"
UNITS_FROM = date(2017, 3, 10)
UPPER = {AdminLevel.PALIKA: 5, AdminLevel.DISTRICT: 3, AdminLevel.PROVINCE: 1}  # digits of its code


def make(var: Path, wards: gpd.GeoDataFrame) -> Settings:
    """Write a public and a partner release of these wards below a folder; give their settings.

    There are no other wards in it, so that a map of all its wards shows as many as are asked for.
    """
    settings = Settings.from_environment({"SIMA_VAR": str(var)})
    every = Gazetteer.load().units.assign(
        valid_from=UNITS_FROM, valid_to=None, source="National Statistics Office"
    )
    units = every[(every["admin_level"] != AdminLevel.WARD) | every.index.isin(wards.index)]
    made = cells(wards.index, units)
    quarters = {code: frozenset({PeriodKind.QUARTER}) for code in bench_wards.PERIODS}
    for audience in Audience:
        writer = ReleaseWriter(settings.releases(audience), audience)
        content = ReleaseContent(
            cells=made,
            periods=design_periods(made["period"], quarters),
            sites=Gazetteer.load().sites,
            signs=pd.DataFrame(columns=SIGN_COLUMNS),
            boundaries_id=_put_boundaries(writer, units, wards),
            policy_version=load_policy().version,
            policy_text=load_policy().text,
            synthetic=True,
            follows=0,
        )
        writer.publish(content, request_id=1)
    return settings


def cells(codes: pd.Index, units: pd.DataFrame) -> pd.DataFrame:
    """Make cells of these wards and of every unit above them.

    A unit above is published, as the sum of what its wards reported.
    """
    figures = bench_wards.figures(codes)
    wards = figures.drop(columns="count").assign(admin_level=int(AdminLevel.WARD))
    parts = [wards]
    for level, digits in {**UPPER, AdminLevel.COUNTRY: 0}.items():
        above = figures["unit_code"].str[:digits] if digits else COUNTRY
        named = figures.assign(unit_code=above).rename(columns={"count": "total"})
        sums = named.groupby(["unit_code", "indicator", "period"], as_index=False).agg(
            value=("total", "sum")
        )
        parts.append(sums.assign(admin_level=int(level), status=Status.PUBLISHED.value))
    every = pd.concat(parts, ignore_index=True)
    return every.assign(
        parent_code=units["parent_code"].reindex(every["unit_code"]).to_numpy(),
        sex=Sex.ALL.value,
        age_band=AgeBand.ALL.value,
        value=every["value"].astype("Int64"),
        value_class=None,
    )


def _put_boundaries(writer: ReleaseWriter, units: pd.DataFrame, wards: gpd.GeoDataFrame) -> str:
    upper = national.read_national().boundaries.assign(boundary_set=NATIONAL)
    lower = wards.assign(admin_level=int(AdminLevel.WARD), boundary_set=INVENTED)
    every = pd.concat([upper, lower])
    sets = every.groupby(["boundary_set", "admin_level"]).size().rename("units").reset_index()
    source = {NATIONAL: national.SOURCE, INVENTED: "Invented within real palikas, to measure with"}
    sets = sets.assign(
        source=sets["boundary_set"].map(source),
        licence=national.LICENCE,
        attribution=national.ATTRIBUTION,
        vintage=national.VINTAGE,
    )
    crosswalk = Gazetteer.load().crosswalk
    mine = crosswalk[crosswalk["unit_code"].isin(units.index)]
    return writer.put_boundaries(Boundaries(units, mine, sets, every))
