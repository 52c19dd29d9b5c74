"""The shared engine: PostgreSQL with PostGIS, for several processes on one database."""

from beffroi.store.postgres.engine import PostgresStore

__all__ = ["PostgresStore"]
