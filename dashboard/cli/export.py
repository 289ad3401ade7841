"""`sima export`: a release as plain files, for readers without access to Sima."""

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
    help="File format.",
)
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    required=True,
    help="Folder to write to: new, empty, or of an earlier export, which is replaced.",
)
@click.option("--by", default="", help="Account that exports; needed for a partners' release.")
@click.option(
    "--purpose", type=click.Choice(PURPOSES), help="What it is for; needed for a partners' release."
)
def export(
    *, number: int, audience: str, format_: str, folder: Path, by: str, purpose: str | None
) -> None:
    """Write release NUMBER as plain files: figures, dictionary, units, policy, and a README.

    The files hold only what the release shows to its audience. Prints the files it wrote. For a
    partners' release, the audit log records the account and the purpose.

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
    """Log the export of a partners' release, before anything is written."""
    if not by or not purpose:
        raise SimaError(
            "Only partners may have a partners' release: say with --by which account exports it,"
            " and with --purpose what for."
        )
    address = settings().access
    if address is None:
        raise SimaError("SIMA_ACCESS, the store of accounts, is not set for this process.")
    accounts = Accounts.open(address)
    accounts.role(by)  # raises if the account is unknown or disabled
    event = Event(
        EventKind.EXPORTED, by, audience=Audience.PARTNER.value, subject="export", number=number,
        purpose=purpose,
    )  # fmt: skip
    AuditLog(accounts.engine).note(event, datetime.now(UTC))
