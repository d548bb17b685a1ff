"""A database as an Ory Talos installation leaves it, made from what is known of its schema."""

import asyncio
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from server import bootstrap, settings
from server.node import Node

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


class Marzipan:
    """The command line in processes of its own, on the database of one folder."""

    def __init__(self, folder: Path, hmac_secret: str) -> None:
        self.folder = folder
        self.path = folder / "marzipan.db"
        self.secrets = folder / "talos.secret"
        self.secrets.touch(0o600)
        self.secrets.write_text(f"{'r' * 32}\n{hmac_secret}\n")
        self._servers: list[subprocess.Popen[bytes]] = []
        self.admin_key = json.loads(self.run("init", "--json").stdout)["admin_key"]
        self.url = ""

    def _command(self, *words: str) -> list[str]:
        mine = () if "--database" in words else ("--database", f"sqlite:///{self.path}")
        return [sys.executable, "-m", "server", *words, *mine]

    def _env(self, **settings: str) -> dict[str, str]:
        env = {name: each for name, each in os.environ.items() if not name.startswith("MARZIPAN_")}
        return env | {f"MARZIPAN_{name.upper()}": value for name, value in settings.items()}

    def run(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        env = self._env(**settings)
        command = self._command(*words)
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)

    def words(self, *more: str) -> tuple[str, ...]:
        """Those of the import of talos.db."""
        db = str(self.folder / "talos.db")
        return ("import", "talos", "--db", db, "--hmac-secret-file", str(self.secrets), *more)

    def take(self, *more: str, code: int = 0, **settings: str) -> Any:
        """Import talos.db; what the command says as JSON."""
        done = self.run(*self.words("--json", *more), **settings)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def begin(self, *words: str, **settings: str) -> subprocess.Popen[bytes]:
        """A command that is left running."""
        command, env = self._command(*words), self._env(**settings)
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def serve(self, **settings: str) -> None:
        """Start the server; by default it takes credentials of the old installation."""
        old = {
            "talos_hmac_secret_file": str(self.secrets),
            "talos_prefixes": "ory_ak,acme_pk",
            "talos_issuers": "https://talos.example",
        }
        server = self.begin("serve", "--json", "--port", "0", **(old | settings))
        self._servers.append(server)
        assert server.stdout is not None
        self.url = json.loads(server.stdout.readline())["url"]

    def stop(self) -> None:
        """Stop every server that was started."""
        while self._servers:
            server = self._servers.pop()
            server.terminate()
            server.wait(30)
            assert server.stdout is not None
            server.stdout.close()

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A request of the administrator's."""
        headers = {"authorization": f"Bearer {self.admin_key}"}
        return httpx.request(method, self.url + path, json=body, headers=headers, timeout=30)

    def verify(self, credential: str, **context: Any) -> dict[str, Any]:
        """What the server says of a credential."""
        body = {"credential": credential} | ({"context": context} if context else {})
        answer = self.call("POST", "/v2alpha1/admin/apiKeys:verify", body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def code(self, credential: str, **context: Any) -> str:
        """Its error code without what all of them begin with, or "ok"."""
        told = self.verify(credential, **context)
        code = told.get("error_code", "VERIFICATION_ERROR_UNSPECIFIED")
        return "ok" if told["is_valid"] else code.removeprefix("VERIFICATION_ERROR_")

    def on(self, act: Callable[[Node], Coroutine[Any, Any, Any]]) -> Any:
        """Do something on a node over the database, while no server runs."""

        async def do() -> Any:
            said = settings.load({"database": f"sqlite:///{self.path}"}, {})
            async with bootstrap.existing(said) as node:
                return await act(node)

        return asyncio.run(do())

    def content(self) -> dict[str, list[Any]]:
        """Every row of every table, in order."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE sql > ''")]
            tables = [name for name in names if "_by_" not in name]
            return {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in tables}

    def keys(self) -> int:
        """How many keys of all tenants there are, the admin key among them."""
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT COUNT(*) FROM api_keys").fetchone()[0])


@pytest.fixture
def marzipan(tmp_path: Path, old_talos: Any) -> Iterator[Marzipan]:
    made = Marzipan(tmp_path, old_talos.secret)
    yield made
    made.stop()


@pytest.fixture
def old(tmp_path: Path) -> Iterator[TalosDatabase]:
    """tmp_path/talos.db."""
    made = TalosDatabase(tmp_path / "talos.db")
    yield made
    made.db.close()
