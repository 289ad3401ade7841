"""RELEASED stores: everything that a viewer's process can open.

A store in files is a folder: ``state.sqlite`` lists the releases and which one is current; each
release and each set of boundaries is a file of its own, opened as immutable. On PostgreSQL the same
tables are in one database.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from data.database import engines, tables
from data.model import AdminLevel, Audience, ReleaseInfo, SimaError
from data.reference import scope as scopes
from data.reference.project import FiguresLicence
from data.reference.scope import EVERYTHING, Scope

STATE_FILE = "state.sqlite"


def release_file(folder: Path, number: int) -> Path:
    """Return the path of one release's file."""
    return folder / f"release-{number:04d}.sqlite"


def boundaries_file(folder: Path, boundaries_id: str) -> Path:
    """Return the path of the file of one set of boundaries."""
    return folder / f"boundaries-{boundaries_id}.sqlite"


def geometry_store(folder: Path, boundaries_id: str) -> Path:
    """Return the path of the file with one set of boundaries as browsers load it."""
    return folder / f"geometry-{boundaries_id}.sqlite"


_MORE_THAN_READING = """
SELECT r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE')
    OR has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = 'cell'::regclass
"""


@dataclass(frozen=True, slots=True)
class ReleaseReader:
    """Reads one audience's releases, limited to the places of a scope.

    Cells, booths and who reported belong to a place and are returned for the scope only. A
    committee is a public body: its signs are returned for every place.
    """

    address: str
    audience: Audience
    scope: Scope = EVERYTHING

    @classmethod
    def open(cls, address: str, audience: Audience, scope: Scope = EVERYTHING) -> "ReleaseReader":
        """Open a release store.

        Raises
        ------
        SimaError
            If there is none.
        """
        reader = cls(address, audience, scope)
        if not engines.is_server(address) and not reader._folder.joinpath(STATE_FILE).exists():
            raise SimaError(f"There is no store of {audience} releases yet. Run: sima setup")
        return reader

    @property
    def _folder(self) -> Path:
        return Path(self.address)

    def _engine(self, file: Path | None) -> sa.Engine:
        if engines.is_server(self.address):
            return engines.connect(self.address, read_only=True)
        return _file(str(file)) if file else _state(self.address)

    def _read(self, query: sa.Select[Any], file: Path | None) -> pd.DataFrame:
        with self._engine(file).connect() as connection:
            self._tell(connection)
            result = connection.execute(query)
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))

    def _tell(self, connection: sa.Connection) -> None:
        """Set the scope for a server's own row-level security; a file has none."""
        if connection.dialect.name == "postgresql":
            setting = sa.select(
                sa.func.set_config(scopes.SETTING, scopes.scope_text(self.scope), sa.true())
            )
            connection.execute(setting)

    def _allowed(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """Return the condition that limits the rows of a table to the scope.

        A hotspot belongs to a unit, or to a border point with a booth of the scope.
        """
        if table is not tables.hotspot:
            return scopes.scope_condition(self.scope, table.c[tables.PLACE_OF[table.name]])
        site = tables.released_site
        points = sa.select(site.c.border_point).where(
            site.c.release_number == table.c.release_number, self._allowed(site)
        )
        here = scopes.scope_condition(self.scope, table.c.unit_code)
        return sa.or_(here, table.c.unit_code.in_(points))

    def _of_release(self, table: sa.Table, number: int) -> pd.DataFrame:
        """Return a table of a release, limited to the scope.

        A file keeps the tables of its day: a table that it lacks is returned empty, and so is a
        column that was added later; a column that was renamed later is found by its former name. A
        server's tables are migrated.
        """
        file = release_file(self._folder, number)
        wanted = [column for column in table.c if column.name != "release_number"]
        there = frozenset(column.name for column in table.c)
        if not engines.is_server(self.address):
            there = _columns(self._engine(file), table.name)
        if not there:
            return pd.DataFrame(columns=[column.name for column in wanted])
        named = [column for column in wanted if column.name in there]
        former = {
            old: new
            for (of, old), new in tables.RENAMED.items()
            if of == table.name and old in there
        }
        columns = [*named, *(sa.literal_column(old).label(new) for old, new in former.items())]
        query = sa.select(*columns).select_from(table).where(table.c.release_number == number)
        if table.name in tables.PLACE_OF or table is tables.hotspot:
            query = query.where(self._allowed(table))
        lacking = {
            column.name: "" if isinstance(column.type, sa.String) else None
            for column in wanted
            if column.name not in there and column.name not in former.values()
        }
        return self._read(query, file).assign(**lacking)

    def _of_boundaries(self, query: sa.Select[Any], boundaries_id: str) -> pd.DataFrame:
        frame = self._read(query, boundaries_file(self._folder, boundaries_id))
        return frame.drop(columns="boundaries_id")

    def releases(self) -> list[ReleaseInfo]:
        """Return every release, newest first, with the withdrawn ones."""
        table = tables.release
        columns = [column for column in table.c if column.name != "request_id"]
        query = sa.select(*columns).order_by(table.c.number.desc())
        with self._engine(None).connect() as connection:
            rows = connection.execute(query).mappings().all()  # asked at every click: no frame
        return [
            ReleaseInfo(
                **{
                    **row,
                    "audience": Audience(row["audience"]),
                    "synthetic": bool(row["synthetic"]),
                    "scope": self.scope,
                }
            )
            for row in rows
        ]

    def current(self) -> ReleaseInfo | None:
        """Return the release being served; None if there is none."""
        return next((info for info in self.releases() if info.state == "current"), None)

    def newest(self) -> int:
        """Return the number of the newest release, withdrawn or not; 0 if there is none."""
        return next((info.number for info in self.releases()), 0)

    def cells(
        self,
        number: int,
        *,
        indicator: str | None = None,
        period: str | None = None,
        sex: str | None = None,
        age_band: str | None = None,
        admin_level: AdminLevel | None = None,
        within: Iterable[str] | None = None,
    ) -> pd.DataFrame:
        """Return cells of a release.

        ``within`` are codes of units or of their parents. Columns ``unit_code``, ``admin_level``,
        ``parent_code``, ``indicator``, ``period``, ``period_start``, ``period_end``,
        ``parent_period``, ``sex``, ``age_band``, ``status``, ``value`` (Int64), ``value_class``;
        ordered by unit, indicator, period, sex and age band.
        """
        table, period_table = tables.cell, tables.period
        same = sa.and_(
            period_table.c.release_number == table.c.release_number,
            period_table.c.period == table.c.period,
        )
        names = ["unit_code", "admin_level", "parent_code", "indicator", "period"]
        dates = ["period_start", "period_end", "parent_period"]
        more = ["sex", "age_band", "status", "value", "value_class"]
        query = sa.select(
            *(table.c[name] for name in names),
            *(period_table.c[name] for name in dates),
            *(table.c[name] for name in more),
        ).select_from(table.join(period_table, same))
        query = query.where(table.c.release_number == number, self._allowed(table))
        wanted = {
            "indicator": indicator,
            "period": period,
            "sex": sex,
            "age_band": age_band,
            "admin_level": None if admin_level is None else int(admin_level),
        }
        for name, value in wanted.items():
            if value is not None:
                query = query.where(table.c[name] == value)
        if within is not None:
            codes = list(within)
            query = query.where(
                sa.or_(table.c.unit_code.in_(codes), table.c.parent_code.in_(codes))
            )
        order = ["unit_code", "indicator", "period", "sex", "age_band"]
        query = query.order_by(*(table.c[name] for name in order))
        frame = self._read(query, release_file(self._folder, number))
        return frame.astype({"value": "Int64"})

    def catalogue(self, number: int) -> pd.DataFrame:
        """Return the combinations for which a release has cells.

        Columns ``indicator``, ``period``, ``period_start``, ``period_end``, ``calendar``, ``kind``,
        ``admin_level``, ``sex``, ``age_band``: one row for each combination that has a cell.
        """
        table = tables.cell
        columns = [table.c[n] for n in ("indicator", "period", "admin_level", "sex", "age_band")]
        mine = (table.c.release_number == number, self._allowed(table))
        query = sa.select(*columns).where(*mine).distinct()
        cells = self._read(query, release_file(self._folder, number))
        periods = self._of_release(tables.period, number).drop(columns="parent_period")
        return cells.merge(periods, on="period", validate="many_to_one")

    def units(self, boundaries_id: str) -> pd.DataFrame:
        """Return the units of a set of boundaries, index ``unit_code``."""
        table = tables.released_unit
        query = sa.select(table).where(table.c.boundaries_id == boundaries_id)
        frame = self._of_boundaries(query.order_by(table.c.unit_code), boundaries_id)
        flags = dict.fromkeys(("border_district", "programme_district", "touches_border"), bool)
        frame = frame.astype({"ward_number": "Int64", "population_2021": "Int64", **flags})
        return frame.set_index("unit_code")

    def boundaries(
        self,
        boundaries_id: str,
        *,
        level: AdminLevel,
        within: str | None = None,
    ) -> gpd.GeoDataFrame:
        """Return the boundaries of one level, all or those whose code begins with ``within``.

        Index ``unit_code``; columns ``boundary_set`` and ``geometry``; EPSG:4326. Empty if none is
        installed.
        """
        table = tables.released_boundary
        query = sa.select(
            table.c.boundaries_id,
            table.c.unit_code,
            table.c.boundary_set,
            table.c.geometry,
        ).where(table.c.boundaries_id == boundaries_id, table.c.admin_level == int(level))
        if within is not None:
            query = query.where(table.c.unit_code.startswith(within, autoescape=True))
        frame = self._of_boundaries(query.order_by(table.c.unit_code), boundaries_id)
        return gpd.GeoDataFrame(frame.set_index("unit_code"), geometry="geometry", crs="EPSG:4326")

    def geometry_files(self, boundaries_id: str) -> pd.DataFrame:
        """List the files of a set of boundaries that browsers load.

        Made by `data.boundaries.browser_files`. Columns ``name``, ``admin_level``, ``within``,
        ``form``, ``units``. Empty if none were made; ``sima setup`` makes them.
        """
        table = tables.geometry_file
        names = ["name", "admin_level", "within", "form", "units"]
        path = geometry_store(self._folder, boundaries_id)
        if not engines.is_server(self.address) and not path.exists():
            return pd.DataFrame(columns=names)
        query = sa.select(*(table.c[name] for name in names)).order_by(
            table.c.admin_level, table.c.within, table.c.form
        )
        return self._read(query.where(table.c.boundaries_id == boundaries_id), path)

    def geometry_content(self, boundaries_id: str, name: str, coding: str) -> bytes | None:
        """Return one file as ``brotli`` or ``gzip``; None if there is none of that name."""
        path = geometry_store(self._folder, boundaries_id)
        if not engines.is_server(self.address) and not path.exists():
            return None
        table = tables.geometry_file
        query = sa.select(table.c[coding]).where(
            table.c.boundaries_id == boundaries_id, table.c.name == name
        )
        found = self._read(query, path)
        return bytes(found[coding].iloc[0]) if len(found) else None

    def boundary_sets(self, boundaries_id: str) -> pd.DataFrame:
        """Return source, licence, attribution and vintage of the boundaries."""
        table = tables.released_set
        query = sa.select(table).where(table.c.boundaries_id == boundaries_id)
        return self._of_boundaries(query, boundaries_id)

    def crosswalk(self, boundaries_id: str) -> pd.DataFrame:
        """Return the codes of other schemes: ``scheme``, ``code``, ``unit_code``."""
        table = tables.released_crosswalk
        query = sa.select(table).where(table.c.boundaries_id == boundaries_id)
        return self._of_boundaries(query, boundaries_id)

    def sites(self, number: int) -> pd.DataFrame:
        """Return the booths of a release, index ``site_code``.

        In public releases positions are rounded, and ``operator_en`` and ``operator_ne`` (who runs
        the booth) are empty; they are also empty in releases older than these columns.
        """
        return self._of_release(tables.released_site, number).set_index("site_code")

    def signs(self, number: int) -> pd.DataFrame:
        """Return the committee signs of a release.

        ``holds_until`` is the last day on which a sign counts, as known on the day of the release.
        It is None for a sign that does not count, for a day after the end of the Nepali calendar
        (``beyond_calendar``), and in releases older than this column.
        """
        return self._of_release(tables.released_sign, number).astype({"value": "Int64"})

    def presence(self, number: int) -> pd.DataFrame:
        """Return which organisations reported from where, columns `PRESENCE_COLUMNS`.

        Empty in public releases, and in releases older than this table.
        """
        return self._of_release(tables.presence, number).astype({"year": "int64"})

    def hotspots(self, number: int) -> pd.DataFrame:
        """Return where a rate is clearly higher than effort explains.

        Made by `data.release_making.hotspots`.

        Columns ``layer`` (district, palika, border_point), ``unit_code``, ``period``,
        ``hotspot_class``, ``reason`` (why there is too little data), ``ratio_low``, ``ratio_high``
        (95 % interval, as multiples of the rate of all units; a missing upper end is open),
        ``history``, ``gi_star``. In public releases ``reason`` and ``gi_star`` are empty. Releases
        older than this table have no row.
        """
        figures = dict.fromkeys(("ratio_low", "ratio_high", "gi_star"), float)
        return self._of_release(tables.hotspot, number).astype(figures)

    def hotspot_runs(self, number: int) -> pd.DataFrame:
        """Return how the hotspots of each layer and period were calculated.

        Columns ``layer``, ``period``, ``count_indicator``, ``exposure_indicator``, ``tested``
        (units), ``permutations``, ``parameters`` (JSON), ``first_release``.
        """
        return self._of_release(tables.hotspot_run, number)

    def policy_text(self, number: int) -> str:
        """Return the text of the policy under which a release was made.

        Raises
        ------
        SimaError
            If the release did not record it.
        """
        text = self._of_release(tables.released_policy, number)["content"]
        if text.empty:
            raise SimaError(f"The {self.audience} release {number} did not record its policy.")
        return str(text.iloc[0])

    def project(self, number: int) -> str:
        """Return the hash of the project's files under which a release was made.

        It is empty for a release from before it was recorded.
        """
        found = self._of_release(tables.released_policy, number)
        return "" if found.empty else str(found["project"].iloc[0])

    def project_files(self, number: int) -> str:
        """Return the files of the project that say what a release's figures mean, as JSON.

        See `ProjectFiles.with_meaning`. Empty for a release from before they were kept.
        """
        found = self._of_release(tables.released_policy, number)
        return "" if found.empty else str(found["project_files"].iloc[0])

    def licence(self, number: int) -> FiguresLicence:
        """Return the licence of a release's figures, as recorded when it was made.

        Both its parts are empty if none had been chosen by then.
        """
        found = self._of_release(tables.released_policy, number)
        if found.empty:
            return FiguresLicence()
        row = found.iloc[0]
        return FiguresLicence(str(row["figures_licence"]), str(row["licence_address"]))

    def request_of(self, number: int) -> int:
        """Return the request that a release answered.

        Raises
        ------
        SimaError
            If there is no such release.
        """
        table = tables.release
        query = sa.select(table.c.request_id).where(table.c.number == number)
        found = self._read(query, None)["request_id"]
        if found.empty:
            raise SimaError(f"There is no {self.audience} release {number}. See: sima releases")
        return int(found.iloc[0])


def require_reading_only(reader: ReleaseReader) -> None:
    """Refuse a server's role that may do more than read; a file is always opened read-only.

    A server does not limit the owner of the tables, or a role that bypasses row-level security, to
    a scope.

    Raises
    ------
    SimaError
        If the role may do more; the message says what to do.
    """
    if not engines.is_server(reader.address):
        return
    with engines.connect(reader.address, read_only=True).connect() as connection:
        more = connection.execute(sa.text(_MORE_THAN_READING)).scalar_one()
    if more:
        raise SimaError(
            f"The database role that reads the {reader.audience} releases may do more than read"
            " them. Give this service a role of its own that may only select: docs/access.md"
        )


@lru_cache(maxsize=512)
def _columns(engine: sa.Engine, table: str) -> frozenset[str]:
    """Return the names of a table's columns; none if there is no such table."""
    found = sa.inspect(engine)
    if not found.has_table(table):
        return frozenset()
    return frozenset(column["name"] for column in found.get_columns(table))


@lru_cache(maxsize=64)
def _file(path: str) -> sa.Engine:
    return engines.connect(path, read_only=True, immutable=True)


def _state(folder: str) -> sa.Engine:
    return engines.connect(str(Path(folder) / STATE_FILE), read_only=True)
