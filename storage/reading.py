"""Reading a database beside the server that may have it open: nothing is locked or written."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from .base import AuditBreak, AuditHead
from .chain import AuditKeys
from .cluster import ClusterNode
from .errors import StoreError
from .postgres.reading import read_once as read_from_server
from .sql import audit, cluster, counters, queries
from .sql.script import Script
from .sqlite import schema
from .sqlite.file import connect, explained
from .sqlite.running import read_once as read_from_file
from .url import Database, database, sqlite_path

Done = TypeVar("Done")


async def verify_audit(
    url: str, keys: AuditKeys, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
) -> AuditBreak | None:
    """As `AuditLog.verify_audit`. Raises StoreError."""
    return await _read(url, partial(audit.walk, keys, heads, unkeyed))


async def audit_heads(url: str) -> Sequence[AuditHead]:
    """As `AuditLog.audit_heads`. Raises StoreError."""
    return await _read(url, audit.heads)


async def checks(url: str) -> Mapping[int, bytes]:
    """As `Masters.checks`. Raises StoreError."""
    return await _read(url, queries.checks)


async def nodes(url: str) -> Sequence[ClusterNode]:
    """As `Cluster.nodes`. Raises StoreError."""
    return await _read(url, cluster.nodes)


async def positions(url: str) -> Sequence[int]:
    """As `RevocationLog.positions`. Raises StoreError."""
    return await _read(url, counters.ends)


async def _read(url: str, script: Callable[[], Script[Done]]) -> Done:
    if database(url) is not Database.SQLITE:
        return await read_from_server(url, script)
    # On a thread of its own: a long chain holds up nobody.
    return await asyncio.to_thread(_read_file, sqlite_path(url), script)


def _read_file(path: Path, script: Callable[[], Script[Done]]) -> Done:
    if not path.exists():
        raise StoreError(f"There is no database {path}. Name another with --database.")
    with explained(path), closing(connect(path, read_only=True)) as db:
        schema.check(db)
    return read_from_file(path, script)
