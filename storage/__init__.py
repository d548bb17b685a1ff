"""Where keys, the revocation log, counters and the audit live; `base` has the contract."""

from collections.abc import Sequence

from .base import Store
from .migrate import Migration
from .postgres import schema as postgres_schema
from .postgres.store import PostgresStore
from .sqlite import schema as sqlite_schema
from .sqlite.store import SqliteStore
from .url import Database as Database
from .url import database as database
from .url import sqlite_path as sqlite_path


async def open_store(url: str) -> Store:
    """Open the store of a database URL; a SQLite file for this process alone.

    Raises StoreError, SchemaMismatch where the schema is not this version's, StoreUnavailable.
    """
    if database(url) is Database.SQLITE:
        return SqliteStore(sqlite_path(url))
    return await PostgresStore.open(url)


async def migrate_status(url: str) -> Sequence[Migration]:
    """Every step in order. Raises SchemaMismatch or StoreUnavailable; changes nothing."""
    if database(url) is Database.SQLITE:
        return sqlite_schema.status(sqlite_path(url))
    return await postgres_schema.status(url)


async def migrate_up(url: str) -> Sequence[str]:
    """Apply what is missing, each step whole; the names applied. Raises as `migrate_status`."""
    if database(url) is Database.SQLITE:
        return sqlite_schema.up(sqlite_path(url))
    return await postgres_schema.up(url)


async def is_initialised(url: str) -> bool:
    """Whether the database has any schema; a file that is missing or empty has none."""
    return any(step.applied for step in await migrate_status(url))
