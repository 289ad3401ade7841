"""Reads of released data, cached by release; the only module that caches with Streamlit.

Only released data is cached, keyed by release and scope, so everybody who may see that much shares
it. Which release is current is asked every time: a withdrawal shows at once. Frames are returned
as they are cached, without a copy, which would cost more than everything else in a change of view:
do not write into them.
"""

import functools
import gc
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

import pandas as pd
import streamlit as st

from dashboard.auth.viewer import settings
from dashboard.released.released_view import Boundaries, ReleasedView, index_files
from dashboard.released.selection import Selection
from data.model import Audience, ReleaseInfo, SimaError
from data.reference import project_files, unit_codes
from data.reference.indicators import load_indicators
from data.reference.scope import EVERYTHING, NOTHING, Scope
from data.releases.reader import ReleaseReader

_READS = 128  # of all kinds together
_RESULTS = 512


class _Source(NamedTuple):
    """What a cached read depends on besides its arguments.

    ``created`` tells a release from one of the same number in a store that was made anew; it is
    empty for boundaries, which have an id of their own and are the same in every scope.
    """

    address: str
    audience: str
    scope: Scope = NOTHING
    created: str = ""


@functools.cache
def freeze_loaded_objects() -> None:
    """Freeze the objects loaded so far, so that the garbage collector skips them.

    Once in a process. Streamlit collects garbage after every run; with all libraries loaded that
    took longer than the run itself.
    """
    gc.collect()
    gc.freeze()


# ---- releases


def list_releases(audience: Audience, scope: Scope = NOTHING) -> list[ReleaseInfo]:
    """Return every release of an audience, newest first, withdrawn ones too.

    Each release carries the scope it was opened with, and every read of it here keeps to that
    scope; public releases are open everywhere. The list is empty where there is no store.
    """
    whose = EVERYTHING if audience is Audience.PUBLIC else scope
    try:
        store = ReleaseReader.open(_address(audience), audience, whose)
    except SimaError:
        return []
    return store.releases()


def current_release(audience: Audience, scope: Scope = NOTHING) -> ReleaseInfo | None:
    """Return the current release, or None where there is none."""
    return _current_of(list_releases(audience, scope))


def requested_release(
    audience: Audience, number: str | None, scope: Scope = NOTHING
) -> ReleaseInfo | None:
    """Return the release with the number in an address, or the current one.

    A withdrawn release is never returned. An earlier one is read with the texts and rules of the
    project under which it was made: the rest of the page keeps to those.
    """
    listed = [info for info in list_releases(audience, scope) if info.state != "withdrawn"]
    named = next((info for info in listed if str(info.number) == number), None)
    if named is not None and named.state != "current":
        kept = reader(named).project_files(named.number)
        project_files.pin(project_files.project_files().with_meaning(kept))
    return named or _current_of(listed)


def _current_of(listed: Iterable[ReleaseInfo]) -> ReleaseInfo | None:
    return next((info for info in listed if info.state == "current"), None)


# ---- reads


def view(
    release: ReleaseInfo, chosen: Selection, *, cells: pd.DataFrame | None = None
) -> ReleasedView:
    """Return everything that a map of one view needs from a release.

    Parameters
    ----------
    cells
        Cells to draw instead of the release's own: those of a release that is not published yet.
    """
    indicator = load_indicators()[chosen.indicator] if chosen.indicator else None
    boundaries = _boundaries_of(release)
    if cells is None and indicator:
        cells = _cells(release, indicator=chosen.indicator, period=chosen.period)
    return ReleasedView(
        cells=pd.DataFrame() if cells is None else cells,
        sites=sites(release) if indicator and indicator.booth else pd.DataFrame(),
        units=boundaries.units,
        attributions=boundaries.attributions,
        geometry=boundaries.geometry,
    )


def cells(
    release: ReleaseInfo, *, indicator: str | None = None, period: str | None = None
) -> pd.DataFrame:
    """Return cells of a release; see `ReleaseReader.cells`."""
    return _cells(release, indicator=indicator, period=period)


