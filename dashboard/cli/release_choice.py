"""`sima adjust`: lets reports wait or hides figures in a release that the gate would refuse."""

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from dashboard.cli.output import echo, settings
from dashboard.cli.progress import long_work
from data.model import SimaError
from data.pipeline import Sima
from data.release_making.release_choice import Choice, Offer
from data.release_making.withdrawal import (
    LIST_COLUMNS,
    NamedFigure,
    read_hide_list,
    read_hide_options,
)

_MOST_LISTED = 20
_FIGURE = "INDICATOR,PLACE,PERIOD"
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("request", type=int)
@click.option("--by", required=True, help="Account that chooses; another one approves.")
@click.option("--offer", type=int, default=None, help="Number of an offer of the preview.")
@click.option(
    "--let-wait",
    multiple=True,
    metavar=_FIGURE,
    help="Reports whose corrections wait for a later restatement; repeatable.",
)
@click.option(
    "--let-wait-list", type=_FILE, help=f"CSV file of such reports: {', '.join(LIST_COLUMNS)}."
)
@click.option(
    "--hide", multiple=True, metavar=_FIGURE, help="Figure to hide in this release; repeatable."
)
@click.option(
    "--hide-list", type=_FILE, help=f"CSV file of such figures: {', '.join(LIST_COLUMNS)}."
)
@click.option("--nothing", is_flag=True, help="Take back what was chosen.")
def adjust(
    *,
    request: int,
    by: str,
    offer: int | None,
    let_wait: tuple[str, ...],
    let_wait_list: Path | None,
    hide: tuple[str, ...],
    hide_list: Path | None,
    nothing: bool,
) -> None:
    """Choose what waits, and what is hidden, in the release of REQUEST.

    Use this if the preview says that the release cannot be made: it offers what would make it
    pass. What is chosen takes the place of an earlier choice.
    """
    sima = Sima(settings())
    wait = _named(let_wait, let_wait_list, "--let-wait")
    hidden = _named(hide, hide_list, "--hide")
    ways = [offer is not None, bool(wait or hidden), nothing]
    if sum(ways) != 1:
        raise SimaError(
            "Say one of these: --offer NUMBER, figures with --let-wait or --hide, or --nothing."
        )
    if offer is not None:
        choice = _choose_offer(sima, request, offer)
        wait, hidden = as_named(choice.wait), as_named(choice.hide)
    kept = sima.adjust(request, by=by, wait=wait, hide=hidden)
    if not kept:
        click.echo("Nothing waits and nothing is hidden by choice.")
        return
    click.echo(f"Chosen. Look at the release again: sima approve {request} --by ACCOUNT --dry-run")


def _named(texts: Sequence[str], path: Path | None, option: str) -> list[NamedFigure]:
    found = read_hide_options(texts, option)
    if path is not None:
        found += read_hide_list(path.read_bytes(), name=path.name)
    return found


def as_named(figures: Collection[tuple[str, str, str]]) -> list[NamedFigure]:
    """Return the figures of an offer as named ones."""
    return [NamedFigure(figure, ",".join(figure)) for figure in sorted(figures)]


def _choose_offer(sima: Sima, request: int, number: int) -> Choice:
    sima.holdings.request(request)  # a wrong number fails before any work
    echo("Looking for a release that passes. Ctrl-C stops it.")
    with long_work() as report:
        offers = sima.preview(request, report).offers
    if not 1 <= number <= len(offers):
        raise SimaError(
            f"There is no offer {number} for request {request}: the preview makes {len(offers)}."
            f" See: sima approve {request} --by ACCOUNT --dry-run"
        )
    return offers[number - 1].choice


def echo_choice(choice: Choice, corrections: int) -> None:
    """Write what was chosen for a release; nothing if nothing was."""
    if choice.wait:
        click.echo(f"Somebody chose that these wait (corrections: {corrections}):")
        _echo_figures(choice.wait)
    if choice.hide:
        click.echo("Somebody chose that these are hidden:")
        _echo_figures(choice.hide)


def echo_offers(offers: Sequence[Offer], request: int) -> None:
    """Write what would make a release pass, what it costs, and how to choose it."""
    for number, offer in enumerate(offers, start=1):
        click.echo(f"Offer {number}: with this choice the release passes.")
        if offer.corrections:
            click.echo(
                f"  Corrections that would wait: {offer.corrections} of {offer.of_corrections}."
            )
            if offer.corrections == offer.of_corrections:
                click.echo("  So the figures of the year stay as they are.")
        if offer.new_figures:
            click.echo(f"  New figures that would not be released yet: {offer.new_figures}.")
        click.echo(f"  Figures that would be hidden besides: {offer.hidden}.")
        if offer.choice.wait:
            click.echo("  Waiting:")
            _echo_figures(offer.choice.wait)
        if offer.choice.hide:
            click.echo("  Hidden:")
            _echo_figures(offer.choice.hide)
        click.echo(f"  To choose it: sima adjust {request} --by ACCOUNT --offer {number}")


def _echo_figures(figures: Collection[tuple[str, str, str]]) -> None:
    for figure in sorted(figures)[:_MOST_LISTED]:
        click.echo(f"    {','.join(figure)}")
    if len(figures) > _MOST_LISTED:
        click.echo(f"    and {len(figures) - _MOST_LISTED} more")
