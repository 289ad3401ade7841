"""Reads of released data, cached by release; the only caching in the project.

What is cached is released and keyed by release and scope, so it may be shared by everybody who may
see just that. Which release is current is asked every time: a withdrawal shows at once. Frames are
given as they are kept, not as copies, which would cost more than all the rest of a change: nobody
writes into a frame here.
"""

import functools
import gc
from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import settings
from dashboard.released.selection import Selection
from data.model import (
    AdminLevel,
    Audience,
    ReleaseInfo,
    SimaError,
)
from data.reference.scope import EVERYTHING, NOTHING, Scope
from data.reference.unit_codes import ancestors
from data.releases.reader import ReleaseReader

_Key = tuple[str, str, Scope, int, str]
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


def releases(audience: Audience, scope: Scope = NOTHING) -> list[ReleaseInfo]:
    """Give every release of an audience, newest first, withdrawn ones too; none without a store.

    Each carries the scope it was opened with, and every read of it here keeps to that. The public's
    releases are everybody's, of every place.
    """
    whose = EVERYTHING if audience is Audience.PUBLIC else scope
    try:
        store = ReleaseReader.open(settings().releases(audience), audience, whose)
    except SimaError:
        return []
    return store.releases()


def current(audience: Audience, scope: Scope = NOTHING) -> ReleaseInfo | None:
    """Give the release being served, None where there is none."""
    listed = releases(audience, scope)
    return next((info for info in listed if info.state == "current"), None)


def asked(audience: Audience, number: str | None, scope: Scope = NOTHING) -> ReleaseInfo | None:
    """Give the release that an address names, unless withdrawn; else the one being served."""
    listed = [info for info in releases(audience, scope) if info.state != "withdrawn"]
    named = next((info for info in listed if str(info.number) == number), None)
    return named or next((info for info in listed if info.state == "current"), None)


def reader(release: ReleaseInfo) -> ReleaseReader:
    """Give the store that a release came from, as it was opened."""
    return ReleaseReader.open(_address(release.audience), release.audience, release.scope)


def _store(address: str, audience: str, scope: Scope) -> ReleaseReader:
    return ReleaseReader.open(address, Audience(audience), scope)


def _address(audience: Audience) -> str:
    return settings().releases(audience)


def _key(release: ReleaseInfo) -> _Key:
    """Tell a release from every other, as somebody may see it; a store made anew numbers from 1."""
    address = _address(release.audience)
    return (address, release.audience.value, release.scope, release.number, release.created)


def cells(
    release: ReleaseInfo, *, indicator: str | None = None, period: str | None = None
) -> pd.DataFrame:
    """Give cells of a release; see `ReleaseReader.cells`."""
    return _cells(_key(release), indicator, period, None)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _cells(
    key: _Key, indicator: str | None, period: str | None, within: tuple[str, ...] | None
) -> pd.DataFrame:
    address, audience, scope, number, _created = key
    return _store(address, audience, scope).cells(
        number, indicator=indicator, period=period, within=within
    )


def cells_within(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Give the cells of a unit and of the units right below it."""
    return _cells(_key(release), None, None, (unit,))


def cells_around(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Give the cells of a unit and of those that it lies in."""
    codes = (unit, *ancestors(unit))
    found = _cells(_key(release), None, None, codes)
    return found[found["unit_code"].isin(codes)]


def catalogue(release: ReleaseInfo) -> pd.DataFrame:
    """Say what a release has cells for; see `ReleaseReader.catalogue`."""
    return _catalogue(_key(release))


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _catalogue(key: _Key) -> pd.DataFrame:
    address, audience, scope, number, _created = key
    return _store(address, audience, scope).catalogue(number)


def units(release: ReleaseInfo) -> pd.DataFrame:
    """Units of a release by ``unit_code``."""
    return _units(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _units(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience, NOTHING).units(boundaries_id)


def attributions(release: ReleaseInfo) -> pd.DataFrame:
    """Give sources of a release's boundaries; see `ReleaseReader.boundary_sets`."""
    return _sets(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _sets(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience, NOTHING).boundary_sets(boundaries_id)


def geometry_files(release: ReleaseInfo) -> pd.DataFrame:
    """List what browsers are sent of a release's boundaries; see `ReleaseReader.geometry_files`."""
    return _geometry(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _geometry(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience, NOTHING).geometry_files(boundaries_id)


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
    return _remembered((*_key(release), *key), make)


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
    return _picked((*_key(release), *key), make)


@st.cache_resource(max_entries=512, show_spinner=False)
def _picked(
    key: tuple[Hashable, ...],  # noqa: ARG001  # the key of the cache
    _make: Callable[[], Selection | None],
) -> Selection | None:
    return _make()


def sites(release: ReleaseInfo) -> pd.DataFrame:
    """Booths of a release."""
    return reader(release).sites(release.number)


def signs(release: ReleaseInfo) -> pd.DataFrame:
    """Committee signs of a release."""
    return reader(release).signs(release.number)


def hotspots(release: ReleaseInfo) -> pd.DataFrame:
    """Say where a rate is clearly higher; see `ReleaseReader.hotspots`."""
    return _hotspots(_key(release))


@st.cache_resource(max_entries=_ENTRIES, show_spinner=False)
def _hotspots(key: _Key) -> pd.DataFrame:
    address, audience, scope, number, _created = key
    return _store(address, audience, scope).hotspots(number)


def presence(release: ReleaseInfo) -> pd.DataFrame:
    """Say which organisations reported from where; see `ReleaseReader.presence`."""
    return reader(release).presence(release.number)
