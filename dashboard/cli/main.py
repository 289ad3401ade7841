"""`sima …`: a thin command line over `data.pipeline`."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from dashboard.cli.accounts import accounts, audit_log
from dashboard.cli.boundaries import boundaries
from dashboard.cli.disclosure import audit, certificate, policy
from dashboard.cli.export import export
from dashboard.cli.hotspots import hotspots_command
from dashboard.cli.output import Cli, as_json, echo, finding_json, print_findings, settings
from dashboard.cli.programme import indicators, organisations, programme
from dashboard.cli.project import project
from dashboard.cli.serve import run, serve
from dashboard.cli.sites import sites
from dashboard.cli.table_suppression import suppress
from data.intake import template_files
from data.intake.spreadsheet import LIMIT_MB
from data.intake.staging import Staged
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import REASONS, WHY, WHY_APPROVED, Sima
from data.reference import templates
from data.reference.gazetteer import Gazetteer
from data.release_making.build import Preview
from data.releases.reader import ReleaseReader

DEMO_STEWARD = "demo-steward"
Command = TypeVar("Command", bound=Callable[..., object])


def _why(reasons: Sequence[str]) -> Callable[[Command], Command]:
    """Return the option for the reason of a decision."""
    return click.option("--why", type=click.Choice(reasons), help="Reason, kept in the audit log.")


def _said(why: str | None, reasons: Sequence[str]) -> str:
    if why is None:
        raise SimaError(f"The audit log needs a reason: --why, one of {', '.join(reasons)}.")
    return why


_AUDIENCES = click.Choice([audience.value for audience in Audience])


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
    making.make_stores(chosen, synthetic=demo, progress=echo)
    making.make_geometry(chosen, progress=echo)
    if demo:
        making.fill_demo(chosen, progress=echo)
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
    account = by or (_account(sima, Role.STEWARD) if confirm or choose else "")
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


def _account(sima: Sima, role: Role) -> str:
    """Return the account to use if none was named: the only one of the role."""
    known = sima.accounts.list_accounts()
    names = known.loc[known["role"] == role.value, "account"].tolist()
    if DEMO_STEWARD in names and role is Role.STEWARD:
        return DEMO_STEWARD
    if len(names) == 1:
        return str(names[0])
    raise SimaError("Name the account with --by. See: sima accounts list")


@main.command()
@click.option("--audience", type=_AUDIENCES, required=True, help="Audience of the release.")
@click.option("--by", default=None, help="Account that requests it.")
@click.option(
    "--restate", default=None, metavar="YEAR", help="Publish a year again, with its corrections."
)
def release(audience: str, by: str | None, restate: str | None) -> None:
    """Request a release of everything stored so far; another account approves it.

    Corrections and late reports for released periods wait until their year is published again:
    sima release --audience public --restate ad-2022 (or bs-2079, a fiscal year).
    """
    sima = Sima(settings())
    account = by or _account(sima, Role.STEWARD)
    number = sima.request(Audience(audience), by=account, restates=restate)
    click.echo(f"Request {number}. Another account approves it: sima approve {number} --by ACCOUNT")


@main.command()
@click.argument("request", type=int)
@click.option("--by", required=True, help="Account that approves; not the one that requested it.")
@click.option("--dry-run", is_flag=True, help="Only show what the release would change.")
@_why(WHY_APPROVED)
def approve(*, request: int, by: str, dry_run: bool, why: str | None) -> None:
    """Make and publish the release of REQUEST."""
    sima = Sima(settings())
    if dry_run:
        sima.holdings.request(request)  # a wrong number fails before any work
    else:
        sima.require_approval(request, by=by)  # before it asks for a reason
    reason = "" if dry_run else _said(why, WHY_APPROVED)
    echo("Adding up, suppressing and checking (up to a minute)")
    preview = sima.preview(request)
    _print_preview(preview)
    if dry_run:
        sys.exit(1 if preview.exposures else 0)
    number = sima.approve(request, by=by, preview=preview, why=reason)
    click.echo(f"Release {number} is published.")


def _print_preview(preview: Preview) -> None:
    levels = {int(level): level.name.lower() for level in AdminLevel}
    click.echo(preview.levels.rename(index=levels).rename_axis(index="places").to_string())
    click.echo(f"New periods: {', '.join(preview.new_periods) or 'none'}")
    for reader, width in preview.narrowest.items():
        if width is not None:
            click.echo(
                f"For a {reader} reader, the smallest and the largest possible value of every"
                f" hidden figure are at least {width} people apart."
            )
    if preview.waiting:
        click.echo(
            f"{preview.waiting} corrections to released periods wait for the yearly restatement."
        )
    for code in preview.strays:
        click.echo(
            f"Published figure {code} does not agree with the figures; the check leaves it out."
        )
    for exposure in preview.exposures[:20]:
        who = f"who knows {exposure.insider}" if exposure.insider else "from outside"
        click.echo(f"✗ {exposure.cell}: a {exposure.reader} reader {who} could narrow it too far")
    if preview.exposures:
        click.echo("The audit fails. Approving it would publish nothing.")


@main.command()
@click.argument("number", type=int)
@click.option("--audience", type=_AUDIENCES, required=True)
@click.option("--by", required=True, help="Account that withdraws.")
@_why(WHY)
def withdraw(number: int, audience: str, by: str, why: str | None) -> None:
    """Withdraw release NUMBER everywhere at once."""
    now = Sima(settings()).withdraw(Audience(audience), number, by=by, why=_said(why, WHY))
    served = f"Release {now} is shown now." if now else "No release is shown now."
    click.echo(f"Withdrawn. {served}")


@main.command()
@click.option("--audience", type=_AUDIENCES, default=None)
@click.option("--json", "json_", is_flag=True, help="Print JSON only.")
def releases(audience: str | None, json_: bool) -> None:  # noqa: FBT001  # a flag
    """List the releases, newest first."""
    chosen = settings()
    wanted = [Audience(audience)] if audience else list(Audience)
    found = [
        info
        for each in wanted
        for info in ReleaseReader.open(chosen.releases(each), each).releases()
    ]
    if json_:
        as_json([asdict(info) for info in found])
        return
    for info in found:
        synthetic = "  synthetic" if info.synthetic else ""
        click.echo(
            f"{info.audience.value:8} {info.number:4}  {info.created}  {info.state:10} "
            f"{info.cells:7} cells, {info.suppressed} hidden{synthetic}",
        )


@main.command()
@click.option("--json", "json_", is_flag=True, help="Print JSON only.")
def requests(json_: bool) -> None:  # noqa: FBT001  # a flag
    """List the requests for releases."""
    frame = Sima(settings()).holdings.requests()
    if json_:
        as_json(frame.astype(object).where(frame.notna(), None).to_dict("records"))
    else:
        whole = frame.select_dtypes("float").columns  # numbers of releases, and gaps
        plain = frame.astype(dict.fromkeys(whole, "Int64")).astype(object)
        said = plain.where(plain.notna(), "-").to_string(index=False)
        click.echo(said if len(frame) else "No requests.")


@main.command()
def purge() -> None:
    """Delete uploaded files, and names in the audit log, after their retention time.

    Figures and entries stay. Each deletion is recorded.
    """
    sima = Sima(settings())
    click.echo(f"{sima.purge()} uploaded files deleted.")
    click.echo(f"{sima.forget_names()} names removed from the audit log.")


for command in (
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
