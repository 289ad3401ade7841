"""The project of this installation: when it ended, where it works, how its figures may be used."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd

from data.model import Period, SimaError
from data.reference import calendar, project_files
from data.reference.unit_codes import district_of

# One licence of the SPDX list, by its short identifier, without operators (AND, OR, WITH).
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")
_KEYS = {"ended", "years_after", "languages", "words", "figures"}
_WORDS = {"title", "lead"}
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
    which committees are asked for a budget of their own. ``languages`` are those of its texts and
    pages, the one to begin with first. ``words`` are its own texts by language, ``title`` and
    ``lead``, which the overview begins with; those that it lacks are Sima's. ``figures`` is the
    licence recorded with each release.
    """

    ended: Period
    years_after: int
    languages: tuple[str, ...] = project_files.LANGUAGES
    words: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
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
    languages = table.get("languages", list(project_files.LANGUAGES))
    if not project_files.are_languages(languages):
        known = ", ".join(f'"{each}"' for each in project_files.LANGUAGES)
        raise SimaError(f"project.toml, languages: must be a list of one or more of {known}.")
    figures = _read_figures(table.get("figures", {}))
    words = _read_words(table.get("words", {}), languages)
    return Project(ended, years, tuple(languages), words, figures)


def _read_words(table: object, languages: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    if not isinstance(table, Mapping) or set(table) - _WORDS:
        raise SimaError(f"project.toml, words: can have {' and '.join(sorted(_WORDS))} only.")
    for key, entry in table.items():
        said = entry if isinstance(entry, Mapping) else {}
        if missing := [each for each in languages if not str(said.get(each, "")).strip()]:
            raise SimaError(f"project.toml, words.{key}: no text in {', '.join(missing)}.")
    return MappingProxyType({key: MappingProxyType(dict(said)) for key, said in table.items()})


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


# ---- places of the programme


PLACE_COLUMNS = ("unit_code", "since", "until")


def in_programme(codes: pd.Index, places: pd.DataFrame, *, on: date | None) -> pd.Series:
    """Return which units belong to the programme on a day.

    A unit belongs to it if it is one of the programme's places, lies within one, or is the district
    of one.

    Parameters
    ----------
    codes
        Unit codes.
    places
        Columns `PLACE_COLUMNS`: code of a district or palika, and its first and last day as
        ``YYYY-MM-DD``; an empty text is open.
    on
        The day; without it every place counts that has no last day.

    Returns
    -------
    Boolean Series indexed by ``codes``.

    Examples
    --------
    >>> places = pd.DataFrame([["51106", "2024-01-01", ""]], columns=PLACE_COLUMNS)
    >>> found = in_programme(pd.Index(["511", "51106", "5110604", "51107"]), places, on=None)
    >>> found.tolist()
    [True, True, True, False]
    """
    current = tuple(_current(places, on))
    districts = {district_of(code) for code in current}
    inside = [code in districts or code.startswith(current) for code in map(str, codes)]
    return pd.Series(inside, index=codes, dtype=bool)


def _current(places: pd.DataFrame, on: date | None) -> Collection[str]:
    ended = places["until"].ne("")
    if on is not None:
        ended = (ended & places["until"].lt(on.isoformat())) | places["since"].gt(on.isoformat())
    return list(places.loc[~ended, "unit_code"])
