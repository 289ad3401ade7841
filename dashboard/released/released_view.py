"""What a map needs of a release, as values: its boundaries, and the figures of one view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from data.model import AdminLevel
from data.reference import unit_codes

# By level, district code ("" for the whole country) and form: addresses below `words.GEOMETRY`,
# each with the codes of the units in that file, in the file's order.
GeometryIndex = Mapping[tuple[int, str, str], Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The units of a release and what is known of their boundaries.

    Attributes
    ----------
    units
        Units by ``unit_code``, see `ReleaseReader.units`.
    attributions
        Sources of the boundaries, see `ReleaseReader.boundary_sets`.
    files
        Geometry files, see `ReleaseReader.geometry_files`.
    geometry
        The same files by level, district (or "" for the whole country) and form: their addresses
        below `words.GEOMETRY`, each with the codes of the units in it, in the file's order.
    """

    units: pd.DataFrame
    attributions: pd.DataFrame
    files: pd.DataFrame
    geometry: GeometryIndex


@dataclass(frozen=True, slots=True)
class ReleasedView:
    """What a release has for one map.

    Attributes
    ----------
    cells
        Cells of the view's indicator and period, see `ReleaseReader.cells`; empty where the view
        has no indicator.
    sites
        Booths by ``site_code``, see `ReleaseReader.sites`; empty unless booths report the
        indicator.
    units, attributions, geometry
        As in `Boundaries`.
    """

    cells: pd.DataFrame
    sites: pd.DataFrame
    units: pd.DataFrame
    attributions: pd.DataFrame
    geometry: GeometryIndex


def index_files(units: pd.DataFrame, files: pd.DataFrame, boundaries_id: str) -> GeometryIndex:
    """Return the geometry files of some boundaries by level, district and form.

    Parameters
    ----------
    units, files
        As in `Boundaries`.
    boundaries_id
        Id of the boundaries, the first part of every address.
    """
    by_code = units.sort_index()
    index: dict[tuple[int, str, str], dict[str, list[str]]] = {}
    for level in AdminLevel:
        codes = pd.Series(by_code.index[by_code["admin_level"] == level].astype(str))
        within = {"": list(codes)} | {
            str(district): list(part)
            for district, part in codes.groupby(unit_codes.district_of(codes))
        }
        for file in files[files["admin_level"] == level].itertuples():
            key = (int(level), str(file.within), str(file.form))
            address = f"{boundaries_id}/{file.name}.json"
            index.setdefault(key, {})[address] = within.get(str(file.within), [])
    return index
