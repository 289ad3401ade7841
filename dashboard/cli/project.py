"""`sima project …`: the folder with a project's own facts."""

from pathlib import Path

import click

from dashboard.cli.output import as_json, echo, settings
from data.model import Audience, SimaError
from data.pipeline import Sima
from data.projects import folder as folders
from data.projects.check import check_project
from data.projects.folder import Piece
from data.reference.project_files import FILES, read_folder, read_shipped

_JSON = click.option("--json", "json_", is_flag=True, help="Print the result as JSON only.")


@click.group()
def project() -> None:
    """Check the project's own files, and bring them up to newer defaults.

    The folder is ./var/project unless SIMA_PROJECT names another one. `sima setup` makes it.
    """


def _folder() -> Path:
    return Path(settings().project)


@project.command()
@_JSON
def show(*, json_: bool) -> None:
    """Show where the project's files are, their hash, and which differ from the defaults."""
    held, shipped = read_folder(_folder()), read_shipped()
    states = {
        name: "default" if held.content[name] == shipped.content[name] else "changed"
        for name in FILES
    }
    if json_:
        as_json({"folder": held.folder, "hash": held.hash, "files": states})
        return
    echo(f"Folder: {held.folder}")
    echo(f"Hash:   {held.hash}")
    for name, state in states.items():
        here = state if name in held.own else "default (no file in the folder)"
        echo(f"  {name:<20} {here}")
    _name_unused()


def _name_unused() -> None:
    """Name the files of the folder that have no known name, which may be a slip."""
    inside = [each.name for each in _folder().iterdir()] if _folder().is_dir() else []
    strange = sorted(name for name in inside if name not in FILES and (_folder() / name).is_file())
    if strange:
        echo(f"Files that Sima does not use: {', '.join(strange)}")


@project.command()
@_JSON
def check(*, json_: bool) -> None:
    """Find every fault of the project's files, with file and line, in English and Nepali.

    Exit code 1 if there is a fault.
    """
    faults = check_project(read_folder(_folder()))
    if json_:
        rows = [{"file": f.name, "line": f.line, "en": f.en, "ne": f.ne} for f in faults]
        as_json({"ok": not faults, "faults": rows})
    elif not faults:
        echo("The project's files have no fault.")
    else:
        for fault in faults:
            echo(f"{fault.where}: {fault.en}")
            echo(f"    {fault.ne}")
    if not json_:
        _name_unused()
    if faults:
        raise SystemExit(1)


@project.command()
@click.argument("number", type=int)
@click.option("--audience", type=click.Choice([each.value for each in Audience]), required=True)
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), required=True, help="A folder to be made."
)
def get(number: int, audience: str, folder: Path) -> None:
    """Write the project's files as they were for release NUMBER into a new folder."""
    sima = Sima(settings())
    reader = sima.writer(Audience(audience)).reader
    if number not in {info.number for info in reader.releases()}:
        raise SimaError(f"There is no {audience} release {number}. `sima releases` lists them.")
    name = reader.project(number)
    if not name:
        raise SimaError(f"The {audience} release {number} did not record its project.")
    names = folders.unpack(sima.holdings.project.packed_files(name), folder)
    echo(f"Written to {folder}: the {len(names)} files of the project {name}.")


@project.command()
@click.option("--take", multiple=True, metavar="FILE[:N]", help="Take a change, or all of a file.")
@click.option("--keep", multiple=True, metavar="FILE[:N]", help="Keep the project's own lines.")
@_JSON
def upgrade(*, take: tuple[str, ...], keep: tuple[str, ...], json_: bool) -> None:
    """Show what newer defaults change, and take it piece by piece.

    Without an option nothing is written. A change whose lines the project changed itself cannot be
    taken: edit the file, then keep your lines.
    """
    place = _folder()
    taken, kept = folders.settle_pieces(place, take=take, keep=keep)
    rest = folders.list_pieces(place)
    if json_:
        as_json({"taken": taken, "kept": kept, "changes": [_as_row(piece) for piece in rest]})
        return
    for label in taken:
        echo(f"Taken: {label}")
    for label in kept:
        echo(f"Kept the project's own lines: {label}")
    if taken:
        echo("Restart the services, so that all of them work with the same files.")
    for piece in rest:
        _say(piece)
    if not rest:
        echo("The newer defaults change nothing more.")
    elif not take and not keep:
        echo("Take a change with --take FILE:N, or keep your own lines with --keep FILE:N.")


def _as_row(piece: Piece) -> dict[str, object]:
    return {
        "change": piece.label,
        "file": piece.name,
        "line": piece.line,
        "old": list(piece.old),
        "new": list(piece.new),
        "can_be_taken": piece.clear,
    }


def _say(piece: Piece) -> None:
    by_hand = "" if piece.clear else " (the project changed these lines: edit by hand)"
    echo(f"{piece.label}, line {piece.line}{by_hand}")
    for line in piece.old:
        echo(f"  - {line}")
    for line in piece.new:
        echo(f"  + {line}")
