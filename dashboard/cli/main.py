"""`sima …`: a thin command line over `data.pipeline`."""

import sys
from pathlib import Path
from typing import Any

import click

from dashboard.cli.accounts import accounts, audit_log
from dashboard.cli.boundaries import boundaries
from dashboard.cli.disclosure import audit, certificate, policy
from dashboard.cli.export import export
from dashboard.cli.hotspots import hotspots_command
from dashboard.cli.output import Cli, as_json, echo, finding_json, print_findings, settings
from dashboard.cli.programme import indicators, organisations, programme
from dashboard.cli.progress import long_work
from dashboard.cli.project import project
from dashboard.cli.release_choice import adjust
from dashboard.cli.releases import (
    approve,
    choose_account,
    release,
    releases,
    requests,
    withdraw,
)
from dashboard.cli.serve import run, serve
from dashboard.cli.sites import sites
from dashboard.cli.table_suppression import suppress
from data.intake import template_files
from data.intake.spreadsheet import LIMIT_MB
from data.intake.staging import Staged
from data.model import Role, SimaError
from data.pipeline import REASONS, Sima
from data.reference import templates
from data.reference.gazetteer import Gazetteer

_SETUP_STOPPED = "Stopped. What was finished is kept; the same command goes on from there."


@click.group(
    cls=Cli, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96}
)
@click.version_option(package_name="sima")
def main() -> None:
    """Sima: maps of community work against human trafficking that identify nobody.

    Stores are in ./var unless SIMA_VAR names another folder, or SIMA_HOLDINGS, SIMA_PARTNER,
    SIMA_PUBLIC and SIMA_ACCESS name other addresses. See docs/operators.md.
    """


@main.command()
@click.option(
    "--demo", is_flag=True, help="Make synthetic stores with the demonstration and first releases."
)
def setup(demo: bool) -> None:  # noqa: FBT001  # a flag
    """Create missing stores and load Nepal's boundaries. Safe to run again."""
    from data import setup as making  # noqa: PLC0415  # reads nothing heavy for other commands

    chosen = settings()
    with long_work(_SETUP_STOPPED) as report:
        making.make_stores(chosen, synthetic=demo, progress=echo)
        making.make_geometry(chosen, progress=echo)
        if demo:
            making.fill_demo(chosen, progress=echo, report=report)
    echo("The stores are ready.")


