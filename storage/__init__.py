"""Where keys, the revocation log, counters and the audit live; `base` has the contract."""

import time
from collections.abc import Callable

from .base import Store
from .migrate import is_initialised as is_initialised
from .migrate import migrate_status as migrate_status
from .migrate import migrate_up as migrate_up
from .sqlite.store import SqliteStore
from .url import sqlite_path as sqlite_path


async def open_store(url: str, *, clock: Callable[[], float] = time.time) -> Store:
    """Open the store of a database URL, for this process alone.

    Raises StoreError, SchemaMismatch where the schema is not this version's, StoreUnavailable.
    """
    return SqliteStore(sqlite_path(url), clock=clock)
