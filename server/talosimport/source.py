"""A Talos database in SQLite: opened for reading alone, checked, and read as a stream.

Everything is read in one transaction, so that the rows are those of one moment. Text comes as
bytes: what is no UTF-8 is one row's fault, and does not end the reading of all.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from engine.redacted import Redacted
from storage.base import KeyKind

TABLES = {KeyKind.ISSUED: "issued_api_keys", KeyKind.IMPORTED: "imported_api_keys"}
_ISSUED_ALONE = ("token_prefix", "version")


class SourceError(Exception):
    """The database can't be read; the message says what happened, why, and what to do."""


class OldRow(Redacted, frozen=True):
    """One row, its columns as SQLite has them: int, bytes (text as well), float or None.

    `number` is the ROWID. The key id of an imported key is an unkeyed hash of the raw key, and so
    nothing here is ever shown whole.
    """

    number: object
    key_id: object
    name: object
    actor_id: object
    scopes: object
    status: object
    metadata: object
    last_used_at: object
    expires_at: object
    created_at: object
    updated_at: object
    rate_limit_quota: object
    rate_limit_window: object
    revocation_reason: object
    revocation_reason_text: object
    allowed_cidrs: object
    request_id: object
    visibility: object
    version: object = 1

    def __repr__(self) -> str:
        return f"OldRow(number={self.number})"


_COLUMNS = tuple(name for name in OldRow.__struct_fields__ if name not in ("number", "version"))


class Source:
    """The rows of one tenant (`nid`), and how many others there are. A context manager.

    Raises SourceError wherever the file can't be read as a Talos database.
    """

    def __init__(self, path: Path, nid: str) -> None:
        self.path = path
        self._nid = nid
        if not path.is_file():
            raise SourceError(f"There is no file {path}. Name the database of Talos with --db.")
        try:
            self._db = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None
            )
        except sqlite3.Error as error:
            raise self._unreadable(error) from None
        self._db.text_factory = bytes
        try:
            self._check()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def counts(self) -> tuple[dict[KeyKind, int], int]:
        """How many rows of each kind the tenant has, and how many others have."""
        own, others = dict.fromkeys(KeyKind, 0), 0
        for kind, table in TABLES.items():
            query = f"SELECT CAST(nid AS TEXT), COUNT(*) FROM {table} GROUP BY 1"
            for nid, count in self._rows(query):
                if nid == self._nid.encode():
                    own[kind] += count
                else:
                    others += count
        return own, others

    def prefixes(self) -> tuple[str, ...]:
        """The text prefixes of the tenant's issued keys."""
        query = f"""
            SELECT DISTINCT CAST(token_prefix AS TEXT) FROM {TABLES[KeyKind.ISSUED]}
            WHERE CAST(nid AS TEXT) = ? ORDER BY 1"""
        found = (row[0] for row in self._rows(query, self._nid))
        return tuple(each.decode("utf-8", "replace") for each in found if each)

    def rows(self, kind: KeyKind) -> Iterator[OldRow]:
        """The tenant's rows of a kind, by ROWID."""
        columns = ", ".join(("rowid", *_COLUMNS, *(["version"] if kind is KeyKind.ISSUED else [])))
        query = f"SELECT {columns} FROM {TABLES[kind]} WHERE CAST(nid AS TEXT) = ? ORDER BY rowid"
        for row in self._rows(query, self._nid):
            yield OldRow(*row)

    def _rows(self, query: str, *values: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(query, values)
        except sqlite3.Error as error:
            raise self._unreadable(error) from None

    def _check(self) -> None:
        try:
            self._db.execute("PRAGMA trusted_schema = OFF")
            self._db.execute("BEGIN")
            for kind in KeyKind:
                self._require_table(kind)
        except sqlite3.Error as error:
            raise self._unreadable(error) from None

    def _require_table(self, kind: KeyKind) -> None:
        table = TABLES[kind]
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if self._db.execute(query, (table,)).fetchone() is None:
            raise SourceError(f"{self.path} is no database of Talos: it has no table {table}.")
        has = {row[1].decode() for row in self._rows(f"PRAGMA table_info({table})")}
        wanted = {"nid", *_COLUMNS, *(_ISSUED_ALONE if kind is KeyKind.ISSUED else ())}
        if lacking := sorted(wanted - has):
            raise SourceError(
                f"{self.path} is no database of Talos that is known here: its table {table} lacks "
                f"{', '.join(lacking)}. Migrate it with a newer release of Talos first."
            )

    def _unreadable(self, error: sqlite3.Error) -> SourceError:
        return SourceError(
            f"{self.path} can't be read as a SQLite database ({error}). Stop Talos, and name its "
            "file, or a copy made with sqlite3's .backup, with --db."
        )
