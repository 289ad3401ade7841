"""Writes releases: whole, with a number of their own, and never changed afterwards."""

import dataclasses
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from data.boundaries import browser_files
from data.database import engines, tables
from data.database.tables import Store
from data.model import AdminLevel, Audience, SimaError, Status
from data.reference import organisations
from data.reference.project import FiguresLicence
from data.release_making.hotspots import Found, no_hotspots
from data.releases.reader import (
    STATE_FILE,
    ReleaseReader,
    boundaries_file,
    geometry_store,
    release_file,
)
from geo.boundaries import generalise

TOLERANCE_M = 60.0
_SIGNS = [column.name for column in tables.released_sign.c if column.name != "release_number"]
MEANWHILE = "Another release was made meanwhile. Review this one again, then approve it."


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Units and boundaries in force on one day.

    ``units`` as `Holdings.units`; ``crosswalk`` and ``sets`` as `Holdings.crosswalk` and
    `Holdings.boundary_sets`, only the sets in use. ``shapes``: index ``unit_code``; columns
    ``admin_level``, ``boundary_set``, ``geometry``; every level; EPSG:4326. ``name``: the name
    under which they are stored, a hash of the units and of the sets in use.
    """

    units: pd.DataFrame
    crosswalk: pd.DataFrame
    sets: pd.DataFrame
    shapes: gpd.GeoDataFrame
    name: str = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        """Work out the name."""
        digest = hashlib.sha256(str(TOLERANCE_M).encode())
        digest.update(self.units.sort_index().to_csv().encode())
        digest.update(self.shapes.sort_index()["boundary_set"].to_csv().encode())
        object.__setattr__(self, "name", digest.hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class ReleaseContent:
    """Everything of one release, after the gate.

    ``cells``: ``unit_code``, ``admin_level``, ``parent_code``, ``indicator``, ``period``, ``sex``,
    ``age_band``, ``status``, ``value``, ``value_class``. ``periods``: ``period``,
    ``period_start``, ``period_end``, ``calendar``, ``kind``, ``parent_period``. ``sites``
    indexed by ``site_code``; ``signs`` as `Holdings.current_signs`, with `sign_holds_until` of
    `data.committees.status`. ``follows`` is the number of the release that this one follows (0 for
    the first): the figures which that release froze are in it. ``project`` is the
    hash of the project's files, ``meaning`` as `ProjectFiles.meaning`. ``presence`` as
    `data.release_making.presence`, for partners only. ``hotspots`` as made by
    `data.release_making.hotspots`.
    """

    cells: pd.DataFrame
    periods: pd.DataFrame
    sites: pd.DataFrame
    signs: pd.DataFrame
    boundaries_id: str
    policy_version: str
    policy_text: str
    synthetic: bool
    follows: int
    licence: FiguresLicence = dataclasses.field(default_factory=FiguresLicence)
    presence: pd.DataFrame = dataclasses.field(default_factory=organisations.empty_presence)
    hotspots: Found = dataclasses.field(default_factory=no_hotspots)
    project: str = ""
    meaning: str = ""


class ReleaseWriter:
    """Writes one audience's release store; only `data.pipeline` uses it."""

    def __init__(self, address: str, audience: Audience) -> None:
        """Create the store if it is missing, and migrate its schema if it is old."""
        self._address, self._audience = address, audience
        self._embedded = not engines.is_server(address)
        if self._embedded:
            Path(address).mkdir(parents=True, exist_ok=True)
            self._state = engines.connect(str(Path(address) / STATE_FILE))
        else:
            self._state = engines.connect(address)
        engines.upgrade(self._state, Store.RELEASED)

    @property
    def reader(self) -> ReleaseReader:
        """A reader of the same store."""
        return ReleaseReader.open(self._address, self._audience)

    def put_boundaries(self, boundaries: Boundaries) -> str:
        """Store units and boundaries once, and return the name under which they are stored.

        Shapes are generalised to `TOLERANCE_M`, level by level.
        """
        name = boundaries.name
        if not self._has_boundaries(name):
            levels = [
                gpd.GeoDataFrame(part) for _, part in boundaries.shapes.groupby("admin_level")
            ]
            simple = pd.concat([generalise(part, tolerance_m=TOLERANCE_M) for part in levels])
            rows = {
                tables.released_set: boundaries.sets,
                tables.released_unit: boundaries.units.reset_index(),
                tables.released_crosswalk: boundaries.crosswalk,
                tables.released_boundary: pd.DataFrame(simple.reset_index()),
            }
            frames = {table: frame.assign(boundaries_id=name) for table, frame in rows.items()}
            if self._embedded:
                self._write_file(boundaries_file(Path(self._address), name), frames)
            else:
                with engines.writing(self._state) as connection:
                    _insert(connection, frames)
        self.put_geometry(name)
        return name

    def put_geometry(self, boundaries_id: str) -> None:
        """Make the files of stored boundaries that browsers load, if they are missing."""
        reader = self.reader
        if len(reader.geometry_files(boundaries_id)):
            return
        units = reader.units(boundaries_id)
        levels = [reader.boundaries(boundaries_id, level=level) for level in AdminLevel]
        whole = pd.concat(
            [f.assign(admin_level=int(a)) for a, f in zip(AdminLevel, levels, strict=True)]
        )
        files = browser_files.build_geometry_files_once(
            boundaries_id, units, gpd.GeoDataFrame(whole)
        )
        frame = pd.DataFrame([dataclasses.asdict(file) for file in files])
        frames = {tables.geometry_file: frame.assign(boundaries_id=boundaries_id)}
        if self._embedded:
            self._write_file(geometry_store(Path(self._address), boundaries_id), frames)
        else:
            with engines.writing(self._state) as connection:
                _insert(connection, frames)

    def _has_boundaries(self, name: str) -> bool:
        if self._embedded:
            return boundaries_file(Path(self._address), name).exists()
        table = tables.released_set
        with self._state.connect() as connection:
            found = connection.execute(
                sa.select(table).where(table.c.boundaries_id == name)
            ).first()
        return found is not None

    def newest(self) -> int:
        """Return the number of the newest release, withdrawn or not; 0 if there is none."""
        query = sa.select(sa.func.max(tables.release.c.number))
        with self._state.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def published(self, request_id: int) -> int | None:
        """Return the number of the release that a request already has; None if it has none."""
        query = sa.select(tables.release.c.number).filter_by(request_id=request_id)
        with self._state.connect() as connection:
            number = connection.execute(query).scalar()
        return None if number is None else int(number)

    def publish(self, content: ReleaseContent, *, request_id: int) -> int:
        """Write the release of a request, make it the current one, and return its number.

        A request has one release: publishing it again returns the same number. Releases get their
        numbers one after the other. A process that dies leaves no release, because the number is
        taken in the same transaction that makes it current.

        Raises
        ------
        SimaError
            If another release was made since the content was built.
        ValueError
            If a public release would tell which organisation works where, or more of a hotspot
            than a district's class and interval.
        """
        if self._audience is not Audience.PARTNER:
            self._require_public(content)
        with engines.writing(self._state) as connection:
            made = sa.select(tables.release.c.number).filter_by(request_id=request_id)
            number = connection.execute(made).scalar()
            if number is not None:
                return int(number)
            newest = connection.execute(sa.select(sa.func.max(tables.release.c.number))).scalar()
            if (newest or 0) != content.follows:
                raise SimaError(MEANWHILE)
            number = (newest or 0) + 1
            frames = {
                table: frame.assign(release_number=number)
                for table, frame in _frames_of(content).items()
            }
            if self._embedded:
                self._write_file(release_file(Path(self._address), number), frames)
            else:
                _insert(connection, frames)
            current = sa.update(tables.release).where(tables.release.c.state == "current")
            connection.execute(current.values(state="superseded"))
            row = {
                "number": number,
                "request_id": request_id,
                "audience": self._audience.value,
                "created": engines.now(),
                "state": "current",
                "synthetic": content.synthetic,
                "boundaries_id": content.boundaries_id,
                "policy_version": content.policy_version,
                "cells": len(content.cells),
                "suppressed": int(content.cells["status"].eq(Status.SUPPRESSED).sum()),
            }
            connection.execute(tables.release.insert(), row)
        return number

    def _require_public(self, content: ReleaseContent) -> None:
        if len(content.presence):
            raise ValueError(f"presence of organisations is not for the {self._audience.value}")
        found = content.hotspots.table
        more = found[["reason", "gi_star"]].notna().to_numpy().any()
        if more or not found["layer"].eq("district").all():
            raise ValueError(
                f"of a hotspot only a district's class and interval are for the {self._audience}"
            )

    def withdraw(self, number: int) -> int | None:
        """Withdraw a release; the newest one that is not withdrawn becomes current.

        Returns the number that is current now; None if there is none.

        Raises
        ------
        SimaError
            If there is no such release, or it is already withdrawn.
        """
        table = tables.release
        with engines.writing(self._state) as connection:
            change = sa.update(table).where(table.c.number == number, table.c.state != "withdrawn")
            if connection.execute(change.values(state="withdrawn")).rowcount != 1:
                raise SimaError(f"There is no {self._audience} release {number} to withdraw.")
            left = sa.select(sa.func.max(table.c.number)).where(table.c.state != "withdrawn")
            newest = connection.execute(left).scalar()
            if newest is not None:
                change = sa.update(table).where(table.c.number == newest)
                connection.execute(change.values(state="current"))
        return newest

    @staticmethod
    def _write_file(path: Path, frames: dict[sa.Table, pd.DataFrame]) -> None:
        """Write a database file as a draft, flush it to the disk, and rename it."""
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.unlink(missing_ok=True)
        engine = engines.connect(str(draft))
        with engine.begin() as connection:
            tables.released.create_all(connection, tables=list(frames))
            _insert(connection, frames)
        engine.dispose()
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _frames_of(content: ReleaseContent) -> dict[sa.Table, pd.DataFrame]:
    """Return what is written of a release by table, without its number."""
    return {
        tables.period: content.periods,
        tables.cell: content.cells,
        tables.released_site: content.sites.reset_index(),
        tables.released_sign: content.signs.reindex(columns=_SIGNS),
        tables.presence: content.presence,
        tables.hotspot: content.hotspots.table,
        tables.hotspot_run: content.hotspots.runs,
        tables.released_policy: _rules_of(content),
    }


def _rules_of(content: ReleaseContent) -> pd.DataFrame:
    """Return the policy and the licence of a release, one row."""
    return pd.DataFrame(
        {
            "content": [content.policy_text],
            "project": [content.project],
            "project_files": [content.meaning],
            "figures_licence": [content.licence.licence],
            "licence_address": [content.licence.address],
        }
    )


def _insert(connection: sa.Connection, frames: dict[sa.Table, pd.DataFrame]) -> None:
    for table, frame in frames.items():
        names = [column.name for column in table.c]
        if len(frame):
            connection.execute(table.insert(), engines.rows_of(frame[names]))
