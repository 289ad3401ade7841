"""The CONFIDENTIAL store, append-only: what was uploaded, and who decided what about it.

Only stewards' pages and the command line reach this module, through `data.pipeline`. Making a
release reads it in `data.release_making.inputs`.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from data.database import engines, tables
from data.database.choice_store import ChoiceStore
from data.database.project_store import ProjectStore
from data.database.tables import Store
from data.database.withdrawal_store import WithdrawalStore
from data.disclosure.frozen_periods import last_entries
from data.model import AdminLevel, Audience, SimaError
from data.reference.gazetteer import Alias, Gazetteer
from data.reference.organisations import Organisation, list_organisations

KEY = ["place_code", "indicator", "period", "sex", "age_band"]
RECORD_COLUMNS = [*KEY, "period_start", "period_end", "state", "value"]
_KEY_BYTES = 32  # of a secret
_DEMO_KEY = hashlib.sha256(b"synthetic").digest()
SIGN_COLUMNS = ["unit_code", "sign", "signed_on", "number", "value"]


@dataclass(frozen=True, slots=True)
class BoundarySet:
    """The source of a set of boundaries; ``vintage`` is the first day on which it is in force."""

    level: AdminLevel
    source: str
    licence: str
    attribution: str
    vintage: date


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """What is stored of an upload beside its figures; ``reason`` and ``organisation`` are codes."""

    kind: str
    content_hash: str
    accepted_by: str
    synthetic: bool
    reason: str | None
    organisation: str | None = None


class Holdings:
    """The confidential store of one programme."""

    def __init__(self, engine: sa.Engine) -> None:
        """Keep an engine whose schema is current; use `create` or `open` instead."""
        self._engine = engine

    @classmethod
    def create(cls, address: str, *, synthetic: bool) -> "Holdings":
        """Create the store, or open it if it exists.

        Raises
        ------
        SimaError
            If the store was created for the other kind of data.
        """
        if not engines.is_server(address):
            Path(address).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = engines.connect(address)
        engines.upgrade(engine, Store.HOLDINGS)
        with engines.writing(engine) as connection:
            rows = connection.execute(sa.select(tables.store_info)).all()
            info: dict[str, str] = {str(name): str(value) for name, value in rows}
            if "synthetic" not in info:
                row = {"name": "synthetic", "value": "yes" if synthetic else "no"}
                connection.execute(tables.store_info.insert(), row)
            elif (info["synthetic"] == "yes") != synthetic:
                kind = "synthetic" if info["synthetic"] == "yes" else "real"
                raise SimaError(
                    f"This store was created for {kind} data and cannot be changed."
                    " Use another one."
                )
        return cls(engine)

    @classmethod
    def open(cls, address: str) -> "Holdings":
        """Open the store; SimaError if it is missing or of another version."""
        if not engines.is_server(address) and not Path(address).exists():
            raise SimaError("There are no holdings yet. Run: sima setup")
        engine = engines.connect(address)
        engines.require_current(engine, Store.HOLDINGS)
        return cls(engine)

    @property
    def synthetic(self) -> bool:
        """Whether the store is for synthetic data; it refuses the other kind."""
        query = sa.select(tables.store_info.c.value).where(tables.store_info.c.name == "synthetic")
        return self._scalar(query) == "yes"

    def _frame(self, query: sa.Select[Any]) -> pd.DataFrame:
        with self._engine.connect() as connection:
            result = connection.execute(query)
            return pd.DataFrame(result.fetchall(), columns=list(result.keys()))

    def _scalar(self, query: sa.Select[Any]) -> Any:  # noqa: ANN401  # a column of any type
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    # ---- places

    def add_units(self, units: pd.DataFrame, crosswalk: pd.DataFrame) -> int:
        """Add units and their other codes, and return how many units were new.

        ``units`` as `Gazetteer.units` with ``valid_from``, ``valid_to`` and ``source``. Units that
        are already stored are left unchanged.
        """
        with engines.writing(self._engine) as connection:
            held = set(connection.execute(sa.select(tables.unit.c.unit_code)).scalars())
            new = units.loc[~units.index.isin(held)].reset_index()
            if len(new):
                connection.execute(tables.unit.insert(), engines.rows_of(new))
            held_codes = sa.select(tables.crosswalk.c.scheme, tables.crosswalk.c.code)
            known = {(scheme, code) for scheme, code in connection.execute(held_codes)}
            keys = zip(crosswalk["scheme"], crosswalk["code"], strict=True)
            codes = crosswalk.loc[[key not in known for key in keys]]
            if len(codes):
                connection.execute(tables.crosswalk.insert(), engines.rows_of(codes))
        return len(new)

    def add_succession(
        self, predecessors: Iterable[str], successors: Iterable[str], *, on: date, source: str
    ) -> None:
        """Record a merge or a split: the old units end the day before ``on``.

        Figures keep the unit they were counted in; the successors must already be stored.
        """
        old, new = list(predecessors), list(successors)
        links = [
            {"predecessor": a, "successor": b, "on_day": on, "source": source}
            for a in old
            for b in new
        ]
        ends = date.fromordinal(on.toordinal() - 1)
        with engines.writing(self._engine) as connection:
            connection.execute(tables.succession.insert(), links)
            for table in (tables.unit, tables.boundary):
                ended = sa.update(table).where(
                    table.c.unit_code.in_(old), table.c.valid_to.is_(None)
                )
                connection.execute(ended.values(valid_to=ends))

    def units(self, *, on: date | None = None) -> pd.DataFrame:
        """Return units, index ``unit_code``; with ``on``, only those that exist on that day."""
        query = sa.select(tables.unit)
        if on is not None:
            query = query.where(_holds(tables.unit, on))
        frame = self._frame(query).set_index("unit_code")
        return frame.astype({"ward_number": "Int64", "population_2021": "Int64"})

    def crosswalk(self) -> pd.DataFrame:
        """Return the codes of other schemes: ``scheme``, ``code``, ``unit_code``."""
        return self._frame(sa.select(tables.crosswalk))

    def add_boundary_set(self, info: BoundarySet, boundaries: gpd.GeoDataFrame) -> str:
        """Add boundaries, and return their name, a hash of their content.

        ``boundaries``: index ``unit_code``, EPSG:4326, MultiPolygon ``geometry``, all of one level.
        Adding the same boundaries again changes nothing.
        """
        ordered = boundaries.sort_index()
        digest = hashlib.sha256(f"{info.level.value}|{info.vintage}|{info.source}".encode())
        for code, wkb in zip(ordered.index, ordered.geometry.to_wkb(), strict=True):
            digest.update(code.encode() + wkb)
        name = digest.hexdigest()[:16]
        table = tables.boundary_set
        with engines.writing(self._engine) as connection:
            there = sa.select(table.c.boundary_set).where(table.c.boundary_set == name)
            if connection.execute(there).first():
                return name
            row = {
                "boundary_set": name,
                "admin_level": int(info.level),
                "source": info.source,
                "licence": info.licence,
                "attribution": info.attribution,
                "vintage": info.vintage,
                "units": len(ordered),
            }
            connection.execute(table.insert(), row)
            shapes = [
                {
                    "unit_code": code,
                    "boundary_set": name,
                    "admin_level": int(info.level),
                    "valid_from": info.vintage,
                    "valid_to": None,
                    "geometry": shape,
                }
                for code, shape in zip(ordered.index, ordered.geometry, strict=True)
            ]
            connection.execute(tables.boundary.insert(), shapes)
        return name

    def boundary_sets(self) -> pd.DataFrame:
        """Return the boundary sets, ordered by level and vintage."""
        table = tables.boundary_set
        return self._frame(sa.select(table).order_by(table.c.admin_level, table.c.vintage))

    def boundaries(self, level: AdminLevel, *, on: date) -> gpd.GeoDataFrame:
        """Return for each unit of a level the newest boundary in force on a day.

        Index ``unit_code``; columns ``admin_level``, ``boundary_set``, ``geometry``; EPSG:4326.
        """
        table = tables.boundary
        query = sa.select(
            table.c.unit_code,
            table.c.admin_level,
            table.c.boundary_set,
            table.c.valid_from,
            table.c.geometry,
        ).where(table.c.admin_level == int(level), _holds(table, on))
        frame = self._frame(query).sort_values(["valid_from", "boundary_set"])
        newest = frame.drop_duplicates("unit_code", keep="last").set_index("unit_code").sort_index()
        return gpd.GeoDataFrame(
            newest.drop(columns="valid_from"), geometry="geometry", crs="EPSG:4326"
        )

    def add_sites(self, sites: pd.DataFrame) -> None:
        """Add the booths (index ``site_code``) that are not stored yet."""
        with engines.writing(self._engine) as connection:
            held = set(connection.execute(sa.select(tables.site.c.site_code)).scalars())
            new = sites.loc[~sites.index.isin(held)].reset_index()
            if len(new):
                connection.execute(tables.site.insert(), engines.rows_of(new))

    def sites(self) -> pd.DataFrame:
        """Return booths, index ``site_code``."""
        return self._frame(sa.select(tables.site)).set_index("site_code")

    @property
    def project(self) -> ProjectStore:
        """What these holdings keep of the project."""
        return ProjectStore(self._engine)

    @property
    def withdrawals(self) -> WithdrawalStore:
        """Who withdrew releases, and which figures must not be shown again."""
        return WithdrawalStore(self._engine)

    @property
    def choices(self) -> ChoiceStore:
        """What waits and what is hidden in the releases of requests."""
        return ChoiceStore(self._engine)

    def programme(self) -> pd.DataFrame:
        """Return the places of the programme: ``unit_code``, ``since``, ``until``.

        They are those of the project's list, in the state to which they were changed since.
        """
        listed, changed = Gazetteer.load().programme, self.project.places()
        kept = listed[~listed["unit_code"].isin(changed["unit_code"])]
        return pd.concat([kept, changed], ignore_index=True)

    def listed_organisations(self) -> Mapping[str, Organisation]:
        """Return the organisations that may be named, by code: the listed and the added ones."""
        added = {
            str(row["code"]): Organisation(
                str(row["code"]), {"en": row["name_en"], "ne": row["name_ne"]}, self.synthetic
            )
            for _n, row in self.project.organisations().iterrows()
        }
        return {**added, **list_organisations(synthetic=self.synthetic)}

    def aliases(self) -> list[Alias]:
        """Return the spellings that a person decided about."""
        table = tables.alias
        rows = self._frame(
            sa.select(table.c.kind, table.c.text, table.c.district_code, table.c.code)
        )
        return [Alias(**row) for row in engines.rows_of(rows)]

    def add_alias(self, alias: Alias, *, by: str) -> None:
        """Store what a spelling means; a later decision replaces an earlier one."""
        table = tables.alias
        key = {"kind": alias.kind, "text": alias.text, "district_code": alias.district_code}
        with engines.writing(self._engine) as connection:
            connection.execute(sa.delete(table).filter_by(**key))
            row = {**key, "code": alias.code, "decided_by": by, "decided_at": engines.now()}
            connection.execute(table.insert(), row)

    # ---- figures

    def batch_with(self, content_hash: str) -> int | None:
        """Return the batch that was made of exactly this file; None if there is none."""
        table = tables.batch
        return self._scalar(sa.select(table.c.batch_id).where(table.c.content_hash == content_hash))

    def last_batch(self) -> int:
        """Return the number of the newest batch; 0 if there is none."""
        return self._scalar(sa.select(sa.func.max(tables.batch.c.batch_id))) or 0

    def batches(self) -> pd.DataFrame:
        """Return every batch without its figures, newest first."""
        return self._frame(sa.select(tables.batch).order_by(tables.batch.c.batch_id.desc()))

    def organisations(self) -> dict[int, str]:
        """Return organisation codes by batch; batches without one are left out."""
        table = tables.batch
        query = sa.select(table.c.batch_id, table.c.organisation)
        rows = self._frame(query.where(table.c.organisation.is_not(None)))
        return {int(n): str(code) for n, code in rows.itertuples(index=False)}

    def current_records(self, *, last_batch: int | None = None) -> pd.DataFrame:
        """Return the newest record of every place, indicator, period, sex and age band.

        Columns ``place_code``, ``indicator``, ``period``, ``sex``, ``age_band``, ``period_start``,
        ``period_end``, ``state``, ``value`` (Int64), ``batch_id``. With ``last_batch``, records of
        later batches are left out.
        """
        table = tables.record
        query = sa.select(*[table.c[name] for name in [*RECORD_COLUMNS, "batch_id"]])
        if last_batch is not None:
            query = query.where(table.c.batch_id <= last_batch)
        frame = self._frame(query.order_by(table.c.batch_id))
        newest = frame.drop_duplicates(KEY, keep="last").reset_index(drop=True)
        return newest.astype({"value": "Int64"})

    def records_as_of(self, frozen: pd.DataFrame, *, last_batch: int) -> pd.DataFrame:
        """Return the newest records, and for frozen periods those that were newest then.

        ``frozen``: ``indicator``, native ``period``, ``last_batch``, ``place_code``; later records
        of these periods wait for a restatement. Columns as `current_records`.
        """
        table = tables.record
        query = sa.select(*[table.c[name] for name in [*RECORD_COLUMNS, "batch_id"]])
        query = query.where(table.c.batch_id <= last_batch).order_by(table.c.batch_id)
        frame = self._frame(query)
        until = last_entries(frozen, frame).fillna(last_batch)
        known = frame[frame["batch_id"] <= until]
        newest = known.drop_duplicates(KEY, keep="last").reset_index(drop=True)
        return newest.astype({"value": "Int64"})

    def successions(self) -> pd.DataFrame:
        """Return merges and splits: ``predecessor``, ``successor``, ``on_day``."""
        table = tables.succession
        return self._frame(sa.select(table.c.predecessor, table.c.successor, table.c.on_day))

    def current_signs(self, *, last_batch: int | None = None) -> pd.DataFrame:
        """Return the newest form of every committee sign.

        Columns `SIGN_COLUMNS` and ``batch_id``. With ``last_batch``, signs of later batches are
        left out.
        """
        table = tables.sign
        query = sa.select(*[table.c[name] for name in [*SIGN_COLUMNS, "batch_id"]])
        if last_batch is not None:
            query = query.where(table.c.batch_id <= last_batch)
        frame = self._frame(query.order_by(table.c.batch_id))
        newest = frame.drop_duplicates(SIGN_COLUMNS[:-1], keep="last").reset_index(drop=True)
        return newest.astype({"value": "Int64"})

    def add_batch(
        self,
        info: BatchInfo,
        records: pd.DataFrame,
        signs: pd.DataFrame,
        *,
        content: bytes,
        suffix: str,
        delete_after: datetime,
    ) -> int:
        """Store an accepted upload in one transaction, and return its batch number.

        Raises
        ------
        SimaError
            If real and synthetic data would mix, or the same file is already stored.
        """
        if info.synthetic != self.synthetic:
            mine, its = ("synthetic", "real") if self.synthetic else ("real", "synthetic")
            raise SimaError(f"This store holds {mine} data only; the file is marked as {its}.")
        with engines.writing(self._engine) as connection:
            newest = connection.execute(sa.select(sa.func.max(tables.batch.c.batch_id))).scalar()
            number = (newest or 0) + 1
            there = sa.select(tables.batch.c.batch_id).filter_by(content_hash=info.content_hash)
            if connection.execute(there).first():
                raise SimaError("This file is already stored; nothing was changed.")
            row = {
                "batch_id": number,
                "kind": info.kind,
                "content_hash": info.content_hash,
                "accepted_by": info.accepted_by,
                "accepted_at": engines.now(),
                "synthetic": info.synthetic,
                "reason": info.reason,
                "organisation": info.organisation,
                "figures": len(records) + len(signs),
            }
            connection.execute(tables.batch.insert(), row)
            for table, frame, columns in (
                (tables.record, records, RECORD_COLUMNS),
                (tables.sign, signs, SIGN_COLUMNS),
            ):
                if len(frame):
                    listed = engines.rows_of(frame[columns].assign(batch_id=number))
                    connection.execute(table.insert(), listed)
            kept = {
                "batch_id": number,
                "suffix": suffix,
                "content": content,
                "delete_after": delete_after.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
            connection.execute(tables.upload.insert(), kept)
        return number

    def purge_uploads(self, now: datetime) -> int:
        """Delete the uploaded files whose retention has ended, and return how many.

        Their figures stay, and the time of the deletion is recorded.
        """
        table = tables.upload
        moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        past = sa.update(table).where(table.c.deleted_at.is_(None), table.c.delete_after <= moment)
        with engines.writing(self._engine) as connection:
            result = connection.execute(past.values(content=None, deleted_at=moment))
        return int(result.rowcount)

    def uploads(self) -> pd.DataFrame:
        """Return uploaded files: ``batch_id``, ``delete_after``, ``deleted_at``."""
        table = tables.upload
        return self._frame(sa.select(table.c.batch_id, table.c.delete_after, table.c.deleted_at))

    # ---- requests

    def add_request(self, audience: Audience, *, by: str, restates: str | None = None) -> int:
        """Store a request for a release of everything accepted so far, and return its number.

        ``restates`` is the code of a year to be published again.
        """
        with engines.writing(self._engine) as connection:
            newest = connection.execute(
                sa.select(sa.func.max(tables.request.c.request_id))
            ).scalar()
            last = connection.execute(sa.select(sa.func.max(tables.batch.c.batch_id))).scalar()
            row = {
                "request_id": (newest or 0) + 1,
                "audience": audience.value,
                "asked_by": by,
                "asked_at": engines.now(),
                "last_batch": last or 0,
                "state": "asked",
                "restates": restates,
            }
            connection.execute(tables.request.insert(), row)
        return int(str(row["request_id"]))

    def request(self, number: int) -> Mapping[str, Any]:
        """Return one request; SimaError if there is no such number."""
        found = engines.rows_of(self.requests())
        for row in found:
            if row["request_id"] == number:
                return row
        raise SimaError(f"There is no request {number}. See: sima requests")

    def suppression_key(self, request_id: int) -> bytes:
        """Return the secret by which the gate chooses further cells for the release of a request.

        It is made when it is first needed, is never in a release, and changes only with a
        restatement: from then on, the next releases use the restatement's own.
        """
        of_request = self.request(request_id)
        requests = self.requests()
        restated = requests["restates"].notna() & requests["state"].eq("approved")
        earlier = requests.loc[restated & requests["request_id"].lt(request_id), "request_id"]
        number = request_id if of_request["restates"] else int(max([0, *earlier]))
        table = tables.suppression_key
        query = sa.select(table.c.secret).where(table.c.request_id == number)
        with engines.writing(self._engine) as connection:
            found = connection.execute(query).scalar()
            if found is None:
                # A demonstration hides nobody, and everybody's is the same.
                found = _DEMO_KEY if self.synthetic else secrets.token_bytes(_KEY_BYTES)
                connection.execute(table.insert(), {"request_id": number, "secret": found})
        return bytes(found)

    def requests(self) -> pd.DataFrame:
        """Return every request, newest first."""
        return self._frame(sa.select(tables.request).order_by(tables.request.c.request_id.desc()))

    def decide(
        self, number: int, *, by: str, state: str, release_number: int | None = None
    ) -> None:
        """Close an open request.

        Raises
        ------
        SimaError
            If it has already been decided.
        """
        table = tables.request
        change = sa.update(table).where(table.c.request_id == number, table.c.state == "asked")
        values = {
            "state": state,
            "decided_by": by,
            "decided_at": engines.now(),
            "release_number": release_number,
        }
        with engines.writing(self._engine) as connection:
            if connection.execute(change.values(**values)).rowcount != 1:
                raise SimaError(f"Request {number} has already been decided.")

    # ---- certificates and consents

    def put_certificate(self, request_id: int, audience: Audience, content: bytes) -> None:
        """Store the certificate of a request's release; a later one replaces it."""
        table = tables.certificate
        row = {"request_id": request_id, "audience": audience.value, "content": content}
        with engines.writing(self._engine) as connection:
            connection.execute(sa.delete(table).where(table.c.request_id == request_id))
            connection.execute(table.insert(), row)

    def certificate(self, request_id: int) -> bytes | None:
        """Return the certificate of a request; None if there is none."""
        table = tables.certificate
        content = self._scalar(sa.select(table.c.content).where(table.c.request_id == request_id))
        return None if content is None else bytes(content)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other writers out, so that releases are decided one at a time."""
        with engines.writing(self._engine):
            yield

    def consent(self, policy_hash: str, *, by: str) -> None:
        """Store that an account agrees to a policy that protects less."""
        table = tables.policy_consent
        row = {"policy_hash": policy_hash, "account": by, "consented_at": engines.now()}
        with engines.writing(self._engine) as connection:
            query = sa.select(table.c.account).where(
                table.c.policy_hash == policy_hash, table.c.account == by
            )
            if connection.execute(query).first() is None:
                connection.execute(table.insert(), row)

    def consents(self, policy_hash: str) -> list[str]:
        """Return the accounts that agreed to a policy."""
        table = tables.policy_consent
        frame = self._frame(sa.select(table.c.account).where(table.c.policy_hash == policy_hash))
        return [str(name) for name in frame["account"]]


def _holds(table: sa.Table, on: date) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.valid_from <= on,
        sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= on),
    )
