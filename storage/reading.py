"""Reading a database beside the server that may have it open: nothing is locked or written."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import TypeVar

from . import migrate
from .base import AuditBreak, AuditHead
from .chain import AuditKeys
from .errors import StoreError
from .sql import audit, queries
from .sql.script import Script
from .sqlite.file import connect, explained
from .sqlite.running import read_once
from .url import sqlite_path

Done = TypeVar("Done")


async def verify_audit(
    url: str, keys: AuditKeys, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
) -> AuditBreak | None:
    """As `AuditLog.verify_audit`. Raises StoreError."""
    walk = partial(audit.walk, keys, heads, unkeyed)
    return await asyncio.to_thread(_reading, url, walk)


async def audit_heads(url: str) -> Sequence[AuditHead]:
    """As `AuditLog.audit_heads`. Raises StoreError."""
    return _reading(url, audit.heads)


async def checks(url: str) -> Mapping[int, bytes]:
    """As `Masters.checks`. Raises StoreError."""
    return _reading(url, queries.checks)


def _reading(url: str, script: Callable[[], Script[Done]]) -> Done:
    path = sqlite_path(url)
    if not path.exists():
        raise StoreError(f"There is no database {path}. Name another with --database.")
    with explained(path), closing(connect(path, read_only=True)) as db:
        migrate.check(db)
    return read_once(path, script)
