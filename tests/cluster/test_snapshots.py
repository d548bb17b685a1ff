"""A node on a machine of its own that begins with a snapshot from Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Kind, Revocation
from server import bootstrap, housekeeping, settings
from server.node import Node
from server.snapshots import sets
from server.snapshots.carrier import Carrier
from server.snapshots.making import Making
from storage.base import AuditEvent, Change, NewRevocation
from tests.servers.followed import followed
from tests.servers.valkey import Valkey

from .conftest import Cluster

COUNT = 3000


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seq of every entry that a feed reads from now on."""
    return followed(monkeypatch)


class Machines:
    """Nodes over one database and one Redis, each with a folder of its own."""

    def __init__(self, cluster: Cluster, valkey: Valkey, folder: Path) -> None:
        self._flags = {
            "database": cluster.url,
            "redis": valkey.url,
            "secret_file": str(cluster.folder / "secret"),
        }
        self._folder = folder
        self._count = 0
        self.valkey = valkey

    @contextlib.asynccontextmanager
    async def start(self) -> AsyncIterator[Node]:
        """A node on a machine that has nothing yet."""
        self._count += 1
        flags = self._flags | {"snapshots": str(self._folder / str(self._count))}
        node, _ = await bootstrap.start(settings.load(flags, {}))
        try:
            yield node
        finally:
            await housekeeping.stop(node)

    def fields(self) -> tuple[bytes, dict[bytes, bytes]]:
        """The hash that carries the only set, by its key."""
        asking = self.valkey.client()
        (key,) = asking.keys("*:snapshot:*")
        return key, asking.hgetall(key)


@pytest.fixture
def machines(cluster: Cluster, valkey: Valkey, tmp_path: Path) -> Machines:
    return Machines(cluster, valkey, tmp_path / "machines")


async def _revoke(node: Node, *numbers: int) -> None:
    entries = [
        NewRevocation(
            revocation=Revocation(Kind.GRANT, number.to_bytes(16, "little")),
            expires_at=node.now() + 86_400,
        )
        for number in numbers
    ]
    event = AuditEvent(action="test", caller="test")
    await node.commit(
        Change(tenant="default", at_ms=node.now_ms(), audit=event, revoke=tuple(entries))
    )


def _denies(node: Node, *numbers: int) -> bool:
    ids = [number.to_bytes(16, "little") for number in numbers]
    return all(node.tenant.denylist.is_dead(Kind.GRANT, each) for each in ids)


async def _made(machines: Machines) -> None:
    """A set in Redis, made by a node that is gone, with COUNT revocations."""
    async with machines.start() as node:
        await _revoke(node, *range(COUNT))
        await node.feed.poll()
        making = Making(node, node.feed.epoch)
        await making.make()
        await making.close()


def test_a_new_machine_begins_with_a_snapshot_from_redis_and_reads_what_came_later(
    machines: Machines, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "PORTION", 4096)

    async def scene() -> None:
        await _made(machines)
        async with machines.start() as late:
            await _revoke(late, COUNT)
        read.clear()
        async with machines.start() as node:
            assert node.feed.synced and node.tenant.denylist.adopted is not None
            assert len(read) == 1 and _denies(node, *range(COUNT + 1))
            assert len(machines.fields()[1]) > 10

    asyncio.run(scene())


Harm = Callable[[Any, bytes, dict[bytes, bytes]], object]

HARMS: dict[str, Harm] = {
    "all is gone": lambda redis, key, fields: redis.delete(key),
    "a chunk is gone": lambda redis, key, fields: redis.hdel(key, "default:1"),
    "a chunk was cut": lambda redis, key, fields: redis.hset(
        key, "default:1", fields[b"default:1"][:-1]
    ),
    "a chunk was changed": lambda redis, key, fields: redis.hset(
        key, "default:1", fields[b"default:1"][:-1] + b"?"
    ),
    "chunks were swapped": lambda redis, key, fields: redis.hset(
        key, "default:1", fields[b"default:2"]
    ),
    "the set was cut": lambda redis, key, fields: redis.hset(key, "set", fields[b"set"][:-1]),
    "the set was changed": lambda redis, key, fields: redis.hset(
        key, "set", fields[b"set"][:-1] + b"?"
    ),
    "a chunk is far too long": lambda redis, key, fields: redis.hset(
        key, "default:1", bytes(sets.LARGEST + 2048)
    ),
    "it is of another type": lambda redis, key, fields: (redis.delete(key), redis.set(key, "x")),
}


@pytest.mark.parametrize("what", HARMS)
def test_of_a_snapshot_that_is_not_whole_nothing_is_taken_and_the_whole_log_is_read(
    machines: Machines, read: list[int], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(sets, "PORTION", 4096)

    async def scene() -> None:
        await _made(machines)
        HARMS[what](machines.valkey.client(), *machines.fields())
        read.clear()
        async with machines.start() as node:
            assert node.feed.synced and node.tenant.denylist.adopted is None
            assert len(read) == COUNT and _denies(node, *range(COUNT))

    asyncio.run(scene())


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_a_start_without_redis_is_a_start_that_reads_the_log(
    machines: Machines, read: list[int], fault: str
) -> None:
    async def scene() -> None:
        await _made(machines)
        getattr(machines.valkey, fault)()
        read.clear()
        async with machines.start() as node:
            assert node.feed.synced and len(read) == COUNT and _denies(node, *range(COUNT))

    asyncio.run(scene())


def test_a_start_on_which_redis_dies_halfway_knows_everything(
    machines: Machines, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "PORTION", 4096)
    chunk = Carrier.chunk

    async def dying(self: Carrier, digest: bytes, manifest: Any, number: int) -> bytes:
        if number == 5:
            machines.valkey.kill()
        return await chunk(self, digest, manifest, number)

    async def scene() -> None:
        await _made(machines)
        read.clear()
        monkeypatch.setattr(Carrier, "chunk", dying)
        async with machines.start() as node:
            assert node.feed.synced and len(read) == COUNT and _denies(node, *range(COUNT))

    asyncio.run(scene())


def test_of_many_nodes_with_much_in_memory_one_makes_a_snapshot_and_the_others_adopt_it(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines._flags["denylist_exact"] = COUNT
    made: list[Making] = []
    make = Making.make

    async def counted(self: Making) -> None:
        made.append(self)
        await make(self)

    monkeypatch.setattr(Making, "make", counted)

    async def scene() -> None:
        async with machines.start() as a, machines.start() as b, machines.start() as c:
            nodes = (a, b, c)
            await _revoke(a, *range(COUNT))
            now = 0.0
            makings = [Making(node, node.feed.epoch, lambda: now) for node in nodes]
            for _ in range(3):
                now += 1000
                await _each(nodes, lambda node: node.feed.poll())
                for each in makings:
                    await each.look()
            assert len(made) == 1
            for node in nodes:
                assert node.tenant.denylist.exact == 0 and _denies(node, *range(COUNT))
            for each in makings:
                await each.close()

    asyncio.run(scene())


async def _each(nodes: tuple[Node, ...], act: Callable[[Node], Awaitable[None]]) -> None:
    for node in nodes:
        await act(node)


def test_no_secret_is_in_redis_with_a_snapshot(machines: Machines, cluster: Cluster) -> None:
    asyncio.run(_made(machines))
    secret = (cluster.folder / "secret").read_text().split('"secret": "')[1].split('"')[0]
    held = b"".join(machines.fields()[1].values())
    assert secret.encode() not in held and bytes.fromhex(secret) not in held
