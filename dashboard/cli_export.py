"""`sima export`: a release as plain files, for those who have no access to Sima."""

from pathlib import Path

import click

from dashboard.terminal import settings
from data import exporting
from data.model import Audience
from data.releases import ReleaseReader


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
def export(*, number: int, audience: str, format_: str, folder: Path) -> None:
    """Write release NUMBER as plain files: figures, dictionary, units, policy, and a README.

    Nothing is in them but what the release shows to its audience. Prints the files it wrote.

    \b
    Example:
      sima releases --audience public
      sima export 3 --audience public --out release-3
    """  # noqa: D301  # click's mark for lines that stay as they are
    del format_  # one so far
    chosen = Audience(audience)
    reader = ReleaseReader.open(settings().releases(chosen), chosen)
    for path in exporting.write(folder, exporting.files(reader, number)):
        click.echo(path)
