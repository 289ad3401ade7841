"""`sima serve` and `sima run`: one service for its readers, or all three to try out."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import click

from dashboard.cli.output import echo, settings
from data.model import Service, SimaError

_SERVICES = click.Choice([service.value for service in Service])
_ROOT = Path(__file__).parents[2]
_LONGEST_START_S = 60
_WORDS = {
    Service.PUBLIC: "everybody",
    Service.PARTNER: "deputy mayors, planners, auditors",
    Service.STEWARD: "data stewards, approvers",
}


@click.command()
@click.option(
    "--audience",
    type=_SERVICES,
    default=Service.PUBLIC.value,
    show_default=True,
    help="Service to start; it gets its own stores and nothing else.",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8501, show_default=True)
def serve(audience: str, host: str, port: int) -> None:
    """Serve the pages of one audience.

    The serving process gets only the addresses of the stores that its audience needs, so the public
    service does not know where the others are. To be reached from other machines, the partner and
    steward services need SIMA_ORIGIN=https://… and a proxy for https.
    """
    from dashboard.cli import launch  # noqa: PLC0415  # loads Streamlit

    launch.serve(
        host=host,
        port=port,
        service=Service(audience),
        settings=settings(),
        environment=os.environ,
    )


@click.command()
@click.option("--port", default=8501, show_default=True, help="The first of three ports.")
def run(port: int) -> None:
    """Serve all three audiences on this machine, to try the demonstration.

    Prints the addresses, and the accounts of the demonstration with passwords for this run only.
    """
    from dashboard.cli import launch  # noqa: PLC0415  # loads Streamlit
    from data.setup import demo_credentials  # noqa: PLC0415  # reads the stores

    chosen = settings()
    host = "127.0.0.1"
    commands = []
    for n, service in enumerate(Service):
        mine = launch.checked(host=host, port=port + n, settings=chosen, service=service)
        environment = launch.environment_of(mine, os.environ)
        commands.append((service, launch.command(host, port + n), environment))
    accounts = demo_credentials(chosen)
    started = [
        subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=subprocess.DEVNULL)  # noqa: S603  # our own program
        for _service, command, environment in commands
    ]
    try:
        _wait(started, port)
        for n, service in enumerate(Service):
            echo(f"  http://{host}:{port + n}  {service.value:8} {_WORDS[service]}")
        echo("")
        echo("Accounts of the demonstration, with passwords for this run only:")
        for account, role, password, secret in accounts:
            second = f"  key for an authenticator app: {secret}" if secret else ""
            echo(f"  {account:20} {role:14} {password}{second}")
        echo("")
        echo("Ctrl+C stops all three.")
        _stay(started)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=20)


def _wait(started: list[subprocess.Popen[bytes]], port: int) -> None:
    """Wait until every service answers; raise SimaError if one stops or takes too long."""
    until = time.monotonic() + _LONGEST_START_S
    for n, process in enumerate(started):
        while True:
            if process.poll() is not None or time.monotonic() > until:
                raise SimaError(f"The {list(Service)[n]} service did not start.")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port + n}/healthz", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)


def _stay(started: list[subprocess.Popen[bytes]]) -> None:
    """Wait until interrupted, or until one of the services ends."""

    def stop(_signal: int, _frame: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(process.poll() is None for process in started):
        time.sleep(0.5)
    raise SimaError("One of the services stopped, so the others were stopped too.")
