"""The environment, read once into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from data.model import Audience, SimaError

POSTGRESQL = "postgresql+psycopg://"
_ADDRESSES = {
    "SIMA_HOLDINGS": "holdings",
    "SIMA_PARTNER": "partner",
    "SIMA_PUBLIC": "public",
    "SIMA_ACCESS": "access",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the four stores are, and the few things an operator decides.

    An address is a path (a file for holdings and access, a folder for releases) or a
    ``postgresql+psycopg://`` address. An address that this process was not given is None.
    """

    holdings: str | None
    partner: str | None
    public: str | None
    access: str | None
    retention_days: int
    dev_viewer: str

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> "Settings":
        """Read the ``SIMA_…`` variables.

        Raises
        ------
        SimaError
            Naming the variable that makes no sense.
        """
        var = Path(env.get("SIMA_VAR", "var")).absolute()
        embedded = {
            "holdings": var / "holdings" / "holdings.sqlite",
            "partner": var / "releases" / "partner",
            "public": var / "releases" / "public",
            "access": var / "access" / "access.sqlite",
        }
        addresses = {
            name: _address(variable, env.get(variable) or str(embedded[name]))
            for variable, name in _ADDRESSES.items()
        }
        if len(set(addresses.values())) < len(addresses):
            raise SimaError("The four stores must have four addresses; two of them are the same.")
        days = env.get("SIMA_RETENTION_DAYS", "30")
        if not days.isdecimal() or not 0 < int(days) <= 3650:  # noqa: PLR2004  # ten years
            raise SimaError("SIMA_RETENTION_DAYS: write a number of days from 1 to 3650.")
        return cls(
            **addresses,
            retention_days=int(days),
            dev_viewer=env.get("SIMA_DEV_VIEWER", ""),
        )

    def for_audience(self, audience: Audience) -> "Settings":
        """Give only what a viewer's process of this audience needs."""
        partner = self.partner if audience is Audience.PARTNER else None
        return replace(self, holdings=None, access=None, partner=partner)

    def releases(self, audience: Audience) -> str:
        """Address of an audience's release store."""
        address = self.public if audience is Audience.PUBLIC else self.partner
        if address is None:
            raise SimaError(f"This process was not given the {audience} releases.")
        return address


def _address(variable: str, text: str) -> str:
    if text.startswith(POSTGRESQL):
        return text
    if "://" in text:
        raise SimaError(f"{variable}: write a path or an address beginning with {POSTGRESQL}")
    return str(Path(text).absolute())
