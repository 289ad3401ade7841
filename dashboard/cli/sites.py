"""`sima sites …`: the booths of a programme."""

from datetime import date
from pathlib import Path

import click

from dashboard.cli.output import as_json, echo, settings
from data.pipeline import Sima
from data.projects.site_list import COLUMNS

_JSON = click.option("--json", "json_", is_flag=True, help="Print the result as JSON only.")
_BY = click.option("--by", required=True, help="Account that changes the list.")


@click.group()
def sites() -> None:
    """Manage booths: list them, add new ones from a file, close one."""


@sites.command("list")
@_JSON
def list_(*, json_: bool) -> None:
    """List the booths that reports may name."""
    frame = Sima(settings()).holdings.sites().sort_index()
    if json_:
        as_json(frame.reset_index().to_dict("records"))
    elif frame.empty:
        echo("There is no booth yet. Add some with: sima sites add FILE.csv --by ACCOUNT")
    else:
        shown = frame[["name_en", "palika_code", "border_point", "opened", "closed"]]
        click.echo(shown.reset_index().to_string(index=False))


@sites.command("add", epilog=f"The columns of FILE: {', '.join(COLUMNS)}.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_BY
@click.option("--dry-run", is_flag=True, help="Only check the file; store nothing.")
@_JSON
def add(*, file: Path, by: str, dry_run: bool, json_: bool) -> None:
    """Add the booths of FILE, a CSV file with one booth a line.

    All of them are added or none. Reports may name them at once; a map shows them from the next
    release on.
    """
    added = Sima(settings()).add_sites(file.read_bytes(), name=file.name, by=by, dry_run=dry_run)
    if json_:
        as_json({"added": added, "dry_run": dry_run})
    elif not added:
        echo("These booths are known already. Nothing was changed.")
    else:
        echo(f"{'Would add' if dry_run else 'Added'}: {', '.join(added)}")


@sites.command()
@click.argument("code")
@click.option(
    "--on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Day on which it closes."
)
@_BY
@_JSON
def close(*, code: str, on: date, by: str, json_: bool) -> None:
    """Close the booth CODE: it owes no report for months after that day.

    To correct the day, close it again on another day.
    """
    day = date(on.year, on.month, on.day)
    Sima(settings()).close_site(code, on=day, by=by)
    if json_:
        as_json({"closed": code, "on": day})
    else:
        echo(f"{code} closes on {day}.")
