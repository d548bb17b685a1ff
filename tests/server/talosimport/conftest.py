"""A database as an Ory Talos installation leaves it, made from what is known of its schema."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

NIL = "00000000-0000-0000-0000-000000000000"
OTHER = "12345678-1234-4123-8123-123456789abc"

_SHARED = """
    name VARCHAR(255) NOT NULL DEFAULT '', actor_id VARCHAR(255), scopes JSON NOT NULL DEFAULT '[]',
    status INTEGER NOT NULL DEFAULT 1, metadata JSON, last_used_at DATETIME, expires_at DATETIME,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    rate_limit_quota BIGINT, rate_limit_window BIGINT, revocation_reason INTEGER DEFAULT 0,
    revocation_reason_text VARCHAR(500), allowed_cidrs JSON, request_id VARCHAR(36),
    visibility INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (nid, key_id),
    FOREIGN KEY (nid) REFERENCES networks (id) ON DELETE CASCADE"""
_SCHEMA = f"""
CREATE TABLE networks (id CHAR(36) PRIMARY KEY, created_at DATETIME, updated_at DATETIME);
INSERT INTO networks (id) VALUES ('{NIL}'), ('{OTHER}');
CREATE TABLE issued_api_keys (
    nid CHAR(36) NOT NULL, key_id CHAR(36) NOT NULL, token_prefix VARCHAR(16) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1, {_SHARED});
CREATE TABLE imported_api_keys (nid CHAR(36) NOT NULL, key_id CHAR(64) NOT NULL, {_SHARED});
CREATE INDEX issued_by_nid ON issued_api_keys (nid);
CREATE UNIQUE INDEX issued_request ON issued_api_keys (nid, request_id)
    WHERE request_id IS NOT NULL;
CREATE UNIQUE INDEX imported_request ON imported_api_keys (nid, request_id)
    WHERE request_id IS NOT NULL;
"""


def go_time(seconds: float) -> str:
    """A time as Go's driver for SQLite spells it."""
    moment = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment}.123456789 +0000 UTC"


class TalosDatabase:
    """Adds rows; a value that is a list or a dict becomes JSON in a BLOB, as Talos stores it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(_SCHEMA)

    def issued(self, key_id: str, at: int, /, **columns: Any) -> None:
        """An issued key created at a Unix second, good for an hour unless said otherwise."""
        self._insert("issued_api_keys", at, {"key_id": key_id, "token_prefix": "ory_ak"} | columns)

    def imported(self, raw_key: str, at: int, /, nid: str = NIL, **columns: Any) -> None:
        """An imported key by its raw key, of which Talos keeps the hash alone."""
        hash_ = hashlib.new("sha512_256", f"{nid}\0{raw_key}".encode()).hexdigest()
        self._insert("imported_api_keys", at, {"nid": nid, "key_id": hash_} | columns)

    def _insert(self, table: str, at: int, columns: dict[str, Any]) -> None:
        row = {
            "nid": NIL,
            "created_at": go_time(at),
            "updated_at": go_time(at),
            "expires_at": go_time(at + 3_600),
        } | columns
        values = [
            json.dumps(value).encode() if isinstance(value, list | dict) else value
            for value in row.values()
        ]
        marks = ", ".join("?" * len(row))
        self.db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", values)


@pytest.fixture
def old_database(tmp_path: Path) -> Callable[[], TalosDatabase]:
    """Makes tmp_path/talos.db."""
    return lambda: TalosDatabase(tmp_path / "talos.db")
