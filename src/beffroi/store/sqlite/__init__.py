"""The embedded engine: one file, SQLite in WAL mode with every commit synced."""

from beffroi.store.sqlite.engine import SqliteStore

__all__ = ["SqliteStore"]
