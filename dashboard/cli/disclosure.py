"""`sima audit`, `sima certificate`, `sima policy`: disclosure control at the terminal."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dashboard.cli import table_suppression
from dashboard.cli.output import as_json, echo, settings
from data.model import Audience

if TYPE_CHECKING:
    from data.pipeline import Sima

_AUDIENCES = click.Choice([audience.value for audience in Audience])
_NEED = 5  # counts
_MANY = 2_000  # from so many hidden cells on, say that it takes a while
_FILE = table_suppression.FILE
_HELP = """Calculate what an attacker can know about the suppressed cells of any table.

The attacker knows every published figure, that totals are the sums of their parts, and that counts
are whole numbers from zero. For every suppressed cell, the command prints the least and the
greatest count that agree with all of this. It reads and writes no store.

The cells file has a line for each cell. The value of a suppressed cell may be empty, for example if
you check a table that somebody else published.

\b
    cell,value,suppressed
    all,14,0
    girls,,1
    boys,,1

The value of a suppressed cell may also be what published tables write: * c [c] : x [x] . .. D np. A
bound tells the attacker more: <5 is 0 to 4, ≤5 is 0 to 5, and 5-9 or 10+ are read as they stand. A
dash is refused, because it is a zero in some tables and no figure in others. Without the column
suppressed, a cell is suppressed if its value is such a sign, a bound, or empty.

The rows file has a line for each total, with | between its children. A cell may be the parent in
several lines, and a child in several.

\b
    parent,children
    all,girls|boys

