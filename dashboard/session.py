"""Reads of released data, cached by release; the only caching in the project.

What is cached is released, so it may be shared by everybody who may see that release. Which release
is current is asked every time: a withdrawal shows at once. Frames are given as they are kept, not
as copies, which would cost more than all the rest of a change: nobody writes into a frame here.
"""

import functools
import gc
import os
from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.selection import Selection
from data.gazetteer import COUNTRY
from data.model import AdminLevel, Audience, ReleaseInfo, SimaError
from data.releases import ReleaseReader
from data.settings import Settings

_ENTRIES = 64
_DISTRICT_DIGITS = 3  # of a unit's code


@functools.cache
def settle() -> None:
    """Take what the first page loaded out of the search for garbage, once in a process.

    Streamlit searches after every run; with all of the libraries in it the search took longer than
    the run itself.
    """
    gc.collect()
    gc.freeze()


def settings() -> Settings:
    """Read the environment."""
    return Settings.from_environment(os.environ)


def reader(audience: Audience) -> ReleaseReader | None:
    """Give the audience's release store, None where there is none yet."""
    try:
        return ReleaseReader.open(settings().releases(audience), audience)
    except SimaError:
        return None


def releases(audience: Audience) -> list[ReleaseInfo]:
    """Give every release of an audience, newest first, the withdrawn ones too."""
    store = reader(audience)
    return store.releases() if store else []


def current(audience: Audience) -> ReleaseInfo | None:
    """Give the release being served, None where there is none."""
    return next((info for info in releases(audience) if info.state == "current"), None)


def asked(audience: Audience, number: str | None) -> ReleaseInfo | None:
    """Give the release that an address names, unless withdrawn; else the one being served."""
    listed = [info for info in releases(audience) if info.state != "withdrawn"]
    named = next((info for info in listed if str(info.number) == number), None)
    return named or next((info for info in listed if info.state == "current"), None)


def _store(address: str, audience: str) -> ReleaseReader:
    return ReleaseReader.open(address, Audience(audience))


def _address(audience: Audience) -> str:
    return settings().releases(audience)


def cells(
    release: ReleaseInfo, *, indicator: str | None = None, period: str | None = None
) -> pd.DataFrame:
    """Give cells of a release; see `ReleaseReader.cells`."""
    return _read_cells(release, indicator=indicator, period=period)


def _read_cells(
    release: ReleaseInfo,
    *,
    indicator: str | None = None,
    period: str | None = None,
    within: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    return _cells(
        _address(release.audience),
        release.audience.value,
        release.number,
        release.created,
        indicator,
        period,
        within,
    )


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _cells(
    address: str,
    audience: str,
    number: int,
    created: str,  # noqa: ARG001  # part of the key: a store made anew numbers from 1 again
    indicator: str | None,
    period: str | None,
    within: tuple[str, ...] | None,
) -> pd.DataFrame:
    return _store(address, audience).cells(
        number, indicator=indicator, period=period, within=within
    )


def cells_within(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Give the cells of a unit and of the units right below it."""
    return _read_cells(release, within=(unit,))


def cells_around(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Give the cells of a unit and of those that it lies in."""
    codes = tuple(dict.fromkeys((unit, unit[:5], unit[:3], unit[:1], COUNTRY)))
    found = _read_cells(release, within=codes)
    return found[found["unit_code"].isin(codes)]


def catalogue(release: ReleaseInfo) -> pd.DataFrame:
    """Say what a release has cells for; see `ReleaseReader.catalogue`."""
    return _catalogue(
        _address(release.audience), release.audience.value, release.number, release.created
    )


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _catalogue(address: str, audience: str, number: int, created: str) -> pd.DataFrame:  # noqa: ARG001  # the key of the cache
    return _store(address, audience).catalogue(number)


def units(release: ReleaseInfo) -> pd.DataFrame:
    """Units of a release by ``unit_code``."""
    return _units(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _units(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience).units(boundaries_id)


def attributions(release: ReleaseInfo) -> pd.DataFrame:
    """Give sources of a release's boundaries; see `ReleaseReader.boundary_sets`."""
    return _sets(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _sets(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience).boundary_sets(boundaries_id)


def geometry_files(release: ReleaseInfo) -> pd.DataFrame:
    """List what browsers are sent of a release's boundaries; see `ReleaseReader.geometry_files`."""
    return _geometry(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _geometry(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience).geometry_files(boundaries_id)


def geometry_index(release: ReleaseInfo) -> dict[tuple[int, str, str], dict[str, list[str]]]:
    """Give geometry files by level, district (or none) and form.

    Each is its address below `geometry.GEOMETRY` and the codes of the units that it lists.
    """
    audience = release.audience
    return _geometry_index(_address(audience), audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _geometry_index(
    address: str, audience: str, boundaries_id: str
) -> dict[tuple[int, str, str], dict[str, list[str]]]:
    files = _geometry(address, audience, boundaries_id)
    units = _units(address, audience, boundaries_id).sort_index()
    found: dict[tuple[int, str, str], dict[str, list[str]]] = {}
    for level in AdminLevel:
        listed = files[files["admin_level"] == level]
        codes = pd.Series(units.index[units["admin_level"] == level].astype(str))
        within = {"": list(codes)} | {
            str(part): list(each) for part, each in codes.groupby(codes.str[:_DISTRICT_DIGITS])
        }
        for file in listed.itertuples():
            key = (int(level), str(file.within), str(file.form))
            address_of = f"{boundaries_id}/{file.name}.json"
            found.setdefault(key, {})[address_of] = within.get(str(file.within), [])
    return found


def remembered(
    release: ReleaseInfo, key: tuple[Hashable, ...], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Give what was made of a release before, or make it.

    ``key`` names everything besides the release that it depends on, the language too. Only for
    what is made of the release alone: everybody who may see it is given the same.
    """
    address = _address(release.audience)
    return _remembered((address, release.number, release.created, *key), make)


@st.cache_data(max_entries=512, show_spinner=False)
def _remembered(
    key: tuple[Hashable, ...],  # noqa: ARG001  # the key of the cache
    _make: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    return _make()


def picked(
    release: ReleaseInfo, key: tuple[Hashable, ...], make: Callable[[], Selection | None]
) -> Selection | None:
    """Give the view that was chosen for the same question before, or choose it."""
    return _picked((_address(release.audience), release.number, release.created, *key), make)


@st.cache_resource(max_entries=512, show_spinner=False)
def _picked(
    key: tuple[Hashable, ...],  # noqa: ARG001  # the key of the cache
    _make: Callable[[], Selection | None],
) -> Selection | None:
    return _make()


def sites(release: ReleaseInfo) -> pd.DataFrame:
    """Booths of a release."""
    return _store(_address(release.audience), release.audience.value).sites(release.number)


def signs(release: ReleaseInfo) -> pd.DataFrame:
    """Committee signs of a release."""
    return _store(_address(release.audience), release.audience.value).signs(release.number)


def hotspots(release: ReleaseInfo) -> pd.DataFrame:
    """Say where a rate is clearly higher; see `ReleaseReader.hotspots`."""
    return _hotspots(
        _address(release.audience), release.audience.value, release.number, release.created
    )


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _hotspots(address: str, audience: str, number: int, created: str) -> pd.DataFrame:  # noqa: ARG001  # the key of the cache
    return _store(address, audience).hotspots(number)
