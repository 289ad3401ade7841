"""Engines, tables, migrations: the only package that knows SQLite from PostGIS."""
