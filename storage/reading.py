"""Reading a database beside the server that may have it open: nothing is locked or written."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TypeVar

from . import migrate
from .base import AuditBreak, AuditHead
from .chain import AuditKeys
from .errors import StoreError
from .sqlite import audit
from .sqlite.file import connect, explained
from .url import sqlite_path

Done = TypeVar("Done")


async def verify_audit(
    url: str, keys: AuditKeys, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
) -> AuditBreak | None:
    """As `AuditLog.verify_audit`. Raises StoreError."""
    await audit_heads(url)
    return await asyncio.to_thread(audit.walk, sqlite_path(url), keys, heads, unkeyed)


async def audit_heads(url: str) -> Sequence[AuditHead]:
    """As `AuditLog.audit_heads`. Raises StoreError."""
    return _reading(url, audit.heads)


async def checks(url: str) -> Mapping[int, bytes]:
    """As `Masters.checks`. Raises StoreError."""
    return _reading(url, lambda db: dict(db.execute("SELECT master_id, check_value FROM masters")))


def _reading(url: str, read: Callable[[sqlite3.Connection], Done]) -> Done:
    path = sqlite_path(url)
    if not path.exists():
        raise StoreError(f"There is no database {path}. Name another with --database.")
    with explained(path), closing(connect(path, read_only=True)) as db:
        migrate.check(db)
        db.execute("BEGIN")
        return read(db)
