"""`sima audit`, `sima certificate`, `sima policy`: the release gate at the terminal."""

import sys
from pathlib import Path

import click

from dashboard.cli.output import as_json, echo, settings
from data.disclosure.engine import table_files
from data.model import Audience
from data.pipeline import Sima

_AUDIENCES = click.Choice([audience.value for audience in Audience])
_NEED = 5  # counts
_MANY = 2_000  # hidden cells from which on a person wonders what is going on
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_HELP = """Work out what can be known of the hidden cells of any table.

The attacker knows every published figure, that wholes are the sums of their parts, and that counts
are whole and not below zero. For every hidden cell this gives the least and the greatest count
that agree with all of it. No store is read or written.

The cells file has a line for each cell. The value of a suppressed cell may be left empty: whoever
attacks somebody else's table does not know it.

\b
    cell,value,suppressed
    all,14,0
    girls,,1
    boys,,1

The rows file has a line for each whole, with | between its children. A cell may be the parent of
several lines, and a child in several.

\b
    parent,children
    all,girls|boys

Both are CSV in UTF-8; other columns are not read. Exit code 0: every interval is at least as wide
as --need says; 1: some are narrower. With --json it is 0 unless --need is given; 2: the files
contradict themselves or cannot be read.
"""


@click.command(help=_HELP)
@click.option("--cells", type=_FILE, required=True, help="File of cells, see above.")
@click.option("--rows", type=_FILE, required=True, help="File of rows, see above.")
@click.option(
    "--known-min",
    type=click.Choice(["0", "1"]),
    default="0",
    show_default=True,
    help="Least count a hidden cell is known to have; 1 where zeros are always shown.",
)
@click.option(
    "--need",
    type=click.IntRange(min=1),
    metavar="N",
    show_default=str(_NEED),
    help="Width the intervals should have: greatest less least. Narrower ones are marked.",
)
@click.option("--json", "json_", is_flag=True, help="Print the intervals as JSON only.")
def audit(*, cells: Path, rows: Path, known_min: str, need: int | None, json_: bool) -> None:
    """Attack the table; the help is above."""
    table = table_files.read_table_file(
        cells.read_bytes(), rows.read_bytes(), known_min=int(known_min)
    )
    hidden = int(table.suppressed.sum())
    if hidden > _MANY:
        echo(f"Attacking {hidden:,} hidden cells; this takes a while.")
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
        click.echo("No cell of this table is hidden.")
        return
    lines = [("cell", "least", "greatest", "width", "")]
    for name, (least, most) in found.items():
        upper = ("no upper end", "–") if most is None else (str(most), str(most - least))
        lines.append((name, str(least), *upper, "  ← narrow" if name in narrow else ""))
    name_width, *widths = (max(len(line[n]) for line in lines) for n in range(4))
    for name, *figures, mark in lines:
        columns = "  ".join(f"{text:>{n}}" for text, n in zip(figures, widths, strict=True))
        click.echo(f"{name:<{name_width}}  {columns}{mark}")
    click.echo(
        f"{len(narrow)} of {len(found)} hidden cells can be worked out to within less than {wide}."
        if narrow
        else f"All {len(found)} hidden cells could differ by {wide} or more."
    )


@click.group()
def certificate() -> None:
    """Check the proof that each release was made with; it stays in the holdings."""


@certificate.command("check")
@click.argument("number", type=int)
@click.option(
    "--audience", type=_AUDIENCES, default=Audience.PUBLIC.value, show_default=True, help="Whose."
)
def certificate_check(number: int, audience: str) -> None:
    """Check the certificate of release NUMBER by addition alone, without a solver.

    For every hidden cell it holds two tables that agree with everything published, then and
    before, and differ in that cell by the width that the policy asks. Exit code 1 where it fails.
    """
    wrong = Sima(settings()).check_certificate(Audience(audience), number)
    for what in wrong:
        click.echo(f"✗ {what}")
    if wrong:
        sys.exit(1)
    click.echo(f"The certificate of {audience} release {number} holds.")


@click.group()
def policy() -> None:
    """Change the release policy: raising protection is free, lowering it takes two people."""


@policy.command("check")
def policy_check() -> None:
    """Say what the policy protects less than that of the last releases."""
    sima = Sima(settings())
    lower = {audience: sima.lowered(audience) for audience in Audience}
    for audience, less in lower.items():
        for what in less:
            click.echo(f"{audience}: {what} protects less than before")
    if not any(lower.values()):
        click.echo("The policy protects at least as much as before.")


@policy.command("agree")
@click.option("--by", required=True, help="Account that agrees.")
def policy_agree(by: str) -> None:
    """Agree to a policy that protects less; it holds once two accounts did."""
    agreed = Sima(settings()).agree(by=by)
    click.echo(f"Agreed by: {', '.join(agreed)}. Two are needed.")
