"""`sima boundaries …`: import ward boundaries."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import geopandas as gpd

from dashboard.cli.output import as_json, echo, finding_json, print_findings, settings
from data.boundaries import osm, ward_import
from data.boundaries.ward_import import WardImport
from data.holdings import BoundarySet
from data.model import AdminLevel, SimaError
from data.pipeline import Sima
from data.reference.gazetteer import Gazetteer
from data.reference.unit_codes import district_of
from geo.boundaries import METRIC_CRS


@click.group()
def boundaries() -> None:
    """Manage ward boundaries: import a file, download from OpenStreetMap, list the sets."""


@boundaries.command("list")
def list_() -> None:
    """List the stored boundary sets."""
    frame = Sima(settings()).holdings.boundary_sets()
    click.echo(frame.drop(columns="licence").to_string(index=False))


def _shared(command: Any) -> Any:  # noqa: ANN401  # click decorators
    for option in (
        click.option("--json", "json_", is_flag=True, help="Print the result as JSON only."),
        click.option("--dry-run", is_flag=True, help="Only check and report; store nothing."),
        click.option(
            "--align", is_flag=True, help="Correct a constant offset, district by district."
        ),
    ):
        command = option(command)
    return command


@boundaries.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--level", type=click.Choice(["ward"]), default="ward", show_default=True)
@click.option("--source", required=True, help="Who made the boundaries.")
@click.option("--licence", required=True, help="Licence under which they may be shown.")
@click.option(
    "--vintage",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day from which they are valid.",
)
@click.option("--attribution", default=None, help="Line shown on every map; by default the source.")
@click.option("--layer", default=None, help="Layer of the file, if it has several.")
@click.option("--crs", default=None, help="Coordinate system, if the file does not say it.")
@click.option("--district-column", default=None)
@click.option("--palika-column", default=None)
@click.option("--ward-column", default=None)
@click.option(
    "--palika",
    multiple=True,
    metavar="NAME=CODE",
    help="The palika that an uncertain name means; repeatable.",
)
@_shared
def import_(  # noqa: PLR0913  # one for each option
    *,
    file: Path,
    level: str,
    source: str,
    licence: str,
    vintage: datetime,
    attribution: str | None,
    layer: str | None,
    crs: str | None,
    district_column: str | None,
    palika_column: str | None,
    ward_column: str | None,
    palika: tuple[str, ...],
    json_: bool,
    dry_run: bool,
    align: bool,
) -> None:
    """Import ward polygons from FILE, in any format that GDAL reads.

    Palikas whose wards do not fit are left out and listed; all others are imported.
    """
    del level  # only wards can be imported
    sima = Sima(settings())
    given = {"district": district_column, "palika": palika_column, "ward": ward_column}
    if wrong := [pair for pair in palika if "=" not in pair]:
        raise SimaError(f"--palika {wrong[0]}: write NAME=CODE.")
    chosen = dict(pair.split("=", 1) for pair in palika)
    gazetteer = Gazetteer.load().with_aliases(sima.holdings.aliases())
    echo("Reading, repairing and measuring")
    result = ward_import.read_wards(
        file,
        gazetteer=gazetteer,
        palikas=_palikas(sima),
        align=align,
        layer=layer,
        crs=crs,
        columns={what: name for what, name in given.items() if name},
        chosen=chosen,
    )
    info = BoundarySet(AdminLevel.WARD, source, licence, attribution or source, vintage.date())
    _store(sima, result, info, dry_run=dry_run, json_=json_)


@boundaries.command()
@click.option("--source", type=click.Choice(["osm"]), required=True)
@click.option("--district", required=True, help="District, by name or code.")
@click.option(
    "--endpoint", default=osm.ENDPOINT, show_default=True, help="Overpass service to ask."
)
@_shared
def download(
    *, source: str, district: str, endpoint: str, json_: bool, dry_run: bool, align: bool
) -> None:
    """Download the ward boundaries of a district from OpenStreetMap (needs the internet)."""
    del source  # one source so far
    sima, gazetteer = Sima(settings()), Gazetteer.load()
    code = gazetteer.district(district).code
    if code is None:
        raise SimaError(f"There is no district called {district}.")
    today = sima.today
    outline = sima.holdings.boundaries(AdminLevel.DISTRICT, on=today).geometry[code]
    echo(f"Asking {endpoint}")
    wards = osm.download_wards(outline, endpoint=endpoint)
    palikas = _palikas(sima)
    west, south, east, north = wards.total_bounds
    near = gpd.GeoDataFrame(geometry=palikas.cx[west:east, south:north])
    named = osm.assign_palikas(wards, near, metric_crs=METRIC_CRS)
    result = ward_import.match_wards(
        named[named["district"].eq(code)],
        gazetteer=gazetteer,
        palikas=palikas,
        align=align,
    )
    info = BoundarySet(
        AdminLevel.WARD, osm.SOURCE, osm.LICENCE, osm.ATTRIBUTION, datetime.now(UTC).date()
    )
    _store(sima, result, info, dry_run=dry_run, json_=json_)


def _palikas(sima: Sima) -> gpd.GeoSeries:
    return sima.holdings.boundaries(AdminLevel.PALIKA, on=sima.today).geometry


def _store(
    sima: Sima, result: WardImport, info: BoundarySet, *, dry_run: bool, json_: bool
) -> None:
    stored = None
    if not dry_run and len(result.boundaries):
        stored = sima.holdings.add_boundary_set(info, result.boundaries)
    if json_:
        as_json(_result_json(result, stored))
        return
    print_findings(result.findings, Gazetteer.load())
    click.echo(
        f"{len(result.matched_palikas)} palikas with {result.matched_wards} wards fit;"
        f" {len(result.rejected_palikas)} palikas are left out"
        + (f": {', '.join(result.rejected_palikas)}." if result.rejected_palikas else "."),
    )
    if stored:
        click.echo(f"Stored as boundary set {stored}. It is shown from the next release on.")
    else:
        click.echo("Nothing was stored.")


def _result_json(result: WardImport, stored: str | None) -> dict[str, Any]:
    per_district = district_of(result.boundaries.index).value_counts().sort_index()
    return {
        "matched_palikas": len(result.matched_palikas),
        "matched_wards": result.matched_wards,
        "rejected_palikas": list(result.rejected_palikas),
        "wards_by_district": {str(code): int(n) for code, n in per_district.items()},
        "offsets_m": result.offsets.to_dict("records"),
        "fits": result.fits.round(4).to_dict("records"),
        "findings": [finding_json(finding) for finding in result.findings],
        "boundary_set": stored,
    }
