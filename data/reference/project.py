"""The project that this installation is for: when it ended, and how its figures may be used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.model import Period, SimaError
from data.reference import calendar, project_files

# One licence of the SPDX list, by its short identifier, without operators (AND, OR, WITH).
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_KEYS = {"ended", "years_after", "figures"}
_FIGURES_KEYS = {"licence", "address"}


@dataclass(frozen=True, slots=True)
class FiguresLicence:
    """The licence of released figures.

    ``licence`` is an SPDX identifier and ``address`` where its text stands; both are empty where
    the owners of the data have not chosen one.
    """

    licence: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """The project of this installation; see ``project.toml``.

    ``ended`` is the month in which it ended. ``years_after`` is the number of fiscal years after
    which committees are asked for a budget of their own. ``figures`` is the licence recorded with
    each release.
    """

    ended: Period
    years_after: int
    figures: FiguresLicence = FiguresLicence()


@project_files.remembered("project.toml")
def load_project() -> Project:
    """Read ``project.toml`` of the project.

    Raises
    ------
    SimaError
        If a key is missing, unknown or wrong.
    """
    return read_project(project_files.read_table("project.toml"))


def read_project(table: Mapping[str, Any]) -> Project:
    """Return the project described by a table, as ``project.toml`` has it.

    Raises
    ------
    SimaError
        If a key is missing, unknown or wrong.
    """
    if unknown := sorted(set(table) - _KEYS):
        raise SimaError(f"project.toml: {', '.join(unknown)} is not a known key.")
    years = table.get("years_after")
    if "ended" not in table or type(years) is not int or years < 1:
        raise SimaError("project.toml: needs ended, a period, and years_after, from 1 on.")
    try:
        ended = calendar.parse_period(str(table["ended"]))
    except ValueError as wrong:
        raise SimaError(f"project.toml, ended: {wrong}.") from wrong
    return Project(ended, years, _read_figures(table.get("figures", {})))


def _read_figures(table: Mapping[str, Any]) -> FiguresLicence:
    if unknown := sorted(set(table) - _FIGURES_KEYS):
        raise SimaError(f"project.toml, figures: {', '.join(unknown)} is not a known key.")
    licence, address = str(table.get("licence", "")), str(table.get("address", ""))
    if licence and not _SPDX.fullmatch(licence):
        raise SimaError(
            f"project.toml, figures.licence: {licence} is not an SPDX identifier (spdx.org)."
        )
    if address and not address.startswith("https://"):
        raise SimaError("project.toml, figures.address: must begin with https://")
    if address and not licence:
        raise SimaError("project.toml, figures.address: needs a licence.")
    return FiguresLicence(licence, address)
