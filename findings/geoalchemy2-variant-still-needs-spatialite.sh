#!/usr/bin/env bash
# GeoAlchemy2: a geometry column with a plain variant for SQLite still calls SpatiaLite.
#
# A good guess: `Geometry(...).with_variant(LargeBinary(), "sqlite")` is a plain BLOB on SQLite, as
#   with other types of SQLAlchemy, and needs no extension there.
# What happens: CREATE TABLE does say BLOB, but `create_all` then runs `RecoverGeometryColumn`,
#   which only SpatiaLite has, and raises "no such function".
# What to do: a `TypeDecorator` whose `load_dialect_impl` picks the type, as `Shape` below.
# Why it matters to us: one model serves PostGIS and a plain SQLite file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip install -q --no-compile --disable-pip-version-check \
  geoalchemy2==0.20.0 sqlalchemy==2.1.9

venv/bin/python - <<'PYTHON'
import sys
import geoalchemy2, sqlalchemy
from geoalchemy2 import Geometry
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeDecorator

print("geoalchemy2", geoalchemy2.__version__, "sqlalchemy", sqlalchemy.__version__)


class Shape(TypeDecorator):
    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect):
        sqlite = dialect is None or dialect.name == "sqlite"
        return LargeBinary() if sqlite else Geometry("MULTIPOLYGON", srid=4326)


def create(kind):
    engine, metadata = create_engine("sqlite://"), MetaData()
    table = Table("units", metadata, Column("id", Integer, primary_key=True), Column("shape", kind))
    for dialect in (engine.dialect, postgresql.dialect()):
        print(dialect.name, " ".join(str(CreateTable(table).compile(dialect=dialect)).split()))
    try:
        metadata.create_all(engine)
    except OperationalError as error:
        return str(error.orig)
    return "created"


variant = create(Geometry("MULTIPOLYGON", srid=4326).with_variant(LargeBinary(), "sqlite"))
print("with_variant on SQLite:", variant)
decorated = create(Shape())
print("TypeDecorator on SQLite:", decorated)
changed = "RecoverGeometryColumn" not in variant or decorated != "created"
print("CHANGED: look again" if changed else "Seen: the variant alone is not enough.")
sys.exit(changed)
PYTHON