def cells_within(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Return the cells of a unit and of the units directly below it."""
    return _cells(release, within=(unit,))


def cells_around(release: ReleaseInfo, unit: str) -> pd.DataFrame:
    """Return the cells of a unit and of the units that contain it."""
    codes = (unit, *unit_codes.ancestors(unit))
    found = _cells(release, within=codes)
    return found[found["unit_code"].isin(codes)]


def _cells(
    release: ReleaseInfo,
    *,
    indicator: str | None = None,
    period: str | None = None,
    within: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    return _read(
        _of_release(release),
        "cells",
        release.number,
        indicator=indicator,
        period=period,
        within=within,
    )


def catalogue(release: ReleaseInfo) -> pd.DataFrame:
    """Return what a release has cells for; see `ReleaseReader.catalogue`."""
    return _read(_of_release(release), "catalogue", release.number)


def hotspots(release: ReleaseInfo) -> pd.DataFrame:
    """Return the hotspots of a release; see `ReleaseReader.hotspots`."""
    return _read(_of_release(release), "hotspots", release.number)


def units(release: ReleaseInfo) -> pd.DataFrame:
    """Return the units of a release by ``unit_code``; see `ReleaseReader.units`."""
    return _boundaries_of(release).units


def attributions(release: ReleaseInfo) -> pd.DataFrame:
    """Return the sources of a release's boundaries; see `ReleaseReader.boundary_sets`."""
    return _boundaries_of(release).attributions


def geometry_files(release: ReleaseInfo) -> pd.DataFrame:
    """Return the list of a release's geometry files; see `ReleaseReader.geometry_files`."""
    return _boundaries_of(release).files


def _boundaries_of(release: ReleaseInfo) -> Boundaries:
    source = _Source(_address(release.audience), release.audience.value)
    return _boundaries(source, release.boundaries_id)


def sites(release: ReleaseInfo) -> pd.DataFrame:
    """Return the booths of a release; see `ReleaseReader.sites`."""
    return reader(release).sites(release.number)


def committee_evidence(release: ReleaseInfo) -> pd.DataFrame:
    """Return the dated evidence on committees of a release; see `ReleaseReader.signs`."""
    return reader(release).signs(release.number)


def presence(release: ReleaseInfo) -> pd.DataFrame:
    """Return which organisations reported from where; see `ReleaseReader.presence`."""
    return reader(release).presence(release.number)


def reader(release: ReleaseInfo) -> ReleaseReader:
    """Return the store that a release came from, with the release's scope."""
    return _open(_of_release(release))


# ---- results worked out of a release


def remembered(
    release: ReleaseInfo, key: tuple[Hashable, ...], make: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return what was made of a release for this key before, or make it.

    Everybody who may see the release gets the same result, so ``make`` may use the release and
    nothing about the reader. The caller gets a copy.

    Parameters
    ----------
    key
        Everything besides the release and the project's files that the result depends on, the
        language too.
    """
    return _remembered((*_made_of(release), *key), make)


def remembered_view(
    release: ReleaseInfo,
    chosen: Selection,
    key: tuple[Hashable, ...],
    draw: Callable[[ReleasedView], dict[str, Any]],
) -> dict[str, Any]:
    """Return what was drawn of a view before, or draw it; ``key`` as in `remembered`."""
    return remembered(release, key, lambda: draw(view(release, chosen)))


def remembered_selection(
    release: ReleaseInfo, key: tuple[Hashable, ...], make: Callable[[], Selection | None]
) -> Selection | None:
    """Return the view chosen for this key before, or choose it; ``key`` as in `remembered`."""
    return _remembered_selection((*_made_of(release), *key), make)


def _made_of(release: ReleaseInfo) -> tuple[Hashable, ...]:
    return (*_of_release(release), release.number, project_files.project_files().hash)


# ---- the caches


@st.cache_resource(max_entries=_READS, show_spinner=False)
def _read(source: _Source, method: str, *arguments: Hashable, **named: Hashable) -> pd.DataFrame:
    """Return what a method of `ReleaseReader` reads from a store."""
    return getattr(_open(source), method)(*arguments, **named)


@st.cache_resource(max_entries=_READS, show_spinner=False)
def _boundaries(source: _Source, boundaries_id: str) -> Boundaries:
    store = _open(source)
    units, files = store.units(boundaries_id), store.geometry_files(boundaries_id)
    attributions = store.boundary_sets(boundaries_id)
    return Boundaries(units, attributions, files, index_files(units, files, boundaries_id))


@st.cache_data(max_entries=_RESULTS, show_spinner=False)
def _remembered(
    key: tuple[Hashable, ...],  # noqa: ARG001  # the key of the cache
    _make: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    return _make()


@st.cache_resource(max_entries=_RESULTS, show_spinner=False)
def _remembered_selection(
    key: tuple[Hashable, ...],  # noqa: ARG001  # the key of the cache
    _make: Callable[[], Selection | None],
) -> Selection | None:
    return _make()


def _of_release(release: ReleaseInfo) -> _Source:
    audience = release.audience
    return _Source(_address(audience), audience.value, release.scope, release.created)


def _open(source: _Source) -> ReleaseReader:
    return ReleaseReader.open(source.address, Audience(source.audience), source.scope)


def _address(audience: Audience) -> str:
    return settings().releases(audience)
