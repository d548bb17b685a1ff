"""A Valkey of each test's own, and stations: what of a node the stream touches, for real."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from engine import Denylist, Keyring, Kind, MasterSecret
from server.redis.naming import cluster_name
from server.redis.stream import Stream
from storage.base import SHARDS, LogEntry
from tests.servers.valkey import Valkey

NOW = 1_800_000_000
MASTER = MasterSecret(1, bytes(range(32)))
KEYRING = Keyring(MASTER)
PATIENCE_S = 15


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


def entry(shard: int, seq: int, target: bytes | None = None, **fields: Any) -> LogEntry:
    """An entry that kills a key."""
    known = {
        "tenant": "default",
        "kind": Kind.KEY,
        "target": secrets.token_bytes(16) if target is None else target,
        "value": 0,
        "expires_at": NOW + 3600,
        "reason": "test",
        "at": NOW,
    }
    return LogEntry(shard=shard, seq=seq, **(known | fields))


async def until(true: Callable[[], object], why: str = "it did not happen") -> None:
    """Wait until something holds; fail when it does not for PATIENCE_S."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE_S
    while not true():
        assert loop.time() < end, why
        await asyncio.sleep(0.002)


class Station:
    """A denylist, positions that nothing but a test moves, and the stream. It is its own feed."""

    def __init__(self, url: str, keyring: Keyring = KEYRING, now: int = NOW) -> None:
        self.denylist = Denylist()
        self.applied: list[LogEntry] = []
        self.positions = [0] * SHARDS
        self.interval = 0.02
        self.hints = 0
        self.changes: list[bool] = []
        self.name = cluster_name(keyring)
        self.stream = Stream(
            url,
            keyring,
            self.name,
            self,
            apply=self._apply,
            positions=self.positions,
            now=lambda: now,
            changed=self.changes.append,
        )

    def hint(self) -> None:
        self.hints += 1

    def _apply(self, entry: LogEntry) -> None:
        self.applied.append(entry)
        self.denylist.add(entry.kind, entry.target, entry.value, entry.expires_at)

    def denies(self, *entries: LogEntry) -> bool:
        return all(self.denylist.first_dead(Kind.KEY, (each.target,)) == 0 for each in entries)


Play = Callable[..., Awaitable[None]]


def play(url: str, scene: Play, *keyrings: Keyring, stations: int = 1) -> None:
    """Play a scene with stations that are all healthy at its beginning."""

    async def run() -> None:
        rings = keyrings or (KEYRING,) * stations
        cast = [Station(url, ring) for ring in rings]
        for station in cast:
            station.stream.start()
        try:
            await until(lambda: all(s.stream.healthy for s in cast), "a stream never got healthy")
            await scene(*cast)
        finally:
            for station in cast:
                await station.stream.close()

    asyncio.run(run())
