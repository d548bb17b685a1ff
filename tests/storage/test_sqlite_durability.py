"""What kill -9 can't show: the settings by which SQLite survives a loss of power, and the order."""

import sqlite3

import pytest

from storage.chain import AuditKeys
from storage.sql import change
from storage.sqlite.file import connect
from storage.sqlite.running import run as sqlite_run
from storage.url import sqlite_path

# SIGKILL leaves the page cache standing, so no test that only kills could tell FULL from OFF.
WAL, FULL = "wal", 2


def pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize("name", ["_db", "_writer._db"])
def test_every_connection_of_a_store_waits_for_the_disk_at_commit(sqlite, name):
    connection = sqlite
    for part in name.split("."):
        connection = getattr(connection, part)
    assert pragma(connection, "journal_mode") == WAL
    assert pragma(connection, "synchronous") == FULL
    assert pragma(connection, "foreign_keys") == 1


def test_the_reading_connection_of_a_store_writes_nothing(sqlite):
    assert pragma(sqlite._db, "query_only") == 1
    assert pragma(sqlite._writer._db, "query_only") == 0


@pytest.mark.parametrize("read_only", [False, True])
def test_no_schema_that_somebody_planted_in_the_file_runs_functions(url, read_only):
    connection = connect(sqlite_path(url), read_only=read_only)
    assert pragma(connection, "trusted_schema") == 0
    connection.close()


def test_the_counters_come_last_of_all_that_a_change_writes(url, build):
    connection = connect(sqlite_path(url))
    said: list[str] = []
    connection.set_trace_callback(said.append)
    kills = tuple(build.kill(build.id(n, shard)) for n, shard in ((1, 0), (2, 3), (3, 3)))
    full = build.change(insert=(build.key(10),), revoke=kills, request_id="r", raise_epoch=0)
    sqlite_run(connection, change.apply(full, AuditKeys(1, {1: b"k" * 32})))
    connection.close()
    writes = [each.split() for each in said if each.split()[0] in ("INSERT", "UPDATE", "DELETE")]
    tables = [words[2] for words in writes]
    last = tables[tables.index("counters") :]
    assert len(last) >= 3 and set(last) == {"counters"}
    others = {"api_keys", "requests", "tenants", "revocation_log", "audit_log"}
    assert set(tables) == {"counters", *others}
