"""Reads of released data, cached by release; the only caching in the project.

What is cached is released, so it may be shared by everybody who may see that release. Which release
is current is asked every time: a withdrawal shows at once.
"""

import os

import geopandas as gpd
import pandas as pd
import streamlit as st

from data.model import AdminLevel, Audience, ReleaseInfo, SimaError
from data.releases import ReleaseReader
from data.settings import Settings
from geo.boundaries import generalised

_ENTRIES = 64


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


def _store(address: str, audience: str) -> ReleaseReader:
    return ReleaseReader.open(address, Audience(audience))


def _address(audience: Audience) -> str:
    return settings().releases(audience)


def cells(
    release: ReleaseInfo, *, indicator: str | None = None, period: str | None = None
) -> pd.DataFrame:
    """Give cells of a release; see `ReleaseReader.cells`."""
    return _cells(
        _address(release.audience),
        release.audience.value,
        release.number,
        release.created,
        indicator,
        period,
    )


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _cells(
    address: str,
    audience: str,
    number: int,
    created: str,  # noqa: ARG001  # part of the key: a store made anew numbers from 1 again
    indicator: str | None,
    period: str | None,
) -> pd.DataFrame:
    return _store(address, audience).cells(number, indicator=indicator, period=period)


def catalogue(release: ReleaseInfo) -> pd.DataFrame:
    """Say what a release has cells for; see `ReleaseReader.catalogue`."""
    return _catalogue(
        _address(release.audience), release.audience.value, release.number, release.created
    )


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _catalogue(address: str, audience: str, number: int, created: str) -> pd.DataFrame:  # noqa: ARG001  # the key of the cache
    return _store(address, audience).catalogue(number)


def units(release: ReleaseInfo) -> pd.DataFrame:
    """Units of a release by ``unit_code``."""
    return _units(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _units(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience).units(boundaries_id)


def boundaries(
    release: ReleaseInfo,
    *,
    level: AdminLevel,
    within: str | None = None,
    tolerance_m: float = 0.0,
) -> gpd.GeoDataFrame:
    """Boundaries of a level, generalised further where a wide view needs less."""
    return _boundaries(
        _address(release.audience),
        release.audience.value,
        release.boundaries_id,
        int(level),
        within,
        tolerance_m,
    )


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _boundaries(
    address: str,
    audience: str,
    boundaries_id: str,
    level: int,
    within: str | None,
    tolerance_m: float,
) -> gpd.GeoDataFrame:
    store = _store(address, audience)
    frame = store.boundaries(boundaries_id, level=AdminLevel(level), within=within)
    return generalised(frame, tolerance_m=tolerance_m) if tolerance_m and len(frame) else frame


def attributions(release: ReleaseInfo) -> pd.DataFrame:
    """Give sources of a release's boundaries; see `ReleaseReader.boundary_sets`."""
    return _sets(_address(release.audience), release.audience.value, release.boundaries_id)


@st.cache_data(max_entries=_ENTRIES, show_spinner=False)
def _sets(address: str, audience: str, boundaries_id: str) -> pd.DataFrame:
    return _store(address, audience).boundary_sets(boundaries_id)


def sites(release: ReleaseInfo) -> pd.DataFrame:
    """Booths of a release."""
    return _store(_address(release.audience), release.audience.value).sites(release.number)


def signs(release: ReleaseInfo) -> pd.DataFrame:
    """Committee signs of a release."""
    return _store(_address(release.audience), release.audience.value).signs(release.number)
