"""Run one command of `sima` on files that are written for it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click
from click.testing import CliRunner, Result

from dashboard.cli.output import Cli

Run = Callable[..., Result]


def alone(command: click.Command) -> click.Group:
    """Give `sima` with one command."""

    @click.group(cls=Cli)
    def sima() -> None:
        """Stand in for the whole command."""

    sima.add_command(command)
    return sima


def runner(folder: Path, command: click.Command, clean: Mapping[str, str]) -> Run:
    """Give what runs a command with the files that its options name.

    ``clean`` is what the files hold by option, where the call says nothing else.
    """

    def invoke(*options: str, **files: str | bytes) -> Result:
        arguments = [str(command.name)]
        for name, content in {**clean, **files}.items():
            path = folder / f"{name}.csv"
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            arguments += [f"--{name}", str(path)]
        result = CliRunner().invoke(alone(command), [*arguments, *options])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
