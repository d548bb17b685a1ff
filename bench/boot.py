"""How long a node takes to know all that is revoked, with a snapshot and without.

    python -m bench.boot [COUNT ...]     # 1,000,000 unless given

Fills the revocation log of a Postgres of its own, which the feed does not tell from one that was
written entry by entry. Then a node opens with nothing and makes a snapshot; another opens with that
on its shelf; a third on a machine that has none, but a Valkey that carries it. The times are of the
clock on the wall: all of it is waiting for others' work too.
"""

import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from engine import Kind
from server import bootstrap, housekeeping, settings
from server.node import Node
from server.snapshots.making import Making
from storage import migrate_up
from storage.base import SHARDS
from tests.servers.postgres import Postgres
from tests.servers.valkey import Valkey

DAY = 86_400
_BLOCK = 100_000


def _rows(count: int, now: int) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        shard, seq = number % SHARDS, 1 + number // SHARDS
        kind = Kind.GRANT if number % 4 else Kind.KEY
        until = now + DAY * (1 + number % 90)
        yield shard, seq, "default", int(kind), secrets.token_bytes(16), 0, until, "1", now


async def fill(url: str, count: int) -> None:
    """Write so many entries, and where the shards end."""
    database = await asyncpg.connect(url)
    try:
        rows = _rows(count, int(time.time()))
        names = "shard seq tenant kind target value expires_at reason at".split()
        while block := [row for _, row in zip(range(_BLOCK), rows, strict=False)]:
            await database.copy_records_to_table("revocation_log", records=block, columns=names)
        await database.execute(
            "UPDATE counters SET seq = COALESCE((SELECT MAX(seq) FROM revocation_log r "
            "WHERE r.shard = counters.shard), 0), hash = $1 WHERE log = 'revocation'",
            secrets.token_bytes(32),
        )
        await database.execute("ANALYZE")
    finally:
        await database.close()


@asynccontextmanager
async def opened(what: str, flags: dict[str, str]) -> AsyncIterator[Node]:
    """A node, and how long it took to open it."""
    began = time.perf_counter()
    node, _ = await bootstrap.start(settings.load(flags, {}))
    took = time.perf_counter() - began
    try:
        held = sum(len(tenant.denylist) for tenant in node.tenants())
        exact = sum(tenant.denylist.exact for tenant in node.tenants())
        print(f"  {what:44} {took:8.2f} s   {held:,} known, {exact:,} of them in memory")
        yield node
    finally:
        await housekeeping.stop(node)


async def measure(count: int, server: Postgres, valkey: Valkey, folder: Path) -> None:
    name = f"bench_{count}"
    server.sql(f"CREATE DATABASE {name}")
    flags = {
        "database": server.url(name),
        "secret_file": str(folder / f"{count}.secret"),
        "snapshots": str(folder / f"{count}.snapshots"),
    }
    await migrate_up(flags["database"])
    await bootstrap.initialise(settings.load(flags, {}))
    await fill(flags["database"], count)
    print(f"{count:,} revocations")
    carried = flags | {"redis": valkey.url}
    async with opened("open, the whole log", carried) as node:
        making = Making(node, node.feed.epoch)
        began = time.perf_counter()
        await making.make()
        await making.close()
        print(f"  {'make a snapshot, carry it to Redis':44} {time.perf_counter() - began:8.2f} s")
    async with opened("open, the snapshot on the shelf", flags):
        pass
    async with opened("open, the snapshot from Redis", carried | {"snapshots": str(folder / "2")}):
        pass
    size = sum(path.stat().st_size for path in Path(flags["snapshots"]).iterdir())
    print(f"  the snapshot is of {size / 1e6:,.1f} MB")
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    counts = [int(text.replace(",", "")) for text in sys.argv[1:]] or [1_000_000]
    folder, server, valkey = Path(tempfile.mkdtemp()), Postgres(), Valkey()
    try:
        for count in counts:
            asyncio.run(measure(count, server, valkey, folder))
            shutil.rmtree(folder / "2")
    finally:
        valkey.stop()
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
