"""The environment variables, read once into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from data.model import Audience, Service, SimaError

POSTGRESQL = "postgresql+psycopg://"
GONE = "SIMA_DEV_VIEWER"  # showed pages without sign-in until there was a sign-in
_NEEDS = {
    Service.PUBLIC: ("public",),
    Service.PARTNER: ("public", "partner", "access"),
    Service.STEWARD: ("public", "partner", "access", "holdings"),
}
_ADDRESSES = {
    "SIMA_HOLDINGS": "holdings",
    "SIMA_PARTNER": "partner",
    "SIMA_PUBLIC": "public",
    "SIMA_ACCESS": "access",
}


def project_folder(env: Mapping[str, str]) -> Path:
    """Return where the folder of a project is or would be: its path, not whether it exists."""
    named = env.get("SIMA_PROJECT")
    return Path(named or Path(env.get("SIMA_VAR", "var")) / "project").absolute()


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the four stores are, and the few things that an operator decides.

    An address is a path (a file for holdings and access, a folder for releases) or a
    ``postgresql+psycopg://`` address; None where this process was given none. ``service`` is what
    this process serves, None for a command. ``origin`` is the address that readers type
    (``https://…``), empty if they are on this machine. ``secrets`` is the file with the sign-in
    provider's settings. ``project`` is the path of the project's folder. ``idle_minutes`` and
    ``session_hours`` limit a visit. ``retention_days`` is how long an uploaded table is kept,
    ``names_days`` how long the audit log keeps names.
    """

    holdings: str | None
    partner: str | None
    public: str | None
    access: str | None
    retention_days: int
    names_days: int = 365
    service: Service | None = None
    origin: str = ""
    secrets: str = ""
    project: str = ""
    idle_minutes: int = 30
    session_hours: int = 12

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """Read the ``SIMA_…`` variables.

        Raises
        ------
        SimaError
            Naming the variable that is missing, invalid or not allowed for the service.
        """
        if GONE in env:
            raise SimaError(
                f"{GONE} no longer exists: everybody signs in. Remove it; see docs/access.md."
            )
        service = _service(env.get("SIMA_SERVICE", ""))
        var = Path(env.get("SIMA_VAR", "var")).absolute()
        embedded = {
            "holdings": var / "holdings" / "holdings.sqlite",
            "partner": var / "releases" / "partner",
            "public": var / "releases" / "public",
            "access": var / "access" / "access.sqlite",
        }
        # A process that serves gets only the stores it was given; nothing is assumed for it.
        assumed = embedded if service is None else {}
        addresses = {
            name: _address(variable, env.get(variable) or str(assumed.get(name, "")))
            for variable, name in _ADDRESSES.items()
        }
        if service is not None:
            _require_just(service, addresses)
        given = [address for address in addresses.values() if address is not None]
        if len(set(given)) < len(given):
            raise SimaError(
                "Two of the four stores have the same address. Give each store its own."
            )
        return cls(
            **addresses,
            retention_days=_number(env, "SIMA_RETENTION_DAYS", 30, 3650, "days"),
            names_days=_number(env, "SIMA_NAMES_DAYS", 365, 3650, "days"),
            service=service,
            origin=_origin(env.get("SIMA_ORIGIN", "")),
            secrets=str(Path(text).absolute()) if (text := env.get("SIMA_SECRETS")) else "",
            project=str(project_folder(env)),
            idle_minutes=_number(env, "SIMA_IDLE_MINUTES", 30, 1440, "minutes"),
            session_hours=_number(env, "SIMA_SESSION_HOURS", 12, 720, "hours"),
        )

    def for_service(self, service: Service) -> "Settings":
        """Return only the settings that a process of this service needs."""
        kept = {
            name: getattr(self, name) if name in _NEEDS[service] else None
            for name in _ADDRESSES.values()
        }
        secrets = "" if service is Service.PUBLIC else self.secrets
        return replace(self, service=service, secrets=secrets, **kept)  # type: ignore[arg-type]

    def as_environment(self) -> dict[str, str]:
        """Return the variables from which `from_environment` reads the same settings."""
        values = {variable: getattr(self, name) for variable, name in _ADDRESSES.items()}
        values |= {
            "SIMA_SERVICE": self.service and self.service.value,
            "SIMA_ORIGIN": self.origin,
            "SIMA_SECRETS": self.secrets,
            "SIMA_PROJECT": self.project,
            "SIMA_RETENTION_DAYS": str(self.retention_days),
            "SIMA_NAMES_DAYS": str(self.names_days),
            "SIMA_IDLE_MINUTES": str(self.idle_minutes),
            "SIMA_SESSION_HOURS": str(self.session_hours),
        }
        return {variable: text for variable, text in values.items() if text}

    def releases(self, audience: Audience) -> str:
        """Return the address of an audience's release store.

        Raises
        ------
        SimaError
            If the variable of this store is not set.
        """
        address = self.public if audience is Audience.PUBLIC else self.partner
        if address is None:
            raise SimaError(f"SIMA_{audience.upper()} is not set for this process.")
        return address


def _service(text: str) -> Service | None:
    if not text:
        return None
    try:
        return Service(text)
    except ValueError:
        raise SimaError(f"SIMA_SERVICE: write one of {', '.join(Service)}.") from None


def _require_just(service: Service, addresses: Mapping[str, str | None]) -> None:
    """Refuse to serve with fewer stores than a service needs, or with more than it may know."""
    for variable, name in _ADDRESSES.items():
        needed = name in _NEEDS[service]
        if needed and addresses[name] is None:
            raise SimaError(f"The {service} service needs {variable}. Set it in its environment.")
        if not needed and addresses[name] is not None:
            raise SimaError(
                f"The {service} service must not have {variable}. Remove it from its environment."
            )


def _number(env: Mapping[str, str], variable: str, usual: int, most: int, unit: str) -> int:
    text = env.get(variable, str(usual))
    if not text.isdecimal() or not 0 < int(text) <= most:
        raise SimaError(f"{variable}: write a number of {unit} from 1 to {most}.")
    return int(text)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    plain = f"{parts.scheme}://{parts.netloc}"
    if text and (parts.scheme not in ("http", "https") or not parts.hostname or text != plain):
        raise SimaError(
            "SIMA_ORIGIN: write the address that readers type, without a path, as in"
            " https://sima.example.np"
        )
    return text


def _address(variable: str, text: str) -> str | None:
    if not text:
        return None
    if text.startswith(POSTGRESQL):
        return text
    if "://" in text:
        raise SimaError(f"{variable}: write a path or an address beginning with {POSTGRESQL}")
    return str(Path(text).absolute())
