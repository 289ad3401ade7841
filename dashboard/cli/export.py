"""`sima export`: a release as plain files, for those who have no access to Sima."""

from datetime import UTC, datetime
from pathlib import Path

import click

from dashboard.cli.output import settings
from data.accounts.accounts import Accounts
from data.accounts.audit_log import AuditLog, Event, EventKind
from data.accounts.visits import PURPOSES
from data.model import Audience, SimaError
from data.releases import export as exporting
from data.releases.reader import ReleaseReader


@click.command()
@click.argument("number", type=int)
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    default=Audience.PUBLIC.value,
    show_default=True,
    help="Whose release.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv"]),
    default="csv",
    show_default=True,
    help="Form.",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    required=True,
    help="Folder to write to: new, empty, or of an earlier export, which is replaced.",
)
@click.option("--by", default="", help="Account that takes a partners' release away.")
@click.option("--purpose", type=click.Choice(PURPOSES), help="What it is needed for.")
def export(
    *, number: int, audience: str, format_: str, folder: Path, by: str, purpose: str | None
) -> None:
    """Write release NUMBER as plain files: figures, dictionary, units, policy, and a README.

    Nothing is in them but what the release shows to its audience. Prints the files it wrote. Who
    takes a partners' release away, and what for, is written into the audit log.

    \b
    Example:
      sima releases --audience public
      sima export 3 --audience public --out release-3
      sima export 3 --audience partner --by an-account --purpose reporting --out release-3
    """  # noqa: D301  # click's mark for lines that stay as they are
    del format_  # one so far
    chosen = Audience(audience)
    reader = ReleaseReader.open(settings().releases(chosen), chosen)
    files = exporting.export_files(reader, number)
    if chosen is Audience.PARTNER:
        _note(by, purpose or "", number)
    for path in exporting.write_export(folder, files):
        click.echo(path)


def _note(by: str, purpose: str, number: int) -> None:
    """Write down that a partners' release is taken away, before it is."""
    if not by or not purpose:
        raise SimaError(
            "A partners' release is for partners alone: say with --by which account takes it away,"
            " and with --purpose what for."
        )
    address = settings().access
    if address is None:
        raise SimaError("This process was not given the accounts.")
    accounts = Accounts.open(address)
    accounts.role(by)  # an unknown or disabled account takes nothing away
    event = Event(
        EventKind.EXPORTED, by, audience=Audience.PARTNER.value, subject="export", number=number,
        purpose=purpose,
    )  # fmt: skip
    AuditLog(accounts.engine).note(event, datetime.now(UTC))
