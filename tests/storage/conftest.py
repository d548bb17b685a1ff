"""Stores to test, on one event loop, and builders of what they hold."""

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest

from engine.types import Kind, Revocation
from storage import migrate_up, open_store
from storage.base import AuditEvent, Change, NewRevocation, Store, StoredKey
from storage.memory import MemoryStore
from tests.servers.cockroach import Cockroach
from tests.servers.postgres import Postgres, migrated
from tests.servers.wiping import say, wipe

COCKROACH = "MARZIPAN_TEST_COCKROACH_URL"
STORES = ["memory", "sqlite", "postgres", "cockroach-strict"]
if os.environ.get(COCKROACH):
    STORES.append("cockroach")

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]


class Build:
    """Makes ids, keys and changes with everything filled in that a test does not care about."""

    now = 1_800_000_000

    def id(self, number: int, shard: int = 0) -> bytes:
        """A 16-byte id; its first byte tells the shard of the revocation log."""
        return bytes([shard]) + number.to_bytes(15, "big")

    def key(self, number: int = 1, **fields: Any) -> StoredKey:
        filled: dict[str, Any] = {
            "tenant": "acme",
            "key_id": self.id(number),
            "master_id": 1,
            "issued_at": self.now,
            "expires_at": self.now + 3600,
            "created_ms": self.now * 1000,
            "updated_ms": self.now * 1000,
        }
        return StoredKey(**{**filled, **fields})

    def change(self, **fields: Any) -> Change:
        filled: dict[str, Any] = {
            "tenant": "acme",
            "at_ms": self.now * 1000,
            "audit": AuditEvent(action="test", caller="tester"),
        }
        return Change(**{**filled, **fields})

    def kill(
        self,
        target: bytes,
        kind: Kind = Kind.KEY,
        value: int = 0,
        expires_at: int = now + 7200,
        reason: str = "",
    ) -> NewRevocation:
        return NewRevocation(
            revocation=Revocation(kind, target, value), expires_at=expires_at, reason=reason
        )


@pytest.fixture
def build() -> Build:
    return Build()


@pytest.fixture
def run() -> Iterator[Run[Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture
def url(tmp_path: Path, run: Run[Any]) -> str:
    """A migrated SQLite database that nobody has open."""
    url = f"sqlite:///{tmp_path}/marzipan.db"
    run(migrate_up(url))
    return url


@pytest.fixture
def sqlite(url: str, run: Run[Any]) -> Iterator[Store]:
    store = run(open_store(url))
    yield store
    run(store.close())


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A Postgres with a migrated database named "template"."""
    with migrated("template") as server:
        yield server


@pytest.fixture(scope="session")
def shared_url(server: Postgres) -> str:
    """A migrated database that many tests use, one after another, each after `wipe`."""
    server.sql("CREATE DATABASE shared TEMPLATE template")
    return server.url("shared")


@pytest.fixture
def postgres_url(shared_url: str, run: Run[Any]) -> str:
    """A migrated database without a row. Its schema stays as it is: `own_url` may be altered."""
    run(wipe(shared_url))
    return shared_url


@pytest.fixture
def own_url(server: Postgres) -> Iterator[str]:
    """A migrated database of its own."""
    name = f"test_{secrets.token_hex(8)}"
    server.sql(f"CREATE DATABASE {name} TEMPLATE template")
    yield server.url(name)
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres(postgres_url: str, run: Run[Any]) -> Iterator[Store]:
    store = run(open_store(postgres_url))
    yield store
    run(store.close())


@pytest.fixture(scope="session")
def strict(server: Postgres) -> Iterator[Cockroach]:
    """What stands in for a CockroachDB, with a migrated database."""
    server.sql("CREATE DATABASE strict")
    strict = Cockroach(server, "strict")
    asyncio.run(migrate_up(strict.url))
    yield strict
    strict.stop()


@pytest.fixture
def strict_url(strict: Cockroach, run: Run[Any]) -> Iterator[str]:
    """A migrated database without a row; whatever was refused there fails the test."""
    run(wipe(strict.behind))
    yield strict.url
    strict.likely = 0.0
    strict.proxy.rule = lambda kind, body: None
    refused = [*strict.refused]
    strict.refused.clear()
    assert refused == []


@pytest.fixture
def cockroach_strict(strict_url: str, run: Run[Any]) -> Iterator[Store]:
    store = run(open_store(strict_url))
    yield store
    run(store.close())


@pytest.fixture(scope="session")
def real_url() -> Iterator[str]:
    """A new database of the CockroachDB whose URL the environment has."""
    if not (url := os.environ.get(COCKROACH)):
        pytest.skip(f"{COCKROACH} names no CockroachDB, so the contract was not tested on one")
    name = f"marzipan_{secrets.token_hex(8)}"
    asyncio.run(say(url, f"CREATE DATABASE {name}"))
    parts = urlsplit(url)._replace(scheme="cockroachdb", path=f"/{name}")
    asyncio.run(migrate_up(urlunsplit(parts)))
    yield urlunsplit(parts)
    asyncio.run(say(url, f"DROP DATABASE {name} CASCADE"))


@pytest.fixture
def cockroach(real_url: str, run: Run[Any]) -> Iterator[Store]:
    run(wipe(real_url))
    store = run(open_store(real_url))
    yield store
    run(store.close())


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that this test alone may hurt."""
    server = Postgres()
    server.sql("CREATE DATABASE mine")
    yield server
    server.stop()


@pytest.fixture
def mine(own_server: Postgres, run: Run[Any]) -> Iterator[Store]:
    run(migrate_up(own_server.url("mine")))
    store = run(open_store(own_server.url("mine")))
    yield store
    own_server.thaw()
    run(store.close())


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """Every store keeps the same contract."""
    if request.param == "memory":
        return MemoryStore()
    found: Store = request.getfixturevalue(request.param.replace("-", "_"))
    return found
