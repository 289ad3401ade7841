"""`sima suppress`, and the check of its certificates: protect any table of counts."""

import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import TYPE_CHECKING

import click

from dashboard.cli.output import as_json, echo
from data.disclosure.any_table import certificate_check
from data.disclosure.any_table.certificate import (
    TableCertificate,
    read_certificate,
    write_certificate,
)
from data.disclosure.any_table.counts_file import read_counts
from data.model import SimaError

if TYPE_CHECKING:
    from data.disclosure.any_table.suppress import Protected

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KEY_BYTES = 32
_HIDDEN_PARTS = 3  # as in policy.toml
_MOST_THRESHOLD = 10_000_000
_MOST_NAMED = 20
_SAY_AFTER = 2.0  # seconds
_HELP = """Choose which cells of any table to hide, so that nobody comes close to a hidden count.

A cell is small if its count is below the threshold T, zeros too. Small cells are hidden, and as
many others as are needed. Then two possible counts of every hidden cell are at least T apart: for
everybody, and for whoever knows one cell that has no parts, such as the only shop of a village.
The command reads and writes no store.

The cells file has a line for each cell, with its true count. The columns class and weight may be
left out. The class is risk, or free for a cell that is always shown, whatever its count. The weight
is the cost of hiding the cell, 1 if it is empty: give totals a higher weight.

\b
    cell,value,class,weight
    all,72,risk,10
    north,3,risk,1
    south,22,risk,1
    west,47,risk,1

The rows file has a line for each total, with | between its children, as for sima audit.

\b
    parent,children
    all,north|south|west

Both are CSV in UTF-8; other columns are not read, and the order of the lines makes no difference.
With --json: the suppressed cells, how many of them are primary (small) and complementary (others),
the least width of any interval (narrowest, null if nothing is hidden or no hidden cell has a
greatest possible count), and the key.

The key decides which of several cells is hidden. Without it, nobody can work out the choice and
learn from it. Keep it with the true counts, and use it again for the same table. Exit code 0:
everything is protected; 1: cells cannot be protected, and nothing may be shown; 2: an option or a
file is wrong.
"""


def _read_key(_context: click.Context, _option: click.Parameter, text: str | None) -> bytes:
    if text is None:
        return secrets.token_bytes(_KEY_BYTES)
    if not re.fullmatch(f"[0-9a-fA-F]{{{2 * _KEY_BYTES}}}", text):
        raise click.BadParameter(
            f"the key must have {2 * _KEY_BYTES} hexadecimal digits; leave --key out to get one."
        )
    return bytes.fromhex(text)


@click.command(help=_HELP)
@click.option("--cells", type=FILE, required=True, help="File of cells, see above.")
@click.option("--rows", type=FILE, required=True, help="File of rows, see above.")
@click.option(
    "--threshold",
    type=click.IntRange(1, _MOST_THRESHOLD),
    metavar="T",
    required=True,
    help="Least count that may be shown, and the width of every interval.",
)
@click.option(
    "--hidden-parts",
    type=click.IntRange(min=1),
    metavar="N",
    default=_HIDDEN_PARTS,
    show_default=True,
    help="A shown total has at least N hidden parts, or none.",
)
@click.option(
    "--key",
    metavar="HEX",
    callback=_read_key,
    help="Secret of 64 hexadecimal digits. Without it, a new one is made and printed.",
)
@click.option(
    "--certificate",
    "proof",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the proof to FILE. It is confidential: it shows which cells are small.",
)
@click.option("--json", "json_", is_flag=True, help="Print the result as JSON only.")
def suppress(
    *,
    cells: Path,
    rows: Path,
    threshold: int,
    hidden_parts: int,
    key: bytes,
    proof: Path | None,
    json_: bool,
) -> None:
    """Protect the table; `_HELP` explains it."""
    from data.disclosure.any_table.suppress import (  # noqa: PLC0415  # a check needs no solver
        suppress_counts,
    )

    if proof is not None:
        _refuse_place(proof, (cells, rows))
    counts = read_counts(cells.read_bytes(), rows.read_bytes())
    with _progress() as progress:
        done = suppress_counts(
            counts, threshold=threshold, hidden_parts=hidden_parts, key=key, progress=progress
        )
        found = TableCertificate(
            counts, tuple(done.hidden), threshold, hidden_parts, tuple(done.changes())
        )
        # What is handed out was checked without the solver, so that no fault of it can pass.
        faults = _exposures(done) or certificate_check.check_certificate(found)
    if faults:
        _refuse_table(faults)
    if proof is not None:
        _write(proof, write_certificate(found))
    primary = int(done.primary.sum())
    if json_:
        as_json(
            {
                "suppressed": done.hidden,
                "primary": primary,
                "complementary": len(done.hidden) - primary,
                "narrowest": done.narrowest,
                "key": key.hex(),
            }
        )
    else:
        _print(done, primary, key)