@main.command()
@click.argument("kind", type=click.Choice(templates.KINDS))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--hxl", is_flag=True, help="Add a row of HXL tags.")
@click.option(
    "--district", multiple=True, help="District whose codes to list (name or code); repeatable."
)
@click.option(
    "--synthetic/--real", default=None, help="Mark the template so; by default as the store is."
)
def template(
    *, kind: str, file: Path, hxl: bool, district: tuple[str, ...], synthetic: bool | None
) -> None:
    """Write an empty template of KIND to FILE (.xlsx or .csv)."""
    known = None
    try:
        sima = Sima(settings())
        gazetteer, known = sima.gazetteer, sima.holdings.listed_organisations()
    except SimaError:  # before the first setup
        gazetteer = Gazetteer.load()
    codes = []
    for text in district:
        match = gazetteer.district(text)
        if match.code is None:
            raise SimaError(f"There is no district called {text}.")
        codes.append(match.code)
    if synthetic is None:
        synthetic = Sima(settings()).holdings.synthetic
    file_format = file.suffix.lower().lstrip(".")
    content = template_files.build_template(
        kind,
        file_format,
        gazetteer=gazetteer,
        synthetic=synthetic,
        hxl=hxl,
        districts=codes,
        known=known,
    )
    file.write_bytes(content)
    echo(f"Wrote {file}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--kind",
    type=click.Choice(templates.KINDS),
    help="Kind of the file, if the file does not say it.",
)
@click.option("--json", "json_", is_flag=True, help="Print findings and differences as JSON only.")
@click.option("--confirm", is_flag=True, help="Store it if there are no errors or open questions.")
@click.option("--by", default=None, help="Account that stores it.")
@click.option("--reason", type=click.Choice(REASONS), help="Why stored figures are corrected.")
@click.option(
    "--synthetic/--real", default=None, help="What a CSV file holds, which cannot say it itself."
)
@click.option(
    "--choose", multiple=True, metavar="CELL=CODE", help="Which place a cell means; repeatable."
)
def stage(
    *,
    file: Path,
    kind: str | None,
    json_: bool,
    confirm: bool,
    by: str | None,
    reason: str | None,
    synthetic: bool | None,
    choose: tuple[str, ...],
) -> None:
    """Check a filled template and list everything that is wrong. Stores only with --confirm.

    Exit code 0: it can be stored, or was; 1: there are findings to correct first.
    """
    if file.stat().st_size > LIMIT_MB * 1_000_000:
        raise SimaError(
            f"{file.name} is larger than {LIMIT_MB} MB. Keep the template's rows only, or split it."
        )
    sima = Sima(settings())
    content = file.read_bytes()
    staged = sima.stage(content, kind=kind, synthetic=synthetic)
    # Whoever only checks a file need not say who they are.
    account = by or (choose_account(sima, Role.STEWARD) if confirm or choose else "")
    for choice in choose:
        where, _, code = choice.partition("=")
        sima.choose_at(staged, where, code=code, by=account)
    if choose:
        staged = sima.stage(content, kind=kind, synthetic=synthetic)
    batch = None
    if confirm and staged.ok:
        batch = sima.confirm(staged, by=account, reason=reason)
    if json_:
        as_json(_staged_json(staged, batch))
    else:
        _print_staged(staged, sima.gazetteer)
        if batch is not None:
            click.echo(f"Stored as batch {batch}.")
        elif confirm and staged.ok:
            click.echo("Nothing new, so nothing was stored.")
    sys.exit(0 if staged.ok else 1)


def _staged_json(staged: Staged, batch: int | None) -> dict[str, Any]:
    return {
        "kind": staged.reading.kind,
        "ok": staged.ok,
        "rows": len(staged.reading.rows),
        "new_figures": staged.new_figures,
        "changed_figures": staged.difference.to_dict("records"),
        "needs_reason": staged.needs_reason,
        "known_batch": staged.known_batch,
        "batch": batch,
        "findings": [finding_json(finding) for finding in staged.findings],
    }


def _print_staged(staged: Staged, gazetteer: Gazetteer) -> None:
    print_findings(staged.findings, gazetteer)
    changed = len(staged.difference)
    click.echo(
        f"{len(staged.reading.rows)} rows: {staged.new_figures} new figures, {changed} changed."
    )
    for row in staged.difference.head(20).to_dict("records"):
        place = " ".join(
            str(row[name]) for name in ("place_code", "indicator", "period", "sex", "age_band")
        )
        click.echo(f"    {place}: {row['before']} → {row['after']}")
    if not staged.ok:
        click.echo("Correct this first. Nothing can be stored.")
    elif staged.needs_reason:
        click.echo(f"Corrections need --reason: {', '.join(REASONS)}")


@main.command()
def purge() -> None:
    """Delete uploaded files, and names in the audit log, after their retention time.

    Figures and entries stay. Each deletion is recorded.
    """
    sima = Sima(settings())
    click.echo(f"{sima.purge()} uploaded files deleted.")
    click.echo(f"{sima.forget_names()} names removed from the audit log.")


for command in (
    release,
    approve,
    adjust,
    withdraw,
    releases,
    requests,
    serve,
    run,
    accounts,
    audit_log,
    boundaries,
    project,
    sites,
    organisations,
    programme,
    indicators,
    export,
    suppress,
    audit,
    certificate,
    policy,
    hotspots_command,
):
    main.add_command(command)

if __name__ == "__main__":
    main()
