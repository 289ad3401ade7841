"""The start of a serving process: checks, environment, command."""

import ipaddress
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from dashboard.auth import oidc, page_access
from data.accounts.accounts import Accounts
from data.model import Audience, Service, SimaError
from data.projects.check import require_sound
from data.reference.project_files import ProjectFiles, read_folder
from data.releases.reader import ReleaseReader, require_reading_only
from data.settings import Settings


def is_loopback(host: str) -> bool:
    """Check whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_LARGEST_PORT = 65_535
_ROOT = Path(__file__).parents[2]
# Variables that a process gets besides its settings; PG… are those of PostgreSQL's client.
_PASSED = ("PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")
_PASSED_BEGINNING = ("LC_", "PYTHON", "PG")


def checked(*, host: str, port: int, settings: Settings, service: Service) -> Settings:
    """Return the settings of a service after checking everything that could be wrong.

    Raises
    ------
    SimaError
        If the port is taken, a store is missing or writable, the project has a fault, a page or
        route does not say whom it is for, or people would sign in over an unencrypted connection.
    """
    if not 0 < port <= _LARGEST_PORT:
        raise SimaError(f"{port} is not a port; choose one from 1 to {_LARGEST_PORT}.")
    mine = settings.for_service(service)
    page_access.require_declared()
    readable = [Audience.PUBLIC] if service is Service.PUBLIC else list(Audience)
    for audience in readable:
        reader = ReleaseReader.open(mine.releases(audience), audience)
        if service is not Service.STEWARD:  # only stewards make releases
            require_reading_only(reader)
    if service is not Service.PUBLIC:
        Accounts.open(str(mine.access))
        oidc.require_sound(mine)
        if not is_loopback(host) and not mine.origin.startswith("https://"):
            raise SimaError(
                f"People sign in to the {service} service: set SIMA_ORIGIN=https://… to the address"
                " that they use, or serve it on 127.0.0.1 only."
            )
    if service is Service.STEWARD:
        from data.holdings import Holdings  # noqa: PLC0415  # only the stewards' service knows holdings

        Holdings.open(str(mine.holdings))
    files = read_folder(Path(mine.project))
    require_sound(files)
    for audience in readable:
        _require_counted(ReleaseReader.open(mine.releases(audience), audience), files)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as wrong:
            raise SimaError(
                f"Cannot listen on {host}:{port}; another program may use it. Choose another with"
                " --port (make run PORT=…)."
            ) from wrong
    return mine


def _require_counted(reader: ReleaseReader, files: ProjectFiles) -> None:
    """Refuse a project that lacks an indicator which the current release shows.

    Raises
    ------
    SimaError
        Naming the indicators.
    """
    counted = files.table("indicators.toml")
    for release in reader.releases():
        if release.state != "current":
            continue
        shown = set(reader.catalogue(release.number)["indicator"])
        if unknown := sorted(shown - set(counted)):
            raise SimaError(
                f"The {reader.audience} release {release.number} shows {', '.join(unknown[:5])},"
                " which the project no longer counts. Put it back into indicators.toml of the"
                " project's folder."
            )


def environment_of(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of the serving process; see `Settings.for_service`."""
    passed = {
        name: value
        for name, value in environment.items()
        if name in _PASSED or name.startswith(_PASSED_BEGINNING)
    }
    return passed | settings.as_environment()


def command(host: str, port: int) -> list[str]:
    """Return the command line of the serving process."""
    return [sys.executable, "-m", "dashboard.server.run", host, str(port)]


def serve(
    *, host: str, port: int, service: Service, settings: Settings, environment: Mapping[str, str]
) -> None:
    """Replace this process by one that serves; `checked` lists what is refused."""
    mine = checked(host=host, port=port, settings=settings, service=service)
    os.chdir(_ROOT)  # Streamlit reads .streamlit/config.toml from here
    sys.stdout.flush()
    os.execve(sys.executable, command(host, port), environment_of(mine, environment))  # noqa: S606  # our own program, no shell