def _print(done: "Protected", primary: int, key: bytes) -> None:
    if not done.hidden:
        click.echo("No cell is below the threshold, so nothing must be hidden.")
        return
    click.echo("hidden")
    for name in done.hidden:
        click.echo(f"  {name}")
    further = len(done.hidden) - primary
    click.echo(
        f"{len(done.hidden)} of {len(done.table)} cells are hidden: {primary} below the threshold, "
        f"{further} to protect them."
    )
    click.echo(
        "No hidden cell has a greatest possible count."
        if done.narrowest is None
        else "The least and the greatest possible count of every hidden cell are at least "
        f"{done.narrowest} apart."
    )
    click.echo(f"Key (secret, needed to repeat this): {key.hex()}")


def _exposures(done: "Protected") -> list[str]:
    return [
        f"{each.cell}: {f'whoever knows {each.known}' if each.known else 'everybody'} could come "
        "too close"
        for each in done.exposed
    ]


def _refuse_table(faults: list[str]) -> None:
    for what in faults[:_MOST_NAMED]:
        echo(f"✗ {what}")
    if len(faults) > _MOST_NAMED:
        echo(f"… and {len(faults) - _MOST_NAMED} more")
    echo(
        "These cells cannot be protected, so nothing was written. Join each with another cell, "
        "take out a row that tells it, give fewer cells the class free, or lower --threshold."
    )
    sys.exit(1)


def check_file(file: Path, cells: Path | None, rows: Path | None) -> None:
    """Check a certificate of `sima suppress` by addition; exit with code 1 if it fails."""
    found = read_certificate(file.read_bytes())
    wrong = []
    if cells is not None and rows is not None:
        counts = read_counts(cells.read_bytes(), rows.read_bytes())
        wrong += certificate_check.check_same_table(found, counts)
    wrong += certificate_check.check_certificate(found)
    for what in wrong:
        click.echo(f"✗ {what}")
    if wrong:
        sys.exit(1)
    of = "the table in it" if cells is None else "the table of these files"
    click.echo(
        f"The certificate holds for {of}: {len(found.hidden)} of {len(found.counts.table)} cells "
        f"are hidden, threshold {found.threshold}, hidden parts {found.hidden_parts}."
    )
    if cells is None:
        click.echo("To check that it is about your table, give --cells and --rows too.")


def _refuse_place(file: Path, others: tuple[Path, ...]) -> None:
    """Refuse a place for the certificate before the long work begins."""
    if file.exists() and not file.is_file():
        raise SimaError(f"{file} is not an ordinary file; give --certificate another name.")
    if any(file.exists() and file.samefile(other) for other in others):
        raise SimaError(f"{file} is a file of the table itself; give --certificate another name.")
    if not file.parent.is_dir():
        raise SimaError(f"There is no folder {file.parent}; make it, or name another one.")


def _write(file: Path, text: str) -> None:
    """Write a confidential file that only its owner can read."""
    try:
        file.unlink(missing_ok=True)  # an older file may be open to others
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise SimaError(
            f"{file} cannot be written ({fault.strerror}); give --certificate another name."
        ) from None
    echo(f"Wrote {file}. It is confidential: it shows which cells are small.")


class _Progress:
    """What is done at the moment; it is told to people who wait for more than two seconds."""

    def __init__(self) -> None:
        self._begun, self._now = monotonic(), ""
        self._timer = Timer(_SAY_AFTER, self._say)
        self._timer.daemon = True
        self._timer.start()

    def __call__(self, what: str) -> None:
        self._now = what
        if monotonic() - self._begun > _SAY_AFTER:
            self._say()

    def _say(self) -> None:
        if self._now:
            echo(f"{self._now}; this takes a while.")

    def stop(self) -> None:
        self._timer.cancel()


@contextmanager
def _progress() -> Iterator[_Progress]:
    progress = _Progress()
    try:
        yield progress
    finally:
        progress.stop()