Both are CSV in UTF-8; other columns are not read. Exit code 0: every interval is at least as wide
as --need; 1: some are narrower (with --json only if --need is given); 2: the files contradict
themselves or cannot be read.
"""


@click.command(help=_HELP)
@click.option("--cells", type=_FILE, required=True, help="File of cells, see above.")
@click.option("--rows", type=_FILE, required=True, help="File of rows, see above.")
@click.option(
    "--known-min",
    type=click.Choice(["0", "1"]),
    default="0",
    show_default=True,
    help="Least count of a suppressed cell; 1 if zeros are always published.",
)
@click.option(
    "--need",
    type=click.IntRange(min=1),
    metavar="N",
    show_default=str(_NEED),
    help="Required width of the intervals, greatest minus least. Narrower ones are marked.",
)
@click.option("--json", "json_", is_flag=True, help="Print the intervals as JSON only.")
def audit(*, cells: Path, rows: Path, known_min: str, need: int | None, json_: bool) -> None:
    """Attack the table; `_HELP` explains it."""
    from data.disclosure.engine import table_files  # noqa: PLC0415  # see _sima

    table = table_files.read_table_file(
        cells.read_bytes(), rows.read_bytes(), known_min=int(known_min)
    )
    hidden = int(table.suppressed.sum())
    if hidden > _MANY:
        echo(f"Attacking {hidden:,} suppressed cells; this takes a while.")
    found = table_files.intervals(table)
    wide = need or _NEED
    narrow = {
        name for name, (least, most) in found.items() if most is not None and most - least < wide
    }
    if json_:
        as_json({"cells": found})
    else:
        _print(found, narrow, wide)
    sys.exit(1 if narrow and (need or not json_) else 0)


def _print(found: dict[str, tuple[int, int | None]], narrow: set[str], wide: int) -> None:
    if not found:
        click.echo("No cell of this table is suppressed.")
        return
    lines = [("cell", "least", "greatest", "width", "")]
    for name, (least, most) in found.items():
        upper = ("no upper limit", "–") if most is None else (str(most), str(most - least))
        lines.append((name, str(least), *upper, "  ← narrow" if name in narrow else ""))
    name_width, *widths = (max(len(line[n]) for line in lines) for n in range(4))
    for name, *figures, mark in lines:
        columns = "  ".join(f"{text:>{n}}" for text, n in zip(figures, widths, strict=True))
        click.echo(f"{name:<{name_width}}  {columns}{mark}")
    click.echo(
        f"{len(narrow)} of {len(found)} suppressed cells have an interval narrower than {wide}."
        if narrow
        else f"All {len(found)} suppressed cells have an interval of {wide} or wider."
    )


def _sima() -> "Sima":
    """Open the stores. Imported here, so that a certificate can be checked without the solver."""
    from data.pipeline import Sima  # noqa: PLC0415

    return Sima(settings())


@click.group()
def certificate() -> None:
    """Check a proof of protection: of a release, or of any table that sima suppress protected."""


@certificate.command("check")
@click.argument("which", metavar="NUMBER|FILE")
@click.option(
    "--audience",
    type=_AUDIENCES,
    default=Audience.PUBLIC.value,
    show_default=True,
    help="Whose release, with NUMBER.",
)
@click.option("--cells", type=_FILE, help="File of cells that FILE must be about.")
@click.option("--rows", type=_FILE, help="File of rows that FILE must be about.")
@click.pass_context
def certificate_check(
    context: click.Context, *, which: str, audience: str, cells: Path | None, rows: Path | None
) -> None:
    """Check a certificate by addition only, without a solver. Exit code 1 if it fails.

    NUMBER is a release; its certificate is in the holdings. For every suppressed cell it holds two
    tables that agree with everything published up to that release, and differ in that cell by the
    width that the policy requires.

    FILE is what sima suppress --certificate wrote. It holds such tables for every hidden cell, for
    everybody and for whoever knows one cell. With --cells and --rows, the command also checks that
    FILE is about this table.
    """
    try:
        number = int(which)
    except ValueError:
        file = Path(which)
        if not file.is_file():
            raise click.UsageError(
                f"{which} is neither the number of a release nor a file; correct it."
            ) from None
        if context.get_parameter_source("audience") is not ParameterSource.DEFAULT:
            raise click.UsageError("--audience is for releases; leave it out for a file.") from None
        if (cells is None) != (rows is None):
            raise click.UsageError("Give --cells and --rows together.") from None
        table_suppression.check_file(file, cells, rows)
        return
    if cells is not None or rows is not None:
        raise click.UsageError("--cells and --rows are for the certificate of a file.")
    wrong = _sima().check_certificate(Audience(audience), number)
    for what in wrong:
        click.echo(f"✗ {what}")
    if wrong:
        sys.exit(1)
    click.echo(f"The certificate of {audience} release {number} holds.")


@click.group()
def policy() -> None:
    """Change the release policy. Lower protection needs the agreement of two approvers."""


@policy.command("check")
def policy_check() -> None:
    """List what the policy protects less than the policy of the last releases."""
    sima = _sima()
    lower = {audience: sima.lowered(audience) for audience in Audience}
    for audience, less in lower.items():
        for what in less:
            click.echo(f"{audience}: {what} protects less than before")
    if not any(lower.values()):
        click.echo("The policy protects at least as much as before.")
        return
    agreed = sima.agreed()
    click.echo(f"Agreed by: {', '.join(agreed) or 'nobody yet'}. {_still_needed(len(agreed))}")


def _still_needed(agreed: int) -> str:
    """Return what is still needed for a policy that protects less."""
    from data.release_making.build import TWO_PEOPLE  # noqa: PLC0415  # see _sima

    if agreed >= TWO_PEOPLE:
        return "Two approvers agreed: the next release may use this policy."
    more = TWO_PEOPLE - agreed
    many = "One more approver" if more == 1 else "Two approvers"
    return f"{many} must agree: sima policy agree --by ACCOUNT"


@policy.command("agree")
@click.option("--by", required=True, help="Approver who agrees.")
def policy_agree(by: str) -> None:
    """Agree to a policy that protects less. It applies once two approvers have agreed."""
    agreed = _sima().agree(by=by)
    click.echo(f"Agreed by: {', '.join(agreed)}. {_still_needed(len(agreed))}")
