"""`sima release`, `approve`, `withdraw`, `releases`, `requests`: decisions about releases."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from dashboard.cli.output import as_json, echo, settings
from dashboard.cli.progress import finished_once_begun, long_work
from dashboard.cli.release_choice import echo_choice, echo_offers
from data.model import AdminLevel, Audience, Role, SimaError
from data.pipeline import WHY, WHY_APPROVED, Sima
from data.release_making.build import Preview
from data.release_making.withdrawal import (
    LIST_COLUMNS,
    SHOWS_TOO_MUCH,
    read_hide_list,
    read_hide_options,
)
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


def choose_account(sima: Sima, role: Role) -> str:
    """Return the account to use if none was named: the only one of the role."""
    known = sima.accounts.list_accounts()
    names = known.loc[known["role"] == role.value, "account"].tolist()
    if DEMO_STEWARD in names and role is Role.STEWARD:
        return DEMO_STEWARD
    if len(names) == 1:
        return str(names[0])
    raise SimaError("Name the account with --by. See: sima accounts list")


@click.command()
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
    account = by or choose_account(sima, Role.STEWARD)
    number = sima.request(Audience(audience), by=account, restates=restate)
    click.echo(f"Request {number}. Another account approves it: sima approve {number} --by ACCOUNT")


@click.command()
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
    echo("Adding up, suppressing and checking. Ctrl-C stops it.")
    with long_work() as report:
        preview = sima.preview(request, report)
    _print_preview(preview, request)
    if dry_run:
        sys.exit(1 if preview.exposures else 0)
    with finished_once_begun():
        number = sima.approve(request, by=by, preview=preview, why=reason)
    click.echo(f"Release {number} is published.")


def _print_preview(preview: Preview, request: int) -> None:
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
    if preview.stays_hidden:
        click.echo(
            f"{preview.stays_hidden} figures stay hidden because an earlier release showed them by"
            " mistake."
        )
    for code in preview.strays:
        click.echo(
            f"Published figure {code} does not agree with the figures; the check leaves it out."
        )
    echo_choice(preview.choice, preview.waiting_by_choice)
    for exposure in preview.exposures[:20]:
        who = f"who knows {exposure.insider}" if exposure.insider else "from outside"
        click.echo(f"✗ {exposure.cell}: a {exposure.reader} reader {who} could narrow it too far")
    if preview.exposures:
        click.echo("The audit fails. Approving it would publish nothing.")
        echo_offers(preview.offers, request)


@click.command()
@click.argument("number", type=int)
@click.option("--audience", type=_AUDIENCES, required=True)
@click.option("--by", required=True, help="Account that withdraws.")
@_why(WHY)
@click.option(
    "--hide",
    multiple=True,
    metavar="INDICATOR,PLACE,PERIOD",
    help="Figure that no later release shows again; repeatable.",
)
@click.option(
    "--hide-list",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"CSV file of such figures: {', '.join(LIST_COLUMNS)}.",
)
def withdraw(
    *,
    number: int,
    audience: str,
    by: str,
    why: str | None,
    hide: tuple[str, ...],
    hide_list: Path | None,
) -> None:
    """Withdraw release NUMBER everywhere at once.

    The next release shows the same figures again, except those that are named here. Figures can
    be named with the reason shows_too_much only.
    """
    reason = _said(why, WHY)
    named = read_hide_options(hide)
    if hide_list is not None:
        named += read_hide_list(hide_list.read_bytes(), name=hide_list.name)
    now = Sima(settings()).withdraw(Audience(audience), number, by=by, why=reason, hide=named)
    served = f"Release {now} is shown now." if now else "No release is shown now."
    click.echo(f"Withdrawn. {served}")
    if named:
        count = len({each.figure for each in named})
        echo(f"Figures that no later release shows again: {count}.")
    elif reason == SHOWS_TOO_MUCH:
        echo(
            "The next release shows the same figures again. To name those that must stay hidden,"
            f" type: sima withdraw {number} --audience {audience} --by {by} --why {SHOWS_TOO_MUCH}"
            " --hide INDICATOR,PLACE,PERIOD"
        )


@click.command()
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


@click.command()
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
